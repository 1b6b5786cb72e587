//! What a person has said of an object by the time at which it is looked at. What is decided then may be sent to the
//! vendor much later: by then it may have been said that it be left.

use crate::api::annotation;
use crate::api::managed::Managed;
use crate::api::status::MAX_REQUEST;
use crate::api::text::cut;

/// The value of an annotation, as far as status would hold it: whoever writes one decides on its length.
pub fn annotated<'a, R: Managed>(object: &'a R, name: &str) -> Option<&'a str> {
    let value = object.meta().annotations.as_ref()?.get(name).filter(|value| !value.is_empty())?;
    Some(cut(value, MAX_REQUEST))
}

/// The words by which a look at an object goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    uid: Option<String>,
    /// The manifest, with policies and suspension.
    generation: Option<i64>,
    deleted: bool,
    /// What was answered, and asked for.
    annotations: [Option<String>; ANNOTATIONS.len()],
}

/// The annotations by which something is written to the vendor, or left.
const ANNOTATIONS: [&str; 4] =
    [annotation::ABANDON, annotation::CONFIRM, annotation::CONFIRM_DELETE, annotation::KEEP];

impl Words {
    /// Those of the object as it is.
    pub fn of<R: Managed>(object: &R) -> Self {
        let meta = object.meta();
        Self {
            uid: meta.uid.clone(),
            generation: meta.generation,
            deleted: meta.deletion_timestamp.is_some(),
            annotations: ANNOTATIONS.map(|name| annotated(object, name).map(str::to_owned)),
        }
    }

    /// Whether nothing else has been said since: `now` is the object as it is known, if it is there.
    pub fn stand<R: Managed>(&self, now: Option<&R>) -> bool {
        now.is_some_and(|now| *self == Self::of(now))
    }
}
