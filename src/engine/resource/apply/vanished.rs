//! What the vendor said that it made, without an id, and that two lists lack since: it is gone, and is not made again
//! unasked, as nothing that vanished is.

use crate::api::managed::Managed;
use crate::engine::base::health::Findings;
use crate::engine::base::reason::Reason;
use crate::engine::decide::fingerprint::digest;
use crate::engine::decide::trail::Fact;
use crate::engine::organization::managed::Organization;
use crate::engine::provider::kind::Kind;
use crate::engine::resource::ResourceReconciler;
use crate::engine::resource::report::outcome::Outcomes;
use crate::engine::runtime::work::Work;
use kube::Resource as _;

/// Who asks.
pub(in crate::engine::resource) struct Vanished<'a, K: Kind>(pub &'a ResourceReconciler<K>);

impl<K: Kind> Vanished<'_, K> {
    /// Asks a person whether another one is to be made; nothing where that was answered, and the create is forgotten.
    pub(in crate::engine::resource) fn ask(
        &self,
        work: &mut Work<K::Resource>,
        organization: &Organization<K::Vendor>,
        manage: bool,
    ) -> Option<Findings> {
        let uid = work.object.meta().uid.clone().unwrap_or_default();
        let create = work.status.pending_create.as_ref();
        let since = create.map(|create| create.since.0.to_string()).unwrap_or_default();
        let plan = digest(["vanished", &*organization.id, &uid, &since]);
        if manage && work.confirmed(&plan) {
            work.answered(&plan);
            work.status.pending_create = None;
            return None;
        }
        if work.object.common_status().asked.iter().all(|question| question.of != plan) {
            let gone = format!(
                "The {} that the vendor answered that it made, without an id, is not there.",
                K::FACTS.noun
            );
            let fact = Fact::new(Reason::ExternallyDeleted, gone);
            self.0.notes().note_and_log(work.object.as_ref(), &fact);
        }
        let answer = Outcomes(self.0).ask(work, &plan);
        let text = format!(
            "The vendor answered that it made the {noun}, and named no id. Lists show none since that is not another \
             object's: it was deleted at the vendor, or another object took it over. To have a new one made, set the \
             annotation orgkeeper.dev/confirm: {answer}. Otherwise delete this object.",
            noun = K::FACTS.noun
        );
        Some(Findings::stalled(Reason::ExternallyDeleted, text))
    }
}
