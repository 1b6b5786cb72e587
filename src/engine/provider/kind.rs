//! What a vendor brings for each kind of object: one [`Kind`], and the [abilities](super::ability) that it has.
//!
//! - A vendor that answers a create with "accepted" and no id gives [`Created::id`](super::vendor::Created::id) `None`: the
//!   pending create stays, and the object is found by list as after any unknown outcome.
//! - A kind without a list of its own lists what contains it, and filters ([`Listing::Shared`](super::facts::Listing::Shared)).
//! - A kind that the vendor lists nowhere says so ([`Listing::Nothing`](super::facts::Listing::Nothing)): what there is of
//!   it is known by reads of each id that manifests or statuses name.
//! - A kind that is listed container by container names the container's kind ([`Facts::container`]) and says
//!   so ([`Listing::PerContainer`](super::facts::Listing::PerContainer)).

use crate::api::managed::Managed;
use crate::engine::base::error::VendorError;
use crate::engine::base::reason::Reason;
use crate::engine::decide::plan::{Change, Field};
use crate::engine::provider::declared::Declared;
use crate::engine::provider::facts::{Facts, Naming, Within};
use crate::engine::provider::inputs::{Inputs, Unresolved};
use crate::engine::provider::vendor::Vendor;
use std::collections::BTreeMap;
use std::fmt::Debug;

/// One object, as the vendor shows it.
#[derive(Clone, Copy, Debug)]
pub struct External<'a> {
    /// The id.
    pub id: &'a str,
    /// The natural key.
    pub key: &'a str,
    /// The organization that the vendor says it belongs to, where it says.
    pub organization: Option<&'a str>,
    /// Whether it may be taken over by its id: a list may be that of what contains it.
    pub adoptable: bool,
}

/// A kind of object below an organization: what every kind has.
#[allow(async_fn_in_trait, reason = "the engine runs on one thread: futures need not be Send")]
pub trait Kind: Sized + 'static {
    /// Its vendor.
    type Vendor: Vendor;
    /// The manifest's type.
    type Resource: Managed;
    /// What a manifest declares, with references and Secrets resolved.
    type Desired: 'static;
    /// One object as the vendor's list shows it.
    type Observed: Clone + PartialEq + Debug + 'static;

    /// What is so of it, whatever the object.
    const FACTS: Facts;

    /// The natural key, as far as the manifest tells it without Secrets: no two manifests of one key stand for
    /// different objects.
    fn key(resource: &Self::Resource, within: &Within) -> String;

    /// How the manifest names what it stands for.
    fn naming(resource: &Self::Resource) -> Naming;

    /// Resolves what the manifest declares.
    ///
    /// # Errors
    /// What a person has to change, or the failure of a call. What may come by itself, or concerns only
    /// a part, is told by [`Declared::waits`].
    async fn resolve(
        &self,
        session: &Session<Self>,
        resource: &Self::Resource,
        inputs: &Inputs<'_>,
    ) -> Result<Declared<Self::Desired>, Unresolved>;

    /// What tells it from others.
    fn identify(live: &Self::Observed) -> External<'_>;

    /// Whether that is the key, for a vendor to which several spellings are one.
    fn has_key(live: &Self::Observed, key: &str) -> bool {
        Self::identify(live).key == key
    }

    /// Why what is there can never become what is declared: then nothing is written.
    fn unfit(_desired: &Self::Desired, _live: &Self::Observed) -> Option<(Reason, String)> {
        None
    }

    /// The fields that are managed, as declared and beside what the vendor shows of them. `applied` has an entry for
    /// each path that was ever written.
    fn fields(
        &self,
        session: &Session<Self>,
        desired: &Self::Desired,
        live: &Self::Observed,
        applied: &BTreeMap<String, String>,
    ) -> Vec<Field>;

    /// What an object looks like that has just been made, before the vendor shows it.
    fn created(&self, desired: &Self::Desired, id: &str) -> Self::Observed;

    /// Writes the changed fields of an object, which the vendor shows as `live`.
    async fn update(
        &self,
        session: &Session<Self>,
        id: &str,
        desired: &Self::Desired,
        live: &Self::Observed,
        changes: &[Change],
    ) -> Result<(), VendorError>;
}

/// The session type of a kind.
pub type Session<K> = <<K as Kind>::Vendor as Vendor>::Session;

/// What a manifest of the kind declares.
pub type DeclaredOf<K> = Declared<<K as Kind>::Desired>;
