//! What was read of an organization's objects of one kind, and what is thought of it.

use crate::engine::base::error::VendorError;
use crate::engine::base::ports::{ObjectRef, Tick};
use crate::engine::decide::details::Details;
use crate::engine::external::budget::Full;
use crate::engine::external::inventory::Inventory;
use crate::engine::external::list::Pages;
use crate::engine::organization::resource_controller::Shrunk;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// One inventory of an organization, and what is judged by it.
pub(in crate::engine::resource) struct ListCache<L> {
    /// The session that it was read with.
    pub(in crate::engine::resource) session: u64,
    pub(in crate::engine::resource) inventory: Inventory<L>,
    /// The list that is under way, where it comes in pages.
    pub(in crate::engine::resource) pages: Pages<L>,
    pub(in crate::engine::resource) judged: RefCell<Judgement>,
    pub(in crate::engine::resource) details: RefCell<Details<L>>,
    /// No create is begun before then: the last one found no room in the budget.
    pub(in crate::engine::resource) creates_from: Cell<Option<Full>>,
    /// Why the container's list cannot be had, if it cannot.
    pub(in crate::engine::resource) trouble: RefCell<Option<Trouble>>,
}

/// Inventories, by organization, and by container where the vendor lists so.
pub(in crate::engine::resource) type ListCaches<L> = BTreeMap<(ObjectRef, String), Rc<ListCache<L>>>;

/// What was judged of the latest list.
#[derive(Debug, Default)]
pub(in crate::engine::resource) struct Judgement {
    /// The list that was judged, and the confirmation that stood then.
    pub(in crate::engine::resource) list: Option<(Tick, Option<String>)>,
    /// Ids that were there, or are held, and whose absence was believed or confirmed.
    pub(in crate::engine::resource) believed: BTreeSet<String>,
    /// The ids of the last list that was believed.
    pub(in crate::engine::resource) accepted: BTreeSet<String>,
    pub(in crate::engine::resource) shrunk: Option<Shrunk>,
}

/// Why a list could not be had, where that is nobody else's trouble.
#[derive(Clone, Debug)]
pub(in crate::engine::resource) struct Trouble {
    pub(in crate::engine::resource) error: VendorError,
    pub(in crate::engine::resource) at: Tick,
}

impl Trouble {
    /// Why, if no list that was begun at `fresh` or later is known to end otherwise.
    pub(in crate::engine::resource) fn since(&self, fresh: Tick) -> Option<&VendorError> {
        (self.at >= fresh).then_some(&self.error)
    }
}
