//! What goes wrong at the vendor is neither asked for without end nor overlooked.

use crate::support::house::{House, mins, secs};
use crate::support::look::{acme, home};
use crate::support::manifests::{HOME, TOKEN, account, organization};
use http::Method;
use orgkeeper::sandbox::spot::Contract;
use orgkeeper::sandbox::{Fault, FaultKind, ListFault};

const BOTH: [Contract; 2] = [Contract::Production, Contract::Published];

/// A house in which these accounts have just become ready.
fn house(contract: Contract, names: &[&str]) -> House {
    let mut house = House::new(contract);
    house.apply(&acme(), &organization());
    for name in names {
        house.apply(&home(name), &account(name));
    }
    house.start();
    house.until(mins(2), "ready", |house| names.iter().all(|name| house.ready(&home(name))));
    house
}

#[test]
fn a_refused_token_is_tried_slowly_and_told_once() {
    for contract in BOTH {
        let mut house = house(contract, &["a"]);
        house.run(mins(20));
        house.way.cluster.put_secret(HOME, "spot-token", "token", "nobody's");
        house.until(mins(1), "refused", |house| house.stalled(&acme(), "TokenRefused"));
        house.run(mins(1));
        let (calls, writes) = (house.calls("GET"), house.all_writes());
        house.run(mins(120));
        let calls = house.calls("GET") - calls;
        // One every ten minutes, give or take a tenth.
        assert!((10..=14).contains(&calls), "{calls} calls\n{}", house.describe());
        assert_eq!(house.all_writes(), writes, "{}", house.describe());
        house.way.cluster.put_secret(HOME, "spot-token", "token", TOKEN);
        house.until(secs(10), "ready", |house| house.ready(&acme()) && house.ready(&home("a")));
    }
}

#[test]
fn what_is_gone_before_a_list_ever_showed_it_is_missed() {
    for contract in BOTH {
        let mut house = house(contract, &[]);
        house.run(mins(7));
        house.apply(&home("a"), &account("a"));
        house.until(mins(1), "ready", |house| house.ready(&home("a")));
        let (now, id) = (house.wall(), house.named("a").remove(0));
        let lag = house.vendor().lag();
        house.vendor().world_mut().delete_account(now, lag, &id).unwrap();
        house.until(mins(15), "missed", |house| house.stalled(&home("a"), "ExternallyDeleted"));
    }
}

#[test]
fn a_list_that_is_not_believed_changes_nothing_that_is_at_rest() {
    for contract in BOTH {
        let names: Vec<String> = (0..12).map(|number| format!("a{number}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut house = house(contract, &names);
        house.run(mins(20));
        let half = FaultKind::List { manner: ListFault::Half };
        house.vendor().add_fault(Fault { route: Some("/setup/account".into()), ..Fault::always(half) });
        let before: Vec<_> = names.iter().map(|name| house.status(&home(name))).collect();
        house.until(mins(8), "shrank", |house| house.stalled(&acme(), "InventoryShrank"));
        house.run(mins(60));
        for (name, before) in names.iter().zip(before) {
            assert_eq!(house.status(&home(name)), before, "{name}\n{}", house.describe());
        }
    }
}

#[test]
fn whatever_is_refused_altogether_is_said_once_also_after_it_was_well_between() {
    for contract in BOTH {
        let mut house = house(contract, &["a"]);
        for (fault, reason) in
            [(FaultKind::Unauthorized, "TokenRefused"), (FaultKind::Forbidden, "Forbidden")]
        {
            let all = Fault { method: None, route: None, skip: 0, times: None, rate: None, fault };
            house.vendor().add_fault(all);
            house.until(mins(30), "said", |house| house.stalled(&acme(), reason));
            house.run(mins(1));
            let writes = house.all_writes();
            house.run(mins(120));
            assert_eq!(house.all_writes(), writes, "{reason}\n{}", house.describe());
            house.vendor().clear_faults();
            house.until(mins(30), "ready", |house| house.ready(&acme()) && house.ready(&home("a")));
        }
    }
}

#[test]
pub fn what_is_at_rest_stays_as_it_is_said_to_be_during_a_pause() {
    for contract in BOTH {
        let mut house = house(contract, &["a"]);
        house.run(mins(20));
        let pause = FaultKind::TooManyRequests { reset_seconds: 60 };
        house.vendor().add_fault(Fault::once(&Method::GET, "/setup/account", pause));
        let before = house.status(&home("a"));
        // Whatever its namespace says is looked at, and so is the list.
        let mut namespace = house.namespaces[HOME].clone();
        namespace.labels.insert("moved".to_owned(), "yes".to_owned());
        house.namespace(HOME, namespace);
        house.until(secs(30), "paused", |house| house.condition(&acme(), "Throttled").is_some());
        house.run(mins(2));
        assert_eq!(house.status(&home("a")), before, "{}", house.describe());
    }
}
