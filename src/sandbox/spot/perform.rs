//! Carries out one call, and notes a write in the audit log.

use super::call::Call;
use super::contract::Contract;
use super::envelope::Success;
use super::input::check_query;
use super::operation::Operation;
use super::refusal::Refusal;
use super::routes::needs;
use super::start::Start;
use super::{AuditEvent, Source, World};
use crate::sandbox::core::{self, Admitted, safe_body};

/// Members whose values are secrets, in whatever body or query they come.
pub(super) const SECRETS: &[&str] = &[
    "clientSecret",
    "endpoint",
    "password",
    "personalAccessToken",
    "private_key",
    "slackNotificationChannels",
    "token",
];

/// Carries out what a known caller asks, and notes a write in the audit log.
pub(super) fn perform(
    start: &Start,
    world: &mut World,
    admitted: &Admitted<'_, &'static Operation>,
) -> Result<Success, Refusal> {
    let (contract, now) = (start.contract, admitted.now);
    let (request, matched) = (admitted.request, admitted.matched);
    let token = request.token().and_then(|value| world.tokens.of_value(value)).cloned();
    let token = token.ok_or(core::Refusal::Unauthorized)?;
    // Asked now: it may be about to delete itself.
    let signature = world.user(&token.user).map(|(_, details)| details.signature().to_owned());
    let query = request.query();
    let mut call = Call {
        contract,
        world,
        now,
        lag: admitted.lag,
        organization: token.organization,
        user: &token.user,
        parameters: &matched.parameters,
        query: &query,
        body: &request.body,
        ignores_account_scope: start.ignore_account_scope && contract == Contract::Published,
        any_resource: start.any_resource,
        scope: None,
        subjects: Vec::new(),
        needs,
    };
    let outcome = check_query(contract, &query, matched.route.query)
        .and_then(|()| matched.route.operation.carry_out(&mut call));
    let (mut subjects, scope) = (call.subjects, call.scope);
    let Some((action, resource)) = matched.route.operation.audited() else {
        return outcome;
    };
    let parameter = |name: &str| matched.parameters.get(name).cloned();
    if subjects.is_empty() {
        // Refused: what the path names, if it names one of this kind.
        let named = match resource {
            "credentials" => scope.clone(),
            _ => parameter(&format!("{resource}Id")),
        };
        subjects.push(named.unwrap_or_default());
    }
    for resource_id in subjects {
        let account_id = if resource == "account" {
            Some(resource_id.clone())
        } else {
            scope.clone().or_else(|| parameter("accountId"))
        };
        world.record(AuditEvent {
            organization_id: token.organization,
            account_id,
            at: now,
            user: signature.clone().unwrap_or_default(),
            action_type: action.to_owned(),
            resource_type: resource.to_owned(),
            resource_id,
            context: safe_body(&request.body, SECRETS),
            source: Source::Api,
            agent: request.agent().to_owned(),
            success: outcome.is_ok(),
        });
    }
    outcome
}
