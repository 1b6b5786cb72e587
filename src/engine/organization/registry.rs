//! All organizations of a vendor, and the kinds below them.

use crate::api::grant::{Asker, Power};
use crate::api::guard::GuardStatus;
use crate::api::kind::KindRef;
use crate::api::managed::Managed;
use crate::api::status::Asked;
use crate::engine::base::checks::forbids;
use crate::engine::base::organization_key::{Endpoint, OrganizationKey};
use crate::engine::base::ports::{ClusterError, ObjectRef, Tick};
use crate::engine::external::budget::Scope;
use crate::engine::lead::tenure::Right;
use crate::engine::organization::blast_radius::Guard;
use crate::engine::organization::contest::{Contest, Holder};
use crate::engine::organization::managed::{Organization, Standing};
use crate::engine::organization::resource_controller::{Dependent, ResourceController};
use crate::engine::organization::state::OrganizationStates;
use crate::engine::provider::vendor::Vendor;
use crate::engine::provider::vendor_registration::VendorRegistration;
use crate::engine::runtime::commit::Committer;
use crate::engine::runtime::context::Context;
use crate::engine::runtime::context::EndpointCheck;
use crate::engine::runtime::objects::{Objects, Precondition, reference, status_of};
use crate::engine::runtime::queue::Priority;
use kube::Resource as _;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

/// All organizations of a vendor: what both reconcilers share.
pub struct Organizations<V: Vendor> {
    /// The vendor.
    pub vendor: Rc<V>,
    /// The same, with what its organizations can do.
    pub registration: VendorRegistration<V>,
    /// Their objects.
    pub objects: Objects<V::Root>,
    /// What is kept of each, whatever object stands for it.
    pub states: OrganizationStates,
    /// Which object stands for which.
    pub contest: Contest<V>,
    standing: RefCell<BTreeMap<ObjectRef, Standing<V>>>,
    controllers: RefCell<Vec<Rc<dyn ResourceController<V>>>>,
    sessions: Cell<u64>,
}

impl<V: Vendor> Organizations<V> {
    /// None yet. `check_endpoint` reads an endpoint, and refuses those that may not be called.
    pub fn new(
        registration: VendorRegistration<V>,
        check_endpoint: EndpointCheck,
        states: OrganizationStates,
    ) -> Self {
        let vendor = Rc::clone(&registration.core);
        Self {
            contest: Contest::new(Rc::clone(&vendor), check_endpoint),
            vendor,
            registration,
            objects: Objects::default(),
            states,
            standing: RefCell::default(),
            controllers: RefCell::default(),
            sessions: Cell::new(0),
        }
    }

    /// Which organization the object names, if it may be called.
    pub fn key(&self, root: &V::Root) -> Option<OrganizationKey> {
        self.contest.key(root)
    }

    /// The other objects that name the same organization, or would create what this one has or creates.
    pub fn rivals(&self, root: &V::Root) -> Vec<Rc<V::Root>> {
        self.contest.rivals(root, &self.objects)
    }

    /// Another object that stands for the organization that the object names, or has or creates the one that
    /// the object would create.
    pub fn holder(&self, root: &V::Root) -> Option<Holder> {
        let looked_at = |other: &V::Root| {
            other.common_spec().suspend || self.standing.borrow().contains_key(&reference(other))
        };
        self.contest.holder(root, &self.objects, looked_at).filter(|_| forbids!(OneForOrganization))
    }

    /// Whether another object than `me` stands for the organization `id`, or holds it: then it is not what was made for
    /// `me`.
    pub fn is_held(&self, endpoint: &Endpoint, id: &str, me: &ObjectRef) -> bool {
        let key = OrganizationKey { vendor: V::NAME, endpoint: endpoint.clone(), id: id.into() };
        forbids!(HeldIsClaimed, self.contest.is_held(&key, me, &self.objects))
    }

    /// Whether an object is no secret to a namespace: it admits something of it, of whatever kind.
    pub fn is_known_in(
        &self,
        namespace: &str,
        context: &Context,
        admits: impl Fn(&Asker<'_>) -> bool,
    ) -> bool {
        let labels = context.namespace(namespace).labels;
        self.controllers()
            .iter()
            .any(|kind| admits(&Asker { kind: kind.kind(), namespace, labels: &labels, power: Power::None }))
    }

    /// The right of the object's sessions to write: as long as it stands for the organization.
    pub fn right(&self, key: &OrganizationKey, uid: &Rc<str>) -> Right {
        Some((self.states.tenure(key), Rc::clone(uid)))
    }

    /// The object of the session stands for the organization from now on; until when it has to wait for the
    /// writes of the one before, if it has to.
    pub fn take_up(&self, organization: &Organization<V>, now: Tick) -> Option<Tick> {
        self.states.tenure(&organization.key).take_up(&organization.uid, now)
    }

    /// Whether the object is the one that stands for its organization, as it was decided last.
    pub fn stands(&self, root: &V::Root) -> bool {
        let uid = root.meta().uid.as_deref().unwrap_or_default();
        self.key(root).is_some_and(|key| self.states.is_held_by(&key, uid))
    }

    /// How the organization stands; `None` before it was looked at.
    pub fn standing(&self, root: &ObjectRef) -> Option<Standing<V>> {
        self.standing.borrow().get(root).cloned()
    }

    /// Whether those below work with this session.
    pub fn uses(&self, session: &Organization<V>) -> bool {
        matches!(self.standing(&session.root), Some(Standing::Ready(used)) if used.number == session.number)
    }

    /// Sets how the organization stands; whether those below would notice.
    pub fn stand(&self, root: &ObjectRef, standing: Standing<V>) -> bool {
        let mut all = self.standing.borrow_mut();
        let noticed = all.get(root).is_none_or(|before| !before.same_for_resources(&standing));
        all.insert(root.clone(), standing);
        noticed
    }

    /// The object is gone, and with the last one that names an organization what was kept of that.
    pub fn forget(&self, gone: &V::Root, context: &Context) {
        let budget = &context.budget;
        let object = reference(gone);
        self.standing.borrow_mut().remove(&object);
        self.leave_guards(&object);
        for controller in self.controllers() {
            controller.forget_root(&object);
        }
        let key = self.key(gone);
        self.contest.forget(gone, self.objects.get(&object).is_some());
        budget.forget(|scope| matches!(scope, Scope::Stranger { object: known, .. } if *known == object));
        if let Some(key) = key {
            self.leave(&key, gone, context);
        }
    }

    /// The object, as it was, names the organization no more.
    pub fn leave(&self, key: &OrganizationKey, was: &V::Root, context: &Context) {
        let last = !self.contest.is_named(key, &self.objects);
        let remembered = by_own_time(context, &self.states.guard(key), was);
        self.states.leave(key, remembered.as_ref(), last);
        let object = reference(was);
        context.budget.forget(|scope| match scope {
            Scope::Organization(known) => last && known == key,
            Scope::Stranger { object: known, endpoint, .. } => *known == object && *endpoint == key.endpoint,
            Scope::Token(_) => false,
        });
    }

    /// Whether the organization's object still says what the session was opened for.
    pub fn is_named_by_its_object(&self, organization: &Organization<V>) -> bool {
        self.objects.get(&organization.root).is_some_and(|root| self.contest.names(&root, &organization.key))
    }

    /// What is remembered of destructive writes: by all objects that stand for the organization or did, and what
    /// was let through on the one that does. On the guard's own time.
    pub fn remembered(&self, organization: &Organization<V>, context: &Context) -> GuardStatus {
        let guard = self.states.guard(&organization.key);
        let now = guard.now(context.now());
        for object in self.objects.all() {
            // Something may have taken its id out of what Kubernetes stored, and left its count.
            let stood = object.common_status().id.as_deref().is_none_or(|id| id == &*organization.id);
            if stood
                && self.key(object.as_ref()).as_ref() == Some(&organization.key)
                && let Some(status) = by_own_time(context, &guard, object.as_ref())
            {
                guard.remember(&status.recent, now);
            }
        }
        let own = self.objects.get(&organization.root);
        let released = own.and_then(|own| own.guard_status().map(|status| status.released.clone()));
        GuardStatus { recent: guard.recent(now), released: released.unwrap_or_default() }
    }

    /// The guard of the organization that the object names.
    pub fn guard(&self, root: &V::Root) -> Option<Rc<Guard>> {
        self.key(root).map(|key| self.states.guard(&key))
    }

    /// How an object stands that is not there is known no more.
    pub fn unstand(&self, root: &ObjectRef) {
        self.standing.borrow_mut().remove(root);
    }

    /// Nothing of an object that is gone waits for a person any more.
    pub fn leave_guards(&self, object: &ObjectRef) {
        self.states.leave_guards(object);
    }

    /// How many destructive writes below the object wait.
    pub fn waiting(&self, root: &V::Root) -> usize {
        let guard = self.key(root).and_then(|key| self.states.known_guard(&key));
        guard.filter(|_| self.stands(root)).map_or(0, |guard| guard.waiting())
    }

    /// Wakes an organization that is being deleted.
    pub fn wake_if_ending(&self, root: &ObjectRef, context: &Context) {
        let ends = self.objects.get(root).is_some_and(|known| known.meta().deletion_timestamp.is_some());
        if ends {
            context.wake_root(root, Priority::Delete);
        }
    }

    /// Stores what the guard must not forget, and what is still asked, unless somebody wrote the object meanwhile; the object as it
    /// then is.
    ///
    /// # Errors
    /// As the API server answers, and if it did not store it.
    pub async fn remember(
        &self,
        context: &Context,
        root: &Rc<V::Root>,
        guard: &GuardStatus,
        asked: &[Asked],
    ) -> Result<Rc<V::Root>, ClusterError> {
        let mut status = status_of(root.as_ref());
        status["guard"] = serde_json::to_value(guard).unwrap_or_default();
        match status.as_object_mut() {
            Some(members) if asked.is_empty() => {
                members.remove("asked");
            }
            Some(members) => {
                members.insert("asked".into(), serde_json::to_value(asked).unwrap_or_default());
            }
            None => {}
        }
        let committer = Committer::new(context, &self.objects);
        Ok(committer.store(root, &status, Precondition::Unchanged).await?.object)
    }

    /// The kinds below.
    pub fn controllers(&self) -> Vec<Rc<dyn ResourceController<V>>> {
        self.controllers.borrow().clone()
    }

    /// The kind.
    pub fn controller(&self, kind: KindRef) -> Option<Rc<dyn ResourceController<V>>> {
        self.controllers.borrow().iter().find(|known| known.kind() == kind).cloned()
    }

    /// The kind that has this text.
    pub fn called(&self, text: &str) -> Option<Rc<dyn ResourceController<V>>> {
        self.controllers.borrow().iter().find(|known| known.kind().is_called(text)).cloned()
    }

    /// The objects below the organization, as far as they are known.
    pub fn dependents(&self, root: &ObjectRef) -> Vec<Dependent> {
        let controllers = self.controllers();
        controllers.iter().flat_map(|controller| controller.dependents(root)).collect()
    }

    /// Adds a kind.
    pub fn add(&self, controller: Rc<dyn ResourceController<V>>) {
        self.controllers.borrow_mut().push(controller);
    }

    /// A number that no session had.
    pub fn next_session(&self) -> u64 {
        self.sessions.set(self.sessions.get() + 1);
        self.sessions.get()
    }
}

/// What an object remembers of destructive writes, on the guard's own time: no step of the wall clock empties its hour
/// or makes it longer.
fn by_own_time<R: Managed>(context: &Context, guard: &Guard, root: &R) -> Option<GuardStatus> {
    let now = context.moment();
    let sight = |at| context.first_seen.sight(root, at, now);
    root.guard_status().map(|status| guard.by_own_time(status, now.tick, sight))
}
