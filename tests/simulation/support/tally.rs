//! Who counts.

use orgkeeper::engine::link::Meter;
use orgkeeper::engine::seams::ObjectRef;
use orgkeeper::engine::world::Tally;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

/// The counts that tests look at.
#[derive(Default)]
pub struct Counts {
    pub reconciles: Cell<usize>,
    pub panics: Cell<usize>,
    pub deferred: Cell<usize>,
    /// Detail reads, by cause.
    pub details: RefCell<BTreeMap<&'static str, usize>>,
    /// The longest time, s, for which details are unseen, as told last.
    pub unseen: Cell<Option<f64>>,
    /// When what objects hold expires.
    pub expiries: RefCell<BTreeMap<ObjectRef, jiff::Timestamp>>,
}

fn one_more(count: &Cell<usize>) {
    count.set(count.get() + 1);
}

impl Tally for Counts {
    fn reconciled(&self, _: &'static str, _: &'static str, _: f64) {
        one_more(&self.reconciles);
    }
    fn status(&self, _: &'static str, _: bool) {}
    fn created(&self, _: &'static str, _: &'static str) {}
    fn drift(&self, _: &'static str, _: bool) {}
    fn detail(&self, _: &'static str, cause: &'static str) {
        *self.details.borrow_mut().entry(cause).or_default() += 1;
    }
    fn unseen(&self, _: &'static str, _: &ObjectRef, seconds: Option<f64>) {
        self.unseen.set(seconds);
    }
    fn expires(&self, object: &ObjectRef, at: Option<jiff::Timestamp>) {
        let mut expiries = self.expiries.borrow_mut();
        match at {
            Some(at) => expiries.insert(object.clone(), at),
            None => expiries.remove(object),
        };
    }
    fn panicked(&self, _: &'static str) {
        one_more(&self.panics);
    }
    fn guarded(&self, _: &'static str, _: &'static str) {}
    fn waiting(&self, _: &ObjectRef, _: usize) {}
    fn queue(&self, _: usize, _: usize) {}
}

impl Meter for Counts {
    fn called(&self, _: &'static str, _: &'static str, _: &str, _: f64) {}
    fn deferred(&self, _: &'static str, _: &'static str) {
        one_more(&self.deferred);
    }
}
