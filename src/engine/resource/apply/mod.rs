//! Steps three to five: what differs is planned, guarded and written.

pub mod create;
pub mod guard;
pub mod lag;
pub mod leftovers;
pub mod overtaken;
pub mod prepare;
pub mod replace;
pub mod unheard;
pub mod unreadable;
pub mod update;
pub mod vanished;
