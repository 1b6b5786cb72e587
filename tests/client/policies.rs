//! Access policies, against a scripted server.

use orgkeeper::api::spot::Contract::{self, Production, Published};
use orgkeeper::engine::base::error::Failure;
use orgkeeper::vendors::spot::client::SpotClient;
use orgkeeper::vendors::spot::policy::calls::PolicyCalls;
use orgkeeper::vendors::spot::policy::model::{
    NewPolicy, Permission, PolicyContent, PolicyEffect, PolicyMember, PolicyUpdate, Statement,
};
use serde_json::{Value, json};

use crate::stub::{Answer, Stub};
use crate::world::link;

async fn client(contract: Contract, status: u16, body: &Value) -> (SpotClient, Stub) {
    let body = body.to_string();
    let stub = Stub::start(move |_| Answer::http(status, "", &body)).await;
    (SpotClient::new(link(&stub.url, "token"), contract), stub)
}

fn content(contract: Contract) -> PolicyContent {
    match contract {
        Production => PolicyContent::Statements(vec![Statement {
            effect: PolicyEffect::Allow,
            actions: vec!["ocean:*".into()],
            resources: vec!["*".into()],
            condition: None,
        }]),
        Published => {
            let ocean = Permission { service_id: "ocean".into(), actions: vec!["describe".into()] };
            PolicyContent::Permissions(vec![ocean])
        }
    }
}

fn new(contract: Contract) -> NewPolicy {
    NewPolicy { name: "a".into(), description: None, policy_type: None, content: content(contract) }
}

fn update(contract: Contract, changed: &[PolicyMember]) -> PolicyUpdate {
    let changed = changed.iter().copied().collect();
    PolicyUpdate { name: "b".into(), description: None, content: content(contract), changed }
}

#[tokio::test]
async fn a_policy_from_its_making_to_its_end() {
    for contract in [Production, Published] {
        let answer = json!({"response": {"status": {"code": 200}, "count": 1,
            "items": [{"id": "pol-1", "name": "a"}]}});
        let (client, stub) = client(contract, 200, &answer).await;
        let created = PolicyCalls(&client).create(&new(contract)).await.unwrap();
        assert_eq!(created.id.as_deref(), Some("pol-1"));
        PolicyCalls(&client).update("pol-1", &update(contract, &[])).await.unwrap();
        PolicyCalls(&client).update("pol-1", &update(contract, &[PolicyMember::Name])).await.unwrap();
        PolicyCalls(&client).delete("pol-1").await.unwrap();
        let expected = [
            "POST /setup/access/policy",
            "PUT /setup/access/policy/pol-1",
            "DELETE /setup/access/policy/pol-1",
        ];
        assert_eq!(stub.lines(), expected, "nothing new is nothing to send");
    }
}

#[tokio::test]
async fn a_published_answer_may_bring_no_id() {
    for body in [json!({}), json!("created"), json!({"request": "", "response": {"items": [{}]}})] {
        let (client, _stub) = client(Published, 200, &body).await;
        assert_eq!(PolicyCalls(&client).create(&new(Published)).await.unwrap().id, None, "{body}");
    }
}

#[tokio::test]
async fn the_other_contract_s_form_is_not_sent() {
    for (contract, other) in [(Production, Published), (Published, Production)] {
        let (client, stub) = client(contract, 200, &json!({})).await;
        for error in [
            PolicyCalls(&client).create(&new(other)).await.unwrap_err(),
            PolicyCalls(&client).update("pol-1", &update(other, &[PolicyMember::Content])).await.unwrap_err(),
        ] {
            assert_eq!((error.failure, error.without_effect), (Failure::NotSupported, true));
        }
        assert!(stub.lines().is_empty());
    }
}

#[tokio::test]
async fn a_refusal_tells_its_code() {
    let refusal = |code: &str| json!({"response": {"status": {"code": 400}, "errors": [{"code": code, "message": "does not exist"}]}});
    let table = [
        ("POLICY_DOESNT_EXIST", Failure::NotFound),
        ("AccessPolicy_DOESNT_EXIST", Failure::NotFound),
        ("USER_DOESNT_EXIST", Failure::Refused),
        ("ValidationError", Failure::Refused),
    ];
    for (code, failure) in table {
        let (client, _stub) = client(Production, 400, &refusal(code)).await;
        let error = PolicyCalls(&client).delete("pol-1").await.unwrap_err();
        assert_eq!((error.failure.clone(), error.code.as_deref()), (failure, Some(code)));
        assert!(error.without_effect && error.has_code(&code.to_lowercase()), "{error:?}");
        assert_eq!(
            PolicyCalls(&client).create(&new(Production)).await.unwrap_err().failure,
            Failure::Refused
        );
    }
    for code in ["", "two words", "token", "https://example.com"] {
        let (client, _stub) = client(Production, 400, &refusal(code)).await;
        assert_eq!(
            PolicyCalls(&client).delete("pol-1").await.unwrap_err().code,
            None,
            "{code}: no code, or a secret"
        );
    }
}

#[tokio::test]
async fn what_statements_can_allow_is_listed() {
    let action = json!({"name": "ocean:update", "service": "ocean", "resourcePattern": "ocean:ols-*",
        "scope": "ACCOUNT", "category": "update"});
    let mut other = action.clone();
    other["resourcePattern"] = json!("ocean:o-*");
    let answer = json!({"response": {"status": {"code": 200}, "count": 2, "items": [action, other]}});
    let (client, stub) = client(Production, 200, &answer).await;
    let actions = PolicyCalls(&client).list_actions().await.unwrap();
    assert_eq!(actions[1].resource_pattern.as_deref(), Some("ocean:o-*"));
    assert_eq!(stub.lines(), ["GET /setup/access/policyAction"]);
    let published = SpotClient::new(link(&stub.url, "token"), Published);
    assert_eq!(PolicyCalls(&published).list_actions().await.unwrap_err().failure, Failure::NotSupported);
    let (client, _stub) = self::client(Production, 200, &json!({"response": {"items": [{}]}})).await;
    assert_eq!(PolicyCalls(&client).list_actions().await.unwrap_err().failure, Failure::Unreadable);
}
