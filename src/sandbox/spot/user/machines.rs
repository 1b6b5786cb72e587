//! Machine users at their creation; afterwards they are users like others (spot-wire §2.4).

use super::account_roles::account_roles;
use super::rows;
use crate::sandbox::spot::access::sent::read_grants;
use crate::sandbox::spot::call::Call;
use crate::sandbox::spot::contract::Contract;
use crate::sandbox::spot::envelope::Success;
use crate::sandbox::spot::input::Object;
use crate::sandbox::spot::refusal::Refusal;
use crate::sandbox::spot::user::state::USER;
use crate::sandbox::spot::{Grants, UserDetails, UserKind};

const KIND: &str = "spotinst:setup:programmaticUser";

/// Makes a machine user. Names are not unique. Its token is in this reply and nowhere else.
pub(super) fn create(call: &mut Call<'_>) -> Result<Success, Refusal> {
    let object = Object::flat(call.contract, call.body, &["name", "description", "accounts", "policies"])?;
    let name = object.required_plain_text("name")?;
    let description = object.prose("description")?.unwrap_or_default();
    let grants = match call.contract {
        Contract::Production => read_either(call, &object)?,
        Contract::Published => {
            account_roles(call, &object)?.map_or_else(Grants::default, |roles| Grants::of_roles(&roles))
        }
    };
    let details = UserDetails { description, grants, ..UserDetails::machine(&name) };
    let id = call.world.create_user(call.now, call.lag, call.organization, details);
    let token = call.world.issue_user_token(call.now, &id, &name, None).map(|issued| issued.value);
    let row = rows::machine_created(&id, &name, token.as_deref());
    call.subjects.push(id);
    Ok(Success::items(KIND, vec![row]))
}

/// Accounts or policies: one of them, and not empty.
fn read_either(call: &Call<'_>, object: &Object) -> Result<Grants, Refusal> {
    let grants = match (object.has("accounts"), object.has("policies")) {
        (true, true) => return Err(object.invalid("policies", "conflicts with \"accounts\"")),
        (true, false) => account_roles(call, object)?.map(|roles| Grants::of_roles(&roles)),
        _ => read_grants(call, object)?,
    };
    let grants = grants.ok_or_else(|| object.invalid("accounts", "or \"policies\" is required"))?;
    if grants.0.is_empty() {
        let member = if object.has("accounts") { "accounts" } else { "policies" };
        return Err(object.invalid(member, "must contain at least 1 items"));
    }
    Ok(grants)
}

/// The machine users alone. No page describes the row: it has what the creation told, without the
/// token, and the description.
pub(super) fn list(call: &Call<'_>) -> Success {
    let items = call
        .world
        .users
        .seen_of(call.list_sight(), call.organization)
        .into_iter()
        .filter(|(_, details)| details.kind == UserKind::Programmatic)
        .map(|(user, details)| rows::machine_read(user, details))
        .collect();
    Success::items(KIND, items)
}

/// One machine user; a person is as good as missing.
pub(super) fn get(call: &Call<'_>) -> Result<Success, Refusal> {
    let id = call.parameter("userId");
    let (user, details) = call
        .world
        .users
        .seen(call.read_sight(), id)
        .filter(|(user, _)| user.organization == call.organization)
        .filter(|(_, details)| details.kind == UserKind::Programmatic)
        .ok_or_else(|| Refusal::missing(USER, id))?;
    Ok(Success::items(KIND, vec![rows::machine_read(user, details)]))
}
