//! A process that only reads writes status all the same, so it is one of those of which one has the Lease (rule 13).

use crate::support::house::{House, mins, secs};
use crate::support::look::{acme, home};
use crate::support::manifests::{account, organization, with};
use orgkeeper::engine::run::FINGERPRINT_SECRET;
use orgkeeper::sandbox::spot::Contract;
use serde_json::json;

fn overwritten(house: &House) -> usize {
    ["a", "b"]
        .iter()
        .flat_map(|name| house.reasons(&home(name)))
        .filter(|said| *said == "StatusOverwritten")
        .count()
}

/// The upgrade from the one to the other has both for a while, as has an operator that somebody looks with beside the
/// one that writes.
#[test]
fn who_writes_and_who_only_reads_never_both_store() {
    for reads_first in [true, false] {
        let mut house = House::new(Contract::Production);
        house.way.vendors.latency.set(secs(5));
        house.apply(&acme(), &organization());
        house.apply(&home("a"), &account("prod"));
        house.way.read_only = reads_first;
        house.start();
        house.run(mins(10));
        house.way.read_only = !reads_first;
        house.start();
        house.run(mins(10));
        assert_eq!(
            house.named("prod").len(),
            usize::from(!reads_first),
            "the Lease stays: {}",
            house.describe()
        );
        house.apply(&home("b"), &account("dev"));
        house.run(mins(10));
        // The first one goes, and the other takes over.
        house.processes.remove(0);
        house.run(mins(60));
        for (key, name) in [("a", "prod"), ("b", "dev")] {
            assert_eq!(house.named(name).len(), 1, "{}", house.describe());
            let ready = house.ready(&home(key));
            assert!(ready, "{key}: {}", house.describe());
            assert_eq!(house.status(&home(key))["origin"], "Created", "{}", house.describe());
        }
        assert_eq!(overwritten(&house), 0, "{}", house.describe());
    }
}

/// What status remembers was written with the key that the next process has.
#[test]
fn what_it_remembers_holds_once_it_writes() {
    let mut house = House::new(Contract::Production);
    house.by_hand(|console| console.create_account(crate::support::people::organization_id(), "prod"));
    let adopting =
        |name: &str| with(account(name), json!({"adopt": {"policy": "IfExists"}, "driftPolicy": "Report"}));
    house.way.read_only = true;
    house.apply(&acme(), &organization());
    house.apply(&home("a"), &adopting("prod"));
    house.start();
    house.until(mins(20), "seen", |house| house.id(&home("a")).is_some());
    house.run(mins(10));
    house.apply(&home("a"), &adopting("renamed"));
    house.run(mins(10));
    assert_eq!(house.vendor_writes(), 0);
    assert!(
        house.way.cluster.secrets().contains_key(&("orgkeeper-system".into(), FINGERPRINT_SECRET.0.into()))
    );
    house.kill();
    house.way.read_only = false;
    house.start();
    house.until(mins(10), "written", |house| house.named("renamed").len() == 1);
    assert!(!house.reasons(&home("a")).contains(&"FingerprintsRebased"), "{}", house.describe());
}
