//! Step one: what an object refers to, and whether it may.

use crate::api::managed::Managed;
use crate::engine::base::checks::forbids;
use crate::engine::base::health::{Findings, Health};
use crate::engine::base::ports::ObjectRef;
use crate::engine::base::reason::Reason;
use crate::engine::base::sentences;
use crate::engine::decide::unwritten::unwritten;
use crate::engine::organization::managed::{Organization, Standing};
use crate::engine::provider::kind::Kind;
use crate::engine::resource::ResourceReconciler;
use crate::engine::runtime::object::at_rest;
use crate::engine::runtime::objects::reference;
use kube::Resource as _;
use std::rc::Rc;

/// The organization that an object belongs to.
pub enum Admission<K: Kind> {
    /// It is there and ready.
    Ready(Rc<Organization<K::Vendor>>),
    /// It, or the object itself, is suspended.
    Suspended(&'static str),
}

/// Resolves the organization, and whether it admits the object.
pub struct Resolution<'a, K: Kind>(pub &'a ResourceReconciler<K>);

impl<K: Kind> Resolution<'_, K> {
    /// Whether anything may be written for the object.
    pub fn may_write(&self, object: &K::Resource, root: &ObjectRef) -> bool {
        self.unwritten(object, root).is_none()
    }

    /// Why nothing is written for the object, where that is so: under Observe, its own or the organization's, and in a
    /// process that only reads.
    pub fn unwritten(&self, object: &K::Resource, root: &ObjectRef) -> Option<&'static str> {
        let organization = self.0.organizations.objects.get(root);
        let organization = organization.map(|root| root.common_spec().management_policy);
        unwritten(self.0.context.fence.is_read_only(), object.common_spec().management_policy, organization)
    }

    /// Whether the object stands where its organization stands.
    pub fn at_home(object: &K::Resource, root: &ObjectRef) -> bool {
        object.meta().namespace.as_deref() == Some(&*root.namespace)
    }

    /// Whether the organization was not looked at since this process started. Nothing can be said of
    /// the object before, so nothing is written to it; the organization wakes it.
    pub fn unseen(&self, object: &K::Resource) -> bool {
        self.0.claim_of(object).is_some_and(|claim| {
            let root = self.0.organizations.objects.get(&claim.root);
            root.is_some_and(|root| !root.common_spec().suspend)
                && self.0.organizations.standing(&claim.root).is_none()
        })
    }

    /// The organization that the object refers to, if it may.
    pub fn organization(&self, object: &K::Resource) -> Result<Admission<K>, Findings> {
        let Some(root) = self.0.claim_of(object).map(|claim| claim.root) else {
            return Err(Findings::stalled(
                Reason::InternalError,
                "The object refers to no organization, which the schema refuses. Apply the definitions of this version.",
            ));
        };
        let pinned = object.common_status().organization_id.as_deref();
        let me = reference(object);
        if root.name.is_empty() {
            // What it is in would lead to the organization.
            let container = ResourceReconciler::<K>::container_object(object);
            let unwatched = container.as_ref().map(|one| self.0.context.unwatched(&one.namespace));
            let unwatched = unwatched.unwrap_or_default();
            let container = container.map(|one| one.to_string()).unwrap_or_default();
            return Err(Findings::waiting(
                Reason::ReferenceNotFoundOrNotAllowed,
                format!(
                    "{container} does not exist, or does not admit {} from namespace {}. Have it made, or ask whoever \
                     keeps it to admit the namespace in its spec.allowed.{unwatched}{}",
                    me.kind,
                    me.namespace,
                    another(object, "reference")
                ),
            ));
        }
        let organization = self.0.organizations.objects.get(&root);
        let Some(organization) = organization.filter(|_| self.0.admitted_by_root(&me, &root)) else {
            let bound =
                self.0.most_of_root(&me, &root).map(|(most, asked)| sentences::bounded(&root, most, asked));
            return Err(if pinned.is_some() && self.0.organizations.objects.get(&root).is_some() {
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
            } else if let Some(bound) = bound {
                Findings::stalled(Reason::ReferenceNotFoundOrNotAllowed, bound)
            } else {
                let text = format!(
                    "{root} does not exist, or does not admit {} from namespace {}. Have it made, or ask whoever keeps \
                     the organization to admit the namespace in its spec.allowed.{}{}",
                    me.kind,
                    me.namespace,
                    self.0.context.unwatched(&root.namespace),
                    another(object, "spec.organizationRef")
                );
                Findings::waiting(Reason::ReferenceNotFoundOrNotAllowed, text)
            });
        };
        if object.common_spec().suspend {
            return Ok(Admission::Suspended(
                "spec.suspend is true: nothing is read or written. Set it to false to go on.",
            ));
        }
        if organization.common_spec().suspend {
            return Ok(Admission::Suspended(
                "The organization is suspended: nothing is read or written. Set its spec.suspend to false to go on.",
            ));
        }
        match self.0.organizations.standing(&root) {
            Some(Standing::Ready(organization)) => match pinned {
                Some(pinned) if forbids!(PinnedOrganization, pinned != organization.id) => {
                    Err(Findings::stalled(
                        Reason::ParentChanged,
                        format!(
                            "This object belongs to organization {pinned}, but {root} now stands for {}. Nothing \
                             is read or written. Have {root} stand for {pinned} again; or create a new object for the \
                             other organization, and delete this one once its status.deletionPolicy is Orphan, which leaves \
                             what it stands for at the vendor.",
                            organization.id
                        ),
                    ))
                }
                _ => Ok(Admission::Ready(organization)),
            },
            Some(Standing::NotReady(reason, message)) => Err(Findings::waiting(
                Reason::DependencyNotReady,
                format!(
                    "{root} is not ready ({reason}), and this waits for it. It says of itself: {}",
                    message.replace("his object", &format!("his {}", root.kind))
                ),
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
}

/// What to do where a reference is wrong that cannot be changed. What is being deleted needs no right one.
fn another<R: Managed>(object: &R, what: &str) -> String {
    if object.meta().deletion_timestamp.is_some() {
        return String::new();
    }
    format!(
        " If {what} is wrong, which cannot be changed, delete this object, and create one with the right one."
    )
}
