//! Reads mappings to policies, as users and groups send them (spot-wire §2.3, §3).

use crate::sandbox::spot::call::Call;
use crate::sandbox::spot::input::Object;
use crate::sandbox::spot::refusal::Refusal;
use crate::sandbox::spot::{ALL_ACCOUNTS, Grants};

/// `policies: [{policyId, accountIds}]`, if it is there. An account policy names accounts, or `*`;
/// an organization policy names none (spot-wire §5, §11).
pub(in crate::sandbox::spot) fn read_grants(
    call: &Call<'_>,
    object: &Object,
) -> Result<Option<Grants>, Refusal> {
    let Some(mappings) = object.objects("policies", &["policyId", "accountIds"])? else {
        return Ok(None);
    };
    let mut grants = Grants::default();
    for mapping in mappings {
        let id = mapping.required_text("policyId")?;
        let accounts = mapping.texts("accountIds")?.unwrap_or_default();
        let (_, policy) = call.policy(&id)?;
        match (policy.kind.is_of_accounts(), accounts.is_empty()) {
            (true, true) => return Err(mapping.required("accountIds")),
            (false, false) => return Err(mapping.invalid("accountIds", "must be empty here")),
            _ => {}
        }
        for account in accounts.iter().filter(|account| *account != ALL_ACCOUNTS) {
            call.account(account)?;
        }
        grants.add(&id, accounts);
    }
    Ok(Some(grants))
}
