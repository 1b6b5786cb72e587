//! Reads what a control is told.

use serde::de::DeserializeOwned;

use super::outcome::{Complaint, missing, wrong};
use crate::sandbox::core::Sandbox;
use crate::sandbox::ids::OrganizationId;
use crate::sandbox::message::Request;
use crate::sandbox::nesting::{DEEPEST, is_too_deep};
use crate::sandbox::state::Organization;

/// A body; none is as good as an empty object.
pub(super) fn read<T: DeserializeOwned>(request: &Request) -> Result<T, Complaint> {
    if is_too_deep(&request.body) {
        return Err(wrong(format!("the body is nested deeper than {DEEPEST} levels")));
    }
    let body: &[u8] = if request.body.is_empty() { b"{}" } else { &request.body };
    serde_json::from_slice(body).map_err(|error| wrong(error.to_string()))
}

/// The organization that a control means: the one it names, else the oldest.
pub(super) fn meant(sandbox: &Sandbox, named: Option<OrganizationId>) -> Result<&Organization, Complaint> {
    match named {
        Some(id) => sandbox.world().organization(id),
        None => sandbox.world().oldest_organization(),
    }
    .ok_or_else(|| missing("organization"))
}
