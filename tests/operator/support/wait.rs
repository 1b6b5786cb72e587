//! Waiting for a condition, with a limit.

use std::time::Duration;

/// Long enough for anything that takes a moment on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Between two probes: short at first, then longer, as many may wait side by side.
const INTERVALS: [Duration; 2] = [Duration::from_millis(20), Duration::from_millis(250)];

/// Probes until there is a value, and panics with the description at the limit.
pub async fn wait_until<T>(limit: Duration, what: &str, mut probe: impl AsyncFnMut() -> Option<T>) -> T {
    let [mut interval, longest] = INTERVALS;
    let polling = async {
        loop {
            if let Some(value) = probe().await {
                return value;
            }
            tokio::time::sleep(interval).await;
            interval = longest.min(interval * 5 / 4);
        }
    };
    tokio::time::timeout(limit, polling).await.unwrap_or_else(|_| panic!("not within {limit:?}: {what}"))
}
