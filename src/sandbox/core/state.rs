//! What the core has to know of what a vendor knows.

use std::fmt::Debug;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// What a vendor knows, as it is kept in a file.
pub trait State: Clone + Debug + Serialize + DeserializeOwned + Send + 'static {
    /// The form of the file. A file of another form is refused, not guessed at.
    const FORM: u32;

    /// Moves with every change: tells whether a request had an effect.
    fn revision(&self) -> u64;

    /// Moves with whatever is kept besides, such as the events of an audit log.
    fn noted(&self) -> u64;
}
