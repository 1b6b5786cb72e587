//! The one place in which the status and the finalizer of an object and the Secrets that hold tokens are
//! written, of organizations and of everything below them.
//!
//! | module | holds |
//! |---|---|
//! | `conditions` | whose the conditions of a status are |
//! | `committer` | what is written of one object, fenced, and tried again |
//! | `owed` | what is not stored yet, beside its object |
//! | `sending` | its writes, each to the version that it was made for, and what their answers lack |
//! | `retold` | when what only says otherwise what is so is written |
//! | `doubt` | what may be stored since a write that was not answered |
//! | `notes` | what was done or seen at the vendor, until status tells it |
//! | `overwritten` | what somebody else wrote over a status |
//! | `promise` | the members of a status that carry a promise |
//! | `permit` | the right to send what must not be sent again |
//! | `secrets` | the writes of Secrets |
//! | `unreadable` | what is said of an object whose manifest cannot be read |
//!
//! What happened at the vendor is *owed* until an answer shows that it is stored. It is kept by the object's uid,
//! laid over the object wherever the engine looks at it, and so over each draft that is written of it afterwards.
//! While something of an object is owed, nothing passes that a restart could send a second time.

mod committer;
mod conditions;
mod doubt;
mod notes;
mod overwritten;
pub mod owed;
mod permit;
mod promise;
pub mod retold;
mod secrets;
mod sending;
mod unreadable;

pub use committer::{Committer, Delivery};
pub use notes::Notes;
pub use owed::Token;
pub use permit::{Unrepeatable, Updates, intend};
pub use secrets::Secrets;
