//! Creation: no duplicate, no orphan, whatever the answer (rule 4).

use crate::support::cluster::PatchFault;
use crate::support::house::{House, mins, secs};
use crate::support::look::{acme, home};
use crate::support::manifests::{account, organization};
use http::Method;
use jiff::SignedDuration;
use orgkeeper::sandbox::spot::Contract;
use orgkeeper::sandbox::{Fault, FaultKind, Lag, TextForm};
use serde_json::json;
use std::time::Duration;

const BOTH: [Contract; 2] = [Contract::Production, Contract::Published];

/// A house whose organization is ready and whose first create meets the fault.
fn struck(contract: Contract, fault: FaultKind, lag: u64) -> House {
    let mut house = House::new(contract).with_lag(secs(lag));
    house.apply(&acme(), &organization());
    house.start();
    house.until(mins(2), "ready", |house| house.ready(&acme()));
    house.vendor().add_fault(Fault::once(&Method::POST, "/setup/account", fault));
    house.apply(&home("a"), &account("prod"));
    house
}

fn unknown_outcomes() -> Vec<FaultKind> {
    let mut kinds = vec![
        FaultKind::ResetBeforeEffect,
        FaultKind::ResetAfterEffect,
        FaultKind::CutBody,
        FaultKind::Redirect { status: 302, location: "https://login.example.com/".into() },
        FaultKind::Redirect { status: 307, location: "https://login.example.com/".into() },
        FaultKind::Delay { duration: SignedDuration::from_secs(31) },
        FaultKind::Enormous { bytes: 20 << 20 },
        FaultKind::LateEffect { after: SignedDuration::from_secs(1) },
        FaultKind::LateEffect { after: SignedDuration::from_secs(55) },
    ];
    for effect in [false, true] {
        kinds.push(FaultKind::Hang { effect });
        kinds.push(FaultKind::BadGateway { effect });
        kinds.push(FaultKind::Garbage { effect });
        kinds.extend([500, 503, 504].map(|status| FaultKind::ServerError { status, effect }));
    }
    kinds
}

#[test]
fn whatever_is_unknown_of_a_create_ends_in_exactly_one_account() {
    for contract in BOTH {
        for kind in unknown_outcomes() {
            for lag in [0, 10] {
                let mut house = struck(contract, kind.clone(), lag);
                house.until(mins(30), "ready", |house| house.ready(&home("a")));
                house.run(mins(15));
                let text = format!("{contract:?} {kind:?} lag {lag}");
                assert_eq!(house.named("prod").len(), 1, "{text}\n{}", house.describe());
                assert_eq!(house.id(&home("a")), Some(house.named("prod")[0].clone()), "{text}");
                // Nobody answered that it was made: it is ours only where a second call was.
                let status = house.status(&home("a"));
                let found = !status["found"].is_null();
                assert!(
                    found || house.calls("POST") == 2 || matches!(kind, FaultKind::Enormous { .. }),
                    "{text}"
                );
                assert_eq!(status["origin"], if found { "Adopted" } else { "Created" }, "{text}");
                assert_eq!(status["found"] == json!([house.named("prod")[0]]), found, "{text} {status}");
                assert_eq!(house.reasons(&home("a")).len(), 1, "{text}\n{}", house.describe());
            }
        }
    }
}

#[test]
fn while_the_outcome_is_unknown_it_says_so_and_a_second_call_waits_for_two_lists() {
    let mut house = struck(Contract::Production, FaultKind::ResetBeforeEffect, 0);
    house.until(secs(5), "unknown", |house| house.waits(&home("a"), "OutcomeUnknown"));
    assert!(house.condition(&home("a"), "Reconciling").is_some());
    // Settle after the deadline of a call that may be sent a time-out after the intent.
    house.run(mins(2));
    assert_eq!(house.calls("POST"), 1);
    house.until(mins(5), "ready", |house| house.ready(&home("a")));
    assert_eq!(house.calls("POST"), 2);
}

#[test]
pub fn a_name_that_was_there_before_is_never_taken_for_the_outcome() {
    let mut house = struck(Contract::Production, FaultKind::ResetBeforeEffect, 0);
    house.until(secs(5), "unknown", |house| house.waits(&home("a"), "OutcomeUnknown"));
    // Two appear: either could be ours.
    let organization = house.vendor().world().oldest_organization().unwrap().id;
    let (now, lag) = (house.wall(), house.vendor().lag());
    for _ in 0..2 {
        house.vendor().world_mut().create_account(now, lag, organization, "prod");
    }
    house.until(mins(5), "ambiguous", |house| house.stalled(&home("a"), "Ambiguous"));
    house.run(mins(30));
    assert_eq!(house.calls("POST"), 1);
    assert_eq!(house.named("prod").len(), 2);
}

#[test]
fn a_definite_refusal_clears_the_intent_and_is_not_repeated_in_a_loop() {
    let refusals = [FaultKind::Unauthorized, FaultKind::Forbidden];
    for contract in BOTH {
        for kind in refusals.clone() {
            let mut house = struck(contract, kind.clone(), 0);
            house.vendor().clear_faults();
            house.vendor().add_fault(Fault {
                times: None,
                ..Fault::once(&Method::POST, "/setup/account", kind.clone())
            });
            house.run(mins(60));
            assert!(house.status(&home("a"))["pendingCreate"].is_null(), "{}", house.describe());
            assert!(!house.ready(&home("a")));
            assert!(house.calls("POST") <= 20, "{kind:?}: {} in an hour", house.calls("POST"));
            house.vendor().clear_faults();
            house.until(mins(15), "ready", |house| house.ready(&home("a")));
            assert_eq!(house.named("prod").len(), 1);
        }
    }
}

#[test]
fn a_refused_input_is_stalled_until_it_is_edited() {
    let mut house = House::new(Contract::Production);
    let refusal = FaultKind::ServerError { status: 400, effect: false };
    let fault = Fault { times: None, ..Fault::once(&Method::POST, "/setup/account", refusal) };
    house.vendor().add_fault(fault);
    house.apply(&acme(), &organization());
    house.apply(&home("a"), &account("production"));
    house.start();
    house.until(mins(2), "stalled", |house| house.stalled(&home("a"), "RefusedByVendor"));
    assert!(house.status(&home("a"))["pendingCreate"].is_null());
    house.run(mins(60));
    assert!(house.calls("POST") <= 10, "{}", house.calls("POST"));
    house.vendor().clear_faults();
    house.apply(&home("a"), &account("prod"));
    house.until(secs(10), "ready", |house| house.ready(&home("a")));
}

#[test]
fn a_rate_limit_is_a_refusal_and_the_create_comes_after_it() {
    for contract in BOTH {
        let mut house = struck(contract, FaultKind::TooManyRequests { reset_seconds: 40 }, 0);
        house.until(secs(5), "throttled", |house| house.waits(&home("a"), "Throttled"));
        assert!(house.status(&home("a"))["pendingCreate"].is_null());
        house.run(secs(30));
        assert_eq!(house.calls("POST"), 1, "nothing is sent during the pause");
        house.until(secs(30), "ready", |house| house.ready(&home("a")));
        assert_eq!(house.named("prod").len(), 1);
    }
}

#[test]
fn a_404_of_a_proxy_is_no_refusal_in_production() {
    let mut house = struck(Contract::Production, FaultKind::NotFound { form: TextForm::Html }, 0);
    house.until(secs(5), "unknown", |house| house.waits(&home("a"), "OutcomeUnknown"));
    house.until(mins(10), "ready", |house| house.ready(&home("a")));
    assert_eq!(house.named("prod").len(), 1);
}

#[test]
fn whatever_befalls_a_patch_there_is_one_account() {
    for fault in [PatchFault::Before, PatchFault::After, PatchFault::Conflict, PatchFault::Forbidden] {
        for skip in 0..5 {
            let mut house = House::new(Contract::Production);
            house.apply(&acme(), &organization());
            house.start();
            house.until(mins(2), "ready", |house| house.ready(&acme()));
            house.way.patch_faults.add(skip, fault);
            house.apply(&home("a"), &account("prod"));
            house.until(mins(30), &format!("ready in spite of {fault:?} {skip}"), |house| {
                house.ready(&home("a"))
            });
            house.run(mins(15));
            assert_eq!(house.named("prod").len(), 1, "{fault:?} {skip}\n{}", house.describe());
        }
    }
}

#[test]
fn a_cluster_that_breaks_down_right_after_the_create_loses_nothing() {
    let mut house =
        struck(Contract::Production, FaultKind::Delay { duration: SignedDuration::from_secs(5) }, 0);
    house.until(secs(5), "sent", |house| house.calls("POST") == 1);
    house.way.cluster.break_down(true);
    house.run(secs(40));
    house.way.cluster.break_down(false);
    house.until(mins(10), "ready", |house| house.ready(&home("a")));
    assert_eq!(house.named("prod").len(), 1);
}

#[test]
pub fn a_spec_that_is_edited_while_its_create_is_under_way_still_ends_in_one_account() {
    for kind in [
        FaultKind::Delay { duration: SignedDuration::from_secs(5) },
        FaultKind::ResetAfterEffect,
        FaultKind::ResetBeforeEffect,
    ] {
        let mut house = struck(Contract::Production, kind, 0);
        house.until(secs(5), "sent", |house| house.calls("POST") == 1);
        house.apply(&home("a"), &account("other"));
        house.until(mins(10), "ready", |house| house.ready(&home("a")));
        house.run(mins(10));
        assert_eq!(house.living(), 2, "it, and the default account\n{}", house.describe());
        assert_eq!(house.named("other").len(), 1);
    }
}

#[test]
pub fn what_is_renamed_while_its_create_is_under_way_is_not_taken_by_who_bears_the_name_now() {
    for contract in BOTH {
        let mut house = struck(contract, FaultKind::ResetAfterEffect, 0);
        house.until(secs(5), "sent", |house| house.calls("POST") == 1);
        let made = house.named("prod");
        house.apply(&home("a"), &account("other"));
        house.apply(&home("b"), &account("prod"));
        house.until(mins(20), "ready", |house| house.ready(&home("a")) && house.ready(&home("b")));
        house.run(mins(10));
        assert_eq!(house.id(&home("a")).as_ref(), made.first(), "{}", house.describe());
        assert_eq!((house.named("other"), house.named("prod").len()), (made, 1));
        assert_eq!(house.living(), 3, "both, and the default account\n{}", house.describe());
    }
}

#[test]
pub fn nothing_is_found_before_the_wait_is_over() {
    for contract in BOTH {
        let mut house = struck(contract, FaultKind::LateEffect { after: SignedDuration::from_secs(50) }, 0);
        house.until(secs(5), "unknown", |house| house.waits(&home("a"), "OutcomeUnknown"));
        let organization = house.vendor().world().oldest_organization().unwrap().id;
        let (now, lag) = (house.wall(), house.vendor().lag());
        let theirs = house.vendor().world_mut().create_account(now, lag, organization, "prod");
        for second in 0..3 {
            house.annotate(&home("a"), &json!({"orgkeeper.dev/reconcile-requested-at": second.to_string()}));
            house.run(secs(10));
            assert_eq!(house.id(&home("a")), None, "{contract:?}\n{}", house.describe());
        }
        // What was sent takes effect, and then nobody but a person can tell the two apart.
        house.until(mins(10), "asked", |house| house.stalled(&home("a"), "Ambiguous"));
        assert_eq!(house.named("prod").len(), 2);
        assert!(house.message(&home("a"), "Ready").contains(&theirs), "{}", house.describe());
    }
}

#[test]
pub fn one_list_that_lacks_it_makes_no_second_one() {
    let mut house = House::new(Contract::Production);
    house.apply(&acme(), &organization());
    house.start();
    house.run(mins(30));
    // Lists show it a moment after the first of them that answers for it.
    house.vendor().set_lag(Lag::of_lists(SignedDuration::from_millis(120_300)));
    house.vendor().add_fault(Fault::once(&Method::POST, "/setup/account", FaultKind::ResetAfterEffect));
    house.apply(&home("a"), &account("prod"));
    house.until(secs(5), "unknown", |house| house.waits(&home("a"), "OutcomeUnknown"));
    house.until(mins(10), "ready", |house| house.ready(&home("a")));
    house.run(mins(10));
    assert_eq!(house.calls("POST"), 1, "{}", house.describe());
    assert_eq!(house.id(&home("a")), Some(house.named("prod")[0].clone()), "{}", house.describe());
}

#[test]
pub fn what_is_deleted_while_its_intent_is_stored_is_not_created() {
    let mut house = House::new(Contract::Production);
    house.apply(&acme(), &organization());
    house.start();
    house.until(mins(2), "ready", |house| house.ready(&acme()));
    house.run(mins(1));
    // The finalizer, then the intent, which a slow server stores a second later.
    for patch in 1..4 {
        house.way.patch_faults.add(patch, PatchFault::Late);
    }
    house.apply(&home("a"), &account("prod"));
    house.until(secs(5), "held", |house| house.writes(&home("a")) == 1);
    house.run(Duration::from_millis(200));
    house.delete(&home("a"));
    house.until(mins(5), "gone", |house| !house.exists(&home("a")));
    assert_eq!((house.calls("POST"), house.named("prod").len()), (0, 0), "{}", house.describe());
}
