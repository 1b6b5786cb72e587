//! What vanished at the vendor is not made again unasked (rule 2).

use crate::api::managed::Managed;
use crate::engine::base::checkpoint::Step;
use crate::engine::base::checks::holds;
use crate::engine::base::health::Findings;
use crate::engine::base::reason::Reason;
use crate::engine::base::sentences;
use crate::engine::decide::fingerprint::digest;
use crate::engine::decide::ledger;
use crate::engine::decide::rotation::Old;
use crate::engine::decide::trail::Fact;
use crate::engine::organization::managed::Organization;
use crate::engine::provider::kind::Kind;
use crate::engine::resource::ResourceReconciler;
use crate::engine::resource::apply::guard::Rate;
use crate::engine::resource::delete::remove::{Ended, Removal};
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
        let digest = self.question(object, organization, &id);
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
            return Ok(Self::anew(work, &id));
        }
        if work.object.common_status().asked.iter().all(|question| question.of != digest) {
            // Once that is answered, nothing else tells it.
            let viewed = self.0.memory(work.object.as_ref(), |memory| memory.looks.viewed());
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

    /// Nothing comes any more of what it stands for, as `why` says. It goes for another one where a person says so, and
    /// that is what a person is asked where it vanishes meanwhile.
    pub(in crate::engine::resource) async fn over(
        &self,
        work: &mut Work<K::Resource>,
        organization: &Rc<Organization<K::Vendor>>,
        manage: bool,
        (id, reason, why): (&str, Reason, &str),
    ) -> Result<Verdict, Stop> {
        let noun = K::FACTS.noun;
        let digest = self.question(work.object.as_ref(), organization, id);
        if manage && holds!(AskedToMakeAgain, work.confirmed(&digest)) {
            let how = (Rate::Free, Step::SupersededDeleted);
            return match Removal(self.0).remove_surely(work, organization, id, None, how).await? {
                Ended::Gone => {
                    work.answered(&digest);
                    Ok(Self::anew(work, id))
                }
                Ended::Unsure(until) => {
                    let text = sentences::confirming(noun, id);
                    Ok(Verdict::new(Findings::waiting(Reason::ConfirmingAbsence, text), Next::At(until)))
                }
                Ended::No(verdict) => Ok(verdict),
                Ended::Unread(error) => Ok(Outcomes(self.0).failed_write(work, organization, &error)),
            };
        }
        if work.object.common_status().asked.iter().all(|question| question.of != digest) {
            self.0.notes().note_and_log(work.object.as_ref(), &Fact::new(reason, why.to_owned()));
        }
        if !manage {
            let text = format!(
                "{why} Nothing is written for this object: to be asked whether another one is to be made in its \
                 place, set managementPolicy: Manage (on the organization too, if it says Observe)."
            );
            return Ok(self.0.slow(Findings::stalled(reason, text)));
        }
        let answer = Outcomes(self.0).ask(work, &digest);
        let text = format!(
            "{why} To have another {noun} made in its place, set the annotation orgkeeper.dev/confirm: {answer}. Otherwise \
             delete this object."
        );
        Ok(self.0.slow(Findings::stalled(reason, text)))
    }

    /// Whether another one is to be made in place of this one.
    fn question(&self, object: &K::Resource, organization: &Organization<K::Vendor>, id: &str) -> String {
        let key = Keys(self.0).claim_key(object);
        let uid = object.meta().uid.clone().unwrap_or_default();
        digest([&*organization.id, &*uid, id, &*key])
    }

    /// It stands for nothing any more, which is stored before anything is made.
    fn anew(work: &mut Work<K::Resource>, id: &str) -> Verdict {
        ledger::stand_for_nothing(&mut work.status);
        work.replaces(id);
        work.token.fingerprint = None;
        work.token.not_returned = false;
        let noun = K::FACTS.noun;
        let text =
            format!("The {noun} {id} is gone, and another one is made by itself now, as was confirmed.");
        Verdict::new(Findings::waiting(Reason::Progressing, text), Next::Soon)
    }
}
