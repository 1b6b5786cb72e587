//! Mappings to policies, as the control surface writes and shows them. Who acts in the console may
//! map what the API would refuse.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::sandbox::spot::Grants;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::sandbox::spot) struct Mapping {
    policy_id: String,
    #[serde(default)]
    account_ids: Vec<String>,
}

pub(in crate::sandbox::spot) fn grants(mappings: Vec<Mapping>) -> Grants {
    let mut grants = Grants::default();
    for mapping in mappings {
        grants.add(&mapping.policy_id, mapping.account_ids);
    }
    grants
}

/// Without the implied Account Viewer: what was written.
pub(in crate::sandbox::spot) fn mapping_rows(grants: &Grants) -> Vec<Value> {
    let row = |(policy, accounts)| json!({"policyId": policy, "accountIds": accounts});
    grants.0.iter().map(row).collect()
}
