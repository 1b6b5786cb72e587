//! What must never happen (rules 2, 4, 5, 9 and 12), where an answer, a word or a key is taken for more than it tells. Each
//! has a twin without what sets it off, which is played first.

pub mod asked;
pub mod owed;
pub mod several;
pub mod words;

use crate::support::house::{House, mins};
use crate::support::look::{acme, home};
use crate::support::machines::{CI_TOKEN, ci, ci_spec, furnished, with_ci};
use crate::support::manifests::{HOME, account, machine, organization, user_key, with};
use crate::support::network::{Failing, Scripted};
use crate::support::people::organization_id;
use http::Method;
use orgkeeper::api::token::ID;
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::engine::run::FINGERPRINT_SECRET;
use orgkeeper::sandbox::spot::{Contract, UserDetails};
use orgkeeper::sandbox::{Fault, FaultKind};
use secrecy::SecretString;
use serde_json::json;

const CONTRACTS: [Contract; 2] = [Contract::Production, Contract::Published];
const CREATE: &str = "/setup/user/programmatic";

fn rotate(house: &House, value: &str) {
    house.annotate(&ci(), &json!({"orgkeeper.dev/rotate-requested-at": value}));
}

/// The key of fingerprints is lost in the overlap, and somebody put the former token back, in its place alone.
#[test]
fn a_former_token_that_is_put_back_goes_on_working_where_the_key_is_lost() {
    let mut gone = Vec::new();
    for contract in CONTRACTS {
        for lost in [false, true] {
            let mut house = with_ci(contract);
            let (old, token) = (house.id(&ci()).unwrap(), house.token().unwrap());
            rotate(&house, "one");
            house.until(mins(5), "switched", |house| {
                !house.status(&ci())["token"]["rotation"]["oldId"].is_null()
            });
            house.run(mins(5));
            house.kill();
            house.way.cluster.edit_secret(HOME, CI_TOKEN, |secret| {
                secret.values.insert("token".into(), SecretString::from(token.clone()));
            });
            if lost {
                let (name, key) = FINGERPRINT_SECRET;
                house.way.cluster.put_secret("orgkeeper-system", name, key, "another");
            }
            house.start();
            house.run(mins(240));
            if house.whose(&token) != Some(old) {
                let held = house.token() == Some(token);
                let said = house.message(&ci(), "Ready");
                gone.push(format!("{contract:?} {lost}: the Secret holds that token still: {held}. {said}"));
            }
        }
    }
    assert!(gone.is_empty(), "{gone:#?}");
}

/// Somebody puts the former token back while both work, in its place alone or with the id that it is of.
#[test]
pub fn a_former_token_that_is_put_back_alone_goes_on_working_by_either_contract() {
    let mut gone = Vec::new();
    for contract in CONTRACTS {
        for alone in [false, true] {
            let mut house = with_ci(contract);
            let (old, token) = (house.id(&ci()).unwrap(), house.token().unwrap());
            rotate(&house, "one");
            house.until(mins(5), "switched", |house| {
                !house.status(&ci())["token"]["rotation"]["oldId"].is_null()
            });
            house.run(mins(5));
            house.way.cluster.edit_secret(HOME, CI_TOKEN, |secret| {
                secret.values.insert("token".into(), SecretString::from(token.clone()));
                if !alone {
                    secret.annotations.insert(ID.into(), old.clone());
                }
            });
            house.run(mins(240));
            if house.whose(&token) != Some(old) {
                let held = house.token() == Some(token);
                let said = house.message(&ci(), "Ready");
                gone.push(format!("{contract:?} {alone}: the Secret holds that token still: {held}. {said}"));
            }
        }
    }
    assert!(gone.is_empty(), "{gone:#?}");
}

fn confirm(house: &House, key: &ObjectRef, word: &str) {
    house.annotate(key, &json!({"orgkeeper.dev/confirm": word}));
}

/// Whether what a person is told to write makes another one; what is told, where it does not.
fn broken_promise(house: &mut House, key: &ObjectRef) -> Option<String> {
    house.until(mins(60), "missed", |house| house.stalled(key, "ExternallyDeleted"));
    house.run(mins(10));
    let said = house.message(key, "Stalled");
    if !said.contains("orgkeeper.dev/confirm: ") {
        return None;
    }
    let digest = house.digest(key, "Stalled");
    confirm(house, key, &digest);
    house.run(mins(60));
    let then = house.message(key, "Ready");
    house.named("a").is_empty().then(|| format!("{said} Then: {then}"))
}

#[test]
fn nobody_is_promised_another_one_that_is_not_made() {
    let mut broken = Vec::new();
    for what in ["Manage", "Observe", "Observe all", "read-only", "Required"] {
        let mut house = furnished(Contract::Production);
        let key = home("a");
        let by_hand = house.by_hand(|console| console.create_account(organization_id(), "a"));
        let spec = match what {
            "Required" => with(account("a"), json!({"adopt": {"policy": "Required"}})),
            _ => account("a"),
        };
        house.apply(&key, &spec);
        house.until(mins(10), "ready", |house| house.ready(&key));
        match what {
            "Observe" => house.apply(&key, &with(spec, json!({"managementPolicy": "Observe"}))),
            "Observe all" => {
                house.apply(&acme(), &with(organization(), json!({"managementPolicy": "Observe"})));
            }
            "read-only" => {
                house.kill();
                house.way.read_only = true;
                house.start();
            }
            _ => {}
        }
        house.run(mins(10));
        house.by_hand(|console| console.delete_account(&by_hand).unwrap());
        broken.extend(broken_promise(&mut house, &key).map(|said| format!("{what}: {said}")));
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

fn fails(house: &House, method: &Method) {
    house.way.vendors.scripted.borrow_mut().push(Scripted {
        method: method.clone(),
        path: "/setup/".into(),
        failing: Failing::Answer(503, "{}"),
        times: usize::MAX,
    });
}

/// Somebody wrote something else into the Secret, and the key of fingerprints is lost.
#[test]
fn what_a_secret_holds_is_not_said_to_be_in_order_untried() {
    for lost in [false, true] {
        let mut house = with_ci(Contract::Production);
        house.run(mins(5));
        house.kill();
        house.way.cluster.edit_secret(HOME, CI_TOKEN, |secret| {
            secret.values.insert("token".into(), SecretString::from("made-up".to_owned()));
        });
        if lost {
            let (name, key) = FINGERPRINT_SECRET;
            house.way.cluster.put_secret("orgkeeper-system", name, key, "another");
        }
        house.start();
        house.run(mins(60));
        let said = house.message(&ci(), "Ready");
        assert!(!house.ready(&ci()), "{lost}: {said}");
    }
}

/// What may be left is to stay, as a person says of an object that is only observed.
#[test]
fn what_a_person_says_of_leftovers_is_taken_in_whoever_may_write() {
    for observe in [false, true] {
        let mut house = furnished(Contract::Production);
        house.vendor().add_fault(Fault::once(&Method::POST, CREATE, FaultKind::BadGateway { effect: false }));
        house.apply(&ci(), &ci_spec());
        house.until(mins(2), "unknown", |house| house.waits(&ci(), "OutcomeUnknown"));
        house.by_hand(|console| console.create_user(organization_id(), UserDetails::machine("ci")));
        house.until(mins(30), "asked", |house| !house.leftovers().is_empty() && house.ready(&ci()));
        if observe {
            house.apply(&ci(), &with(ci_spec(), json!({"managementPolicy": "Observe"})));
        }
        house.run(mins(10));
        let digest = house.digest(&ci(), "ConfirmationRequired");
        house.annotate(&ci(), &json!({"orgkeeper.dev/keep": digest}));
        house.run(mins(60));
        let said = house.message(&ci(), "ConfirmationRequired");
        assert!(said.is_empty() || !said.contains("orgkeeper.dev/keep: "), "{observe}: {said}");
    }
}

/// Another object names the former user of a rotation while it still works.
#[test]
fn the_former_user_that_another_object_names_meanwhile_is_of_one_of_them() {
    for named in [false, true] {
        let mut house = with_ci(Contract::Production);
        let old = house.id(&ci()).unwrap();
        rotate(&house, "one");
        house
            .until(mins(5), "switched", |house| !house.status(&ci())["token"]["rotation"]["oldId"].is_null());
        let other = user_key("other");
        if named {
            let adopt = json!({"adopt": {"id": old, "policy": "Required"}});
            house.apply(&other, &with(machine("ci", "prod"), with(adopt, json!({"programmatic": {"name": "ci", "writeTokenTo": {"name": "other", "key": "token"}}}))));
        }
        house.run(mins(240));
        let held = named.then(|| house.id(&other)).flatten();
        assert!(held.is_none() || house.users("ci").contains(&old), "{}", house.describe());
        house.assert_one_that_works();
    }
}
