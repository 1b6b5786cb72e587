//! Times, each with the trace that one of them stands for.

use crate::trace;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::exemplar::HistogramWithExemplars;
use prometheus_client::metrics::family::Family;
use std::time::SystemTime;

/// What an exemplar says.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Trace {
    trace_id: String,
}

/// Times by labels.
pub type Times<L> = Family<L, HistogramWithExemplars<Trace>, fn() -> HistogramWithExemplars<Trace>>;

/// Counts a time in seconds, and names the trace of the current span, if it has one.
pub fn observe(times: &HistogramWithExemplars<Trace>, seconds: f64) {
    let trace = trace::id(&tracing::Span::current()).map(|trace_id| Trace { trace_id });
    let at = trace.as_ref().map(|_| SystemTime::now());
    times.observe(seconds, trace, at);
}
