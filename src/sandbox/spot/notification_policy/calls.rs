//! Notification policies: Production alone has them (spot-notifications). Who sees which, and who may change one, no page
//! says: here a policy is listed to its owner and to whom it tells, and a public one is read and changed by everybody
//! whose rights are enough.

use serde_json::json;

use super::rows;
use crate::sandbox::spot::call::Call;
use crate::sandbox::spot::envelope::Success;
use crate::sandbox::spot::input::{Object, is_address, is_email};
use crate::sandbox::spot::notification_policy::state::NOTIFICATION_POLICY;
use crate::sandbox::spot::refusal::Refusal;
use crate::sandbox::spot::{
    ComputePolicyConfig, DynamicRule, FilterCondition, NotificationEvent, NotificationPolicy,
    NotificationPolicyDetails, NotificationSubscription, RegisteredUser,
};

const KIND: &str = "spotinst:notificationPolicy";
/// One client puts a change into this member, another sends it as it is.
const WRAPPER: &str = "policy";
/// What a change may name.
const MEMBERS: &[&str] =
    &["name", "description", "subscriptions", "registeredUsers", "isActive", "computePolicyConfig"];
const LONGEST_ENDPOINT: usize = 500;

const PRIVACY: &[(&str, bool)] = &[("public", true), ("private", false)];
const CHANNELS: &[(&str, &str)] =
    &[("email", "email"), ("webhook", "webhook"), ("slack", "slack"), ("sns", "sns")];
const SEVERITIES: &[(&str, &str)] = &[("INFO", "INFO"), ("WARN", "WARN"), ("ERROR", "ERROR")];
const IDENTIFIERS: &[(&str, &str)] = &[
    ("resource_name", "resource_name"),
    ("resource_id", "resource_id"),
    ("region", "region"),
    ("image", "image"),
    ("tag", "tag"),
    ("load_balancer", "load_balancer"),
    ("availability_zones", "availability_zones"),
    ("security_groups", "security_groups"),
];
const OPERATORS: &[(&str, &str)] = &[
    ("equals", "equals"),
    ("not_equals", "not_equals"),
    ("contains", "contains"),
    ("not_contains", "not_contains"),
    ("start_with", "start_with"),
    ("end_with", "end_with"),
];

/// Some events of each kind of resource: the vendor's own list is longer, and differs by the account's cloud.
const EVENTS: &[(&str, &str)] = &[
    ("Group updated", "INFO"),
    ("Instance launched", "INFO"),
    ("Instance terminated", "WARN"),
    ("Missing configuration", "ERROR"),
    ("Scale up failed", "ERROR"),
];

/// Not idempotent: the same again makes another. Its owner is the token's user.
pub(super) fn create(call: &mut Call<'_>) -> Result<Success, Refusal> {
    let account = call.scope()?;
    let known: Vec<&str> = MEMBERS.iter().copied().chain(["privacyLevel"]).collect();
    let object = Object::flat(call.contract, call.body, &known)?;
    let is_public = object.choice("privacyLevel", PRIVACY)?.ok_or_else(|| object.required("privacyLevel"))?;
    if !object.has("computePolicyConfig") {
        return Err(object.required("computePolicyConfig"));
    }
    let mut details = NotificationPolicyDetails {
        account,
        owner: call.user.to_owned(),
        is_public,
        name: None,
        description: None,
        is_active: true,
        subscriptions: Vec::new(),
        registered_users: Vec::new(),
        config: ComputePolicyConfig::default(),
    };
    merge(call, &object, &mut details)?;
    let id = call.create_in_account(details)?;
    let (policy, details) = call
        .world
        .in_accounts::<NotificationPolicyDetails>()
        .get(&id)
        .ok_or_else(|| Refusal::missing(NOTIFICATION_POLICY, id))?;
    Ok(Success::items(KIND, vec![rows::created(policy, details)]))
}

/// Those of the token's user, whatever account they are about.
pub(super) fn list(call: &Call<'_>) -> Success {
    let viewer = call.world.user(call.user);
    let seen =
        call.world.in_accounts::<NotificationPolicyDetails>().seen_of(call.list_sight(), call.organization);
    let items = seen
        .into_iter()
        .filter(|(_, details)| concerns(call, details))
        .map(|(policy, details)| rows::listed(call.world, policy, details, viewer))
        .collect();
    Success::items("spotinst:notification:userNotificationPolicy", items)
}

pub(super) fn get(call: &Call<'_>) -> Result<Success, Refusal> {
    let id = call.parameter("notificationPolicyId");
    let (policy, details) = call
        .world
        .in_accounts::<NotificationPolicyDetails>()
        .seen(call.read_sight(), id)
        .filter(|(policy, details)| policy.organization == call.organization && may_see(call, details))
        .ok_or_else(|| Refusal::missing(NOTIFICATION_POLICY, id))?;
    Ok(Success::items(KIND, vec![rows::read(call.world, policy, details)]))
}

/// Merged at the top: each member that is sent takes the place of the one that was there.
pub(super) fn update(call: &mut Call<'_>) -> Result<Success, Refusal> {
    let (policy, before) = named(call)?;
    let (id, mut after) = (policy.id.clone(), before.clone());
    let known: Vec<&str> = MEMBERS.iter().copied().chain([WRAPPER]).collect();
    let object = Object::flat(call.contract, call.body, &known)?;
    match object.object(WRAPPER, MEMBERS)? {
        Some(inner) => merge(call, &inner, &mut after)?,
        None => merge(call, &object, &mut after)?,
    }
    call.scope = Some(after.account.clone());
    call.world
        .in_accounts_mut::<NotificationPolicyDetails>()
        .change(call.now, call.lag, &id, |details| *details = after);
    Ok(call.done_to(id))
}

pub(super) fn delete(call: &mut Call<'_>) -> Result<Success, Refusal> {
    let (policy, details) = named(call)?;
    let (id, account) = (policy.id.clone(), details.account.clone());
    call.scope = Some(account);
    call.world.in_accounts_mut::<NotificationPolicyDetails>().remove(call.now, call.lag, &id);
    Ok(call.done_to(id))
}

/// The events that a policy can tell.
pub(super) fn list_events(call: &mut Call<'_>) -> Result<Success, Refusal> {
    call.scope()?;
    let items = EVENTS.iter().map(|(event, kind)| json!({"event": event, "type": kind})).collect();
    Ok(Success::items("spotinst:notification:compute:event", items))
}

/// What a policy can be about.
pub(super) fn list_resources(call: &mut Call<'_>) -> Result<Success, Refusal> {
    let account = call.scope()?;
    let all = call.world.resources.all().filter(|(_, resource)| resource.account_id == account);
    let items = all.map(|(id, resource)| rows::resource(id, resource)).collect();
    Ok(Success::items("spotinst:notification:compute:accountResource", items))
}

/// The policy that the path names. One that the caller may not see is as good as missing.
fn named<'a>(call: &'a Call<'_>) -> Result<(&'a NotificationPolicy, &'a NotificationPolicyDetails), Refusal> {
    let id = call.parameter("notificationPolicyId");
    call.world
        .in_accounts::<NotificationPolicyDetails>()
        .get(id)
        .filter(|(policy, details)| policy.organization == call.organization && may_see(call, details))
        .ok_or_else(|| Refusal::missing(NOTIFICATION_POLICY, id))
}

fn concerns(call: &Call<'_>, details: &NotificationPolicyDetails) -> bool {
    details.owner == call.user
        || call.world.user(call.user).is_some_and(|(_, user)| details.tells(&user.email))
}

fn may_see(call: &Call<'_>, details: &NotificationPolicyDetails) -> bool {
    details.is_public || concerns(call, details)
}

fn merge(call: &Call<'_>, object: &Object, details: &mut NotificationPolicyDetails) -> Result<(), Refusal> {
    if let Some(name) = object.some_text("name")? {
        details.name = Some(name);
    }
    if object.is_null("description") {
        details.description = None;
    } else if let Some(description) = object.prose("description")? {
        if description.is_empty() {
            return Err(object.invalid("description", "is not allowed to be empty"));
        }
        details.description = Some(description);
    }
    if let Some(is_active) = object.flag("isActive")? {
        details.is_active = is_active;
    }
    if let Some(subscriptions) = object.objects("subscriptions", &["type", "endpoint"])? {
        if !details.is_public && !subscriptions.is_empty() {
            return Err(object.invalid("subscriptions", "is allowed for public policies only"));
        }
        details.subscriptions = subscriptions.iter().map(subscription).collect::<Result<_, _>>()?;
    }
    if let Some(users) = object.objects("registeredUsers", &["userEmail", "subscriptionTypes"])? {
        let user = |user: &Object| registered_user(call, user);
        details.registered_users = users.iter().map(user).collect::<Result<_, _>>()?;
    }
    let known = &["events", "shouldIncludeAllResources", "resourceIds", "dynamicRules"];
    if let Some(sent) = object.object("computePolicyConfig", known)? {
        details.config = config(call, object, &sent, &details.account)?;
    }
    Ok(())
}

fn subscription(object: &Object) -> Result<NotificationSubscription, Refusal> {
    let kind = object.choice("type", CHANNELS)?.ok_or_else(|| object.required("type"))?;
    let endpoint = object.required_text("endpoint")?;
    if endpoint.chars().count() > LONGEST_ENDPOINT {
        return Err(object.invalid("endpoint", "must be at most 500 characters long"));
    }
    let (fits, complaint) = match kind {
        "email" => (is_email(&endpoint), "must be a valid email"),
        "sns" => (endpoint.starts_with("arn:"), "must be the ARN of a topic"),
        _ => (is_address(&endpoint), "must be a valid uri"),
    };
    if !fits {
        return Err(object.invalid("endpoint", complaint));
    }
    Ok(NotificationSubscription { kind: kind.to_owned(), endpoint })
}

/// Only who is in the organization can be told.
fn registered_user(call: &Call<'_>, object: &Object) -> Result<RegisteredUser, Refusal> {
    let user_email = object.required_email("userEmail")?;
    let is_member = call.world.users().any(|(user, details)| {
        user.organization == call.organization && details.email.eq_ignore_ascii_case(&user_email)
    });
    if !is_member {
        return Err(object.invalid("userEmail", "must be a user of the organization"));
    }
    let types = object.texts("subscriptionTypes")?.unwrap_or_default();
    if types.iter().any(|kind| !matches!(kind.as_str(), "email" | "console")) {
        return Err(object.invalid("subscriptionTypes", "must be one of [email, console]"));
    }
    Ok(RegisteredUser { user_email, subscription_types: types.into_iter().collect() })
}

/// Exactly one way to pick resources.
fn config(
    call: &Call<'_>,
    outer: &Object,
    object: &Object,
    account: &str,
) -> Result<ComputePolicyConfig, Refusal> {
    let event = |object: &Object| {
        let kind = object.choice("type", SEVERITIES)?.ok_or_else(|| object.required("type"))?;
        Ok(NotificationEvent { event: object.required_text("event")?, kind: kind.to_owned() })
    };
    let events = object.required_objects("events", &["event", "type"])?;
    let rules = object.objects("dynamicRules", &["filterConditions"])?.unwrap_or_default();
    let config = ComputePolicyConfig {
        events: events.iter().map(event).collect::<Result<_, Refusal>>()?,
        should_include_all_resources: object.flag("shouldIncludeAllResources")?.unwrap_or(false),
        resource_ids: object.texts("resourceIds")?.unwrap_or_default(),
        dynamic_rules: rules.iter().map(rule).collect::<Result<_, _>>()?,
    };
    let ways = [
        config.should_include_all_resources,
        !config.resource_ids.is_empty(),
        !config.dynamic_rules.is_empty(),
    ];
    if ways.into_iter().filter(|way| *way).count() != 1 {
        let complaint = "must have exactly one of [shouldIncludeAllResources, resourceIds, dynamicRules]";
        return Err(outer.invalid("computePolicyConfig", complaint));
    }
    let elsewhere = |id: &&String| match call.world.resource(id) {
        Some(resource) => resource.account_id != account,
        None => !call.any_resource,
    };
    match config.resource_ids.iter().find(elsewhere) {
        Some(id) => Err(object.invalid("resourceIds", &format!("has {id}, which is not in the account"))),
        None => Ok(config),
    }
}

fn rule(object: &Object) -> Result<DynamicRule, Refusal> {
    let conditions =
        object.required_objects("filterConditions", &["identifier", "operator", "expression"])?;
    let condition = |object: &Object| {
        let word = |member: &str, words| {
            object.choice::<&str>(member, words)?.ok_or_else(|| object.required(member)).map(str::to_owned)
        };
        Ok(FilterCondition {
            identifier: word("identifier", IDENTIFIERS)?,
            operator: word("operator", OPERATORS)?,
            expression: object.required_text("expression")?,
        })
    };
    let filter_conditions = conditions.iter().map(condition).collect::<Result<_, Refusal>>()?;
    Ok(DynamicRule { filter_conditions })
}
