//! The objects of one kind below organizations, and what happens to one of them.
//!
//! `reconcile.rs` alone knows the order of the steps; each step is a folder.
//!
//! | folder | step |
//! |---|---|
//! | `resolve` | what it belongs to, what it refers to, what it claims |
//! | `observe` | which vendor object it is, and what is there |
//! | `apply` | what differs is planned, guarded and written; creation without duplicates |
//! | `token` | tokens that the vendor shows once, and another in place of one |
//! | `delete` | its end, and what holds that up |
//! | `report` | what is told, and stored |
//!
//! Beside them: `steps.rs` has what is done with an object that changed or is worked on, `controller.rs` answers what
//! organizations and other kinds ask, and `memory.rs` has what this process alone remembers of an object.

mod apply;
mod controller;
mod delete;
mod memory;
mod observe;
mod reconcile;
mod report;
mod resolve;
mod steps;
mod token;

use crate::api::grant::{Asker, Power};
use crate::api::managed::Managed;
use crate::api::policy::DeletionPolicy;
use crate::api::reference::{Container, OrganizationRef};
use crate::api::status::{CommonStatus, Origin};
use crate::engine::base::checks::{forbids, holds};
use crate::engine::base::health::Findings;
use crate::engine::base::ports::ObjectRef;
use crate::engine::base::sentences;
use crate::engine::external::inventory::Inventory;
use crate::engine::external::list::Pages;
use crate::engine::organization::managed::{Organization, Standing};
use crate::engine::organization::registry::Organizations;
use crate::engine::organization::resource_controller::ResourceController;
use crate::engine::provider::facts::Within;
use crate::engine::provider::kind::Kind;
use crate::engine::provider::registration::Registration;
use crate::engine::provider::vendor::Vendor;
use crate::engine::resource::resolve::claims::{Claim, Index};
use crate::engine::runtime::context::Context;
use crate::engine::runtime::create_lock::CreateLocks;
use crate::engine::runtime::memory::Memories;
use crate::engine::runtime::object::pointed;
use crate::engine::runtime::objects::Objects;
use crate::engine::runtime::queue::Priority;
use crate::engine::runtime::steps::Steps as _;
use crate::engine::runtime::unread::Unread;
use crate::engine::runtime::verdict::Verdict;
use kube::Resource as _;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;

use memory::Memory;
use observe::list_cache::{ListCache, ListCaches};

/// The objects of one kind.
pub struct ResourceReconciler<K: Kind> {
    context: Rc<Context>,
    organizations: Rc<Organizations<K::Vendor>>,
    kind: Registration<K>,
    objects: Objects<K::Resource>,
    index: RefCell<Index>,
    list_caches: RefCell<ListCaches<K::Observed>>,
    memories: Memories<Memory>,
    create_locks: CreateLocks<(ObjectRef, String)>,
}

impl<K: Kind> ResourceReconciler<K> {
    /// What the object claims as it is now; `None` for one that leads to no organization at all.
    fn claim_of(&self, resource: &K::Resource) -> Option<Claim> {
        let within = self.within(resource);
        let root = match (resource.organization_ref(), resource.container()) {
            (Some(to), _) => Self::root(resource.meta().namespace.as_deref().unwrap_or_default(), to),
            (None, Some(Container::Object(pointer))) => self.root_of(&pointed(resource, &pointer)),
            (None, Some(Container::Id(_)) | None) => return None,
        };
        Some(Claim::of::<K>(resource, root, within))
    }

    /// The same of an object that does not parse.
    fn claim_of_unread(&self, unread: &Unread) -> Option<Claim> {
        let within = match (&unread.container, &unread.container_id) {
            (Some(container), _) => self.within_object(container.clone()),
            (None, Some(id)) => Within::Container(id.clone()),
            (None, None) => Within::Organization,
        };
        let root = match (&unread.organization, &unread.container) {
            (Some(to), _) => Self::root(&unread.object.namespace, to),
            (None, Some(container)) => self.root_of(container),
            (None, None) => return None,
        };
        Some(Claim::of_unread(unread, root, within))
    }

    fn root(own: &str, to: &OrganizationRef) -> ObjectRef {
        let namespace = to.namespace.clone().unwrap_or_else(|| own.to_owned());
        ObjectRef { kind: <<K::Vendor as Vendor>::Root as Managed>::KIND, namespace, name: to.name.clone() }
    }

    /// The organization of the container; one without a name, which never is there, if the container is not.
    fn root_of(&self, container: &ObjectRef) -> ObjectRef {
        let found = self.organizations.controller(container.kind).and_then(|kind| kind.place(container));
        let nowhere = || ObjectRef {
            kind: <<K::Vendor as Vendor>::Root as Managed>::KIND,
            namespace: container.namespace.clone(),
            name: String::new(),
        };
        found.map_or_else(nowhere, |(root, _)| root)
    }

    /// The kind of what the objects are in, where that is not the organization itself.
    fn container_kind(&self) -> Option<Rc<dyn ResourceController<K::Vendor>>> {
        self.organizations.controller(K::FACTS.container?)
    }

    /// The organization of the object, where those below it work with its session.
    fn ready_of(&self, object: &K::Resource) -> Option<Rc<Organization<K::Vendor>>> {
        match self.organizations.standing(&self.claim_of(object)?.root)? {
            Standing::Ready(organization) => Some(organization),
            _ => None,
        }
    }

    /// What the object is in.
    fn within(&self, resource: &K::Resource) -> Within {
        match resource.container() {
            None => Within::Organization,
            Some(Container::Id(id)) => Within::Container(id.to_owned()),
            Some(Container::Object(pointer)) => self.within_object(pointed(resource, &pointer)),
        }
    }

    fn within_object(&self, container: ObjectRef) -> Within {
        let kind = self.organizations.controller(container.kind);
        match kind.and_then(|kind| kind.place(&container)) {
            Some((_, Some(id))) => Within::Container(id),
            _ => Within::Unmade(container),
        }
    }

    /// The object that leads to the organization, where none is named.
    fn container_object(resource: &K::Resource) -> Option<ObjectRef> {
        match resource.container()? {
            Container::Object(pointer) => Some(pointed(resource, &pointer)),
            Container::Id(_) => None,
        }
    }

    /// Wakes whoever refers to this object, of whatever kind.
    fn wake_pointing(&self, key: &ObjectRef) {
        for controller in self.organizations.controllers() {
            controller.wake_those_pointing_to(key);
        }
    }

    /// Wakes the objects whose relation to this one is decided by it: it has an id now.
    fn wake_decided(&self, key: &ObjectRef, object: Option<&K::Resource>) {
        let root = self.index.borrow().claim(key).map(|claim| claim.root.clone());
        let (Some(root), Some(object)) = (root, object) else { return };
        for controller in self.organizations.controllers() {
            if controller.relation() == Some(K::Resource::KIND) && object.decides(controller.kind()) {
                controller.wake_below(&root, Priority::Drift, true);
            }
        }
    }

    /// No objects yet.
    pub fn new(
        context: Rc<Context>,
        organizations: Rc<Organizations<K::Vendor>>,
        kind: Registration<K>,
    ) -> Self {
        Self {
            context,
            organizations,
            kind,
            objects: Objects::default(),
            index: RefCell::default(),
            list_caches: RefCell::default(),
            memories: Memories::default(),
            create_locks: CreateLocks::default(),
        }
    }

    /// What will happen at the vendor when the object is deleted.
    fn deletion(&self, object: &K::Resource, status: &CommonStatus) -> DeletionPolicy {
        if self.kind.stays().is_some() {
            return DeletionPolicy::Orphan;
        }
        object.common_spec().deletion_policy.unwrap_or(match status.origin {
            Some(Origin::Adopted) => DeletionPolicy::Orphan,
            Some(Origin::Created) | None => K::FACTS.deletion,
        })
    }

    /// What only a change resolves: it is looked at again all the same, now and then.
    fn slow(&self, findings: Findings) -> Verdict {
        Verdict::new(findings, self.context.slowly())
    }

    /// Brings the index up to date with what is known of an object now.
    fn reindex(&self, key: &ObjectRef) {
        let now = self.objects.get(key);
        let claim = match &now {
            Some(now) => self.claim_of(now.as_ref()),
            None => self.objects.unread(key).and_then(|unread| self.claim_of_unread(&unread)),
        };
        let held = |claim: Option<&Claim>| claim.and_then(|claim| Some((claim.held.clone()?, claim.gone)));
        let moved = held(self.index.borrow().claim(key)) != held(claim.as_ref());
        let taken = claim.as_ref().filter(|_| moved).and_then(|claim| {
            let index = self.index.borrow();
            claim.held.as_ref().map(|id| index.left_by(&claim.root, id))
        });
        let root = claim.as_ref().map(|claim| claim.root.clone());
        self.index.borrow_mut().replace(key, claim);
        if moved {
            if let Some(root) = root {
                // What waits for all of it to go says so.
                self.organizations.wake_if_ending(&root, &self.context);
            }
            self.wake_pointing(key);
            self.wake_decided(key, now.as_deref());
            // Whoever left it at the vendor asks about it no more.
            taken.into_iter().flatten().for_each(|object| self.wake(&object, Priority::Drift));
        }
    }

    /// The object's memory.
    fn memory<T>(&self, object: &K::Resource, use_it: impl FnOnce(&mut Memory) -> T) -> T {
        self.memories.of(object, use_it)
    }

    /// The inventory that is listed by this name: a container's id, or nothing.
    fn cache(&self, organization: &Organization<K::Vendor>, list: &str) -> Rc<ListCache<K::Observed>> {
        let deletions = self.organizations.states.deletions(&organization.key, K::Resource::KIND);
        let mut list_caches = self.list_caches.borrow_mut();
        let fresh = || {
            Rc::new(ListCache {
                session: organization.number,
                inventory: Inventory::without(Rc::clone(&deletions)),
                pages: Pages::default(),
                judged: RefCell::default(),
                details: RefCell::default(),
                creates_from: Cell::default(),
                trouble: RefCell::default(),
            })
        };
        let cache = list_caches.entry((organization.root.clone(), list.to_owned())).or_insert_with(fresh);
        if cache.session != organization.number {
            // What another token showed proves nothing.
            *cache = fresh();
        }
        Rc::clone(cache)
    }

    /// Whether the organization admits the object, as far as is known, and what it is in does.
    fn admitted(&self, object: &ObjectRef, root: &ObjectRef) -> bool {
        let resource = self.objects.get(object);
        let container = match resource {
            Some(resource) => Self::container_object(resource.as_ref()),
            None => self.objects.unread(object).and_then(|unread| unread.container.clone()),
        };
        self.admitted_by_root(object, root)
            && container.is_none_or(|container| self.is_admitted_by(&container, object))
    }

    /// Whether another object admits this one, whatever it asks for.
    fn is_admitted_by(&self, other: &ObjectRef, object: &ObjectRef) -> bool {
        let labels = self.context.namespace(&object.namespace).labels;
        let kind = K::Resource::KIND;
        let asker = Asker { kind, namespace: &object.namespace, labels: &labels, power: Power::None };
        let controller = self.organizations.controller(other.kind);
        controller.is_some_and(|controller| controller.admits(other, &asker))
    }

    /// Whether the organization admits the object, as far as is known.
    fn admitted_by_root(&self, object: &ObjectRef, root: &ObjectRef) -> bool {
        self.most_of_root(object, root).is_some_and(|(most, asked)| asked <= most)
    }

    /// The most power with which the organization admits the object, if it does at all, and what the object asks for.
    fn most_of_root(&self, object: &ObjectRef, root: &ObjectRef) -> Option<(Power, Power)> {
        let labels = self.context.namespace(&object.namespace).labels;
        let power = self.objects.get(object).map_or(Power::None, |object| object.power());
        let asker = Asker { kind: K::Resource::KIND, namespace: &object.namespace, labels: &labels, power };
        let organization = self.organizations.objects.get(root)?;
        organization.most(&asker).map(|most| (most, power))
    }

    /// What another object below `root` is called to this one: by its name where that one admits anything of this one's
    /// namespace, and where the organization stands, whose messages name all below it.
    fn called(&self, me: &ObjectRef, other: &ObjectRef, root: &ObjectRef) -> String {
        let namespace = &me.namespace;
        let admits = |asker: &Asker<'_>| {
            self.organizations.controller(other.kind).is_some_and(|kind| kind.admits(other, asker))
        };
        let told = [&other.namespace, &root.namespace].contains(&namespace)
            || self.organizations.is_known_in(namespace, &self.context, admits);
        if told { other.to_string() } else { sentences::ELSEWHERE.to_owned() }
    }

    /// Whether the object's claims count: it is admitted, or nobody can say yet.
    fn counts(&self, object: &ObjectRef, root: &ObjectRef) -> bool {
        !self.context.knows_namespace(&object.namespace)
            || holds!(AdmittedClaims, self.admitted(object, root))
    }

    /// Who holds what the object claims, if another does.
    fn holder(&self, object: &K::Resource) -> Option<ObjectRef> {
        let index = self.index.borrow();
        let claim = self.claim_of(object)?;
        let holder = index.holder(&claim, |other| self.counts(other, &claim.root));
        holder.filter(|_| forbids!(OneHolder)).map(|holder| holder.object.clone())
    }

    /// Whoever lost to the former claim, or loses to the new one, has to look again.
    fn wake_rivals(&self, former: Option<&Claim>, current: Option<&Claim>) {
        let rivals: BTreeSet<ObjectRef> = {
            let index = self.index.borrow();
            let claims = former.into_iter().chain(current);
            claims.flat_map(|claim| index.rivals(claim)).map(|rival| rival.object.clone()).collect()
        };
        for rival in rivals {
            self.wake(&rival, Priority::Change);
        }
    }

    /// Wakes whom the move of these vendor objects concerns.
    fn wake_moved(&self, root: &ObjectRef, moved: &BTreeSet<String>, cache: &ListCache<K::Observed>) {
        let latest = cache.inventory.latest();
        let before = cache.inventory.before();
        let index = self.index.borrow();
        let mut concerned = BTreeSet::new();
        for id in moved {
            concerned.extend(index.with_id(root, id));
            concerned.extend(index.left_by(root, id));
            for list in [&latest, &before].into_iter().flatten() {
                if let Some(live) = list.items.get(id) {
                    let by_key = index.with_key(root, K::identify(live).key);
                    // Who holds another id has nothing to do with this one.
                    concerned.extend(
                        by_key
                            .into_iter()
                            .filter(|object| index.claim(object).is_some_and(|claim| claim.held.is_none())),
                    );
                }
            }
        }
        // Nothing moved where no list ever showed what we wrote, and yet it may be gone, or be again what it
        // was before.
        if let (Some(latest), Some(before)) = (&latest, &before) {
            let between = before.begun..latest.begun;
            let touched = |object: &ObjectRef| self.memories.known(object, |memory| memory.writes.touched);
            let held = index.held(root).into_values();
            let written = held.filter(|object| touched(object).is_some_and(|at| between.contains(&at)));
            concerned.extend(written);
        }
        drop(index);
        for object in concerned {
            self.wake(&object, Priority::Drift);
        }
    }
}
