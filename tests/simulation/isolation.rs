//! One broken thing stays one broken thing (rule 14), and what people see of it (rule 10).

use crate::support::fragile::POISON;
use crate::support::house::{House, mins, secs};
use crate::support::look::{acme, home};
use crate::support::manifests::{HOME, account, organization, organization_key, with};
use crate::support::network::{Failing, Scripted};
use http::Method;
use orgkeeper::engine::base::ports::{Clock, ObjectRef};
use orgkeeper::sandbox::spot::{Contract, OrganizationId, Sandbox, Start};
use orgkeeper::sandbox::{Fault, FaultKind};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::rc::Rc;

const BOTH: [Contract; 2] = [Contract::Production, Contract::Published];

/// A second organization with a vendor of its own, at another address.
pub fn beta(house: &House) -> (ObjectRef, Rc<RefCell<Sandbox>>) {
    let mut start = Start::new(Contract::Production, "beta");
    start.organization = Some(OrganizationId(111_111_111_111));
    let vendor = Rc::new(RefCell::new(Sandbox::new(house.way.clock.wall(), start)));
    house.way.vendors.sandboxes.borrow_mut().insert("beta.example.com".into(), Rc::clone(&vendor));
    house.way.cluster.put_secret(HOME, "beta-token", "token", "beta");
    let spec = with(
        organization(),
        json!({
            "organizationId": "111111111111",
            "connection": {"endpoint": "https://beta.example.com", "tokenSecretRef": {"name": "beta-token"}},
        }),
    );
    let key = organization_key("beta");
    house.apply(&key, &spec);
    (key, vendor)
}

pub fn of_beta(name: &str) -> Value {
    with(account(name), json!({"organizationRef": {"name": "beta"}}))
}

#[test]
fn where_every_worker_waits_for_a_vendor_what_comes_due_waits_too() {
    let mut house = House::new(Contract::Production);
    house.way.workers = 4;
    house.apply(&acme(), &organization());
    let (key, _) = beta(&house);
    house.start();
    house.until(mins(2), "ready", |house| house.ready(&acme()) && house.ready(&key));
    let (method, path) = (Method::POST, "/setup".to_owned());
    let hangs = Scripted { method, path, failing: Failing::Hang, times: 10_000 };
    house.way.vendors.scripted.borrow_mut().push(hangs);
    for number in 0..10 {
        house.apply(&home(&format!("a{number}")), &account(&format!("a{number}")));
        house.apply(&home(&format!("b{number}")), &of_beta(&format!("b{number}")));
    }
    // Whoever looked at the same moment again and again would never see its end.
    house.run(mins(10));
    house.way.vendors.scripted.borrow_mut().clear();
    house.until(mins(30), "ready", |house| {
        (0..10).all(|number| {
            house.ready(&home(&format!("a{number}"))) && house.ready(&home(&format!("b{number}")))
        })
    });
}

#[test]
pub fn an_organization_whose_vendor_hangs_or_throttles_holds_up_no_other() {
    for kind in [
        FaultKind::Hang { effect: false },
        FaultKind::TooManyRequests { reset_seconds: 60 },
        FaultKind::Unauthorized,
        FaultKind::Garbage { effect: false },
    ] {
        let mut house = House::new(Contract::Production);
        house.apply(&acme(), &organization());
        let (key, vendor) = beta(&house);
        for number in 0..60 {
            house.apply(&home(&format!("b{number}")), &of_beta(&format!("b-{number}")));
        }
        house.start();
        house.until(mins(2), "ready", |house| house.ready(&key) && house.ready(&home("b59")));
        vendor.borrow_mut().add_fault(Fault::always(kind.clone()));
        for number in 0..60 {
            house.apply(&home(&format!("b{number}")), &of_beta(&format!("renamed-{number}")));
        }
        for round in 0..20 {
            let fresh = home(&format!("a{round}"));
            house.apply(&fresh, &account(&format!("a-{round}")));
            house.until(secs(2), &format!("{kind:?}: ready all the same"), |house| house.ready(&fresh));
            house.run(secs(20));
        }
        vendor.borrow_mut().clear_faults();
        house.until(mins(20), "recovered", |house| {
            (0..60).all(|number| house.ready(&home(&format!("b{number}"))))
        });
    }
}

#[test]
fn an_object_that_kubernetes_refuses_to_store_holds_up_no_other() {
    use crate::support::cluster::PatchFault;
    let mut house = House::new(Contract::Production);
    house.apply(&acme(), &organization());
    house.start();
    house.until(mins(2), "ready", |house| house.ready(&acme()));
    house.way.patch_faults.add(0, PatchFault::Forbidden);
    house.apply(&home("a"), &account("a"));
    house.run(secs(1));
    house.apply(&home("b"), &account("b"));
    house.until(secs(5), "ready", |house| house.ready(&home("b")));
    assert!(house.stalled(&home("a"), "KubernetesUnavailable"), "{}", house.describe());
    house.until(mins(15), "ready", |house| house.ready(&home("a")));
}

#[test]
fn a_token_secret_that_is_missing_or_unfit_is_said_and_waited_for() {
    let mut house = House::new(Contract::Production);
    house.way.cluster.delete_secret(HOME, "spot-token");
    house.apply(&acme(), &organization());
    house.apply(&home("a"), &account("prod"));
    house.start();
    house.until(mins(1), "missing", |house| house.waits(&acme(), "SecretNotFound"));
    house.until(secs(1), "waits", |house| house.waits(&home("a"), "DependencyNotReady"));
    house.way.cluster.put_secret(HOME, "spot-token", "other", "x");
    house.until(secs(5), "no key", |house| house.waits(&acme(), "SecretKeyNotFound"));
    house.way.cluster.put_secret(HOME, "spot-token", "token", " \n");
    house.until(secs(5), "empty", |house| house.waits(&acme(), "SecretInvalid"));
    assert_eq!(house.calls(""), 0);
    house.way.cluster.put_secret(HOME, "spot-token", "token", crate::support::manifests::TOKEN);
    house.until(secs(5), "ready", |house| house.ready(&home("a")));
}

#[test]
fn what_is_suspended_is_left_alone_and_goes_on_when_it_is_resumed() {
    for everything in [false, true] {
        let mut house = House::new(Contract::Production);
        house.apply(&acme(), &organization());
        house.apply(&home("a"), &account("prod"));
        house.start();
        house.until(mins(2), "ready", |house| house.ready(&home("a")));
        house.run(mins(2));
        let (key, spec) = if everything { (acme(), organization()) } else { (home("a"), account("prod")) };
        house.apply(&key, &with(spec.clone(), json!({"suspend": true})));
        house.run(secs(5));
        assert!(house.condition(&home("a"), "Suspended").is_some());
        assert!(house.ready(&home("a")), "Ready stays as it was");
        house.apply(&home("a"), &with(account("renamed"), json!({"suspend": !everything})));
        let calls = house.calls("");
        house.run(mins(60));
        if everything {
            assert_eq!(house.calls(""), calls, "nothing is read below");
        }
        assert_eq!(house.calls("PUT"), 0);
        house.restart();
        house.run(mins(30));
        assert_eq!(house.calls("PUT"), 0);
        assert!(house.condition(&home("a"), "Suspended").is_some());
        house.apply(&acme(), &organization());
        house.apply(&home("a"), &account("renamed"));
        house.until(secs(10), "resumed", |house| {
            house.named("renamed").len() == 1
                && house.ready(&home("a"))
                && house.condition(&home("a"), "Suspended").is_none()
        });
    }
}

#[test]
fn suspended_from_the_start_ready_is_unknown() {
    let mut house = House::new(Contract::Production);
    house.apply(&acme(), &with(organization(), json!({"suspend": true})));
    house.apply(&home("a"), &with(account("prod"), json!({"suspend": true})));
    house.start();
    house.run(mins(10));
    for key in [acme(), home("a")] {
        assert_eq!(house.condition(&key, "Ready").unwrap().0, "Unknown", "{}", house.describe());
        assert!(house.condition(&key, "Reconciling").is_none());
    }
    assert_eq!(house.calls(""), 0);
}

#[test]
fn a_reconcile_that_a_person_asks_for_reads_anew_and_is_noted() {
    let mut house = House::new(Contract::Production);
    house.apply(&acme(), &organization());
    house.apply(&home("a"), &account("prod"));
    house.start();
    house.until(mins(2), "ready", |house| house.ready(&home("a")));
    house.run(mins(2));
    for key in [home("a"), acme()] {
        let calls = house.reads("/setup/account");
        house.annotate(&key, &json!({"orgkeeper.dev/reconcile-requested-at": "2026-01-01"}));
        house.until(secs(5), "noted", |house| house.status(&key)["lastHandledReconcileAt"] == "2026-01-01");
        assert_eq!(house.reads("/setup/account"), calls + 1, "{}", house.describe());
        let writes = house.writes(&key);
        house.run(mins(20));
        assert_eq!(house.writes(&key), writes);
    }
}

/// What keeps the vendor from being asked: how often a list that is wanted is refused.
#[test]
fn a_look_that_a_person_asks_for_is_noted_once_it_was_made() {
    for (contract, pauses) in BOTH.into_iter().flat_map(|contract| [0, 1, 2].map(|pauses| (contract, pauses)))
    {
        for key in [home("a"), acme()] {
            let mut house = House::new(contract);
            house.apply(&acme(), &organization());
            house.apply(&home("a"), &account("prod"));
            house.start();
            house.until(mins(2), "ready", |house| house.ready(&home("a")));
            house.run(mins(2));
            let id = house.id(&home("a")).unwrap();
            house.by_hand(|console| console.change_account(&id, |account| account.name = "else".to_owned()));
            let pause = FaultKind::TooManyRequests { reset_seconds: 200 };
            let fault = Fault::once(&Method::GET, "/setup/account", pause);
            house.vendor().add_fault(Fault { times: Some(pauses), ..fault });
            let noted = |house: &House| house.status(&key)["lastHandledReconcileAt"] == "now";
            house.annotate(&key, &json!({"orgkeeper.dev/reconcile-requested-at": "now"}));
            for _ in 0..pauses {
                house.run(secs(190));
                assert!(!noted(&house), "{contract:?} {key} {pauses}\n{}", house.describe());
            }
            house.until(secs(60), "noted", noted);
            // What it is looked at for was seen.
            house.until(secs(20), "put back", |house| house.named("prod") == [id.clone()]);
            house.until(mins(2), "ready", |house| house.ready(&key));
            let calls = house.calls("");
            house.run(mins(4));
            assert!(house.calls("") - calls <= 8, "{} calls\n{}", house.calls("") - calls, house.describe());
        }
    }
}

#[test]
fn a_restart_writes_nothing_where_nothing_changed() {
    for contract in [Contract::Production, Contract::Published] {
        let mut house = House::new(contract);
        house.apply(&acme(), &organization());
        for number in 0..50 {
            house.apply(&home(&format!("a{number}")), &account(&format!("name-{number}")));
        }
        house.start();
        house
            .until(mins(5), "ready", |house| (0..50).all(|number| house.ready(&home(&format!("a{number}")))));
        house.run(mins(10));
        let (writes, sent) = (house.all_writes(), house.vendor_writes());
        let events = house.way.cluster.events().len();
        house.restart();
        house.run(mins(30));
        house.restart_at_once();
        house.run(mins(30));
        assert_eq!((house.all_writes(), house.vendor_writes()), (writes, sent), "{}", house.describe());
        assert_eq!(house.way.cluster.events().len(), events);
    }
}

#[test]
fn a_restart_during_an_outage_changes_no_condition_but_the_organizations() {
    let mut house = House::new(Contract::Production);
    house.apply(&acme(), &organization());
    for number in 0..20 {
        house.apply(&home(&format!("a{number}")), &account(&format!("name-{number}")));
    }
    house.start();
    house.until(mins(5), "ready", |house| (0..20).all(|number| house.ready(&home(&format!("a{number}")))));
    house.run(mins(10));
    let before: Vec<_> = (0..20).map(|number| house.status(&home(&format!("a{number}")))).collect();
    house.way.vendors.down.set(true);
    house.restart();
    house.run(mins(60));
    for (number, before) in before.iter().enumerate() {
        assert_eq!(house.status(&home(&format!("a{number}"))), *before, "{}", house.describe());
    }
    assert!(house.ready(&acme()) && house.condition(&acme(), "Unreachable").is_some());
    house.way.vendors.down.set(false);
    house.until(mins(6), "over", |house| house.condition(&acme(), "Unreachable").is_none());
}

#[test]
pub fn a_panic_of_one_object_or_of_one_list_holds_up_no_other() {
    let mut house = House::new(Contract::Production);
    house.apply(&acme(), &organization());
    house.apply(&home("bad"), &account(POISON));
    house.apply(&home("a"), &account("prod"));
    house.start();
    house.until(mins(1), "ready", |house| house.ready(&home("a")));
    house.run(mins(60));
    let panics = house.processes[0].counts.panics.get();
    assert!((2..=40).contains(&panics), "tried again, later each time: {panics}");
    assert!(house.ready(&acme()) && house.ready(&home("a")));
    house.apply(&home("bad"), &account("mended"));
    house.until(secs(5), "mended", |house| house.ready(&home("bad")));

    house.way.accounts.lists.set(2);
    house.annotate(&acme(), &json!({"orgkeeper.dev/reconcile-requested-at": "1"}));
    house.until(secs(5), "said", |house| house.condition(&acme(), "Unreachable").is_some());
    house.until(mins(5), "over it", |house| house.condition(&acme(), "Unreachable").is_none());
    house.apply(&home("b"), &account("next"));
    house.until(secs(5), "ready", |house| house.ready(&home("b")));
}
