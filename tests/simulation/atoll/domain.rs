//! Domains: there is no list of them, so one is taken over by its id alone.

use super::api::AtollDomain;
use super::vendor::{Atoll, Session};
use async_trait::async_trait;
use http::Method;
use orgkeeper::api::policy::DeletionPolicy;
use orgkeeper::engine::base::error::{Failure, VendorError};
use orgkeeper::engine::decide::plan::{Change, Field, Seen, Text};
use orgkeeper::engine::external::caller::Effect;
use orgkeeper::engine::provider::ability::{Deletes, Gets};
use orgkeeper::engine::provider::declared::Declared;
use orgkeeper::engine::provider::facts::{Facts, KeyAtVendor, Naming, Within};
use orgkeeper::engine::provider::inputs::{Inputs, Unresolved};
use orgkeeper::engine::provider::kind::{External, Kind};
use orgkeeper::engine::provider::registration::{End, Registration};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const ONE: &str = "/domains/{domainId}";
const TARGET: &str = "target";

/// The kind.
#[derive(Clone, Copy)]
pub struct Domains;

/// A domain, as the vendor shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Domain {
    id: String,
    name: String,
    target: String,
}

/// What a manifest declares.
pub struct Desired {
    name: String,
    target: String,
}

/// The kind with what it can do.
pub fn registration() -> Registration<Domains> {
    Registration::named(Domains, Domains, "its owner has to show that it is theirs", End::deleted(Domains))
}

fn decode(item: &Value) -> Result<Domain, VendorError> {
    let text = |name: &str| item[name].as_str().map(str::to_owned);
    match (text("id"), text("name"), text("target")) {
        (Some(id), Some(name), Some(target)) => Ok(Domain { id, name, target }),
        _ => Err(VendorError::unknown(Failure::Unreadable, "a domain that lacks something")),
    }
}

impl Kind for Domains {
    type Vendor = Atoll;
    type Resource = AtollDomain;
    type Desired = Desired;
    type Observed = Domain;

    const FACTS: Facts = Facts::of("domain", DeletionPolicy::Orphan);

    fn key(resource: &AtollDomain, _within: &Within) -> String {
        resource.spec.name.clone()
    }

    fn naming(resource: &AtollDomain) -> Naming {
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
        resource: &AtollDomain,
        _inputs: &Inputs<'_>,
    ) -> Result<Declared<Desired>, Unresolved> {
        let (name, target) = (resource.spec.name.clone(), resource.spec.target.clone());
        Ok(Declared::of(Desired { name, target }))
    }

    fn identify(live: &Domain) -> External<'_> {
        External { id: &live.id, key: &live.name, organization: None, adoptable: true }
    }

    fn fields(
        &self,
        _session: &Session,
        desired: &Desired,
        live: &Domain,
        _applied: &BTreeMap<String, String>,
    ) -> Vec<Field> {
        let text = |text: &str| Text::Plain(text.to_owned());
        vec![Field::new(TARGET, text(&desired.target), Seen::Value(text(&live.target)))]
    }

    fn created(&self, desired: &Desired, id: &str) -> Domain {
        let (name, target) = (desired.name.clone(), desired.target.clone());
        Domain { id: id.to_owned(), name, target }
    }

    async fn update(
        &self,
        session: &Session,
        id: &str,
        desired: &Desired,
        _live: &Domain,
        _changes: &[Change],
    ) -> Result<(), VendorError> {
        let (how, body) = ((Method::PATCH, Effect::Write), json!({"target": desired.target}));
        session.call(how, ONE, format!("/domains/{id}"), Some(body)).await.map(drop)
    }
}

#[async_trait(?Send)]
impl Gets<Self> for Domains {
    async fn get(
        &self,
        session: &Session,
        _container: &str,
        id: &str,
    ) -> Option<Result<Domain, VendorError>> {
        let shown = session.read(ONE, format!("/domains/{id}")).await;
        Some(shown.and_then(|shown| decode(&shown)))
    }
}

#[async_trait(?Send)]
impl Deletes<Self> for Domains {
    async fn delete(&self, session: &Session, _container: &str, id: &str) -> Result<(), VendorError> {
        let how = (Method::DELETE, Effect::Write);
        session.call(how, ONE, format!("/domains/{id}"), None).await.map(drop)
    }
}
