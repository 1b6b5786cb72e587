//! What the engine's loop hears next, and lets go on in between.

use crate::engine::base::checks::forbids;
use crate::engine::runtime::context::Next;
use crate::engine::runtime::queue::Ticket;
use futures::future::LocalBoxFuture;
use futures::stream::FuturesUnordered;
use futures::{Stream, StreamExt as _};
use std::task::Poll;

/// What is taken in, one at a time.
pub enum News<I> {
    /// What a watch tells.
    Told(I),
    /// A reconcile has ended, and how.
    Ended(Ticket, Option<Next>),
}

/// What comes next. Where both have something, they take turns: neither a burst of changes nor one of reconciles keeps
/// the other waiting.
pub async fn news<I>(
    inputs: &mut (impl Stream<Item = I> + Unpin),
    running: &mut FuturesUnordered<LocalBoxFuture<'_, (Ticket, Option<Next>)>>,
    hears: &mut bool,
) -> News<I> {
    std::future::poll_fn(|context| {
        if !forbids!(NewsTakesTurns) {
            *hears = false;
        }
        for _ in 0..2 {
            *hears = !*hears;
            if *hears {
                if let Poll::Ready(Some(input)) = inputs.poll_next_unpin(context) {
                    return Poll::Ready(News::Told(input));
                }
            } else if let Poll::Ready(Some((ticket, next))) = running.poll_next_unpin(context) {
                return Poll::Ready(News::Ended(ticket, next));
            }
        }
        Poll::Pending
    })
    .await
}

/// Lets everything else on the thread go on: the Lease's renewal, answers, timers.
pub async fn give_way() {
    let mut gave = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut gave, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
