//! What a create that nobody heard the end of may have made, as it is told where its object goes and that is left.
//!
//! The ledger holds the key that was sent, as a hash: the name that the manifest has by now may be another one.

use crate::api::managed::Managed;
use crate::engine::base::health::Health;
use crate::engine::base::ports::ObjectRef;
use crate::engine::base::reason::Reason;
use crate::engine::base::sentences::listed;
use crate::engine::decide::fingerprint::Match;
use crate::engine::decide::identify::Decision;
use crate::engine::decide::ledger;
use crate::engine::organization::managed::Standing;
use crate::engine::provider::kind::Kind;
use crate::engine::resource::ResourceReconciler;
use crate::engine::resource::observe::identify::Identification;
use crate::engine::resource::observe::judge::Judgement;
use crate::engine::resource::observe::lists::Lists;
use crate::engine::resource::observe::read::Reads;
use crate::engine::resource::observe::round::Round;
use crate::engine::resource::report::outcome::Outcomes;
use crate::engine::resource::resolve::desired::DesiredState;
use crate::engine::resource::resolve::keys::Keys;
use crate::engine::resource::resolve::organization::{Admission, Resolution};
use crate::engine::runtime::context::Next;
use crate::engine::runtime::objects::reference;
use crate::engine::runtime::queue::Ticket;
use crate::engine::runtime::verdict::{Stop, Verdict};
use crate::engine::runtime::work::Work;

/// What lists tell of a create that was sent under another name than the manifest has now.
pub enum Renamed {
    /// There is no such create, or lists cannot tell.
    No,
    /// What it made, if anything.
    Made(Option<String>),
}

/// The creates of a kind of which nobody heard the end, and whose objects go.
pub struct Unheard<'a, K: Kind>(pub &'a ResourceReconciler<K>);

impl<K: Kind> Unheard<'_, K> {
    /// What is told of it, as far as the lists that were read tell, and else the ledger. Nothing where there is none.
    pub fn told(&self, work: &Work<K::Resource>) -> Option<String> {
        work.status.pending_create.as_ref().filter(|_| work.status.id.is_none())?;
        let object = work.object.as_ref();
        let key = Keys(self.0).claim_key(object);
        let named = self.0.ready_of(object).and_then(|organization| {
            let list = Lists(self.0).cache(&organization, object).inventory.latest()?;
            let decision = Identification(self.0).decide(&organization, &list, object, &key, false);
            named::<K>(work, &organization.root, &decision)
        });
        let (noun, title) = (K::FACTS.noun, K::naming(object).title);
        Some(match named {
            Some(named) => named,
            None if self.is_renamed(object, &key) => format!(
                "A create of the {noun} was sent, perhaps under another name than {title:?}, which its manifest has now; \
                 what it made, if anything,"
            ),
            None => format!("A create of the {noun} {title:?} was sent, and what it made, if anything,"),
        })
    }

    /// What is told where lists show none of it, and that does not prove that there is none.
    pub fn unshown(&self, work: &Work<K::Resource>) -> Option<String> {
        let sent = work.status.pending_create.as_ref()?;
        let proves = !self.0.kind.is_made_once() && !Keys(self.0).is_lost(&sent.key);
        let told = self.told(work).filter(|_| !proves)?;
        let why =
            Outcomes::<K>::teller_of("that lists show none proves nothing", "no list shows what there is");
        Some(format!("{told} stays at the vendor: {why}."))
    }

    /// Whether the create was sent under another key than the manifest has now.
    fn is_renamed(&self, object: &K::Resource, key: &str) -> bool {
        let pending = object.common_status().pending_create.as_ref();
        let prints = self.0.context.prints.get();
        pending
            .zip(prints)
            .is_some_and(|(sent, prints)| prints.compare(&sent.key, "key", key) == Match::Other)
    }

    /// Whether its organization is there, and is not known to be unready: it wakes those below once it is reached.
    fn is_opened_soon(&self, object: &K::Resource) -> bool {
        let Some(root) = self.0.claim_of(object).map(|claim| claim.root) else { return false };
        let there = self.0.organizations.objects.get(&root).is_some();
        let standing = self.0.organizations.standing(&root);
        there
            && self.0.admitted_by_root(&reference(object), &root)
            && matches!(standing, None | Some(Standing::Unreached(..)))
    }

    /// Where the manifest has another name by now, nothing but lists tells what was made: what they tell. It stops
    /// where that has to be waited for.
    pub async fn renamed(&self, work: &Work<K::Resource>, ticket: &Ticket) -> Result<Renamed, Stop> {
        let object = work.object.as_ref();
        if work.status.id.is_some() || work.status.pending_create.is_none() || K::FACTS.by_id() {
            return Ok(Renamed::No);
        }
        let waits = |by: Health, next| {
            let Some((reason, why)) = by.told() else { return Ok(Renamed::No) };
            let text = format!(
                "A create of the {} was sent under another name than the manifest has now, and what it made is told \
                 before it is left there: {why}. To not wait for that, set the annotation orgkeeper.dev/abandon.",
                K::FACTS.noun
            );
            Err(Verdict::held_up(&by.instead(reason, text), next).into())
        };
        let organization = match Resolution(self.0).organization(object) {
            Ok(Admission::Ready(organization)) => organization,
            Err(_)
                if self.is_opened_soon(object)
                    && self.is_renamed(object, &Keys(self.0).claim_key(object)) =>
            {
                let why = "the organization is not reached at present";
                let by = Health::Waiting(Reason::VendorUnreachable, why.to_owned());
                return waits(by, self.0.context.slowly());
            }
            _ => return Ok(Renamed::No),
        };
        let organization = &organization;
        let key = DesiredState(self.0).key_to_end(work, organization).await?;
        if !self.is_renamed(object, &key) {
            return Ok(Renamed::No);
        }
        if let Some(error) = organization.trouble() {
            // The organization finds out when that ends, and wakes those that wait for it.
            let by = error.waits().instead(error.reason(), error.message.clone());
            return waits(by, self.0.context.slowly());
        }
        let fresh = Reads(self.0).fresh(organization, object, ticket.times.fresh, true);
        let snapshot = match Reads(self.0).read_for(organization, object, fresh).await {
            Ok(snapshot) => snapshot,
            Err(error) if Round(self.0).went_with_container(organization, object, &error) => {
                return Ok(Renamed::Made(None));
            }
            Err(error) => {
                let verdict = Outcomes(self.0).failed(work, organization, &error);
                return match verdict.findings.health {
                    Health::Waiting(reason, _) => waits(Health::Waiting(reason, error.message), verdict.next),
                    _ => Ok(Renamed::No),
                };
            }
        };
        if Judgement(self.0).judge_for(organization, object).is_some() {
            let why = "more vanished from the organization at once than is believed, as its condition InventoryShrank says";
            return waits(Health::Waiting(Reason::InventoryShrank, why.to_owned()), self.0.context.slowly());
        }
        match Identification(self.0).decide(organization, &snapshot, object, &key, false) {
            Decision::OutcomeUnknown(until) => {
                let why = "lists will show it".to_owned();
                waits(Health::Waiting(Reason::OutcomeUnknown, why), Next::At(until))
            }
            decision => Ok(Renamed::Made(named::<K>(work, &organization.root, &decision))),
        }
    }
}

/// What is known of the create of what the object is to stand for.
pub fn known_of<R: Managed>(work: &Work<R>) -> &'static str {
    work.status.pending_create.as_ref().map(|create| ledger::known_of(&create.answer)).unwrap_or_default()
}

/// What the decision names; nothing where there is nothing. Outside the organization's namespace nobody learns which ones it
/// could be: an event on the organization has named them.
fn named<K: Kind>(work: &Work<K::Resource>, root: &ObjectRef, decision: &Decision) -> Option<String> {
    let (noun, known) = (K::FACTS.noun, known_of(work));
    match decision {
        Decision::Is(id, _) => {
            Some(format!("The {noun} {id}, which may be the outcome of a create {known},"))
        }
        Decision::Ambiguous(ids) => {
            let at_home = Resolution::<K>::at_home(work.object.as_ref(), root);
            let these =
                if at_home { format!("the {noun}s {}", listed(ids)) } else { format!("several {noun}s") };
            Some(format!("What a create made {known}, one of {these},"))
        }
        _ => None,
    }
}
