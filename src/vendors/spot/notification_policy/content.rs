//! What a policy tells, and where, in one text each: two that say the same have the same.

use super::model::{ComputeConfig, Condition, PolicyDetail, RegisteredUser, ShownSubscription, Subscription};
use crate::api::spot::{ComputePolicyConfig, DynamicRule, NotificationChannel, Protocol};
use crate::engine::decide::plan::{Seen, Text};
use crate::vendors::spot::subscription::address;
use crate::vendors::spot::subscription::model::Endpoint;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// How a user is told of whom the vendor does not say how.
const UNTOLD: &str = "none";

/// By which protocol of event subscriptions the same is told. Of a Slack webhook only that it is one word is known.
pub(super) fn protocol(channel: &str) -> Option<Protocol> {
    let protocols = [
        (NotificationChannel::Email, Protocol::Email),
        (NotificationChannel::Webhook, Protocol::Web),
        (NotificationChannel::Sns, Protocol::AwsSns),
    ];
    protocols.into_iter().find(|(one, _)| one.as_str() == channel).map(|(_, protocol)| protocol)
}

/// What a manifest says of events and resources.
pub(super) fn config(spec: &ComputePolicyConfig) -> ComputeConfig {
    let rule = |rule: &DynamicRule| -> BTreeSet<Condition> {
        let conditions = rule.filter_conditions.iter().map(|one| Condition {
            identifier: one.identifier.as_str().to_owned(),
            operator: one.operator.as_str().to_owned(),
            expression: one.expression.clone(),
        });
        conditions.collect()
    };
    ComputeConfig {
        events: spec
            .events
            .iter()
            .map(|event| (event.event.clone(), event.severity.as_str().to_owned()))
            .collect(),
        all_resources: spec.include_all_resources,
        resource_ids: spec.resource_ids.iter().flatten().cloned().collect(),
        rules: spec.dynamic_rules.iter().flatten().map(rule).collect(),
    }
}

/// In the manifest's words.
pub(super) fn config_text(config: &ComputeConfig) -> String {
    let events: Value =
        config.events.iter().map(|(event, kind)| json!({"event": event, "type": kind})).collect();
    let mut text = Map::from_iter([("events".to_owned(), events)]);
    if config.all_resources {
        text.insert("includeAllResources".to_owned(), json!(true));
    }
    if !config.resource_ids.is_empty() {
        text.insert("resourceIds".to_owned(), json!(config.resource_ids));
    }
    if !config.rules.is_empty() {
        let rules: Vec<Vec<String>> = config.rules.iter().map(conditions).collect();
        text.insert("dynamicRules".to_owned(), json!(rules));
    }
    Value::Object(text).to_string()
}

fn conditions(rule: &BTreeSet<Condition>) -> Vec<String> {
    let condition = |one: &Condition| format!("{} {} {}", one.identifier, one.operator, one.expression);
    rule.iter().map(condition).collect()
}

/// What the vendor shows of this account; nothing where it tells nothing of it.
pub(super) fn config_of<'a>(detail: &'a PolicyDetail, account: &str) -> Option<&'a ComputeConfig> {
    let of_it = detail.configs.iter().find(|one| one.account.as_deref() == Some(account));
    let only = || match &detail.configs[..] {
        [one] if one.account.is_none() => Some(one),
        _ => None,
    };
    of_it.or_else(only).map(|one| &one.config)
}

/// How a registered user is told.
pub(super) fn told(user: &RegisteredUser) -> String {
    if user.subscription_types.is_empty() {
        return UNTOLD.to_owned();
    }
    user.subscription_types.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// Where events are told, in one form for each set of places. An address may let whoever knows it post there.
pub(super) fn places(asked: &[Subscription]) -> Text {
    text(asked.iter().map(|one| place(one.channel, Some(one.endpoint.expose()))))
}

/// What the vendor shows of them. Where it hides addresses, and all that it does show is as it is asked for, nobody
/// can say whether what is hidden is, too: then that counts as not shown.
pub(super) fn seen_places(asked: &[Subscription], shown: &[ShownSubscription]) -> Seen {
    let mut left: Vec<&Subscription> = asked.iter().collect();
    let (open, hidden): (Vec<_>, Vec<_>) = shown.iter().partition(|one| one.endpoint.is_some());
    let mut takes = |fits: &dyn Fn(&Subscription) -> bool| {
        left.iter().position(|one| fits(one)).map(|at| left.swap_remove(at)).is_some()
    };
    let of = |one: &ShownSubscription| place(&one.channel, one.endpoint.as_ref().map(Endpoint::expose));
    let as_asked =
        open.iter().all(|shown| takes(&|one| place(one.channel, Some(one.endpoint.expose())) == of(shown)))
            && hidden.iter().all(|shown| takes(&|one| one.channel == shown.channel))
            && left.is_empty();
    if as_asked && !hidden.is_empty() { Seen::Unreadable } else { Seen::Value(text(shown.iter().map(of))) }
}

/// Of a mail address, the host is the same in either case.
fn place(channel: &str, endpoint: Option<&str>) -> String {
    let spelled = endpoint.map(|endpoint| match protocol(channel) {
        Some(protocol) => address::spelled(protocol, endpoint).into_owned(),
        None => endpoint.to_owned(),
    });
    json!([channel, spelled]).to_string()
}

fn text(places: impl Iterator<Item = String>) -> Text {
    let mut places: Vec<String> = places.collect();
    places.sort();
    Text::Secret(places.join("\n").into())
}
