//! The whole engine on a virtual clock, against the sandbox's core: nothing sleeps, nothing is
//! random, and every run can be repeated.

#[path = "../../shared/canaries.rs"]
pub mod canaries;
pub mod cluster;
pub mod credentials;
pub mod crowd;
pub mod dice;
pub mod effort;
pub mod fate;
pub mod fixture;
pub mod forgotten;
pub mod founding;
pub mod fragile;
pub mod house;
pub mod journal;
pub mod leaders;
pub mod logged;
pub mod look;
pub mod lossy;
pub mod machines;
pub mod made;
pub mod makings;
pub mod manifests;
pub mod messages;
pub mod network;
pub mod pauses;
pub mod people;
pub mod process;
pub mod rivals;
pub mod subscriptions;
pub mod tally;
pub mod told;
pub mod under_way;
pub mod unkind;
pub mod unread;
pub mod webhooks;
