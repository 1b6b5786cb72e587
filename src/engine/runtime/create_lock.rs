//! The locks of creates: one at a time may create, or take over, what has the same key.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

/// The keys of what is just being created or taken over.
#[derive(Debug)]
pub struct CreateLocks<K>(Rc<RefCell<BTreeSet<K>>>);

impl<K> Default for CreateLocks<K> {
    fn default() -> Self {
        Self(Rc::default())
    }
}

impl<K: Ord + Clone> CreateLocks<K> {
    /// The lock of the key, unless another has it.
    pub fn take(&self, key: K) -> Option<CreateLock<K>> {
        let free = self.0.borrow_mut().insert(key.clone());
        free.then(|| CreateLock(Rc::clone(&self.0), key))
    }
}

/// While it lives, nobody else creates or takes over what has the same key.
#[derive(Debug)]
pub struct CreateLock<K: Ord>(Rc<RefCell<BTreeSet<K>>>, K);

impl<K: Ord> Drop for CreateLock<K> {
    fn drop(&mut self) {
        self.0.borrow_mut().remove(&self.1);
    }
}
