//! Accounts, as they are asked for and made.

use http::Method;
use serde_json::{Map, Value, json};

use crate::engine::base::error::VendorError;
use crate::vendors::spot::client::request::{Request, Subject, segment};

/// The account whose id is in the path.
pub const SUBJECT: Subject = Subject::called(&["ACCOUNT"]);

const ACCOUNTS: &str = "/setup/account";
/// The route of one account.
pub const ACCOUNT: &str = "/setup/account/{accountId}";

/// All accounts of the token's organization.
pub fn list() -> Request {
    Request::read(ACCOUNTS, ACCOUNTS.to_owned(), Subject::NOTHING)
}

/// One account. Production only.
pub fn get(id: &str) -> Result<Request, VendorError> {
    Ok(Request::read(ACCOUNT, path(id)?, SUBJECT))
}

/// A new account.
pub fn create(name: &str) -> Request {
    let body = json!({"account": {"name": name}});
    Request::write(Method::POST, ACCOUNTS, ACCOUNTS.to_owned(), Subject::NOTHING).with_body(body)
}

/// A change of an account.
pub fn update(id: &str, account: &Map<String, Value>) -> Result<Request, VendorError> {
    Ok(Request::write(Method::PUT, ACCOUNT, path(id)?, SUBJECT).with_body(json!({ "account": account })))
}

/// Deletes an account.
pub fn delete(id: &str) -> Result<Request, VendorError> {
    Ok(Request::write(Method::DELETE, ACCOUNT, path(id)?, SUBJECT))
}

fn path(id: &str) -> Result<String, VendorError> {
    Ok(format!("{ACCOUNTS}/{}", segment(id)?))
}
