//! What stands between what the operator sends and what Kubernetes stores, from a test's word on: admission that
//! refuses or changes it, and definitions of kinds that lack members.

use super::house::House;
use super::unkind::admission::Webhook;
pub use super::unkind::admission::{ALTERED, Dropped, Refused};
use orgkeeper::engine::base::ports::ObjectRef;

impl House {
    /// From now on every status of the object is refused.
    pub fn refuse_status(&self, of: &ObjectRef, why: Refused) {
        self.way.unkind.admit(Some(Webhook::Refuses(of.clone(), why)));
    }

    /// From now on a status is refused in which the member is longer than its definition allows.
    pub fn bound_status(&self, member: &'static str, longest: usize) {
        self.way.unkind.admit(Some(Webhook::Bounds(member, longest)));
    }

    /// From now on this is dropped, and Kubernetes says yes.
    pub fn drop_silently(&self, what: Dropped) {
        self.way.unkind.admit(Some(Webhook::Drops(what)));
    }

    /// From now on Secrets get other values, and Kubernetes says yes.
    pub fn alter_secrets(&self) {
        self.way.unkind.admit(Some(Webhook::Alters));
    }

    /// From now on this is dropped of the object, and Kubernetes says yes.
    pub fn drop_silently_of(&self, of: &ObjectRef, what: Dropped) {
        self.way.unkind.admit(Some(Webhook::DropsOf(of.clone(), what)));
    }

    /// From now on everything is stored as it is sent.
    pub fn store_all(&self) {
        self.way.unkind.admit(None);
    }
}
