//! What is told of an object that is in order: advice, and when what it holds expires.

use super::Children;
use super::keep::sooner;
use super::verdict::Verdict;
use crate::api::conditions::ConditionType;
use crate::engine::kind::Kind;
use crate::engine::objects::reference;
use crate::engine::organization::Organization;
use crate::engine::reason::Reason;
use crate::engine::report::Health;
use crate::engine::work::Work;
use crate::engine::world::Next;
use std::time::Duration;

/// How long before the end it is told.
const SOON: Duration = Duration::from_hours(30 * 24);

impl<K: Kind> Children<K> {
    /// Adds to the verdict what is to be told besides.
    pub(super) fn advise(
        &self,
        work: &Work<K::Resource>,
        organization: &Organization<K::Vendor>,
        desired: &K::Desired,
        expires: Option<jiff::Timestamp>,
        verdict: &mut Verdict,
    ) {
        self.world.tally.expires(&reference(work.object.as_ref()), expires);
        if verdict.findings.health == Health::Kept {
            return;
        }
        verdict.findings.extra.extend(K::advice(&organization.session, desired));
        let Some(at) = expires else { return };
        let now = self.world.clock.wall();
        let left = Duration::try_from(at.duration_since(now)).unwrap_or_default();
        let told = if left.is_zero() {
            Some((
                Reason::CredentialExpired,
                format!("It expired at {at}. Replace it in the cloud and in its Secret."),
            ))
        } else if left <= SOON {
            Some((
                Reason::CredentialExpiresSoon,
                format!("It expires at {at}. Replace it in the cloud and in its Secret."),
            ))
        } else {
            None
        };
        if !left.is_zero() {
            let wait = if left > SOON { left.saturating_sub(SOON) } else { left };
            verdict.next = sooner(verdict.next, Next::At(self.world.now() + wait));
        }
        if let Some((reason, text)) = told {
            verdict.findings.extra.push((ConditionType::CredentialExpires, reason, text));
        }
    }
}
