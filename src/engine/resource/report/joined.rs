//! What is said of an object of which several things are to be said.

use crate::engine::base::health::{Findings, Health};
use crate::engine::provider::inputs::Wait;
use crate::engine::resource::token::standing::Tokened;
use crate::engine::runtime::context::Next;
use crate::engine::runtime::verdict::Verdict;

/// What an object waits for, as findings.
pub fn told(wait: &Wait) -> Findings {
    if wait.stalled {
        Findings::stalled(wait.reason, wait.message.clone())
    } else {
        Findings::waiting(wait.reason, wait.message.clone())
    }
}

/// The verdict on what could be kept, together with what waits and how the token stands. What only a
/// person can resolve comes first.
pub fn joined(mut verdict: Verdict, waits: &[Wait], token: Tokened) -> Verdict {
    let mut others: Vec<Findings> = waits.iter().map(told).collect();
    let mut next = Next::Rest;
    match token {
        Tokened::Fine(extra, then) => {
            verdict.findings.extra.extend(extra);
            next = then;
        }
        Tokened::Wrong(wrong) => {
            verdict.waits_for_person |= wrong.waits_for_person;
            verdict.put_off |= wrong.put_off;
            others.push(wrong.findings);
            next = wrong.next;
        }
        Tokened::Stop(_) => {}
    }
    let rank = |health: &Health| match health {
        Health::Stalled(..) => 2,
        Health::Waiting(..) => 1,
        Health::Ready(..) | Health::Unsupported(..) | Health::Kept => 0,
    };
    for other in others {
        verdict.findings.extra.extend(other.extra);
        if rank(&other.health) > rank(&verdict.findings.health) {
            verdict.findings.health = other.health;
        }
    }
    verdict.next = verdict.next.sooner(next);
    verdict
}
