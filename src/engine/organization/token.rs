//! The token Secret: reading it, and keeping it for as long as a deletion needs it (rule 11).

use crate::api::managed::Managed;
use crate::api::policy::DeletionPolicy;
use crate::engine::base::checks::forbids;
use crate::engine::base::given::{Form, Given};
use crate::engine::base::ports::{ClusterError, ObjectRef, Tick};
use crate::engine::base::reason::Reason;
use crate::engine::organization::managed::Standing;
use crate::engine::organization::registry::Organizations;
use crate::engine::provider::vendor::{TokenPlace, Vendor};
use crate::engine::runtime::commit::Secrets;
use crate::engine::runtime::context::Context;
use crate::engine::runtime::object::finalized;
use crate::engine::runtime::objects::reference;
use crate::engine::runtime::one_at_a_time::OneAtATime;
use crate::engine::runtime::stop::Stop;
use kube::Resource as _;
use secrecy::SecretString;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

/// How long a Secret that is deleted is kept for the objects that are deleted with it, which are told of
/// one by one: `kubectl delete -k` deletes what it finds in the order of the files.
const ALONE: Duration = Duration::from_secs(10);

/// A Secret, by namespace and name.
type Named = (String, String);

/// The token Secrets of organizations.
pub(super) struct TokenSecrets<V: Vendor> {
    context: Rc<Context>,
    organizations: Rc<Organizations<V>>,
    /// The held ones that a person deletes, and when that was seen first.
    going: RefCell<BTreeMap<Named, Tick>>,
    /// Those whose finalizer is being changed: each organization of a namespace sees to all of its Secrets, and who comes
    /// second finds it done.
    changing: OneAtATime<Named>,
}

impl<V: Vendor> TokenSecrets<V> {
    /// Those of these organizations.
    pub(super) fn new(context: Rc<Context>, organizations: Rc<Organizations<V>>) -> Self {
        Self { context, organizations, going: RefCell::default(), changing: OneAtATime::default() }
    }

    /// Reads a token.
    #[tracing::instrument(level = "debug", skip_all)]
    pub(super) async fn read(
        &self,
        namespace: &str,
        place: &TokenPlace,
    ) -> Result<SecretString, Stop<(Reason, String)>> {
        let TokenPlace { secret: name, key, path } = place;
        let Some(secret) = self.context.cluster.secret(namespace, name).await? else {
            let text = format!(
                "Secret {name} does not exist in namespace {namespace}. Create it with the key {key}."
            );
            return Err(Stop::Said((Reason::SecretNotFound, text)));
        };
        let Some(value) = secret.values.get(key) else {
            let text = format!("Secret {name} has no key {key}. Add it, or correct {path}.key.");
            return Err(Stop::Said((Reason::SecretKeyNotFound, text)));
        };
        Given::from(value.clone()).read(Form::Token).map_err(|flaw| {
            let text = format!("Key {key} of Secret {name} holds no token: it {flaw}.");
            Stop::Said((Reason::SecretInvalid, text))
        })
    }

    /// Whether the organization's own token, which deletions need, is in the Secret: not the one that creates.
    fn keeps_token_in(&self, root: &V::Root, secret: &str) -> bool {
        self.organizations.vendor.connection(root).token.secret == secret
    }

    /// Puts our finalizer on the organization's Secret while a deletion below needs it.
    pub(super) async fn hold(&self, root: &ObjectRef, secret: &str) -> Result<(), ClusterError> {
        if !self.context.settings.hold_secrets || self.context.fence.is_read_only() {
            return Ok(());
        }
        let objects = &self.organizations.objects;
        let sent = |root: Rc<V::Root>| root.common_status().deletion_sent_at.is_some();
        if forbids!(SecretHeld, !objects.get(root).is_some_and(sent) && self.needs_token(root)) {
            self.set_held(&root.namespace, secret, true).await?;
        }
        Ok(())
    }

    /// Takes our finalizer from the namespace's Secrets that no deletion needs any more, and from
    /// those that a person deletes alone, while their namespace stays. Returns when to look again.
    #[tracing::instrument(level = "debug", skip_all)]
    pub(super) async fn release_in(&self, namespace: &str) -> Result<Option<Tick>, ClusterError> {
        // Before all that may need it is known, none can be said to be needed no more.
        let unknown = self.organizations.controllers().iter().any(|kind| !kind.synced());
        if unknown || self.context.fence.is_read_only() {
            return Ok(None);
        }
        let terminating = self.context.namespace(namespace).terminating;
        let held: Vec<(String, bool)> = {
            let secrets = self.context.secrets.borrow();
            let here = secrets.iter().filter(|((place, _), mark)| {
                place == namespace && mark.finalizers.iter().any(|known| known == V::SECRET_IN_USE)
            });
            here.map(|((_, name), mark)| (name.clone(), mark.deleting)).collect()
        };
        self.going.borrow_mut().retain(|(place, known), _| {
            place != namespace || held.iter().any(|(name, deleting)| name == known && *deleting)
        });
        let mut again = None;
        for (name, deleting) in held {
            let needing: Vec<ObjectRef> = self
                .organizations
                .objects
                .all()
                .iter()
                .filter(|root| {
                    reference(root.as_ref()).namespace == namespace
                        && self.keeps_token_in(root.as_ref(), &name)
                })
                .map(|root| reference(root.as_ref()))
                .filter(|root| self.needs_token(root))
                .collect();
            let mut alone = false;
            let key = (namespace.to_owned(), name.clone());
            if needing.iter().any(|root| self.deletes_now(root)) {
                // What comes after that has its time anew.
                self.going.borrow_mut().remove(&key);
            } else if deleting && !terminating {
                let now = self.context.now();
                let until = *self.going.borrow_mut().entry(key).or_insert(now) + ALONE;
                alone = now >= until;
                again = again.into_iter().chain((!alone).then_some(until)).min();
            }
            let unread = self.organizations.objects.all_unread();
            let mut unread = unread.iter().filter(|root| root.object.namespace == namespace);
            // Nobody can say whether the end of one that does not parse needs it.
            if (needing.is_empty() && !unread.any(|root| root.secrets.contains(&name))) || alone {
                self.set_held(namespace, &name, false).await?;
            }
        }
        Ok(again)
    }

    /// Whether the organization, or something below it, is being deleted with its token. One that the
    /// vendor refuses deletes nothing: whoever deletes the Secret then wants to put another there.
    fn deletes_now(&self, root: &ObjectRef) -> bool {
        if matches!(self.organizations.standing(root), Some(Standing::NotReady(Reason::TokenRefused, _))) {
            return false;
        }
        let going = |object: Rc<V::Root>| object.meta().deletion_timestamp.is_some();
        self.organizations.objects.get(root).is_some_and(going)
            || self
                .organizations
                .dependents(root)
                .iter()
                .any(|dependent| dependent.needs_token && dependent.going)
    }

    /// Takes our finalizer from the Secret of an organization that goes, unless another one needs it.
    pub(super) async fn release_of(&self, root: &ObjectRef, name: &str) -> Result<(), ClusterError> {
        let needed = self.organizations.objects.all().iter().any(|other| {
            let key = reference(other.as_ref());
            key != *root
                && key.namespace == root.namespace
                && self.keeps_token_in(other.as_ref(), name)
                && self.needs_token(&key)
        });
        if needed { Ok(()) } else { self.set_held(&root.namespace, name, false).await }
    }

    /// Whether deleting the organization, or something below it, will need its token.
    fn needs_token(&self, root: &ObjectRef) -> bool {
        let Some(object) = self.organizations.objects.get(root) else { return false };
        let deletes = object.common_spec().deletion_policy == Some(DeletionPolicy::Delete);
        finalized(object.as_ref())
            && (deletes || self.organizations.dependents(root).iter().any(|dependent| dependent.needs_token))
    }

    async fn set_held(&self, namespace: &str, name: &str, held: bool) -> Result<(), ClusterError> {
        let changing = self.changing.on((namespace.to_owned(), name.to_owned()));
        let _alone = changing.lock().await;
        let Some(secret) = self.context.cluster.secret(namespace, name).await? else { return Ok(()) };
        let ours = |known: &String| known == V::SECRET_IN_USE;
        // A finalizer cannot be added to what is being deleted.
        if secret.finalizers.iter().any(ours) == held || held && secret.deleting {
            return Ok(());
        }
        let mut finalizers = secret.finalizers.clone();
        let (of, now) = (format!("{namespace}/{name}"), self.context.now());
        if held && !self.context.finalizers.room(&of, now) {
            // As without the right to set it.
            tracing::warn!(namespace, name, "somebody takes the finalizer of a token Secret away each time");
            return Ok(());
        }
        if held {
            finalizers.push(V::SECRET_IN_USE.to_owned());
            self.context.finalizers.set(&of, now);
        } else {
            finalizers.retain(|known| !ours(known));
        }
        match Secrets::new(&self.context).set_finalizers(namespace, name, &secret, finalizers).await {
            // Without the right to, a Secret can go before a deletion that needs it; all else works.
            Err(ClusterError::Forbidden(why)) => {
                tracing::warn!(namespace, name, why, "the finalizer of a token Secret cannot be written");
                Ok(())
            }
            // It has gone meanwhile.
            Err(ClusterError::NotFound) => Ok(()),
            outcome => outcome,
        }
    }
}
