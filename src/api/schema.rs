//! A lint for the schemas of the definitions: what the API server would accept, and users would regret.
//!
//! A schema is derived from types, and a derive is easily led into a shape that is refused at installation, costs too
//! much to validate, or fails with a message that nobody can read. Every definition is held against these rules.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceDefinition, CustomResourceDefinitionVersion, JSON, JSONSchemaProps, JSONSchemaPropsOrArray,
    JSONSchemaPropsOrBool,
};
use serde_json::json;
use std::fmt;

/// What is wrong with a schema, and where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    /// The node: property names with dots, `[]` for the items of a list, `{}` for the values of a map.
    pub path: String,
    /// What is wrong with it.
    pub problem: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.problem)
    }
}

/// Everything that is wrong with the schemas of a definition.
pub fn violations(crd: &CustomResourceDefinition) -> Vec<Violation> {
    let mut lint = Lint::default();
    for version in &crd.spec.versions {
        lint.version(version);
    }
    lint.found
}

/// A node of a schema, and what the rules need to know of its place.
struct Node<'a> {
    path: &'a str,
    schema: &'a JSONSchemaProps,
    in_list: bool,
}

#[derive(Default)]
struct Lint {
    found: Vec<Violation>,
}

impl Lint {
    fn say(&mut self, path: &str, problem: impl Into<String>) {
        self.found.push(Violation { path: path.to_owned(), problem: problem.into() });
    }

    fn require(&mut self, holds: bool, path: &str, problem: &str) {
        if !holds {
            self.say(path, problem);
        }
    }

    fn version(&mut self, version: &CustomResourceDefinitionVersion) {
        let Some(root) = version.schema.as_ref().and_then(|schema| schema.open_api_v3_schema.as_ref()) else {
            return self.say(&version.name, "has no schema");
        };
        self.require(
            root.x_kubernetes_validations.is_none(),
            "",
            "a rule on the root runs on every change of metadata, and can block the removal of a finalizer",
        );
        self.require(
            version.subresources.as_ref().is_some_and(|subresources| subresources.status.is_some()),
            "status",
            "is no subresource",
        );
        self.status(root.properties.as_ref().and_then(|properties| properties.get("status")));
        self.node(&Node { path: "", schema: root, in_list: false });
    }

    fn status(&mut self, status: Option<&JSONSchemaProps>) {
        let Some(status) = status else {
            return self.say("status", "is missing");
        };
        self.require(
            status.default == Some(JSON(json!({"observedGeneration": -1, "state": "Waiting"}))),
            "status",
            "must have the default {observedGeneration: -1, state: Waiting}, or a new object looks finished",
        );
        self.require(
            status.required.as_ref().is_none_or(Vec::is_empty),
            "status",
            "has required members, which its default does not give",
        );
    }

    fn node(&mut self, node: &Node<'_>) {
        let Node { path, schema, .. } = *node;
        self.shape(path, schema);
        self.rules(path, schema);
        self.require(
            !(node.in_list && schema.default.is_some()),
            path,
            "a default inside a list makes what is stored differ from the manifest in the eyes of GitOps tools",
        );
        match schema.type_.as_deref() {
            Some("string") => self.string(path, schema),
            Some("array") => self.list(node),
            Some("object") => self.object(node),
            Some("boolean" | "integer" | "number") => {}
            Some(other) => self.say(path, format!("has the unknown type {other}")),
            None => self.say(path, "has no type"),
        }
    }

    fn shape(&mut self, path: &str, schema: &JSONSchemaProps) {
        let unions = schema.one_of.is_some() || schema.any_of.is_some() || schema.all_of.is_some();
        self.require(
            !unions && schema.not.is_none(),
            path,
            "oneOf, anyOf, allOf and not fail with messages that nobody can read: use optional members and a rule",
        );
        self.require(
            schema.nullable != Some(true),
            path,
            "is nullable: null would be a second way to say absent",
        );
        let null = schema.enum_.iter().flatten().any(|value| value.0.is_null());
        self.require(!null, path, "has null among its enum values");
    }

    fn rules(&mut self, path: &str, schema: &JSONSchemaProps) {
        for rule in schema.x_kubernetes_validations.iter().flatten() {
            self.require(
                rule.message.as_ref().is_some_and(|message| !message.is_empty()),
                path,
                "has a rule without a message",
            );
            self.require(
                path == "spec" || !rule.rule.contains("oldSelf"),
                path,
                "has a rule on oldSelf below spec, which is skipped when the member appears or goes",
            );
        }
    }

    fn string(&mut self, path: &str, schema: &JSONSchemaProps) {
        let bounded = schema.max_length.is_some()
            || schema.enum_.is_some()
            || schema.format.as_deref() == Some("date-time");
        self.require(bounded, path, "is a string without maxLength");
    }

    fn list(&mut self, node: &Node<'_>) {
        let Node { path, schema, .. } = *node;
        self.require(schema.max_items.is_some(), path, "is a list without maxItems");
        if path.ends_with(".conditions") {
            let keyed = schema.x_kubernetes_list_type.as_deref() == Some("map")
                && schema.x_kubernetes_list_map_keys.as_deref() == Some(&["type".to_owned()]);
            self.require(keyed, path, "must be a list-map with the key type");
        }
        match &schema.items {
            Some(JSONSchemaPropsOrArray::Schema(items)) => {
                self.node(&Node { path: &format!("{path}[]"), schema: items, in_list: true });
            }
            Some(JSONSchemaPropsOrArray::Schemas(_)) => self.say(path, "has a schema for each of its items"),
            None => self.say(path, "has items without a schema"),
        }
    }

    fn object(&mut self, node: &Node<'_>) {
        let Node { path, schema, in_list } = *node;
        let open = schema.x_kubernetes_preserve_unknown_fields == Some(true);
        self.require(
            open || schema.properties.is_some() || schema.additional_properties.is_some(),
            path,
            "is an object without members: whatever is written into it is dropped",
        );
        self.require(
            schema.properties.is_none() || schema.additional_properties.is_none(),
            path,
            "has both properties and additionalProperties",
        );
        match &schema.additional_properties {
            Some(JSONSchemaPropsOrBool::Schema(values)) => {
                self.require(schema.max_properties.is_some(), path, "is a map without maxProperties");
                self.node(&Node { path: &format!("{path}{{}}"), schema: values, in_list });
            }
            Some(JSONSchemaPropsOrBool::Bool(_)) => {
                self.say(path, "has additionalProperties without a schema");
            }
            None => {}
        }
        for name in schema.required.iter().flatten() {
            let known = schema.properties.as_ref().is_some_and(|properties| properties.contains_key(name));
            self.require(known, path, &format!("requires {name}, which it does not have"));
        }
        for (name, property) in schema.properties.iter().flatten() {
            let at = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            self.require(property.description.is_some(), &at, "has no description");
            self.node(&Node { path: &at, schema: property, in_list });
        }
    }
}
