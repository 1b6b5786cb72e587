//! What stands between what the operator sends and what Kubernetes stores: admission that refuses or changes it,
//! and definitions of kinds that lack members.

use super::house::House;
use orgkeeper::api::finalizer;
use orgkeeper::engine::seams::{ClusterError, ObjectRef, Part};
use orgkeeper::engine::simulation::Review;
use serde_json::Value;
use std::rc::Rc;

/// Why a status is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// A right is missing.
    Forbidden,
    /// A webhook does not answer, and must.
    Webhook,
}

/// What is dropped, as if it had never been sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dropped {
    /// A member of status: `pendingCreate`, `token/rotation`.
    Status(&'static str),
    /// Our finalizer.
    Finalizer,
    /// A label of Secrets.
    Label(&'static str),
    /// An annotation of Secrets.
    Annotation(&'static str),
    /// The values of Secrets.
    Values,
}

impl House {
    /// From now on every status of the object is refused.
    pub fn refuse_status(&self, of: &ObjectRef, why: Refused) {
        let of = of.clone();
        self.way.cluster.admit(Some(Rc::new(move |review| match (review, why) {
            (Review::Patch(key, Part::Status, _), Refused::Forbidden) if *key == of => {
                Err(ClusterError::Forbidden("no right to patch status".into()))
            }
            (Review::Patch(key, Part::Status, _), Refused::Webhook) if *key == of => {
                Err(ClusterError::Unavailable("the webhook timed out".into()))
            }
            _ => Ok(()),
        })));
    }

    /// From now on a status is refused in which the member is longer than its definition allows.
    pub fn bound_status(&self, member: &'static str, longest: usize) {
        self.way.cluster.admit(Some(Rc::new(move |review| match review {
            Review::Patch(_, Part::Status, patch)
                if patch["status"][member].as_str().is_some_and(|text| text.len() > longest) =>
            {
                Err(ClusterError::Invalid(format!("status.{member}: may not be longer than {longest}")))
            }
            _ => Ok(()),
        })));
    }

    /// From now on this is dropped, and Kubernetes says yes.
    pub fn drop_silently(&self, what: Dropped) {
        self.way.cluster.admit(Some(Rc::new(move |review| {
            match (review, what) {
                (Review::Patch(_, Part::Status, patch), Dropped::Status(path)) => {
                    remove(&mut patch["status"], path);
                }
                (Review::Patch(_, Part::Main, patch), Dropped::Finalizer) => {
                    if let Some(all) = patch["metadata"]["finalizers"].as_array_mut() {
                        all.retain(|known| known != finalizer::OBJECT);
                    }
                }
                (Review::Secret(secret), Dropped::Label(name)) => drop(secret.labels.remove(name)),
                (Review::Secret(secret), Dropped::Annotation(name)) => {
                    drop(secret.annotations.remove(name));
                }
                (Review::Secret(secret), Dropped::Values) => secret.values.clear(),
                _ => {}
            }
            Ok(())
        })));
    }

    /// From now on everything is stored as it is sent.
    pub fn store_all(&self) {
        self.way.cluster.admit(None);
    }
}

fn remove(value: &mut Value, path: &str) {
    let Some(members) = value.as_object_mut() else { return };
    match path.split_once('/') {
        Some((member, rest)) => {
            if let Some(inner) = members.get_mut(member) {
                remove(inner, rest);
            }
        }
        None => drop(members.remove(path)),
    }
}
