//! What all reconciles share: the queue, the objects as they are known, and their one committer.

pub mod answers;
pub mod census;
pub mod commit;
pub mod context;
pub mod convergence;
pub mod creator;
pub mod events;
pub mod first_seen;
pub mod memory;
pub mod news;
pub mod objects;
pub mod one_at_a_time;
pub mod put_back;
pub mod queue;
pub mod reconciler;
pub mod stop;
pub mod unread;
pub mod update;
pub mod work;
