//! A hand on the faults.

use serde_json::{Value, json};

use super::input::read;
use super::outcome::{Outcome, found, wrong};
use crate::sandbox::core::faults::Fault;
use crate::sandbox::core::message::Request;
use crate::sandbox::core::sandbox::Sandbox;
use crate::sandbox::core::vendor::Vendor;

/// One fault, or a list of them: all or none.
pub(super) fn add<V: Vendor>(sandbox: &mut Sandbox<V>, request: &Request) -> Outcome {
    let read = match read(request)? {
        Value::Array(faults) => Fault::read_all::<V>("faults", faults),
        fault => Fault::read::<V>("", fault).map(|fault| vec![fault]),
    };
    let faults = read.map_err(wrong)?;
    let ids: Vec<u64> = faults.into_iter().map(|fault| sandbox.add_fault(fault)).collect();
    Ok(json!({"ids": ids}))
}

pub(super) fn remove<V: Vendor>(sandbox: &mut Sandbox<V>, id: &str) -> Outcome {
    found(id.parse().is_ok_and(|id| sandbox.remove_fault(id)), "fault")
}
