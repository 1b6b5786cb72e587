//! Rate limits, ceilings and outages (rules 7 and 10).

use crate::support::credentials::{aws, credential_key};
use crate::support::crowd;
use crate::support::house::{House, mins, secs};
use crate::support::look::{acme, home};
use crate::support::manifests::{
    access_policy, account, group, group_key, machine, organization, person, policy_key, user_key, with,
};
use crate::support::people::organization_id;
use crate::support::subscriptions::{sub, subscribing, subscription};
use http::Method;
use orgkeeper::sandbox::spot::{Contract, SubscriptionDetails};
use orgkeeper::sandbox::{Fault, FaultKind};
use serde_json::json;

const BOTH: [Contract; 2] = [Contract::Production, Contract::Published];

fn key(number: usize) -> orgkeeper::engine::base::ports::ObjectRef {
    home(&format!("a{number}"))
}

fn accounts(contract: Contract, count: usize) -> House {
    let mut house = House::new(contract);
    house.apply(&acme(), &with(organization(), json!({"connection": {"requestsPerMinute": 10_000}})));
    for number in 0..count {
        house.apply(&key(number), &account(&format!("name-{number}")));
    }
    house.start();
    house.until(mins(5), "ready", |house| (0..count).all(|number| house.ready(&key(number))));
    house.run(mins(10));
    house
}

#[test]
fn during_a_pause_nothing_is_sent_on_the_route_and_only_the_organization_shows_it() {
    for contract in BOTH {
        let mut house = accounts(contract, 5);
        let before: Vec<_> = (0..5).map(|number| house.status(&key(number))).collect();
        house.vendor().add_fault(Fault::once(
            &Method::GET,
            "/setup/account",
            FaultKind::TooManyRequests { reset_seconds: 200 },
        ));
        house.until(mins(8), "throttled", |house| house.condition(&acme(), "Throttled").is_some());
        assert!(house.ready(&acme()));
        assert!(house.message(&acme(), "Throttled").contains(":00Z"), "whole minutes");
        let (calls, writes) = (house.calls("GET"), house.writes(&acme()));
        house.annotate(&key(0), &json!({"orgkeeper.dev/reconcile-requested-at": "1"}));
        house.apply(&key(5), &account("name-5"));
        house.run(secs(190));
        assert_eq!(house.calls("GET"), calls, "retrying inside the window lengthens it");
        assert!(house.writes(&acme()) <= writes + 1, "{}", house.describe());
        for (number, before) in before.iter().enumerate().skip(1) {
            assert_eq!(house.status(&key(number)), *before);
        }
        assert!(house.waits(&key(5), "Throttled"), "{}", house.describe());
        house.until(secs(60), "over", |house| {
            house.condition(&acme(), "Throttled").is_none()
                && house.ready(&key(5))
                && house.status(&key(0))["lastHandledReconcileAt"] == "1"
        });
    }
}

/// What was read before it waits says nothing of what it is asked for.
#[test]
fn an_organization_that_is_asked_for_a_look_during_a_pause_is_looked_at_since_then() {
    let mut house = accounts(Contract::Production, 1);
    house.apply(&user_key("jo"), &person("jo"));
    house.until(mins(5), "ready", |house| house.ready(&user_key("jo")));
    house.run(mins(10));
    let pause = FaultKind::TooManyRequests { reset_seconds: 200 };
    // The accounts are read before that.
    house.vendor().add_fault(Fault::once(&Method::GET, "/setup/organization/user", pause));
    house.until(mins(8), "throttled", |house| house.condition(&acme(), "Throttled").is_some());
    house.run(secs(60));
    let before = house.reads("/setup/account");
    for request in ["1", "2"] {
        house.annotate(&acme(), &json!({"orgkeeper.dev/reconcile-requested-at": request}));
        house.run(secs(20));
    }
    assert!(house.status(&acme())["lastHandledReconcileAt"].is_null(), "{}", house.describe());
    house.until(mins(4), "looked at", |house| house.status(&acme())["lastHandledReconcileAt"] == "2");
    assert!(house.condition(&acme(), "Throttled").is_none(), "{}", house.describe());
    assert!(house.reads("/setup/account") > before, "{}", house.describe());
}

#[test]
pub fn what_is_edited_again_during_a_pause_is_sent_when_it_ends() {
    for contract in BOTH {
        let mut house = accounts(contract, 1);
        let pause = FaultKind::TooManyRequests { reset_seconds: 200 };
        house.vendor().add_fault(Fault::once(&Method::PUT, "/setup/account/{accountId}", pause));
        for edit in 0..5 {
            house.apply(&key(0), &account(&format!("edited-{edit}")));
            house.run(secs(30));
            assert_eq!(house.calls("PUT"), 1, "{edit}");
            assert!(house.waits(&key(0), "Throttled"), "{}", house.describe());
        }
        house.until(secs(90), "sent", |house| house.named("edited-4").len() == 1 && house.ready(&key(0)));
        assert_eq!(house.calls("PUT"), 2);
    }
}

#[test]
fn an_outage_shows_on_the_organization_only_is_asked_about_seldom_and_ends_by_itself() {
    for contract in BOTH {
        let mut house = accounts(contract, 200);
        let before: Vec<_> = (0..200).map(|number| house.status(&key(number))).collect();
        house.vendor().add_fault(Fault::always(FaultKind::BadGateway { effect: false }));
        house.until(mins(8), "unreachable", |house| house.condition(&acme(), "Unreachable").is_some());
        assert!(house.ready(&acme()));
        house.apply(&key(200), &account("name-200"));
        house.apply(&key(1), &account("renamed"));
        house.delete(&key(2));
        house.run(mins(5));
        let (calls, writes) = (house.calls(""), house.all_writes());
        house.run(mins(60));
        let asked = house.calls("") - calls;
        assert!((3..=60).contains(&asked), "{asked} calls in an hour");
        assert!(house.all_writes() - writes <= 5, "{}", house.describe());
        for (number, before) in before.iter().enumerate().skip(3) {
            assert_eq!(house.status(&key(number)), *before);
        }
        assert!(house.waits(&key(200), "VendorUnreachable"), "{}", house.describe());
        house.vendor().clear_faults();
        house.until(mins(6), "recovered", |house| {
            house.condition(&acme(), "Unreachable").is_none()
                && house.ready(&key(200))
                && house.named("renamed").len() == 1
                && !house.exists(&key(2))
        });
    }
}

#[test]
fn a_vendor_that_is_down_at_the_start_is_waited_for_without_a_loop() {
    for choice in ["Auto", "Production"] {
        let mut house = House::new(Contract::Production);
        house.way.vendors.down.set(true);
        house.apply(&acme(), &with(organization(), json!({"connection": {"contract": choice}})));
        house.apply(&home("a"), &account("prod"));
        house.start();
        house.until(mins(1), "unreachable", |house| house.waits(&acme(), "VendorUnreachable"));
        let reconciles = house.processes[0].counts.reconciles.get();
        house.run(mins(60));
        let more = house.processes[0].counts.reconciles.get() - reconciles;
        assert!(more <= 80, "{more} reconciles in an hour");
        assert!(house.waits(&home("a"), "DependencyNotReady"));
        house.way.vendors.down.set(false);
        house.until(mins(6), "ready", |house| house.ready(&home("a")));
    }
}

/// The most requests within any minute.
fn most_in_a_minute(house: &House) -> usize {
    let vendor = house.vendor();
    let times: Vec<_> = vendor.requests().entries().map(|entry| entry.at).collect();
    let within = |index: usize| {
        times[index..].iter().take_while(|later| later.duration_since(times[index]).as_secs() < 60).count()
    };
    (0..times.len()).map(within).max().unwrap_or(0)
}

/// No session is opened anew meanwhile.
#[test]
fn a_lower_ceiling_holds_though_the_secret_with_the_token_cannot_be_read() {
    let mut house = accounts(Contract::Production, 5);
    house.way.cluster.refuse_secret_reads(true);
    house.apply(&acme(), &with(organization(), json!({"connection": {"requestsPerMinute": 5}})));
    house.run(mins(2));
    house.forget_requests();
    for number in 0..5 {
        house.apply(&key(number), &account(&format!("another-{number}")));
    }
    house.run(mins(10));
    assert!(
        (1..=5).contains(&most_in_a_minute(&house)),
        "{}\n{}",
        most_in_a_minute(&house),
        house.describe()
    );
}

#[test]
pub fn the_ceiling_that_a_person_sets_is_honoured_in_every_minute() {
    let mut house = House::new(Contract::Production);
    house.apply(&acme(), &with(organization(), json!({"connection": {"requestsPerMinute": 20}})));
    for number in 0..60 {
        house.apply(&key(number), &account(&format!("name-{number}")));
    }
    house.start();
    house.until(mins(30), "ready", |house| (0..60).all(|number| house.ready(&key(number))));
    assert!(most_in_a_minute(&house) <= 20, "{}", most_in_a_minute(&house));
    for number in 0..60 {
        assert_eq!(house.named(&format!("name-{number}")).len(), 1);
    }
    // Waiting for room costs writes of those that wait, but a bounded number.
    assert!(house.all_writes() <= 60 * 8, "{} {}", house.all_writes(), house.describe());
}

#[test]
pub fn however_few_calls_a_person_allows_all_that_is_asked_for_is_done_in_the_end() {
    for ceiling in [5, 20] {
        let mut house = subscribing(House::new(Contract::Production), &["prod"]);
        let few = json!({"connection": {"accountScope": "Query", "requestsPerMinute": ceiling}});
        house.apply(&acme(), &with(organization(), few));
        house.run(mins(2));
        let goes = |spec| with(spec, json!({"deletionPolicy": "Delete"}));
        // One that waits for a person, who does not come.
        let now = house.wall();
        for _ in 0..2 {
            house.vendor().console(now).create_account(organization_id(), "twins");
        }
        house.apply(&home("twins"), &with(account("twins"), json!({"adopt": {"policy": "Required"}})));
        let objects = [
            (home("more"), goes(account("more"))),
            (user_key("jo"), goes(person("jo"))),
            (user_key("ci"), goes(machine("ci", "prod"))),
            (group_key("devs"), goes(with(group("devs"), json!({"users": [{"userRef": {"name": "jo"}}]})))),
            (policy_key("ops"), goes(access_policy("ops"))),
            (credential_key("cloud"), aws()),
            (sub("one"), goes(subscription("prod", "sig-10"))),
        ];
        for (key, spec) in &objects {
            house.apply(key, spec);
        }
        let patience = mins(10) + mins(120) / ceiling;
        house.until(patience, &format!("{ceiling} a minute"), |house| {
            objects.iter().all(|(key, _)| house.ready(key))
        });
        house.annotate(&user_key("ci"), &json!({"orgkeeper.dev/rotate-requested-at": "now"}));
        // The former token works for an hour besides.
        house.until(patience + mins(60), &format!("{ceiling} a minute: another token"), |house| {
            house.status(&user_key("ci"))["token"]["lastHandledRotateAt"] == "now"
        });
        // A round that takes longer than a minute is no news, and comes to its end: the list that is read last too.
        house.run(mins(20));
        assert!(house.stalled(&home("twins"), "Ambiguous"), "{}", house.describe());
        let (written, subscription) = (house.all_writes(), house.id(&sub("one")).unwrap());
        house.run(mins(30));
        assert_eq!(house.all_writes(), written, "{ceiling} a minute\n{}", house.describe());
        let now = house.wall();
        assert!(house.vendor().console(now).delete_in_account::<SubscriptionDetails>(&subscription));
        house.until(patience, &format!("{ceiling} a minute: missed"), |house| {
            house.stalled(&sub("one"), "ExternallyDeleted")
        });
        // What goes while others have to be asked whether they use it.
        house.delete(&policy_key("ops"));
        house.until(patience, &format!("{ceiling} a minute: no policy"), |house| {
            !house.exists(&policy_key("ops"))
        });
        for (key, _) in &objects {
            house.delete(key);
        }
        house.until(patience, &format!("{ceiling} a minute: gone"), |house| {
            objects.iter().all(|(key, _)| !house.exists(key))
        });
    }
}

/// What is read between the judgement of a deletion and the deletion makes the judgement old, and with few calls, and
/// another object that wants them too, nothing is ever deleted.
#[test]
fn a_policy_is_deleted_with_few_calls_while_another_object_wants_them() {
    for (kinds, wait) in [(1, 20), (2, 20), (3, 47)] {
        let mut house = subscribing(House::new(Contract::Production), &["prod"]);
        let few = json!({"connection": {"accountScope": "Query", "requestsPerMinute": 5}});
        house.apply(&acme(), &with(organization(), few));
        let all = [
            (user_key("jo"), person("jo")),
            (home("more"), account("more")),
            (group_key("devs"), group("devs")),
        ];
        let others = &all[..kinds];
        for (key, spec) in others {
            house.apply(key, spec);
        }
        house.apply(&policy_key("ops"), &with(access_policy("ops"), json!({"deletionPolicy": "Delete"})));
        house.until(mins(60), "ready", |house| {
            others.iter().all(|(key, _)| house.ready(key)) && house.ready(&policy_key("ops"))
        });
        house.delete(&policy_key("ops"));
        let mut turn = 0;
        while house.exists(&policy_key("ops")) {
            turn += 1;
            assert!(turn < 300, "{kinds} every {wait} s\n{}", house.describe());
            for (key, _) in others {
                house.annotate(key, &json!({"orgkeeper.dev/reconcile-requested-at": turn.to_string()}));
            }
            house.run(secs(wait));
        }
    }
}

/// The longest time between two reads of the list that shows what the organization contains.
fn longest_without_a_list(house: &House) -> i64 {
    let vendor = house.vendor();
    let lists =
        vendor.requests().entries().filter(|entry| entry.method == "GET" && entry.route == "/setup/account");
    let read = lists.filter(|entry| entry.status == Some(200)).map(|entry| entry.at);
    let times: Vec<_> = read.chain([house.wall()]).collect();
    times.windows(2).map(|pair| pair[1].duration_since(pair[0]).as_secs()).max().unwrap_or(i64::MAX)
}

#[test]
fn the_lists_of_an_organization_go_on_whatever_its_objects_ask_for() {
    const MANY: usize = 60;
    let mut house = House::of_people(MANY);
    house.apply(&acme(), &with(organization(), json!({"connection": {"requestsPerMinute": 20}})));
    house.run(mins(10));
    house.forget_requests();
    for minute in 0..30 {
        for number in 0..MANY {
            let now = json!({"orgkeeper.dev/reconcile-requested-at": minute.to_string()});
            house.annotate(&crowd::key(number), &now);
        }
        house.run(mins(1));
    }
    assert!(longest_without_a_list(&house) <= 600, "{}", longest_without_a_list(&house));
}

#[test]
pub fn the_vendors_own_limit_is_learned() {
    let mut house = House::new(Contract::Production);
    house.vendor().set_limits(orgkeeper::sandbox::Limits {
        per_minute: 6000,
        routes: vec![orgkeeper::sandbox::RouteLimit {
            method: Some("POST".into()),
            route: "/setup/account".into(),
            per_minute: 3,
        }],
    });
    house.apply(&acme(), &organization());
    for number in 0..12 {
        house.apply(&key(number), &account(&format!("name-{number}")));
    }
    house.start();
    house.until(mins(10), "ready", |house| (0..12).all(|number| house.ready(&key(number))));
    let refused = house.vendor().requests().counter("POST", "/setup/account").refused;
    assert!(refused <= 8, "{refused} requests ran into the limit");
    assert_eq!(house.living(), 13);
}
