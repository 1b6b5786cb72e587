//! What the vendor shows of a policy, in whatever form.

use super::*;
use crate::support::house::secs;

/// The list of the live service.
const LIST: &str = "/setup/organization/policy";
const NOT_UNDERSTOOD: &str = "(not understood)";

/// Statements in forms that mean something, and nobody knows what; and that nothing is told.
const UNKNOWN: [fn(&mut Value); 5] = [
    |item| item["policyContent"] = json!({"rules": [{"allow": "ocean:*"}]}),
    |item| item["policyContent"] = json!("ocean:*"),
    |item| item["policyContent"]["statements"][0]["effect"] = json!("MAYBE"),
    |item| item["policyContent"]["statements"][0]["actions"] = json!("ocean:*"),
    |item| item["policyContent"] = json!(null),
];

#[test]
fn what_is_not_understood_is_never_taken_for_what_is_declared() {
    for unknown in UNKNOWN {
        let mut house = furnished(Contract::Production, &[]);
        let report = with(access_policy("reader"), json!({"driftPolicy": "Report"}));
        house.ready_with(&reader(), &report);
        house.run(mins(8));
        house.forget_requests();
        house.way.vendors.amended.replace(Some((LIST.to_owned(), unknown)));
        house.until(mins(12), "told", |house| house.drift(&reader(), "permissions").is_some());
        assert_eq!(house.drift(&reader(), "permissions").unwrap()["actual"], NOT_UNDERSTOOD);
        house.run(mins(30));
        assert_eq!(house.written(), [""; 0]);
        house.way.vendors.amended.take();
        house.until(mins(12), "as declared", |house| house.drift(&reader(), "permissions").is_none());
    }
}

#[test]
fn what_is_not_understood_of_one_that_is_taken_over_is_written() {
    for unknown in UNKNOWN {
        let mut house = furnished(Contract::Production, &[]);
        let id = house.policy("reader");
        house.way.vendors.amended.replace(Some((LIST.to_owned(), unknown)));
        house.run(mins(6));
        house.forget_requests();
        house.apply(&reader(), &access_policy("reader"));
        house.until(mins(1), "written", |house| house.written() == [PUT]);
        assert_eq!(house.id(&reader()), Some(id));
        assert_eq!(policy_of(&house, &reader()).content, as_declared(Contract::Production));
        // It is not written time and again, as if that helped.
        house.run(mins(120));
        assert!(house.written().len() <= 5, "{}", house.describe());
        house.way.vendors.amended.take();
        house.until(mins(30), "as declared", |house| house.ready(&reader()));
        house.stays(&reader());
    }
}

/// A kind that the vendor's own policies are not known for, or a word that nobody knows.
const KINDS: [fn(&mut Value); 4] = [
    |item| item["type"] = json!("ACCOUNT"),
    |item| item["type"] = json!("ORGANIZATION"),
    |item| item["type"] = json!("SPOT_MANAGED_SOMETHING"),
    |item| item["type"] = json!(null),
];

#[test]
fn what_spot_brought_along_is_known_by_its_id_whatever_its_kind_is_called() {
    for kind in KINDS {
        let mut house = furnished(Contract::Production, &[]);
        house.way.vendors.amended.replace(Some((LIST.to_owned(), kind)));
        house.run(mins(6));
        house.forget_requests();
        for (index, adopt) in
            [json!({}), json!({"policy": "Required"}), json!({"id": "6"})].iter().enumerate()
        {
            let key = policy_key(&format!("built-in-{index}"));
            let spec = with(access_policy("Credit Card Editor"), json!({"adopt": adopt}));
            house.apply(&key, &with(spec, json!({"deletionPolicy": "Delete"})));
            house.until(mins(2), "not managed", |house| house.condition(&key, "Stalled").is_some());
            house.run(secs(30));
            assert_eq!(house.id(&key), None, "{adopt} {}", house.describe());
            house.delete(&key);
            house.until(mins(1), "let go of", |house| !house.exists(&key));
        }
        assert_eq!(house.written(), [""; 0]);
    }
}

#[test]
fn permissions_are_compared_as_sets() {
    let many = |all: &[(&str, &[&str])]| {
        let one = |(service, actions): &(&str, &[&str])| {
            let PolicyContent::Permissions(one) = permissions(service, actions) else { panic!() };
            one
        };
        PolicyContent::Permissions(all.iter().flat_map(one).collect())
    };
    let mut house = furnished(Contract::Published, &[]);
    let declared = json!([{"serviceId": "ocean", "actions": ["describe", "create*"]},
        {"serviceId": "b", "actions": ["c"]}]);
    house.ready_with(&reader(), &with(access_policy("reader"), json!({"permissions": declared})));
    let id = house.id(&reader()).unwrap();
    house.run(mins(6));
    house.forget_requests();
    let same = [
        many(&[("b", &["c"]), ("ocean", &["create*", "describe"])]),
        many(&[("ocean", &["create*", "describe", "create*"]), ("b", &["c", "c"])]),
        many(&[("ocean", &["create*"]), ("b", &["c"]), ("ocean", &["describe"])]),
        many(&[("ocean", &["describe", "create*"]), ("b", &["c"]), ("other", &[])]),
    ];
    for content in same {
        house.by_hand(|console| console.change_policy(&id, |it| it.content = content).unwrap());
        house.stays(&reader());
        assert_eq!(house.written(), [""; 0]);
    }
    let others = [
        many(&[("ocean", &["describe", "create*"])]),
        many(&[("ocean", &["describe"]), ("b", &["c", "create*"])]),
        many(&[("ocean", &["describe", "create*", "delete"]), ("b", &["c"])]),
    ];
    for content in others {
        house.forget_requests();
        house.by_hand(|console| console.change_policy(&id, |it| it.content = content).unwrap());
        house.until(mins(8), "put back", |house| house.written() == [PUT]);
        house.run(mins(70));
        assert_eq!(house.written(), [PUT]);
        assert!(house.ready(&reader()));
    }
}

/// The public document does not say what a list shows.
#[test]
fn where_no_permissions_are_shown_they_are_written_when_they_change_and_along_with_whatever_does() {
    let mut house = furnished(Contract::Published, &[]);
    let unsaid: fn(&mut Value) = |item| item["permissions"] = json!(null);
    house.way.vendors.amended.replace(Some(("/setup/access/policy".to_owned(), unsaid)));
    house.forget_requests();
    house.ready_with(&reader(), &access_policy("reader"));
    house.stays(&reader());
    assert_eq!(house.written(), [POST]);
    house.ready_with(&reader(), &access_policy("renamed"));
    house.stays(&reader());
    assert_eq!(house.written(), [POST, PUT]);
    let live = policy_of(&house, &reader());
    assert_eq!((live.name.as_str(), live.content), ("renamed", as_declared(Contract::Published)));
    let less = json!({"permissions": [{"serviceId": "ocean", "actions": ["describe"]}]});
    house.ready_with(&reader(), &with(access_policy("renamed"), less));
    house.stays(&reader());
    assert_eq!(house.written(), [POST, PUT, PUT]);
    assert_eq!(policy_of(&house, &reader()).content, permissions("ocean", &["describe"]));
}

#[test]
fn a_description_that_somebody_emptied_is_put_back() {
    let mut house = furnished(Contract::Production, &[]);
    house.ready_with(&reader(), &with(access_policy("reader"), json!({"description": "Reads"})));
    let id = house.id(&reader()).unwrap();
    house.run(mins(6));
    house.forget_requests();
    house.by_hand(|console| console.change_policy(&id, |it| it.description = String::new()).unwrap());
    house.until(mins(8), "put back", |house| house.written() == [PUT]);
    assert_eq!(policy_of(&house, &reader()).description, "Reads");
}

#[test]
fn a_whole_body_repeats_what_others_changed_and_only_is_reported() {
    let mut house = furnished(Contract::Published, &[]);
    let spec = with(access_policy("reader"), json!({"description": "Reads", "driftPolicy": "Report"}));
    house.ready_with(&reader(), &spec);
    let id = house.id(&reader()).unwrap();
    house.run(mins(6));
    house.by_hand(|console| {
        let change = |it: &mut PolicyDetails| {
            it.name = "theirs".into();
            it.description = "by hand".into();
        };
        console.change_policy(&id, change).unwrap();
    });
    house.until(mins(8), "told", |house| house.drift(&reader(), "description").is_some());
    house.forget_requests();
    let less = json!({"permissions": [{"serviceId": "ocean", "actions": ["describe"]}]});
    house.ready_with(&reader(), &with(spec.clone(), less.clone()));
    house.run(mins(6));
    let live = policy_of(&house, &reader());
    assert_eq!((live.name.as_str(), live.description.as_str()), ("theirs", "by hand"));
    assert_eq!(live.content, permissions("ocean", &["describe"]));
    // And what it says, where something else is edited.
    let more = permissions("ocean", &["describe", "delete"]);
    house.by_hand(|console| console.change_policy(&id, |it| it.content = more.clone()).unwrap());
    house.until(mins(8), "told", |house| house.drift(&reader(), "permissions").is_some());
    house.ready_with(&reader(), &with(with(spec, less), json!({"description": "edited"})));
    house.run(mins(6));
    let live = policy_of(&house, &reader());
    assert_eq!((live.name.as_str(), live.description.as_str()), ("theirs", "edited"));
    assert_eq!((live.content, house.written()), (more, vec![PUT.to_owned(), PUT.to_owned()]));
}

#[test]
pub fn where_nothing_can_be_repeated_in_a_whole_body_nothing_is_written_and_that_is_told() {
    let mut house = furnished(Contract::Published, &[]);
    let details = PolicyDetails {
        name: "reader".into(),
        description: String::new(),
        kind: PolicyKind::Account,
        content: permissions("a", &["b"]),
        updated_at: house.wall(),
    };
    let id = house.by_hand(|console| console.create_policy(organization_id(), details));
    let unsaid: fn(&mut Value) = |item| item["permissions"] = json!(null);
    house.way.vendors.amended.replace(Some(("/setup/access/policy".to_owned(), unsaid)));
    house.forget_requests();
    let denial = json!([{"effect": "Deny", "actions": ["a:b"], "resources": ["*"]}]);
    let spec = with(access_policy("reader"), json!({"permissions": null, "statements": denial}));
    house.ready_with(&reader(), &spec);
    assert_eq!(house.id(&reader()), Some(id));
    house.ready_with(&reader(), &with(spec, json!({"name": "renamed"})));
    house.run(mins(30));
    assert!(house.ready(&reader()), "{}", house.describe());
    let told = house.message(&reader(), "NotSupported");
    assert!(told.contains("name") && told.contains("statements"), "{told}");
    assert_eq!(house.written(), [""; 0]);
}

#[test]
fn what_spot_brought_along_is_known_by_its_kind_where_ids_say_nothing() {
    let mut house = furnished(Contract::Published, &[]);
    let told: fn(&mut Value) = |item| item["type"] = json!("SPOT_MANAGED_ACCOUNT");
    house.by_hand(|console| {
        let content = permissions("a", &["b"]);
        let (name, description, kind) = ("reader".into(), String::new(), PolicyKind::Account);
        let updated_at = jiff::Timestamp::UNIX_EPOCH;
        console
            .create_policy(organization_id(), PolicyDetails { name, description, kind, content, updated_at })
    });
    house.way.vendors.amended.replace(Some(("/setup/access/policy".to_owned(), told)));
    house.run(mins(6));
    house.forget_requests();
    house.apply(&reader(), &access_policy("reader"));
    house.until(mins(2), "not managed", |house| house.stalled(&reader(), "AlreadyExists"));
    house.run(mins(30));
    assert_eq!((house.id(&reader()), house.written()), (None, vec![]));
}
