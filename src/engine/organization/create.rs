//! Having an organization created (rule 4). Where no call lists organizations, nothing at the vendor can tell later what
//! came of a create: it is sent at most once, and what is not known is for a person. Where one does, that decides.

use crate::api::annotation;
use crate::api::managed::Managed;
use crate::api::policy::ManagementPolicy;
use crate::api::status::{MAX_SEEN, PendingCreate, UnnamedAnswer};
use crate::engine::base::checkpoint::Step;
use crate::engine::base::checks::forbids;
use crate::engine::base::error::{Failure, VendorError};
use crate::engine::base::health::Findings;
use crate::engine::base::long_id;
use crate::engine::base::organization_key::Endpoint;
use crate::engine::base::ports::Tick;
use crate::engine::base::reason::Reason;
use crate::engine::base::sentences;
use crate::engine::base::sentences::{listed, sentence};
use crate::engine::base::words::annotated;
use crate::engine::decide::fingerprint::digest;
use crate::engine::decide::ledger::{self, Place, Provenance};
use crate::engine::decide::lookups::Seen;
use crate::engine::decide::organization_end;
use crate::engine::decide::report;
use crate::engine::decide::trail::Fact;
use crate::engine::external::budget::Payer;
use crate::engine::organization::OrganizationReconciler;
use crate::engine::organization::lookup::{Known, Lookup, Sender};
use crate::engine::organization::managed::Standing;
use crate::engine::organization::session::Sessions;
use crate::engine::organization::verdict::{Stop, Verdict, Verdicts, passing};
use crate::engine::provider::vendor::{Connection, NewRoot, OpenError, TokenPlace, Vendor};
use crate::engine::runtime::commit::Unrepeatable;
use crate::engine::runtime::context::Next;
use crate::engine::runtime::creator::{self, Sent};
use crate::engine::runtime::objects::reference;
use crate::engine::runtime::steps::Steps as _;
use crate::engine::runtime::stop;
use crate::engine::runtime::store::Store;
use crate::engine::runtime::work::Work;
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::Resource as _;
use secrecy::{ExposeSecret, SecretString};
use std::rc::Rc;
use url::Url;

/// Has an organization created, once.
pub(super) struct Creation<'a, V: Vendor>(pub(super) &'a OrganizationReconciler<V>);

impl<V: Vendor> Creation<'_, V> {
    /// Creates the organization: the id of the new one, or why there is none. What is looked up for that is so since
    /// `fresh`.
    #[tracing::instrument(level = "debug", skip_all)]
    pub(super) async fn create(
        &self,
        work: &mut Work<V::Root>,
        connection: &Connection,
        endpoint: &Url,
        fresh: Tick,
    ) -> Result<String, Stop<V>> {
        let new = connection.create.as_ref().filter(|_| self.0.organizations.registration.can_create());
        let Some(new) = new else { return Err(self.unnamed().into()) };
        let finder = self.0.organizations.registration.finder();
        let lookup = finder.map(|finder| Lookup { reconciler: self.0, finder });
        let pending = work.status.pending_create.clone();
        let confirmed = pending.as_ref().is_some_and(|pending| {
            annotated(work.object.as_ref(), annotation::CONFIRM)
                == Some(&*attempt(work.object.as_ref(), new, pending.since.0))
        });
        if let Some(pending) = pending.as_ref().filter(|_| !confirmed && forbids!(OrganizationOnce)) {
            let Some(lookup) = &lookup else {
                return Err(self.unknown(work.object.as_ref(), new, pending.since.0, &[]).into());
            };
            let (session, by) = self.session(work, connection, endpoint, new).await?;
            return match lookup.outcome(work, &session, new, pending, (&by, fresh)).await? {
                Known::Made(id) => Ok(id),
                Known::Asks(ids) => {
                    Err(self.unknown(work.object.as_ref(), new, pending.since.0, &ids).into())
                }
                Known::Waits(verdict) => Err(verdict.into()),
                Known::Unseen(error) => Err(self.not_created(&error, &new.token).into()),
            };
        }
        if let Some(text) = &new.unsendable {
            return Err(Verdicts(self.0).stalled(Reason::NameInvalid, text.clone()).into());
        }
        if let Some(verdict) = self.may_not_create(work.object.as_ref()) {
            return Err(verdict.into());
        }
        if self.0.commit().owes(work.object.as_ref()) {
            let text = "What was written at the vendor last is not stored in Kubernetes yet; nothing is created before. It \
                        is tried again by itself.";
            return Err(Verdicts(self.0).waiting(Reason::KubernetesUnavailable, text).into());
        }
        if lookup.is_none()
            && let Some(verdict) = self.exists(work, connection, endpoint).await?
            && forbids!(TokenMeansOrganization)
        {
            return Err(verdict.into());
        }
        let (session, by) = self.session(work, connection, endpoint, new).await?;
        let (mut seen, mut all) = (Vec::new(), None);
        if let Some(lookup) = &lookup {
            let before = lookup.before(work.object.as_ref(), &session, new, fresh).await;
            (seen, all) = before.map_err(|error| self.not_created(&error, &new.token))?;
            let may = seen.is_empty() || confirmed && seen.len() <= MAX_SEEN;
            if forbids!(NameMeansOrganization, !may) {
                return Err(lookup.exists(new, &seen).into());
            }
            seen.retain(|id| long_id::fits(id));
        }
        // Since it was asked first, somebody with a better claim may have come; and nobody has one while this intent is
        // on its way.
        if let Some(holder) = self.0.organizations.holder(work.object.as_ref()) {
            return Err(Sessions(self.0).conflict(work.object.as_ref(), &holder.object).into());
        }
        let Some(_turn) = self.0.create_locks.take((Endpoint::of(endpoint), new.name.clone())) else {
            let text =
                "Another object is just creating an organization of this name; this one goes on after it.";
            return Err(Verdicts(self.0).waiting(Reason::Progressing, text).then(Next::Retry).into());
        };
        let steps = (Step::IntentStored, Step::CreateAnswered);
        let me = reference(work.object.as_ref());
        let registration = &self.0.organizations.registration;
        let send = async |permit: Unrepeatable| permit.create_root(registration, &session, &new.name).await;
        let is_held = |id: &str| self.0.organizations.is_held(&by.endpoint, id, &me);
        let is_known = |id: &str| is_held(id) || seen.iter().any(|known| known == id);
        let known = |id: &str| is_known(id).then(|| id.to_owned());
        let since = self.intend(work, &by.key(new), seen.clone());
        let all = all.map(|all| (since, Rc::new(all)));
        self.0.memories.of(work.object.as_ref(), |memory| memory.before = all);
        let words = work.words.clone();
        let stands = || words.stand(self.0.organizations.objects.get(&me).as_deref());
        let sent = creator::once(self.0, work, steps, Place::First, stands, send, known).await?;
        self.answered(work, new, since, sent, lookup.as_ref()).await
    }

    /// What looks with the token that creates have shown of the organization `id`, as it is since `fresh`. Only with one
    /// that has proved to be its own, as these fingerprints say: what another one does not show may be there.
    pub(super) async fn look_for(
        &self,
        work: &Work<V::Root>,
        id: &str,
        proved: &[Option<String>],
        fresh: Tick,
    ) -> Option<Seen> {
        let object = work.object.as_ref();
        let finder = self.0.organizations.registration.finder().filter(|finder| finder.lists_all())?;
        let connection = self.0.vendor.connection(object);
        let new = connection.create.as_ref()?;
        let endpoint = (self.0.context.settings.check_endpoint)(V::ENDPOINTS, &connection.endpoint).ok()?;
        let token = self.0.secrets.read(&reference(object).namespace, &new.token).await.ok()?;
        let print = self.0.context.prints.get()?.of(organization_end::PATH, token.expose_secret());
        if forbids!(LooksWithItsToken, !proved.contains(&Some(print))) {
            return None;
        }
        let session = self.open(work, &connection, &endpoint, token).await.ok()?;
        let lookup = Lookup { reconciler: self.0, finder };
        lookup.look_for(object, &session, (&new.name, id), fresh).await.ok()
    }

    /// Why there is nothing to begin with: no organization is named.
    fn unnamed(&self) -> Verdict<V> {
        let text = if self.0.organizations.registration.can_create() {
            "The manifest names no organization and none to create: write spec.organizationId.".to_owned()
        } else {
            format!(
                "The manifest names no organization, and no call of the vendor creates one. Make one in the vendor's \
                 console, and write its {} to spec.organizationId.",
                V::WORDS.id
            )
        };
        Verdicts(self.0).stalled(Reason::NotFound, text)
    }

    /// A session of the token that creates, and who that is.
    async fn session(
        &self,
        work: &Work<V::Root>,
        connection: &Connection,
        endpoint: &Url,
        new: &NewRoot,
    ) -> Result<(V::Session, Sender), Stop<V>> {
        let unread = |(reason, text)| {
            let text = format!("The token that creates the organization cannot be had. {text}");
            Verdicts(self.0).waiting(reason, text)
        };
        let token = self.0.secrets.read(&reference(work.object.as_ref()).namespace, &new.token).await;
        let token = token.map_err(|stop| stop.saying(unread))?;
        let session = self.open(work, connection, endpoint, token.clone()).await;
        let session = session.map_err(|error| self.not_opened(&error, &new.token))?;
        Ok((session, Sender { endpoint: Endpoint::of(endpoint), token }))
    }

    /// Writes down that a create will be sent, and when that was.
    fn intend(&self, work: &mut Work<V::Root>, key: &str, seen: Vec<String>) -> Timestamp {
        let now = report::whole_seconds(self.0.context.clock.wall());
        let former = work.status.pending_create.as_ref().map(|pending| pending.since.0);
        // No two attempts have one moment: what a person confirmed of the former is not said of this one.
        let since = former.map_or(now, |former| now.max(former + SignedDuration::from_secs(1)));
        let key = self.0.context.prints.get().map(|prints| prints.of("key", key)).unwrap_or_default();
        work.status.pending_create =
            Some(PendingCreate { since: Time(since), key, seen, answer: UnnamedAnswer::default() });
        since
    }

    /// Takes in the vendor's answer.
    async fn answered(
        &self,
        work: &mut Work<V::Root>,
        new: &NewRoot,
        since: Timestamp,
        sent: Sent,
        lookup: Option<&Lookup<'_, V>>,
    ) -> Result<String, Stop<V>> {
        let object = reference(work.object.as_ref());
        creator::count(self.0, &sent);
        let unknown = match sent {
            Sent::Not(why) => {
                Store(self.0).store_surely(work, "none", None).await?;
                let waits = Verdicts(self.0).waiting(Reason::Progressing, why);
                return Err(waits.then(Next::Retry).into());
            }
            Sent::Answered(id, _) => {
                ledger::stand_for(&mut work.status, &id, Provenance::Answered, None);
                work.status.organization_id = Some(id.clone());
                let note = format!(
                    "Created organization {id}. Write organizationId: \"{id}\" into the manifest, so that a \
                     cluster that is rebuilt from it does not create another one."
                );
                self.0.notes().note(work.object.as_ref(), &Fact::new(Reason::Created, note.clone()));
                let stored = Store(self.0).store_surely(work, &id, Some(Step::ResultStored)).await;
                self.0.context.tell(work.object.as_ref(), false, Reason::Created, "Create", note).await;
                return Ok(stored.map(|()| id)?);
            }
            Sent::Refused(error) => {
                Store(self.0).store_surely(work, "none", None).await?;
                self.0.wake_held_up(work.object.as_ref());
                return Err(self.not_created(&error, &new.token).into());
            }
            Sent::Accepted => "the vendor named no id".to_owned(),
            Sent::TooLong(id) => long_id::text("organization", &id),
            Sent::NotNew(id) => creator::not_new("organization", &id),
            Sent::Unknown(error) => error.message,
        };
        let note = format!(
            "A create of the organization {:?} was sent, and nobody knows what came of it.",
            new.name
        );
        self.0.notes().note_and_log(work.object.as_ref(), &Fact::new(Reason::OutcomeUnknown, note));
        tracing::warn!(%object, why = unknown, "nobody knows whether an organization was created");
        Err(match lookup {
            Some(lookup) => {
                lookup.waits(creator::answered_by(&self.0.context, work.object.as_ref(), since)).into()
            }
            None => self.unknown(work.object.as_ref(), new, since, &[]).into(),
        })
    }

    /// Why nothing may be created for the object now.
    fn may_not_create(&self, object: &V::Root) -> Option<Verdict<V>> {
        let fence = &self.0.context.fence;
        let now = self.0.context.now();
        if object.meta().deletion_timestamp.is_some() {
            let text = "The object is being deleted: no organization is created for it any more. Create another object for \
                        one.";
            return Some(Verdicts(self.0).waiting(Reason::NotFound, text));
        }
        if fence.is_read_only() {
            let text = "There is no organization yet, and this operator only reads. Write spec.organizationId, or run an \
                        operator without --read-only to have one created.";
            return Some(Verdicts(self.0).stalled(Reason::ReadOnly, text));
        }
        if object.common_spec().management_policy == ManagementPolicy::Observe {
            let text = "There is no organization yet, and Observe creates nothing. Set managementPolicy: \
                        Manage, or write spec.organizationId.";
            return Some(Verdicts(self.0).stalled(Reason::NotFound, text));
        }
        if !fence.may_send(now, self.0.context.network.call_timeout()) {
            let text = "Another process wrote until a moment ago; nothing is created before this one may, and it goes on by \
                        itself then.";
            return Some(
                Verdicts(self.0)
                    .waiting(Reason::Progressing, text)
                    .then(fence.opens_at(now).map_or(Next::Retry, Next::At)),
            );
        }
        None
    }

    /// Whether the Secret for the new organization's token holds one already: then there is an organization,
    /// though nothing here knows of it, as after a cluster was rebuilt.
    async fn exists(
        &self,
        work: &Work<V::Root>,
        connection: &Connection,
        endpoint: &Url,
    ) -> Result<Option<Verdict<V>>, Stop<V>> {
        let place = &connection.token;
        let token = match self.0.secrets.read(&reference(work.object.as_ref()).namespace, place).await {
            Ok(token) => token,
            Err(stop::Stop::Said((Reason::SecretNotFound | Reason::SecretKeyNotFound, _))) => {
                return Ok(None);
            }
            Err(stop) => return Err(stop.saying(|(reason, text)| Verdicts(self.0).waiting(reason, text))),
        };
        let TokenPlace { secret, key, .. } = place;
        let session = match self.open(work, connection, endpoint, token).await {
            Ok(session) => session,
            Err(error) => return Ok(Some(self.not_opened(&error, place))),
        };
        Ok(Some(match self.0.organizations.registration.belongs_to(&session).await {
            Ok(Some(id)) => Verdicts(self.0).stalled(
                Reason::OrganizationExists,
                format!(
                    "The token in key {key} of Secret {secret} belongs to organization {id}, so there is one \
                     already, and none is created. Write organizationId: \"{id}\" to manage that one; or remove \
                     the key to have another one created."
                ),
            ),
            Ok(None) => Verdicts(self.0).stalled(
                Reason::IdentityUnproven,
                format!(
                    "Key {key} of Secret {secret} holds a token, and {}, so nobody can say of which organization. None is \
                     created: write spec.organizationId, or remove the key.",
                    V::WORDS.unproven
                ),
            ),
            Err(error) => self.not_created(&error, place),
        }))
    }

    async fn open(
        &self,
        work: &Work<V::Root>,
        connection: &Connection,
        endpoint: &Url,
        token: SecretString,
    ) -> Result<V::Session, OpenError> {
        // Whose token it is is not known.
        let payer =
            Payer::new(self.0.organizations.contest.scope(work.object.as_ref(), &Endpoint::of(endpoint)));
        let name: Rc<str> = reference(work.object.as_ref()).to_string().into();
        let link = Sessions(self.0).link(connection, (payer, name), None, endpoint.clone(), token);
        self.0.vendor.open(work.object.as_ref(), link).await
    }

    /// A create of which nobody knows what came; any of `ids` may be it. Says always the same, so that nothing is written
    /// again.
    fn unknown(&self, object: &V::Root, new: &NewRoot, since: Timestamp, ids: &[String]) -> Verdict<V> {
        let digest = attempt(object, new, since);
        let several =
            if ids.is_empty() { String::new() } else { format!(" It may be any of {}.", listed(ids)) };
        Verdicts(self.0).stalled(
            Reason::OutcomeUnknown,
            format!(
                "A create was sent at {since}, and nobody knows what came of it; it is not repeated.{several} Look at the \
                 vendor's console: if the organization is there, write its {} to spec.organizationId. To \
                 create one, perhaps a second one, set the annotation orgkeeper.dev/confirm: {digest}",
                V::WORDS.id
            ),
        )
    }

    fn not_opened(&self, error: &OpenError, token: &TokenPlace) -> Verdict<V> {
        match error {
            OpenError::Stalled(reason, text) => Verdicts(self.0).stalled(*reason, text.clone()),
            OpenError::Vendor(error) => self.not_created(error, token),
        }
    }

    /// What a call that was certainly without effect means: nothing was created.
    fn not_created(&self, error: &VendorError, token: &TokenPlace) -> Verdict<V> {
        let (message, secret) = (&error.message, &token.secret);
        if let Some((kind, reason, next)) = passing(&error.failure) {
            let waits =
                |what| sentences::waits(&format!("{what}, and no organization is created: {message}"));
            let text = match reason {
                Reason::Throttled => Verdicts(self.0).pause_text(&error.failure),
                Reason::VendorUnreachable => waits("the vendor does not answer"),
                _ => waits("the vendor's answer cannot be used"),
            };
            let standing = Some(Standing::NotReady(reason, text.clone()));
            return Verdict::new(
                Findings::waiting(reason, text.clone()).with(kind, reason, text),
                next,
                standing,
            );
        }
        let message = sentence(message);
        let (reason, text) = match error.failure {
            Failure::Fenced => {
                let text = "No organization is created, as this process may not write at present; it goes on by itself.";
                return Verdicts(self.0).waiting(Reason::Progressing, text).then(Next::Retry);
            }
            Failure::Unauthorized => (
                Reason::TokenRefused,
                format!(
                    "The vendor refuses the token in Secret {secret}, and no organization is created: {message} Put a valid \
                     one there."
                ),
            ),
            Failure::Forbidden => (
                Reason::Forbidden,
                format!(
                    "The token in Secret {secret} may not do this, and no organization is created: {message} Put one there \
                     whose user may, or give that user the right to."
                ),
            ),
            Failure::Unsendable => (
                Reason::ConnectionInvalid,
                format!("Nothing can be sent: {message} Correct spec.connection."),
            ),
            _ => (
                Reason::RefusedByVendor,
                format!(
                    "The vendor refuses this, and no organization is created: {message} Change what it complains of; an edit \
                     is tried at once."
                ),
            ),
        };
        Verdicts(self.0).stalled(reason, text)
    }
}

/// What a person confirms: exactly this attempt of exactly this object.
fn attempt<R: Managed>(object: &R, new: &NewRoot, since: Timestamp) -> String {
    let uid = object.meta().uid.clone().unwrap_or_default();
    digest([&*uid, &*new.name, &*since.to_string()])
}
