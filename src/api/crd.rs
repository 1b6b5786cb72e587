//! The custom resource definitions, made from the types.

use crate::api::spot::{
    AccessPolicy, CloudCredential, EventSubscription, SpotAccount, SpotOrganization, SpotUser, SpotUserGroup,
};
use crate::api::status::NEVER_OBSERVED;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceColumnDefinition, CustomResourceDefinition, JSON, JSONSchemaProps, JSONSchemaPropsOrArray,
    JSONSchemaPropsOrBool,
};
use kube::CustomResourceExt;
use serde_json::json;

/// Every definition, by name.
pub fn all() -> Vec<CustomResourceDefinition> {
    let all = [
        AccessPolicy::crd(),
        CloudCredential::crd(),
        EventSubscription::crd(),
        SpotAccount::crd(),
        SpotOrganization::crd(),
        SpotUserGroup::crd(),
        SpotUser::crd(),
    ];
    all.map(finished).into()
}

/// Adds what the derive cannot say: the columns that every kind has, and the default of `status` as a whole.
fn finished(mut crd: CustomResourceDefinition) -> CustomResourceDefinition {
    for version in &mut crd.spec.versions {
        version.additional_printer_columns = Some(columns());
        let Some(root) = version.schema.as_mut().and_then(|schema| schema.open_api_v3_schema.as_mut()) else {
            continue;
        };
        without_null(root);
        if let Some(status) = root.properties.as_mut().and_then(|properties| properties.get_mut("status")) {
            // Without it a new object has no status at all, which kstatus takes for a finished one.
            status.default = Some(JSON(json!({"observedGeneration": NEVER_OBSERVED})));
        }
    }
    crd
}

fn columns() -> Vec<CustomResourceColumnDefinition> {
    let column = |name: &str, type_: &str, path: &str, priority: i32, description: &str| {
        CustomResourceColumnDefinition {
            name: name.to_owned(),
            type_: type_.to_owned(),
            json_path: path.to_owned(),
            priority: (priority != 0).then_some(priority),
            description: Some(description.to_owned()),
            ..CustomResourceColumnDefinition::default()
        }
    };
    let ready = |field: &str| format!(r#".status.conditions[?(@.type=="Ready")].{field}"#);
    vec![
        column(
            "Ready",
            "string",
            &ready("status"),
            0,
            "Whether the vendor's state is what the spec asks for",
        ),
        column("Reason", "string", &ready("reason"), 0, "Why, in one word"),
        column("Id", "string", ".status.id", 0, "The vendor's id"),
        column("Age", "date", ".metadata.creationTimestamp", 0, "The age of this object"),
        column("Message", "string", &ready("message"), 1, "Why, in a sentence"),
    ]
}

/// Takes `nullable` out of a schema. The derive marks whatever is optional with it, yet absent is how these kinds
/// say "not given": null would be a second way to say it, and one that the rules do not know.
fn without_null(schema: &mut JSONSchemaProps) {
    schema.nullable = None;
    if let Some(values) = &mut schema.enum_ {
        values.retain(|value| !value.0.is_null());
    }
    for property in schema.properties.iter_mut().flat_map(|properties| properties.values_mut()) {
        without_null(property);
    }
    if let Some(JSONSchemaPropsOrArray::Schema(items)) = &mut schema.items {
        without_null(items);
    }
    if let Some(JSONSchemaPropsOrBool::Schema(values)) = &mut schema.additional_properties {
        without_null(values);
    }
}
