//! No secret is in anything that can be printed (rule 9).

use orgkeeper::engine::provider::vendor::Created;
use std::collections::BTreeMap;
use std::fmt::{Debug, Display};

use bytes::Bytes;
use orgkeeper::api::spot::Contract::{Production, Published};
use orgkeeper::api::spot::{SpotAccount, SpotAccountSpec};
use orgkeeper::engine::base::ports::{HttpRequest, Network as _, SecretData, SecretWrite};
use orgkeeper::operator::network::Limits;
use orgkeeper::vendors::spot::account::calls::AccountCalls;
use orgkeeper::vendors::spot::account::model::AccountUpdate;
use orgkeeper::vendors::spot::client::SpotClient;
use orgkeeper::vendors::spot::contract::named;
use orgkeeper::vendors::spot::credential::calls::CredentialCalls;
use orgkeeper::vendors::spot::credential::model::{AzureCredentials, GcpKey, NewAzureCredentials};
use orgkeeper::vendors::spot::organization::calls::OrganizationCalls;
use orgkeeper::vendors::spot::organization::detect::detect;
use orgkeeper::vendors::spot::subscription::calls::SubscriptionCalls;
use orgkeeper::vendors::spot::subscription::model::{
    Endpoint, NewSubscription, SubscriptionMember, SubscriptionUpdate,
};
use orgkeeper::vendors::spot::user::calls::UserCalls;
use orgkeeper::vendors::spot::user::model::{MachineGrants, NewMachine, NewPerson, PersonRole};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use crate::stub::{Answer, Stub};
use crate::world::{link, network};

const TOKEN: &str = "canary0token0a1b2c3d4e5f6";
const OTHER: &str = "canary0other0f6e5d4c3b2a1";
const PASSWORD: &str = "Canary \"1\" \\ pass";
pub const SLACK: &str = "https://hooks.example/services/T0CANARY/B0CANARY/s0canary0s";

pub const ENDPOINT: &str = "canary0endpoint0jo@example.com";
pub const CLIENT_SECRET: &str = "canary0client~secret\"0f6e5d4c3b2a1";
pub const PRIVATE_KEY: &str = "-----BEGIN PRIVATE KEY-----\ncanary0key0line0one/a1b2c3\ncanary0key0line0two+d4e5f6\n\
    -----END PRIVATE KEY-----\n";

fn silent(what: &str, shown: &str) {
    let lower = shown.to_lowercase();
    assert!(!lower.contains("canary") && !lower.contains("hooks.example"), "{what}: {shown}");
}

pub fn debug(what: &str, value: &impl Debug) {
    silent(what, &format!("{value:?} {value:#?}"));
}

pub fn both(what: &str, value: &(impl Debug + Display)) {
    debug(what, value);
    silent(what, &value.to_string());
}

fn update() -> AccountUpdate {
    AccountUpdate { name: None, slack_channels: Some(vec![SecretString::from(SLACK)]) }
}

fn person(with_password: bool) -> NewPerson {
    NewPerson {
        email: "jo@example.com".into(),
        first_name: "Jo".into(),
        last_name: "Doe".into(),
        role: PersonRole::Viewer,
        password: with_password.then(|| SecretString::from(PASSWORD)),
    }
}

fn machine() -> NewMachine {
    NewMachine { name: "ci".into(), description: None, grants: MachineGrants::Accounts(Vec::new()) }
}

fn subscription() -> NewSubscription {
    NewSubscription {
        resource_id: "sig-1".into(),
        protocol: "email".into(),
        endpoint: Endpoint::from(ENDPOINT.to_owned()),
        event_type: "GROUP_UPDATED".into(),
        event_format: None,
    }
}

fn azure() -> NewAzureCredentials {
    let public = AzureCredentials {
        client_id: "c".into(),
        tenant_id: "t".into(),
        subscription_id: "s".into(),
        expiration: None,
    };
    NewAzureCredentials { public, client_secret: SecretString::from(CLIENT_SECRET) }
}

fn key() -> GcpKey {
    let file = json!({"type": "service_account", "project_id": "p", "private_key_id": "k",
        "private_key": PRIVATE_KEY, "client_email": "e"});
    GcpKey::parse(&SecretString::from(file.to_string())).unwrap()
}

/// How a vendor may repeat a body: as it came, as words without line breaks, or cut off.
fn repeated(body: &str) -> [String; 3] {
    let secret = |key: &str| {
        let body: serde_json::Value = serde_json::from_str(body).ok()?;
        let found = |object: &serde_json::Value| object.get(key)?.as_str().map(str::to_owned);
        let inner = ["subscription", "credentials", "serviceAccount"].map(|key| body.get(key).cloned());
        let nested = body.pointer("/credentials/serviceAccount").cloned();
        inner.into_iter().chain([Some(body), nested]).flatten().find_map(|object| found(&object))
    };
    let secret = ["endpoint", "clientSecret", "private_key"].into_iter().find_map(secret).unwrap();
    let cut: String = secret.chars().take(secret.chars().count() * 2 / 3).collect();
    [body.to_owned(), secret.replace('\n', ""), format!("{secret} is not {cut}...")]
}

#[tokio::test]
async fn cloud_secrets_and_endpoints_that_a_vendor_repeats_are_not_repeated() {
    for what in 0..3 {
        for status in [400, 409, 500, 200] {
            let stub = Stub::start(move |seen| {
                let words = repeated(&seen.body)[what].clone();
                let error = json!({"code": words, "message": words, "field": words});
                let body = json!({"request": {"id": words}, "message": words,
                    "response": {"status": {"code": 400}, "errors": [error]}});
                Answer::http(status, "", &body.to_string())
            })
            .await;
            for contract in [Production, Published] {
                let client = SpotClient::new(link(&stub.url, TOKEN), contract);
                let changed = [SubscriptionMember::Endpoint].into();
                let update = SubscriptionUpdate { whole: subscription(), changed };
                let mut errors = vec![
                    SubscriptionCalls(&client).create("act-1", &subscription()).await.unwrap_err(),
                    SubscriptionCalls(&client).update("act-1", "sis-1", &update).await.unwrap_err(),
                    CredentialCalls(&client).set_azure("act-1", &azure()).await.unwrap_err(),
                    CredentialCalls(&client).set_gcp("act-1", &key()).await.unwrap_err(),
                ];
                if contract == Production {
                    errors
                        .push(CredentialCalls(&client).validate_azure("act-1", &azure()).await.unwrap_err());
                    errors.push(CredentialCalls(&client).validate_gcp("act-1", &key()).await.unwrap_err());
                }
                for error in errors {
                    both("error", &error);
                }
                debug("update", &update);
            }
            let bodies: String = stub.seen().iter().map(|seen| seen.body.as_str()).collect();
            for sent in ["canary0endpoint", "canary0client", "canary0key0line0two"] {
                assert!(bodies.contains(sent), "it was sent");
            }
        }
    }
    debug("azure", &azure());
    debug("key", &key());
    debug("subscription", &subscription());
    debug("request", &named(Production).set_gcp("act-1", &key()).unwrap());
}

#[tokio::test]
async fn what_is_asked_and_what_is_answered_does_not_show_them() {
    let request = named(Production).create_person(&person(true)).unwrap();
    assert_eq!(request.call.body.as_ref().unwrap()["password"], PASSWORD, "it is sent");
    debug("request", &request);
    debug("person", &person(true));
    let body = serde_json::json!({"response": {"status": {"code": 200}, "count": 1,
        "items": [{"id": "pu-1", "name": "ci", "token": TOKEN}]}});
    let body = body.to_string();
    let stub = Stub::start(move |_| Answer::http(200, "", &body)).await;
    let client = SpotClient::new(link(&stub.url, OTHER), Production);
    let created = UserCalls(&client).create_machine(&machine()).await.unwrap();
    assert_eq!(created.token.as_ref().unwrap().expose_secret(), TOKEN, "it is answered");
    debug("created", &created);
}

#[tokio::test]
async fn requests_and_clients_do_not_show_them() {
    let request = named(Production).update_account("act-1", &update()).unwrap();
    let body = request.call.body.as_ref().unwrap().to_string();
    assert!(body.contains(SLACK), "it is sent");
    debug("request", &request);
    debug("call", &request.call);
    debug("update", &update());
    let http = HttpRequest {
        method: http::Method::PUT,
        url: "https://api.example/setup/account/act-1".parse().unwrap(),
        headers: Vec::new(),
        bearer: Some(SecretString::from(TOKEN)),
        body: Bytes::from(body),
        ca_bundle: None,
        leaves_by: None,
    };
    debug("HTTP request", &http);
    debug("client", &SpotClient::new(link("https://api.example", TOKEN), Production));
}

/// Answers with all of the request: what came in the headers and what came in the body.
fn echo(status: u16, as_errors: bool) -> impl Fn(&crate::stub::Seen) -> Answer + Send + Sync + 'static {
    move |seen| {
        let words = format!("{} {} {}", seen.head, seen.body, &SLACK[..SLACK.len() - 3]);
        let body = if as_errors {
            let error = serde_json::json!({"code": words, "message": words, "field": words});
            serde_json::json!({"request": {"id": words}, "response": {"status": {"code": status}, "errors": [error]}})
        } else {
            serde_json::json!({"message": words, "error": words, "request": words})
        };
        Answer::http(status, "", &body.to_string())
    }
}

#[tokio::test]
async fn a_vendor_that_repeats_them_is_not_repeated() {
    for (status, as_errors) in [
        (400, true),
        (400, false),
        (401, true),
        (403, false),
        (404, false),
        (409, true),
        (500, true),
        (200, true),
        (302, false),
    ] {
        let stub = Stub::start(echo(status, as_errors)).await;
        for contract in [Production, Published] {
            let client = SpotClient::new(link(&stub.url, TOKEN), contract);
            both("list", &AccountCalls(&client).list().await.unwrap_err());
            both("users", &UserCalls(&client).list("606").await.unwrap_err());
            if let Err(error) = OrganizationCalls(&client).token_accepted(&SecretString::from(OTHER)).await {
                both("other token", &error);
            }
            for name in ["create", "update", "person", "machine"] {
                let result = match name {
                    "create" => AccountCalls(&client).create("a").await.map(drop),
                    // Without a password in Published, which takes none.
                    "person" => {
                        UserCalls(&client).create_person(&person(contract == Production)).await.map(drop)
                    }
                    "machine" => UserCalls(&client).create_machine(&machine()).await.map(drop),
                    _ => AccountCalls(&client).update("act-1", &update()).await,
                };
                match result {
                    Err(error) => both(name, &error),
                    Ok(()) => assert_eq!(status, 200, "{name}"),
                }
            }
        }
        if let Err(error) = detect(&link(&stub.url, TOKEN)).await {
            both("detect", &error);
        }
        assert!(stub.seen().iter().any(|seen| seen.body.contains(SLACK)), "it was sent");
        let with = |token: &str| stub.seen().iter().filter(|seen| seen.head.contains(token)).count();
        assert_eq!(with(OTHER), 2, "it was sent");
        assert_eq!(with(TOKEN) + with(OTHER), stub.seen().len(), "it was sent");
        assert!(stub.seen().iter().any(|seen| seen.body.contains("password")), "it was sent");
    }
}

#[tokio::test]
async fn a_network_that_fails_does_not_show_them() {
    let stub = Stub::start(|_| Answer::raw("", crate::stub::Then::Close)).await;
    let client = SpotClient::new(link(&stub.url, TOKEN), Production);
    both("update", &AccountCalls(&client).update("act-1", &update()).await.unwrap_err());
    let network = network(Limits::default());
    let request = HttpRequest {
        method: http::Method::GET,
        url: format!("{}/?canary", stub.url).parse().unwrap(),
        headers: Vec::new(),
        bearer: Some(SecretString::from(TOKEN)),
        body: Bytes::from(SLACK),
        ca_bundle: None,
        leaves_by: None,
    };
    both("network", &network.send(request).await.unwrap_err());
    debug("network", &network);
}

#[test]
fn what_the_engine_and_manifests_carry_does_not_show_them() {
    let values = BTreeMap::from([("token".to_owned(), SecretString::from(TOKEN))]);
    debug("a Secret that was read", &SecretData { values: values.clone(), ..SecretData::default() });
    debug("a Secret to write", &SecretWrite { values, ..SecretWrite::default() });
    debug(
        "what a create answers",
        &Created { id: Some("pu-1".into()), token: Some(SecretString::from(TOKEN)) },
    );
    let account = json!({
        "organizationRef": {"name": "acme"}, "name": "payments",
        "slackNotificationChannels": [{"url": SLACK}],
    });
    let account: SpotAccountSpec = serde_json::from_value(account).unwrap();
    debug("a manifest with a webhook's address", &account);
    let subject = SpotAccount::new("payments", account);
    debug("the object of it", &subject);
}
