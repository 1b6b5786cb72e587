//! What calls about the credentials of every cloud have in common (spot-wire §2.6).

use crate::sandbox::spot::account::state::ACCOUNT;
use crate::sandbox::spot::call::Call;
use crate::sandbox::spot::contract::Contract;
use crate::sandbox::spot::envelope::Success;
use crate::sandbox::spot::input::Object;
use crate::sandbox::spot::refusal::Refusal;
use crate::sandbox::spot::{AccountDetails, CloudCredential};

/// The members of a body: flat in the live service, under `credentials` in the document.
pub(super) fn members(call: &Call<'_>, known: &[&str]) -> Result<Object, Refusal> {
    match call.contract {
        Contract::Production => Object::flat(call.contract, call.body, known),
        Contract::Published => Object::wrapped(call.contract, call.body, "credentials", known),
    }
}

/// The account, which has to be named in Production: the vendor's pages have it so on every call
/// (OA api/commons/parameters/accountId.yaml), and it was seen for AWS (spot-wire §1, "Validation
/// error").
pub(super) fn account(call: &mut Call<'_>) -> Result<String, Refusal> {
    if call.contract == Contract::Production {
        call.required_query("accountId")?;
    }
    call.scope()
}

/// Refuses whom the cloud turns away: to set credentials is to try them.
pub(super) fn must_be_let_in(call: &Call<'_>, identity: &str) -> Result<(), Refusal> {
    if call.world.rejections.contains(identity) {
        let message = format!("Credentials: the cloud rejects '{identity}'");
        return Err(Refusal::conflict("INVALID_CREDENTIALS", message));
    }
    Ok(())
}

/// Links the account, unless it is another cloud's.
pub(super) fn put(
    call: &mut Call<'_>,
    account: String,
    credential: CloudCredential,
) -> Result<Success, Refusal> {
    must_be_let_in(call, credential.identity())?;
    let linked = call.world.account(&account).and_then(|(_, details)| details.cloud_provider.as_deref());
    if let Some(other) = linked.filter(|linked| *linked != credential.cloud()) {
        let message = format!("Account: '{account}' is linked to {other}");
        return Err(Refusal::conflict("CANT_SET_CREDENTIALS", message));
    }
    call.world.accounts.link(call.now, call.lag, &account, credential);
    Ok(call.done_to(account))
}

/// The account that is asked about, as reads show it.
pub(super) fn read<'a>(call: &'a Call<'_>, account: &str) -> Result<&'a AccountDetails, Refusal> {
    call.world
        .accounts
        .seen(call.read_sight(), account)
        .map(|(_, details)| details)
        .ok_or_else(|| Refusal::missing(ACCOUNT, account))
}
