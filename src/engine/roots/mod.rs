//! The organizations: the roots that everything else hangs from.
//!
//! | module | holds |
//! |---|---|
//! | `create` | having an organization created, once |
//! | `keep` | opening the connection, proving it, reading inventories |
//! | `sweep` | the audit log, and details in turn |
//! | `tally` | how much there is at the vendor, and how many calls may be made |
//! | `token` | the token Secret: reading it, and keeping it while deletions need it |
//! | `guard` | what waits for a person is told, and let through when confirmed |
//! | `delete` | the end of an organization |

mod create;
mod delete;
mod guard;
mod keep;
mod sweep;
mod tally;
mod token;

use crate::api::managed::Managed;
use crate::api::status::CommonStatus;
use crate::engine::census::{self, OfKind};
use crate::engine::controller::{Dependent, Shrunk};
use crate::engine::objects::{Fed, Precondition, reference, status_of};
use crate::engine::organization::{Organization, Standing};
use crate::engine::organizations::Organizations;
use crate::engine::queue::{Priority, Ticket};
use crate::engine::report::{self, Findings};
use crate::engine::seams::{ClusterError, ObjectRef, Tick};
use crate::engine::vendor::Vendor;
use crate::engine::work::{self, Work};
use crate::engine::world::{Next, World};
use kube::Resource as _;
use serde_json::Value;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// A digest of what a session was opened with, and the session.
type Opened<V> = (String, Rc<Organization<V>>);

/// The organizations of a vendor.
pub struct Roots<V: Vendor> {
    world: Rc<World>,
    vendor: Rc<V>,
    organizations: Rc<Organizations<V>>,
    /// Each open session, and what it was opened with: a change opens another. One that fails is kept
    /// too, so that a failure that stays is no news each time.
    opened: RefCell<BTreeMap<ObjectRef, Opened<V>>>,
    /// Endpoint and name of what is to be created, while the intent is stored.
    intending: RefCell<BTreeSet<(String, String)>>,
    /// The held Secrets, by namespace and name, that a person deletes, and when that was seen first.
    going_secrets: RefCell<BTreeMap<(String, String), Tick>>,
}

impl<V: Vendor> Roots<V> {
    /// No organizations yet.
    pub fn new(world: Rc<World>, organizations: Rc<Organizations<V>>) -> Self {
        Self {
            world,
            vendor: Rc::clone(&organizations.vendor),
            organizations,
            opened: RefCell::default(),
            intending: RefCell::default(),
            going_secrets: RefCell::default(),
        }
    }

    /// Takes in what a watch tells.
    pub fn feed(&self, fed: Fed<V::Root>) {
        for (before, after) in self.organizations.objects.feed(fed) {
            let Some(any) = after.as_ref().or(before.as_ref()) else { continue };
            let key = reference(any.as_ref());
            if let Some(object) = &after {
                self.world.first_seen.look(object.as_ref(), before.is_some(), self.world.moment());
            }
            match &after {
                Some(object) if !work::concerns_us(before.as_deref(), object.as_ref()) => continue,
                Some(object) => {
                    self.world.declared(object.as_ref());
                    self.world.wake_root(&key, work::priority(object.as_ref()));
                }
                None => {
                    self.organizations.forget(&key);
                    self.world.first_seen.forget(any.as_ref());
                    self.world.convergence.borrow_mut().forget(&key);
                    self.opened.borrow_mut().remove(&key);
                    self.world.queue.borrow_mut().forget(&key);
                    self.forget_tally(&key);
                }
            }
            // Grants, suspension and Observe are read from the object itself.
            let same = |before: &V::Root, after: &V::Root| {
                before.meta().generation == after.meta().generation && before.meta().uid == after.meta().uid
            };
            if !matches!((&before, &after), (Some(before), Some(after)) if same(before, after)) {
                self.wake_below(&key, true);
            }
            self.wake_twins(any.as_ref());
        }
    }

    /// Works on one organization.
    pub async fn reconcile(&self, ticket: &Ticket) -> Next {
        match self.organizations.objects.get(&ticket.key) {
            None => Next::Gone,
            Some(object) if object.meta().deletion_timestamp.is_some() => self.end(object, ticket).await,
            Some(object) => self.keep(object, ticket).await,
        }
    }

    /// Wakes the organizations that read the Secret.
    pub fn wake_readers(&self, namespace: &str, secret: &str) {
        for object in self.organizations.objects.all() {
            let reads = object.secret_refs().iter().any(|wanted| wanted.name == secret);
            if reads && object.meta().namespace.as_deref() == Some(namespace) {
                self.world.wake_root(&reference(object.as_ref()), Priority::Change);
            }
        }
    }

    /// Wakes the organizations of the namespace.
    pub fn wake_namespace(&self, namespace: &str) {
        for object in self.organizations.objects.all() {
            if object.meta().namespace.as_deref() == Some(namespace) {
                self.world.wake_root(&reference(object.as_ref()), Priority::Change);
            }
        }
    }

    /// A count of the organizations, and each of them.
    pub fn census(&self) -> (OfKind, Vec<census::Root>) {
        let objects = self.organizations.objects.all();
        let root = |root: &Rc<V::Root>| {
            let connection = self.vendor.connection(root);
            let waiting = self.organizations.waiting(&reference(root.as_ref()));
            census::Root::of(root.as_ref(), connection, waiting)
        };
        (OfKind::of(&objects), objects.iter().map(root).collect())
    }

    fn wake_below(&self, root: &ObjectRef, all: bool) {
        for controller in self.organizations.controllers() {
            controller.wake_below(root, Priority::Change, all);
        }
    }

    /// Wakes the other objects that stand for the same organization: one may take over.
    fn wake_twins(&self, root: &V::Root) {
        for other in self.organizations.objects.all() {
            if self.twins(root, other.as_ref()) {
                self.world.wake_root(&reference(other.as_ref()), Priority::Change);
            }
        }
    }

    /// Another object that stands for the same organization and wins (rule 3).
    fn holder(&self, root: &V::Root) -> Option<ObjectRef> {
        let rank = |object: &V::Root| {
            let meta = object.meta();
            (
                object.common_status().id.is_none(),
                object.common_status().pending_create.is_none(),
                meta.creation_timestamp.as_ref().map(|time| time.0),
                meta.uid.clone(),
            )
        };
        let all = self.organizations.objects.all();
        let rival =
            all.iter().find(|other| self.twins(root, other.as_ref()) && rank(other.as_ref()) < rank(root));
        rival.map(|rival| reference(rival.as_ref()))
    }

    /// Whether two objects stand for the same organization, or one would create what the other has.
    fn twins(&self, one: &V::Root, other: &V::Root) -> bool {
        let (mine, theirs) = (self.vendor.connection(one), self.vendor.connection(other));
        one.meta().uid != other.meta().uid
            && mine.endpoint.trim_end_matches('/') == theirs.endpoint.trim_end_matches('/')
            && match (&mine.organization, &theirs.organization) {
                (Some(one), Some(other)) => one == other,
                _ => matches!((&mine.create, &theirs.create), (Some(one), Some(two)) if one.name == two.name),
            }
    }

    /// Wakes all below, as the organization stands otherwise than before: first those that have something
    /// to do. Nothing was asked of the others.
    fn wake_standing(&self, key: &ObjectRef) {
        self.wake_below(key, false);
        for controller in self.organizations.controllers() {
            controller.wake_below(key, Priority::Resync, true);
        }
    }

    /// What vanished from the organization beyond belief, if anything did.
    fn shrunk(&self, organization: &Organization<V>) -> Option<Shrunk> {
        self.organizations.controllers().iter().find_map(|kind| kind.shrunk(organization))
    }

    /// The objects below the organization, as far as they are known.
    fn dependents(&self, root: &ObjectRef) -> Vec<Dependent> {
        let controllers = self.organizations.controllers();
        controllers.iter().flat_map(|controller| controller.dependents(root)).collect()
    }

    /// Step six: writes what was found, once, and only if it differs.
    async fn report(&self, work: &mut Work<V::Root>, findings: &Findings, next: Next) -> Next {
        if findings.settles() {
            work.heard.only(&mut work.status.asked);
        }
        let generation = work.generation();
        report::write(&mut work.status, findings, generation, self.world.clock.wall());
        let before = work::stalled_reason(work.object.common_status());
        let stored = self.store(work, Precondition::Unchanged).await;
        self.world.told(work.object.as_ref(), stored, before, findings, next).await
    }

    /// Stores the draft status, with what the session found out.
    async fn store(&self, work: &mut Work<V::Root>, precondition: Precondition) -> Result<(), ClusterError> {
        let standing = self.organizations.standing(&reference(work.object.as_ref()));
        let mut noted = V::Root::clone(&work.object);
        if let Some(Standing::Ready(organization)) = standing {
            self.vendor.note(&mut noted, &organization.session);
            if let Some(sweep) = organization.sweep.get() {
                self.vendor.note_sweep(&mut noted, sweep);
            }
            self.note_tally(&mut noted, &organization);
        }
        // What the session found out stands beside what every kind has.
        let mut status = status_of(&noted);
        let common = serde_json::to_value(&work.status).unwrap_or_default();
        if let (Value::Object(status), Value::Object(common)) = (&mut status, common) {
            status.retain(|member, _| !CommonStatus::MEMBERS.contains(&member.as_str()));
            status.extend(common);
        }
        let cluster = self.world.cluster.as_ref();
        let objects = &self.organizations.objects;
        let written = objects.write_status(cluster, &work.object, &status, precondition).await?;
        self.world.tally.status(V::Root::KIND, written.changed);
        work.object = written.object;
        Ok(())
    }

    /// Sets our finalizer. Who only reads has nothing to do at the end.
    async fn hold(&self, work: &mut Work<V::Root>) -> Result<(), ClusterError> {
        if work::finalized(work.object.as_ref()) || self.world.fence.is_read_only() {
            return Ok(());
        }
        self.world.may_hold()?;
        let finalizer = crate::api::finalizer::OBJECT;
        let cluster = self.world.cluster.as_ref();
        let objects = &self.organizations.objects;
        let written = objects.write_finalizer(cluster, &work.object, finalizer, true).await?;
        work.object = written.object;
        Ok(())
    }
}
