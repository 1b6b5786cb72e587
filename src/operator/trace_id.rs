//! The trace of the current span: what exemplars lead to.

use std::sync::OnceLock;

/// Names the trace of the current span.
type Source = fn() -> Option<String>;

static SOURCE: OnceLock<Source> = OnceLock::new();

/// Says how traces are named, once there are any. The first word counts.
pub fn provide(source: Source) {
    SOURCE.get_or_init(|| source);
}

/// The id of the trace that the current span belongs to, in hex; `None` where none is made.
pub fn trace_id() -> Option<String> {
    SOURCE.get().and_then(|source| source())
}
