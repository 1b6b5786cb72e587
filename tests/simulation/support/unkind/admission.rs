//! Webhooks that change or refuse what is written, and definitions that do not know all of it.

use super::{Source, Unkind};
use crate::support::journal::Journal;
use orgkeeper::api::finalizer;
use orgkeeper::engine::seams::{ClusterError, ObjectRef, Part, SecretWrite};
use orgkeeper::engine::simulation::Admission;
use serde_json::Value;
use std::rc::Rc;

/// Members of status that a webhook may drop, by their paths.
pub const MEMBERS: [&str; 12] = [
    "id",
    "organizationId",
    "origin",
    "pendingCreate",
    "lastApplied",
    "asked",
    "lastHandledReconcileAt",
    "token",
    "token.rotation",
    "token.lastHandledRotateAt",
    "token.fingerprint",
    "superseded",
];

/// Members of status that an earlier definition may lack.
pub const YOUNG_MEMBERS: [&str; 9] = [
    "pendingCreate",
    "lastApplied",
    "asked",
    "superseded",
    "lastHandledReconcileAt",
    "token.rotation",
    "token.lost",
    "token.madeAgainFor",
    "token.lastHandledRotateAt",
];

/// How long the definitions let members of status be.
const LONGEST: [(&str, usize); 5] = [
    ("id", 64),
    ("organizationId", 64),
    ("containerId", 64),
    ("superseded", 64),
    ("lastHandledReconcileAt", 256),
];

/// Stands before the store, and notes in the journal what passes.
pub struct Gate {
    pub unkind: Rc<Unkind>,
    pub journal: Rc<Journal>,
}

impl Admission for Gate {
    fn object(&self, key: &ObjectRef, part: Part, object: &mut Value) -> Result<(), ClusterError> {
        let refused = part == Part::Status && self.unkind.refuses(key, self.journal.now());
        if refused || self.unkind.strikes(Source::Refusals, 30) {
            return Err(ClusterError::Forbidden("admission webhook \"policy\" denied the request".into()));
        }
        for (member, longest) in LONGEST {
            let value = object["status"][member].as_str();
            if value.is_some_and(|value| value.chars().count() > longest) {
                let text = format!("status.{member}: Too long: may not be more than {longest} bytes");
                return Err(ClusterError::Invalid(text));
            }
        }
        if part == Part::Status {
            let dropped = self.unkind.draw(Source::DroppedStatus, |dice| {
                let member = dice.pick(&MEMBERS);
                dice.one_in(15).then_some(member)
            });
            let pruned = *self.unkind.pruned.borrow();
            dropped.flatten().into_iter().chain(pruned).for_each(|path| drop_member(object, path));
        } else if self.unkind.strikes(Source::DroppedFinalizer, 4)
            && let Some(list) = object["metadata"]["finalizers"].as_array_mut()
        {
            list.retain(|name| name != finalizer::OBJECT);
        }
        Ok(())
    }

    fn secret(&self, secret: &mut SecretWrite) -> Result<(), ClusterError> {
        if self.unkind.strikes(Source::Refusals, 30) {
            return Err(ClusterError::Forbidden("admission webhook \"policy\" denied the request".into()));
        }
        let names: Vec<String> = secret.annotations.keys().cloned().collect();
        let dropped = self.unkind.draw(Source::DroppedAnnotation, |dice| {
            let place = dice.below(names.len().max(1) as u64);
            dice.one_in(4).then(|| usize::try_from(place).unwrap())
        });
        if let Some(name) = dropped.flatten().and_then(|place| names.get(place)) {
            secret.annotations.remove(name);
        }
        Ok(())
    }

    fn stored(&self, key: &ObjectRef, object: &Value) {
        self.journal.stored(key, object);
    }
}

fn drop_member(object: &mut Value, path: &str) {
    let mut at = &mut object["status"];
    let mut steps = path.split('.').peekable();
    while let Some(step) = steps.next() {
        let Some(members) = at.as_object_mut() else { return };
        if steps.peek().is_none() {
            members.remove(step);
            return;
        }
        let Some(next) = members.get_mut(step) else { return };
        at = next;
    }
}
