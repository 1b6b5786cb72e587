//! `SpotAccount`: an account of an organization.

use super::access::AccountRole;
use crate::api::column::Column;
use crate::api::grant::{self, Admission, Asker, Namespaces, Power};
use crate::api::kind::KindRef;
use crate::api::managed::{Managed, UNOBSERVED};
use crate::api::policy::CommonSpec;
use crate::api::reference::{OrganizationRef, SecretKeyRef};
use crate::api::referrer::{Referred, Referrer};
use crate::api::spot::kinds;
use crate::api::spot::rules::{adopted_id_stays, organization_stays};
use crate::api::status::CommonStatus;
use crate::api::text::is_name;
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;

/// An account of a Spot organization.
#[derive(CustomResource, Clone, Debug, PartialEq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "spot.orgkeeper.dev",
    version = "v1alpha1",
    kind = "SpotAccount",
    plural = "spotaccounts",
    singular = "spotaccount",
    namespaced,
    category = "spot",
    shortname = "spacc",
    status = "CommonStatus",
    derive = "PartialEq",
    doc = "An account of a Spot organization.",
    selectable = ".status.organizationId",
    selectable = ".status.id"
)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = organization_stays("an account", "SpotAccount"))]
#[x_kube(validation = Rule::new("!has(self.adopt) || !has(self.adopt.id) || self.adopt.id.matches('^act-[0-9a-zA-Z]+$')")
    .field_path(".adopt.id")
    .message("adopt.id must be the id of a Spot account: act- and letters or digits, such as act-1a2b3c4d"))]
#[x_kube(validation = adopted_id_stays("SpotAccount"))]
pub struct SpotAccountSpec {
    /// The organization that the account belongs to. Cannot be changed.
    pub organization_ref: OrganizationRef,
    /// The account's name at the vendor. Changing it renames the account.
    #[schemars(length(min = 1, max = 255))]
    #[x_kube(validation = is_name("name"))]
    #[x_kube(validation = Rule::new("self.matches('[a-zA-Z]')")
        .message("name must contain a letter, such as payments-prod: Spot refuses a name without one"))]
    pub name: String,
    /// The Slack webhooks that the account notifies. Without it they are left as they are; an empty list means none.
    /// The vendor never shows them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 20))]
    pub slack_notification_channels: Option<Vec<SlackChannel>>,
    /// Who may refer to it. Without it, its own namespace may; where it is given, only what it lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32))]
    pub allowed: Option<Vec<AccountGrant>>,
    /// How the account is kept.
    #[serde(flatten)]
    pub common: CommonSpec,
}

/// What [`AccountReferrer`] is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ToAccounts;

impl Referred for ToAccounts {
    const DESCRIPTION: &'static str = "A kind that may refer to an account.";

    fn by() -> Vec<KindRef> {
        [kinds::ACTING_IN_ACCOUNTS, kinds::IN_ACCOUNTS].concat()
    }
}

/// A kind that may refer to an account.
pub type AccountReferrer = Referrer<ToAccounts>;

/// What may refer to an account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccountGrant {
    /// The namespaces from which it may be referred to.
    pub namespaces: Namespaces,
    /// The kinds that may refer to it.
    #[schemars(length(min = 1, max = 16))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub kinds: Vec<AccountReferrer>,
    /// The highest role on the account that they may give. Without it, any, and any policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "AccountRole")]
    pub max_role: Option<AccountRole>,
}

impl Admission for AccountGrant {
    fn namespaces(&self) -> &Namespaces {
        &self.namespaces
    }

    fn most(&self, kind: KindRef) -> Option<Power> {
        let most = self.max_role.map_or(Power::Unbounded, AccountRole::power);
        self.kinds.iter().any(|admitted| admitted.kind() == kind).then_some(most)
    }
}

/// A Slack webhook, given in clear or by a Secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
// On the channel, not on the url: a rule on a string repeats the string in its refusal, and this one is secret.
#[x_kube(validation = Rule::new(r"!has(self.url) || (isURL(self.url) && self.url.matches('^https://[^/@\\s]+/\\S+$'))")
    .field_path(".url")
    .message("url must be the whole address of a webhook, such as https://hooks.slack.com/services/…"))]
#[x_kube(validation = Rule::new("has(self.url) != has(self.urlSecretRef)")
    .message("a Slack channel has exactly one of url and urlSecretRef: remove one of them, or add the one that is missing"))]
pub struct SlackChannel {
    /// The webhook's address in clear. Whoever has it can post to the channel: prefer urlSecretRef.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2048))]
    pub url: Option<WebhookUrl>,
    /// The key of a Secret, in the account's namespace, that holds the webhook's address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url_secret_ref: Option<SecretKeyRef>,
}

/// A webhook's address. It lets whoever knows it post to the channel, so `Debug` hides it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct WebhookUrl(String);

impl WebhookUrl {
    /// The address itself, to be sent to the vendor and shown nowhere.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for WebhookUrl {
    fn from(url: String) -> Self {
        Self(url)
    }
}

impl fmt::Debug for WebhookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookUrl(***)")
    }
}

impl Managed for SpotAccount {
    const KIND: KindRef = kinds::ACCOUNT;
    const COLUMNS: &'static [Column] = &[Column::CALLED];

    fn common_spec(&self) -> Cow<'_, CommonSpec> {
        Cow::Borrowed(&self.spec.common)
    }

    fn common_status(&self) -> &CommonStatus {
        self.status.as_ref().unwrap_or(&UNOBSERVED)
    }

    fn organization_ref(&self) -> Option<&OrganizationRef> {
        Some(&self.spec.organization_ref)
    }

    fn secret_refs(&self) -> Vec<&SecretKeyRef> {
        let channels = self.spec.slack_notification_channels.iter().flatten();
        channels.filter_map(|channel| channel.url_secret_ref.as_ref()).collect()
    }
    fn most(&self, asker: &Asker<'_>) -> Option<Power> {
        let own = self.metadata.namespace.as_deref().unwrap_or_default();
        grant::most(self.spec.allowed.as_deref(), own, asker)
    }
}
