//! Whether a token works.

use http::StatusCode;
use secrecy::SecretString;

use crate::engine::base::error::VendorError;
use crate::engine::external::caller::Link;
use crate::vendors::spot::client::SpotClient;
use crate::vendors::spot::decode;
use crate::vendors::spot::failure::judge;
use crate::vendors::spot::reply::Reply;

impl SpotClient {
    /// Whether the vendor accepts another token. `None` where the answer does not show it, as when
    /// something in between refused the call.
    ///
    /// # Errors
    /// Where the vendor did not get to judge the token.
    pub async fn token_accepted(&self, token: &SecretString) -> Result<Option<bool>, VendorError> {
        let request = self.contract.list_accounts();
        let link = Link { token: token.clone(), ..self.link.clone() };
        let reply = Reply::read(&link.call(request.call.clone()).await?);
        match reply.status {
            // A bare 401 may be a proxy's.
            StatusCode::UNAUTHORIZED if self.contract.is_refusal(&reply) => Ok(Some(false)),
            StatusCode::OK => {
                let known = decode::whole_list(&reply, self.contract.count()).is_ok();
                Ok(known.then_some(true))
            }
            // The vendor knows whose it is, and that they may not list accounts.
            StatusCode::FORBIDDEN => {
                let vendors = self.contract.is_refusal(&reply) && reply.json().is_ok();
                Ok(vendors.then_some(true))
            }
            _ => Err(judge(self.contract, &request, &reply, &[token, &self.link.token])),
        }
    }
}
