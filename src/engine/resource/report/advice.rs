//! What is told of an object that is in order: advice, and when what it holds expires.

use crate::api::conditions::ConditionType;
use crate::engine::base::health::Health;
use crate::engine::base::reason::Reason;
use crate::engine::provider::kind::{DeclaredOf, Kind};
use crate::engine::resource::ResourceReconciler;
use crate::engine::runtime::context::Next;
use crate::engine::runtime::objects::reference;
use crate::engine::runtime::verdict::Verdict;
use crate::engine::runtime::work::Work;
use std::time::Duration;

/// Tells what is worth knowing of an object that is in order.
pub struct Advice<'a, K: Kind>(pub &'a ResourceReconciler<K>);

impl<K: Kind> Advice<'_, K> {
    /// Adds to the verdict what is to be told besides.
    pub fn advise(
        &self,
        work: &Work<K::Resource>,
        desired: &DeclaredOf<K>,
        expires: Option<jiff::Timestamp>,
        verdict: &mut Verdict,
    ) {
        self.0.context.tally.expires(&reference(work.object.as_ref()), expires);
        self.0.memory(work.object.as_ref(), |memory| memory.tell = None);
        if verdict.findings.health == Health::Kept {
            return;
        }
        verdict.findings.extra.extend(desired.advice.iter().cloned());
        let (Some(at), Some(how)) = (expires, self.0.kind.expires_how()) else { return };
        let (what, then, soon) = (how.what(), how.then(), how.soon());
        let now = self.0.context.clock.wall();
        let left = Duration::try_from(at.duration_since(now)).unwrap_or_default();
        let told = if left.is_zero() {
            Some((Reason::CredentialExpired, format!("{what} expired at {at}. {then}")))
        } else if left <= soon {
            Some((Reason::CredentialExpiresSoon, format!("{what} expires at {at}. {then}")))
        } else {
            None
        };
        if !left.is_zero() {
            let wait = if left > soon { left.saturating_sub(soon) } else { left };
            let due = self.0.context.now() + wait;
            self.0.memory(work.object.as_ref(), |memory| memory.tell = Some(due));
            verdict.next = verdict.next.sooner(Next::At(due));
        }
        if let Some((reason, text)) = told {
            verdict.findings.extra.push((ConditionType::CredentialExpires, reason, text));
        }
    }

    /// Whether the time has come to tell that something expires.
    pub fn has_to_tell(&self, object: &K::Resource) -> bool {
        let due = self.0.memory(object, |memory| memory.tell);
        due.is_some_and(|due| due <= self.0.context.now())
    }

    /// When it comes, if it has not: a verdict that leaves the object as it is must not forget it.
    pub fn tells_at(&self, object: &K::Resource) -> Next {
        let due = self.0.memory(object, |memory| memory.tell).filter(|due| *due > self.0.context.now());
        due.map_or(Next::Rest, Next::At)
    }
}
