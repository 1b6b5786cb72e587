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
    /// Asks a person whether another one is to be made of what vanished; nothing where that was answered, and the create
    /// is forgotten.
    pub(in crate::engine::resource) fn ask(
        &self,
        work: &mut Work<K::Resource>,
        organization: &Organization<K::Vendor>,
        manage: bool,
    ) -> Option<Findings> {
        let noun = K::FACTS.noun;
        let gone = format!("The {noun} that the vendor answered that it made, without an id, is not there.");
        let news = Some(Fact::new(Reason::ExternallyDeleted, gone));
        let answer = self.answer(work, organization, manage, ("vanished", news))?;
        let text = format!(
            "The vendor answered that it made the {noun}, and named no id. Lists show none since that is not another \
             object's: it was deleted at the vendor, or another object took it over. To have a new one made, set the \
             annotation orgkeeper.dev/confirm: {answer}. Otherwise delete this object."
        );
        Some(Findings::stalled(Reason::ExternallyDeleted, text))
    }

    /// Asks a person whether a create is sent once more that lists show no outcome of, where each reaches somebody; the
    /// same.
    pub(in crate::engine::resource) fn ask_again(
        &self,
        work: &mut Work<K::Resource>,
        organization: &Organization<K::Vendor>,
        manage: bool,
    ) -> Option<Findings> {
        let noun = K::FACTS.noun;
        let answer = self.answer(work, organization, manage, ("once", None))?;
        let text = format!(
            "A create of the {noun} was sent, nobody heard what came of it, and lists show none. It is not sent again \
             unasked, as it may have been carried out, or have reached somebody, all the same. To have it sent once more, \
             set the annotation orgkeeper.dev/confirm: {answer}. Otherwise delete this object."
        );
        Some(Findings::stalled(Reason::OutcomeUnknown, text))
    }

    /// What a person has to answer, to a question of this name about the create, with what is news when it is asked
    /// first. Nothing where it was answered, and the create is forgotten.
    fn answer(
        &self,
        work: &mut Work<K::Resource>,
        organization: &Organization<K::Vendor>,
        manage: bool,
        (question, news): (&str, Option<Fact>),
    ) -> Option<String> {
        let uid = work.object.meta().uid.clone().unwrap_or_default();
        let create = work.status.pending_create.as_ref();
        let since = create.map(|create| create.since.0.to_string()).unwrap_or_default();
        let plan = digest([question, &*organization.id, &uid, &since]);
        if manage && work.confirmed(&plan) {
            work.answered(&plan);
            work.status.pending_create = None;
            return None;
        }
        let asked = work.object.common_status().asked.iter().any(|asked| asked.of == plan);
        if let Some(fact) = news.filter(|_| !asked) {
            self.0.notes().note_and_log(work.object.as_ref(), &fact);
        }
        Some(Outcomes(self.0).ask(work, &plan))
    }
}
