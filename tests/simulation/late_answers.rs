//! What was told gone does not come back by an answer that comes later, and nothing more is done for it.

use crate::support::cluster::PatchFault;
use crate::support::credentials::{aws, credential_key};
use crate::support::founding::to_create;
use crate::support::house::{House, mins, secs};
use crate::support::look::{acme, home};
use crate::support::makings;
use crate::support::manifests::{
    HOME, access_policy, account, group, group_key, machine, organization, organization_key, person,
    policy_key, user_key, with,
};
use crate::support::subscriptions::{sub, subscribing, subscription};
use orgkeeper::api::spot::SpotAccount;
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::engine::runtime::objects::{Fed, Objects};
use orgkeeper::sandbox::spot::Contract;
use serde_json::{Value, json};

/// A house whose organization is ready, with an account of its own.
fn house() -> House {
    subscribing(House::new(Contract::Production), &["base"])
}

/// The patches after so many are answered late: the organization's own may be among them.
fn hold(house: &House, skip: usize) {
    for patch in skip..skip + 4 {
        house.way.patch_faults.add(patch, PatchFault::Held);
    }
}

/// The same of all that come, however many the object's way takes; what ends meanwhile is told at once.
fn hold_all(house: &mut House) {
    house.way.unkind.relent();
    house.run(mins(1));
    for patch in 0..100 {
        house.way.patch_faults.add(patch, PatchFault::Held);
    }
}

/// Applies an object whose first status is answered only after its deletion was told.
fn ghost(house: &mut House, key: &ObjectRef, spec: &Value) {
    house.run(mins(1));
    hold(house, 0);
    house.apply(key, spec);
    house.until(secs(5), "stored", |house| house.writes(key) == 1);
    house.delete(key);
    assert!(!house.exists(key), "it has no finalizer");
    house.run(secs(5));
}

/// Every kind: what is suspended gets a status and nothing else.
fn kinds(name: &str) -> Vec<(ObjectRef, Value)> {
    let on_base = json!({"accountRef": {"name": "base"}});
    vec![
        (home(name), account("one")),
        (user_key(name), person("one")),
        (user_key(&format!("{name}-machine")), machine("one", "base")),
        (group_key(name), group("one")),
        (policy_key(name), access_policy("one")),
        (credential_key(name), with(aws(), on_base)),
        (sub(name), subscription("base", "sig-10")),
    ]
}

#[test]
pub fn an_answer_after_the_end_was_told_brings_nothing_back() {
    for (kind, (key, spec)) in kinds("ghost").into_iter().enumerate() {
        let mut house = house();
        ghost(&mut house, &key, &with(spec.clone(), json!({"suspend": true})));
        // Whoever comes after is told of no holder.
        let (later, _) = kinds("later").remove(kind);
        house.apply(&later, &spec);
        house.run(mins(20));
        assert!(!house.stalled(&later, "ManagementConflict"), "{}", house.describe());
    }
}

#[test]
fn an_answer_after_the_end_was_told_brings_no_organization_back() {
    let mut house = house();
    let twin = with(organization(), json!({"suspend": true}));
    ghost(&mut house, &organization_key("ghost"), &twin);
    house.force_delete(&home("base"));
    house.delete(&acme());
    house.until(mins(6), "gone", |house| !house.exists(&acme()));
    house.apply(&organization_key("later"), &organization());
    house.until(mins(2), "knows of no ghost", |house| house.ready(&organization_key("later")));
}

#[test]
pub fn nothing_is_created_for_what_was_told_gone_while_the_intent_was_answered() {
    let kinds = [
        (home("a"), account("one")),
        (user_key("p"), person("one")),
        (user_key("m"), machine("one", "base")),
        (group_key("g"), group("one")),
        (policy_key("q"), access_policy("one")),
    ];
    for (key, spec) in kinds {
        let mut house = house();
        house.run(mins(1));
        let before = house.vendor_writes();
        // The finalizer, then the intent.
        hold(&house, 1);
        house.apply(&key, &spec);
        house.until(secs(5), "the intent is stored", |house| house.writes(&key) == 2);
        assert!(!house.status(&key)["pendingCreate"].is_null(), "{}", house.describe());
        house.force_delete(&key);
        house.run(mins(20));
        assert_eq!(house.vendor_writes(), before, "{key}\n{}", house.describe());
    }
}

#[test]
pub fn nothing_is_made_in_whatever_way_for_what_was_told_gone_while_the_intent_was_answered() {
    for making in makings::all() {
        let (mut house, key) = (making.house(), (making.key)());
        hold_all(&mut house);
        (making.asks)(&mut house);
        house.until_stored(|house| making.intended(house));
        house.force_delete(&key);
        house.way.patch_faults.clear();
        house.run(mins(20));
        assert_eq!(making.sent(&house), 0, "{}\n{}", making.what, house.describe());
        assert_eq!(house.calls("DELETE"), 0, "{}\n{}", making.what, house.describe());
    }
}

#[test]
pub fn no_organization_is_created_for_what_was_told_gone_while_the_intent_was_answered() {
    let mut house = House::with_a_parent(Contract::Production);
    house.start();
    house.run(mins(1));
    hold_all(&mut house);
    house.apply(&acme(), &to_create());
    house.until_stored(|house| !house.status(&acme())["pendingCreate"].is_null());
    house.force_delete(&acme());
    house.way.patch_faults.clear();
    house.run(mins(20));
    assert_eq!(house.foundings(), 0, "{}", house.describe());
}

/// An object of that name, as a watch tells of it.
fn told(uid: &str, version: u32) -> SpotAccount {
    serde_json::from_value(json!({
        "apiVersion": "spot.orgkeeper.dev/v1alpha1",
        "kind": "SpotAccount",
        "metadata": {"namespace": HOME, "name": "a", "uid": uid, "resourceVersion": version.to_string()},
        "spec": account("one"),
    }))
    .unwrap()
}

#[test]
pub fn nothing_older_takes_the_place_of_what_is_known() {
    let objects = Objects::default();
    let known = |objects: &Objects<SpotAccount>| objects.get(&home("a")).unwrap().metadata.clone();
    let version = |objects: &Objects<SpotAccount>| known(objects).resource_version.unwrap();
    objects.feed(Fed::Applied(told("uid-1", 9)), false);
    objects.feed(Fed::Applied(told("uid-1", 10)), false);
    for older in [1, 8, 9, 10] {
        assert!(objects.feed(Fed::Applied(told("uid-1", older)), false).is_empty(), "{older}");
        assert_eq!(version(&objects), "10");
    }
    objects.feed(Fed::Applied(told("uid-2", 5)), false);
    assert_eq!(version(&objects), "5", "another one of its name");
}

#[test]
fn nobody_goes_on_looking_at_an_organization_that_was_told_gone() {
    let mut house = house();
    // Another one stands for it, so the ghost has a status and no finalizer.
    ghost(&mut house, &organization_key("ghost"), &organization());
    house.force_delete(&home("base"));
    house.delete(&acme());
    house.until(mins(6), "gone", |house| !house.exists(&acme()));
    house.apply(&organization_key("later"), &organization());
    house.until(mins(2), "ready", |house| house.ready(&organization_key("later")));
    let before = house.processes[0].counts.reconciles.get();
    house.run(mins(20));
    let looks = house.processes[0].counts.reconciles.get() - before;
    assert!(looks <= 20, "{looks} looks in twenty minutes");
}

/// A deletion that began before the finalizer was stored does not see it, and what is made meanwhile has no object.
#[test]
fn what_was_made_for_an_object_that_went_meanwhile_is_named() {
    let kinds = [
        (home("a"), account("one")),
        (user_key("m"), machine("one", "base")),
        (group_key("g"), group("one")),
        (policy_key("q"), access_policy("one")),
    ];
    for (key, spec) in kinds {
        let mut house = house();
        house.run(mins(1));
        house.way.vendors.latency.set(secs(2));
        house.apply(&key, &with(spec, json!({"deletionPolicy": "Delete"})));
        house.until(mins(2), "intended", |house| {
            let status = house.status(&key);
            !status["pendingCreate"].is_null()
        });
        house.run(secs(1));
        house.force_delete(&key);
        house.run(mins(1));
        let events = house.events(&key);
        let told: Vec<&str> = events
            .iter()
            .filter(|event| event.reason == "Orphaned")
            .map(|event| event.note.as_str())
            .collect();
        let [told] = told[..] else { panic!("{key}: {told:?}\n{}", house.describe()) };
        let made = events.iter().find(|event| event.reason == "Created").expect("it was made").note.clone();
        let id = made.trim_end_matches('.').rsplit(' ').next().expect("an id");
        assert!(told.contains(id), "{told} of {made}");
        let writes = house.vendor_writes();
        house.run(mins(20));
        assert_eq!(house.vendor_writes(), writes, "{key}\n{}", house.describe());
        assert_eq!(house.events(&key).len(), events.len(), "it is told once");
    }
}

#[test]
fn whoever_is_taken_away_before_its_create_leaves_no_empty_secret() {
    let key = user_key("robot");
    let secret =
        |house: &House| house.way.cluster.secrets().remove(&(HOME.to_owned(), "robot-token".to_owned()));
    let mut reserved = 0;
    for patch in 0..6 {
        let mut house = house();
        house.run(mins(1));
        house.way.patch_faults.add(patch, PatchFault::Late);
        house.apply(&key, &machine("robot", "base"));
        house.run(secs(1));
        let empty = secret(&house).is_some_and(|secret| secret.values.is_empty());
        reserved += usize::from(empty && house.named("robot").is_empty());
        // As an API server does that had looked for finalizers before ours was there.
        house.way.cluster.release(&key);
        house.run(mins(3));
        assert!(!house.exists(&key));
        let left = secret(&house);
        assert!(left.is_none_or(|secret| !secret.values.is_empty()), "patch {patch}: {}", house.describe());
    }
    assert!(reserved > 0, "one of them was taken away in between");
}
