//! The public `OpenAPI` document, as a gateway or mock built from it serves it (spot-published).

use http::{Method, StatusCode};
use serde_json::json;

use crate::engine::error::VendorError;
use crate::vendors::spot::contract::{
    ACCOUNT, Capability, Contract, ContractName, Request, Subject, not_supported, segment,
};
use crate::vendors::spot::decode::Count;
use crate::vendors::spot::model::AccountUpdate;
use crate::vendors::spot::reply::{NotJson, Reply};

/// The public document.
#[derive(Clone, Copy, Debug)]
pub struct Published;

impl Contract for Published {
    fn name(&self) -> ContractName {
        ContractName::Published
    }

    fn supports(&self, capability: Capability) -> bool {
        match capability {
            Capability::UsersTellOrganization => true,
            Capability::GetAccount
            | Capability::AccountSlackChannels
            | Capability::DeleteNamesOrganization => false,
        }
    }

    fn get_account(&self, _id: &str) -> Result<Request, VendorError> {
        Err(not_supported(self.name(), "cannot read one account"))
    }

    fn update_account(&self, id: &str, update: &AccountUpdate) -> Result<Request, VendorError> {
        if update.slack_channels.is_some() {
            return Err(not_supported(self.name(), "has no Slack channels of accounts"));
        }
        let path = format!("/setup/account/{}", segment(id)?);
        let account = update.name.as_ref().map_or_else(|| json!({}), |name| json!({ "name": name }));
        Ok(Request::write(Method::PUT, ACCOUNT, path, Subject::Account)
            .with_body(json!({ "account": account })))
    }

    fn list_users(&self, organization: &str) -> Result<Request, VendorError> {
        let path = format!("/setup/organization/{}/user", segment(organization)?);
        Ok(Request::read("/setup/organization/{organizationId}/user", path, Subject::Organization))
    }

    /// There is no id in it: the organization of the token is deleted.
    fn delete_organization(&self, _organization: &str) -> Result<Request, VendorError> {
        let route = "/setup/organization";
        Ok(Request::write(Method::DELETE, route, route.to_owned(), Subject::Nothing))
    }

    fn count(&self) -> Count {
        Count::Optional
    }

    /// Most answers are untyped: any body will do, unless it is a page of something in between, is
    /// cut off, or says that it failed.
    fn is_success(&self, reply: &Reply) -> bool {
        reply.status.is_success()
            && !reply.is_vendor_error()
            && matches!(reply.json(), Ok(_) | Err(NotJson::Empty | NotJson::Text))
    }

    fn is_refusal(&self, reply: &Reply) -> bool {
        reply.status.is_client_error() && reply.status != StatusCode::REQUEST_TIMEOUT
    }

    /// A 404 with JSON is the server's own; a page or nothing may be a proxy's.
    fn is_absent_by_status(&self, reply: &Reply) -> bool {
        reply.status == StatusCode::NOT_FOUND && reply.json().is_ok()
    }
}
