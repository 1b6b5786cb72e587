//! What the vendor said that it made, without an id, and that two lists lack since: it is gone, and is not made again
//! unasked, as nothing that vanished is.

use super::Children;
use crate::engine::fingerprint::digest;
use crate::engine::health::Findings;
use crate::engine::kind::Kind;
use crate::engine::organization::Organization;
use crate::engine::reason::Reason;
use crate::engine::work::Work;
use kube::Resource as _;

/// Who asks.
pub(super) struct Vanished<'a, K: Kind>(pub &'a Children<K>);

impl<K: Kind> Vanished<'_, K> {
    /// Asks a person whether another one is to be made; nothing where that was answered, and the create is forgotten.
    pub(super) fn ask(
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
        let answer = self.0.ask(work, &plan);
        let text = format!(
            "The vendor answered that it made the {noun}, and named no id. Lists show none since that is not another \
             object's: it was deleted at the vendor, or another object took it over. To have a new one made, set the \
             annotation orgkeeper.dev/confirm: {answer}. Otherwise delete this object.",
            noun = K::NOUN
        );
        Some(Findings::stalled(Reason::ExternallyDeleted, text))
    }
}
