//! The connection of an organization: its session, whose token it is, and what that means where several
//! objects name one organization (rules 1 and 3).

use crate::api::managed::Managed;
use crate::engine::base::error::VendorError;
use crate::engine::base::health::{Findings, Health};
use crate::engine::base::organization_key::{Endpoint, Known, OrganizationKey};
use crate::engine::base::ports::{ClusterError, ObjectRef, Tick};
use crate::engine::base::reason::Reason;
use crate::engine::base::sentences;
use crate::engine::decide::audit::Audit;
use crate::engine::decide::contender::Shown;
use crate::engine::decide::fingerprint::digest;
use crate::engine::decide::organization_end;
use crate::engine::external::budget::Payer;
use crate::engine::external::caller::Link;
use crate::engine::external::credentials::Credentials;
use crate::engine::lead::tenure::Right;
use crate::engine::organization::OrganizationReconciler;
use crate::engine::organization::contest::Holder;
use crate::engine::organization::managed::{Identity, Organization, Standing};
use crate::engine::organization::searched::Searched;
use crate::engine::organization::verdict::{self, Verdict, Verdicts};
use crate::engine::provider::vendor::{Connection, OpenError, Proof, Vendor};
use crate::engine::runtime::context::Next;
use crate::engine::runtime::objects::reference;
use crate::engine::runtime::queue::Ticket;
use crate::engine::runtime::stop::Stop;
use crate::engine::runtime::work::Work;
use kube::Resource as _;
use secrecy::{ExposeSecret, SecretString};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

/// When to look again at another object that was not looked at yet; its own end wakes earlier.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// Opens connections, and proves whose tokens they have.
pub(super) struct Sessions<'a, V: Vendor>(pub(super) &'a OrganizationReconciler<V>);

impl<V: Vendor> Sessions<'_, V> {
    /// The open session; another one if the token or a setting changed.
    #[tracing::instrument(level = "debug", skip_all)]
    pub(super) async fn session(
        &self,
        work: &Work<V::Root>,
        connection: &Connection,
        id: &str,
        endpoint: url::Url,
        token: SecretString,
    ) -> Result<Rc<Organization<V>>, OpenError> {
        let root = reference(work.object.as_ref());
        // What allowed, resyncInterval and the like say opens nothing anew.
        let settings = serde_json::to_value(work.object.as_ref()).unwrap_or_default();
        let settings = settings.pointer("/spec/connection").map(ToString::to_string).unwrap_or_default();
        let uid: Rc<str> = work.object.meta().uid.as_deref().unwrap_or_default().into();
        let opened_with = digest([&*settings, token.expose_secret(), id, &*uid]);
        let place = Endpoint::of(&endpoint);
        let scope = self.0.organizations.contest.scope(work.object.as_ref(), &place);
        if let Some((with, organization)) = self.0.opened.borrow().get(&root)
            && *with == opened_with
        {
            organization.payer.becomes(&scope, &self.0.context.budget);
            return Ok(Rc::clone(organization));
        }
        let key = OrganizationKey { vendor: V::NAME, endpoint: place, id: id.into() };
        let text: Rc<str> = endpoint.as_str().trim_end_matches('/').into();
        self.0.organizations.states.begin(&key);
        let right = self.0.organizations.right(&key, &uid);
        let payer = Payer::new(scope);
        let link = self.link(connection, (payer.clone(), id.into()), right, endpoint, token);
        let print = self
            .0
            .context
            .prints
            .get()
            .map(|prints| prints.of(organization_end::PATH, link.token.expose_secret()));
        let (fresh, ceiling) = (link.fresh(), Rc::clone(&link.requests_per_minute));
        let session = match self.0.vendor.open(work.object.as_ref(), link).await {
            Ok(session) => session,
            Err(error) => {
                self.note_refused(&root, print);
                return Err(error);
            }
        };
        let former = self.0.opened.borrow().get(&root).map(|(_, former)| Rc::clone(former));
        if let Some(former) = former.as_ref().filter(|former| former.key != key) {
            self.0.organizations.leave(&former.key, work.object.as_ref(), &self.0.context);
        }
        let audit = match former.filter(|former| former.key == key) {
            Some(former) => Rc::clone(&former.audit),
            None => {
                Rc::new(RefCell::new(Audit::new(self.0.context.settings.settle, self.0.context.clock.wall())))
            }
        };
        let organization = Rc::new(Organization {
            root: root.clone(),
            uid,
            id: id.to_owned(),
            key,
            endpoint: text,
            payer,
            session,
            ceiling,
            fresh,
            token_print: print,
            identity: RefCell::default(),
            number: self.0.organizations.next_session(),
            trouble: RefCell::default(),
            audit,
            sweep: Cell::default(),
            followed: Cell::default(),
            swept: Cell::default(),
            counts: RefCell::default(),
            searched: Searched::default(),
        });
        self.0.opened.borrow_mut().insert(root, (opened_with, Rc::clone(&organization)));
        Ok(organization)
    }

    /// A call with the token of this fingerprint failed: if the token was refused, it was this one. What its Secret
    /// holds by now may be another.
    pub(super) fn note_refused(&self, root: &ObjectRef, print: Option<String>) {
        self.0.refused.borrow_mut().insert(root.clone(), print);
    }

    /// The line to the vendor.
    pub(super) fn link(
        &self,
        connection: &Connection,
        (payer, organization): (Payer, Rc<str>),
        right: Right,
        endpoint: url::Url,
        token: SecretString,
    ) -> Link {
        Link {
            network: Rc::clone(&self.0.context.network),
            clock: Rc::clone(&self.0.context.clock),
            budget: self.0.context.budget.clone(),
            fence: self.0.context.fence.clone(),
            meter: Rc::clone(&self.0.context.meter),
            right,
            payer,
            organization,
            endpoint,
            token,
            credentials: Credentials::default(),
            headers: &[],
            rate_limits: V::RATE_LIMITS,
            ca_bundle: connection.ca_bundle.as_deref().map(Rc::from),
            requests_per_minute: Rc::new(Cell::new(connection.requests_per_minute)),
        }
    }

    /// Reads the list that proves where the token belongs, or whatever else proves it.
    pub(super) async fn prove(
        &self,
        organization: &Rc<Organization<V>>,
        since: Tick,
    ) -> Result<(), VendorError> {
        let controllers = self.0.organizations.controllers();
        let witness = controllers.iter().find(|kind| Some(kind.kind()) == V::WITNESS);
        if let Some(witness) = witness {
            witness.refresh(organization, since).await?;
        }
        if V::WITNESS.is_none() || *organization.identity.borrow() == Identity::Unproven {
            match self.0.vendor.prove(&organization.session, &organization.id).await? {
                Proof::Belongs(shown) => organization.shown(&shown),
                Proof::Asserted => organization.asserted(),
                Proof::Unproven => {}
            }
        }
        Ok(())
    }

    /// The token belongs to the organization, and the object stands for it from now on; or why it does not, or
    /// not yet.
    pub(super) fn belongs(
        &self,
        work: &Work<V::Root>,
        organization: &Rc<Organization<V>>,
    ) -> Option<Verdict<V>> {
        self.proved(work, organization);
        if let Some(holder) = self.0.organizations.holder(work.object.as_ref()) {
            return Some(self.conflict(work.object.as_ref(), &holder.object));
        }
        if !self.0.organizations.stands(work.object.as_ref()) {
            // Whoever stood for it until now has to say so.
            self.0.wake_twins(work.object.as_ref());
        }
        let until = self.0.organizations.take_up(organization, self.0.context.now())?;
        let text = "Another object stood for the organization until a moment ago, and its last requests may still take \
                    effect; nothing is written before they must have ended, and it goes on by itself then.";
        let standing = Some(Standing::Unreached(Reason::Progressing, text.to_owned()));
        Some(Verdict::new(Findings::waiting(Reason::Progressing, text), Next::At(until), standing))
    }

    /// Takes in that the token belongs to the organization that the object names.
    fn proved(&self, work: &Work<V::Root>, organization: &Organization<V>) {
        let object = work.object.as_ref();
        let known = if organization.is_proven() { Known::Proven } else { Known::Asserted };
        if known == Known::Proven {
            self.0.memories.of(object, |memory| memory.proved.clone_from(&organization.token_print));
        }
        if self.0.organizations.contest.show(object, Shown::Belongs(known)) {
            self.0.wake_twins(object);
        }
        let scope = self.0.organizations.contest.scope(object, &organization.key.endpoint);
        organization.payer.becomes(&scope, &self.0.context.budget);
    }

    /// Stops where another object stands for the organization, and that did not come out
    /// otherwise. While the other has not proved since this process started, this one may: if the other turns
    /// out to have no token of the organization, it stands for it.
    pub(super) async fn behind(
        &self,
        work: &Work<V::Root>,
        ticket: &Ticket,
        holder: &Holder,
    ) -> Result<(), verdict::Stop<V>> {
        let object = work.object.as_ref();
        let me = self.0.organizations.contest.contender(object);
        if !holder.looked_at && me.stored {
            // It may have stood for the organization until this process started: what it says, stands until
            // the other was looked at.
            let next = Next::At(self.0.context.now() + LOOK_AGAIN);
            return Err(Verdict::new(Findings::of(Health::Kept), next, None).into());
        }
        if holder.looked_at && !holder.proved && !me.belongs() {
            self.try_to_prove(work, ticket).await?;
        }
        match self.0.organizations.holder(object) {
            Some(holder) => Err(self.conflict(object, &holder.object).into()),
            None => Ok(()),
        }
    }

    /// Finds out whose the object's token is. Nothing is written, and what comes of it shows in who stands for
    /// the organization.
    async fn try_to_prove(&self, work: &Work<V::Root>, ticket: &Ticket) -> Result<(), ClusterError> {
        let object = work.object.as_ref();
        let connection = self.0.vendor.connection(object);
        let endpoint = (self.0.context.settings.check_endpoint)(V::ENDPOINTS, &connection.endpoint);
        let (Some(id), Ok(endpoint)) = (connection.organization.clone(), endpoint) else { return Ok(()) };
        let namespace = reference(object).namespace;
        let token = match self.0.secrets.read(&namespace, &connection.token).await {
            Ok(token) => token,
            Err(Stop::Said(_)) => {
                self.0.organizations.contest.show(object, Shown::Not);
                return Ok(());
            }
            Err(Stop::Cluster(error)) => return Err(error),
        };
        let failure = match self.session(work, &connection, &id, endpoint, token).await {
            Ok(organization) => {
                organization.prove_again();
                match self.prove(&organization, ticket.times.fresh).await {
                    Ok(()) if organization.is_believed() => {
                        self.proved(work, &organization);
                        return Ok(());
                    }
                    Ok(()) => Some(Shown::Not),
                    Err(error) => Shown::by(&error.failure),
                }
            }
            Err(OpenError::Stalled(..)) => Some(Shown::Not),
            Err(OpenError::Vendor(error)) => Shown::by(&error.failure),
        };
        if let Some(shown) = failure {
            self.0.organizations.contest.show(object, shown);
        }
        Ok(())
    }

    /// Another object stands for the organization, or has one of the name created.
    pub(super) fn conflict(&self, object: &V::Root, holder: &ObjectRef) -> Verdict<V> {
        let connection = self.0.vendor.connection(object);
        let new = connection.create.filter(|_| connection.organization.is_none());
        let text = |holder: &str| match &new {
            // Names are nobody's: whatever ends that one's claim to it has another organization made for this one.
            Some(new) => format!(
                "An organization named {:?} is created by {holder}, or was: of several objects with one create.name only one \
                 does, and nothing is created for this one. If it is to be the same organization, delete this object and \
                 refer to that one; if it is one that exists, write its {} to spec.organizationId; if a new one, \
                 delete this object and make one with another create.name. Do not delete the other one: another \
                 organization is created for this object then.",
                new.name,
                V::WORDS.id
            ),
            None => format!(
                "The same organization is kept by {holder} already; nothing is read or written through this object. \
                 Refer to that one and delete this object, which touches nothing at the vendor. Or, if what is to be \
                 kept refers to this object, have the other one deleted with deletionPolicy: Orphan, which leaves the \
                 organization at the vendor, and this one stands for it then."
            ),
        };
        let namespace = object.meta().namespace.as_deref().unwrap_or_default();
        let known = |other: &V::Root| {
            self.0.organizations.is_known_in(namespace, &self.0.context, |asker| other.admits(asker))
        };
        let told = holder.namespace == namespace
            || self.0.organizations.objects.get(holder).is_some_and(|other| known(other.as_ref()));
        let holder = if told { holder.to_string() } else { sentences::ELSEWHERE.to_owned() };
        // Who refers to this one may be in a third namespace.
        let standing = Some(Standing::NotReady(Reason::ManagementConflict, text("another object")));
        Verdict { standing, ..Verdicts(self.0).stalled(Reason::ManagementConflict, text(&holder)) }
    }
}
