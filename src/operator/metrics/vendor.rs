//! Calls to the vendor, and what it allows.

use super::board::Board;
use super::catalogue::Catalogue;
use super::exemplar::{Times, observe};
use super::moment::seconds;
use crate::engine::external::rate_limit::Signal;
use crate::engine::runtime::census::Census;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::exemplar::HistogramWithExemplars;
use prometheus_client::metrics::family::Family;
use std::collections::BTreeSet;

/// The bounds of calls, s.
const BOUNDS: [f64; 11] = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 30.0];

/// Labels that several families have.
const ROUTE: &[&str] = &["route", "method"];
/// Labels that several families have.
const LIMITED: &[&str] = &["organization_id", "route", "method"];

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EncodeLabelSet)]
struct Call {
    route: &'static str,
    method: &'static str,
    code: String,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EncodeLabelSet)]
struct Route {
    route: &'static str,
    method: &'static str,
}

/// Operations of an organization by its id at the vendor: objects that stand for one share what it may.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EncodeLabelSet)]
struct Limited {
    organization_id: String,
    route: &'static str,
    method: &'static str,
}

/// Calls to the vendor.
#[derive(Clone)]
pub struct Calls {
    calls: Family<Call, Counter>,
    seconds: Times<Route>,
    deferred: Family<Route, Counter>,
    limits: Board<Limited>,
    remaining: Board<Limited>,
    paused_until: Board<Limited>,
}

impl Calls {
    /// Adds them to the page.
    pub fn new(page: &mut Catalogue) -> Self {
        Self {
            calls: page.keep(
                "orgkeeper_vendor_requests",
                &["route", "method", "code"],
                "Vendor calls by operation and status code; error where there was no answer",
                Family::default(),
            ),
            seconds: page.keep(
                "orgkeeper_vendor_request_duration_seconds",
                ROUTE,
                "Time of a vendor call",
                Family::new_with_constructor(|| HistogramWithExemplars::new(BOUNDS.into_iter())),
            ),
            deferred: page.keep(
                "orgkeeper_vendor_requests_deferred",
                ROUTE,
                "Vendor calls that were put off as the budget had no room",
                Family::default(),
            ),
            limits: page.keep(
                "orgkeeper_vendor_limit",
                LIMITED,
                "Calls a minute that the vendor allows an organization, as it told last",
                Board::default(),
            ),
            remaining: page.keep(
                "orgkeeper_vendor_limit_remaining",
                LIMITED,
                "Calls that were left of the vendor's limit at its last answer",
                Board::default(),
            ),
            paused_until: page.keep(
                "orgkeeper_vendor_paused_until_timestamp_seconds",
                LIMITED,
                "When the last pause of such calls ends or ended, since 1970",
                Board::default(),
            ),
        }
    }

    /// Keeps what is known of organizations that are still there.
    pub fn show(&self, census: &Census) {
        let known: BTreeSet<&str> = census.roots.iter().filter_map(|root| root.id.as_deref()).collect();
        for limits in [&self.limits, &self.remaining, &self.paused_until] {
            limits.keep(|labels| known.contains(labels.organization_id.as_str()));
        }
    }

    /// A call was answered, or was not.
    pub fn called(&self, route: &'static str, method: &'static str, code: &str, seconds: f64) {
        self.calls.get_or_create(&Call { route, method, code: code.to_owned() }).inc();
        observe(&self.seconds.get_or_create(&Route { route, method }), seconds);
    }

    /// A call was put off.
    pub fn deferred(&self, route: &'static str, method: &'static str) {
        self.deferred.get_or_create(&Route { route, method }).inc();
    }

    /// The vendor told what it allows.
    pub fn allowed(&self, organization: &str, route: &'static str, method: &'static str, signal: Signal) {
        for (told, board) in [(signal.limit, &self.limits), (signal.remaining, &self.remaining)] {
            if let Some(told) = told {
                let told = u32::try_from(told).unwrap_or(u32::MAX);
                board.set(limited(organization, route, method), f64::from(told));
            }
        }
    }

    /// Calls pause.
    pub fn paused(
        &self,
        organization: &str,
        route: &'static str,
        method: &'static str,
        until: jiff::Timestamp,
    ) {
        self.paused_until.set(limited(organization, route, method), seconds(until));
    }
}

fn limited(organization: &str, route: &'static str, method: &'static str) -> Limited {
    Limited { organization_id: organization.to_owned(), route, method }
}
