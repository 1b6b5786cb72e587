//! Scenarios that mostly wait, run at the same time.

use std::panic::AssertUnwindSafe;

use futures::{FutureExt as _, StreamExt as _, future::LocalBoxFuture, stream};

/// Runs all scenarios to their end, also when some fail, and then panics with the names of those.
pub async fn side_by_side(scenarios: Vec<(String, LocalBoxFuture<'_, ()>)>) {
    let running = scenarios.into_iter().map(|(name, scenario)| async move {
        let outcome = AssertUnwindSafe(scenario).catch_unwind().await;
        outcome.is_err().then(|| {
            eprintln!("that was: {name}\n");
            name
        })
    });
    // More at once take turns on the processors, and only wait longer.
    let failed: Vec<Option<String>> = stream::iter(running).buffer_unordered(20).collect().await;
    let failed: Vec<String> = failed.into_iter().flatten().collect();
    assert!(failed.is_empty(), "these failed, as is told above: {}", failed.join("; "));
}
