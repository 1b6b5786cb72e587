//! What there is in accounts, kind by kind: a new one has a line in each list here.

use serde::{Deserialize, Serialize};

use super::in_accounts::{InAccounts, Part};
use crate::sandbox::spot::health_check::state::HealthCheckDetails;
use crate::sandbox::spot::notification_policy::state::NotificationPolicyDetails;
use crate::sandbox::spot::subscription::state::SubscriptionDetails;

/// All that is in accounts.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Parts {
    subscriptions: InAccounts<SubscriptionDetails>,
    /// Worlds of before had none.
    #[serde(default)]
    notification_policies: InAccounts<NotificationPolicyDetails>,
    health_checks: InAccounts<HealthCheckDetails>,
}

impl Parts {
    pub(super) fn each(&self) -> [&dyn Part; 3] {
        [&self.subscriptions, &self.notification_policies, &self.health_checks]
    }

    pub(super) fn each_mut(&mut self) -> [&mut dyn Part; 3] {
        [&mut self.subscriptions, &mut self.notification_policies, &mut self.health_checks]
    }
}

/// Which of them is a kind's.
pub trait Holds<D> {
    /// All of the kind.
    fn all(&self) -> &InAccounts<D>;

    /// The same, to be changed.
    fn all_mut(&mut self) -> &mut InAccounts<D>;
}

impl Holds<SubscriptionDetails> for Parts {
    fn all(&self) -> &InAccounts<SubscriptionDetails> {
        &self.subscriptions
    }

    fn all_mut(&mut self) -> &mut InAccounts<SubscriptionDetails> {
        &mut self.subscriptions
    }
}

impl Holds<NotificationPolicyDetails> for Parts {
    fn all(&self) -> &InAccounts<NotificationPolicyDetails> {
        &self.notification_policies
    }

    fn all_mut(&mut self) -> &mut InAccounts<NotificationPolicyDetails> {
        &mut self.notification_policies
    }
}

impl Holds<HealthCheckDetails> for Parts {
    fn all(&self) -> &InAccounts<HealthCheckDetails> {
        &self.health_checks
    }

    fn all_mut(&mut self) -> &mut InAccounts<HealthCheckDetails> {
        &mut self.health_checks
    }
}
