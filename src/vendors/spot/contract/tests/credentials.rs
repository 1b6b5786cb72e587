//! Cloud credentials.

use secrecy::SecretString;
use serde_json::{Value, json};

use super::super::*;
use super::sent;
use crate::engine::base::error::Failure;
use crate::engine::external::caller::Effect;
use crate::vendors::spot::client::request::Subject;
use crate::vendors::spot::credential;
use crate::vendors::spot::credential::model::{AzureCredentials, GcpKey, NewAzureCredentials};
use http::Method;

fn azure(with_expiration: bool) -> NewAzureCredentials {
    let expiration = with_expiration.then(|| "2026-12-31T23:59:00Z".parse().expect("a timestamp"));
    NewAzureCredentials {
        public: AzureCredentials {
            client_id: "c".into(),
            tenant_id: "t".into(),
            subscription_id: "s".into(),
            expiration,
        },
        client_secret: SecretString::from("hush"),
    }
}

fn key_file() -> Value {
    json!({
        "type": "service_account", "project_id": "p", "private_key_id": "k", "private_key": "hush",
        "client_email": "e", "client_id": "1", "auth_uri": "a", "token_uri": "t",
        "auth_provider_x509_cert_url": "c", "client_x509_cert_url": "x",
    })
}

fn key() -> GcpKey {
    let mut file = key_file();
    file["universe_domain"] = json!("googleapis.com");
    file["comment"] = json!("ours");
    GcpKey::parse(&SecretString::from(file.to_string())).expect("a key")
}

#[test]
fn credentials_are_set_as_each_contract_has_them() {
    let (production, published) = (named(ContractName::Production), named(ContractName::Published));
    let bare = json!({"clientId": "c", "clientSecret": "hush", "tenantId": "t", "subscriptionId": "s"});
    let mut dated = bare.clone();
    dated["expirationDate"] = json!("2026-12-31T23:59:00.000Z");
    let role = json!({"credentials": {"iamRole": "arn:aws:iam::1:role/spot"}});
    let table = [
        (credential::requests::set_aws("act-1", "arn:aws:iam::1:role/spot"), "/setup/credentials/aws", role),
        (production.set_azure("act-1", &azure(true)), "/azure/setup/credentials", dated),
        (production.set_azure("act-1", &azure(false)), "/azure/setup/credentials", bare.clone()),
        (
            published.set_azure("act-1", &azure(false)),
            "/setup/credentials/azure",
            json!({ "credentials": bare }),
        ),
        (
            production.set_gcp("act-1", &key()),
            "/gcp/setup/credentials",
            json!({ "serviceAccount": key_file() }),
        ),
        (
            published.set_gcp("act-1", &key()),
            "/setup/credentials/gcp",
            json!({"credentials": {"serviceAccount": key_file()}}),
        ),
    ];
    for (request, route, body) in table {
        let line = format!("POST {route}?accountId=act-1");
        assert_eq!(sent(request), (line, route, Some(body), Subject::NOTHING));
    }
}

#[test]
fn credentials_are_read_and_tried_as_the_live_service_has_it() {
    let production = named(ContractName::Production);
    let reads = production.credential_reads().expect("reads");
    let ids = production.external_ids().expect("external ids");
    let (aws, one) = ("/setup/credentials/aws/externalId", "/setup/credentials/aws/externalId/{accountId}");
    let (credentials, id) = (credential::requests::SUBJECT, credential::requests::EXTERNAL_ID_SUBJECT);
    let table = [
        (
            reads.aws("act-1"),
            "GET /setup/credentials/aws?accountId=act-1",
            "/setup/credentials/aws",
            credentials,
        ),
        (
            reads.azure("act-1"),
            "GET /azure/setup/credentials?accountId=act-1",
            "/azure/setup/credentials",
            credentials,
        ),
        (
            reads.gcp("a&b=c"),
            "GET /gcp/setup/credentials?accountId=a%26b%3Dc",
            "/gcp/setup/credentials",
            credentials,
        ),
        (
            ids.request("act-1"),
            "POST /setup/credentials/aws/externalId?accountId=act-1",
            aws,
            Subject::NOTHING,
        ),
        (ids.get("act-1"), "GET /setup/credentials/aws/externalId/act-1", one, id),
    ];
    for (request, line, route, subject) in table {
        assert_eq!(sent(request), (line.to_owned(), route, None, subject));
    }

    let validation = production.credential_validation().expect("validation");
    let table = [
        (
            validation.azure("act-1", &azure(true)),
            production.set_azure("act-1", &azure(true)),
            "/azure/setup/credentials/validation",
        ),
        (
            validation.gcp("act-1", &key()),
            production.set_gcp("act-1", &key()),
            "/gcp/setup/credentials/validation",
        ),
    ];
    for (tried, set, route) in table {
        let (tried, set) = (tried.expect("supported").call, set.expect("supported").call);
        assert_eq!((tried.method, tried.route), (Method::POST, route));
        assert_eq!(tried.path, format!("{route}?accountId=act-1"));
        assert_eq!(tried.effect, Effect::Read, "nothing is set");
        assert_eq!(tried.body, set.body, "what is tried is what would be set");
    }
}

#[test]
fn what_published_lacks_is_said_and_not_called() {
    for name in [ContractName::Production, ContractName::Published] {
        let contract = named(name);
        let table = [
            (Capability::CredentialReads, contract.credential_reads().err()),
            (Capability::CredentialValidation, contract.credential_validation().err()),
            (Capability::ExternalIds, contract.external_ids().err()),
            (Capability::AzureExpiration, contract.set_azure("act-1", &azure(true)).err()),
        ];
        for (capability, error) in table {
            let refusal = error.map(|error| (error.failure, error.without_effect));
            let expected = (!contract.supports(capability)).then_some((Failure::NotSupported, true));
            assert_eq!(refusal, expected, "{name:?} {capability:?}");
        }
    }
}

#[test]
fn nothing_is_asked_about_no_account() {
    let production = named(ContractName::Production);
    let reads = production.credential_reads().expect("reads");
    let validation = production.credential_validation().expect("validation");
    let ids = production.external_ids().expect("external ids");
    let published = named(ContractName::Published);
    let requests = [
        credential::requests::set_aws("", "arn"),
        production.set_azure("", &azure(true)),
        production.set_gcp("", &key()),
        published.set_azure("", &azure(false)),
        published.set_gcp("", &key()),
        reads.aws(""),
        reads.azure(""),
        reads.gcp(""),
        validation.azure("", &azure(true)),
        validation.gcp("", &key()),
        ids.request(""),
        ids.get(""),
        ids.get(".."),
    ];
    for request in requests {
        let error = request.expect_err("no account");
        assert_eq!((error.failure, error.without_effect), (Failure::Refused, true));
    }
}
