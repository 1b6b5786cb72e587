//! Machine users at their creation; afterwards they are users like others (spot-wire §2.4).

use super::account_users::account_roles;
use super::call::Call;
use super::envelope::{Success, access};
use super::input::Object;
use super::mappings::read_grants;
use super::refusal::Refusal;
use super::routes::Contract;
use super::state::{Grants, UserDetails};

/// Makes a machine user. Names are not unique. Its token is in this reply and nowhere else.
pub(super) fn create(call: &mut Call<'_>) -> Result<Success, Refusal> {
    let object = Object::flat(call.contract, call.body, &["name", "description", "accounts", "policies"])?;
    let name = object.required_plain_text("name")?;
    let description = object.text("description")?.unwrap_or_default();
    let grants = match call.contract {
        Contract::Production => read_either(call, &object)?,
        Contract::Published => {
            account_roles(call, &object)?.map_or_else(Grants::default, |roles| Grants::of_roles(&roles))
        }
    };
    let details = UserDetails { description, grants, ..UserDetails::machine(&name) };
    let id = call.world.create_user(call.now, call.lag, call.organization, details);
    let token = call.world.issue_user_token(call.now, &id, &name, None).map(|issued| issued.value);
    let row = access::machine_created(&id, &name, token.as_deref());
    call.subjects.push(id);
    Ok(Success::items("spotinst:setup:programmaticUser", vec![row]))
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
