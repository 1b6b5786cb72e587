//! Moments in metrics.

/// A moment as Prometheus counts it.
#[expect(clippy::cast_precision_loss, reason = "f64 tells microseconds apart for the next centuries")]
pub(super) fn seconds(at: jiff::Timestamp) -> f64 {
    at.as_microsecond() as f64 / 1e6
}
