//! What tests of subscriptions have in common.

use super::house::{House, mins};
use super::look::{acme, home};
use super::manifests::{AWAY, HOME, account, organization, with};
use orgkeeper::api::spot::kinds;
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::sandbox::spot::{Contract, SubscriptionDetails};
use serde_json::{Value, json};

/// All subscriptions of an account, as a route.
pub const ALL: &str = "/events/subscription";
pub const CREATE: &str = "POST /events/subscription";
pub const CHANGE: &str = "PUT /events/subscription/{subscriptionId}";
pub const DELETE: &str = "DELETE /events/subscription/{subscriptionId}";
/// Where events go: a secret.
pub const HOOK: &str = "https://hooks.example.com/canary-of-the-hook";

/// The key of a subscription in the organization's namespace.
pub fn sub(name: &str) -> ObjectRef {
    ObjectRef { kind: kinds::SUBSCRIPTION, namespace: HOME.into(), name: name.into() }
}

/// The key of one in the other namespace.
pub fn sub_away(name: &str) -> ObjectRef {
    ObjectRef { kind: kinds::SUBSCRIPTION, namespace: AWAY.into(), name: name.into() }
}

/// A subscription to a resource of an account, which posts to what the Secret `hook` holds.
pub fn subscription(account: &str, resource: &str) -> Value {
    json!({
        "accountRef": {"name": account},
        "resourceId": resource,
        "protocol": "web",
        "endpointSecretRef": {"name": "hook", "key": "url"},
        "eventType": "GROUP_UPDATED",
    })
}

/// The same with the endpoint in clear.
pub fn in_clear(spec: Value, endpoint: &str) -> Value {
    with(spec, json!({"endpointSecretRef": null, "endpoint": endpoint}))
}

/// A house whose organization vouches that the server minds accounts, with accounts that have the resources
/// `sig-1` and `sig-2`, each followed by the account's place, as in `sig-10` and `sig-20` of the first.
pub fn subscribing(house: House, accounts: &[&str]) -> House {
    let mut house = house;
    let query = json!({"connection": {"accountScope": "Query"}});
    house.way.cluster.put_secret(HOME, "hook", "url", HOOK);
    house.apply(&acme(), &with(organization(), query));
    for name in accounts {
        house.apply(&home(name), &account(name));
    }
    house.start();
    house.until(mins(2), "ready", |house| {
        house.ready(&acme()) && accounts.iter().all(|name| house.ready(&home(name)))
    });
    for (place, name) in accounts.iter().enumerate() {
        let id = house.id(&home(name)).unwrap();
        for number in [1, 2] {
            let resource = format!("sig-{number}{place}");
            house.vendor().world_mut().add_resource(&id, Some(&resource), "a group").unwrap();
        }
    }
    house
}

/// A house of the contract with one account, `prod`.
pub fn one_account(contract: Contract) -> House {
    one_account_over(House::new(contract))
}

/// The same in a house that is there.
pub fn one_account_over(house: House) -> House {
    subscribing(house, &["prod"])
}

impl House {
    /// The ids of all subscriptions that live at the vendor, with what they are.
    pub fn subscriptions(&self) -> Vec<(String, SubscriptionDetails)> {
        let now = self.wall();
        let mut vendor = self.vendor();
        vendor.carry_out_late(now);
        let all = vendor.world().in_accounts::<SubscriptionDetails>().living();
        all.map(|(record, details)| (record.id.clone(), details.clone())).collect()
    }

    /// The resources of all subscriptions that live at the vendor.
    pub fn subscribed(&self) -> Vec<String> {
        let mut resources: Vec<String> =
            self.subscriptions().into_iter().map(|(_, details)| details.resource_id).collect();
        resources.sort();
        resources
    }

    /// A person subscribes by hand; the id.
    pub fn subscribe_by_hand(&self, account: &str, resource: &str, endpoint: &str) -> String {
        let details = SubscriptionDetails {
            account: self.id(&home(account)).unwrap(),
            resource_id: resource.to_owned(),
            protocol: orgkeeper::sandbox::spot::Protocol::Web,
            endpoint: endpoint.to_owned(),
            event_type: "GROUP_UPDATED".to_owned(),
            event_format: None,
            updated_at: self.wall(),
        };
        self.by_hand(|console| console.create_in_account(details)).unwrap()
    }

    /// The object stands for the only subscription there is, and nothing is left of what was under way.
    #[track_caller]
    pub fn assert_the_only_one(&self, key: &ObjectRef, resource: &str) {
        self.assert_the_only_one_beside(key, resource, 0);
    }

    /// The same, beside at most so many that a person is asked about.
    #[track_caller]
    pub fn assert_the_only_one_beside(&self, key: &ObjectRef, resource: &str, most: usize) {
        let (status, text) = (self.status(key), self.describe());
        let left: Vec<String> = serde_json::from_value(status["leftovers"].clone()).unwrap_or_default();
        assert!(left.len() <= most, "{text}");
        let mut all = self.subscriptions();
        all.retain(|(id, _)| !left.contains(id));
        assert_eq!(all.len(), 1, "{text}");
        assert_eq!(self.id(key).as_ref(), Some(&all[0].0), "{text}");
        assert_eq!(all[0].1.resource_id, resource, "{text}");
        assert!(status["superseded"].is_null() && status["pendingCreate"].is_null(), "{text}");
    }
}
