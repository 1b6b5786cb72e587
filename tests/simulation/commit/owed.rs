//! What could not be stored at once is owed: no worker waits for it, and neither an edit nor a deletion, neither a
//! panic nor the end of the process drops it.

use super::REFUSED;
use crate::support::founding::to_create;
use crate::support::fragile::POISON;
use crate::support::house::{House, mins, secs};
use crate::support::look::{acme, home};
use crate::support::machines::{CI_TOKEN, ci, ci_spec, furnish, with_a_token_that_cannot_be_stored};
use crate::support::makings;
use crate::support::manifests::{HOME, account, organization, with};
use crate::support::webhooks::Refused;
use orgkeeper::engine::run::End;
use orgkeeper::sandbox::spot::Contract;
use serde_json::{Value, json};

const CONTRACTS: [Contract; 2] = [Contract::Production, Contract::Published];

fn deleting(name: &str) -> Value {
    with(account(name), json!({"deletionPolicy": "Delete"}))
}

/// A house in which an account was made whose id cannot be stored.
fn owing(why: Refused) -> House {
    let mut house = House::new(Contract::Production);
    house.way.workers = 1;
    house.apply(&acme(), &organization());
    house.start();
    house.until(mins(2), "ready", |house| house.ready(&acme()));
    house.way.vendors.latency.set(secs(2));
    house.apply(&home("a"), &deleting("prod"));
    house.until(mins(2), "made", |house| house.named("prod").len() == 1);
    house.refuse_status(&home("a"), why);
    house.way.vendors.latency.set(secs(0));
    house.run(secs(10));
    assert!(house.id(&home("a")).is_none(), "{}", house.describe());
    house
}

#[track_caller]
fn assert_made_once(house: &House) {
    let ids = house.named("prod");
    assert_eq!(ids.len(), 1, "{}", house.describe());
    assert_eq!(house.id(&home("a")), Some(ids[0].clone()), "{}", house.describe());
    assert_eq!(house.status(&home("a"))["origin"], "Created");
    assert_eq!(house.reasons(&home("a")).iter().filter(|reason| **reason == "Created").count(), 1);
}

#[test]
fn with_one_worker_others_converge_while_a_store_is_owed() {
    for why in REFUSED {
        let mut house = owing(why);
        for name in ["b", "c"] {
            house.apply(&home(name), &account(name));
        }
        house.until(secs(30), "others", |house| house.ready(&home("b")) && house.ready(&home("c")));
        let calls = house.calls("");
        house.run(mins(30));
        assert!(house.calls("") - calls <= 60, "trying again costs nothing at the vendor");
        house.store_all();
        house.until(mins(6), "stored", |house| house.ready(&home("a")));
        assert_made_once(&house);
    }
}

#[test]
fn whatever_is_made_is_made_once_though_its_status_cannot_be_stored() {
    for making in makings::all() {
        for why in REFUSED {
            let (mut house, key) = (making.house(), (making.key)());
            house.way.vendors.latency.set(secs(2));
            (making.asks)(&mut house);
            house.until(mins(20), making.what, |house| making.sent(house) == 1);
            house.refuse_status(&key, why);
            house.way.vendors.latency.set(secs(0));
            house.run(mins(120));
            assert_eq!(making.sent(&house), 1, "{} {why:?}\n{}", making.what, house.describe());
            house.store_all();
            making.until_made(&mut house);
            making.assert_one(&house);
            assert_eq!(making.sent(&house), 1, "{} {why:?}\n{}", making.what, house.describe());
            // Its answer was heard: it is ours.
            assert_eq!(house.status(&key)["origin"], "Created", "{} {why:?}", making.what);
            assert_eq!(making.leftovers(&house).len(), making.left, "{} {why:?}", making.what);
        }
    }
}

#[test]
fn with_one_worker_others_converge_while_a_token_is_owed() {
    for contract in CONTRACTS {
        let mut house = House::new(contract);
        house.way.workers = 1;
        let mut house = furnish(house);
        house.way.vendors.latency.set(secs(2));
        house.apply(&ci(), &ci_spec());
        house.until(mins(10), "made", |house| house.users("ci").len() == 1);
        let made = house.users("ci");
        house.way.cluster.refuse_secrets(true);
        house.way.vendors.latency.set(secs(0));
        house.run(secs(10));
        house.apply(&home("b"), &account("b"));
        house.until(secs(30), "others", |house| house.ready(&home("b")));
        assert!(!house.ready(&ci()), "without its token it is not ready\n{}", house.describe());
        house.way.cluster.refuse_secrets(false);
        house.until(secs(30), "stored", |house| house.ready(&ci()));
        house.run(mins(10));
        house.assert_one_that_works();
        assert_eq!(house.users("ci"), made, "its token is not lost: nobody is made again");
    }
}

#[test]
fn with_one_worker_others_converge_while_the_token_of_a_rotation_is_owed() {
    for contract in CONTRACTS {
        let mut house = House::new(contract);
        house.way.workers = 1;
        let mut house = furnish(house);
        house.apply(&ci(), &ci_spec());
        house.until(mins(10), "ready", |house| house.ready(&ci()));
        house.run(mins(3));
        house.way.vendors.latency.set(secs(2));
        house.annotate(&ci(), &json!({"orgkeeper.dev/rotate-requested-at": "one"}));
        house.until(mins(10), "made", |house| house.users("ci").len() == 2);
        house.way.cluster.refuse_secrets(true);
        house.way.vendors.latency.set(secs(0));
        house.run(secs(10));
        house.apply(&home("b"), &account("b"));
        house.until(secs(30), "others", |house| house.ready(&home("b")));
        house.run(mins(10));
        assert_eq!(house.users("ci").len(), 2, "nobody else is made\n{}", house.describe());
        house.way.cluster.refuse_secrets(false);
        house.until(mins(90), "over", |house| house.status(&ci())["token"]["lastHandledRotateAt"] == "one");
        house.run(mins(10));
        house.assert_one_that_works();
    }
}

#[test]
fn what_is_owed_survives_a_panic() {
    let mut house = owing(Refused::Webhook);
    house.apply(&home("a"), &deleting(POISON));
    house.run(secs(30));
    assert!(house.processes[0].counts.panics.get() > 0, "{}", house.describe());
    house.apply(&home("a"), &deleting("prod"));
    house.store_all();
    house.until(secs(15), "stored", |house| house.id(&home("a")).is_some());
    house.until(mins(6), "ready", |house| house.ready(&home("a")));
    assert_made_once(&house);
}

#[test]
fn what_is_owed_lies_over_what_is_edited_meanwhile() {
    for why in REFUSED {
        let mut house = owing(why);
        house.apply(&home("a"), &with(deleting("prod"), json!({"name": "renamed"})));
        house.until(mins(2), "renamed", |house| house.named("renamed").len() == 1);
        house.run(mins(10));
        assert_eq!((house.named("renamed").len(), house.named("prod").len()), (1, 0), "{}", house.describe());
        house.store_all();
        house.until(mins(6), "stored", |house| house.ready(&home("a")));
        assert_eq!(house.id(&home("a")), Some(house.named("renamed")[0].clone()), "{}", house.describe());
        assert_eq!(house.calls("POST"), 1);
    }
}

#[test]
fn what_is_owed_of_an_object_that_is_deleted_meanwhile_goes_with_it() {
    for why in REFUSED {
        let mut house = owing(why);
        house.delete(&home("a"));
        house.until(mins(30), "gone", |house| !house.exists(&home("a")));
        assert_eq!(house.named("prod").len(), 0, "{}", house.describe());
        assert!(!house.reasons(&home("a")).contains(&"Orphaned"), "{}", house.describe());
    }
}

#[test]
fn what_is_owed_of_an_object_that_somebody_took_away_is_told_by_its_id() {
    for another in [false, true] {
        let mut house = owing(Refused::Forbidden);
        let id = house.named("prod")[0].clone();
        house.way.cluster.release(&home("a"));
        if another {
            house.apply(&home("a"), &deleting("another"));
        }
        house.run(mins(3));
        let told = house.events(&home("a"));
        let told: Vec<_> = told.iter().filter(|event| event.reason == "Orphaned").collect();
        assert_eq!(told.len(), 1, "{another}\n{}", house.describe());
        assert!(told[0].warning && told[0].note.contains(&id), "{:?}", told[0]);
        house.store_all();
        house.run(mins(20));
        assert_eq!(house.named("prod").len(), 1, "it is nobody's");
        assert_eq!(house.named("another").len(), usize::from(another), "{}", house.describe());
    }
}

#[test]
fn what_is_owed_is_stored_before_the_lease_is_given_back() {
    let mut house = owing(Refused::Webhook);
    house.processes[0].stop();
    house.run(secs(5));
    assert_eq!(house.processes[0].end.get(), None, "it still tries");
    house.store_all();
    house.until(secs(2), "ended", |house| house.processes[0].end.get() == Some(End::Stopped));
    assert_made_once(&house);

    let mut house = with_a_token_that_cannot_be_stored();
    house.processes[0].stop();
    house.run(secs(1));
    house.way.cluster.edit_secret(HOME, CI_TOKEN, |secret| secret.immutable = false);
    house.until(secs(2), "ended", |house| house.processes[0].end.get() == Some(End::Stopped));
    assert_eq!(house.token_id(), Some(house.users("ci")[0].clone()), "{}", house.describe());
    // Nothing to store: the end is no later for it.
    house.start();
    house.until(mins(5), "ready", |house| house.ready(&ci()));
    house.processes[1].stop();
    house.run(secs(1));
    assert_eq!(house.processes[1].end.get(), Some(End::Stopped));
    house.assert_one_that_works();
}

#[test]
fn a_process_that_has_lost_the_lease_stores_nothing_that_it_owes() {
    let mut house = owing(Refused::Webhook);
    house.start();
    house.run(secs(5));
    house.processes[0].paused = true;
    house.store_all();
    house.until(mins(10), "another goes on", |house| house.ready(&home("a")));
    let writes = house.writes(&home("a"));
    house.processes[0].paused = false;
    house.run(mins(5));
    assert_eq!(house.processes[0].end.get(), Some(End::LeaseLost));
    assert_eq!(house.writes(&home("a")), writes, "{}", house.describe());
    assert_eq!(house.named("prod").len(), 1);
}

#[test]
fn an_organization_whose_id_cannot_be_stored_is_created_once() {
    for contract in CONTRACTS {
        for why in REFUSED {
            let mut house = House::with_a_parent(contract);
            house.way.workers = 1;
            house.way.vendors.latency.set(secs(2));
            house.apply(&acme(), &to_create());
            house.start();
            house.until(mins(5), "created", |house| house.founded().len() == 1);
            house.refuse_status(&acme(), why);
            house.way.vendors.latency.set(secs(0));
            house.run(mins(60));
            assert_eq!((house.foundings(), house.id(&acme())), (1, None), "{}", house.describe());
            house.store_all();
            house.until(mins(6), "stored", |house| house.id(&acme()).is_some());
            house.until_founded();
            assert_eq!(house.foundings(), 1, "{}", house.describe());
            assert_eq!(house.reasons(&acme()).iter().filter(|reason| **reason == "Created").count(), 1);
        }
    }
}
