//! Rows of groups (spot-wire §2.4, §11).

use serde_json::{Value, json};

use super::state::Members;
use crate::sandbox::core::Sight;
use crate::sandbox::spot::access::rows::{mappings, policy_names};
use crate::sandbox::spot::envelope::offset_timestamp;
use crate::sandbox::spot::{GroupDetails, UserGroup, World};

/// A group in a list: who is in it and what it may are told by a read alone.
pub(super) fn listed(
    world: &World,
    sight: Sight,
    group: &UserGroup,
    details: &GroupDetails,
    members: &Members<'_>,
) -> Value {
    json!({
        "id": group.id,
        "name": details.name,
        "description": details.description,
        "createdAt": offset_timestamp(group.created_at),
        "policyNames": policy_names(world, sight, group.organization, &details.grants),
        "usersCount": members.get(group.id.as_str()).map_or(0, Vec::len),
    })
}

/// A group as a read by id shows it (spot-wire §11).
pub(super) fn read(world: &World, sight: Sight, group: &UserGroup, details: &GroupDetails) -> Value {
    let members = world.users.seen_members(sight, group.organization);
    let users: Vec<_> = members
        .get(group.id.as_str())
        .into_iter()
        .flatten()
        .map(|(user, details)| json!({"type": details.kind, "userId": user.id, "userName": details.display_name()}))
        .collect();
    let mut row = listed(world, sight, group, details, &members);
    row["users"] = json!(users);
    row["policies"] = mappings(world, sight, group.organization, &details.grants);
    row
}
