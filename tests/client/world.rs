//! The ports for these tests: real time, the real network.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use futures::FutureExt as _;
use futures::future::LocalBoxFuture;
use orgkeeper::engine::base::organization_key::{Endpoint, OrganizationKey};
use orgkeeper::engine::base::ports::{Clock, Tick};
use orgkeeper::engine::external::budget::{Budget, Payer, Scope};
use orgkeeper::engine::external::caller::{Link, Meter};
use orgkeeper::engine::external::credentials::Credentials;
use orgkeeper::engine::lead::fence::{Fence, Term};
use orgkeeper::engine::provider::vendor::Vendor as _;
use orgkeeper::operator::network::{HttpNetwork, Limits, Proxy};
use orgkeeper::vendors::spot::organization::Spot;
use secrecy::SecretString;

/// A network that no proxy of this machine's environment can disturb.
pub fn network(limits: Limits) -> HttpNetwork {
    network_at(limits, Tick::default)
}

/// One by whose clock it is so late.
pub fn network_at(limits: Limits, now: fn() -> Tick) -> HttpNetwork {
    HttpNetwork::new(limits, Proxy::Direct, now)
}

struct RealClock(Instant);

impl Clock for RealClock {
    fn tick(&self) -> Tick {
        Tick::new(self.0.elapsed())
    }

    fn wall(&self) -> jiff::Timestamp {
        jiff::Timestamp::now()
    }

    fn sleep_until(&self, tick: Tick) -> LocalBoxFuture<'static, ()> {
        tokio::time::sleep(tick.since(self.tick())).boxed_local()
    }
}

struct NoMeter;

impl Meter for NoMeter {
    fn called(&self, _: &'static str, _: &'static str, _: &str, _: f64) {}
    fn deferred(&self, _: &'static str, _: &'static str) {}
}

/// A link to `url` with an open fence.
pub fn link(url: &str, token: &str) -> Link {
    let fence = Fence::new(Duration::ZERO);
    let start = Tick::default();
    fence.open(Term { stores: start, sends: start, end: Tick::new(Duration::MAX) });
    Link {
        // Patient: these servers answer, and a busy machine may make them slow.
        network: Rc::new(network(Limits::default())),
        clock: Rc::new(RealClock(Instant::now())),
        budget: Budget::default(),
        fence,
        meter: Rc::new(NoMeter),
        right: None,
        payer: Payer::new(Scope::Organization(OrganizationKey {
            vendor: "spot",
            endpoint: Endpoint::of(&url.parse().unwrap()),
            id: "606079812345".into(),
        })),
        organization: "606079812345".into(),
        endpoint: url.parse().unwrap(),
        token: SecretString::from(token),
        credentials: Credentials::default(),
        headers: &[],
        rate_limits: Spot::RATE_LIMITS,
        ca_bundle: None,
        requests_per_minute: Rc::new(Cell::new(10_000)),
    }
}
