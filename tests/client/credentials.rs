//! Cloud credentials, against a scripted server.

use orgkeeper::api::spot::Contract::{self, Production, Published};
use orgkeeper::engine::base::error::{Failure, VendorError};
use orgkeeper::engine::lead::fence::Fence;
use orgkeeper::vendors::spot::client::SpotClient;
use orgkeeper::vendors::spot::credential::calls::CredentialCalls;
use orgkeeper::vendors::spot::credential::model::{AzureCredentials, GcpKey, NewAzureCredentials};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::stub::{Answer, Stub, Then};
use crate::world::link;

async fn client(contract: Contract, status: u16, body: &Value) -> (SpotClient, Stub) {
    let body = body.to_string();
    let stub = Stub::start(move |_| Answer::http(status, "", &body)).await;
    (SpotClient::new(link(&stub.url, "token"), contract), stub)
}

fn answer(items: &[Value]) -> Value {
    json!({"response": {"status": {"code": 200}, "count": items.len(), "items": items}})
}

fn refusal(code: &str) -> Value {
    json!({"response": {"status": {"code": 400}, "errors": [{"code": code, "message": "no"}]}})
}

fn azure() -> NewAzureCredentials {
    let public = AzureCredentials {
        client_id: "c".into(),
        tenant_id: "t".into(),
        subscription_id: "s".into(),
        expiration: None,
    };
    NewAzureCredentials { public, client_secret: SecretString::from("hush") }
}

fn key() -> GcpKey {
    let file = json!({"type": "service_account", "project_id": "p", "private_key_id": "k",
        "private_key": "hush", "client_email": "e"});
    GcpKey::parse(&SecretString::from(file.to_string())).unwrap()
}

/// Whether there are any, by each of the reads.
async fn reads(client: &SpotClient) -> [Result<bool, VendorError>; 4] {
    [
        CredentialCalls(client).get_aws("act-1").await.map(|found| found.is_some()),
        CredentialCalls(client).get_azure("act-1").await.map(|found| found.is_some()),
        CredentialCalls(client).get_gcp("act-1").await.map(|found| found.is_some()),
        CredentialCalls(client).external_id("act-1").await.map(|found| found.is_some()),
    ]
}

#[tokio::test]
async fn what_is_there_is_read() {
    let all = json!({"accountId": "act-1", "iamRole": "arn", "externalId": "x", "clientId": "c", "tenantId": "t",
        "subscriptionId": "s", "clientSecret": "abc****", "serviceAccount": {"client_email": "e"}});
    let (client, stub) = client(Production, 200, &answer(std::slice::from_ref(&all))).await;
    assert_eq!(reads(&client).await, [Ok(true), Ok(true), Ok(true), Ok(true)]);
    let expected = [
        "GET /setup/credentials/aws?accountId=act-1",
        "GET /azure/setup/credentials?accountId=act-1",
        "GET /gcp/setup/credentials?accountId=act-1",
        "GET /setup/credentials/aws/externalId/act-1",
    ];
    assert_eq!(stub.lines(), expected);
    assert_eq!(CredentialCalls(&client).get_azure("act-1").await.unwrap(), Some(azure().public));
    let error = CredentialCalls(&client).get_aws("act-2").await.unwrap_err();
    assert_eq!(error.failure, Failure::Unreadable, "another account's credentials");
}

#[tokio::test]
async fn that_there_are_none_is_the_vendor_s_word_only() {
    let (client, _stub) = client(Production, 200, &answer(&[])).await;
    assert_eq!(reads(&client).await, [Ok(false), Ok(false), Ok(false), Ok(false)]);
    let (client, _stub) = self::client(Production, 400, &refusal("ServiceAccount_DOESNT_EXIST")).await;
    assert_eq!(CredentialCalls(&client).get_gcp("act-1").await, Ok(None));
    // Status, body, how a read fails.
    let table = [
        (400, refusal("Account_DOESNT_EXIST"), Failure::Refused),
        (400, refusal("ValidationError"), Failure::Refused),
        (403, refusal("ServiceAccount_DOESNT_EXIST"), Failure::Forbidden),
        (500, refusal("ServiceAccount_DOESNT_EXIST"), Failure::Unreachable),
        (404, json!({"message": "Not Found"}), Failure::Unreadable),
        (200, json!({"response": {"status": {"code": 200}, "items": []}}), Failure::Unreadable),
        (200, json!({"response": {"status": {"code": 200}}}), Failure::Unreadable),
        (200, answer(&[json!({})]), Failure::Unreadable),
        (200, answer(&[json!({}), json!({})]), Failure::Unreadable),
    ];
    for (status, body, failure) in table {
        let (client, _stub) = self::client(Production, status, &body).await;
        for read in reads(&client).await {
            assert_eq!(read.unwrap_err().failure, failure, "{status} {body}");
        }
    }
    let (client, _stub) = self::client(Production, 400, &refusal("Account_DOESNT_EXIST")).await;
    assert!(CredentialCalls(&client).get_aws("act-1").await.unwrap_err().has_code("ACCOUNT_DOESNT_EXIST"));
}

#[tokio::test]
async fn they_are_set_in_both_contracts() {
    for contract in [Production, Published] {
        let body = json!({"response": {"status": {"code": 200}}});
        let (client, stub) = client(contract, 200, &body).await;
        CredentialCalls(&client).set_aws("act-1", "arn").await.unwrap();
        CredentialCalls(&client).set_azure("act-1", &azure()).await.unwrap();
        CredentialCalls(&client).set_gcp("act-1", &key()).await.unwrap();
        let (azure_path, gcp_path) = match contract {
            Production => ("/azure/setup/credentials", "/gcp/setup/credentials"),
            Published => ("/setup/credentials/azure", "/setup/credentials/gcp"),
        };
        let expected = ["/setup/credentials/aws", azure_path, gcp_path];
        assert_eq!(stub.lines(), expected.map(|path| format!("POST {path}?accountId=act-1")));
        let refused = self::client(contract, 400, &refusal("Account_DOESNT_EXIST")).await.0;
        let error = CredentialCalls(&refused).set_aws("act-1", "arn").await.unwrap_err();
        assert_eq!((error.failure, error.without_effect), (Failure::Refused, true), "{contract:?}");
        let broken = self::client(contract, 500, &json!({})).await.0;
        assert!(
            !CredentialCalls(&broken).set_gcp("act-1", &key()).await.unwrap_err().without_effect,
            "it may have been set"
        );
    }
}

#[tokio::test]
async fn an_external_id_is_made() {
    let item = json!({"externalId": "spotinst:1", "maxValidUntil": "2026-11-22T10:00:00.000Z"});
    let (client, stub) = client(Production, 200, &answer(&[item])).await;
    let made = CredentialCalls(&client).request_external_id("act-1").await.unwrap();
    assert_eq!((made.value.as_str(), made.expires), ("spotinst:1", "2026-11-22T10:00:00Z".parse().ok()));
    assert_eq!(stub.lines(), ["POST /setup/credentials/aws/externalId?accountId=act-1"]);
    assert_eq!(stub.seen()[0].body, "", "without a body");
    for items in [vec![], vec![json!({})], vec![json!({"externalId": null})], vec![json!({}), json!({})]] {
        let (client, _stub) = self::client(Production, 200, &answer(&items)).await;
        let error = CredentialCalls(&client).request_external_id("act-1").await.unwrap_err();
        assert_eq!((error.failure, error.without_effect), (Failure::Unreadable, false));
    }
}

#[tokio::test]
async fn what_is_tried_is_not_set_whatever_becomes_of_it() {
    let ok = json!({"response": {"status": {"code": 200}}});
    let (fine, stub) = client(Production, 200, &ok).await;
    CredentialCalls(&fine).validate_azure("act-1", &azure()).await.unwrap();
    CredentialCalls(&fine).validate_gcp("act-1", &key()).await.unwrap();
    let expected = ["/azure/setup/credentials/validation", "/gcp/setup/credentials/validation"];
    assert_eq!(stub.lines(), expected.map(|path| format!("POST {path}?accountId=act-1")));
    // Nothing is written, so it needs no right to write.
    let mut reader = link(&stub.url, "token");
    reader.fence = Fence::read_only(std::time::Duration::ZERO);
    let reader = SpotClient::new(reader, Production);
    CredentialCalls(&reader).validate_gcp("act-1", &key()).await.unwrap();
    assert_eq!(CredentialCalls(&reader).set_gcp("act-1", &key()).await.unwrap_err().failure, Failure::Fenced);

    let broken = Stub::start(|_| Answer::raw("", Then::Reset)).await;
    let broken = SpotClient::new(link(&broken.url, "token"), Production);
    let error = CredentialCalls(&broken).validate_azure("act-1", &azure()).await.unwrap_err();
    assert_eq!((error.failure, error.without_effect), (Failure::Unreachable, true));
    let table = [
        (400, refusal("ValidationError"), Failure::Refused),
        (500, json!({}), Failure::Unreachable),
        (200, json!({}), Failure::Unreadable),
        (404, json!({}), Failure::Unreadable),
    ];
    for (status, body, failure) in table {
        let (client, _stub) = client(Production, status, &body).await;
        for error in [
            CredentialCalls(&client).validate_azure("act-1", &azure()).await.unwrap_err(),
            CredentialCalls(&client).validate_gcp("act-1", &key()).await.unwrap_err(),
        ] {
            assert_eq!((error.failure, error.without_effect), (failure.clone(), true), "{status}");
        }
    }
}

#[tokio::test]
async fn what_published_lacks_is_not_called() {
    let (client, stub) = client(Published, 200, &json!({})).await;
    let mut dated = azure();
    dated.public.expiration = "2026-12-31T00:00:00Z".parse().ok();
    let [aws, azure_read, gcp, id] = reads(&client).await.map(Result::err);
    let refused = [
        aws,
        azure_read,
        gcp,
        id,
        CredentialCalls(&client).request_external_id("act-1").await.err(),
        CredentialCalls(&client).validate_azure("act-1", &azure()).await.err(),
        CredentialCalls(&client).validate_gcp("act-1", &key()).await.err(),
        CredentialCalls(&client).set_azure("act-1", &dated).await.err(),
    ];
    for (call, error) in refused.into_iter().enumerate() {
        let error = error.unwrap();
        assert_eq!((error.failure, error.without_effect), (Failure::NotSupported, true), "{call}");
    }
    assert!(stub.lines().is_empty());
}
