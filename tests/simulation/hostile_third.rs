//! What must never happen (rules 4, 9 and 11), where several mechanisms meet. Each has a twin without what sets it off,
//! which is played first.

use crate::support::founding::to_create;
use crate::support::house::{House, mins, secs};
use crate::support::look::{acme, home};
use crate::support::machines::{ci, with_ci};
use crate::support::makings;
use crate::support::manifests::{account, organization, with};
use crate::support::notifications::{ALL, noted, notification, notifying};
use http::Method;
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::engine::run::FINGERPRINT_SECRET;
use orgkeeper::sandbox::spot::{Contract, UserDetails};
use orgkeeper::sandbox::{Fault, FaultKind};
use serde_json::json;
use std::time::Duration;

/// A person says something else of the object.
fn say(house: &House, key: &ObjectRef, word: &str) {
    let spec = house.object(key)["spec"].clone();
    match word {
        "suspend" => house.apply(key, &with(spec, json!({"suspend": true}))),
        "observe" => house.apply(key, &with(spec, json!({"managementPolicy": "Observe"}))),
        "orphan" => house.apply(key, &with(spec, json!({"deletionPolicy": "Orphan"}))),
        "delete" => house.delete(key),
        "endpoint" => {
            // What proves the organization there takes longer than what is under way.
            house.way.vendors.latency.set(secs(5));
            let elsewhere = json!({"connection": {"endpoint": "https://elsewhere.example.com"}});
            house.apply(key, &with(spec, elsewhere));
        }
        "nothing" => {}
        other => unreachable!("{other}"),
    }
}

/// A word that comes while the intent of a create is stored and not answered yet.
#[test]
pub fn nothing_is_made_against_a_word_that_came_while_its_intent_was_answered() {
    let mut made = Vec::new();
    for word in ["nothing", "suspend", "observe", "delete", "suspend all", "observe all", "endpoint all"] {
        for making in makings::all() {
            let (mut house, key) = (making.house(), (making.key)());
            house.way.unkind.relent();
            house.run(mins(1));
            house.hold_patches();
            (making.asks)(&mut house);
            house.until_stored(|house| making.intended(house));
            match word.strip_suffix(" all") {
                Some(word) => say(&house, &acme(), word),
                None => say(&house, &key, word),
            }
            house.way.patch_faults.clear();
            house.run(mins(3));
            let sent = making.sent(&house);
            if word == "nothing" {
                assert_eq!(sent, 1, "{}", making.what);
            } else if sent > 0 {
                made.push(format!("{}: {word}", making.what));
            }
        }
    }
    assert!(made.is_empty(), "{made:#?}");
}

#[test]
fn no_organization_is_created_against_a_word_that_came_while_its_intent_was_answered() {
    let mut made = Vec::new();
    for word in ["nothing", "suspend", "observe", "delete"] {
        let mut house = House::with_a_parent(Contract::Production);
        house.start();
        house.run(mins(1));
        house.hold_patches();
        house.apply(&acme(), &to_create());
        house.until_stored(|house| !house.status(&acme())["pendingCreate"].is_null());
        say(&house, &acme(), word);
        house.way.patch_faults.clear();
        house.run(mins(3));
        match (word, house.foundings()) {
            ("nothing", founded) => assert_eq!(founded, 1),
            (_, 0) => {}
            _ => made.push(word),
        }
    }
    assert!(made.is_empty(), "{made:#?}");
}

/// A word that comes while it is stored that the deletion is sent, and not answered yet.
#[test]
fn no_organization_is_deleted_against_a_word_that_came_while_its_intent_was_answered() {
    let mut deleted = Vec::new();
    for word in ["nothing", "orphan", "suspend", "observe"] {
        let mut house = House::new(Contract::Production);
        house.apply(&acme(), &with(organization(), json!({"deletionPolicy": "Delete"})));
        house.start();
        house.until(mins(2), "ready", |house| house.ready(&acme()));
        house.run(mins(2));
        house.hold_patches();
        house.delete(&acme());
        house.until_stored(|house| !house.status(&acme())["deletionSentAt"].is_null());
        say(&house, &acme(), word);
        house.way.patch_faults.clear();
        house.until(mins(20), word, |house| !house.exists(&acme()));
        let lives = house.vendor().world().organizations().next().is_some();
        match word {
            "nothing" => assert!(!lives),
            _ if lives => {}
            _ => deleted.push(word),
        }
    }
    assert!(deleted.is_empty(), "{deleted:#?}");
}

/// A word that comes at whatever moment of a rotation: what the Secret holds then stays there.
#[test]
pub fn no_token_takes_the_place_of_another_against_a_word_that_came_while_it_was_tried() {
    let mut switched = Vec::new();
    for word in ["nothing", "suspend", "observe", "delete", "suspend all", "observe all"] {
        for moment in (0..8_000).step_by(500).map(Duration::from_millis) {
            let mut house = with_ci(Contract::Production);
            house.way.unkind.relent();
            house.run(mins(1));
            house.way.vendors.latency.set(secs(2));
            let former = house.token();
            house.annotate(&ci(), &json!({"orgkeeper.dev/rotate-requested-at": "one"}));
            house.until_stored(|house| !house.status(&ci())["token"]["rotation"]["newId"].is_null());
            house.run(moment);
            let token = house.token();
            match word.strip_suffix(" all") {
                Some(word) => say(&house, &acme(), word),
                None => say(&house, &ci(), word),
            }
            house.run(mins(3));
            let now = house.token();
            if word == "nothing" {
                assert!(now != former, "{}", house.describe());
            } else if now.is_some() && now != token {
                switched.push(format!("{word} after {moment:?}"));
            }
        }
    }
    assert!(switched.is_empty(), "{switched:#?}");
}

/// What a list cannot show is told, where nobody heard of its create and its object goes.
#[test]
fn what_lists_may_not_show_is_named_when_its_object_goes() {
    for hidden in [false, true] {
        let mut house = notifying(&["prod"]);
        house.run(mins(3));
        house.vendor().add_fault(Fault::once(&Method::POST, ALL, FaultKind::ResetAfterEffect));
        let spec = with(notification("prod", "incidents"), json!({"deletionPolicy": "Delete"}));
        house.apply(&noted("n"), &spec);
        house.until(mins(5), "made", |house| house.notifications().len() == 1);
        if hidden {
            let other = house.by_hand(|console| {
                console.create_user(
                    crate::support::people::organization_id(),
                    UserDetails::person("al@example.com"),
                )
            });
            house.change_notification(|it| (it.owner, it.is_public) = (other, false));
        }
        house.delete(&noted("n"));
        house.until(mins(30), "gone", |house| !house.exists(&noted("n")));
        let stays = house.notifications().len();
        let notes: Vec<String> = house.events(&noted("n")).into_iter().map(|event| event.note).collect();
        let told = notes.iter().any(|note| note.contains("stays at the vendor"));
        assert!(stays == 0 || told, "hidden {hidden}: {stays} stay, and {notes:#?}");
    }
}

/// The key of fingerprints is lost while nobody knows what came of a create, and the name was edited meanwhile.
#[test]
fn a_lost_key_and_another_name_make_no_second_account() {
    for (lost, renamed) in [(false, true), (true, false), (true, true)] {
        let mut house = House::new(Contract::Production);
        house.apply(&acme(), &organization());
        house.start();
        house.until(mins(2), "ready", |house| house.ready(&acme()));
        let before = house.living();
        house.vendor().add_fault(Fault::once(&Method::POST, "/setup/account", FaultKind::ResetAfterEffect));
        house.apply(&home("a"), &account("one"));
        house.until(mins(2), "made", |house| house.named("one").len() == 1);
        house.run(secs(1));
        house.kill();
        if renamed {
            house.apply(&home("a"), &account("two"));
        }
        if lost {
            let (name, key) = FINGERPRINT_SECRET;
            house.way.cluster.put_secret("orgkeeper-system", name, key, "another");
        }
        house.start();
        house.run(mins(60));
        assert_eq!(house.living() - before, 1, "lost {lost}, renamed {renamed}: {}", house.describe());
    }
}

/// The same, and a stranger has the name that the manifest has now.
#[test]
fn a_lost_key_and_another_name_take_over_nobody_s_account() {
    for (lost, renamed) in [(false, true), (true, true)] {
        let mut house = House::new(Contract::Production);
        house.apply(&acme(), &organization());
        house.start();
        house.until(mins(2), "ready", |house| house.ready(&acme()));
        let theirs =
            house.by_hand(|console| console.create_account(crate::support::people::organization_id(), "two"));
        house.run(mins(6));
        let never = |name: &str| with(account(name), json!({"adopt": {"policy": "Never"}}));
        house.vendor().add_fault(Fault::once(&Method::POST, "/setup/account", FaultKind::ResetAfterEffect));
        house.apply(&home("a"), &never("one"));
        house.until(mins(2), "made", |house| house.named("one").len() == 1);
        house.run(secs(1));
        house.kill();
        if renamed {
            house.apply(&home("a"), &never("two"));
        }
        if lost {
            let (name, key) = FINGERPRINT_SECRET;
            house.way.cluster.put_secret("orgkeeper-system", name, key, "another");
        }
        house.start();
        house.run(mins(60));
        let case = format!("lost {lost}: {}", house.describe());
        assert_ne!(house.id(&home("a")), Some(theirs.clone()), "{case}");
    }
}

/// A token was lost, and the intent to make another user for one took too long to store: that was no try.
#[test]
fn an_intent_that_took_too_long_uses_up_no_try_for_a_lost_token() {
    for slow in [false, true] {
        let mut house = (makings::AGAIN.begin)(Contract::Production);
        house.way.unkind.relent();
        if slow {
            house.hold_patches();
            house.way.call_timeout = Duration::from_millis(500);
        }
        (makings::AGAIN.asks)(&mut house);
        house.until_stored(|house| makings::AGAIN.intended(house) || house.ready(&(makings::AGAIN.key)()));
        house.run(secs(2));
        house.way.patch_faults.clear();
        house.until(mins(60), "made", |house| house.ready(&(makings::AGAIN.key)()));
    }
}

/// Accounts are deleted in the console, few at a time, and that is told of each; then something else is said of them, and
/// a process starts.
#[test]
fn what_was_told_gone_is_no_news_after_a_restart_whatever_was_said_meanwhile() {
    for (outage, renamed) in [(false, false), (true, false), (false, true)] {
        let mut house = House::new(Contract::Production);
        house.apply(&acme(), &organization());
        let names: Vec<String> = (0..8).map(|number| format!("a{number}")).collect();
        for name in &names {
            house.apply(&home(name), &account(name));
        }
        house.start();
        house.until(mins(5), "ready", |house| names.iter().all(|name| house.ready(&home(name))));
        house.run(mins(6));
        for few in names[..6].chunks(2) {
            for name in few {
                let id = house.id(&home(name)).unwrap();
                house.by_hand(|console| console.delete_account(&id)).unwrap();
            }
            house.until(mins(30), "told", |house| {
                few.iter().all(|name| house.stalled(&home(name), "ExternallyDeleted"))
            });
        }
        house.run(mins(30));
        house.way.vendors.down.set(outage);
        if renamed {
            house.kill();
            for name in &names {
                house.apply(&home(name), &account(&format!("{name}-renamed")));
            }
            house.start();
        } else {
            house.restart();
        }
        house.run(mins(20));
        house.restart();
        house.way.vendors.down.set(false);
        house.run(mins(30));
        let said = house.message(&acme(), "InventoryShrank");
        assert!(said.is_empty(), "outage {outage}: {said}");
    }
}

/// The user of an object vanishes during a rotation of which nobody heard; a person has it made again, and takes that back.
#[test]
fn what_a_person_takes_back_is_not_made_again() {
    for back in [false, true] {
        let mut house = crate::support::machines::with_ci(Contract::Production);
        let ci = crate::support::machines::ci();
        let id = house.id(&ci).unwrap();
        let route = "/setup/user/programmatic";
        house.vendor().add_fault(Fault::once(&Method::POST, route, FaultKind::ResetBeforeEffect));
        house.annotate(&ci, &json!({"orgkeeper.dev/rotate-requested-at": "one"}));
        house.until(mins(5), "begun", |house| !house.status(&ci)["token"]["rotation"].is_null());
        house.run(secs(1));
        house.by_hand(|console| console.delete_user(&id)).unwrap();
        for number in 0..20 {
            let asked = json!({"orgkeeper.dev/rotate-requested-at": "one",
                "orgkeeper.dev/reconcile-requested-at": number.to_string()});
            house.annotate(&ci, &asked);
            house.run(secs(10));
            if house.stalled(&ci, "ExternallyDeleted") {
                break;
            }
        }
        let digest = house.digest(&ci, "Stalled");
        house.annotate(
            &ci,
            &json!({"orgkeeper.dev/rotate-requested-at": "one", "orgkeeper.dev/confirm": digest}),
        );
        house.run(secs(3));
        assert!(house.users("ci").is_empty(), "{}", house.describe());
        if back {
            house.annotate(
                &ci,
                &json!({"orgkeeper.dev/rotate-requested-at": "one", "orgkeeper.dev/confirm": ""}),
            );
        }
        house.run(mins(60));
        assert_eq!(house.users("ci").is_empty(), back, "taken back {back}: {}", house.describe());
    }
}
