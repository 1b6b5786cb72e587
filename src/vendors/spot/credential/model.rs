//! What lets the vendor into a cloud account (spot-wire §2.6). Secrets are sent and never read: the
//! vendor masks them.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

/// The role by which the vendor comes into an AWS account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwsCredentials {
    /// Its ARN.
    pub iam_role: String,
}

/// What the role's trust policy must ask for. It is made before the role, and expires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExternalId {
    /// The id.
    pub value: String,
    /// Until when a role can be set that asks for it.
    pub expires: Option<Timestamp>,
}

/// The application by which the vendor comes into an Azure subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AzureCredentials {
    /// The application's id.
    pub client_id: String,
    /// The tenant's.
    pub tenant_id: String,
    /// The subscription's.
    pub subscription_id: String,
    /// When its secret expires.
    pub expiration: Option<Timestamp>,
}

/// The same, to be set.
#[derive(Clone, Debug)]
pub struct NewAzureCredentials {
    /// All that can be read again. An expiration with
    /// [`Capability::AzureExpiration`](crate::vendors::spot::contract::Capability::AzureExpiration) only.
    pub public: AzureCredentials,
    /// The application's secret.
    pub client_secret: SecretString,
}

/// The service account by which the vendor comes into a GCP project: what of its key file is no
/// secret, by the names that the file has for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GcpServiceAccount(BTreeMap<&'static str, String>);

impl GcpServiceAccount {
    /// The members that the vendor takes, the secret one apart (spot-wire §2.6).
    pub const MEMBERS: [&'static str; 9] = [
        "type",
        "project_id",
        "private_key_id",
        "client_email",
        "client_id",
        "auth_uri",
        "token_uri",
        "auth_provider_x509_cert_url",
        "client_x509_cert_url",
    ];

    /// What an object has of it; what else is there, the vendor would refuse.
    pub fn read(object: &Value) -> Self {
        let text = |name| object.get(name)?.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        Self(Self::MEMBERS.into_iter().filter_map(|name| Some((name, text(name)?))).collect())
    }

    /// One member.
    pub fn member(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// All members that it has.
    pub fn members(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(name, value)| (*name, value.as_str()))
    }
}

/// A service account's key file, to be set.
#[derive(Clone)]
pub struct GcpKey {
    account: GcpServiceAccount,
    private_key: SecretString,
}

/// Why a text is no key file. It repeats nothing of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GcpKeyError {
    /// It is not what Google writes.
    #[error("it is not a JSON object")]
    NotAnObject,
    /// It is the key file of something else.
    #[error("its type is not service_account")]
    NotAServiceAccount,
    /// Something is not there.
    #[error("it has no {0}")]
    Lacks(&'static str),
}

impl GcpKey {
    /// Reads a key file as Google writes it.
    pub fn parse(text: &SecretString) -> Result<Self, GcpKeyError> {
        let file: Value = serde_json::from_str(text.expose_secret()).map_err(|_| GcpKeyError::NotAnObject)?;
        if !file.is_object() {
            return Err(GcpKeyError::NotAnObject);
        }
        let account = GcpServiceAccount::read(&file);
        if account.member("type") != Some("service_account") {
            return Err(GcpKeyError::NotAServiceAccount);
        }
        for name in ["project_id", "private_key_id", "client_email"] {
            account.member(name).ok_or(GcpKeyError::Lacks(name))?;
        }
        let private_key = file["private_key"].as_str().filter(|key| !key.trim().is_empty());
        let private_key = private_key.ok_or(GcpKeyError::Lacks("private_key"))?.into();
        Ok(Self { account, private_key })
    }

    /// What of it is no secret.
    pub fn account(&self) -> &GcpServiceAccount {
        &self.account
    }

    /// What of it is one.
    pub fn private_key(&self) -> &SecretString {
        &self.private_key
    }

    /// The secret, and each of its lines: somebody may repeat it without the line breaks.
    pub fn secrets(&self) -> Vec<SecretString> {
        let lines = self.private_key.expose_secret().lines().map(str::trim);
        let lines =
            lines.filter(|line| !line.is_empty() && !line.starts_with("-----")).map(SecretString::from);
        std::iter::once(self.private_key.clone()).chain(lines).collect()
    }
}

/// Without the private key.
impl fmt::Debug for GcpKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GcpKey").field("account", &self.account).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn file() -> Value {
        json!({
            "type": "service_account", "project_id": "p", "private_key_id": "k",
            "private_key": "-----BEGIN PRIVATE KEY-----\nMIICANARY1\nMIICANARY2\n-----END PRIVATE KEY-----\n",
            "client_email": "spot@p.iam.gserviceaccount.com", "client_id": "1", "auth_uri": "a", "token_uri": "t",
            "auth_provider_x509_cert_url": "c", "client_x509_cert_url": "x", "universe_domain": "googleapis.com",
        })
    }

    fn parse(file: &Value) -> Result<GcpKey, GcpKeyError> {
        GcpKey::parse(&SecretString::from(file.to_string()))
    }

    #[test]
    fn a_key_file_is_read_and_its_key_not_shown() {
        let key = parse(&file()).expect("a key");
        assert_eq!(key.account().members().count(), 9);
        assert_eq!(key.account().member("client_id"), Some("1"));
        assert_eq!(
            (key.account().member("universe_domain"), key.account().member("private_key")),
            (None, None)
        );
        assert_eq!(key.private_key().expose_secret(), file()["private_key"].as_str().expect("a key"));
        assert!(!format!("{key:?} {key:#?}").contains("CANARY"));
        let secrets: Vec<_> = key.secrets().iter().map(|secret| secret.expose_secret().len()).collect();
        assert_eq!(secrets, [key.private_key().expose_secret().len(), 10, 10]);
    }

    #[test]
    fn what_is_no_key_file_is_none() {
        let without = |name: &str| {
            let mut file = file();
            file[name] = json!(null);
            file
        };
        let mut of_a_person = file();
        of_a_person["type"] = json!("authorized_user");
        let table = [
            (json!("CANARY"), GcpKeyError::NotAnObject),
            (json!([file()]), GcpKeyError::NotAnObject),
            (json!({}), GcpKeyError::NotAServiceAccount),
            (of_a_person, GcpKeyError::NotAServiceAccount),
            (without("type"), GcpKeyError::NotAServiceAccount),
            (without("private_key"), GcpKeyError::Lacks("private_key")),
            (without("private_key_id"), GcpKeyError::Lacks("private_key_id")),
            (without("project_id"), GcpKeyError::Lacks("project_id")),
            (without("client_email"), GcpKeyError::Lacks("client_email")),
        ];
        for (file, expected) in table {
            let error = parse(&file).expect_err("no key file");
            assert_eq!(error, expected);
            assert!(!format!("{error} {error:?}").contains("CANARY"));
        }
        let broken = GcpKey::parse(&SecretString::from("{\"private_key\": \"CANARY")).expect_err("no JSON");
        assert_eq!(broken, GcpKeyError::NotAnObject);
        assert!(parse(&without("client_id")).is_ok());
    }
}
