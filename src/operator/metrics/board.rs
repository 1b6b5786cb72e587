//! Gauges of which series come and go: organizations, reasons, credentials.

use super::catalogue::Kind;
use prometheus_client::encoding::{EncodeLabelSet, EncodeMetric, MetricEncoder};
use prometheus_client::metrics::MetricType;
use std::collections::BTreeMap;
use std::fmt::{self, Debug};
use std::hash::Hash;
use std::sync::{Arc, PoisonError, RwLock, RwLockWriteGuard};

/// What labels have to be.
pub trait Labels: EncodeLabelSet + Clone + Debug + Ord + Hash + Send + Sync + 'static {}

impl<L: EncodeLabelSet + Clone + Debug + Ord + Hash + Send + Sync + 'static> Labels for L {}

/// A family of gauges whose series can be replaced as a whole. Clones share one state.
#[derive(Clone, Debug)]
pub struct Board<L> {
    rows: Arc<RwLock<BTreeMap<L, f64>>>,
    kind: Kind,
}

impl<L: Labels> Default for Board<L> {
    fn default() -> Self {
        Self { rows: Arc::default(), kind: Kind::Gauge }
    }
}

impl<L: Labels> Board<L> {
    /// One that says only what there is: every value is 1.
    pub fn of_info() -> Self {
        Self { kind: Kind::Info, ..Self::default() }
    }

    /// Sets one series.
    pub fn set(&self, labels: L, value: f64) {
        self.rows().insert(labels, value);
    }

    /// Takes one series away.
    pub fn remove(&self, labels: &L) {
        self.rows().remove(labels);
    }

    /// Takes away what is not to be kept.
    pub fn keep(&self, keep: impl Fn(&L) -> bool) {
        self.rows().retain(|labels, _| keep(labels));
    }

    /// Shows these series and no others; nobody sees a half of them.
    pub fn show(&self, rows: impl IntoIterator<Item = (L, f64)>) {
        let rows = rows.into_iter().collect();
        *self.rows() = rows;
    }

    fn rows(&self) -> RwLockWriteGuard<'_, BTreeMap<L, f64>> {
        self.rows.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<L: Labels> EncodeMetric for Board<L> {
    fn encode(&self, mut encoder: MetricEncoder) -> Result<(), fmt::Error> {
        for (labels, value) in self.rows.read().unwrap_or_else(PoisonError::into_inner).iter() {
            match self.kind {
                Kind::Info => encoder.encode_info(labels)?,
                _ => encoder.encode_family(labels)?.encode_gauge(value)?,
            }
        }
        Ok(())
    }

    fn metric_type(&self) -> MetricType {
        self.kind.into()
    }

    fn is_empty(&self) -> bool {
        self.rows.read().unwrap_or_else(PoisonError::into_inner).is_empty()
    }
}
