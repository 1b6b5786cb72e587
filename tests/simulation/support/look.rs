//! What tests look at.

use super::house::House;
use super::manifests::{account_key, organization_key};
use orgkeeper::engine::base::ports::{Event, ObjectRef};
use orgkeeper::engine::base::runbook::unlinked;
use serde_json::Value;
use std::fmt::Write as _;

impl House {
    /// The object.
    #[track_caller]
    pub fn object(&self, key: &ObjectRef) -> Value {
        self.way.cluster.object(key).unwrap_or_else(|| panic!("{key} is gone"))
    }

    /// Whether the object is there.
    pub fn exists(&self, key: &ObjectRef) -> bool {
        self.way.cluster.object(key).is_some()
    }

    /// The object's status.
    #[track_caller]
    pub fn status(&self, key: &ObjectRef) -> Value {
        self.object(key)["status"].clone()
    }

    /// The object's id at the vendor.
    pub fn id(&self, key: &ObjectRef) -> Option<String> {
        self.way.cluster.object(key)?["status"]["id"].as_str().map(str::to_owned)
    }

    /// A condition, if the object has one of the type: its status and its reason.
    pub fn condition(&self, key: &ObjectRef, kind: &str) -> Option<(String, String)> {
        let object = self.way.cluster.object(key)?;
        let list = object["status"]["conditions"].as_array()?;
        let found = list.iter().find(|condition| condition["type"] == kind)?;
        Some((found["status"].as_str()?.to_owned(), found["reason"].as_str()?.to_owned()))
    }

    /// A condition's message, without its link; empty where there is none.
    pub fn message(&self, key: &ObjectRef, kind: &str) -> String {
        let object = self.way.cluster.object(key).unwrap_or_default();
        let list = object["status"]["conditions"].as_array().cloned().unwrap_or_default();
        let found = list.iter().find(|condition| condition["type"] == kind);
        unlinked(found.and_then(|condition| condition["message"].as_str()).unwrap_or_default()).to_owned()
    }

    /// The digest that a condition's message asks to be written to the annotation `confirm`.
    #[track_caller]
    pub fn digest(&self, key: &ObjectRef, kind: &str) -> String {
        let message = self.message(key, kind);
        let (_, rest) = message.split_once("orgkeeper.dev/confirm: ").unwrap_or_else(|| panic!("{message}"));
        rest.chars().take_while(char::is_ascii_hexdigit).collect()
    }

    /// Whether the object is ready, and that of the spec as it is now.
    pub fn ready(&self, key: &ObjectRef) -> bool {
        let Some(object) = self.way.cluster.object(key) else { return false };
        let ready = self.condition(key, "Ready").is_some_and(|(status, _)| status == "True");
        ready && object["status"]["observedGeneration"] == object["metadata"]["generation"]
    }

    /// Whether Ready is False for this reason.
    pub fn waits(&self, key: &ObjectRef, reason: &str) -> bool {
        self.condition(key, "Ready").is_some_and(|(status, why)| status == "False" && why == reason)
    }

    /// Whether the object is Stalled for this reason.
    pub fn stalled(&self, key: &ObjectRef, reason: &str) -> bool {
        self.condition(key, "Stalled").is_some_and(|(_, why)| why == reason)
    }

    /// The ids of the vendor's accounts of the name.
    pub fn named(&self, name: &str) -> Vec<String> {
        let now = self.wall();
        let mut vendor = self.vendor();
        vendor.carry_out_late(now);
        let accounts = vendor.world().accounts();
        let lives =
            accounts.filter(|account| account.details.current().is_some_and(|details| details.name == name));
        lives.map(|account| account.id.clone()).collect()
    }

    /// How many accounts live at the vendor.
    pub fn living(&self) -> usize {
        let now = self.wall();
        let mut vendor = self.vendor();
        vendor.carry_out_late(now);
        vendor.world().accounts().filter(|account| account.details.current().is_some()).count()
    }

    /// How many requests of the method came to the vendor; of any, with an empty one.
    pub fn calls(&self, method: &str) -> usize {
        let vendor = self.vendor();
        let entries = vendor.requests().entries();
        entries.filter(|entry| method.is_empty() || entry.method == method).count()
    }

    /// How many reads of the route came to the vendor.
    pub fn reads(&self, route: &str) -> usize {
        let vendor = self.vendor();
        vendor.requests().entries().filter(|entry| entry.method == "GET" && entry.route == route).count()
    }

    /// How many requests that write came to the vendor.
    pub fn vendor_writes(&self) -> usize {
        let vendor = self.vendor();
        vendor.requests().entries().filter(|entry| entry.method != "GET").count()
    }

    /// How often the object was written.
    pub fn writes(&self, key: &ObjectRef) -> usize {
        self.way.cluster.writes().iter().filter(|(object, _)| object == key).count()
    }

    /// How often anything was written.
    pub fn all_writes(&self) -> usize {
        self.way.cluster.writes().len()
    }

    /// The events about the object.
    pub fn events(&self, key: &ObjectRef) -> Vec<Event> {
        self.way.cluster.events().into_iter().filter(|event| event.about == *key).collect()
    }

    /// The reasons of the events about the object.
    pub fn reasons(&self, key: &ObjectRef) -> Vec<&'static str> {
        self.events(key).iter().map(|event| event.reason).collect()
    }

    /// All that may help to see why a test failed.
    pub fn describe(&self) -> String {
        let mut text = format!("at {}\n", self.wall());
        let key =
            |object: &Value| format!("{}/{}", object["metadata"]["namespace"], object["metadata"]["name"]);
        let all = self.way.cluster.all();
        let (ready, others): (Vec<_>, Vec<_>) =
            all.iter().partition(|object| object["status"]["conditions"][0]["status"] == "True");
        for object in others.into_iter().take(10).chain(ready.into_iter().take(3)) {
            let _ = writeln!(text, "{}: {}", key(object), object["status"]);
        }
        for (object, patch) in tail(&self.way.cluster.writes(), 30) {
            let _ = writeln!(text, "{object} <- {patch}");
        }
        for entry in tail(&self.vendor().requests().entries().collect::<Vec<_>>(), 30) {
            let (at, status) = (entry.at, entry.status);
            let _ = writeln!(text, "{at} {} {} {status:?} {:?}", entry.method, entry.path, entry.fault);
        }
        for event in tail(&self.way.cluster.events(), 20) {
            let _ = writeln!(text, "{}: {} {}", event.about, event.reason, event.note);
        }
        text
    }
}

fn tail<T>(all: &[T], count: usize) -> &[T] {
    &all[all.len().saturating_sub(count)..]
}

/// The organization's key.
pub fn acme() -> ObjectRef {
    organization_key("acme")
}

/// The key of an account in the organization's namespace.
pub fn home(name: &str) -> ObjectRef {
    account_key(super::manifests::HOME, name)
}

/// The key of an account in another namespace.
pub fn away(name: &str) -> ObjectRef {
    account_key(super::manifests::AWAY, name)
}
