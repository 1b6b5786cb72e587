//! The reconciler of organizations, which hold the connection, and what is known of each.
//!
//! | module | holds |
//! |---|---|
//! | `registry` | all organizations of a vendor, and the kinds below them |
//! | `contest` | which object stands for which organization |
//! | `state` | what is kept of an organization, whichever object stands for it |
//! | `managed` | what is known of it while it is managed |
//! | `resource_controller` | what is asked of a kind of resources, whatever its types |
//! | `steps` | what is done with an organization that changed or is worked on |
//! | `reconcile` | an organization that is to be kept |
//! | `create` | having an organization created, once |
//! | `lookup` | which there are of a name, where the vendor shows that |
//! | `fields` | the fields that an organization has of its own |
//! | `memory` | what this process alone remembers of an object |
//! | `session` | opening the connection, and proving whose token it is |
//! | `sweep` | the audit log, details in turn, and how much there is at the vendor |
//! | `search`, `searched` | looking through those who can act in it for who administers it |
//! | `token` | the token Secret: reading it, and keeping it while deletions need it |
//! | `blast_radius` | how much may be taken away within an hour |
//! | `weigh` | whether a write that takes something away is made |
//! | `guard` | what waits for a person is told, and let through when confirmed |
//! | `draft` | the status that a draft stands for |
//! | `verdict` | what a reconcile comes to |
//! | `finalize` | the end of an organization |

pub mod blast_radius;
pub mod contest;
mod create;
mod draft;
mod fields;
mod finalize;
mod guard;
mod lookup;
pub mod managed;
mod memory;
mod reconcile;
pub mod registry;
pub mod resource_controller;
pub mod search;
pub mod searched;
mod session;
pub mod state;
mod steps;
mod sweep;
mod token;
mod verdict;
pub mod weigh;

use crate::api::managed::Managed;
use crate::engine::base::organization_key::Endpoint;
use crate::engine::base::ports::ObjectRef;
use crate::engine::base::reason::Reason;
use crate::engine::organization::managed::Organization;
use crate::engine::organization::memory::Memory;
use crate::engine::organization::registry::Organizations;
use crate::engine::organization::resource_controller::Shrunk;
use crate::engine::organization::token::TokenSecrets;
use crate::engine::provider::vendor::Vendor;
use crate::engine::runtime::context::Context;
use crate::engine::runtime::create_lock::CreateLocks;
use crate::engine::runtime::memory::Memories;
use crate::engine::runtime::object;
use crate::engine::runtime::objects::reference;
use crate::engine::runtime::queue::Priority;
use std::cell::RefCell;
use std::collections::BTreeMap;
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
    /// Endpoint and name of what is to be created, for as long as that takes.
    create_locks: CreateLocks<(Endpoint, String)>,
    memories: Memories<Memory>,
    secrets: TokenSecrets<V>,
}

impl<V: Vendor> OrganizationReconciler<V> {
    /// No organizations yet.
    pub fn new(context: Rc<Context>, organizations: Rc<Organizations<V>>) -> Self {
        Self {
            secrets: TokenSecrets::new(Rc::clone(&context), Rc::clone(&organizations)),
            context,
            vendor: Rc::clone(&organizations.vendor),
            organizations,
            opened: RefCell::default(),
            refused: RefCell::default(),
            create_locks: CreateLocks::default(),
            memories: Memories::default(),
        }
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
            let held_up = object::stalled_reason(other.common_status());
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
}
