//! Groups in the console.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::sandbox::core::Request;
use crate::sandbox::core::control::{Outcome, found, missing};
use crate::sandbox::spot::access::control::{Mapping, grants, mapping_rows};
use crate::sandbox::spot::control::{Action, Nothing, meant, read_action};
use crate::sandbox::spot::ids::OrganizationId;
use crate::sandbox::spot::target::Sandbox;
use crate::sandbox::spot::{GroupDetails, UserGroup, World};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewGroup {
    organization_id: Option<OrganizationId>,
    name: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    members: BTreeSet<String>,
    #[serde(default)]
    policies: Vec<Mapping>,
}

/// What is left out stays as it is; lists are replaced.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct GroupChange {
    name: Option<String>,
    description: Option<String>,
    members: Option<BTreeSet<String>>,
    policies: Option<Vec<Mapping>>,
}

pub(super) fn create(sandbox: &mut Sandbox, now: Timestamp, request: &Request) -> Outcome {
    let action: Action<NewGroup> = read_action(request)?;
    let organization = meant(sandbox, action.what.organization_id)?.id;
    let (mut console, new) = action.begin(sandbox, now);
    let details = GroupDetails { name: new.name, description: new.description, grants: grants(new.policies) };
    let id = console.create_group(organization, details);
    if !new.members.is_empty() {
        console.set_members(&id, &new.members);
    }
    Ok(json!({"userGroupId": id, "organizationId": organization}))
}

pub(super) fn change(sandbox: &mut Sandbox, now: Timestamp, id: &str, request: &Request) -> Outcome {
    let (mut console, change) = read_action::<GroupChange>(request)?.begin(sandbox, now);
    let there = match &change.members {
        Some(members) => console.set_members(id, members),
        None => true,
    };
    let rest_moves = change.name.is_some() || change.description.is_some() || change.policies.is_some();
    if !there || (!rest_moves && change.members.is_some()) {
        return found(there, "group");
    }
    let changed = console.change_group(id, |details| {
        if let Some(name) = change.name {
            details.name = name;
        }
        if let Some(description) = change.description {
            details.description = description;
        }
        if let Some(policies) = change.policies {
            details.grants = grants(policies);
        }
    });
    found(changed, "group")
}

pub(super) fn delete(sandbox: &mut Sandbox, now: Timestamp, id: &str, request: &Request) -> Outcome {
    let (mut console, Nothing {}) = read_action(request)?.begin(sandbox, now);
    if console.delete_group(id) { Ok(json!({})) } else { Err(missing("group")) }
}

/// What there is, whatever lists show.
pub(super) fn row(world: &World, group: &UserGroup, details: &GroupDetails) -> Value {
    json!({
        "userGroupId": group.id,
        "organizationId": group.organization,
        "name": details.name,
        "description": details.description,
        "members": world.members(&group.id),
        "policies": mapping_rows(&details.grants),
        "createdAt": group.created_at,
    })
}
