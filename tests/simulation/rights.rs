//! What somebody with `edit` in a namespace cannot do: the lines of docs/security.md that no other test shows.

use crate::support::house::{House, mins, secs};
use crate::support::machines::{CI_TOKEN, ci, with_ci};
use crate::support::manifests::{HOME, machine, user_key};
use http::Method;
use orgkeeper::api::token::ID;
use orgkeeper::sandbox::{Contract, Fault, FaultKind, UserDetails};
use secrecy::SecretString;
use serde_json::json;

const CONTRACTS: [Contract; 2] = [Contract::Production, Contract::Published];
const CREATE: &str = "/setup/user/programmatic";

/// Another team's machine user, younger than `ci`, and its id.
fn another(house: &mut House) -> String {
    house.apply(&user_key("theirs"), &machine("theirs", "prod"));
    house.until(mins(10), "theirs is ready", |house| house.ready(&user_key("theirs")));
    house.run(mins(3));
    house.id(&user_key("theirs")).unwrap()
}

/// Somebody writes into the Secret of `ci` that it holds the token of that user.
fn forge(house: &House, id: &str) {
    house.way.cluster.edit_secret(HOME, CI_TOKEN, |secret| {
        secret.annotations.insert(ID.to_owned(), id.to_owned());
        secret.values.insert("token".to_owned(), SecretString::from("made-up".to_owned()));
    });
}

/// `ci` as a rotation leaves it whose create nobody has heard an answer to.
fn rotating(contract: Contract) -> (House, String) {
    let mut house = with_ci(contract);
    let theirs = another(&mut house);
    house.vendor().add_fault(Fault::once(&Method::POST, CREATE, FaultKind::BadGateway { effect: false }));
    house.annotate(&ci(), &json!({"orgkeeper.dev/rotate-requested-at": "one"}));
    house.run(secs(10));
    assert!(house.status(&ci())["token"]["rotation"].is_object(), "{}", house.describe());
    (house, theirs)
}

fn details(house: &House, id: &str) -> UserDetails {
    house.vendor().world().user(id).unwrap().1.clone()
}

#[test]
fn a_secret_that_names_another_user_takes_nobody_over() {
    for contract in CONTRACTS {
        for restarted in [false, true] {
            let (mut house, theirs) = rotating(contract);
            let before = details(&house, &theirs);
            forge(&house, &theirs);
            if restarted {
                house.restart();
            }
            house.run(mins(180));
            assert_ne!(house.id(&ci()), Some(theirs.clone()), "{}", house.describe());
            assert!(house.ready(&user_key("theirs")), "{}", house.describe());
            assert_eq!(details(&house, &theirs), before);
        }
    }
}

#[test]
fn a_secret_that_names_another_user_has_nobody_deleted() {
    for contract in CONTRACTS {
        let (mut house, theirs) = rotating(contract);
        forge(&house, &theirs);
        house.delete(&ci());
        house.run(mins(180));
        assert!(!house.exists(&ci()), "{}", house.describe());
        assert_eq!(house.users("theirs"), [theirs], "{}", house.describe());
        assert!(house.ready(&user_key("theirs")), "{}", house.describe());
    }
}
