//! Claims count only if the claimant could have what it claims (rule 3): who may not adopt keeps nobody from it.

use crate::support::house::{House, mins};
use crate::support::look::{acme, away, home};
use crate::support::machines::{ci, ci_spec, furnished};
use crate::support::manifests::{
    AWAY, HOME, ORGANIZATION, access_policy, account, group, group_key, machine, organization, person,
    policy_key, user_key, with,
};
use crate::support::people::{organization_id, user_away};
use crate::support::subscriptions::{HOOK, one_account, sub, sub_away, subscription};
use http::Method;
use orgkeeper::api::spot::kinds;
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::sandbox::spot::{Contract, OrganizationId, UserDetails};
use orgkeeper::sandbox::{Fault, FaultKind};
use serde_json::{Value, json};

fn in_away(key: &ObjectRef) -> ObjectRef {
    ObjectRef { namespace: AWAY.into(), name: "word".into(), ..key.clone() }
}

/// Things at the vendor that no manifest declared; each kind with the object that is to take it over, and its id.
fn made_by_hand(house: &mut House) -> Vec<(ObjectRef, Value, String)> {
    let kinds = [
        (home("a"), account("one")),
        (group_key("g"), group("one")),
        (policy_key("q"), access_policy("one")),
    ];
    house.apply(&acme(), &organization());
    for (key, spec) in &kinds {
        house.apply(key, spec);
    }
    house.start();
    house.until(mins(5), "made", |house| kinds.iter().all(|(key, _)| house.ready(key)));
    let mut made: Vec<_> = kinds
        .into_iter()
        .map(|(key, spec)| {
            let id = house.id(&key).unwrap();
            (key, spec, id)
        })
        .collect();
    for (key, _, _) in &made {
        house.apply(key, &with(house.object(key)["spec"].clone(), json!({"deletionPolicy": "Orphan"})));
        house.run(mins(1));
        house.delete(key);
    }
    house.until(mins(5), "let go", |house| made.iter().all(|(key, _, _)| !house.exists(key)));
    let (now, organization) = (house.wall(), OrganizationId(ORGANIZATION.parse().unwrap()));
    let user = house.vendor().console(now).create_user(organization, UserDetails::person("one@example.com"));
    made.push((user_key("p"), person("one"), user));
    house.run(mins(10));
    made
}

#[test]
fn the_word_of_who_may_not_adopt_keeps_the_rightful_one_from_nothing() {
    let mut house = House::new(Contract::Production);
    let made = made_by_hand(&mut house);
    let before = house.calls("POST");
    for (key, spec, id) in &made {
        // Older, and with a name of its own: only its word is in the way.
        let word = with(spec.clone(), json!({"adopt": {"policy": "IfExists", "id": id}}));
        let word = if key.kind == kinds::USER {
            with(word, json!({"human": {"email": "other@example.com"}}))
        } else {
            with(word, json!({"name": "other"}))
        };
        house.apply(&in_away(key), &word);
        house.run(mins(2));
        house.apply(key, spec);
        house.until(mins(5), "adopted", |house| house.ready(key));
        assert_eq!(house.id(key).as_ref(), Some(id), "{key}\n{}", house.describe());
        assert_eq!(house.status(key)["origin"], "Adopted");
    }
    assert_eq!(house.calls("POST"), before, "{}", house.describe());
}

#[test]
pub fn the_name_of_who_may_not_adopt_locks_nobody_out() {
    let mut house = House::new(Contract::Production);
    let made = made_by_hand(&mut house);
    for (key, spec, id) in &made {
        house.apply(&in_away(key), &with(spec.clone(), json!({"adopt": {"policy": "Required"}})));
        house.run(mins(2));
        house.apply(key, spec);
        house.until(mins(5), "adopted", |house| house.ready(key));
        assert_eq!(house.id(key).as_ref(), Some(id));
    }
}

/// A subscription is what another one is not: also where it is to take the place of another.
#[test]
pub fn the_word_of_who_may_not_adopt_keeps_a_subscription_from_nobody() {
    for (before, posts) in [(None, 0), (Some("sig-10"), 1)] {
        let mut house = one_account(Contract::Production);
        let open = json!({"allowed": [{"namespaces": {"from": "All"}, "kinds": ["EventSubscription"]}]});
        house.apply(&home("prod"), &with(account("prod"), open));
        house.way.cluster.put_secret(AWAY, "hook", "url", HOOK);
        house.forget_requests();
        if let Some(before) = before {
            house.ready_with(&sub("s"), &subscription("prod", before));
        }
        let there = house.subscribe_by_hand("prod", "sig-20", HOOK);
        let adopt = json!({"accountRef": {"namespace": HOME}, "adopt": {"policy": "IfExists", "id": there}});
        house.apply(&sub_away("word"), &with(subscription("prod", "sig-30"), adopt));
        house.run(mins(8));
        assert!(house.stalled(&sub_away("word"), "AdoptionNeedsId"), "{}", house.describe());
        house.ready_with(&sub("s"), &subscription("prod", "sig-20"));
        house.run(mins(8));
        assert_eq!((house.id(&sub("s")), house.calls("POST")), (Some(there), posts), "{}", house.describe());
    }
}

#[test]
fn the_word_of_who_may_not_adopt_keeps_nobody_from_a_machine_user() {
    for adopt in [json!({"policy": "IfExists"}), json!({"policy": "Required"})] {
        let mut house = furnished(Contract::Production);
        let theirs =
            house.by_hand(|console| console.create_user(organization_id(), UserDetails::machine("ci")));
        house.run(mins(8));
        house.forget_requests();
        let word = with(
            machine("other", "prod"),
            json!({"accounts": null, "adopt": {"id": theirs, "policy": "IfExists"}}),
        );
        house.apply(&user_away("word"), &word);
        house.run(mins(2));
        house.apply(&ci(), &with(ci_spec(), json!({"adopt": adopt})));
        house.until(mins(5), "adopted", |house| house.id(&ci()) == Some(theirs.clone()));
        house.run(mins(20));
        assert_eq!(house.calls("POST"), 0, "{}", house.describe());
    }
}

#[test]
pub fn the_word_of_who_may_not_adopt_takes_nothing_out_of_what_is_left() {
    let mut house = furnished(Contract::Production);
    let fault = FaultKind::BadGateway { effect: false };
    house.vendor().add_fault(Fault::once(&Method::POST, "/setup/user/programmatic", fault));
    house.apply(&ci(), &ci_spec());
    house.until(mins(2), "unknown", |house| house.waits(&ci(), "OutcomeUnknown"));
    let theirs = house.by_hand(|console| console.create_user(organization_id(), UserDetails::machine("ci")));
    house.until(mins(30), "asked", |house| !house.leftovers().is_empty() && house.ready(&ci()));
    let word = with(
        machine("other", "prod"),
        json!({"accounts": null, "adopt": {"id": theirs, "policy": "IfExists"}}),
    );
    house.apply(&user_away("word"), &word);
    house.run(mins(30));
    assert_eq!(house.leftovers(), std::slice::from_ref(&theirs), "{}", house.describe());
    let digest = house.digest(&ci(), "ConfirmationRequired");
    house.annotate(&ci(), &json!({"orgkeeper.dev/confirm": digest}));
    house.until(mins(10), "deleted", |house| house.leftovers().is_empty());
    house.run(mins(10));
    house.assert_one_that_works();
    assert!(!house.users("ci").contains(&theirs));
}

#[test]
fn who_may_not_adopt_is_told_where_to_ask_and_no_id() {
    let mut house = House::new(Contract::Production);
    let (_, _, id) = made_by_hand(&mut house).remove(0);
    house.apply(&away("by-name"), &account("one"));
    house.apply(&away("by-id"), &with(account("x"), json!({"adopt": {"policy": "IfExists", "id": id}})));
    let guess = json!({"adopt": {"policy": "IfExists", "id": "act-00000000"}});
    house.apply(&away("guess"), &with(account("y"), guess));
    house.until(mins(2), "told", |house| {
        ["by-name", "by-id", "guess"].iter().all(|name| house.stalled(&away(name), "AdoptionNeedsId"))
    });
    let message = house.message(&away("by-name"), "Ready");
    assert!(message.contains("Ask whoever keeps the organization") && !message.contains(&id), "{message}");
    // The organization's side learns it, once.
    house.run(mins(30));
    let notes: Vec<String> = house.events(&acme()).into_iter().map(|event| event.note).collect();
    assert_eq!(notes.iter().filter(|note| note.contains(&id)).count(), 1, "{notes:?}");
    // And what is so since, over a restart too.
    house.restart();
    house.run(mins(10));
    assert_eq!(house.events(&acme()).len(), notes.len(), "{}", house.describe());
    let organization = OrganizationId(ORGANIZATION.parse().unwrap());
    let now = house.wall();
    let other = house.vendor().console(now).create_account(organization, "one");
    house.until(mins(30), "told anew", |house| {
        house.events(&acme()).iter().any(|event| event.note.contains(&id) && event.note.contains(&other))
    });
    let told = house.events(&acme()).len();
    house.run(mins(30));
    assert_eq!(house.events(&acme()).len(), told, "{}", house.describe());
    // Whether an id is there is no answer to who may not have it.
    assert_eq!(house.message(&away("guess"), "Ready"), house.message(&away("by-id"), "Ready"));
}
