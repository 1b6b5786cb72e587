//! The calls about organizations, and whether a token is one's.

use http::StatusCode;
use secrecy::SecretString;

use super::requests;
use crate::engine::base::error::VendorError;
use crate::engine::provider::vendor::Created;
use crate::vendors::spot::account::requests as accounts;
use crate::vendors::spot::client::SpotClient;
use crate::vendors::spot::client::created::created;
use crate::vendors::spot::client::list::whole_list;

/// The calls about organizations.
#[derive(Clone, Copy, Debug)]
pub struct OrganizationCalls<'a>(pub &'a SpotClient);

impl OrganizationCalls<'_> {
    /// Makes an organization; its id is `organizationId` in reality, `id` in the document (spot-wire §2.1). No call lists organizations: an unknown outcome is for a person.
    pub async fn create(self, name: &str) -> Result<Created, VendorError> {
        let reply = self.0.write(&requests::create(name), &[]).await?;
        Ok(created(&reply, &["organizationId", "id"]))
    }

    /// Deletes the organization, for good. Without [`Capability::DeleteNamesOrganization`] it is the
    /// token's organization, whatever `organization` says: prove the identity first (rule 11).
    ///
    /// [`Capability::DeleteNamesOrganization`]: crate::vendors::spot::contract::Capability::DeleteNamesOrganization
    pub async fn delete(self, organization: &str) -> Result<(), VendorError> {
        self.0.write(&self.0.contract().delete_organization(organization)?, &[]).await.map(drop)
    }

    /// Whether the vendor accepts another token. `None` where the answer does not show it, as when
    /// something in between refused the call.
    ///
    /// # Errors
    /// Where the vendor did not get to judge the token.
    pub async fn token_accepted(self, token: &SecretString) -> Result<Option<bool>, VendorError> {
        let contract = self.0.contract();
        let request = accounts::list();
        let reply = self.0.with_token(token).answer(&request).await?;
        match reply.status {
            // A bare 401 may be a proxy's.
            StatusCode::UNAUTHORIZED if contract.is_refusal(&reply) => Ok(Some(false)),
            StatusCode::OK => {
                let known = whole_list(&reply, contract.count()).is_ok();
                Ok(known.then_some(true))
            }
            // The vendor knows whose it is, and that they may not list accounts.
            StatusCode::FORBIDDEN => {
                let vendors = contract.is_refusal(&reply) && reply.json().is_ok();
                Ok(vendors.then_some(true))
            }
            _ => Err(self.0.failure(&request, &reply, &[token])),
        }
    }
}
