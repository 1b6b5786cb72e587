//! The vendor's network: the sandbox's core at the other end of a line that the clock governs.

use super::fate::Fate;
use super::journal::Journal;
use super::unkind::Unkind;
use bytes::Bytes;
use futures::FutureExt;
use futures::executor::{LocalPool, LocalSpawner};
use futures::future::{LocalBoxFuture, RemoteHandle};
use futures::task::LocalSpawnExt;
use http::{HeaderMap, StatusCode};
use orgkeeper::engine::base::ports::{Clock, HttpRequest, HttpResponse, Network, NetworkError, Tick};
use orgkeeper::engine::base::simulation::SimClock;
use orgkeeper::sandbox::spot::Sandbox;
use orgkeeper::sandbox::{self, Answer, Delivery, Request};
use secrecy::ExposeSecret;
use serde_json::Value;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

/// What becomes of each item of an answer.
pub type Amend = fn(&mut Value);

/// Another vendor's server.
pub trait Server {
    /// What it answers.
    fn handle(&mut self, now: jiff::Timestamp, request: &HttpRequest) -> Answer;
}

/// The vendors that can be reached, by host.
#[derive(Default)]
pub struct Vendors {
    pub sandboxes: RefCell<BTreeMap<String, Rc<RefCell<Sandbox>>>>,
    pub servers: RefCell<BTreeMap<String, Rc<RefCell<dyn Server>>>>,
    /// Whether connections are refused.
    pub down: Cell<bool>,
    /// How long an answer takes.
    pub latency: Cell<Duration>,
    /// How long a write is held up between its leave to be sent and the socket.
    pub held_up: Cell<Duration>,
    /// Paths of objects that are read as gone, whatever else still shows them.
    pub gone: RefCell<BTreeSet<String>>,
    /// The account whose lists of subscriptions fail, and how.
    pub failing: RefCell<Option<(String, Failing)>>,
    /// How many calls were answered so.
    pub failed: Cell<usize>,
    /// The path whose answers say something else, and what becomes of each of their items.
    pub amended: RefCell<Option<(String, Amend)>>,
    /// Ids that the lists of all users and accounts lack.
    pub hidden: RefCell<BTreeSet<String>>,
    /// Calls that fail in their turn, whatever the vendor would say.
    pub scripted: RefCell<Vec<Scripted>>,
}

/// Calls that fail: their method, the beginning of their path, how, and how many.
#[derive(Clone, Debug)]
pub struct Scripted {
    pub method: http::Method,
    pub path: String,
    pub failing: Failing,
    pub times: usize,
}

/// How a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failing {
    /// By an answer.
    Answer(u16, &'static str),
    /// By none.
    Hang,
    /// By a bug in the code that makes it.
    Bug,
    /// By settings with which nothing can be sent.
    Settings,
}

impl Vendors {
    /// What the vendor says, unless it is to say something else there.
    fn amend(&self, request: &HttpRequest, body: Bytes) -> Bytes {
        let hidden = self.hidden.borrow();
        let path = request.url.path();
        let lists =
            path == "/setup/account" || path.starts_with("/setup/organization") && path.ends_with("/user");
        if !hidden.is_empty() && request.method == http::Method::GET && lists {
            let mut said: Value = serde_json::from_slice(&body).unwrap();
            let Some(items) = said["response"]["items"].as_array_mut() else { return body };
            let is_hidden = |item: &Value| {
                item.as_object().is_some_and(|item| {
                    item.values().any(|value| value.as_str().is_some_and(|text| hidden.contains(text)))
                })
            };
            items.retain(|item| !is_hidden(item));
            let count = items.len();
            if !said["response"]["count"].is_null() {
                said["response"]["count"] = Value::from(count);
            }
            return said.to_string().into();
        }
        let Some((path, amend)) = &*self.amended.borrow() else { return body };
        if request.url.path() != path.as_str() || request.method != http::Method::GET {
            return body;
        }
        let mut said: Value = serde_json::from_slice(&body).unwrap();
        said["response"]["items"].as_array_mut().into_iter().flatten().for_each(amend);
        said.to_string().into()
    }

    fn fails(&self, request: &HttpRequest) -> Option<Failing> {
        let mut scripted = self.scripted.borrow_mut();
        let meant = |one: &&mut Scripted| {
            one.times > 0 && one.method == request.method && request.url.path().starts_with(&one.path)
        };
        if let Some(one) = scripted.iter_mut().find(meant) {
            one.times -= 1;
            return Some(one.failing);
        }
        let (account, failing) = self.failing.borrow().clone()?;
        let of_it = request.url.path() == "/events/subscription"
            && request.method == http::Method::GET
            && request.url.query().is_some_and(|query| query.contains(&account));
        of_it.then_some(failing)
    }
}

/// The line of one process to all of them.
#[derive(Clone)]
pub struct SimNetwork {
    pub clock: Rc<SimClock>,
    pub vendors: Rc<Vendors>,
    pub fate: Rc<Fate>,
    pub timeout: Duration,
    /// Who sends.
    pub identity: String,
    pub journal: Rc<Journal>,
    pub unkind: Rc<Unkind>,
    pub line: Rc<Line>,
}

/// The connections of a process: what was handed to them goes its own way, and whoever wakes from sleep finds that
/// they went on first.
pub struct Line {
    pool: RefCell<LocalPool>,
    spawner: LocalSpawner,
    /// Whether something was handed over since it was last looked at.
    handed_over: Cell<bool>,
}

impl Default for Line {
    fn default() -> Self {
        let pool = LocalPool::new();
        Self { spawner: pool.spawner(), pool: RefCell::new(pool), handed_over: Cell::default() }
    }
}

impl Line {
    fn hand_over<T: 'static>(&self, exchange: impl Future<Output = T> + 'static) -> RemoteHandle<T> {
        self.handed_over.set(true);
        self.spawner.spawn_local_with_handle(exchange).unwrap()
    }

    /// Goes on as far as can be without time.
    pub fn go_on(&self) {
        self.pool.borrow_mut().run_until_stalled();
    }

    /// Whether there is something new to go on with.
    pub fn has_new(&self) -> bool {
        self.handed_over.take()
    }
}

impl SimNetwork {
    /// How long the request is held up on its way to the socket.
    fn held_up(&self, request: &HttpRequest) -> Duration {
        match request.method {
            http::Method::GET => Duration::ZERO,
            _ => self.vendors.held_up.get() + self.unkind.holds_up(),
        }
    }

    async fn send_late(self, request: HttpRequest, at: Tick) -> Result<HttpResponse, NetworkError> {
        self.clock.sleep_until(at).await;
        if request.leaves_by.is_some_and(|leaves_by| self.clock.tick() > leaves_by) {
            return Err(NetworkError::TooLate);
        }
        self.exchange(request).await
    }

    /// A call of a vendor other than Spot.
    async fn exchange_with(
        &self,
        server: &RefCell<dyn Server>,
        request: HttpRequest,
        sent: Tick,
    ) -> Result<HttpResponse, NetworkError> {
        let arrives = sent + self.vendors.latency.get();
        // To have a token is no write.
        let counts = request.url.path() != "/token";
        if counts {
            self.journal.sends(&self.identity, &request, self.timeout);
        }
        match self.vendors.fails(&request) {
            Some(Failing::Hang) => {
                self.clock.sleep_until(sent + self.timeout).await;
                self.journal.over(&self.identity, &request);
                return Err(NetworkError::TimedOut("no answer in time".into()));
            }
            Some(Failing::Answer(status, body)) => {
                self.clock.sleep_until(arrives).await;
                self.journal.over(&self.identity, &request);
                let status = StatusCode::from_u16(status).unwrap();
                return Ok(HttpResponse { status, headers: HeaderMap::new(), body: body.into() });
            }
            Some(Failing::Bug) => panic!("a bug"),
            Some(Failing::Settings) => return Err(NetworkError::Unsendable("no certificate in it".into())),
            None => {}
        }
        let answer = server.borrow_mut().handle(self.clock.true_wall(), &request);
        self.fate.pass().await;
        self.clock.sleep_until(arrives).await;
        self.journal.over(&self.identity, &request);
        Ok(HttpResponse { status: answer.status, headers: answer.headers, body: answer.body })
    }

    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, NetworkError> {
        self.fate.pass().await;
        let sent = self.clock.tick();
        let host = request.url.host_str().unwrap_or_default();
        let server = self.vendors.servers.borrow().get(host).cloned();
        if let Some(server) = server.filter(|_| !self.vendors.down.get()) {
            return self.exchange_with(&server, request, sent).await;
        }
        self.journal.sends(&self.identity, &request, self.timeout);
        let arrives = sent + self.vendors.latency.get();
        let sandbox = self.vendors.sandboxes.borrow().get(host).cloned();
        let Some(sandbox) = sandbox.filter(|_| !self.vendors.down.get()) else {
            self.clock.sleep_until(arrives).await;
            return Err(NetworkError::Connect("refused".into()));
        };
        if self.vendors.gone.borrow().contains(request.url.path()) {
            let body = r#"{"response": {"status": {"code": 200}, "items": [], "count": 0}}"#;
            return Ok(HttpResponse { status: StatusCode::OK, headers: HeaderMap::new(), body: body.into() });
        }
        match self.vendors.fails(&request) {
            Some(Failing::Hang) => {
                self.clock.sleep_until(sent + self.timeout).await;
                return Err(NetworkError::TimedOut("no answer in time".into()));
            }
            Some(Failing::Answer(status, body)) => {
                self.vendors.failed.set(self.vendors.failed.get() + 1);
                self.clock.sleep_until(arrives).await;
                let status = StatusCode::from_u16(status).unwrap();
                return Ok(HttpResponse { status, headers: HeaderMap::new(), body: body.into() });
            }
            Some(Failing::Bug) => panic!("a bug"),
            Some(Failing::Settings) => return Err(NetworkError::Unsendable("no certificate in it".into())),
            None => {}
        }
        let reply = sandbox::handle(
            &mut sandbox.borrow_mut(),
            self.clock.true_wall(),
            &as_the_vendor_sees_it(&request),
        );
        let status = match &reply.delivery {
            Delivery::Whole(answer) => Some(answer.status),
            Delivery::Cut(..) | Delivery::Reset | Delivery::Hang => None,
        };
        self.journal.answered(&self.identity, &request, status);
        self.fate.pass().await;
        let (arrives, deadline) = (arrives + reply.delay, sent + self.timeout);
        if arrives > deadline || matches!(reply.delivery, Delivery::Hang) {
            self.clock.sleep_until(deadline).await;
            return Err(NetworkError::TimedOut("no answer in time".into()));
        }
        self.clock.sleep_until(arrives).await;
        match reply.delivery {
            Delivery::Whole(answer) => {
                let body = self.vendors.amend(&request, answer.body);
                let answer = HttpResponse { status: answer.status, headers: answer.headers, body };
                self.journal.heard(&self.identity, &request, &answer);
                Ok(answer)
            }
            Delivery::Cut(..) => {
                self.journal.over(&self.identity, &request);
                Err(NetworkError::Lost("within the body".into()))
            }
            Delivery::Reset | Delivery::Hang => {
                self.journal.over(&self.identity, &request);
                Err(NetworkError::Lost("reset".into()))
            }
        }
    }
}

impl Network for SimNetwork {
    fn call_timeout(&self) -> Duration {
        self.timeout
    }

    fn send(&self, request: HttpRequest) -> LocalBoxFuture<'_, Result<HttpResponse, NetworkError>> {
        self.journal.called();
        async move {
            self.journal.decides(&self.identity, &request);
            let held_up = self.held_up(&request);
            if held_up.is_zero() {
                return self.exchange(request).await;
            }
            let at = self.clock.tick() + held_up;
            self.line.hand_over(self.clone().send_late(request, at)).await
        }
        .boxed_local()
    }
}

fn as_the_vendor_sees_it(request: &HttpRequest) -> Request {
    let target = match request.url.query() {
        Some(query) => format!("{}?{query}", request.url.path()),
        None => request.url.path().to_owned(),
    };
    let mut seen = Request::new(request.method.clone(), target)
        .bearer(request.bearer.as_ref().map(ExposeSecret::expose_secret).unwrap_or_default());
    seen.body = request.body.clone();
    seen
}
