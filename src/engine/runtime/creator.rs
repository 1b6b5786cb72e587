//! A create is sent once: its intent is stored, it is sent at once or not at all, and its answer is read (rule 4).

use crate::api::managed::Managed;
use crate::api::status::UnnamedAnswer;
use crate::engine::base::checkpoint::{self, Step};
use crate::engine::base::checks::forbids;
use crate::engine::base::error::VendorError;
use crate::engine::base::long_id;
use crate::engine::base::ports::{ClusterError, Tick};
use crate::engine::base::reason::Reason;
use crate::engine::decide::ledger::{self, Place};
use crate::engine::decide::trail::Fact;
use crate::engine::provider::vendor::Created;
use crate::engine::runtime::commit::Unrepeatable;
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
    /// The same, and it names what was there before, or is another's: that was not made now, and lists tell what was. Its
    /// id, where the object may name it.
    NotNew(String),
    /// It was certainly not carried out.
    Refused(VendorError),
    /// Nobody knows.
    Unknown(VendorError),
}

/// Stores the draft, which holds the intent in this place, asks for the permit and sends the create; the first pair are the
/// steps after the intent and after the answer. `stands`: nobody said anything since by which it would not be sent.
/// `known` says of an id that was there before, or is another object's, how the object may name it.
///
/// What was made is the caller's to take in. Else the intent says what is known: it is taken back in the draft where nothing
/// was made; and what the vendor answered without naming what it made is owed from here on, as nothing else tells it.
///
/// # Errors
/// The intent is not stored, or nothing may be made now: nothing was sent. Or what the vendor answered is not stored yet: it
/// is owed.
pub async fn once<S: Steps>(
    steps: &S,
    work: &mut Work<S::Object>,
    (intended, answered): (Step, Step),
    place: Place,
    stands: impl FnOnce() -> bool,
    send: impl AsyncFnOnce(Unrepeatable) -> Result<Created, VendorError>,
    known: impl Fn(&str) -> Option<String>,
) -> Result<Sent, ClusterError> {
    let context = steps.context();
    let begun = context.now();
    let since = place.since(&work.status, &work.token).unwrap_or_default();
    // Whatever was written to the object since we read it, this fails.
    Store(steps).store(work, Precondition::Unchanged).await?;
    context.first_seen.own(work.object.as_ref(), since, begun);
    checkpoint::reached(intended);
    if forbids!(IntentInTime, context.now().since(begun) >= context.network.call_timeout()) {
        place.take_back(&mut work.status, &mut work.token);
        return Ok(Sent::Not("Storing the intent took too long; it starts again by itself."));
    }
    let permit = steps.commit().may_create(&reference(work.object.as_ref()))?;
    if forbids!(WordsStand, !stands()) {
        place.take_back(&mut work.status, &mut work.token);
        return Ok(Sent::Not(
            "The manifest was changed as the create was about to be sent; it is looked at anew by itself.",
        ));
    }
    let answer = send(permit).await;
    if answer.as_ref().err().is_none_or(VendorError::sent) {
        checkpoint::reached(answered);
    }
    let sent = match answer {
        Ok(Created { id: Some(id), .. }) if !long_id::fits(&id) => Sent::TooLong(id),
        Ok(Created { id: Some(id), token }) => match known(&id) {
            Some(named) => {
                let object = reference(work.object.as_ref());
                tracing::warn!(%object, id, "the vendor answers a create with what was there before, or is another's");
                Sent::NotNew(named)
            }
            None => Sent::Answered(id, token),
        },
        Ok(Created { id: None, .. }) => Sent::Accepted,
        Err(error) if error.without_effect => Sent::Refused(error),
        Err(error) => Sent::Unknown(error),
    };
    let unnamed = match &sent {
        Sent::Accepted | Sent::TooLong(_) => UnnamedAnswer { accepted: true, ..UnnamedAnswer::default() },
        Sent::NotNew(id) => UnnamedAnswer { misnamed: Some(id.clone()), ..UnnamedAnswer::default() },
        Sent::Refused(_) => {
            place.take_back(&mut work.status, &mut work.token);
            return Ok(sent);
        }
        Sent::Answered(..) | Sent::Unknown(_) | Sent::Not(_) => return Ok(sent),
    };
    if let Some(answer) = place.answer(&mut work.status, &mut work.token) {
        *answer = unnamed;
    }
    Store(steps).store_surely(work, "none", None).await?;
    Ok(sent)
}

/// Nobody but a person can say what the create in this place made. Whatever of it is left then, or comes, is found: that is
/// owed before it is told, as whoever hears of it deletes what is not needed.
///
/// # Errors
/// As the API server answers.
pub async fn leave_undecided<S: Steps>(
    steps: &S,
    work: &mut Work<S::Object>,
    place: Place,
) -> Result<(), ClusterError> {
    let answer = place.answer(&mut work.status, &mut work.token);
    if answer.is_some_and(ledger::leave_undecided) {
        Store(steps).store_surely(work, "none", None).await?;
    }
    Ok(())
}

/// Counts what came of a create of what the object is to stand for.
pub fn count<S: Steps>(steps: &S, sent: &Sent) {
    let outcome = match sent {
        Sent::Not(_) => return,
        Sent::Answered(..) => "created",
        Sent::Refused(_) => "refused",
        Sent::Accepted | Sent::TooLong(_) => "accepted",
        Sent::NotNew(_) | Sent::Unknown(_) => "unknown",
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
    let notes = steps.notes();
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
    let named = if id.is_empty() { format!("a {noun}") } else { format!("the {noun} {id},") };
    format!(
        "The vendor answered that it created {named} which was there before or is another object's: that one is left as it \
         is."
    )
}
