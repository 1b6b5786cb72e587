//! The plain kind.

use crate::api::policy::DeletionPolicy;
use crate::api::spot::PlainKind;
use crate::engine::base::error::{Failure, VendorError};
use crate::engine::decide::plan::{Change, Field, Seen, Text};
use crate::engine::external::list::{Listed, Wanted};
use crate::engine::provider::ability::{Creates, Lists};
use crate::engine::provider::declared::Declared;
use crate::engine::provider::facts::{Facts, KeyAtVendor, Naming, Within};
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

/// The kind `PlainKind`.
#[derive(Clone, Copy, Debug)]
pub struct PlainKinds;

/// One as the vendor shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    id: String,
    name: String,
}

/// What a manifest asks of it.
#[derive(Debug)]
pub struct Desired {
    name: String,
}

/// Where `calls.rs` will be asked: nothing is sent until then, and the object says so.
fn unwritten() -> VendorError {
    VendorError::without_effect(Failure::NotSupported, "nobody has written this call of a plain kind")
}

/// The kind with all that it can do.
pub fn registration() -> Registration<PlainKinds> {
    let end = End::Stays("Nobody has written how it is deleted.");
    Registration::of(PlainKinds, PlainKinds, Making::repeatable(PlainKinds), end)
}

impl Kind for PlainKinds {
    type Vendor = Spot;
    type Resource = PlainKind;
    type Desired = Desired;
    type Observed = Observed;

    const FACTS: Facts = Facts::of("plain kind", DeletionPolicy::Orphan);

    fn key(resource: &PlainKind, _within: &Within) -> String {
        resource.spec.name.clone()
    }

    fn naming(resource: &PlainKind) -> Naming {
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
        resource: &PlainKind,
        _inputs: &Inputs<'_>,
    ) -> Result<Declared<Desired>, Unresolved> {
        Ok(Declared::of(Desired { name: resource.spec.name.clone() }))
    }

    fn identify(live: &Observed) -> External<'_> {
        External { id: &live.id, key: &live.name, organization: None, adoptable: true }
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
        Observed { id: id.to_owned(), name: desired.name.clone() }
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
impl Lists<Self> for PlainKinds {
    async fn list(
        &self,
        _session: &SpotSession,
        _wanted: Wanted<'_, Observed>,
    ) -> Result<Listed<Observed>, VendorError> {
        Err(unwritten())
    }
}

#[async_trait(?Send)]
impl Creates<Self> for PlainKinds {
    async fn create(&self, _session: &SpotSession, _desired: &Desired) -> Result<Created, VendorError> {
        Err(unwritten())
    }
}
