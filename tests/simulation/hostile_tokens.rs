//! Tokens and the users that they are of, against strangers, Secrets that others write, and a vendor that answers
//! strangely (rules 3, 4 and 5).

use crate::support::house::{House, mins, secs};
use crate::support::machines::{CI_TOKEN, ci, ci_spec, forge, furnished, with_ci};
use crate::support::manifests::{HOME, machine, user_key, with};
use crate::support::network::{Failing, Scripted};
use crate::support::people::organization_id;
use crate::support::webhooks::{ALTERED, Dropped};
use http::Method;
use orgkeeper::api::token::{ANSWER, ID, MANAGED_BY};
use orgkeeper::sandbox::spot::{Contract, UserDetails};
use orgkeeper::sandbox::{Fault, FaultKind};
use serde_json::json;

const CONTRACTS: [Contract; 2] = [Contract::Production, Contract::Published];
const CREATE: &str = "/setup/user/programmatic";

fn unheard(house: &House, how: FaultKind) {
    house.vendor().add_fault(Fault::once(&Method::POST, CREATE, how));
}

fn rotate(house: &House) {
    house.annotate(&ci(), &json!({"orgkeeper.dev/rotate-requested-at": "one"}));
}

#[test]
fn a_secret_that_names_a_strangers_user_of_the_name_takes_it_over_no_sooner_and_not_untried() {
    for contract in CONTRACTS {
        for forged in [false, true] {
            let mut house = with_ci(contract);
            let late = jiff::SignedDuration::from_secs(40);
            unheard(&house, FaultKind::LateEffect { after: late });
            rotate(&house);
            house.until(mins(2), "a rotation", |house| house.status(&ci())["token"]["rotation"].is_object());
            let theirs =
                house.by_hand(|console| console.create_user(organization_id(), UserDetails::machine("ci")));
            if forged {
                forge(&house, &theirs);
            }
            house.run(mins(240));
            assert_ne!(house.id(&ci()), Some(theirs.clone()), "{contract:?}\n{}", house.describe());
            // Whatever lives of the name is named.
            let known = format!("{} {}", house.status(&ci()), house.message(&ci(), "Stalled"));
            for user in house.users("ci") {
                assert!(known.contains(&user), "{user} is named nowhere\n{}", house.describe());
            }
        }
    }
}

#[test]
fn nobody_else_takes_over_the_new_user_of_a_rotation() {
    for contract in CONTRACTS {
        for rival in [false, true] {
            let mut house = with_ci(contract);
            house.way.vendors.latency.set(secs(2));
            rotate(&house);
            house.until(mins(10), "made", |house| {
                !house.status(&ci())["token"]["rotation"]["newId"].is_null()
            });
            // Its token cannot be stored for a while.
            house.way.cluster.refuse_secrets(true);
            house.run(mins(2));
            let new =
                house.status(&ci())["token"]["rotation"]["newId"].as_str().unwrap_or_default().to_owned();
            assert!(!new.is_empty(), "{}", house.describe());
            if rival {
                let adopt = json!({"adopt": {"id": new, "policy": "Required"}});
                let spec = with(machine("other", "prod"), adopt);
                house.apply(&user_key("other"), &spec);
                house.run(mins(15));
            }
            house.way.cluster.refuse_secrets(false);
            house.run(mins(180));
            let others = [house.id(&ci()), house.id(&user_key("other"))];
            assert!(others[0] != others[1], "two stand for one\n{}", house.describe());
            house.assert_one_that_works();
        }
    }
}

#[test]
fn the_new_user_whose_token_was_lost_is_not_taken_over_and_deleted_then() {
    for rival in [false, true] {
        let mut house = with_ci(Contract::Production);
        house.way.vendors.latency.set(secs(2));
        rotate(&house);
        house.until(mins(10), "made", |house| !house.status(&ci())["token"]["rotation"]["newId"].is_null());
        let new = house.status(&ci())["token"]["rotation"]["newId"].as_str().unwrap().to_owned();
        // The process dies with the token, and the vendor deletes nobody for a while.
        house.way.vendors.scripted.borrow_mut().push(Scripted {
            method: Method::DELETE,
            path: "/setup/user/".into(),
            failing: Failing::Answer(503, ""),
            times: 12,
        });
        house.restart();
        house.run(mins(2));
        if rival {
            let adopt = json!({"adopt": {"id": new, "policy": "Required"}});
            let spec = with(machine("other", "prod"), adopt);
            house.apply(&user_key("other"), &spec);
        }
        house.run(mins(240));
        let other = house.id(&user_key("other"));
        assert!(other.is_none() || house.users("ci").contains(&other.unwrap()), "{}", house.describe());
        house.assert_one_that_works();
    }
}

#[test]
fn what_a_webhook_takes_out_of_the_secret_at_a_switch_costs_no_token() {
    for contract in CONTRACTS {
        for what in [None, Some(Dropped::Annotation(ANSWER)), Some(Dropped::Annotation(ID))] {
            let mut house = with_ci(contract);
            house.way.vendors.latency.set(secs(2));
            rotate(&house);
            house.until(mins(10), "made", |house| {
                !house.status(&ci())["token"]["rotation"]["newId"].is_null()
            });
            if let Some(what) = what {
                house.drop_silently(what);
            }
            house.run(mins(30));
            let token = house.token().unwrap();
            let whose = house.whose(&token);
            assert!(whose.is_some(), "{contract:?} {what:?}: the token is dead\n{}", house.describe());
            house.store_all();
            house.run(mins(180));
            house.assert_one_that_works();
        }
    }
}

#[test]
pub fn a_token_that_a_webhook_changes_is_not_taken_for_what_the_vendor_answered() {
    for contract in CONTRACTS {
        let mut house = furnished(contract);
        house.alter_secrets();
        house.apply(&ci(), &ci_spec());
        house.run(mins(60));
        assert_eq!(house.token().as_deref(), Some(ALTERED), "{}", house.describe());
        assert!(!house.ready(&ci()), "{contract:?}\n{}", house.describe());
        house.store_all();
        house.until(mins(30), "stored", |house| house.ready(&ci()));
        house.assert_one_that_works();

        house.alter_secrets();
        rotate(&house);
        house.run(mins(180));
        let living = house.users("ci");
        assert_eq!(living.len(), 2, "who used the old token may use it still: {}", house.describe());
        house.store_all();
        house.run(mins(180));
        house.assert_one_that_works();
    }
}

/// Every create of a machine user is answered so.
fn answers(house: &House, item: &serde_json::Value) {
    let body = json!({"response": {"status": {"code": 200}, "items": [item], "count": 1}}).to_string();
    house.way.vendors.scripted.borrow_mut().push(Scripted {
        method: Method::POST,
        path: CREATE.into(),
        failing: Failing::Answer(200, Box::leak(body.into_boxed_str())),
        times: usize::MAX,
    });
}

#[test]
fn a_rotation_that_is_answered_with_the_user_in_use_does_not_delete_it() {
    for contract in CONTRACTS {
        for lies in [false, true] {
            let mut house = with_ci(contract);
            let (old, token) = (house.id(&ci()).unwrap(), house.token().unwrap());
            if lies {
                answers(&house, &json!({"id": old, "name": "ci", "token": token}));
            }
            rotate(&house);
            house.run(mins(120));
            house.annotate(&ci(), &json!({"orgkeeper.dev/rotate-requested-at": "two"}));
            house.run(mins(300));
            let now = house.token().unwrap();
            assert!(house.whose(&now).is_some(), "{contract:?}: nothing works\n{}", house.describe());
            assert_eq!(house.users("ci").contains(&old), lies, "{}", house.describe());
        }
    }
}

#[test]
fn a_create_that_is_answered_with_what_was_there_makes_it_nobodys() {
    for contract in CONTRACTS {
        for lies in [false, true] {
            let mut house = with_ci(contract);
            let theirs = house
                .by_hand(|console| console.create_user(organization_id(), UserDetails::machine("theirs")));
            house.run(mins(6));
            for (name, id) in [("held", house.id(&ci()).unwrap()), ("strangers", theirs.clone())] {
                if lies {
                    answers(&house, &json!({"id": id, "name": name, "token": "another"}));
                }
                house.apply(
                    &user_key(name),
                    &with(machine(name, "prod"), json!({"deletionPolicy": "Delete"})),
                );
                house.run(mins(20));
                assert_ne!(house.id(&user_key(name)), Some(id.clone()), "{name}\n{}", house.describe());
                house.way.vendors.scripted.borrow_mut().clear();
                house.delete(&user_key(name));
                house.run(mins(20));
            }
            assert_eq!(house.users("theirs"), [theirs], "{}", house.describe());
            house.assert_one_that_works();
        }
    }
}

#[test]
fn a_token_whose_secret_is_somebody_elses_for_a_minute_is_not_lost() {
    for contract in CONTRACTS {
        for taken in [false, true] {
            let mut house = furnished(contract);
            house.way.vendors.latency.set(secs(2));
            house.apply(&ci(), &ci_spec());
            house.until(mins(10), "made", |house| house.users("ci").len() == 1);
            let made = house.users("ci");
            if taken {
                house.way.cluster.edit_secret(HOME, CI_TOKEN, |secret| {
                    secret.labels.remove(MANAGED_BY.0);
                });
                house.run(mins(2));
                house.way.cluster.edit_secret(HOME, CI_TOKEN, |secret| {
                    secret.labels.insert(MANAGED_BY.0.to_owned(), MANAGED_BY.1.to_owned());
                });
            }
            house.run(mins(60));
            assert_eq!(house.users("ci"), made, "{contract:?}\n{}", house.describe());
            house.assert_one_that_works();
        }
    }
}

#[test]
fn whoever_stays_at_the_vendor_has_its_token_though_its_object_went_meanwhile() {
    for contract in CONTRACTS {
        for refused in [false, true] {
            let mut house = furnished(contract);
            house.way.vendors.latency.set(secs(2));
            house.apply(&ci(), &with(ci_spec(), json!({"deletionPolicy": "Orphan"})));
            house.until(mins(10), "made", |house| house.users("ci").len() == 1);
            house.way.cluster.refuse_secrets(refused);
            house.run(secs(20));
            house.delete(&ci());
            house.run(mins(2));
            house.way.cluster.refuse_secrets(false);
            house.run(mins(10));
            assert!(!house.exists(&ci()));
            let users = house.users("ci");
            let works = house.token().and_then(|token| house.whose(&token));
            let told = house
                .events(&ci())
                .iter()
                .any(|event| event.warning && event.note.contains("token") && event.note.contains(&users[0]));
            assert!(works == Some(users[0].clone()) || told, "{contract:?} {refused}\n{}", house.describe());
        }
    }
}

#[test]
pub fn the_old_user_of_a_rotation_stays_while_no_secret_holds_the_new_token() {
    for deleted in [false, true] {
        let mut house = with_ci(Contract::Production);
        let old = house.id(&ci()).unwrap();
        rotate(&house);
        house.until(mins(30), "switched", |house| {
            !house.status(&ci())["token"]["rotation"]["oldId"].is_null()
        });
        if deleted {
            house.way.cluster.delete_secret(HOME, CI_TOKEN);
        }
        house.run(mins(120));
        assert_eq!(house.users("ci").contains(&old), deleted, "{}", house.describe());
    }
}

/// Ids of users that no manifest declares are told to whoever keeps the organization.
#[test]
fn from_another_namespace_a_rotation_tells_no_ids() {
    use crate::support::people::user_away;
    for away in [false, true] {
        let mut house = furnished(Contract::Published);
        let key = if away { user_away("ci") } else { user_key("ci") };
        house.apply(&key, &with(ci_spec(), json!({"accounts": null})));
        house.until(mins(10), "ready", |house| house.ready(&key));
        house.run(mins(3));
        unheard(&house, FaultKind::BadGateway { effect: false });
        house.annotate(&key, &json!({"orgkeeper.dev/rotate-requested-at": "one"}));
        house.until(mins(2), "a rotation", |house| house.status(&key)["token"]["rotation"].is_object());
        let theirs: Vec<String> = (0..2)
            .map(|_| {
                house.by_hand(|console| console.create_user(organization_id(), UserDetails::machine("ci")))
            })
            .collect();
        house.until(mins(30), "ambiguous", |house| house.stalled(&key, "Ambiguous"));
        let tells = theirs.iter().any(|id| house.message(&key, "Stalled").contains(id));
        assert_eq!(tells, !away, "{}", house.message(&key, "Stalled"));
    }
}
