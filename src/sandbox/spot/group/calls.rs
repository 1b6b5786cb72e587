//! User groups: Production alone has them (spot-wire §3, §11).

use std::collections::BTreeSet;

use super::rows;
use crate::sandbox::core::{Lag, Sight};
use crate::sandbox::spot::GroupDetails;
use crate::sandbox::spot::access::sent::read_grants;
use crate::sandbox::spot::call::Call;
use crate::sandbox::spot::envelope::Success;
use crate::sandbox::spot::group::state::USER_GROUP;
use crate::sandbox::spot::input::Object;
use crate::sandbox::spot::refusal::Refusal;

const KIND: &str = "spotinst:setup:access:userGroup";

pub(super) fn create(call: &mut Call<'_>) -> Result<Success, Refusal> {
    let object = Object::flat(call.contract, call.body, &["name", "description", "userIds", "policies"])?;
    let name = object.required_plain_text("name")?;
    let description = object.prose("description")?.unwrap_or_default();
    let members = read_members(call, object.texts("userIds")?.unwrap_or_default())?;
    let grants = read_grants(call, &object)?.unwrap_or_default();
    let details = GroupDetails { name, description, grants };
    let id =
        call.world.groups.create(&mut call.world.register, call.now, call.lag, call.organization, details);
    call.world.set_members(call.now, call.lag, &id, &members);
    let (group, details) = call.group(&id)?;
    // What was just made is in its own reply, however late reads are.
    let sight = Sight::read(call.now, Lag::default());
    let row = rows::read(call.world, sight, group, details);
    call.subjects.push(id);
    Ok(Success::items(KIND, vec![row]))
}

/// Rows without users and policies: only a read by id tells those.
pub(super) fn list(call: &Call<'_>) -> Success {
    let sight = call.list_sight();
    let members = call.world.users.seen_members(sight, call.organization);
    let items = call
        .world
        .groups
        .seen_of(sight, call.organization)
        .into_iter()
        .map(|(group, details)| rows::listed(call.world, sight, group, details, &members))
        .collect();
    Success::items(KIND, items)
}

pub(super) fn get(call: &Call<'_>) -> Result<Success, Refusal> {
    let id = call.parameter("userGroupId");
    let sight = call.read_sight();
    let (group, details) = call
        .world
        .groups
        .seen(sight, id)
        .filter(|(group, _)| group.organization == call.organization)
        .ok_or_else(|| Refusal::missing(USER_GROUP, id))?;
    Ok(Success::items(KIND, vec![rows::read(call.world, sight, group, details)]))
}

/// Name and description only, merged. Neither may be empty, as the vendor's page has it.
pub(super) fn update(call: &mut Call<'_>) -> Result<Success, Refusal> {
    let id = named(call)?;
    let object = Object::flat(call.contract, call.body, &["name", "description"])?;
    let (name, description) = (object.plain_text("name")?, object.prose("description")?);
    if description.as_ref().is_some_and(String::is_empty) {
        return Err(object.invalid("description", "is not allowed to be empty"));
    }
    call.world.groups.change(call.now, call.lag, &id, |details| {
        if let Some(name) = name {
            details.name = name;
        }
        if let Some(description) = description {
            details.description = description;
        }
    });
    Ok(call.done_to(id))
}

pub(super) fn delete(call: &mut Call<'_>) -> Result<Success, Refusal> {
    let id = named(call)?;
    call.world.delete_group(call.now, call.lag, &id);
    Ok(call.done_to(id))
}

/// Replaces the whole list.
pub(super) fn set_users(call: &mut Call<'_>) -> Result<Success, Refusal> {
    let id = named(call)?;
    let object = Object::flat(call.contract, call.body, &["userIds"])?;
    let members = read_members(call, object.required_texts("userIds")?)?;
    call.world.set_members(call.now, call.lag, &id, &members);
    Ok(call.done_to(id))
}

/// Replaces the whole list.
pub(super) fn set_policies(call: &mut Call<'_>) -> Result<Success, Refusal> {
    let id = named(call)?;
    let object = Object::flat(call.contract, call.body, &["policies"])?;
    let grants = read_grants(call, &object)?.ok_or_else(|| object.required("policies"))?;
    call.world.groups.change(call.now, call.lag, &id, |details| details.grants = grants);
    Ok(call.done_to(id))
}

fn named(call: &Call<'_>) -> Result<String, Refusal> {
    Ok(call.group(call.parameter("userGroupId"))?.0.id.clone())
}

fn read_members(call: &Call<'_>, ids: Vec<String>) -> Result<BTreeSet<String>, Refusal> {
    for id in &ids {
        call.user(id)?;
    }
    Ok(ids.into_iter().collect())
}
