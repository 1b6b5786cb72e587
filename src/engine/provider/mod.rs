//! What a vendor brings, and each of its kinds.
//!
//! | module | holds |
//! |---|---|
//! | `vendor` | how to talk to an organization |
//! | `organization_ability` | what only some vendors' organizations can do |
//! | `vendor_registration` | a vendor with that |
//! | `kind` | what every kind has |
//! | `facts` | what is so of a kind: plain data |
//! | `ability` | what only some kinds can do |
//! | `harm` | what a vendor answers of a write that takes something away |
//! | `registration` | a kind with its abilities |
//! | `inputs` | what a manifest is resolved with |
//! | `declared` | what that comes to |

pub mod ability;
pub mod declared;
pub mod facts;
pub mod harm;
pub mod inputs;
pub mod kind;
pub mod organization_ability;
pub mod registration;
pub mod vendor;
pub mod vendor_registration;
