//! What this process remembers of objects, and nobody else.

use crate::api::managed::Managed;
use crate::engine::base::ports::{ObjectRef, Tick};
use crate::engine::runtime::context::Context;
use crate::engine::runtime::object::reference;
use jiff::{SignedDuration, Timestamp};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// What is remembered of each object, beside its uid: a new object of the same name starts anew.
#[derive(Default)]
pub struct Memories<M>(RefCell<BTreeMap<ObjectRef, (String, M)>>);

impl<M: Default> Memories<M> {
    /// The object's memory.
    pub fn of<R: Managed, T>(&self, object: &R, use_it: impl FnOnce(&mut M) -> T) -> T {
        let mut memories = self.0.borrow_mut();
        let (of, memory) = memories.entry(reference(object)).or_default();
        let uid = object.meta().uid.clone().unwrap_or_default();
        if *of != uid {
            (*of, *memory) = (uid, M::default());
        }
        use_it(memory)
    }

    /// What is remembered under the name, whichever object that was.
    pub fn known<T>(&self, object: &ObjectRef, use_it: impl FnOnce(&M) -> T) -> Option<T> {
        self.0.borrow().get(object).map(|(_, memory)| use_it(memory))
    }

    /// The object is gone.
    pub fn forget(&self, object: &ObjectRef) {
        self.0.borrow_mut().remove(object);
    }
}

/// What is remembered of the looks at an object.
#[derive(Debug, Default)]
pub struct Looks {
    /// When what it was last compared with was seen, where that is stored.
    viewed: Option<Timestamp>,
    /// When what it is compared with now was seen.
    viewing: Option<Timestamp>,
    /// The request of a person for a look that is put off, as a limit leaves no room for it, and since when such are.
    put_off: Option<(String, Tick)>,
}

impl Looks {
    /// One begins: what an earlier one saw and could not store was not seen.
    pub const fn begin(&mut self) {
        self.viewing = None;
    }

    /// It is compared with what was begun to be read then.
    pub fn views(&mut self, context: &Context, begun: Tick) {
        let age = SignedDuration::try_from(context.now().since(begun)).unwrap_or(SignedDuration::MAX);
        self.viewing = Some(context.clock.wall().saturating_sub(age).unwrap_or(Timestamp::MIN));
    }

    /// When what it was last compared with was seen.
    pub const fn viewed(&self) -> Option<Timestamp> {
        self.viewed
    }

    /// It ends. What is not stored of it is compared once more, and has the same author then.
    pub fn end(&mut self, stored: bool) {
        self.viewed = self.viewing.take().filter(|_| stored).or(self.viewed);
    }

    /// Since when what is read answers the request, where it was put off: what was read since counts for as long as
    /// that takes.
    pub fn waits_since(&self, request: Option<&str>) -> Option<Tick> {
        self.put_off.as_ref().filter(|(put_off, _)| request == Some(put_off)).map(|(_, since)| *since)
    }

    /// Whether the request, of that moment, is put off: whoever asks again and again meanwhile waits since the first
    /// time.
    pub fn handled(&mut self, request: Option<&str>, put_off: bool, asked: Tick) {
        let since = self.put_off.take().map_or(asked, |(_, since)| since);
        self.put_off = request.filter(|_| put_off).map(|request| (request.to_owned(), since));
    }
}
