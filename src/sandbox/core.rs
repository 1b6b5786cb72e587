//! The stand-in vendor itself: state in, request in, reply out. No clock, no socket, no chance but
//! a seeded one.

use std::time::Duration;

use http::StatusCode;
use jiff::Timestamp;

use super::call::Call;
use super::console::Console;
use super::contract::Contract;
use super::dispatch::carry_out;
use super::envelope::{self, Echo, Success};
use super::fault_kind::FaultKind;
use super::faults::{ArmedFault, Fault, Faults};
use super::ids::{Generator, OrganizationId};
use super::input::check_query;
use super::lagged::Lag;
use super::log::{LoggedRequest, RequestLog, safe_body, safe_query};
use super::mangle::mangle;
use super::message::{Answer, Delivery, Reply, Request};
use super::rate_limit::{Limits, RateLimiter, Standing};
use super::refusal::Refusal;
use super::route::{Matched, NO_ROUTE};
use super::start::Start;
use super::state::{AuditEvent, Source, World, digest};

/// How many bytes the bodies may have together that wait to be carried out later.
const WAITING: usize = 16 << 20;

/// A request that is carried out later than it came.
#[derive(Clone, Debug)]
struct Late {
    due: Timestamp,
    request: Request,
    /// Its number in the log; a log that was cleared in between has another epoch.
    logged: (u64, u64),
}

/// The stand-in vendor.
#[derive(Clone, Debug)]
pub struct Sandbox {
    start: Start,
    world: World,
    lag: Lag,
    limiter: RateLimiter,
    faults: Faults,
    log: RequestLog,
    log_epoch: u64,
    request_ids: Generator,
    late: Vec<Late>,
    /// Changes of worlds that are gone, so that the revision never goes back.
    past_revisions: u64,
}

impl Sandbox {
    /// A fresh one.
    pub fn new(now: Timestamp, start: Start) -> Self {
        let world = start.world(now);
        Self::over(world, start)
    }

    /// One that goes on with a saved world. A token of `start` that is not known there is issued
    /// to the oldest organization's administrator.
    pub fn resume(mut world: World, start: Start) -> Self {
        if let Some(token) = start.token.clone()
            && world.tokens.of_value(&token).is_none()
            && let Some(id) = world.oldest_organization().map(|oldest| oldest.id)
        {
            world.issue_token(id, Some(token));
        }
        Self::over(world, start)
    }

    fn over(world: World, start: Start) -> Self {
        Self {
            world,
            lag: start.lag,
            limiter: RateLimiter::new(start.limits.clone()),
            faults: Faults::new(start.faults.clone()),
            log: RequestLog::default(),
            log_epoch: 0,
            request_ids: Generator::new(start.seed),
            late: Vec::new(),
            past_revisions: 0,
            start,
        }
    }

    /// Back to the start: the world, faults, lag, limits and log.
    pub fn reset(&mut self, now: Timestamp) {
        let past_revisions = self.revision() + 1;
        *self = Self::new(now, self.start.clone());
        self.past_revisions = past_revisions;
    }

    /// Answers a request to the vendor, after what was to come before it.
    pub(super) fn receive(&mut self, now: Timestamp, request: &Request) -> Reply {
        self.carry_out_late(now);
        let matched = self.start.contract.find(&request.method, request.path());
        let is_list = matched.as_ref().is_some_and(|matched| matched.route.operation.is_list());
        let struck = self.faults.strike(&request.method, template_of(matched.as_ref()), is_list);
        let before = self.revision();
        let echo = self.echo(now, request);
        let mut entry = logged(now, request, matched.as_ref(), self.caller(request));
        let waiting: usize = self.late.iter().map(|late| late.request.body.len()).sum();
        let crowded = waiting + request.body.len() > WAITING;
        let delivery = match &struck.kind {
            Some(FaultKind::LateEffect { .. }) if crowded => {
                let why = "too much waits already to be carried out later";
                let why = Refusal::failure(StatusCode::SERVICE_UNAVAILABLE, why);
                Delivery::Whole(self.refuse(now, request, why))
            }
            None => Delivery::Whole(self.serve(now, request, matched.as_ref(), &echo)),
            Some(kind) => {
                let answer = kind.lets_through().then(|| self.serve(now, request, matched.as_ref(), &echo));
                let standing = self.standing(now, request, matched.as_ref());
                mangle(self.start.contract, &echo, kind, standing, answer)
            }
        };
        let effect = self.revision() != before;
        entry.effect = effect;
        entry.status = match &delivery {
            Delivery::Whole(answer) => Some(answer.status.as_u16()),
            Delivery::Cut(..) | Delivery::Reset | Delivery::Hang => None,
        };
        entry.fault = match &struck.kind {
            Some(kind) => Some(kind.name()),
            None => (!struck.delay.is_zero()).then_some("delay"),
        };
        let number = self.log.add(entry);
        if let Some(FaultKind::LateEffect { after }) = struck.kind
            && matches!(delivery, Delivery::Reset)
        {
            self.late.push(Late {
                due: now.checked_add(after).unwrap_or(Timestamp::MAX),
                request: request.clone(),
                logged: (self.log_epoch, number),
            });
        }
        Reply { delay: Duration::try_from(struck.delay).unwrap_or_default(), delivery, effect }
    }

    /// Answers a request that did not arrive as a whole, and notes that it came.
    pub(super) fn turn_away(&mut self, now: Timestamp, request: &Request, why: Refusal) -> Answer {
        let matched = self.start.contract.find(&request.method, request.path());
        let mut entry = logged(now, request, matched.as_ref(), self.caller(request));
        let answer = self.refuse(now, request, why);
        entry.status = Some(answer.status.as_u16());
        self.log.add(entry);
        answer
    }

    /// Refuses a request in the contract's own form.
    pub(super) fn refuse(&mut self, now: Timestamp, request: &Request, why: Refusal) -> Answer {
        let contract = self.start.contract;
        let matched = contract.find(&request.method, request.path());
        let mut answer = envelope::answer(contract, &self.echo(now, request), &Err(why));
        envelope::limit_headers(contract, &mut answer, self.standing(now, request, matched.as_ref()));
        answer
    }

    /// Carries out what was to come later, in the order in which it falls due. Every request does
    /// this first; a simulation that looks at the state without one calls it itself.
    pub fn carry_out_late(&mut self, now: Timestamp) {
        self.late.sort_by_key(|late| late.due);
        let still_waiting = self.late.iter().position(|late| late.due > now);
        let due = still_waiting.unwrap_or(self.late.len());
        for late in self.late.drain(..due).collect::<Vec<_>>() {
            let before = self.revision();
            let echo = self.echo(late.due, &late.request);
            let path = late.request.path();
            let matched = self.start.contract.find(&late.request.method, path);
            self.serve(late.due, &late.request, matched.as_ref(), &echo);
            let (epoch, number) = late.logged;
            if self.revision() != before && epoch == self.log_epoch {
                self.log.note_late_effect(number);
            }
        }
    }

    /// When the next request falls due that is to be carried out later.
    pub fn next_late(&self) -> Option<Timestamp> {
        self.late.iter().map(|late| late.due).min()
    }

    /// Where the caller stands in its window.
    fn standing(&self, now: Timestamp, request: &Request, matched: Option<&Matched>) -> Standing {
        let template = template_of(matched);
        let caller = self.caller(request);
        self.limiter.standing(now, caller, template, &request.method)
    }

    /// The organization that the request's token belongs to.
    fn caller(&self, request: &Request) -> Option<OrganizationId> {
        let token = self.world.tokens.of_value(request.token()?)?;
        Some(token.organization)
    }

    fn echo(&mut self, now: Timestamp, request: &Request) -> Echo {
        Echo {
            id: self.request_ids.request_id(),
            url: request.target.clone(),
            method: request.method.to_string(),
            at: now,
        }
    }

    /// The vendor without faults: who asks, may it, what does it ask for.
    fn serve(&mut self, now: Timestamp, request: &Request, matched: Option<&Matched>, echo: &Echo) -> Answer {
        let contract = self.start.contract;
        let organization = self.caller(request);
        let template = template_of(matched);
        let admitted = self.limiter.admit(now, organization, template, &request.method);
        let outcome = match (admitted, organization, matched) {
            (_, None, _) => Err(Refusal::Unauthorized),
            (Err(standing), _, _) => Err(Refusal::RateLimited(standing)),
            (_, _, None) => Err(Refusal::NoRoute),
            (Ok(_), Some(_), Some(matched)) => self.perform(now, request, matched),
        };
        let mut answer = envelope::answer(contract, echo, &outcome);
        let (Ok(standing) | Err(standing)) = admitted;
        envelope::limit_headers(contract, &mut answer, standing);
        answer
    }

    /// Carries out what a known caller asks, and notes a write in the audit log.
    fn perform(&mut self, now: Timestamp, request: &Request, matched: &Matched) -> Result<Success, Refusal> {
        let contract = self.start.contract;
        let token = request.token().and_then(|value| self.world.tokens.of_value(value)).cloned();
        let token = token.ok_or(Refusal::Unauthorized)?;
        // Asked now: it may be about to delete itself.
        let signature = self.world.user(&token.user).map(|(_, details)| details.signature().to_owned());
        let query = request.query();
        let mut call = Call {
            contract,
            world: &mut self.world,
            now,
            lag: self.lag,
            organization: token.organization,
            user: &token.user,
            parameters: &matched.parameters,
            query: &query,
            body: &request.body,
            ignores_account_scope: self.start.ignore_account_scope && contract == Contract::Published,
            any_resource: self.start.any_resource,
            scope: None,
            subjects: Vec::new(),
        };
        let outcome = check_query(contract, &query, matched.route.query)
            .and_then(|()| carry_out(matched.route.operation, &mut call));
        let (mut subjects, scope) = (call.subjects, call.scope);
        let Some((action, resource)) = matched.route.operation.audited_as() else {
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
            self.world.record(AuditEvent {
                organization_id: token.organization,
                account_id,
                at: now,
                user: signature.clone().unwrap_or_default(),
                action_type: action.to_owned(),
                resource_type: resource.to_owned(),
                resource_id,
                context: safe_body(&request.body),
                source: Source::Api,
                agent: request.agent().to_owned(),
                success: outcome.is_ok(),
            });
        }
        outcome
    }

    /// The contract that it keeps.
    pub fn contract(&self) -> Contract {
        self.start.contract
    }

    /// Moves with every change of the world. The audit log alone does not move it.
    pub fn revision(&self) -> u64 {
        self.past_revisions + self.world.revision()
    }

    /// Moves with all that a copy on disk holds: every change, and every event in the audit log.
    pub(super) fn edition(&self) -> (u64, u64) {
        (self.revision(), self.world.audited())
    }

    /// What the vendor knows.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// To act as a person in the console, or as support. The methods of [`World`] take the time
    /// and the [`Sandbox::lag`] that a list is to run behind.
    pub fn world_mut(&mut self) -> &mut World {
        &mut self.world
    }

    /// A person in the console, whose actions the audit log tells of.
    pub fn console(&mut self, now: Timestamp) -> Console<'_> {
        Console::new(&mut self.world, now, self.lag)
    }

    /// How far reads run behind.
    pub fn lag(&self) -> Lag {
        self.lag
    }

    /// Changes how far reads run behind. Shorter lets go of what waits; longer hides nothing that
    /// was seen.
    pub fn set_lag(&mut self, lag: Lag) {
        self.lag = lag;
    }

    /// The rate limits.
    pub fn limits(&self) -> &Limits {
        &self.limiter.limits
    }

    /// Changes the rate limits and forgets the windows.
    pub fn set_limits(&mut self, limits: Limits) {
        self.limiter = RateLimiter::new(limits);
    }

    /// The faults that wait.
    pub fn faults(&self) -> &[ArmedFault] {
        self.faults.armed()
    }

    /// Adds a fault, behind those that wait. Returns what to remove it by.
    pub fn add_fault(&mut self, fault: Fault) -> u64 {
        self.faults.add(fault)
    }

    /// Removes a fault. False: there is none, or it is used up.
    pub fn remove_fault(&mut self, id: u64) -> bool {
        self.faults.remove(id)
    }

    /// Removes every fault.
    pub fn clear_faults(&mut self) {
        self.faults.clear();
    }

    /// The requests that came.
    pub fn requests(&self) -> &RequestLog {
        &self.log
    }

    /// Forgets the requests that came, and counts anew.
    pub fn clear_requests(&mut self) {
        self.log = RequestLog::default();
        self.log_epoch += 1;
    }
}

/// The template that a request is counted under.
fn template_of(matched: Option<&Matched>) -> &'static str {
    matched.map_or(NO_ROUTE, |matched| matched.route.template)
}

/// A request as the log keeps it, before its fate is known.
fn logged(
    now: Timestamp,
    request: &Request,
    matched: Option<&Matched>,
    organization_id: Option<OrganizationId>,
) -> LoggedRequest {
    LoggedRequest {
        number: 0,
        at: now,
        method: request.method.to_string(),
        route: template_of(matched).to_owned(),
        path: request.path().to_owned(),
        query: safe_query(&request.query()),
        body: safe_body(&request.body),
        token: request.token().map(digest),
        organization_id,
        status: None,
        effect: false,
        fault: None,
    }
}
