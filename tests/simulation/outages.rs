//! What an outage, or a bug, leaves behind: nothing is forgotten, and nothing stays broken (rules 10 and 14).

use crate::support::house::{House, mins, secs};
use crate::support::look::{acme, home};
use crate::support::manifests::{account, organization, person, user_key, with};
use crate::support::network::{Failing, Scripted};
use crate::support::people::{furnished, role};
use crate::support::subscriptions::{ALL, one_account, sub, subscription};
use http::Method;
use orgkeeper::sandbox::spot::Contract;
use orgkeeper::sandbox::{Fault, FaultKind};
use serde_json::json;

const BOTH: [Contract; 2] = [Contract::Production, Contract::Published];

/// A person asks for another look at the organization.
fn look_again(house: &House, when: &str) {
    house.annotate(&acme(), &json!({"orgkeeper.dev/reconcile-requested-at": when}));
}

#[test]
fn a_timer_that_rings_during_an_outage_is_not_lost() {
    for contract in BOTH {
        let mut house = House::new(contract);
        house.apply(&acme(), &organization());
        house.apply(&home("a"), &account("prod"));
        house.start();
        house.until(mins(2), "ready", |house| house.ready(&home("a")));
        house.run(mins(10));
        let id = house.id(&home("a")).unwrap();
        house.by_hand(|console| console.delete_account(&id).unwrap());
        // One list lacks it; a later one has to confirm that, and a timer is set for it.
        look_again(&house, "once");
        house.run(secs(10));
        assert!(house.ready(&home("a")), "{}", house.describe());
        house.way.vendors.down.set(true);
        look_again(&house, "twice");
        house.run(mins(3));
        assert!(house.condition(&acme(), "Unreachable").is_some(), "{}", house.describe());
        house.way.vendors.down.set(false);
        house.until(mins(20), "told after all", |house| house.stalled(&home("a"), "ExternallyDeleted"));
    }
}

#[test]
fn a_list_that_was_read_before_ends_no_outage() {
    let mut house = furnished(Contract::Production, &["prod"]);
    house.ready_with(&user_key("jo"), &person("jo"));
    house.run(mins(8));
    let broken = FaultKind::ServerError { status: 503, effect: false };
    house
        .vendor()
        .add_fault(Fault { route: Some("/setup/organization/user".into()), ..Fault::always(broken) });
    look_again(&house, "now");
    house.until(mins(1), "said", |house| house.condition(&acme(), "Unreachable").is_some());
    // Somebody looks for an account, in a list of a moment ago.
    let (calls, writes) = (house.reads("/setup/account"), house.writes(&acme()));
    let nowhere =
        json!({"accountRef": {"name": null, "id": "act-00000000"}, "organizationRef": {"name": "acme"}});
    house.apply(&sub("s"), &with(subscription("prod", "sig-10"), nowhere));
    house.run(std::time::Duration::from_millis(500));
    assert!(house.waits(&sub("s"), "DependencyNotReady"), "{}", house.describe());
    assert_eq!(house.reads("/setup/account"), calls, "{}", house.describe());
    assert!(house.condition(&acme(), "Unreachable").is_some(), "{}", house.describe());
    assert_eq!(house.writes(&acme()), writes, "{}", house.describe());
    house.vendor().clear_faults();
    house.until(mins(10), "over", |house| house.condition(&acme(), "Unreachable").is_none());
}

#[test]
fn a_bug_in_a_list_that_kinds_share_strikes_once() {
    for (path, contract) in [
        ("/setup/organization/policy", Contract::Production),
        ("/setup/account", Contract::Production),
        ("/setup/account", Contract::Published),
    ] {
        let mut house = furnished(contract, &["prod"]);
        let bug = Scripted { method: Method::GET, path: path.into(), failing: Failing::Bug, times: 1 };
        house.way.vendors.scripted.borrow_mut().push(bug);
        house.apply(&user_key("jo"), &with(person("jo"), json!({"accounts": [role("prod", "Viewer")]})));
        look_again(&house, "now");
        house.until(mins(1), "struck", |house| house.way.vendors.scripted.borrow()[0].times == 0);
        house.until(mins(15), path, |house| {
            house.ready(&user_key("jo"))
                && house.ready(&acme())
                && house.condition(&acme(), "Unreachable").is_none()
        });
    }
}

#[test]
pub fn a_container_s_list_is_read_again_when_the_vendor_said_and_nothing_is_done_meanwhile() {
    let mut house = one_account(Contract::Production);
    let keys: Vec<_> = (0..10).map(|number| sub(&format!("s{number}"))).collect();
    let spec = |number: usize, format: &str| {
        let event = json!({"eventType": format!("EVENT_{number}"), "eventFormat": {"what": format}});
        with(subscription("prod", "sig-10"), event)
    };
    for (number, key) in keys.iter().enumerate() {
        house.ready_with(key, &spec(number, "one"));
    }
    house.run(mins(3));
    let wait = FaultKind::TooManyRequests { reset_seconds: 200 };
    house.vendor().add_fault(Fault { times: None, ..Fault::once(&Method::GET, ALL, wait) });
    for (number, key) in keys.iter().enumerate() {
        house.apply(key, &spec(number, "other"));
    }
    house.until(mins(1), "told", |house| keys.iter().all(|key| house.waits(key, "Throttled")));
    house.run(mins(3));
    let writes = |house: &House| keys.iter().map(|key| house.writes(key)).sum::<usize>();
    let looks = |house: &House| house.processes[0].counts.reconciles.get();
    let before = (writes(&house), house.reads(ALL), looks(&house));
    house.run(mins(60));
    assert!(keys.iter().all(|key| house.waits(key, "Throttled")), "{}", house.describe());
    assert_eq!(writes(&house), before.0, "{}", house.describe());
    let (asked, looks) = (house.reads(ALL) - before.1, looks(&house) - before.2);
    assert!((15..=20).contains(&asked), "{asked} calls in an hour");
    assert!(looks <= 350, "{looks} looks at ten objects in an hour");
    house.vendor().clear_faults();
    house.until(secs(202), "as told", |house| keys.iter().all(|key| house.ready(key)));
}
