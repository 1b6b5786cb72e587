//! Step one: what an object refers to, and whether it may.

use crate::api::managed::Managed;
use crate::api::reference::Container;
use crate::api::status::CommonStatus;
use crate::engine::base::checks::forbids;
use crate::engine::base::error::VendorError;
use crate::engine::base::health::{Findings, Health};
use crate::engine::base::ports::{ClusterError, ObjectRef};
use crate::engine::base::reason::Reason;
use crate::engine::base::sentences;
use crate::engine::decide::unwritten::unwritten;
use crate::engine::organization::managed::{Organization, Standing};
use crate::engine::provider::inputs::SecretValues;
use crate::engine::provider::kind::Kind;
use crate::engine::resource::ResourceReconciler;
use crate::engine::runtime::objects::reference;
use crate::engine::runtime::work::{Work, at_rest};
use kube::Resource as _;
use std::rc::Rc;

/// The organization that an object belongs to.
pub(in crate::engine::resource) enum Parent<K: Kind> {
    /// It is there and ready.
    Ready(Rc<Organization<K::Vendor>>),
    /// It, or the object itself, is suspended.
    Suspended(&'static str),
}

impl<K: Kind> ResourceReconciler<K> {
    /// Whether anything may be written for the object.
    pub(in crate::engine::resource) fn may_write(&self, object: &K::Resource, root: &ObjectRef) -> bool {
        self.unwritten(object, root).is_none()
    }

    /// Why nothing is written for the object, where that is so: under Observe, its own or the organization's, and in a
    /// process that only reads.
    pub(in crate::engine::resource) fn unwritten(
        &self,
        object: &K::Resource,
        root: &ObjectRef,
    ) -> Option<&'static str> {
        let organization = self.organizations.objects.get(root);
        let organization = organization.map(|root| root.common_spec().management_policy);
        unwritten(self.context.fence.is_read_only(), object.common_spec().management_policy, organization)
    }

    /// Whether the object stands where its organization stands.
    pub(in crate::engine::resource) fn at_home(object: &K::Resource, root: &ObjectRef) -> bool {
        object.meta().namespace.as_deref() == Some(&*root.namespace)
    }

    /// Whether the organization was not looked at since this process started. Nothing can be said of
    /// the object before, so nothing is written to it; the organization wakes it.
    pub(in crate::engine::resource) fn unseen(&self, object: &K::Resource) -> bool {
        self.claim_of(object).is_some_and(|claim| {
            let root = self.organizations.objects.get(&claim.root);
            root.is_some_and(|root| !root.common_spec().suspend)
                && self.organizations.standing(&claim.root).is_none()
        })
    }

    /// The organization that the object refers to, if it may.
    pub(in crate::engine::resource) fn parent(&self, object: &K::Resource) -> Result<Parent<K>, Findings> {
        let Some(root) = self.claim_of(object).map(|claim| claim.root) else {
            return Err(Findings::stalled(
                Reason::InternalError,
                "The object refers to no organization, which the schema refuses. Apply the definitions of this version.",
            ));
        };
        let pinned = object.common_status().organization_id.as_deref();
        let me = reference(object);
        if root.name.is_empty() {
            // What it is in would lead to the organization.
            let container = Self::container_object(object);
            let unwatched = container.as_ref().map(|one| self.context.unwatched(&one.namespace));
            let unwatched = unwatched.unwrap_or_default();
            let container = container.map(|one| one.to_string()).unwrap_or_default();
            return Err(Findings::waiting(
                Reason::ReferenceNotFoundOrNotAllowed,
                format!(
                    "{container} does not exist, or does not admit {} from namespace {}. Correct the reference, or ask \
                     whoever keeps it to admit the namespace in its spec.allowed.{unwatched}",
                    me.kind, me.namespace
                ),
            ));
        }
        let organization = self.organizations.objects.get(&root);
        let Some(organization) = organization.filter(|_| self.admitted_by_root(&me, &root)) else {
            let bound =
                self.most_of_root(&me, &root).map(|(most, asked)| sentences::bounded(&root, most, asked));
            return Err(if pinned.is_some() && self.organizations.objects.get(&root).is_some() {
                let text = bound.unwrap_or_else(|| {
                    format!(
                        "{root} no longer admits {} from namespace {}. Have it admitted in spec.allowed of the \
                         organization, or delete this object.",
                        me.kind, me.namespace
                    )
                });
                let text = format!(
                    "{text} Nothing is read or written until then, and a deletion leaves what this object stands for at \
                     the vendor."
                );
                Findings::stalled(Reason::NotAllowed, text)
            } else {
                let text = bound.unwrap_or_else(|| {
                    format!(
                        "{root} does not exist, or does not admit {} from namespace {}. Correct spec.organizationRef, or \
                         ask whoever keeps the organization to admit the namespace in its spec.allowed.{}",
                        me.kind,
                        me.namespace,
                        self.context.unwatched(&root.namespace)
                    )
                });
                Findings::waiting(Reason::ReferenceNotFoundOrNotAllowed, text)
            });
        };
        if object.common_spec().suspend {
            return Ok(Parent::Suspended(
                "spec.suspend is true: nothing is read or written. Set it to false to go on.",
            ));
        }
        if organization.common_spec().suspend {
            return Ok(Parent::Suspended(
                "The organization is suspended: nothing is read or written. Set its spec.suspend to false to go on.",
            ));
        }
        match self.organizations.standing(&root) {
            Some(Standing::Ready(organization)) => match pinned {
                Some(pinned) if forbids!(PinnedOrganization, pinned != organization.id) => {
                    Err(Findings::stalled(
                        Reason::ParentChanged,
                        format!(
                            "This object belongs to organization {pinned}, but {root} now stands for {}. Nothing \
                             is read or written. Have {root} stand for {pinned} again; or create a new object for the \
                             other organization, and delete this one, which leaves what it stands for at the vendor.",
                            organization.id
                        ),
                    ))
                }
                _ => Ok(Parent::Ready(organization)),
            },
            Some(Standing::NotReady(reason, message)) => Err(Findings::waiting(
                Reason::DependencyNotReady,
                format!("{root} is not ready ({reason}), and this waits for it: {message}"),
            )),
            // With nothing to do, a pause or an outage shows on the organization only.
            Some(Standing::Unreached(..)) | None if at_rest(object) => Err(Findings::of(Health::Kept)),
            Some(Standing::Unreached(reason, message)) => Err(Findings::waiting(
                Reason::DependencyNotReady,
                format!(
                    "{root} is not reached at present ({reason}); this goes on by itself once it is: {message}"
                ),
            )),
            None => {
                let text = format!("{root} was not looked at yet; this goes on by itself once it was.");
                Err(Findings::waiting(Reason::DependencyNotReady, text))
            }
        }
    }

    /// Has the containers listed again where one that is given by its id is not among them: it may be new.
    pub(in crate::engine::resource) async fn look_for_container(
        &self,
        object: &K::Resource,
        organization: &Rc<Organization<K::Vendor>>,
    ) -> Result<(), VendorError> {
        let by_id = matches!(object.container(), Some(Container::Id(_)));
        let Some(kind) = K::CONTAINER.filter(|_| by_id).and_then(|kind| self.organizations.controller(kind))
        else {
            return Ok(());
        };
        if kind.shows(organization, &self.container_id(object)) {
            return Ok(());
        }
        kind.refresh(organization, self.context.now() - organization.fresh).await
    }

    /// Whether the latest list of containers shows the object's, as far as there is one.
    pub(in crate::engine::resource) fn container_is_shown(
        &self,
        object: &K::Resource,
        organization: &Organization<K::Vendor>,
    ) -> bool {
        let kind = K::CONTAINER.and_then(|kind| self.organizations.controller(kind));
        kind.is_none_or(|kind| kind.shows(organization, &self.container_id(object)))
    }

    /// The container, where it is not the organization itself: why it cannot be had, if it cannot.
    pub(in crate::engine::resource) fn contained(
        &self,
        object: &K::Resource,
        organization: &Organization<K::Vendor>,
    ) -> Result<(), Findings> {
        let status = object.common_status();
        let current = self.container_id(object);
        if let Some(pinned) =
            status.container_id.as_ref().filter(|pinned| !current.is_empty() && **pinned != current)
            && forbids!(PinnedContainer)
        {
            return Err(Findings::stalled(
                Reason::ParentChanged,
                format!(
                    "This object is in {pinned}, and what it refers to now stands for {current}. Nothing is read or \
                     written. Have that stand for {pinned} again; or create a new object for the other one, and delete \
                     this one, which leaves what it stands for at the vendor."
                ),
            ));
        }
        let Some(container) = Self::container_object(object) else {
            return if forbids!(
                ContainerListed,
                is_new(status) && !self.container_is_shown(object, organization)
            ) {
                let text = format!(
                    "The organization has no {current}, or no list shows it yet. If no list shows it within a few \
                     minutes, correct the id in the manifest."
                );
                Err(Findings::waiting(Reason::DependencyNotReady, text))
            } else {
                Ok(())
            };
        };
        match self.links(object, organization).remove(&container) {
            Some(Err(wait))
                if wait.reason == Reason::ReferenceNotFoundOrNotAllowed
                    && object.common_status().organization_id.is_some()
                    && self
                        .organizations
                        .controller(container.kind)
                        .is_some_and(|kind| kind.place(&container).is_some()) =>
            {
                Err(Findings::stalled(
                    Reason::NotAllowed,
                    format!(
                        "{container} no longer admits {} from namespace {}: nothing is read or written. Have it \
                         admitted in spec.allowed there, or delete this object (what it stands for stays).",
                        K::Resource::KIND,
                        reference(object).namespace
                    ),
                ))
            }
            Some(Err(wait)) if wait.stalled => Err(Findings::stalled(wait.reason, wait.message)),
            Some(Err(wait)) => Err(Findings::waiting(wait.reason, wait.message)),
            Some(Ok(_)) | None => Ok(()),
        }
    }

    /// Whether another object stands for the same thing.
    pub(in crate::engine::resource) fn conflict(&self, work: &Work<K::Resource>) -> Option<Findings> {
        let (object, status) = (work.object.as_ref(), &work.status);
        if let (Some(held), Some(wanted)) = (&status.id, &object.common_spec().adopt.id)
            && held != wanted
            && ![&work.token.replaced, &status.replaced, &status.superseded].contains(&&Some(wanted.clone()))
        {
            return Some(Findings::stalled(
                Reason::AdoptIdMismatch,
                format!(
                    "This object stands for {held}, and spec.adopt.id names {wanted}; nothing is read or written. Delete \
                     this object (what it stands for stays unless its policy is Delete) and create one for {wanted}."
                ),
            ));
        }
        Some(self.taken(object, &self.holder(object)?))
    }

    /// That another object stands for the same thing.
    pub(in crate::engine::resource) fn taken(&self, object: &K::Resource, holder: &ObjectRef) -> Findings {
        let me = reference(object);
        let root = self.claim_of(object).map(|claim| claim.root);
        let holder = root.map_or(sentences::ELSEWHERE.to_owned(), |root| self.called(&me, holder, &root));
        // Where it is about an id, no other name leads to something else.
        let by_id = object.common_status().id.is_some() || object.common_spec().adopt.id.is_some();
        let differ = (!by_id).then(|| K::differ(object));
        Findings::stalled(
            Reason::ManagementConflict,
            sentences::taken(&holder, K::NOUN, differ, K::STAYS.is_some()),
        )
    }

    /// The values of the Secrets that the object refers to.
    #[tracing::instrument(level = "debug", skip_all)]
    pub(in crate::engine::resource) async fn secrets(
        &self,
        object: &K::Resource,
    ) -> Result<Result<SecretValues, Findings>, ClusterError> {
        let namespace = object.meta().namespace.clone().unwrap_or_default();
        let mut values = SecretValues::new();
        for wanted in object.secret_refs() {
            let Some(secret) = self.context.cluster.secret(&namespace, &wanted.name).await? else {
                let text = format!(
                    "Secret {} does not exist in namespace {namespace}. Create it with the key {}, or correct the \
                     reference.",
                    wanted.name, wanted.key
                );
                return Ok(Err(Findings::waiting(Reason::SecretNotFound, text)));
            };
            let Some(value) = secret.values.get(&wanted.key) else {
                let text = format!(
                    "Secret {} has no key {}. Add it, or correct the key in the reference.",
                    wanted.name, wanted.key
                );
                return Ok(Err(Findings::waiting(Reason::SecretKeyNotFound, text)));
            };
            values.insert((wanted.name.clone(), wanted.key.clone()), value.clone().into());
        }
        Ok(Ok(values))
    }
}

/// Whether nothing at the vendor stands for the object, as far as is known.
pub(in crate::engine::resource) fn is_new(status: &CommonStatus) -> bool {
    status.id.is_none() && status.pending_create.is_none()
}
