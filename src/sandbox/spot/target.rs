//! The vendor, and what of the core is made for it.

use super::ids::OrganizationId;
use crate::sandbox::core;

/// The vendor Spot.
#[derive(Clone, Copy, Debug)]
pub struct Spot;

/// The stand-in for Spot.
pub type Sandbox = core::Sandbox<Spot>;

/// A file of faults that can strike at Spot.
pub type FaultPlan = core::FaultPlan<Spot>;

/// A request that came to Spot.
pub type LoggedRequest = core::LoggedRequest<OrganizationId>;

/// The requests that came to Spot.
pub type RequestLog = core::RequestLog<OrganizationId>;
