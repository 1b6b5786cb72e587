//! A reconcile of one object that is to be kept, and step six of any: what was found is written once, and only if it
//! differs.

use crate::api::managed::Managed as _;
use crate::engine::base::checkpoint;
use crate::engine::base::ports::{ClusterError, Tick};
use crate::engine::runtime::context::Next;
use crate::engine::runtime::memory::Looks;
use crate::engine::runtime::object::requested;
use crate::engine::runtime::objects::{Precondition, reference};
use crate::engine::runtime::queue::Ticket;
use crate::engine::runtime::steps::{Keeps as _, Steps};
use crate::engine::runtime::store::Store;
use crate::engine::runtime::verdict::Verdict;
use crate::engine::runtime::work::Work;
use std::cell::Cell;
use std::rc::Rc;

/// Keeps an object, and reports what that comes to.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn keep<S: Steps>(steps: &S, object: Rc<S::Object>, ticket: &Ticket) -> Next {
    let mut work = Work::new(object);
    let asked = requested(work.object.as_ref()).map(str::to_owned);
    steps.looks(work.object.as_ref(), Looks::begin);
    let outcome = steps.keeper().keep(&mut work, ticket).await;
    let mut verdict = match outcome.or_else(|stop| Store(steps).stopped(&mut work, stop)) {
        Ok(verdict) => verdict,
        Err(ClusterError::NotFound) => return steps.taken_away(&work).await,
        // Somebody wrote the object meanwhile; the watch brings what it is now.
        Err(_) => return Next::Retry,
    };
    if verdict.precondition == Precondition::Unchanged {
        let (object, objects) = (work.object.as_ref(), steps.objects());
        if !objects.has(object) {
            return steps.taken_away(&work).await;
        }
        if objects.unread(&reference(object)).is_some() {
            // What its manifest asks for is not known any more.
            return Next::Rest;
        }
    }
    steps.keeper().add(&mut work, &mut verdict).await;
    report(steps, &mut work, verdict, (asked, ticket.times.asked)).await
}

/// Writes what was found; what a person asked for, and when, is handled by that unless it was put off.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn report<S: Steps>(
    steps: &S,
    work: &mut Work<S::Object>,
    verdict: Verdict,
    (asked, at): (Option<String>, Tick),
) -> Next {
    let Verdict { findings, next, precondition, completes, waits_for_person, put_off } = verdict;
    steps.looks(work.object.as_ref(), |looks| looks.handled(asked.as_deref(), put_off, at));
    if asked.is_some() && !put_off {
        work.status.last_handled_reconcile_at = asked;
    }
    if findings.settles() {
        Store(steps).settle_questions(work, waits_for_person);
    }
    let lost = Cell::new(false);
    let store = async |work: &mut Work<S::Object>| {
        let stored = Store(steps).store(work, precondition).await;
        lost.set(stored.is_err());
        stored?;
        completes.into_iter().for_each(checkpoint::reached);
        Ok(())
    };
    work.status.policies = work.object.policies();
    let unwritten = steps.unwritten(work.object.as_ref());
    let draft = |work: &Work<S::Object>| steps.draft(work);
    let next = steps.commit().report(work, findings, unwritten, next, draft, store).await;
    steps.looks(work.object.as_ref(), |looks| looks.end(!lost.get()));
    next
}
