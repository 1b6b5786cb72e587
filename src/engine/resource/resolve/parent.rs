//! Where an object belongs: its organization, directly or by way of what it is in.

use crate::api::managed::Managed;
use crate::api::reference::Container;
use crate::api::status::CommonStatus;
use crate::engine::base::checks::forbids;
use crate::engine::base::error::VendorError;
use crate::engine::base::health::Findings;
use crate::engine::base::reason::Reason;
use crate::engine::organization::managed::Organization;
use crate::engine::provider::kind::Kind;

use crate::engine::resource::ResourceReconciler;
use crate::engine::resource::resolve::references::References;
use crate::engine::runtime::objects::reference;

use std::rc::Rc;

/// Resolves what an object is in.
pub struct Parents<'a, K: Kind>(pub &'a ResourceReconciler<K>);

impl<K: Kind> Parents<'_, K> {
    /// Has the containers listed again where one that is given by its id is not among them: it may be new.
    pub async fn look_for_container(
        &self,
        object: &K::Resource,
        organization: &Rc<Organization<K::Vendor>>,
    ) -> Result<(), VendorError> {
        let by_id = matches!(object.container(), Some(Container::Id(_)));
        let Some(kind) = self.0.container_kind().filter(|_| by_id) else {
            return Ok(());
        };
        if kind.shows(organization, &self.container_id(object)) {
            return Ok(());
        }
        kind.refresh(organization, self.0.context.now() - organization.fresh).await
    }

    /// Whether the latest list of containers shows the object's, as far as there is one.
    pub fn container_is_shown(&self, object: &K::Resource, organization: &Organization<K::Vendor>) -> bool {
        let kind = self.0.container_kind();
        kind.is_none_or(|kind| kind.shows(organization, &self.container_id(object)))
    }

    /// The container, where it is not the organization itself: why it cannot be had, if it cannot.
    pub fn contained(
        &self,
        object: &K::Resource,
        organization: &Organization<K::Vendor>,
    ) -> Result<(), Findings> {
        let status = object.common_status();
        let current = self.container_id(object);
        if let Some(pinned) = self.former(object)
            && forbids!(PinnedContainer)
        {
            if self.former_is_gone(object, organization).is_some() {
                let text = format!(
                    "This object was in {pinned}, which was deleted at the vendor with all that was in it, and what it refers \
                     to now stands for {current}. Delete this object once its status.deletionPolicy is Orphan, and apply it \
                     again for that one."
                );
                return Err(Findings::stalled(Reason::ParentChanged, text));
            }
            return Err(Findings::stalled(
                Reason::ParentChanged,
                format!(
                    "This object is in {pinned}, and what it refers to now stands for {current}. Nothing is read or \
                     written. Have that stand for {pinned} again; or create a new object for the other one, and delete \
                     this one once its status.deletionPolicy is Orphan, which leaves what it stands for at the vendor."
                ),
            ));
        }
        let Some(container) = ResourceReconciler::<K>::container_object(object) else {
            return if forbids!(
                ContainerListed,
                is_new(status) && !self.container_is_shown(object, organization)
            ) {
                let text = format!(
                    "The organization has no {current}, or no list shows it yet. If no list shows it within a few \
                     minutes, delete this object, and create one with the right id, which cannot be changed."
                );
                Err(Findings::waiting(Reason::DependencyNotReady, text))
            } else {
                Ok(())
            };
        };
        match References(self.0).links(object, organization).remove(&container) {
            // What was in it went with it, which is found out where that is looked at.
            Some(Err(wait)) if matches!(wait.reason, Reason::ReferenceGone | Reason::ConfirmingAbsence) => {
                Ok(())
            }
            Some(Err(wait))
                if wait.reason == Reason::ReferenceNotFoundOrNotAllowed
                    && object.common_status().organization_id.is_some()
                    && self
                        .0
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

    /// What the object was in, where what it refers to stands for something else now.
    fn former(&self, object: &K::Resource) -> Option<String> {
        let current = self.container_id(object);
        let pinned = object.common_status().container_id.clone();
        pinned.filter(|pinned| !current.is_empty() && *pinned != current)
    }

    /// The same, if that was deleted at the vendor, with all that was in it.
    pub fn former_is_gone(
        &self,
        object: &K::Resource,
        organization: &Organization<K::Vendor>,
    ) -> Option<String> {
        let kind = self.0.container_kind()?;
        self.former(object).filter(|pinned| kind.lacks(organization, pinned))
    }

    /// Why there is nothing to be kept in a container that was deleted at the vendor, and nothing to be asked: what
    /// becomes of that is one question, which its own object asks.
    pub fn went(&self, object: &K::Resource, organization: &Organization<K::Vendor>) -> Option<Findings> {
        let kind = self.0.container_kind()?;
        let id = self.container_id(object);
        let noun = K::FACTS.noun;
        let Some(container) = ResourceReconciler::<K>::container_object(object) else {
            return kind.lacks(organization, &id).then(|| {
                let text = format!(
                    "{id} was deleted at the vendor, and the {noun} in it. Delete this object, and apply it again with the id \
                     of another one where it is still wanted."
                );
                Findings::stalled(Reason::ReferenceGone, text)
            });
        };
        let link = References(self.0).links(object, organization).remove(&container);
        let text = format!(
            "{container} was deleted at the vendor, and the {noun} in it. What becomes of that one is asked in its own \
             conditions; the {noun} is not made again by itself: delete this object, and apply it again once there is \
             another one."
        );
        link?
            .err()
            .filter(|wait| wait.reason == Reason::ReferenceGone)
            .map(|_| Findings::stalled(Reason::ReferenceGone, text))
    }

    /// That no list shows the container any more.
    pub fn may_have_gone() -> Findings {
        let text = format!(
            "No list shows the {0}, nor what it is in; a later one has to show whether that is gone, and it goes on by \
             itself then.",
            K::FACTS.noun
        );
        Findings::waiting(Reason::ConfirmingAbsence, text)
    }

    /// The id of the container, where the object is in one that has an id.
    pub fn container_of(&self, object: &K::Resource) -> Option<String> {
        Some(self.container_id(object)).filter(|id| !id.is_empty())
    }

    /// The id of the container, as far as it is known; empty for what is in the organization itself.
    pub fn container_id(&self, object: &K::Resource) -> String {
        let index = self.0.index.borrow();
        index.claim(&reference(object)).map(|claim| claim.within.id().to_owned()).unwrap_or_default()
    }
}

/// Whether nothing at the vendor stands for the object, as far as is known.
pub fn is_new(status: &CommonStatus) -> bool {
    status.id.is_none() && status.pending_create.is_none()
}
