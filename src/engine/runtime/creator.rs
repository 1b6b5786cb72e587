//! A create is sent once: its intent is stored, it is sent at once or not at all, and its answer is read (rule 4).

use crate::api::managed::Managed;
use crate::engine::base::checkpoint::{self, Step};
use crate::engine::base::checks::forbids;
use crate::engine::base::error::VendorError;
use crate::engine::base::long_id;
use crate::engine::base::ports::{ClusterError, Tick};
use crate::engine::base::reason::Reason;
use crate::engine::decide::trail::Fact;
use crate::engine::provider::vendor::Created;
use crate::engine::runtime::commit::{Committer, Notes, Unrepeatable};
use crate::engine::runtime::context::Context;
use crate::engine::runtime::objects::{Precondition, reference};
use crate::engine::runtime::steps::Steps;
use crate::engine::runtime::store::Store;
use crate::engine::runtime::work::Work;
use jiff::Timestamp;
use secrecy::SecretString;

/// What came of sending it.
pub enum Sent {
    /// It was not sent, and why: storing the intent took so long that a call could outlive the time after which lists
    /// are believed, or a person said something else meanwhile. The intent is to be taken back.
    Not(&'static str),
    /// The vendor answered that it made this, with a token if it shows one.
    Answered(String, Option<SecretString>),
    /// The vendor answered that it made one, and named no id.
    Accepted,
    /// The same, and its id is longer than can be stored.
    TooLong(String),
    /// The same, and it names what was there before, or is another's: that was not made now.
    NotNew(String),
    /// It was certainly not carried out.
    Refused(VendorError),
    /// Nobody knows.
    Unknown(VendorError),
}

/// Stores the draft, which holds the intent of the moment `since`, asks for the permit and sends the create; the first
/// pair are the steps after the intent and after the answer. `stands`: nobody said anything since by which it would not be
/// sent. `is_known` says of an id that it was there before, or is another object's.
///
/// # Errors
/// The intent is not stored, or nothing may be made now: nothing was sent.
pub async fn once<S: Steps>(
    steps: &S,
    work: &mut Work<S::Object>,
    (intended, answered): (Step, Step),
    since: Timestamp,
    stands: impl FnOnce() -> bool,
    send: impl AsyncFnOnce(Unrepeatable) -> Result<Created, VendorError>,
    is_known: impl Fn(&str) -> bool,
) -> Result<Sent, ClusterError> {
    let context = steps.context();
    let begun = context.now();
    // Whatever was written to the object since we read it, this fails.
    Store(steps).store(work, Precondition::Unchanged).await?;
    context.first_seen.own(work.object.as_ref(), since, begun);
    checkpoint::reached(intended);
    if forbids!(IntentInTime, context.now().since(begun) >= context.network.call_timeout()) {
        return Ok(Sent::Not("Storing the intent took too long; it starts again by itself."));
    }
    let commit = Committer::new(context, steps.objects());
    let permit = commit.may_create(&reference(work.object.as_ref()))?;
    if forbids!(WordsStand, !stands()) {
        return Ok(Sent::Not(
            "The manifest was changed as the create was about to be sent; it is looked at anew by itself.",
        ));
    }
    let answer = send(permit).await;
    if answer.as_ref().err().is_none_or(VendorError::sent) {
        checkpoint::reached(answered);
    }
    Ok(match answer {
        Ok(Created { id: Some(id), .. }) if !long_id::fits(&id) => Sent::TooLong(id),
        Ok(Created { id: Some(id), .. }) if is_known(&id) => Sent::NotNew(id),
        Ok(Created { id: Some(id), token }) => Sent::Answered(id, token),
        Ok(Created { id: None, .. }) => Sent::Accepted,
        Err(error) if error.without_effect => Sent::Refused(error),
        Err(error) => Sent::Unknown(error),
    })
}

/// Takes in what came of a create of what the object is to stand for; where lists, or looks, show what was made, one that
/// the vendor said that it made is waited for.
pub fn take_in<S: Steps>(steps: &S, work: &mut Work<S::Object>, sent: &Sent, shown: bool) {
    let pending = &mut work.status.pending_create;
    let outcome = match sent {
        Sent::Not(_) => {
            *pending = None;
            return;
        }
        Sent::Answered(..) => "created",
        Sent::Refused(_) => {
            *pending = None;
            "refused"
        }
        Sent::Accepted | Sent::TooLong(_) | Sent::NotNew(_) if shown => {
            if let Some(pending) = pending {
                pending.accepted = true;
            }
            "accepted"
        }
        Sent::Accepted | Sent::TooLong(_) | Sent::NotNew(_) | Sent::Unknown(_) => "unknown",
    };
    steps.context().tally.created(S::Object::KIND, outcome);
}

/// Stores that the object stands for what it was found to stand for, and tells it: it stands for nothing before that is
/// stored.
///
/// # Errors
/// As the API server answers.
pub async fn found<S: Steps>(
    steps: &S,
    work: &mut Work<S::Object>,
    outcome: &'static str,
    (reason, note): (Reason, String),
) -> Result<(), ClusterError> {
    let (context, fact) = (steps.context(), Fact::new(reason, note.clone()));
    let notes = Notes::new(context, steps.objects());
    notes.note(work.object.as_ref(), &fact);
    let stored = Store(steps).store(work, Precondition::Unchanged).await;
    if stored.is_err() {
        notes.take_back(work.object.as_ref(), &fact.digest());
    }
    stored?;
    context.tally.created(S::Object::KIND, outcome);
    context.tell(work.object.as_ref(), false, reason, "Create", note).await;
    Ok(())
}

/// From when on lists can answer for a create whose intent has this moment.
pub fn answered_by<R: Managed>(context: &Context, object: &R, since: Timestamp) -> Tick {
    let seen = context.first_seen.sight(object, since, context.moment());
    // The call is sent at most one time-out after the intent, and has ended one time-out later.
    seen.at + 2 * context.network.call_timeout() + context.settings.settle
}

/// What is said of an answer that names what was not made now.
pub fn not_new(noun: &str, id: &str) -> String {
    format!(
        "The vendor answered that it created the {noun} {id}, which was there before or is another object's: that one is \
         left as it is, and nothing more is created before a list shows a new one."
    )
}
