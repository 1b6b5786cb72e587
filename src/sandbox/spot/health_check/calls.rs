//! `/healthCheck`: a sign of life in the public document, a collection in the live service
//! (spot-wire §2.8).

use serde_json::{Value, json};

use crate::sandbox::spot::call::Call;
use crate::sandbox::spot::contract::Contract;
use crate::sandbox::spot::envelope::Success;
use crate::sandbox::spot::health_check::state::HEALTH_CHECK;
use crate::sandbox::spot::input::Object;
use crate::sandbox::spot::refusal::Refusal;
use crate::sandbox::spot::{HealthCheck, HealthCheckDetails};

const KIND: &str = "spotinst:healthCheck";
const WRAPPER: &str = "healthCheck";
const MEMBERS: &[&str] = &["name", "resourceId", "check", "proxyAddress", "proxyPort"];

/// A sign of life, or the health checks of an account.
pub(super) fn check(call: &mut Call<'_>) -> Result<Success, Refusal> {
    if call.contract == Contract::Published {
        return Ok(Success::Done);
    }
    let account = call.scope()?;
    let items = call
        .world
        .in_accounts::<HealthCheckDetails>()
        .seen_in(call.list_sight(), call.organization, &account)
        .into_iter()
        .map(|(check, details)| health_check(check, details))
        .collect();
    Ok(Success::items(KIND, items))
}

pub(super) fn get(call: &mut Call<'_>) -> Result<Success, Refusal> {
    let account = call.scope()?;
    let id = call.parameter("healthCheckId");
    let (check, details) = call
        .world
        .in_accounts::<HealthCheckDetails>()
        .seen(call.read_sight(), id)
        .filter(|(_, details)| details.account == account)
        .ok_or_else(|| Refusal::missing(HEALTH_CHECK, id))?;
    Ok(Success::items(KIND, vec![health_check(check, details)]))
}

pub(super) fn create(call: &mut Call<'_>) -> Result<Success, Refusal> {
    let account = call.scope()?;
    let object = Object::wrapped(call.contract, call.body, WRAPPER, MEMBERS)?;
    for member in ["name", "resourceId"] {
        object.required_text(member)?;
    }
    let check = object.any_object("check")?.ok_or_else(|| object.required("check"))?;
    let mut details = HealthCheckDetails {
        account,
        name: String::new(),
        resource_id: String::new(),
        check,
        proxy_address: String::new(),
        proxy_port: None,
    };
    merge(&object, &mut details)?;
    let id = call.create_in_account(details)?;
    row(call, &id)
}

/// Merges the members that are sent.
pub(super) fn update(call: &mut Call<'_>) -> Result<Success, Refusal> {
    let account = call.scope()?;
    let (check, before) = named(call, &account)?;
    let (id, mut after) = (check.id.clone(), before.clone());
    let object = Object::wrapped(call.contract, call.body, WRAPPER, MEMBERS)?;
    merge(&object, &mut after)?;
    call.world
        .in_accounts_mut::<HealthCheckDetails>()
        .change(call.now, call.lag, &id, |details| *details = after);
    call.subjects.push(id.clone());
    row(call, &id)
}

pub(super) fn delete(call: &mut Call<'_>) -> Result<Success, Refusal> {
    let account = call.scope()?;
    let id = named(call, &account)?.0.id.clone();
    call.world.in_accounts_mut::<HealthCheckDetails>().remove(call.now, call.lag, &id);
    Ok(call.done_to(id))
}

fn named<'a>(
    call: &'a Call<'_>,
    account: &str,
) -> Result<(&'a HealthCheck, &'a HealthCheckDetails), Refusal> {
    let id = call.parameter("healthCheckId");
    call.world
        .in_accounts::<HealthCheckDetails>()
        .get(id)
        .filter(|(_, details)| details.account == account)
        .ok_or_else(|| Refusal::missing(HEALTH_CHECK, id))
}

fn row(call: &Call<'_>, id: &str) -> Result<Success, Refusal> {
    let (check, details) = call
        .world
        .in_accounts::<HealthCheckDetails>()
        .get(id)
        .ok_or_else(|| Refusal::missing(HEALTH_CHECK, id))?;
    Ok(Success::items(KIND, vec![health_check(check, details)]))
}

fn merge(object: &Object, details: &mut HealthCheckDetails) -> Result<(), Refusal> {
    let texts = [
        (object.some_text("name")?, &mut details.name),
        (object.some_text("resourceId")?, &mut details.resource_id),
        (object.text("proxyAddress")?, &mut details.proxy_address),
    ];
    for (new, old) in texts {
        if let Some(new) = new {
            *old = new;
        }
    }
    if let Some(check) = object.any_object("check")? {
        details.check = check;
    }
    match object.text_or_number("proxyPort")? {
        None => {}
        Some(port) => match port.as_u64().filter(|port| (1..=65535).contains(port)) {
            Some(port) => details.proxy_port = Some(port),
            None => return Err(object.invalid("proxyPort", "must be a valid port")),
        },
    }
    Ok(())
}

fn health_check(check: &HealthCheck, details: &HealthCheckDetails) -> Value {
    json!({
        "id": check.id,
        "resourceId": details.resource_id,
        "name": details.name,
        "proxyAddress": details.proxy_address,
        "proxyPort": details.proxy_port,
        "check": details.check,
    })
}

/// What there is, whatever lists show.
pub(super) fn shown(check: &HealthCheck, details: &HealthCheckDetails) -> Value {
    json!({
        "healthCheckId": check.id,
        "organizationId": check.organization,
        "accountId": details.account,
        "resourceId": details.resource_id,
        "name": details.name,
        "proxyAddress": details.proxy_address,
        "proxyPort": details.proxy_port,
        "check": details.check,
    })
}
