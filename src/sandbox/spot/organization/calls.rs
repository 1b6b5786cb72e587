//! Organizations: made and deleted, and never listed (spot-wire §2.1).

use serde_json::{Value, json};

use crate::sandbox::spot::Organization;
use crate::sandbox::spot::call::Call;
use crate::sandbox::spot::contract::Contract;
use crate::sandbox::spot::envelope::Success;
use crate::sandbox::spot::ids::OrganizationId;
use crate::sandbox::spot::input::Object;
use crate::sandbox::spot::organization::state::ORGANIZATION;
use crate::sandbox::spot::refusal::Refusal;

const KIND: &str = "spotinst:setup:organization";

/// The name of one that is made without: the public document has no place for it.
const UNNAMED: &str = "Organization";

/// The token that creates it does not belong to it.
pub(super) fn create(call: &mut Call<'_>) -> Result<Success, Refusal> {
    let object = Object::wrapped(call.contract, call.body, "organization", &["name"])?;
    let name = match call.contract {
        Contract::Production => object.required_name()?,
        Contract::Published => object.name()?.unwrap_or_else(|| UNNAMED.to_owned()),
    };
    let id = call.world.create_organization(call.now, None, &name, Some(call.organization));
    let items = call.world.organization(id).map(|organization| created(call.contract, organization));
    let items = items.into_iter().collect();
    call.subjects.push(id.to_string());
    Ok(Success::items(KIND, items))
}

/// Deletes the token's own organization, or one that it created.
pub(super) fn delete(call: &mut Call<'_>) -> Result<Success, Refusal> {
    let given = call.parameter("organizationId");
    let missing = Refusal::missing(ORGANIZATION, given);
    let Ok(id) = given.parse::<OrganizationId>() else {
        return Err(missing);
    };
    let may = call
        .world
        .organization(id)
        .is_some_and(|found| id == call.organization || found.creator == Some(call.organization));
    if !may {
        return Err(missing);
    }
    call.world.delete_organization(id);
    Ok(call.done_to(id.to_string()))
}

/// Deletes the token's own organization: Published's form names none.
pub(super) fn delete_own(call: &mut Call<'_>) -> Success {
    call.world.delete_organization(call.organization);
    Success::Done
}

/// An organization in the reply to its creation.
fn created(contract: Contract, organization: &Organization) -> Value {
    match contract {
        Contract::Production => {
            json!({"organizationId": organization.id, "organizationName": organization.name})
        }
        Contract::Published => json!({"id": organization.id.to_string(), "name": organization.name}),
    }
}
