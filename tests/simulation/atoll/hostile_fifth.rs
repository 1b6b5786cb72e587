//! What must never be said of what the vendor has no list of, or makes none of (rules 4 and 10). Each has a twin without
//! what sets it off, which is played first.

use super::both;
use super::manifests::{hook, hook_spec, quota, quota_spec};
use crate::support::house::{House, mins};
use crate::support::network::{Failing, Scripted};
use http::Method;
use serde_json::json;

const ONE: &str = "https://one.example";

/// What can only be taken over vanishes.
#[test]
fn nobody_is_promised_another_one_of_what_is_never_made() {
    let (mut house, server) = both();
    house.apply(&quota("seats"), &quota_spec("seats", 7));
    house.start();
    house.until(mins(5), "taken over", |house| house.ready(&quota("seats")));
    house.run(mins(10));
    server.borrow_mut().quotas.clear();
    house.until(mins(60), "missed", |house| house.stalled(&quota("seats"), "ExternallyDeleted"));
    let said = house.message(&quota("seats"), "Stalled");
    let promises = said.contains("To have a new one made");
    let mut then = String::new();
    if promises {
        let digest = house.digest(&quota("seats"), "Stalled");
        house.annotate(&quota("seats"), &json!({"orgkeeper.dev/confirm": digest}));
        house.run(mins(30));
        then = house.message(&quota("seats"), "Ready");
    }
    assert!(!promises, "{said}\nthen: {then}");
}

fn says(house: &House) -> String {
    house.message(&hook("h"), "Ready")
}

/// No list is spoken of where there is none, and what the vendor answered is told as it was.
#[test]
fn what_became_of_a_create_is_told_as_it_was_where_there_is_no_list() {
    let mut untrue = Vec::new();
    for answered in ["lost", "no id", "another's"] {
        for beside in [false, true] {
            let (mut house, server) = both();
            house.start();
            if beside || answered == "another's" {
                house.apply(&hook("first"), &hook_spec("first", ONE));
                house.until(mins(5), "ready", |house| house.ready(&hook("first")));
            }
            match answered {
                "lost" => server.borrow_mut().losing.push_back(super::server::Lost::After),
                "no id" => server.borrow_mut().names = false,
                _ => {
                    let first = house.id(&hook("first")).unwrap();
                    let body = json!({"id": first}).to_string();
                    house.way.vendors.scripted.borrow_mut().push(Scripted {
                        method: Method::POST,
                        path: "/hooks".into(),
                        failing: Failing::Answer(201, Box::leak(body.into_boxed_str())),
                        times: 1,
                    });
                }
            }
            house.apply(&hook("h"), &hook_spec("h", ONE));
            house.until(mins(5), "answered", |house| house.waits(&hook("h"), "OutcomeUnknown"));
            let mut all = vec![says(&house)];
            for number in 0..24 {
                if number % 4 == 0 {
                    let note = json!({"orgkeeper.dev/reconcile-requested-at": number.to_string()});
                    house.annotate(&hook("h"), &note);
                }
                house.run(mins(5));
                all.push(says(&house));
            }
            all.dedup();
            for said in all {
                let list = said.contains("Lists show")
                    || said.contains("lists show")
                    || said.contains("before a list");
                let unheard = said.contains("nobody heard") && answered != "lost";
                let gone = said.contains("was deleted at the vendor");
                if list || unheard || gone {
                    untrue.push(format!("{answered}, beside {beside}: {said}"));
                }
            }
            assert!(server.borrow().calls_of("POST /hooks") <= 2, "{}", house.describe());
        }
    }
    assert!(untrue.is_empty(), "{untrue:#?}");
}

/// The object goes while nobody knows what came of its create.
#[test]
fn what_becomes_of_it_is_told_as_it_will_be_where_there_is_no_list() {
    let (mut house, server) = both();
    house.start();
    house.run(mins(2));
    server.borrow_mut().losing.push_back(super::server::Lost::After);
    house.apply(&hook("h"), &hook_spec("h", ONE));
    house.until(mins(5), "unknown", |house| house.waits(&hook("h"), "OutcomeUnknown"));
    house.delete(&hook("h"));
    house.until(mins(5), "held up", |house| house.condition(&hook("h"), "DeletionBlocked").is_some());
    let said = house.message(&hook("h"), "DeletionBlocked");
    house.until(mins(60), "gone", |house| !house.exists(&hook("h")));
    let stays = server.borrow().hooks.len() == 1;
    assert!(!(stays && said.contains("is deleted once lists have shown it")), "{said}");
}

/// An edit while reads lack it.
#[test]
fn no_list_is_said_to_lack_what_no_list_shows() {
    let (mut house, server) = both();
    house.apply(&hook("h"), &hook_spec("h", ONE));
    house.start();
    house.until(mins(5), "made", |house| house.ready(&hook("h")));
    house.run(mins(10));
    server.borrow_mut().hooks.clear();
    house.apply(&hook("h"), &hook_spec("h", "https://two.example"));
    let mut all = Vec::new();
    for _ in 0..60 {
        house.run(crate::support::house::secs(5));
        all.push(says(&house));
    }
    house.delete(&hook("h"));
    all.dedup();
    all.retain(|said| said.contains("A list lacks") || said.contains("later list"));
    assert!(all.is_empty(), "{all:#?}");
}

/// Two objects name one hook.
#[test]
fn of_two_that_name_one_hook_one_stands_for_it() {
    for two in [false, true] {
        let (mut house, server) = both();
        let theirs = server.borrow_mut().make_hook("h", ONE);
        let spec = |name: &str, url: &str| {
            let adopt = json!({"adopt": {"policy": "Required", "id": theirs}, "deletionPolicy": "Delete"});
            crate::support::manifests::with(hook_spec(name, url), adopt)
        };
        house.apply(&hook("a"), &spec("h", ONE));
        if two {
            house.apply(&hook("b"), &spec("h", "https://two.example"));
        }
        house.start();
        house.run(mins(60));
        assert!(house.ready(&hook("a")), "{}", house.describe());
        assert_eq!(server.borrow().hooks[&theirs].url, ONE, "{}", house.describe());
        if two {
            assert!(house.stalled(&hook("b"), "ManagementConflict"), "{}", house.describe());
            house.delete(&hook("b"));
            house.until(mins(30), "gone", |house| !house.exists(&hook("b")));
        }
        house.run(mins(30));
        assert!(server.borrow().hooks.contains_key(&theirs), "{}", house.describe());
    }
}
