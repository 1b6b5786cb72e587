//! What is known of an organization while it is managed: its session, and whether its token has
//! proved where it belongs (rule 1).

use crate::api::guard::GuardStatus;
use crate::api::managed::Managed;
use crate::api::status::Asked;
use crate::engine::audit::Audit;
use crate::engine::budget::Scope;
use crate::engine::children::Controller;
use crate::engine::count::Tallied;
use crate::engine::details::Sweep;
use crate::engine::error::VendorError;
use crate::engine::guard::Guard;
use crate::engine::objects::{Objects, Precondition, status_of};
use crate::engine::reason::Reason;
use crate::engine::seams::{Clock, Cluster, ClusterError, ObjectRef, Tick};
use crate::engine::vendor::Vendor;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

/// To which organization the token belongs, as far as replies have shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Identity {
    /// Nothing was shown yet.
    #[default]
    Unproven,
    /// To the one that is managed.
    Proven,
    /// To this other one.
    Other(String),
}

/// An organization with an open session. A changed token or connection makes a new one.
pub struct Organization<V: Vendor> {
    /// Its object.
    pub root: ObjectRef,
    /// Its id at the vendor.
    pub id: String,
    /// Whose budget its calls take from.
    pub scope: Scope,
    /// What calls are made with.
    pub session: V::Session,
    /// What replies have shown.
    pub identity: RefCell<Identity>,
    /// Tells sessions apart.
    pub number: u64,
    /// Why the last list failed, if it did.
    pub trouble: RefCell<Option<VendorError>>,
    /// What the vendor's audit log told; it outlives the session.
    pub audit: Rc<RefCell<Audit>>,
    /// How far the rolling sweep reaches, once that was counted.
    pub sweep: Cell<Option<Sweep>>,
    /// When the last sweep was begun.
    pub swept: Cell<Option<Tick>>,
    /// How much there is of each kind, as it was counted last.
    pub counts: RefCell<BTreeMap<&'static str, Tallied>>,
}

impl<V: Vendor> Organization<V> {
    /// Takes in that a reply named an organization.
    pub fn shown(&self, organization: &str) {
        let mut identity = self.identity.borrow_mut();
        if organization != self.id {
            *identity = Identity::Other(organization.to_owned());
        } else if *identity == Identity::Unproven {
            *identity = Identity::Proven;
        }
    }

    /// Whoever was shown to belong elsewhere gets another chance: the next reply decides.
    pub fn prove_again(&self) {
        let mut identity = self.identity.borrow_mut();
        if matches!(*identity, Identity::Other(_)) {
            *identity = Identity::Unproven;
        }
    }

    /// Takes in how a list ended; whether that is news for the organization's own object.
    pub fn troubled(&self, error: Option<&VendorError>) -> bool {
        let mut trouble = self.trouble.borrow_mut();
        let news = trouble.as_ref().map(|known| &known.failure) != error.map(|error| &error.failure);
        *trouble = error.cloned();
        news
    }

    /// Why lists fail at present, if they do.
    pub fn trouble(&self) -> Option<VendorError> {
        self.trouble.borrow().clone()
    }

    /// Whether everything below may be read as truth and written.
    pub fn proven(&self) -> bool {
        *self.identity.borrow() == Identity::Proven
    }
}

/// How an organization stands for those that refer to it.
pub enum Standing<V: Vendor> {
    /// Not ready, and why.
    NotReady(Reason, String),
    /// Not proved yet for a cause that passes (an outage, a pause): those below that have nothing to do
    /// stay as they are.
    Unreached(Reason, String),
    /// Ready.
    Ready(Rc<Organization<V>>),
}

impl<V: Vendor> Clone for Standing<V> {
    fn clone(&self) -> Self {
        match self {
            Self::NotReady(reason, message) => Self::NotReady(*reason, message.clone()),
            Self::Unreached(reason, message) => Self::Unreached(*reason, message.clone()),
            Self::Ready(organization) => Self::Ready(Rc::clone(organization)),
        }
    }
}

impl<V: Vendor> Standing<V> {
    /// Whether those below would notice the difference.
    pub fn same_for_children(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::NotReady(one, text), Self::NotReady(other, other_text))
            | (Self::Unreached(one, text), Self::Unreached(other, other_text)) => {
                one == other && text == other_text
            }
            (Self::Ready(one), Self::Ready(other)) => one.number == other.number,
            _ => false,
        }
    }
}

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
