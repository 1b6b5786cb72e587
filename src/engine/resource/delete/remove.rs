//! Deleting something of an object's at the vendor besides what it stands for, guarded as any deletion.

use crate::engine::base::checkpoint::{self, Step};
use crate::engine::base::checks::forbids;
use crate::engine::base::error::{Failure, VendorError};
use crate::engine::base::health::Findings;
use crate::engine::base::ports::{ClusterError, Tick};
use crate::engine::base::reason::Reason;
use crate::engine::base::sentences;
use crate::engine::decide::repeats;
use crate::engine::decide::trail::Fact;
use crate::engine::organization::managed::Organization;
use crate::engine::organization::weigh::{Pass, Rate};
use crate::engine::provider::kind::Kind;
use crate::engine::resource::ResourceReconciler;
use crate::engine::resource::apply::guard::WriteGuard;
use crate::engine::resource::apply::overtaken::{overtaken, too_often};
use crate::engine::resource::observe::absence::Absence;
use crate::engine::resource::observe::judge::Judgement;
use crate::engine::resource::observe::lists::Lists;
use crate::engine::resource::observe::read::Reads;
use crate::engine::resource::report::outcome::Outcomes;
use crate::engine::resource::resolve::parent::Parents;
use crate::engine::runtime::context::Next;
use crate::engine::runtime::steps::Steps as _;
use crate::engine::runtime::verdict::{Stop, Verdict};
use crate::engine::runtime::work::Work;
use std::rc::Rc;

/// What became of a deletion at the vendor.
pub enum Removed {
    /// It is gone.
    Yes,
    /// The vendor says that it has no such thing; lists have to agree.
    Unsure,
    /// Not now, and why.
    No(Verdict),
}

/// What became of what is to go for sure.
pub enum Ended {
    /// The vendor deleted it, or lists lack it for long enough.
    Gone,
    /// Lists have to go on lacking it until then.
    Unsure(Tick),
    /// Not now, and why.
    No(Verdict),
    /// It is not known, as lists cannot be read.
    Unread(VendorError),
}

/// Deletes at the vendor.
pub struct Removal<'a, K: Kind>(pub &'a ResourceReconciler<K>);

impl<K: Kind> Removal<'_, K> {
    /// Deletes it at the vendor, and makes sure that it is gone: what lists lack is not deleted again. As `known`
    /// goes what a list need not show yet.
    pub async fn remove_surely(
        &self,
        work: &mut Work<K::Resource>,
        organization: &Rc<Organization<K::Vendor>>,
        id: &str,
        known: Option<&K::Observed>,
        how: (Rate, Step),
    ) -> Result<Ended, ClusterError> {
        let mut there = None;
        if known.is_none() {
            match Reads(self.0).read_beside(organization, work.object.as_ref(), id).await {
                Ok(snapshot) => there = snapshot.items.get(id).cloned(),
                Err(error) => return Ok(Ended::Unread(error)),
            }
            let gone = Lists(self.0).cache(organization, work.object.as_ref()).inventory.was_deleted(id);
            if there.is_none() && !gone {
                match self.unsure_until(organization, work.object.as_ref(), id).await {
                    Ok(None) => {}
                    Ok(Some(due)) => return Ok(Ended::Unsure(due)),
                    Err(error) => return Ok(Ended::Unread(error)),
                }
                if let Some(verdict) = self.unbelieved(organization) {
                    return Ok(Ended::No(verdict));
                }
                there = match Absence(self.0).is_there(organization, work.object.as_ref(), id).await {
                    Ok(there) => there,
                    Err(error) => return Ok(Ended::Unread(error)),
                };
            }
        }
        if let Some(row) = known.or(there.as_ref()) {
            match self.remove(work, organization, id, Some(row), how).await? {
                Removed::Yes => return Ok(Ended::Gone),
                Removed::No(verdict) => return Ok(Ended::No(verdict)),
                Removed::Unsure => {}
            }
            let list = Lists(self.0).list_with(work.object.as_ref(), id);
            if let Err(error) = Reads(self.0).read(organization, &list, self.0.context.now()).await {
                return Ok(Ended::Unread(error));
            }
        }
        match self.unsure_until(organization, work.object.as_ref(), id).await {
            Ok(Some(due)) => return Ok(Ended::Unsure(due)),
            Ok(None) => {}
            Err(error) => return Ok(Ended::Unread(error)),
        }
        self.gone(organization, work.object.as_ref(), id);
        Ok(Ended::Gone)
    }

    /// Takes in that we deleted this of the object's at the vendor: nothing is owed of it any more.
    pub fn gone(&self, organization: &Organization<K::Vendor>, object: &K::Resource, id: &str) {
        let list = Lists(self.0).list_with(object, id);
        self.0.cache(organization, &list).inventory.deleted(id, self.0.context.now());
        self.0.commit().drop_token_of(object, id);
    }

    /// Until when lists have to lack the id before it is gone as far as they tell, unless the vendor answered that we
    /// deleted it; `None` once it is. Where one of now can tell, it is read.
    pub async fn unsure_until(
        &self,
        organization: &Rc<Organization<K::Vendor>>,
        object: &K::Resource,
        id: &str,
    ) -> Result<Option<Tick>, VendorError> {
        let list = Lists(self.0).list_with(object, id);
        let cache = self.0.cache(organization, &list);
        let (now, settle) = (self.0.context.now(), self.0.context.settings.settle);
        let until = || cache.inventory.unsure_until(id, now, settle);
        let unsure = until().filter(|_| !cache.inventory.was_deleted(id));
        match unsure.filter(|due| *due <= now) {
            Some(due) => Reads(self.0).read(organization, &list, due).await.map(|_| until()),
            None => Ok(unsure),
        }
    }

    fn unbelieved(&self, organization: &Organization<K::Vendor>) -> Option<Verdict> {
        Judgement(self.0).judge(organization).map(|_| self.shrank(organization))
    }

    /// What is said while lists lack more than is believed.
    pub fn shrank(&self, organization: &Organization<K::Vendor>) -> Verdict {
        let text = sentences::shrank(&organization.root);
        self.0.slow(Findings::waiting(Reason::InventoryShrank, text))
    }

    /// Deletes it at the vendor, guarded as any deletion.
    pub async fn remove(
        &self,
        work: &mut Work<K::Resource>,
        organization: &Rc<Organization<K::Vendor>>,
        id: &str,
        row: Option<&K::Observed>,
        (rate, step): (Rate, Step),
    ) -> Result<Removed, ClusterError> {
        if let Some(verdict) = self.unbelieved(organization) {
            return Ok(Removed::No(verdict));
        }
        if let Some(verdict) = too_often(self.0, work, id) {
            return Ok(Removed::No(verdict));
        }
        let pass = match WriteGuard(self.0).guard_deletion(work, organization, id, row, rate).await {
            Ok(pass) => pass,
            Err(Stop::Said(verdict)) => return Ok(Removed::No(verdict)),
            Err(Stop::Cluster(error)) => return Err(error),
        };
        Ok(match self.send_delete(work, organization, id, (pass, step)).await {
            Ok(()) => Removed::Yes,
            Err(error) if error.failure == Failure::NotFound => Removed::Unsure,
            Err(error) => Removed::No(self.not_deleted(work, organization, &error)),
        })
    }

    /// Sends a deletion that the guard let pass, unless somebody said otherwise meanwhile; nothing else does.
    pub async fn send_delete(
        &self,
        work: &Work<K::Resource>,
        organization: &Organization<K::Vendor>,
        id: &str,
        (pass, step): (Pass, Step),
    ) -> Result<(), VendorError> {
        let object = work.object.as_ref();
        let changed = self.secret_changed(work).await;
        if let Some(error) = changed.or_else(|| overtaken(self.0, work, organization)) {
            pass.answered(Err(&error));
            return Err(error);
        }
        let container = Parents(self.0).container_id(object);
        let outcome = self.0.kind.delete(&organization.session, &container, id).await;
        if outcome.as_ref().err().is_none_or(|error| !error.without_effect) {
            self.0.memory(object, |memory| memory.sent_away = Some(id.to_owned()));
        }
        pass.answered(outcome.as_ref());
        organization.audit.borrow_mut().wrote(id, self.0.context.clock.wall());
        checkpoint::reached(step);
        if outcome.as_ref().is_err_and(|error| !error.without_effect) {
            let note = format!(
                "A deletion of the {} {id} was sent, and nobody heard that it was carried out.",
                K::FACTS.noun
            );
            self.0.notes().note_and_log(object, &Fact::new(Reason::OutcomeUnknown, note));
        }
        match &outcome {
            Ok(()) => self.gone(organization, object, id),
            // As long as lists show it all the same, it is sent again, and that has to end.
            Err(error) if error.failure == Failure::NotFound => {
                self.0.memory(object, |memory| memory.ends.made(repeats::deletion(id)));
            }
            Err(_) => {}
        }
        outcome
    }

    /// Why a deletion that rests on what a Secret holds is not sent any more, if it is not.
    async fn secret_changed(&self, work: &Work<K::Resource>) -> Option<VendorError> {
        let (namespace, name, version) = work.rests_on.as_ref()?;
        let now = self.0.context.cluster.secret(namespace, name).await;
        let same = matches!(&now, Ok(Some(now)) if now.resource_version == *version);
        let text =
            "the Secret with the token was changed, or cannot be read, while this was about to be sent";
        forbids!(SecretReadLast, !same).then(|| VendorError::without_effect(Failure::Fenced, text))
    }

    /// The verdict on a deletion that did not work, and is tried again.
    pub fn not_deleted(
        &self,
        work: &Work<K::Resource>,
        organization: &Rc<Organization<K::Vendor>>,
        error: &VendorError,
    ) -> Verdict {
        let mut verdict = Outcomes(self.0).failed_write(work, organization, error);
        if verdict.next == Next::Rest {
            verdict.next = Next::Retry;
        }
        verdict
    }
}
