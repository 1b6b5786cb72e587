//! One vendor call, whatever the vendor: budget, fence, network, lessons.
//!
//! The only way from a vendor's client to the network. It never retries: who called knows best.

use std::cell::Cell;
use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use http::Method;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use tracing::Instrument as _;

use crate::trace::CALLS;

use crate::engine::base::checks::forbids;
use crate::engine::base::error::{Failure, Heard, VendorError};
use crate::engine::base::limit::Limit;
use crate::engine::base::ports::{Clock, HttpRequest, HttpResponse, Network, NetworkError, Tick};
use crate::engine::decide::fingerprint::digest;
use crate::engine::external::budget::{Budget, Full, Payer, Scope};
use crate::engine::external::credentials::{Access, Credentials, Route, TokenRequest};
use crate::engine::external::rate_limit::{RateLimitHeaders, Signal};
use crate::engine::lead::fence::Fence;
use crate::engine::lead::tenure::{Right, Sent};

/// Whether a call changes something at the vendor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It only reads.
    Read,
    /// It writes, and so needs the fence.
    Write,
}

/// A call to make.
#[derive(Clone)]
pub struct Call {
    /// The method.
    pub method: Method,
    /// The route's template, such as `/setup/account/{accountId}`: budgets and metrics are kept by it.
    pub route: &'static str,
    /// The path and query, with ids filled in and escaped.
    pub path: String,
    /// The JSON body.
    pub body: Option<Value>,
    /// Whether it writes.
    pub effect: Effect,
}

/// Without the body, which may hold secrets.
impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

/// Told of each call that was sent, for metrics and logs.
pub trait Meter {
    /// A call was answered with `code` (or `error` where there was no answer) after `seconds`.
    fn called(&self, route: &'static str, method: &'static str, code: &str, seconds: f64);
    /// A call was not sent: the budget had no room.
    fn deferred(&self, route: &'static str, method: &'static str);
    /// The vendor told what it allows of such calls, of an organization with this id.
    fn allowed(&self, _organization: &str, _route: &'static str, _method: &'static str, _signal: Signal) {}
    /// Such calls pause until then.
    fn paused(
        &self,
        _organization: &str,
        _route: &'static str,
        _method: &'static str,
        _until: jiff::Timestamp,
    ) {
    }
}

/// How old what was read may be for what a person asked: younger than lists lag.
const FRESH: Duration = Duration::from_secs(10);
/// How far apart reads may be of which a decision is made: where few calls are allowed, those of one minute.
pub const TOGETHER: Duration = Duration::from_secs(61);
/// How many calls it takes at most until all is read that a write goes by, with others' calls between.
const READS: u32 = 20;

/// What a session needs to call its vendor.
#[derive(Clone)]
pub struct Link {
    /// The network.
    pub network: Rc<dyn Network>,
    /// The clock.
    pub clock: Rc<dyn Clock>,
    /// The budget, shared by all of this process.
    pub budget: Budget,
    /// The fence of this process.
    pub fence: Fence,
    /// The right of the session to write.
    pub right: Right,
    /// Who counts.
    pub meter: Rc<dyn Meter>,
    /// Whose calls these are.
    pub payer: Payer,
    /// The organization that is called, by the id that its manifest names; an object's name where there is none.
    pub organization: Rc<str>,
    /// Scheme, host, port and path prefix.
    pub endpoint: url::Url,
    /// What the Secret holds: the token, or what one is had with.
    pub token: SecretString,
    /// What is shown with each call.
    pub credentials: Credentials,
    /// Headers that the vendor asks for, besides the usual ones.
    pub headers: &'static [(&'static str, &'static str)],
    /// In which headers the vendor tells of its limits.
    pub rate_limits: RateLimitHeaders,
    /// PEM certificates to trust besides the system's.
    pub ca_bundle: Option<Rc<str>>,
    /// The ceiling that a person set, as the manifest has it by now.
    pub requests_per_minute: Rc<Cell<u32>>,
}

impl Link {
    /// How old what was read may be for what a person asked. Where a person allows few calls, it is older before the
    /// write that goes by it has its turn, and would be read again for ever.
    pub fn fresh(&self) -> Duration {
        FRESH.max(READS * Duration::from_mins(1) / self.requests_per_minute.get().max(1))
    }

    /// Makes the call. Any HTTP answer but 429 is `Ok`: what it means is the vendor's matter.
    ///
    /// # Errors
    /// Deferred or fenced (not sent), throttled (429), unreachable (no whole answer).
    pub async fn call(&self, call: Call) -> Result<HttpResponse, VendorError> {
        let method = method_name(&call.method);
        // Names of OpenTelemetry's conventions for clients of HTTP. The route, not the path: no ids.
        let span = tracing::debug_span!(
            target: CALLS,
            "vendor call",
            otel.name = %format_args!("{method} {}", call.route),
            otel.kind = "client",
            http.request.method = method,
            url.template = call.route,
            http.response.status_code = tracing::field::Empty,
            "error.type" = tracing::field::Empty,
        );
        let outcome = self.send(call, method).instrument(span.clone()).await;
        if let Err(error) = &outcome {
            span.record("error.type", error.failure.name());
        }
        outcome
    }

    async fn send(&self, call: Call, method: &'static str) -> Result<HttpResponse, VendorError> {
        let route = (method, call.route);
        let access = self.access(call.effect, route).await?;
        let answer = self.send_with(&access, &call, method).await?;
        if !self.credentials.answered(&access, route, answer.status) {
            return Ok(answer);
        }
        // The token ended before its time.
        if call.effect == Effect::Write {
            // Nothing is sent twice within one call: whoever meant it comes back.
            return Err(self.renewed(route));
        }
        let access = self.access(call.effect, route).await?;
        let answer = self.send_with(&access, &call, method).await?;
        self.credentials.answered(&access, route, answer.status);
        Ok(answer)
    }

    /// What a write is answered for which another token had to be had: it comes back.
    fn renewed(&self, (method, route): Route) -> VendorError {
        let (until, limit) = (self.clock.tick(), Limit::Renewal);
        let text = format!("{method} {route}: {}", limit.text());
        VendorError::without_effect(Failure::Deferred { until, limit }, text)
    }

    /// The token to call with. A write for which one has to be had first comes back: what was decided before the wait
    /// may not hold any more, and the time that a create has is counted.
    async fn access(&self, effect: Effect, route: Route) -> Result<Access, VendorError> {
        let Credentials::Client(client) = &self.credentials else {
            return Ok(Access::given(self.token.clone()));
        };
        if let Some(access) = client.held(self.clock.tick()) {
            return Ok(access);
        }
        let time = (&*self.clock, self.network.call_timeout());
        let access = client.access(&self.token, time, async |request| self.ask(request).await).await?;
        match effect {
            Effect::Read => Ok(access),
            Effect::Write => Err(self.renewed(route)),
        }
    }

    /// Asks for a token. That is no write, as another one ends none; nor does it take room from other calls, but for a
    /// stranger's: who guesses is slow.
    async fn ask(&self, TokenRequest { route, form }: TokenRequest) -> Result<HttpResponse, VendorError> {
        let method = method_name(&Method::POST);
        let started = self.clock.tick();
        self.budget.open(&self.bearer(), route, method, started).map_err(deferred)?;
        let scope = self.payer.scope();
        match &scope {
            Scope::Stranger { .. } => {
                self.budget.take(&scope, route, method, self.requests_per_minute.get(), started)
            }
            Scope::Organization(_) | Scope::Token(_) => self.budget.open(&scope, route, method, started),
        }
        .map_err(deferred)?;
        let mut headers = self.headers();
        headers.push(("content-type", "application/x-www-form-urlencoded".into()));
        let request = HttpRequest {
            method: Method::POST,
            url: self.address(route, route)?,
            headers,
            bearer: None,
            body: form,
            ca_bundle: self.ca_bundle.clone(),
            leaves_by: None,
        };
        let answer = self.network.send(request).await;
        self.learn(answer, (route, method), started)
    }

    async fn send_with(
        &self,
        access: &Access,
        call: &Call,
        method: &'static str,
    ) -> Result<HttpResponse, VendorError> {
        let started = self.clock.tick();
        let room = self.budget.open(&self.bearer(), call.route, method, started);
        let room = room.and_then(|()| {
            let (scope, most) = (self.payer.scope(), self.requests_per_minute.get());
            self.budget.take(&scope, call.route, method, most, started)
        });
        room.map_err(|full| {
            self.meter.deferred(call.route, method);
            deferred(full)
        })?;
        let mut request = self.request(call, access)?;
        // Nothing may come between this check and the sending.
        let sent = match call.effect {
            Effect::Read => None,
            Effect::Write => {
                let (leaves_by, sent) = self.may_write()?;
                request.leaves_by = forbids!(LeavesInTime).then_some(leaves_by);
                sent
            }
        };
        let answer = self.network.send(request).await;
        if let Some(sent) = sent.filter(|_| is_over(&answer)) {
            sent.answered();
        }
        let seconds = self.clock.tick().since(started).as_secs_f64();
        self.log(call, method, &answer, seconds);
        self.learn(answer, (call.route, method), started)
    }

    /// Whose pauses hold for all that call with what the Secret holds.
    fn bearer(&self) -> Scope {
        Scope::Token(digest([self.endpoint.as_str(), self.token.expose_secret()]))
    }

    /// Takes in how a call ended that began at `started`, and what the answer says of limits.
    fn learn(
        &self,
        answer: Result<HttpResponse, NetworkError>,
        (route, method): (&'static str, &'static str),
        started: Tick,
    ) -> Result<HttpResponse, VendorError> {
        let now = self.clock.tick();
        let seconds = now.since(started).as_secs_f64();
        match answer {
            Err(error @ NetworkError::Unsendable(_)) => {
                Err(VendorError::without_effect(Failure::Unsendable, format!("{method} {route}: {error}")))
            }
            Err(error @ NetworkError::TooLate) => {
                Err(VendorError::without_effect(Failure::Fenced, format!("{method} {route}: {error}")))
            }
            Err(error) => {
                self.meter.called(route, method, "error", seconds);
                let heard = match error {
                    NetworkError::Unsendable(_) | NetworkError::TooLate | NetworkError::Connect(_) => {
                        Heard::NotSent
                    }
                    NetworkError::TimedOut(_) | NetworkError::Lost(_) => Heard::Nothing,
                    NetworkError::TooLarge(_) => Heard::Answer,
                };
                let text = format!("{method} {route}: {error}");
                Err(VendorError::unknown(Failure::Unreachable, text).heard(heard))
            }
            Ok(response) => {
                tracing::Span::current().record("http.response.status_code", response.status.as_u16());
                self.meter.called(route, method, response.status.as_str(), seconds);
                let (scope, wall) = (self.payer.scope(), self.clock.wall());
                let signal = self.rate_limits.read(response.status, &response.headers, wall);
                let until = self.budget.learn(&scope, route, method, signal, now);
                let pause = Signal { limit: None, ..signal };
                self.budget.learn(&self.bearer(), route, method, pause, now);
                let known = matches!(scope, Scope::Organization(_));
                if known {
                    self.meter.allowed(&self.organization, route, method, signal);
                }
                // Of an organization that a stranger only names, nothing was told.
                if let Some(until) = until.filter(|_| known) {
                    self.meter.paused(&self.organization, route, method, wall + until.since(now));
                }
                match until {
                    Some(until) if signal.refused => {
                        let text = format!("{method} {route}: {}", Limit::Vendor.text());
                        Err(VendorError::without_effect(Failure::Throttled { until }, text))
                    }
                    _ => Ok(response),
                }
            }
        }
    }

    /// One line for each call: of what is written at the vendor, also where nobody asked for more than the usual log.
    /// Which object it is for says the span around it.
    fn log(&self, call: &Call, method: &str, answer: &Result<HttpResponse, NetworkError>, seconds: f64) {
        let (status, error) = match answer {
            Ok(response) => (Some(response.status.as_u16()), None),
            Err(error) => (None, Some(tracing::field::display(error))),
        };
        let (organization, path) = (&*self.organization, &*call.path);
        match call.effect {
            Effect::Read => {
                tracing::debug!(organization, method, path, status, error, seconds, "vendor read");
            }
            Effect::Write => {
                tracing::info!(organization, method, path, status, error, seconds, "vendor write");
            }
        }
    }

    /// Until when a write may leave, and the word of it to whoever may write next.
    fn may_write(&self) -> Result<(Tick, Option<Sent>), VendorError> {
        let fenced = |why: &str| VendorError::without_effect(Failure::Fenced, why);
        let (now, timeout) = (self.clock.tick(), self.network.call_timeout());
        let Some(leaves_by) = self.fence.send_by(now, timeout) else {
            return Err(fenced("this process may not write to the vendor now"));
        };
        let Some((tenure, uid)) = &self.right else { return Ok((leaves_by, None)) };
        let sent = tenure.send(uid, now, timeout);
        let why = || fenced("another object stands for the organization, or did until a moment ago");
        sent.map(|sent| (leaves_by, Some(sent))).ok_or_else(why)
    }

    fn request(&self, call: &Call, access: &Access) -> Result<HttpRequest, VendorError> {
        let mut headers = self.headers();
        headers.push(("content-type", "application/json".into()));
        Ok(HttpRequest {
            method: call.method.clone(),
            url: self.address(&call.path, call.route)?,
            headers,
            bearer: Some(access.token.clone()),
            body: call.body.as_ref().map(|body| body.to_string().into()).unwrap_or_default(),
            ca_bundle: self.ca_bundle.clone(),
            leaves_by: None,
        })
    }

    fn address(&self, path: &str, route: &str) -> Result<url::Url, VendorError> {
        let address = format!("{}{path}", self.endpoint.as_str().trim_end_matches('/'));
        url::Url::parse(&address).map_err(|error| {
            VendorError::without_effect(Failure::Refused, format!("the address of {route} is wrong: {error}"))
        })
    }

    fn headers(&self) -> Vec<(&'static str, String)> {
        let own = self.headers.iter().map(|(name, value)| (*name, (*value).to_owned()));
        std::iter::once(("accept", "application/json".to_owned())).chain(own).collect()
    }
}

fn deferred(Full { until, limit }: Full) -> VendorError {
    VendorError::without_effect(Failure::Deferred { until, limit }, limit.text())
}

/// Whether a write with this answer takes no effect later: a gateway that gives up says nothing of that.
fn is_over(answer: &Result<HttpResponse, NetworkError>) -> bool {
    match answer {
        Ok(response) => !response.status.is_server_error(),
        Err(error) => matches!(error, NetworkError::Unsendable(_) | NetworkError::TooLate),
    }
}

/// Methods by their static names, so that keys and labels cost nothing.
fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        _ => "GET",
    }
}
