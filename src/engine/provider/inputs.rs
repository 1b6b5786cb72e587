//! What a manifest's wish is resolved with, and why it cannot be.

use crate::api::kind::KindRef;
use crate::api::reference::SecretKeyRef;
use crate::api::status::Resolved;
use crate::engine::base::error::VendorError;
use crate::engine::base::given::{Form, Given};
use crate::engine::base::ports::ObjectRef;
use crate::engine::base::reason::Reason;
use secrecy::SecretString;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

/// Something that a manifest refers to and that cannot be had now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// Why.
    pub reason: Reason,
    /// For people.
    pub message: String,
    /// Whether only a person can resolve it.
    pub stalled: bool,
}

/// Why a wish cannot be resolved at all.
#[derive(Clone, Debug)]
pub enum Unresolved {
    /// What a person has to change.
    Person(Reason, String),
    /// A call failed.
    Vendor(VendorError),
}

/// What a wish is resolved with.
pub struct Inputs<'a> {
    /// A value for each of the object's [`secret_refs`](crate::api::managed::Managed::secret_refs).
    pub secrets: &'a SecretValues,
    /// An id, or why there is none, for each of its [`pointers`](crate::api::managed::Managed::pointers).
    pub links: &'a BTreeMap<ObjectRef, Result<String, Wait>>,
    /// What references in lists of grants led to before.
    pub remembered: &'a [Resolved],
    /// The ids among those that are gone from the vendor for sure.
    pub gone: &'a BTreeSet<String>,
    /// The namespace of the object.
    pub namespace: &'a str,
    /// Whether that is the organization's own namespace.
    pub at_home: bool,
    /// The ids of the objects of other kinds whose own manifests decide its kind's relation to them.
    /// `None` while not all of them are known.
    pub owned: Option<&'a BTreeSet<String>>,
    /// The id of the container; empty for what is in the organization itself.
    pub container: &'a str,
}

impl Inputs<'_> {
    /// The value of a Secret, in the form that it is meant to have.
    ///
    /// # Errors
    /// What is wrong with it, without the value.
    pub fn secret(&self, wanted: &SecretKeyRef, form: Form) -> Result<SecretString, Unresolved> {
        let given = self.secrets.get(&(wanted.name.clone(), wanted.key.clone())).cloned().unwrap_or_default();
        given.read(form).map_err(|flaw| unusable(wanted, flaw))
    }

    /// The object that a reference names.
    pub fn named(&self, kind: KindRef, namespace: Option<&str>, name: &str) -> ObjectRef {
        let namespace = namespace.unwrap_or(self.namespace).to_owned();
        ObjectRef { kind, namespace, name: name.to_owned() }
    }

    /// The id of the object pointed to.
    ///
    /// # Errors
    /// Why there is none.
    pub fn link(&self, key: &ObjectRef) -> Result<String, Wait> {
        self.links.get(key).cloned().unwrap_or_else(|| {
            let message =
                format!("{key} was not looked at, which is a bug. Report it, with the operator's log.");
            Err(Wait { reason: Reason::InternalError, message, stalled: true })
        })
    }
}

/// What is wrong with the value of a Secret, in words that follow its place and show nothing of it.
pub fn unusable(secret: &SecretKeyRef, why: impl Display) -> Unresolved {
    let text = format!("Key {} of Secret {} {why}.", secret.key, secret.name);
    Unresolved::Person(Reason::SecretInvalid, text)
}

/// Values of Secrets that an object refers to, by Secret and key.
pub type SecretValues = BTreeMap<(String, String), Given>;
