//! A manifest held against the schema of its kind: members, types, choices and what is required. The rest
//! (bounds, rules) is the API server's, and tested there.

use serde_json::Value;

/// What is wrong with the value, each with its path.
pub fn complaints(path: &str, schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    check(path, schema, value, &mut found);
    found
}

fn check(path: &str, schema: &Value, value: &Value, found: &mut Vec<String>) {
    if let Some(kind) = schema["type"].as_str()
        && !is_of(kind, value)
    {
        found.push(format!("{path}: is no {kind}: {value}"));
        return;
    }
    if let Some(choices) = schema["enum"].as_array()
        && !choices.contains(value)
    {
        found.push(format!("{path}: {value} is none of the choices"));
    }
    match value {
        Value::Object(members) => {
            let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let missing = required.filter(|name| !members.contains_key(*name));
            found.extend(missing.map(|name| format!("{path}.{name}: is missing")));
            for (name, member) in members {
                check_member(&format!("{path}.{name}"), schema, name, member, found);
            }
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                check(&format!("{path}[{at}]"), &schema["items"], item, found);
            }
        }
        _ => {}
    }
}

fn check_member(path: &str, schema: &Value, name: &str, member: &Value, found: &mut Vec<String>) {
    let (property, any) = (&schema["properties"][name], &schema["additionalProperties"]);
    if property.is_object() {
        check(path, property, member, found);
    } else if any.is_object() {
        check(path, any, member, found);
    } else if schema["x-kubernetes-preserve-unknown-fields"] != true {
        found.push(format!("{path}: is not known"));
    }
}

fn is_of(kind: &str, value: &Value) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        _ => false,
    }
}
