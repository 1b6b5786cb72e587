//! Objects of our kinds: how they are, and what is done with them.

use super::board::Board;
use super::catalogue::Catalogue;
use super::controllers::to_f64;
use super::exemplar::{Times, observe};
use super::moment::seconds;
use crate::api::kind::KindRef;
use crate::engine::base::ports::ObjectRef;
use crate::engine::runtime::census::Census;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::exemplar::HistogramWithExemplars;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;

/// The bounds of the time until an object is what its manifest says, s: from a call or two to a wait for a
/// person.
const BOUNDS: [f64; 13] = [0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 21600.0];

/// Labels that several families have.
const KIND: &[&str] = &["kind"];
/// Labels that several families have.
const OUTCOME: &[&str] = &["kind", "outcome"];

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EncodeLabelSet)]
struct OfKind {
    kind: KindRef,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EncodeLabelSet)]
struct Outcome {
    kind: KindRef,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EncodeLabelSet)]
struct State {
    kind: KindRef,
    state: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EncodeLabelSet)]
struct NotReady {
    kind: KindRef,
    reason: String,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EncodeLabelSet)]
struct DetailRead {
    kind: KindRef,
    cause: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EncodeLabelSet)]
struct Credential {
    kind: KindRef,
    /// As `namespace/name`: a label `namespace` would clash with the one that a scrape adds.
    object: String,
}

/// Objects.
#[derive(Clone)]
pub struct Objects {
    states: Board<State>,
    not_ready: Board<NotReady>,
    drifted: Board<OfKind>,
    drift: Family<Outcome, Counter>,
    convergence: Times<OfKind>,
    statuses: Family<Outcome, Counter>,
    creates: Family<Outcome, Counter>,
    destructive: Family<Outcome, Counter>,
    details: Family<DetailRead, Counter>,
    unparsed: Family<OfKind, Gauge>,
    expiries: Board<Credential>,
}

impl Objects {
    /// Adds them to the page.
    pub fn new(page: &mut Catalogue) -> Self {
        Self {
            states: page.keep(
                "orgkeeper_objects",
                &["kind", "state"],
                "Objects by state: ready, reconciling, stalled, suspended, deleting",
                Board::default(),
            ),
            not_ready: page.keep(
                "orgkeeper_objects_not_ready",
                &["kind", "reason"],
                "Objects that are not Ready and not suspended, by the reason that Ready gives; the runbook \
                 has each",
                Board::default(),
            ),
            drifted: page.keep(
                "orgkeeper_drifted_fields",
                KIND,
                "Fields in which objects differ from the vendor's side now, as their status lists them",
                Board::default(),
            ),
            drift: page.keep(
                "orgkeeper_drift",
                OUTCOME,
                "Fields that somebody else changed at the vendor: corrected, or only reported",
                Family::default(),
            ),
            convergence: page.keep(
                "orgkeeper_convergence_seconds",
                KIND,
                "Time from the first sight of a manifest's generation until the object is Ready",
                Family::new_with_constructor(|| HistogramWithExemplars::new(BOUNDS.into_iter())),
            ),
            statuses: page.keep(
                "orgkeeper_status_writes",
                OUTCOME,
                "Statuses that were written, those skipped as nothing had changed, and writes that \
                 Kubernetes answered without what was sent (`dropped`)",
                Family::default(),
            ),
            creates: page.keep(
                "orgkeeper_creates",
                OUTCOME,
                "Creates at the vendor: created, adopted, recovered, accepted, refused, unknown, \
                 not_carried_out",
                Family::default(),
            ),
            destructive: page.keep(
                "orgkeeper_destructive_writes",
                OUTCOME,
                "Writes that take something away: passed, confirmed by a person, or stopped as \
                 too_destructive or would_lock_out",
                Family::default(),
            ),
            details: page.keep(
                "orgkeeper_detail_reads",
                &["kind", "cause"],
                "Reads of what no list shows of an object: asked, own_write, moved, audit, sweep",
                Family::default(),
            ),
            unparsed: page.keep(
                "orgkeeper_objects_unparsed",
                KIND,
                "Objects that do not parse now and are left alone; orgkeeper_objects has none of them",
                Family::default(),
            ),
            expiries: page.keep(
                "orgkeeper_credential_expiry_timestamp_seconds",
                &["kind", "object"],
                "When a credential expires, since 1970; the object is namespace/name",
                Board::default(),
            ),
        }
    }

    /// Shows objects as they are.
    pub fn show(&self, census: &Census) {
        let kinds = &census.kinds;
        self.states.show(kinds.iter().flat_map(|(&kind, count)| {
            count.states.iter().map(move |(&state, &count)| (State { kind, state }, to_f64(count)))
        }));
        self.not_ready.show(kinds.iter().flat_map(|(&kind, count)| {
            let row = move |(reason, count): (&String, &usize)| {
                (NotReady { kind, reason: reason.clone() }, to_f64(*count))
            };
            count.not_ready.iter().map(row)
        }));
        self.drifted.show(kinds.iter().map(|(&kind, count)| (OfKind { kind }, to_f64(count.drifted))));
        for &kind in kinds.keys() {
            drop(self.unparsed.get_or_create(&OfKind { kind }));
            for outcome in ["corrected", "reported"] {
                self.drift.get_or_create(&Outcome { kind, outcome }).inc_by(0);
            }
            for outcome in ["written", "skipped", "dropped"] {
                self.statuses.get_or_create(&Outcome { kind, outcome }).inc_by(0);
            }
            for outcome in ["created", "refused", "unknown"] {
                self.creates.get_or_create(&Outcome { kind, outcome }).inc_by(0);
            }
        }
    }

    /// A status was to be written.
    pub fn status(&self, kind: KindRef, written: bool) {
        let outcome = if written { "written" } else { "skipped" };
        self.statuses.get_or_create(&Outcome { kind, outcome }).inc();
    }

    /// What was sent to Kubernetes was not kept.
    pub fn dropped(&self, kind: KindRef) {
        self.statuses.get_or_create(&Outcome { kind, outcome: "dropped" }).inc();
    }

    /// A create ended.
    pub fn created(&self, kind: KindRef, outcome: &'static str) {
        self.creates.get_or_create(&Outcome { kind, outcome }).inc();
    }

    /// A field drifted.
    pub fn drift(&self, kind: KindRef, corrected: bool) {
        let outcome = if corrected { "corrected" } else { "reported" };
        self.drift.get_or_create(&Outcome { kind, outcome }).inc();
    }

    /// An object became what its manifest says.
    pub fn converged(&self, kind: KindRef, seconds: f64) {
        observe(&self.convergence.get_or_create(&OfKind { kind }), seconds);
    }

    /// Details were read.
    pub fn detail(&self, kind: KindRef, cause: &'static str) {
        self.details.get_or_create(&DetailRead { kind, cause }).inc();
    }

    /// A destructive write was judged.
    pub fn guarded(&self, kind: KindRef, outcome: &'static str) {
        self.destructive.get_or_create(&Outcome { kind, outcome }).inc();
    }

    /// So many more objects do not parse now, or fewer.
    pub fn unparsed(&self, kind: KindRef, more: i64) {
        self.unparsed.get_or_create(&OfKind { kind }).inc_by(more);
    }

    /// What the object holds expires then.
    pub fn expires(&self, object: &ObjectRef, at: Option<jiff::Timestamp>) {
        let labels =
            Credential { kind: object.kind, object: format!("{}/{}", object.namespace, object.name) };
        match at {
            Some(at) => self.expiries.set(labels, seconds(at)),
            None => self.expiries.remove(&labels),
        }
    }
}
