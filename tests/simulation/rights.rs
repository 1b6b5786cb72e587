//! What somebody with `edit` in a namespace cannot do: the lines of docs/security.md that no other test shows.

use crate::support::house::{House, mins};
use crate::support::look::{acme, away, home};
use crate::support::machines::{ci, forge, with_ci};
use crate::support::manifests::{
    HOME, access_policy, account, machine, organization, person, policy_key, user_key, with,
};
use crate::support::people::{furnished, organization_id, user_away};
use crate::support::subscriptions::{one_account, sub_away, subscription};
use http::Method;
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::sandbox::spot::{Contract, UserDetails};
use orgkeeper::sandbox::{Fault, FaultKind};
use serde_json::{Value, json};

const CONTRACTS: [Contract; 2] = [Contract::Production, Contract::Published];
const CREATE: &str = "/setup/user/programmatic";

/// Another team's machine user, younger than `ci`, and its id.
fn another(house: &mut House) -> String {
    house.apply(&user_key("theirs"), &machine("theirs", "prod"));
    house.until(mins(10), "theirs is ready", |house| house.ready(&user_key("theirs")));
    house.run(mins(3));
    house.id(&user_key("theirs")).unwrap()
}

/// `ci` as a rotation leaves it whose create nobody has heard an answer to.
fn rotating(contract: Contract) -> (House, String) {
    let mut house = with_ci(contract);
    let theirs = another(&mut house);
    house.vendor().add_fault(Fault::once(&Method::POST, CREATE, FaultKind::BadGateway { effect: false }));
    house.annotate(&ci(), &json!({"orgkeeper.dev/rotate-requested-at": "one"}));
    house.until(mins(2), "a rotation", |house| house.status(&ci())["token"]["rotation"].is_object());
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

/// It goes at the vendor with its object, and so holds up what it needs.
fn goes_too(spec: Value) -> Value {
    with(spec, json!({"deletionPolicy": "Delete"}))
}

/// Whether something of another namespace that is under way, or would be, holds up the end of what it refers to.
fn holds_up(house: &mut House, theirs: (&ObjectRef, Value), used: &ObjectRef) -> bool {
    house.apply(theirs.0, &goes_too(theirs.1));
    house.run(mins(2));
    house.delete(used);
    house.run(mins(15));
    house.exists(used)
}

#[test]
fn whom_an_organization_does_not_admit_holds_up_nobodys_end() {
    for admitted in [false, true] {
        let mut house = House::new(Contract::Production);
        let mut spec = organization();
        if !admitted {
            spec["allowed"].as_array_mut().unwrap().truncate(1);
        }
        house.apply(&acme(), &spec);
        house.start();
        house.until(mins(2), "ready", |house| house.ready(&acme()));
        assert_eq!(holds_up(&mut house, (&away("a"), account("theirs")), &acme()), admitted);
    }
}

#[test]
fn whom_an_account_does_not_admit_holds_up_nobodys_end() {
    for admitted in [false, true] {
        let mut house = one_account(Contract::Production);
        let allowed = json!([{"namespaces": {"from": "All"}, "kinds": ["EventSubscription"]}]);
        if admitted {
            house.apply(&home("prod"), &with(account("prod"), json!({"allowed": allowed})));
        }
        let theirs = with(subscription("prod", "sig-10"), json!({"accountRef": {"namespace": HOME}}));
        assert_eq!(holds_up(&mut house, (&sub_away("s"), theirs), &home("prod")), admitted);
    }
}

#[test]
fn whom_a_policy_does_not_admit_holds_up_nobodys_end() {
    for admitted in [false, true] {
        let mut house = furnished(Contract::Production, &[]);
        let allowed = json!({"allowed": [{"namespaces": {"from": "All"}}]});
        let spec = if admitted { with(access_policy("p"), allowed) } else { access_policy("p") };
        house.ready_with(&policy_key("p"), &spec);
        // Somebody who is there already asks for it besides.
        house.ready_with(&user_away("jo"), &goes_too(person("jo")));
        let given = json!([{"policyRef": {"name": "p", "namespace": HOME}, "allAccounts": true}]);
        let theirs = with(person("jo"), json!({"policies": given}));
        assert_eq!(holds_up(&mut house, (&user_away("jo"), theirs), &policy_key("p")), admitted);
    }
}

/// What nobody keeps who is admitted may vanish, and nobody is asked.
#[test]
fn whom_an_organization_does_not_admit_brings_up_no_question() {
    let mut house = House::new(Contract::Production);
    let mut spec = organization();
    spec["allowed"].as_array_mut().unwrap().truncate(1);
    house.apply(&acme(), &spec);
    house.apply(&user_away("jo"), &person("jo"));
    house.start();
    let made = |number: usize| UserDetails::person(&format!("p{number}@example.com"));
    let ids: Vec<String> = (0..20)
        .map(|number| house.by_hand(|console| console.create_user(organization_id(), made(number))))
        .collect();
    house.run(mins(10));
    for id in ids {
        house.by_hand(|console| console.delete_user(&id)).unwrap();
    }
    house.run(mins(10));
    assert!(house.condition(&acme(), "InventoryShrank").is_none(), "{}", house.describe());
}
