//! Drift, edits and lists that lag (design §3, steps; rule 15).

use crate::support::house::{House, mins, secs};
use crate::support::look::{acme, home};
use crate::support::manifests::{account, organization, with};
use http::Method;
use orgkeeper::sandbox::spot::Contract;
use orgkeeper::sandbox::{Fault, FaultKind, Lag};
use serde_json::json;

const BOTH: [Contract; 2] = [Contract::Production, Contract::Published];

/// A house with one account, ready.
fn one_account(contract: Contract, changes: &serde_json::Value) -> House {
    let mut house = House::new(contract);
    house.apply(&acme(), &organization());
    house.apply(&home("a"), &with(account("prod"), changes.clone()));
    house.start();
    house.until(mins(2), "ready", |house| house.ready(&home("a")) && house.ready(&acme()));
    house.run(mins(3));
    house
}

/// A person renames the account in the console.
fn rename(house: &House, from: &str, to: &str) {
    let ids = house.named(from);
    let (now, lag) = (house.wall(), house.vendor().lag());
    let renamed = house.vendor().world_mut().change_account(now, lag, &ids[0], |details| {
        details.name = String::from(to);
    });
    assert!(renamed);
}

/// It was in order, and has something to do after all: what for it waits is the limit.
#[test]
fn what_waits_for_a_limit_to_be_put_back_says_so() {
    for contract in BOTH {
        let mut house = one_account(contract, &json!({}));
        let limit = Fault {
            method: Some(Method::PUT.to_string()),
            ..Fault::always(FaultKind::TooManyRequests { reset_seconds: 600 })
        };
        house.vendor().add_fault(limit);
        rename(&house, "prod", "by hand");
        house.until(mins(15), "waits", |house| house.waits(&home("a"), "Throttled"));
        assert_eq!(house.status(&home("a"))["state"], "Waiting");
        house.vendor().clear_faults();
        house.until(mins(20), "put back", |house| house.named("prod").len() == 1 && house.ready(&home("a")));
    }
}

#[test]
fn a_rename_in_the_console_is_put_back_told_once_and_listed_until_a_list_shows_it() {
    for contract in BOTH {
        let mut house = one_account(contract, &json!({}));
        rename(&house, "prod", "by hand");
        house.until(mins(6), "put back", |house| house.named("prod").len() == 1);
        house.run(secs(1));
        assert_eq!(house.status(&home("a"))["drift"][0]["actual"], "by hand");
        assert_eq!(house.reasons(&home("a")), ["Created", "DriftCorrected"]);
        assert!(house.ready(&home("a")));
        house.until(mins(6), "no drift", |house| house.status(&home("a"))["drift"].is_null());
        house.run(mins(20));
        assert_eq!(house.calls("PUT"), 1);
        assert_eq!(house.writes(&home("a")), 5, "{}", house.describe());
    }
}

#[test]
fn where_both_sides_moved_both_are_told() {
    for contract in BOTH {
        let mut house = one_account(contract, &json!({}));
        rename(&house, "prod", "by hand");
        house.apply(&home("a"), &account("edited"));
        house.until(mins(6), "edited", |house| house.named("edited").len() == 1);
        house.run(mins(1));
        assert_eq!(house.reasons(&home("a")), ["Created", "Updated", "DriftCorrected"]);
        assert!(house.events(&home("a"))[2].note.contains("by hand"), "{}", house.describe());
        // The manifest alone.
        house.run(mins(10));
        house.apply(&home("a"), &account("again"));
        house.until(mins(6), "edited again", |house| house.named("again").len() == 1);
        house.run(mins(1));
        assert_eq!(house.reasons(&home("a"))[3..], ["Updated"]);
    }
}

#[test]
pub fn under_report_and_observe_drift_is_only_shown() {
    for changes in [json!({"driftPolicy": "Report"}), json!({"managementPolicy": "Observe"})] {
        let mut house = one_account(Contract::Production, &json!({}));
        house.apply(&home("a"), &with(account("prod"), changes.clone()));
        house.run(secs(10));
        rename(&house, "prod", "by hand");
        house.until(mins(6), "shown", |house| house.condition(&home("a"), "Drifted").is_some());
        house.run(mins(20));
        assert_eq!(house.calls("PUT"), 0, "{changes}");
        assert!(house.ready(&home("a")));
        assert_eq!(house.status(&home("a"))["drift"][0]["actual"], "by hand");
        rename(&house, "by hand", "prod");
        house.until(mins(6), "gone", |house| house.condition(&home("a"), "Drifted").is_none());
        assert!(house.status(&home("a"))["drift"].is_null());
    }
}

#[test]
pub fn an_organization_under_observe_and_a_read_only_process_write_nothing_to_the_vendor() {
    let mut house = House::new(Contract::Production);
    house.apply(&acme(), &with(organization(), json!({"managementPolicy": "Observe"})));
    house.apply(&home("a"), &account("prod"));
    house.start();
    house.until(mins(2), "not there", |house| house.stalled(&home("a"), "NotFound"));
    house.kill();
    house.way.read_only = true;
    house.apply(&acme(), &organization());
    house.start();
    house.until(mins(20), "read only", |house| house.stalled(&home("a"), "ReadOnly"));
    house.run(mins(20));
    assert_eq!(house.vendor_writes(), 0);
}

#[test]
pub fn an_edit_is_written_once_even_while_lists_lag_and_is_no_drift() {
    for contract in BOTH {
        for report in [false, true] {
            let changes = if report { json!({"driftPolicy": "Report"}) } else { json!({}) };
            let mut house = one_account(contract, &changes);
            house.vendor().set_lag(Lag::of_lists(jiff::SignedDuration::from_secs(10)));
            house.apply(&home("a"), &with(account("renamed"), changes));
            house.until(secs(5), "renamed", |house| {
                house.named("renamed").len() == 1 && house.ready(&home("a"))
            });
            // Whatever wakes it meanwhile finds a list that lags.
            for second in 0..15 {
                house.annotate(
                    &home("a"),
                    &json!({
                        "orgkeeper.dev/reconcile-requested-at": format!("{second}"),
                    }),
                );
                house.run(secs(1));
            }
            house.run(mins(20));
            assert_eq!(house.calls("PUT"), 1, "{}", house.describe());
            assert_eq!(house.reasons(&home("a")), ["Created", "Updated"]);
            assert!(house.ready(&home("a")) && house.status(&home("a"))["drift"].is_null());
        }
    }
}

#[test]
fn what_a_write_that_nobody_heard_changed_is_taken_back_as_an_edit() {
    for contract in BOTH {
        for later in [secs(0), mins(3)] {
            let mut house = one_account(contract, &json!({}));
            let fault = Fault::once(
                &Method::PUT,
                "/setup/account/{accountId}",
                FaultKind::ServerError { status: 500, effect: true },
            );
            house.vendor().add_fault(fault);
            house.apply(&home("a"), &account("other"));
            house.until(mins(1), "carried out", |house| house.named("other").len() == 1);
            house.vendor().add_fault(Fault::always(FaultKind::BadGateway { effect: false }));
            house.run(later);
            house.apply(&home("a"), &account("prod"));
            house.run(secs(5));
            house.vendor().clear_faults();
            house.until(mins(10), "taken back", |house| {
                house.named("prod").len() == 1 && house.ready(&home("a"))
            });
            house.run(mins(10));
            assert_eq!(house.reasons(&home("a")), ["Created", "Updated"], "{}", house.describe());
        }
    }
}

#[test]
fn a_create_under_lists_that_lag_makes_one_account() {
    for contract in BOTH {
        let mut house = House::new(contract).with_lag(secs(10));
        house.apply(&acme(), &organization());
        for name in ["a", "b", "c"] {
            house.apply(&home(name), &account(name));
        }
        house.start();
        for second in 0..20 {
            house.run(secs(1));
            house.annotate(
                &home("a"),
                &json!({
                    "orgkeeper.dev/reconcile-requested-at": format!("{second}"),
                }),
            );
        }
        house.run(mins(20));
        for name in ["a", "b", "c"] {
            assert_eq!(house.named(name).len(), 1, "{}", house.describe());
            assert!(house.ready(&home(name)));
            assert_eq!(house.reasons(&home(name)), ["Created"]);
        }
    }
}

#[test]
pub fn a_fight_ends_after_three_corrections_and_begins_anew_when_something_changes() {
    let mut house = one_account(Contract::Production, &json!({}));
    for round in 0..5 {
        let name = format!("theirs {round}");
        rename(&house, if house.named("prod").is_empty() { "theirs 3" } else { "prod" }, &name);
        house.run(mins(6));
    }
    assert_eq!(house.calls("PUT"), 3, "{}", house.describe());
    assert!(house.stalled(&home("a"), "DriftContested"), "{}", house.describe());
    assert!(house.condition(&home("a"), "Drifted").is_some());
    house.run(mins(120));
    assert_eq!(house.calls("PUT"), 3, "no correction until something changes");
    house.annotate(&home("a"), &json!({"orgkeeper.dev/reconcile-requested-at": "now"}));
    house.until(mins(1), "put back", |house| house.named("prod").len() == 1 && house.ready(&home("a")));
    assert_eq!(house.status(&home("a"))["lastHandledReconcileAt"], "now");
}

#[test]
fn corrections_far_apart_are_no_fight() {
    let mut house = one_account(Contract::Production, &json!({}));
    for _ in 0..6 {
        rename(&house, "prod", "theirs");
        house.until(mins(6), "put back", |house| house.named("prod").len() == 1);
        house.run(mins(25));
    }
    assert!(house.ready(&home("a")));
}

#[test]
fn the_same_change_made_again_before_the_next_list_is_noticed_too() {
    for contract in BOTH {
        let mut house = one_account(contract, &json!({}));
        rename(&house, "prod", "by hand");
        house.until(mins(6), "put back", |house| house.named("prod").len() == 1);
        // The next list shows what the last one showed.
        rename(&house, "prod", "by hand");
        house.until(mins(12), "put back again", |house| house.named("prod").len() == 1);
        assert_eq!(house.calls("PUT"), 2, "{}", house.describe());
    }
}
