//! What the vendor said that it made, without an id, and that two lists lack since: it is gone, and is not made again
//! unasked, as nothing that vanished is.

use crate::api::managed::Managed;
use crate::engine::fingerprint::digest;
use crate::engine::reason::Reason;
use crate::engine::report::Findings;
use crate::engine::work::Work;
use jiff::Timestamp;

/// What is gone.
pub(super) struct Vanished<'a> {
    pub noun: &'static str,
    /// The id of the organization that it was in.
    pub organization: &'a str,
}

impl Vanished<'_> {
    /// Asks a person whether another one is to be made; nothing where that was answered, and the create is forgotten.
    pub(super) fn ask<R: Managed>(
        &self,
        work: &mut Work<R>,
        manage: bool,
        now: Timestamp,
    ) -> Option<Findings> {
        let uid = work.object.meta().uid.clone().unwrap_or_default();
        let create = work.status.pending_create.as_ref();
        let since = create.map(|create| create.since.0.to_string()).unwrap_or_default();
        let plan = digest(["vanished", self.organization, &uid, &since]);
        if manage && work.confirmed(&plan) {
            work.answered(&plan);
            work.status.pending_create = None;
            return None;
        }
        let answer = work.ask(&plan, now);
        let text = format!(
            "The vendor answered that it made the {noun}, and named no id. Lists show none since that is not another \
             object's: it was deleted at the vendor, or another object took it over. To have a new one made, set the \
             annotation orgkeeper.dev/confirm: {answer}. Otherwise delete this object.",
            noun = self.noun
        );
        Some(Findings::stalled(Reason::ExternallyDeleted, text))
    }
}
