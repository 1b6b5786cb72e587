//! Webhooks that change or refuse what is written, and definitions that do not know all of it.

use super::{Source, Unkind};
use crate::support::journal::Journal;
use orgkeeper::api::finalizer;
use orgkeeper::api::id::MAX_ID;
use orgkeeper::engine::base::ports::{ClusterError, ObjectRef, Part, SecretWrite};
use orgkeeper::engine::base::simulation::Admission;
use serde_json::Value;
use std::rc::Rc;

/// Members of status that a webhook may drop, by their paths.
pub const MEMBERS: [&str; 17] = [
    "id",
    "organizationId",
    "origin",
    "pendingCreate",
    "lastApplied",
    "asked",
    "lastHandledReconcileAt",
    "token",
    "token/rotation",
    "token/lastHandledRotateAt",
    "token/fingerprint",
    "superseded",
    "guard",
    "found",
    "leftovers",
    "resolved",
    "deletion",
];

/// Members of status that an earlier definition may lack.
pub const YOUNG_MEMBERS: [&str; 9] = [
    "pendingCreate",
    "lastApplied",
    "asked",
    "superseded",
    "lastHandledReconcileAt",
    "token/rotation",
    "token/lost",
    "token/madeAgainFor",
    "token/lastHandledRotateAt",
];

/// How long the definitions let members of status be.
const LONGEST: [(&str, usize); 5] = [
    ("id", MAX_ID),
    ("organizationId", MAX_ID),
    ("containerId", MAX_ID),
    ("superseded", MAX_ID),
    ("lastHandledReconcileAt", 256),
];

/// What a webhook puts in the place of a value.
pub const ALTERED: &str = "vault:secret/of-another";

/// Why a status is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// A right is missing.
    Forbidden,
    /// A webhook does not answer, and must.
    Webhook,
}

/// What is dropped, as if it had never been sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dropped {
    /// A member of status: `pendingCreate`, `token/rotation`.
    Status(&'static str),
    /// Our finalizer.
    Finalizer,
    /// A label of Secrets.
    Label(&'static str),
    /// An annotation of Secrets.
    Annotation(&'static str),
    /// The values of Secrets.
    Values,
}

/// What a webhook does with what it sees, always.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Webhook {
    /// Refuses every status of the object.
    Refuses(ObjectRef, Refused),
    /// Refuses a status in which the member is longer than that.
    Bounds(&'static str, usize),
    /// Drops this.
    Drops(Dropped),
    /// Changes the values of Secrets.
    Alters,
    /// Drops this of the object alone.
    DropsOf(ObjectRef, Dropped),
}

impl Webhook {
    fn object(&self, key: &ObjectRef, part: Part, object: &mut Value) -> Result<(), ClusterError> {
        match (self, part) {
            (Self::Refuses(of, Refused::Forbidden), Part::Status) if key == of => {
                return Err(ClusterError::Forbidden("no right to patch status".into()));
            }
            (Self::Refuses(of, Refused::Webhook), Part::Status) if key == of => {
                return Err(ClusterError::Unavailable("the webhook timed out".into()));
            }
            (Self::Bounds(member, longest), Part::Status) => bound(object, member, *longest)?,
            (Self::Drops(what), part) => what.of(part, object),
            (Self::DropsOf(of, what), part) if key == of => what.of(part, object),
            _ => {}
        }
        Ok(())
    }
}

impl Dropped {
    /// Drops it from what is about to be stored.
    pub fn of(self, part: Part, object: &mut Value) {
        match (self, part) {
            (Self::Status(path), Part::Status) => remove(&mut object["status"], path),
            (Self::Finalizer, Part::Main) => {
                if let Some(all) = object["metadata"]["finalizers"].as_array_mut() {
                    all.retain(|known| known != finalizer::OBJECT);
                }
            }
            _ => {}
        }
    }

    fn of_secret(self, secret: &mut SecretWrite) {
        match self {
            Self::Label(name) => drop(secret.labels.remove(name)),
            Self::Annotation(name) => drop(secret.annotations.remove(name)),
            Self::Values => secret.values.clear(),
            Self::Status(_) | Self::Finalizer => {}
        }
    }
}

/// Stands before the store, and notes in the journal what passes.
pub struct Gate {
    pub unkind: Rc<Unkind>,
    pub journal: Rc<Journal>,
}

impl Admission for Gate {
    fn object(&self, key: &ObjectRef, part: Part, object: &mut Value) -> Result<(), ClusterError> {
        let refused = part == Part::Status && self.unkind.refuses(key, self.journal.now());
        if refused || self.unkind.strikes(Source::Refusals, 30) {
            return Err(denied());
        }
        LONGEST.iter().try_for_each(|(member, longest)| bound(object, member, *longest))?;
        if let Some(webhook) = self.unkind.webhook() {
            webhook.object(key, part, object)?;
        }
        if part == Part::Status {
            let dropped = self.unkind.draw(Source::DroppedStatus, |dice| {
                let member = dice.pick(&MEMBERS);
                dice.one_in(15).then_some(member)
            });
            let pruned = *self.unkind.pruned.borrow();
            let gone = dropped.flatten().into_iter().chain(pruned);
            gone.for_each(|path| {
                self.journal.dropped(key, object, path);
                Dropped::Status(path).of(part, object);
            });
        } else if self.unkind.strikes(Source::DroppedFinalizer, 4) {
            Dropped::Finalizer.of(part, object);
        }
        Ok(())
    }

    fn secret(&self, secret: &mut SecretWrite) -> Result<(), ClusterError> {
        if self.unkind.strikes(Source::Refusals, 30) {
            return Err(denied());
        }
        match self.unkind.webhook() {
            Some(Webhook::Drops(what)) => what.of_secret(secret),
            Some(Webhook::Alters) => {
                secret.values.values_mut().for_each(|value| *value = ALTERED.to_owned().into());
            }
            _ => {}
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

fn denied() -> ClusterError {
    ClusterError::Forbidden("admission webhook \"policy\" denied the request".into())
}

fn bound(object: &Value, member: &str, longest: usize) -> Result<(), ClusterError> {
    let value = object["status"][member].as_str();
    match value.is_some_and(|value| value.chars().count() > longest) {
        true => Err(ClusterError::Invalid(format!("status.{member}: may not be longer than {longest}"))),
        false => Ok(()),
    }
}

fn remove(value: &mut Value, path: &str) {
    let Some(members) = value.as_object_mut() else { return };
    match path.split_once('/') {
        Some((member, rest)) => {
            if let Some(inner) = members.get_mut(member) {
                remove(inner, rest);
            }
        }
        None => drop(members.remove(path)),
    }
}
