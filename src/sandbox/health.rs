//! `/healthCheck`: a sign of life in the public document, a list of resources in the live service
//! (spot-wire §2.8).

use super::call::Call;
use super::envelope::Success;
use super::refusal::Refusal;
use super::routes::Contract;

/// The sandbox keeps no health checks, so Production's list is empty; it is an account's all the
/// same, so the account has to exist.
pub(super) fn check(call: &Call<'_>) -> Result<Success, Refusal> {
    match call.contract {
        Contract::Production => {
            call.scoped_account()?;
            Ok(Success::items("spotinst:healthCheck", Vec::new()))
        }
        Contract::Published => Ok(Success::Done),
    }
}
