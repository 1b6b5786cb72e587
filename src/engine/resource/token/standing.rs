//! How an object's token stands, and what a rotation leaves to do with it.

use crate::api::conditions::ConditionType;
use crate::api::reference::SecretKeyRef;
use crate::engine::base::health::{Findings, Health};
use crate::engine::base::reason::Reason;
use crate::engine::decide::ledger::Purpose;
use crate::engine::organization::managed::Organization;
use crate::engine::provider::kind::{DeclaredOf, Kind};
use crate::engine::runtime::context::Next;
use crate::engine::runtime::verdict::Verdict;
use std::rc::Rc;

/// How an object's token stands.
pub enum Tokened {
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
pub enum Rotated {
    /// There is none: the token is looked after as always.
    Rest,
    /// The token is looked after as always, and this is to be said besides.
    Beside(Findings, Next),
    /// Nothing else is done with the token now.
    Alone(Tokened),
}

/// The object whose token is rotated.
pub struct Case<'a, K: Kind> {
    pub organization: &'a Rc<Organization<K::Vendor>>,
    pub target: &'a SecretKeyRef,
    pub id: &'a str,
    pub desired: &'a DeclaredOf<K>,
    /// Whether the Secret holds its token, as far as that was looked at.
    pub holds: bool,
}

/// One try to have another user made.
#[derive(Clone, Copy)]
pub struct Attempt<'a> {
    pub purpose: Purpose,
    /// The request that it answers.
    pub requested: &'a str,
    /// Whether a new user was made before whose token was lost.
    pub last: bool,
}

impl<'a> Attempt<'a> {
    /// In place of one whose token was lost.
    pub const AGAIN: Self = Self { purpose: Purpose::Again, requested: "", last: false };

    /// The first, as somebody asked.
    pub const fn asked(requested: &'a str) -> Self {
        Self { purpose: Purpose::Rotation, requested, last: false }
    }
}

/// Why nothing is made.
pub fn full(noun: &str, leftovers: &[String]) -> String {
    format!(
        "Creates of unknown outcome may have left {} at the vendor, and nobody said yet what becomes of them: no other \
         {noun} is made before. Answer what the condition ConfirmationRequired asks.",
        leftovers.join(", ")
    )
}

/// The condition that a rotation is under way.
pub fn rotating(more: &str) -> Findings {
    let more = if more.is_empty() { "It goes on by itself." } else { more };
    let text = format!("A new token takes the place of the old one. {more}");
    Findings::of(Health::Kept).with(ConditionType::Rotating, Reason::Rotating, text)
}

/// The condition that something holds it up.
pub fn held_up() -> Findings {
    rotating("See the other conditions, which say what holds that up.")
}

/// What stops a rotation, beside the word that one is under way.
pub fn said(mut verdict: Verdict) -> Rotated {
    verdict.findings.extra.extend(held_up().extra);
    Rotated::Alone(Tokened::Wrong(verdict))
}
