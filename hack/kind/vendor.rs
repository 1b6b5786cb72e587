//! The kind name.

use crate::api::policy::DeletionPolicy;
use crate::api::spot::KindName;
use crate::engine::base::error::VendorError;
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

/// The kind `KindName`.
#[derive(Clone, Copy, Debug)]
pub struct KindNames;

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

/// The kind with all that it can do.
pub fn registration() -> Registration<KindNames> {
    let end = End::Stays("Nobody has written how it is deleted.");
    Registration::of(KindNames, KindNames, Making::repeatable(KindNames), end)
}

impl Kind for KindNames {
    type Vendor = Spot;
    type Resource = KindName;
    type Desired = Desired;
    type Observed = Observed;

    const FACTS: Facts = Facts::of("kind name", DeletionPolicy::Orphan);

    fn key(resource: &KindName, _within: &Within) -> String {
        resource.spec.name.clone()
    }

    fn naming(resource: &KindName) -> Naming {
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
        resource: &KindName,
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
        todo!("change it, by calls.rs")
    }
}

#[async_trait(?Send)]
impl Lists<Self> for KindNames {
    async fn list(
        &self,
        _session: &SpotSession,
        _wanted: Wanted<'_, Observed>,
    ) -> Result<Listed<Observed>, VendorError> {
        todo!("list it, by calls.rs")
    }
}

#[async_trait(?Send)]
impl Creates<Self> for KindNames {
    async fn create(&self, _session: &SpotSession, _desired: &Desired) -> Result<Created, VendorError> {
        todo!("create it, by calls.rs")
    }
}
