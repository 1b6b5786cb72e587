//! A create is sent once: its intent is stored, it is sent at once or not at all, and its answer is read (rule 4).

use crate::api::managed::Managed;
use crate::engine::base::checkpoint::{self, Step};
use crate::engine::base::checks::forbids;
use crate::engine::base::error::VendorError;
use crate::engine::base::long_id;
use crate::engine::base::ports::{ClusterError, Tick};
use crate::engine::provider::vendor::Created;
use crate::engine::runtime::commit::Unrepeatable;
use crate::engine::runtime::context::Context;
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

/// Stores the intent, asks for the permit and sends the create; `steps` are those after the intent and after the answer.
/// `stands`: nobody said anything since by which it would not be sent. `is_known` says of an id that it was there
/// before, or is another object's.
///
/// # Errors
/// The intent is not stored, or nothing may be made now: nothing was sent.
pub async fn once(
    context: &Context,
    steps: (Step, Step),
    intent: impl Future<Output = Result<(), ClusterError>>,
    permit: impl FnOnce() -> Result<Unrepeatable, ClusterError>,
    stands: impl FnOnce() -> bool,
    send: impl AsyncFnOnce(Unrepeatable) -> Result<Created, VendorError>,
    is_known: impl Fn(&str) -> bool,
) -> Result<Sent, ClusterError> {
    let begun = context.now();
    intent.await?;
    checkpoint::reached(steps.0);
    if forbids!(IntentInTime, context.now().since(begun) >= context.network.call_timeout()) {
        return Ok(Sent::Not("Storing the intent took too long; it starts again by itself."));
    }
    let permit = permit()?;
    if !stands() {
        return Ok(Sent::Not(
            "The manifest was changed as the create was about to be sent; it is looked at anew by itself.",
        ));
    }
    let answer = send(permit).await;
    if answer.as_ref().err().is_none_or(VendorError::sent) {
        checkpoint::reached(steps.1);
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
