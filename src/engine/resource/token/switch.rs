//! What a rotation comes to where its new user takes over, and where it goes on later.

use crate::api::conditions;
use crate::api::conditions::ConditionType;
use crate::api::managed::Managed;
use crate::engine::base::checks::holds;
use crate::engine::base::error::VendorError;
use crate::engine::base::health::Health;
use crate::engine::base::reason::Reason;
use crate::engine::decide::ledger;
use crate::engine::decide::ledger::{Provenance, Purpose};
use crate::engine::organization::managed::Organization;
use crate::engine::provider::kind::Kind;
use crate::engine::resource::ResourceReconciler;
use crate::engine::resource::observe::seen;
use crate::engine::resource::report::outcome::Outcomes;
use crate::engine::resource::token::standing::{Rotated, Tokened, rotating, said};
use crate::engine::runtime::context::Next;
use crate::engine::runtime::verdict::Verdict;
use crate::engine::runtime::work::Work;

/// Lets the new user take over.
pub struct Switch<'a, K: Kind>(pub &'a ResourceReconciler<K>);

impl<K: Kind> Switch<'_, K> {
    /// The new user is the object's. The old one is to go, unless nobody knows who made it: then it is left behind.
    /// Whether it goes.
    pub fn take_over(
        &self,
        work: &mut Work<K::Resource>,
        purpose: Purpose,
        new: &str,
        by: Provenance,
    ) -> bool {
        let ours = holds!(FoundUserStays, Provenance::of(&work.status) != Some(Provenance::Found));
        let goes = ours && purpose == Purpose::Rotation;
        let old = ledger::stand_for(&mut work.status, new, by, None);
        if old.is_some() && work.object.common_spec().adopt.id == old {
            work.token.replaced.clone_from(&old);
        }
        work.status.last_applied.clear();
        work.status.drift.clear();
        if !goes {
            if let Some(old) = &old {
                ledger::leave(&mut work.status, old);
            }
            if let Some(ended) = purpose.slot(&mut work.token).take()
                && purpose == Purpose::Rotation
            {
                work.token.last_handled_rotate_at = Some(ended.requested);
            }
        } else if let Some(rotation) = &mut work.token.rotation {
            rotation.old_id = old;
            rotation.new_id = None;
            rotation.switched_at = Some(seen::switches(&self.0.context, work.object.as_ref()));
        }
        goes
    }

    /// The rotation goes on later. What was in order stays so.
    pub fn under_way(work: &Work<K::Resource>, next: Next) -> Rotated {
        Self::later(work, "", next)
    }

    /// The same, once lists tell what became of the create of the new user.
    pub fn unheard(work: &Work<K::Resource>, next: Next) -> Rotated {
        let text = format!(
            "A create of the new {} was sent, and what came of it is not known yet: lists tell, some minutes later as a rule, \
             and it goes on by itself then.",
            K::FACTS.noun
        );
        Self::later(work, &text, next)
    }

    fn later(work: &Work<K::Resource>, more: &str, next: Next) -> Rotated {
        let next = next.or_retry();
        let mut findings = rotating(more);
        Rotated::Alone(if is_ready(work) {
            Tokened::Fine(findings.extra, next)
        } else {
            let text =
                format!("Another {} with another token is being made; it goes on by itself.", K::FACTS.noun);
            findings.health = Health::Waiting(Reason::Progressing, text);
            Tokened::Wrong(Verdict::new(findings, next))
        })
    }

    /// A call failed: the rotation goes on when it is worth another try.
    pub fn put_off(
        &self,
        work: &Work<K::Resource>,
        organization: &Organization<K::Vendor>,
        error: &VendorError,
    ) -> Rotated {
        let verdict = Outcomes(self.0).failed_write(work, organization, error);
        match verdict.findings.health {
            Health::Stalled(..) => said(verdict),
            _ => Self::under_way(work, verdict.next),
        }
    }
}

pub fn is_ready<R: Managed>(work: &Work<R>) -> bool {
    conditions::is_true(&work.object.common_status().conditions, ConditionType::Ready)
}
