//! What a person has said of an object by the time at which it is looked at. What is decided then may be sent to the
//! vendor much later: by then it may have been said that it be left.

use crate::api::annotation;
use crate::api::managed::Managed;

/// The words by which a look at an object goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    uid: Option<String>,
    /// The manifest, with policies and suspension.
    generation: Option<i64>,
    deleted: bool,
    abandoned: bool,
}

impl Words {
    /// Those of the object as it is.
    pub fn of<R: Managed>(object: &R) -> Self {
        let meta = object.meta();
        Self {
            uid: meta.uid.clone(),
            generation: meta.generation,
            deleted: meta.deletion_timestamp.is_some(),
            abandoned: meta
                .annotations
                .as_ref()
                .and_then(|all| all.get(annotation::ABANDON))
                .is_some_and(|value| !value.is_empty()),
        }
    }

    /// Whether nothing else has been said since: `now` is the object as it is known, if it is there.
    pub fn stand<R: Managed>(&self, now: Option<&R>) -> bool {
        now.is_some_and(|now| *self == Self::of(now))
    }
}
