//! A service account in Google's cloud: its key file, member by member.

use std::collections::BTreeMap;

use super::calls::{account, members, must_be_let_in, put, read};
use super::rows;
use crate::sandbox::core::Hidden;
use crate::sandbox::spot::call::Call;
use crate::sandbox::spot::credential::state::SERVICE_ACCOUNT;
use crate::sandbox::spot::envelope::Success;
use crate::sandbox::spot::refusal::Refusal;
use crate::sandbox::spot::{CloudCredential, GcpCredential};

const WRAPPER: &str = "serviceAccount";

/// The members of a key file that the vendor knows. A newer file has `universe_domain` besides,
/// which is refused (spot-wire §1, "Validation error").
const MEMBERS: &[&str] = &[
    "type",
    "project_id",
    "private_key_id",
    "private_key",
    "client_email",
    "client_id",
    "auth_uri",
    "token_uri",
    "auth_provider_x509_cert_url",
    "client_x509_cert_url",
];

/// Those without which nothing could be done: the sandbox's own choice.
const REQUIRED: &[&str] = &["project_id", "client_email"];

pub(super) fn set(call: &mut Call<'_>) -> Result<Success, Refusal> {
    let account = account(call)?;
    let credential = read_one(call)?;
    put(call, account, credential)
}

/// The key is masked (spot-wire §2.6).
pub(super) fn get(call: &mut Call<'_>) -> Result<Success, Refusal> {
    let account = account(call)?;
    match &read(call, &account)?.credential {
        Some(CloudCredential::Gcp(gcp)) => {
            Ok(Success::items("spotinst:gcp:credentials", vec![rows::gcp_credential(gcp)]))
        }
        _ => Err(Refusal::missing(SERVICE_ACCOUNT, account)),
    }
}

/// Tries credentials and keeps nothing.
pub(super) fn validate(call: &mut Call<'_>) -> Result<Success, Refusal> {
    account(call)?;
    let credential = read_one(call)?;
    must_be_let_in(call, credential.identity())?;
    Ok(Success::Done)
}

fn read_one(call: &Call<'_>) -> Result<CloudCredential, Refusal> {
    let object = members(call, &[WRAPPER])?;
    let file = object.object(WRAPPER, MEMBERS)?.ok_or_else(|| object.required(WRAPPER))?;
    let private_key = Hidden::of(&file.required_key("private_key")?);
    for member in REQUIRED {
        file.required_text(member)?;
    }
    let mut members = BTreeMap::new();
    for member in MEMBERS.iter().filter(|member| **member != "private_key") {
        if let Some(text) = file.text(member)? {
            members.insert((*member).to_owned(), text);
        }
    }
    Ok(CloudCredential::Gcp(GcpCredential { members, private_key }))
}
