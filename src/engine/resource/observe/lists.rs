//! The vendor's lists that show the objects of a kind: one, or one for each container. What is wrong with the list
//! of one container is nobody else's trouble, nor is a list of a kind that the token may not read (rule 14).

use crate::api::managed::Managed;
use crate::engine::base::error::{Failure, VendorError};
use crate::engine::base::limit::Limit;
use crate::engine::base::ports::{ObjectRef, Tick};
use crate::engine::organization::managed::Organization;
use crate::engine::provider::kind::Kind;
use crate::engine::provider::vendor::Vendor;
use crate::engine::resource::ResourceReconciler;
use crate::engine::resource::observe::list_cache::{ListCache, Trouble};
use crate::engine::resource::resolve::organization::is_new;
use crate::engine::runtime::context::Next;
use crate::engine::runtime::objects::reference;
use crate::engine::runtime::queue::{Priority, Ticket};
use crate::engine::runtime::work::{at_rest, requested};
use futures::StreamExt;
use std::collections::BTreeSet;
use std::rc::Rc;

/// How many containers' lists are read at once: one that hangs holds up few.
const AT_ONCE: usize = 8;

/// Whether it passes by itself, so that it is worth another try soon.
fn passes(error: &VendorError) -> bool {
    matches!(
        error.failure,
        Failure::Deferred { .. } | Failure::Throttled { .. } | Failure::Unreachable | Failure::Unreadable
    )
}

/// Until when the vendor, or the budget, wants no call.
fn pause(failure: &Failure) -> Option<Tick> {
    failure.pause().map(|(until, _)| until)
}

/// Whether nothing is news in the other.
fn same(one: Option<&VendorError>, other: Option<&VendorError>) -> bool {
    let kind = |error: Option<&VendorError>| error.map(|error| std::mem::discriminant(&error.failure));
    kind(one) == kind(other)
}

impl<K: Kind> ResourceReconciler<K> {
    /// Which of the vendor's lists shows the object: that of its container, or the only one.
    pub(in crate::engine::resource) fn list_of(&self, object: &K::Resource) -> String {
        if K::PER_CONTAINER { self.container_id(object) } else { String::new() }
    }

    /// The lists that show the objects below the organization. For whom it does not admit none is read, nor of
    /// containers that are not known to be its own: whoever names accounts at random must cost nobody a call.
    pub(in crate::engine::resource) fn lists(
        &self,
        organization: &Organization<K::Vendor>,
    ) -> BTreeSet<String> {
        if !K::PER_CONTAINER {
            return BTreeSet::from([String::new()]);
        }
        let root = &organization.root;
        let index = self.index.borrow();
        let mut below = index.below(root);
        below.retain(|object| {
            self.objects.get(object).is_some_and(|known| {
                !known.common_spec().suspend
                    && (!known.names_by_id() || Self::at_home(known.as_ref(), root))
                    && self.admitted(object, root)
                    && (!is_new(known.common_status())
                        || self.container_is_shown(known.as_ref(), organization))
            })
        });
        let containers = below.iter().filter_map(|object| index.claim(object)).map(|claim| &claim.within);
        containers.map(|within| within.id().to_owned()).filter(|id| !id.is_empty()).collect()
    }

    /// Reads them all anew, and forgets those of containers that nothing is in any more.
    pub(in crate::engine::resource) async fn read_all(
        &self,
        organization: &Rc<Organization<K::Vendor>>,
        fresh: Tick,
    ) -> Result<(), VendorError> {
        let lists = self.lists(organization);
        self.stocks.borrow_mut().retain(|(root, list), _| *root != organization.root || lists.contains(list));
        let read = |list: String| async move { self.read(organization, &list, fresh).await.err() };
        // Who had none for longest comes first: what a limit leaves unread is read the next time.
        let mut lists: Vec<String> = lists.into_iter().collect();
        let begun = |list: &String| self.stock(organization, list).inventory.latest().map(|list| list.begun);
        lists.sort_by_cached_key(|list| (begun(list), list.clone()));
        let failed = futures::stream::iter(lists).map(read).buffer_unordered(AT_ONCE);
        let failed: Vec<VendorError> = failed.filter_map(std::future::ready).collect().await;
        failed.into_iter().find(Self::concerns_all).map_or(Ok(()), Err)
    }

    /// Wakes what is in order as far as its status says, and holds an id that no list shows: somebody may have put that
    /// there, and then nothing ever moves.
    pub(in crate::engine::resource) fn wake_lacking(&self, organization: &Organization<K::Vendor>) {
        let held = self.index.borrow().held(&organization.root).into_values();
        for object in held.filter_map(|object| self.objects.get(&object)) {
            if at_rest(object.as_ref()) && self.unlisted(organization, object.as_ref()) {
                self.wake(&reference(object.as_ref()), Priority::Drift);
            }
        }
    }

    /// Whether a list that failed so concerns everybody, and not only those that it would show.
    fn concerns_all(error: &VendorError) -> bool {
        match error.failure {
            // The token, or the connection; or few calls are left of what a person allows for all of it, and whoever
            // reads all lists goes on later.
            Failure::Unauthorized
            | Failure::WrongOrganization
            | Failure::Unsendable
            | Failure::Fenced
            | Failure::Deferred { limit: Limit::Ceiling | Limit::Strangers, .. } => true,
            // No answer: others get none either, unless it is about one container.
            Failure::Deferred { .. } | Failure::Throttled { .. } | Failure::Unreachable => !K::PER_CONTAINER,
            // The vendor's word on this one. Without the list that proves where the token belongs, nothing can be
            // believed.
            Failure::Forbidden
            | Failure::NotFound
            | Failure::Refused
            | Failure::NotSupported
            | Failure::Unreadable => Self::proves(),
        }
    }

    /// Whether the kind's list proves where the token belongs.
    fn proves() -> bool {
        let witness = <K::Vendor as Vendor>::WITNESS;
        K::Resource::KIND == witness || K::SHARES_LIST && K::CONTAINER == Some(witness)
    }

    /// Takes in how a list ended. The organization is told of what concerns everybody; of the rest, whoever the
    /// list would show. Of a pause nobody is: whoever meets it comes back when it ends, and those that need nothing
    /// need not know.
    pub(in crate::engine::resource) fn note_list(
        &self,
        organization: &Rc<Organization<K::Vendor>>,
        list: &str,
        stock: &ListCache<K::Observed>,
        error: Option<&VendorError>,
    ) {
        let pauses = |error: &VendorError| pause(&error.failure).is_some();
        let all = error.map_or(!K::PER_CONTAINER, |error| !pauses(error) && Self::concerns_all(error));
        let own = error.filter(|_| !all);
        if own.is_some() || error.is_none() {
            let trouble = own.map(|error| Trouble { error: error.clone(), at: self.context.now() });
            let before = stock.trouble.replace(trouble).map(|before| before.error);
            let told = |error: &&VendorError| !pauses(error);
            if !same(before.as_ref().filter(told), own.filter(told)) {
                self.wake_list(&organization.root, list);
            }
            if matches!(own, Some(VendorError { failure: Failure::Throttled { .. }, .. })) {
                // It shows that the vendor pauses.
                self.context.wake_root(&organization.root, Priority::Drift);
            }
        }
        if all && organization.troubled(error) && self.organizations.uses(organization) {
            // Of a session that is being opened, who opens it tells by itself.
            self.context.wake_root(&organization.root, Priority::Drift);
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

    /// Why the list that shows the object cannot be had, where that is nobody else's trouble, and when to look again,
    /// for as long as that is not worth another call for this object.
    pub(in crate::engine::resource) fn list_trouble(
        &self,
        organization: &Organization<K::Vendor>,
        object: &K::Resource,
        ticket: &Ticket,
    ) -> Option<(VendorError, Next)> {
        let Trouble { error, at } = self.inventory(organization, object).trouble.borrow().clone()?;
        let again = pause(&error.failure).unwrap_or(at + organization.fresh);
        let asked = requested(object).is_some() || ticket.priority == Priority::Change;
        if self.context.now() >= again && (asked || passes(&error)) {
            return None;
        }
        let next = match pause(&error.failure) {
            // What has nothing to do need not come back for that.
            Some(_) if at_rest(object) => self.context.slowly(),
            Some(until) => Next::PutOff(until),
            None if passes(&error) => Next::Retry,
            // The next resync's list tells, if it is the same stock's.
            None => self.context.slowly(),
        };
        Some((error, next))
    }

    /// Whether two lists that are believed, the later begun long enough after the earlier, lack the id.
    pub(in crate::engine::resource) fn is_gone_for_sure(
        &self,
        organization: &Organization<K::Vendor>,
        id: &str,
    ) -> bool {
        let inventory = &self.stock(organization, "").inventory;
        let settle = self.context.settings.settle;
        let since = inventory.missing_since(id).zip(inventory.latest());
        since.is_some_and(|(since, latest)| latest.begun >= since + settle)
            && self.judge(organization).is_none()
    }

    /// Whether the object's container is gone from the vendor, and all that was in it.
    pub(in crate::engine::resource) fn went_with_container(
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
