//! What vanished at the vendor is not made again unasked (rule 2).

use crate::api::managed::Managed;
use crate::engine::base::checks::holds;
use crate::engine::base::health::Findings;
use crate::engine::base::reason::Reason;
use crate::engine::decide::rotation::Old;
use crate::engine::decide::trail::Fact;
use crate::engine::organization::managed::Organization;
use crate::engine::provider::kind::Kind;
use crate::engine::resource::ResourceReconciler;
use crate::engine::resource::report::outcome::Outcomes;
use crate::engine::resource::report::verdict::{Stop, Verdict};
use crate::engine::resource::resolve::keys::Keys;
use crate::engine::resource::token::retire::Retirement;
use crate::engine::runtime::context::Next;
use crate::engine::runtime::work::Work;
use kube::Resource as _;
use std::rc::Rc;

/// Makes again what vanished, where a person said so.
pub(in crate::engine::resource) struct MadeAgain<'a, K: Kind>(
    pub(in crate::engine::resource) &'a ResourceReconciler<K>,
);

impl<K: Kind> MadeAgain<'_, K> {
    /// It vanished at the vendor. It is not made again unasked.
    pub(in crate::engine::resource) async fn vanished(
        &self,
        work: &mut Work<K::Resource>,
        organization: &Rc<Organization<K::Vendor>>,
        manage: bool,
    ) -> Result<Verdict, Stop> {
        let object = work.object.as_ref();
        let id = work.status.id.clone().unwrap_or_default();
        let key = Keys(self.0).claim_key(object);
        let uid = object.meta().uid.clone().unwrap_or_default();
        let digest = crate::engine::decide::fingerprint::digest([&*organization.id, &*uid, &*id, &*key]);
        let said = self.0.memory(object, |memory| memory.again.as_ref() == Some(&digest));
        if manage && (said || holds!(AskedToMakeAgain, work.confirmed(&digest))) {
            // What has to be done first may be a question of its own, which the same annotation answers.
            self.0.memory(object, |memory| memory.again = Some(digest.clone()));
            work.answered(&digest);
            // The other user of a rotation would be left behind, and be adopted by its name.
            Retirement(self.0).end_rotation(work, organization, Old::Goes).await?;
            if work.status.id.as_ref() != Some(&id) {
                return Ok(Outcomes::<K>::soon());
            }
            self.0.memory(work.object.as_ref(), |memory| memory.again = None);
            // Stored with the rest before anything is made.
            work.status.id = None;
            work.status.origin = None;
            work.status.last_applied.clear();
            work.status.resolved.clear();
            work.status.drift.clear();
            work.token.fingerprint = None;
            work.token.not_returned = false;
            let text = format!(
                "The {} {id} is gone, and another one is made by itself now, as was confirmed.",
                K::FACTS.noun
            );
            let findings = Findings::waiting(Reason::Progressing, text);
            return Ok(Verdict::new(findings, Next::Soon));
        }
        if work.object.common_status().asked.iter().all(|question| question.of != digest) {
            // Once that is answered, nothing else tells it.
            let viewed = self.0.memory(work.object.as_ref(), |memory| memory.viewed);
            let author = organization.audit.borrow().author(&id, viewed).map(|author| author.name.clone());
            let gone = format!("The {} {id} was deleted at the vendor", K::FACTS.noun);
            let fact = Fact::of(Reason::ExternallyDeleted, vec![(gone.clone(), gone)], author.as_deref());
            self.0.notes().note_and_log(work.object.as_ref(), &fact);
        }
        let answer = Outcomes(self.0).ask(work, &digest);
        let text = format!(
            "The {noun} {id} was deleted at the vendor, and is not made again unasked. To have a new one made, set the \
             annotation orgkeeper.dev/confirm: {answer}. Otherwise delete this object.",
            noun = K::FACTS.noun
        );
        Ok(self.0.slow(Findings::stalled(Reason::ExternallyDeleted, text)))
    }
}
