//! Which contract a server speaks (`contract: Auto`), with as few calls as possible.

use crate::engine::base::error::{Failure, VendorError};
use crate::engine::external::caller::Link;
use crate::vendors::spot::account::decode::account;
use crate::vendors::spot::account::model::Account;
use crate::vendors::spot::account::requests;
use crate::vendors::spot::client::failure::judge;
use crate::vendors::spot::client::list::{each, whole_list};
use crate::vendors::spot::client::reply::Reply;
use crate::vendors::spot::client::request::Request;
use crate::vendors::spot::contract::{self, ContractName};

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detected {
    /// The contract.
    pub contract: ContractName,
    /// The accounts, where the search brought a whole list of them.
    pub accounts: Option<Vec<Account>>,
}

/// Why the contract is not known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DetectError {
    /// The server answers, and like neither contract: a person has to say which it is.
    #[error("{0}; set spec.connection.contract to Production or Published")]
    ContractUnknown(String),
    /// A call failed in a way that would fail under either contract.
    #[error(transparent)]
    Call(#[from] VendorError),
}

/// Asks for what only the live service has, then for what both have.
///
/// # Errors
/// See [`DetectError`]. A reply that shows the contract is a result even if it is an error: the
/// next call will meet that error and tell it.
pub async fn detect(link: &Link) -> Result<Detected, DetectError> {
    let production = contract::named(ContractName::Production);
    let users = production.list_users("")?;
    let reply = call(link, &users).await?;
    if reply.is_production() {
        return Ok(Detected { contract: ContractName::Production, accounts: None });
    }
    if !matches!(reply.status.as_u16(), 404 | 405) {
        return Err(unknown(link, &users, &reply));
    }
    let accounts = requests::list();
    let reply = call(link, &accounts).await?;
    let contract = match (reply.is_production(), reply.status.as_u16()) {
        (true, _) => ContractName::Production,
        (false, 200) if reply.items().is_some() => ContractName::Published,
        (false, _) => return Err(unknown(link, &accounts, &reply)),
    };
    let accounts = whole_list(&reply, contract::named(contract).count())
        .and_then(|items| each(items, account, |account| &account.id))
        .ok();
    Ok(Detected { contract, accounts })
}

async fn call(link: &Link, request: &Request) -> Result<Reply, VendorError> {
    Ok(Reply::read(&link.call(request.call.clone()).await?))
}

/// A refused token and a broken server are what they are; all else is for a person.
fn unknown(link: &Link, request: &Request, reply: &Reply) -> DetectError {
    // Published judges by the status alone, which is all that this reply has.
    let error = judge(contract::named(ContractName::Published), request, reply, &[&link.token]);
    match error.failure {
        Failure::Unauthorized | Failure::Unreachable => DetectError::Call(error),
        Failure::Forbidden => DetectError::Call(VendorError {
            // Some gateways say so to whatever they do not know.
            message: format!("{}; if the token may do that, set spec.connection.contract", error.message),
            ..error
        }),
        _ => DetectError::ContractUnknown(format!(
            "the server answers like no known contract ({})",
            error.message
        )),
    }
}
