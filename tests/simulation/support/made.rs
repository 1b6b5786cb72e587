//! What is known of the things that were made, and of those that are deleted: whose they are, and whether that was
//! answered or only found.

use super::journal::Broken;
use super::things;
use orgkeeper::engine::base::ports::{HttpRequest, Tick};
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// The things.
#[derive(Default)]
pub struct Made {
    /// All that a process was told in an answer to a create.
    answered: RefCell<BTreeSet<String>>,
    /// The objects, by their uids, of which a create was answered by success and by no id.
    nameless: RefCell<BTreeSet<String>>,
    /// The objects, by their uids, whose status said what they stand for.
    stood: RefCell<BTreeSet<String>>,
    /// All that an object found by inference.
    found: RefCell<BTreeSet<String>>,
    /// The users that a rotation replaced, and since when.
    replaced: RefCell<BTreeMap<String, Tick>>,
    /// For how long a replaced user has to stay.
    overlap: Cell<Duration>,
    /// All that a stranger deleted.
    gone: RefCell<BTreeSet<String>>,
    /// The accounts that were deleted by a process, and when first.
    deleted: RefCell<BTreeMap<String, Tick>>,
}

impl Made {
    /// From now on a replaced user has to stay for so long.
    pub fn overlaps(&self, overlap: Duration) {
        self.overlap.set(overlap);
    }

    /// A create for the object of this uid was answered by success, and the process was told.
    pub fn answered(&self, body: &[u8], uid: Option<String>) {
        let Ok(Value::Object(mut body)) = serde_json::from_slice(body) else { return };
        // The call has an id too.
        body.remove("request");
        let mut told = BTreeSet::new();
        ids(&Value::Object(body), &mut told);
        if told.is_empty() {
            self.nameless.borrow_mut().extend(uid);
        }
        self.answered.borrow_mut().append(&mut told);
    }

    /// Whether an answer to a create told the id.
    pub fn was_answered(&self, id: &str) -> bool {
        self.answered.borrow().contains(id)
    }

    /// An object was stored.
    pub fn stored(&self, object: &Value, now: Tick) {
        if object["status"]["id"].is_string() {
            let uid = object["metadata"]["uid"].as_str().unwrap_or_default();
            self.stood.borrow_mut().insert(uid.to_owned());
        }
        let found = object["status"]["found"].as_array().into_iter().flatten();
        self.found.borrow_mut().extend(found.filter_map(|id| id.as_str().map(str::to_owned)));
        if let Some(old) = object["status"]["token"]["rotation"]["oldId"].as_str() {
            self.replaced.borrow_mut().entry(old.to_owned()).or_insert(now);
        }
    }

    /// Whether the object ever said what it stands for.
    pub fn stood_for_something(&self, uid: &str) -> bool {
        self.stood.borrow().contains(uid)
    }

    /// How many accounts were deleted since then.
    pub fn deleted_since(&self, since: Tick) -> usize {
        self.deleted.borrow().values().filter(|at| **at >= since).count()
    }

    /// A stranger deleted it: nobody else takes it away.
    pub fn is_gone(&self, id: &str) {
        self.gone.borrow_mut().insert(id.to_owned());
    }

    /// A deletion was carried out, or may have been.
    pub fn took(&self, path: &str, now: Tick) {
        let there = |id: &&str| !self.gone.borrow().contains(*id);
        if let Some(id) = things::id_in(path).filter(there).filter(|_| things::is_account(path)) {
            self.deleted.borrow_mut().entry(id.to_owned()).or_insert(now);
        }
    }

    /// What the request breaks if it deletes what it may not.
    pub fn deletes(&self, request: &HttpRequest, objects: &[Value], now: Tick) -> Option<Broken> {
        let path = request.url.path();
        let id = things::id_in(path)?;
        let confirmed =
            |object: &Value| !object["metadata"]["annotations"]["orgkeeper.dev/confirm"].is_null();
        let goes = |object: &Value| !object["metadata"]["deletionTimestamp"].is_null();
        let policy =
            |object: &Value| object["spec"]["deletionPolicy"].as_str().unwrap_or_default().to_owned();
        let how = format!("DELETE {path} at {:?}", now.since_boot());
        let broken = |promise: &str| Some(Broken::new(promise, how.clone()));
        let mut all = objects.iter();
        if all.any(|one| lists(&one["status"]["leftovers"], id) && !confirmed(one)) {
            return broken("what was left was deleted, and nobody was asked");
        }
        let mut holders = objects.iter().filter(|one| one["status"]["id"] == id);
        if holders.any(|one| goes(one) && policy(one) == "Orphan" && !confirmed(one)) {
            return broken("what was to stay was deleted");
        }
        let early = self.replaced.borrow().get(id).is_some_and(|since| now < *since + self.overlap.get());
        let rotates = |one: &&Value| one["status"]["token"]["rotation"]["oldId"] == id;
        if early && objects.iter().filter(rotates).any(|one| !goes(one)) {
            return broken("an old token ended too early");
        }
        // The word of a person, or a manifest that goes and says so.
        let said = |one: &Value| {
            let status = &one["status"];
            let pending = [&status["pendingCreate"], &status["token"]["rotation"], &status["token"]["again"]];
            // Whoever has it taken over and asks for another token asks for another user in its place.
            let rotation = &status["token"]["rotation"];
            if rotation["oldId"] == *id && rotation["requested"] != "" && !self.found.borrow().contains(id) {
                return true;
            }
            let knows = status.to_string().contains(id) || pending.iter().any(|intent| !intent.is_null());
            knows && (confirmed(one) || goes(one) && policy(one) == "Delete")
        };
        let mut known = objects.iter().filter(|one| one["status"].to_string().contains(id)).peekable();
        // An answer of success that names no id is one: lists tell what it was about.
        let nameless = self.nameless.borrow();
        let told = |one: &Value| one["metadata"]["uid"].as_str().is_some_and(|uid| nameless.contains(uid));
        (known.peek().is_some() && !self.was_answered(id) && !known.any(told) && !objects.iter().any(said))
            .then(|| Broken::new("what was only found was deleted", how.clone()))
    }
}

fn lists(list: &Value, id: &str) -> bool {
    list.as_array().is_some_and(|all| all.contains(&json!(id)))
}

/// The members that may tell the id of what was made.
const OWN_ID: [&str; 7] = ["id", "Id", "accountId", "userId", "userGroupId", "policyId", "subscriptionId"];

/// All texts in such members.
fn ids(value: &Value, all: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| ids(item, all)),
        Value::Object(members) => {
            for (name, member) in members {
                match member.as_str() {
                    Some(text) if OWN_ID.contains(&name.as_str()) => {
                        all.insert(text.to_owned());
                    }
                    _ => ids(member, all),
                }
            }
        }
        _ => {}
    }
}
