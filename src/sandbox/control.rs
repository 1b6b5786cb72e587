//! The control surface below `/_sandbox/`: a person in the console, a support desk that issues
//! tokens, and a hand on the faults. JSON in, JSON out, no token.

use http::{Method, StatusCode};
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::core::Sandbox;
use super::faults::Fault;
use super::ids::OrganizationId;
use super::lagged::Lag;
use super::message::{Answer, Request};
use super::state::{AccountKept, Organization};

const PREFIX: &str = "/_sandbox/";

/// Whether a request is for the control surface.
pub(super) fn is_for(request: &Request) -> bool {
    request.path().starts_with(PREFIX)
}

/// Why a request to the control surface is refused.
struct Complaint(StatusCode, String);

type Outcome = Result<Value, Complaint>;

fn missing(what: &str) -> Complaint {
    Complaint(StatusCode::NOT_FOUND, format!("there is no such {what}"))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Named {
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewAccount {
    name: String,
    organization_id: Option<OrganizationId>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AccountChange {
    name: Option<String>,
    cloud_provider: Option<String>,
    provider_external_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewToken {
    organization_id: Option<OrganizationId>,
    token: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    Many(Vec<Fault>),
    One(Fault),
}

/// Answers a request to the control surface.
pub(super) fn answer(sandbox: &mut Sandbox, now: Timestamp, request: &Request) -> Answer {
    match route(sandbox, now, request) {
        Ok(value) => Answer::json(StatusCode::OK, &value),
        Err(Complaint(status, why)) => Answer::json(status, &json!({"error": why})),
    }
}

fn route(sandbox: &mut Sandbox, now: Timestamp, request: &Request) -> Outcome {
    let rest = request.path().strip_prefix(PREFIX).unwrap_or_default();
    let segments: Vec<&str> = rest.trim_end_matches('/').split('/').collect();
    let method = request.method.clone();
    match (method, segments.as_slice()) {
        (Method::GET, ["health"]) => Ok(json!({"contract": sandbox.contract()})),
        (Method::GET, ["state"]) => Ok(state(sandbox)),
        (Method::POST, ["reset"]) => {
            sandbox.reset(now);
            Ok(json!({}))
        }
        (Method::POST, ["organizations"]) => create_organization(sandbox, now, request),
        (Method::PATCH, ["organizations", id]) => {
            let Named { name } = read(request)?;
            let renamed = sandbox.world_mut().rename_organization(organization_id(id)?, &name);
            found(renamed, "organization")
        }
        (Method::DELETE, ["organizations", id]) => {
            let deleted = sandbox.world_mut().delete_organization(organization_id(id)?);
            found(deleted, "organization")
        }
        (Method::POST, ["accounts"]) => create_account(sandbox, now, request),
        (Method::PATCH, ["accounts", id]) => change_account(sandbox, now, id, request),
        (Method::DELETE, ["accounts", id]) => delete_account(sandbox, now, id),
        (Method::POST, ["tokens"]) => issue_token(sandbox, request),
        (Method::DELETE, ["tokens", digest]) => found(sandbox.world_mut().revoke_token(digest), "token"),
        (Method::GET, ["faults"]) => Ok(json!({"faults": sandbox.faults()})),
        (Method::POST, ["faults"]) => {
            let faults = match read(request)? {
                OneOrMany::One(fault) => vec![fault],
                OneOrMany::Many(faults) => faults,
            };
            let ids: Vec<u64> = faults.into_iter().map(|fault| sandbox.add_fault(fault)).collect();
            Ok(json!({"ids": ids}))
        }
        (Method::DELETE, ["faults"]) => {
            sandbox.clear_faults();
            Ok(json!({}))
        }
        (Method::DELETE, ["faults", id]) => {
            let removed = id.parse().is_ok_and(|id| sandbox.remove_fault(id));
            found(removed, "fault")
        }
        (Method::GET, ["lag"]) => Ok(json!(sandbox.lag())),
        (Method::PUT, ["lag"]) => {
            let lag: Lag = read(request)?;
            sandbox.set_lag(lag);
            Ok(json!(lag))
        }
        (Method::GET, ["limits"]) => Ok(json!(sandbox.limits())),
        (Method::PUT, ["limits"]) => {
            sandbox.set_limits(read(request)?);
            Ok(json!(sandbox.limits()))
        }
        (Method::GET, ["requests"]) => Ok(requests(sandbox)),
        (Method::DELETE, ["requests"]) => {
            sandbox.clear_requests();
            Ok(json!({}))
        }
        _ => Err(missing("control; see docs/sandbox.md")),
    }
}

fn read<T: DeserializeOwned>(request: &Request) -> Result<T, Complaint> {
    let body: &[u8] = if request.body.is_empty() { b"{}" } else { &request.body };
    serde_json::from_slice(body).map_err(|error| Complaint(StatusCode::BAD_REQUEST, error.to_string()))
}

fn found(done: bool, what: &str) -> Outcome {
    if done { Ok(json!({})) } else { Err(missing(what)) }
}

fn organization_id(text: &str) -> Result<OrganizationId, Complaint> {
    text.parse().map_err(|_| missing("organization"))
}

/// The organization that a control means: the one it names, else the oldest.
fn meant(sandbox: &Sandbox, named: Option<OrganizationId>) -> Result<&Organization, Complaint> {
    match named {
        Some(id) => sandbox.world().organization(id),
        None => sandbox.world().oldest_organization(),
    }
    .ok_or_else(|| missing("organization"))
}

fn create_organization(sandbox: &mut Sandbox, now: Timestamp, request: &Request) -> Outcome {
    let Named { name } = read(request)?;
    let world = sandbox.world_mut();
    let id = world.create_organization(now, None, &name, None);
    let organization = world.organization(id).map(organization_row);
    organization.ok_or_else(|| missing("organization"))
}

fn create_account(sandbox: &mut Sandbox, now: Timestamp, request: &Request) -> Outcome {
    let NewAccount { name, organization_id } = read(request)?;
    let organization = meant(sandbox, organization_id)?.id;
    let lag = sandbox.lag();
    let id = sandbox.world_mut().create_account(now, lag, organization, &name);
    Ok(json!({"accountId": id, "name": name, "organizationId": organization}))
}

fn change_account(sandbox: &mut Sandbox, now: Timestamp, id: &str, request: &Request) -> Outcome {
    let change: AccountChange = read(request)?;
    let lag = sandbox.lag();
    let changed = sandbox.world_mut().change_account(now, lag, id, |details| {
        if let Some(name) = change.name {
            details.name = name;
        }
        if change.cloud_provider.is_some() {
            details.cloud_provider = change.cloud_provider;
        }
        if change.provider_external_id.is_some() {
            details.provider_external_id = change.provider_external_id;
        }
    });
    found(changed, "account")
}

fn delete_account(sandbox: &mut Sandbox, now: Timestamp, id: &str) -> Outcome {
    let lag = sandbox.lag();
    match sandbox.world_mut().delete_account(now, lag, id) {
        Ok(()) => Ok(json!({})),
        Err(AccountKept::Missing) => Err(missing("account")),
        Err(AccountKept::Default) => {
            Err(Complaint(StatusCode::CONFLICT, "the default account cannot be deleted".to_owned()))
        }
    }
}

fn issue_token(sandbox: &mut Sandbox, request: &Request) -> Outcome {
    let NewToken { organization_id, token } = read(request)?;
    let organization = meant(sandbox, organization_id)?.id;
    let issued =
        sandbox.world_mut().issue_token(organization, token).ok_or_else(|| missing("organization"))?;
    Ok(json!({
        "token": issued.value,
        "digest": issued.digest,
        "userId": issued.user,
        "organizationId": issued.organization,
    }))
}

fn organization_row(organization: &Organization) -> Value {
    json!({
        "organizationId": organization.id,
        "name": organization.name,
        "defaultAccountId": organization.default_account,
        "administratorId": organization.administrator,
        "creatorId": organization.creator,
        "createdAt": organization.created_at,
    })
}

/// The truth behind lists and masks. Of tokens it has only the digests.
fn state(sandbox: &Sandbox) -> Value {
    let world = sandbox.world();
    let organizations: Vec<_> = world.organizations().map(organization_row).collect();
    let accounts: Vec<_> = world
        .accounts()
        .filter_map(|account| {
            let details = account.details.current()?;
            Some(json!({
                "accountId": account.id,
                "organizationId": account.organization,
                "name": details.name,
                "slackNotificationChannels": details.slack_notification_channels,
                "cloudProvider": details.cloud_provider,
                "providerExternalId": details.provider_external_id,
                "createdAt": account.created_at,
            }))
        })
        .collect();
    let users: Vec<_> = world
        .organizations()
        .flat_map(|organization| world.users_of(organization.id))
        .map(|user| {
            json!({
                "userId": user.id,
                "organizationId": user.organization,
                "username": user.username,
                "email": user.email,
            })
        })
        .collect();
    let tokens: Vec<_> = world
        .tokens()
        .map(|(digest, token)| {
            json!({
                "digest": digest,
                "lastDigits": token.last_digits,
                "userId": token.user,
                "organizationId": token.organization,
            })
        })
        .collect();
    json!({
        "contract": sandbox.contract(),
        "organizations": organizations,
        "accounts": accounts,
        "users": users,
        "tokens": tokens,
    })
}

fn requests(sandbox: &Sandbox) -> Value {
    let log = sandbox.requests();
    json!({
        "total": log.total(),
        "requests": log.entries().collect::<Vec<_>>(),
        "counters": log.counters(),
    })
}
