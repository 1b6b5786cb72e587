//! Metrics: controller-runtime's names where the meaning is the same, `orgkeeper_*` for the rest.
//!
//! Labels are bounded: kinds, route templates, codes; of objects, organizations alone are named.

use crate::engine::budget::Signal;
use crate::engine::link::Meter;
use crate::engine::organization::Count;
use crate::engine::seams::ObjectRef;
use crate::engine::world::Tally;
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// The bounds of reconcile times, s (as controller-runtime has them).
const RECONCILE_BOUNDS: [f64; 12] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0];
/// The bounds of vendor calls, s.
const CALL_BOUNDS: [f64; 10] = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 15.0, 30.0];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Reconciled {
    controller: &'static str,
    result: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Controller {
    controller: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Call {
    route: &'static str,
    method: &'static str,
    code: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: &'static str,
    method: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    kind: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct State {
    kind: &'static str,
    state: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DetailRead {
    kind: &'static str,
    cause: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Object {
    kind: &'static str,
    namespace: String,
    name: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct KindOfOrganization {
    kind: &'static str,
    namespace: String,
    organization: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfKind {
    kind: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Below {
    namespace: String,
    organization: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AtVendor {
    organization: String,
    kind: &'static str,
    managed: &'static str,
}

/// Operations of an organization by its id at the vendor: objects that stand for one share what it may.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Limited {
    organization_id: String,
    route: &'static str,
    method: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Watch {
    watch: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Name {
    name: &'static str,
}

/// Every metric of the process. Clones share one state.
#[derive(Clone)]
pub struct Metrics {
    registry: Arc<Registry>,
    reconciles: Family<Reconciled, Counter>,
    errors: Family<Controller, Counter>,
    panics: Family<Controller, Counter>,
    seconds: Family<Controller, Histogram>,
    depth: Family<Name, Gauge>,
    workers: Gauge,
    leader: Family<Name, Gauge>,
    calls: Family<Call, Counter>,
    call_seconds: Family<Route, Histogram>,
    deferred: Family<Route, Counter>,
    limits: Family<Limited, Gauge>,
    remaining: Family<Limited, Gauge>,
    paused_until: Family<Limited, Gauge>,
    at_vendor: Family<AtVendor, Gauge>,
    statuses: Family<Outcome, Counter>,
    creates: Family<Outcome, Counter>,
    drift: Family<Outcome, Counter>,
    details: Family<DetailRead, Counter>,
    unseen: Family<KindOfOrganization, Gauge<f64, AtomicU64>>,
    expiries: Family<Object, Gauge>,
    objects: Family<State, Gauge>,
    unparsed: Family<OfKind, Counter>,
    destructive: Family<Outcome, Counter>,
    waiting: Family<Below, Gauge>,
    watch_failures: Family<Watch, Counter>,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// All at zero.
    pub fn new() -> Self {
        let mut metrics = Self {
            registry: Arc::default(),
            reconciles: Family::default(),
            errors: Family::default(),
            panics: Family::default(),
            seconds: Family::new_with_constructor(|| Histogram::new(RECONCILE_BOUNDS)),
            depth: Family::default(),
            workers: Gauge::default(),
            leader: Family::default(),
            calls: Family::default(),
            call_seconds: Family::new_with_constructor(|| Histogram::new(CALL_BOUNDS)),
            deferred: Family::default(),
            limits: Family::default(),
            remaining: Family::default(),
            paused_until: Family::default(),
            at_vendor: Family::default(),
            statuses: Family::default(),
            creates: Family::default(),
            drift: Family::default(),
            details: Family::default(),
            unseen: Family::default(),
            expiries: Family::default(),
            objects: Family::default(),
            unparsed: Family::default(),
            destructive: Family::default(),
            waiting: Family::default(),
            watch_failures: Family::default(),
        };
        let mut all = Registry::default();
        let r = &mut all;
        r.register("controller_runtime_reconcile", "Reconciles by result", metrics.reconciles.clone());
        r.register("controller_runtime_reconcile_errors", "Reconciles that failed", metrics.errors.clone());
        r.register("controller_runtime_reconcile_panics", "Reconciles that panicked", metrics.panics.clone());
        let (name, help) = ("controller_runtime_reconcile_time", "Time of a reconcile");
        r.register_with_unit(name, help, Unit::Seconds, metrics.seconds.clone());
        r.register("workqueue_depth", "Objects that could be worked on now", metrics.depth.clone());
        let help = "Objects that are being worked on";
        r.register("controller_runtime_active_workers", help, metrics.workers.clone());
        let help = "Whether this process holds the Lease";
        r.register("leader_election_master_status", help, metrics.leader.clone());
        let help = "Vendor calls by route, method and status code";
        r.register("orgkeeper_vendor_requests", help, metrics.calls.clone());
        let (name, help) = ("orgkeeper_vendor_request_duration", "Time of a vendor call");
        r.register_with_unit(name, help, Unit::Seconds, metrics.call_seconds.clone());
        let help = "Vendor calls that the budget put off";
        r.register("orgkeeper_vendor_requests_deferred", help, metrics.deferred.clone());
        let help = "Calls a minute that the vendor allows, as it told last";
        r.register("orgkeeper_vendor_limit", help, metrics.limits.clone());
        let help = "Calls that the vendor still allows in its present window, as it told last";
        r.register("orgkeeper_vendor_limit_remaining", help, metrics.remaining.clone());
        let help = "When the last pause of such calls ends or ended, in seconds since 1970";
        r.register("orgkeeper_vendor_paused_until_timestamp_seconds", help, metrics.paused_until.clone());
        let help = "Objects at the vendor, by whether a manifest stands for them";
        r.register("orgkeeper_vendor_objects", help, metrics.at_vendor.clone());
        let help = "Statuses that were written, and those that did not need to be";
        r.register("orgkeeper_status_writes", help, metrics.statuses.clone());
        let help = "Creates at the vendor by outcome";
        r.register("orgkeeper_creates", help, metrics.creates.clone());
        let help = "Fields that drifted, corrected or only reported";
        r.register("orgkeeper_drift", help, metrics.drift.clone());
        let help = "Reads of what no list shows of an object, by cause";
        r.register("orgkeeper_detail_reads", help, metrics.details.clone());
        let (name, help) = ("orgkeeper_oldest_unseen", "How long what no list shows was unseen at most");
        r.register_with_unit(name, help, Unit::Seconds, metrics.unseen.clone());
        let (name, help) = ("orgkeeper_credential_expiry_timestamp", "When a credential expires, since 1970");
        r.register_with_unit(name, help, Unit::Seconds, metrics.expiries.clone());
        r.register("orgkeeper_objects", "Objects by kind and state", metrics.objects.clone());
        let help = "Writes that take something away, let through or stopped";
        r.register("orgkeeper_destructive_writes", help, metrics.destructive.clone());
        let help = "Writes that take something away and wait for a person, or for time";
        r.register("orgkeeper_destructive_writes_waiting", help, metrics.waiting.clone());
        let help = "Objects that do not parse, each time one is seen";
        r.register("orgkeeper_unparsed_objects", help, metrics.unparsed.clone());
        r.register("orgkeeper_watch_failures", "Watches that failed", metrics.watch_failures.clone());
        metrics.registry = Arc::new(all);
        metrics.lead(false);
        metrics
    }

    /// The page, in OpenMetrics.
    ///
    /// # Errors
    /// None that is known: writing to a String cannot fail.
    pub fn page(&self) -> Result<String, std::fmt::Error> {
        let mut page = String::new();
        text::encode(&mut page, &self.registry)?;
        Ok(page)
    }

    /// An object did not parse.
    pub fn unparsed(&self, kind: &'static str) {
        self.unparsed.get_or_create(&OfKind { kind }).inc();
    }

    /// A watch failed.
    pub fn watch_failed(&self, watch: &str) {
        self.watch_failures.get_or_create(&Watch { watch: watch.to_owned() }).inc();
    }

    /// Whether this process holds the Lease.
    pub fn lead(&self, leading: bool) {
        self.leader.get_or_create(&Name { name: "orgkeeper" }).set(i64::from(leading));
    }

    /// Objects by kind and state; states that no object is in any more go to zero.
    pub fn count(&self, counts: &BTreeMap<&'static str, BTreeMap<&'static str, usize>>) {
        for (&kind, states) in counts {
            for state in ["ready", "reconciling", "stalled", "suspended", "deleting"] {
                let count = states.get(state).copied().unwrap_or(0);
                let gauge = self.objects.get_or_create(&State { kind, state });
                gauge.set(i64::try_from(count).unwrap_or(i64::MAX));
            }
        }
    }
}

impl Meter for Metrics {
    fn called(&self, route: &'static str, method: &'static str, code: &str, seconds: f64) {
        self.calls.get_or_create(&Call { route, method, code: code.to_owned() }).inc();
        self.call_seconds.get_or_create(&Route { route, method }).observe(seconds);
    }

    fn deferred(&self, route: &'static str, method: &'static str) {
        self.deferred.get_or_create(&Route { route, method }).inc();
    }

    fn allowed(&self, organization: &str, route: &'static str, method: &'static str, signal: Signal) {
        for (told, family) in [(signal.limit, &self.limits), (signal.remaining, &self.remaining)] {
            let Some(told) = told else { continue };
            let labels = Limited { organization_id: organization.to_owned(), route, method };
            family.get_or_create(&labels).set(i64::try_from(told).unwrap_or(i64::MAX));
        }
    }

    fn paused(&self, organization: &str, route: &'static str, method: &'static str, until: jiff::Timestamp) {
        let labels = Limited { organization_id: organization.to_owned(), route, method };
        self.paused_until.get_or_create(&labels).set(until.as_second());
    }
}

impl Tally for Metrics {
    fn reconciled(&self, kind: &'static str, result: &'static str, seconds: f64) {
        let controller = kind;
        self.reconciles.get_or_create(&Reconciled { controller, result }).inc();
        self.seconds.get_or_create(&Controller { controller }).observe(seconds);
        if matches!(result, "error" | "requeue") {
            self.errors.get_or_create(&Controller { controller }).inc();
        }
    }

    fn status(&self, kind: &'static str, written: bool) {
        let outcome = if written { "written" } else { "skipped" };
        self.statuses.get_or_create(&Outcome { kind, outcome }).inc();
    }

    fn created(&self, kind: &'static str, outcome: &'static str) {
        self.creates.get_or_create(&Outcome { kind, outcome }).inc();
    }

    fn drift(&self, kind: &'static str, corrected: bool) {
        let outcome = if corrected { "corrected" } else { "reported" };
        self.drift.get_or_create(&Outcome { kind, outcome }).inc();
    }

    fn detail(&self, kind: &'static str, cause: &'static str) {
        self.details.get_or_create(&DetailRead { kind, cause }).inc();
    }

    fn unseen(&self, kind: &'static str, root: &ObjectRef, seconds: Option<f64>) {
        let (namespace, organization) = (root.namespace.clone(), root.name.clone());
        let labels = KindOfOrganization { kind, namespace, organization };
        match seconds {
            Some(seconds) => {
                self.unseen.get_or_create(&labels).set(seconds);
            }
            None => {
                self.unseen.remove(&labels);
            }
        }
    }

    fn vendor_objects(&self, kind: &'static str, root: &ObjectRef, count: Option<Count>) {
        for managed in ["true", "false"] {
            let organization = format!("{}/{}", root.namespace, root.name);
            let labels = AtVendor { organization, kind, managed };
            let Some(Count { total, unmanaged }) = count else {
                self.at_vendor.remove(&labels);
                continue;
            };
            let number = if managed == "true" { total.saturating_sub(unmanaged) } else { unmanaged };
            self.at_vendor.get_or_create(&labels).set(i64::try_from(number).unwrap_or(i64::MAX));
        }
    }

    fn expires(&self, object: &ObjectRef, at: Option<jiff::Timestamp>) {
        let (namespace, name) = (object.namespace.clone(), object.name.clone());
        let labels = Object { kind: object.kind, namespace, name };
        match at {
            Some(at) => {
                self.expiries.get_or_create(&labels).set(at.as_second());
            }
            None => {
                self.expiries.remove(&labels);
            }
        }
    }

    fn panicked(&self, kind: &'static str) {
        self.panics.get_or_create(&Controller { controller: kind }).inc();
    }

    fn guarded(&self, kind: &'static str, outcome: &'static str) {
        self.destructive.get_or_create(&Outcome { kind, outcome }).inc();
    }

    fn waiting(&self, organization: &ObjectRef, count: usize) {
        let (namespace, organization) = (organization.namespace.clone(), organization.name.clone());
        let gauge = self.waiting.get_or_create(&Below { namespace, organization });
        gauge.set(i64::try_from(count).unwrap_or(i64::MAX));
    }

    fn queue(&self, waiting: usize, running: usize) {
        self.depth.get_or_create(&Name { name: "orgkeeper" }).set(i64::try_from(waiting).unwrap_or(i64::MAX));
        self.workers.set(i64::try_from(running).unwrap_or(i64::MAX));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_the_names_that_dashboards_ask_for() {
        let metrics = Metrics::new();
        metrics.reconciled("Thing", "success", 0.01);
        metrics.called("/x/{id}", "GET", "200", 0.1);
        metrics.count(&BTreeMap::from([("Thing", BTreeMap::from([("ready", 2)]))]));
        metrics.detail("Thing", "sweep");
        let root = |name: &str| ObjectRef { kind: "Root", namespace: "n".into(), name: name.into() };
        metrics.unseen("Thing", &root("acme"), Some(1.5));
        metrics.unseen("Thing", &root("gone"), Some(1.5));
        metrics.unseen("Thing", &root("gone"), None);
        metrics.vendor_objects("Thing", &root("acme"), Some(Count { total: 7, unmanaged: 3 }));
        metrics.vendor_objects("Thing", &root("gone"), Some(Count { total: 7, unmanaged: 3 }));
        metrics.vendor_objects("Thing", &root("gone"), None);
        let signal = Signal { limit: Some(60), remaining: Some(0), ..Signal::default() };
        metrics.allowed("606", "/x", "GET", signal);
        metrics.paused("606", "/x", "GET", jiff::Timestamp::from_second(1_700_000_000).unwrap());
        metrics.expires(&root("acme"), Some(jiff::Timestamp::from_second(1_800_000_000).unwrap()));
        metrics.expires(&root("gone"), Some(jiff::Timestamp::UNIX_EPOCH));
        metrics.expires(&root("gone"), None);
        let page = metrics.page().unwrap();
        for line in [
            r#"controller_runtime_reconcile_total{controller="Thing",result="success"} 1"#,
            r#"controller_runtime_reconcile_time_seconds_count{controller="Thing"} 1"#,
            r#"orgkeeper_vendor_requests_total{route="/x/{id}",method="GET",code="200"} 1"#,
            r#"orgkeeper_detail_reads_total{kind="Thing",cause="sweep"} 1"#,
            r#"orgkeeper_oldest_unseen_seconds{kind="Thing",namespace="n",organization="acme"} 1.5"#,
            r#"orgkeeper_credential_expiry_timestamp_seconds{kind="Root",namespace="n",name="acme"} 1800000000"#,
            r#"orgkeeper_objects{kind="Thing",state="ready"} 2"#,
            r#"orgkeeper_vendor_objects{organization="n/acme",kind="Thing",managed="true"} 4"#,
            r#"orgkeeper_vendor_objects{organization="n/acme",kind="Thing",managed="false"} 3"#,
            r#"orgkeeper_vendor_limit{organization_id="606",route="/x",method="GET"} 60"#,
            r#"orgkeeper_vendor_limit_remaining{organization_id="606",route="/x",method="GET"} 0"#,
            r#"orgkeeper_vendor_paused_until_timestamp_seconds{organization_id="606",route="/x",method="GET"} 1700000000"#,
            r#"orgkeeper_objects{kind="Thing",state="stalled"} 0"#,
            r#"leader_election_master_status{name="orgkeeper"} 0"#,
            "# EOF",
        ] {
            assert!(page.contains(line), "{line} is not in\n{page}");
        }
        assert!(!page.contains("gone"), "an organization that is gone is shown no more:\n{page}");
    }
}
