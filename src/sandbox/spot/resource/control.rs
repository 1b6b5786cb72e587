//! Resources, put in by hand.

use serde::Deserialize;
use serde_json::{Value, json};

use super::state::Resource;
use crate::sandbox::core::Request;
use crate::sandbox::core::control::{Outcome, missing, read};
use crate::sandbox::spot::control::account;
use crate::sandbox::spot::target::Sandbox;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewResource {
    account_id: Option<String>,
    id: Option<String>,
    name: Option<String>,
}

pub(super) fn add(sandbox: &mut Sandbox, request: &Request) -> Outcome {
    let NewResource { account_id, id, name } = read(request)?;
    let account = account(sandbox, account_id)?;
    let name = name.or_else(|| id.clone()).unwrap_or_else(|| "group".to_owned());
    let added = sandbox.world_mut().add_resource(&account, id.as_deref(), &name);
    let id = added.ok_or_else(|| missing("account"))?;
    Ok(json!({"resourceId": id, "accountId": account, "name": name}))
}

pub(super) fn row(id: &str, resource: &Resource) -> Value {
    json!({
        "resourceId": id,
        "organizationId": resource.organization_id,
        "accountId": resource.account_id,
        "name": resource.name,
    })
}
