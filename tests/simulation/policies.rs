//! Access policies: made, taken over, kept and deleted, in both contracts.

pub mod ends;
mod given;
mod lists;
pub mod shown;
pub mod taken;
pub mod unknown;

use crate::support::house::{House, mins};
use crate::support::manifests::{access_policy, policy_key, with};
use crate::support::people::{furnished, organization_id};
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::sandbox::spot::{Contract, Permission, PolicyContent, PolicyDetails, PolicyKind, Statement};
use serde_json::{Value, json};

const BOTH: [Contract; 2] = [Contract::Production, Contract::Published];
const POST: &str = "POST /setup/access/policy";
const PUT: &str = "PUT /setup/access/policy/{policyId}";
const DELETE: &str = "DELETE /setup/access/policy/{policyId}";

fn reader() -> ObjectRef {
    policy_key("reader")
}

/// What the vendor has of the policy that the object stands for.
#[track_caller]
fn policy_of(house: &House, key: &ObjectRef) -> PolicyDetails {
    let id = house.id(key).unwrap_or_else(|| panic!("{key} has no id\n{}", house.describe()));
    house.vendor().world().policy(organization_id(), &id).expect("it is there").1.clone()
}

/// The ids of the organization's own policies of the name.
fn named(house: &House, name: &str) -> Vec<String> {
    let now = house.wall();
    let mut vendor = house.vendor();
    vendor.carry_out_late(now);
    let policies = vendor.world().policies().filter(|(_, details)| details.name == name);
    policies.map(|(policy, _)| policy.id.clone()).collect()
}

fn permissions(service: &str, actions: &[&str]) -> PolicyContent {
    let actions = actions.iter().map(|&action| action.to_owned()).collect();
    PolicyContent::Permissions(vec![Permission { service_id: service.to_owned(), actions }])
}

/// What `access_policy` says, as the contract's form has it.
fn as_declared(contract: Contract) -> PolicyContent {
    match contract {
        Contract::Production => {
            PolicyContent::Statements(vec![Statement::allow(&["ocean:create*", "ocean:describe"])])
        }
        Contract::Published => permissions("ocean", &["describe", "create*"]),
    }
}

#[test]
fn a_policy_is_made_once_and_stays() {
    for contract in BOTH {
        let mut house = furnished(contract, &[]);
        house.forget_requests();
        let spec = with(access_policy("reader"), json!({"description": "Reads"}));
        house.ready_with(&reader(), &spec);
        let live = policy_of(&house, &reader());
        assert_eq!((live.name.as_str(), live.description.as_str()), ("reader", "Reads"));
        assert_eq!(live.content, as_declared(contract));
        assert_eq!(live.kind, PolicyKind::Account, "the vendor decides");
        assert_eq!(house.status(&reader())["origin"], "Created");
        assert_eq!(house.status(&reader())["deletionPolicy"], "Delete");
        assert_eq!(house.writes(&reader()), 3, "{}", house.describe());
        house.stays(&reader());
        assert_eq!(house.reasons(&reader()), ["Created"]);
        assert_eq!(house.written(), [POST], "{contract:?}");
        house.delete(&reader());
        house.until(mins(2), "gone", |house| !house.exists(&reader()));
        assert_eq!(house.written(), [POST, DELETE]);
        assert_eq!(named(&house, "reader"), [""; 0]);
    }
}

#[test]
fn an_edit_writes_what_changed_and_the_document_s_body_is_whole() {
    // (edit, what is sent in the live service)
    let edits = [
        (json!({"name": "renamed"}), json!({"name": "renamed"})),
        (json!({"description": "other"}), json!({"description": "other"})),
        (
            json!({"permissions": [{"serviceId": "b", "actions": ["c"]}]}),
            json!({"policyContent": {"statements": [
                {"effect": "ALLOW", "actions": ["b:c"], "resources": ["*"]}]}}),
        ),
    ];
    for contract in BOTH {
        for (edit, sent) in &edits {
            let mut house = furnished(contract, &[]);
            let spec = with(access_policy("reader"), json!({"description": "Reads"}));
            house.ready_with(&reader(), &spec);
            house.forget_requests();
            let edited = with(spec, edit.clone());
            house.ready_with(&reader(), &edited);
            house.stays(&reader());
            assert_eq!(house.written(), [PUT], "{contract:?} {edit}");
            let body = {
                let vendor = house.vendor();
                let entry = vendor.requests().entries().find(|entry| entry.method == "PUT").unwrap();
                entry.body.clone()
            };
            let expected = match contract {
                Contract::Production => sent.clone(),
                Contract::Published => json!({
                    "name": edited["name"], "description": edited["description"], "permissions": edited["permissions"],
                }),
            };

            assert_eq!(body["policy"], expected, "{contract:?} {edit}");
        }
    }
}
