//! The live service, as its own clients use it (spot-wire).

use http::{Method, StatusCode};
use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};

use crate::engine::error::VendorError;
use crate::vendors::spot::contract::{
    ACCOUNT, Capability, Contract, ContractName, Request, Subject, segment,
};
use crate::vendors::spot::decode::Count;
use crate::vendors::spot::model::AccountUpdate;
use crate::vendors::spot::reply::Reply;

/// The live service.
#[derive(Clone, Copy, Debug)]
pub struct Production;

/// The list of users: the organization is the token's (spot-wire §2.3). Its path also tells the
/// contracts apart.
pub(in crate::vendors::spot) const USERS: &str = "/setup/organization/user";

impl Contract for Production {
    fn name(&self) -> ContractName {
        ContractName::Production
    }

    fn supports(&self, capability: Capability) -> bool {
        match capability {
            Capability::GetAccount
            | Capability::AccountSlackChannels
            | Capability::DeleteNamesOrganization => true,
            Capability::UsersTellOrganization => false,
        }
    }

    fn get_account(&self, id: &str) -> Result<Request, VendorError> {
        Ok(Request::read(ACCOUNT, format!("/setup/account/{}", segment(id)?), Subject::Account))
    }

    fn update_account(&self, id: &str, update: &AccountUpdate) -> Result<Request, VendorError> {
        let mut account = Map::new();
        if let Some(name) = &update.name {
            account.insert("name".to_owned(), json!(name));
        }
        if let Some(channels) = &update.slack_channels {
            let channels: Vec<Value> = channels.iter().map(|url| json!(url.expose_secret())).collect();
            account.insert("slackNotificationChannels".to_owned(), Value::Array(channels));
        }
        let path = format!("/setup/account/{}", segment(id)?);
        Ok(Request::write(Method::PUT, ACCOUNT, path, Subject::Account)
            .with_body(json!({ "account": account })))
    }

    fn list_users(&self, _organization: &str) -> Result<Request, VendorError> {
        Ok(Request::read(USERS, USERS.to_owned(), Subject::Nothing))
    }

    fn delete_organization(&self, organization: &str) -> Result<Request, VendorError> {
        let path = format!("/setup/organization/{}", segment(organization)?);
        let route = "/setup/organization/{organizationId}";
        Ok(Request::write(Method::DELETE, route, path, Subject::Organization))
    }

    fn count(&self) -> Count {
        Count::Required
    }

    /// Always 200, always with the envelope (spot-wire §1).
    fn is_success(&self, reply: &Reply) -> bool {
        reply.status == StatusCode::OK && reply.code() == Some(200) && !reply.is_vendor_error()
    }

    fn is_refusal(&self, reply: &Reply) -> bool {
        reply.status.is_client_error() && reply.is_vendor_error()
    }

    /// The live service answers 400 with a code; a 404 is somebody else's (spot-wire §1).
    fn is_absent_by_status(&self, _reply: &Reply) -> bool {
        false
    }
}
