//! The writes of an object: each to the version that it was made for, and what is written of its status compared with what
//! is answered.

use super::owed::{By, LAST_CHANGES, Owing, uid};
use super::promise::Promise;
use crate::api::finalizer;
use crate::api::managed::Managed;
use crate::engine::base::checks::forbids;
use crate::engine::base::merge_patch;
use crate::engine::base::ports::{ClusterError, Part};
use crate::engine::runtime::context::Context;
use crate::engine::runtime::object::{reference, status_of};
use crate::engine::runtime::objects::{Objects, Precondition, Written, preconditions};
use crate::engine::runtime::unread::Unread;
use serde_json::{Map, Value, json};
use std::rc::Rc;

/// Sends what is written of the objects of one kind.
pub(super) struct Sending<'a, R> {
    pub context: &'a Context,
    pub objects: &'a Objects<R>,
}

impl<'a, R: Managed> Sending<'a, R> {
    const fn owing(&self) -> &'a Owing<R> {
        self.objects.owing()
    }

    /// The object as it is known now.
    pub(super) fn newest(&self, object: &Rc<R>) -> Rc<R> {
        let newest = self.objects.get(&reference(object.as_ref()));
        newest.filter(|newest| newest.meta().uid == object.meta().uid).unwrap_or_else(|| Rc::clone(object))
    }

    /// Takes in what the object's status is to become whatever happens to the object: it is owed from now on.
    pub(super) fn owe(&self, object: &Rc<R>, status: &Value) {
        self.objects.show(self.owing().owe(&self.newest(object), status));
    }

    /// Sends what is wanted of the status whatever was written to the object since: to it as it is now, with what is
    /// stored of it.
    pub(super) async fn patch_newest(
        &self,
        object: &Rc<R>,
        wanted: impl Fn(&Rc<R>, &Value) -> Option<Value>,
    ) -> Result<Rc<R>, ClusterError> {
        let mut newest = self.newest(object);
        for again in [true, false] {
            let stored = self.owing().stored(newest.as_ref());
            let Some(patch) = wanted(&newest, &stored) else { break };
            match self.patch(&newest, stored, &patch, Precondition::SameObject).await {
                // Somebody was faster, and no watch has told of it yet.
                Err(ClusterError::Conflict(_)) if again => newest = self.read_back(object).await?,
                outcome => return outcome,
            }
        }
        Ok(newest)
    }

    /// The object as the API server has it: a patch of nothing shows it.
    async fn read_back(&self, object: &Rc<R>) -> Result<Rc<R>, ClusterError> {
        let same = preconditions(object.as_ref(), Precondition::SameObject);
        let word = self.objects.word(object.meta(), self.context.leads());
        self.send(object, &self.owing().stored(object.as_ref()), &json!({}), same, word).await?;
        Ok(self.newest(object))
    }

    /// Sends a patch of the status that is stored, and compares the answer with it. Whatever it is for, it names the version that it
    /// was made for: carried out late, after another one, it would bring back what was stored before that.
    pub(super) async fn patch(
        &self,
        object: &Rc<R>,
        stored: Value,
        patch: &Value,
        precondition: Precondition,
    ) -> Result<Rc<R>, ClusterError> {
        self.context.may_store(precondition)?;
        let before =
            (precondition == Precondition::Unchanged).then(|| self.owing().laid_over(object.as_ref()));
        let patch = &self.owing().with_trail(object.as_ref(), &stored, patch.clone());
        let version = preconditions(object.as_ref(), Precondition::Unchanged);
        let puts_back = self.owing().is_overwritten(object.as_ref()).is_some();
        let answer = self.send(object, &stored, patch, version, By::Answer).await?;
        self.owing().answered(object.as_ref(), patch);
        if puts_back {
            self.context.statuses.set(&uid(object.as_ref()), self.context.now());
        }
        // What stood there, and was not written, must not be lost either.
        let mut whole = stored;
        merge_patch::merge(&mut whole, patch);
        self.context.tally.status(R::KIND, true);
        let now = status_of(answer.as_ref());
        let promises = [Promise::of(patch), Promise::of(&whole)];
        let Some(member) = promises.iter().find_map(|promise| promise.missing_in(&now)) else {
            return Ok(answer);
        };
        if !forbids!(PromiseKept) {
            return Ok(answer);
        }
        // What an object stands for is not taken back once it is stored: whoever edits it then means that one.
        let stands = patch["id"].is_string() && now["id"] == patch["id"];
        self.owe(object, before.as_ref().filter(|_| !stands).unwrap_or(&whole));
        Err(self.lacks(object.as_ref(), &format!("status.{member}")))
    }

    /// The answer shows that the object's status is stored. What is owed since, as somebody else wrote over it, still is.
    pub(super) fn stored(&self, answer: &R) {
        if self.objects.is_latest(answer) {
            self.owing().stored_status(answer);
        }
    }

    /// The object's status as the API server showed it last.
    pub(super) fn stored_of(&self, object: &R) -> Value {
        self.owing().stored(object)
    }

    /// Sends a patch of the status of an object that could never be read.
    pub(super) async fn patch_unread(&self, unread: &Unread, patch: &Value) -> Result<(), ClusterError> {
        self.context.may_store(Precondition::Unchanged)?;
        let metadata = json!({ "resourceVersion": unread.meta.resource_version });
        let body = json!({ "metadata": metadata, "status": patch });
        self.objects.send_unread(self.context.cluster.as_ref(), unread, Part::Status, body).await?;
        self.context.tally.status(R::KIND, true);
        Ok(())
    }

    /// Puts our finalizer among those of the object, or takes it away.
    pub(super) async fn finalizer(&self, object: &Rc<R>, present: bool) -> Result<Written<R>, ClusterError> {
        self.context.may_store(Precondition::Unchanged)?;
        let mut finalizers = object.meta().finalizers.clone().unwrap_or_default();
        if present {
            finalizers.push(finalizer::OBJECT.to_owned());
        } else {
            finalizers.retain(|known| known != finalizer::OBJECT);
        }
        // A merge patch replaces the whole list: somebody else's finalizer must not get lost.
        let mut metadata = preconditions(object.as_ref(), Precondition::Unchanged);
        metadata.insert("finalizers".into(), json!(finalizers));
        let body = json!({ "metadata": metadata });
        let answer =
            self.objects.send(self.context.cluster.as_ref(), object, Part::Main, body, By::Answer).await?;
        let object = Rc::new(self.owing().shown(R::clone(&answer), None, By::Answer).0);
        Ok(Written { object, changed: true })
    }

    async fn send(
        &self,
        object: &Rc<R>,
        stored: &Value,
        patch: &Value,
        metadata: Map<String, Value>,
        by: By,
    ) -> Result<Rc<R>, ClusterError> {
        let writing = self.objects.writing.on(reference(object.as_ref()));
        let _alone = writing.lock().await;
        if by == By::Answer && forbids!(UnchangedSinceRead, !self.objects.is_latest(object.as_ref())) {
            // It would be refused.
            return Err(ClusterError::Conflict("somebody wrote the object meanwhile".into()));
        }
        let before = self.owing().note_sending(object.as_ref(), stored, patch);
        let body = json!({ "metadata": metadata, "status": patch });
        let answer = self.objects.send(self.context.cluster.as_ref(), object, Part::Status, body, by).await;
        match &answer {
            Ok(_) => self.owing().note_answer(object.as_ref(), None),
            // Nobody knows whether it was carried out.
            Err(ClusterError::Unavailable(_)) => {}
            Err(_) => self.owing().note_answer(object.as_ref(), before),
        }
        answer
    }

    /// Takes in that an answer lacks what was sent.
    pub(super) fn lacks(&self, object: &R, member: &str) -> ClusterError {
        tracing::error!(object = %reference(object), member, "Kubernetes dropped what was to be stored");
        self.context.tally.dropped(R::KIND);
        ClusterError::Dropped(member.to_owned())
    }
}

/// What is to be written of a status where another one is stored. What was done or seen at the vendor is laid over that
/// where it is sent: a draft has it as it was when it was begun.
pub(super) fn difference(stored: &Value, status: &Value) -> Option<Value> {
    let mut patch = merge_patch::patch(stored, status)?;
    let members = patch.as_object_mut()?;
    members.remove(LAST_CHANGES);
    (!members.is_empty()).then_some(patch)
}
