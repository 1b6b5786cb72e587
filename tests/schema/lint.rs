//! The lint catches what is planted.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use orgkeeper::api::schema::violations;
use serde_json::{Value, json};

/// A definition without faults, whose `spec` has these properties.
fn definition(properties: &Value) -> Value {
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "things.example.com"},
        "spec": {
            "group": "example.com",
            "names": {"kind": "Thing", "plural": "things"},
            "scope": "Namespaced",
            "versions": [{
                "name": "v1",
                "served": true,
                "storage": true,
                "subresources": {"status": {}},
                "schema": {"openAPIV3Schema": {
                    "type": "object",
                    "properties": {
                        "spec": {"type": "object", "description": "d", "properties": properties},
                        "status": {
                            "type": "object",
                            "description": "d",
                            "default": {"observedGeneration": -1, "state": "Waiting"},
                            "properties": {"observedGeneration": {"type": "integer", "description": "d"}},
                        },
                    },
                }},
            }],
        },
    })
}

fn found(definition: Value) -> Vec<String> {
    let crd: CustomResourceDefinition = serde_json::from_value(definition).unwrap();
    violations(&crd).iter().map(ToString::to_string).collect()
}

#[test]
fn a_definition_without_faults_has_no_violation() {
    let properties = json!({
        "text": {"type": "string", "description": "d", "maxLength": 5},
        "choice": {"type": "string", "description": "d", "enum": ["A"], "default": "A"},
        "at": {"type": "string", "description": "d", "format": "date-time"},
        "list": {"type": "array", "description": "d", "maxItems": 2, "items": {"type": "boolean"}},
        "map": {"type": "object", "description": "d", "maxProperties": 2, "additionalProperties": {"type": "integer"}},
        "anything": {"type": "object", "description": "d", "x-kubernetes-preserve-unknown-fields": true},
    });
    assert!(found(definition(&properties)).is_empty());
}

#[test]
fn a_planted_fault_in_a_property_is_found() {
    let map = |values: Value| json!({"type": "object", "description": "d", "additionalProperties": values});
    let table: [(Value, &str); 21] = [
        (json!({"description": "d"}), "spec.x: has no type"),
        (json!({"description": "d", "type": "text"}), "spec.x: has the unknown type text"),
        (json!({"description": "d", "type": "string"}), "spec.x: is a string without maxLength"),
        (json!({"description": "d", "type": "boolean", "nullable": true}), "spec.x: is nullable"),
        (json!({"description": "d", "type": "string", "enum": ["A", null]}), "spec.x: has null among"),
        (json!({"description": "d", "type": "boolean", "oneOf": [{}]}), "spec.x: oneOf"),
        (json!({"description": "d", "type": "boolean", "anyOf": [{}]}), "spec.x: oneOf"),
        (json!({"description": "d", "type": "boolean", "allOf": [{}]}), "spec.x: oneOf"),
        (json!({"description": "d", "type": "boolean", "not": {}}), "spec.x: oneOf"),
        (json!({"type": "boolean"}), "spec.x: has no description"),
        (json!({"description": "d", "type": "object"}), "spec.x: is an object without members"),
        (map(json!({"type": "boolean"})), "spec.x: is a map without maxProperties"),
        (
            json!({"description": "d", "type": "object", "maxProperties": 1,
                "additionalProperties": {"type": "string"}}),
            "spec.x{}: is a string without maxLength",
        ),
        (map(json!(true)), "spec.x: has additionalProperties without a schema"),
        (
            json!({"description": "d", "type": "object", "maxProperties": 1,
                "properties": {"y": {"type": "boolean", "description": "d"}},
                "additionalProperties": {"type": "boolean"}}),
            "spec.x: has both properties and additionalProperties",
        ),
        (
            json!({"description": "d", "type": "object", "required": ["z"],
                "properties": {"y": {"type": "boolean", "description": "d"}}}),
            "spec.x: requires z",
        ),
        (
            json!({"description": "d", "type": "array", "items": {"type": "boolean"}}),
            "spec.x: is a list without maxItems",
        ),
        (json!({"description": "d", "type": "array", "maxItems": 1}), "spec.x: has items without a schema"),
        (
            json!({"description": "d", "type": "array", "maxItems": 1, "items": [{"type": "boolean"}]}),
            "spec.x: has a schema for each of its items",
        ),
        (
            json!({"description": "d", "type": "array", "maxItems": 1,
                "items": {"type": "object", "properties": {"y": {"type": "string", "description": "d"}}}}),
            "spec.x[].y: is a string without maxLength",
        ),
        (
            json!({"description": "d", "type": "array", "maxItems": 1,
                "items": {"type": "boolean", "default": true}}),
            "spec.x[]: a default inside a list",
        ),
    ];
    for (planted, wanted) in table {
        let found = found(definition(&json!({"x": planted})));
        assert_eq!(found.len(), 1, "{wanted}: {found:?}");
        assert!(found[0].starts_with(wanted), "{wanted}: {found:?}");
    }
}

#[test]
fn a_planted_fault_of_the_definition_is_found() {
    let rule = |rule: &str| json!([{"rule": rule, "message": "say what to do"}]);
    let root = "/spec/versions/0/schema/openAPIV3Schema";
    let conditions = |extra: Value| {
        let mut list =
            json!({"type": "array", "description": "d", "maxItems": 9, "items": {"type": "boolean"}});
        list.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        list
    };
    let table: [(String, &str, Value, &str); 9] = [
        (root.to_owned(), "x-kubernetes-validations", rule("true"), ": a rule on the root"),
        (
            format!("{root}/properties/spec"),
            "x-kubernetes-validations",
            json!([{"rule": "true"}]),
            "spec: has a rule without a message",
        ),
        (
            format!("{root}/properties/spec/properties/x"),
            "x-kubernetes-validations",
            rule("self == oldSelf"),
            "spec.x: has a rule on oldSelf below spec",
        ),
        ("/spec/versions/0".to_owned(), "subresources", json!({}), "status: is no subresource"),
        ("/spec/versions/0".to_owned(), "schema", json!({}), "v1: has no schema"),
        (
            format!("{root}/properties/status"),
            "default",
            json!({"observedGeneration": 0}),
            "status: must have the default",
        ),
        (
            format!("{root}/properties/status"),
            "required",
            json!(["observedGeneration"]),
            "status: has required members",
        ),
        (
            format!("{root}/properties/status/properties"),
            "conditions",
            conditions(json!({})),
            "status.conditions: must be a list-map",
        ),
        (
            format!("{root}/properties/status/properties"),
            "conditions",
            conditions(json!({"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"]})),
            "status.conditions: must be a list-map",
        ),
    ];
    for (at, member, value, wanted) in table {
        let mut planted = definition(&json!({"x": {"type": "boolean", "description": "d"}}));
        planted.pointer_mut(&at).unwrap()[member] = value;
        let found = found(planted);
        assert_eq!(found.len(), 1, "{wanted}: {found:?}");
        assert!(found[0].starts_with(wanted), "{wanted}: {found:?}");
    }
}

#[test]
fn a_rule_on_old_self_is_at_home_on_spec() {
    let mut fine = definition(&json!({"x": {"type": "boolean", "description": "d"}}));
    fine["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["x-kubernetes-validations"] =
        json!([{"rule": "has(self.x) == has(oldSelf.x)", "message": "x stays"}]);
    assert!(found(fine).is_empty());
}
