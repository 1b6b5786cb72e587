//! The custom resource definition of a kind, made from its type.

use crate::api::column::Column;
use crate::api::managed::Managed;
use crate::api::state::State;
use crate::api::status::NEVER_OBSERVED;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceColumnDefinition, CustomResourceDefinition, JSON, JSONSchemaProps, JSONSchemaPropsOrArray,
    JSONSchemaPropsOrBool,
};
use kube::CustomResourceExt;
use serde_json::json;

const STATE: Column = Column::text("State", ".status.state", "How it stands");
const REASON: Column =
    Column::text("Reason", ".status.reason", "Why it stands so, in one word of the runbook");
const ID: Column = Column::text("Id", ".status.id", "The vendor's id");
const AGE: Column =
    Column { type_: "date", ..Column::text("Age", ".metadata.creationTimestamp", "The age of this object") };
const READY: Column = Column::text(
    "Ready",
    r#".status.conditions[?(@.type=="Ready")].status"#,
    "Whether the vendor's state is what the spec asks for",
)
.wide();
const MESSAGE: Column = Column::text("Message", ".status.message", "Why, in a sentence").wide();

/// The definition of a kind, with what the derive cannot say: the columns, and the default of `status` as a whole.
pub fn of<K: Managed + CustomResourceExt>() -> CustomResourceDefinition {
    let mut crd = K::crd();
    for version in &mut crd.spec.versions {
        version.additional_printer_columns = Some(columns(K::COLUMNS, K::OWN_ID));
        let Some(root) = version.schema.as_mut().and_then(|schema| schema.open_api_v3_schema.as_mut()) else {
            continue;
        };
        without_null(root);
        if let Some(status) = root.properties.as_mut().and_then(|properties| properties.get_mut("status")) {
            // Without it a new object has no status at all, which kstatus takes for a finished one.
            status.default =
                Some(JSON(json!({"observedGeneration": NEVER_OBSERVED, "state": State::Waiting})));
        }
    }
    crd
}

/// The columns of a kind with these of its own: how the object stands, what it is called at the vendor and the like, and
/// its id where that is its own. All is on one line of 160 characters, also in a list of every kind, where the name
/// stands behind that of its kind.
fn columns(own: &[Column], own_id: bool) -> Vec<CustomResourceColumnDefinition> {
    let id = if own_id { ID } else { ID.wide() };
    let all = [STATE, REASON].iter().chain(own).chain([&id, &AGE, &READY, &MESSAGE]);
    let (wide, narrow): (Vec<&Column>, Vec<&Column>) = all.partition(|column| column.is_wide);
    narrow.into_iter().chain(wide).map(definition).collect()
}

fn definition(column: &Column) -> CustomResourceColumnDefinition {
    CustomResourceColumnDefinition {
        name: column.name.to_owned(),
        type_: column.type_.to_owned(),
        json_path: column.path.to_owned(),
        priority: column.is_wide.then_some(1),
        description: Some(column.description.to_owned()),
        ..CustomResourceColumnDefinition::default()
    }
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
