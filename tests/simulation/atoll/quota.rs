//! Quotas: the vendor has them, and nobody makes or deletes one. They are listed page by page, each of which names the
//! next; and whom it tells that one is used up no read shows: all of them are written at once.

use super::api::{AtollQuota, QuotaSpec};
use super::vendor::{Atoll, Session};
use async_trait::async_trait;
use http::Method;
use orgkeeper::api::policy::DeletionPolicy;
use orgkeeper::engine::base::error::{Failure, VendorError};
use orgkeeper::engine::decide::plan::{Change, Field, Seen, Text};
use orgkeeper::engine::external::caller::Effect;
use orgkeeper::engine::external::list::{Listed, Page, Place, Wanted};
use orgkeeper::engine::provider::ability::{Gets, Lists};
use orgkeeper::engine::provider::declared::Declared;
use orgkeeper::engine::provider::facts::{Facts, KeyAtVendor, Naming, Within};
use orgkeeper::engine::provider::inputs::{Inputs, Unresolved};
use orgkeeper::engine::provider::kind::{External, Kind};
use orgkeeper::engine::provider::registration::{End, Making, Registration};
use serde_json::{Value, json};
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
    alerts: Option<Vec<String>>,
}

const LIMIT: &str = "limit";
const ALERTS: &str = "alerts";

const ONE: &str = "/quotas/{quotaId}";

fn decode(item: &Value) -> Result<Quota, VendorError> {
    let text = |name: &str| item[name].as_str().map(str::to_owned);
    let parts = text("id").zip(text("name")).zip(item["limit"].as_u64());
    let row = parts.map(|((id, name), limit)| Quota { id, name, limit });
    row.ok_or_else(|| VendorError::unknown(Failure::Unreadable, "a quota that lacks something"))
}

/// The kind with what it can do.
pub fn registration() -> Registration<Quotas> {
    Registration::of(Quotas, Quotas, Making::Never(GIVEN), End::Stays(GIVEN)).gets(Quotas)
}

impl Kind for Quotas {
    type Vendor = Atoll;
    type Resource = AtollQuota;
    type Desired = Desired;
    type Observed = Quota;

    const FACTS: Facts = Facts::of("quota", DeletionPolicy::Orphan);

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
        let QuotaSpec { name, limit, alerts, .. } = &resource.spec;
        Ok(Declared::of(Desired { name: name.clone(), limit: (*limit).into(), alerts: alerts.clone() }))
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
        let limit = Field::new(LIMIT, text(desired.limit), Seen::Value(text(live.limit)));
        let alerts = desired.alerts.as_ref().map(|alerts| Text::Plain(alerts.join("\n")));
        let alerts = alerts.map(|alerts| Field::new(ALERTS, alerts, Seen::Unreadable));
        std::iter::once(limit).chain(alerts).collect()
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
        changes: &[Change],
    ) -> Result<(), VendorError> {
        let changes = |path: &str| changes.iter().any(|change| change.path == path);
        if changes(LIMIT) {
            let (how, body) = ((Method::PATCH, Effect::Write), json!({"limit": desired.limit}));
            session.call(how, ONE, format!("/quotas/{id}"), Some(body)).await?;
        }
        if changes(ALERTS) {
            let (how, body) = ((Method::PUT, Effect::Write), json!(desired.alerts));
            let route = "/quotas/{quotaId}/alerts";
            session.call(how, route, format!("/quotas/{id}/alerts"), Some(body)).await?;
        }
        Ok(())
    }
}

#[async_trait(?Send)]
impl Lists<Self> for Quotas {
    async fn list(&self, session: &Session, wanted: Wanted<'_, Quota>) -> Result<Listed<Quota>, VendorError> {
        let page = async |place: &Place| {
            let after = if let Place::Cursor(after) = place { after } else { "" };
            let shown = session.read("/quotas", format!("/quotas?after={after}")).await?;
            let items = shown["items"].as_array().map(Vec::as_slice).unwrap_or_default();
            let rows = items.iter().map(decode).collect::<Result<_, _>>()?;
            let next = shown["next"].as_str().map(|next| Place::Cursor(next.to_owned()));
            Ok(Page { rows, total: None, next })
        };
        wanted.whole(page, |quota: &Quota| &quota.id).await
    }
}

#[async_trait(?Send)]
impl Gets<Self> for Quotas {
    async fn get(&self, session: &Session, _container: &str, id: &str) -> Option<Result<Quota, VendorError>> {
        let shown = session.read(ONE, format!("/quotas/{id}")).await;
        Some(shown.and_then(|shown| decode(&shown)))
    }
}
