//! Organizations, as the vendor's support makes and removes them.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::sandbox::core::Request;
use crate::sandbox::core::control::{Complaint, Outcome, found, missing, read};
use crate::sandbox::spot::Organization;
use crate::sandbox::spot::control::{Action, read_action};
use crate::sandbox::spot::ids::OrganizationId;
use crate::sandbox::spot::target::Sandbox;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Named {
    name: String,
}

fn read_id(text: &str) -> Result<OrganizationId, Complaint> {
    text.parse().map_err(|_| missing("organization"))
}

pub(super) fn create(sandbox: &mut Sandbox, now: Timestamp, request: &Request) -> Outcome {
    let Named { name } = read(request)?;
    let world = sandbox.world_mut();
    let id = world.create_organization(now, None, &name, None);
    let organization = world.organization(id).map(row);
    organization.ok_or_else(|| missing("organization"))
}

/// Only a person can.
pub(super) fn rename(sandbox: &mut Sandbox, now: Timestamp, id: &str, request: &Request) -> Outcome {
    let action: Action<Named> = read_action(request)?;
    let id = read_id(id)?;
    let renamed = sandbox.world_mut().organizations.rename(id, &action.what.name);
    let (mut console, Named { name }) = action.begin(sandbox, now);
    console.note(id, "updateOrganization", "organization", &id.to_string(), json!({"name": name}));
    found(renamed, "organization")
}

/// With all that is in it.
pub(super) fn delete(sandbox: &mut Sandbox, id: &str) -> Outcome {
    found(sandbox.world_mut().delete_organization(read_id(id)?), "organization")
}

pub(super) fn row(organization: &Organization) -> Value {
    json!({
        "organizationId": organization.id,
        "name": organization.name,
        "defaultAccountId": organization.default_account,
        "administratorId": organization.administrator,
        "creatorId": organization.creator,
        "createdAt": organization.created_at,
    })
}
