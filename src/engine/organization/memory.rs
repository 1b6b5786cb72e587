//! What this process remembers of an organization's object, and nobody else.

use crate::api::managed::Managed;
use crate::engine::base::ports::{ObjectRef, Tick};
use crate::engine::decide::lookups::Lookups;
use crate::engine::decide::plan::Field;
use crate::engine::external::list::Pages;
use crate::engine::organization::weigh::Plans;
use crate::engine::provider::organization_ability::Named;
use crate::engine::runtime::update::Writes;
use crate::engine::runtime::work::reference;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// What this process remembers of an organization's object.
#[derive(Default)]
pub(super) struct Memory {
    /// The object's uid: a new object of the same name starts anew.
    uid: String,
    /// What was written to the fields of its own.
    pub(super) writes: Writes,
    /// Plans for them that are judged.
    pub(super) plans: Plans,
    /// These fields, as they were read last.
    pub(super) read: Option<Read>,
    /// When what they were last compared with was seen, where that is stored.
    pub(super) viewed: Option<jiff::Timestamp>,
    /// When what they are compared with now was seen.
    pub(super) viewing: Option<jiff::Timestamp>,
    /// What looks at the vendor have shown of a create whose outcome nobody heard.
    pub(super) lookups: Lookups,
    /// What is read of such a look, where it comes in pages.
    pub(super) pages: Rc<Pages<Named>>,
}

/// Fields of its own, as they were read.
#[derive(Clone)]
pub(super) struct Read {
    /// The generation of the manifest, and the session: of another one it says nothing.
    pub(super) of: (i64, u64),
    /// When it was begun.
    pub(super) begun: Tick,
    /// What it showed, beside what is declared.
    pub(super) fields: Vec<Field>,
}

/// The memories of all organizations' objects.
#[derive(Default)]
pub(super) struct Memories(RefCell<BTreeMap<ObjectRef, Memory>>);

impl Memories {
    /// The object's memory; anew for a new object of the same name.
    pub(super) fn of<R: Managed, T>(&self, object: &R, use_it: impl FnOnce(&mut Memory) -> T) -> T {
        let mut memories = self.0.borrow_mut();
        let memory = memories.entry(reference(object)).or_default();
        let uid = object.meta().uid.clone().unwrap_or_default();
        if memory.uid != uid {
            *memory = Memory { uid, ..Memory::default() };
        }
        use_it(memory)
    }

    /// The draft of the object's status is stored.
    pub(super) fn stored<R: Managed>(&self, object: &R) {
        if let Some(memory) = self.0.borrow_mut().get_mut(&reference(object)) {
            memory.viewed = memory.viewing.take().or(memory.viewed);
        }
    }

    /// The object is gone.
    pub(super) fn forget(&self, object: &ObjectRef) {
        self.0.borrow_mut().remove(object);
    }
}
