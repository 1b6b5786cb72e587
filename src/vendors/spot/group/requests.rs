//! Groups of users, as they are asked for (spot-wire §3). Production only.

use http::Method;
use serde_json::{Map, Value, json};

use super::model::NewGroup;
use crate::engine::base::error::VendorError;
use crate::vendors::spot::access::model::PolicyMapping;
use crate::vendors::spot::access::requests::policies;
use crate::vendors::spot::client::request::{Request, Subject, segment};

/// The group whose id is in the path.
pub const SUBJECT: Subject = Subject::called(&["USERGROUP", "ORGANIZATIONUSERGROUP"]);

const GROUPS: &str = "/setup/access/userGroup";
const GROUP: &str = "/setup/access/userGroup/{userGroupId}";

/// The requests of groups.
#[derive(Clone, Copy, Debug)]
pub struct GroupRequests;

impl GroupRequests {
    /// All groups of the organization.
    pub fn list(self) -> Request {
        Request::read(GROUPS, GROUPS.to_owned(), Subject::NOTHING)
    }

    /// One group.
    pub fn get(self, id: &str) -> Result<Request, VendorError> {
        Ok(Request::read(GROUP, path(id)?, SUBJECT))
    }

    /// A new group. No client of the vendor sends empty lists here.
    pub fn create(self, group: &NewGroup) -> Request {
        let mut body = Map::from_iter([("name".to_owned(), json!(group.name))]);
        if let Some(description) = &group.description {
            body.insert("description".to_owned(), json!(description));
        }
        if !group.user_ids.is_empty() {
            body.insert("userIds".to_owned(), json!(group.user_ids));
        }
        if !group.policies.is_empty() {
            body.insert("policies".to_owned(), policies(&group.policies));
        }
        Request::write(Method::POST, GROUPS, GROUPS.to_owned(), Subject::NOTHING)
            .with_body(Value::Object(body))
    }

    /// Changes name and description; what is `None` is left as it is.
    pub fn update(
        self,
        id: &str,
        name: Option<&str>,
        description: Option<&str>,
    ) -> Result<Request, VendorError> {
        let members = [("name", name), ("description", description)];
        let sent = members.into_iter().filter_map(|(key, value)| Some((key.to_owned(), json!(value?))));
        let body = Value::Object(sent.collect());
        Ok(Request::write(Method::PUT, GROUP, path(id)?, SUBJECT).with_body(body))
    }

    /// All members, in place of those there.
    pub fn set_members(self, id: &str, users: &[String]) -> Result<Request, VendorError> {
        let path = format!("{}/userMapping", path(id)?);
        let route = "/setup/access/userGroup/{userGroupId}/userMapping";
        Ok(Request::write(Method::PUT, route, path, SUBJECT).with_body(json!({ "userIds": users })))
    }

    /// All policies, in place of those there.
    pub fn set_policies(self, id: &str, mappings: &[PolicyMapping]) -> Result<Request, VendorError> {
        let path = format!("{}/policyMapping", path(id)?);
        let route = "/setup/access/userGroup/{userGroupId}/policyMapping";
        Ok(Request::write(Method::PUT, route, path, SUBJECT)
            .with_body(json!({ "policies": policies(mappings) })))
    }

    /// Deletes a group.
    pub fn delete(self, id: &str) -> Result<Request, VendorError> {
        Ok(Request::write(Method::DELETE, GROUP, path(id)?, SUBJECT))
    }
}

fn path(id: &str) -> Result<String, VendorError> {
    Ok(format!("{GROUPS}/{}", segment(id)?))
}
