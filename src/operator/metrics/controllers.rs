//! Reconciles, the queue and the leader, under the names of controller-runtime and client-go: dashboards
//! and alerts that ask for those show orgkeeper too.
//!
//! There is one queue and one set of workers; each kind is shown as a controller of its own.

use super::board::Board;
use super::catalogue::Catalogue;
use super::exemplar::{Times, observe};
use crate::api::kind::KindRef;
use crate::engine::runtime::census::Census;
use crate::engine::runtime::queue::Priority;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::exemplar::HistogramWithExemplars;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The bounds of times, s: those of controller-runtime, less crowded.
const BOUNDS: [f64; 14] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 60.0];
/// The bounds of times in line, s: client-go's powers of ten, less those that nobody waits for.
const QUEUE_BOUNDS: [f64; 7] = [0.0001, 0.001, 0.01, 0.1, 1.0, 10.0, 100.0];
/// How reconciles end.
const RESULTS: [&str; 3] = ["success", "requeue_after", "error"];

/// Labels that several families have.
const CONTROLLER: &[&str] = &["controller"];
/// Labels that several families have.
const QUEUE: &[&str] = &["name", "controller"];

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EncodeLabelSet)]
struct Reconciled {
    controller: KindRef,
    result: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EncodeLabelSet)]
struct Controller {
    controller: KindRef,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EncodeLabelSet)]
struct Queued {
    name: KindRef,
    controller: KindRef,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EncodeLabelSet)]
struct Depth {
    name: KindRef,
    controller: KindRef,
    priority: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Lease {
    name: String,
}

/// Reconciles and the queue.
#[derive(Clone)]
pub struct Controllers {
    reconciles: Family<Reconciled, Counter>,
    errors: Family<Controller, Counter>,
    terminal: Family<Controller, Counter>,
    panics: Family<Controller, Counter>,
    seconds: Times<Controller>,
    most: Board<Controller>,
    active: Board<Controller>,
    depth: Board<Depth>,
    adds: Family<Queued, Counter>,
    retries: Family<Queued, Counter>,
    waited: Family<Queued, Histogram, fn() -> Histogram>,
    worked: Family<Queued, Histogram, fn() -> Histogram>,
    unfinished: Board<Queued>,
    longest: Board<Queued>,
    leader: Family<Lease, Gauge>,
    /// How many adds have been counted.
    added: Arc<Mutex<BTreeMap<KindRef, u64>>>,
}

impl Controllers {
    /// Adds them to the page.
    pub fn new(page: &mut Catalogue) -> Self {
        Self {
            reconciles: page.keep(
                "controller_runtime_reconcile",
                &["controller", "result"],
                "Reconciles by how they ended: success, requeue_after (to be looked at again at a set \
                 time), error",
                Family::default(),
            ),
            errors: page.keep(
                "controller_runtime_reconcile_errors",
                CONTROLLER,
                "Reconciles that failed and are tried again",
                Family::default(),
            ),
            terminal: page.keep(
                "controller_runtime_terminal_reconcile_errors",
                CONTROLLER,
                "Reconciles that ended with an object Stalled: only a change gets it further",
                Family::default(),
            ),
            panics: page.keep(
                "controller_runtime_reconcile_panics",
                CONTROLLER,
                "Reconciles that panicked",
                Family::default(),
            ),
            seconds: page.keep(
                "controller_runtime_reconcile_time_seconds",
                CONTROLLER,
                "Time of a reconcile",
                Family::new_with_constructor(|| HistogramWithExemplars::new(BOUNDS.into_iter())),
            ),
            most: page.keep(
                "controller_runtime_max_concurrent_reconciles",
                CONTROLLER,
                "How many objects may be worked on at once, those of the other kinds included",
                Board::default(),
            ),
            active: page.keep(
                "controller_runtime_active_workers",
                CONTROLLER,
                "Objects that are being worked on",
                Board::default(),
            ),
            depth: page.keep(
                "workqueue_depth",
                &["name", "controller", "priority"],
                "Objects that could be worked on now, by why: change, delete, create, drift, resync",
                Board::default(),
            ),
            adds: page.keep(
                "workqueue_adds",
                QUEUE,
                "How often an object was put in line",
                Family::default(),
            ),
            retries: page.keep(
                "workqueue_retries",
                QUEUE,
                "How often an object was put back to be looked at later, after a failure or at a set time",
                Family::default(),
            ),
            waited: page.keep(
                "workqueue_queue_duration_seconds",
                QUEUE,
                "How long an object stood in line",
                Family::new_with_constructor(|| Histogram::new(QUEUE_BOUNDS)),
            ),
            worked: page.keep(
                "workqueue_work_duration_seconds",
                QUEUE,
                "How long an object was worked on",
                Family::new_with_constructor(|| Histogram::new(BOUNDS)),
            ),
            unfinished: page.keep(
                "workqueue_unfinished_work_seconds",
                QUEUE,
                "How long all objects that are being worked on have been, together",
                Board::default(),
            ),
            longest: page.keep(
                "workqueue_longest_running_processor_seconds",
                QUEUE,
                "How long the object that is being worked on for longest has been",
                Board::default(),
            ),
            leader: page.keep(
                "leader_election_master_status",
                &["name"],
                "Whether this process holds the Lease",
                Family::default(),
            ),
            added: Arc::default(),
        }
    }

    /// Whether this process holds the Lease of that name.
    pub fn lead(&self, lease: &str, leading: bool) {
        self.leader.get_or_create(&Lease { name: lease.to_owned() }).set(i64::from(leading));
    }

    /// An object was taken out of the queue.
    pub fn taken(&self, kind: KindRef, seconds: f64) {
        self.waited.get_or_create(&queue(kind)).observe(seconds);
    }

    /// A reconcile ended.
    pub fn reconciled(&self, controller: KindRef, result: &'static str, seconds: f64) {
        self.reconciles.get_or_create(&Reconciled { controller, result }).inc();
        observe(&self.seconds.get_or_create(&Controller { controller }), seconds);
        self.worked.get_or_create(&queue(controller)).observe(seconds);
        if result == "error" {
            self.errors.get_or_create(&Controller { controller }).inc();
        }
        if result != "success" {
            self.retries.get_or_create(&queue(controller)).inc();
        }
    }

    /// A reconcile left an object stalled.
    pub fn stalled(&self, controller: KindRef) {
        self.terminal.get_or_create(&Controller { controller }).inc();
    }

    /// A reconcile panicked.
    pub fn panicked(&self, controller: KindRef) {
        self.panics.get_or_create(&Controller { controller }).inc();
    }

    /// Shows the queue as it is. A kind that is known shows zeros, so that its first failure is an increase.
    pub fn show(&self, census: &Census, workers: usize) {
        let kinds: Vec<KindRef> = census.kinds.keys().copied().collect();
        let running = |kind: KindRef| census.queue.running.get(&kind).map(Vec::as_slice).unwrap_or_default();
        let of_kind = |count: fn(&[Duration]) -> f64| {
            kinds.iter().map(move |kind| (*kind, count(running(*kind)))).collect::<Vec<_>>()
        };
        let controller = |(controller, value)| (Controller { controller }, value);
        let queued = |(kind, value)| (queue(kind), value);
        self.most.show(kinds.iter().map(|kind| (*kind, to_f64(workers))).map(controller));
        self.active.show(of_kind(|spans| to_f64(spans.len())).into_iter().map(controller));
        let sum = |spans: &[Duration]| spans.iter().map(Duration::as_secs_f64).sum();
        self.unfinished.show(of_kind(sum).into_iter().map(queued));
        let longest = |spans: &[Duration]| spans.iter().max().map_or(0.0, Duration::as_secs_f64);
        self.longest.show(of_kind(longest).into_iter().map(queued));
        self.depth.show(kinds.iter().flat_map(|&controller| {
            Priority::ALL.into_iter().map(move |priority| {
                let waiting = census.queue.waiting.get(&(controller, priority)).copied().unwrap_or(0);
                (Depth { name: controller, controller, priority: priority.as_str() }, to_f64(waiting))
            })
        }));
        let mut added = self.added.lock().unwrap_or_else(PoisonError::into_inner);
        for &controller in &kinds {
            let now = census.queue.added.get(&controller).copied().unwrap_or(0);
            let before = added.insert(controller, now).unwrap_or(0);
            self.adds.get_or_create(&queue(controller)).inc_by(now.saturating_sub(before));
            self.retries.get_or_create(&queue(controller)).inc_by(0);
            for family in [&self.errors, &self.terminal, &self.panics] {
                family.get_or_create(&Controller { controller }).inc_by(0);
            }
            for result in RESULTS {
                self.reconciles.get_or_create(&Reconciled { controller, result }).inc_by(0);
            }
        }
    }
}

const fn queue(kind: KindRef) -> Queued {
    Queued { name: kind, controller: kind }
}

/// A number of things; more than can be told apart are none that anybody counts.
#[expect(clippy::cast_precision_loss, reason = "nobody has 2^53 objects")]
pub(super) const fn to_f64(count: usize) -> f64 {
    count as f64
}
