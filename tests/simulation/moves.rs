//! Manifests that get another name, another namespace or another repository: what each order of commits comes to, as
//! `docs/renaming.md` tells it.

use crate::support::credentials::{ROLE, credential_key, role as cloud_role};
use crate::support::house::{House, mins};
use crate::support::look::{away, home};
use crate::support::machines::{CI_TOKEN, with_ci};
use crate::support::manifests::{
    AWAY, HOME, access_policy, account, group, group_key, machine, organization_key, person, policy_key,
    user_key, with,
};
use crate::support::people::{furnished, group_away, role, user_away};
use crate::support::subscriptions::{one_account, sub, subscription};
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::sandbox::spot::Contract;
use serde_json::{Value, json};

type Kept = (fn(&str) -> ObjectRef, fn(&str) -> ObjectRef, fn(&str) -> Value);

fn policy_away(name: &str) -> ObjectRef {
    ObjectRef { namespace: AWAY.into(), ..policy_key(name) }
}

/// What is found by a name: its key in the organization's namespace, in another one, and its manifest.
fn all() -> [Kept; 4] {
    [
        (home, away, account),
        (user_key, user_away, person),
        (group_key, group_away, group),
        (policy_key, policy_away, access_policy),
    ]
}

fn stays_at_the_vendor() -> Value {
    json!({"deletionPolicy": "Orphan"})
}

/// A house in which `old` keeps something, and its id.
fn kept(old: &ObjectRef, spec: &Value) -> (House, String) {
    let mut house = furnished(Contract::Production, &[]);
    house.ready_with(old, spec);
    house.run(mins(8));
    house.forget_requests();
    let id = house.id(old).unwrap();
    (house, id)
}

/// The tools differ in what they do first.
#[derive(Clone, Copy, Debug)]
enum First {
    New,
    Old,
}

const ORDERS: [First; 2] = [First::New, First::Old];

/// One commit: an object goes, and another comes.
fn replace(house: &mut House, first: First, old: &ObjectRef, new: &ObjectRef, spec: &Value) {
    if matches!(first, First::New) {
        house.apply(new, spec);
        house.until(mins(3), "the older holds it", |house| house.stalled(new, "ManagementConflict"));
    }
    house.delete(old);
    house.until(mins(10), "gone", |house| !house.exists(old));
    if matches!(first, First::Old) {
        house.apply(new, spec);
    }
}

#[test]
fn under_another_name_it_is_the_same_where_it_stays_at_the_vendor() {
    for (key, _, spec) in all() {
        let (old, spec) = (key("old"), with(spec("it"), stays_at_the_vendor()));
        // The same name again is a manifest that came from another repository.
        for (first, new) in [(First::New, "new"), (First::Old, "new"), (First::Old, "old")] {
            let (mut house, id) = kept(&old, &spec);
            replace(&mut house, first, &old, &key(new), &spec);
            house.until(mins(10), "taken over", |house| house.ready(&key(new)));
            house.run(mins(20));
            assert_eq!(house.id(&key(new)), Some(id), "{first:?}\n{}", house.describe());
            assert_eq!(house.written(), [""; 0], "{first:?}\n{}", house.describe());
            assert_eq!(house.status(&key(new))["origin"], "Adopted");
        }
    }
}

#[test]
fn what_goes_with_its_object_is_deleted_and_made_anew_under_another_name() {
    for (key, _, spec) in &all()[1..] {
        for first in ORDERS {
            let (old, new, spec) = (key("old"), key("new"), spec("it"));
            let (mut house, id) = kept(&old, &spec);
            assert_eq!(house.status(&old)["deletionPolicy"], "Delete");
            replace(&mut house, first, &old, &new, &spec);
            house.until(mins(10), "made anew", |house| house.ready(&new));
            assert_ne!(house.id(&new), Some(id), "{first:?}\n{}", house.describe());
            assert_eq!(house.calls("DELETE"), 1, "{first:?}\n{}", house.describe());
        }
    }
    // An account stays unless its manifest says otherwise.
    let (house, _) = kept(&home("old"), &account("it"));
    assert_eq!(house.status(&home("old"))["deletionPolicy"], "Orphan");
}

#[test]
fn to_another_namespace_it_goes_by_its_id() {
    for (key, elsewhere, spec) in all() {
        for first in ORDERS {
            let (old, new, spec) = (key("it"), elsewhere("it"), with(spec("it"), stays_at_the_vendor()));
            let (mut house, id) = kept(&old, &spec);
            replace(&mut house, first, &old, &new, &spec);
            house.until(mins(10), "a name is not enough", |house| house.stalled(&new, "AdoptionNeedsId"));
            house.apply(&new, &with(spec.clone(), json!({"adopt": {"policy": "Required", "id": id}})));
            house.until(mins(10), "taken over", |house| house.ready(&new));
            house.run(mins(20));
            assert_eq!(house.id(&new).as_ref(), Some(&id), "{first:?}\n{}", house.describe());
            // And back, where a name is enough.
            replace(&mut house, first, &new, &old, &spec);
            house.until(mins(10), "taken over", |house| house.ready(&old));
            assert_eq!(house.id(&old), Some(id), "{first:?}\n{}", house.describe());
            assert_eq!(house.written(), [""; 0], "{first:?}\n{}", house.describe());
        }
    }
}

#[test]
fn of_both_names_at_once_a_second_one_comes_unless_the_id_is_said() {
    for (key, _, spec) in [all()[0], all()[2], all()[3]] {
        for said in [false, true] {
            let (old, new) = (key("old"), key("new"));
            let (mut house, id) = kept(&old, &with(spec("before"), stays_at_the_vendor()));
            let adopt = json!({"policy": "Required", "id": id});
            let adopt = if said { json!({"adopt": adopt}) } else { json!({}) };
            house.delete(&old);
            house.apply(&new, &with(with(spec("after"), stays_at_the_vendor()), adopt));
            house.until(mins(10), "ready", |house| house.ready(&new) && !house.exists(&old));
            house.run(mins(20));
            assert_eq!(house.id(&new) == Some(id), said, "{}", house.describe());
            let (made, changed) = (house.calls("POST"), house.calls("PUT"));
            assert_eq!((made, changed), if said { (0, 1) } else { (1, 0) }, "{}", house.describe());
        }
    }
}

#[test]
fn another_name_at_the_vendor_is_one_write_and_those_who_refer_to_it_do_not_notice() {
    let mut house = furnished(Contract::Production, &["prod", "test"]);
    house.ready_with(&user_key("jo"), &with(person("jo"), json!({"accounts": [role("prod", "Editor")]})));
    house.run(mins(8));
    let ids = [house.id(&home("prod")), house.id(&home("test"))];
    house.forget_requests();
    // They even swap.
    house.apply(&home("prod"), &account("test"));
    house.apply(&home("test"), &account("prod"));
    house.until(mins(10), "renamed", |house| house.ready(&home("prod")) && house.ready(&home("test")));
    house.stays(&user_key("jo"));
    assert_eq!(house.written(), ["PUT /setup/account/{accountId}"; 2], "{}", house.describe());
    assert_eq!([house.id(&home("prod")), house.id(&home("test"))], ids);
    assert_eq!(Some(house.named("test")[0].clone()), ids[0]);
}

#[test]
fn who_refers_to_what_has_another_name_now_waits_and_loses_nothing() {
    let refers = |account: &str| with(person("jo"), json!({"accounts": [role(account, "Editor")]}));
    for reference_first in [true, false] {
        let mut house = furnished(Contract::Production, &["prod"]);
        house.ready_with(&user_key("jo"), &refers("prod"));
        house.run(mins(8));
        let before = house.user_of(&user_key("jo"));
        house.forget_requests();
        if reference_first {
            house.apply(&user_key("jo"), &refers("production"));
        } else {
            house.delete(&home("prod"));
            house.apply(&home("production"), &account("prod"));
        }
        house.until(mins(5), "it waits", |house| {
            house.waits(&user_key("jo"), "ReferenceNotFoundOrNotAllowed")
        });
        house.run(mins(20));
        house.delete(&home("prod"));
        house.apply(&home("production"), &account("prod"));
        house.apply(&user_key("jo"), &refers("production"));
        house.until(mins(10), "all is well", |house| {
            house.ready(&home("production")) && house.ready(&user_key("jo"))
        });
        house.stays(&user_key("jo"));
        assert_eq!(house.written(), [""; 0], "{}", house.describe());
        assert_eq!(house.user_of(&user_key("jo")), before);
    }
}

/// An `accountRef` of theirs cannot be changed, so they get other objects too.
#[test]
fn what_is_in_an_account_comes_along_by_objects_of_its_own() {
    for said in [true, false] {
        let mut house = one_account(Contract::Production);
        let prod = house.id(&home("prod")).unwrap();
        house.by_hand(|console| assert!(console.set_credential(&prod, cloud_role(ROLE))));
        let credential = |account: &str| json!({"accountRef": {"name": account}, "aws": {"iamRole": ROLE}});
        let kept = if said { stays_at_the_vendor() } else { json!({}) };
        let subscribed = |account: &str| with(subscription(account, "sig-10"), kept.clone());
        house.ready_with(&sub("old"), &subscribed("prod"));
        house.ready_with(&credential_key("old"), &credential("prod"));
        house.run(mins(8));
        house.forget_requests();
        let id = house.id(&sub("old")).unwrap();
        // All of it in one commit. The account's object waits for what is in it.
        house.apply(&home("production"), &account("prod"));
        house.apply(&sub("new"), &subscribed("production"));
        house.apply(&credential_key("new"), &credential("production"));
        for old in [home("prod"), sub("old"), credential_key("old")] {
            house.delete(&old);
        }
        house.until(mins(20), "all is well", |house| {
            [home("production"), sub("new"), credential_key("new")].iter().all(|new| house.ready(new))
        });
        house.run(mins(20));
        assert_eq!(house.id(&sub("new")) == Some(id), said, "{}", house.describe());
        let written = house.written();
        assert_eq!(written.is_empty(), said, "{written:?}\n{}", house.describe());
        assert_eq!(house.subscribed(), ["sig-10"]);
        assert_eq!(house.named("prod"), [prod]);
    }
}

/// Of the token there is one copy, in a Secret that is of the object of that name.
#[test]
fn a_machine_user_under_another_name_takes_another_secret_and_a_rotation() {
    let mut house = with_ci(Contract::Production);
    let spec = with(machine("ci", "prod"), stays_at_the_vendor());
    house.apply(&user_key("ci"), &spec);
    house.until(mins(5), "kept", |house| house.ready(&user_key("ci")));
    let former = house.id(&user_key("ci")).unwrap();
    let token = house.token();
    house.delete(&user_key("ci"));
    house.until(mins(10), "gone", |house| !house.exists(&user_key("ci")));
    let rotate = |house: &House| {
        house.annotate(&user_key("builder"), &json!({"orgkeeper.dev/rotate-requested-at": "now"}));
    };
    house.apply(&user_key("builder"), &spec);
    house.until(mins(10), "no token", |house| house.stalled(&user_key("builder"), "TokenUnavailable"));
    rotate(&house);
    house.until(mins(10), "another's", |house| {
        let conditions = house.status(&user_key("builder"))["conditions"].to_string();
        conditions.contains("SecretConflict")
    });
    assert_eq!(house.token(), token, "it still has the token that works");
    house.delete(&user_key("builder"));
    house.until(mins(10), "gone", |house| !house.exists(&user_key("builder")));
    let other = json!({"programmatic": {"writeTokenTo": {"name": "builder-token"}}});
    house.apply(&user_key("builder"), &with(spec, other));
    house.until(mins(10), "no token", |house| house.stalled(&user_key("builder"), "TokenUnavailable"));
    rotate(&house);
    house.until(mins(10), "a new one", |house| {
        house.id(&user_key("builder")).is_some_and(|id| id != former)
            && house.secret("builder-token").is_some()
    });
    assert!(house.users("ci").contains(&former), "both work for the overlap: {}", house.describe());
    house.run(mins(90));
    assert!(house.ready(&user_key("builder")));
    assert!(!house.users("ci").contains(&former), "the former one is gone: {}", house.describe());
    assert!(house.secret(CI_TOKEN).is_some() && house.token() == token, "it stays until somebody deletes it");
}

#[test]
fn what_is_being_deleted_and_waits_is_let_go_of_when_somebody_says_so() {
    for (key, _, spec) in &all()[1..] {
        let (old, spec) = (key("old"), spec("it"));
        let (mut house, _) = kept(&old, &spec);
        house.way.cluster.edit_secret(HOME, "spot-token", |secret| secret.values.clear());
        house.run(mins(1));
        house.delete(&old);
        house.until(mins(5), "waits", |house| house.condition(&old, "DeletionBlocked").is_some());
        house.apply(&old, &with(spec, stays_at_the_vendor()));
        house.until(mins(10), "let go", |house| !house.exists(&old));
        assert_eq!(house.written(), [""; 0], "{}", house.describe());
    }
}

/// What refers to an organization's object cannot be moved to another one.
#[test]
fn an_organization_s_object_waits_for_what_is_below_it() {
    let mut house = furnished(Contract::Production, &["prod"]);
    house.forget_requests();
    house.delete(&organization_key("acme"));
    house.until(mins(5), "waits", |house| {
        house.condition(&organization_key("acme"), "DeletionBlocked").is_some()
    });
    assert!(house.message(&organization_key("acme"), "DeletionBlocked").contains(&format!("{HOME}/prod")));
    house.delete(&home("prod"));
    house.until(mins(10), "gone", |house| !house.exists(&organization_key("acme")));
    assert_eq!((house.written(), house.named("prod").len()), (vec![], 1));
}
