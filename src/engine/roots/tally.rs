//! How much an organization has at the vendor, and how many calls it may make.

use super::Roots;
use crate::api::budget::LearnedLimit;
use crate::engine::count::Tallied;
use crate::engine::organization::Organization;
use crate::engine::seams::{ObjectRef, Tick};
use crate::engine::vendor::Vendor;
use std::rc::Rc;

impl<V: Vendor> Roots<V> {
    /// Counts what there is of each kind. Nothing here stands in the way of anybody: what fails is left for
    /// the next resync.
    pub(super) async fn tally(&self, organization: &Rc<Organization<V>>, fresh: Tick) {
        let controllers = V::COUNTED.iter().filter_map(|kind| self.organizations.controller(kind));
        let counting = controllers.map(|controller| async move {
            (controller.kind(), controller.tally(organization, fresh).await)
        });
        for (kind, tallied) in futures::future::join_all(counting).await {
            organization.counts.borrow_mut().insert(kind, tallied);
            let count = match tallied {
                Tallied::Counted(count) => Some(count),
                Tallied::Impossible => None,
                Tallied::Unknown => continue,
            };
            self.world.tally.vendor_objects(kind, &organization.root, count);
        }
    }

    /// Nothing is told any more of an organization that is gone.
    pub(super) fn forget_tally(&self, root: &ObjectRef) {
        for kind in V::COUNTED {
            self.world.tally.vendor_objects(kind, root, None);
        }
        for kind in self.organizations.controllers() {
            self.world.tally.unseen(kind.kind(), root, None);
        }
    }

    /// Writes into the object's status what was counted, and how many calls may be made.
    pub(super) fn note_tally(&self, root: &mut V::Root, organization: &Organization<V>) {
        self.vendor.note_counts(root, &organization.counts.borrow());
        let learned = self.world.budget.learned(&organization.scope);
        let learned = learned.into_iter().map(|(method, route, limit)| LearnedLimit {
            operation: format!("{method} {route}"),
            per_minute: i64::try_from(limit).unwrap_or(i64::MAX),
        });
        let ceiling = self.vendor.connection(root).requests_per_minute;
        self.vendor.note_budget(root, ceiling, learned.collect());
    }
}
