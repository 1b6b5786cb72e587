//! How any vendor object is kept. Nothing here may know a vendor.
//!
//! Everything runs on one thread and reaches the world only through the four [`seams`], so that a
//! run can be simulated and replayed.

pub mod audit;
pub mod budget;
pub mod census;
pub mod checks;
pub mod children;
pub mod commit;
pub mod contender;
pub mod contest;
pub mod controller;
pub mod convergence;
pub mod count;
pub mod crash;
pub mod creator;
pub mod details;
pub mod error;
pub mod events;
pub mod fence;
pub mod fights;
pub mod fingerprint;
pub mod first_seen;
pub mod guard;
pub mod identity;
pub mod inventory;
pub mod kind;
pub mod lease;
pub mod ledger;
pub mod link;
pub mod long_id;
pub mod news;
pub mod objects;
pub mod organization;
pub mod organization_key;
pub mod organization_state;
pub mod organizations;
pub mod plan;
pub mod question;
pub mod queue;
pub mod reason;
pub mod repeats;
pub mod report;
pub mod root_end;
pub mod roots;
pub mod rotation;
pub mod run;
pub mod seams;
pub mod simulation;
pub mod tenure;
pub mod token;
pub mod unread;
pub mod vendor;
pub mod words;
pub mod work;
pub mod world;
