//! What a webhook took out of a status that was stored before, and that nobody put back before the process ended that
//! alone knew of it; and what a process changed without hearing of it, and led no more. Nobody can promise anything of
//! that.

use super::unkind::strangers::Thing;
use orgkeeper::api::kind::KindRef;
use orgkeeper::engine::base::ports::ObjectRef;
use serde_json::Value;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

/// What is lacking of one object since.
struct Dropped {
    /// Who led then.
    by: String,
    kind: KindRef,
    uid: String,
    /// Where it stood in status.
    pointer: String,
    /// What stood there, and what the manifest said then.
    text: String,
}

/// What is lacking now, and what is forgotten.
#[derive(Default)]
pub struct Forgotten {
    /// The statuses as they were stored last, by uid.
    statuses: RefCell<BTreeMap<String, Value>>,
    lacking: RefCell<Vec<Dropped>>,
    lost: RefCell<Vec<Dropped>>,
    change: Cell<bool>,
}

impl Forgotten {
    /// The member is taken out of a status that is about to be stored while this process leads.
    pub fn dropped(&self, by: &str, key: &ObjectRef, object: &Value, member: &str) {
        let pointer = format!("/status/{member}");
        let uid = object["metadata"]["uid"].as_str().unwrap_or_default().to_owned();
        let Some(value) = object.pointer(&pointer).filter(|value| !value.is_null()) else { return };
        let text = format!("{value} {}", object["spec"]);
        let stood = |status: &Value| {
            status.pointer(&pointer["/status".len()..]).is_some_and(|value| !value.is_null())
        };
        let known = self.statuses.borrow().get(&uid).is_some_and(stood);
        // For an intent that was never stored nothing is sent.
        let intent = ["pendingCreate", "token", "token/rotation"].contains(&member);
        if known || !intent || text.contains("\"oldId\"") || text.contains("\"newId\"") {
            let dropped = Dropped { by: by.to_owned(), kind: key.kind, uid, pointer, text };
            self.lacking.borrow_mut().push(dropped);
        }
    }

    /// An object was stored: what it has again lacks no more.
    pub fn stored(&self, object: &Value) {
        let uid = object["metadata"]["uid"].as_str().unwrap_or_default().to_owned();
        self.statuses.borrow_mut().insert(uid, object["status"].clone());
        let back = |dropped: &Dropped| {
            object["metadata"]["uid"] == *dropped.uid
                && object.pointer(&dropped.pointer).is_some_and(|value| !value.is_null())
        };
        self.lacking.borrow_mut().retain(|dropped| !back(dropped));
    }

    /// A process ended.
    pub fn ended(&self, process: &str) {
        let gone =
            self.lacking.borrow_mut().extract_if(.., |dropped| dropped.by == process).collect::<Vec<_>>();
        self.lost.borrow_mut().extend(gone);
    }

    /// Something was changed, and whoever leads now does not know by whom.
    pub fn a_change(&self) {
        self.change.set(true);
    }

    /// Whether there was such a change.
    pub const fn has_a_change(&self) -> bool {
        self.change.get()
    }

    /// Whether nobody knows any more what the object stands for.
    pub fn has_id_of(&self, object: &Value) -> bool {
        let lost = self.lost.borrow();
        lost.iter().any(|lost| object["metadata"]["uid"] == *lost.uid && lost.pointer == "/status/id")
    }

    /// Whether nobody knows any more how much was taken away.
    pub fn has_a_count(&self) -> bool {
        self.lost.borrow().iter().any(|lost| lost.pointer == "/status/guard")
    }

    /// Whether what is lost was of that thing, or of the manifest that gave it its name.
    pub fn has(&self, thing: &Thing) -> bool {
        let name = thing.name.rfind("-e").map_or(&*thing.name, |end| &thing.name[..=end]);
        let lost = self.lost.borrow();
        lost.iter().any(|lost| {
            lost.kind == thing.kind && (lost.text.contains(&thing.id) || lost.text.contains(name))
        })
    }
}
