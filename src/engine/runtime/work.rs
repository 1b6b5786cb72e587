//! One reconcile of one object: what was asked of it, and the draft of its status.

use crate::api::annotation;
use crate::api::conditions::{self, ConditionType};
use crate::api::external_id::ExternalId;
use crate::api::managed::Managed;
use crate::api::status::CommonStatus;
use crate::api::token::TokenStatus;
use crate::engine::base::health::Findings;
use crate::engine::base::ports::{ClusterError, ObjectRef};
use crate::engine::base::reason::Reason;
use crate::engine::base::sentences::sentence;
use crate::engine::base::words::{Words, annotated};
use crate::engine::decide::confirmation::{self, Heard};
use crate::engine::runtime::convergence::Version;
use crate::engine::runtime::queue::Priority;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::rc::Rc;

/// The object's reference.
pub fn reference<R: Managed>(object: &R) -> ObjectRef {
    ObjectRef {
        kind: R::KIND,
        namespace: object.meta().namespace.clone().unwrap_or_default(),
        name: object.meta().name.clone().unwrap_or_default(),
    }
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

/// One reconcile.
pub struct Work<R> {
    /// The object as we know it, our own writes included.
    pub object: Rc<R>,
    /// What its status will be.
    pub status: CommonStatus,
    /// What its status will say of its token, where it has one.
    pub token: TokenStatus,
    /// The id that the vendor handed out before it can be made.
    pub external_id: Option<ExternalId>,
    /// Whether this reconcile created it: what is written then completes it, and takes nothing away.
    pub created: bool,
    /// What a person was asked in this look.
    pub heard: Heard,
    /// The answers of a person that were taken in.
    pub taken: BTreeSet<String>,
    /// What was said of it when it was looked at.
    pub words: Words,
}

impl<R: Managed> Work<R> {
    /// Begins with the object as it is.
    pub fn new(object: Rc<R>) -> Self {
        let status = object.common_status().clone();
        let token = object.token_status().cloned().unwrap_or_default();
        let external_id = object.external_id().cloned();
        let (heard, words) = (Heard::default(), Words::of(object.as_ref()));
        Self { object, status, token, external_id, created: false, heard, taken: BTreeSet::new(), words }
    }

    /// Asks a person about what has this digest; what the annotation `confirm` has to say.
    pub fn ask(&mut self, of: &str, now: Timestamp) -> String {
        self.heard.note(of);
        confirmation::ask(&mut self.status.asked, of, now)
    }

    /// Whether a person confirmed it, as it is asked now.
    pub fn confirmed(&self, of: &str) -> bool {
        confirmation::confirmed(&self.status.asked, of, annotated(self.object.as_ref(), annotation::CONFIRM))
    }

    /// The answer was taken in: it is asked no more.
    pub fn answered(&mut self, of: &str) {
        let question = self.status.asked.iter().find(|question| question.of == of);
        self.taken.extend(question.map(confirmation::answer));
        self.status.asked.retain(|question| question.of != of);
    }

    /// Something new is to be in the place of `old`: where the manifest names that to be taken over, it is no more.
    pub fn replaces(&mut self, old: &str) {
        if self.object.common_spec().adopt.id.as_deref() == Some(old) {
            self.status.replaced = Some(old.to_owned());
        }
    }

    /// The object's generation.
    pub fn generation(&self) -> i64 {
        self.object.meta().generation.unwrap_or(0)
    }
}

/// What Kubernetes' refusal of one of our own writes means for the object.
pub fn not_stored(error: &ClusterError) -> Option<Findings> {
    match error {
        ClusterError::Forbidden(why) | ClusterError::Invalid(why) => Some(Findings::stalled(
            Reason::KubernetesUnavailable,
            format!(
                "Kubernetes refuses a write: {} Compare the operator's roles with those of its version, and look for \
                 webhooks and policies that refuse it; it goes on by itself then.",
                sentence(why)
            ),
        )),
        dropped @ ClusterError::Dropped(_) => {
            Some(Findings::stalled(Reason::KubernetesUnavailable, sentence(&dropped.to_string())))
        }
        _ => None,
    }
}

/// What is said where nothing is made while what was written last is not stored.
pub fn waits_for_store() -> Findings {
    let text = "What was written at the vendor last is not stored in Kubernetes yet; nothing is made before. It is tried \
                again by itself; if it lasts, an event says what Kubernetes refuses.";
    Findings::waiting(Reason::KubernetesUnavailable, text)
}

/// Why the object is stalled, if it is.
pub fn stalled_reason(status: &CommonStatus) -> Option<String> {
    conditions::find(&status.conditions, ConditionType::Stalled).map(|condition| condition.reason.clone())
}
