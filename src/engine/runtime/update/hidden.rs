//! Writes of what no read shows, of which nobody heard: they may be carried out after whatever is written next.

use crate::engine::base::ports::Tick;
use crate::engine::decide::fingerprint::Fingerprints;
use crate::engine::decide::plan::{Plan, is_unheard};
use std::collections::BTreeMap;
use std::time::Duration;

/// What was sent last of a field: its fingerprint, where this process sent it, and until when it may be carried out.
#[derive(Clone, Debug)]
struct Sent {
    print: Option<String>,
    until: Tick,
}

/// What was sent of each field that no read shows.
#[derive(Debug, Default)]
pub struct HiddenWrites(BTreeMap<String, Sent>);

impl HiddenWrites {
    /// Until when another value has to wait than the one that may still be carried out; the same may be sent again at
    /// once. Of what another process sent nobody knows since when.
    pub fn until(
        &mut self,
        plan: &Plan,
        stored: &BTreeMap<String, String>,
        prints: &Fingerprints,
        (now, settle): (Tick, Duration),
    ) -> Option<Tick> {
        let mut latest = None;
        for path in &plan.hidden {
            let unheard = stored.get(path).is_some_and(|stored| is_unheard(prints, path, stored));
            if unheard && !self.0.contains_key(path) {
                self.0.insert(path.clone(), Sent { print: None, until: now + settle });
            }
            let Some(sent) = self.0.get(path).filter(|sent| sent.until > now) else { continue };
            if sent.print.as_ref() != plan.last_applied.get(path) || sent.print.is_none() {
                latest = latest.max(Some(sent.until));
            }
        }
        latest
    }

    /// The plan was sent, and may be carried out until then; now, where what came of it is known.
    pub fn sent(&mut self, plan: &Plan, (now, until): (Tick, Tick)) {
        for path in &plan.hidden {
            let before = self.0.get(path).filter(|sent| sent.until > now);
            if until > now || before.is_none() {
                let print = plan.last_applied.get(path).cloned();
                self.0.insert(path.clone(), Sent { print, until });
            }
        }
    }
}
