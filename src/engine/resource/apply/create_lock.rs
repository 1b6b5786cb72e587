//! The locks of creates: one at a time may create, or take over, what has a natural key.

use crate::engine::base::ports::ObjectRef;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

/// The natural keys, hashed, of what is just being created or taken over.
pub(in crate::engine::resource) type CreateLocks = Rc<RefCell<BTreeSet<(ObjectRef, String)>>>;

/// While it lives, nobody else creates or takes over what has the same natural key.
pub(in crate::engine::resource) struct CreateLock(
    pub(in crate::engine::resource) CreateLocks,
    pub(in crate::engine::resource) (ObjectRef, String),
);

impl Drop for CreateLock {
    fn drop(&mut self) {
        self.0.borrow_mut().remove(&self.1);
    }
}
