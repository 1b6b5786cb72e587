//! What tests of cloud credentials have in common.

use super::house::{House, mins};
use super::look::{acme, home};
use super::manifests::{HOME, account, organization, with};
use orgkeeper::api::spot::kinds;
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::sandbox::Hidden;
use orgkeeper::sandbox::spot::{AccountDetails, AzureCredential, CloudCredential, Contract, GcpCredential};
use serde_json::{Value, json};

pub const ROLE: &str = "arn:aws:iam::123456789012:role/spot";
pub const OTHER_ROLE: &str = "arn:aws:iam::123456789012:role/other";
pub const CLIENT: &str = "1a2b3c4d-0000-4000-8000-00000000000c";
pub const TENANT: &str = "1a2b3c4d-0000-4000-8000-00000000000d";
pub const SUBSCRIPTION: &str = "1a2b3c4d-0000-4000-8000-00000000000e";
/// What Azure knows the application by, and the Secret's value, as an editor leaves it.
pub const CLIENT_SECRET: &str = "canary-of-the-client-secret";
pub const EMAIL: &str = "spot@acme.iam.gserviceaccount.com";

pub const SET_AWS: &str = "POST /setup/credentials/aws";
pub const EXTERNAL_ID: &str = "POST /setup/credentials/aws/externalId";
pub const TRY_AZURE: &str = "POST /azure/setup/credentials/validation";
pub const SET_AZURE: &str = "POST /azure/setup/credentials";
pub const TRY_GCP: &str = "POST /gcp/setup/credentials/validation";
pub const SET_GCP: &str = "POST /gcp/setup/credentials";

/// The key of a credential in the organization's namespace.
pub fn credential_key(name: &str) -> ObjectRef {
    credential_in(HOME, name)
}

/// The key of a credential in a namespace.
pub fn credential_in(namespace: &str, name: &str) -> ObjectRef {
    ObjectRef { kind: kinds::CREDENTIAL, namespace: namespace.into(), name: name.into() }
}

/// The credential that tests are about.
pub fn cloud() -> ObjectRef {
    credential_key("prod")
}

fn of_prod(members: Value) -> Value {
    with(json!({"accountRef": {"name": "prod"}}), members)
}

/// A role for the account `prod`, in the same namespace.
pub fn aws() -> Value {
    of_prod(json!({"aws": {"iamRole": ROLE}}))
}

/// The same, while the role is not made.
pub fn aws_without_role() -> Value {
    of_prod(json!({"aws": {}}))
}

/// An application for the account `prod`.
pub fn azure() -> Value {
    let secret = json!({"name": "azure", "key": "secret"});
    of_prod(json!({"azure": {"clientId": CLIENT, "tenantId": TENANT, "subscriptionId": SUBSCRIPTION,
        "clientSecretRef": secret}}))
}

/// A service account for the account `prod`.
pub fn gcp() -> Value {
    of_prod(json!({"gcp": {"serviceAccountKeyRef": {"name": "gcp", "key": "key.json"}}}))
}

/// A private key, as a key file has it.
pub fn private_key(number: usize) -> String {
    let line = format!("canaryofaprivatekey{number}canaryofaprivatekey{number}");
    format!("-----BEGIN PRIVATE KEY-----\n{line}\n{line}==\n-----END PRIVATE KEY-----\n")
}

/// A key file as Google writes it, with the key of this number.
pub fn key_file(number: usize) -> Value {
    json!({
        "type": "service_account", "project_id": "acme", "private_key_id": format!("key-{number}"),
        "private_key": private_key(number), "client_email": EMAIL, "client_id": "1234567890",
        "auth_uri": "https://accounts.google.com/o/oauth2/auth", "token_uri": "https://oauth2.googleapis.com/token",
        "auth_provider_x509_cert_url": "https://www.googleapis.com/oauth2/v1/certs",
        "client_x509_cert_url": "https://www.googleapis.com/robot/v1/metadata/x509/spot",
        "universe_domain": "googleapis.com",
    })
}

/// The clouds: the manifest, and what sets it.
pub fn clouds() -> [(Value, &'static str); 3] {
    [(aws(), SET_AWS), (azure(), SET_AZURE), (gcp(), SET_GCP)]
}

/// What is written for a manifest to be set for the first time, or another time.
pub fn sets(contract: Contract, spec: &Value) -> Vec<&'static str> {
    match contract {
        Contract::Production if !spec["azure"].is_null() => vec![TRY_AZURE, SET_AZURE],
        Contract::Production if !spec["gcp"].is_null() => vec![TRY_GCP, SET_GCP],
        Contract::Published if !spec["azure"].is_null() => vec!["POST /setup/credentials/azure"],
        Contract::Published if !spec["gcp"].is_null() => vec!["POST /setup/credentials/gcp"],
        _ => vec![SET_AWS],
    }
}

/// What Spot has of an application, with this secret.
pub fn application(client: &str, secret: &str) -> CloudCredential {
    CloudCredential::Azure(AzureCredential {
        client_id: client.into(),
        client_secret: Hidden::of(secret),
        tenant_id: TENANT.into(),
        subscription_id: Some(SUBSCRIPTION.into()),
        expiration_date: None,
    })
}

/// What Spot has of a key file.
pub fn service_account(file: &Value) -> CloudCredential {
    let members = file.as_object().unwrap().iter();
    let members = members.filter(|(name, _)| !["private_key", "universe_domain"].contains(&name.as_str()));
    CloudCredential::Gcp(GcpCredential {
        members: members.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect(),
        private_key: Hidden::of(file["private_key"].as_str().unwrap()),
    })
}

/// What Spot has of a role.
pub fn role(arn: &str) -> CloudCredential {
    CloudCredential::Aws { iam_role: arn.into() }
}

/// The organization `acme`, whose server is known to honour accounts in queries.
pub fn vouched_for() -> Value {
    with(organization(), json!({"connection": {"accountScope": "Query"}}))
}

/// A house with the Secrets, an organization and the account `prod`, ready.
pub fn with_prod(contract: Contract) -> House {
    let mut house = House::new(contract);
    furnish(&mut house);
    house
}

/// Brings them into the house.
pub fn furnish(house: &mut House) {
    house.way.cluster.put_secret(HOME, "azure", "secret", &format!("{CLIENT_SECRET}\n"));
    house.put_key_file(&key_file(1));
    house.apply(&acme(), &vouched_for());
    house.apply(&home("prod"), &account("prod"));
    house.start();
    house.until(mins(10), "ready", |house| house.ready(&home("prod")) && house.ready(&acme()));
    house.run(mins(3));
    house.forget_requests();
}

impl House {
    /// Puts a key file into its Secret.
    pub fn put_key_file(&self, file: &Value) {
        self.way.cluster.put_secret(HOME, "gcp", "key.json", &file.to_string());
    }

    /// The id of the account `prod`.
    #[track_caller]
    pub fn prod(&self) -> String {
        self.id(&home("prod")).expect("it is there")
    }

    /// What the vendor has of the account `prod`.
    #[track_caller]
    pub fn details_of_prod(&self) -> AccountDetails {
        self.details_of(&self.prod())
    }

    /// What the vendor has of an account.
    #[track_caller]
    pub fn details_of(&self, id: &str) -> AccountDetails {
        let now = self.wall();
        let mut vendor = self.vendor();
        vendor.carry_out_late(now);
        vendor.world().account(id).expect("it is there").1.clone()
    }

    /// Sam links the account `prod` in the console.
    pub fn link(&self, credential: CloudCredential) {
        let prod = self.prod();
        self.by_hand(|console| assert!(console.set_credential(&prod, credential)));
    }

    /// Whether the vendor has exactly what the manifest declares.
    #[track_caller]
    pub fn assert_set(&self, spec: &Value) {
        let known = self.details_of_prod().credential;
        let expected = match () {
            () if !spec["aws"].is_null() => role(spec["aws"]["iamRole"].as_str().unwrap()),
            () if !spec["azure"].is_null() => {
                let CloudCredential::Azure(credential) = application(CLIENT, CLIENT_SECRET) else { panic!() };
                let date = spec["azure"]["expirationDate"].as_str();
                let date = date.map(|date| json!(format!("{date}T00:00:00.000Z")));
                CloudCredential::Azure(AzureCredential { expiration_date: date, ..credential })
            }
            () => service_account(&key_file(1)),
        };
        assert_eq!(known, Some(expected), "{}", self.describe());
    }

    /// How many calls were made that have to do with credentials.
    pub fn credential_calls(&self) -> usize {
        let vendor = self.vendor();
        vendor.requests().entries().filter(|entry| entry.route.contains("credentials")).count()
    }
}
