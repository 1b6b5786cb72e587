//! What this process remembers of an organization's object, and nobody else.

use crate::engine::base::ports::Tick;
use crate::engine::decide::lookups::Lookups;
use crate::engine::decide::plan::Field;
use crate::engine::external::list::Pages;
use crate::engine::organization::weigh::Plans;
use crate::engine::provider::organization_ability::Named;
use crate::engine::runtime::memory::Looks;
use crate::engine::runtime::update::Writes;
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::rc::Rc;

/// What this process remembers of an organization's object.
#[derive(Default)]
pub(super) struct Memory {
    /// The looks at it.
    pub(super) looks: Looks,
    /// What was written to the fields of its own.
    pub(super) writes: Writes,
    /// Plans for them that are judged.
    pub(super) plans: Plans,
    /// These fields, as they were read last.
    pub(super) read: Option<Read>,
    /// What was there when a create with this moment was sent, where looks show all there is.
    pub(super) before: Option<(Timestamp, Rc<BTreeSet<String>>)>,
    /// What looks at the vendor have shown of a create whose outcome nobody heard.
    pub(super) lookups: Lookups,
    /// The fingerprint of the token that proved last that it belongs to what the object stands for.
    pub(super) proved: Option<String>,
    /// What is read of such a look, where it comes in pages.
    pub(super) pages: Rc<Pages<Named>>,
}

/// Fields of its own, as they were read.
#[derive(Clone)]
pub(super) struct Read {
    /// The generation of the manifest, and the session: of another one it says nothing.
    pub(super) of: (i64, u64),
    /// When it was begun.
    pub(super) begun: Tick,
    /// What it showed, beside what is declared.
    pub(super) fields: Vec<Field>,
}
