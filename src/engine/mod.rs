//! How any vendor object is kept. Nothing here may know a vendor.
//!
//! Everything runs on one thread and reaches the world only through the four [ports](base::ports), so that a run can be
//! simulated and replayed. Each folder uses those above it in this table, and none below it:
//!
//! | folder | holds |
//! |---|---|
//! | [`base`] | the ports, errors, reasons, and what tests hold on to |
//! | [`decide`] | decisions, pure |
//! | [`lead`] | who may write: Lease, fence, tenure |
//! | [`external`] | calls of a vendor, their budget, and what lists showed |
//! | [`provider`] | what a vendor brings, and each of its kinds |
//! | [`runtime`] | what all reconciles share: context, queue, objects, their committer |
//! | [`organization`] | the reconciler of what holds a connection |
//! | [`resource`] | the reconciler of all that is below |
//! | [`domain`] | one vendor among those of the process, whatever its types |
//! | [`run`] | the loop: what watches tell goes in, objects come out of the queue |

pub mod base;
pub mod decide;
pub mod domain;
pub mod external;
pub mod lead;
pub mod organization;
pub mod provider;
pub mod resource;
pub mod run;
pub mod runtime;
