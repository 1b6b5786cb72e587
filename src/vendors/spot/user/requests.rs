//! Users, as they are asked for, made and given access.

use http::Method;
use serde_json::{Map, Value, json};

use super::model::{NewMachine, NewPerson, PersonRole};
use crate::engine::base::error::{Failure, VendorError};
use crate::vendors::spot::access::model::{AccountRole, PolicyMapping};
use crate::vendors::spot::access::requests::{accounts, policies};
use crate::vendors::spot::account::requests::SUBJECT as ACCOUNT;
use crate::vendors::spot::client::request::{Request, Subject, escape, segment};

/// The user whose id is in the path. The codes are not known (spot-wire §10); others begin with the thing's name.
pub const SUBJECT: Subject = Subject::called(&["USER", "PROGRAMMATICUSER", "ORGANIZATIONUSER"]);

/// The route of one user.
pub const USER: &str = "/setup/user/{userId}";
/// The route of new machine users.
pub const MACHINES: &str = "/setup/user/programmatic";
/// The route of an account's people (spot-wire §3).
const ACCOUNT_USER: &str = "/setup/account/{accountId}/user";

/// One user.
pub fn get(id: &str) -> Result<Request, VendorError> {
    Ok(Request::read(USER, format!("/setup/user/{}", segment(id)?), SUBJECT))
}

/// Deletes a user, with its tokens.
pub fn delete(id: &str) -> Result<Request, VendorError> {
    let path = format!("/setup/user/{}", segment(id)?);
    Ok(Request::write(Method::DELETE, USER, path, SUBJECT))
}

/// What a person's create has in both contracts.
pub fn person(person: &NewPerson) -> Map<String, Value> {
    let members = [
        ("firstName", json!(person.first_name)),
        ("lastName", json!(person.last_name)),
        ("email", json!(person.email)),
        ("role", json!(person.role.as_str())),
    ];
    members.map(|(key, value)| (key.to_owned(), value)).into_iter().collect()
}

/// What a machine user's create has in both contracts.
pub fn machine(machine: &NewMachine) -> Map<String, Value> {
    let mut body = Map::from_iter([("name".to_owned(), json!(machine.name))]);
    if let Some(description) = &machine.description {
        body.insert("description".to_owned(), json!(description));
    }
    body
}

/// A user's policies and groups, each set as a whole list. Production only.
#[derive(Clone, Copy, Debug)]
pub struct UserMappings;

impl UserMappings {
    /// All policies of a user, in place of those there.
    pub fn set_policies(self, id: &str, mappings: &[PolicyMapping]) -> Result<Request, VendorError> {
        let path = format!("/setup/user/{}/policyMapping", segment(id)?);
        let route = "/setup/user/{userId}/policyMapping";
        Ok(Request::write(Method::PUT, route, path, SUBJECT)
            .with_body(json!({ "policies": policies(mappings) })))
    }

    /// All groups of a user, in place of those there.
    pub fn set_groups(self, id: &str, groups: &[String]) -> Result<Request, VendorError> {
        let path = format!("/setup/user/{}/userGroupMapping", segment(id)?);
        let route = "/setup/user/{userId}/userGroupMapping";
        Ok(Request::write(Method::PUT, route, path, SUBJECT).with_body(json!({ "userGroupIds": groups })))
    }
}

/// People's roles in accounts, one by one. Production only.
#[derive(Clone, Copy, Debug)]
pub struct AccountRoles;

impl AccountRoles {
    /// The roles of a person in all accounts.
    pub fn list(self, email: &str) -> Result<Request, VendorError> {
        let path = format!("/setup/accountUserMapping?userEmail={}", escape(known(email)?));
        Ok(Request::read("/setup/accountUserMapping", path, Subject::NOTHING))
    }

    /// Adds a person to an account. By role is the default, and the vendor documents no member here
    /// that would say so.
    pub fn attach(self, account: &str, email: &str, role: &AccountRole) -> Result<Request, VendorError> {
        let body = json!({"userEmail": known(email)?, "role": role.as_str()});
        write(Method::POST, account, body)
    }

    /// Changes a person's role in an account.
    pub fn change(self, account: &str, email: &str, role: &AccountRole) -> Result<Request, VendorError> {
        let email = known(email)?;
        let body = json!({"userEmail": email, "permissionStrategy": "ROLE_BASED", "role": role.as_str()});
        write(Method::PUT, account, body)
    }

    /// Takes a person out of an account.
    pub fn detach(self, account: &str, email: &str) -> Result<Request, VendorError> {
        write(Method::DELETE, account, json!({"userEmail": known(email)?}))
    }
}

fn write(method: Method, account: &str, body: Value) -> Result<Request, VendorError> {
    let path = format!("/setup/account/{}/user", segment(account)?);
    Ok(Request::write(method, ACCOUNT_USER, path, ACCOUNT).with_body(body))
}

/// Without an email, such a call might be about everybody.
fn known(email: &str) -> Result<&str, VendorError> {
    if email.is_empty() {
        return Err(VendorError::without_effect(Failure::Refused, "a person without an email"));
    }
    Ok(email)
}

/// A user's role and roles in accounts, in one call. Published only.
#[derive(Clone, Copy, Debug)]
pub struct UserPermissions;

impl UserPermissions {
    /// What is `None` is left as it is.
    pub fn set(
        self,
        id: &str,
        role: Option<PersonRole>,
        roles: Option<&[(String, AccountRole)]>,
    ) -> Result<Request, VendorError> {
        let mut body = Map::new();
        if let Some(role) = role {
            body.insert("role".to_owned(), json!(role.as_str()));
        }
        if let Some(roles) = roles {
            body.insert("accounts".to_owned(), accounts(roles));
        }
        let path = format!("/setup/user/{}", segment(id)?);
        Ok(Request::write(Method::PUT, USER, path, SUBJECT).with_body(Value::Object(body)))
    }
}
