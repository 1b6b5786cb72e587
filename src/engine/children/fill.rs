//! A token on its way into its Secret: it is stored whatever that takes, as nobody shows it again (rule 5).

use super::tokened::Tokened;
use super::{Children, deletion};
use crate::api::annotation;
use crate::api::managed::Managed;
use crate::api::policy::DeletionPolicy;
use crate::api::reference::SecretKeyRef;
use crate::api::token::{ANSWER, ID};
use crate::engine::crash::{self, Step};
use crate::engine::kind::Kind;
use crate::engine::organization::Organization;
use crate::engine::reason::Reason;
use crate::engine::seams::ClusterError;
use crate::engine::token::{Custody, Owner};
use crate::engine::work::{Work, annotated};
use crate::engine::world::Next;
use kube::Resource as _;
use secrecy::SecretString;
use std::rc::Rc;
use std::time::Duration;

/// The first wait before a token is stored again.
const STORE_AGAIN: Duration = Duration::from_millis(200);
/// The longest.
const STORE_AT_MOST: Duration = Duration::from_secs(10);

/// What became of a token that was to be stored.
pub(super) enum Stored {
    /// The Secret holds it.
    Yes,
    /// The Secret is somebody else's now.
    Foreign(String),
    /// Kubernetes refuses the write of a Secret that holds another token, which works.
    Refused(String),
    /// There is no place for it any more: the object, or its namespace, goes.
    NoPlace,
}

impl<K: Kind> Children<K> {
    /// Stores the token of an object that was just created, whatever it takes.
    pub(super) async fn deliver(
        &self,
        work: &mut Work<K::Resource>,
        organization: &Rc<Organization<K::Vendor>>,
        id: &str,
        token: Option<SecretString>,
    ) -> Tokened {
        let Some(target) = work.object.token_target().cloned() else { return Tokened::FINE };
        let Some(token) = token else {
            work.token.not_returned = true;
            return self.wrong(&target, Reason::TokenNotReturned, "");
        };
        match self.fill(work, organization, &target, (id, &token), Step::TokenStored).await {
            Stored::Yes => {
                self.record(work, &target, &token);
                Tokened::FINE
            }
            Stored::Foreign(why) => self.wrong(&target, Reason::SecretConflict, &why),
            Stored::Refused(_) | Stored::NoPlace => Tokened::Fine(Vec::new(), Next::Retry),
        }
    }

    /// Writes token and id into the Secret at once, and tries until it is done or makes no sense any
    /// more: the vendor never shows the token again.
    pub(super) async fn fill(
        &self,
        work: &Work<K::Resource>,
        organization: &Rc<Organization<K::Vendor>>,
        target: &SecretKeyRef,
        (id, token): (&str, &SecretString),
        step: Step,
    ) -> Stored {
        let owner = Self::owner(work.object.as_ref(), organization);
        let mut wait = STORE_AGAIN;
        let mut told = false;
        loop {
            let error = match self.fill_once(work, &owner, target, id, token).await {
                Ok(stored) => {
                    if matches!(stored, Stored::Yes) {
                        crash::reached(step);
                    }
                    return stored;
                }
                Err(error) => error,
            };
            if !self.has_place(work, &owner) {
                tracing::error!(object = %owner.object, id, %error, "there is no place for the token any more");
                return Stored::NoPlace;
            }
            if step == Step::RotationSwitched
                && let ClusterError::Forbidden(why) | ClusterError::Invalid(why) = &error
            {
                return Stored::Refused(why.clone());
            }
            tracing::warn!(object = %owner.object, id, %error, "the token is not stored yet");
            if wait == STORE_AT_MOST && !told {
                told = true;
                let note = format!(
                    "The token of the {} {id} is not stored yet in Secret {}: {error}. It is tried until this \
                     process ends, which would lose the token.",
                    K::NOUN,
                    target.name
                );
                let (object, reason) = (work.object.as_ref(), Reason::KubernetesUnavailable);
                self.world.tell(object, true, reason, "StoreToken", note).await;
            }
            self.world.clock.sleep_until(self.world.now() + wait).await;
            wait = (wait * 2).min(STORE_AT_MOST);
        }
    }

    async fn fill_once(
        &self,
        work: &Work<K::Resource>,
        owner: &Owner,
        target: &SecretKeyRef,
        id: &str,
        token: &SecretString,
    ) -> Result<Stored, ClusterError> {
        let (custody, secret) = self.custody(owner, target).await?;
        match custody {
            Custody::Foreign(why) => return Ok(Stored::Foreign(why)),
            Custody::Going => return Err(ClusterError::Unavailable("the Secret is being deleted".into())),
            // An earlier write whose answer was lost.
            Custody::Ours { id: Some(named), token: Some(_) } if named == id => {}
            Custody::Missing | Custody::Ours { .. } => {
                if !self.leads() {
                    // Whoever took over may have made this user again: its token must not come last.
                    return Err(ClusterError::Unavailable("this process may not write now".into()));
                }
                let mut draft = owner.draft(&target.name, secret.map(|secret| secret.resource_version));
                draft.annotations.insert(ID.to_owned(), id.to_owned());
                draft.annotations.extend(self.seal(work, id, token).map(|seal| (ANSWER.to_owned(), seal)));
                draft.values.insert(target.key.clone(), token.clone());
                let version = self.world.cluster.write_secret(draft).await?;
                self.checked(work, version, id);
            }
        }
        Ok(Stored::Yes)
    }

    /// Whether the token still serves anybody: not where its Secret cannot be made any more, nor where the
    /// user that it is of goes next.
    fn has_place(&self, work: &Work<K::Resource>, owner: &Owner) -> bool {
        let same = |now: &Rc<K::Resource>| now.meta().uid == work.object.meta().uid;
        let Some(now) = self.objects.get(&owner.object).filter(same) else { return false };
        let goes = now.meta().deletion_timestamp.is_some()
            && (annotated(now.as_ref(), annotation::ABANDON).is_some()
                || deletion::<K>(now.as_ref(), &work.status) == DeletionPolicy::Delete);
        !goes && !self.world.namespace(&owner.object.namespace).terminating
    }
}
