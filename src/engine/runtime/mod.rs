//! What all reconciles share: the queue, the objects as they are known, their one committer, and the order of the steps in
//! which any object is kept and ends.

pub mod answers;
pub mod census;
pub mod commit;
pub mod context;
pub mod convergence;
pub mod create_lock;
pub mod creator;
pub mod events;
pub mod finalize;
pub mod first_seen;
pub mod memory;
pub mod news;
pub mod object;
pub mod objects;
pub mod one_at_a_time;
pub mod put_back;
pub mod queue;
pub mod reconciler;
pub mod report;
pub mod steps;
pub mod stop;
pub mod store;
pub mod unread;
pub mod update;
pub mod verdict;
pub mod work;
