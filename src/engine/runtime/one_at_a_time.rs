//! Work on one thing that is done one after the other, whoever does it: who comes second finds it done.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use tokio::sync::Mutex;

/// Who works on what, by its name.
#[derive(Debug)]
pub struct OneAtATime<K>(RefCell<BTreeMap<K, Rc<Mutex<()>>>>);

impl<K> Default for OneAtATime<K> {
    fn default() -> Self {
        Self(RefCell::default())
    }
}

impl<K: Ord> OneAtATime<K> {
    /// What to lock for work on that.
    pub fn on(&self, what: K) -> Rc<Mutex<()>> {
        let mut all = self.0.borrow_mut();
        all.retain(|_, working| Rc::strong_count(working) > 1);
        Rc::clone(all.entry(what).or_default())
    }
}
