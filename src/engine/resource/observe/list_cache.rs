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
pub struct ListCache<L> {
    /// The session that it was read with.
    pub session: u64,
    pub inventory: Inventory<L>,
    /// The list that is under way, where it comes in pages.
    pub pages: Pages<L>,
    pub judged: RefCell<Judgement>,
    pub details: RefCell<Details<L>>,
    /// No create is begun before then: the last one found no room in the budget.
    pub creates_from: Cell<Option<Full>>,
    /// Why the container's list cannot be had, if it cannot.
    pub trouble: RefCell<Option<Trouble>>,
}

/// Inventories, by organization, and by container where the vendor lists so.
pub type ListCaches<L> = BTreeMap<(ObjectRef, String), Rc<ListCache<L>>>;

/// What was judged of the latest list.
#[derive(Debug, Default)]
pub struct Judgement {
    /// The list that was judged, and the confirmation that stood then.
    pub list: Option<(Tick, Option<String>)>,
    /// Ids that were there, or are held, and whose absence was believed or confirmed.
    pub believed: BTreeSet<String>,
    /// The ids of the last list that was believed.
    pub accepted: BTreeSet<String>,
    pub shrunk: Option<Shrunk>,
}

/// Why a list could not be had, where that is nobody else's trouble.
#[derive(Clone, Debug)]
pub struct Trouble {
    pub error: VendorError,
    pub at: Tick,
}

impl Trouble {
    /// Why, if no list that was begun at `fresh` or later is known to end otherwise.
    pub fn since(&self, fresh: Tick) -> Option<&VendorError> {
        (self.at >= fresh).then_some(&self.error)
    }
}
