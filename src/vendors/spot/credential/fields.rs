//! The wish beside what the vendor shows.

use super::live::{Credential, Observed, Reading};
use super::model::{GcpKey, GcpServiceAccount, NewAzureCredentials};
use super::wish::{Desired, Wish};
use crate::engine::decide::plan::{Field, Seen, Text};
use crate::vendors::spot::contract::Capability;
use crate::vendors::spot::session::SpotSession;
use secrecy::ExposeSecret;
use std::collections::BTreeMap;

const ROLE: &str = "aws.iamRole";
const CLIENT: &str = "azure.clientId";
const TENANT: &str = "azure.tenantId";
const SUBSCRIPTION: &str = "azure.subscriptionId";
const CLIENT_SECRET: &str = "azure.clientSecretRef";
const EXPIRATION: &str = "azure.expirationDate";
/// What of the key file can be read back, and the key, which cannot.
const KEY_FILE: &str = "gcp.serviceAccountKeyRef";
const PRIVATE_KEY: &str = "gcp.serviceAccountKeyRef[private_key]";

/// What the contract has words for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Contract {
    /// Whether credentials are read.
    pub reads: bool,
    /// Whether an Azure credential says when it expires.
    pub expiration: bool,
}

impl Contract {
    pub(super) fn of(session: &SpotSession) -> Self {
        Self {
            reads: session.supports(Capability::CredentialReads),
            expiration: session.supports(Capability::AzureExpiration),
        }
    }

    fn seen(self, text: Text) -> Seen {
        if self.reads { Seen::Value(text) } else { Seen::Unreadable }
    }
}

/// The fields.
pub(super) fn of(desired: &Desired, live: &Observed, contract: Contract) -> Vec<Field> {
    match desired.wish() {
        // Nothing is asked for; what is there stays.
        Wish::Aws(None) => Vec::new(),
        Wish::Aws(Some(role)) => {
            let seen = match live.reading() {
                Reading::Of(Credential::Aws(aws)) => aws.iam_role.clone(),
                _ => String::new(),
            };
            vec![Field::new(ROLE, Text::Plain(role.clone()), contract.seen(Text::Plain(seen)))]
        }
        Wish::Azure(azure) => application(azure, live, contract),
        Wish::Gcp(key) => service_account(key, live, contract),
    }
}

fn application(azure: &NewAzureCredentials, live: &Observed, contract: Contract) -> Vec<Field> {
    let known = match live.reading() {
        Reading::Of(Credential::Azure(known)) => Some(known),
        _ => None,
    };
    let public = &azure.public;
    let uuid = |path, desired: &String, seen: Option<&String>| {
        let seen = seen.map(|seen| seen.to_ascii_lowercase()).unwrap_or_default();
        Field::new(path, Text::Plain(desired.clone()), contract.seen(Text::Plain(seen)))
    };
    let mut fields = vec![
        uuid(CLIENT, &public.client_id, known.map(|known| &known.client_id)),
        uuid(TENANT, &public.tenant_id, known.map(|known| &known.tenant_id)),
        uuid(SUBSCRIPTION, &public.subscription_id, known.map(|known| &known.subscription_id)),
        Field::new(CLIENT_SECRET, Text::Secret(azure.client_secret.clone()), Seen::Unreadable),
    ];
    if let Some(expiration) = public.expiration {
        let seen = known.and_then(|known| known.expiration).map(|at| at.to_string()).unwrap_or_default();
        let seen = if contract.expiration { contract.seen(Text::Plain(seen)) } else { Seen::Unsupported };
        fields.push(Field::new(EXPIRATION, Text::Plain(expiration.to_string()), seen));
    }
    fields
}

fn service_account(key: &GcpKey, live: &Observed, contract: Contract) -> Vec<Field> {
    let asked: BTreeMap<&str, &str> = key.account().members().collect();
    let seen = match live.reading() {
        Reading::Of(Credential::Gcp(known)) => shown(&asked, known),
        _ => BTreeMap::new(),
    };
    // Of what stands in a Secret no value is shown.
    let text = |members: &BTreeMap<&str, &str>| {
        let lines: Vec<String> = members.iter().map(|(name, value)| format!("{name}={value}")).collect();
        Text::Secret(lines.join("\n").into())
    };
    let secret = key.private_key().expose_secret().to_owned();
    vec![
        Field::new(KEY_FILE, text(&asked), contract.seen(text(&seen))),
        Field::new(PRIVATE_KEY, Text::Secret(secret.into()), Seen::Unreadable),
    ]
}

/// What the vendor shows of what is asked for. What it leaves out is no difference.
fn shown<'a>(asked: &BTreeMap<&'a str, &'a str>, known: &'a GcpServiceAccount) -> BTreeMap<&'a str, &'a str> {
    asked.iter().map(|(name, value)| (*name, known.member(name).unwrap_or(value))).collect()
}
