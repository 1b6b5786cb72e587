//! Whether anything may be written for an object, and if not, why.

use crate::api::policy::ManagementPolicy;
use crate::engine::base::checks::forbids;

/// Why nothing is written for an object with its own policy and that of its organization; `None` where it is.
pub fn unwritten(
    read_only: bool,
    own: ManagementPolicy,
    organization: Option<ManagementPolicy>,
) -> Option<&'static str> {
    let observe = |policy| forbids!(ObservedIsUnwritten, policy == ManagementPolicy::Observe);
    if read_only {
        Some("Nothing is written, as this operator runs with --read-only.")
    } else if observe(own) {
        Some("Nothing is written, as managementPolicy is Observe.")
    } else if organization.is_some_and(observe) {
        Some("Nothing is written, as managementPolicy of the organization is Observe.")
    } else {
        None
    }
}
