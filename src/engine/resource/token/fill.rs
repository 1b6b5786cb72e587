//! A token on its way into its Secret: it is owed until it is there, as nobody shows it again (rule 5).

use crate::api::managed::Managed;
use crate::api::reference::SecretKeyRef;
use crate::engine::base::checkpoint::{self, Step};
use crate::engine::base::checks::forbids;
use crate::engine::base::health::Findings;
use crate::engine::base::ports::ClusterError;
use crate::engine::base::reason::Reason;
use crate::engine::base::sentences::sentence;
use crate::engine::organization::managed::Organization;
use crate::engine::provider::kind::Kind;
use crate::engine::resource::ResourceReconciler;
use crate::engine::resource::token::custody::Custodian;
use crate::engine::resource::token::standing::Tokened;
use crate::engine::runtime::commit::{Delivery, Token};
use crate::engine::runtime::context::Next;
use crate::engine::runtime::objects::reference;
use crate::engine::runtime::steps::Steps as _;
use crate::engine::runtime::verdict::Verdict;
use crate::engine::runtime::work::Work;
use kube::Resource as _;
use secrecy::SecretString;
use std::rc::Rc;

/// What a token finds in its Secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// None so far.
    Empty,
    /// None that works, and none is known: where it cannot be stored, another way is taken.
    Lost,
    /// A former one, which works: no debt takes its place, as nobody tries again what is owed before it is written. The
    /// switch is made anew instead, as a whole.
    Former,
}

/// What became of a token that was to be stored.
pub enum Stored {
    /// The Secret holds it.
    Yes,
    /// The Secret is somebody else's now.
    Foreign(String),
    /// Kubernetes refuses the write of a Secret that holds another token, which works.
    Refused(String),
    /// There is no place for it any more: the object, or its namespace, goes.
    NoPlace,
    /// Not yet, and why: it is owed.
    Owed(String),
}

/// What is said while a token is not in its Secret.
pub fn not_yet(id: &str, secret: &str, why: &str) -> Findings {
    let text = format!(
        "The token of {id} is not stored yet in Secret {secret}: {} It is tried again by itself.",
        sentence(why)
    );
    Findings::waiting(Reason::KubernetesUnavailable, text)
}

/// Brings a token into its Secret.
pub struct TokenFill<'a, K: Kind>(pub &'a ResourceReconciler<K>);

impl<K: Kind> TokenFill<'_, K> {
    /// Stores the token of an object that was just created.
    pub async fn deliver(
        &self,
        work: &mut Work<K::Resource>,
        organization: &Rc<Organization<K::Vendor>>,
        id: &str,
        token: Option<SecretString>,
        seal: Option<String>,
    ) -> Tokened {
        let Some(target) = work.object.token_target().cloned() else { return Tokened::FINE };
        let Some(token) = token else {
            work.token.not_returned = true;
            return Custodian(self.0).wrong(work, &target, Reason::TokenNotReturned, "");
        };
        match self.fill(work, organization, &target, (id, &token, seal), Found::Empty).await {
            Stored::Yes => {
                Custodian(self.0).record(work, &target, &token);
                Tokened::FINE
            }
            Stored::Foreign(why) => Custodian(self.0).wrong(work, &target, Reason::SecretConflict, &why),
            Stored::Owed(why) => Tokened::Wrong(Verdict::new(not_yet(id, &target.name, &why), Next::Rest)),
            Stored::Refused(_) | Stored::NoPlace => Tokened::Fine(Vec::new(), Next::Retry),
        }
    }

    /// Puts token and id into the Secret. It is owed from here on, and tried again from the queue, as the vendor never
    /// shows the token again; unless it takes the place of one that works.
    pub async fn fill(
        &self,
        work: &Work<K::Resource>,
        organization: &Rc<Organization<K::Vendor>>,
        target: &SecretKeyRef,
        (id, token, seal): (&str, &SecretString, Option<String>),
        found: Found,
    ) -> Stored {
        let owner = Custodian::<K>::owner(work.object.as_ref(), organization);
        let object = owner.object.clone();
        let owed = Token { owner, target: target.clone(), id: id.to_owned(), token: token.clone(), seal };
        let commit = self.0.commit();
        let stored = match found {
            Found::Former if forbids!(NoDebtOverFormer) => commit.put(&owed).await,
            Found::Empty | Found::Lost | Found::Former => commit.deliver(&work.object, owed).await,
        };
        match stored {
            Ok(Delivery::Stored(version)) => {
                if let Some(version) = version {
                    Custodian(self.0).checked(work, version, id);
                }
                checkpoint::reached(match found {
                    Found::Empty => Step::TokenStored,
                    Found::Lost | Found::Former => Step::RotationSwitched,
                });
                Stored::Yes
            }
            Ok(Delivery::Foreign(why)) => {
                if found != Found::Empty {
                    self.0.commit().drop_token(work.object.as_ref());
                }
                Stored::Foreign(why)
            }
            Err(error) => {
                tracing::warn!(%object, id, %error, "the token is not stored yet");
                if self.give_up_token(work.object.as_ref()) {
                    return Stored::NoPlace;
                }
                match error {
                    ClusterError::Forbidden(why) | ClusterError::Invalid(why) if found != Found::Empty => {
                        self.0.commit().drop_token(work.object.as_ref());
                        Stored::Refused(why)
                    }
                    error => Stored::Owed(error.to_string()),
                }
            }
        }
    }

    /// Gives up a token that serves nobody any more; whether it did.
    pub fn give_up_token(&self, object: &K::Resource) -> bool {
        let Some(id) = self.0.commit().owes_token(object) else { return false };
        if self.has_place(object) {
            return false;
        }
        tracing::error!(object = %reference(object), id, "there is no place for the token any more");
        self.0.commit().drop_token(object);
        true
    }

    /// Whether its Secret can still be made.
    fn has_place(&self, object: &K::Resource) -> bool {
        let key = reference(object);
        let same = |now: &Rc<K::Resource>| now.meta().uid == object.meta().uid;
        let is_there = self.0.objects.get(&key).as_ref().is_some_and(same);
        is_there && !self.0.context.namespace(&key.namespace).terminating
    }
}
