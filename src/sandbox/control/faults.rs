//! A hand on the faults.

use serde::Deserialize;
use serde_json::json;

use super::input::read;
use super::outcome::{Outcome, found};
use crate::sandbox::core::Sandbox;
use crate::sandbox::faults::Fault;
use crate::sandbox::message::Request;

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    Many(Vec<Fault>),
    One(Fault),
}

pub(super) fn add(sandbox: &mut Sandbox, request: &Request) -> Outcome {
    let faults = match read(request)? {
        OneOrMany::One(fault) => vec![fault],
        OneOrMany::Many(faults) => faults,
    };
    let ids: Vec<u64> = faults.into_iter().map(|fault| sandbox.add_fault(fault)).collect();
    Ok(json!({"ids": ids}))
}

pub(super) fn remove(sandbox: &mut Sandbox, id: &str) -> Outcome {
    found(id.parse().is_ok_and(|id| sandbox.remove_fault(id)), "fault")
}
