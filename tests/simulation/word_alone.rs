//! Claims count only if the claimant could have what it claims (rule 3): who may not adopt keeps nobody from it.

use crate::support::house::{House, mins};
use crate::support::look::{acme, away, home};
use crate::support::manifests::{
    AWAY, ORGANIZATION, access_policy, account, group, group_key, organization, person, policy_key, user_key,
    with,
};
use orgkeeper::engine::seams::ObjectRef;
use orgkeeper::sandbox::{Contract, OrganizationId, UserDetails};
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
        let word = if key.kind == "SpotUser" {
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
    // Whether an id is there is no answer to who may not have it.
    assert_eq!(house.message(&away("guess"), "Ready"), house.message(&away("by-id"), "Ready"));
}
