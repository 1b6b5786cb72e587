//! What was read of an organization's objects of one kind, and what is thought of it.

use crate::engine::budget::Full;
use crate::engine::controller::Shrunk;
use crate::engine::details::Details;
use crate::engine::error::VendorError;
use crate::engine::inventory::Inventory;
use crate::engine::seams::{ObjectRef, Tick};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// One inventory of an organization, and what is judged by it.
pub(super) struct Stock<L> {
    /// The session that it was read with.
    pub(super) session: u64,
    pub(super) inventory: Inventory<L>,
    pub(super) judged: RefCell<Judgement>,
    pub(super) details: RefCell<Details<L>>,
    /// No create is begun before then: the last one found no room in the budget.
    pub(super) creates_from: Cell<Option<Full>>,
    /// Why the container's list cannot be had, if it cannot.
    pub(super) trouble: RefCell<Option<Trouble>>,
}

/// Inventories, by organization, and by container where the vendor lists so.
pub(super) type Stocks<L> = BTreeMap<(ObjectRef, String), Rc<Stock<L>>>;

/// What was judged of the latest list.
#[derive(Debug, Default)]
pub(super) struct Judgement {
    /// The list that was judged, and the confirmation that stood then.
    pub(super) list: Option<(Tick, Option<String>)>,
    /// Ids that were there, or are held, and whose absence was believed or confirmed.
    pub(super) believed: BTreeSet<String>,
    /// The ids of the last list that was believed.
    pub(super) accepted: BTreeSet<String>,
    pub(super) shrunk: Option<Shrunk>,
}

/// Why a list could not be had, where that is nobody else's trouble.
#[derive(Clone, Debug)]
pub(super) struct Trouble {
    pub(super) error: VendorError,
    pub(super) at: Tick,
}

impl Trouble {
    /// Why, if no list that was begun at `fresh` or later is known to end otherwise.
    pub(super) fn since(&self, fresh: Tick) -> Option<&VendorError> {
        (self.at >= fresh).then_some(&self.error)
    }
}
