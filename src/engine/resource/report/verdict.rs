//! What a reconcile comes to.

use crate::engine::base::checkpoint::Step;
use crate::engine::base::health::{Findings, Health};
use crate::engine::runtime::context::Next;
use crate::engine::runtime::objects::Precondition;
use crate::engine::runtime::stop;
use crate::engine::runtime::update::Aligned;

/// What a reconcile comes to.
pub(in crate::engine::resource) struct Verdict {
    pub findings: Findings,
    pub next: Next,
    pub precondition: Precondition,
    /// The step that is done once this is stored.
    pub completes: Option<Step>,
    /// Whether a write of it waits for a person (rule 12).
    pub waits_for_person: bool,
    /// Whether it was not looked at, as a limit leaves no room for that: what a person asked for is still to be done.
    pub put_off: bool,
}

impl Verdict {
    pub fn new(findings: Findings, next: Next) -> Self {
        Self {
            findings,
            next,
            precondition: Precondition::Unchanged,
            completes: None,
            waits_for_person: false,
            put_off: false,
        }
    }

    /// To be stored whatever was written to the object meanwhile: it says what happened at the vendor.
    #[must_use]
    pub fn of_same_object(self) -> Self {
        Self { precondition: Precondition::SameObject, ..self }
    }

    /// What holds up the end of the object.
    pub fn held_up(by: &Health, next: Next) -> Self {
        Self::new(Findings::of(Health::Kept).held_up(by), next)
    }
}

impl From<Aligned> for Verdict {
    fn from(Aligned { findings, next, written }: Aligned) -> Self {
        let precondition = if written { Precondition::SameObject } else { Precondition::Unchanged };
        Self { precondition, completes: written.then_some(Step::UpdateStored), ..Self::new(findings, next) }
    }
}

/// Ends a reconcile before its last step.
pub(in crate::engine::resource) type Stop = stop::Stop<Verdict>;

impl From<Verdict> for Stop {
    fn from(verdict: Verdict) -> Self {
        Self::Said(verdict)
    }
}
