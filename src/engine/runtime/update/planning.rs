//! Step three: what differs.

use super::writes::Writes;
use crate::api::managed::Managed;
use crate::engine::decide::ledger::Provenance;
use crate::engine::decide::plan::{self, Change, Field, Plan, Policy};
use crate::engine::runtime::context::Context;
use crate::engine::runtime::object::requested;
use crate::engine::runtime::work::Work;
use std::collections::{BTreeMap, BTreeSet};

/// What may be done about what differs.
pub struct Terms<'a> {
    /// Whether anything may be written.
    pub manage: bool,
    /// Whether an update writes every field, whichever of them changed.
    pub whole: bool,
    /// Whether a write of these changes takes something away from somebody.
    pub takes_away: &'a dyn Fn(&[Change]) -> bool,
}

/// The plan for an object that exists.
pub fn plan<R: Managed>(
    context: &Context,
    work: &Work<R>,
    fields: &[Field],
    terms: &Terms<'_>,
    writes: &mut Writes,
) -> Plan {
    let spec = work.object.common_spec();
    let generation = work.generation();
    let asked = requested(work.object.as_ref()).map(str::to_owned);
    let now = context.now();
    let Some(prints) = context.prints.get() else { return Plan::default() };
    writes.repeats.look(generation, asked.as_deref());
    let round = (generation, asked.or_else(|| writes.round.1.clone()));
    if writes.round != round {
        writes.round = round;
        writes.fights.reset();
    }
    let nothing = BTreeMap::new();
    let settles = now.since(writes.touched) < context.settings.settle;
    let unsettled = if settles { &writes.wrote } else { &nothing };
    let draft = |contested: &BTreeSet<String>| {
        let policy = Policy {
            manage: terms.manage,
            drift: spec.drift_policy,
            origin: Provenance::planned(&work.status),
            apply_unreadable: spec.adopt.apply_unreadable,
            contested,
            unsettled,
            unheard: &writes.unheard,
            takes_away: terms.takes_away,
        };
        plan::plan(fields, &work.status.last_applied, prints, &policy)
    };
    let first = draft(writes.fights.contested());
    writes.fights.judge(first.drifted().map(|change| change.path.as_str()), now);
    let plan = draft(writes.fights.contested());
    if terms.whole { plan.whole(fields, prints) } else { plan }
}
