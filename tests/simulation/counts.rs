//! How much an organization has at the vendor, how much of it no manifest stands for, and what may be called.

use crate::support::house::{House, mins};
use crate::support::look::{acme, home};
use crate::support::manifests::{
    AWAY, account, account_key, group, group_key, organization, person, user_key, with,
};
use crate::support::people::{furnished, organization_id};
use http::Method;
use orgkeeper::api::spot::kinds;
use orgkeeper::sandbox::spot::{Contract, UserDetails};
use orgkeeper::sandbox::{Fault, FaultKind, Limits, RouteLimit};
use serde_json::{Value, json};

const BOTH: [Contract; 2] = [Contract::Production, Contract::Published];

/// Makes the fault strike every list of the route.
fn strike(house: &House, route: &str, kind: FaultKind) {
    house.vendor().add_fault(Fault { times: None, ..Fault::once(&Method::GET, route, kind) });
}

fn users(contract: Contract) -> &'static str {
    match contract {
        Contract::Production => "/setup/organization/user",
        Contract::Published => "/setup/organization/{organizationId}/user",
    }
}

fn counts(house: &House) -> Value {
    house.status(&acme())["counts"].clone()
}

fn count(total: u32, unmanaged: u32) -> Value {
    json!({"total": total, "unmanaged": unmanaged})
}

#[test]
fn what_no_manifest_stands_for_is_unmanaged() {
    for contract in BOTH {
        let mut house = furnished(contract, &["prod"]);
        house.run(mins(10));
        let mut expected = json!({"accounts": count(2, 1), "users": count(1, 1), "policies": count(0, 0)});
        if contract == Contract::Production {
            expected["groups"] = count(0, 0);
        }
        assert_eq!(counts(&house), expected, "no groups in Published: {}", house.describe());
        house.apply(&user_key("jo"), &person("jo"));
        if contract == Contract::Production {
            house.apply(&group_key("developers"), &group("developers"));
        }
        house.run(mins(10));
        expected["users"] = count(2, 1);
        if contract == Contract::Production {
            expected["groups"] = count(1, 0);
        }
        assert_eq!(counts(&house), expected, "{}", house.describe());
        // Somebody adds one of each in the console.
        house.by_hand(|console| {
            console.create_account(organization_id(), "by hand");
            console.create_user(organization_id(), UserDetails::person("al@example.com"));
        });
        house.policy("Deployer");
        house.run(mins(10));
        expected["accounts"] = count(3, 2);
        expected["users"] = count(3, 2);
        expected["policies"] = count(1, 1);
        assert_eq!(counts(&house), expected, "{}", house.describe());
        let told = house.processes[0].counts.vendor_objects.borrow()[&kinds::USER];
        assert_eq!((told.total, told.unmanaged), (3, 2));
        house.apply(&user_key("al"), &person("al"));
        house.delete(&user_key("jo"));
        house.run(mins(10));
        expected["users"] = count(2, 1);
        assert_eq!(counts(&house), expected, "{}", house.describe());
    }
}

#[test]
fn a_manifest_that_is_not_admitted_stands_for_nothing() {
    let mut house = House::new(Contract::Production);
    let own = json!({"allowed": [{"namespaces": {"from": "Same"}, "kinds": ["SpotAccount"]}]});
    let away = account_key(AWAY, "away");
    house.apply(&acme(), &organization());
    house.apply(&away, &account("away"));
    house.start();
    house.until(mins(5), "ready", |house| house.ready(&away));
    house.run(mins(10));
    assert_eq!(counts(&house)["accounts"], count(2, 1));
    let mut narrowed = organization();
    narrowed["allowed"] = own["allowed"].clone();
    house.apply(&acme(), &narrowed);
    house.until(mins(5), "not allowed", |house| house.stalled(&away, "NotAllowed"));
    house.run(mins(10));
    assert_eq!(counts(&house)["accounts"], count(2, 2), "{}", house.describe());
}

#[test]
fn in_steady_state_and_over_restarts_nothing_is_written() {
    for contract in BOTH {
        let mut house = furnished(contract, &["prod"]);
        house.run(mins(10));
        let writes = house.all_writes();
        house.run(mins(30));
        house.restart();
        house.run(mins(30));
        assert_eq!(house.all_writes(), writes, "{}", house.describe());
        // Not even where the lists fail that are read for this alone.
        let kept = counts(&house);
        for route in [users(contract), "/setup/access/userGroup", "/setup/access/policy"] {
            strike(&house, route, FaultKind::ServerError { status: 503, effect: false });
        }
        strike(&house, "/setup/organization/policy", FaultKind::Garbage { effect: true });
        house.run(mins(30));
        house.restart();
        house.run(mins(30));
        assert_eq!((house.all_writes(), counts(&house)), (writes, kept), "{}", house.describe());
        assert!(house.ready(&acme()) && house.condition(&acme(), "Unreachable").is_none());
    }
}

#[test]
fn a_list_that_may_not_be_read_troubles_nobody_and_is_not_counted() {
    for contract in BOTH {
        let mut house = House::new(contract);
        strike(&house, users(contract), FaultKind::Forbidden);
        house.apply(&acme(), &organization());
        house.apply(&home("a"), &account("prod"));
        house.start();
        house.until(mins(5), "ready", |house| house.ready(&acme()) && house.ready(&home("a")));
        house.run(mins(30));
        assert!(house.ready(&acme()) && house.ready(&home("a")), "{}", house.describe());
        assert_eq!(house.status(&acme())["conditions"].as_array().unwrap().len(), 1, "{}", house.describe());
        assert_eq!((&counts(&house)["users"], &counts(&house)["accounts"]), (&Value::Null, &count(2, 1)));
        // Whoever needs the list is told.
        house.apply(&user_key("jo"), &person("jo"));
        house.until(mins(10), "stalled", |house| house.stalled(&user_key("jo"), "Forbidden"));
        assert!(house.ready(&acme()), "{}", house.describe());
        house.vendor().clear_faults();
        house.until(mins(20), "ready", |house| house.ready(&acme()) && house.ready(&user_key("jo")));
        house.run(mins(10));
        assert_eq!(counts(&house)["users"], count(2, 1), "{}", house.describe());
    }
}

#[test]
fn what_is_only_counted_may_vanish() {
    let mut house = furnished(Contract::Production, &[]);
    let ids: Vec<String> = (0..20)
        .map(|number| {
            let details = UserDetails::person(&format!("p{number}@example.com"));
            house.by_hand(|console| console.create_user(organization_id(), details))
        })
        .collect();
    house.run(mins(10));
    assert_eq!(counts(&house)["users"], count(21, 21));
    for id in ids {
        house.by_hand(|console| console.delete_user(&id)).unwrap();
    }
    house.run(mins(10));
    assert_eq!(counts(&house)["users"], count(1, 1));
    assert!(house.ready(&acme()) && house.condition(&acme(), "InventoryShrank").is_none());
}

#[test]
fn what_may_be_called_is_shown_and_told() {
    let mut house = House::new(Contract::Production);
    let limit = |method: &str, route: &str, per_minute| RouteLimit {
        method: Some(method.into()),
        route: route.into(),
        per_minute,
    };
    house.vendor().set_limits(Limits {
        per_minute: 500,
        routes: vec![limit("GET", "/setup/account", 70), limit("POST", "/setup/account", 9)],
    });
    house.apply(&acme(), &with(organization(), json!({"connection": {"requestsPerMinute": 120}})));
    house.apply(&home("a"), &account("prod"));
    house.start();
    house.until(mins(5), "ready", |house| house.ready(&home("a")));
    house.run(mins(10));
    let budget = house.status(&acme())["budget"].clone();
    assert_eq!(budget["requestsPerMinute"], 120);
    let operations = ["GET /audit/events", "GET /setup/access/userGroup", "GET /setup/account"];
    let more = ["GET /setup/organization/policy", "GET /setup/organization/user", "POST /setup/account"];
    let limits = [500, 500, 70, 500, 500, 9];
    let expected = operations.iter().chain(&more).zip(limits);
    let expected: Vec<Value> =
        expected.map(|(operation, limit)| json!({"operation": operation, "perMinute": limit})).collect();
    assert_eq!(budget["learned"], json!(expected), "{}", house.describe());
    let told = house.processes[0].counts.allowed.borrow()["/setup/organization/user"];
    assert_eq!((told.limit, told.remaining), (Some(500), Some(499)));
    house.restart();
    house.run(mins(10));
    assert_eq!(house.status(&acme())["budget"], budget, "it holds over restarts");
    house.apply(&acme(), &with(organization(), json!({"connection": {"requestsPerMinute": 90}})));
    house.until(mins(5), "shown", |house| house.status(&acme())["budget"]["requestsPerMinute"] == 90);
    let refusal = FaultKind::TooManyRequests { reset_seconds: 200 };
    house.vendor().add_fault(Fault::once(&Method::GET, "/setup/account", refusal));
    house.until(mins(8), "throttled", |house| house.condition(&acme(), "Throttled").is_some());
    let until = house.processes.last().unwrap().counts.paused.borrow()["/setup/account"];
    let left = until.duration_since(house.wall()).as_secs();
    assert!((190..=200).contains(&left), "{left}");
}

#[test]
fn a_vendor_that_tells_no_limit_has_none_shown() {
    let mut house = furnished(Contract::Published, &["prod"]);
    house.run(mins(10));
    assert_eq!(house.status(&acme())["budget"], json!({"requestsPerMinute": 300}));
}
