//! The reference of the kinds, `docs/reference`, is made from the definitions.

mod fields;
mod page;

use fields::{Field, Rule, fields};
use orgkeeper::operator::vendors;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The pages, by the names of their files.
pub fn pages() -> BTreeMap<String, String> {
    let definitions: Vec<Value> =
        vendors::definitions().iter().map(|crd| serde_json::to_value(crd).unwrap()).collect();
    let mut pages: BTreeMap<String, String> =
        definitions.iter().map(|definition| (page::file(definition), page::page(definition))).collect();
    pages.insert("README.md".to_owned(), page::index(&definitions));
    pages
}

/// Nothing that the API server checks is left out of the page: it has every rule's message.
#[test]
fn every_message_of_a_rule_is_on_the_page_of_its_kind() {
    fn messages(schema: &Value, found: &mut Vec<String>) {
        match schema {
            Value::Object(members) => {
                let rules = members.get("x-kubernetes-validations").and_then(Value::as_array);
                let texts = rules.into_iter().flatten().filter_map(|rule| rule["message"].as_str());
                found.extend(texts.map(str::to_owned));
                members.values().for_each(|member| messages(member, found));
            }
            Value::Array(items) => items.iter().for_each(|item| messages(item, found)),
            _ => {}
        }
    }
    let pages = pages();
    let mut all = 0;
    for crd in vendors::definitions() {
        let definition = serde_json::to_value(crd).unwrap();
        let mut found = Vec::new();
        messages(&definition, &mut found);
        all += found.len();
        let page = &pages[&page::file(&definition)];
        for message in found {
            assert!(page.contains(&page::prose(&message)), "{}: {message}", page::file(&definition));
        }
    }
    assert!(all > 50, "{all} messages");
}

#[test]
fn a_field_shows_all_that_is_checked_of_it() {
    let root = json!({"properties": {"spec": {
        "type": "object", "description": "What is wanted.", "required": ["names"],
        "properties": {
            "names": {
                "type": "array", "description": "Names.", "minItems": 1, "maxItems": 3, "x-kubernetes-list-type": "set",
                "items": {"type": "string", "maxLength": 5, "pattern": "^a|b$"},
            },
            "many": {"type": "integer", "description": "A number.", "default": 7, "minimum": 1, "maximum": 9},
            "which": {"type": "string", "description": "A choice.", "enum": ["A", "B"]},
        },
        "x-kubernetes-validations": [
            {"rule": "has(self.many) != has(self.which)", "message": "one of them"},
            {"rule": "self.names == oldSelf.names", "message": "names stay", "fieldPath": ".names"},
            {"rule": "!has(oldSelf.which) || self.which == oldSelf.which", "message": "which stays", "fieldPath": ".which"},
        ],
    }}});
    let field = |path: &str, kind: &str, rules: Vec<Rule>, description: &str| Field {
        path: path.to_owned(),
        kind: kind.to_owned(),
        required: false,
        default: None,
        rules,
        description: description.to_owned(),
    };
    let bound = |text: &str| Rule::Bound(text.to_owned());
    let names = vec![
        bound("1 to 3 entries"),
        bound("no entry twice"),
        bound("each: at most 5 characters"),
        bound("each: matches `^a|b$`"),
        Rule::Immutable("names stay".into()),
    ];
    let which = vec![bound("one of `A`, `B`"), Rule::SetOnce("which stays".into())];
    let one_of_them = vec![Rule::Message("one of them".into())];
    assert_eq!(
        fields(&root, "spec"),
        [
            field("spec", "object", one_of_them, "What is wanted."),
            Field {
                default: Some("7".into()),
                ..field("spec.many", "integer", vec![bound("1 to 9")], "A number.")
            },
            Field { required: true, ..field("spec.names", "[]string", names, "Names.") },
            field("spec.which", "string", which, "A choice."),
        ]
    );
}

#[test]
fn what_would_be_markdown_is_shown_as_it_is() {
    assert_eq!(
        page::prose("all of ocean:* and sig-1a*, or <none>"),
        "all of ocean:\\* and sig-1a\\*, or &lt;none>"
    );
    assert_eq!(page::prose("a `b*|c`\n  d_e"), "a `b*\\|c` d\\_e");
}
