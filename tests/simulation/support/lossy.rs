//! One write of which a webhook drops something, and whose answer is lost besides.

use super::cluster::PatchFault;
use super::house::House;
use super::unkind::admission::{Dropped, Gate};
use orgkeeper::engine::base::ports::{ClusterError, ObjectRef, Part, SecretWrite};
use orgkeeper::engine::base::simulation::Admission;
use serde_json::Value;
use std::cell::Cell;
use std::rc::Rc;

/// Stands before the store, and strikes once.
struct Lossy {
    gate: Gate,
    /// How many patches pass before.
    left: Cell<usize>,
    member: &'static str,
}

impl Admission for Lossy {
    fn object(&self, key: &ObjectRef, part: Part, object: &mut Value) -> Result<(), ClusterError> {
        if self.left.get() == 0 {
            Dropped::Status(self.member).of(part, object);
        }
        self.left.set(self.left.get().wrapping_sub(1));
        self.gate.object(key, part, object)
    }

    fn secret(&self, secret: &mut SecretWrite) -> Result<(), ClusterError> {
        self.gate.secret(secret)
    }

    fn stored(&self, key: &ObjectRef, object: &Value) {
        self.gate.stored(key, object);
    }
}

impl House {
    /// Of the patch after `skip` others the member of status is dropped, and nobody hears that it was carried out.
    pub fn lose(&self, skip: usize, member: &'static str) {
        let (unkind, journal) = (Rc::clone(&self.way.unkind), Rc::clone(&self.way.journal));
        let gate = Gate { unkind, journal };
        self.way.cluster.admit(Rc::new(Lossy { gate, left: Cell::new(skip), member }));
        self.way.patch_faults.add(skip, PatchFault::After);
    }
}
