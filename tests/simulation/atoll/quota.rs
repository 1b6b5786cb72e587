//! Quotas: the vendor has them, and nobody makes or deletes one.

use super::api::AtollQuota;
use super::vendor::{Atoll, Session};
use http::Method;
use orgkeeper::api::policy::DeletionPolicy;
use orgkeeper::engine::base::error::{Failure, VendorError};
use orgkeeper::engine::decide::plan::{Change, Field, Seen, Text};
use orgkeeper::engine::external::caller::Effect;
use orgkeeper::engine::external::list::{Listed, Wanted};
use orgkeeper::engine::provider::declared::Declared;
use orgkeeper::engine::provider::facts::{Creating, Facts, KeyAtVendor, Naming, Within};
use orgkeeper::engine::provider::inputs::{Inputs, Unresolved};
use orgkeeper::engine::provider::kind::{External, Kind};
use orgkeeper::engine::provider::registration::Registration;
use orgkeeper::engine::provider::vendor::Created;
use serde_json::json;
use std::collections::BTreeMap;

/// Why.
const GIVEN: &str = "the vendor has the quotas that it has";

/// The kind.
#[derive(Clone, Copy)]
pub struct Quotas;

/// A quota, as the vendor shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Quota {
    id: String,
    name: String,
    limit: u64,
}

/// What a manifest declares.
pub struct Desired {
    name: String,
    limit: u64,
}

/// The kind with what it can do.
pub fn registration() -> Registration<Quotas> {
    Registration::staying(Quotas, GIVEN)
}

impl Kind for Quotas {
    type Vendor = Atoll;
    type Resource = AtollQuota;
    type Desired = Desired;
    type Observed = Quota;

    const FACTS: Facts =
        Facts { create: Creating::Never(GIVEN), ..Facts::of("quota", DeletionPolicy::Orphan) };

    fn key(resource: &AtollQuota, _within: &Within) -> String {
        resource.spec.name.clone()
    }

    fn naming(resource: &AtollQuota) -> Naming {
        Naming {
            title: resource.spec.name.clone(),
            unsendable: None,
            differ: "give it another spec.name",
            at_vendor: KeyAtVendor::Unique,
        }
    }

    async fn resolve(
        &self,
        _session: &Session,
        resource: &AtollQuota,
        _inputs: &Inputs<'_>,
    ) -> Result<Declared<Desired>, Unresolved> {
        Ok(Declared::of(Desired { name: resource.spec.name.clone(), limit: resource.spec.limit.into() }))
    }

    async fn list(&self, session: &Session, wanted: Wanted<'_, Quota>) -> Result<Listed<Quota>, VendorError> {
        let shown = session.read("/quotas", "/quotas".to_owned()).await?;
        let items = shown["items"].as_array().map(Vec::as_slice).unwrap_or_default();
        let rows = items.iter().map(|item| {
            let text = |name: &str| item[name].as_str().map(str::to_owned);
            let parts = text("id").zip(text("name")).zip(item["limit"].as_u64());
            let row = parts.map(|((id, name), limit)| Quota { id, name, limit });
            row.ok_or_else(|| VendorError::unknown(Failure::Unreadable, "a quota that lacks something"))
        });
        Ok(Listed { begun: wanted.now, rows: rows.collect::<Result<_, _>>()? })
    }

    fn identify(live: &Quota) -> External<'_> {
        External { id: &live.id, key: &live.name, organization: None, adoptable: true }
    }

    fn fields(
        &self,
        _session: &Session,
        desired: &Desired,
        live: &Quota,
        _applied: &BTreeMap<String, String>,
    ) -> Vec<Field> {
        let text = |limit: u64| Text::Plain(limit.to_string());
        vec![Field::new("limit", text(desired.limit), Seen::Value(text(live.limit)))]
    }

    async fn create(&self, _session: &Session, _desired: &Desired) -> Result<Created, VendorError> {
        Err(VendorError::without_effect(Failure::NotSupported, GIVEN))
    }

    fn created(&self, desired: &Desired, id: &str) -> Quota {
        Quota { id: id.to_owned(), name: desired.name.clone(), limit: desired.limit }
    }

    async fn update(
        &self,
        session: &Session,
        id: &str,
        desired: &Desired,
        _live: &Quota,
        _changes: &[Change],
    ) -> Result<(), VendorError> {
        let (how, body) = ((Method::PATCH, Effect::Write), json!({"limit": desired.limit}));
        session.call(how, "/quotas/{quotaId}", format!("/quotas/{id}"), Some(body)).await.map(drop)
    }
}
