//! One-time tokens: the Secret is reserved before a create, and filled before anything else (rule 5).

use crate::api::managed::Managed;
use crate::api::reference::SecretKeyRef;
use crate::engine::base::checkpoint::{self, Step};
use crate::engine::base::checks::{forbids, holds};
use crate::engine::base::error::{Failure, VendorError};
use crate::engine::base::health::Findings;
use crate::engine::base::ports::{ClusterError, ObjectRef, SecretData};
use crate::engine::base::reason::Reason;
use crate::engine::decide::custody::{Custody, OWN_SECRET, Owner, PATH, Trial, Written, custody, in_overlap};
use crate::engine::decide::fingerprint::Match;
use crate::engine::decide::ledger::Purpose;
use crate::engine::decide::rotation::{self, Stage};
use crate::engine::organization::managed::Organization;
use crate::engine::provider::kind::Kind;
use crate::engine::provider::vendor::Vendor;
use crate::engine::resource::ResourceReconciler;
use crate::engine::resource::memory::Checked;
use crate::engine::resource::observe::absence::Absence;
use crate::engine::resource::observe::lists::Lists;
use crate::engine::resource::observe::seen;
use crate::engine::resource::token::standing::Tokened;
use crate::engine::runtime::commit::Secrets;
use crate::engine::runtime::object::rotation_asked;
use crate::engine::runtime::objects::{newer, reference};
use crate::engine::runtime::work::Work;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use std::rc::Rc;

/// Keeps the Secret of an object in custody.
pub struct Custodian<'a, K: Kind>(pub &'a ResourceReconciler<K>);

impl<K: Kind> Custodian<'_, K> {
    /// For whom the Secret of an object is.
    pub fn owner(object: &K::Resource, organization: &Organization<K::Vendor>) -> Owner {
        Owner {
            endpoint: organization.endpoint.to_string(),
            organization: organization.id.clone(),
            object: reference(object),
        }
    }

    /// Reads the Secret of an object.
    pub async fn custody(
        &self,
        owner: &Owner,
        target: &SecretKeyRef,
    ) -> Result<(Custody, Option<SecretData>), ClusterError> {
        let secret = self.0.context.cluster.secret(&owner.object.namespace, &target.name).await?;
        Ok((custody(secret.as_ref(), owner, &target.key), secret))
    }

    /// Reserves the Secret for the token of an object that is to be created; what is wrong with it, if
    /// anything is. `lives` says whether the vendor shows an object with this id.
    #[tracing::instrument(level = "debug", skip_all)]
    pub async fn reserve(
        &self,
        work: &mut Work<K::Resource>,
        organization: &Rc<Organization<K::Vendor>>,
        lives: impl Fn(&str) -> bool,
    ) -> Result<Option<Findings>, ClusterError> {
        let Some(target) = work.object.token_target().cloned() else { return Ok(None) };
        let owner = Self::owner(work.object.as_ref(), organization);
        let namespace = &owner.object.namespace;
        if self.0.context.namespace(namespace).terminating {
            let text = format!(
                "Namespace {namespace} is being deleted: no Secret for the token can be made there, so no {} is \
                 created. Create the object in another namespace.",
                K::FACTS.noun
            );
            return Ok(Some(Findings::stalled(Reason::KubernetesUnavailable, text)));
        }
        if let Some(findings) = self.claim(work, organization, &target, lives).await? {
            return Ok(Some(findings));
        }
        work.token.secret = Some(target.name);
        work.token.fingerprint = None;
        work.token.not_returned = false;
        Ok(None)
    }

    /// Makes the Secret, empty, if there is none; what is wrong with it, if anything is.
    pub async fn claim(
        &self,
        work: &Work<K::Resource>,
        organization: &Rc<Organization<K::Vendor>>,
        target: &SecretKeyRef,
        lives: impl Fn(&str) -> bool,
    ) -> Result<Option<Findings>, ClusterError> {
        let name = &target.name;
        let owner = Self::owner(work.object.as_ref(), organization);
        let (custody, secret) = self.custody(&owner, target).await?;
        match custody {
            Custody::Missing => {
                let stored = Secrets::new(&self.0.context).write(owner.draft(name, None)).await?;
                self.checked(work, stored.resource_version, "");
                checkpoint::reached(Step::TokenReserved);
            }
            Custody::Going => {
                let text = format!(
                    "Secret {name} is being deleted; another is made by itself once it is gone. If it stays, see who holds \
                     it by a finalizer."
                );
                return Ok(Some(Findings::waiting(Reason::Progressing, text)));
            }
            Custody::Foreign(why) => return Ok(Some(conflict(target, &why))),
            Custody::Ours { id: Some(id), token: Some(_) } if forbids!(LivingToken, lives(&id)) => {
                let why = format!(
                    "it holds the token of the {} {id}, which exists. {OWN_SECRET}; or delete that {0} first, if nobody needs \
                     it, or move its token elsewhere and delete the Secret.",
                    K::FACTS.noun
                );
                return Ok(Some(conflict(target, &why)));
            }
            Custody::Ours { .. } if secret.is_some_and(|secret| secret.immutable) => {
                let text = format!(
                    "Secret {name} is to hold the token, and is immutable: no token can be stored in it. Delete the \
                     Secret, and another is made; if somebody reads it meanwhile, create it again first, as it was but \
                     not immutable."
                );
                return Ok(Some(Findings::stalled(Reason::SecretConflict, text)));
            }
            Custody::Ours { id: Some(id), token: Some(_) } if work.status.id.as_ref() != Some(&id) => {
                if let Some(why) = self.may_live(organization, work.object.as_ref(), &id).await
                    && forbids!(LivingToken)
                {
                    let text = format!(
                        "Secret {name} holds the token of the {} {id}, which may exist although no list shows it: \
                         {why}. The Secret is left as it is until that is known; it goes on by itself then.",
                        K::FACTS.noun
                    );
                    return Ok(Some(Findings::waiting(Reason::Progressing, text)));
                }
            }
            Custody::Ours { .. } => {}
        }
        Ok(None)
    }

    /// Why what lists do not show may exist all the same, if it may: they lag.
    async fn may_live(
        &self,
        organization: &Rc<Organization<K::Vendor>>,
        object: &K::Resource,
        id: &str,
    ) -> Option<String> {
        if Lists(self.0).cache(organization, object).inventory.was_deleted(id) {
            return None;
        }
        match Absence(self.0).get(organization, object, id).await? {
            Ok(_) => Some("the vendor shows it when asked for it".into()),
            Err(error) if matches!(error.failure, Failure::NotFound | Failure::NotSupported) => None,
            Err(error) => Some(error.message),
        }
    }

    /// What the vendor answered the create that is under way, as the Secret holds it though status does not: the
    /// process died in between.
    pub async fn answered_in_secret(
        &self,
        work: &Work<K::Resource>,
        organization: &Organization<K::Vendor>,
    ) -> Result<Option<String>, ClusterError> {
        let pending = work.status.pending_create.as_ref().filter(|_| work.status.id.is_none());
        let (Some(pending), Some(target)) = (pending, work.object.token_target()) else { return Ok(None) };
        let owner = Self::owner(work.object.as_ref(), organization);
        let create = Written { since: &pending.since, key: &pending.key };
        let held = self.custody(&owner, target).await?;
        let (Custody::Ours { id: Some(id), token: Some(token) }, Some(secret)) = held else {
            return Ok(None);
        };
        let sealed =
            self.0.context.prints.get().is_some_and(|prints| create.is_sealed(prints, &secret, &id, &token));
        Ok(holds!(SealedAnswer, sealed).then_some(id))
    }

    /// What the Secret is annotated with: that the vendor answered the create under way with this id and this token.
    pub fn seal(&self, work: &Work<K::Resource>, id: &str, token: &SecretString) -> Option<String> {
        let pending = work.status.pending_create.as_ref();
        let first = pending.map(|pending| Written { since: &pending.since, key: &pending.key });
        let another = || {
            let (_, made) = Purpose::under_way(&work.token)?;
            Some(Written { since: &made.since, key: &made.key })
        };
        let create = first.or_else(another)?;
        self.0.context.prints.get().map(|prints| create.seal(prints, id, token))
    }

    /// Takes in that the Secret holds this token, and that it is the object's.
    pub fn record(&self, work: &mut Work<K::Resource>, target: &SecretKeyRef, token: &SecretString) {
        work.token.secret = Some(target.name.clone());
        work.token.fingerprint =
            self.0.context.prints.get().map(|prints| prints.of(PATH, token.expose_secret()));
        work.token.not_returned = false;
        work.token.lost = None;
    }

    /// Remembers a Secret that needs no other look for as long as it stays as it is.
    pub fn checked(&self, work: &Work<K::Resource>, version: String, id: &str) {
        let id = id.to_owned();
        self.0.memory(work.object.as_ref(), |memory| memory.token = Some(Checked { version, id }));
    }

    /// Whether a change of the Secret that a watch tells of is no news for the object: it is our own
    /// write of the token.
    pub fn knows_secret(&self, key: &ObjectRef, secret: &str) -> bool {
        let Some(object) = self.0.objects.get(key) else { return false };
        let reads = object.secret_refs().iter().any(|wanted| wanted.name == secret);
        let checked = self.0.memories.known(key, |memory| memory.token.clone()).flatten();
        let shown = self.0.context.secret_version(&key.namespace, secret);
        !reads
            && checked.zip(shown).is_some_and(|(checked, shown)| !newer(Some(&shown), Some(&checked.version)))
    }

    /// Tries a token: whether it works, and is the object's.
    pub async fn tried(
        &self,
        organization: &Rc<Organization<K::Vendor>>,
        row: &K::Observed,
        token: &SecretString,
    ) -> Result<Trial, VendorError> {
        let mut shown = self.0.kind.has_token(row, token);
        if shown.is_none() && self.0.kind.detail_calls(&organization.session, row) > 0 {
            shown = self.0.kind.has_token(
                &self.0.kind.detail(&organization.session, row.clone(), self.0.context.now()).await?,
                token,
            );
        }
        if shown == Some(false) {
            return Ok(Trial::Fails);
        }
        let accepted = self.0.organizations.vendor.accepts(&organization.session, token).await?;
        Ok(Trial::of(shown, accepted))
    }

    /// Whether it is the token that was put into the Secret last, for whom status names.
    pub fn is_recorded(&self, work: &Work<K::Resource>, token: &SecretString) -> bool {
        self.compared(work, token) == Some(Match::Same)
    }

    fn compared(&self, work: &Work<K::Resource>, token: &SecretString) -> Option<Match> {
        let (prints, stored) = (self.0.context.prints.get(), work.token.fingerprint.as_deref());
        prints.zip(stored).map(|(prints, stored)| prints.compare(stored, PATH, token.expose_secret()))
    }

    /// Why the former user of a rotation stays: the Secret holds a token that nobody knows to be the new one's.
    pub fn anybodys(
        &self,
        work: &Work<K::Resource>,
        target: &SecretKeyRef,
        token: Option<&SecretString>,
    ) -> Findings {
        let (noun, name) = (K::FACTS.noun, &target.name);
        let id = work.status.id.as_deref().unwrap_or_default();
        let old = work.token.rotation.as_ref().and_then(|rotation| rotation.old_id.as_deref());
        let old = old.unwrap_or_default();
        let another = self.or_another(work);
        let lost = token.is_some_and(|token| self.compared(work, token) != Some(Match::Other));
        let text = if lost {
            format!(
                "The key of fingerprints was lost, so nobody knows whether Secret {name} holds the token of the {noun} {id} \
                 or that of the former {noun} {old}, which therefore is not deleted. To end that, have another one \
                 made{another}."
            )
        } else {
            format!(
                "Secret {name} holds another token than that of the {noun} {id}: it may be that of the former {noun} \
                 {old}, which therefore is not deleted. Put the token of the new one back{another}."
            )
        };
        Findings::stalled(Reason::TokenSecretChanged, text)
    }

    /// When the former user of a rotation goes, where that time has not come.
    fn overlaps_until(&self, work: &Work<K::Resource>) -> Option<Timestamp> {
        let overlap = self.0.context.settings.rotation_overlap;
        let stage = rotation::stage(&work.token, None, seen::overlap_time(&self.0.context, work), overlap);
        matches!(stage, Stage::Overlap(_)).then(|| rotation::ends(&work.token, overlap))
    }

    /// How another token is had instead, as a sentence ends that begins with what else may be done.
    fn or_another(&self, work: &Work<K::Resource>) -> String {
        let until = self.overlaps_until(work);
        match until {
            Some(until) if rotation::asks_for_another(&work.token, rotation_asked(work.object.as_ref())) => {
                format!("; another one was asked for, and is made at {until}, when the overlap ends")
            }
            Some(until) => format!(
                ", or set the annotation orgkeeper.dev/rotate-requested-at to have another token made, which is at {until}, \
                 when the overlap ends"
            ),
            None if in_overlap(&work.token) => {
                ", or give the annotation orgkeeper.dev/rotate-requested-at another value to \
                 have another token made (the former one ends at once)"
                    .to_owned()
            }
            None => ", or set the annotation orgkeeper.dev/rotate-requested-at to have another token made"
                .to_owned(),
        }
    }

    /// Deletes the Secret with the token, where it is known for whom it is: of an object that ends, or that Kubernetes took
    /// away, as a deletion that began before our finalizer was there does not wait for it, and a Secret that was reserved
    /// is filled by nobody.
    pub async fn let_go(&self, work: &Work<K::Resource>) -> Result<(), ClusterError> {
        match self.0.ready_of(work.object.as_ref()) {
            Some(organization) => self.discard_token(work, &organization).await,
            None => Ok(()),
        }
    }

    /// Deletes the Secret with the token of an object that is gone from the vendor, or of one that
    /// never was there. What is not ours, or of a user that may live, stays.
    async fn discard_token(
        &self,
        work: &Work<K::Resource>,
        organization: &Rc<Organization<K::Vendor>>,
    ) -> Result<(), ClusterError> {
        let Some(target) = work.object.token_target().cloned() else { return Ok(()) };
        if self.0.context.fence.is_read_only() {
            return Ok(());
        }
        let owner = Self::owner(work.object.as_ref(), organization);
        let (custody, secret) = self.custody(&owner, &target).await?;
        let cache = Lists(self.0).cache(organization, work.object.as_ref());
        let gone = |id: &str| cache.inventory.was_deleted(id);
        let (Custody::Ours { id, token }, Some(secret)) = (custody, secret) else { return Ok(()) };
        if !id.as_deref().map_or(token.is_none(), gone) {
            return Ok(());
        }
        match Secrets::new(&self.0.context).delete(&owner.object.namespace, &target.name, &secret).await {
            Ok(()) | Err(ClusterError::NotFound) => {
                checkpoint::reached(Step::TokenDiscarded);
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// What is wrong with the token, and what a person can do.
    pub fn wrong(
        &self,
        work: &Work<K::Resource>,
        target: &SecretKeyRef,
        reason: Reason,
        why: &str,
    ) -> Tokened {
        let (noun, name, key) = (K::FACTS.noun, &target.name, &target.key);
        let or_another = self.or_another(work);
        let rotate = "set the annotation orgkeeper.dev/rotate-requested-at to have another token made";
        let text = match reason {
            Reason::TokenNotReturned => {
                format!("The vendor created the {noun} and answered without its token. To get one, {rotate}.")
            }
            Reason::TokenUnavailable => format!(
                "The {noun} was taken over, and the vendor shows a token only when it makes a {noun}: Secret {name} holds none \
                 that is known to be its token and works. To get one, {rotate}, or have the {noun} created by \
                 orgkeeper under another name."
            ),
            Reason::TokenLost => format!(
                "The token of the {noun} was lost before it was stored, and no other {noun} could be had for one. \
                 To try again, {rotate}, or edit the spec."
            ),
            Reason::TokenSecretMissing => {
                format!("Secret {name} with the token was deleted. Restore it{or_another}.")
            }
            Reason::TokenSecretChanged => format!(
                "Key {key} of Secret {name} was changed, and what it holds is not a token of this {noun} that works. Put \
                 the former value back{or_another}."
            ),
            _ => return Tokened::Wrong(self.0.slow(conflict(target, why))),
        };
        Tokened::Wrong(self.0.slow(Findings::stalled(reason, text)))
    }
}

pub fn conflict(target: &SecretKeyRef, why: &str) -> Findings {
    Findings::stalled(
        Reason::SecretConflict,
        format!(
            "Secret {} is to hold the token, is not this object's, and is left as it is: {why}",
            target.name
        ),
    )
}
