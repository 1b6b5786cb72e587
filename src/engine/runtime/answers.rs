//! What people wrote to answer, as it was taken in.

use crate::api::managed::Managed;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// What was written to answer, of each object, as it was taken in or told to be no answer: that is told once.
#[derive(Debug, Default)]
pub struct Answers(RefCell<BTreeMap<String, BTreeMap<&'static str, String>>>);

impl Answers {
    /// Takes in that the object with this uid is looked at; whether it was before. What is written there when a process
    /// looks first may have been answered long ago.
    pub fn knows(&self, uid: &str) -> bool {
        let mut all = self.0.borrow_mut();
        let known = all.contains_key(uid);
        if !known {
            all.insert(uid.to_owned(), BTreeMap::new());
        }
        known
    }

    /// Takes in what the annotation `name` of the object with this uid says, if it says anything; whether it is news.
    pub fn is_news(&self, uid: &str, name: &'static str, written: Option<&str>) -> bool {
        let mut all = self.0.borrow_mut();
        let Some(written) = written else {
            if let Some(of) = all.get_mut(uid) {
                of.remove(name);
            }
            return false;
        };
        let of = all.entry(uid.to_owned()).or_default();
        of.insert(name, written.to_owned()).as_deref() != Some(written)
    }

    /// An object is gone.
    pub fn forget<R: Managed>(&self, object: &R) {
        if let Some(uid) = &object.meta().uid {
            self.0.borrow_mut().remove(uid);
        }
    }
}
