//! What a reconcile comes to.

use crate::engine::base::checkpoint::Step;
use crate::engine::base::health::{Findings, Health};
use crate::engine::runtime::context::Next;
use crate::engine::runtime::objects::Precondition;
use crate::engine::runtime::stop;

/// What a reconcile comes to.
#[derive(Debug)]
pub struct Verdict {
    /// What is found.
    pub findings: Findings,
    /// When to look again.
    pub next: Next,
    /// To what it is stored.
    pub precondition: Precondition,
    /// The step that is done once this is stored.
    pub completes: Option<Step>,
    /// Whether a write of it waits for a person (rule 12).
    pub waits_for_person: bool,
    /// Whether it was not looked at, as a limit leaves no room for that: what a person asked for is still to be done.
    pub put_off: bool,
}

impl Verdict {
    /// One of a look that wrote nothing.
    pub const fn new(findings: Findings, next: Next) -> Self {
        Self {
            findings,
            next,
            precondition: Precondition::Unchanged,
            completes: None,
            waits_for_person: false,
            put_off: matches!(next, Next::PutOff(_)),
        }
    }

    /// To be stored whatever was written to the object meanwhile: it says what happened at the vendor.
    #[must_use]
    pub fn of_same_object(self) -> Self {
        Self { precondition: Precondition::SameObject, ..self }
    }

    /// Something was written of it: that is stored whatever was written to the object meanwhile.
    #[must_use]
    pub fn written(self) -> Self {
        Self { completes: Some(Step::UpdateStored), ..self.of_same_object() }
    }

    /// What holds up the end of the object.
    pub fn held_up(by: &Health, next: Next) -> Self {
        Self::new(Findings::of(Health::Kept).held_up(by), next)
    }
}

/// Ends a reconcile before its last step.
pub type Stop = stop::Stop<Verdict>;

impl From<Verdict> for Stop {
    fn from(verdict: Verdict) -> Self {
        Self::Said(verdict)
    }
}

/// Ends it with what holds up the end of the object.
pub fn held_up(by: &Health, next: Next) -> Stop {
    Verdict::held_up(by, next).into()
}

/// How an object ends.
#[derive(Debug, PartialEq, Eq)]
pub enum End {
    /// Nothing at the vendor is touched; the note says why, where there was something.
    LetGo(Option<String>),
    /// It is gone from the vendor, as this end or a look at it found.
    Deleted(String),
    /// It was found to be gone before, and is not looked at again.
    Gone(String),
}
