//! The custom resource definitions, made from the types.

use crate::api::spot::{
    AccessPolicy, CloudCredential, EventSubscription, SpotAccount, SpotOrganization, SpotUser, SpotUserGroup,
};
use crate::api::state::State;
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
        version.additional_printer_columns = Some(columns(&crd.spec.names.kind));
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

/// The columns of a kind: how the object stands, what it is called at the vendor and the like, and its id. All is on one
/// line of 160 characters, also in a list of every kind, where the name stands behind that of its kind.
fn columns(kind: &str) -> Vec<CustomResourceColumnDefinition> {
    let (own, more) = own_columns(kind);
    let shown = [STATE, REASON].iter().chain(own).chain(&[ID, AGE]).map(|column| (column, 0));
    let wide = more.iter().chain(&[READY, MESSAGE]).map(|column| (column, 1));
    let column =
        |((name, type_, path, description), priority): (&Column, i32)| CustomResourceColumnDefinition {
            name: (*name).to_owned(),
            type_: (*type_).to_owned(),
            json_path: (*path).to_owned(),
            priority: (priority != 0).then_some(priority),
            description: Some((*description).to_owned()),
            ..CustomResourceColumnDefinition::default()
        };
    shown.chain(wide).map(column).collect()
}

/// Name, type, path and description of a column.
type Column = (&'static str, &'static str, &'static str, &'static str);

const STATE: Column = ("State", "string", ".status.state", "How it stands");
const ID: Column = ("Id", "string", ".status.id", "The vendor's id");
const AGE: Column = ("Age", "date", ".metadata.creationTimestamp", "The age of this object");
const READY: Column = (
    "Ready",
    "string",
    r#".status.conditions[?(@.type=="Ready")].status"#,
    "Whether the vendor's state is what the spec asks for",
);
const REASON: Column = ("Reason", "string", ".status.reason", "Why it stands so, in one word of the runbook");
const CALLED: Column = ("Called", "string", ".spec.name", "The name at the vendor");
const MESSAGE: Column = ("Message", "string", ".status.message", "Why, in a sentence");

/// What people look for in a list of the kind, and what they may ask for besides.
fn own_columns(kind: &str) -> (&'static [Column], &'static [Column]) {
    match kind {
        "SpotOrganization" => (
            &[
                (
                    "Accounts",
                    "integer",
                    ".status.counts.accounts.total",
                    "How many accounts it has at the vendor",
                ),
                ("Users", "integer", ".status.counts.users.total", "How many users it has at the vendor"),
            ],
            &[],
        ),
        "SpotAccount" | "SpotUserGroup" | "AccessPolicy" => (&[CALLED], &[]),
        "SpotUser" => (
            &[
                (
                    "Who",
                    "string",
                    ".spec['human.email','programmatic.name']",
                    "The e-mail address of a person, the name of a machine user",
                ),
                ("Role", "string", ".spec.human.role", "The role of a person in the organization"),
            ],
            &[],
        ),
        "CloudCredential" => (
            &[
                (
                    "As",
                    "string",
                    ".spec['aws.iamRole','azure.clientId','gcp.serviceAccountKeyRef.name']",
                    "What Spot acts as: the role at AWS, the application at Azure, the Secret with the key of a \
                     service account at Google",
                ),
                (
                    "Expires",
                    "string",
                    ".spec.azure.expirationDate",
                    "When its secret expires, as far as that is declared",
                ),
            ],
            &[("Account", "string", ".spec.accountRef['name','id']", "The account")],
        ),
        "EventSubscription" => (
            &[("Event", "string", ".spec.eventType", "The event that is told")],
            &[
                ("To", "string", ".spec.protocol", "How it is told"),
                ("Resource", "string", ".spec.resourceId", "What the event is about"),
            ],
        ),
        _ => (&[], &[]),
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
