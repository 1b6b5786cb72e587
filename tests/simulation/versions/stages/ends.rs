//! Deletions: asked for, sent, and of unknown outcome.

use super::Stages;
use crate::support::credentials::{self, aws, cloud};
use crate::support::founding::to_create;
use crate::support::house::{House, mins};
use crate::support::look::{acme, home};
use crate::support::machines::{ci, ci_spec, furnished};
use crate::support::manifests::{
    access_policy, account, group, group_key, organization, person, policy_key, user_key, with,
};
use crate::support::subscriptions::{one_account, sub, subscription};
use http::Method;
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::sandbox::spot::Contract;
use orgkeeper::sandbox::{Fault, FaultKind};
use serde_json::{Value, json};

/// Something that is to be deleted.
#[derive(Clone, Copy)]
struct Ended {
    name: &'static str,
    begin: fn(Contract) -> House,
    key: fn() -> ObjectRef,
    spec: fn() -> Value,
}

const ENDED: [Ended; 6] = [
    Ended { name: "account", begin: furnished, key: || home("a"), spec: || account("old") },
    Ended { name: "person", begin: furnished, key: || user_key("jo"), spec: || person("jo") },
    Ended { name: "machine", begin: furnished, key: ci, spec: ci_spec },
    Ended { name: "group", begin: furnished, key: || group_key("devs"), spec: || group("devs") },
    Ended { name: "policy", begin: furnished, key: || policy_key("p"), spec: || access_policy("reader") },
    Ended {
        name: "subscription",
        begin: one_account,
        key: || sub("s"),
        spec: || subscription("prod", "sig-10"),
    },
];

impl Ended {
    fn ready(&self, contract: Contract) -> House {
        let mut house = (self.begin)(contract);
        house.administrator();
        let spec = with((self.spec)(), json!({"deletionPolicy": "Delete"}));
        house.ready_with(&(self.key)(), &spec);
        house.run(mins(6));
        house
    }

    fn asked(&self, contract: Contract) -> House {
        let mut house = self.ready(contract);
        house.kill();
        house.delete(&(self.key)());
        house
    }

    fn sent(&self, contract: Contract) -> House {
        let mut house = self.ready(contract);
        house.delete(&(self.key)());
        house.stop_sent("DELETE");
        assert!(house.exists(&(self.key)()));
        house
    }
}

/// An organization at rest, which goes with its object.
fn mortal(contract: Contract) -> House {
    let mut house = House::new(contract);
    house.apply(&acme(), &with(organization(), json!({"deletionPolicy": "Delete"})));
    house.start();
    house.until(mins(5), "ready", |house| house.ready(&acme()));
    house.run(mins(3));
    house
}

/// The deletion of an organization is sent, and no answer comes.
fn organization_unknown(contract: Contract, kind: FaultKind) -> House {
    let mut house = mortal(contract);
    house.vendor().add_fault(Fault {
        times: Some(1),
        method: Some(Method::DELETE.to_string()),
        ..Fault::always(kind)
    });
    house.delete(&acme());
    house.until(mins(10), "sent", |house| house.vendor().faults().is_empty());
    house.kill();
    assert!(!house.status(&acme())["deletionSentAt"].is_null(), "{}", house.describe());
    house
}

/// A create of unknown outcome, and the object is to be deleted.
fn open(kind: FaultKind) -> House {
    let mut house = furnished(Contract::Production);
    house.vendor().add_fault(Fault::once(&Method::POST, "/setup/account", kind));
    house.apply(&home("a"), &with(account("new"), json!({"deletionPolicy": "Delete"})));
    house.until(mins(1), "unknown", |house| house.waits(&home("a"), "OutcomeUnknown"));
    house.kill();
    house.delete(&home("a"));
    house
}

/// Those stages.
pub(super) fn add(stages: &mut Stages) {
    for ended in ENDED {
        let name = format!("delete-{}", ended.name);
        let about = "The object is to be deleted, and nobody has seen it.";
        stages.add(&format!("{name}-asked"), about, move || ended.asked(Contract::Production));
        let about = "The vendor has deleted it, and nobody heard the answer.";
        stages.add(&format!("{name}-sent"), about, move || ended.sent(Contract::Production));
    }
    for ended in [ENDED[0], ENDED[2]] {
        let name = format!("published-delete-{}-sent", ended.name);
        let about = "The vendor has deleted it, and nobody heard the answer.";
        stages.add(&name, about, move || ended.sent(Contract::Published));
    }
    stages.one("delete-role-asked", "A credential is to be let go of, and nobody has seen it.", |contract| {
        let mut house = credentials::with_prod(contract);
        house.ready_with(&cloud(), &aws());
        house.run(mins(3));
        house.kill();
        house.delete(&cloud());
        house
    });
    stages.both(
        "delete-organization-sent",
        "The organization is deleted; nobody heard the answer.",
        |contract| {
            let mut house = mortal(contract);
            house.delete(&acme());
            house.stop_sent("DELETE");
            assert!(!house.status(&acme())["deletionSentAt"].is_null());
            house
        },
    );
    let about = "The deletion of the organization is sent; the answer was lost, and it is gone.";
    stages.one("delete-organization-unknown-gone", about, |contract| {
        organization_unknown(contract, FaultKind::ResetAfterEffect)
    });
    let about = "The deletion of the organization is sent; the answer was lost, and it is there.";
    stages.one("delete-organization-unknown-there", about, |contract| {
        organization_unknown(contract, FaultKind::ResetBeforeEffect)
    });
    let about = "The deletion of the organization was answered with an error, and it is there.";
    stages.both("delete-organization-failed", about, |contract| {
        organization_unknown(contract, FaultKind::ServerError { status: 503, effect: false })
    });
    stages.one("delete-all-asked", "An account and its organization are to go.", |contract| {
        let mut house = ENDED[0].ready(contract);
        house.kill();
        house.delete(&home("a"));
        house.delete(&home("prod"));
        house.delete(&acme());
        house
    });
    let about = "A create of unknown outcome that was carried out; the object is to be deleted.";
    stages.one("delete-open-made", about, |_| open(FaultKind::ResetAfterEffect));
    let about = "A create of unknown outcome that was not carried out; the object is to be deleted.";
    stages.one("delete-open-not-made", about, |_| open(FaultKind::ResetBeforeEffect));
    let about = "Nobody knows whether an organization was created, and its object is to be deleted.";
    stages.one("delete-open-organization", about, |contract| {
        let mut house = House::struck_at_a_create(contract, FaultKind::ResetAfterEffect);
        house.until(mins(5), "unknown", |house| house.stalled(&acme(), "OutcomeUnknown"));
        house.kill();
        house.apply(&acme(), &with(to_create(), json!({"deletionPolicy": "Delete"})));
        house.delete(&acme());
        house
    });
}
