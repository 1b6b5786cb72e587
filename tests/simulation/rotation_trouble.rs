//! What comes between the steps of a rotation (rule 5): whoever is let go of leaves nobody behind whom no
//! one can use, and nobody whose token is in use is deleted.

use crate::support::house::{House, mins, secs};
use crate::support::look::acme;
use crate::support::machines::{CI_TOKEN, ci, ci_spec, furnished, with_ci};
use crate::support::manifests::{HOME, group, group_key, machine, organization, person, user_key, with};
use crate::support::network::{Failing, Scripted};
use http::Method;
use orgkeeper::api::token::ID;
use orgkeeper::engine::run::FINGERPRINT_SECRET;
use orgkeeper::sandbox::spot::{Contract, UserDetails};
use orgkeeper::sandbox::{Fault, FaultKind};
use secrecy::SecretString;
use serde_json::json;

const CONTRACTS: [Contract; 2] = [Contract::Production, Contract::Published];

fn ask(house: &House, value: &str) {
    house.annotate(&ci(), &json!({"orgkeeper.dev/rotate-requested-at": value}));
}

fn handled(house: &House) -> String {
    house.status(&ci())["token"]["lastHandledRotateAt"].as_str().unwrap_or_default().to_owned()
}

fn switched(house: &House) -> bool {
    !house.status(&ci())["token"]["rotation"]["oldId"].is_null()
}

/// Dies when the new user is there and nobody has its token; the id of the old one, and of the new.
fn dies_between(house: &mut House) -> (String, String) {
    let old = house.id(&ci()).unwrap();
    house.way.vendors.latency.set(secs(2));
    ask(house, "one");
    house.until(mins(10), "made", |house| house.users("ci").len() == 2);
    house.kill();
    house.way.vendors.latency.set(secs(0));
    let new = house.users("ci").into_iter().find(|id| *id != old).unwrap();
    (old, new)
}

fn note(house: &House, reason: &str) -> String {
    let events = house.way.cluster.events();
    let found = events.iter().rev().find(|event| event.about == ci() && event.reason == reason);
    found.map(|event| event.note.clone()).unwrap_or_default()
}

#[test]
pub fn who_is_orphaned_in_between_names_the_user_that_may_be_anybodys() {
    for contract in CONTRACTS {
        let mut house = with_ci(contract);
        house.apply(&ci(), &with(ci_spec(), json!({"deletionPolicy": "Orphan"})));
        house.run(mins(1));
        let (old, new) = dies_between(&mut house);
        house.run(mins(3));
        house.delete(&ci());
        house.start();
        house.until(mins(10), "gone", |house| !house.exists(&ci()));
        assert_eq!(house.users("ci").len(), 2, "{}", house.describe());
        assert!(note(&house, "Leftovers").contains(&new), "{}", house.describe());
        let token = house.token().unwrap();
        assert_eq!(house.whose(&token), Some(old));
    }
}

/// The list that the rotation went by lacks the new user: it was begun before that was made.
#[test]
fn who_goes_before_a_list_can_show_the_new_user_leaves_it_to_nobody() {
    for contract in CONTRACTS {
        for (policy, left) in [("Orphan", 1), ("Delete", 0)] {
            let mut house = with_ci(contract);
            house.apply(&ci(), &with(ci_spec(), json!({"deletionPolicy": policy})));
            house.run(mins(10));
            let old = house.id(&ci()).unwrap();
            // Its token cannot be tried.
            let down = Fault::always(FaultKind::ServerError { status: 503, effect: false });
            house.vendor().add_fault(Fault { route: Some("/setup/account".into()), ..down });
            ask(&house, "one");
            house
                .until(mins(5), "made", |house| !house.status(&ci())["token"]["rotation"]["newId"].is_null());
            house.delete(&ci());
            house.run(mins(2));
            house.vendor().clear_faults();
            house.until(mins(30), "gone", |house| !house.exists(&ci()));
            let users = house.users("ci");
            assert_eq!(
                users,
                [old].into_iter().take(left).collect::<Vec<_>>(),
                "{policy}\n{}",
                house.describe()
            );
        }
    }
}

/// The new user was made by what the manifest said before.
#[test]
fn an_edit_between_the_create_and_the_switch_is_told_as_an_edit() {
    for contract in CONTRACTS {
        let mut house = with_ci(contract);
        house.run(mins(10));
        let down = Fault::always(FaultKind::ServerError { status: 503, effect: false });
        house.vendor().add_fault(Fault { route: Some("/setup/account".into()), ..down });
        ask(&house, "one");
        house.until(mins(5), "made", |house| !house.status(&ci())["token"]["rotation"]["newId"].is_null());
        let mut edited = ci_spec();
        edited["accounts"][0]["role"] = json!("Viewer");
        house.apply(&ci(), &edited);
        house.run(mins(2));
        house.vendor().clear_faults();
        house.until(mins(30), "switched", switched);
        house.run(mins(10));
        let reasons = house.reasons(&ci());
        assert!(!reasons.contains(&"DriftCorrected"), "{}", house.describe());
        assert!(house.ready(&ci()), "{}", house.describe());
    }
}

#[test]
fn who_is_orphaned_in_the_overlap_leaves_both_and_says_so() {
    let mut house = with_ci(Contract::Production);
    house.apply(&ci(), &with(ci_spec(), json!({"deletionPolicy": "Orphan"})));
    house.run(mins(1));
    let old = house.id(&ci()).unwrap();
    ask(&house, "one");
    house.until(mins(5), "switched", switched);
    house.delete(&ci());
    house.until(mins(10), "gone", |house| !house.exists(&ci()));
    assert_eq!(house.users("ci").len(), 2);
    assert!(note(&house, "Orphaned").contains(&old), "{}", house.describe());
}

#[test]
fn who_is_abandoned_in_between_says_which_user_is_left() {
    for contract in CONTRACTS {
        for dies in [true, false] {
            let mut house = with_ci(contract);
            if dies {
                dies_between(&mut house);
                house.run(mins(3));
            } else {
                house.way.vendors.latency.set(secs(2));
                ask(&house, "one");
                house.until(mins(10), "made", |house| house.users("ci").len() == 2);
                house.way.cluster.refuse_secrets(true);
            }
            house.annotate(&ci(), &json!({"orgkeeper.dev/abandon": "true"}));
            house.delete(&ci());
            if dies {
                house.start();
            }
            house.until(mins(10), "gone", |house| !house.exists(&ci()));
            let (left, ids) = (note(&house, "Orphaned"), house.users("ci"));
            assert_eq!(ids.len(), 2, "no call was made\n{}", house.describe());
            let named = ids.iter().all(|id| left.contains(id));
            // Who was not alive when it was made, and has not listed since, knows its name.
            assert!(named || dies && left.contains("a new one of the name \"ci\""), "{left}");
        }
    }
}

#[test]
fn a_user_adopted_by_its_id_can_be_rotated() {
    for contract in CONTRACTS {
        let mut house = furnished(contract);
        let now = house.wall();
        let adopted = {
            let mut vendor = house.vendor();
            let organization = vendor.world().oldest_organization().unwrap().id;
            vendor.console(now).create_user(organization, UserDetails::machine("ci"))
        };
        house.run(mins(2));
        house.apply(&ci(), &with(ci_spec(), json!({"adopt": {"id": adopted}})));
        house.until(mins(10), "stalled", |house| house.stalled(&ci(), "TokenUnavailable"));
        ask(&house, "one");
        house.until(mins(90), "over", |house| handled(house) == "one");
        house.run(mins(10));
        house.assert_one_that_works();
        assert_ne!(house.users("ci"), [adopted]);
        house.restart();
        house.run(mins(30));
        house.assert_one_that_works();
        ask(&house, "two");
        house.until(mins(90), "over again", |house| handled(house) == "two");
        house.run(mins(10));
        house.assert_one_that_works();
    }
}

#[test]
fn what_was_asked_for_meanwhile_begins_when_the_other_ends() {
    let mut house = with_ci(Contract::Production);
    ask(&house, "one");
    house.until(mins(5), "switched", switched);
    ask(&house, "two");
    house.until(mins(90), "over", |house| handled(house) == "one");
    house.until(secs(30), "the next", switched);
    house.until(mins(90), "over", |house| handled(house) == "two");
    house.run(mins(10));
    house.assert_one_that_works();
}

#[test]
fn another_value_in_the_overlap_leaves_the_former_token_its_time_and_after_it_ends_it_at_once() {
    for put_back in [false, true] {
        let mut house = with_ci(Contract::Production);
        let (old, token) = (house.id(&ci()).unwrap(), house.token().unwrap());
        ask(&house, "one");
        house.until(mins(5), "switched", switched);
        if put_back {
            house.way.cluster.edit_secret(HOME, CI_TOKEN, |secret| {
                secret.annotations.insert(ID.into(), old.clone());
                secret.values.insert("token".into(), SecretString::from(token.clone()));
            });
        }
        ask(&house, "two");
        house.run(mins(55));
        assert_eq!(house.whose(&token), Some(old.clone()), "{put_back} {}", house.describe());
        house.until(mins(10), "over", |house| handled(house) == "one");
        assert_eq!(house.whose(&token), None, "{put_back} {}", house.describe());
        house.until(mins(90), "the next", |house| handled(house) == "two");
        house.run(mins(10));
        house.assert_one_that_works();
    }
}

#[test]
fn a_very_long_request_is_one_request() {
    let mut house = with_ci(Contract::Production);
    ask(&house, &"x".repeat(1000));
    house.until(mins(90), "over", |house| handled(house).len() == 256);
    house.run(mins(10));
    house.assert_one_that_works();
    let writes = house.all_writes();
    house.run(mins(60));
    assert_eq!(house.all_writes(), writes, "{}", house.describe());
}

#[test]
pub fn a_former_token_that_is_put_back_goes_on_working() {
    for contract in CONTRACTS {
        let mut house = with_ci(contract);
        let (old, token) = (house.id(&ci()).unwrap(), house.token().unwrap());
        ask(&house, "one");
        house.until(mins(5), "switched", switched);
        let (new, other) = (house.id(&ci()).unwrap(), house.token().unwrap());
        let put = |house: &House, id: &str, token: &str| {
            house.way.cluster.edit_secret(HOME, CI_TOKEN, |secret| {
                secret.annotations.insert(ID.into(), id.into());
                secret.values.insert("token".into(), SecretString::from(token.to_owned()));
            });
        };
        put(&house, &old, &token);
        house.run(mins(120));
        assert_eq!(house.whose(&token), Some(old.clone()), "{}", house.describe());
        assert!(house.stalled(&ci(), "TokenSecretChanged"), "{}", house.describe());
        assert!(house.message(&ci(), "Stalled").contains(&old), "{}", house.describe());
        put(&house, &new, &other);
        house.until(mins(30), "over", |house| handled(house) == "one");
        house.run(mins(10));
        house.assert_one_that_works();

        // Or another one is made.
        let mut house = with_ci(contract);
        let (old, token) = (house.id(&ci()).unwrap(), house.token().unwrap());
        ask(&house, "one");
        house.until(mins(5), "switched", switched);
        put(&house, &old, &token);
        house.run(mins(120));
        ask(&house, "two");
        house.until(mins(120), "over", |house| handled(house) == "two");
        house.run(mins(10));
        house.assert_one_that_works();
    }
}

#[test]
fn who_vanishes_during_a_rotation_and_is_made_again_leaves_nobody_unasked() {
    for contract in CONTRACTS {
        for taken_over in [true, false] {
            let mut house = with_ci(contract);
            if taken_over {
                ask(&house, "one");
                house.until(mins(5), "switched", switched);
            } else {
                dies_between(&mut house);
            }
            let id = house.id(&ci()).unwrap();
            let now = house.wall();
            house.vendor().console(now).delete_user(&id).unwrap();
            if !taken_over {
                house.start();
            }
            house.until(mins(30), "gone", |house| house.stalled(&ci(), "ExternallyDeleted"));
            let digest = house.digest(&ci(), "Stalled");
            house.annotate(&ci(), &json!({"orgkeeper.dev/confirm": digest}));
            house.until(mins(30), "made again", |house| house.ready(&ci()));
            house.run(mins(90));
            // Of the new one that nobody has the token of, nobody knows whose it is.
            house.assert_one_that_works_beside(usize::from(!taken_over));
        }
    }
}

#[test]
pub fn a_secret_that_cannot_be_changed_ends_a_rotation_before_it_makes_anybody() {
    let mut house = with_ci(Contract::Production);
    let (users, token) = (house.users("ci"), house.token());
    house.way.cluster.edit_secret(HOME, CI_TOKEN, |secret| secret.immutable = true);
    house.run(mins(5));
    house.assert_one_that_works();
    ask(&house, "one");
    house.until(mins(10), "said", |house| house.stalled(&ci(), "SecretConflict"));
    assert!(house.message(&ci(), "Stalled").contains("immutable"));
    house.run(mins(60));
    assert_eq!((house.users("ci"), house.token()), (users, token));

    // Between the create and the switch.
    let mut house = with_ci(Contract::Production);
    let (users, token) = (house.users("ci"), house.token());
    house.way.vendors.latency.set(secs(2));
    ask(&house, "one");
    house.until(mins(10), "made", |house| house.users("ci").len() == 2);
    house.way.cluster.edit_secret(HOME, CI_TOKEN, |secret| secret.immutable = true);
    house.until(mins(10), "failed", |house| house.stalled(&ci(), "RotationFailed"));
    assert_eq!((house.users("ci"), house.token()), (users, token));
}

#[test]
fn a_lost_key_of_fingerprints_hides_no_user_from_a_create_or_a_rotation() {
    for contract in CONTRACTS {
        let (name, key) = FINGERPRINT_SECRET;
        let mut house = with_ci(contract);
        dies_between(&mut house);
        house.way.cluster.put_secret("orgkeeper-system", name, key, "another");
        house.start();
        house.until(mins(120), "over", |house| handled(house) == "one");
        house.run(mins(20));
        house.assert_one_that_works_beside(1);

        let mut house = furnished(contract);
        house.way.vendors.latency.set(secs(2));
        house.apply(&ci(), &ci_spec());
        house.until(mins(10), "made", |house| house.users("ci").len() == 1);
        house.kill();
        house.way.cluster.put_secret("orgkeeper-system", name, key, "another");
        house.start();
        house.until(mins(120), "ready", |house| house.ready(&ci()));
        house.run(mins(20));
        house.assert_one_that_works_beside(1);
    }
}

#[test]
fn nothing_is_made_or_deleted_for_a_token_under_an_inventory_that_is_not_believed() {
    let mut house = furnished(Contract::Production);
    let now = house.wall();
    let strangers: Vec<String> = {
        let mut vendor = house.vendor();
        let organization = vendor.world().oldest_organization().unwrap().id;
        let name = |number: u32| UserDetails::machine(&format!("stranger-{number}"));
        (0..12).map(|number| vendor.console(now).create_user(organization, name(number))).collect()
    };
    house.apply(&ci(), &ci_spec());
    house.until(mins(10), "ready", |house| house.ready(&ci()));
    house.run(mins(10));
    let now = house.wall();
    for id in &strangers {
        house.vendor().console(now).delete_user(id).unwrap();
    }
    house.run(mins(7));
    let (users, token) = (house.users("ci"), house.token());
    ask(&house, "one");
    house.run(mins(60));
    assert_eq!((house.users("ci"), house.token()), (users, token), "{}", house.describe());
}

#[test]
fn a_new_token_that_is_lost_twice_ends_the_rotation() {
    let mut house = with_ci(Contract::Production);
    let token = house.token().unwrap();
    let (old, first) = dies_between(&mut house);
    house.way.vendors.latency.set(secs(2));
    house.start();
    house.until(mins(30), "another", |house| {
        let users = house.users("ci");
        users.len() == 3 && house.leftovers() == std::slice::from_ref(&first)
    });
    house.kill();
    house.way.vendors.latency.set(secs(0));
    house.run(mins(3));
    house.start();
    house.until(mins(30), "ended", |house| house.stalled(&ci(), "RotationFailed"));
    house.run(mins(30));
    assert_eq!(house.users("ci").len(), 3, "{}", house.describe());
    assert_eq!(house.leftovers().len(), 2, "nobody knows whose they are");
    assert_eq!((house.token(), house.whose(&token)), (Some(token.clone()), Some(old)));
}

#[test]
fn who_is_orphaned_when_only_the_secret_was_switched_leaves_the_one_that_it_names() {
    for contract in CONTRACTS {
        let mut house = with_ci(contract);
        house.apply(&ci(), &with(ci_spec(), json!({"deletionPolicy": "Orphan"})));
        house.run(mins(1));
        let (old, token) = (house.id(&ci()).unwrap(), house.token());
        ask(&house, "one");
        house.until(mins(10), "stored", |house| house.token() != token);
        house.kill();
        assert!(!switched(&house), "status does not know yet");
        house.delete(&ci());
        house.start();
        house.until(mins(30), "gone", |house| !house.exists(&ci()));
        let other = house.token().unwrap();
        assert!(house.whose(&other).is_some_and(|new| new != old), "{}", house.describe());
    }
}

#[test]
fn the_new_user_is_in_its_groups_before_the_secret_is_switched() {
    let mut house = furnished(Contract::Production);
    house.apply(&group_key("devs"), &group("devs"));
    house.apply(&ci(), &with(ci_spec(), json!({"userGroups": [{"groupRef": {"name": "devs"}}]})));
    house.until(mins(10), "ready", |house| house.ready(&ci()));
    house.run(mins(3));
    let devs = house.id(&group_key("devs")).unwrap();
    let token = house.token();
    ask(&house, "one");
    house.until(mins(10), "stored", |house| house.token() != token);
    let new = house.token_id().unwrap();
    assert!(house.vendor().world().members(&devs).contains(&new), "{}", house.describe());
}

#[test]
pub fn an_old_user_that_one_list_lacks_is_not_yet_gone() {
    let mut house = with_ci(Contract::Production);
    let old = house.id(&ci()).unwrap();
    ask(&house, "one");
    house.until(mins(5), "switched", switched);
    house.run(house.way.rotation_overlap.saturating_sub(secs(5)));
    let now = house.wall();
    house.vendor().console(now).delete_user(&old).unwrap();
    let gone = house.now();
    house.until(mins(30), "over", |house| handled(house) == "one");
    assert!(house.now().since(gone) >= house.way.settle, "two lists, a settle apart");
    house.assert_one_that_works();
}

#[test]
pub fn one_list_that_lacks_the_old_user_is_one_however_long_ago_it_was_read() {
    let mut house = with_ci(Contract::Production);
    let old = house.id(&ci()).unwrap();
    // So few that a list of more than a settle ago is new enough for what is asked.
    house.apply(&acme(), &with(organization(), json!({"connection": {"requestsPerMinute": 8}})));
    house.until(mins(5), "few calls", |house| house.ready(&acme()));
    ask(&house, "one");
    house.until(mins(15), "switched", switched);
    house.run(house.way.rotation_overlap.saturating_sub(secs(100)));
    house.way.vendors.hidden.borrow_mut().insert(old.clone());
    let failing = Failing::Answer(200, r#"{"response": {"status": {"code": 200}, "items": [], "count": 0}}"#);
    let denied = Scripted { method: Method::GET, path: format!("/setup/user/{old}"), failing, times: 1 };
    house.way.vendors.scripted.borrow_mut().push(denied);
    house.forget_requests();
    house.annotate(&ci(), &json!({"orgkeeper.dev/reconcile-requested-at": "now"}));
    // The resync's is another one of the same half minute.
    house.until(secs(30), "listed", |house| house.reads("/setup/organization/user") > 1);
    house.run(secs(1));
    house.way.vendors.hidden.borrow_mut().clear();
    house.until(mins(30), "over", |house| handled(house) == "one");
    house.assert_one_that_works();
}

/// Somebody else's read of the list found that it pauses.
#[test]
pub fn an_overlap_that_ends_while_its_list_pauses_ends_with_the_pause() {
    for contract in CONTRACTS {
        let mut house = with_ci(contract);
        house.ready_with(&user_key("other"), &person("other"));
        ask(&house, "one");
        house.until(mins(10), "switched", switched);
        house.run(house.way.rotation_overlap.saturating_sub(secs(30)));
        let wait = FaultKind::TooManyRequests { reset_seconds: 120 };
        let lists = match contract {
            Contract::Published => "/setup/organization/{organizationId}/user",
            Contract::Production => "/setup/organization/user",
        };
        house.vendor().add_fault(Fault::once(&Method::GET, lists, wait));
        house.annotate(&user_key("other"), &json!({"orgkeeper.dev/reconcile-requested-at": "now"}));
        house.until(secs(20), "paused", |house| house.waits(&user_key("other"), "Throttled"));
        house.until(mins(4), "over", |house| handled(house) == "one");
        house.assert_one_that_works();
    }
}

#[test]
pub fn a_user_left_for_its_lost_token_counts_for_nothing() {
    for contract in CONTRACTS {
        let mut house = with_ci(contract);
        house.apply(&acme(), &with(organization(), json!({"guard": {"maxDestructivePerHour": 0}})));
        house.run(mins(1));
        let (_, lost) = dies_between(&mut house);
        house.run(mins(3));
        house.start();
        house.until(mins(30), "another", |house| switched(house) && house.leftovers() == [lost.clone()]);
        assert_eq!(house.users("ci").len(), 3, "{}", house.describe());
    }
}

#[test]
fn many_new_users_left_for_their_lost_tokens_are_no_surprise() {
    let names = ["ci", "ci-1", "ci-2", "ci-3", "ci-4", "ci-5"];
    let mut house = with_ci(Contract::Production);
    let brisk = json!({"guard": {"maxDestructivePerHour": 0}, "connection": {"requestsPerMinute": 3000}});
    house.apply(&acme(), &with(organization(), brisk));
    for name in &names[1..] {
        house.apply(&user_key(name), &machine(name, "prod"));
    }
    let all = |house: &House, so: fn(&House, &str) -> bool| names.iter().all(|name| so(house, name));
    house.until(mins(10), "ready", |house| all(house, |house, name| house.ready(&user_key(name))));
    house.run(mins(3));
    house.way.vendors.latency.set(secs(5));
    for name in names {
        house.annotate(&user_key(name), &json!({"orgkeeper.dev/rotate-requested-at": "one"}));
    }
    house.until(mins(10), "made", |house| all(house, |house, name| house.users(name).len() == 2));
    house.kill();
    house.way.vendors.latency.set(secs(0));
    house.run(mins(3));
    house.start();
    house.until(mins(15), "switched", |house| {
        all(house, |house, name| !house.status(&user_key(name))["token"]["rotation"]["oldId"].is_null())
    });
    assert!(all(&house, |house, name| house.users(name).len() == 3), "{}", house.describe());
    house.run(mins(10));
    assert!(house.ready(&acme()), "no list shrank beyond belief\n{}", house.describe());
}
