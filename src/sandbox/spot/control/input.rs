//! What a control means where it names nothing.

use crate::sandbox::core::control::{Complaint, missing};
use crate::sandbox::spot::ids::OrganizationId;
use crate::sandbox::spot::state::Organization;
use crate::sandbox::spot::vendor::Sandbox;

/// The organization that a control means: the one it names, else the oldest.
pub(super) fn meant(sandbox: &Sandbox, named: Option<OrganizationId>) -> Result<&Organization, Complaint> {
    match named {
        Some(id) => sandbox.world().organization(id),
        None => sandbox.world().oldest_organization(),
    }
    .ok_or_else(|| missing("organization"))
}
