//! What logs and traces have in common.

use tracing_subscriber::{Layer, Registry};

/// A layer of any type.
pub(super) type AnyLayer = Box<dyn Layer<Registry> + Send + Sync>;
