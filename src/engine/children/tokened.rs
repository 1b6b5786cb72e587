//! How an object's token stands, and what a rotation leaves to do with it.

use super::verdict::Verdict;
use crate::api::conditions::ConditionType;
use crate::api::reference::SecretKeyRef;
use crate::engine::kind::Kind;
use crate::engine::organization::Organization;
use crate::engine::reason::Reason;
use crate::engine::report::Findings;
use crate::engine::world::Next;
use std::rc::Rc;

/// How an object's token stands.
pub(super) enum Tokened {
    /// As it should, or the object has none; with what else is to be said, and when to look again.
    Fine(Vec<(ConditionType, Reason, String)>, Next),
    /// The object is otherwise kept, and this is wrong with its token.
    Wrong(Verdict),
    /// Nothing else is done now.
    Stop(Verdict),
}

impl Tokened {
    /// Nothing is to be said or done.
    pub const FINE: Self = Self::Fine(Vec::new(), Next::Rest);
}

/// What a rotation leaves to do with the token.
pub(super) enum Rotated {
    /// There is none: the token is looked after as always.
    Rest,
    /// The token is looked after as always, and this is to be said besides.
    Beside(Findings, Next),
    /// Nothing else is done with the token now.
    Alone(Tokened),
}

/// The object whose token is rotated.
pub(super) struct Case<'a, K: Kind> {
    pub organization: &'a Rc<Organization<K::Vendor>>,
    pub target: &'a SecretKeyRef,
    pub id: &'a str,
    pub desired: &'a K::Desired,
}
