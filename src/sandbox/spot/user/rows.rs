//! Rows of users, in both contracts (spot-wire §2.3, §11).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::sandbox::core::Sight;
use crate::sandbox::spot::access::rows::{mappings, policy_names};
use crate::sandbox::spot::contract::Contract;
use crate::sandbox::spot::envelope::timestamp;
use crate::sandbox::spot::{AccountRole, User, UserDetails, UserKind, World};

/// A person in the reply to the creation.
pub(super) fn person_created(
    contract: Contract,
    user: &User,
    details: &UserDetails,
    token: Option<&str>,
) -> Value {
    if contract == Contract::Published {
        return published_user(user, details);
    }
    let mut row = json!({
        "id": user.serial,
        "userId": user.id,
        "firstName": details.first_name,
        "lastName": details.last_name,
        "displayName": details.display_name(),
        "email": details.email,
        "organizationId": user.organization,
    });
    if let Some(token) = token {
        row["personalAccessToken"] = json!(token);
    }
    row
}

/// A machine user in the reply to the creation, alike in both contracts.
pub(super) fn machine_created(id: &str, name: &str, token: Option<&str>) -> Value {
    json!({"token": token, "name": name, "id": id})
}

/// A machine user by the route that only machine users have.
pub(super) fn machine_read(user: &User, details: &UserDetails) -> Value {
    json!({"id": user.id, "name": details.username, "description": details.description})
}

/// What somebody may do in one account: by role, else by policies. Who has policies is a viewer
/// besides, in the vendor's own samples (OA getAllUsersPermissions-example2.yaml).
pub(super) fn permission(user: &User, details: &UserDetails, account: &str) -> Value {
    let on_account = details.grants.0.iter().filter(|(_, accounts)| accounts.contains(account));
    let policies: Vec<_> = on_account.map(|(policy, _)| policy).collect();
    let (strategy, role) = match details.account_roles.get(account) {
        Some(role) => ("ROLE_BASED", *role),
        None => ("POLICY_BASED", AccountRole::Viewer),
    };
    json!({"userId": user.id, "permissionStrategy": strategy, "role": role, "policyIds": policies})
}

fn published_user(user: &User, details: &UserDetails) -> Value {
    json!({
        "userId": user.id,
        "username": details.display_name(),
        "email": details.email,
        "type": details.kind,
        "organizationId": user.organization.to_string(),
    })
}

/// What the list and the read of a user have in common. A machine user has no address.
fn user_row(user: &User, details: &UserDetails) -> Value {
    let email = match details.kind {
        UserKind::Personal => json!(details.email),
        UserKind::Programmatic => Value::Null,
    };
    json!({
        "userId": user.id,
        "username": details.display_name(),
        "type": details.kind,
        "email": email,
        "mfa": details.mfa,
    })
}

/// A user in the organization's list.
pub(super) fn listed(
    contract: Contract,
    world: &World,
    sight: Sight,
    user: &User,
    details: &UserDetails,
) -> Value {
    if contract == Contract::Published {
        return published_user(user, details);
    }
    let names = details.groups.iter().filter_map(|id| world.groups.seen(sight, id));
    let names: Vec<_> = names.map(|(_, group)| group.name.as_str()).collect();
    let mut row = user_row(user, details);
    row["groupNames"] = json!(names);
    row
}

/// A user with the accounts it is mapped to.
pub(super) fn mapped(user: &User, details: &UserDetails, accounts: &BTreeSet<String>) -> Value {
    json!({
        "mappedAccountIds": accounts,
        "userId": user.id,
        "displayName": details.display_name(),
        "email": details.email,
    })
}

/// A user as a read by id shows it. A machine user's has its description, and no name besides
/// `username` (spot-wire §11).
pub(super) fn read(
    contract: Contract,
    world: &World,
    sight: Sight,
    user: &User,
    details: &UserDetails,
) -> Value {
    if contract == Contract::Published {
        return published_user(user, details);
    }
    let groups: Vec<_> = details
        .groups
        .iter()
        .filter_map(|id| world.groups.seen(sight, id))
        .map(|(group, of_group)| {
            let policies = policy_names(world, sight, group.organization, &of_group.grants);
            json!({"id": group.id, "name": of_group.name, "policyNames": policies})
        })
        .collect();
    let tokens: Vec<_> = world
        .tokens_of(&user.id)
        .into_iter()
        .map(|token| {
            json!({
                "name": token.name,
                "createdAt": timestamp(token.created_at),
                "tokenId": token.id,
                "tokenLastDigits": token.last_digits,
            })
        })
        .collect();
    let mut row = user_row(user, details);
    row["groups"] = json!(groups);
    row["policies"] = mappings(world, sight, user.organization, &details.grants);
    row["tokens"] = json!(tokens);
    if details.kind == UserKind::Programmatic {
        row["description"] = json!(details.description);
    }
    row
}

/// A person's role in an account.
pub(super) fn account_role(account: &str, role: AccountRole) -> Value {
    json!({"accountId": account, "role": role})
}
