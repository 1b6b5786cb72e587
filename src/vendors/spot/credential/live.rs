//! What the vendor shows: of every account a row, and what it is linked to by a read of its own.

use super::calls::CredentialCalls;
use super::model::{AwsCredentials, AzureCredentials, GcpServiceAccount};
use super::wish::{Desired, Wish};
use crate::engine::base::error::{Failure, VendorError};
use crate::engine::base::ports::Tick;
use crate::vendors::spot::account::model::{Account, CloudProvider};
use crate::vendors::spot::session::SpotSession;
use jiff::Timestamp;

/// The credential of an account, as the vendor shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    account: String,
    organization: Option<String>,
    link: Link,
    reading: Reading,
}

/// What a list tells of an account's link to a cloud.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Link {
    /// Nothing: the contract has no words for it.
    Untold,
    /// There is none, or not yet: lists lag.
    None,
    /// To this cloud, if the list says to which.
    Linked(Option<CloudProvider>, Option<String>),
}

/// What a read of the credential showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// There was none.
    Unread,
    /// The account has none.
    Nothing,
    /// This one.
    Of(Credential),
}

/// What can be read of a credential: never its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Credential {
    Aws(AwsCredentials),
    Azure(AzureCredentials),
    Gcp(GcpServiceAccount),
}

impl Credential {
    fn cloud(&self) -> CloudProvider {
        match self {
            Self::Aws(_) => CloudProvider::Aws,
            Self::Azure(_) => CloudProvider::Azure,
            Self::Gcp(_) => CloudProvider::Gcp,
        }
    }
}

impl Observed {
    /// The row of an account in a list, which may tell its cloud.
    pub(super) fn row(account: &Account, tells_cloud: bool) -> Self {
        let link = match (&account.provider, &account.provider_external_id) {
            _ if !tells_cloud => Link::Untold,
            (None, None) => Link::None,
            (provider, external_id) => Link::Linked(provider.clone(), external_id.clone()),
        };
        let organization = account.organization_id.clone();
        Self { account: account.id.clone(), organization, link, reading: Reading::Unread }
    }

    /// What no list shows.
    pub(super) fn unlisted(account: &str) -> Self {
        Self { account: account.to_owned(), organization: None, link: Link::None, reading: Reading::Unread }
    }

    /// What was set just now.
    pub(super) fn as_declared(desired: &Desired) -> Self {
        let reading = match desired.wish() {
            Wish::Aws(None) => Reading::Nothing,
            Wish::Aws(Some(role)) => Reading::Of(Credential::Aws(AwsCredentials { iam_role: role.clone() })),
            Wish::Azure(azure) => Reading::Of(Credential::Azure(azure.public.clone())),
            Wish::Gcp(key) => Reading::Of(Credential::Gcp(key.account().clone())),
        };
        let link = Link::Linked(Some(desired.cloud()), None);
        Self { account: desired.account().to_owned(), organization: None, link, reading }
    }

    /// The same as a row, if a read found a credential.
    pub(super) fn found(self) -> Result<Self, VendorError> {
        let Reading::Of(credential) = &self.reading else {
            let text = format!("the account {} has no cloud credential", self.account);
            return Err(VendorError::unknown(Failure::NotFound, text));
        };
        let link = Link::Linked(Some(credential.cloud()), None);
        Ok(Self { link, reading: Reading::Unread, ..self })
    }

    pub(super) fn account(&self) -> &str {
        &self.account
    }

    pub(super) fn organization(&self) -> Option<&str> {
        self.organization.as_deref()
    }

    /// The natural key: that of an account which is known to be linked.
    pub(super) fn key(&self) -> &str {
        if matches!(self.link, Link::Linked(..)) { &self.account } else { "" }
    }

    /// Whether there may be something to take over.
    pub(super) fn may_be_linked(&self) -> bool {
        self.link != Link::None
    }

    pub(super) fn reading(&self) -> &Reading {
        &self.reading
    }

    /// The cloud that the account is linked to, where it is known: by its credential, else by the list.
    pub(super) fn cloud(&self) -> Option<CloudProvider> {
        if let Reading::Of(credential) = &self.reading {
            return Some(credential.cloud());
        }
        self.told().cloned()
    }

    /// When the secret expires, as the vendor says.
    pub(super) fn expiration(&self) -> Option<Timestamp> {
        match &self.reading {
            Reading::Of(Credential::Azure(azure)) => azure.expiration,
            Reading::Of(Credential::Aws(_) | Credential::Gcp(_)) | Reading::Nothing | Reading::Unread => None,
        }
    }

    /// The clouds to ask for the credential, one after the other, and first the one that the list tells: it
    /// may be older than a change of the cloud.
    fn clouds(&self) -> Vec<CloudProvider> {
        let mut clouds = vec![CloudProvider::Aws, CloudProvider::Azure, CloudProvider::Gcp];
        clouds.sort_by_key(|cloud| self.told() != Some(cloud));
        clouds
    }

    /// How many calls a read takes, if the account has a credential.
    pub(super) fn calls(&self) -> u32 {
        if self.told().is_some() { 1 } else { 3 }
    }

    /// The cloud that the list tells.
    fn told(&self) -> Option<&CloudProvider> {
        match &self.link {
            Link::Linked(cloud, _) => {
                cloud.as_ref().filter(|cloud| !matches!(cloud, CloudProvider::Other(_)))
            }
            Link::None | Link::Untold => None,
        }
    }
}

/// Reads the credential of the row's account, but for what was read of it since then; of the cloud that is to be set
/// only what is there now.
pub(super) async fn read(
    session: &SpotSession,
    row: Observed,
    since: Tick,
    to_set: Option<CloudProvider>,
) -> Result<Observed, VendorError> {
    let key = |cloud: &CloudProvider| format!("{} {cloud:?}", row.account());
    let (mut clouds, mut found) = (row.clouds(), Ok(None));
    clouds.sort_by_key(|cloud| Some(cloud) == to_set.as_ref());
    for cloud in &clouds {
        let mut credential = None;
        let read = async {
            credential = read_of(session, row.account(), cloud).await?;
            Ok(credential.is_none())
        };
        let now = session.now();
        let since = if Some(cloud) == to_set.as_ref() { now } else { since };
        found = session.unlinked.read(&key(cloud), (since, now), read).await.map(|_| credential);
        if !matches!(found, Ok(None)) {
            break;
        }
    }
    for cloud in &clouds {
        session.unlinked.ended(&key(cloud), &found);
    }
    Ok(Observed { reading: found?.map_or(Reading::Nothing, Reading::Of), ..row })
}

/// The account's credential for the cloud, if it has one.
async fn read_of(
    session: &SpotSession,
    account: &str,
    cloud: &CloudProvider,
) -> Result<Option<Credential>, VendorError> {
    let client = &session.client;
    Ok(match cloud {
        CloudProvider::Aws => CredentialCalls(client).get_aws(account).await?.map(Credential::Aws),
        CloudProvider::Azure => CredentialCalls(client).get_azure(account).await?.map(Credential::Azure),
        CloudProvider::Gcp => CredentialCalls(client).get_gcp(account).await?.map(Credential::Gcp),
        CloudProvider::Other(_) => None,
    })
}
