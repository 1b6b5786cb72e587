//! The way things go when nothing goes wrong (rules 6 and 8).

use crate::support::house::{House, mins, secs};
use crate::support::look::{acme, away, home};
use crate::support::manifests::{account, machine, organization, person, user_key, with};
use orgkeeper::sandbox::spot::Contract;
use serde_json::json;

/// An organization and `accounts` accounts in two namespaces, all ready.
fn settled(contract: Contract, choice: &str, accounts: usize) -> House {
    let mut house = House::new(contract);
    house.apply(&acme(), &with(organization(), json!({"connection": {"contract": choice}})));
    for number in 0..accounts {
        let name = format!("account-{number}");
        let key = if number % 2 == 0 { home(&name) } else { away(&name) };
        house.apply(&key, &account(&name));
    }
    house.start();
    house.until(mins(10), "all ready", |house| all(house, accounts).all(|key| house.ready(&key)));
    house
}

fn all(
    _: &House,
    accounts: usize,
) -> impl Iterator<Item = orgkeeper::engine::base::ports::ObjectRef> + use<> {
    let name = |number| format!("account-{number}");
    (0..accounts)
        .map(move |number| if number % 2 == 0 { home(&name(number)) } else { away(&name(number)) })
        .chain([acme()])
}

#[test]
pub fn everything_becomes_ready_with_three_writes_and_one_event_an_object() {
    for (contract, choice) in [
        (Contract::Production, "Auto"),
        (Contract::Production, "Production"),
        (Contract::Published, "Auto"),
        (Contract::Published, "Published"),
    ] {
        let mut house = settled(contract, choice, 5);
        house.run(secs(5));
        for number in 0..5 {
            assert_eq!(house.named(&format!("account-{number}")).len(), 1);
        }
        for key in all(&house, 5).filter(|key| *key != acme()) {
            assert_eq!(house.writes(&key), 3, "{key}: {}", house.describe());
            assert_eq!(house.reasons(&key), ["Created"], "{key}");
        }
        let decided = if contract == Contract::Production { "Production" } else { "Published" };
        assert_eq!(house.status(&acme())["contract"]["decided"], decided);
    }
}

#[test]
fn in_steady_state_nothing_is_written_and_the_calls_do_not_depend_on_the_number_of_objects() {
    let calls = [10, 500].map(|accounts| {
        let mut house = settled(Contract::Production, "Auto", accounts);
        house.run(mins(10));
        let (writes, sent, all_calls) = (house.all_writes(), house.vendor_writes(), house.calls(""));
        let (events, rounds) = (house.way.cluster.events().len(), house.reads("/audit/events"));
        house.run(mins(50) + secs(30));
        assert_eq!(house.all_writes(), writes, "{}", house.describe());
        assert_eq!(house.vendor_writes(), sent);
        assert_eq!(house.way.cluster.events().len(), events);
        (house.calls("") - all_calls, house.reads("/audit/events") - rounds)
    });
    assert!((45..=60).contains(&calls[0].0), "ten resyncs, each four lists and the audit log: {calls:?}");
    // Rounds vary by a tenth, so within an hour one may have a round more.
    let [(few, rounds), (many, other_rounds)] = calls;
    assert!(few.abs_diff(many * rounds / other_rounds) <= 2, "{calls:?}");
}

#[test]
fn a_user_costs_three_writes_and_an_event_and_its_token_two_of_the_secret() {
    for contract in [Contract::Production, Contract::Published] {
        let mut house = settled(contract, "Auto", 1);
        let account = json!([{"accountRef": {"name": "account-0"}, "role": "Editor"}]);
        let secrets = house.way.cluster.secret_writes();
        house.apply(&user_key("jo"), &person("jo"));
        house.apply(&user_key("ci"), &with(machine("ci", "account-0"), json!({"accounts": account})));
        house.until(mins(2), "ready", |house| house.ready(&user_key("jo")) && house.ready(&user_key("ci")));
        house.run(mins(30));
        for name in ["jo", "ci"] {
            assert_eq!(house.writes(&user_key(name)), 3, "{name}: {}", house.describe());
            assert_eq!(house.reasons(&user_key(name)), ["Created"]);
        }
        assert_eq!(house.way.cluster.secret_writes() - secrets, 2);
    }
}
