//! Rows of the Notification Center, each with the id as the vendor's document spells it there (spot-notifications).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::sandbox::spot::{
    NotificationPolicy, NotificationPolicyDetails, Resource, User, UserDetails, World,
};

/// The only type there is.
const TYPE: &str = "compute";

/// In the answer to its creation: as it was sent.
pub(super) fn created(policy: &NotificationPolicy, details: &NotificationPolicyDetails) -> Value {
    let mut row = common(details);
    row["Id"] = json!(policy.id);
    row["computePolicyConfig"] = json!(details.config);
    row
}

/// In a list, as this user sees it.
pub(super) fn listed(
    world: &World,
    policy: &NotificationPolicy,
    details: &NotificationPolicyDetails,
    viewer: Option<(&User, &UserDetails)>,
) -> Value {
    let methods: BTreeSet<&str> = details.subscriptions.iter().map(|one| one.kind.as_str()).collect();
    json!({
        "policyId": policy.id,
        "type": TYPE,
        "name": details.name,
        "description": details.description,
        "owner": owner(world, details),
        "registeredUsersCount": details.registered_users.len(),
        "isActive": details.is_active,
        "isRegistered": viewer.is_some_and(|(_, viewer)| details.tells(&viewer.email)),
        "accountId": details.account,
        "notificationMethod": methods,
    })
}

/// Read by its id: the config is a list here, with its account.
pub(super) fn read(world: &World, policy: &NotificationPolicy, details: &NotificationPolicyDetails) -> Value {
    let mut config = json!(details.config);
    config["accountId"] = json!(details.account);
    let mut row = common(details);
    row["id"] = json!(policy.id);
    row["owner"] = json!(owner(world, details));
    row["type"] = json!(TYPE);
    row["computePolicyConfig"] = json!([config]);
    row
}

fn common(details: &NotificationPolicyDetails) -> Value {
    json!({
        "name": details.name,
        "description": details.description,
        "privacyLevel": if details.is_public { "public" } else { "private" },
        "isActive": details.is_active,
        "subscriptions": details.subscriptions,
        "registeredUsers": details.registered_users,
    })
}

fn owner(world: &World, details: &NotificationPolicyDetails) -> Option<String> {
    world.user(&details.owner).map(|(_, owner)| owner.signature().to_owned())
}

/// Something that a policy can be about.
pub(super) fn resource(id: &str, resource: &Resource) -> Value {
    let kind = if id.starts_with("o-") { "ocean" } else { "elastigroup" };
    json!({"Id": id, "name": resource.name, "type": kind})
}
