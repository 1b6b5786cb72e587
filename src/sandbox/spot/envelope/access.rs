//! Rows of users, groups, policies and audit events, in both contracts (spot-wire §2.3–§2.5, §2.8,
//! §11).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::time::{offset_timestamp, timestamp};
use crate::sandbox::core::Sight;
use crate::sandbox::spot::contract::Contract;
use crate::sandbox::spot::ids::OrganizationId;
use crate::sandbox::spot::state::{
    AccountRole, AuditEvent, Grants, GroupDetails, Members, Permission, Policy, PolicyContent, PolicyDetails,
    User, UserDetails, UserGroup, UserKind, World,
};

/// A person in the reply to the creation.
pub(in crate::sandbox::spot) fn person_created(
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
pub(in crate::sandbox::spot) fn machine_created(id: &str, name: &str, token: Option<&str>) -> Value {
    json!({"token": token, "name": name, "id": id})
}

/// A machine user by the route that only machine users have.
pub(in crate::sandbox::spot) fn machine_read(user: &User, details: &UserDetails) -> Value {
    json!({"id": user.id, "name": details.username, "description": details.description})
}

/// What somebody may do in one account: by role, else by policies. Who has policies is a viewer
/// besides, in the vendor's own samples (OA getAllUsersPermissions-example2.yaml).
pub(in crate::sandbox::spot) fn permission(user: &User, details: &UserDetails, account: &str) -> Value {
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
pub(in crate::sandbox::spot) fn user_listed(
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
pub(in crate::sandbox::spot) fn user_mapped(
    user: &User,
    details: &UserDetails,
    accounts: &BTreeSet<String>,
) -> Value {
    json!({
        "mappedAccountIds": accounts,
        "userId": user.id,
        "displayName": details.display_name(),
        "email": details.email,
    })
}

/// A user as a read by id shows it. A machine user's has its description, and no name besides
/// `username` (spot-wire §11).
pub(in crate::sandbox::spot) fn user_read(
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

/// Mappings as they are read back: the implied Account Viewer is among them.
fn mappings(world: &World, sight: Sight, organization: OrganizationId, grants: &Grants) -> Value {
    let shown = world.rights().read_back(sight, organization, grants);
    let rows: Vec<_> = shown
        .0
        .iter()
        .filter_map(|(id, accounts)| {
            let (_, policy) = world.policies.seen(sight, organization, id)?;
            Some(json!({
                "policyId": id,
                "policyName": policy.name,
                "policyType": policy.kind,
                "accountIds": accounts,
            }))
        })
        .collect();
    json!(rows)
}

fn policy_names<'a>(
    world: &'a World,
    sight: Sight,
    organization: OrganizationId,
    grants: &Grants,
) -> Vec<&'a str> {
    let shown = world.rights().read_back(sight, organization, grants);
    shown
        .0
        .keys()
        .filter_map(|id| world.policies.seen(sight, organization, id))
        .map(|(_, policy)| policy.name.as_str())
        .collect()
}

/// A person's role in an account.
pub(in crate::sandbox::spot) fn account_role(account: &str, role: AccountRole) -> Value {
    json!({"accountId": account, "role": role})
}

/// A group in a list: who is in it and what it may are told by a read alone.
pub(in crate::sandbox::spot) fn group_listed(
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
pub(in crate::sandbox::spot) fn group_read(
    world: &World,
    sight: Sight,
    group: &UserGroup,
    details: &GroupDetails,
) -> Value {
    let members = world.users.seen_members(sight, group.organization);
    let users: Vec<_> = members
        .get(group.id.as_str())
        .into_iter()
        .flatten()
        .map(|(user, details)| json!({"type": details.kind, "userId": user.id, "userName": details.display_name()}))
        .collect();
    let mut row = group_listed(world, sight, group, details, &members);
    row["users"] = json!(users);
    row["policies"] = mappings(world, sight, group.organization, &details.grants);
    row
}

/// A policy in the reply to its creation and in an account's list.
pub(in crate::sandbox::spot) fn policy_row(
    contract: Contract,
    policy: &Policy,
    details: &PolicyDetails,
) -> Value {
    let mut row = json!({
        "id": policy.id,
        "name": details.name,
        "description": details.description,
    });
    match contract {
        Contract::Production => row["policyContent"] = json!({"statements": details.content.statements()}),
        Contract::Published => row["permissions"] = json!(permissions(&details.content)),
    }
    row
}

/// A policy in the organization's list.
pub(in crate::sandbox::spot) fn policy_listed(policy: &Policy, details: &PolicyDetails) -> Value {
    let mut row = policy_row(Contract::Production, policy, details);
    row["type"] = json!(details.kind);
    row["createdAt"] = json!(offset_timestamp(policy.created_at));
    row["updatedAt"] = json!(offset_timestamp(details.updated_at));
    row
}

/// What was written under the other contract is told in this one's words, as far as it has any.
fn permissions(content: &PolicyContent) -> &[Permission] {
    match content {
        PolicyContent::Permissions(permissions) => permissions,
        PolicyContent::Statements(_) => &[],
    }
}

/// An event, alike in both contracts: the document does not describe it.
pub(in crate::sandbox::spot) fn audit_event(event: &AuditEvent) -> Value {
    json!({
        "user": event.user,
        "namespace": "setup",
        "actionType": event.action_type,
        "resourceType": event.resource_type,
        "resourceId": event.resource_id,
        "createdAt": timestamp(event.at),
        "context": event.context.to_string(),
        "source": event.source,
        "agent": event.agent,
        "responseStatus": if event.success { "success" } else { "failure" },
    })
}
