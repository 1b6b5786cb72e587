//! Policies: listed in pages, read by id, replaced rule by rule.

use super::api::AccessPolicy;
use super::vendor::{Atoll, Session};
use async_trait::async_trait;
use http::Method;
use orgkeeper::api::policy::DeletionPolicy;
use orgkeeper::engine::base::error::{Failure, VendorError};
use orgkeeper::engine::decide::plan::{Change, Field, Seen, Text};
use orgkeeper::engine::external::caller::Effect;
use orgkeeper::engine::external::list::{Listed, Page, Place, Wanted};
use orgkeeper::engine::provider::ability::{Creates, Deletes, Gets, Guarded, Lists};
use orgkeeper::engine::provider::declared::Declared;
use orgkeeper::engine::provider::facts::{Facts, KeyAtVendor, Naming, Within};
use orgkeeper::engine::provider::harm::{Harm, Stripped};
use orgkeeper::engine::provider::inputs::{Inputs, Unresolved};
use orgkeeper::engine::provider::kind::{External, Kind};
use orgkeeper::engine::provider::registration::{End, Making, Registration};
use orgkeeper::engine::provider::vendor::Created;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const ONE: &str = "/policies/{policyId}";
const NAME: &str = "name";
const RULES: &str = "rules";
/// The rule that lets no client call.
pub const NO_CLIENTS: &str = "no clients";

/// The kind.
#[derive(Clone, Copy)]
pub struct Policies;

/// A policy, as the vendor shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    id: String,
    name: String,
    rules: Vec<String>,
}

/// What a manifest declares.
pub struct Desired {
    name: String,
    rules: Vec<String>,
}

/// The kind with what it can do.
pub fn registration() -> Registration<Policies> {
    Registration::of(Policies, Policies, Making::repeatable(Policies), End::deleted(Policies))
        .gets(Policies)
        .guard(Policies)
}

fn decode(item: &Value) -> Result<Policy, VendorError> {
    let text = |name: &str| item[name].as_str().map(str::to_owned);
    let rules = item["rules"]
        .as_array()
        .map(|rules| rules.iter().filter_map(|rule| rule.as_str().map(str::to_owned)).collect());
    match (text("id"), text("name"), rules) {
        (Some(id), Some(name), Some(rules)) => Ok(Policy { id, name, rules }),
        _ => Err(VendorError::unknown(Failure::Unreadable, "a policy that lacks something")),
    }
}

fn body(desired: &Desired, written: impl Fn(&str) -> bool) -> Value {
    let members = [(NAME, json!(desired.name)), (RULES, json!(desired.rules))];
    members
        .into_iter()
        .filter(|(name, _)| written(name))
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

impl Kind for Policies {
    type Vendor = Atoll;
    type Resource = AccessPolicy;
    type Desired = Desired;
    type Observed = Policy;

    const FACTS: Facts = Facts::of("policy", DeletionPolicy::Delete);

    fn key(resource: &AccessPolicy, _within: &Within) -> String {
        resource.spec.name.clone()
    }

    fn naming(resource: &AccessPolicy) -> Naming {
        Naming {
            title: resource.spec.name.clone(),
            unsendable: None,
            differ: "give it another spec.name",
            at_vendor: KeyAtVendor::MayRepeat,
        }
    }

    async fn resolve(
        &self,
        _session: &Session,
        resource: &AccessPolicy,
        _inputs: &Inputs<'_>,
    ) -> Result<Declared<Desired>, Unresolved> {
        Ok(Declared::of(Desired { name: resource.spec.name.clone(), rules: resource.spec.rules.clone() }))
    }

    fn identify(live: &Policy) -> External<'_> {
        External { id: &live.id, key: &live.name, organization: None, adoptable: true }
    }

    fn fields(
        &self,
        _session: &Session,
        desired: &Desired,
        live: &Policy,
        _applied: &BTreeMap<String, String>,
    ) -> Vec<Field> {
        let field = |path: &str, wanted: String, shown: String| {
            Field::new(path, Text::Plain(wanted), Seen::Value(Text::Plain(shown)))
        };
        vec![
            field(NAME, desired.name.clone(), live.name.clone()),
            field(RULES, desired.rules.join("\n"), live.rules.join("\n")),
        ]
    }

    fn created(&self, desired: &Desired, id: &str) -> Policy {
        Policy { id: id.to_owned(), name: desired.name.clone(), rules: desired.rules.clone() }
    }

    async fn update(
        &self,
        session: &Session,
        id: &str,
        desired: &Desired,
        _live: &Policy,
        changes: &[Change],
    ) -> Result<(), VendorError> {
        let body = body(desired, |path| changes.iter().any(|change| change.path == path));
        let how = (Method::PATCH, Effect::Write);
        session.call(how, ONE, format!("/policies/{id}"), Some(body)).await.map(drop)
    }
}

#[async_trait(?Send)]
impl Lists<Self> for Policies {
    async fn list(
        &self,
        session: &Session,
        wanted: Wanted<'_, Policy>,
    ) -> Result<Listed<Policy>, VendorError> {
        let page = async |place: &Place| {
            let number = if let Place::Number(number) = place { *number } else { 0 };
            let shown = session.read("/policies", format!("/policies?page={number}")).await?;
            let items = shown["items"].as_array().map(Vec::as_slice).unwrap_or_default();
            let rows: Vec<Policy> = items.iter().map(decode).collect::<Result<_, _>>()?;
            let next = (!rows.is_empty()).then_some(Place::Number(number + 1));
            Ok(Page { rows, total: shown["total"].as_u64(), next })
        };
        wanted.whole(page, |policy: &Policy| &policy.id).await
    }
}

#[async_trait(?Send)]
impl Creates<Self> for Policies {
    async fn create(&self, session: &Session, desired: &Desired) -> Result<Created, VendorError> {
        let body = body(desired, |_| true);
        let how = (Method::POST, Effect::Write);
        let made = session.call(how, "/policies", "/policies".to_owned(), Some(body)).await?;
        Ok(Created { id: made["id"].as_str().map(str::to_owned), token: None })
    }
}

#[async_trait(?Send)]
impl Gets<Self> for Policies {
    async fn get(
        &self,
        session: &Session,
        _container: &str,
        id: &str,
    ) -> Option<Result<Policy, VendorError>> {
        let shown = session.read(ONE, format!("/policies/{id}")).await;
        Some(shown.and_then(|shown| decode(&shown)))
    }
}

#[async_trait(?Send)]
impl Deletes<Self> for Policies {
    async fn delete(&self, session: &Session, _container: &str, id: &str) -> Result<(), VendorError> {
        let how = (Method::DELETE, Effect::Write);
        session.call(how, ONE, format!("/policies/{id}"), None).await.map(drop)
    }
}

#[async_trait(?Send)]
impl Guarded<Self> for Policies {
    fn takes_away(&self, _changes: &[Change]) -> bool {
        false
    }

    async fn strips<'a>(
        &self,
        _session: &'a Session,
        _harm: &'a Harm<'a, Self>,
    ) -> Result<Stripped<'a, Self>, VendorError> {
        Ok(Stripped::Nothing)
    }

    fn cuts_off(&self, _session: &Session, harm: &Harm<'_, Self>) -> Option<String> {
        let has = |rules: &[String]| rules.iter().any(|rule| rule == NO_CLIENTS);
        let closes = harm.desired.is_some_and(|desired| has(&desired.rules)) && !has(&harm.live.rules);
        closes.then(|| "no client may call the tenant then".to_owned())
    }
}
