//! The audit log as the API tells it (spot-wire §2.8).

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::sandbox::spot::AuditEvent;
use crate::sandbox::spot::call::Call;
use crate::sandbox::spot::contract::Contract;
use crate::sandbox::spot::envelope::{Success, timestamp};
use crate::sandbox::spot::refusal::Refusal;

/// The events between two times, both included; not paged. In Production the times have to be
/// there.
pub(super) fn list(call: &Call<'_>) -> Result<Success, Refusal> {
    let from = time(call, "fromDate")?.unwrap_or(Timestamp::MIN);
    let to = time(call, "toDate")?.unwrap_or(Timestamp::MAX);
    if from > to {
        return Err(Refusal::invalid("query.fromDate", "\"fromDate\" must not be after \"toDate\""));
    }
    let all = match (call.contract, call.query("responseStatus")) {
        (Contract::Published, _) | (_, None | Some("success")) => false,
        (_, Some("all")) => true,
        (_, Some(_)) => {
            let complaint = "\"responseStatus\" must be one of [success, all]";
            return Err(Refusal::invalid("query.responseStatus", complaint));
        }
    };
    let account = call.query("accountId");
    if let Some(id) = account {
        call.account(id)?;
    }
    let items = call
        .world
        .audit_events()
        .filter(|event| event.organization_id == call.organization)
        .filter(|event| event.at >= from && event.at <= to)
        .filter(|event| all || event.success)
        .filter(|event| account.is_none() || event.account_id.as_deref() == account)
        .map(audit_event)
        .collect();
    Ok(Success::items("spotinst:audit", items))
}

/// Unix milliseconds in Production, where both are required; a date-time in the document.
fn time(call: &Call<'_>, name: &str) -> Result<Option<Timestamp>, Refusal> {
    match call.contract {
        Contract::Production => {
            let text = call.required_query(name)?;
            let time = text.parse().ok().and_then(|millis| Timestamp::from_millisecond(millis).ok());
            let wrong = || {
                let complaint = format!("\"{name}\" must be a time in Unix milliseconds");
                Refusal::invalid(format!("query.{name}"), complaint)
            };
            time.ok_or_else(wrong).map(Some)
        }
        Contract::Published => {
            let wrong = |_| {
                let complaint = format!("\"{name}\" must be a date-time");
                Refusal::invalid(format!("query.{name}"), complaint)
            };
            call.query(name).map(|text| text.parse().map_err(wrong)).transpose()
        }
    }
}

/// An event, alike in both contracts: the document does not describe it.
fn audit_event(event: &AuditEvent) -> Value {
    json!({
        "user": event.user,
        "namespace": "setup",
        "actionType": event.action_type,
        "resourceType": event.resource_type,
        "resourceId": event.resource_id,
        "createdAt": timestamp(event.at),
        "context": event.context.to_string(),
        "source": event.source,
        "agent": event.agent,
        "responseStatus": if event.success { "success" } else { "failure" },
    })
}
