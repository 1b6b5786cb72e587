//! The operations of each contract and the paths that lead to them.

use std::collections::BTreeMap;

use http::Method;
use serde::{Deserialize, Serialize};

/// The vendor's contract that the sandbox keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Contract {
    /// The live service.
    Production,
    /// The public document.
    Published,
}

/// An operation that some contract has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    CreateOrganization,
    DeleteOrganization,
    /// Published's form without an id: the token's own.
    DeleteOwnOrganization,
    CreateAccount,
    ListAccounts,
    GetAccount,
    UpdateAccount,
    DeleteAccount,
    ListUsers,
    GetUser,
    HealthCheck,
}

impl Operation {
    /// Whether its answer is a list of a whole collection.
    pub(super) const fn is_list(self) -> bool {
        matches!(self, Self::ListAccounts | Self::ListUsers | Self::HealthCheck)
    }
}

/// One route of a contract.
#[derive(Debug)]
pub(super) struct Route {
    pub(super) method: Method,
    pub(super) template: &'static str,
    pub(super) operation: Operation,
    /// The query keys it knows, besides `accountId`, which is welcome everywhere.
    pub(super) query: &'static [&'static str],
}

const fn route(method: Method, template: &'static str, operation: Operation) -> Route {
    Route { method, template, operation, query: &[] }
}

impl Route {
    const fn with_query(mut self, query: &'static [&'static str]) -> Self {
        self.query = query;
        self
    }
}

const ORGANIZATION: &str = "/setup/organization";
const ACCOUNTS: &str = "/setup/account";
const ACCOUNT: &str = "/setup/account/{accountId}";
const HEALTH_CHECK: &str = "/healthCheck";

/// spot-wire §2.1–§2.3, §2.8. `awsAccountId` is the older name of `cloudAccountId` (§2.2).
static PRODUCTION: &[Route] = &[
    route(Method::POST, ORGANIZATION, Operation::CreateOrganization),
    route(Method::DELETE, "/setup/organization/{organizationId}", Operation::DeleteOrganization),
    route(Method::GET, "/setup/organization/user", Operation::ListUsers),
    route(Method::POST, ACCOUNTS, Operation::CreateAccount),
    route(Method::GET, ACCOUNTS, Operation::ListAccounts).with_query(&["cloudAccountId", "awsAccountId"]),
    route(Method::GET, ACCOUNT, Operation::GetAccount),
    route(Method::PUT, ACCOUNT, Operation::UpdateAccount),
    route(Method::DELETE, ACCOUNT, Operation::DeleteAccount),
    route(Method::GET, HEALTH_CHECK, Operation::HealthCheck),
];

/// The public document's paths.
static PUBLISHED: &[Route] = &[
    route(Method::POST, ORGANIZATION, Operation::CreateOrganization),
    route(Method::DELETE, ORGANIZATION, Operation::DeleteOwnOrganization),
    route(Method::GET, "/setup/organization/{organizationId}/user", Operation::ListUsers),
    route(Method::GET, "/setup/user/{userId}", Operation::GetUser),
    route(Method::POST, ACCOUNTS, Operation::CreateAccount),
    route(Method::GET, ACCOUNTS, Operation::ListAccounts).with_query(&["cloudAccountId"]),
    route(Method::PUT, ACCOUNT, Operation::UpdateAccount),
    route(Method::DELETE, ACCOUNT, Operation::DeleteAccount),
    route(Method::GET, HEALTH_CHECK, Operation::HealthCheck),
];

/// The template under which requests to nowhere are counted.
pub(super) const NO_ROUTE: &str = "(none)";

/// A route with what the path filled in.
#[derive(Debug)]
pub(super) struct Matched {
    pub(super) route: &'static Route,
    pub(super) parameters: BTreeMap<&'static str, String>,
}

/// The route a request takes. Case and a trailing slash do not matter (spot-wire §1).
pub(super) fn find(contract: Contract, method: &Method, path: &str) -> Option<Matched> {
    let routes = match contract {
        Contract::Production => PRODUCTION,
        Contract::Published => PUBLISHED,
    };
    routes.iter().filter(|route| route.method == *method).find_map(|route| {
        let parameters = fill(route.template, path)?;
        Some(Matched { route, parameters })
    })
}

fn fill(template: &'static str, path: &str) -> Option<BTreeMap<&'static str, String>> {
    let path = path.strip_suffix('/').unwrap_or(path);
    let mut parameters = BTreeMap::new();
    let mut given = path.split('/');
    for expected in template.split('/') {
        let segment = given.next()?;
        let parameter = expected.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        match parameter {
            Some(name) if !segment.is_empty() => {
                parameters.insert(name, segment.to_owned());
            }
            None if expected.eq_ignore_ascii_case(segment) => {}
            _ => return None,
        }
    }
    given.next().is_none().then_some(parameters)
}
