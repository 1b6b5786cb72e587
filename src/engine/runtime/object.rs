//! One object as it is known: what its metadata, its annotations and its status say.

use crate::api::annotation;
use crate::api::conditions::{self, ConditionType};
use crate::api::managed::Managed;
use crate::api::reference::Pointer;
use crate::api::status::CommonStatus;
use crate::engine::base::ports::ObjectRef;
use crate::engine::base::words::annotated;
use crate::engine::runtime::convergence::Version;
use crate::engine::runtime::queue::Priority;
use serde_json::{Value, json};

/// The object's reference.
pub fn reference<R: Managed>(object: &R) -> ObjectRef {
    ObjectRef {
        kind: R::KIND,
        namespace: object.meta().namespace.clone().unwrap_or_default(),
        name: object.meta().name.clone().unwrap_or_default(),
    }
}

/// The object that a pointer of this one leads to.
pub fn pointed<R: Managed>(object: &R, pointer: &Pointer<'_>) -> ObjectRef {
    let own = object.meta().namespace.as_deref().unwrap_or_default();
    let namespace = pointer.namespace.unwrap_or(own).to_owned();
    ObjectRef { kind: pointer.kind, namespace, name: pointer.name.to_owned() }
}

/// The object's status as JSON; empty where it has none.
pub fn status_of<R: Managed>(object: &R) -> Value {
    match serde_json::to_value(object.status()) {
        Ok(status @ Value::Object(_)) => status,
        _ => json!({}),
    }
}

/// Whether the object has our finalizer.
pub fn finalized<R: Managed>(object: &R) -> bool {
    let finalizers = object.meta().finalizers.as_deref().unwrap_or_default();
    finalizers.iter().any(|name| name == crate::api::finalizer::OBJECT)
}

/// The reconcile that a person asked for and that was not handled yet.
pub fn requested<R: Managed>(object: &R) -> Option<&str> {
    let asked = annotated(object, annotation::RECONCILE_REQUESTED_AT)?;
    (object.common_status().last_handled_reconcile_at.as_deref() != Some(asked)).then_some(asked)
}

/// Whether a change of an object is one that we have to look at besides what its status has become.
pub fn concerns_us<R: Managed>(before: Option<&R>, after: &R) -> bool {
    let Some(before) = before else { return true };
    let (before, after) = (before.meta(), after.meta());
    before.uid != after.uid
        || before.generation != after.generation
        || before.deletion_timestamp != after.deletion_timestamp
        || before.annotations != after.annotations
        || before.finalizers != after.finalizers
}

/// How urgent a change of the object is.
pub fn priority<R: Managed>(object: &R) -> Priority {
    let status = object.common_status();
    if object.meta().deletion_timestamp.is_some() {
        Priority::Delete
    } else if status.observed_generation < 0 {
        Priority::Create
    } else if status.observed_generation != object.meta().generation.unwrap_or(0)
        || requested(object).is_some()
        || rotates(object)
    {
        Priority::Change
    } else {
        // A restart shows every object again; nothing says that anything is to be done.
        Priority::Resync
    }
}

/// Every state by which objects are counted.
pub const STATES: [&str; 5] = ["ready", "reconciling", "stalled", "suspended", "deleting"];

/// The state by which objects are counted.
pub fn state<R: Managed>(object: &R) -> &'static str {
    let list = &object.common_status().conditions;
    if object.meta().deletion_timestamp.is_some() {
        "deleting"
    } else if conditions::is_true(list, ConditionType::Suspended) {
        "suspended"
    } else if conditions::is_true(list, ConditionType::Stalled) {
        "stalled"
    } else if conditions::is_true(list, ConditionType::Ready) {
        "ready"
    } else {
        "reconciling"
    }
}

/// The version of the manifest.
pub fn version<R: Managed>(object: &R) -> Version {
    (object.meta().uid.clone().unwrap_or_default(), object.meta().generation.unwrap_or(0))
}

/// Whether the object was in order when it was last looked at and nothing was asked of it since.
pub fn at_rest<R: Managed>(object: &R) -> bool {
    let status = object.common_status();
    object.meta().deletion_timestamp.is_none()
        && status.observed_generation == object.meta().generation.unwrap_or(0)
        && conditions::is_true(&status.conditions, ConditionType::Ready)
        && requested(object).is_none()
}

/// Whether the object is at rest, and nothing of it has an end that was announced.
pub fn is_idle<R: Managed>(object: &R) -> bool {
    at_rest(object) && !rotates(object)
}

/// Whether the object was stalled when it was last looked at, and nothing was asked of it since.
pub fn awaits_somebody<R: Managed>(object: &R) -> bool {
    let status = object.common_status();
    object.meta().deletion_timestamp.is_none()
        && status.observed_generation == object.meta().generation.unwrap_or(0)
        && stalled_reason(status).is_some()
        && requested(object).is_none()
}

/// The value of the annotation that asks for another token, as far as status holds it.
pub fn rotation_asked<R: Managed>(object: &R) -> Option<&str> {
    annotated(object, annotation::ROTATE_REQUESTED_AT)
}

/// Whether another token was asked for, and that was not handled yet or is under way.
pub fn rotates<R: Managed>(object: &R) -> bool {
    let status = object.token_status();
    let handled = status.and_then(|status| status.last_handled_rotate_at.as_deref());
    let asked = rotation_asked(object);
    object.token_target().is_some()
        && (asked.is_some_and(|asked| handled != Some(asked))
            || status.is_some_and(|status| status.rotation.is_some()))
}

/// Why the object is stalled, if it is.
pub fn stalled_reason(status: &CommonStatus) -> Option<String> {
    conditions::find(&status.conditions, ConditionType::Stalled).map(|condition| condition.reason.clone())
}
