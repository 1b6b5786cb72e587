//! What a manifest declares, with all that it refers to resolved.

use crate::api::conditions::ConditionType;
use crate::api::status::Resolved;
use crate::engine::base::reason::Reason;
use crate::engine::provider::inputs::Wait;
use std::time::Duration;

/// What a manifest declares, and what is known with it before anything is read of the object.
#[derive(Debug)]
pub struct Declared<D> {
    /// What the object is to be.
    pub state: D,
    /// The natural key, as a list shows it, where that takes more than the manifest to know.
    pub key: Option<String>,
    /// Parts that wait. Nothing is planned for them, and nothing is created before they are there (rule 11).
    pub waits: Vec<Wait>,
    /// What the references in lists of grants lead to, and those that lead nowhere led to before: what is to be
    /// remembered of them.
    pub resolved: Vec<Resolved>,
    /// What a create needs and is lacking, though what exists could be adopted without it.
    pub missing: Option<String>,
    /// Why the contract cannot express it, so that it cannot be created.
    pub inexpressible: Option<(Reason, String)>,
    /// How long after it was first refused the vendor may not see yet what it rests on: for so long it is tried
    /// again soon.
    pub lag: Duration,
    /// What is to be told of an object that is as declared; no reason not to be Ready.
    pub advice: Vec<(ConditionType, Reason, String)>,
}

impl<D> Declared<D> {
    /// What the object is to be, where there is nothing else to say.
    pub const fn of(state: D) -> Self {
        Self {
            state,
            key: None,
            waits: Vec::new(),
            resolved: Vec::new(),
            missing: None,
            inexpressible: None,
            lag: Duration::ZERO,
            advice: Vec::new(),
        }
    }
}
