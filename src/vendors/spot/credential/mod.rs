//! Cloud credentials: one for each account, set as a whole and never taken away (spot-wire §2.6).
//!
//! | module | holds |
//! |---|---|
//! | `wish` | what a manifest asks for, with Secrets resolved |
//! | `live` | what the vendor shows |
//! | `fields` | the one beside the other |
//! | `apply` | external ids, validating and setting |
//! | `model`, `calls`, `requests`, `decode` | what the vendor has, and how it is reached, as of [every kind](super) |

mod apply;
pub mod calls;
pub(super) mod decode;
mod fields;
mod live;
pub mod model;
pub mod requests;
mod wish;

#[cfg(test)]
mod tests;

use crate::api::external_id::ExternalId;
use crate::api::policy::DeletionPolicy;
use crate::api::spot::CloudCredential;
use crate::api::spot::kinds;
use crate::engine::base::error::{Failure, VendorError};
use crate::engine::base::ports::Tick;
use crate::engine::base::reason::Reason;
use crate::engine::decide::plan::{Change, Field};
use crate::engine::external::list::{Listed, Wanted};
use crate::engine::provider::ability::{Creates, Details, Expires, Gets, Lists, Prepared, Prerequisite};
use crate::engine::provider::declared::Declared;
use crate::engine::provider::facts::{Facts, KeyAtVendor, Listing, Naming, Within};
use crate::engine::provider::inputs::{Inputs, Unresolved};
use crate::engine::provider::kind::{External, Kind};
use crate::engine::provider::registration::{End, Making, Registration};
use crate::engine::provider::vendor::Created;
use crate::vendors::spot::contract::Capability;
use crate::vendors::spot::organization::Spot;
use crate::vendors::spot::reasons;
use crate::vendors::spot::session::SpotSession;
use async_trait::async_trait;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::time::Duration;

pub use live::Observed;
pub use wish::Desired;

/// How long a role that was made a moment ago may be unknown to the vendor. Its clients wait 15 s
/// before they set one (spot-wire §1, consistency delay).
const ROLE_LAG: Duration = Duration::from_mins(2);

/// Why the vendor cannot delete one.
const STAYS: &str = "the vendor cannot unlink an account from its cloud, and the account keeps its access; deleting the \
                     account is what ends its access";

/// The kind `CloudCredential`.
#[derive(Clone, Copy, Debug)]
pub struct Credentials;

/// Why the contract cannot express the kind at all.
fn unsupported(session: &SpotSession) -> Option<(Reason, &'static str)> {
    (!session.minds_accounts()).then_some((
        reasons::ACCOUNT_SCOPE_UNVERIFIED,
        "The public API document names no account in the calls for cloud credentials, and a server that ignores \
         it would use another account: none of them is made. If the server honours ?accountId=, set \
         connection.accountScope: Query on the organization.",
    ))
}

/// Why the contract cannot express this one, so that it cannot be created.
fn beyond_contract(session: &SpotSession, desired: &Desired) -> Option<(Reason, String)> {
    let needs_id = desired.awaits_role() && !session.supports(Capability::ExternalIds);
    needs_id.then(|| {
        let text = "The public API document has no call for the external id of an AWS role. Set aws.iamRole to a \
                    role that trusts the vendor already.";
        (Reason::NotSupportedByContract, text.to_owned())
    })
}

/// The kind with all that it can do.
pub fn registration() -> Registration<Credentials> {
    Registration::of(Credentials, Credentials, Making::repeatable(Credentials), End::Stays(STAYS))
        .lacking(unsupported)
        .gets(Credentials)
        .details(Credentials)
        .prerequisite(Credentials)
        .expires(Credentials)
}

impl Kind for Credentials {
    type Vendor = Spot;
    type Resource = CloudCredential;
    type Desired = Desired;
    type Observed = Observed;

    const FACTS: Facts = Facts {
        container: Some(kinds::ACCOUNT),
        listing: Listing::Shared,
        whole: true,
        ..Facts::of("cloud credential", DeletionPolicy::Orphan)
    };

    fn key(_resource: &CloudCredential, within: &Within) -> String {
        within.key()
    }

    fn naming(resource: &CloudCredential) -> Naming {
        let account = &resource.spec.account_ref;
        Naming {
            title: account.id.clone().or_else(|| account.name.clone()).unwrap_or_default(),
            // It has none.
            unsendable: None,
            differ: "create one for another account in its place",
            // An account has one.
            at_vendor: KeyAtVendor::Unique,
        }
    }

    async fn resolve(
        &self,
        session: &SpotSession,
        resource: &CloudCredential,
        inputs: &Inputs<'_>,
    ) -> Result<Declared<Desired>, Unresolved> {
        let state = wish::resolve(resource, inputs)?;
        let lag = if state.has_role() { ROLE_LAG } else { Duration::ZERO };
        Ok(Declared { inexpressible: beyond_contract(session, &state), lag, ..Declared::of(state) })
    }

    fn unfit(desired: &Desired, live: &Observed) -> Option<(Reason, String)> {
        let (asked, linked) = (desired.cloud(), live.cloud()?);
        (linked != asked).then(|| {
            let text = format!(
                "The account is linked to {linked}, and the manifest is for {asked}: the cloud of an account cannot be \
                 changed, and nothing is written. Delete this object (the account keeps its access), and declare \
                 what the account is linked to, or make another account for {asked}."
            );
            (reasons::CLOUD_MISMATCH, text)
        })
    }

    fn identify(live: &Observed) -> External<'_> {
        let (id, key, organization) = (live.account(), live.key(), live.organization());
        External { id, key, organization, adoptable: live.may_be_linked() }
    }

    fn fields(
        &self,
        session: &SpotSession,
        desired: &Desired,
        live: &Observed,
        _applied: &BTreeMap<String, String>,
    ) -> Vec<Field> {
        fields::of(desired, live, fields::Contract::of(session))
    }

    fn created(&self, desired: &Desired, _id: &str) -> Observed {
        Observed::as_declared(desired)
    }

    async fn update(
        &self,
        session: &SpotSession,
        _id: &str,
        desired: &Desired,
        _live: &Observed,
        _changes: &[Change],
    ) -> Result<(), VendorError> {
        apply::validate(session, desired).await?;
        apply::set(session, desired).await
    }
}

#[async_trait(?Send)]
impl Lists<Self> for Credentials {
    async fn list(
        &self,
        session: &SpotSession,
        wanted: Wanted<'_, Observed>,
    ) -> Result<Listed<Observed>, VendorError> {
        let tells_cloud = session.supports(Capability::CredentialReads);
        let accounts = session.accounts(wanted.fresh).await?;
        let rows = accounts.items.values().map(|account| Observed::row(account, tells_cloud)).collect();
        Ok(Listed { begun: accounts.begun, rows })
    }
}

#[async_trait(?Send)]
impl Creates<Self> for Credentials {
    async fn create(&self, session: &SpotSession, desired: &Desired) -> Result<Created, VendorError> {
        apply::set(session, desired).await?;
        Ok(Created { id: Some(desired.account().to_owned()), token: None })
    }

    fn carries(&self, _session: &SpotSession, _desired: &Desired, _path: &str) -> bool {
        true
    }
}

#[async_trait(?Send)]
impl Gets<Self> for Credentials {
    async fn get(
        &self,
        session: &SpotSession,
        _container: &str,
        id: &str,
    ) -> Option<Result<Observed, VendorError>> {
        if !session.supports(Capability::CredentialReads) {
            return None;
        }
        Some(match live::read(session, Observed::unlisted(id), session.now(), None).await {
            Ok(live) => live.found(),
            // Without its account there is no credential either.
            Err(error) if error.has_code("Account_DOESNT_EXIST") => {
                Err(VendorError { failure: Failure::NotFound, ..error })
            }
            Err(error) => Err(error),
        })
    }
}

#[async_trait(?Send)]
impl Details<Self> for Credentials {
    fn calls(&self, session: &SpotSession, row: &Observed) -> u32 {
        if session.supports(Capability::CredentialReads) { row.calls() } else { 0 }
    }

    async fn read(&self, session: &SpotSession, row: Observed, since: Tick) -> Result<Observed, VendorError> {
        if !session.supports(Capability::CredentialReads) {
            return Ok(row);
        }
        live::read(session, row, since, None).await
    }
}

#[async_trait(?Send)]
impl Prerequisite<Self> for Credentials {
    async fn prepare(
        &self,
        session: &SpotSession,
        desired: &Desired,
        known: Option<&ExternalId>,
        now: Timestamp,
    ) -> Result<Prepared, VendorError> {
        apply::prepare(session, desired, known, now).await
    }
}

impl Expires<Self> for Credentials {
    fn what(&self) -> &'static str {
        "The credential"
    }

    fn then(&self) -> &'static str {
        "Make another one in the cloud, put it into the Secret, and set the new expirationDate."
    }

    fn expires(&self, desired: &Desired, live: &Observed, written: bool) -> Option<Timestamp> {
        // What is in use counts, not what was refused or is only wished for.
        let (first, second) = (desired.expiration(), live.expiration());
        if written { first.or(second) } else { second.or(first) }
    }
}
