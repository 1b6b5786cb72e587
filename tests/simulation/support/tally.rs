//! Who counts.

use orgkeeper::api::kind::KindRef;
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::engine::decide::count::Count;
use orgkeeper::engine::external::caller::Meter;
use orgkeeper::engine::external::rate_limit::Signal;
use orgkeeper::engine::runtime::context::Tally;
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
    /// The longest time, s, for which details of a kind are unseen, as told last.
    pub unseen: RefCell<BTreeMap<KindRef, f64>>,
    /// What organizations have at the vendor, by kind.
    pub vendor_objects: RefCell<BTreeMap<KindRef, Count>>,
    /// What the vendor told of each route: the limit, and what remains.
    pub allowed: RefCell<BTreeMap<&'static str, Signal>>,
    /// Until when each route paused last.
    pub paused: RefCell<BTreeMap<&'static str, jiff::Timestamp>>,
    /// When what objects hold expires.
    pub expiries: RefCell<BTreeMap<ObjectRef, jiff::Timestamp>>,
}

fn one_more(count: &Cell<usize>) {
    count.set(count.get() + 1);
}

impl Tally for Counts {
    fn reconciled(&self, _: KindRef, _: &'static str, _: f64) {
        one_more(&self.reconciles);
    }
    fn status(&self, _: KindRef, _: bool) {}
    fn created(&self, _: KindRef, _: &'static str) {}
    fn drift(&self, _: KindRef, _: bool) {}
    fn detail(&self, _: KindRef, cause: &'static str) {
        *self.details.borrow_mut().entry(cause).or_default() += 1;
    }
    fn unseen(&self, kind: KindRef, _: &ObjectRef, seconds: Option<f64>) {
        let mut all = self.unseen.borrow_mut();
        match seconds {
            Some(seconds) => all.insert(kind, seconds),
            None => all.remove(&kind),
        };
    }
    fn vendor_objects(&self, kind: KindRef, _: &ObjectRef, count: Option<Count>) {
        let mut all = self.vendor_objects.borrow_mut();
        match count {
            Some(count) => all.insert(kind, count),
            None => all.remove(&kind),
        };
    }
    fn expires(&self, object: &ObjectRef, at: Option<jiff::Timestamp>) {
        let mut expiries = self.expiries.borrow_mut();
        match at {
            Some(at) => expiries.insert(object.clone(), at),
            None => expiries.remove(object),
        };
    }
    fn panicked(&self, _: KindRef) {
        one_more(&self.panics);
    }
    fn guarded(&self, _: KindRef, _: &'static str) {}
}

impl Meter for Counts {
    fn called(&self, _: &'static str, _: &'static str, _: &str, _: f64) {}
    fn deferred(&self, _: &'static str, _: &'static str) {
        one_more(&self.deferred);
    }
    fn allowed(&self, _: &str, route: &'static str, _: &'static str, signal: Signal) {
        self.allowed.borrow_mut().insert(route, signal);
    }
    fn paused(&self, _: &str, route: &'static str, _: &'static str, until: jiff::Timestamp) {
        self.paused.borrow_mut().insert(route, until);
    }
}
