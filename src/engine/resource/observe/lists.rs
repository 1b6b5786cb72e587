//! The vendor's lists that show the objects of a kind: one, or one for each container. What is wrong with the list
//! of one container is nobody else's trouble, nor is a list of a kind that the token may not read (rule 14).

use crate::api::managed::Managed;
use crate::engine::base::error::{Failure, VendorError};
use crate::engine::base::limit::Limit;
use crate::engine::base::ports::{ObjectRef, Tick};

use crate::engine::external::inventory::Snapshot;
use crate::engine::organization::managed::Organization;
use crate::engine::provider::facts::Listing;
use crate::engine::provider::kind::Kind;
use crate::engine::provider::vendor::Vendor;
use crate::engine::resource::ResourceReconciler;
use crate::engine::resource::observe::list_cache::{ListCache, Trouble};
use crate::engine::resource::resolve::organization::Resolution;
use crate::engine::resource::resolve::parent::{Parents, is_new};
use crate::engine::runtime::context::Next;
use crate::engine::runtime::object::{is_idle, requested};
use crate::engine::runtime::queue::{Priority, Ticket};
use crate::engine::runtime::steps::Steps as _;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

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

/// Knows the vendor's lists of the kind, and what is wrong with each.
pub struct Lists<'a, K: Kind>(pub &'a ResourceReconciler<K>);

impl<K: Kind> Lists<'_, K> {
    /// What lists show of the object's kind where it is.
    pub fn cache(
        &self,
        organization: &Organization<K::Vendor>,
        object: &K::Resource,
    ) -> Rc<ListCache<K::Observed>> {
        self.0.cache(organization, &self.list_of(object))
    }

    /// Which of the vendor's lists shows the object: that of its container, or the only one. Without any, what it stands
    /// for is read by its id, or what it names by one.
    pub fn list_of(&self, object: &K::Resource) -> String {
        match K::FACTS.listing {
            Listing::Own | Listing::Shared => String::new(),
            Listing::PerContainer => Parents(self.0).container_id(object),
            Listing::Nothing => {
                let held = object.common_status().id.clone();
                held.or_else(|| object.adopts().1).unwrap_or_default()
            }
        }
    }

    /// Which of them shows what has the id, which the object had, or made, or leads to.
    pub fn list_with(&self, object: &K::Resource, id: &str) -> String {
        if K::FACTS.by_id() { id.to_owned() } else { self.list_of(object) }
    }

    /// What lists show, or reads of each id, and which of these they are.
    pub fn shown(
        &self,
        organization: &Organization<K::Vendor>,
        list: &str,
    ) -> Option<Rc<Snapshot<K::Observed>>> {
        if !K::FACTS.by_id() {
            return self.0.cache(organization, list).inventory.latest();
        }
        let (mut begun, mut items) = (Tick::default(), BTreeMap::new());
        for read in self.reads(organization).into_values() {
            begun = begun.max(read.begun);
            items.extend(read.items.iter().map(|(id, live)| (id.clone(), live.clone())));
        }
        Some(Rc::new(Snapshot { begun, items }))
    }

    /// The latest read of each id.
    pub fn reads(
        &self,
        organization: &Organization<K::Vendor>,
    ) -> BTreeMap<String, Rc<Snapshot<K::Observed>>> {
        let list_caches = self.0.list_caches.borrow();
        let of_it = list_caches.iter().filter(|((root, id), cache)| {
            *root == organization.root && cache.session == organization.number && !id.is_empty()
        });
        of_it.filter_map(|((_, id), cache)| Some((id.clone(), cache.inventory.latest()?))).collect()
    }

    /// The lists that show the objects below the organization. For whom it does not admit none is read, nor of
    /// containers that are not known to be its own: whoever names accounts at random must cost nobody a call.
    pub fn lists(&self, organization: &Organization<K::Vendor>) -> BTreeSet<String> {
        if !K::FACTS.lists_apart() {
            return BTreeSet::from([String::new()]);
        }
        let root = &organization.root;
        let index = self.0.index.borrow();
        let mut below = index.below(root);
        below.retain(|object| {
            self.0.objects.get(object).is_some_and(|known| {
                !known.common_spec().suspend
                    && (!known.names_by_id() || Resolution::<K>::at_home(known.as_ref(), root))
                    && self.0.admitted(object, root)
                    && (!is_new(known.common_status())
                        || Parents(self.0).container_is_shown(known.as_ref(), organization))
            })
        });
        let claims = below.iter().filter_map(|object| index.claim(object));
        let named = claims.flat_map(|claim| {
            let ids = claim.ids().filter(|_| K::FACTS.by_id());
            let container = (!K::FACTS.by_id()).then(|| claim.within.id());
            ids.map(String::as_str).chain(container)
        });
        named.filter(|id| !id.is_empty()).map(str::to_owned).collect()
    }

    /// Whether a list that failed so concerns everybody, and not only those that it would show.
    pub fn concerns_all(error: &VendorError) -> bool {
        match error.failure {
            // The token, or the connection; or few calls are left of what a person allows for all of it, and whoever
            // reads all lists goes on later.
            Failure::Unauthorized
            | Failure::WrongOrganization
            | Failure::Unsendable
            | Failure::Fenced
            | Failure::Deferred { limit: Limit::Ceiling | Limit::Strangers, .. } => true,
            // No answer: others get none either, unless it is about one container.
            Failure::Deferred { .. } | Failure::Throttled { .. } | Failure::Unreachable => {
                !K::FACTS.lists_apart()
            }
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
        witness.is_some_and(|witness| {
            K::Resource::KIND == witness || K::FACTS.shares_list() && K::FACTS.container == Some(witness)
        })
    }

    /// Takes in how a list ended. The organization is told of what concerns everybody; of the rest, whoever the
    /// list would show. Of a pause nobody is: whoever meets it comes back when it ends, and those that need nothing
    /// need not know.
    pub fn note_list(
        &self,
        organization: &Rc<Organization<K::Vendor>>,
        list: &str,
        cache: &ListCache<K::Observed>,
        error: Option<&VendorError>,
    ) {
        let pauses = |error: &VendorError| pause(&error.failure).is_some();
        let all = error.map_or(!K::FACTS.lists_apart(), |error| !pauses(error) && Self::concerns_all(error));
        let own = error.filter(|_| !all);
        if own.is_some() || error.is_none() {
            let trouble = own.map(|error| Trouble { error: error.clone(), at: self.0.context.now() });
            let before = cache.trouble.replace(trouble).map(|before| before.error);
            let told = |error: &&VendorError| !pauses(error);
            if !same(before.as_ref().filter(told), own.filter(told)) {
                self.wake_list(&organization.root, list);
            }
            if matches!(own, Some(VendorError { failure: Failure::Throttled { .. }, .. })) {
                // It shows that the vendor pauses.
                self.0.context.wake_root(&organization.root, Priority::Drift);
            }
        }
        if all && organization.troubled(error) && self.0.organizations.uses(organization) {
            // Of a session that is being opened, who opens it tells by itself.
            self.0.context.wake_root(&organization.root, Priority::Drift);
            if error.is_none() {
                // Whoever had something to do and found the organization in trouble goes on.
                for kind in self.0.organizations.controllers() {
                    kind.wake_below(&organization.root, Priority::Change, false);
                }
            }
        }
    }

    fn wake_list(&self, root: &ObjectRef, list: &str) {
        let concerned: Vec<ObjectRef> = {
            let index = self.0.index.borrow();
            let below = index.below(root);
            // What is in a container may be in a list of all containers'.
            let here = |object: &ObjectRef| {
                !K::FACTS.lists_apart()
                    || index.claim(object).is_some_and(|claim| {
                        if K::FACTS.by_id() { claim.claims(list) } else { claim.within.id() == list }
                    })
            };
            below.into_iter().filter(here).collect()
        };
        for object in concerned {
            self.0.wake(&object, Priority::Drift);
        }
    }

    /// Why the list that shows the object cannot be had, where that is nobody else's trouble, and when to look again,
    /// for as long as that is not worth another call for this object.
    pub fn list_trouble(
        &self,
        organization: &Organization<K::Vendor>,
        object: &K::Resource,
        ticket: &Ticket,
    ) -> Option<(VendorError, Next)> {
        let Trouble { error, at } = self.cache(organization, object).trouble.borrow().clone()?;
        let again = pause(&error.failure).unwrap_or(at + organization.fresh);
        let asked = requested(object).is_some() || ticket.priority == Priority::Change;
        if self.0.context.now() >= again && (asked || passes(&error)) {
            return None;
        }
        let next = match pause(&error.failure) {
            // What has nothing to do need not come back for that.
            Some(_) if is_idle(object) => self.0.context.slowly(),
            Some(until) => Next::PutOff(until),
            None if passes(&error) => Next::Retry,
            // The next resync's list tells, if it is the same cache's.
            None => self.0.context.slowly(),
        };
        Some((error, next))
    }
}
