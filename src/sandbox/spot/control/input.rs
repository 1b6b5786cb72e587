//! What a control means where it names nothing.

use crate::sandbox::core::control::{Complaint, missing};
use crate::sandbox::spot::Organization;
use crate::sandbox::spot::ids::OrganizationId;
use crate::sandbox::spot::target::Sandbox;

/// The organization that a control means: the one it names, else the oldest.
pub(in crate::sandbox::spot) fn meant(
    sandbox: &Sandbox,
    named: Option<OrganizationId>,
) -> Result<&Organization, Complaint> {
    match named {
        Some(id) => sandbox.world().organization(id),
        None => sandbox.world().oldest_organization(),
    }
    .ok_or_else(|| missing("organization"))
}

/// The account that a control means: the one it names, else the oldest organization's default one.
pub(in crate::sandbox::spot) fn account(
    sandbox: &Sandbox,
    named: Option<String>,
) -> Result<String, Complaint> {
    match named {
        Some(id) => Ok(id),
        None => Ok(meant(sandbox, None)?.default_account.clone()),
    }
}
