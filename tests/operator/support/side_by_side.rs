//! Scenarios that mostly wait, run at the same time.

use std::panic::AssertUnwindSafe;

use futures::{
    FutureExt as _,
    future::{LocalBoxFuture, join_all},
};
use tokio::sync::Semaphore;

/// More at once, of all tests together, take turns on the processors, and only wait longer: until an operator among
/// them loses its Lease, or a scenario its patience.
static SLOTS: Semaphore = Semaphore::const_new(20);

/// Runs all scenarios to their end, also when some fail, and then panics with the names of those.
pub async fn side_by_side(scenarios: Vec<(String, LocalBoxFuture<'_, ()>)>) {
    let running = scenarios.into_iter().map(|(name, scenario)| async move {
        // Its time is counted from when it may begin.
        let _slot = SLOTS.acquire().await;
        let outcome = AssertUnwindSafe(scenario).catch_unwind().await;
        outcome.is_err().then(|| {
            eprintln!("that was: {name}\n");
            name
        })
    });
    let failed: Vec<String> = join_all(running).await.into_iter().flatten().collect();
    assert!(failed.is_empty(), "these failed, as is told above: {}", failed.join("; "));
}
