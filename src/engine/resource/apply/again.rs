//! What vanished at the vendor is not made again unasked (rule 2).

use crate::api::managed::Managed;
use crate::api::policy::AdoptPolicy;
use crate::api::status::UnnamedAnswer;
use crate::engine::base::checkpoint::Step;
use crate::engine::base::checks::holds;
use crate::engine::base::health::Findings;
use crate::engine::base::reason::Reason;
use crate::engine::decide::fingerprint::digest;
use crate::engine::decide::ledger;
use crate::engine::decide::rotation::Old;
use crate::engine::decide::trail::Fact;
use crate::engine::organization::managed::Organization;
use crate::engine::organization::weigh::Rate;
use crate::engine::provider::kind::Kind;
use crate::engine::resource::ResourceReconciler;
use crate::engine::resource::delete::remove::{Ended, Removal};
use crate::engine::resource::report::outcome::Outcomes;
use crate::engine::resource::resolve::keys::Keys;
use crate::engine::resource::token::retire::Retirement;
use crate::engine::runtime::context::Next;
use crate::engine::runtime::creator;
use crate::engine::runtime::objects::Precondition;
use crate::engine::runtime::steps::Steps as _;
use crate::engine::runtime::store::Store;
use crate::engine::runtime::verdict::{Stop, Verdict};
use crate::engine::runtime::work::Work;
use kube::Resource as _;
use std::rc::Rc;

/// What a person may have made.
struct Offer {
    /// Whether that is made once an annotation says so.
    is_offered: bool,
    /// What to write for that, or why nothing is.
    text: String,
    /// What to do else.
    or: &'static str,
}

/// Makes again what vanished, where a person said so.
pub struct MadeAgain<'a, K: Kind>(pub &'a ResourceReconciler<K>);

impl<K: Kind> MadeAgain<'_, K> {
    /// It vanished at the vendor. It is not made again unasked.
    pub async fn vanished(
        &self,
        work: &mut Work<K::Resource>,
        organization: &Rc<Organization<K::Vendor>>,
        manage: bool,
    ) -> Result<Verdict, Stop> {
        let object = work.object.as_ref();
        let id = work.status.id.clone().unwrap_or_default();
        self.0.commit().drop_token_of(object, &id);
        let digest = Keys(self.0).question(object, &organization.id, &id);
        let begun = self.0.memory(object, |memory| memory.again.clone()).filter(|(of, _)| *of == digest);
        let stands = |(_, word): &(String, String)| self.0.context.answers.stands(object, word);
        let said = manage && begun.as_ref().is_some_and(stands);
        let viewed = self.0.memory(object, |memory| memory.looks.viewed());
        // Once that is answered, nothing else tells it.
        let author = organization.audit.borrow().author(&id, viewed).map(|author| author.name.clone());
        let gone = format!("The {} {id} was deleted at the vendor", K::FACTS.noun);
        let news = Fact::of(Reason::ExternallyDeleted, vec![(gone.clone(), gone)], author.as_deref());
        let asked = if said { None } else { self.answer(work, &digest, manage, Some(news)) };
        if let Some(answer) = asked {
            // Whatever is said of the object next: what comes to be there from now on is not what it gave way to.
            work.status.provisional = None;
            let noun = K::FACTS.noun;
            let rotation = work.token.rotation.as_ref();
            let old = rotation.and_then(|rotation| rotation.old_id.as_ref()).map(|old| {
                format!(
                    " That also deletes the former {noun} {old} at once, and whoever still uses its token is cut off."
                )
            });
            let made = self.offer(work, manage, "have a new one made", &answer);
            let old = if made.is_offered { old.unwrap_or_default() } else { String::new() };
            let text = format!(
                "The {noun} {id} was deleted at the vendor, and is not made again unasked. {}{old} {}",
                made.text, made.or
            );
            return Ok(self.0.slow(Findings::stalled(Reason::ExternallyDeleted, text)));
        }
        // What has to be done first may be a question of its own, which the same annotation answers.
        let begun = begun.filter(|_| said).or_else(|| {
            let word = self.0.context.answers.begin(work.object.as_ref())?;
            Some((digest.clone(), word))
        });
        self.0.memory(work.object.as_ref(), |memory| memory.again = begun);
        work.answered(&digest);
        // The other user of a rotation would be left behind, and be adopted by its name.
        Retirement(self.0).end_rotation(work, organization, Old::Goes).await?;
        if work.status.id.as_ref() != Some(&id) {
            return Ok(Outcomes::<K>::soon());
        }
        self.0.memory(work.object.as_ref(), |memory| memory.again = None);
        Ok(Self::anew(work, &id))
    }

    /// What the vendor said that it made, without an id, is lacked by two lists since: it is gone, and a person is asked
    /// whether another one is to be made; nothing where that was answered, and the create
    /// is forgotten.
    pub fn vanished_unnamed(
        &self,
        work: &mut Work<K::Resource>,
        organization: &Organization<K::Vendor>,
        manage: bool,
    ) -> Option<Findings> {
        let noun = K::FACTS.noun;
        let misnamed = work.status.pending_create.as_ref().and_then(|create| create.answer.misnamed.clone());
        let (gone, said) = match misnamed {
            Some(other) => {
                let said = creator::not_new(noun, &other);
                let lists = "Lists show no new one since that is not another object's";
                (
                    format!("{said} {lists}."),
                    format!("{said} {lists}: none was made, it was deleted at the vendor"),
                )
            }
            None => (
                format!("The {noun} that the vendor answered that it made, without an id, is not there."),
                format!(
                    "The vendor answered that it made the {noun}, and named no id. Lists show no new one since that is not \
                     another object's: it was deleted or renamed at the vendor"
                ),
            ),
        };
        let news = Some(Fact::new(Reason::ExternallyDeleted, gone));
        let answer = self.of_create(work, organization, manage, ("vanished", news))?;
        let made = self.offer(work, manage, "have a new one made where nothing has its name", &answer);
        let text = format!("{said}, or another object took it over. {} {}", made.text, made.or);
        Some(Findings::stalled(Reason::ExternallyDeleted, text))
    }

    /// Asks a person whether a create is sent once more that lists show no outcome of, where each reaches somebody; the
    /// same.
    pub fn ask_again(
        &self,
        work: &mut Work<K::Resource>,
        organization: &Organization<K::Vendor>,
        manage: bool,
    ) -> Option<Findings> {
        let noun = K::FACTS.noun;
        let heard = match work.status.pending_create.as_ref().map(|create| &create.answer) {
            Some(UnnamedAnswer { misnamed: Some(_), .. }) => {
                "the vendor answered with what was there before or is another object's"
            }
            Some(UnnamedAnswer { accepted: true, .. }) => {
                "the vendor answered that it made it and named no id"
            }
            _ => "nobody heard what came of it",
        };
        let answer = self.of_create(work, organization, manage, ("once", None))?;
        let shown = if K::FACTS.by_id() {
            "no list shows what there is. If it is there, write its id to spec.adopt.id, with policy Required"
        } else {
            "lists show no new one"
        };
        let again = self.offer(work, manage, "have it sent once more", &answer);
        let text = format!(
            "A create of the {noun} was sent, {heard}, and {shown}. It is not sent again unasked, as it may have been \
             carried out, or have reached somebody, all the same. {} {}",
            again.text, again.or
        );
        Some(Findings::stalled(Reason::OutcomeUnknown, text))
    }

    /// What a person has to answer, to a question of this name about the create. Nothing where it was answered, and the
    /// create is forgotten.
    fn of_create(
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
        let answer = self.answer(work, &plan, manage, news);
        match (&answer, &mut work.status.pending_create) {
            (None, create) => *create = None,
            (Some(_), Some(create)) => _ = ledger::leave_undecided(&mut create.answer),
            (Some(_), None) => {}
        }
        answer
    }

    /// What a person has to answer, with what is news when it is asked first. Nothing where it was answered.
    fn answer(
        &self,
        work: &mut Work<K::Resource>,
        plan: &str,
        manage: bool,
        news: Option<Fact>,
    ) -> Option<String> {
        if manage && holds!(AskedToMakeAgain, work.confirmed(plan)) {
            work.answered(plan);
            return None;
        }
        let asked = work.object.common_status().asked.iter().any(|asked| asked.of == plan);
        if let Some(fact) = news.filter(|_| !asked) {
            self.0.notes().note_and_log(work.object.as_ref(), &fact);
        }
        Some(Outcomes(self.0).ask(work, plan))
    }

    /// Nothing comes any more of what it stands for, as `why` says. It goes for another one where a person says so, and
    /// that is what a person is asked where it vanishes meanwhile.
    pub async fn over(
        &self,
        work: &mut Work<K::Resource>,
        organization: &Rc<Organization<K::Vendor>>,
        manage: bool,
        (id, reason, why): (&str, Reason, &str),
    ) -> Result<Verdict, Stop> {
        let noun = K::FACTS.noun;
        let digest = Keys(self.0).question(work.object.as_ref(), &organization.id, id);
        if manage && holds!(AskedToMakeAgain, work.confirmed(&digest)) {
            let how = (Rate::Free, Step::SupersededDeleted);
            // Whoever comes after this process takes nobody for what took its place once it may have been deleted.
            let provisional = work.status.provisional.take();
            Store(self.0).store(work, Precondition::Unchanged).await?;
            return match Removal(self.0).remove_surely(work, organization, id, None, how).await? {
                Ended::Gone => {
                    work.answered(&digest);
                    Ok(Self::anew(work, id))
                }
                Ended::Unsure(until) => {
                    // It was not there to be deleted.
                    work.status.provisional = provisional;
                    let text = Outcomes::<K>::confirming(id);
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
        let made = self.offer(work, manage, &format!("have another {noun} made in its place"), &answer);
        let text = format!("{why} {} {}", made.text, made.or);
        Ok(self.0.slow(Findings::stalled(reason, text)))
    }

    /// What a person is told to write for something to be made, or why nothing is made whatever is written.
    fn offer(&self, work: &Work<K::Resource>, manage: bool, to: &str, answer: &str) -> Offer {
        let object = work.object.as_ref();
        let (policy, named) = object.adopts();
        // What stands for what the manifest names by its id gives way to what is made.
        let named = named.filter(|named| work.status.id.as_ref() != Some(named));
        let replaces = named.is_none() && object.common_spec().adopt.id.is_some();
        let otherwise = "Otherwise delete this object.";
        let never = "Delete this object, and apply it again once there is one to take over.";
        let (is_offered, text, or) = if let Some(why) = self.0.kind.unmade() {
            (false, format!("None is made, as {why}."), never)
        } else if named.is_some() {
            (false, "None is made, as spec.adopt.id names what is taken over.".to_owned(), never)
        } else if policy == AdoptPolicy::Required && !replaces {
            let text = "None is made, as adopt.policy is Required: to be asked whether one is, set adopt.policy: IfExists.";
            (false, text.to_owned(), otherwise)
        } else if self.0.context.fence.is_read_only() {
            let text =
                format!("This operator only reads: to {to}, run one without --read-only, which asks you.");
            (false, text, otherwise)
        } else if !manage {
            let text = format!(
                "Nothing is written for this object: to {to}, set managementPolicy: Manage (on the organization too, if it \
                 says Observe), and you are asked then."
            );
            (false, text, otherwise)
        } else {
            (true, format!("To {to}, set the annotation orgkeeper.dev/confirm: {answer}."), otherwise)
        };
        Offer { is_offered, text, or }
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
