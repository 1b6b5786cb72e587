//! A hand on the faults.

use serde_json::{Value, json};

use super::input::read;
use super::outcome::{Outcome, found, wrong};
use crate::sandbox::core::Sandbox;
use crate::sandbox::faults::Fault;
use crate::sandbox::message::Request;

/// One fault, or a list of them: all or none.
pub(super) fn add(sandbox: &mut Sandbox, request: &Request) -> Outcome {
    let read = match read(request)? {
        Value::Array(faults) => Fault::read_all("faults", faults),
        fault => Fault::try_from(fault).map(|fault| vec![fault]),
    };
    let faults = read.map_err(wrong)?;
    let ids: Vec<u64> = faults.into_iter().map(|fault| sandbox.add_fault(fault)).collect();
    Ok(json!({"ids": ids}))
}

pub(super) fn remove(sandbox: &mut Sandbox, id: &str) -> Outcome {
    found(id.parse().is_ok_and(|id| sandbox.remove_fault(id)), "fault")
}
