//! Nothing grows without end: searches, lists, repetitions, events, and what somebody can write in a namespace.

use crate::support::house::{House, mins, secs};
use crate::support::look::{acme, away, home};
use crate::support::manifests::{account, organization, with};
use crate::support::network::{Failing, Scripted};
use crate::support::rivals::{from_away, organization_away};
use crate::support::subscriptions::{ALL, sub, subscribing, subscription};
use crate::support::webhooks::Refused;
use futures::FutureExt;
use http::Method;
use orgkeeper::api::id::MAX_ID;
use orgkeeper::engine::base::ports::{Cluster, ObjectRef, Part};
use orgkeeper::sandbox::RouteLimit;
use orgkeeper::sandbox::spot::Contract;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const ACCOUNTS: &str = "/setup/account";
/// The vendor's own word that there is no such account.
const GONE: &str = r#"{"response": {"status": {"code": 400}, "errors": [{"code": "Account_DOESNT_EXIST"}]}}"#;

fn key(number: usize) -> ObjectRef {
    home(&format!("a{number}"))
}

/// Accounts with the names `name-0` and so on, and what each of their manifests says besides.
fn with_accounts(count: usize, more: &Value) -> House {
    let mut house = House::new(Contract::Production);
    house.apply(&acme(), &organization());
    for number in 0..count {
        house.apply(&key(number), &with(account(&format!("name-{number}")), more.clone()));
    }
    house.start();
    house.until(mins(10), "ready", |house| (0..count).all(|number| house.ready(&key(number))));
    house.run(mins(10));
    house
}

#[test]
fn the_lists_of_many_containers_are_read_in_turn() {
    const MANY: usize = 12;
    for per_minute in [4, 6000] {
        let names: Vec<String> = (0..MANY).map(|number| format!("acc-{number:02}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut house = subscribing(House::new(Contract::Production), &names);
        for (place, name) in names.iter().enumerate() {
            house.apply(&sub(name), &subscription(name, &format!("sig-1{place}")));
        }
        house.until(mins(20), "ready", |house| names.iter().all(|name| house.ready(&sub(name))));
        house.run(mins(10));
        let route = RouteLimit { method: Some("GET".into()), route: ALL.into(), per_minute };
        house.vendor().set_limits(orgkeeper::sandbox::Limits { per_minute: 6000, routes: vec![route] });
        house.run(mins(10));
        house.vendor().clear_requests();
        house.run(mins(40));
        let vendor = house.vendor();
        let lists =
            vendor.requests().entries().filter(|entry| entry.route == ALL && entry.status == Some(200));
        let read: BTreeSet<String> = lists.map(|entry| entry.query["accountId"].clone()).collect();
        assert_eq!(read.len(), MANY, "with {per_minute} a minute: {read:?}");
    }
}

/// Somebody writes the list of the object's finalizers.
fn finalizers(house: &House, key: &ObjectRef, list: &Value) {
    let patch = json!({"metadata": {"finalizers": list}});
    let written = Cluster::patch(&*house.way.cluster, key, Part::Main, patch).now_or_never();
    written.expect("nothing waits there").expect("it is there");
}

#[test]
fn a_finalizer_that_somebody_takes_away_each_time_is_not_set_for_ever_and_that_is_said() {
    for (rounds, fights) in [(200, true), (3, false)] {
        let mut house = with_accounts(1, &json!({}));
        let before = house.writes(&key(0));
        for _ in 0..rounds {
            finalizers(&house, &key(0), &json!([]));
            house.run(secs(10));
        }
        let sets = house.way.cluster.writes().into_iter().skip(before).filter(|(of, patch)| {
            *of == key(0) && patch["metadata"]["finalizers"].as_array().is_some_and(|list| !list.is_empty())
        });
        let sets = sets.count();
        assert!(sets <= 9, "{sets} within half an hour");
        assert_eq!(house.stalled(&key(0), "KubernetesUnavailable"), fights, "{}", house.describe());
        assert_eq!(house.message(&key(0), "Stalled").contains("taken away each time"), fights);
        house.until(mins(80), "it stays again", |house| {
            house.ready(&key(0)) && house.object(&key(0))["metadata"]["finalizers"][0].is_string()
        });
    }
}

#[test]
fn a_deletion_that_shows_no_effect_is_not_sent_for_ever_and_that_is_said() {
    for (times, over) in [(usize::MAX, true), (3, false)] {
        let mut house = with_accounts(1, &json!({"deletionPolicy": "Delete"}));
        house.way.vendors.scripted.borrow_mut().push(Scripted {
            method: Method::DELETE,
            path: ACCOUNTS.into(),
            failing: Failing::Answer(400, GONE),
            times,
        });
        house.delete(&key(0));
        house.run(mins(240));
        assert_eq!(house.exists(&key(0)), over, "{}", house.describe());
        if over {
            assert_eq!(house.way.vendors.failed.get(), 8, "{}", house.describe());
            assert!(house.stalled(&key(0), "WriteRepeated"), "{}", house.describe());
            // A person who has looked has it tried again.
            house.way.vendors.scripted.borrow_mut().clear();
            house.annotate(&key(0), &json!({"orgkeeper.dev/reconcile-requested-at": "now"}));
            house.until(mins(5), "gone", |house| !house.exists(&key(0)));
        }
    }
}

#[test]
fn a_change_that_shows_no_effect_and_is_never_stored_has_an_end() {
    for ignored in [true, false] {
        let mut house = with_accounts(1, &json!({}));
        house.vendor().clear_requests();
        house.refuse_status(&key(0), Refused::Forbidden);
        if ignored {
            let old: fn(&mut Value) = |item| {
                if item["name"] == "another" {
                    item["name"] = json!("name-0");
                }
            };
            *house.way.vendors.amended.borrow_mut() = Some((ACCOUNTS.into(), old));
        }
        house.apply(&key(0), &account("another"));
        house.run(mins(600));
        let puts = house.calls("PUT");
        assert!((1..=8).contains(&puts), "{puts} with ignored: {ignored}\n{}", house.describe());
    }
}

#[test]
pub fn what_many_in_a_namespace_ask_for_is_told_to_the_organization_in_few_events() {
    for many in [60, 5] {
        let mut house = with_accounts(many, &json!({"deletionPolicy": "Orphan"}));
        let ids: Vec<String> = (0..many).map(|number| house.id(&key(number)).unwrap()).collect();
        for number in 0..many {
            house.delete(&key(number));
        }
        house.until(mins(5), "let go", |house| (0..many).all(|number| !house.exists(&key(number))));
        house.run(mins(61));
        let before = house.events(&acme()).len();
        for (number, policy) in (0..many).zip(["IfExists", "Never"].into_iter().cycle()) {
            let spec = with(account(&format!("name-{number}")), json!({"adopt": {"policy": policy}}));
            house.apply(&away(&format!("b{number}")), &spec);
        }
        house.run(mins(50));
        let events = house.events(&acme());
        let distinct: BTreeSet<&str> = events[before..].iter().map(|event| event.note.as_str()).collect();
        assert!(distinct.len() <= 21, "{}", distinct.len());
        let more = events.iter().filter(|event| event.reason == "ManyEvents").map(|event| event.count).max();
        if many > 20 {
            // How often that happened is a count, which is told less and less often.
            assert!((24..=40).contains(&more.unwrap_or(0)), "{more:?}");
        } else {
            assert_eq!(more, None);
            assert!(ids.iter().all(|id| events.iter().any(|event| event.note.contains(id))));
        }
        // Who asks learns whom to ask, and no id.
        for number in 0..many {
            let message = house.message(&away(&format!("b{number}")), "Ready");
            assert!(message.contains("platform/acme"), "{message}");
            assert!(ids.iter().all(|id| !message.contains(id)), "{message}");
        }
    }
}

#[test]
fn an_id_that_is_too_long_is_told_and_not_stored_and_the_list_stays_a_list() {
    let mut house = with_accounts(2, &json!({"deletionPolicy": "Orphan"}));
    house.delete(&key(0));
    house.until(mins(2), "let go", |house| !house.exists(&key(0)));
    let long: fn(&mut Value) = |item| {
        if item["name"] == "name-0" {
            item["accountId"] = json!(format!("act-{}", "0".repeat(MAX_ID - 3)));
        }
    };
    *house.way.vendors.amended.borrow_mut() = Some((ACCOUNTS.into(), long));
    house.bound_status("id", MAX_ID);
    house.vendor().clear_requests();
    house.apply(&home("long"), &account("name-0"));
    house.apply(&home("new"), &account("new"));
    house.until(mins(5), "others are fine", |house| house.ready(&home("new")) && house.ready(&key(1)));
    assert!(house.stalled(&home("long"), "IdTooLong"), "{}", house.describe());
    let writes = house.writes(&home("long"));
    house.run(mins(120));
    assert_eq!(house.writes(&home("long")), writes, "{}", house.describe());
    assert_eq!(house.calls("POST"), 1, "only the new one was made");
    assert!(house.ready(&key(1)) && house.ready(&home("new")) && house.ready(&acme()));
    // Of one that fits, the same object is ready.
    *house.way.vendors.amended.borrow_mut() = None;
    house.until(mins(30), "taken over", |house| house.ready(&home("long")));
}

#[test]
fn an_id_of_the_greatest_length_is_stored_and_can_be_named() {
    let mut house = with_accounts(1, &json!({"deletionPolicy": "Orphan"}));
    house.delete(&key(0));
    house.until(mins(2), "let go", |house| !house.exists(&key(0)));
    let longest: fn(&mut Value) = |item| {
        if item["name"] == "name-0" {
            item["accountId"] = json!(format!("act-{}", "0".repeat(MAX_ID - 4)));
        }
    };
    *house.way.vendors.amended.borrow_mut() = Some((ACCOUNTS.into(), longest));
    house.bound_status("id", MAX_ID);
    house.restart();
    let id = format!("act-{}", "0".repeat(MAX_ID - 4));
    let adopt = json!({"adopt": {"policy": "Required", "id": id}});
    house.apply(&home("long"), &with(account("name-0"), adopt));
    house.until(mins(5), "taken over", |house| house.ready(&home("long")));
    assert_eq!(house.id(&home("long")), Some(id));
}

#[test]
pub fn an_answer_with_an_id_that_is_too_long_is_told_and_nothing_is_made_again() {
    let mut house = with_accounts(1, &json!({}));
    let body = format!(
        r#"{{"response": {{"status": {{"code": 200}}, "items": [{{"id": "act-{}", "accountId": "act-{}", "name": "x"}}], "count": 1}}}}"#,
        "0".repeat(MAX_ID - 3),
        "0".repeat(MAX_ID - 3)
    );
    house.way.vendors.scripted.borrow_mut().push(Scripted {
        method: Method::POST,
        path: ACCOUNTS.into(),
        failing: Failing::Answer(200, String::leak(body)),
        times: 1,
    });
    house.vendor().clear_requests();
    house.bound_status("id", MAX_ID);
    house.apply(&home("x"), &account("x"));
    house.until(mins(2), "told", |house| house.stalled(&home("x"), "IdTooLong"));
    house.run(mins(120));
    assert_eq!(house.calls("POST"), 0, "no second one: {}", house.describe());
    assert!(house.events(&home("x")).iter().any(|event| event.reason == "IdTooLong"));
}

#[test]
fn what_pauses_calls_is_said_in_true_words() {
    let mut house = House::new(Contract::Production);
    house.apply(&acme(), &organization());
    house.start();
    house.until(mins(2), "ready", |house| house.ready(&acme()));
    // Of many objects that name the organization nobody knows whether they are its own.
    let names: Vec<String> = (0..90).map(|number| format!("stranger-{number}")).collect();
    for name in &names {
        house.way.cluster.put_secret(
            crate::support::manifests::AWAY,
            name,
            "token",
            &format!("bogus-{name}"),
        );
        let spec = with(
            from_away(),
            json!({"connection": {"tokenSecretRef": {"name": name}}, "organizationId": format!("6060798{}", &name[9..])}),
        );
        house.apply(&organization_away(name), &spec);
    }
    house.run(secs(20));
    let texts: Vec<String> = names
        .iter()
        .map(|name| house.message(&organization_away(name), "Throttled"))
        .filter(|text| !text.is_empty())
        .collect();
    assert!(!texts.is_empty(), "{}", house.describe());
    assert!(
        texts.iter().all(|text| text.contains("share 60 calls") && !text.contains("vendor")),
        "{texts:?}"
    );
    // What a person allows is no limit of the vendor's.
    house.apply(&acme(), &with(organization(), json!({"connection": {"requestsPerMinute": 1}})));
    for number in 0..20 {
        house.apply(&key(number), &account(&format!("name-{number}")));
    }
    house.run(secs(90));
    let texts: Vec<String> = (0..20)
        .filter(|number| house.waits(&key(*number), "Throttled"))
        .map(|number| house.message(&key(number), "Ready"))
        .chain([house.message(&acme(), "Throttled")].into_iter().filter(|text| !text.is_empty()))
        .collect();
    assert!(!texts.is_empty(), "{}", house.describe());
    assert!(
        texts.iter().all(|text| text.contains("manifest allows") && !text.contains("vendor's")),
        "{texts:?}"
    );
}

#[test]
fn a_log_that_could_not_be_read_for_long_is_read_in_parts_that_do_not_grow() {
    for outage in [mins(600), mins(10)] {
        let mut house = with_accounts(1, &json!({}));
        house.way.vendors.down.set(true);
        house.run(outage);
        house.way.vendors.down.set(false);
        house.vendor().clear_requests();
        house.run(mins(100));
        let vendor = house.vendor();
        let asked = vendor.requests().entries().filter(|entry| entry.route == "/audit/events");
        let time = |text: &String| jiff::Timestamp::from_millisecond(text.parse().unwrap()).unwrap();
        let spans: Vec<(jiff::Timestamp, jiff::Timestamp)> = asked
            .map(|entry| {
                let mut times: Vec<_> =
                    entry.query.values().filter(|text| text.len() > 12).map(time).collect();
                times.sort();
                (times[0], times[1])
            })
            .collect();
        let longest = spans.iter().map(|(from, to)| to.duration_since(*from)).max().unwrap();
        assert!(longest <= jiff::SignedDuration::from_mins(61), "{longest:?} after {outage:?}");
        // Nothing is left out, and it ends with now.
        assert!(spans.windows(2).all(|pair| pair[1].0 <= pair[0].1), "{spans:?}");
        let behind = house.wall().duration_since(spans.last().unwrap().1);
        assert!(behind <= jiff::SignedDuration::from_mins(10), "{behind:?} after {outage:?}");
    }
}

#[test]
fn an_annotation_of_whatever_length_costs_nothing() {
    let mut house = with_accounts(1, &json!({}));
    let writes = house.all_writes();
    let long = "x".repeat(200_000);
    for name in ["confirm", "keep", "reconcile-requested-at", "rotate-requested-at"] {
        house.annotate(&key(0), &json!({format!("orgkeeper.dev/{name}"): long}));
        house.annotate(&acme(), &json!({format!("orgkeeper.dev/{name}"): long}));
        house.run(mins(20));
    }
    assert!(house.all_writes() - writes <= 4, "{}", house.describe());
    let told = json!([house.object(&key(0))["status"], house.object(&acme())["status"]]).to_string();
    assert!(told.len() < 8_000, "{}", told.len());
}
