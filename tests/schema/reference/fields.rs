//! What a schema says of each field: pure, from the schema as JSON.

use serde_json::Value;

/// A field, as its row of the table shows it.
#[derive(Debug, PartialEq, Eq)]
pub struct Field {
    /// Members with dots, `[]` after a list, `{}` after a map: `spec.allowed[].kinds`.
    pub path: String,
    /// `string`, `[]object`, `map of string`.
    pub kind: String,
    pub required: bool,
    pub default: Option<String>,
    /// What is allowed, one sentence each.
    pub rules: Vec<Rule>,
    pub description: String,
}

/// Something that the API server checks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Bounds, forms and choices: already in the form of the page.
    Bound(String),
    /// A rule in CEL, by the message that people get.
    Message(String),
    /// The same, about a change.
    Immutable(String),
    /// The same, about a change of what may be added later.
    SetOnce(String),
}

/// Every field below `member` of the schema, in the order of their paths.
pub fn fields(root: &Value, member: &str) -> Vec<Field> {
    let mut found = Vec::new();
    walk(member, &root["properties"][member], false, &mut found);
    place_rules(&mut found);
    found.into_iter().map(|(field, _)| field).collect()
}

/// A rule that stands at one field and is about another below it.
struct Elsewhere {
    path: String,
    rule: Rule,
}

type Found = Vec<(Field, Vec<Elsewhere>)>;

fn walk(path: &str, schema: &Value, required: bool, found: &mut Found) {
    let (leaf, place) = innermost(path, schema);
    let mut rules = bounds(schema);
    let mut elsewhere = Vec::new();
    collect(&mut rules, &mut elsewhere, path, schema);
    if place != path {
        let each = bounds(leaf).into_iter().map(|rule| match rule {
            Rule::Bound(text) => Rule::Bound(format!("each: {text}")),
            other => other,
        });
        rules.extend(each);
        collect(&mut rules, &mut elsewhere, &place, leaf);
    }
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let field = Field {
        path: path.to_owned(),
        kind: kind(schema),
        required,
        default: schema.get("default").map(Value::to_string),
        rules,
        description: text(&schema["description"]),
    };
    found.push((field, elsewhere));
    let is_required =
        |name: &str| leaf["required"].as_array().is_some_and(|names| names.iter().any(|one| one == name));
    for (name, property) in leaf["properties"].as_object().into_iter().flatten() {
        walk(&format!("{place}.{name}"), property, is_required(name), found);
    }
}

/// What the entries of a list, of a map, or of lists of them are; itself for anything else.
fn innermost<'a>(path: &str, schema: &'a Value) -> (&'a Value, String) {
    for (member, mark) in [("items", "[]"), ("additionalProperties", "{}")] {
        if schema[member].is_object() {
            return innermost(&format!("{path}{mark}"), &schema[member]);
        }
    }
    (schema, path.to_owned())
}

fn kind(schema: &Value) -> String {
    if schema["items"].is_object() {
        return format!("[]{}", kind(&schema["items"]));
    }
    if schema["additionalProperties"].is_object() {
        return format!("map of {}", kind(&schema["additionalProperties"]));
    }
    schema["type"].as_str().unwrap_or("any").to_owned()
}

/// Enumerations, patterns, formats and bounds.
fn bounds(schema: &Value) -> Vec<Rule> {
    let mut all = Vec::new();
    if let Some(choices) = schema["enum"].as_array() {
        let choices: Vec<String> =
            choices.iter().map(|one| format!("`{}`", one.as_str().unwrap_or_default())).collect();
        all.push(format!("one of {}", choices.join(", ")));
    }
    all.extend(schema["format"].as_str().map(|format| format!("format `{format}`")));
    all.extend(range(schema, "minLength", "maxLength").map(|range| format!("{range} characters")));
    all.extend(range(schema, "minItems", "maxItems").map(|range| format!("{range} entries")));
    all.extend(range(schema, "minProperties", "maxProperties").map(|range| format!("{range} members")));
    all.extend(range(schema, "minimum", "maximum"));
    all.extend(schema["pattern"].as_str().map(|pattern| format!("matches `{pattern}`")));
    if schema["x-kubernetes-list-type"] == "set" {
        all.push("no entry twice".to_owned());
    }
    if let Some(keys) = schema["x-kubernetes-list-map-keys"].as_array() {
        let keys: Vec<&str> = keys.iter().filter_map(Value::as_str).collect();
        all.push(format!("one entry for each `{}`", keys.join("`, `")));
    }
    if schema["x-kubernetes-preserve-unknown-fields"] == true {
        all.push("any members".to_owned());
    }
    all.into_iter().map(Rule::Bound).collect()
}

fn range(schema: &Value, least: &str, most: &str) -> Option<String> {
    match (schema[least].as_f64(), schema[most].as_f64()) {
        (None, None) => None,
        (Some(least), None) => Some(format!("at least {least}")),
        (None, Some(most)) => Some(format!("at most {most}")),
        (Some(least), Some(most)) if (least - most).abs() < f64::EPSILON => Some(format!("exactly {least}")),
        (Some(least), Some(most)) => Some(format!("{least} to {most}")),
    }
}

/// The rules in CEL that stand at a node, those about a field below it apart.
fn collect(rules: &mut Vec<Rule>, elsewhere: &mut Vec<Elsewhere>, path: &str, schema: &Value) {
    for rule in schema["x-kubernetes-validations"].as_array().into_iter().flatten() {
        let (text, message) = (&rule["rule"], &rule["message"]);
        let message = message.as_str().unwrap_or_default().to_owned();
        let text = text.as_str().unwrap_or_default();
        let said = match (text.contains("oldSelf"), text.contains("!has(oldSelf.")) {
            (false, _) => Rule::Message(message),
            (true, false) => Rule::Immutable(message),
            (true, true) => Rule::SetOnce(message),
        };
        match rule["fieldPath"].as_str() {
            Some(below) => elsewhere.push(Elsewhere { path: format!("{path}{below}"), rule: said }),
            None => rules.push(said),
        }
    }
}

/// Moves each rule to the row of the field that it is about.
fn place_rules(found: &mut Found) {
    let moved: Vec<Elsewhere> =
        found.iter_mut().flat_map(|(_, elsewhere)| std::mem::take(elsewhere)).collect();
    for Elsewhere { path, rule } in moved {
        let row = found.iter_mut().find(|(field, _)| field.path == path);
        let (field, _) = row.unwrap_or_else(|| panic!("a rule is about {path}, which is no field"));
        field.rules.push(rule);
    }
}
