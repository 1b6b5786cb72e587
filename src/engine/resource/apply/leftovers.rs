//! What creates of unknown outcome may have left at the vendor: one question about all of it, and the answer (rule 4).
//!
//! It may be another cluster's, or a person's. So nothing of it is touched before somebody says what becomes of it.

use crate::api::annotation;
use crate::api::conditions::ConditionType;
use crate::api::managed::Managed;
use crate::engine::base::checkpoint::Step;
use crate::engine::base::checks::holds;
use crate::engine::base::health::{Findings, Health};
use crate::engine::base::ports::{ClusterError, ObjectRef};
use crate::engine::base::reason::Reason;
use crate::engine::base::sentences::sentence;
use crate::engine::base::words::annotated;
use crate::engine::decide::confirmation;
use crate::engine::decide::trail::Fact;
use crate::engine::external::inventory::Snapshot;
use crate::engine::organization::managed::Organization;
use crate::engine::organization::weigh::Rate;
use crate::engine::provider::kind::Kind;
use crate::engine::resource::ResourceReconciler;
use crate::engine::resource::delete::remove::{Removal, Removed};
use crate::engine::resource::memory::{Begun, Held};
use crate::engine::resource::observe::absence::Absence;
use crate::engine::resource::observe::lists::Lists;
use crate::engine::resource::report::outcome::Outcomes;
use crate::engine::resource::resolve::organization::Resolution;
use crate::engine::runtime::context::Next;
use crate::engine::runtime::objects::{Precondition, reference};
use crate::engine::runtime::steps::Steps as _;
use crate::engine::runtime::store::Store;
use crate::engine::runtime::verdict::Verdict;
use crate::engine::runtime::work::Work;
use std::rc::Rc;

/// That nothing is deleted for the object yet, whatever is said.
const UNWRITTEN: &str =
    "That waits for as long as nothing is written for this object, as under Observe or --read-only.";

/// What a question about an object's leftovers is about.
fn plan<R: Managed>(work: &Work<R>) -> String {
    let uid = work.object.meta().uid.clone().unwrap_or_default();
    confirmation::of_leftovers(&uid, &work.status.leftovers)
}

/// The leftovers of the objects of a kind.
pub struct Leftovers<'a, K: Kind>(pub &'a ResourceReconciler<K>);

impl<K: Kind> Leftovers<'_, K> {
    /// Goes on asking, whatever else this look comes to: an answer must stay good while a person writes it.
    pub fn keep_asking(&self, work: &mut Work<K::Resource>) {
        if !work.status.leftovers.is_empty() {
            self.question(work);
        }
    }

    /// Asks; the answer that is waited for.
    fn question(&self, work: &mut Work<K::Resource>) -> String {
        Outcomes(self.0).ask(work, &plan(work))
    }

    /// Asks a person what becomes of the leftovers, or says what holds up what was answered. No reason not to be Ready.
    pub fn ask(&self, work: &mut Work<K::Resource>, verdict: &mut Verdict) {
        let extra = &verdict.findings.extra;
        let suspended = extra.iter().any(|(kind, ..)| *kind == ConditionType::Suspended);
        if work.status.leftovers.is_empty() || suspended {
            return;
        }
        let (noun, ids) = (K::FACTS.noun, work.status.leftovers.join(", "));
        let answer = self.question(work);
        let left = format!("Creates of unknown outcome may have left these {noun}s: {ids}.");
        let text = if self.to_go(work, &plan(work)) {
            let held = self.0.memory(work.object.as_ref(), |memory| memory.leftovers.held.clone());
            let why = held.map_or_else(
                || match self.is_written(work) {
                    true => "That waits until this object can be looked at; see its other conditions, which say what holds that up.".to_owned(),
                    false => UNWRITTEN.to_owned(),
                },
                |held| {
                    verdict.next = verdict.next.sooner(held.next);
                    verdict.waits_for_person |= held.waits_for_person;
                    held.why
                },
            );
            format!(
                "{left} They are to be deleted, as was confirmed, and are not deleted yet. {} To leave them there \
                 instead, set the annotation orgkeeper.dev/keep: {answer}.",
                sentence(&why)
            )
        } else {
            let then = if self.is_written(work) { String::new() } else { format!(" {UNWRITTEN}") };
            format!(
                "{left} Another cluster with the same token, or a person, may have made and may use them, so they are \
                 left as they are. To have them deleted, set the annotation orgkeeper.dev/confirm: {answer}.{then} To leave \
                 them there and hear no more of it, set orgkeeper.dev/keep: {answer}."
            )
        };
        let question = (ConditionType::ConfirmationRequired, Reason::Leftovers, text);
        verdict.findings.extra.push(question);
        if let Some(organization) = self.0.ready_of(work.object.as_ref()) {
            let lacks = |id: &String| {
                let list = Lists(self.0).list_with(work.object.as_ref(), id);
                self.0.cache(&organization, &list).inventory.lacking(id).is_some()
            };
            if work.status.leftovers.iter().any(lacks) {
                // A later list has to show that it is gone.
                verdict.next =
                    verdict.next.sooner(Next::At(self.0.context.now() + self.0.context.settings.settle));
            }
        }
    }

    /// Whether anything may be written for the object at the vendor.
    fn is_written(&self, work: &Work<K::Resource>) -> bool {
        let root = self.0.claim_of(work.object.as_ref()).map(|claim| claim.root);
        root.is_some_and(|root| Resolution(self.0).may_write(work.object.as_ref(), &root))
    }

    /// Whether a person answered, so that there is something to do.
    pub fn are_answered(&self, work: &Work<K::Resource>) -> bool {
        if work.status.leftovers.is_empty() {
            return false;
        }
        let plan = plan(work);
        to_stay(work, &plan) || self.to_go(work, &plan)
    }

    /// Whether a person has them deleted. What was begun goes on for as long as the annotation is there: where some are
    /// deleted already, or a guard asks besides whether somebody may be locked out, another answer stands in it.
    fn to_go(&self, work: &Work<K::Resource>, plan: &str) -> bool {
        !to_stay(work, plan) && (work.confirmed(plan) || self.begun(work, plan).is_some())
    }

    /// The word by which their deletion was begun, if it was and goes on.
    fn begun(&self, work: &Work<K::Resource>, plan: &str) -> Option<String> {
        let object = work.object.as_ref();
        let (answer, word) = self.0.memory(object, |memory| memory.leftovers.answer.clone())?;
        // Whoever said since that they stay may have meant those that are left.
        let stands =
            self.0.context.answers.stands(object, &word) && annotated(object, annotation::KEEP).is_none();
        (stands && confirmation::confirmed(&work.status.asked, plan, Some(&answer))).then_some(word)
    }

    /// Names what stays at the vendor, and of which nobody knows whose it is.
    pub async fn tell(&self, work: &Work<K::Resource>, left: &str) {
        let note = format!(
            "The {} {left}, which a create of unknown outcome may have left, stays at the vendor.",
            K::FACTS.noun
        );
        self.0.context.tell(work.object.as_ref(), true, Reason::Leftovers, "Delete", note).await;
    }

    /// Whether another object stands for it.
    fn is_taken(&self, me: &ObjectRef, organization: &Organization<K::Vendor>, id: &str) -> bool {
        let index = self.0.index.borrow();
        let mut claims = index.claimants(&organization.root, id).into_iter();
        claims.any(|claim| claim.object != *me && claim.held.as_deref() == Some(id))
    }

    /// Does what a person said of the leftovers; forgets those that are gone, and those that another object took over.
    pub async fn settle(
        &self,
        work: &mut Work<K::Resource>,
        organization: &Rc<Organization<K::Vendor>>,
        snapshot: &Snapshot<K::Observed>,
        shrunk: bool,
    ) -> Result<(), ClusterError> {
        if work.status.leftovers.is_empty() {
            return Ok(());
        }
        let (before, plan) = (work.status.leftovers.clone(), plan(work));
        // What another object stands for by now is that one's, whatever was asked before.
        let me = reference(work.object.as_ref());
        work.status.leftovers.retain(|id| !self.is_taken(&me, organization, id));
        let (mut begun, mut kept) = (Begun::default(), false);
        let mut word = self.begun(work, &plan);
        if to_stay(work, &plan) {
            work.answered(&plan);
            work.status.leftovers.clear();
            kept = true;
        } else if self.is_written(work) && holds!(LeftoversAreAsked, self.to_go(work, &plan)) {
            word = word.or_else(|| self.0.context.answers.begin(work.object.as_ref()));
            begun = self.delete(work, organization, snapshot, shrunk).await?;
        }
        let cache = |id: &str| {
            let list = Lists(self.0).list_with(work.object.as_ref(), id);
            self.0.cache(organization, &list)
        };
        let (now, settle) = (self.0.context.now(), self.0.context.settings.settle);
        let lacking = |id: &&String| !shrunk && cache(id).inventory.unsure_until(id, now, settle).is_none();
        let mut gone = Vec::new();
        for id in work.status.leftovers.iter().filter(lacking) {
            // Where nobody can say, it stays asked about.
            if cache(id).inventory.was_deleted(id)
                || matches!(Absence(self.0).is_there(organization, work.object.as_ref(), id).await, Ok(None))
            {
                gone.push(id.clone());
            }
        }
        work.status.leftovers.retain(|id| !gone.contains(id));
        if begun.held.is_some() && !work.status.leftovers.is_empty() {
            // What was said of all of them was said of the rest.
            begun.answer = word.map(|word| (self.question(work), word));
        }
        if kept || self.is_written(work) {
            self.0.memory(work.object.as_ref(), |memory| memory.leftovers = begun);
        }
        if work.status.leftovers != before {
            Store(self.0).store(work, Precondition::Unchanged).await?;
        }
        if kept {
            let note = format!(
                "As a person said, these {}s, which creates of unknown outcome may have left, stay at the vendor, and \
                 nobody is asked about them any more: {}.",
                K::FACTS.noun,
                before.join(", ")
            );
            self.0.context.tell(work.object.as_ref(), false, Reason::Leftovers, "Keep", note).await;
        }
        Ok(())
    }

    /// Deletes them, as far as that is possible now; what holds up the rest.
    async fn delete(
        &self,
        work: &mut Work<K::Resource>,
        organization: &Rc<Organization<K::Vendor>>,
        snapshot: &Snapshot<K::Observed>,
        shrunk: bool,
    ) -> Result<Begun, ClusterError> {
        let mut first = None;
        for id in work.status.leftovers.clone() {
            let verdict = if shrunk {
                Removal(self.0).shrank(organization)
            } else {
                let row = snapshot.items.get(&id);
                let how = (Rate::Counted, Step::RotationLostDeleted);
                match Removal(self.0).remove(work, organization, &id, row, how).await? {
                    Removed::Yes => {
                        work.status.leftovers.retain(|left| *left != id);
                        let note = format!(
                            "Deleted the {} {id} at the vendor, which a create of unknown outcome may have left, as a \
                             person confirmed.",
                            K::FACTS.noun
                        );
                        let fact = Fact::new(Reason::Deleted, note.clone());
                        self.0.notes().note(work.object.as_ref(), &fact);
                        self.0
                            .context
                            .tell(work.object.as_ref(), false, Reason::Deleted, "Delete", note)
                            .await;
                        continue;
                    }
                    Removed::Unsure => {
                        let text = Outcomes::<K>::confirming(&id);
                        let next = Next::At(self.0.context.now() + self.0.context.settings.settle);
                        Verdict::new(Findings::waiting(Reason::ConfirmingAbsence, text), next)
                    }
                    Removed::No(verdict) => verdict,
                }
            };
            first.get_or_insert(verdict);
        }
        Ok(Begun { answer: None, held: first.map(held) })
    }
}

/// Whether a person has them stay.
fn to_stay<R: Managed>(work: &Work<R>, plan: &str) -> bool {
    confirmation::confirmed(&work.status.asked, plan, annotated(work.object.as_ref(), annotation::KEEP))
}

/// What holds up a deletion of leftovers.
fn held(verdict: Verdict) -> Held {
    let Verdict { findings, next, waits_for_person, .. } = verdict;
    let why = match findings.health {
        Health::Waiting(_, why) | Health::Stalled(_, why) | Health::Unsupported(_, why) => why,
        // What holds up an object that is being deleted stands in a condition of its own.
        Health::Ready(..) | Health::Kept => {
            findings.extra.into_iter().map(|(.., why)| why).next().unwrap_or_default()
        }
    };
    Held { why, next, waits_for_person }
}
