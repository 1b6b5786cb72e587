//! The one place in which the status and the finalizer of an object and the Secrets that hold tokens are
//! written, of organizations and of everything below them.
//!
//! | module | holds |
//! |---|---|
//! | `committer` | the writes of one object: fenced, compared with what was answered, tried again |
//! | `owed` | what is not stored yet, beside its object |
//! | `promise` | the members of a status that carry a promise |
//! | `permit` | the right to send what must not be sent again |
//! | `secrets` | the writes of Secrets |
//!
//! What happened at the vendor is *owed* until an answer shows that it is stored. It is kept by the object's uid,
//! laid over the object wherever the engine looks at it, and so over each draft that is written of it afterwards.
//! While something of an object is owed, nothing passes that a restart could send a second time.

mod committer;
pub mod owed;
mod permit;
mod promise;
mod secrets;

pub use committer::{Committer, Delivery};
pub use owed::Token;
pub use permit::{Unrepeatable, Updates, intend};
pub use secrets::Secrets;
