//! The Spot client against a scripted server: what the sandbox cannot be brought to say.

use orgkeeper::api::spot::Contract::{self, Production, Published};
use orgkeeper::engine::base::error::Failure;
use orgkeeper::vendors::spot::account::calls::AccountCalls;
use orgkeeper::vendors::spot::account::model::AccountUpdate;
use orgkeeper::vendors::spot::client::SpotClient;
use orgkeeper::vendors::spot::organization::calls::OrganizationCalls;
use orgkeeper::vendors::spot::user::calls::UserCalls;

use crate::stub::{Answer, Stub, Then};
use crate::world::link;

async fn client(contract: Contract, status: u16, body: &'static str) -> (SpotClient, Stub) {
    let stub = Stub::start(move |_| Answer::http(status, "", body)).await;
    (SpotClient::new(link(&stub.url, "token"), contract), stub)
}

const EMPTY: &str = r#"{"response": {"status": {"code": 200}, "items": [], "count": 0}}"#;
const ACCOUNT: &str = r#"{"response": {"status": {"code": 200}, "count": 1,
    "items": [{"id": "act-1", "name": "a", "organizationId": 606}]}}"#;
const GONE: &str = r#"{"response": {"status": {"code": 400},
    "errors": [{"code": "Account_DOESNT_EXIST", "message": "no"}]}}"#;

#[tokio::test]
async fn get_account_is_about_the_account_asked_for() {
    let (client, stub) = client(Production, 200, ACCOUNT).await;
    let account = AccountCalls(&client).get("act-1").await.unwrap();
    assert_eq!((account.id.as_str(), account.organization_id.as_deref()), ("act-1", Some("606")));
    let error = AccountCalls(&client).get("act-2").await.unwrap_err();
    assert_eq!(error.failure, Failure::Unreadable, "another account's answer");
    assert_eq!(stub.lines(), ["GET /setup/account/act-1", "GET /setup/account/act-2"]);
}

#[tokio::test]
async fn absence_is_the_vendors_word_only() {
    let table = [
        (200, EMPTY, Failure::NotFound),
        (400, GONE, Failure::NotFound),
        (200, r#"{"response": {"status": {"code": 200}, "items": []}}"#, Failure::Unreadable),
        (200, r#"{"response": {"status": {"code": 200}}}"#, Failure::Unreadable),
        (200, "", Failure::Unreadable),
        (200, GONE, Failure::Unreadable),
        (404, "<html>", Failure::Unreadable),
        (404, r#"{"message": "no route"}"#, Failure::Unreadable),
        (400, "Bad Request", Failure::Unreadable),
        (500, GONE, Failure::Unreachable),
    ];
    for (status, body, failure) in table {
        let (client, _stub) = client(Production, status, body).await;
        let error = AccountCalls(&client).get("act-1").await.unwrap_err();
        assert_eq!(error.failure, failure, "{status} {body}");
    }
}

#[tokio::test]
async fn a_list_that_is_not_whole_is_an_error() {
    let table = [
        (Production, r#"{"response": {"status": {"code": 200}, "items": []}}"#),
        (Published, r#"{"request": "string", "response": {"items": [{}]}}"#),
        (Published, "[]"),
        (Production, ""),
    ];
    for (contract, body) in table {
        let (client, _stub) = client(contract, 200, body).await;
        assert_eq!(AccountCalls(&client).list().await.unwrap_err().failure, Failure::Unreadable, "{body}");
        assert_eq!(UserCalls(&client).list("606").await.unwrap_err().failure, Failure::Unreadable, "{body}");
    }
    let (client, _stub) = client(Published, 200, r#"{"response": {"items": []}}"#).await;
    assert_eq!(AccountCalls(&client).list().await.unwrap(), []);
}

#[tokio::test]
async fn a_published_answer_may_be_anything_and_bring_no_id() {
    for body in ["", "{}", "created", r#"{"request": "", "response": {"items": [{}]}}"#] {
        let (client, stub) = client(Published, 200, body).await;
        assert_eq!(AccountCalls(&client).create("a").await.unwrap().id, None, "{body}");
        let rename = AccountUpdate { name: Some("b".into()), slack_channels: None };
        AccountCalls(&client).update("act-1", &rename).await.unwrap();
        AccountCalls(&client).delete("act-1").await.unwrap();
        OrganizationCalls(&client).delete("606").await.unwrap();
        let expected = [
            "POST /setup/account",
            "PUT /setup/account/act-1",
            "DELETE /setup/account/act-1",
            "DELETE /setup/organization",
        ];
        assert_eq!(stub.lines(), expected);
    }
}

#[tokio::test]
async fn an_answer_that_never_came_leaves_the_outcome_unknown() {
    let broken = Stub::start(|_| Answer::raw("", Then::Reset)).await;
    for contract in [Production, Published] {
        let client = SpotClient::new(link(&broken.url, "token"), contract);
        let error = AccountCalls(&client).create("a").await.unwrap_err();
        assert_eq!((error.failure, error.without_effect), (Failure::Unreachable, false));
    }
    assert_eq!(broken.lines().len(), 2, "one request for each call");
}

#[tokio::test]
async fn a_throttled_write_had_no_effect_and_is_not_repeated() {
    let stub = Stub::start(|_| Answer::http(429, "X-RateLimit-Reset: 30\r\n", "{}")).await;
    let client = SpotClient::new(link(&stub.url, "token"), Production);
    let error = AccountCalls(&client).create("a").await.unwrap_err();
    assert!(matches!(error.failure, Failure::Throttled { .. }) && error.without_effect, "{error:?}");
    let error = AccountCalls(&client).create("a").await.unwrap_err();
    assert!(matches!(error.failure, Failure::Deferred { .. }) && error.without_effect, "{error:?}");
    assert_eq!(stub.lines().len(), 1);
}

#[tokio::test]
async fn what_is_not_to_be_sent_is_not_sent() {
    let (client, stub) = client(Published, 200, "{}").await;
    let nothing = AccountUpdate::default();
    AccountCalls(&client).update("act-1", &nothing).await.unwrap();
    let channels = AccountUpdate { name: None, slack_channels: Some(Vec::new()) };
    let error = AccountCalls(&client).update("act-1", &channels).await.unwrap_err();
    assert_eq!((error.failure, error.without_effect), (Failure::NotSupported, true));
    assert_eq!(AccountCalls(&client).get("act-1").await.unwrap_err().failure, Failure::NotSupported);
    let mut closed = link(&stub.url, "token");
    closed.fence = orgkeeper::engine::lead::fence::Fence::read_only(std::time::Duration::ZERO);
    let client = SpotClient::new(closed, Published);
    let error = AccountCalls(&client).delete("act-1").await.unwrap_err();
    assert_eq!((error.failure, error.without_effect), (Failure::Fenced, true));
    assert!(stub.lines().is_empty());
}

#[tokio::test]
async fn a_certificate_that_is_none_is_no_outage() {
    let (_, stub) = client(Production, 200, "{}").await;
    let mut link = link(&stub.url, "token");
    link.ca_bundle = Some("no certificate".into());
    let error = OrganizationCalls(&SpotClient::new(link, Production)).create("Acme").await.unwrap_err();
    assert_eq!((error.failure, error.without_effect), (Failure::Unsendable, true));
    assert!(stub.lines().is_empty());
}

#[tokio::test]
async fn an_endpoint_may_have_a_path() {
    let (_, stub) = client(Production, 200, EMPTY).await;
    for path in ["/spot", "/spot/"] {
        let link = link(&format!("{}{path}", stub.url), "token");
        assert_eq!(AccountCalls(&SpotClient::new(link, Production)).list().await.unwrap(), []);
    }
    assert_eq!(stub.lines(), ["GET /spot/setup/account", "GET /spot/setup/account"]);
}
