//! Notification policies, the vendor's successor of event subscriptions. Only the live service has them.
//!
//! | module | holds |
//! |---|---|
//! | `wish` | what a manifest asks for, with references resolved |
//! | `fields` | the wish beside what the vendor shows, and what a write sends of it |
//! | `shown` | a policy as the vendor shows it |
//! | `content` | what a policy tells, and when two tell the same |
//! | `model`, `calls`, `requests`, `decode` | what the vendor has, and how it is reached, as of [every kind](super) |
//!
//! The vendor lists the policies that the token's user may see, and no others: what lists lack is asked for by its id,
//! and a create that nobody heard the outcome of is not repeated unasked, as no id of it is known.

pub mod calls;
mod content;
pub(super) mod decode;
mod fields;
pub mod model;
pub mod requests;
mod shown;
mod unknown;
mod wish;

#[cfg(test)]
mod tests;

use crate::api::policy::DeletionPolicy;
use crate::api::spot::NotificationPolicy;
use crate::api::spot::kinds;
use crate::engine::base::error::VendorError;
use crate::engine::base::ports::Tick;
use crate::engine::base::reason::Reason;
use crate::engine::decide::plan::{Change, Field};
use crate::engine::external::list::{Listed, Wanted};
use crate::engine::provider::ability::{Creates, Deletes, Details, Gets, Guarded, Lists};
use crate::engine::provider::declared::Declared;
use crate::engine::provider::facts::{Facts, KeyAtVendor, Naming, Within};
use crate::engine::provider::harm::{Harm, Stripped};
use crate::engine::provider::inputs::{Inputs, Unresolved};
use crate::engine::provider::kind::{External, Kind};
use crate::engine::provider::registration::{End, Making, Registration};
use crate::engine::provider::vendor::Created;
use crate::vendors::spot::names;
use crate::vendors::spot::organization::Spot;
use crate::vendors::spot::session::SpotSession;
use async_trait::async_trait;
use calls::NotificationPolicyCalls;
use model::{AccountConfig, PolicyDetail, PolicyMembers, PolicyRow, ShownSubscription};
use shown::natural_key;
use std::collections::BTreeMap;
use std::mem;

pub use shown::Observed;
pub use wish::Desired;

/// The kind `NotificationPolicy`.
#[derive(Clone, Copy, Debug)]
pub struct NotificationPolicies;

/// Why the contract cannot express the kind at all.
fn unsupported(session: &SpotSession) -> Option<(Reason, &'static str)> {
    let text = "The endpoint's contract has no notification policies: only the live service has. Delete this object, or \
                use an endpoint of the live service.";
    (!calls::are_there(&session.client)).then_some((Reason::NotSupportedByContract, text))
}

/// The kind with all that it can do.
pub fn registration() -> Registration<NotificationPolicies> {
    // That a list lacks it proves nothing, and it may have told somebody.
    let making = Making::once(NotificationPolicies);
    let end = End::deleted(NotificationPolicies);
    Registration::of(NotificationPolicies, NotificationPolicies, making, end)
        .lacking(unsupported)
        .gets(NotificationPolicies)
        .details(NotificationPolicies)
        .guard(NotificationPolicies)
}

impl Kind for NotificationPolicies {
    type Vendor = Spot;
    type Resource = NotificationPolicy;
    type Desired = Desired;
    type Observed = Observed;

    const FACTS: Facts = Facts {
        container: Some(kinds::ACCOUNT),
        // Who is told loses no access.
        deletion_takes_away: false,
        ..Facts::of("notification policy", DeletionPolicy::Delete)
    };

    fn key(resource: &NotificationPolicy, within: &Within) -> String {
        natural_key(&within.key(), &resource.spec.name)
    }

    fn naming(resource: &NotificationPolicy) -> Naming {
        Naming {
            title: resource.spec.name.clone(),
            unsendable: names::clean("spec.name", &resource.spec.name),
            differ: "give it another spec.name",
            at_vendor: KeyAtVendor::MayRepeat,
        }
    }

    async fn resolve(
        &self,
        session: &SpotSession,
        resource: &NotificationPolicy,
        inputs: &Inputs<'_>,
    ) -> Result<Declared<Desired>, Unresolved> {
        let mut state = wish::resolve(session, resource, inputs).await?;
        let (resolved, waits) = (state.lists.resolved(), mem::take(&mut state.lists.waits));
        let advice = unknown::advice(session, &state).await;
        Ok(Declared { waits, resolved, advice, ..Declared::of(state) })
    }

    fn identify(live: &Observed) -> External<'_> {
        let adoptable = live.row.account.is_some();
        External { id: &live.row.id, key: &live.key, organization: None, adoptable }
    }

    fn unfit(desired: &Desired, live: &Observed) -> Option<(Reason, String)> {
        let account = live.row.account.as_deref().filter(|account| *account != desired.account)?;
        let text = format!(
            "Notification policy {} is in account {account}, not in {}. Neither spec.adopt.id nor spec.accountRef can be \
             changed: delete this object, and create one with the right ones.",
            live.row.id, desired.account
        );
        Some((Reason::AdoptionTargetNotFound, text))
    }

    fn fields(
        &self,
        _session: &SpotSession,
        desired: &Desired,
        live: &Observed,
        applied: &BTreeMap<String, String>,
    ) -> Vec<Field> {
        fields::of(desired, live, applied)
    }

    fn created(&self, desired: &Desired, id: &str) -> Observed {
        let shown = |one: &model::Subscription| ShownSubscription {
            channel: one.channel.to_owned(),
            endpoint: Some(one.endpoint.clone()),
        };
        let config = AccountConfig { account: Some(desired.account.clone()), config: desired.config.clone() };
        let detail = PolicyDetail {
            id: id.to_owned(),
            name: desired.name.clone(),
            description: desired.description.clone(),
            privacy_level: Some(desired.privacy_level.as_str().to_owned()),
            is_active: desired.is_active,
            subscriptions: desired.subscriptions.iter().flatten().map(shown).collect(),
            registered_users: desired.registered_users.clone().unwrap_or_default(),
            configs: vec![config],
        };
        Observed::read(&desired.account, detail)
    }

    async fn update(
        &self,
        session: &SpotSession,
        id: &str,
        desired: &Desired,
        live: &Observed,
        changes: &[Change],
    ) -> Result<(), VendorError> {
        let update = fields::update(desired, live, changes);
        NotificationPolicyCalls(&session.client).update(&desired.account, id, &update).await
    }
}

#[async_trait(?Send)]
impl Lists<Self> for NotificationPolicies {
    async fn list(
        &self,
        session: &SpotSession,
        wanted: Wanted<'_, Observed>,
    ) -> Result<Listed<Observed>, VendorError> {
        let rows = NotificationPolicyCalls(&session.client).list().await?;
        Ok(Listed { begun: wanted.now, rows: rows.into_iter().map(|row| Observed::new(row, None)).collect() })
    }
}

#[async_trait(?Send)]
impl Creates<Self> for NotificationPolicies {
    async fn create(&self, session: &SpotSession, desired: &Desired) -> Result<Created, VendorError> {
        let calls = NotificationPolicyCalls(&session.client);
        let privacy_level = desired.privacy_level.as_str();
        calls.create(&desired.account, privacy_level, &whole(desired)).await
    }

    /// Of where events are told, addresses may be hidden by every read.
    fn carries(&self, _session: &SpotSession, _desired: &Desired, _path: &str) -> bool {
        true
    }
}

#[async_trait(?Send)]
impl Gets<Self> for NotificationPolicies {
    async fn get(
        &self,
        session: &SpotSession,
        container: &str,
        id: &str,
    ) -> Option<Result<Observed, VendorError>> {
        let read = NotificationPolicyCalls(&session.client).get(container, id).await;
        Some(read.map(|detail| Observed::read(container, detail)))
    }
}

#[async_trait(?Send)]
impl Details<Self> for NotificationPolicies {
    fn calls(&self, _session: &SpotSession, row: &Observed) -> u32 {
        u32::from(row.row.account.is_some())
    }

    async fn read(
        &self,
        session: &SpotSession,
        row: Observed,
        _since: Tick,
    ) -> Result<Observed, VendorError> {
        let account = row.row.account.as_deref().unwrap_or_default();
        let detail = NotificationPolicyCalls(&session.client).get(account, &row.row.id).await?;
        // The read is younger than the list.
        let read = Observed::read(account, detail);
        let row = PolicyRow { account: row.row.account, methods: row.row.methods, ..read.row };
        Ok(Observed::new(row, read.detail))
    }
}

/// From a list with a gap nobody is taken by mistake.
#[async_trait(?Send)]
impl Guarded<Self> for NotificationPolicies {
    fn takes_away(&self, changes: &[Change]) -> bool {
        changes.iter().any(fields::takes_away)
    }

    /// Who is told may do no more by that.
    async fn strips<'a>(
        &self,
        _session: &'a SpotSession,
        _harm: &'a Harm<'a, Self>,
    ) -> Result<Stripped<'a, Self>, VendorError> {
        Ok(Stripped::Nothing)
    }
}

#[async_trait(?Send)]
impl Deletes<Self> for NotificationPolicies {
    async fn delete(&self, session: &SpotSession, container: &str, id: &str) -> Result<(), VendorError> {
        NotificationPolicyCalls(&session.client).delete(container, id).await
    }
}

/// All that is declared.
fn whole(desired: &Desired) -> PolicyMembers {
    PolicyMembers {
        name: Some(desired.name.clone()),
        description: desired.description.clone(),
        is_active: desired.is_active,
        subscriptions: desired.subscriptions.clone(),
        registered_users: desired.registered_users.clone(),
        config: Some(desired.config.clone()),
    }
}
