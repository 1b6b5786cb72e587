//! What tests of notification policies have in common.

use super::house::House;
use super::look::home;
use super::manifests::{AWAY, HOME, person, user_key};
use super::people::{furnished, organization_id};
use orgkeeper::api::spot::kinds;
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::sandbox::spot::{
    ComputePolicyConfig, Contract, NotificationEvent, NotificationPolicyDetails, NotificationSubscription,
};
use serde_json::{Value, json};

/// The policies of the token's user, as a route.
pub const ALL: &str = "/notificationCenter/policy";
pub const CREATE: &str = "POST /notificationCenter/policy";
pub const CHANGE: &str = "PUT /notificationCenter/policy/{notificationPolicyId}";
pub const DELETE: &str = "DELETE /notificationCenter/policy/{notificationPolicyId}";
/// Where events go: a secret.
pub const HOOK: &str = "https://hooks.example.com/canary-of-the-notification";
/// The address of the person `jo`.
pub const JO: &str = "jo@example.com";

/// The key of a policy in the organization's namespace.
pub fn noted(name: &str) -> ObjectRef {
    ObjectRef { kind: kinds::NOTIFICATION_POLICY, namespace: HOME.into(), name: name.into() }
}

/// The key of one in the other namespace.
pub fn noted_away(name: &str) -> ObjectRef {
    ObjectRef { kind: kinds::NOTIFICATION_POLICY, namespace: AWAY.into(), name: name.into() }
}

/// A policy of an account, which tells what the Secret `hook` holds of everything there.
pub fn notification(account: &str, name: &str) -> Value {
    json!({
        "accountRef": {"name": account},
        "name": name,
        "privacyLevel": "public",
        "subscriptions": [{"type": "webhook", "endpointSecretRef": {"name": "hook", "key": "url"}}],
        "computePolicyConfig": {
            "events": [{"event": "Scale up failed", "type": "ERROR"}],
            "includeAllResources": true,
        },
    })
}

/// A registered user by the object of that name.
pub fn by_object(name: &str, types: &[&str]) -> Value {
    json!({"userRef": {"name": name}, "subscriptionTypes": types})
}

/// A house in which `hook` holds an endpoint, with these accounts and the person `jo`.
pub fn notifying(accounts: &[&str]) -> House {
    let mut house = furnished(Contract::Production, accounts);
    house.way.cluster.put_secret(HOME, "hook", "url", HOOK);
    house.ready_with(&user_key("jo"), &person("jo"));
    house
}

impl House {
    /// All notification policies that live at the vendor, by their ids.
    pub fn notifications(&self) -> Vec<(String, NotificationPolicyDetails)> {
        let now = self.wall();
        let mut vendor = self.vendor();
        vendor.carry_out_late(now);
        let all = vendor.world().in_accounts::<NotificationPolicyDetails>().living();
        all.map(|(record, details)| (record.id.clone(), details.clone())).collect()
    }

    /// The only one.
    #[track_caller]
    pub fn notification(&self) -> NotificationPolicyDetails {
        let mut all = self.notifications();
        assert_eq!(all.len(), 1, "{}", self.describe());
        all.remove(0).1
    }

    /// The token's user makes a policy by hand; the id.
    pub fn notify_by_hand(&self, account: &str, name: &str) -> String {
        let owner = self.vendor().world().organization(organization_id()).unwrap().administrator.clone();
        let hook = NotificationSubscription { kind: "webhook".into(), endpoint: HOOK.into() };
        let details = NotificationPolicyDetails {
            account: self.id(&home(account)).unwrap(),
            owner,
            is_public: true,
            name: Some(name.to_owned()),
            description: None,
            is_active: true,
            subscriptions: vec![hook],
            registered_users: Vec::new(),
            config: everything(),
        };
        self.by_hand(|console| console.create_in_account(details)).unwrap()
    }

    /// Somebody changes the only one by hand.
    #[track_caller]
    pub fn change_notification(&self, change: impl FnOnce(&mut NotificationPolicyDetails)) {
        let id = self.notifications()[0].0.clone();
        assert!(self.by_hand(|console| console.change_in_account(&id, change)));
    }

    /// The object stands for the only policy there is, and nothing is under way.
    #[track_caller]
    pub fn assert_the_only_notification(&self, key: &ObjectRef) {
        let (all, text) = (self.notifications(), self.describe());
        assert_eq!(all.len(), 1, "{text}");
        assert_eq!(self.id(key).as_ref(), Some(&all[0].0), "{text}");
        assert!(self.status(key)["pendingCreate"].is_null(), "{text}");
    }

    /// A person has a create sent again whose outcome nobody heard.
    pub fn have_it_sent_again(&self, key: &ObjectRef) {
        if self.stalled(key, "OutcomeUnknown") {
            let digest = json!(self.digest(key, "Stalled"));
            if self.object(key)["metadata"]["annotations"]["orgkeeper.dev/confirm"] != digest {
                self.annotate(key, &json!({"orgkeeper.dev/confirm": digest}));
            }
        }
    }
}

/// What [`notification`] says of events and resources.
pub fn everything() -> ComputePolicyConfig {
    ComputePolicyConfig {
        events: vec![NotificationEvent { event: "Scale up failed".into(), kind: "ERROR".into() }],
        should_include_all_resources: true,
        ..ComputePolicyConfig::default()
    }
}
