//! Absence needs evidence (rule 2).

use crate::support::house::{House, mins, secs};
use crate::support::look::{acme, home};
use crate::support::manifests::{account, organization, with};
use crate::support::network::{Failing, Scripted};
use http::Method;
use orgkeeper::sandbox::spot::Contract;
use orgkeeper::sandbox::{Fault, FaultKind, ListFault, TextForm};
use serde_json::json;

const BOTH: [Contract; 2] = [Contract::Production, Contract::Published];

fn lists(manner: ListFault) -> Fault {
    Fault { route: Some("/setup/account".into()), ..Fault::always(FaultKind::List { manner }) }
}

/// A house with so many accounts at rest.
fn accounts(contract: Contract, count: usize) -> House {
    let mut house = House::new(contract);
    house.apply(&acme(), &organization());
    for number in 0..count {
        house.apply(&home(&format!("a{number}")), &account(&format!("name-{number}")));
    }
    house.start();
    house.until(mins(5), "ready", |house| (0..count).all(|number| house.ready(&home(&format!("a{number}")))));
    house.run(mins(10));
    house
}

/// A person deletes the account in the console.
fn delete_by_hand(house: &House, name: &str) {
    let ids = house.named(name);
    let (now, lag) = (house.wall(), house.vendor().lag());
    house.vendor().world_mut().delete_account(now, lag, &ids[0]).unwrap();
}

#[test]
fn a_list_that_is_not_whole_is_an_error_and_never_absence() {
    // Published counts nothing, so that a list of its with fewer items is as good as another.
    for (contract, manner) in [
        (Contract::Production, ListFault::Fewer),
        (Contract::Production, ListFault::ItemsMissing),
        (Contract::Published, ListFault::ItemsMissing),
    ] {
        {
            let mut house = accounts(contract, 6);
            let writes = house.vendor_writes();
            let before: Vec<_> = (0..6).map(|number| house.status(&home(&format!("a{number}")))).collect();
            house.vendor().add_fault(lists(manner));
            house.run(mins(120));
            assert!(house.condition(&acme(), "Unreachable").is_some(), "{}", house.describe());
            assert!(house.ready(&acme()), "what was reached before stays so");
            for (number, before) in before.iter().enumerate() {
                assert_eq!(house.status(&home(&format!("a{number}"))), *before, "{contract:?} {manner:?}");
            }
            house.apply(&home("late"), &account("late"));
            house.run(mins(60));
            assert_eq!(house.vendor_writes(), writes, "nothing is created on a list that is not whole");
            house.vendor().clear_faults();
            house.until(mins(10), "healed", |house| {
                house.ready(&home("late")) && house.condition(&acme(), "Unreachable").is_none()
            });
        }
    }
}

#[test]
pub fn an_account_deleted_in_the_console_is_gone_after_two_lists_and_is_not_made_again_unasked() {
    for contract in BOTH {
        let mut house = accounts(contract, 2);
        delete_by_hand(&house, "name-0");
        house.vendor().clear_requests();
        house.until(mins(8), "gone", |house| house.stalled(&home("a0"), "ExternallyDeleted"));
        let times: Vec<_> = {
            let vendor = house.vendor();
            let entries = vendor.requests().entries().filter(|entry| entry.path == "/setup/account");
            entries.map(|entry| entry.at).collect()
        };
        let last = times.last().unwrap();
        assert!(times.iter().any(|at| last.duration_since(*at).as_secs() >= 60), "{times:?}");
        house.run(mins(120));
        house.restart();
        house.run(mins(60));
        assert!(house.stalled(&home("a0"), "ExternallyDeleted"));
        assert_eq!(house.vendor_writes(), 0);
        assert!(house.ready(&home("a1")) && house.ready(&acme()));

        let digest = house.digest(&home("a0"), "Ready");
        house.annotate(&home("a0"), &json!({"orgkeeper.dev/confirm": "000000000000"}));
        house.run(mins(20));
        assert_eq!(house.vendor_writes(), 0, "another digest confirms nothing");
        house.annotate(&home("a0"), &json!({"orgkeeper.dev/confirm": digest}));
        house.until(mins(5), "made again", |house| house.ready(&home("a0")));
        house.run(mins(20));
        assert_eq!(house.named("name-0").len(), 1);
        delete_by_hand(&house, "name-0");
        house.run(mins(60));
        assert!(house.stalled(&home("a0"), "ExternallyDeleted"), "the digest counts once");
        assert_eq!(house.named("name-0").len(), 0);
    }
}

/// `adopt.id` was about the one that is gone, and could not be taken out of the manifest.
#[test]
fn what_was_taken_over_by_its_id_is_made_again_too_where_a_person_says_so() {
    for (contract, policy) in
        BOTH.into_iter().flat_map(|contract| [(contract, "Required"), (contract, "IfExists")])
    {
        let mut house = accounts(contract, 2);
        let id = house.id(&home("a0")).unwrap();
        house.delete(&home("a0"));
        house.until(mins(5), "let go", |house| !house.exists(&home("a0")));
        let adopt = json!({"adopt": {"policy": policy, "id": id}});
        house.apply(&home("by-id"), &with(account("name-0"), adopt));
        house.until(mins(5), "taken over", |house| house.ready(&home("by-id")));
        delete_by_hand(&house, "name-0");
        house.until(mins(8), "gone", |house| house.stalled(&home("by-id"), "ExternallyDeleted"));
        let answer = house.digest(&home("by-id"), "Ready");
        house.annotate(&home("by-id"), &json!({"orgkeeper.dev/confirm": answer}));
        house.until(mins(5), "made again", |house| house.ready(&home("by-id")));
        house.restart();
        house.run(mins(20));
        assert_eq!((house.named("name-0").len(), house.ready(&home("by-id"))), (1, true));
        // Of the new one it is asked anew.
        delete_by_hand(&house, "name-0");
        house.run(mins(60));
        assert!(house.stalled(&home("by-id"), "ExternallyDeleted"), "{}", house.describe());
        assert_eq!(house.named("name-0").len(), 0);
    }
}

#[test]
fn an_account_that_is_gone_can_be_deleted_here_too() {
    for contract in BOTH {
        let mut house = accounts(contract, 2);
        house.apply(&home("a0"), &with(account("name-0"), json!({"deletionPolicy": "Delete"})));
        house.run(secs(10));
        delete_by_hand(&house, "name-0");
        house.delete(&home("a0"));
        house.until(mins(10), "gone", |house| !house.exists(&home("a0")));
    }
}

#[test]
pub fn what_a_read_by_id_shows_is_not_gone() {
    let mut house = accounts(Contract::Production, 2);
    house.vendor().add_fault(lists(ListFault::Half));
    house.run(mins(120));
    for key in [home("a0"), home("a1")] {
        assert!(house.ready(&key), "{}", house.describe());
    }
    // A 404 of a proxy agrees with nothing.
    house.vendor().add_fault(Fault {
        method: Some(Method::GET.to_string()),
        route: Some("/setup/account/{accountId}".into()),
        ..Fault::always(FaultKind::NotFound { form: TextForm::Html })
    });
    house.run(mins(120));
    for key in [home("a0"), home("a1")] {
        assert!(!house.stalled(&key, "ExternallyDeleted"), "{}", house.describe());
    }
    house.vendor().clear_faults();
    house.until(mins(10), "healed", |house| house.ready(&home("a0")) && house.ready(&home("a1")));
    assert_eq!(house.living(), 3);
}

#[test]
pub fn an_inventory_that_shrinks_by_half_stops_creation_and_deletion_and_heals() {
    for contract in BOTH {
        let mut house = accounts(contract, 12);
        house.apply(&home("a1"), &with(account("name-1"), json!({"deletionPolicy": "Delete"})));
        house.run(secs(10));
        let writes = house.vendor_writes();
        house.vendor().add_fault(lists(ListFault::Half));
        house.until(mins(8), "shrank", |house| house.stalled(&acme(), "InventoryShrank"));
        assert!(house.condition(&acme(), "InventoryShrank").is_some());
        house.apply(&home("late"), &account("late"));
        house.delete(&home("a1"));
        house.run(mins(30));
        assert_eq!(house.vendor_writes(), writes, "{}", house.describe());
        assert!(house.exists(&home("a1")) && house.named("late").is_empty());
        for number in 2..12 {
            let key = home(&format!("a{number}"));
            assert!(!house.stalled(&key, "ExternallyDeleted"), "{}", house.describe());
        }
        house.vendor().clear_faults();
        house.until(mins(15), "healed", |house| {
            house.ready(&acme())
                && house.ready(&home("late"))
                && !house.exists(&home("a1"))
                && (2..12).all(|number| house.ready(&home(&format!("a{number}"))))
        });
        assert_eq!(house.living(), 13);
    }
}

#[test]
fn what_vanished_can_be_confirmed_while_the_organization_is_being_deleted() {
    let mut house = accounts(Contract::Production, 12);
    house.apply(&home("a11"), &with(account("name-11"), json!({"deletionPolicy": "Delete"})));
    house.run(secs(10));
    house.delete(&acme());
    for number in 0..6 {
        delete_by_hand(&house, &format!("name-{number}"));
    }
    house.until(mins(20), "asks", |house| house.condition(&acme(), "InventoryShrank").is_some());
    house.delete(&home("a11"));
    house.run(mins(30));
    assert!(house.exists(&home("a11")), "nothing is deleted before: {}", house.describe());
    let digest = house.digest(&acme(), "InventoryShrank");
    house.run(mins(30));
    assert_eq!(house.digest(&acme(), "InventoryShrank"), digest, "it stands still");
    house.annotate(&acme(), &json!({"orgkeeper.dev/confirm": digest}));
    house.until(mins(20), "deleted", |house| !house.exists(&home("a11")));
    assert!(house.named("name-11").is_empty());
}

#[test]
fn a_person_can_confirm_what_vanished_and_a_restart_forgets_nothing() {
    for contract in BOTH {
        let mut house = accounts(contract, 12);
        for number in 0..6 {
            delete_by_hand(&house, &format!("name-{number}"));
        }
        house.until(mins(8), "shrank", |house| house.stalled(&acme(), "InventoryShrank"));
        let before = house.vendor_writes();
        house.restart();
        house.run(mins(30));
        assert!(house.stalled(&acme(), "InventoryShrank"), "{}", house.describe());
        let digest = house.digest(&acme(), "InventoryShrank");
        house.annotate(&acme(), &json!({"orgkeeper.dev/confirm": digest}));
        house.apply(&home("late"), &account("late"));
        house.until(mins(20), "confirmed", |house| {
            house.ready(&acme())
                && house.ready(&home("late"))
                && (0..6).all(|number| house.stalled(&home(&format!("a{number}")), "ExternallyDeleted"))
        });
        assert_eq!(house.vendor_writes(), before + 1, "only the new one");
        house.restart();
        house.run(mins(30));
        assert!(house.ready(&acme()), "what is known to be gone is no news: {}", house.describe());
    }
}

#[test]
fn what_vanishes_again_after_it_came_back_is_asked_anew() {
    let mut house = accounts(Contract::Production, 12);
    let mut former = String::new();
    for _ in 0..3 {
        house.vendor().add_fault(lists(ListFault::Half));
        house.run(mins(8));
        assert!(house.stalled(&acme(), "InventoryShrank"), "{}", house.describe());
        let digest = house.digest(&acme(), "InventoryShrank");
        assert_ne!(digest, former, "the same ids, asked anew");
        house.restart();
        house.run(mins(30));
        assert!(house.stalled(&acme(), "InventoryShrank"), "{}", house.describe());
        assert_eq!(house.digest(&acme(), "InventoryShrank"), digest, "it stands still");
        house.annotate(&acme(), &json!({"orgkeeper.dev/confirm": digest}));
        house.until(mins(5), "confirmed", |house| house.ready(&acme()));
        house.vendor().clear_faults();
        house.run(mins(20));
        assert_eq!(house.status(&acme()).get("asked"), None, "{}", house.describe());
        former = digest;
    }
}

#[test]
fn a_word_for_what_came_back_makes_nothing_when_it_vanishes_again() {
    // This contract has no read by id that could tell that the list is wrong.
    let mut house = accounts(Contract::Published, 2);
    let gone =
        |house: &House| [home("a0"), home("a1")].into_iter().find(|a| house.stalled(a, "ExternallyDeleted"));
    house.vendor().add_fault(lists(ListFault::Half));
    house.until(mins(10), "gone", |house| gone(house).is_some());
    let key = gone(&house).unwrap();
    let digest = house.digest(&key, "Ready");
    house.kill();
    house.vendor().clear_faults();
    house.annotate(&key, &json!({"orgkeeper.dev/confirm": digest}));
    house.start();
    house.until(mins(10), "back", |house| house.ready(&key));
    house.run(mins(10));
    let (id, writes) = (house.id(&key), house.vendor_writes());
    house.vendor().add_fault(lists(ListFault::Half));
    house.run(mins(30));
    assert!(house.stalled(&key, "ExternallyDeleted"), "{}", house.describe());
    assert_eq!((house.id(&key), house.vendor_writes()), (id, writes), "{}", house.describe());
    assert_ne!(house.digest(&key, "Ready"), digest);
}

#[test]
fn accounts_that_nobody_declares_may_come_and_go() {
    let mut house = accounts(Contract::Production, 1);
    let organization = house.vendor().world().oldest_organization().unwrap().id;
    let (now, lag) = (house.wall(), house.vendor().lag());
    for _ in 0..3 {
        house.vendor().world_mut().create_account(now, lag, organization, "by hand");
    }
    let writes = house.all_writes();
    house.run(mins(20));
    assert_eq!(house.status(&acme())["counts"]["accounts"], json!({"total": 5, "unmanaged": 4}));
    for id in house.named("by hand") {
        let now = house.wall();
        house.vendor().world_mut().delete_account(now, lag, &id).unwrap();
    }
    house.run(mins(20));
    assert_eq!(house.all_writes(), writes + 2, "how many there are: {}", house.describe());
    assert_eq!(house.status(&acme())["counts"]["accounts"], json!({"total": 2, "unmanaged": 1}));
    assert!(house.ready(&home("a0")) && house.ready(&acme()));
}

#[test]
pub fn many_deletions_of_our_own_are_no_surprise() {
    let mut house = accounts(Contract::Production, 12);
    for number in 0..12 {
        let key = home(&format!("a{number}"));
        let spec = with(account(&format!("name-{number}")), json!({"deletionPolicy": "Delete"}));
        house.apply(&key, &spec);
    }
    house.run(secs(10));
    for number in 0..12 {
        house.delete(&home(&format!("a{number}")));
    }
    house.until(mins(3), "all gone", |house| {
        (0..12).all(|number| !house.exists(&home(&format!("a{number}"))))
    });
    house.run(mins(30));
    assert_eq!(house.living(), 1);
    assert!(house.ready(&acme()), "{}", house.describe());
}

/// What was taken for deleted: because lists lacked it, or because the vendor said so.
#[test]
fn what_is_there_after_all_is_taken_over_and_not_made_a_second_time() {
    let answers = [
        (Contract::Production, r#"{"response": {"status": {"code": 200}, "count": 0, "items": []}}"#),
        (Contract::Published, "{}"),
    ];
    let cases = answers.into_iter().flat_map(|case| [true, false].map(|lacked| (case, lacked)));
    for ((contract, answer), lacked) in cases {
        for restarts in [true, false] {
            let mut house = accounts(contract, 1);
            let key = home("a0");
            let id = house.id(&key).unwrap();
            house.apply(&key, &with(account("name-0"), json!({"deletionPolicy": "Delete"})));
            house.run(mins(2));
            if lacked {
                house.way.vendors.hidden.borrow_mut().insert(id.clone());
                house.way.vendors.gone.borrow_mut().insert(format!("/setup/account/{id}"));
                house.until(mins(20), "missed", |house| house.stalled(&key, "ExternallyDeleted"));
            } else {
                let (method, path) = (Method::DELETE, format!("/setup/account/{id}"));
                let failing = Failing::Answer(200, answer);
                house.way.vendors.scripted.borrow_mut().push(Scripted { method, path, failing, times: 1 });
            }
            house.delete(&key);
            house.until(mins(20), "let go", |house| !house.exists(&key));
            house.way.vendors.hidden.borrow_mut().clear();
            house.way.vendors.gone.borrow_mut().clear();
            house.run(mins(10));
            if restarts {
                house.restart_at_once();
            }
            let made = house.calls("POST");
            house.apply(&key, &account("name-0"));
            house.until(mins(5), "ready", |house| house.ready(&key));
            let case = format!("{contract:?} {lacked} {restarts}\n{}", house.describe());
            assert_eq!((house.id(&key), house.calls("POST") - made), (Some(id), 0), "{case}");
        }
    }
}
