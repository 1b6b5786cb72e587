//! Step three: what differs.

use crate::engine::decide::plan::Plan;
use crate::engine::organization::managed::Organization;
use crate::engine::provider::kind::{DeclaredOf, Kind};
use crate::engine::resource::ResourceReconciler;
use crate::engine::runtime::update::planning::{self, Terms};
use crate::engine::runtime::work::Work;

/// Plans what differs.
pub(in crate::engine::resource) struct Planning<'a, K: Kind>(
    pub(in crate::engine::resource) &'a ResourceReconciler<K>,
);

impl<K: Kind> Planning<'_, K> {
    /// The plan for an object that exists, and of which everything may be written.
    pub(in crate::engine::resource) fn plan(
        &self,
        work: &Work<K::Resource>,
        organization: &Organization<K::Vendor>,
        desired: &DeclaredOf<K>,
        live: &K::Observed,
    ) -> Plan {
        let applied = &work.status.last_applied;
        let fields = self.0.kind.core.fields(&organization.session, &desired.state, live, applied);
        let terms = Terms {
            manage: true,
            whole: K::FACTS.whole,
            takes_away: &|changes| self.0.kind.takes_away(changes),
        };
        self.0.memory(work.object.as_ref(), |memory| {
            planning::plan(&self.0.context, work, &fields, &terms, &mut memory.writes)
        })
    }
}
