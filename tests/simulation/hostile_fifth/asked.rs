//! Another token that is asked for and does not come at once (rules 5 and 10): that is said, and what becomes of the former
//! one. Each has a twin without what holds it up, which is played first.

use super::rotate;
use crate::support::house::{House, mins, secs};
use crate::support::look::acme;
use crate::support::machines::{CI_TOKEN, ci, ci_spec, with_ci};
use crate::support::manifests::{HOME, organization, with};
use http::Method;
use orgkeeper::sandbox::spot::Contract;
use orgkeeper::sandbox::{Fault, FaultKind};
use secrecy::SecretString;
use serde_json::{Value, json};

const CONTRACTS: [Contract; 2] = [Contract::Production, Contract::Published];

fn switched(house: &House) -> bool {
    !house.status(&ci())["token"]["rotation"]["oldId"].is_null()
}

fn asks(value: &str) -> Value {
    json!({"orgkeeper.dev/rotate-requested-at": value})
}

/// When the overlap ends, as messages have it.
fn ends(house: &House) -> String {
    let rotation = &house.status(&ci())["token"]["rotation"];
    let switched: jiff::Timestamp = rotation["switchedAt"].as_str().unwrap().parse().unwrap();
    (switched + jiff::SignedDuration::from_hours(1)).to_string()
}

fn rotating(house: &House) -> String {
    house.message(&ci(), "Rotating")
}

/// An entry leads nowhere, by a typo or as it is gone: a new user would be given less.
#[test]
fn a_rotation_that_waits_for_an_entry_says_so_and_begins_without_it() {
    for contract in CONTRACTS {
        for gap in [false, true] {
            let mut house = with_ci(contract);
            let token = house.token().unwrap();
            if gap {
                let accounts = json!([
                    {"accountRef": {"name": "prod"}, "role": "Editor"},
                    {"accountRef": {"name": "pord"}, "role": "Viewer"},
                ]);
                house.apply(&ci(), &with(ci_spec(), json!({"accounts": accounts})));
                house.run(mins(5));
            }
            rotate(&house, "leaked");
            house.run(mins(10));
            let said = rotating(&house);
            assert_eq!(switched(&house), !gap, "{contract:?}: {said}");
            if gap {
                assert!(said.contains("(leaked)") && said.contains("pord"), "{said}");
                assert!(said.contains("goes on working") && said.contains("Take that entry out"), "{said}");
                let writes = house.writes(&ci());
                house.run(mins(60));
                assert_eq!((rotating(&house), house.writes(&ci())), (said, writes), "the same all along");
                assert!(house.whose(&token).is_some());
                house.apply_with(&ci(), &ci_spec(), &asks("leaked"));
                house.until(mins(10), "switched", switched);
            }
            house.run(mins(90));
            assert!(rotating(&house).is_empty(), "{}", rotating(&house));
            house.assert_one_that_works();
        }
    }
}

/// Nothing is written for the object, by its own policy or its organization's.
#[test]
fn a_rotation_that_is_asked_for_where_nothing_is_written_says_so() {
    for what in ["Manage", "Observe", "Observe all"] {
        let mut house = with_ci(Contract::Production);
        let observe = json!({"managementPolicy": "Observe"});
        match what {
            "Observe" => house.apply(&ci(), &with(ci_spec(), observe)),
            "Observe all" => house.apply(&acme(), &with(organization(), observe)),
            _ => {}
        }
        house.run(mins(5));
        rotate(&house, "leaked");
        house.run(mins(10));
        let said = rotating(&house);
        assert_eq!(switched(&house), what == "Manage", "{what}: {said}");
        if what == "Manage" {
            continue;
        }
        assert!(said.contains("(leaked)") && said.contains("Observe"), "{said}");
        assert!(said.contains("goes on working") && house.ready(&ci()), "{}", house.describe());
        house.apply(&acme(), &organization());
        house.apply_with(&ci(), &ci_spec(), &asks("leaked"));
        house.until(mins(10), "switched", switched);
        // What was asked for was done.
        house.run(mins(90));
        let observe = json!({"managementPolicy": "Observe"});
        house.apply_with(&ci(), &with(ci_spec(), observe), &asks("leaked"));
        house.run(mins(10));
        assert!(rotating(&house).is_empty(), "{}", rotating(&house));
    }
}

/// Two users stand, and the former one is not deleted when that was announced.
#[test]
fn an_overlap_that_does_not_end_says_so() {
    for observe in [false, true] {
        let mut house = with_ci(Contract::Production);
        let old = house.id(&ci()).unwrap();
        rotate(&house, "one");
        house.until(mins(5), "switched", switched);
        let until = ends(&house);
        if observe {
            house.apply(&ci(), &with(ci_spec(), json!({"managementPolicy": "Observe"})));
        }
        house.run(mins(10));
        let said = rotating(&house);
        assert!(said.contains(&old) && said.contains(&until), "{said}");
        house.run(mins(90));
        assert_eq!(house.users("ci").contains(&old), observe);
        assert_eq!(rotating(&house).contains("Observe"), observe, "{}", rotating(&house));
        house.apply(&ci(), &ci_spec());
        house.until(mins(10), "over", |house| house.users("ci").len() == 1);
        house.run(mins(5));
        house.assert_one_that_works();
    }
}

/// The Secret is lost, or made useless, while the former user has its time.
#[test]
fn in_an_overlap_it_is_said_when_another_token_is_made() {
    for what in ["kept", "deleted", "changed"] {
        let mut house = with_ci(Contract::Production);
        let old = house.id(&ci()).unwrap();
        rotate(&house, "one");
        house.until(mins(5), "switched", switched);
        let until = ends(&house);
        match what {
            "deleted" => house.way.cluster.delete_secret(HOME, CI_TOKEN),
            "changed" => house.way.cluster.put_secret(HOME, CI_TOKEN, "token", "rubbish"),
            _ => {}
        }
        house.run(mins(5));
        let (said, stalled) = (rotating(&house), house.message(&ci(), "Stalled"));
        assert_eq!(said.contains("read Secret"), what == "kept", "{said}");
        if what != "kept" {
            assert!(stalled.contains("rotate-requested-at") && stalled.contains(&until), "{stalled}");
        }
        rotate(&house, "two");
        house.run(mins(5));
        let (said, stalled) = (rotating(&house), house.message(&ci(), "Stalled"));
        assert!(said.contains("Another one is asked for, and begins then."), "{said}");
        if what != "kept" {
            assert!(
                stalled.contains("was asked for, and is made at") && stalled.contains(&until),
                "{stalled}"
            );
            assert!(!stalled.contains("rotate-requested-at"), "{stalled}");
        }
        assert!(house.users("ci").contains(&old), "it has its time");
        house.until(mins(120), "handled", |house| {
            house.status(&ci())["token"]["lastHandledRotateAt"] == "two"
        });
        house.run(mins(10));
        house.assert_one_that_works();
    }
}

/// The first create was answered without a token.
#[test]
fn nobody_is_told_of_a_former_token_where_there_was_none() {
    for held in [true, false] {
        let mut house = if held {
            with_ci(Contract::Production)
        } else {
            let mut house = crate::support::machines::furnished(Contract::Production);
            let none = FaultKind::Omit { members: vec!["token".into()] };
            house.vendor().add_fault(Fault::once(&Method::POST, super::CREATE, none));
            house.apply(&ci(), &ci_spec());
            house.until(mins(10), "told", |house| house.stalled(&ci(), "TokenNotReturned"));
            house
        };
        let old = house.id(&ci()).unwrap();
        rotate(&house, "one");
        house.until(mins(5), "switched", switched);
        house.run(mins(1));
        let said = rotating(&house);
        assert!(said.contains(&format!("Any token of the former user {old} works until")), "{said}");
        assert!(!said.contains("held before"), "{said}");
        house.run(mins(90));
        house.assert_one_that_works();
    }
}

/// Nobody hears what came of the create of the new user.
#[test]
fn a_rotation_of_which_nobody_knows_what_came_says_so() {
    for unheard in [false, true] {
        let mut house = with_ci(Contract::Production);
        if unheard {
            let lost = FaultKind::BadGateway { effect: true };
            house.vendor().add_fault(Fault::once(&Method::POST, super::CREATE, lost));
        }
        rotate(&house, "one");
        house.run(secs(20));
        let said = rotating(&house);
        assert_eq!(said.contains("what came of it is not known yet"), unheard, "{said}");
        house.run(mins(120));
        house.assert_one_that_works_beside(1);
    }
}

/// Somebody puts the former token back when the overlap is over and its user is about to be deleted.
#[test]
pub fn what_a_secret_holds_when_a_deletion_is_sent_is_what_counts() {
    for late in [false, true] {
        let mut house = with_ci(Contract::Production);
        let (old, token) = (house.id(&ci()).unwrap(), house.token().unwrap());
        rotate(&house, "one");
        house.until(mins(5), "switched", switched);
        house.run(mins(57));
        house.way.vendors.latency.set(secs(20));
        let now = house.wall();
        let reads = |house: &House| {
            let vendor = house.vendor();
            let entries = vendor.requests().entries();
            entries.filter(|entry| entry.method == "GET" && entry.route.contains("/user")).count()
        };
        let until: jiff::Timestamp = ends(&house).parse().unwrap();
        let left = until.duration_since(now);
        house.run(std::time::Duration::try_from(left).unwrap() + secs(1));
        let before = reads(&house);
        house.until(mins(10), "a read", |house| reads(house) > before);
        assert!(house.users("ci").contains(&old));
        if late {
            house.way.cluster.edit_secret(HOME, CI_TOKEN, |secret| {
                secret.values.insert("token".into(), SecretString::from(token.clone()));
            });
        }
        house.run(mins(60));
        assert_eq!(house.whose(&token).is_some(), late, "{}", house.describe());
    }
}
