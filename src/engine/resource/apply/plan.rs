//! Step three: what differs.

use crate::api::managed::Managed;
use crate::engine::decide::ledger::Provenance;
use crate::engine::decide::plan;
use crate::engine::decide::plan::{Plan, Policy};
use crate::engine::organization::managed::Organization;
use crate::engine::provider::kind::{DeclaredOf, Kind};
use crate::engine::resource::ResourceReconciler;
use crate::engine::runtime::work::{Work, requested};

use std::collections::{BTreeMap, BTreeSet};

/// Plans what differs.
pub(in crate::engine::resource) struct Planning<'a, K: Kind>(
    pub(in crate::engine::resource) &'a ResourceReconciler<K>,
);

impl<K: Kind> Planning<'_, K> {
    /// The plan for an object that exists.
    pub(in crate::engine::resource) fn plan(
        &self,
        work: &Work<K::Resource>,
        organization: &Organization<K::Vendor>,
        desired: &DeclaredOf<K>,
        live: &K::Observed,
        manage: bool,
    ) -> Plan {
        let spec = work.object.common_spec();
        let fields =
            self.0.kind.core.fields(&organization.session, &desired.state, live, &work.status.last_applied);
        let generation = work.generation();
        let asked = requested(work.object.as_ref()).map(str::to_owned);
        let now = self.0.context.now();
        let settle = self.0.context.settings.settle;
        let Some(prints) = self.0.context.prints.get() else { return Plan::default() };
        self.0.memory(work.object.as_ref(), |memory| {
            memory.repeats.look(generation, asked.as_deref());
            let round = (generation, asked.or_else(|| memory.round.1.clone()));
            if memory.round != round {
                memory.round = round;
                memory.fights.reset();
            }
            let nothing = BTreeMap::new();
            let unsettled = if now.since(memory.touched) < settle { &memory.wrote } else { &nothing };
            let draft = |contested: &BTreeSet<String>| {
                let policy = Policy {
                    manage,
                    drift: spec.drift_policy,
                    origin: Provenance::planned(&work.status),
                    apply_unreadable: spec.adopt.apply_unreadable,
                    contested,
                    unsettled,
                    unheard: &memory.unheard,
                    takes_away: &|changes| self.0.kind.takes_away(changes),
                };
                plan::plan(&fields, &work.status.last_applied, prints, &policy)
            };
            let first = draft(memory.fights.contested());
            memory.fights.judge(first.drifted().map(|change| change.path.as_str()), now);
            let plan = draft(memory.fights.contested());
            if K::FACTS.whole { plan.whole(&fields, prints) } else { plan }
        })
    }
}
