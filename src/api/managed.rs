//! The trait through which the engine sees a kind.

use crate::api::column::Column;
use crate::api::external_id::ExternalId;
use crate::api::grant::{Asker, Power};
use crate::api::guard::GuardStatus;
use crate::api::kind::KindRef;
use crate::api::policy::{AdoptPolicy, CommonSpec};
use crate::api::reference::{Container, OrganizationRef, Pointer, SecretKeyRef};
use crate::api::status::CommonStatus;
use crate::api::token::TokenStatus;
use kube::core::object::HasStatus;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::borrow::Cow;
use std::fmt::Debug;

/// An object that stands for something at a vendor.
pub trait Managed:
    kube::Resource<DynamicType = ()>
    + HasStatus<Status: Serialize>
    + Clone
    + Debug
    + Serialize
    + DeserializeOwned
    + Send
    + Sync
    + 'static
{
    /// The kind.
    const KIND: KindRef;

    /// The members of the manifest that refer to other objects by name, wherever they stand, and the kinds that they lead
    /// to: so that an object which does not parse holds on to what it uses.
    const REFERENCES: &'static [(&'static str, KindRef)] = &[];

    /// The one among them, at the top of the spec, that [`Managed::container`] reads.
    const WITHIN: Option<&'static str> = None;

    /// What people look for in a list of the kind, besides what is shown of every kind.
    const COLUMNS: &'static [Column] = &[];

    /// Whether its id at the vendor is its own, and not that of what it is in.
    const OWN_ID: bool = true;

    /// How the object is to be kept. A member that the kind does not have is at its default.
    fn common_spec(&self) -> Cow<'_, CommonSpec>;

    /// What is known of the object; [`CommonStatus::unobserved`] where it has no status.
    fn common_status(&self) -> &CommonStatus;

    /// The organization that the object refers to; `None` for an organization itself, and where only
    /// [`Managed::container`] leads to one.
    fn organization_ref(&self) -> Option<&OrganizationRef>;

    /// What the object is in, where that is not the organization itself.
    fn container(&self) -> Option<Container<'_>> {
        None
    }

    /// The Secrets of its own namespace that the object reads.
    fn secret_refs(&self) -> Vec<&SecretKeyRef>;

    /// The other objects that it refers to, besides the organization; a container that is one is among them.
    fn pointers(&self) -> Vec<Pointer<'_>> {
        Vec::new()
    }

    /// The most power that it asks for in the organization.
    fn power(&self) -> Power {
        Power::None
    }

    /// Whether it asks for something at the vendor that it does not stand for yet: nobody can say how much power
    /// comes with that. Once it was admitted and holds it, it asks for no more than the rest of its manifest does.
    fn takes_over(&self) -> bool {
        let (_, asked) = self.adopts();
        asked.is_some() && asked != self.common_status().id
    }

    /// What it may take over: by which policy, and which id. Once something new is to be in the place of what
    /// `adopt.id` names, that and `Required` say no more: they were about the former one.
    fn adopts(&self) -> (AdoptPolicy, Option<String>) {
        let (adopt, status) = (self.common_spec().into_owned().adopt, self.common_status());
        let by_token = self.token_status().and_then(|token| token.replaced.as_ref());
        let is_replaced =
            adopt.id.is_some() && [status.replaced.as_ref(), by_token].contains(&adopt.id.as_ref());
        if is_replaced { (AdoptPolicy::IfExists, None) } else { (adopt.policy, adopt.id) }
    }

    /// Whether it names something at the vendor, beside itself, by an id where a grant of that thing's object would
    /// be asked about a name. Only the organization's own namespace may: elsewhere it would go around the grant.
    fn names_by_id(&self) -> bool {
        false
    }

    /// The Secret, and the key in it, that a token which the vendor shows only once is written to.
    fn token_target(&self) -> Option<&SecretKeyRef> {
        None
    }

    /// What is known of that token.
    fn token_status(&self) -> Option<&TokenStatus> {
        None
    }

    /// The id that the vendor handed out before the object can be made.
    fn external_id(&self) -> Option<&ExternalId> {
        None
    }

    /// What an organization remembers of destructive writes below it.
    fn guard_status(&self) -> Option<&GuardStatus> {
        None
    }

    /// The policies that its manifest gives, in a line.
    fn policies(&self) -> Option<String> {
        None
    }

    /// Whether its manifest, and not theirs, decides which objects of that kind are in it (a group's `members`).
    fn decides(&self, _of: KindRef) -> bool {
        false
    }

    /// The most power with which the asker may refer to this object, whatever it asks for; `None` where it may not at
    /// all. Without a grant, its own namespace may.
    fn most(&self, asker: &Asker<'_>) -> Option<Power> {
        (self.meta().namespace.as_deref() == Some(asker.namespace)).then_some(Power::Unbounded)
    }

    /// Whether the asker may refer to this object, with the power that it asks for.
    fn admits(&self, asker: &Asker<'_>) -> bool {
        self.most(asker).is_some_and(|most| asker.power <= most)
    }
}

/// What [`Managed::common_status`] gives for an object without status.
pub(crate) static UNOBSERVED: CommonStatus = CommonStatus::unobserved();
