//! The control surface below `/_sandbox/`: a person in the console, a support desk that issues
//! tokens, and a hand on the faults. JSON in, JSON out, no token.

mod credentials;
mod groups;
mod mappings;
mod policies;
mod state;
mod subscriptions;
mod users;

use http::{Method, StatusCode};
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use self::state::{organization_row, requests, state};
use super::console::Console;
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

fn conflict(why: &str) -> Complaint {
    Complaint(StatusCode::CONFLICT, why.to_owned())
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
    user_id: Option<String>,
    token: Option<String>,
}

/// An action in the console: what is to be done, who does it, and whether the audit log tells.
struct Action<T> {
    what: T,
    actor: Option<String>,
    audited: bool,
}

impl<T> Action<T> {
    /// The console with this person before it, and what is to be done there.
    fn begin(self, sandbox: &mut Sandbox, now: Timestamp) -> (Console<'_>, T) {
        let mut console = sandbox.console(now);
        if let Some(actor) = self.actor {
            console = console.by(actor);
        }
        if !self.audited {
            console = console.unaudited();
        }
        (console, self.what)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

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
        (Method::PATCH, ["organizations", id]) => rename_organization(sandbox, now, id, request),
        (Method::DELETE, ["organizations", id]) => {
            let deleted = sandbox.world_mut().delete_organization(organization_id(id)?);
            found(deleted, "organization")
        }
        (Method::POST, ["accounts"]) => create_account(sandbox, now, request),
        (Method::PATCH, ["accounts", id]) => change_account(sandbox, now, id, request),
        (Method::DELETE, ["accounts", id]) => delete_account(sandbox, now, id, request),
        (Method::POST, ["users"]) => users::create(sandbox, now, request),
        (Method::PATCH, ["users", id]) => users::change(sandbox, now, id, request),
        (Method::DELETE, ["users", id]) => users::delete(sandbox, now, id, request),
        (Method::POST, ["groups"]) => groups::create(sandbox, now, request),
        (Method::PATCH, ["groups", id]) => groups::change(sandbox, now, id, request),
        (Method::DELETE, ["groups", id]) => groups::delete(sandbox, now, id, request),
        (Method::POST, ["policies"]) => policies::create(sandbox, now, request),
        (Method::PATCH, ["policies", id]) => policies::change(sandbox, now, id, request),
        (Method::DELETE, ["policies", id]) => policies::delete(sandbox, now, id, request),
        (Method::PUT, ["accounts", id, "credentials"]) => credentials::set(sandbox, now, id, request),
        (Method::GET, ["rejected-credentials"]) => Ok(credentials::rejected(sandbox)),
        (Method::POST, ["rejected-credentials"]) => credentials::reject(sandbox, request),
        (Method::DELETE, ["rejected-credentials"]) => credentials::accept(sandbox, request),
        (Method::POST, ["resources"]) => subscriptions::add_resource(sandbox, request),
        (Method::DELETE, ["resources", id]) => found(sandbox.world_mut().remove_resource(id), "resource"),
        (Method::POST, ["subscriptions"]) => subscriptions::create(sandbox, now, request),
        (Method::PATCH, ["subscriptions", id]) => subscriptions::change(sandbox, now, id, request),
        (Method::DELETE, ["subscriptions", id]) => subscriptions::delete(sandbox, now, id, request),
        (Method::GET, ["audit"]) => Ok(json!({"events": sandbox.world().audit_events().collect::<Vec<_>>()})),
        (Method::POST, ["tokens"]) => issue_token(sandbox, now, request),
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

/// An action's body: `actor` and `audited` go with every other member.
fn read_action<T: DeserializeOwned>(request: &Request) -> Result<Action<T>, Complaint> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Frame {
        actor: Option<String>,
        audited: Option<bool>,
    }
    let wrong = |error: serde_json::Error| Complaint(StatusCode::BAD_REQUEST, error.to_string());
    let mut members: Map<String, Value> = read(request)?;
    let frame: Map<String, Value> =
        ["actor", "audited"].into_iter().filter_map(|name| members.remove_entry(name)).collect();
    let frame: Frame = serde_json::from_value(Value::Object(frame)).map_err(wrong)?;
    let what = serde_json::from_value(Value::Object(members)).map_err(wrong)?;
    Ok(Action { what, actor: frame.actor, audited: frame.audited.unwrap_or(true) })
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

/// Only a person can.
fn rename_organization(sandbox: &mut Sandbox, now: Timestamp, id: &str, request: &Request) -> Outcome {
    let action: Action<Named> = read_action(request)?;
    let id = organization_id(id)?;
    let renamed = sandbox.world_mut().rename_organization(id, &action.what.name);
    let (mut console, Named { name }) = action.begin(sandbox, now);
    console.note(id, "updateOrganization", "organization", &id.to_string(), json!({"name": name}));
    found(renamed, "organization")
}

fn create_account(sandbox: &mut Sandbox, now: Timestamp, request: &Request) -> Outcome {
    let action: Action<NewAccount> = read_action(request)?;
    let organization = meant(sandbox, action.what.organization_id)?.id;
    let (mut console, NewAccount { name, .. }) = action.begin(sandbox, now);
    let id = console.create_account(organization, &name);
    Ok(json!({"accountId": id, "name": name, "organizationId": organization}))
}

fn change_account(sandbox: &mut Sandbox, now: Timestamp, id: &str, request: &Request) -> Outcome {
    let (mut console, change) = read_action::<AccountChange>(request)?.begin(sandbox, now);
    let changed = console.change_account(id, |details| {
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

fn delete_account(sandbox: &mut Sandbox, now: Timestamp, id: &str, request: &Request) -> Outcome {
    let (mut console, Nothing {}) = read_action(request)?.begin(sandbox, now);
    match console.delete_account(id) {
        Ok(()) => Ok(json!({})),
        Err(AccountKept::Missing) => Err(missing("account")),
        Err(AccountKept::Default) => Err(conflict("the default account cannot be deleted")),
    }
}

/// A token of the user that is named, else of the organization's administrator.
fn issue_token(sandbox: &mut Sandbox, now: Timestamp, request: &Request) -> Outcome {
    let NewToken { organization_id, user_id, token } = read(request)?;
    let issued = match user_id {
        Some(user) => sandbox.world_mut().issue_user_token(now, &user, "issued", token),
        None => {
            let organization = meant(sandbox, organization_id)?.id;
            sandbox.world_mut().issue_token(organization, token)
        }
    };
    let issued = issued.ok_or_else(|| missing("user"))?;
    Ok(json!({
        "token": issued.value,
        "digest": issued.digest,
        "userId": issued.user,
        "organizationId": issued.organization,
    }))
}
