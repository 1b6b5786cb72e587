//! The end of an object (rule 11), whatever it stands for: what is there at the vendor is left or deleted, then it goes.

use crate::api::annotation;
use crate::engine::base::checkpoint::{self, Step};
use crate::engine::base::checks::forbids;
use crate::engine::base::health::Health;
use crate::engine::base::ports::ClusterError;
use crate::engine::base::reason::Reason;
use crate::engine::base::words::annotated;
use crate::engine::runtime::context::Next;
use crate::engine::runtime::object::{finalized, requested};
use crate::engine::runtime::queue::Ticket;
use crate::engine::runtime::report::report;
use crate::engine::runtime::steps::{Ends, Steps};
use crate::engine::runtime::store::Store;
use crate::engine::runtime::verdict::{End, Stop, held_up};
use crate::engine::runtime::work::Work;
use std::rc::Rc;

/// Ends an object that is being deleted.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn finalize<S: Steps>(steps: &S, object: Rc<S::Object>, ticket: &Ticket) -> Next {
    let ends = steps.finalizer();
    if !finalized(object.as_ref()) {
        return ends.unheld(object.as_ref()).await;
    }
    let mut work = Work::new(object);
    let asked = requested(work.object.as_ref()).map(str::to_owned);
    let end = match end(steps, &ends, &mut work, ticket).await {
        Ok(end) => end,
        Err(stop) => {
            return match Store(steps).stopped(&mut work, stop) {
                Ok(verdict) => report(steps, &mut work, verdict, (asked, ticket.times.asked)).await,
                Err(ClusterError::NotFound) => steps.taken_away(&work).await,
                Err(_) => Next::Retry,
            };
        }
    };
    let (reason, note) = match end {
        End::LetGo(note) => (Reason::Orphaned, note),
        End::Deleted(note) | End::Gone(note) => (Reason::Deleted, Some(note)),
    };
    if let Some(note) = note {
        steps.context().tell(work.object.as_ref(), false, reason, "Delete", note).await;
    }
    ends.ended(&work).await;
    match steps.commit().let_go(&work.object).await {
        // A watch may tell of its end before the answer comes.
        outcome @ (Ok(_) | Err(ClusterError::NotFound)) => {
            checkpoint::reached(Step::FinalizerRemoved);
            if outcome.is_ok() { Next::Rest } else { Next::Gone }
        }
        Err(_) => Next::Retry,
    }
}

/// The steps before it may go, in their order.
async fn end<S: Steps>(
    steps: &S,
    ends: &impl Ends<Object = S::Object>,
    work: &mut Work<S::Object>,
    ticket: &Ticket,
) -> Result<End, Stop> {
    let abandoned = annotated(work.object.as_ref(), annotation::ABANDON).is_some();
    let end = if abandoned {
        ends.stays(work, "the annotation orgkeeper.dev/abandon is set")
    } else {
        ends.waits_for_users(work, ticket).await?;
        ends.end(work, ticket).await?
    };
    part_with_token(steps, work, &end, abandoned).await?;
    ends.release(work, &end).await?;
    Ok(end)
}

/// A token that is still owed serves nobody once who it is of is gone. Whoever stays needs it, and nobody shows it again:
/// that is waited for, unless a person says otherwise.
async fn part_with_token<S: Steps>(
    steps: &S,
    work: &Work<S::Object>,
    end: &End,
    abandoned: bool,
) -> Result<(), Stop> {
    let (object, context) = (work.object.as_ref(), steps.context());
    let committer = steps.commit();
    let Some(id) = committer.owes_token(object) else { return Ok(()) };
    if let End::Deleted(_) | End::LetGo(None) = end {
        committer.drop_token(object);
    } else if abandoned {
        let note = format!(
            "{id} stays at the vendor, as this object was abandoned; its token was not in its Secret yet, and is lost. \
             Delete {id} at the vendor if nobody needs it."
        );
        context.tell(object, true, Reason::TokenLost, "Delete", note).await;
    } else if forbids!(TokenBeforeEnd) {
        let text = format!(
            "{id} stays at the vendor, and its token, which is shown once, is not stored yet in its Secret: that is tried \
             again by itself. To let this object go without it, set the annotation orgkeeper.dev/abandon."
        );
        return Err(held_up(&Health::Waiting(Reason::KubernetesUnavailable, text), Next::Rest));
    }
    Ok(())
}
