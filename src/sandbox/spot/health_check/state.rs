//! Health checks, as the live service keeps them for an account (spot-wire §2.8).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::sandbox::spot::world::record::{InAccount, Record};

/// The vendor's name of a health check where there is none.
pub const HEALTH_CHECK: &str = "HEALTH_CHECK";

/// A health check.
pub type HealthCheck = Record<HealthCheckDetails>;

/// What can change in a health check. Its account cannot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthCheckDetails {
    /// The account it belongs to.
    pub account: String,
    /// Its name.
    pub name: String,
    /// The resource that is checked.
    pub resource_id: String,
    /// How: protocol, port, thresholds. Nobody reads it here.
    pub check: Value,
    /// The proxy that checks.
    pub proxy_address: String,
    /// That proxy's port.
    pub proxy_port: Option<u64>,
}

impl InAccount for HealthCheckDetails {
    const NAME: &'static str = "healthCheck";
    const PREFIX: &'static str = "hcs-";

    fn account(&self) -> &str {
        &self.account
    }
}
