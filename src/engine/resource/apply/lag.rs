//! A refusal right after something else was made may be nothing but lag: it is tried again soon, for a while.

use crate::engine::base::error::{Failure, VendorError};
use crate::engine::base::health::Findings;
use crate::engine::base::reason::Reason;
use crate::engine::provider::kind::{DeclaredOf, Kind};
use crate::engine::resource::ResourceReconciler;
use crate::engine::runtime::context::Next;
use crate::engine::runtime::verdict::Verdict;
use crate::engine::runtime::work::Work;
use std::time::Duration;

/// Tells a refusal from lag.
pub struct Lag<'a, K: Kind>(pub &'a ResourceReconciler<K>);

impl<K: Kind> Lag<'_, K> {
    /// Turns the verdict on a refused write into one that waits, for as long as the refusal may be lag. The time
    /// begins with the first refusal of each generation.
    pub fn give_time(
        &self,
        work: &Work<K::Resource>,
        desired: &DeclaredOf<K>,
        error: &VendorError,
        verdict: &mut Verdict,
    ) {
        let lag = desired.lag;
        if error.failure != Failure::Refused || lag == Duration::ZERO {
            return;
        }
        let (generation, now) = (work.generation(), self.0.context.now());
        let first = self.0.memory(work.object.as_ref(), |memory| {
            let known = memory.refused.filter(|(of, _)| *of == generation);
            memory.refused.insert(known.unwrap_or((generation, now))).1
        });
        if now < first + lag {
            let text = format!(
                "The vendor refuses what may have been made too short a time ago for it to be seen; it is tried again by itself: {}",
                error.message
            );
            verdict.findings = Findings::waiting(Reason::RefusedByVendor, text);
            verdict.next = Next::Retry;
        }
    }
}
