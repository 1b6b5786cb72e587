//! The manifests of `config/samples`, for a house of their own.

use serde_json::{Value, json};

use super::{files::documents, house::House};

/// The teams, each of which has a namespace; the first has the organization.
pub const TEAMS: [&str; 4] = ["platform", "payments", "data", "finance"];

/// The manifests, in the order of the kustomization, with the house's namespaces for those of the
/// teams, its vendor for the sandbox, and frequent resyncs.
pub fn manifests(house: &House) -> Vec<Value> {
    let mut manifests = documents();
    for manifest in &mut manifests {
        if manifest["kind"] == "Namespace" {
            move_to(house, &mut manifest["metadata"]["name"]);
        }
        settle_in(house, manifest);
        if manifest["kind"] == "SpotOrganization" {
            let connection = &mut manifest["spec"]["connection"];
            connection["endpoint"] = json!(house.sandbox.url());
            connection["requestsPerMinute"] = json!(10_000);
            manifest["spec"]["resyncInterval"] = json!("10s");
        }
    }
    manifests
}

/// Puts the house's namespaces wherever one is named.
fn settle_in(house: &House, value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (member, value) in members {
                if member == "namespace" {
                    move_to(house, value);
                } else {
                    settle_in(house, value);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| settle_in(house, item)),
        _ => {}
    }
}

fn move_to(house: &House, namespace: &mut Value) {
    let team = TEAMS.iter().position(|team| namespace == team);
    let team = team.unwrap_or_else(|| panic!("no team is {namespace}"));
    *namespace = json!(house.namespaces[team]);
}
