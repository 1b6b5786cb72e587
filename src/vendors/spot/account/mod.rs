//! Accounts.

pub mod calls;
pub(super) mod decode;
pub mod model;
pub mod requests;

use crate::api::policy::DeletionPolicy;
use crate::api::spot::SpotAccount;
use crate::api::spot::kinds;
use crate::engine::base::error::VendorError;
use crate::engine::base::given::Form;
use crate::engine::base::reason::Reason;
use crate::engine::decide::plan::{Change, Field, Seen, Text};
use crate::engine::external::list::{Listed, Wanted};
use crate::engine::provider::ability::{Creates, Deletes, Gets, Lists};
use crate::engine::provider::declared::Declared;
use crate::engine::provider::facts::{Facts, KeyAtVendor, Listing, Naming, Within};
use crate::engine::provider::inputs::{Inputs, Unresolved, unusable};
use crate::engine::provider::kind::{External, Kind};
use crate::engine::provider::registration::{End, Making, Registration};
use crate::engine::provider::vendor::Created;
use crate::vendors::spot::contract::Capability;
use crate::vendors::spot::names;
use crate::vendors::spot::organization::Spot;
use crate::vendors::spot::session::SpotSession;
use async_trait::async_trait;
use calls::AccountCalls;
use model::{Account, AccountUpdate};
use secrecy::{ExposeSecret, SecretString};
use std::collections::BTreeMap;

const NAME: &str = "name";
const SLACK: &str = "slackNotificationChannels";

/// The kind `SpotAccount`.
#[derive(Clone, Copy, Debug)]
pub struct Accounts;

/// What a manifest asks of an account.
#[derive(Debug)]
pub struct Desired {
    name: String,
    /// Absent: not managed.
    slack: Option<Vec<SecretString>>,
}

/// The kind with all that it can do.
pub fn registration() -> Registration<Accounts> {
    Registration::of(Accounts, Accounts, Making::repeatable(Accounts), End::deleted(Accounts)).gets(Accounts)
}

impl Kind for Accounts {
    type Vendor = Spot;
    type Resource = SpotAccount;
    type Desired = Desired;
    type Observed = Account;

    const FACTS: Facts = Facts {
        listing: Listing::Shared,
        held_by: kinds::IN_ACCOUNTS,
        // An account holds other people's work: it goes only where a manifest says so.
        ..Facts::of("account", DeletionPolicy::Orphan)
    };

    fn key(resource: &SpotAccount, _within: &Within) -> String {
        resource.spec.name.clone()
    }

    fn naming(resource: &SpotAccount) -> Naming {
        Naming {
            title: resource.spec.name.clone(),
            unsendable: names::with_a_letter("spec.name", &resource.spec.name),
            differ: "give it another spec.name",
            at_vendor: KeyAtVendor::MayRepeat,
        }
    }

    async fn resolve(
        &self,
        _session: &SpotSession,
        resource: &SpotAccount,
        inputs: &Inputs<'_>,
    ) -> Result<Declared<Desired>, Unresolved> {
        let channel = |channel: &crate::api::spot::SlackChannel| {
            if let Some(url) = &channel.url {
                return Ok(SecretString::from(url.expose().to_owned()));
            }
            let Some(secret) = &channel.url_secret_ref else {
                let text =
                    "A Slack channel has neither url nor urlSecretRef; the schema should have refused it.";
                return Err(Unresolved::Person(Reason::InternalError, text.into()));
            };
            let address = inputs.secret(secret, Form::Word)?;
            let fits = address.expose_secret().starts_with("https://")
                && url::Url::parse(address.expose_secret()).is_ok();
            if fits {
                Ok(address)
            } else {
                Err(unusable(secret, "holds no https address of a webhook: write one there"))
            }
        };
        let slack = resource.spec.slack_notification_channels.as_ref();
        let slack = slack.map(|channels| channels.iter().map(channel).collect()).transpose()?;
        Ok(Declared::of(Desired { name: resource.spec.name.clone(), slack }))
    }

    fn identify(live: &Account) -> External<'_> {
        let organization = live.organization_id.as_deref();
        External { id: &live.id, key: &live.name, organization, adoptable: true }
    }

    fn fields(
        &self,
        session: &SpotSession,
        desired: &Desired,
        live: &Account,
        _applied: &BTreeMap<String, String>,
    ) -> Vec<Field> {
        let name = Text::Plain(desired.name.clone());
        let mut fields = vec![Field::new(NAME, name, Seen::Value(Text::Plain(live.name.clone())))];
        if let Some(slack) = &desired.slack {
            let seen = if session.supports(Capability::AccountSlackChannels) {
                Seen::Unreadable
            } else {
                Seen::Unsupported
            };
            // An address has no line break, so that lists of addresses have one form each.
            let joined =
                slack.iter().map(secrecy::ExposeSecret::expose_secret).collect::<Vec<_>>().join("\n");
            fields.push(Field::new(SLACK, Text::Secret(joined.into()), seen));
        }
        fields
    }

    fn created(&self, desired: &Desired, id: &str) -> Account {
        Account {
            id: id.to_owned(),
            name: desired.name.clone(),
            organization_id: None,
            created_at: None,
            provider: None,
            provider_external_id: None,
        }
    }

    async fn update(
        &self,
        session: &SpotSession,
        id: &str,
        desired: &Desired,
        _live: &Account,
        changes: &[Change],
    ) -> Result<(), VendorError> {
        let changed = |path: &str| changes.iter().any(|change| change.path == path);
        let update = AccountUpdate {
            name: changed(NAME).then(|| desired.name.clone()),
            slack_channels: desired.slack.clone().filter(|_| changed(SLACK)),
        };
        AccountCalls(&session.client).update(id, &update).await
    }
}

#[async_trait(?Send)]
impl Lists<Self> for Accounts {
    async fn list(
        &self,
        session: &SpotSession,
        wanted: Wanted<'_, Account>,
    ) -> Result<Listed<Account>, VendorError> {
        let accounts = session.accounts(wanted.fresh).await?;
        Ok(Listed { begun: accounts.begun, rows: accounts.items.values().cloned().collect() })
    }
}

#[async_trait(?Send)]
impl Creates<Self> for Accounts {
    async fn create(&self, session: &SpotSession, desired: &Desired) -> Result<Created, VendorError> {
        AccountCalls(&session.client).create(&desired.name).await
    }
}

#[async_trait(?Send)]
impl Gets<Self> for Accounts {
    async fn get(
        &self,
        session: &SpotSession,
        _container: &str,
        id: &str,
    ) -> Option<Result<Account, VendorError>> {
        if !session.supports(Capability::GetAccount) {
            return None;
        }
        Some(AccountCalls(&session.client).get(id).await)
    }
}

#[async_trait(?Send)]
impl Deletes<Self> for Accounts {
    async fn delete(&self, session: &SpotSession, _container: &str, id: &str) -> Result<(), VendorError> {
        AccountCalls(&session.client).delete(id).await
    }
}
