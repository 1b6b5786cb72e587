//! The vendor's lists that show the objects of a kind: one, or one for each container. What is wrong with the list
//! of one container is nobody else's trouble (rule 14).

use super::observe::FRESH;
use super::{Children, Stock};
use crate::api::managed::Managed;
use crate::engine::error::{Failure, VendorError};
use crate::engine::kind::Kind;
use crate::engine::organization::Organization;
use crate::engine::queue::{Priority, Ticket};
use crate::engine::seams::{ObjectRef, Tick};
use crate::engine::work::requested;
use crate::engine::world::Next;
use futures::StreamExt;
use std::collections::BTreeSet;
use std::rc::Rc;

/// How many containers' lists are read at once: one that hangs holds up few.
const AT_ONCE: usize = 8;

/// Why a container's list could not be had.
#[derive(Clone, Debug)]
pub(super) struct Trouble {
    error: VendorError,
    at: Tick,
}

/// Whether it is about the token or the connection, and so about everybody.
fn concerns_all(error: &VendorError) -> bool {
    matches!(
        error.failure,
        Failure::Unauthorized | Failure::WrongOrganization | Failure::Unsendable | Failure::Fenced
    )
}

/// Whether it passes by itself, so that it is worth another try soon.
fn passes(error: &VendorError) -> bool {
    matches!(
        error.failure,
        Failure::Deferred { .. } | Failure::Throttled { .. } | Failure::Unreachable | Failure::Unreadable
    )
}

impl<K: Kind> Children<K> {
    /// Which of the vendor's lists shows the object: that of its container, or the only one.
    pub(super) fn list_of(&self, object: &K::Resource) -> String {
        if K::PER_CONTAINER { self.container_id(object) } else { String::new() }
    }

    /// The lists that show the objects below the organization. For whom it does not admit none is read: whoever
    /// names accounts at random must cost nobody a call.
    pub(super) fn lists(&self, root: &ObjectRef) -> BTreeSet<String> {
        if !K::PER_CONTAINER {
            return BTreeSet::from([String::new()]);
        }
        let index = self.index.borrow();
        let mut below = index.below(root);
        below.retain(|object| {
            self.objects.get(object).is_some_and(|known| {
                !known.common_spec().suspend
                    && (!known.names_by_id() || Self::at_home(known.as_ref(), root))
                    && self.admitted(object, root)
            })
        });
        let containers = below.iter().filter_map(|object| index.claim(object)).map(|claim| &claim.within);
        containers.map(|within| within.id().to_owned()).filter(|id| !id.is_empty()).collect()
    }

    /// Reads them all anew, and forgets those of containers that nothing is in any more.
    pub(super) async fn read_all(
        &self,
        organization: &Rc<Organization<K::Vendor>>,
        fresh: Tick,
    ) -> Result<(), VendorError> {
        let lists = self.lists(&organization.root);
        self.stocks.borrow_mut().retain(|(root, list), _| *root != organization.root || lists.contains(list));
        let read = |list: String| async move { self.read(organization, &list, fresh).await.err() };
        let failed = futures::stream::iter(lists).map(read).buffer_unordered(AT_ONCE);
        let failed: Vec<VendorError> = failed.filter_map(std::future::ready).collect().await;
        let of_all = |error: &VendorError| !K::PER_CONTAINER || concerns_all(error);
        failed.into_iter().find(of_all).map_or(Ok(()), Err)
    }

    /// Takes in how a list ended. Of one of many, whoever is in that container is told, and the organization only
    /// of what is about the token.
    pub(super) fn note_list(
        &self,
        organization: &Rc<Organization<K::Vendor>>,
        list: &str,
        stock: &Stock<K::Live>,
        error: Option<&VendorError>,
    ) {
        if K::PER_CONTAINER && !error.is_some_and(concerns_all) {
            let trouble = error.map(|error| Trouble { error: error.clone(), at: self.world.now() });
            let before = stock.trouble.replace(trouble).map(|before| before.error.failure);
            if before.as_ref() != error.map(|error| &error.failure) {
                self.wake_list(&organization.root, list);
            }
        } else if organization.troubled(error) && self.organizations.uses(organization) {
            // Of a session that is being opened, who opens it tells by itself.
            self.world.wake_root(&organization.root, Priority::Drift);
            if error.is_none() {
                // Whoever had something to do and found the organization in trouble goes on.
                for kind in self.organizations.controllers() {
                    kind.wake_below(&organization.root, Priority::Change, false);
                }
            }
        }
    }

    fn wake_list(&self, root: &ObjectRef, list: &str) {
        let concerned: Vec<ObjectRef> = {
            let index = self.index.borrow();
            let below = index.below(root);
            let here =
                |object: &ObjectRef| index.claim(object).is_some_and(|claim| claim.within.id() == list);
            below.into_iter().filter(here).collect()
        };
        for object in concerned {
            self.wake(&object, Priority::Drift);
        }
    }

    /// Why the list of the object's container cannot be had, and when to look again, for as long as that is not
    /// worth another call for this object.
    pub(super) fn list_trouble(
        &self,
        organization: &Organization<K::Vendor>,
        object: &K::Resource,
        ticket: &Ticket,
    ) -> Option<(VendorError, Next)> {
        if !K::PER_CONTAINER {
            return None;
        }
        let Trouble { error, at } = self.inventory(organization, object).trouble.borrow().clone()?;
        let (now, again) = (self.world.now(), at + FRESH);
        let asked = requested(object).is_some() || ticket.priority == Priority::Change;
        if now >= again && (asked || passes(&error)) {
            return None;
        }
        // Of what does not pass by itself the next resync's list tells.
        let next = if passes(&error) { Next::Retry } else { Next::Rest };
        Some((error, next))
    }

    /// Whether two lists that are believed, the later begun long enough after the earlier, lack the id.
    pub(super) fn is_gone_for_sure(&self, organization: &Organization<K::Vendor>, id: &str) -> bool {
        let inventory = &self.stock(organization, "").inventory;
        let settle = self.world.settings.settle;
        let since = inventory.missing_since(id).zip(inventory.latest());
        since.is_some_and(|(since, latest)| latest.begun >= since + settle)
            && self.judge(organization).is_none()
    }

    /// Whether the object's container is gone from the vendor, and all that was in it.
    pub(super) fn went_with_container(
        &self,
        organization: &Organization<K::Vendor>,
        object: &K::Resource,
        error: &VendorError,
    ) -> bool {
        let container = K::CONTAINER.and_then(|kind| self.organizations.controller(kind));
        matches!(error.failure, Failure::NotFound | Failure::Refused)
            && container.is_some_and(|kind| kind.lacks(organization, &self.container_id(object)))
    }
}
