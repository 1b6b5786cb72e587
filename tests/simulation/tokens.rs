//! One-time tokens (rule 5): none is lost, none is overwritten, and each that a Secret holds works.

use crate::support::house::{House, mins, secs};
use crate::support::look::home;
use crate::support::machines::{CI_TOKEN, ci, ci_spec, furnish, furnished, with_ci};
use crate::support::manifests::{HOME, user_key, with};
use http::Method;
use orgkeeper::api::token::{ENDPOINT, ID, KIND, MANAGED_BY, OBJECT, ORGANIZATION};
use orgkeeper::engine::runtime::context::Namespace;
use orgkeeper::sandbox::spot::{Contract, UserDetails};
use orgkeeper::sandbox::{Fault, FaultKind};
use serde_json::json;

const CONTRACTS: [Contract; 2] = [Contract::Production, Contract::Published];
const CREATE: &str = "/setup/user/programmatic";

/// How often the vendor was asked to make a machine user.
fn creates(house: &House) -> usize {
    let vendor = house.vendor();
    vendor.requests().entries().filter(|entry| entry.method == "POST" && entry.route == CREATE).count()
}

/// A machine user `ci` made in the console, with a token that is known to its maker.
fn console_user(house: &House, token: &str) -> String {
    let now = house.wall();
    let mut vendor = house.vendor();
    let organization = vendor.world().oldest_organization().unwrap().id;
    let id = vendor.console(now).create_user(organization, UserDetails::machine("ci"));
    vendor.world_mut().issue_user_token(now, &id, "mine", Some(token.to_owned())).unwrap();
    id
}

/// The Secret of `ci` as a backup holds it: with the annotations of that user.
fn restored(house: &House, id: &str, token: &str) {
    let (organization, endpoint) = (crate::support::manifests::ORGANIZATION, "https://api.spotinst.io");
    house.way.cluster.put_secret(HOME, CI_TOKEN, "token", token);
    house.way.cluster.edit_secret(HOME, CI_TOKEN, |secret| {
        secret.labels.insert(MANAGED_BY.0.into(), MANAGED_BY.1.into());
        let object = format!("{HOME}/ci");
        let annotations = [
            (ENDPOINT, endpoint),
            (ORGANIZATION, organization),
            (KIND, "SpotUser"),
            (OBJECT, &*object),
            (ID, id),
        ];
        secret.annotations.extend(annotations.map(|(name, value)| (name.to_owned(), value.to_owned())));
    });
}

#[test]
fn a_token_is_in_its_secret_and_works_and_nothing_is_done_twice() {
    for contract in CONTRACTS {
        let mut house = with_ci(contract);
        house.assert_one_that_works();
        assert_eq!(creates(&house), 1);
        assert_eq!(house.reasons(&ci()), ["Created"]);
        let secret = house.secret(CI_TOKEN).unwrap();
        assert_eq!(secret.labels[MANAGED_BY.0], MANAGED_BY.1);
        assert_eq!(secret.annotations[OBJECT], format!("{HOME}/ci"));
        let (writes, version) = (house.all_writes(), secret.resource_version);
        house.run(mins(60));
        assert_eq!(house.all_writes(), writes, "{}", house.describe());
        assert_eq!(house.secret(CI_TOKEN).unwrap().resource_version, version);
        house.restart();
        house.run(mins(60));
        assert_eq!(house.secret(CI_TOKEN).unwrap().resource_version, version);
        assert_eq!(creates(&house), 1);
        house.assert_one_that_works();
    }
}

#[test]
fn a_token_secret_goes_with_its_user_and_stays_with_one_that_stays() {
    for contract in CONTRACTS {
        let mut house = with_ci(contract);
        house.delete(&ci());
        house.until(mins(10), "gone", |house| !house.exists(&ci()));
        assert!(house.users("ci").is_empty() && house.secret(CI_TOKEN).is_none(), "{}", house.describe());

        let mut house = furnished(contract);
        house.apply(&ci(), &with(ci_spec(), json!({"deletionPolicy": "Orphan"})));
        house.until(mins(10), "ready", |house| house.ready(&ci()));
        house.delete(&ci());
        house.until(mins(10), "gone", |house| !house.exists(&ci()));
        let token = house.token().unwrap();
        assert_eq!(house.whose(&token), Some(house.users("ci")[0].clone()));

        // Declared again, it is taken over with its token.
        house.apply(&ci(), &ci_spec());
        house.until(mins(10), "ready", |house| house.ready(&ci()));
        house.assert_one_that_works();
        assert_eq!(house.status(&ci())["origin"], "Adopted");
        assert_eq!(house.token(), Some(token));
    }
}

#[test]
pub fn a_secret_of_somebody_else_is_never_touched() {
    for contract in CONTRACTS {
        let mut house = furnished(contract);
        house.way.cluster.put_secret(HOME, CI_TOKEN, "password", "theirs");
        let before = house.secret(CI_TOKEN).unwrap().resource_version;
        house.apply(&ci(), &ci_spec());
        house.until(mins(10), "stalled", |house| house.stalled(&ci(), "SecretConflict"));
        house.run(mins(60));
        assert_eq!(creates(&house), 0, "nothing is created at the vendor");
        assert_eq!(house.secret(CI_TOKEN).unwrap().resource_version, before);
        house.way.cluster.delete_secret(HOME, CI_TOKEN);
        house.until(mins(10), "ready", |house| house.ready(&ci()));
        house.assert_one_that_works();

        // Taken over by somebody later: said, and left alone, also when the user goes.
        house.way.cluster.edit_secret(HOME, CI_TOKEN, |secret| secret.labels.clear());
        house.until(mins(10), "stalled", |house| house.stalled(&ci(), "SecretConflict"));
        let before = house.secret(CI_TOKEN).unwrap().resource_version;
        house.delete(&ci());
        house.until(mins(10), "gone", |house| !house.exists(&ci()));
        assert!(house.users("ci").is_empty());
        assert_eq!(house.secret(CI_TOKEN).unwrap().resource_version, before);
    }
}

#[test]
fn of_two_users_that_name_one_secret_the_second_is_told_to_have_its_own_and_to_take_nothing_away() {
    let mut house = with_ci(Contract::Production);
    let token = house.token();
    let other = user_key("other");
    let shared =
        json!({"programmatic": {"name": "other", "writeTokenTo": {"name": CI_TOKEN, "key": "token"}}});
    house.apply(&other, &with(ci_spec(), shared));
    house.until(mins(10), "stalled", |house| house.stalled(&other, "SecretConflict"));
    let told = house.message(&other, "Stalled");
    assert!(told.contains("it is the one of SpotUser platform/ci. Each needs a Secret of its own"), "{told}");
    assert!(told.contains("create one with another Secret in writeTokenTo"), "{told}");
    assert!(!told.to_lowercase().contains("delete the secret") && !told.contains("rename"), "{told}");
    assert_eq!((house.token(), house.ready(&ci())), (token, true));
}

#[test]
pub fn a_secret_with_the_token_of_a_user_that_lives_is_not_written_over() {
    let mut house = with_ci(Contract::Production);
    let token = house.token().unwrap();
    house.apply(&ci(), &with(ci_spec(), json!({"deletionPolicy": "Orphan"})));
    house.run(mins(1));
    house.delete(&ci());
    house.until(mins(10), "gone", |house| !house.exists(&ci()));
    let renamed = json!({"programmatic": {"name": "ci-2"}});
    house.apply(&ci(), &with(ci_spec(), renamed));
    house.until(mins(10), "stalled", |house| house.stalled(&ci(), "SecretConflict"));
    assert_eq!((house.token(), creates(&house)), (Some(token.clone()), 1));
    // Nor does it go with the one that never had it.
    house.delete(&ci());
    house.until(mins(10), "gone", |house| !house.exists(&ci()));
    assert_eq!(house.token(), Some(token), "{}", house.describe());
}

#[test]
fn a_kubernetes_that_refuses_secrets_for_a_minute_loses_nothing() {
    for contract in CONTRACTS {
        let mut house = furnished(contract);
        house.way.vendors.latency.set(secs(2));
        house.apply(&ci(), &ci_spec());
        house.until(mins(10), "sent", |house| creates(house) == 1);
        house.way.cluster.refuse_secrets(true);
        house.run(mins(1));
        // Its id does not wait for its token: who comes after knows that it is ours.
        assert!(house.token().is_none() && !house.ready(&ci()), "{}", house.describe());
        assert_eq!(house.id(&ci()), Some(house.users("ci")[0].clone()), "{}", house.describe());
        house.way.cluster.refuse_secrets(false);
        house.until(mins(1), "ready", |house| house.ready(&ci()));
        house.assert_one_that_works();
        assert_eq!(creates(&house), 1);
    }
}

#[test]
fn a_namespace_that_ends_gets_no_user() {
    let mut house = furnished(Contract::Production);
    house.namespace(HOME, Namespace { terminating: true, ..Namespace::default() });
    house.apply(&ci(), &ci_spec());
    house.until(mins(10), "said", |house| house.stalled(&ci(), "KubernetesUnavailable"));
    house.run(mins(30));
    assert_eq!(creates(&house), 0);
}

#[test]
pub fn an_answer_without_a_token_is_said_and_not_repeated() {
    for contract in CONTRACTS {
        let mut house = furnished(contract);
        let without =
            FaultKind::Omit { members: vec!["token".into(), "accessToken".into(), "apiToken".into()] };
        house.vendor().add_fault(Fault::once(&Method::POST, CREATE, without));
        house.apply(&ci(), &ci_spec());
        house.until(mins(10), "stalled", |house| house.stalled(&ci(), "TokenNotReturned"));
        house.run(mins(60));
        house.restart();
        house.run(mins(60));
        assert!(house.stalled(&ci(), "TokenNotReturned"), "{}", house.describe());
        assert_eq!((creates(&house), house.users("ci").len()), (1, 1));
    }
}

#[test]
pub fn for_a_token_that_died_with_the_process_another_user_is_made_once_for_a_generation() {
    for contract in CONTRACTS {
        let mut house = furnished(contract);
        let dies = |house: &mut House, made: usize| {
            house.way.vendors.latency.set(secs(2));
            house.until(mins(10), "sent", |house| creates(house) == made);
            house.kill();
            house.way.vendors.latency.set(secs(0));
            house.run(mins(5));
            house.start();
        };
        house.apply(&ci(), &ci_spec());
        dies(&mut house, 1);
        let lost = house.users("ci");
        assert_eq!(lost.len(), 1);
        dies(&mut house, 2);
        house.until(mins(10), "stalled", |house| house.stalled(&ci(), "TokenLost"));
        house.run(mins(60));
        assert_eq!((creates(&house), house.users("ci").len()), (2, 2), "once, and both stay");
        assert_eq!(house.id(&ci()), Some(lost[0].clone()), "{}", house.describe());
        assert_eq!(house.leftovers().len(), 1, "of the second nobody has the token either");

        house.apply(&ci(), &with(ci_spec(), json!({"driftPolicy": "Report"})));
        house.until(mins(30), "ready", |house| house.ready(&ci()));
        house.run(mins(30));
        assert!(house.reasons(&ci()).contains(&"MadeAgain"), "{}", house.describe());
        house.assert_one_that_works_beside(2);
        assert_eq!(creates(&house), 3);
    }
}

#[test]
fn a_secret_that_is_deleted_by_hand_is_said_and_the_user_is_left() {
    for contract in CONTRACTS {
        let mut house = with_ci(contract);
        let (id, token) = (house.id(&ci()).unwrap(), house.token().unwrap());
        house.way.cluster.delete_secret(HOME, CI_TOKEN);
        house.until(mins(10), "stalled", |house| house.stalled(&ci(), "TokenSecretMissing"));
        house.restart();
        house.run(mins(60));
        assert!(house.stalled(&ci(), "TokenSecretMissing"));
        assert_eq!((creates(&house), house.users("ci")), (1, vec![id.clone()]));
        restored(&house, &id, &token);
        house.until(mins(10), "ready", |house| house.ready(&ci()));
        house.assert_one_that_works();
    }
}

#[test]
pub fn a_token_that_is_changed_by_hand_counts_if_it_works() {
    for contract in CONTRACTS {
        let mut house = with_ci(contract);
        let (id, token) = (house.id(&ci()).unwrap(), house.token().unwrap());
        let print = house.status(&ci())["token"]["fingerprint"].clone();
        house.way.cluster.put_secret(HOME, CI_TOKEN, "token", "rubbish");
        house.until(mins(10), "stalled", |house| house.stalled(&ci(), "TokenSecretChanged"));
        house.way.cluster.put_secret(HOME, CI_TOKEN, "token", &token);
        house.until(mins(10), "ready", |house| house.ready(&ci()));
        assert_eq!(house.status(&ci())["token"]["fingerprint"], print);

        // Somebody has another token made for the same user, and puts it there.
        let now = house.wall();
        let other = house.vendor().world_mut().issue_user_token(now, &id, "another", None).unwrap().value;
        house.way.cluster.put_secret(HOME, CI_TOKEN, "token", &other);
        house.until(mins(10), "recorded", |house| house.status(&ci())["token"]["fingerprint"] != print);
        house.run(mins(10));
        house.assert_one_that_works();
        assert!(!house.reasons(&ci()).contains(&"MadeAgain") && creates(&house) == 1);
    }
}

#[test]
fn the_token_of_an_adopted_user_counts_only_if_a_secret_of_ours_holds_it() {
    for contract in CONTRACTS {
        let mut house = furnished(contract);
        let id = console_user(&house, "a-token-that-its-maker-knows");
        house.run(mins(2));
        house.apply(&ci(), &ci_spec());
        house.until(mins(10), "stalled", |house| house.stalled(&ci(), "TokenUnavailable"));
        house.run(mins(30));
        assert_eq!((creates(&house), house.users("ci")), (0, vec![id.clone()]));
        assert!(house.secret(CI_TOKEN).is_none(), "nothing is reserved for it");
        restored(&house, &id, "a-token-of-nobody");
        house.run(mins(30));
        assert!(house.stalled(&ci(), "TokenUnavailable"), "{}", house.describe());
        restored(&house, &id, "a-token-that-its-maker-knows");
        house.until(mins(30), "ready", |house| house.ready(&ci()));
        house.assert_one_that_works();
        assert_eq!(house.status(&ci())["origin"], "Adopted");
    }
}

#[test]
fn who_only_observes_reserves_and_writes_nothing() {
    let mut house = furnished(Contract::Production);
    console_user(&house, "t");
    house.run(mins(2));
    house.apply(&ci(), &with(ci_spec(), json!({"managementPolicy": "Observe"})));
    house.run(mins(30));
    assert!(house.secret(CI_TOKEN).is_none() && creates(&house) == 0);
    assert!(house.ready(&home("prod")));
}

#[test]
fn no_secret_and_no_token_shows_in_what_is_written() {
    let house = with_ci(Contract::Production);
    let token = house.token().unwrap();
    assert!(house.way.cluster.writes().iter().all(|(_, patch)| !patch.to_string().contains(&token)));
    assert!(house.way.cluster.events().iter().all(|event| !event.note.contains(&token)));
}

#[test]
fn lists_that_lag_lose_nothing() {
    for contract in CONTRACTS {
        let mut house = furnish(House::new(contract).with_lag(secs(10)));
        house.apply(&ci(), &ci_spec());
        house.until(mins(10), "ready", |house| house.ready(&ci()));
        house.run(mins(30));
        house.assert_one_that_works();
    }
}
