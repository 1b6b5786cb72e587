//! Users: people at their creation, and what people and machine users have in common
//! (spot-wire §2.3).

use super::account_roles::account_roles;
use super::rows;
use crate::sandbox::spot::access::sent::read_grants;
use crate::sandbox::spot::call::Call;
use crate::sandbox::spot::contract::Contract;
use crate::sandbox::spot::envelope::Success;
use crate::sandbox::spot::input::Object;
use crate::sandbox::spot::refusal::Refusal;
use crate::sandbox::spot::user::state::USER;
use crate::sandbox::spot::{ADMIN, AccountRole, Grants, Role, UserDetails, UserKept, UserKind};

const KIND: &str = "spotinst:setup:user";

/// `admin` is in the public document alone; that the live service takes it too is assumed.
const ROLES: &[(&str, Role)] = &[("admin", Role::Admin), ("editor", Role::Editor), ("viewer", Role::Viewer)];

/// Makes a person. The token that Production can make with it is in this reply and nowhere else.
pub(super) fn create(call: &mut Call<'_>) -> Result<Success, Refusal> {
    let with_token = match call.query("generateToken") {
        None | Some("false") => false,
        Some("true") => call.contract == Contract::Production,
        Some(_) if call.contract == Contract::Published => false,
        Some(_) => {
            return Err(Refusal::invalid("query.generateToken", "\"generateToken\" must be a boolean"));
        }
    };
    let details = read_person(call)?;
    if call.world.users.person(call.organization, &details.email).is_some() {
        let message = format!("User: '{}' already exists", details.email);
        return Err(Refusal::conflict("USER_ALREADY_EXISTS", message));
    }
    let id = call.world.create_user(call.now, call.lag, call.organization, details);
    let token = if with_token {
        call.world.issue_user_token(call.now, &id, "default", None).map(|issued| issued.value)
    } else {
        None
    };
    let (user, details) = call.user(&id)?;
    let row = rows::person_created(call.contract, user, details, token.as_deref());
    call.subjects.push(id);
    Ok(Success::items(KIND, vec![row]))
}

fn read_person(call: &Call<'_>) -> Result<UserDetails, Refusal> {
    let known = &["firstName", "lastName", "email", "password", "role"];
    let object = Object::flat(call.contract, call.body, known)?;
    let (first_name, last_name) = match call.contract {
        Contract::Production => {
            (object.required_plain_text("firstName")?, object.required_plain_text("lastName")?)
        }
        Contract::Published => {
            (object.text("firstName")?.unwrap_or_default(), object.text("lastName")?.unwrap_or_default())
        }
    };
    let email = object.required_email("email")?;
    let password = object.text("password")?;
    if call.contract == Contract::Production && password.is_some_and(|password| !is_strong(&password)) {
        let rule = "must have 8 characters, a number, an upper and a lower case letter and a special one";
        return Err(object.invalid("password", rule));
    }
    let mut details = UserDetails { first_name, last_name, ..UserDetails::person(&email) };
    take_role(call, &mut details, object.choice("role", ROLES)?);
    if details.role == Some(Role::Viewer)
        && let Some(organization) = call.world.organization(call.organization)
    {
        details.account_roles.insert(organization.default_account.clone(), AccountRole::Viewer);
    }
    Ok(details)
}

/// What a role in the organization brings. In the live service an editor administers (spot-wire
/// §2.3, the SCIM note); the document has three roles, so there only an admin does.
fn take_role(call: &Call<'_>, details: &mut UserDetails, role: Option<Role>) {
    let Some(role) = role else {
        return;
    };
    details.role = Some(role);
    let administers = match role {
        Role::Admin => true,
        Role::Editor => call.contract == Contract::Production,
        Role::Viewer => false,
    };
    if administers {
        details.grants.add(ADMIN, std::iter::empty::<String>());
    } else {
        details.grants.0.remove(ADMIN);
    }
}

/// spot-wire §5, "password rule".
fn is_strong(password: &str) -> bool {
    let has = |test: fn(&char) -> bool| password.chars().any(|char| test(&char));
    password.chars().count() >= 8
        && has(char::is_ascii_digit)
        && has(char::is_ascii_uppercase)
        && has(char::is_ascii_lowercase)
        && has(|char| !char.is_alphanumeric())
}

/// Production implies the organization by the token (spot-wire §2.3); Published has it in the path.
pub(super) fn list(call: &Call<'_>) -> Result<Success, Refusal> {
    let own = call.organization.to_string();
    if call.contract == Contract::Published && call.parameter("organizationId") != own {
        return Err(Refusal::forbidden("the token belongs to another organization"));
    }
    let sight = call.list_sight();
    let items = call
        .world
        .users
        .seen_of(sight, call.organization)
        .into_iter()
        .map(|(user, details)| rows::listed(call.contract, call.world, sight, user, details))
        .collect();
    Ok(Success::items("spotinst:setup:organization:user", items))
}

/// Who may do something in an account, or, without one, everybody, each with the accounts.
pub(super) fn list_mapped(call: &Call<'_>) -> Result<Success, Refusal> {
    let account = call.query("accountId");
    if let Some(id) = account {
        call.account(id)?;
    }
    let items = call
        .world
        .users
        .seen_of(call.list_sight(), call.organization)
        .into_iter()
        .filter_map(|(user, details)| {
            let mapped = call.world.rights().mapped_accounts(call.organization, details);
            let wanted = account.is_none_or(|account| mapped.contains(account));
            wanted.then(|| rows::mapped(user, details, &mapped))
        })
        .collect();
    Ok(Success::items(KIND, items))
}

/// A person or a machine user.
pub(super) fn get(call: &Call<'_>) -> Result<Success, Refusal> {
    let id = call.parameter("userId");
    let sight = call.read_sight();
    let (user, details) = call
        .world
        .users
        .seen(sight, id)
        .filter(|(user, _)| user.organization == call.organization)
        .ok_or_else(|| Refusal::missing(USER, id))?;
    let row = rows::read(call.contract, call.world, sight, user, details);
    Ok(Success::items("spotinst:setup:access:user", vec![row]))
}

/// A person or a machine user; the tokens go too. The only administrator stays (spot-wire §2.3).
pub(super) fn delete(call: &mut Call<'_>) -> Result<Success, Refusal> {
    let id = call.user(call.parameter("userId"))?.0.id.clone();
    match call.world.delete_user(call.now, call.lag, &id) {
        Ok(()) => Ok(call.done_to(id)),
        Err(UserKept::Missing) => Err(Refusal::missing(USER, id)),
        Err(UserKept::OnlyAdministrator) => {
            let message = format!("User: '{id}' is the only organization administrator");
            Err(Refusal::conflict("CANT_DELETE_USER", message))
        }
    }
}

/// Replaces the whole list. An empty one clears it: unknown of the live service.
pub(super) fn set_policies(call: &mut Call<'_>) -> Result<Success, Refusal> {
    let id = call.user(call.parameter("userId"))?.0.id.clone();
    let object = Object::flat(call.contract, call.body, &["policies"])?;
    let grants = read_grants(call, &object)?.ok_or_else(|| object.required("policies"))?;
    call.world.users.set_policies(call.now, call.lag, &id, grants);
    Ok(call.done_to(id))
}

/// Replaces the whole list.
pub(super) fn set_groups(call: &mut Call<'_>) -> Result<Success, Refusal> {
    let id = call.user(call.parameter("userId"))?.0.id.clone();
    let object = Object::flat(call.contract, call.body, &["userGroupIds"])?;
    let groups = object.required_texts("userGroupIds")?;
    for group in &groups {
        call.group(group)?;
    }
    call.world.users.set_groups(call.now, call.lag, &id, groups);
    Ok(call.done_to(id))
}

/// Published's way: replaces the role, the accounts, or both, as far as they are sent.
pub(super) fn update_permissions(call: &mut Call<'_>) -> Result<Success, Refusal> {
    let (user, before) = call.user(call.parameter("userId"))?;
    let (id, mut after) = (user.id.clone(), before.clone());
    let object = Object::flat(call.contract, call.body, &["role", "accounts"])?;
    take_role(call, &mut after, object.choice("role", ROLES)?);
    if let Some(roles) = account_roles(call, &object)? {
        match after.kind {
            UserKind::Personal => after.account_roles = roles.into_iter().collect(),
            UserKind::Programmatic => {
                let administers = after.grants.contains(ADMIN);
                after.grants = Grants::of_roles(&roles);
                if administers {
                    after.grants.add(ADMIN, std::iter::empty::<String>());
                }
            }
        }
    }
    call.world.users.change(call.now, call.lag, &id, |details| *details = after);
    Ok(call.done_to(id))
}
