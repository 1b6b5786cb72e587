//! Tokens, as the vendor's support issues them.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use crate::sandbox::core::Request;
use crate::sandbox::core::control::{Outcome, missing, read};
use crate::sandbox::spot::control::meant;
use crate::sandbox::spot::ids::OrganizationId;
use crate::sandbox::spot::target::Sandbox;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewToken {
    organization_id: Option<OrganizationId>,
    user_id: Option<String>,
    token: Option<String>,
}

/// A token of the user that is named, else of the organization's administrator.
pub(super) fn issue(sandbox: &mut Sandbox, now: Timestamp, request: &Request) -> Outcome {
    let NewToken { organization_id, user_id, token } = read(request)?;
    let issued = match user_id {
        Some(user) => sandbox.world_mut().issue_user_token(now, &user, "issued", token),
        None => {
            let organization = meant(sandbox, organization_id)?.id;
            sandbox.world_mut().issue_token(organization, token)
        }
    };
    let issued = issued.ok_or_else(|| missing("user"))?;
    Ok(json!({
        "token": issued.value,
        "digest": issued.digest,
        "userId": issued.user,
        "organizationId": issued.organization,
    }))
}
