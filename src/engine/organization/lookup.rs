//! Which organizations there are of a name, where the token that creates them shows that: whether one is there before
//! another is created, and what became of a create whose outcome nobody heard (rule 4).

use crate::api::managed::Managed;
use crate::api::status::PendingCreate;
use crate::engine::base::checks::forbids;
use crate::engine::base::error::VendorError;
use crate::engine::base::long_id;
use crate::engine::base::organization_key::Endpoint;
use crate::engine::base::ports::Tick;
use crate::engine::base::reason::Reason;
use crate::engine::base::sentences::listed;
use crate::engine::decide::fingerprint::Match;
use crate::engine::decide::ledger::{self, Intent, Outcome, Place, Provenance, Telling};
use crate::engine::decide::lookups::Seen;
use crate::engine::external::list::{Listed, Wanted};
use crate::engine::organization::OrganizationReconciler;
use crate::engine::organization::memory::Memory;
use crate::engine::organization::verdict::{Stop, Verdict, Verdicts};
use crate::engine::provider::organization_ability::{FindsOrganizations, Named};
use crate::engine::provider::vendor::{NewRoot, Vendor};
use crate::engine::runtime::context::Next;
use crate::engine::runtime::creator;
use crate::engine::runtime::objects::{Precondition, reference};
use crate::engine::runtime::store::Store;
use crate::engine::runtime::work::Work;
use secrecy::{ExposeSecret as _, SecretString};
use std::collections::BTreeSet;
use std::rc::Rc;

/// Looks organizations up by name.
pub(super) struct Lookup<'a, V: Vendor> {
    pub reconciler: &'a OrganizationReconciler<V>,
    pub finder: &'a dyn FindsOrganizations<V>,
}

/// By whom, and where, a create is sent: what another is shown tells nothing of it.
pub(super) struct Sender {
    pub endpoint: Endpoint,
    pub token: SecretString,
}

impl Sender {
    /// What stands in status for the create, as a keyed hash.
    pub(super) fn key(&self, new: &NewRoot) -> String {
        format!("{}\n{:?}\n{}", new.name, self.endpoint, self.token.expose_secret())
    }
}

/// What is known of a create that was sent.
pub(super) enum Known<V: Vendor> {
    /// The organization that it made, as far as anybody can tell: it is stored.
    Made(String),
    /// Only a person can say: several, or none though the vendor said that it made one.
    Asks(Vec<String>),
    /// It goes on by itself.
    Waits(Verdict<V>),
    /// Nothing, as the look failed.
    Unseen(VendorError),
}

impl<V: Vendor> Lookup<'_, V> {
    /// Those that have the name, or more of them, as they are since `fresh`.
    async fn list(
        &self,
        object: &V::Root,
        session: &V::Session,
        name: &str,
        fresh: Tick,
    ) -> Result<Listed<Named>, VendorError> {
        let pages = self.reconciler.memories.of(object, |memory| Rc::clone(&memory.pages));
        let wanted = Wanted { container: "", fresh, now: self.reconciler.context.now(), pages: &pages };
        self.finder.find(session, name, wanted).await
    }

    /// Those that have the name, and when that was looked up: since `fresh`.
    async fn named(
        &self,
        object: &V::Root,
        session: &V::Session,
        name: &str,
        fresh: Tick,
    ) -> Result<(Tick, Vec<String>), VendorError> {
        let listed = self.list(object, session, name, fresh).await?;
        let rows = listed.rows.into_iter().filter(|row| row.name == name);
        Ok((listed.begun, rows.map(|row| row.id).collect()))
    }

    /// What looks have shown of the organization `id`, where they show all there are.
    pub(super) async fn look_for(
        &self,
        object: &V::Root,
        session: &V::Session,
        (name, id): (&str, &str),
        fresh: Tick,
    ) -> Result<Seen, VendorError> {
        let Listed { begun, rows } = self.list(object, session, name, fresh).await?;
        let (is_there, settle) =
            (rows.iter().any(|row| row.id == id), self.reconciler.context.settings.settle);
        let look = |memory: &mut Memory| memory.lookups.look_for(is_there, begun, settle);
        Ok(self.reconciler.memories.of(object, look))
    }

    /// The ids of those that have the name before one is created, and of all there are where looks show them.
    pub(super) async fn before(
        &self,
        object: &V::Root,
        session: &V::Session,
        new: &NewRoot,
        fresh: Tick,
    ) -> Result<(Vec<String>, Option<BTreeSet<String>>), VendorError> {
        let rows = self.list(object, session, &new.name, fresh).await?.rows;
        let all = self.finder.lists_all().then(|| rows.iter().map(|row| row.id.clone()).collect());
        let named = rows.into_iter().filter(|row| row.name == new.name).map(|row| row.id);
        Ok((named.collect(), all))
    }

    /// Why none is created: there are these of the name.
    pub(super) fn exists(&self, new: &NewRoot, ids: &[String]) -> Verdict<V> {
        let text = format!(
            "The vendor has an organization named {:?} already ({}), and none is created. Write its {} to \
             spec.organizationId to manage that one; or delete this object, which touches nothing at the vendor, and make \
             one with another create.name.",
            new.name,
            listed(ids),
            V::WORDS.id
        );
        Verdicts(self.reconciler).stalled(Reason::OrganizationExists, text)
    }

    /// Finds out what became of the create that was sent.
    pub(super) async fn outcome(
        &self,
        work: &mut Work<V::Root>,
        session: &V::Session,
        new: &NewRoot,
        pending: &PendingCreate,
        (by, fresh): (&Sender, Tick),
    ) -> Result<Known<V>, Stop<V>> {
        let object = Rc::clone(&work.object);
        let context = &self.reconciler.context;
        let prints = context.prints.get();
        if prints.is_some_and(|prints| prints.compare(&pending.key, "key", &by.key(new)) != Match::Same) {
            // It was sent under another name than the manifest has now, by another client or to another endpoint, or
            // nobody can say: what a look shows tells nothing of it.
            return Ok(Known::Asks(Vec::new()));
        }
        let since = pending.since.0;
        let ended = creator::answered_by(context, object.as_ref(), since);
        // What is under way since before then tells nothing.
        let fresh = if context.now() < ended { fresh } else { fresh.max(ended) };
        let (begun, ids) = match self.named(object.as_ref(), session, &new.name, fresh).await {
            Ok(named) => named,
            Err(error) => return Ok(Known::Unseen(error)),
        };
        let me = reference(object.as_ref());
        let before = self.reconciler.memories.of(object.as_ref(), |memory| {
            memory.before.as_ref().filter(|(of, _)| *of == since).map(|(_, all)| Rc::clone(all))
        });
        let is_new =
            |id: &String| !before.as_ref().is_some_and(|before| forbids!(ThereIsNotNew, before.contains(id)));
        let free = |id: &String| is_new(id) && !self.reconciler.organizations.is_held(&by.endpoint, id, &me);
        let unclaimed: Vec<String> = ids.into_iter().filter(free).collect();
        let new_is_known = before.is_some();
        let telling = Telling { answered_by: ended, settle: context.settings.settle, new_is_known };
        let intent = Intent::of_create(pending, telling);
        let looks = |memory: &mut Memory| memory.lookups.look(&intent, since, begun, unclaimed);
        let (outcome, again) = self.reconciler.memories.of(object.as_ref(), looks);
        Ok(match outcome {
            Outcome::Unknown(_) => Known::Waits(self.waits(again)),
            Outcome::Answered(id) | Outcome::Found(id) if !long_id::fits(&id) => {
                let text = long_id::text("organization", &id);
                Known::Waits(Verdicts(self.reconciler).stalled(Reason::IdTooLong, text))
            }
            Outcome::Answered(id) => Known::Made(self.take(work, id, Provenance::Answered).await?),
            Outcome::Found(id) => Known::Made(self.take(work, id, Provenance::Found).await?),
            Outcome::Several(ids) => self.asks(work, ids).await?,
            Outcome::Vanished => self.asks(work, Vec::new()).await?,
            Outcome::Nothing => {
                work.status.pending_create = None;
                context.tally.created(V::Root::KIND, "not_carried_out");
                Store(self.reconciler).store(work, Precondition::Unchanged).await?;
                let text = "A create was sent, and was not carried out; it is looked at anew by itself.";
                Known::Waits(Verdicts(self.reconciler).waiting(Reason::Progressing, text).then(Next::Soon))
            }
        })
    }

    /// A person is asked.
    async fn asks(&self, work: &mut Work<V::Root>, ids: Vec<String>) -> Result<Known<V>, Stop<V>> {
        creator::leave_undecided(self.reconciler, work, Place::First).await?;
        Ok(Known::Asks(ids))
    }

    /// What is said while nobody can tell what became of a create.
    pub(super) fn waits(&self, again: Tick) -> Verdict<V> {
        let text = "A create of the organization was sent, and its outcome is not known; two later looks at the vendor \
                    decide, and it goes on by itself then. No second one is created before.";
        Verdicts(self.reconciler).waiting(Reason::OutcomeUnknown, text).then(Next::At(again))
    }

    /// Stores that the object stands for `id`.
    async fn take(&self, work: &mut Work<V::Root>, id: String, by: Provenance) -> Result<String, Stop<V>> {
        let (reason, note) = if by == Provenance::Answered {
            (
                Reason::Created,
                format!("The organization {id} is the one that the vendor said that it created."),
            )
        } else {
            let known = work.status.pending_create.as_ref().map(|create| ledger::known_of(&create.answer));
            let note = format!(
                "The organization {id} may be the outcome of a create {}, and is taken for it. Who made it is not known, so \
                 it stays when this object is deleted, unless deletionPolicy says Delete.",
                known.unwrap_or_default()
            );
            (Reason::Adopted, note)
        };
        let note = format!(
            "{note} Write organizationId: \"{id}\" into the manifest, so that a cluster that is rebuilt from it knows it."
        );
        ledger::stand_for(&mut work.status, &id, by, None);
        work.status.organization_id = Some(id.clone());
        creator::found(self.reconciler, work, "recovered", (reason, note)).await?;
        Ok(id)
    }
}
