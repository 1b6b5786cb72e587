//! The trace that work belongs to, for those who tell of the work: logs and metrics.

use tracing::Span;

/// The target of spans that are for traces alone: a log line of the call says what they would say.
pub const CALLS: &str = "orgkeeper::calls";

/// The id of the trace of a span, 32 hexadecimal digits; `None` where the trace is sent nowhere.
#[cfg(feature = "otlp")]
pub fn id(span: &Span) -> Option<String> {
    use opentelemetry::trace::TraceContextExt as _;
    use tracing_opentelemetry::OpenTelemetrySpanExt as _;

    let context = span.context();
    let context = context.span().span_context().clone();
    (context.is_valid() && context.is_sampled()).then(|| context.trace_id().to_string())
}

/// As this program is built, no trace is ever sent.
#[cfg(not(feature = "otlp"))]
pub const fn id(_span: &Span) -> Option<String> {
    None
}
