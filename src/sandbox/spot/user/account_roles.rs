//! People in accounts: the older way to grant something, by a role or by policies in one account
//! (spot-wire §2.3, §3).

use std::collections::BTreeSet;

use super::rows;
use crate::sandbox::spot::AccountRole;
use crate::sandbox::spot::call::Call;
use crate::sandbox::spot::envelope::Success;
use crate::sandbox::spot::input::Object;
use crate::sandbox::spot::refusal::Refusal;
use crate::sandbox::spot::user::state::USER;

/// What somebody has to be allowed who attaches people to accounts.
pub(super) const ATTACH: &str = "setup:createUserMapping";

const ROLES: &[(&str, AccountRole)] = &[("editor", AccountRole::Editor), ("viewer", AccountRole::Viewer)];

/// How somebody is attached to an account.
enum Attachment {
    /// `ROLE_BASED`, the default.
    Role(AccountRole),
    /// `POLICY_BASED`.
    Policies(BTreeSet<String>),
}

#[derive(Clone, Copy)]
enum Strategy {
    Role,
    Policy,
}

const STRATEGIES: &[(&str, Strategy)] = &[("ROLE_BASED", Strategy::Role), ("POLICY_BASED", Strategy::Policy)];

const MEMBERS: &[&str] = &["userId", "userEmail", "accountId", "permissionStrategy", "role", "policyIds"];
const MEMBERS_IN_ACCOUNT: &[&str] = &["userId", "userEmail", "permissionStrategy", "role", "policyIds"];

/// `accounts: [{id, role}]`, if it is there.
pub(super) fn account_roles(
    call: &Call<'_>,
    object: &Object,
) -> Result<Option<Vec<(String, AccountRole)>>, Refusal> {
    let Some(accounts) = object.objects("accounts", &["id", "role"])? else {
        return Ok(None);
    };
    let read = |account: Object| {
        let id = account.required_text("id")?;
        let role = account.choice("role", ROLES)?.ok_or_else(|| account.required("role"))?;
        call.account(&id)?;
        Ok((id, role))
    };
    accounts.into_iter().map(read).collect::<Result<_, _>>().map(Some)
}

/// The roles of a person in accounts. What policies grant is not in it.
pub(super) fn list(call: &Call<'_>) -> Result<Success, Refusal> {
    let email = call.required_query("userEmail")?;
    let missing = || Refusal::missing(USER, email);
    let (user, _) = call.world.users.person(call.organization, email).ok_or_else(missing)?;
    let (_, details) = call.world.users.seen(call.read_sight(), &user.id).ok_or_else(missing)?;
    let items =
        details.account_roles.iter().map(|(account, role)| rows::account_role(account, *role)).collect();
    Ok(Success::items("spotinst:setup:accountUserMapping", items))
}

/// Attaches several at once. All are read before the first is attached.
pub(super) fn attach_many(call: &mut Call<'_>) -> Result<Success, Refusal> {
    let object = Object::flat(call.contract, call.body, &["mappings"])?;
    let mappings = object.required_objects("mappings", MEMBERS)?;
    if mappings.is_empty() {
        return Err(object.invalid("mappings", "must contain at least 1 items"));
    }
    let read = |mapping: &Object| {
        let account = mapping.required_text("accountId")?;
        call.account(&account)?;
        call.must_be_allowed(ATTACH, &account)?;
        Ok((read_user(call, mapping)?, account, read_attachment(call, mapping)?))
    };
    let read: Vec<_> = mappings.iter().map(read).collect::<Result<_, Refusal>>()?;
    for (user, account, attachment) in read {
        put(call, user, &account, attachment);
    }
    Ok(Success::Done)
}

/// Attaches a user. One that is attached already gets the new role.
pub(super) fn attach(call: &mut Call<'_>) -> Result<Success, Refusal> {
    let account = call.account(call.parameter("accountId"))?.id.clone();
    let object = Object::flat(call.contract, call.body, MEMBERS_IN_ACCOUNT)?;
    let (user, attachment) = (read_user(call, &object)?, read_attachment(call, &object)?);
    put(call, user, &account, attachment);
    Ok(Success::Done)
}

/// Changes a user that is attached.
pub(super) fn change(call: &mut Call<'_>) -> Result<Success, Refusal> {
    let account = call.account(call.parameter("accountId"))?.id.clone();
    let object = Object::flat(call.contract, call.body, MEMBERS_IN_ACCOUNT)?;
    let (user, attachment) = (read_user(call, &object)?, read_attachment(call, &object)?);
    must_be_attached(call, &user, &account)?;
    put(call, user, &account, attachment);
    Ok(Success::Done)
}

/// Detaches a user: role and policies in this account go. The body is a DELETE's, as the vendor
/// has it.
pub(super) fn detach(call: &mut Call<'_>) -> Result<Success, Refusal> {
    let account = call.account(call.parameter("accountId"))?.id.clone();
    let object = Object::flat(call.contract, call.body, &["userEmail"])?;
    object.required_text("userEmail")?;
    let user = read_user(call, &object)?;
    must_be_attached(call, &user, &account)?;
    call.world.users.change(call.now, call.lag, &user, |details| details.detach(&account));
    Ok(call.done_to(user))
}

/// The user that a body names by id or address.
fn read_user(call: &Call<'_>, object: &Object) -> Result<String, Refusal> {
    let found = match (object.some_text("userId")?, object.some_text("userEmail")?) {
        (Some(id), _) => call.user(&id)?.0,
        (None, Some(email)) => {
            let person = call.world.users.person(call.organization, &email);
            person.ok_or_else(|| Refusal::missing(USER, email))?.0
        }
        (None, None) => return Err(object.invalid("userId", "or \"userEmail\" is required")),
    };
    Ok(found.id.clone())
}

fn read_attachment(call: &Call<'_>, object: &Object) -> Result<Attachment, Refusal> {
    match object.choice("permissionStrategy", STRATEGIES)?.unwrap_or(Strategy::Role) {
        Strategy::Role => {
            if object.has("policyIds") {
                return Err(object.invalid("policyIds", "is not allowed"));
            }
            object.choice("role", ROLES)?.map(Attachment::Role).ok_or_else(|| object.required("role"))
        }
        Strategy::Policy => {
            if object.has("role") {
                return Err(object.invalid("role", "is not allowed"));
            }
            let ids = object.some_texts("policyIds")?;
            for id in &ids {
                if !call.policy(id)?.1.kind.is_of_accounts() {
                    return Err(object.invalid("policyIds", "must be policies of type ACCOUNT"));
                }
            }
            Ok(Attachment::Policies(ids.into_iter().collect()))
        }
    }
}

fn must_be_attached(call: &Call<'_>, user: &str, account: &str) -> Result<(), Refusal> {
    let (_, details) = call.user(user)?;
    if details.is_attached(account) {
        return Ok(());
    }
    let message = format!("User: '{user}' is not attached to account '{account}'");
    Err(Refusal::conflict("USER_NOT_ATTACHED", message))
}

/// A role leaves the policies alone; policies in the account replace what there was in it.
fn put(call: &mut Call<'_>, user: String, account: &str, attachment: Attachment) {
    call.world.users.change(call.now, call.lag, &user, |details| match attachment {
        Attachment::Role(role) => details.set_account_role(account, Some(role)),
        Attachment::Policies(policies) => details.set_account_policies(account, policies),
    });
    call.subjects.push(user);
}

/// What everybody attached to an account may do there: the form that an older client reads, which
/// the vendor's pages have dropped (spot-wire §3).
pub(super) fn list_permissions(call: &Call<'_>) -> Result<Success, Refusal> {
    let account = call.account(call.required_query("accountId")?)?.id.as_str();
    let items = call
        .world
        .users
        .seen_of(call.list_sight(), call.organization)
        .into_iter()
        .filter(|(_, details)| details.is_attached(account))
        .map(|(user, details)| rows::permission(user, details, account))
        .collect();
    Ok(Success::items("spotinst:setup:user:permission", items))
}
