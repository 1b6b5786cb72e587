//! How Spot's organizations are reached: the vendor's half of the engine.

use crate::api::managed::Managed;
use crate::api::spot::{ContractChoice, ContractStatus, SpotAccount, SpotOrganization};
use crate::engine::error::VendorError;
use crate::engine::kind::{Connection, OpenError, Vendor};
use crate::engine::link::Link;
use crate::engine::reason::Reason;
use crate::vendors::spot::client::SpotClient;
use crate::vendors::spot::contract::Capability;
use crate::vendors::spot::detect::{self, DetectError};

/// Spot by Flexera.
#[derive(Clone, Copy, Debug)]
pub struct Spot;

impl Vendor for Spot {
    type Root = SpotOrganization;
    type Session = SpotClient;

    const WITNESS: &'static str = SpotAccount::KIND;

    fn connection(&self, root: &SpotOrganization) -> Connection {
        let spec = &root.spec;
        Connection {
            organization: spec.organization_id.clone(),
            endpoint: spec.connection.endpoint.clone(),
            token_secret: spec.connection.token_secret_ref.name.clone(),
            token_key: spec.connection.token_secret_ref.key.clone(),
            ca_bundle: spec.connection.ca_bundle.clone(),
            // The schema keeps it positive.
            requests_per_minute: u32::try_from(spec.connection.requests_per_minute).unwrap_or(1),
            resync: spec.resync_interval.get(),
            max_destructive_per_hour: u32::try_from(spec.guard.max_destructive_per_hour).unwrap_or(1),
        }
    }

    async fn open(&self, root: &SpotOrganization, link: Link) -> Result<SpotClient, OpenError> {
        use crate::api::spot::Contract::{Production, Published};
        let decided = root.status.as_ref().and_then(|status| status.contract.as_ref());
        let contract = match (root.spec.connection.contract, decided) {
            (ContractChoice::Production, _) => Production,
            (ContractChoice::Published, _) => Published,
            // What was found out holds for as long as the endpoint is the same.
            (ContractChoice::Auto, Some(known))
                if known.asked == ContractChoice::Auto && known.endpoint == root.spec.connection.endpoint =>
            {
                known.decided
            }
            (ContractChoice::Auto, _) => match detect::detect(&link).await {
                Ok(detected) => detected.contract,
                Err(DetectError::Call(error)) => return Err(OpenError::Vendor(error)),
                Err(error @ DetectError::ContractUnknown(_)) => {
                    return Err(OpenError::Stalled(Reason::ContractUnknown, format!("{error}.")));
                }
            },
        };
        Ok(SpotClient::new(link, contract))
    }

    fn note(&self, root: &mut SpotOrganization, session: &SpotClient) {
        let (endpoint, asked) = (root.spec.connection.endpoint.clone(), root.spec.connection.contract);
        let status = root.status.get_or_insert_default();
        status.contract = Some(ContractStatus { decided: session.contract(), asked, endpoint });
    }

    async fn other_proof(
        &self,
        session: &SpotClient,
        organization: &str,
    ) -> Result<Option<String>, VendorError> {
        if !session.supports(Capability::UsersTellOrganization) {
            return Ok(None);
        }
        let users = session.list_users(organization).await?;
        Ok(users.into_iter().find_map(|user| user.organization_id))
    }

    async fn delete_root(&self, session: &SpotClient, organization: &str) -> Result<(), VendorError> {
        session.delete_organization(organization).await
    }
}
