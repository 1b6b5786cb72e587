//! The stand-in vendor itself: state in, request in, reply out. No clock, no socket, no chance but
//! a seeded one.

use std::time::Duration;

use http::StatusCode;
use jiff::Timestamp;

use super::echo::Echo;
use super::fault_kind::FaultKind;
use super::faults::{ArmedFault, Fault, Faults};
use super::generator::Generator;
use super::lagged::Lag;
use super::log::{LoggedRequest, RequestLog, safe_body, safe_query};
use super::mangle::mangle;
use super::message::{Answer, Delivery, Reply, Request};
use super::options::Options;
use super::rate_limit::{Limits, RateLimiter, Standing};
use super::refusal::Refusal;
use super::route::{Matched, NO_ROUTE, Operation as _};
use super::secret::digest;
use super::state::State as _;
use super::vendor::{Admitted, Vendor};

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

/// The stand-in for a vendor.
#[derive(Clone, Debug)]
pub struct Sandbox<V: Vendor> {
    start: V::Start,
    world: V::World,
    lag: Lag,
    limiter: RateLimiter<V::Organization>,
    faults: Faults,
    log: RequestLog<V::Organization>,
    log_epoch: u64,
    request_ids: Generator,
    late: Vec<Late>,
    /// Changes of worlds that are gone, so that the revision never goes back.
    past_revisions: u64,
}

impl<V: Vendor> Sandbox<V> {
    /// A fresh one.
    pub fn new(now: Timestamp, start: V::Start) -> Self {
        let world = V::begin(&start, now);
        Self::over(world, start)
    }

    /// One that goes on with a saved world.
    pub fn resume(mut world: V::World, start: V::Start) -> Self {
        V::go_on(&start, &mut world);
        Self::over(world, start)
    }

    fn over(world: V::World, start: V::Start) -> Self {
        let Options { seed, lag, limits, faults } = V::options(&start);
        Self {
            world,
            lag,
            limiter: RateLimiter::new(limits),
            faults: Faults::new(faults),
            log: RequestLog::default(),
            log_epoch: 0,
            request_ids: Generator::new(seed),
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
        let matched = self.route_of(request);
        let is_list = matched.as_ref().is_some_and(|matched| matched.route.operation.is_list());
        let struck = self.faults.strike(&request.method, template_of(matched.as_ref()), is_list);
        let before = self.revision();
        let echo = self.echo(now, request);
        let mut entry = self.logged(now, request, matched.as_ref());
        let waiting: usize = self.late.iter().map(|late| late.request.body.len()).sum();
        let crowded = waiting + request.body.len() > WAITING;
        let delivery = match &struck.kind {
            Some(FaultKind::LateEffect { .. }) if crowded => {
                let why = "too much waits already to be carried out later";
                let why = Refusal::failure(StatusCode::SERVICE_UNAVAILABLE, why);
                Delivery::Whole(self.refuse(now, request, &why))
            }
            None => Delivery::Whole(self.serve(now, request, matched.as_ref(), &echo)),
            Some(kind) => {
                let answer = kind.lets_through().then(|| self.serve(now, request, matched.as_ref(), &echo));
                let standing = self.standing(now, request, matched.as_ref());
                mangle::<V>(&self.start, &echo, kind, standing, answer)
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
    pub(super) fn turn_away(&mut self, now: Timestamp, request: &Request, why: &Refusal) -> Answer {
        let matched = self.route_of(request);
        let mut entry = self.logged(now, request, matched.as_ref());
        let answer = self.refuse(now, request, why);
        entry.status = Some(answer.status.as_u16());
        self.log.add(entry);
        answer
    }

    /// Refuses a request in the vendor's own form.
    pub(super) fn refuse(&mut self, now: Timestamp, request: &Request, why: &Refusal) -> Answer {
        let matched = self.route_of(request);
        let echo = self.echo(now, request);
        let mut answer = V::refuse(&self.start, &echo, why);
        V::tell_standing(&self.start, &mut answer, self.standing(now, request, matched.as_ref()));
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
            let matched = self.route_of(&late.request);
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

    /// The route that a request takes.
    fn route_of(&self, request: &Request) -> Option<Matched<V::Operation>> {
        V::routes(&self.start).iter().find_map(|route| route.matched(&request.method, request.path()))
    }

    /// Where the caller stands in its window.
    fn standing(
        &self,
        now: Timestamp,
        request: &Request,
        matched: Option<&Matched<V::Operation>>,
    ) -> Standing {
        let template = template_of(matched);
        let caller = self.caller(request);
        self.limiter.standing(now, caller, template, &request.method)
    }

    /// The organization that the request's token belongs to.
    fn caller(&self, request: &Request) -> Option<V::Organization> {
        V::caller(&self.world, request)
    }

    /// A request as the log keeps it, before its fate is known.
    fn logged(
        &self,
        now: Timestamp,
        request: &Request,
        matched: Option<&Matched<V::Operation>>,
    ) -> LoggedRequest<V::Organization> {
        LoggedRequest {
            number: 0,
            at: now,
            method: request.method.to_string(),
            route: template_of(matched).to_owned(),
            path: request.path().to_owned(),
            query: safe_query(&request.query(), V::SECRETS),
            body: safe_body(&request.body, V::SECRETS),
            token: request.token().map(digest),
            organization_id: self.caller(request),
            status: None,
            effect: false,
            fault: None,
        }
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
    fn serve(
        &mut self,
        now: Timestamp,
        request: &Request,
        matched: Option<&Matched<V::Operation>>,
        echo: &Echo,
    ) -> Answer {
        let organization = self.caller(request);
        let template = template_of(matched);
        let admitted = self.limiter.admit(now, organization.clone(), template, &request.method);
        let mut answer = match (admitted, organization, matched) {
            (_, None, _) => V::refuse(&self.start, echo, &Refusal::Unauthorized),
            (Err(standing), _, _) => V::refuse(&self.start, echo, &Refusal::RateLimited(standing)),
            (_, _, None) => V::refuse(&self.start, echo, &Refusal::NoRoute),
            (Ok(_), Some(_), Some(matched)) => {
                let admitted = Admitted { now, lag: self.lag, request, matched, echo };
                V::perform(&self.start, &mut self.world, &admitted)
            }
        };
        let (Ok(standing) | Err(standing)) = admitted;
        V::tell_standing(&self.start, &mut answer, standing);
        answer
    }

    /// How it started.
    pub fn start(&self) -> &V::Start {
        &self.start
    }

    /// Moves with every change of the world. What is noted alone does not move it.
    pub fn revision(&self) -> u64 {
        self.past_revisions + self.world.revision()
    }

    /// Moves with all that a copy on disk holds: every change, and whatever is noted of what was done.
    pub(super) fn edition(&self) -> (u64, u64) {
        (self.revision(), self.world.noted())
    }

    /// What the vendor knows.
    pub fn world(&self) -> &V::World {
        &self.world
    }

    /// To act by hand, and silently: what changes a world takes the time, and the [`Sandbox::lag`] that a
    /// list is to run behind.
    pub fn world_mut(&mut self) -> &mut V::World {
        &mut self.world
    }

    /// A person who acts by hand, whose actions the vendor's log tells of.
    pub fn console(&mut self, now: Timestamp) -> V::Console<'_> {
        V::console(&mut self.world, now, self.lag)
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
    pub fn requests(&self) -> &RequestLog<V::Organization> {
        &self.log
    }

    /// Forgets the requests that came, and counts anew.
    pub fn clear_requests(&mut self) {
        self.log = RequestLog::default();
        self.log_epoch += 1;
    }
}

/// The template that a request is counted under.
fn template_of<O>(matched: Option<&Matched<O>>) -> &'static str {
    matched.map_or(NO_ROUTE, |matched| matched.route.template)
}
