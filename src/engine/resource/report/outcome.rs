//! How failures and open questions are told.

use crate::api::managed::Managed;
use crate::engine::base::checks::forbids;
use crate::engine::base::error::{Failure, VendorError};
use crate::engine::base::health::{Findings, Health};
use crate::engine::base::reason::Reason;
use crate::engine::base::sentences::{self, listed, sentence};
use crate::engine::decide::identify::Decision;
use crate::engine::organization::managed::Organization;
use crate::engine::provider::kind::Kind;
use crate::engine::resource::ResourceReconciler;
use crate::engine::resource::report::ids::tell_keeper;
use crate::engine::resource::resolve::organization::Resolution;
use crate::engine::runtime::context::Next;
use crate::engine::runtime::object::{at_rest, awaits_somebody};
use crate::engine::runtime::objects::reference;
use crate::engine::runtime::update::{passes, refused};
use crate::engine::runtime::verdict::Verdict;
use crate::engine::runtime::work::Work;

/// Makes an outcome of what failed, or is not decided.
pub struct Outcomes<'a, K: Kind>(pub &'a ResourceReconciler<K>);

impl<K: Kind> Outcomes<'_, K> {
    /// What tells what became of a create that nobody heard of: where there are any, what is said of `lists`.
    pub const fn teller(lists: &'static str) -> &'static str {
        Self::teller_of(
            lists,
            "no list of the vendor will tell, so it goes on by itself until that call has ended for sure, and you are \
             asked then",
        )
    }

    /// What is said of `lists`, or where the vendor has none of the kind what is said of `reads` by id.
    pub const fn teller_of(lists: &'static str, reads: &'static str) -> &'static str {
        if K::FACTS.by_id() { reads } else { lists }
    }

    /// What is said while the vendor's own answer that it has no `id` is not confirmed.
    pub fn confirming(id: &str) -> String {
        sentences::confirming(K::FACTS.noun, id, Self::teller_of("lists", "reads"))
    }

    /// A failed read: what it means for the object.
    pub fn failed(
        &self,
        work: &Work<K::Resource>,
        organization: &Organization<K::Vendor>,
        error: &VendorError,
    ) -> Verdict {
        let rest = forbids!(AtRestIsKept, at_rest(work.object.as_ref()));
        // What waits for a person does not wait for calls.
        let asks = error.failure.pause().is_some() && awaits_somebody(work.object.as_ref());
        if let Some(next) = passes(&self.0.context, &error.failure) {
            // With nothing to do, a pause or an outage shows on the organization only.
            let health = if rest || asks { Health::Kept } else { error.passing() };
            let put_off = matches!(next, Next::PutOff(_));
            return Verdict { put_off, ..Verdict::new(Findings::of(health), next) };
        }
        let told = match error.failure {
            Failure::Unauthorized | Failure::WrongOrganization | Failure::Unsendable => {
                // The organization says what is wrong, and wakes this object when it is not any more.
                let text = format!(
                    "{root} is not ready: {} This goes on once the conditions of {root} are in order.",
                    sentence(&error.message),
                    root = organization.root
                );
                return self.0.slow(Findings::waiting(Reason::DependencyNotReady, text));
            }
            Failure::NotFound | Failure::Refused => self.0.kind.refused(error),
            _ => None,
        };
        let findings = told.map(|(reason, text)| Findings::stalled(reason, text)).or_else(|| refused(error));
        self.0.slow(findings.unwrap_or_else(|| Findings::of(error.passing())))
    }

    /// A failed write of an object that exists: it may be repeated, as it names the id.
    pub fn failed_write(
        &self,
        work: &Work<K::Resource>,
        organization: &Organization<K::Vendor>,
        error: &VendorError,
    ) -> Verdict {
        let mut verdict = Verdict { put_off: false, ..self.failed(work, organization, error) };
        if verdict.findings.health == Health::Kept {
            // There is something to do after all.
            verdict.findings = Findings::of(error.passing());
        }
        verdict
    }

    /// The verdict where it is not known, or not allowed, to say which vendor object it is.
    pub fn undecided(
        &self,
        work: &Work<K::Resource>,
        organization: &Organization<K::Vendor>,
        decision: Decision,
    ) -> Verdict {
        let noun = K::FACTS.noun;
        let at_home = Resolution::<K>::at_home(work.object.as_ref(), &organization.root);
        // Who learns an id decides whoever keeps the organization: an event there names what it could be.
        let tells = !matches!(&decision, Decision::NeedsId(ids) if ids.is_empty());
        let told = if tells { ", where an event tells it" } else { "" };
        let ask = format!("Ask whoever keeps the organization ({}{told}) for the id", organization.root);
        let title = K::naming(work.object.as_ref()).title;
        // No other name is one of an address.
        let is = |title: &str| match title.contains('@') {
            true => format!("with the address {title}"),
            false => format!("named {title:?}"),
        };
        let (name, is) = (&title, is(&title));
        let stalled = |reason, text: String| self.0.slow(Findings::stalled(reason, text));
        match decision {
            Decision::Missing(until) => {
                let findings = if at_rest(work.object.as_ref()) {
                    Findings::of(Health::Kept)
                } else {
                    let text = format!(
                        "{} the {noun}; a later one has to confirm that, and it goes on by itself then.",
                        Self::teller_of("A list lacks", "A read by its id does not show")
                    );
                    Findings::waiting(Reason::ConfirmingAbsence, text)
                };
                Verdict::new(findings, Next::At(until))
            }
            Decision::OutcomeUnknown(until) => {
                let text = format!(
                    "A create was sent, and its outcome is not known; {}. No second {noun} is created before.",
                    Self::teller("two later lists of the vendor decide, and it goes on by itself then")
                );
                Verdict::new(Findings::waiting(Reason::OutcomeUnknown, text), Next::At(until))
            }
            Decision::Absent if let Some(why) = self.0.kind.unmade() => stalled(
                Reason::NotFound,
                format!(
                    "There is no {noun} {is}, and none is made, as {why}. Correct the name, or have it made at the \
                     vendor: it is taken over then."
                ),
            ),
            Decision::Absent if self.0.context.fence.is_read_only() => {
                let text = format!(
                    "There is no {noun} {is}, and this operator only reads. To have one created, run an operator \
                     without --read-only."
                );
                stalled(Reason::ReadOnly, text)
            }
            Decision::Absent => {
                let text = format!(
                    "There is no {noun} {is}, and Observe creates nothing. Correct the name, or set \
                     managementPolicy: Manage (on the organization too, if it says Observe) to have one created."
                );
                stalled(Reason::NotFound, text)
            }
            Decision::Another(held) => stalled(
                Reason::AdoptIdMismatch,
                format!(
                    "status.id says {held}, and that {noun} is not {name:?}: somebody else wrote this status, and nothing is \
                     done about that one. Delete this object, which leaves it as it is, and apply it again: it takes over \
                     what is its own."
                ),
            ),
            Decision::Ambiguous(_) if !at_home => stalled(
                Reason::Ambiguous,
                format!(
                    "Several {noun}s could be meant. {ask}, and write spec.adopt with policy Required and the id."
                ),
            ),
            Decision::Ambiguous(ids) => stalled(
                Reason::Ambiguous,
                format!(
                    "Several {noun}s could be meant: {}. Write the id of the right one to spec.adopt.id.",
                    listed(&ids)
                ),
            ),
            Decision::Unseen => {
                let take = if at_home { "write its id to spec.adopt.id".to_owned() } else { ask };
                let make = match self.0.kind.unmade() {
                    Some(why) => format!("None is made, as {why}"),
                    None => {
                        "To have one made whatever there is, set adopt.policy: Never, under Manage".to_owned()
                    }
                };
                let text = format!(
                    "No list of the vendor shows whether there is a {noun} {is}. To take one over, {take}. {make}."
                );
                stalled(Reason::AdoptionNeedsId, text)
            }
            Decision::WantedMissing => stalled(
                Reason::AdoptionTargetNotFound,
                format!(
                    "The organization has no {noun} {}, which spec.adopt.id names and which cannot be changed. Delete this \
                     object, which holds nothing, and create another one with the right id.",
                    work.object.as_ref().common_spec().adopt.id.as_deref().unwrap_or_default()
                ),
            ),
            Decision::NothingToAdopt => stalled(
                Reason::NotFound,
                format!(
                    "There is no {noun} {is}, and adopt.policy is Required: nothing is created. Correct the name, or \
                     set adopt.policy: IfExists to have one created."
                ),
            ),
            Decision::Exists(_) if !at_home => stalled(
                Reason::AlreadyExists,
                format!(
                    "An existing {noun} is named {name:?}, and adopt.policy is Never. Choose another name, or take it over: \
                     from here that takes spec.adopt with policy Required and the id. {ask}."
                ),
            ),
            Decision::Exists(id) => stalled(
                Reason::AlreadyExists,
                format!(
                    "The {noun} {id} is named {name:?} already, and adopt.policy is Never. Choose another name, or set \
                     adopt.policy: IfExists to take it over."
                ),
            ),
            // No id: whoever keeps the organization decides who learns it.
            Decision::NeedsId(_) => stalled(
                Reason::AdoptionNeedsId,
                format!(
                    "This object may not take over an existing {noun}: from outside the organization's own \
                     namespace that takes spec.adopt with policy Required and the id. {ask}, or choose another name."
                ),
            ),
            Decision::Is(..)
            | Decision::Gone
            | Decision::Create
            | Decision::NotCarriedOut
            | Decision::Vanished => Self::soon(),
        }
    }

    /// Tells the organization's side what an object of another namespace could be given: that one learns no id.
    pub async fn tell_home(
        &self,
        work: &Work<K::Resource>,
        organization: &Organization<K::Vendor>,
        decision: &Decision,
    ) {
        let (ids, reason) = match decision {
            Decision::NeedsId(ids) => (ids.as_slice(), Reason::AdoptionNeedsId),
            Decision::Ambiguous(ids) => (ids.as_slice(), Reason::Ambiguous),
            Decision::Exists(id) => (std::slice::from_ref(id), Reason::AlreadyExists),
            _ => return,
        };
        if ids.is_empty() {
            return;
        }
        let note = format!(
            "{} asks for an existing {}: {}. To give it away, have spec.adopt written there with policy Required and \
             the id.",
            reference(work.object.as_ref()),
            K::FACTS.noun,
            listed(ids)
        );
        tell_keeper(self.0, work, organization, (reason, "Adopt"), note).await;
    }

    /// Asks a person, from now on if not already: what to answer.
    pub fn ask(&self, work: &mut Work<K::Resource>, of: &str) -> String {
        work.ask(of, self.0.context.clock.wall())
    }

    /// Look again at once, on what was stored.
    pub fn soon() -> Verdict {
        let text = format!("The {} is being looked at; it goes on by itself.", K::FACTS.noun);
        Verdict::new(Findings::waiting(Reason::Progressing, text), Next::Soon)
    }
}
