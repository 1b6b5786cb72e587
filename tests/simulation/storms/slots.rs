//! What people declare in a storm: a few manifests of every kind, which come, change and go.

use crate::support::credentials::{CLIENT, SUBSCRIPTION, TENANT, credential_key};
use crate::support::look::home;
use crate::support::manifests::{
    access_policy, account, group, group_key, machine, organization, person, policy_key, user_key, with,
};
use crate::support::notifications::{noted, notification};
use crate::support::subscriptions::{sub, subscription};
use orgkeeper::engine::base::ports::ObjectRef;
use serde_json::{Value, json};

/// The account that the others are about. It is there for all of the storm.
pub const PROD: &str = "prod";
/// The resource that is subscribed to.
pub const RESOURCE: &str = "sig-storm";

/// The Secret that the credential's value is in.
pub const CLIENT_SECRET_IN: &str = "azure";

/// A manifest's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slot {
    Account(u8),
    Machine(u8),
    Person(u8),
    Group(u8),
    Policy(u8),
    Credential,
    Subscription,
    Notification,
}

/// What of a slot is declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Declared {
    /// How often it was declared anew.
    pub incarnation: usize,
    /// How often it was edited since.
    pub edition: usize,
    /// Whether what it stands for goes with it.
    pub goes: bool,
}

impl Slot {
    /// All.
    pub const ALL: [Self; 11] = [
        Self::Account(0),
        Self::Account(1),
        Self::Account(2),
        Self::Machine(0),
        Self::Machine(1),
        Self::Person(0),
        Self::Group(0),
        Self::Policy(0),
        Self::Credential,
        Self::Subscription,
        Self::Notification,
    ];

    /// Many of one kind, which come and go together.
    pub const CROWD: [Self; 12] = {
        let mut crowd = [Self::Account(10); 12];
        let mut number = 0;
        while number < 12 {
            crowd[number as usize] = Self::Account(10 + number);
            number += 1;
        }
        crowd
    };

    /// Those that have a token.
    pub const MACHINES: [Self; 2] = [Self::Machine(0), Self::Machine(1)];

    /// The object's key.
    pub fn key(self) -> ObjectRef {
        match self {
            Self::Account(number) => home(&format!("a{number}")),
            Self::Machine(number) => user_key(&format!("m{number}")),
            Self::Person(number) => user_key(&format!("h{number}")),
            Self::Group(number) => group_key(&format!("g{number}")),
            Self::Policy(number) => policy_key(&format!("p{number}")),
            Self::Credential => credential_key("c"),
            Self::Subscription => sub("s"),
            Self::Notification => noted("n"),
        }
    }

    /// What the names at the vendor begin with that this incarnation gives.
    pub fn prefix(self, incarnation: usize) -> String {
        format!("{}-i{incarnation}-", self.key().name)
    }

    /// The name at the vendor; the resource, where that is what it is found by, and nothing for a credential.
    pub fn name(self, declared: Declared) -> String {
        let prefix = self.prefix(declared.incarnation);
        match self {
            // A name that cannot be changed.
            Self::Machine(_) => format!("{prefix}e0"),
            Self::Person(_) => format!("{prefix}e0@example.com"),
            Self::Credential => String::new(),
            Self::Subscription => RESOURCE.to_owned(),
            _ => format!("{prefix}e{}", declared.edition),
        }
    }

    /// The Secret that a machine user's token is in. One that was left behind is nobody's to write over.
    pub fn token_secret(self, declared: Declared) -> String {
        format!("{}token", self.prefix(declared.incarnation))
    }

    /// Whether its name at the vendor is its own, and nothing else's.
    pub const fn is_named(self) -> bool {
        !matches!(self, Self::Credential | Self::Subscription)
    }

    /// The manifest.
    pub fn spec(self, declared: Declared) -> Value {
        let (name, even) = (self.name(declared), declared.edition.is_multiple_of(2));
        let access = json!([{"accountRef": {"name": PROD}, "role": if even { "Editor" } else { "Viewer" }}]);
        let spec = match self {
            Self::Account(_) => account(&name),
            Self::Machine(_) => {
                let secret = json!({"name": self.token_secret(declared), "key": "token"});
                let members = json!({"accounts": access, "programmatic": {"writeTokenTo": secret}});
                with(machine(&name, PROD), members)
            }
            Self::Person(_) => {
                let human = json!({"email": name, "firstName": "Jo"});
                with(person("jo"), json!({"human": human, "accounts": access}))
            }
            Self::Group(_) => group(&name),
            Self::Policy(_) => access_policy(&name),
            Self::Credential => {
                let secret = json!({"name": CLIENT_SECRET_IN, "key": "secret"});
                json!({"accountRef": {"name": PROD}, "azure": {"clientId": CLIENT, "tenantId": TENANT,
                    "subscriptionId": SUBSCRIPTION, "clientSecretRef": secret}})
            }
            Self::Subscription => {
                let event = if even { "GROUP_UPDATED" } else { "GROUP_ROLL_FINISHED" };
                with(subscription(PROD, RESOURCE), json!({"eventType": event}))
            }
            Self::Notification => with(notification(PROD, &name), json!({"isActive": even})),
        };
        match declared.goes {
            // What we made goes by default, and what was only found stays.
            true if declared.incarnation.is_multiple_of(2) => spec,
            true => with(spec, json!({"deletionPolicy": "Delete"})),
            false => with(spec, json!({"deletionPolicy": "Orphan"})),
        }
    }
}

/// The organization, whose server is known to honour accounts in queries.
pub fn acme_spec() -> Value {
    with(organization(), json!({"connection": {"accountScope": "Query"}}))
}
