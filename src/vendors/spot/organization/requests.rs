//! Organizations, as they are made.

use http::Method;

use crate::vendors::spot::client::request::{Request, Subject};

/// The organization whose id is in the path.
pub const SUBJECT: Subject = Subject::called(&["ORGANIZATION"]);

/// A new organization. The name has nowhere to go in the document; it is sent as the live service
/// takes it (spot-published note 1).
pub fn create(name: &str) -> Request {
    let body = serde_json::json!({"organization": {"name": name}});
    let route = "/setup/organization";
    Request::write(Method::POST, route, route.to_owned(), Subject::NOTHING).with_body(body)
}
