//! The pages that people follow are followed: each command of theirs is run, in a shell, on the control plane of the
//! tests, and what the page says comes of it is looked for.
//!
//! It is worth its time, as a page breaks without anybody's touching it: by a renamed flag or file, another output, a
//! stricter admission policy, an order that no longer works. Nothing else notices, and those who do have orgkeeper
//! before them for the first time, or a broken installation. It takes about a minute, as two clusters are walked at the
//! same time, and most of it is waiting.
//!
//! What is run is what the pages say: a command or manifest that is added there is run without a word here, and one
//! that nobody gets to fails the test. `listed.rs` has what cannot be run, `node.rs` what stands in for machines.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on panics")]

mod helm;
mod kustomize;
mod listed;
mod migrate;
mod node;
mod page;
mod shell;
mod uninstall;
mod upgrade;
mod walk;
mod way;

use futures::FutureExt as _;

use crate::support::{self, side_by_side::side_by_side};
use walk::Ledger;

/// The pages that are walked.
const PAGES: [&str; 8] = [
    "docs/quickstart.md",
    "docs/install.md",
    "docs/migrate-from-terraform.md",
    "docs/operations.md",
    "docs/uninstall.md",
    "docs/renaming.md",
    "docs/upgrade.md",
    "docs/runbook.md",
];

#[tokio::test]
async fn what_the_pages_say_is_done_and_comes_of_it() {
    if !support::helm::may_run() || !shell::may_run() {
        return;
    }
    let ledger = Ledger::default();
    let journeys = vec![
        ("with Helm, from the quickstart to the end".to_owned(), helm::journey(&ledger).boxed_local()),
        ("with kustomize, there and back".to_owned(), kustomize::journey(&ledger).boxed_local()),
    ];
    side_by_side(journeys).await;
    let wrong = ledger.complaints(&PAGES);
    assert!(wrong.is_empty(), "{wrong:#?}");
}
