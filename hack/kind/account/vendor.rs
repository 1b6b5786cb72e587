//! The scoped kind. The vendor lists them account by account.

use crate::api::policy::DeletionPolicy;
use crate::api::spot::ScopedKind;
use crate::api::spot::kinds;
use crate::engine::base::error::{Failure, VendorError};
use crate::engine::decide::plan::{Change, Field, Seen, Text};
use crate::engine::external::list::{Listed, Wanted};
use crate::engine::provider::ability::{Creates, Lists};
use crate::engine::provider::declared::Declared;
use crate::engine::provider::facts::{Facts, KeyAtVendor, Listing, Naming, Within};
use crate::engine::provider::inputs::{Inputs, Unresolved};
use crate::engine::provider::kind::{External, Kind};
use crate::engine::provider::registration::{End, Making, Registration};
use crate::engine::provider::vendor::Created;
use crate::vendors::spot::names;
use crate::vendors::spot::organization::Spot;
use crate::vendors::spot::session::SpotSession;
use async_trait::async_trait;
use std::collections::BTreeMap;

const NAME: &str = "name";

/// The kind `ScopedKind`.
#[derive(Clone, Copy, Debug)]
pub struct ScopedKinds;

/// One as the vendor shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    id: String,
    name: String,
    key: String,
}

/// What a manifest asks of it.
#[derive(Debug)]
pub struct Desired {
    account: String,
    name: String,
}

/// A name counts in its account.
fn natural_key(account: &str, name: &str) -> String {
    format!("{account}/{name}")
}

/// Where `calls.rs` will be asked: nothing is sent until then, and the object says so.
fn unwritten() -> VendorError {
    VendorError::without_effect(Failure::NotSupported, "nobody has written this call of a scoped kind")
}

/// The kind with all that it can do.
pub fn registration() -> Registration<ScopedKinds> {
    let end = End::Stays("Nobody has written how it is deleted.");
    Registration::of(ScopedKinds, ScopedKinds, Making::repeatable(ScopedKinds), end)
}

impl Kind for ScopedKinds {
    type Vendor = Spot;
    type Resource = ScopedKind;
    type Desired = Desired;
    type Observed = Observed;

    const FACTS: Facts = Facts {
        container: Some(kinds::ACCOUNT),
        listing: Listing::PerContainer,
        ..Facts::of("scoped kind", DeletionPolicy::Orphan)
    };

    fn key(resource: &ScopedKind, within: &Within) -> String {
        natural_key(&within.key(), &resource.spec.name)
    }

    fn naming(resource: &ScopedKind) -> Naming {
        Naming {
            title: resource.spec.name.clone(),
            unsendable: names::clean("spec.name", &resource.spec.name),
            differ: "give it another spec.name",
            at_vendor: KeyAtVendor::MayRepeat,
        }
    }

    async fn resolve(
        &self,
        _session: &SpotSession,
        resource: &ScopedKind,
        inputs: &Inputs<'_>,
    ) -> Result<Declared<Desired>, Unresolved> {
        let account = inputs.container.to_owned();
        Ok(Declared::of(Desired { account, name: resource.spec.name.clone() }))
    }

    fn identify(live: &Observed) -> External<'_> {
        External { id: &live.id, key: &live.key, organization: None, adoptable: true }
    }

    fn fields(
        &self,
        _session: &SpotSession,
        desired: &Desired,
        live: &Observed,
        _applied: &BTreeMap<String, String>,
    ) -> Vec<Field> {
        let name = Text::Plain(desired.name.clone());
        vec![Field::new(NAME, name, Seen::Value(Text::Plain(live.name.clone())))]
    }

    fn created(&self, desired: &Desired, id: &str) -> Observed {
        let key = natural_key(&desired.account, &desired.name);
        Observed { id: id.to_owned(), name: desired.name.clone(), key }
    }

    async fn update(
        &self,
        _session: &SpotSession,
        _id: &str,
        _desired: &Desired,
        _live: &Observed,
        _changes: &[Change],
    ) -> Result<(), VendorError> {
        Err(unwritten())
    }
}

#[async_trait(?Send)]
impl Lists<Self> for ScopedKinds {
    async fn list(
        &self,
        _session: &SpotSession,
        _wanted: Wanted<'_, Observed>,
    ) -> Result<Listed<Observed>, VendorError> {
        Err(unwritten())
    }
}

#[async_trait(?Send)]
impl Creates<Self> for ScopedKinds {
    async fn create(&self, _session: &SpotSession, _desired: &Desired) -> Result<Created, VendorError> {
        Err(unwritten())
    }
}
