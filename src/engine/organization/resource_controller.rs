//! What is asked of a kind of resources, whatever its types.

use crate::api::grant::{Asker, Power};
use crate::api::kind::KindRef;
use crate::engine::base::error::VendorError;
use crate::engine::base::ports::{ObjectRef, Tick};
use crate::engine::decide::count::Tallied;
use crate::engine::decide::details::Turn;
use crate::engine::organization::managed::Organization;
use crate::engine::provider::vendor::Vendor;
use crate::engine::runtime::queue::Priority;
use crate::engine::runtime::reconciler::Reconciler;
use futures::future::LocalBoxFuture;
use std::collections::BTreeSet;
use std::rc::Rc;

/// What an object pointed to is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Not there.
    Missing,
    /// There, and nothing is known of its manifest.
    Unread,
    /// There, and the asker may not refer to it, or not with the power that it asks for.
    NotAdmitted {
        /// Its id, if it has one.
        held: Option<String>,
        /// The most power with which the asker may; `None` where it may not at all.
        most: Option<Power>,
    },
    /// Of another organization.
    Elsewhere,
    /// Not at the vendor yet.
    NoId,
    /// A list lacks it, and a later one has to show whether it is gone.
    Unconfirmed,
    /// It was deleted there, as its own status says: what becomes of it is asked of whoever keeps it.
    Gone {
        /// Whether its object is being deleted: then nothing is asked any more.
        ends: bool,
    },
    /// The contract has no such thing.
    Unsupported,
    /// This one.
    Id(String),
}

/// An inventory that lost more at once than is believable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shrunk {
    /// The digest of the missing ids.
    pub digest: String,
    /// How many are missing, of how many.
    pub missing: usize,
    /// See `missing`.
    pub of: usize,
    /// The first of the missing ids, for the message.
    pub first: Vec<String>,
    /// What they are.
    pub noun: &'static str,
}

impl Shrunk {
    /// What a person is told, and is to write to confirm it.
    pub fn text(&self, answer: &str) -> String {
        let Self { missing, of, first, noun, .. } = self;
        let more = if *missing > first.len() { ", …" } else { "" };
        format!(
            "{missing} of {of} {} vanished at once ({}{more}); nothing is created or deleted until they are \
             back. If that is right, set the annotation orgkeeper.dev/confirm: {answer} on the organization.",
            many(noun),
            first.join(", "),
        )
    }
}

/// The word for several of what is called so.
fn many(noun: &str) -> String {
    match noun.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None => format!("{noun}s"),
    }
}

/// An object below an organization, as its deletion sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependent {
    /// The object.
    pub object: ObjectRef,
    /// Whether it holds up the organization's deletion.
    pub blocks: bool,
    /// Whether its own deletion will need the organization's token.
    pub needs_token: bool,
    /// Whether it is being deleted.
    pub going: bool,
}

/// The reconciler of a kind below organizations, whatever its types: what they, and those of other kinds, ask of it.
pub trait ResourceController<V: Vendor>: Reconciler {
    /// The kind of what its objects are in, where that is not the organization itself.
    fn container(&self) -> Option<KindRef>;
    /// The organization that an object belongs to, and the object's id.
    fn place(&self, object: &ObjectRef) -> Option<(ObjectRef, Option<String>)>;
    /// Whether the object is there and the asker may refer to it.
    fn admits(&self, object: &ObjectRef, asker: &Asker<'_>) -> bool;
    /// Reads the organization's inventory, no older than `fresh`, and wakes those whose live state
    /// moved. Nothing is read where there is no object to compare, unless it is the witness.
    fn refresh<'a>(
        &'a self,
        organization: &'a Rc<Organization<V>>,
        fresh: Tick,
    ) -> LocalBoxFuture<'a, Result<(), VendorError>>;
    /// Counts the organization's objects at the vendor, in a list no older than `fresh`. A list that is read
    /// for this alone and fails troubles nobody.
    fn tally<'a>(&'a self, organization: &'a Rc<Organization<V>>, fresh: Tick)
    -> LocalBoxFuture<'a, Tallied>;
    /// Has those looked at again that hold an id which the lists of this resync do not show.
    fn look_at_lacking(&self, organization: &Organization<V>);
    /// The places in the rolling sweep of the organization's objects, `kind` being this kind's own.
    fn turns(&self, organization: &Organization<V>, kind: usize) -> Vec<Turn>;
    /// Reads what no list shows of an object, and wakes who holds it if that moved.
    fn take_turn<'a>(
        &'a self,
        organization: &'a Rc<Organization<V>>,
        id: &'a str,
    ) -> LocalBoxFuture<'a, Result<(), VendorError>>;
    /// Whether an object below the organization holds the id.
    fn holds(&self, root: &ObjectRef, id: &str) -> bool;
    /// Takes in that somebody else changed what has this id.
    fn named(&self, organization: &Organization<V>, id: &str);
    /// What vanished from the organization's inventory beyond belief, if anything did.
    fn shrunk(&self, organization: &Organization<V>) -> Option<Shrunk>;
    /// The objects below the organization.
    fn dependents(&self, root: &ObjectRef) -> Vec<Dependent>;
    /// Wakes the objects below the organization: all, or those that have something to do.
    fn wake_below(&self, root: &ObjectRef, priority: Priority, all: bool);
    /// Wakes an object that is being deleted: what held it up may be gone.
    fn wake_ending(&self, object: &ObjectRef);
    /// The same of the object below the organization that holds the id.
    fn wake_ending_holder(&self, root: &ObjectRef, id: &str);
    /// The objects below the organization that use the object `used`, whose id is `id`: they refer to it, are in it,
    /// or what is known of them at the vendor says so.
    fn users_of(&self, root: &ObjectRef, used: &ObjectRef, id: Option<&str>) -> Vec<ObjectRef>;
    /// The ids that objects below the organization hold.
    fn held(&self, root: &ObjectRef) -> BTreeSet<String>;
    /// The names of its objects in the namespace that are near this one.
    fn near(&self, namespace: &str, name: &str) -> Vec<String>;
    /// What `key`, an object of this kind, is for someone below `root` who refers to it.
    fn target(&self, key: &ObjectRef, root: &ObjectRef, asker: &Asker<'_>) -> Target;
    /// The ids of the objects below the organization whose own manifests decide which of that kind are in them.
    fn deciding(&self, root: &ObjectRef, of: KindRef) -> BTreeSet<String>;
    /// The kind whose objects may decide which of this one are in them.
    fn relation(&self) -> Option<KindRef>;
    /// The organization is gone: what was read of it is needed no more.
    fn forget_root(&self, root: &ObjectRef);
    /// Wakes the objects that refer to this one.
    fn wake_those_pointing_to(&self, key: &ObjectRef);
    /// Whether the latest list shows the id, as far as there is one.
    fn shows(&self, organization: &Organization<V>, id: &str) -> bool;
    /// Whether what has the id is gone: as an object below the organization says that holds it; where none does, as
    /// lists tell that are believed, and have lacked it for so long.
    fn lacks(&self, organization: &Organization<V>, id: &str) -> bool;
}
