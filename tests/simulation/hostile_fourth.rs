//! What a create comes to that is answered strangely, or against what is said meanwhile (rules 4, 5 and 11). Each has a
//! twin without what sets it off, which is played first.

use crate::support::house::{House, mins, secs};
use crate::support::look::acme;
use crate::support::machines::{CI_TOKEN, ci, ci_spec, furnished, with_ci};
use crate::support::manifests::{HOME, machine, organization, person, user_key, with};
use crate::support::network::{Failing, Scripted};
use crate::support::people::organization_id;
use http::Method;
use orgkeeper::api::token::ID;
use orgkeeper::sandbox::spot::{Contract, UserDetails};
use orgkeeper::sandbox::{Fault, FaultKind};
use secrecy::SecretString;
use serde_json::{Value, json};

const CONTRACTS: [Contract; 2] = [Contract::Production, Contract::Published];
const CREATE: &str = "/setup/user/programmatic";
const TIMES: usize = 1000;

/// From now on every create of a user is answered with the id of one that is there, and nothing is made.
fn lies(house: &House, path: &str, item: &Value) {
    let body = json!({"response": {"status": {"code": 200}, "items": [item], "count": 1}}).to_string();
    house.way.vendors.scripted.borrow_mut().push(Scripted {
        method: Method::POST,
        path: path.into(),
        failing: Failing::Answer(200, Box::leak(body.into_boxed_str())),
        times: TIMES,
    });
}

/// How many were answered so.
fn lied(house: &House) -> usize {
    house.way.vendors.scripted.borrow().iter().map(|scripted| TIMES - scripted.times).sum()
}

fn truthful(house: &House) {
    house.way.vendors.scripted.borrow_mut().clear();
}

fn rotate(house: &House, value: &str) {
    house.annotate(&ci(), &json!({"orgkeeper.dev/rotate-requested-at": value}));
}

fn made_by_hand(house: &House, name: &str) -> String {
    house.by_hand(|console| console.create_user(organization_id(), UserDetails::machine(name)))
}

#[test]
pub fn what_a_person_makes_after_an_answer_that_names_anothers_is_the_persons() {
    for contract in CONTRACTS {
        for lying in [false, true] {
            let mut house = with_ci(contract);
            let (key, held) = (user_key("jo"), house.id(&ci()).unwrap());
            if lying {
                lies(&house, "/setup/user", &json!({"id": held, "userId": held, "email": "jo@example.com"}));
            }
            house.apply(&key, &person("jo"));
            if lying {
                house.until(mins(10), "answered", |house| lied(house) == 1);
                house.run(secs(5));
                let jo = UserDetails::person("jo@example.com");
                house.by_hand(|console| console.create_user(organization_id(), jo));
            }
            truthful(&house);
            house.until(mins(60), "known", |house| house.id(&key).is_some());
            house.run(mins(5));
            house.delete(&key);
            house.until(mins(60), "gone", |house| !house.exists(&key));
            let left = house.users("jo@example.com").len();
            assert_eq!(left, usize::from(lying), "{contract:?}\n{}", house.describe());
        }
    }
}

/// Nothing is sent again after an answer that names another's and shows nothing, before a person says so.
#[test]
fn an_answer_that_names_anothers_is_no_leave_to_send_again() {
    for contract in CONTRACTS {
        let mut house = with_ci(contract);
        let (key, held) = (user_key("x"), house.id(&ci()).unwrap());
        lies(&house, CREATE, &json!({"id": held, "name": "x", "token": "another"}));
        house.apply(&key, &machine("x", "prod"));
        house.until(mins(30), "asked", |house| house.stalled(&key, "ExternallyDeleted"));
        let said = house.message(&key, "Stalled");
        assert!(said.contains(&held) && !said.contains("named no id"), "{said}");
        house.restart();
        house.run(mins(60));
        assert_eq!(lied(&house), 1, "{}", house.describe());
        truthful(&house);
        let digest = house.digest(&key, "Stalled");
        house.annotate(&key, &json!({"orgkeeper.dev/confirm": digest}));
        house.until(mins(20), "made", |house| house.ready(&key));
        assert_eq!(house.users("x").len(), 1, "{}", house.describe());
    }
}

#[test]
fn a_rotation_that_is_answered_with_anothers_waits_for_what_lists_show() {
    for contract in CONTRACTS {
        for (lying, made) in [(false, false), (true, false), (true, true)] {
            let mut house = with_ci(contract);
            let (old, token) = (house.id(&ci()).unwrap(), house.token().unwrap());
            if lying {
                lies(&house, CREATE, &json!({"id": old, "name": "ci", "token": token}));
            }
            rotate(&house, "one");
            house.until(mins(5), "answered", |house| lied(house) == usize::from(lying));
            house.run(secs(1));
            let new = made.then(|| made_by_hand(&house, "ci"));
            rotate(&house, "two");
            house.run(secs(20));
            assert_eq!(lied(&house), usize::from(lying), "{contract:?} {made}\n{}", house.describe());
            rotate(&house, "one");
            if lying && !made {
                // Nor is it sent again by itself where lists show none.
                house.until(mins(30), "failed", |house| house.stalled(&ci(), "RotationFailed"));
                house.run(mins(60));
                assert_eq!(lied(&house), 1, "{contract:?}\n{}", house.describe());
                rotate(&house, "two");
            }
            truthful(&house);
            house.run(mins(240));
            let left: Vec<String> = house.leftovers();
            assert_eq!(left, Vec::from_iter(new), "{contract:?} {lying}\n{}", house.describe());
            house.assert_one_that_works_beside(usize::from(made));
        }
    }
}

#[test]
fn that_a_new_user_was_accepted_is_stored_whatever_is_said_meanwhile() {
    for contract in CONTRACTS {
        for touched in [false, true] {
            let mut house = with_ci(contract);
            house.way.vendors.latency.set(secs(5));
            let omit = FaultKind::Omit { members: vec!["id".to_owned()] };
            house.vendor().add_fault(Fault::once(&Method::POST, CREATE, omit));
            rotate(&house, "one");
            house.until(mins(5), "intended", |house| house.status(&ci())["token"]["rotation"].is_object());
            house.run(secs(2));
            if touched {
                house.annotate(
                    &ci(),
                    &json!({"orgkeeper.dev/rotate-requested-at": "one", "example.com/note": "seen"}),
                );
            }
            house.run(mins(1));
            house.way.vendors.latency.set(secs(0));
            house.run(mins(240));
            assert_eq!(
                house.leftovers(),
                Vec::<String>::new(),
                "{contract:?} {touched}\n{}",
                house.describe()
            );
            house.assert_one_that_works();
        }
    }
}

/// Its Secret cannot be written while its object goes.
#[test]
pub fn whoever_stays_when_its_object_goes_keeps_its_token_whyever_it_stays() {
    let mut lost = Vec::new();
    let whys = ["orphan", "suspend", "suspend all", "observe", "observe all", "abandon", "taken back"];
    for (contract, refused) in
        CONTRACTS.into_iter().flat_map(|contract| [(contract, false), (contract, true)])
    {
        for why in whys {
            let mut house = furnished(contract);
            house.way.vendors.latency.set(secs(2));
            house.apply(&ci(), &ci_spec());
            house.until(mins(10), "made", |house| house.users("ci").len() == 1);
            house.way.cluster.refuse_secrets(refused);
            house.run(secs(20));
            let more = match why {
                "orphan" => json!({"deletionPolicy": "Orphan"}),
                "suspend" => json!({"suspend": true}),
                "observe" => json!({"managementPolicy": "Observe"}),
                _ => json!({}),
            };
            house.apply(&ci(), &with(ci_spec(), more));
            match why {
                "suspend all" => house.apply(&acme(), &with(organization(), json!({"suspend": true}))),
                "observe all" => {
                    house.apply(&acme(), &with(organization(), json!({"managementPolicy": "Observe"})));
                }
                "abandon" => house.annotate(&ci(), &json!({"orgkeeper.dev/abandon": "true"})),
                // Its end is asked for, and the vendor does not answer; then it is let go of.
                "taken back" => house.way.vendors.down.set(true),
                _ => {}
            }
            house.run(secs(20));
            let before = house.events(&ci()).len();
            house.delete(&ci());
            house.run(mins(2));
            if why == "taken back" {
                house.annotate(&ci(), &json!({"orgkeeper.dev/abandon": "true"}));
                house.run(mins(2));
            }
            house.way.cluster.refuse_secrets(false);
            house.run(mins(10));
            assert!(!house.exists(&ci()), "{contract:?} {why}\n{}", house.describe());
            let users = house.users("ci");
            assert_eq!(users.len(), 1, "{contract:?} {why}\n{}", house.describe());
            let works = house.token().and_then(|token| house.whose(&token));
            let told =
                house.events(&ci()).split_off(before).iter().any(|event| {
                    event.warning && event.note.contains("token") && event.note.contains(&users[0])
                });
            if works.as_ref() != users.first() && !told {
                lost.push(format!("{contract:?}: {why}, refused {refused}"));
            }
        }
    }
    assert!(lost.is_empty(), "{lost:#?}");
}

/// The user that took over in a rotation is deleted in the console during the overlap, and a person has another one made.
#[test]
fn the_former_user_of_a_rotation_is_not_deleted_unsaid_where_another_is_made() {
    for contract in CONTRACTS {
        for (over, back) in [(true, false), (false, false), (false, true)] {
            let mut house = with_ci(contract);
            let (old, token) = (house.id(&ci()).unwrap(), house.token().unwrap());
            rotate(&house, "one");
            house.until(mins(5), "switched", |house| {
                !house.status(&ci())["token"]["rotation"]["oldId"].is_null()
            });
            if back {
                house.way.cluster.edit_secret(HOME, CI_TOKEN, |secret| {
                    secret.annotations.insert(ID.into(), old.clone());
                    secret.values.insert("token".into(), SecretString::from(token.clone()));
                });
            }
            if over {
                house.run(mins(90));
            }
            let new = house.id(&ci()).unwrap();
            house.by_hand(|console| console.delete_user(&new).unwrap());
            house.until(mins(30), "gone", |house| house.stalled(&ci(), "ExternallyDeleted"));
            let said = house.message(&ci(), "Stalled");
            let digest = house.digest(&ci(), "Stalled");
            house.annotate(
                &ci(),
                &json!({"orgkeeper.dev/rotate-requested-at": "one", "orgkeeper.dev/confirm": digest}),
            );
            house.run(mins(5));
            let lives = house.whose(&token) == Some(old.clone());
            assert!(
                over || lives || said.contains(&old),
                "{contract:?} {back}: {said}\n{}",
                house.describe()
            );
            house.run(mins(240));
            house.assert_one_that_works();
        }
    }
}
