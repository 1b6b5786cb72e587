use super::*;
use PolicyEffect::{Allow, Deny};
use proptest::prelude::*;
use serde_json::from_value;

fn statement(
    effect: PolicyEffect,
    actions: &[&str],
    resources: &[&str],
    condition: Option<Value>,
) -> Statement {
    let owned = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
    Statement { effect, actions: owned(actions), resources: owned(resources), condition }
}

fn allow(actions: &[&str]) -> Statement {
    statement(Allow, actions, &["*"], None)
}

fn said(statements: &[Statement]) -> String {
    text(&PolicyContent::Statements(statements.to_vec()))
}

fn permission(service: &str, actions: &[&str]) -> Permission {
    let actions = actions.iter().map(|&word| word.to_owned()).collect();
    Permission { service_id: service.to_owned(), actions }
}

#[test]
fn what_says_the_same_has_one_text() {
    let condition = |text: &str| serde_json::from_str::<Value>(text).ok();
    let table = [
        ("order of actions", vec![allow(&["a:x", "a:y"])], vec![allow(&["a:y", "a:x"])]),
        ("repeated actions", vec![allow(&["a:x"])], vec![allow(&["a:x", "a:x"])]),
        (
            "order and repetition of resources",
            vec![statement(Allow, &["a:x"], &["o-1", "o-2"], None)],
            vec![statement(Allow, &["a:x"], &["o-2", "o-1", "o-2"], None)],
        ),
        (
            "order of statements",
            vec![allow(&["a:x"]), statement(Deny, &["a:y"], &["*"], None)],
            vec![statement(Deny, &["a:y"], &["*"], None), allow(&["a:x"])],
        ),
        ("statements about the same", vec![allow(&["a:x", "b:y"])], vec![allow(&["a:x"]), allow(&["b:y"])]),
        ("nothing allowed", vec![allow(&["a:x"])], vec![allow(&["a:x"]), statement(Deny, &[], &["*"], None)]),
        (
            "order of a condition's members",
            vec![statement(Allow, &["a:x"], &["*"], condition(r#"{"And":{"p":["1","2"],"q":"3"}}"#))],
            vec![statement(Allow, &["a:x"], &["*"], condition(r#"{"And":{"q":"3","p":["1","2"]}}"#))],
        ),
        (
            "a condition without operators",
            vec![allow(&["a:x"])],
            vec![statement(Allow, &["a:x"], &["*"], condition("{}"))],
        ),
    ];
    for (what, one, other) in table {
        assert_eq!(said(&one), said(&other), "{what}");
    }
}

#[test]
fn what_says_something_else_has_another_text() {
    let with = |condition: Value| statement(Allow, &["a:x"], &["*"], Some(condition));
    let all = [
        vec![],
        vec![allow(&["a:x"])],
        vec![allow(&["a:y"])],
        vec![allow(&["a:x", "a:y"])],
        vec![statement(Deny, &["a:x"], &["*"], None)],
        vec![allow(&["a:x"]), statement(Deny, &["a:x"], &["*"], None)],
        vec![statement(Allow, &["a:x"], &["o-1"], None)],
        vec![statement(Allow, &["a:x"], &["*", "o-1"], None)],
        vec![statement(Allow, &["a:x"], &[], None)],
        // Each action for each resource is more than each for its own.
        vec![statement(Allow, &["a:x", "a:y"], &["o-1", "o-2"], None)],
        vec![statement(Allow, &["a:x"], &["o-1"], None), statement(Allow, &["a:y"], &["o-2"], None)],
        vec![with(json!({"StringEquals": {"spot:ocean:name": "a"}}))],
        vec![with(json!({"StringEquals": {"spot:ocean:name": "b"}}))],
        vec![with(json!({"StringEquals": {"spot:ocean:name": ["a"]}}))],
        vec![with(json!({"StringEquals": {"spot:ocean:name": ["b", "a"]}}))],
        vec![with(json!({"StringEquals": {"spot:ocean:name": ["a", "b"]}}))],
    ];
    let texts: BTreeSet<String> = all.iter().map(|statements| said(statements)).collect();
    assert_eq!(texts.len(), all.len(), "{texts:#?}");
}

#[test]
fn permissions_become_a_statement_a_service() {
    let permissions =
        vec![permission("ocean", &["read"]), permission("b", &["*"]), permission("ocean", &["go"])];
    let statements = as_statements(&PolicyContent::Permissions(permissions));
    assert_eq!(statements, [allow(&["b:*"]), allow(&["ocean:go", "ocean:read"])]);
}

#[test]
fn statements_become_permissions_where_nothing_is_lost() {
    let condition = json!({"StringEquals": {"a": "b"}});
    let table = [
        (vec![allow(&["ocean:go"])], Ok(vec![permission("ocean", &["go"])])),
        (
            vec![allow(&["ocean:go", "b:*"]), statement(Allow, &["ocean:read*"], &["*", "*"], None)],
            Ok(vec![permission("b", &["*"]), permission("ocean", &["go", "read*"])]),
        ),
        (vec![statement(Deny, &["ocean:go"], &["*"], None)], Err("statements[0] denies")),
        (
            vec![allow(&["a:b"]), statement(Allow, &["a:b"], &["*"], Some(condition))],
            Err("statements[1] has a condition"),
        ),
        (vec![statement(Allow, &["a:b"], &["o-1"], None)], Err("statements[0] is for other resources")),
        (vec![statement(Allow, &["a:b"], &["*", "o-1"], None)], Err("statements[0] is for other resources")),
        (vec![statement(Allow, &["a:b"], &[], None)], Err("statements[0] is for other resources")),
        (vec![allow(&["*"])], Err("statements[0] allows *,")),
        (vec![allow(&["a:b", "*:describe"])], Err("statements[0] allows *:describe,")),
        (vec![allow(&["oc*:describe"])], Err("statements[0] allows oc*:describe,")),
    ];
    for (statements, expected) in table {
        let translated = as_permissions(&PolicyContent::Statements(statements.clone()));
        match (&translated, expected) {
            (Ok(permissions), Ok(expected)) => {
                assert_eq!(*permissions, expected);
                let back = PolicyContent::Permissions(permissions.clone());
                assert_eq!(text(&back), said(&statements), "nothing is lost");
            }
            (Err(why), Err(expected)) => assert!(why.starts_with(expected), "{why}"),
            _ => panic!("{statements:?}: {translated:?}"),
        }
    }
}

#[test]
fn a_condition_has_a_size() {
    let of = |bytes: usize| {
        let value = "x".repeat(bytes - r#"{"a":""}"#.len());
        let statement: spot::Statement = from_value(json!({
            "effect": "Allow", "actions": ["a:b"], "resources": ["*"], "condition": {"a": value},
        }))
        .unwrap();
        wished(spot::PolicyContent::Statements(&[statement]))
    };
    assert!(of(8192).is_ok());
    let why = of(8193).unwrap_err();
    assert!(why.contains("statements[0].condition has 8193 bytes") && why.contains("8192"), "{why}");
}

#[test]
fn a_denial_that_was_not_there_is_one_more() {
    let deny = |actions: &[&str], resources: &[&str]| statement(Deny, actions, resources, None);
    let content = |statements: &[Statement]| PolicyContent::Statements(statements.to_vec());
    let table = [
        (vec![], vec![allow(&["a:b"])], false),
        (vec![allow(&["a:b"])], vec![deny(&["a:b"], &["*"])], true),
        (vec![deny(&["a:b"], &["*"])], vec![deny(&["a:b"], &["*"]), allow(&["c:d"])], false),
        (vec![deny(&["a:b", "a:c"], &["*"])], vec![deny(&["a:b"], &["*"])], false),
        (vec![deny(&["a:b"], &["*"])], vec![deny(&["a:b", "a:c"], &["*"])], true),
        (vec![deny(&["a:b"], &["o-1"])], vec![deny(&["a:b"], &["*"])], true),
    ];
    for (before, after, expected) in table {
        assert_eq!(denies_more(Some(&content(&before)), &content(&after)), expected, "{before:?} {after:?}");
    }
    assert!(denies_more(None, &content(&[deny(&["a:b"], &["*"])])), "nobody knows what there was");
}

fn statements() -> impl Strategy<Value = Vec<Statement>> {
    let effect = prop_oneof![Just(Allow), Just(Deny)];
    let words = |form: &'static str| proptest::collection::vec(form, 1..3);
    let condition = proptest::option::of("[ab]".prop_map(|value| json!({"StringEquals": {"k": value}})));
    let one = (effect, words("[ab]:[xy]"), words("[*op]"), condition);
    let one = one.prop_map(|(effect, actions, resources, condition)| Statement {
        effect,
        actions,
        resources,
        condition,
    });
    proptest::collection::vec(one, 0..4)
}

/// What is said of one action on one resource under one condition.
fn atoms(statements: &[Statement]) -> BTreeSet<(bool, String, BTreeSet<String>, Option<String>)> {
    let each = statements.iter().flat_map(|one| {
        one.actions.iter().map(|action| {
            let condition = one.condition.as_ref().map(ToString::to_string);
            (one.effect == Deny, action.clone(), one.resources.iter().cloned().collect(), condition)
        })
    });
    each.collect()
}

proptest! {
    #[test]
    fn the_text_is_the_same_exactly_where_the_same_is_said(one in statements(), other in statements()) {
        prop_assert_eq!(said(&one) == said(&other), atoms(&one) == atoms(&other));
    }
}
