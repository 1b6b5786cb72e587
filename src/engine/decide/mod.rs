//! What is decided, apart from anything that happens: pure functions and their values.

pub mod absence;
pub mod audit;
pub mod confirmation;
pub mod contender;
pub mod contention;
pub mod count;
pub mod custody;
pub mod details;
pub mod fingerprint;
pub mod identify;
pub mod ledger;
pub mod lock_out;
pub mod lookups;
pub mod organization_end;
pub mod plan;
pub mod repeats;
pub mod report;
pub mod rotation;
pub mod state;
pub mod trail;
pub mod unkept;
pub mod unwritten;
