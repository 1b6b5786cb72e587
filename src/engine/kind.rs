//! What a vendor brings: one [`Vendor`], and one [`Kind`] for each kind of object.
//!
//! The shape, tried on paper against what comes later:
//! - A kind whose list shows only a part of an object reads the rest in [`Kind::detail`].
//! - A vendor that answers a create with "accepted" and no id gives [`Created::id`] `None`: the
//!   pending create stays, and the object is found by list as after any unknown outcome.
//! - A kind without a list of its own lists what contains it, and filters.

use crate::api::managed::Managed;
use crate::api::policy::DeletionPolicy;
use crate::engine::error::VendorError;
use crate::engine::link::Link;
use crate::engine::plan::{Change, Field};
use crate::engine::reason::Reason;
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::time::Duration;

/// How to reach an organization, as its manifest says.
#[derive(Clone, Debug)]
pub struct Connection {
    /// The vendor's id of the organization.
    pub organization: String,
    /// The endpoint, not checked yet.
    pub endpoint: String,
    /// The Secret, in the object's own namespace, that holds the token.
    pub token_secret: String,
    /// The key in it.
    pub token_key: String,
    /// PEM certificates to trust besides the system's.
    pub ca_bundle: Option<String>,
    /// The ceiling that a person set.
    pub requests_per_minute: u32,
    /// How often lists are read.
    pub resync: Duration,
}

/// Why a session could not be opened.
#[derive(Clone, Debug)]
pub enum OpenError {
    /// A call failed.
    Vendor(VendorError),
    /// Only a person can help.
    Stalled(Reason, String),
}

/// A vendor: how to talk to an organization of it.
#[allow(async_fn_in_trait, reason = "the engine runs on one thread: futures need not be Send")]
pub trait Vendor: 'static {
    /// The kind that stands for an organization.
    type Root: Managed;
    /// What calls are made with. Dropped when the connection's settings or the token change.
    type Session: 'static;

    /// The kind whose list shows to which organization the token belongs.
    const WITNESS: &'static str;

    /// How to reach the organization.
    fn connection(&self, root: &Self::Root) -> Connection;

    /// Opens a session; may find out which contract the endpoint keeps.
    async fn open(&self, root: &Self::Root, link: Link) -> Result<Self::Session, OpenError>;

    /// Writes what the session found out into the root's status.
    fn note(&self, root: &mut Self::Root, session: &Self::Session);

    /// Another way to learn the token's organization, for when the witness's list is empty.
    async fn other_proof(
        &self,
        session: &Self::Session,
        organization: &str,
    ) -> Result<Option<String>, VendorError>;

    /// Deletes the organization.
    async fn delete_root(&self, session: &Self::Session, organization: &str) -> Result<(), VendorError>;
}

/// The answer to a create.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Created {
    /// The new object's id, if the vendor tells.
    pub id: Option<String>,
}

/// Values of Secrets that an object refers to, by Secret and key.
pub type SecretValues = BTreeMap<(String, String), SecretString>;

/// A kind of object below an organization.
#[allow(async_fn_in_trait, reason = "the engine runs on one thread: futures need not be Send")]
pub trait Kind: 'static {
    /// Its vendor.
    type Vendor: Vendor;
    /// The manifest's type.
    type Resource: Managed;
    /// The manifest's wish with references and Secrets resolved.
    type Desired: 'static;
    /// One object as the vendor's list shows it.
    type Live: Clone + PartialEq + Debug + 'static;

    /// What happens on delete, without a word in the manifest, to what we created.
    const DELETION: DeletionPolicy;
    /// What one of it is called in messages.
    const NOUN: &'static str;

    /// The natural key: the only thing known of the object before it has an id.
    fn key(resource: &Self::Resource) -> String;

    /// Resolves the wish. `secrets` has a value for each of [`Managed::secret_refs`].
    ///
    /// # Errors
    /// What a person has to change.
    fn desired(
        &self,
        resource: &Self::Resource,
        secrets: &SecretValues,
    ) -> Result<Self::Desired, (Reason, String)>;

    /// Lists all of the organization's objects of the kind; whole, or an error (rule 2).
    async fn list(&self, session: &Session<Self>) -> Result<Vec<Self::Live>, VendorError>;

    /// Reads one by id; `None` where the contract has no such call.
    async fn get(&self, session: &Session<Self>, id: &str) -> Option<Result<Self::Live, VendorError>>;

    /// The id.
    fn id(live: &Self::Live) -> &str;

    /// The natural key.
    fn live_key(live: &Self::Live) -> &str;

    /// The organization that the vendor says it belongs to, where it says.
    fn organization(live: &Self::Live) -> Option<&str>;

    /// Reads what the list does not show. Kinds whose list shows everything leave it out.
    async fn detail(&self, _session: &Session<Self>, row: Self::Live) -> Result<Self::Live, VendorError> {
        Ok(row)
    }

    /// The fields that the wish manages, beside what the vendor shows of them.
    fn fields(&self, session: &Session<Self>, desired: &Self::Desired, live: &Self::Live) -> Vec<Field>;

    /// Creates the object. Fields that a create cannot carry are written by [`Kind::update`] after.
    async fn create(&self, session: &Session<Self>, desired: &Self::Desired) -> Result<Created, VendorError>;

    /// What a created object looks like before a list shows it.
    fn created(&self, desired: &Self::Desired, id: &str) -> Self::Live;

    /// Writes the changed fields of an object.
    async fn update(
        &self,
        session: &Session<Self>,
        id: &str,
        desired: &Self::Desired,
        changes: &[Change],
    ) -> Result<(), VendorError>;

    /// Deletes an object.
    async fn delete(&self, session: &Session<Self>, id: &str) -> Result<(), VendorError>;
}

/// The session type of a kind.
pub type Session<K> = <<K as Kind>::Vendor as Vendor>::Session;
