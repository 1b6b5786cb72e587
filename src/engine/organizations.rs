//! All organizations of a vendor, and the kinds below them.

use crate::api::guard::GuardStatus;
use crate::api::managed::Managed;
use crate::api::status::Asked;
use crate::engine::controller::Controller;
use crate::engine::guard::Guard;
use crate::engine::objects::{Objects, Precondition, status_of};
use crate::engine::organization::{Organization, Standing};
use crate::engine::seams::{Clock, Cluster, ClusterError, ObjectRef};
use crate::engine::vendor::Vendor;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

/// All organizations of a vendor: the one place that children and roots share.
pub struct Organizations<V: Vendor> {
    /// The vendor.
    pub vendor: Rc<V>,
    /// Their objects.
    pub objects: Objects<V::Root>,
    standing: RefCell<BTreeMap<ObjectRef, Standing<V>>>,
    controllers: RefCell<Vec<Rc<dyn Controller<V>>>>,
    /// Unlike sessions, these last for as long as the organization does.
    guards: RefCell<BTreeMap<ObjectRef, Rc<Guard>>>,
    sessions: Cell<u64>,
}

impl<V: Vendor> Organizations<V> {
    /// None yet.
    pub fn new(vendor: Rc<V>) -> Self {
        Self {
            vendor,
            objects: Objects::default(),
            standing: RefCell::default(),
            controllers: RefCell::default(),
            guards: RefCell::default(),
            sessions: Cell::new(0),
        }
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
        let noticed = all.get(root).is_none_or(|before| !before.same_for_children(&standing));
        all.insert(root.clone(), standing);
        noticed
    }

    /// The organization is gone.
    pub fn forget(&self, root: &ObjectRef) {
        self.standing.borrow_mut().remove(root);
        self.guards.borrow_mut().remove(root);
    }

    /// The organization's guard.
    pub fn guard(&self, root: &ObjectRef, clock: &dyn Clock) -> Rc<Guard> {
        let mut guards = self.guards.borrow_mut();
        Rc::clone(guards.entry(root.clone()).or_insert_with(|| Rc::new(Guard::new(clock))))
    }

    /// Nothing of an object that is gone waits for a person any more.
    pub fn leave_guards(&self, object: &ObjectRef) {
        for guard in self.guards.borrow().values() {
            guard.leave(object);
        }
    }

    /// How many destructive writes below the organization wait.
    pub fn waiting(&self, root: &ObjectRef) -> usize {
        self.guards.borrow().get(root).map_or(0, |guard| guard.waiting())
    }

    /// Stores what the guard must not forget, and what is still asked, unless somebody wrote the object meanwhile; the object as it
    /// then is.
    ///
    /// # Errors
    /// As the API server answers, and if it did not store it.
    pub async fn remember(
        &self,
        cluster: &dyn Cluster,
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
        let written = self.objects.write_status(cluster, root, &status, Precondition::Unchanged).await?;
        if written.object.guard_status() != Some(guard) {
            // An older definition has no place for it, and the API server drops what it does not know.
            return Err(ClusterError::Invalid("the definition of the kind lacks status.guard".into()));
        }
        Ok(written.object)
    }

    /// The kinds below.
    pub fn controllers(&self) -> Vec<Rc<dyn Controller<V>>> {
        self.controllers.borrow().clone()
    }

    /// The kind of that name.
    pub fn controller(&self, kind: &str) -> Option<Rc<dyn Controller<V>>> {
        self.controllers.borrow().iter().find(|known| known.kind() == kind).cloned()
    }

    /// Adds a kind.
    pub fn add(&self, controller: Rc<dyn Controller<V>>) {
        self.controllers.borrow_mut().push(controller);
    }

    /// A number that no session had.
    pub fn next_session(&self) -> u64 {
        self.sessions.set(self.sessions.get() + 1);
        self.sessions.get()
    }
}
