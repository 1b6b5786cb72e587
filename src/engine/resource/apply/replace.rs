//! A new object in place of one that cannot be changed: the new one first, then the old one goes.
//!
//! While the new one is made, `superseded` holds the old one's id beside the pending create; from its id on,
//! beside that, until the old one is gone.

use crate::api::managed::Managed;
use crate::api::policy::AdoptPolicy;
use crate::engine::base::checkpoint::Step;
use crate::engine::base::checks::forbids;
use crate::engine::base::error::Failure;
use crate::engine::base::health::{Findings, Health};
use crate::engine::base::ports::Tick;
use crate::engine::base::reason::Reason;
use crate::engine::decide::identify::{self, Decision, Evidence, Known};
use crate::engine::decide::ledger::{self, Provenance};
use crate::engine::decide::trail::Fact;
use crate::engine::external::inventory::Snapshot;
use crate::engine::organization::managed::Organization;
use crate::engine::organization::weigh::Pass;
use crate::engine::provider::kind::{DeclaredOf, Kind};
use crate::engine::resource::ResourceReconciler;
use crate::engine::resource::apply::create::Creation;
use crate::engine::resource::apply::duplicates::Duplicates;
use crate::engine::resource::apply::overtaken::too_often;
use crate::engine::resource::delete::remove::Removal;
use crate::engine::resource::observe::identify::Identification;
use crate::engine::resource::observe::judge::Judgement;
use crate::engine::resource::observe::lists::Lists;
use crate::engine::resource::observe::read::Reads;
use crate::engine::resource::report::outcome::Outcomes;
use crate::engine::resource::resolve::keys::Keys;
use crate::engine::resource::resolve::organization::Resolution;
use crate::engine::runtime::context::Next;
use crate::engine::runtime::objects::Precondition;
use crate::engine::runtime::steps::Steps as _;
use crate::engine::runtime::stop::said;
use crate::engine::runtime::store::Store;
use crate::engine::runtime::verdict::{Stop, Verdict};
use crate::engine::runtime::work::Work;
use std::rc::Rc;

/// Makes a new object in place of one that cannot be changed.
pub struct Replacement<'a, K: Kind>(pub &'a ResourceReconciler<K>);

impl<K: Kind> Replacement<'_, K> {
    /// Makes a new object in place of `id`.
    #[tracing::instrument(level = "debug", skip_all)]
    pub async fn replace(
        &self,
        work: &mut Work<K::Resource>,
        organization: &Rc<Organization<K::Vendor>>,
        id: &str,
        desired: &DeclaredOf<K>,
    ) -> Result<Verdict, Stop> {
        if let Some(old) = &work.status.superseded {
            // A third would make nobody remember the first.
            let text = format!(
                "The {} {old}, whose place {id} took, has to go first; it goes on by itself.",
                K::FACTS.noun
            );
            return Ok(Verdict::new(Findings::waiting(Reason::Progressing, text), Next::Retry));
        }
        let snapshot = Reads(self.0).read_recent(organization, work.object.as_ref()).await;
        let snapshot = snapshot.map_err(|error| Outcomes(self.0).failed_write(work, organization, &error))?;
        if Judgement(self.0).judge_for(organization, work.object.as_ref()).is_some() {
            return Ok(Removal(self.0).shrank(organization));
        }
        let _turn = Duplicates(self.0).lock(organization, &snapshot, work, desired)?;
        match self.successor(organization, &snapshot, work, desired) {
            Decision::Create => {}
            Decision::Is(other, _) => {
                work.status.superseded = Some(id.to_owned());
                let provisional = Keys(self.0).provisional_of(&snapshot, &other);
                ledger::stand_for(&mut work.status, &other, Provenance::Adopted, provisional);
                Store(self.0).store(work, Precondition::Unchanged).await?;
                return Ok(Outcomes::<K>::soon());
            }
            other => return Ok(Outcomes(self.0).undecided(work, organization, other)),
        }
        work.status.superseded = Some(id.to_owned());
        work.status.id = None;
        let mut verdict = said(Creation(self.0).create(work, organization, &snapshot, desired).await)?;
        if work.status.id.is_none() {
            Self::restore(work);
            return Ok(verdict);
        }
        if let Err(stop) = self.drop_superseded(work, organization).await {
            verdict = said(Err(stop))?;
        }
        Ok(verdict.of_same_object())
    }

    /// What comes in place of what the object stands for: what is there and nobody's, as it would be adopted, or
    /// a new one. `adopt.id` and `Required` were about the old one.
    fn successor(
        &self,
        organization: &Organization<K::Vendor>,
        snapshot: &Snapshot<K::Observed>,
        work: &Work<K::Resource>,
        desired: &DeclaredOf<K>,
    ) -> Decision {
        let object = work.object.as_ref();
        let key = Keys(self.0).natural_key(object, desired);
        let cache = Lists(self.0).cache(organization, object);
        let free = |id: &str| {
            !Identification(self.0).is_claimed(organization, object, id) && !cache.inventory.was_deleted(id)
        };
        let rows = snapshot.items.iter().filter(|(id, live)| K::has_key(live, &key) && free(id));
        let adopt = object.common_spec().adopt.policy;
        let known = Known {
            held: None,
            last_write: Tick::default(),
            pending: None,
            adopt: if adopt == AdoptPolicy::Never { adopt } else { AdoptPolicy::IfExists },
            wanted: None,
            at_home: Resolution::<K>::at_home(object, &organization.root),
            may_create: true,
            settle: self.0.context.settings.settle,
        };
        let unclaimed = rows.map(|(id, _)| id.clone()).collect();
        identify::decide(&known, &Evidence { begun: snapshot.begun, unclaimed, ..Evidence::default() })
    }

    /// Nothing was created: the object stands for the old one as before.
    pub fn restore(work: &mut Work<K::Resource>) {
        if work.status.pending_create.is_none() && work.status.id.is_none() {
            work.status.id = work.status.superseded.take();
        }
    }

    /// Deletes what the object stood for before, unless what lists show is not believed; it stops if that does not
    /// work yet.
    pub async fn part_with_superseded(
        &self,
        work: &mut Work<K::Resource>,
        organization: &Rc<Organization<K::Vendor>>,
        shrunk: bool,
    ) -> Result<(), Stop> {
        if shrunk {
            return Err(Removal(self.0).shrank(organization).into());
        }
        self.drop_superseded(work, organization).await
    }

    /// Deletes what the object stood for before; it stops if that does not work yet.
    #[tracing::instrument(level = "debug", skip_all)]
    pub async fn drop_superseded(
        &self,
        work: &mut Work<K::Resource>,
        organization: &Rc<Organization<K::Vendor>>,
    ) -> Result<(), Stop> {
        let Some(old) = work.status.superseded.clone() else { return Ok(()) };
        if forbids!(FoundOldStays, work.status.found.contains(&old)) {
            // Nobody knows who made it.
            work.status.superseded = None;
            ledger::leave(&mut work.status, &old);
            Store(self.0).store(work, Precondition::SameObject).await?;
            return Ok(());
        }
        if let Some(verdict) = too_often(self.0, work, &old) {
            return Err(verdict.into());
        }
        let how = (Pass::HARMLESS, Step::SupersededDeleted);
        match Removal(self.0).send_delete(work, organization, &old, how).await {
            Ok(()) => {}
            // Nobody's word alone proves absence; lists have to agree.
            Err(error) if error.failure == Failure::NotFound => {
                let unsure = Removal(self.0).unsure_until(organization, work.object.as_ref(), &old).await;
                let failed = |error| Outcomes(self.0).failed_write(work, organization, &error);
                if let Some(due) = unsure.map_err(failed)? {
                    let findings =
                        Findings::waiting(Reason::ConfirmingAbsence, Outcomes::<K>::confirming(&old));
                    return Err(Verdict::new(findings, Next::At(due)).into());
                }
                Removal(self.0).gone(organization, work.object.as_ref(), &old);
            }
            Err(error) => {
                let mut verdict = Removal(self.0).not_deleted(work, organization, &error);
                if let Health::Waiting(_, text) | Health::Stalled(_, text) = &mut verdict.findings.health {
                    *text = format!(
                        "The old {} {old} is to be deleted, and is still there. {text}",
                        K::FACTS.noun
                    );
                }
                return Err(verdict.into());
            }
        }
        work.replaces(&old);
        work.status.superseded = None;
        let new = work.status.id.clone().unwrap_or_default();
        let note =
            format!("The {} {new} took the place of {old}, which could not be changed.", K::FACTS.noun);
        let fact = if new.is_empty() {
            Fact::new(Reason::Deleted, format!("Deleted the {} {old} at the vendor.", K::FACTS.noun))
        } else {
            Fact::new(Reason::Replaced, note.clone())
        };
        self.0.notes().note(work.object.as_ref(), &fact);
        Store(self.0).store(work, Precondition::SameObject).await?;
        if !new.is_empty() {
            self.0.context.tell(work.object.as_ref(), false, Reason::Replaced, "Replace", note).await;
        }
        Ok(())
    }
}
