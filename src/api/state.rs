//! How an object stands, in one word for people: what `kubectl get` shows, so that it alone tells what needs somebody.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The most bytes of the text beside it: the condition that it comes from has the rest.
pub const MAX_WHY: usize = 1024;

/// How an object stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum State {
    /// The vendor's state is what the spec asks for.
    InSync,
    /// It differs, and policy leaves it so.
    Drifted,
    /// Nothing is looked at or written, as somebody asked for.
    Suspended,
    /// It is looked at, and nothing is written.
    Observing,
    /// Work is under way, or waits for what comes by itself.
    Waiting,
    /// It goes on only when somebody changes something.
    Blocked,
    /// A question is open that only a person can answer.
    Asks,
    /// A part of it cannot be read back, or not be expressed: nobody knows that it is as declared.
    Unverified,
}
