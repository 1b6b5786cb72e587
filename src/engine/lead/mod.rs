//! Who may write: the Lease, the fence, and the tenure of an organization.

pub mod fence;
pub mod lease;
pub mod tenure;
