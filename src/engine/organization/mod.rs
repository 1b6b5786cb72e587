//! The reconciler of organizations, which hold the connection, and what is known of each.
//!
//! | module | holds |
//! |---|---|
//! | `registry` | all organizations of a vendor, and the kinds below them |
//! | `contest` | which object stands for which organization |
//! | `state` | what is kept of an organization, whichever object stands for it |
//! | `managed` | what is known of it while it is managed |
//! | `controller` | what is asked of a kind of resources, whatever its types |
//! | `reconcile` | an organization that is to be kept |
//! | `create` | having an organization created, once |
//! | `session` | opening the connection, and proving whose token it is |
//! | `sweep` | the audit log, details in turn, and how much there is at the vendor |
//! | `token` | the token Secret: reading it, and keeping it while deletions need it |
//! | `blast_radius` | how much may be taken away within an hour |
//! | `guard` | what waits for a person is told, and let through when confirmed |
//! | `finalize` | the end of an organization |

pub mod blast_radius;
pub mod contest;
pub mod controller;
mod create;
mod finalize;
mod guard;
pub mod managed;
mod reconcile;
pub mod registry;
mod session;
pub mod state;
mod sweep;
mod token;

use crate::api::managed::Managed;
use crate::api::status::CommonStatus;
use crate::engine::base::checks::forbids;
use crate::engine::base::health::Findings;
use crate::engine::base::organization_key::Endpoint;
use crate::engine::base::ports::{ClusterError, ObjectRef, Tick};
use crate::engine::base::reason::Reason;
use crate::engine::decide::unwritten::unwritten;
use crate::engine::organization::controller::{Dependent, Shrunk};
use crate::engine::organization::managed::{Organization, Standing};
use crate::engine::organization::registry::Organizations;
use crate::engine::provider::vendor::Vendor;
use crate::engine::runtime::census::{self, OfKind};
use crate::engine::runtime::commit::Committer;
use crate::engine::runtime::context::{Context, Next};
use crate::engine::runtime::objects::{Fed, Move, Precondition, reference, status_of};
use crate::engine::runtime::queue::{Priority, Ticket};
use crate::engine::runtime::work::{self, Work};
use kube::Resource as _;
use serde_json::Value;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// A digest of what a session was opened with, and the session.
type Opened<V> = (String, Rc<Organization<V>>);

/// The organizations of a vendor.
pub struct OrganizationReconciler<V: Vendor> {
    context: Rc<Context>,
    vendor: Rc<V>,
    organizations: Rc<Organizations<V>>,
    /// Each open session, and what it was opened with: a change opens another. One that fails is kept
    /// too, so that a failure that stays is no news each time.
    opened: RefCell<BTreeMap<ObjectRef, Opened<V>>>,
    /// The fingerprint of the token that was refused last, by the object that it was of.
    refused: RefCell<BTreeMap<ObjectRef, Option<String>>>,
    /// Endpoint and name of what is to be created, while the intent is stored.
    intending: RefCell<BTreeSet<(Endpoint, String)>>,
    /// The held Secrets, by namespace and name, that a person deletes, and when that was seen first.
    going_secrets: RefCell<BTreeMap<(String, String), Tick>>,
}

impl<V: Vendor> OrganizationReconciler<V> {
    /// No organizations yet.
    pub fn new(context: Rc<Context>, organizations: Rc<Organizations<V>>) -> Self {
        Self {
            context,
            vendor: Rc::clone(&organizations.vendor),
            organizations,
            opened: RefCell::default(),
            refused: RefCell::default(),
            intending: RefCell::default(),
            going_secrets: RefCell::default(),
        }
    }

    /// Takes in what a watch tells.
    pub fn feed(&self, fed: Fed<V::Root>) {
        for Move { key, before, after, turned, overwritten } in
            self.organizations.objects.feed(fed, self.context.reign())
        {
            let Some(any) = after.as_ref().or(before.as_ref()) else {
                // It could never be read, which is to be said.
                self.context.wake_root(&key, Priority::Resync);
                continue;
            };
            if let Some(object) = &after {
                self.context.first_seen.look(object.as_ref(), before.is_some(), self.context.moment());
            }
            if let Some(before) = &before
                && after.as_ref().is_none_or(|after| after.meta().uid != before.meta().uid)
            {
                self.organizations.forget(before, &self.context);
                self.context.first_seen.forget(before.as_ref());
                self.opened.borrow_mut().remove(&key);
                self.refused.borrow_mut().remove(&key);
            }
            match &after {
                Some(object) if !turned && !work::concerns_us(before.as_deref(), object.as_ref()) => {
                    if overwritten && self.context.minds_status(object.as_ref()) {
                        // Whatever it says, is looked at like an edit of the manifest.
                        self.context.wake_root(&key, Priority::Change);
                    }
                    continue;
                }
                Some(object) => {
                    self.context.declared(object.as_ref());
                    // The same beside what else is new.
                    let minds = overwritten && self.context.minds_status(object.as_ref());
                    let priority = if minds { Priority::Change } else { work::priority(object.as_ref()) };
                    self.context.wake_root(&key, priority);
                }
                None => {
                    self.context.first_seen.forget(any.as_ref());
                    self.forget(&key);
                    if self.commit().owes(any.as_ref()) {
                        // It is still to be told what of it is not stored.
                        self.context.wake_root(&key, Priority::Delete);
                    }
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

    /// Forgets what is remembered of an organization's object that is not there.
    pub fn forget(&self, key: &ObjectRef) {
        self.organizations.unstand(key);
        self.context.convergence.borrow_mut().forget(key);
        self.opened.borrow_mut().remove(key);
        self.context.queue.borrow_mut().forget(key);
        self.forget_tally(key);
    }

    /// Works on one organization.
    pub async fn reconcile(&self, ticket: &Ticket) -> Next {
        let committer = self.commit();
        let object = match committer.take_up(ticket).await {
            Ok(object) => object,
            Err(next) => return next,
        };
        let next = match object {
            _ if forbids!(UnreadRootHolds, self.organizations.objects.unread(&ticket.key).is_some()) => {
                self.cannot_be_read(&ticket.key);
                committer.unread(&ticket.key).await
            }
            object if object.meta().deletion_timestamp.is_some() => self.finalize(object, ticket).await,
            object => self.keep(object, ticket).await,
        };
        committer.sooner(&ticket.key, next)
    }

    /// Tries to store what is owed of an organization that nobody works on.
    pub async fn settle(&self, key: &ObjectRef) {
        if let Some(object) = self.organizations.objects.get(key) {
            self.commit().settle(&object).await;
        }
    }

    /// Nobody knows how the organization is to be kept: those below that have nothing to do stay as they are, and the
    /// others wait.
    fn cannot_be_read(&self, key: &ObjectRef) {
        let text = "Its manifest does not parse. See the operator's log, which says why, and apply definitions that this operator knows.".to_owned();
        if self.organizations.stand(key, Standing::Unreached(Reason::InternalError, text)) {
            self.wake_standing(key);
        }
    }

    /// Says in the log what is not stored as the process ends.
    pub fn last_words(&self) {
        self.commit().last_words();
    }

    /// Who writes the objects.
    fn commit(&self) -> Committer<'_, V::Root> {
        Committer::new(&self.context, &self.organizations.objects)
    }

    /// Wakes the organizations that read the Secret.
    pub fn wake_readers(&self, namespace: &str, secret: &str) {
        for object in self.organizations.objects.all() {
            let reads = object.secret_refs().iter().any(|wanted| wanted.name == secret);
            if reads && object.meta().namespace.as_deref() == Some(namespace) {
                self.context.wake_root(&reference(object.as_ref()), Priority::Change);
            }
        }
    }

    /// Wakes the organizations of the namespace.
    pub fn wake_namespace(&self, namespace: &str) {
        for object in self.organizations.objects.all() {
            if object.meta().namespace.as_deref() == Some(namespace) {
                self.context.wake_root(&reference(object.as_ref()), Priority::Change);
            }
        }
    }

    /// A count of the organizations, and each of them.
    pub fn census(&self) -> (OfKind, Vec<census::Root>) {
        let objects = self.organizations.objects.readable();
        let root = |root: &Rc<V::Root>| {
            let connection = self.vendor.connection(root);
            let waiting = self.organizations.waiting(root);
            census::Root::of(root.as_ref(), connection, waiting)
        };
        (OfKind::of(&objects), objects.iter().map(root).collect())
    }

    fn wake_below(&self, root: &ObjectRef, all: bool) {
        for controller in self.organizations.controllers() {
            controller.wake_below(root, Priority::Change, all);
        }
    }

    /// Wakes the other objects that name the same organization, or would create it: one may take over.
    fn wake_twins(&self, root: &V::Root) {
        for other in self.organizations.rivals(root) {
            self.context.wake_root(&reference(other.as_ref()), Priority::Change);
        }
    }

    /// The same of those that another object held up: only they were not tried by themselves.
    fn wake_held_up(&self, root: &V::Root) {
        for other in self.organizations.rivals(root) {
            let held_up = work::stalled_reason(other.common_status());
            if held_up.as_deref() == Some(Reason::ManagementConflict.as_str()) {
                self.context.wake_root(&reference(other.as_ref()), Priority::Change);
            }
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
        let store = async |work: &mut Work<V::Root>| self.store(work, Precondition::Unchanged).await;
        let policy = work.object.common_spec().management_policy;
        let unwritten = unwritten(self.context.fence.is_read_only(), policy, None);
        self.commit().report(work, findings.clone(), unwritten, next, |work| self.draft(work), store).await
    }

    /// Stores the draft status.
    async fn store(&self, work: &mut Work<V::Root>, precondition: Precondition) -> Result<(), ClusterError> {
        let status = self.draft(work);
        work.object = self.commit().store(&work.object, &status, precondition).await?.object;
        Ok(())
    }

    /// The draft status, with what the session found out.
    fn draft(&self, work: &Work<V::Root>) -> Value {
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
        status
    }

    /// Sets our finalizer. Who only reads has nothing to do at the end.
    async fn hold(&self, work: &mut Work<V::Root>) -> Result<(), ClusterError> {
        if work::finalized(work.object.as_ref()) || self.context.fence.is_read_only() {
            return Ok(());
        }
        work.object = self.commit().hold(&work.object).await?.object;
        Ok(())
    }
}
