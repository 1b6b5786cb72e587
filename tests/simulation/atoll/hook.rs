//! Hooks: the vendor has no list of them. One is read by its id, which the answer to its create tells, and which leads
//! to one that exists; several may have one name.

use super::api::{AtollHook, HookSpec};
use super::vendor::{Atoll, Session};
use async_trait::async_trait;
use http::Method;
use orgkeeper::api::policy::DeletionPolicy;
use orgkeeper::engine::base::error::{Failure, VendorError};
use orgkeeper::engine::decide::plan::{Change, Field, Seen, Text};
use orgkeeper::engine::external::caller::Effect;
use orgkeeper::engine::provider::ability::{Creates, Deletes, Gets};
use orgkeeper::engine::provider::declared::Declared;
use orgkeeper::engine::provider::facts::{Facts, KeyAtVendor, Listing, Naming, Within};
use orgkeeper::engine::provider::inputs::{Inputs, Unresolved};
use orgkeeper::engine::provider::kind::{External, Kind};
use orgkeeper::engine::provider::registration::{End, Making, Registration};
use orgkeeper::engine::provider::vendor::Created;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const URL: &str = "url";
const ALL: &str = "/hooks";
const ONE: &str = "/hooks/{hookId}";

/// The kind.
#[derive(Clone, Copy)]
pub struct Hooks;

/// A hook, as the vendor shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Hook {
    id: String,
    name: String,
    url: String,
}

/// What a manifest declares.
pub struct Desired {
    name: String,
    url: String,
}

/// The kind with what it can do.
pub fn registration() -> Registration<Hooks> {
    Registration::unlisted(Hooks, Hooks, Making::repeatable(Hooks), End::deleted(Hooks))
}

fn decode(item: &Value) -> Result<Hook, VendorError> {
    let text = |name: &str| item[name].as_str().map(str::to_owned);
    let parts = text("id").zip(text("name")).zip(text("url"));
    let hook = parts.map(|((id, name), url)| Hook { id, name, url });
    hook.ok_or_else(|| VendorError::unknown(Failure::Unreadable, "a hook that lacks something"))
}

impl Kind for Hooks {
    type Vendor = Atoll;
    type Resource = AtollHook;
    type Desired = Desired;
    type Observed = Hook;

    const FACTS: Facts = Facts { listing: Listing::Nothing, ..Facts::of("hook", DeletionPolicy::Delete) };

    fn key(resource: &AtollHook, _within: &Within) -> String {
        resource.spec.name.clone()
    }

    fn naming(resource: &AtollHook) -> Naming {
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
        resource: &AtollHook,
        _inputs: &Inputs<'_>,
    ) -> Result<Declared<Desired>, Unresolved> {
        let HookSpec { name, url, .. } = resource.spec.clone();
        Ok(Declared::of(Desired { name, url }))
    }

    fn identify(live: &Hook) -> External<'_> {
        External { id: &live.id, key: &live.name, organization: None, adoptable: true }
    }

    fn fields(
        &self,
        _session: &Session,
        desired: &Desired,
        live: &Hook,
        _applied: &BTreeMap<String, String>,
    ) -> Vec<Field> {
        let text = |text: &str| Text::Plain(text.to_owned());
        vec![Field::new(URL, text(&desired.url), Seen::Value(text(&live.url)))]
    }

    fn created(&self, desired: &Desired, id: &str) -> Hook {
        Hook { id: id.to_owned(), name: desired.name.clone(), url: desired.url.clone() }
    }

    async fn update(
        &self,
        session: &Session,
        id: &str,
        desired: &Desired,
        _live: &Hook,
        _changes: &[Change],
    ) -> Result<(), VendorError> {
        let (how, body) = ((Method::PATCH, Effect::Write), json!({"url": desired.url}));
        session.call(how, ONE, format!("{ALL}/{id}"), Some(body)).await.map(drop)
    }
}

#[async_trait(?Send)]
impl Gets<Self> for Hooks {
    async fn get(&self, session: &Session, _container: &str, id: &str) -> Option<Result<Hook, VendorError>> {
        let shown = session.read(ONE, format!("{ALL}/{id}")).await;
        Some(shown.and_then(|shown| decode(&shown)))
    }
}

#[async_trait(?Send)]
impl Creates<Self> for Hooks {
    async fn create(&self, session: &Session, desired: &Desired) -> Result<Created, VendorError> {
        let body = json!({"name": desired.name, "url": desired.url});
        let how = (Method::POST, Effect::Write);
        let made = session.call(how, ALL, ALL.to_owned(), Some(body)).await?;
        Ok(Created { id: made["id"].as_str().map(str::to_owned), token: None })
    }
}

#[async_trait(?Send)]
impl Deletes<Self> for Hooks {
    async fn delete(&self, session: &Session, _container: &str, id: &str) -> Result<(), VendorError> {
        let how = (Method::DELETE, Effect::Write);
        session.call(how, ONE, format!("{ALL}/{id}"), None).await.map(drop)
    }
}
