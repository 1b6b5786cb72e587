//! Cloud credentials (spot-wire §2.6): one cloud for an account, set anew at will, and never taken
//! away but with the account.

mod aws;
mod azure;
mod calls;
mod control;
mod gcp;
mod rows;
pub(super) mod state;

use http::Method;
use serde_json::json;

use super::Account;
use super::control::Control;
use super::kind::Kind;
use super::need::Given::Allowed;
use super::need::Need;
use super::operation::Operation;
use crate::sandbox::core::route;

const AWS: &str = "/setup/credentials/aws";
const EXTERNAL_ID: &str = "/setup/credentials/aws/externalId";
const AZURE: &str = "/azure/setup/credentials";
const GCP: &str = "/gcp/setup/credentials";
const SEE: Need = Need::in_account("setup:describeAccountCredentials", Allowed);
const SET: Need = Need::in_account("setup:setAccountCredentials", Allowed);

static SET_AWS: Operation = Operation::change("setAwsCredentials", "credentials", SET, aws::set);
static GET_AWS: Operation = Operation::get("getAwsCredentials", SEE, aws::get);
static CREATE_EXTERNAL_ID: Operation =
    Operation::change("createAwsExternalId", "credentials", SET, aws::request_external_id);
static GET_EXTERNAL_ID: Operation =
    Operation::get("getAwsExternalId", SEE, |call| aws::get_external_id(call));
static SET_AZURE: Operation = Operation::change("setAzureCredentials", "credentials", SET, azure::set);
static GET_AZURE: Operation = Operation::get("getAzureCredentials", SEE, azure::get);
static VALIDATE_AZURE: Operation = Operation::get("validateAzureCredentials", SET, azure::validate);
static SET_AZURE_TENANT: Operation =
    Operation::change("setAzureTenantCredentials", "credentials", SET, azure::set_of_tenant);
static VALIDATE_AZURE_TENANT: Operation =
    Operation::get("validateAzureTenantCredentials", SET, azure::validate_of_tenant);
static SET_GCP: Operation = Operation::change("setGcpCredentials", "credentials", SET, gcp::set);
static GET_GCP: Operation = Operation::get("getGcpCredentials", SEE, gcp::get);
static VALIDATE_GCP: Operation = Operation::get("validateGcpCredentials", SET, gcp::validate);

pub(super) static KIND: Kind = Kind {
    production: &[
        route(Method::POST, AWS, &SET_AWS),
        route(Method::GET, AWS, &GET_AWS),
        route(Method::POST, EXTERNAL_ID, &CREATE_EXTERNAL_ID),
        route(Method::GET, "/setup/credentials/aws/externalId/{accountId}", &GET_EXTERNAL_ID),
        route(Method::POST, AZURE, &SET_AZURE),
        route(Method::GET, AZURE, &GET_AZURE),
        route(Method::POST, "/azure/setup/credentials/validation", &VALIDATE_AZURE),
        route(Method::POST, "/azure/setup/tenant/credentials", &SET_AZURE_TENANT),
        route(Method::POST, "/azure/setup/tenant/credentials/validation", &VALIDATE_AZURE_TENANT),
        route(Method::POST, GCP, &SET_GCP),
        route(Method::GET, GCP, &GET_GCP),
        route(Method::POST, "/gcp/setup/credentials/validation", &VALIDATE_GCP),
    ],
    published: &[
        route(Method::POST, AWS, &SET_AWS).named("setAWSCloudCredentials"),
        route(Method::POST, "/setup/credentials/azure", &SET_AZURE).named("setAzureCloudCredentials"),
        route(Method::POST, "/setup/credentials/gcp", &SET_GCP).named("setGCPCloudCredentials"),
    ],
    controls: &[
        Control::to_one(Method::PUT, "accounts/{id}/credentials", control::set),
        Control::to_none(Method::GET, "rejected-credentials", |sandbox, _, _| Ok(control::rejected(sandbox))),
        Control::to_none(Method::POST, "rejected-credentials", |sandbox, _, request| {
            control::reject(sandbox, request)
        }),
        Control::to_none(Method::DELETE, "rejected-credentials", |sandbox, _, request| {
            control::accept(sandbox, request)
        }),
    ],
    state: &[
        ("credentials", |world| {
            let row = |account: &Account| control::row(&account.id, account.details.current()?);
            world.accounts().filter_map(row).collect()
        }),
        ("rejectedCredentials", |world| world.rejections.all().map(|identity| json!(identity)).collect()),
    ],
};
