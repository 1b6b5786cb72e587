//! An object that is there and whose manifest cannot be read: it keeps what it has, nothing of it is enforced, and it
//! holds up what it held up (rule 14).

use crate::support::credentials::{aws, credential_key};
use crate::support::founding::to_create;
use crate::support::house::{House, mins, secs};
use crate::support::look::{acme, home};
use crate::support::makings::{self, Making};
use crate::support::manifests::{
    access_policy, account, group, group_key, machine, organization, organization_key, person, policy_key,
    user_key, with,
};
use crate::support::subscriptions::{sub, subscribing, subscription};
use crate::support::unread::broken;
use http::Method;
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::sandbox::spot::Contract;
use orgkeeper::sandbox::{Fault, FaultKind};
use serde_json::{Value, json};
use std::time::Duration;

const BOTH: [Contract; 2] = [Contract::Production, Contract::Published];
/// How the object becomes known as one that cannot be read.
pub const WAYS: [&str; 3] = ["told", "listed anew", "never read"];

pub fn kinds() -> Vec<(ObjectRef, Value)> {
    vec![
        (home("a"), account("one")),
        (user_key("p"), person("one")),
        (user_key("m"), machine("one", "base")),
        (group_key("g"), group("one")),
        (policy_key("q"), access_policy("one")),
        (credential_key("c"), with(aws(), json!({"accountRef": {"name": "base"}}))),
        (sub("s"), subscription("base", "sig-10")),
    ]
}

/// A house with an account and the object, which goes with its manifest.
pub fn house(key: &ObjectRef, spec: &Value) -> House {
    let mut house = subscribing(House::new(Contract::Production), &["base"]);
    house.apply(key, spec);
    house.until(mins(5), "ready", |house| house.ready(key) && house.ready(&home("base")));
    house.run(mins(6));
    house
}

pub fn becomes_unread(house: &mut House, way: &str, key: &ObjectRef, spec: &Value) {
    if way == "listed anew" {
        // The watch is gone while the definition changes.
        house.watch_lag = mins(60);
    }
    house.apply(key, &broken(spec));
    match way {
        "listed anew" => {
            house.watch_lag = Duration::ZERO;
            house.processes.iter_mut().for_each(|process| process.watches.forget());
            house.relist();
        }
        "never read" => house.restart_at_once(),
        _ => {}
    }
    house.run(mins(2));
    house.forget_requests();
}

#[test]
pub fn what_cannot_be_read_keeps_its_claim_and_nothing_of_it_is_enforced() {
    for way in WAYS {
        for (key, spec) in kinds() {
            let spec = with(spec, json!({"deletionPolicy": "Delete"}));
            let mut house = house(&key, &spec);
            let id = house.id(&key).unwrap();
            becomes_unread(&mut house, way, &key, &spec);
            // Another one that asks for the same thing.
            let rival = ObjectRef { name: "rival".into(), ..key.clone() };
            house.apply(&rival, &spec);
            house
                .until(mins(3), &format!("{way} {key}"), |house| house.stalled(&rival, "ManagementConflict"));
            house.run(mins(30));
            assert!(house.stalled(&rival, "ManagementConflict"), "{way} {key}\n{}", house.describe());
            assert_eq!(house.vendor_writes(), 0, "{way} {key}\n{}", house.describe());
            // Its deletion waits for somebody who can read it.
            house.delete(&key);
            house.run(mins(30));
            assert_eq!((house.vendor_writes(), house.exists(&key)), (0, true), "{way} {key}");
            // Once it is gone, the claim is free.
            house.force_delete(&key);
            let free = |house: &House| !house.stalled(&rival, "ManagementConflict");
            house.until(mins(15), &format!("{way} {key}: free"), free);
            house.run(mins(5));
            if spec["programmatic"].is_null() {
                // Whose token nobody has is taken over by hand alone.
                assert_eq!(house.id(&rival), Some(id), "{way} {key}\n{}", house.describe());
            }
        }
    }
}

/// Another object that wants what has this id.
type Rival = fn(&str) -> (ObjectRef, Value);

/// What leaves something behind: what happens before, where status has that, and who wants it.
type Left = (Making, fn(&mut House), &'static str, Rival);

/// The old user of a rotation, and what a new subscription took the place of, while they are there.
#[test]
pub fn what_cannot_be_read_keeps_what_it_has_left_behind_and_not_ended_yet() {
    let replaced = |house: &mut House| {
        let fault =
            Fault::once(&Method::DELETE, "/events/subscription/{subscriptionId}", FaultKind::Forbidden);
        house.vendor().add_fault(Fault { times: None, ..fault });
        house.run(mins(1));
    };
    let table: [Left; 2] = [
        (
            makings::ROTATION,
            |_| (),
            "/token/rotation/oldId",
            |id| {
                let adopt = json!({"adopt": {"id": id, "policy": "Required"}});
                (user_key("rival"), with(machine("rival", "prod"), adopt))
            },
        ),
        (makings::REPLACEMENT, replaced, "/superseded", |_| (sub("rival"), subscription("prod", "sig-10"))),
    ];
    let under_each = |(making, first, member, rival): Left| {
        making.under_each().map(move |making| (making, first, member, rival))
    };
    let rows: Vec<Left> = table.into_iter().flat_map(under_each).collect();
    for (way, (making, first, member, rival)) in
        WAYS.into_iter().flat_map(|way| rows.iter().map(move |row| (way, row)))
    {
        let (mut house, key) = (making.house(), (making.key)());
        first(&mut house);
        (making.asks)(&mut house);
        let old =
            |house: &House| house.status(&key).pointer(member).and_then(Value::as_str).map(str::to_owned);
        house.until(mins(10), making.what, |house| old(house).is_some());
        house.run(mins(2));
        let (old, spec) = (old(&house).unwrap(), house.object(&key)["spec"].clone());
        becomes_unread(&mut house, way, &key, &spec);
        let (rival, declared) = rival(&old);
        house.apply(&rival, &declared);
        house.run(mins(120));
        assert!(house.stalled(&rival, "ManagementConflict"), "{way} {}\n{}", making.what, house.describe());
        assert_eq!(house.written(), [""; 0], "{way} {}\n{}", making.what, house.describe());
        house.delete(&rival);
        house.vendor().clear_faults();
        house.apply(&key, &spec);
        making.until_made(&mut house);
        making.assert_one(&house);
    }
}

/// Who was found without its token, while another one is made for it: of which nobody has heard, or of which the
/// answer is known.
#[test]
pub fn what_cannot_be_read_keeps_whom_another_one_is_being_made_for() {
    let cases =
        [false, true].into_iter().flat_map(|heard| makings::AGAIN.under_each().map(move |it| (heard, it)));
    let cases: Vec<_> = cases.flat_map(|(heard, it)| WAYS.map(|way| (way, heard, it))).collect();
    for (way, heard, making) in cases {
        let (mut house, key) = (making.house(), (making.key)());
        let what = format!("{way}, {}, heard: {heard}", making.what);
        if heard {
            house.way.vendors.latency.set(secs(2));
        } else {
            let fault = FaultKind::BadGateway { effect: true };
            house.vendor().add_fault(Fault::once(&Method::POST, making.route, fault));
        }
        (making.asks)(&mut house);
        house.until(mins(20), &what, |house| making.sent(house) == 1);
        if heard {
            // Its token cannot be stored.
            house.way.cluster.refuse_secrets(true);
            house.way.vendors.latency.set(secs(0));
            house.until(mins(2), &what, |house| !house.status(&key)["token"]["again"]["newId"].is_null());
        }
        assert!(making.intended(&house), "{what}\n{}", house.describe());
        let (lost, spec) = (house.id(&key).unwrap(), house.object(&key)["spec"].clone());
        let new = making.living(&house).into_iter().find(|id| *id != lost).unwrap();
        becomes_unread(&mut house, way, &key, &spec);
        let secret = json!({"programmatic": {"writeTokenTo": {"name": "rival-token"}}});
        let named = |id: &str, name: &str| {
            let adopt = json!({"adopt": {"id": id, "policy": "Required"}});
            (user_key(name), with(machine(name, "prod"), adopt))
        };
        let mut rivals =
            vec![(user_key("by-name"), with(machine("ci", "prod"), secret)), named(&lost, "by-id")];
        rivals.extend(heard.then(|| named(&new, "by-new-id")));
        for (rival, declared) in &rivals {
            house.apply(rival, declared);
        }
        house.run(mins(120));
        for (rival, _) in &rivals {
            assert!(house.stalled(rival, "ManagementConflict"), "{what} {rival}\n{}", house.describe());
        }
        assert_eq!(house.written(), [""; 0], "{what}\n{}", house.describe());
        for (rival, _) in &rivals {
            house.delete(rival);
        }
        house.way.cluster.refuse_secrets(false);
        house.apply(&key, &spec);
        making.until_confirmed(&mut house, |house| house.ready(&key) || house.stalled(&key, "TokenLost"));
        // Where the second token was lost too, a person says that there is to be a third.
        house.apply(&key, &with(spec, json!({"driftPolicy": "Report"})));
        making.until_confirmed(&mut house, |house| house.ready(&key) && !making.intended(house));
        making.until_made(&mut house);
        making.assert_one(&house);
    }
}

#[test]
fn what_cannot_be_read_holds_up_what_it_held_up() {
    for way in WAYS {
        // What is in an account holds up that one's end.
        for (key, spec) in kinds().into_iter().filter(|(_, spec)| spec["accountRef"].is_null()) {
            let mut house = house(&key, &spec);
            becomes_unread(&mut house, way, &key, &spec);
            house.force_delete(&home("base"));
            house.delete(&acme());
            house.run(mins(60));
            let blocked = house.condition(&acme(), "DeletionBlocked");
            assert_eq!(
                blocked.map(|(_, why)| why).as_deref(),
                Some("HasDependents"),
                "{way} {key} {}",
                house.describe()
            );
            house.force_delete(&key);
            house.until(mins(10), &format!("{way} {key}: let go"), |house| !house.exists(&acme()));
        }
    }
}

/// The end of its account waits for what is in it.
#[track_caller]
fn holds_up_its_account(key: &ObjectRef, spec: &Value) {
    for way in WAYS {
        let mut house = house(key, spec);
        becomes_unread(&mut house, way, key, spec);
        house.apply(&home("base"), &with(account("base"), json!({"deletionPolicy": "Delete"})));
        house.run(secs(10));
        house.delete(&home("base"));
        house.run(mins(60));
        let blocked = house.condition(&home("base"), "DeletionBlocked");
        assert_eq!(
            blocked.map(|(_, why)| why).as_deref(),
            Some("HasDependents"),
            "{way}\n{}",
            house.describe()
        );
        assert_eq!(house.calls("DELETE"), 0);
        house.force_delete(key);
        house.until(mins(10), &format!("{way}: goes on"), |house| !house.exists(&home("base")));
    }
}

#[test]
pub fn an_account_waits_for_a_credential_that_cannot_be_read() {
    holds_up_its_account(&credential_key("c"), &with(aws(), json!({"accountRef": {"name": "base"}})));
}

#[test]
fn an_account_waits_for_a_subscription_that_cannot_be_read() {
    holds_up_its_account(&sub("s"), &subscription("base", "sig-10"));
}

#[test]
fn what_can_be_read_again_is_kept_again() {
    for way in WAYS {
        let (key, spec) = (home("a"), account("one"));
        let mut house = house(&key, &spec);
        becomes_unread(&mut house, way, &key, &spec);
        house.apply(&key, &account("two"));
        house.until(mins(2), way, |house| house.ready(&key) && house.named("two").len() == 1);
        assert!(house.named("one").is_empty());
    }
}

#[test]
pub fn below_an_organization_that_cannot_be_read_nothing_is_written_until_it_can() {
    for way in WAYS {
        let (key, spec) = (home("a"), account("one"));
        let mut house = house(&key, &spec);
        becomes_unread(&mut house, way, &acme(), &organization());
        house.apply(&key, &account("two"));
        house.run(mins(30));
        assert_eq!(house.vendor_writes(), 0, "{way}\n{}", house.describe());
        house.apply(&acme(), &organization());
        house.until(mins(5), way, |house| house.ready(&key) && house.named("two").len() == 1);
    }
}

/// An organization whose create nobody heard the end of.
#[test]
pub fn an_organization_that_cannot_be_read_is_what_it_may_have_had_created() {
    for (contract, way) in BOTH.into_iter().flat_map(|contract| WAYS.map(|way| (contract, way))) {
        let mut house = House::struck_at_a_create(contract, FaultKind::ResetAfterEffect);
        house.until(mins(5), "unknown", |house| house.stalled(&acme(), "OutcomeUnknown"));
        let digest = house.digest(&acme(), "Stalled");
        becomes_unread(&mut house, way, &acme(), &to_create());
        let twin = organization_key("twin");
        let elsewhere = json!({"connection": {"tokenSecretRef": {"name": "twin-token"}}});
        house.apply(&twin, &with(to_create(), elsewhere));
        house.run(mins(60));
        let text = format!("{contract:?} {way}\n{}", house.describe());
        assert_eq!((house.foundings(), house.founded().len()), (0, 1), "{text}");
        assert!(house.stalled(&twin, "ManagementConflict"), "{text}");
        // Who can read it knows no more than before.
        house.apply(&acme(), &to_create());
        house.run(mins(60));
        let text = format!("{contract:?} {way}\n{}", house.describe());
        assert!(
            house.stalled(&acme(), "OutcomeUnknown") && house.digest(&acme(), "Stalled") == digest,
            "{text}"
        );
        assert!(house.stalled(&twin, "ManagementConflict"), "{text}");
        // Its end waits for somebody who can read it, and then for a word.
        house.apply(&acme(), &broken(&to_create()));
        house.delete(&acme());
        house.run(mins(30));
        assert!(house.exists(&acme()) && house.foundings() == 0, "{contract:?} {way}\n{}", house.describe());
        house.force_delete(&acme());
        house.until(mins(30), "free", |house| house.foundings() == 1);
    }
}

/// Another object for an organization that one stands for whose manifest cannot be read.
#[test]
pub fn an_organization_that_cannot_be_read_stands_for_what_it_stood_for() {
    for (contract, way) in BOTH.into_iter().flat_map(|contract| WAYS.map(|way| (contract, way))) {
        let mut house = House::new(contract);
        house.apply(&acme(), &organization());
        house.start();
        house.until(mins(5), "ready", |house| house.ready(&acme()));
        house.run(mins(2));
        becomes_unread(&mut house, way, &acme(), &organization());
        let rival = organization_key("rival");
        house.apply(&rival, &organization());
        house.run(mins(60));
        assert!(house.stalled(&rival, "ManagementConflict"), "{contract:?} {way}\n{}", house.describe());
        house.apply(&acme(), &organization());
        house.until(mins(15), way, |house| house.ready(&acme()));
        house.run(mins(30));
        assert!(house.stalled(&rival, "ManagementConflict"), "{contract:?} {way}\n{}", house.describe());
        house.force_delete(&acme());
        house.until(mins(30), "free", |house| house.ready(&rival));
    }
}

#[test]
fn what_leads_nowhere_and_stands_for_nothing_holds_up_nobody() {
    let (key, spec) = (home("a"), account("one"));
    let mut house = house(&key, &spec);
    house.apply(&home("junk"), &json!({"managementPolicy": 7}));
    house.apply(&home("empty"), &broken(&account("two")));
    house.restart_at_once();
    house.force_delete(&home("a"));
    house.force_delete(&home("base"));
    house.run(mins(2));
    house.delete(&acme());
    house.until(mins(10), "gone", |house| !house.exists(&acme()));
}
