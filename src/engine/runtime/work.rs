//! One reconcile of one object: what was asked of it, and the draft of its status.

use crate::api::annotation;
use crate::api::external_id::ExternalId;
use crate::api::managed::Managed;
use crate::api::status::CommonStatus;
use crate::api::token::TokenStatus;
use crate::engine::base::health::Findings;
use crate::engine::base::ports::ClusterError;
use crate::engine::base::reason::Reason;
use crate::engine::base::sentences::sentence;
use crate::engine::base::words::{Words, annotated};
use crate::engine::decide::confirmation::{self, Heard};
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use std::collections::BTreeSet;
use std::rc::Rc;

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
    /// Its conditions then: what is stored on the way says no news.
    pub before: Vec<Condition>,
    /// The Secret that a deletion of something of its rests on, by namespace, name and version: what that holds is a word,
    /// too.
    pub rests_on: Option<(String, String, String)>,
}

impl<R: Managed> Work<R> {
    /// Begins with the object as it is.
    pub fn new(object: Rc<R>) -> Self {
        let status = object.common_status().clone();
        let token = object.token_status().cloned().unwrap_or_default();
        let external_id = object.external_id().cloned();
        let (heard, words) = (Heard::default(), Words::of(object.as_ref()));
        let (before, taken, rests_on) = (status.conditions.clone(), BTreeSet::new(), None);
        Self { object, status, token, external_id, created: false, heard, taken, words, before, rests_on }
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
