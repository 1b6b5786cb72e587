//! What rows of users and of groups tell of their mappings to policies (spot-wire §2.3, §11).

use serde_json::{Value, json};

use crate::sandbox::core::Sight;
use crate::sandbox::spot::ids::OrganizationId;
use crate::sandbox::spot::{Grants, World};

/// Mappings as they are read back: the implied Account Viewer is among them.
pub(in crate::sandbox::spot) fn mappings(
    world: &World,
    sight: Sight,
    organization: OrganizationId,
    grants: &Grants,
) -> Value {
    let shown = world.rights().read_back(sight, organization, grants);
    let rows: Vec<_> = shown
        .0
        .iter()
        .filter_map(|(id, accounts)| {
            let (_, policy) = world.policies.seen(sight, organization, id)?;
            Some(json!({
                "policyId": id,
                "policyName": policy.name,
                "policyType": policy.kind,
                "accountIds": accounts,
            }))
        })
        .collect();
    json!(rows)
}

/// The names of the policies of mappings, as they are read back.
pub(in crate::sandbox::spot) fn policy_names<'a>(
    world: &'a World,
    sight: Sight,
    organization: OrganizationId,
    grants: &Grants,
) -> Vec<&'a str> {
    let shown = world.rights().read_back(sight, organization, grants);
    shown
        .0
        .keys()
        .filter_map(|id| world.policies.seen(sight, organization, id))
        .map(|(_, policy)| policy.name.as_str())
        .collect()
}
