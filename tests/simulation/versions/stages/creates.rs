//! Creates whose outcome is not stored.

use super::Stages;
use crate::support::credentials::{self, aws, azure, cloud};
use crate::support::founding::to_create;
use crate::support::house::{House, mins, secs};
use crate::support::look::{acme, home};
use crate::support::machines::{ci, ci_spec, furnish, furnished};
use crate::support::manifests::{
    access_policy, account, group, group_key, person, policy_key, user_key, with,
};
use crate::support::people::role;
use crate::support::subscriptions::{one_account, sub, subscription};
use http::Method;
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::sandbox::spot::Contract;
use orgkeeper::sandbox::{Fault, FaultKind};
use serde_json::{Value, json};

/// Something that is to be created.
#[derive(Clone, Copy)]
struct Made {
    name: &'static str,
    begin: fn(Contract) -> House,
    key: fn() -> ObjectRef,
    spec: fn() -> Value,
    route: &'static str,
    /// Whether it has a fixture for each contract.
    both: bool,
    /// Whether it has those in which the program lived on.
    told: bool,
}

fn to_delete(spec: Value) -> Value {
    with(spec, json!({"deletionPolicy": "Delete"}))
}

const ACCOUNT: Made = Made {
    name: "account",
    begin: furnished,
    key: || home("a"),
    spec: || to_delete(account("new")),
    route: "/setup/account",
    both: true,
    told: true,
};

const ORGANIZATION: Made = Made {
    name: "organization",
    begin: |contract| {
        let mut house = House::with_a_parent(contract);
        house.start();
        house
    },
    key: acme,
    spec: to_create,
    route: "/setup/organization",
    both: true,
    told: true,
};

const MADE: [Made; 9] = [
    ACCOUNT,
    Made {
        name: "person",
        begin: furnished,
        key: || user_key("jo"),
        spec: || with(person("jo"), json!({"accounts": [role("prod", "Editor")]})),
        route: "/setup/user",
        both: true,
        told: false,
    },
    Made {
        name: "machine",
        begin: furnished,
        key: ci,
        spec: ci_spec,
        route: "/setup/user/programmatic",
        both: true,
        told: true,
    },
    Made {
        name: "group",
        begin: furnished,
        key: || group_key("devs"),
        spec: || group("devs"),
        route: "/setup/access/userGroup",
        both: false,
        told: false,
    },
    Made {
        name: "policy",
        begin: furnished,
        key: || policy_key("p"),
        spec: || access_policy("reader"),
        route: "/setup/access/policy",
        both: false,
        told: false,
    },
    Made {
        name: "subscription",
        begin: one_account,
        key: || sub("s"),
        spec: || subscription("prod", "sig-10"),
        route: "/events/subscription",
        both: false,
        told: true,
    },
    Made {
        name: "role",
        begin: credentials::with_prod,
        key: cloud,
        spec: aws,
        route: "/setup/credentials/aws",
        both: false,
        told: false,
    },
    Made {
        name: "application",
        begin: credentials::with_prod,
        key: cloud,
        spec: azure,
        route: "/azure/setup/credentials",
        both: false,
        told: false,
    },
    ORGANIZATION,
];

impl Made {
    fn begun(&self, contract: Contract) -> House {
        let house = (self.begin)(contract);
        house.apply(&(self.key)(), &(self.spec)());
        house
    }

    fn unsent(&self, contract: Contract) -> House {
        let mut house = self.begun(contract);
        house.stop_unsent(&(self.key)());
        house
    }

    fn sent(&self, contract: Contract) -> House {
        let mut house = self.begun(contract);
        house.stop_sent("POST");
        assert!(!house.status(&(self.key)())["pendingCreate"].is_null(), "{}", house.describe());
        house
    }

    /// The program lives on, and has told that nobody knows.
    fn unknown(&self, made: bool) -> House {
        let mut house = (self.begin)(Contract::Production);
        let kind = if made { FaultKind::ResetAfterEffect } else { FaultKind::ResetBeforeEffect };
        house.vendor().add_fault(Fault::once(&Method::POST, self.route, kind));
        let key = (self.key)();
        house.apply(&key, &(self.spec)());
        house.until(mins(10), "unknown", |house| {
            house.condition(&key, "Ready").is_some_and(|(_, reason)| reason == "OutcomeUnknown")
        });
        house
    }
}

fn sent_late(mut house: House, key: &ObjectRef, spec: &Value) -> House {
    house.apply(key, spec);
    house.stop_sent("POST");
    house
}

/// Those stages.
pub(super) fn add(stages: &mut Stages) {
    for made in MADE {
        for contract in [Contract::Production, Contract::Published] {
            let prefix = match contract {
                Contract::Production => "",
                Contract::Published if made.both => "published-",
                Contract::Published => continue,
            };
            let name = format!("{prefix}create-{}", made.name);
            let about = "The intent is stored, and nothing was sent.";
            stages.add(&format!("{name}-unsent"), about, move || made.unsent(contract));
            let about = "The vendor has carried the create out, and nobody heard the answer.";
            stages.add(&format!("{name}-sent"), about, move || made.sent(contract));
        }
        if !made.told {
            continue;
        }
        let about = "OutcomeUnknown is told; the vendor has carried the create out.";
        let name = format!("create-{}-unknown-made", made.name);
        stages.add(&name, about, move || made.unknown(true));
        let about = "OutcomeUnknown is told; the vendor has not carried the create out.";
        let name = format!("create-{}-unknown-not-made", made.name);
        stages.add(&name, about, move || made.unknown(false));
    }
    let about = "The vendor has carried the create out, and its lists do not show so for a while.";
    stages.one("create-account-sent-lists-lag", about, |contract| {
        let house = furnish(House::new(contract).with_lag(secs(30)));
        sent_late(house, &home("a"), &to_delete(account("new")))
    });
    stages.one("create-machine-sent-lists-lag", about, |contract| {
        let house = furnish(House::new(contract).with_lag(secs(30)));
        sent_late(house, &ci(), &ci_spec())
    });
    let about = "The finalizer is set, and no create was decided.";
    stages.one("create-account-only-finalizer", about, |contract| {
        let mut house = ACCOUNT.begun(contract);
        house.until(mins(10), "held", |house| house.object(&home("a"))["metadata"]["finalizers"].is_array());
        house.kill();
        assert!(house.status(&home("a"))["pendingCreate"].is_null());
        house
    });
    let about = "The vendor has carried a create out, and the manifest has another name since.";
    stages.one("create-account-renamed", about, |contract| {
        let house = ACCOUNT.sent(contract);
        house.apply(&home("a"), &to_delete(account("renamed")));
        house
    });
    let about = "The organization is created; a person is to put its token into a Secret.";
    stages.one("create-organization-awaits-its-token", about, |contract| {
        let mut house = ORGANIZATION.begun(contract);
        house.until(mins(10), "created", |house| {
            house.id(&acme()).is_some() && house.waits(&acme(), "SecretNotFound")
        });
        house
    });
}
