//! The writes of one object.

use super::overwritten::Overwritten;
use super::owed::{Lost, Owing, Token, uid};
use super::permit::{Unrepeatable, Updates, intend, is_intended};
use super::promise::Promise;
use super::retold::only_retells;
use super::secrets::Secrets;
use super::sending::{Sending, difference};
use super::unreadable;
use crate::api::annotation;
use crate::api::finalizer;
use crate::api::managed::Managed;
use crate::api::token::{ANSWER, ID, TokenStatus};
use crate::engine::base::checks::{forbids, holds};
use crate::engine::base::health::{Findings, Health};
use crate::engine::base::ports::{ClusterError, ObjectRef, SecretData, Tick};
use crate::engine::base::reason::Reason;
use crate::engine::base::sentences;
use crate::engine::base::words::annotated;
use crate::engine::decide::confirmation;
use crate::engine::decide::custody::{Custody, custody};
use crate::engine::decide::ledger::Purpose;
use crate::engine::decide::plan::Plan;
use crate::engine::decide::repeats::MOST;
use crate::engine::decide::report;
use crate::engine::decide::state::Circumstances;
use crate::engine::runtime::context::{Context, Next};
use crate::engine::runtime::object::{at_rest, finalized, reference};
use crate::engine::runtime::objects::{Objects, Precondition, Written};
use crate::engine::runtime::queue::{Priority, Ticket};
use crate::engine::runtime::work::Work;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use std::rc::Rc;

/// How the finalizers of an object are named where they were dropped.
const FINALIZERS: &str = "metadata.finalizers";

/// What became of a token that was to be put into its Secret.
pub enum Delivery {
    /// The Secret holds it; its resourceVersion, where it was written now.
    Stored(Option<String>),
    /// The Secret is somebody else's, and why.
    Foreign(String),
}

/// Writes the objects of one kind.
pub struct Committer<'a, R> {
    context: &'a Context,
    objects: &'a Objects<R>,
}

impl<'a, R: Managed> Committer<'a, R> {
    /// For the objects of this kind.
    pub const fn new(context: &'a Context, objects: &'a Objects<R>) -> Self {
        Self { context, objects }
    }

    fn owing(&self) -> &'a Owing<R> {
        self.objects.owing()
    }

    const fn sending(&self) -> Sending<'a, R> {
        Sending { context: self.context, objects: self.objects }
    }

    /// The status that a draft stands for.
    pub fn status(work: &Work<R>) -> Value {
        let mut status = serde_json::to_value(&work.status).unwrap_or_default();
        let Some(members) = status.as_object_mut() else { return status };
        if work.object.token_target().is_some() && work.token != TokenStatus::default() {
            members.insert("token".into(), serde_json::to_value(&work.token).unwrap_or_default());
        }
        if let Some(external_id) = &work.external_id {
            members.insert("externalId".into(), serde_json::to_value(external_id).unwrap_or_default());
        }
        status
    }

    /// Stores `status` in place of the object's, if they differ. What is to be stored whatever happened to the
    /// object since it was read ([`Precondition::SameObject`]) is owed until it is.
    ///
    /// # Errors
    /// As the API server answers; where the answer lacks a promise that was sent; and without the Lease.
    pub async fn store(
        &self,
        object: &Rc<R>,
        status: &Value,
        precondition: Precondition,
    ) -> Result<Written<R>, ClusterError> {
        let stored = self.owing().stored(object.as_ref());
        if precondition == Precondition::SameObject {
            self.owe(object, status);
        }
        let wanted = |object: &R, stored: &Value| {
            let tells = || self.owing().has_to_tell(object).then(|| json!({}));
            let same = || (!forbids!(OnlyDifferences)).then(|| json!({}));
            difference(stored, status).or_else(tells).or_else(same)
        };
        let Some(patch) = wanted(object.as_ref(), &stored) else {
            self.context.tally.status(R::KIND, false);
            return Ok(Written { object: Rc::clone(object), changed: false });
        };
        let sent = match precondition {
            Precondition::Unchanged => self.sending().patch(object, stored, &patch, precondition).await,
            Precondition::SameObject => {
                self.sending().patch_newest(object, |newest, stored| wanted(newest.as_ref(), stored)).await
            }
        };
        let answer = match sent {
            Ok(answer) => answer,
            Err(error) => {
                if precondition == Precondition::Unchanged && matches!(error, ClusterError::Dropped(_)) {
                    // Half of an intent is none: what was stored before is owed again.
                    self.settle(&self.sending().newest(object)).await;
                }
                return Err(error);
            }
        };
        self.sending().stored(answer.as_ref());
        let prints = patch.get("lastApplied").and_then(Value::as_object);
        if prints.is_some_and(|prints| prints.values().any(Value::is_string)) {
            self.owing().earn(answer.as_ref(), true);
        }
        Ok(Written { object: answer, changed: true })
    }

    /// Takes in what the object's status is to become whatever happens to the object: it is owed from now on.
    pub fn owe(&self, object: &Rc<R>, status: &Value) {
        self.sending().owe(object, status);
    }

    /// Stores what only tells of `status`, where what it promises was not kept.
    async fn tell(&self, object: &Rc<R>, status: &Value) -> Result<(), ClusterError> {
        let newest = self.sending().newest(object);
        let stored = self.owing().stored(newest.as_ref());
        match difference(&stored, status).map(Promise::without) {
            Some(patch) if patch != json!({}) => {
                self.sending().patch(&newest, stored, &patch, Precondition::Unchanged).await.map(drop)
            }
            _ => Ok(()),
        }
    }

    /// Writes what was found into the draft and stores it; where that is not kept, it is said on the object itself,
    /// until it is. What is next.
    pub async fn report(
        &self,
        work: &mut Work<R>,
        mut findings: Findings,
        unwritten: Option<&'static str>,
        mut next: Next,
        status: impl Fn(&Work<R>) -> Value,
        store: impl AsyncFnOnce(&mut Work<R>) -> Result<(), ClusterError>,
    ) -> Next {
        let unkept = self.owing().unkept(work.object.as_ref());
        let said = unkept.is_some();
        findings.health = unkept.map_or(findings.health, not_kept);
        let (generation, wall) = (work.generation(), self.context.clock.wall());
        let answers: Vec<String> = work.status.asked.iter().map(confirmation::answer).collect();
        let ends = work.object.meta().deletion_timestamp.is_some();
        let circumstances = Circumstances { unwritten, ends, answers: &answers };
        report::write(&mut work.status, &findings, circumstances, generation, wall);
        let waits = self.waits_for_its_turn(work.object.as_ref(), &status(work));
        let mut stored = match waits {
            Some(turn) => {
                if self.owing().left_until(work.object.as_ref()).is_some() {
                    // What happened at the vendor meanwhile lies over what somebody else writes.
                    self.owe(&work.object, &status(work));
                }
                // What is looked at again anyway is told so then: to look at it means to ask the vendor.
                if next == Next::Rest || at_rest(work.object.as_ref()) && matches!(next, Next::At(_)) {
                    next = next.sooner(Next::At(turn));
                }
                Ok(())
            }
            None => store(work).await,
        };
        if let Err(dropped @ ClusterError::Dropped(_)) = &stored {
            let text = sentences::sentence(&dropped.to_string());
            self.owing().note_unkept(work.object.as_ref(), Some(text.clone()));
            findings.health = not_kept(text);
            report::write(&mut work.status, &findings, circumstances, generation, wall);
            // Said on the object itself, where at least that is kept.
            stored = self.tell(&work.object, &status(work)).await;
            // Nothing tells when it would be kept.
            next = next.sooner(self.context.slowly());
        } else if stored.is_ok() && said {
            // It is kept again: what else there is to say is said at once.
            self.owing().note_unkept(work.object.as_ref(), None);
            next = next.sooner(Next::Soon);
        }
        if stored.is_ok() {
            self.read_answers(work).await;
        }
        self.context.told(work.object.as_ref(), stored, &work.before, &findings, next).await
    }

    /// Until when a status is not written: somebody else writes it, or it only says otherwise what is stored.
    fn waits_for_its_turn(&self, object: &R, status: &Value) -> Option<Tick> {
        if let Some(until) = self.owing().left_until(object) {
            return Some(until);
        }
        let stored = self.owing().stored(object);
        let patch = difference(&stored, status);
        let retells = |patch: &Value| only_retells(&stored, patch, at_rest(object));
        let more = self.owes(object) || self.owing().has_to_tell(object);
        let turn = patch.filter(|patch| !more && retells(patch)).map(|_| {
            self.owing().turn(object).unwrap_or_else(|| self.context.retelling.take(self.context.now()))
        });
        let turn = turn.filter(|turn| *turn > self.context.now());
        self.owing().note_turn(object, turn);
        if turn.is_some() {
            self.context.tally.status(R::KIND, false);
        }
        turn
    }

    /// Tells whoever answered something else than what is asked.
    async fn read_answers(&self, work: &Work<R>) {
        let uid = uid(work.object.as_ref());
        let known = self.context.answers.knows(&uid);
        for name in [annotation::CONFIRM, annotation::KEEP] {
            let written = annotated(work.object.as_ref(), name);
            let news = self.context.answers.is_news(&uid, name, written);
            let Some(written) = written.filter(|written| news && !work.taken.contains(*written)) else {
                continue;
            };
            let above = [Reason::TooDestructive, Reason::InventoryShrank].map(Reason::as_str);
            let asked_above = work.status.conditions.iter().any(|one| above.contains(&&*one.reason));
            let keeps = confirmation::of_leftovers(&uid, &work.status.leftovers);
            let written = confirmation::Written { name, answer: written, since: known, asked_above };
            let Some(note) = confirmation::misread(&work.status.asked, &keeps, written) else { continue };
            self.context.tell(work.object.as_ref(), true, Reason::AnswerUnknown, "Confirm", note).await;
        }
    }

    /// Whether something of the object is owed.
    pub fn owes(&self, object: &R) -> bool {
        self.owing().owes(object)
    }

    /// The vendor's id of the user whose token is owed.
    pub fn owes_token(&self, object: &R) -> Option<String> {
        self.owing().token(object).map(|token| token.id)
    }

    /// The token that is owed is given up: it serves nobody any more, or another way is taken.
    pub fn drop_token(&self, object: &R) {
        self.owing().forget_token(object);
    }

    /// `id` is gone: its token, if that is owed, serves nobody any more.
    pub fn drop_token_of(&self, object: &R, id: &str) {
        if forbids!(DebtEndsWithUser, self.owes_token(object).is_some_and(|of| of == id)) {
            self.drop_token(object);
        }
    }

    /// Sets our finalizer.
    ///
    /// # Errors
    /// As the API server answers; where the answer lacks it; and without the Lease.
    pub async fn hold(&self, object: &Rc<R>) -> Result<Written<R>, ClusterError> {
        if finalized(object.as_ref()) {
            return Ok(Written { object: Rc::clone(object), changed: false });
        }
        let (uid, now) = (uid(object.as_ref()), self.context.now());
        if !self.context.finalizers.room(&uid, now) {
            let text = format!(
                "{} was set in {FINALIZERS} {MOST} times within an hour, and taken away each time: another tool writes \
                 that list. Stop that one: nothing is written at the vendor before it stays",
                finalizer::OBJECT
            );
            return Err(ClusterError::Invalid(text));
        }
        let written = self.sending().finalizer(object, true).await?;
        if forbids!(FinalizerKept, !finalized(written.object.as_ref())) {
            return Err(self.sending().lacks(object.as_ref(), FINALIZERS));
        }
        self.context.finalizers.set(&uid, now);
        Ok(written)
    }

    /// Takes our finalizer away: nothing is to be stored of the object any more.
    ///
    /// # Errors
    /// As the API server answers, and without the Lease.
    pub async fn let_go(&self, object: &Rc<R>) -> Result<Written<R>, ClusterError> {
        let outcome = if finalized(object.as_ref()) {
            self.sending().finalizer(object, false).await
        } else {
            Ok(Written { object: Rc::clone(object), changed: false })
        };
        if matches!(outcome, Ok(_) | Err(ClusterError::NotFound)) {
            self.owing().forget(object.as_ref());
        }
        outcome
    }

    /// Puts a token into its Secret; it is owed until the Secret holds it.
    ///
    /// # Errors
    /// As the API server answers, and without the Lease.
    pub async fn deliver(&self, object: &Rc<R>, token: Token) -> Result<Delivery, ClusterError> {
        self.owing().owe_token(object, token.clone());
        let outcome = self.put(&token).await;
        if let Ok(Delivery::Stored(_)) = &outcome {
            self.owing().forget_token(object.as_ref());
        }
        outcome
    }

    /// Puts a token into its Secret, or not: nothing is owed.
    ///
    /// # Errors
    /// As the API server answers, and without the Lease.
    pub async fn put(&self, token: &Token) -> Result<Delivery, ClusterError> {
        let Token { owner, target, id, token, seal } = token;
        let secret = self.context.cluster.secret(&owner.object.namespace, &target.name).await?;
        match custody(secret.as_ref(), owner, &target.key) {
            Custody::Foreign(why) => return Ok(Delivery::Foreign(why)),
            Custody::Going => return Err(ClusterError::Unavailable("the Secret is being deleted".into())),
            // An earlier write whose answer was lost.
            Custody::Ours { id: Some(named), token: Some(held) }
                if named == *id && holds!(TokenAsSent, held.expose_secret() == token.expose_secret()) =>
            {
                return Ok(Delivery::Stored(None));
            }
            Custody::Missing | Custody::Ours { .. } => {}
        }
        // Whoever took over may have made this user again: its token must not come last.
        self.context.may_store(Precondition::SameObject)?;
        let mut draft = owner.draft(&target.name, secret.map(|secret: SecretData| secret.resource_version));
        draft.annotations.insert(ID.to_owned(), id.clone());
        draft.annotations.extend(seal.iter().map(|seal| (ANSWER.to_owned(), seal.clone())));
        draft.values.insert(target.key.clone(), token.clone());
        let stored = Secrets::new(self.context).write(draft).await?;
        Ok(Delivery::Stored(Some(stored.resource_version)))
    }

    /// Tries to store what is owed of the object; whether that is done.
    pub async fn settle(&self, object: &Rc<R>) -> bool {
        let overwritten = Overwritten { context: self.context, objects: self.objects };
        if overwritten.stays(object.as_ref()).await {
            return false;
        }
        let members = self.owing().is_overwritten(object.as_ref());
        let status = async {
            if self.owing().status(object.as_ref()).is_none() {
                return Ok(());
            }
            let wanted = |newest: &Rc<R>, _: &Value| self.owing().status(newest.as_ref());
            let answer = self.sending().patch_newest(object, wanted).await;
            answer.map(|answer| self.sending().stored(answer.as_ref()))
        };
        let token = async {
            let Some(token) = self.owing().token(object.as_ref()) else { return Ok(()) };
            // It goes where the manifest says by now.
            let target = object.token_target().cloned().unwrap_or_else(|| token.target.clone());
            match self.deliver(object, Token { target, ..token }).await? {
                Delivery::Stored(_) => Ok(()),
                Delivery::Foreign(why) => Err(ClusterError::Forbidden(why)),
            }
        };
        let (status, token) = futures::future::join(status, token).await;
        if members.is_some() && matches!(status, Err(ClusterError::Conflict(_))) {
            // Whoever writes it was the faster, and goes on.
            self.context.statuses.set(&uid(object.as_ref()), self.context.now());
        }
        if status == Err(ClusterError::NotFound) {
            for lost in self.owing().bury(&reference(object.as_ref()), None) {
                self.mourn(&lost).await;
            }
            return true;
        }
        let Some(error) = status.err().or(token.err()) else {
            if let Some(members) = members {
                overwritten.put_back(object.as_ref(), &members).await;
            }
            return true;
        };
        if !self.owing().owes(object.as_ref()) {
            return true;
        }
        let refused =
            matches!(error, ClusterError::Forbidden(_) | ClusterError::Invalid(_) | ClusterError::Dropped(_));
        let tells = self.owing().failed(object.as_ref(), refused, self.context.now());
        let ids = Vec::from_iter(self.owing().ids(object.as_ref())).join(", ");
        tracing::warn!(object = %reference(object.as_ref()), ids, %error, "not stored yet");
        if tells && self.owing().unkept(object.as_ref()).is_none() {
            let what = self.owing().what(object.as_ref());
            let note = format!(
                "{what}: {} It is tried until this process ends, which would lose it: mend what Kubernetes refuses first.",
                sentences::sentence(&error.to_string())
            );
            self.context.tell(object.as_ref(), true, Reason::KubernetesUnavailable, "Store", note).await;
        }
        false
    }

    /// The object of a ticket, once it was tried to store what is owed of it, and what is owed of one that is gone was
    /// told of.
    ///
    /// # Errors
    /// What is next, where there is no form of it that could ever be read, or no more to do than to try that again.
    pub async fn take_up(&self, ticket: &Ticket) -> Result<Rc<R>, Next> {
        self.bury(&ticket.key).await;
        let Some(object) = self.objects.get(&ticket.key) else { return Err(self.unread(&ticket.key).await) };
        let owes = self.owes(object.as_ref()) && !self.settle(&object).await;
        if owes && ticket.priority == Priority::Resync && !self.owing().is_left(object.as_ref()) {
            return Err(self.again(&ticket.key));
        }
        self.objects.get(&ticket.key).ok_or(Next::Gone)
    }

    /// Says of an object that cannot be read that it cannot; what is next.
    pub async fn unread(&self, key: &ObjectRef) -> Next {
        if self.objects.knows(key) { unreadable::say(&self.sending(), key).await } else { Next::Gone }
    }

    /// When to try again to store what is owed of the object.
    pub fn again(&self, key: &ObjectRef) -> Next {
        let Some(object) = self.objects.get(key) else { return Next::Gone };
        self.owing().due(object.as_ref(), self.context.now()).map_or(Next::Rest, Next::At)
    }

    /// `next`, but not later than what is owed of the object is to be tried again; and not with the patience of
    /// failures.
    pub fn sooner(&self, key: &ObjectRef, next: Next) -> Next {
        match (self.again(key), next) {
            (again @ Next::At(_), Next::Retry) => again,
            (again @ Next::At(_), Next::At(_) | Next::Rest) => again.sooner(next),
            _ => next,
        }
    }

    /// Tells of what was owed of an object that is gone, or whose name another one has now.
    pub async fn bury(&self, key: &ObjectRef) {
        let living = self.objects.get(key).map(|object| uid(object.as_ref()));
        for lost in self.owing().bury(key, living.as_deref()) {
            self.mourn(&lost).await;
        }
    }

    async fn mourn(&self, lost: &Lost<R>) {
        if lost.ids.is_empty() {
            return;
        }
        let ids = Vec::from_iter(lost.ids.clone()).join(", ");
        tracing::error!(
            object = %reference(lost.object.as_ref()), ids,
            "the object is gone before it was stored what was made for it: that stays at the vendor"
        );
        let note = format!(
            "This object went before it could be stored what was made for it: {ids} stays at the vendor, and nothing \
             here knows of it any more."
        );
        self.context.tell(lost.object.as_ref(), true, Reason::Orphaned, "Store", note).await;
    }

    /// Says in the log what is owed as the process ends.
    pub fn last_words(&self) {
        for key in self.owing().objects() {
            let Some(object) = self.objects.get(&key) else { continue };
            let ids = Vec::from_iter(self.owing().ids(object.as_ref())).join(", ");
            tracing::error!(object = %key, ids, "this process ends before it was stored what it made");
        }
    }

    /// The right to send the create whose intent the object has, as it is known now.
    ///
    /// # Errors
    /// The object is gone, something is owed of it, or it has no intent.
    pub fn may_create(&self, key: &ObjectRef) -> Result<Unrepeatable, ClusterError> {
        let stored = self.objects.get(key).ok_or(ClusterError::NotFound)?;
        let object = stored.as_ref();
        let another = object.token_status().and_then(Purpose::under_way);
        let intended = object.common_status().pending_create.is_some()
            || another.is_some_and(|(_, made)| made.old_id.is_none());
        if forbids!(PermitToCreate, self.owing().owes(object) || !intended) {
            return Err(ClusterError::Unavailable("what was written last is not stored yet".into()));
        }
        Ok(Unrepeatable::given())
    }

    /// The right to send what the plan applies. Before something is written that no read shows, it is stored that nobody
    /// knows what it has; where that cannot be stored, it is written once, if a status was stored since the last time.
    /// `status` is the whole draft.
    ///
    /// # Errors
    /// As the API server answers; and where something is owed of the object that such a write waits for.
    pub async fn may_update(
        &self,
        work: &mut Work<R>,
        plan: &Plan,
        status: impl FnOnce(&Work<R>) -> Value,
    ) -> Result<Updates<'a, R>, ClusterError> {
        if plan.hidden.is_empty() {
            return Ok(Updates::new(self.owing(), None));
        }
        if forbids!(HiddenWhileOwed, self.owing().owes(work.object.as_ref())) {
            return Err(ClusterError::Unavailable("what was written last is not stored yet".into()));
        }
        let (earned, prints) = (self.owing().earned(work.object.as_ref()), self.context.prints.get());
        let intended = earned && is_intended(work.object.common_status(), &plan.hidden, prints);
        if forbids!(HiddenIsIntended, !intended) {
            intend(&mut work.status, &plan.hidden, prints);
            let status = status(work);
            match self.store(&work.object, &status, Precondition::Unchanged).await {
                Ok(written) => work.object = written.object,
                // Somebody wrote the object meanwhile, or it is gone.
                Err(error @ (ClusterError::Conflict(_) | ClusterError::NotFound)) => return Err(error),
                Err(_) if earned => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Updates::new(self.owing(), Some(Rc::clone(&work.object))))
    }
}

/// How an object stands of which Kubernetes does not keep what was sent.
const fn not_kept(text: String) -> Health {
    Health::Stalled(Reason::KubernetesUnavailable, text)
}
