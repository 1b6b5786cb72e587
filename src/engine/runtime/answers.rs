//! What people wrote to answer, as it was taken in, and for how long it stands.

use crate::api::annotation;
use crate::api::managed::Managed;
use crate::engine::base::checks::holds;
use crate::engine::base::words::annotated;
use crate::engine::decide::confirmation::answer;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// What people wrote to answer, by the object's uid.
#[derive(Debug, Default)]
pub struct Answers {
    /// What was taken in, or told to be no answer: that is told once.
    read: RefCell<BTreeMap<String, BTreeMap<&'static str, String>>>,
    /// The answers that something was begun upon, and that were not taken back since.
    standing: RefCell<BTreeMap<String, BTreeSet<String>>>,
}

impl Answers {
    /// Takes in that the object with this uid is looked at; whether it was before. What is written there when a process
    /// looks first may have been answered long ago.
    pub fn knows(&self, uid: &str) -> bool {
        let mut all = self.read.borrow_mut();
        let known = all.contains_key(uid);
        if !known {
            all.insert(uid.to_owned(), BTreeMap::new());
        }
        known
    }

    /// Takes in what the annotation `name` of the object with this uid says, if it says anything; whether it is news.
    pub fn is_news(&self, uid: &str, name: &'static str, written: Option<&str>) -> bool {
        let mut all = self.read.borrow_mut();
        let Some(written) = written else {
            if let Some(of) = all.get_mut(uid) {
                of.remove(name);
            }
            return false;
        };
        let of = all.entry(uid.to_owned()).or_default();
        of.insert(name, written.to_owned()).as_deref() != Some(written)
    }

    /// What the annotation `confirm` of the object says is carried out from now on; the word, by which to ask whether it
    /// stands.
    pub fn begin<R: Managed>(&self, object: &R) -> Option<String> {
        let word = annotated(object, annotation::CONFIRM)?;
        self.standing.borrow_mut().entry(uid(object)).or_default().insert(word.to_owned());
        Some(word.to_owned())
    }

    /// Whether the word was not taken back since something was begun upon it. Where that asks something else besides,
    /// the answer to that may be in its place.
    pub fn stands<R: Managed>(&self, object: &R, word: &str) -> bool {
        let stands = || self.standing.borrow().get(&uid(object)).is_some_and(|words| words.contains(word));
        holds!(AnswerStands, stands())
    }

    /// Takes in an object as it is: without an answer, or with one that was never waited for, nothing stands any more.
    pub fn look<R: Managed>(&self, object: &R) {
        let mut standing = self.standing.borrow_mut();
        let Some(words) = standing.get(&uid(object)) else { return };
        let asked = &object.common_status().asked;
        let known = |word: &str| words.contains(word) || asked.iter().any(|one| answer(one) == word);
        if !annotated(object, annotation::CONFIRM).is_some_and(known) {
            standing.remove(&uid(object));
        }
    }

    /// An object is gone.
    pub fn forget<R: Managed>(&self, object: &R) {
        self.read.borrow_mut().remove(&uid(object));
        self.standing.borrow_mut().remove(&uid(object));
    }
}

fn uid<R: Managed>(object: &R) -> String {
    object.meta().uid.clone().unwrap_or_default()
}
