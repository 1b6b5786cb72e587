//! The truth behind lists and masks, as JSON.

use serde_json::{Value, json};

use super::mappings::mapping_rows;
use super::{credentials, notification_policies, organizations, subscriptions};
use crate::sandbox::spot::state::{
    GroupDetails, Policy, PolicyContent, PolicyDetails, User, UserDetails, UserGroup, World,
};
use crate::sandbox::spot::vendor::Sandbox;

fn user_row(world: &World, user: &User, details: &UserDetails) -> Value {
    let digests: Vec<_> =
        world.tokens().filter(|(_, token)| token.user == user.id).map(|(digest, _)| digest).collect();
    json!({
        "userId": user.id,
        "organizationId": user.organization,
        "kind": details.kind,
        "username": details.username,
        "email": details.email,
        "firstName": details.first_name,
        "lastName": details.last_name,
        "description": details.description,
        "mfa": details.mfa,
        "role": details.role,
        "administrator": world.is_administrator(details),
        "accountRoles": details.account_roles,
        "policies": mapping_rows(&details.grants),
        "groups": details.groups,
        "tokens": digests,
        "createdAt": user.created_at,
    })
}

fn group_row(world: &World, group: &UserGroup, details: &GroupDetails) -> Value {
    json!({
        "userGroupId": group.id,
        "organizationId": group.organization,
        "name": details.name,
        "description": details.description,
        "members": world.members(&group.id),
        "policies": mapping_rows(&details.grants),
        "createdAt": group.created_at,
    })
}

fn policy_row(policy: &Policy, details: &PolicyDetails) -> Value {
    let mut row = json!({
        "policyId": policy.id,
        "organizationId": policy.organization,
        "name": details.name,
        "description": details.description,
        "type": details.kind,
        "createdAt": policy.created_at,
        "updatedAt": details.updated_at,
    });
    match &details.content {
        PolicyContent::Statements(statements) => row["statements"] = json!(statements),
        PolicyContent::Permissions(permissions) => row["permissions"] = json!(permissions),
    }
    row
}

/// The truth behind lists and masks. Of tokens and secrets it has only the digests.
pub(super) fn state(sandbox: &Sandbox) -> Value {
    let world = sandbox.world();
    let organizations: Vec<_> = world.organizations().map(organizations::row).collect();
    let accounts: Vec<_> = world
        .accounts()
        .filter_map(|account| {
            let details = account.details.current()?;
            Some(json!({
                "accountId": account.id,
                "organizationId": account.organization,
                "name": details.name,
                "slackNotificationChannels": details.slack_notification_channels,
                "cloudProvider": details.cloud_provider,
                "providerExternalId": details.provider_external_id,
                "createdAt": account.created_at,
            }))
        })
        .collect();
    let users: Vec<_> = world.users().map(|(user, details)| user_row(world, user, details)).collect();
    let groups: Vec<_> = world.groups().map(|(group, details)| group_row(world, group, details)).collect();
    let policies: Vec<_> = world.policies().map(|(policy, details)| policy_row(policy, details)).collect();
    let credentials: Vec<_> = world
        .accounts()
        .filter_map(|account| credentials::row(&account.id, account.details.current()?))
        .collect();
    let resources: Vec<_> =
        world.resources.all().map(|(id, resource)| subscriptions::resource_row(id, resource)).collect();
    let subscriptions: Vec<_> = world
        .subscriptions()
        .map(|(subscription, details)| subscriptions::row(subscription, details))
        .collect();
    let notification_policies: Vec<_> = world
        .notification_policies()
        .map(|(policy, details)| notification_policies::row(policy, details))
        .collect();
    let health_checks: Vec<_> = world
        .health_checks
        .living()
        .map(|(check, details)| subscriptions::health_check_row(check, details))
        .collect();
    let tokens: Vec<_> = world
        .tokens()
        .map(|(digest, token)| {
            json!({
                "digest": digest,
                "lastDigits": token.last_digits,
                "userId": token.user,
                "organizationId": token.organization,
            })
        })
        .collect();
    json!({
        "contract": sandbox.start().contract,
        "organizations": organizations,
        "accounts": accounts,
        "users": users,
        "groups": groups,
        "policies": policies,
        "credentials": credentials,
        "rejectedCredentials": world.rejections.all().collect::<Vec<_>>(),
        "resources": resources,
        "subscriptions": subscriptions,
        "notificationPolicies": notification_policies,
        "healthChecks": health_checks,
        "tokens": tokens,
    })
}
