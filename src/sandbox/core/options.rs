//! How the sandbox of any vendor starts, and what a reset brings back.

use super::faults::FaultPlan;
use super::lagged::Lag;
use super::rate_limit::Limits;

/// How the sandbox of any vendor starts.
#[derive(Clone, Debug)]
pub struct Options<T> {
    /// Seeds the ids of requests.
    pub seed: u64,
    /// How far reads run behind.
    pub lag: Lag,
    /// The rate limits.
    pub limits: Limits,
    /// The faults.
    pub faults: FaultPlan<T>,
}
