//! Rotation (rule 5): another token on request, two users only for the overlap, and never none that works.

use crate::support::house::{House, mins, secs};
use crate::support::machines::{CI_TOKEN, ci, ci_spec, furnished, with_ci};
use crate::support::manifests::{HOME, user_key, with};
use http::Method;
use orgkeeper::api::conditions::ConditionType;
use orgkeeper::sandbox::spot::{Contract, UserDetails};
use orgkeeper::sandbox::{Fault, FaultKind};
use serde_json::json;

const CONTRACTS: [Contract; 2] = [Contract::Production, Contract::Published];
const CREATE: &str = "/setup/user/programmatic";

fn ask(house: &House, value: &str) {
    house.annotate(&ci(), &json!({"orgkeeper.dev/rotate-requested-at": value}));
}

fn handled(house: &House) -> String {
    house.status(&ci())["token"]["lastHandledRotateAt"].as_str().unwrap_or_default().to_owned()
}

fn creates(house: &House) -> usize {
    let vendor = house.vendor();
    vendor.requests().entries().filter(|entry| entry.method == "POST" && entry.route == CREATE).count()
}

fn switched(house: &House) -> bool {
    !house.status(&ci())["token"]["rotation"]["oldId"].is_null()
}

#[test]
pub fn another_token_takes_the_place_of_the_old_one_which_works_for_a_while() {
    for contract in CONTRACTS {
        let mut house = with_ci(contract);
        let (old, token) = (house.id(&ci()).unwrap(), house.token().unwrap());
        ask(&house, "one");
        house.until(mins(5), "switched", switched);
        let (new, other) = (house.id(&ci()).unwrap(), house.token().unwrap());
        assert!(new != old && other != token);
        assert_eq!(house.users("ci").len(), 2);
        house.run(mins(1));
        let switched: jiff::Timestamp =
            house.status(&ci())["token"]["rotation"]["switchedAt"].as_str().unwrap().parse().unwrap();
        let until = format!("works until {}", switched + jiff::SignedDuration::from_hours(1));
        let told = house.message(&ci(), "Rotating");
        assert!(told.contains(&until), "{told}");
        assert!(house.events(&ci()).iter().any(|event| event.note.contains(&until)), "{}", house.describe());
        let writes = house.writes(&ci());
        house.run(mins(49));
        assert_eq!(
            (house.message(&ci(), "Rotating"), house.writes(&ci())),
            (told, writes),
            "the same all along"
        );
        assert_eq!((house.whose(&token), house.whose(&other)), (Some(old.clone()), Some(new.clone())));
        assert!(house.ready(&ci()), "{}", house.describe());
        assert_eq!(house.condition(&ci(), ConditionType::Rotating.as_str()).unwrap().1, "Rotating");
        house.until(mins(20), "over", |house| handled(house) == "one");
        house.run(mins(30));
        assert_eq!(house.users("ci"), [new]);
        assert!(house.condition(&ci(), "Rotating").is_none(), "{}", house.describe());
        house.assert_one_that_works();
        assert_eq!(house.whose(&token), None);
        assert_eq!(house.reasons(&ci()), ["Created", "Rotating", "Rotated"]);
        // The same word again asks for nothing.
        let writes = house.all_writes();
        house.restart();
        house.run(mins(60));
        assert_eq!((house.all_writes(), creates(&house)), (writes, 2), "{}", house.describe());
    }
}

#[test]
fn the_new_user_may_do_what_the_old_one_might() {
    for contract in CONTRACTS {
        let mut house = with_ci(contract);
        let grants = |house: &House| {
            let id = house.id(&ci()).unwrap();
            let vendor = house.vendor();
            let (_, details) = vendor.world().user(&id).unwrap();
            (details.grants.clone(), details.groups.clone())
        };
        let before = grants(&house);
        ask(&house, "one");
        house.until(mins(5), "switched", switched);
        assert_eq!(grants(&house), before);
    }
}

#[test]
fn what_cannot_be_had_otherwise_is_had_by_a_rotation() {
    for contract in CONTRACTS {
        let mut house = furnished(contract);
        let now = house.wall();
        let adopted = {
            let mut vendor = house.vendor();
            let organization = vendor.world().oldest_organization().unwrap().id;
            vendor.console(now).create_user(organization, UserDetails::machine("ci"))
        };
        house.run(mins(2));
        house.apply(&ci(), &ci_spec());
        house.until(mins(10), "stalled", |house| house.stalled(&ci(), "TokenUnavailable"));
        ask(&house, "one");
        house.until(mins(5), "switched", switched);
        house.until(mins(5), "ready", |house| house.ready(&ci()));
        house.until(mins(90), "over", |house| handled(house) == "one");
        house.run(mins(10));
        house.assert_one_that_works();
        assert_ne!(house.users("ci"), [adopted]);

        // A Secret that somebody deleted.
        house.way.cluster.delete_secret(HOME, CI_TOKEN);
        house.until(mins(10), "stalled", |house| house.stalled(&ci(), "TokenSecretMissing"));
        ask(&house, "two");
        house.until(mins(90), "over", |house| handled(house) == "two");
        house.run(mins(10));
        house.assert_one_that_works();
    }
}

#[test]
fn a_refused_create_leaves_everything_as_it_was_and_is_not_repeated() {
    for contract in CONTRACTS {
        let mut house = with_ci(contract);
        let (old, token) = (house.users("ci"), house.token());
        house.vendor().add_fault(Fault::once(&Method::POST, CREATE, FaultKind::Forbidden));
        ask(&house, "one");
        house.until(mins(5), "failed", |house| house.stalled(&ci(), "RotationFailed"));
        house.run(mins(60));
        assert!(house.stalled(&ci(), "RotationFailed"), "{}", house.describe());
        assert_eq!((house.users("ci"), house.token(), creates(&house)), (old, token, 2));
        ask(&house, "two");
        house.until(mins(90), "over", |house| handled(house) == "two");
        house.run(mins(10));
        house.assert_one_that_works();
    }
}

#[test]
pub fn a_new_token_that_does_not_work_or_does_not_come_never_replaces_the_old_one() {
    for contract in CONTRACTS {
        for fault in [FaultKind::Unauthorized, FaultKind::Omit { members: vec!["token".into()] }] {
            let mut house = with_ci(contract);
            let (old, token) = (house.users("ci"), house.token());
            if fault == FaultKind::Unauthorized {
                refuse_new_tokens(&mut house);
            } else {
                house.vendor().add_fault(Fault::once(&Method::POST, CREATE, fault));
                ask(&house, "one");
            }
            house.until(mins(10), "failed", |house| house.stalled(&ci(), "RotationFailed"));
            assert_eq!((house.users("ci"), house.token()), (old, token), "{}", house.describe());
        }
    }
}

/// Asks for a rotation whose new token is revoked as soon as it was made.
fn refuse_new_tokens(house: &mut House) {
    house.way.vendors.latency.set(secs(2));
    let before = house.users("ci");
    ask(house, "one");
    house.until(mins(10), "made", |house| house.users("ci").len() == 2);
    let new = house.users("ci").into_iter().find(|id| !before.contains(id)).unwrap();
    let digests: Vec<String> = {
        let vendor = house.vendor();
        let tokens = vendor.world().tokens().filter(|(_, token)| token.user == new);
        tokens.map(|(digest, _)| digest.clone()).collect()
    };
    for digest in digests {
        house.vendor().world_mut().revoke_token(&digest);
    }
}

#[test]
fn a_secret_that_somebody_takes_meanwhile_is_left_to_them() {
    let mut house = with_ci(Contract::Production);
    let old = house.users("ci");
    house.way.vendors.latency.set(secs(2));
    ask(&house, "one");
    house.until(mins(10), "made", |house| house.users("ci").len() == 2);
    house.way.cluster.edit_secret(HOME, CI_TOKEN, |secret| secret.labels.clear());
    let version = house.secret(CI_TOKEN).unwrap().resource_version;
    house.until(mins(10), "failed", |house| house.stalled(&ci(), "RotationFailed"));
    assert_eq!(house.users("ci"), old);
    assert_eq!(house.secret(CI_TOKEN).unwrap().resource_version, version);
}

#[test]
fn who_is_deleted_during_a_rotation_takes_both_users_along() {
    for contract in CONTRACTS {
        let mut house = with_ci(contract);
        ask(&house, "one");
        house.until(mins(5), "switched", switched);
        assert_eq!(house.users("ci").len(), 2);
        house.delete(&ci());
        house.until(mins(10), "gone", |house| !house.exists(&ci()));
        assert!(house.users("ci").is_empty() && house.secret(CI_TOKEN).is_none(), "{}", house.describe());

        // Before the Secret was switched: nobody knows the new user's token.
        let mut house = with_ci(contract);
        house.way.vendors.latency.set(secs(2));
        ask(&house, "one");
        house.until(mins(10), "made", |house| house.users("ci").len() == 2);
        house.kill();
        house.way.vendors.latency.set(secs(0));
        house.delete(&ci());
        house.start();
        house.until(mins(10), "gone", |house| !house.exists(&ci()));
        assert!(house.users("ci").is_empty() && house.secret(CI_TOKEN).is_none(), "{}", house.describe());
    }
}

#[test]
pub fn nobody_else_can_take_the_old_user_meanwhile() {
    let mut house = with_ci(Contract::Production);
    let old = house.id(&ci()).unwrap();
    ask(&house, "one");
    house.until(mins(5), "switched", switched);
    let thief = with(ci_spec(), json!({"adopt": {"id": old}, "programmatic": {"name": "thief"}}));
    house.apply(&user_key("thief"), &thief);
    house.until(mins(5), "refused", |house| house.stalled(&user_key("thief"), "ManagementConflict"));
    assert!(house.ready(&ci()));
}

#[test]
fn a_kubernetes_that_refuses_secrets_delays_a_rotation_and_loses_nothing() {
    let mut house = with_ci(Contract::Production);
    house.way.cluster.refuse_secrets(true);
    ask(&house, "one");
    house.run(mins(1));
    assert!(!switched(&house) && house.ready(&ci()), "{}", house.describe());
    house.way.cluster.refuse_secrets(false);
    house.until(mins(90), "over", |house| handled(house) == "one");
    house.run(mins(10));
    house.assert_one_that_works();
    assert_eq!(creates(&house), 2);
}

#[test]
fn a_vendor_that_hangs_or_throttles_delays_a_rotation() {
    for fault in [
        FaultKind::TooManyRequests { reset_seconds: 30 },
        FaultKind::Hang { effect: true },
        FaultKind::Hang { effect: false },
        FaultKind::ServerError { status: 500, effect: true },
    ] {
        let mut house = with_ci(Contract::Production);
        let token = house.token().unwrap();
        house.vendor().add_fault(Fault::once(&Method::POST, CREATE, fault.clone()));
        ask(&house, "one");
        while handled(&house) != "one" {
            house.run(secs(30));
            let now = house.token().unwrap();
            let users = house.users("ci").len() - house.leftovers().len();
            assert!(house.whose(&now).is_some() && users <= 2, "{fault:?}");
            if !switched(&house) && handled(&house) != "one" {
                assert!(house.whose(&token).is_some());
            }
        }
        house.run(mins(10));
        // Whose the one is that nobody answered to have made, nobody knows.
        house.assert_one_that_works_beside(1);
    }
}
