//! Users, as far as reading them proves where a token belongs.

use super::envelope::{Success, user_listed};
use super::operations::Call;
use super::refusal::{Entity, Refusal};
use super::routes::Contract;

/// Production implies the organization by the token (spot-wire §2.3); Published has it in the path.
pub(super) fn list(call: &Call<'_>) -> Result<Success, Refusal> {
    let own = call.organization.to_string();
    if call.contract == Contract::Published && call.parameter("organizationId") != own {
        return Err(Refusal::Forbidden("the token belongs to another organization".to_owned()));
    }
    let items = call
        .world
        .users_of(call.organization)
        .into_iter()
        .map(|user| user_listed(call.contract, user))
        .collect();
    Ok(Success::items("spotinst:setup:organization:user", items))
}

pub(super) fn get(call: &Call<'_>) -> Result<Success, Refusal> {
    let id = call.parameter("userId");
    let user = call
        .world
        .user(id)
        .filter(|user| user.organization == call.organization)
        .ok_or_else(|| Refusal::missing(Entity::User, id))?;
    Ok(Success::items("spotinst:setup:access:user", vec![user_listed(call.contract, user)]))
}
