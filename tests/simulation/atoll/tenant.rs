//! What a tenant is beside its connection: it can be made, looked up by its name, and deleted, and has fields of its own.

use super::api::AtollTenant;
use super::member::Members;
use super::vendor::{Atoll, Session};
use async_trait::async_trait;
use http::Method;
use orgkeeper::engine::base::error::{Failure, VendorError};
use orgkeeper::engine::decide::plan::{Change, Field, Seen, Text};
use orgkeeper::engine::external::caller::Effect;
use orgkeeper::engine::external::list::{Listed, Page, Place, Wanted};
use orgkeeper::engine::provider::organization_ability::{
    CreatesOrganizations, DeletesOrganizations, FindsOrganizations, Named, Own, OwnFields,
};
use orgkeeper::engine::provider::vendor::{Created, TokenPlace};
use orgkeeper::engine::provider::vendor_registration::VendorRegistration;
use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

const ALL: &str = "/tenants";
const ONE: &str = "/tenants/{tenantId}";
const DISPLAY_NAME: &str = "displayName";
const SESSION_MINUTES: &str = "sessionMinutes";
const SUPPORT_KEY: &str = "supportKeyRef";
const ADDRESSES: &str = "allowedAddresses";
const GUESTS: &str = "guests";

/// The vendor with all that its tenants can do.
pub fn registration() -> VendorRegistration<Atoll> {
    given().creates(Atoll).finds(Atoll).deletes(Atoll)
}

/// The same where it says who its tenants are: nobody makes one, or ends one.
pub fn given() -> VendorRegistration<Atoll> {
    VendorRegistration::of(Atoll).fields(Atoll).principals(Members)
}

fn unreadable() -> VendorError {
    VendorError::unknown(Failure::Unreadable, "a tenant that lacks something")
}

#[async_trait(?Send)]
impl CreatesOrganizations<Self> for Atoll {
    async fn create(&self, session: &Session, name: &str) -> Result<Created, VendorError> {
        let how = (Method::POST, Effect::Write);
        let made = session.call(how, ALL, ALL.to_owned(), Some(json!({"name": name}))).await?;
        Ok(Created { id: made["id"].as_str().map(str::to_owned), token: None })
    }
}

#[async_trait(?Send)]
impl FindsOrganizations<Self> for Atoll {
    async fn find(
        &self,
        session: &Session,
        _name: &str,
        wanted: Wanted<'_, Named>,
    ) -> Result<Listed<Named>, VendorError> {
        let page = async |place: &Place| {
            let number = if let Place::Number(number) = place { *number } else { 0 };
            let shown = session.read(ALL, format!("{ALL}?page={number}")).await?;
            let items = shown["items"].as_array().ok_or_else(unreadable)?;
            let row = |item: &Value| {
                let text = |name: &str| item[name].as_str().map(str::to_owned);
                let (id, name) = text("id").zip(text("name")).ok_or_else(unreadable)?;
                Ok(Named { id, name })
            };
            let rows: Vec<Named> = items.iter().map(row).collect::<Result<_, VendorError>>()?;
            let next = (!rows.is_empty()).then_some(Place::Number(number + 1));
            Ok(Page { rows, total: shown["total"].as_u64(), next })
        };
        wanted.whole(page, |tenant: &Named| &tenant.id).await
    }

    fn lists_all(&self) -> bool {
        true
    }
}

#[async_trait(?Send)]
impl DeletesOrganizations<Self> for Atoll {
    async fn delete(&self, session: &Session, tenant: &str) -> Result<(), VendorError> {
        let how = (Method::DELETE, Effect::Write);
        session.call(how, ONE, format!("{ALL}/{tenant}"), None).await.map(drop)
    }
}

#[async_trait(?Send)]
impl OwnFields<Self> for Atoll {
    fn secrets(&self, root: &AtollTenant) -> Vec<TokenPlace> {
        let key = root.spec.support_key_ref.iter();
        key.map(|to| TokenPlace { secret: to.name.clone(), key: to.key.clone(), path: "spec.supportKeyRef" })
            .collect()
    }

    async fn read(&self, session: &Session, own: &Own<'_, Self>) -> Result<Vec<Field>, VendorError> {
        let spec = &own.root.spec;
        let lines = |addresses: &Vec<String>| addresses.join("\n");
        let wanted = [
            (DISPLAY_NAME, spec.display_name.clone()),
            (SESSION_MINUTES, spec.session_minutes.map(|minutes| minutes.to_string())),
            (ADDRESSES, spec.allowed_addresses.as_ref().map(lines)),
            (GUESTS, spec.guests.map(|guests| guests.to_string())),
        ];
        if wanted.iter().all(|(_, wanted)| wanted.is_none()) && own.secrets.is_empty() {
            return Ok(Vec::new());
        }
        let shown = session.read(ONE, format!("{ALL}/{}", own.id)).await?;
        let seen = |path: &str| match &shown[path] {
            Value::String(text) => text.clone(),
            Value::Array(items) => items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n"),
            other => other.to_string(),
        };
        let fields = wanted.into_iter().filter_map(|(path, wanted)| {
            Some(Field::new(path, Text::Plain(wanted?), Seen::Value(Text::Plain(seen(path)))))
        });
        let key = own
            .secrets
            .iter()
            .map(|key| Field::new(SUPPORT_KEY, Text::Secret(key.clone()), Seen::Unreadable));
        Ok(fields.chain(key).collect())
    }

    fn takes_away(&self, changes: &[Change]) -> bool {
        let shuts_out = |change: &Change| change.path == GUESTS && change.desired.as_deref() == Some("false");
        changes.iter().any(|change| !change.repeated && (shuts_out(change) || narrows(change)))
    }

    fn cuts_off(&self, _session: &Session, _own: &Own<'_, Self>, changes: &[Change]) -> Option<String> {
        let narrows = changes.iter().any(|change| !change.repeated && narrows(change));
        narrows.then(|| {
            "only the addresses that allowedAddresses names may call the tenant then, and no call shows orgkeeper's own"
                .to_owned()
        })
    }

    async fn update(
        &self,
        session: &Session,
        own: &Own<'_, Self>,
        changes: &[Change],
    ) -> Result<(), VendorError> {
        let spec = &own.root.spec;
        let members = changes.iter().map(|change| match &*change.path {
            DISPLAY_NAME => (DISPLAY_NAME.to_owned(), json!(spec.display_name)),
            SESSION_MINUTES => (SESSION_MINUTES.to_owned(), json!(spec.session_minutes)),
            ADDRESSES => (ADDRESSES.to_owned(), json!(spec.allowed_addresses)),
            GUESTS => (GUESTS.to_owned(), json!(spec.guests)),
            _ => ("supportKey".to_owned(), json!(own.secrets[0].expose_secret())),
        });
        let body = Value::Object(members.collect::<Map<_, _>>());
        let how = (Method::PATCH, Effect::Write);
        session.call(how, ONE, format!("{ALL}/{}", own.id), Some(body)).await.map(drop)
    }
}

/// Whether fewer addresses may call after the change.
fn narrows(change: &Change) -> bool {
    let of = |text: &Option<String>| -> BTreeSet<String> {
        text.iter().flat_map(|text| text.lines()).map(str::to_owned).collect()
    };
    let (before, after) = (of(&change.actual), of(&change.desired));
    change.path == ADDRESSES && !after.is_empty() && (before.is_empty() || !before.is_subset(&after))
}
