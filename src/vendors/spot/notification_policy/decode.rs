//! Notification policies (spot-notifications).

use std::collections::BTreeSet;

use serde_json::Value;

use super::model::{
    AccountConfig, ComputeConfig, Condition, PolicyDetail, PolicyRow, RegisteredUser, RegisteredUsers,
    ShownSubscription,
};
use crate::vendors::spot::client::field::{Unreadable, flag, id, ids, many, names, present, text};
use crate::vendors::spot::client::reply::whole_number;
use crate::vendors::spot::subscription::model::Endpoint;

/// The vendor's document spells it in these ways, each in another answer.
pub(super) const ID: [&str; 3] = ["id", "policyId", "Id"];
/// The only type of policy that is about resources of an account.
const COMPUTE: &str = "compute";

/// A policy of a list. By its account and name a create is found again, so one that is about an account and does not
/// say which cannot show that such a one is absent.
pub fn policy_row(item: &Value) -> Result<PolicyRow, Unreadable> {
    let account = id(item, &["accountId"]);
    let is_compute = text(item, "type").is_none_or(|kind| kind.eq_ignore_ascii_case(COMPUTE));
    if is_compute && account.is_none() {
        return Err("a notification policy without accountId".into());
    }
    Ok(PolicyRow {
        id: id(item, &ID).ok_or("a notification policy without an id")?,
        account: account.filter(|_| is_compute),
        name: text(item, "name").unwrap_or_default(),
        description: text(item, "description"),
        is_active: flag(item, "isActive"),
        registered_users: item.get("registeredUsersCount").and_then(whole_number),
        methods: names(item, "notificationMethod")?,
    })
}

/// An event of a list of those that there are.
pub fn event_name(item: &Value) -> Result<String, Unreadable> {
    text(item, "event").ok_or_else(|| "an event without a name".into())
}

/// A policy, read by its id.
pub fn policy_detail(item: &Value) -> Result<PolicyDetail, Unreadable> {
    let mut registered_users = RegisteredUsers::new();
    for user in many(item, "registeredUsers", registered_user)? {
        registered_users.insert(user.email.to_lowercase(), user);
    }
    let configs = match item.get("computePolicyConfig") {
        // What a request has.
        Some(one @ Value::Object(_)) => vec![account_config(one)?],
        _ => many(item, "computePolicyConfig", account_config)?,
    };
    Ok(PolicyDetail {
        id: id(item, &ID).ok_or("a notification policy without an id")?,
        name: text(item, "name").unwrap_or_default(),
        description: text(item, "description"),
        privacy_level: text(item, "privacyLevel").map(|level| level.to_ascii_lowercase()),
        is_active: flag(item, "isActive"),
        subscriptions: many(item, "subscriptions", subscription)?,
        registered_users,
        configs,
    })
}

fn subscription(item: &Value) -> Result<ShownSubscription, Unreadable> {
    let channel = text(item, "type").ok_or("a subscription without a type")?.to_ascii_lowercase();
    let endpoint = text(item, "endpoint").filter(|endpoint| !is_masked(endpoint)).map(Endpoint::from);
    Ok(ShownSubscription { channel, endpoint })
}

/// Whether a text stands in the place of what it hides, as the vendor's masks of other secrets do (spot-wire §2.6).
/// That it does so here is not known.
fn is_masked(text: &str) -> bool {
    text.contains("***") || text.contains('\u{2022}')
}

fn registered_user(item: &Value) -> Result<RegisteredUser, Unreadable> {
    let email = text(item, "userEmail").ok_or("a registered user without userEmail")?;
    let types = names(item, "subscriptionTypes")?;
    let subscription_types = types.iter().map(|kind| kind.to_ascii_lowercase()).collect();
    Ok(RegisteredUser { email, subscription_types })
}

fn account_config(item: &Value) -> Result<AccountConfig, Unreadable> {
    let event = |item: &Value| {
        let event = text(item, "event").ok_or("an event without a name")?;
        Ok((event, text(item, "type").unwrap_or_default().to_ascii_uppercase()))
    };
    let config = ComputeConfig {
        events: many(item, "events", event)?.into_iter().collect(),
        all_resources: flag(item, "shouldIncludeAllResources").unwrap_or(false),
        resource_ids: ids(item, "resourceIds")?.into_iter().collect(),
        rules: many(item, "dynamicRules", rule)?.into_iter().collect(),
    };
    Ok(AccountConfig { account: id(item, &["accountId"]), config })
}

fn rule(item: &Value) -> Result<BTreeSet<Condition>, Unreadable> {
    let condition = |item: &Value| {
        let word = |key| text(item, key).unwrap_or_default().to_ascii_lowercase();
        let expression = present(item, "expression").map(|expression| match expression {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        });
        Ok(Condition {
            identifier: word("identifier"),
            operator: word("operator"),
            expression: expression.unwrap_or_default(),
        })
    };
    Ok(many(item, "filterConditions", condition)?.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row() -> Value {
        json!({
            "policyId": "snp-1", "type": "compute", "name": "a", "description": "b", "owner": "jo@example.com",
            "registeredUsersCount": 2, "isActive": true, "isRegistered": false, "accountId": "act-1",
            "notificationMethod": ["email"],
        })
    }

    fn detail() -> Value {
        json!({
            "id": "snp-1", "name": "a", "description": null, "owner": "jo@example.com", "privacyLevel": "public",
            "isActive": "true", "type": "compute",
            "subscriptions": [
                {"type": "webhook", "endpoint": "https://hooks.example/canary"},
                {"type": "slack", "endpoint": "https://hooks****"},
                {"type": "sns"},
            ],
            "registeredUsers": [{"userEmail": "Jo@example.com", "subscriptionTypes": ["console", "EMAIL"]}],
            "computePolicyConfig": [{
                "accountId": "act-1", "events": [{"event": "Node removed", "type": "warn"}],
                "shouldIncludeAllResources": false, "resourceIds": [],
                "dynamicRules": [{"filterConditions": [
                    {"identifier": "tag", "operator": "equals", "expression": "a:b"},
                ]}],
            }],
        })
    }

    #[test]
    fn rows_are_read_by_each_spelling_of_the_id() {
        let full = PolicyRow {
            id: "snp-1".into(),
            account: Some("act-1".into()),
            name: "a".into(),
            description: Some("b".into()),
            is_active: Some(true),
            registered_users: Some(2),
            methods: vec!["email".into()],
        };
        assert_eq!(policy_row(&row()), Ok(full.clone()));
        for key in ["id", "Id"] {
            let mut other = row();
            other.as_object_mut().expect("a map").remove("policyId");
            other[key] = json!("snp-1");
            assert_eq!(policy_row(&other), Ok(full.clone()), "{key}");
        }
        let bare = policy_row(&json!({"policyId": "snp-1", "accountId": "act-1"})).expect("a row");
        assert_eq!((bare.name.as_str(), bare.is_active), ("", None));
    }

    #[test]
    fn a_row_that_could_be_another_is_none_and_one_of_another_type_is_in_no_account() {
        for key in ["policyId", "accountId"] {
            let mut hole = row();
            hole[key] = json!(null);
            assert!(policy_row(&hole).is_err(), "{key}");
        }
        let mut other = row();
        other["type"] = json!("billing");
        assert_eq!(policy_row(&other).expect("a row").account, None);
        other["accountId"] = json!(null);
        assert_eq!(policy_row(&other).expect("a row").account, None);
    }

    #[test]
    fn a_policy_is_read_and_what_is_masked_or_left_out_is_not_shown() {
        let read = policy_detail(&detail()).expect("a policy");
        assert_eq!((read.description.as_deref(), read.is_active), (None, Some(true)));
        assert_eq!(read.privacy_level.as_deref(), Some("public"));
        let shown: Vec<_> = read.subscriptions.iter().map(|one| one.endpoint.is_some()).collect();
        assert_eq!(shown, [true, false, false]);
        assert!(!format!("{read:?}").contains("canary"), "an endpoint is not shown");
        let user = &read.registered_users["jo@example.com"];
        assert_eq!(user.email, "Jo@example.com");
        assert_eq!(user.subscription_types, ["console", "email"].map(str::to_owned).into());
        let [AccountConfig { account, config }] = &read.configs[..] else { panic!("{read:?}") };
        assert_eq!(account.as_deref(), Some("act-1"));
        assert_eq!(config.events, [("Node removed".to_owned(), "WARN".to_owned())].into());
        assert_eq!((config.all_resources, config.resource_ids.len(), config.rules.len()), (false, 0, 1));
        let mut as_sent = detail();
        as_sent["computePolicyConfig"] = as_sent["computePolicyConfig"][0].clone();
        assert_eq!(policy_detail(&as_sent), Ok(read), "an object is a list of one");
        assert_eq!(policy_detail(&json!({"id": "snp-1"})).expect("a policy").configs, []);
    }

    #[test]
    fn what_cannot_be_read_shows_no_endpoint() {
        for (list, entry) in [
            ("subscriptions", json!([{"endpoint": "https://hooks.example/canary"}])),
            ("registeredUsers", json!([{"subscriptionTypes": []}])),
            ("computePolicyConfig", json!([{"events": [{"type": "INFO"}]}])),
            ("computePolicyConfig", json!("all")),
        ] {
            let mut hole = detail();
            hole[list] = entry;
            let why = policy_detail(&hole).expect_err("a hole");
            assert!(!why.contains("canary"), "{why}");
        }
    }
}
