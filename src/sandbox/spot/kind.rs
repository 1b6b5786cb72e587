//! What each kind of the vendor's objects brings: its routes with their operations, what a person can do to it by hand,
//! and what there is of it.

use serde_json::Value;

use super::contract::Contract;
use super::control::Control;
use super::need::Need;
use super::operation::Operation;
use super::world::World;
use crate::sandbox::core::Route;

/// Rows of what there is of a kind, whatever lists show.
type Rows = fn(&World) -> Vec<Value>;

/// A kind, as its own folder registers it. What it has not, it leaves out: [`Kind::NONE`].
#[derive(Debug)]
pub(super) struct Kind {
    /// What of it the live service serves.
    pub(super) production: &'static [Route<&'static Operation>],
    /// What of it the public document has.
    pub(super) published: &'static [Route<&'static Operation>],
    /// What can be done by hand, below `/_sandbox/`.
    pub(super) controls: &'static [Control],
    /// What there is, each by its name in the answer of `/_sandbox/state`.
    pub(super) state: &'static [(&'static str, Rows)],
}

impl Kind {
    /// One that has nothing.
    pub(super) const NONE: Self = Self { production: &[], published: &[], controls: &[], state: &[] };

    /// What of it is served under a contract.
    pub(super) const fn routes(&self, contract: Contract) -> &'static [Route<&'static Operation>] {
        match contract {
            Contract::Production => self.production,
            Contract::Published => self.published,
        }
    }

    /// All that its operations may ask of a caller's policies.
    pub(super) fn needs(&self) -> impl Iterator<Item = Need> {
        self.production.iter().chain(self.published).flat_map(|route| route.operation.needs())
    }
}
