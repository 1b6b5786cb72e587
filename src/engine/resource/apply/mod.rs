//! Steps three to five: what differs is planned, guarded and written.

pub mod again;
pub mod create;
pub mod duplicates;
pub mod guard;
pub mod lag;
pub mod leftovers;
pub mod lock_out;
pub mod overtaken;
pub mod prepare;
pub mod replace;
pub mod send;
pub mod unheard;
pub mod update;
