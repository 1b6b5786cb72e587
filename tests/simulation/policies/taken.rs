//! What is taken over, what is the same, and what cannot be said.

use super::*;
use crate::support::house::secs;
use orgkeeper::sandbox::spot::Effect;

/// A policy that somebody made by hand.
fn there(house: &House, name: &str, kind: PolicyKind, content: PolicyContent) -> String {
    let (name, description) = (name.to_owned(), "by hand".to_owned());
    let details = PolicyDetails { name, description, kind, content, updated_at: house.wall() };
    house.by_hand(|console| console.create_policy(organization_id(), details))
}

fn statements(all: &[Statement]) -> PolicyContent {
    PolicyContent::Statements(all.to_vec())
}

fn of_statements(name: &str, statements: &Value) -> Value {
    with(access_policy(name), json!({"permissions": null, "statements": statements}))
}

#[test]
fn what_exists_is_taken_over_by_name_and_brought_in_line() {
    for contract in BOTH {
        let mut house = furnished(contract, &[]);
        let old = match contract {
            Contract::Production => statements(&[Statement::allow(&["b:c"])]),
            Contract::Published => permissions("b", &["c"]),
        };
        let id = there(&house, "reader", PolicyKind::Account, old);
        house.forget_requests();
        house.ready_with(&reader(), &access_policy("reader"));
        assert_eq!(house.id(&reader()), Some(id));
        assert_eq!(house.status(&reader())["origin"], "Adopted");
        assert_eq!(house.status(&reader())["deletionPolicy"], "Orphan");
        let live = policy_of(&house, &reader());
        assert_eq!((live.content, live.description.as_str()), (as_declared(contract), "by hand"));
        assert_eq!(house.written(), [PUT], "{contract:?}");
        house.run(mins(2));
        house.stays(&reader());
        house.delete(&reader());
        house.until(mins(1), "let go of", |house| !house.exists(&reader()));
        assert_eq!(named(&house, "reader").len(), 1);
        // Another one of that name: nobody can say which is meant.
        let other = there(&house, "reader", PolicyKind::Account, as_declared(contract));
        house.forget_requests();
        house.apply(&reader(), &access_policy("reader"));
        house.until(mins(1), "ambiguous", |house| house.stalled(&reader(), "Ambiguous"));
        assert_eq!(house.written(), [""; 0]);
        house.ready_with(&reader(), &with(access_policy("reader"), json!({"adopt": {"id": other}})));
        house.stays(&reader());
        assert_eq!(house.id(&reader()), Some(other));
        assert_eq!(house.written(), [""; 0]);
    }
}

#[test]
fn what_says_the_same_is_no_difference() {
    let condition = json!({"StringEquals": {"spot:ocean:name": ["a", "b"]}, "And": {"x": 1}});
    let declared = json!([
        {"effect": "Allow", "actions": ["ocean:describe", "b:c", "b:c"], "resources": ["o-1", "o-2"]},
        {"effect": "Deny", "actions": ["ocean:*"], "resources": ["*"], "condition": condition},
    ]);
    let mut house = furnished(Contract::Production, &[]);
    house.ready_with(&reader(), &of_statements("reader", &declared));
    let id = house.id(&reader()).unwrap();
    let statement = |effect, actions: &[&str], resources: &[&str], condition| Statement {
        effect,
        actions: actions.iter().map(|&one| one.to_owned()).collect(),
        resources: resources.iter().map(|&one| one.to_owned()).collect(),
        condition,
    };
    let other_order = statements(&[
        statement(Effect::Deny, &["ocean:*"], &["*"], Some(condition)),
        statement(Effect::Allow, &["b:c", "ocean:describe"], &["o-2", "o-1"], None),
    ]);
    house.by_hand(|console| console.change_policy(&id, |it| it.content = other_order).unwrap());
    house.forget_requests();
    house.stays(&reader());
    assert_eq!(house.written(), [""; 0]);
    // Less is a difference.
    let less = statements(&[statement(Effect::Allow, &["b:c", "ocean:describe"], &["o-2", "o-1"], None)]);
    house.by_hand(|console| console.change_policy(&id, |it| it.content = less).unwrap());
    house.until(mins(6), "put back", |house| house.written() == [PUT]);
}

#[test]
pub fn the_type_is_of_a_create_and_compared_where_it_is_shown() {
    let mut house = furnished(Contract::Production, &[]);
    let typed = |kind: &str| with(access_policy("reader"), json!({"type": kind}));
    house.ready_with(&reader(), &typed("Organization"));
    assert_eq!(policy_of(&house, &reader()).kind, PolicyKind::Organization);
    house.stays(&reader());
    let other = policy_key("other");
    there(&house, "other", PolicyKind::Account, as_declared(Contract::Production));
    house.forget_requests();
    let spec = with(access_policy("other"), json!({"type": "Organization"}));
    house.apply(&other, &spec);
    house.until(mins(1), "differs", |house| house.stalled(&other, "ImmutableField"));
    let drift = house.drift(&other, "type").unwrap();
    assert_eq!((&drift["desired"], &drift["actual"]), (&json!("Organization"), &json!("Account")));
    house.run(mins(30));
    assert_eq!(house.written(), [""; 0]);

    let mut house = furnished(Contract::Published, &[]);
    house.forget_requests();
    house.ready_with(&reader(), &typed("Account"));
    assert_eq!(
        house.condition(&reader(), "NotSupported"),
        Some(("True".to_owned(), "NotSupportedByContract".to_owned()))
    );
    assert!(house.message(&reader(), "NotSupported").contains("type;"));
    house.stays(&reader());
    assert_eq!(house.written(), [POST]);
}

#[test]
fn statements_are_written_as_permissions_where_nothing_is_lost() {
    let mut house = furnished(Contract::Published, &[]);
    house.forget_requests();
    let said =
        json!([{"effect": "Allow", "actions": ["ocean:describe", "ocean:create*"], "resources": ["*"]}]);
    house.ready_with(&reader(), &of_statements("reader", &said));
    let mut actions = vec!["describe", "create*"];
    actions.sort_unstable();
    assert_eq!(policy_of(&house, &reader()).content, permissions("ocean", &actions));
    house.stays(&reader());
    assert_eq!(house.written(), [POST]);
    // The other form of the same is no edit.
    house.ready_with(&reader(), &access_policy("reader"));
    house.stays(&reader());
    assert_eq!(house.written(), [POST]);
}

#[test]
fn what_the_contract_cannot_say_is_told_and_not_written() {
    let beyond = [
        (json!({"effect": "Deny"}), "denies"),
        (json!({"resources": ["o-1"]}), "resources"),
        (json!({"condition": {"StringEquals": {"a": "b"}}}), "condition"),
        (json!({"actions": ["*"]}), "no definite service"),
    ];
    for (part, why) in beyond {
        let mut house = furnished(Contract::Published, &[]);
        house.forget_requests();
        let one = with(json!({"effect": "Allow", "actions": ["a:b"], "resources": ["*"]}), part);
        let spec = of_statements("reader", &json!([one]));
        house.apply(&reader(), &spec);
        house.until(mins(1), why, |house| house.waits(&reader(), "NotTranslatable"));
        house.run(mins(30));
        assert_eq!(house.condition(&reader(), "NotSupported").unwrap().1, "NotTranslatable");
        for absent in ["Reconciling", "Stalled"] {
            assert_eq!(house.condition(&reader(), absent), None, "{why}");
        }
        let message = house.message(&reader(), "Ready");
        assert!(message.contains(why) && message.contains("statements[0]"), "{message}");
        assert_eq!(house.written(), [""; 0]);
        // One that exists is kept as far as it can be.
        let old = there(&house, "reader", PolicyKind::Account, permissions("a", &["b"]));
        house.until(mins(12), "taken over", |house| house.ready(&reader()));
        assert_eq!(house.id(&reader()), Some(old));
        assert_eq!(house.condition(&reader(), "NotSupported").unwrap().1, "NotTranslatable");
        let message = house.message(&reader(), "NotSupported");
        assert!(message.contains("statements;") && message.contains(why), "{message}");
        house.ready_with(&reader(), &with(spec, json!({"name": "renamed"})));
        house.run(mins(30));
        assert_eq!(house.written(), [PUT]);
        let live = policy_of(&house, &reader());
        assert_eq!((live.name.as_str(), live.content), ("renamed", permissions("a", &["b"])));
    }
}

#[test]
pub fn a_condition_that_is_too_long_is_refused_before_anything_is_sent() {
    let mut house = furnished(Contract::Production, &[]);
    house.forget_requests();
    let condition = |length| json!({"StringEquals": {"a": "x".repeat(length)}});
    let spec = |length| {
        let condition = condition(length);
        let one = json!({"effect": "Allow", "actions": ["a:b"], "resources": ["*"], "condition": condition});
        of_statements("reader", &json!([one]))
    };
    house.apply(&reader(), &spec(9000));
    house.until(mins(1), "refused", |house| house.stalled(&reader(), "PolicyInvalid"));
    assert!(house.message(&reader(), "Stalled").contains("statements[0].condition"));
    house.run(mins(30));
    assert_eq!(house.written(), [""; 0]);
    house.ready_with(&reader(), &spec(8000));
    house.stays(&reader());
}

#[test]
fn what_spot_brought_along_is_never_managed() {
    let mut house = furnished(Contract::Production, &[]);
    house.forget_requests();
    for (index, name) in ["Account Viewer", "Admin"].into_iter().enumerate() {
        let key = policy_key(&format!("built-in-{index}"));
        for adopt in [json!({}), json!({"policy": "Required"}), json!({"policy": "Never"})] {
            house.apply(&key, &with(access_policy(name), json!({"adopt": adopt})));
            house.run(secs(5));
            house.until(mins(1), name, |house| house.stalled(&key, "AlreadyExists"));
            assert!(house.message(&key, "Stalled").contains("brought along"));
        }
        house.delete(&key);
        house.until(mins(1), "let go of", |house| !house.exists(&key));
    }
    assert_eq!(house.written(), [""; 0]);
    // One that people made, and that has such a name already, is theirs.
    let id = there(&house, "Admin", PolicyKind::Account, as_declared(Contract::Production));
    house.run(mins(6));
    house.ready_with(&reader(), &with(access_policy("Admin"), json!({"adopt": {"id": id}})));
    assert_eq!(house.written(), [""; 0]);
    // Nor is one renamed to it.
    let other = policy_key("other");
    house.ready_with(&other, &access_policy("other"));
    house.forget_requests();
    house.apply(&other, &access_policy("Account Editor"));
    house.until(mins(1), "refused", |house| house.stalled(&other, "AlreadyExists"));
    house.run(mins(30));
    assert_eq!(house.written(), [""; 0]);
}
