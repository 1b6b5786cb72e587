//! Policies and cloud credentials against the sandbox.

use orgkeeper::api::spot::Contract::{Production, Published};
use orgkeeper::engine::error::Failure;
use orgkeeper::vendors::spot::model::{
    AzureCredentials, GcpKey, NewAzureCredentials, NewPolicy, Permission, PolicyContent, PolicyEffect,
    PolicyMember, PolicyUpdate, Statement,
};
use secrecy::SecretString;
use serde_json::json;

use crate::sandbox::client;

#[tokio::test]
async fn a_policy_from_its_making_to_its_end() {
    for contract in [Production, Published] {
        let client = client(contract, Vec::new()).await;
        let content = |action: &str| match contract {
            Production => PolicyContent::Statements(vec![Statement {
                effect: PolicyEffect::Allow,
                actions: vec![format!("ocean:{action}*")],
                resources: vec!["*".into()],
                condition: Some(json!({"StringEquals": {"spot:ocean:name": "a"}})),
            }]),
            Published => {
                let ocean = Permission { service_id: "ocean".into(), actions: vec![action.into()] };
                PolicyContent::Permissions(vec![ocean])
            }
        };
        let new = NewPolicy {
            name: "read".into(),
            description: Some("all".into()),
            policy_type: None,
            content: content("describe"),
        };
        let made = client.create_policy(&new).await.unwrap();
        let found = client.list_policies().await.unwrap().into_iter().find(|policy| policy.name == "read");
        let found = found.expect("the policy");
        assert!(made.id.is_none_or(|id| id == found.id), "{contract:?}");
        assert_eq!((found.description.as_deref(), found.content), (Some("all"), Some(content("describe"))));
        let update = PolicyUpdate {
            name: "read".into(),
            description: Some("all".into()),
            content: content("create"),
            changed: [PolicyMember::Content].into(),
        };
        client.update_policy(&found.id, &update).await.unwrap();
        let policies = client.list_policies().await.unwrap();
        let changed = policies.iter().find(|policy| policy.id == found.id).unwrap();
        assert_eq!((changed.name.as_str(), &changed.content), ("read", &Some(content("create"))));
        client.delete_policy(&found.id).await.unwrap();
        assert!(client.list_policies().await.unwrap().iter().all(|policy| policy.id != found.id));
        let gone = client.delete_policy(&found.id).await.unwrap_err();
        assert_eq!((gone.failure, gone.without_effect), (Failure::NotFound, true), "{contract:?}");
    }
}

#[tokio::test]
async fn credentials_that_were_set_are_read() {
    let client = client(Production, Vec::new()).await;
    let account = client.create_account("azure").await.unwrap().id.unwrap();
    assert_eq!(client.azure_credentials(&account).await, Ok(None));
    let public = AzureCredentials {
        client_id: "c".into(),
        tenant_id: "t".into(),
        subscription_id: "s".into(),
        expiration: "2030-12-31T23:59:00Z".parse().ok(),
    };
    let azure = NewAzureCredentials { public, client_secret: SecretString::from("a-secret-of-azure") };
    client.set_azure(&account, &azure).await.unwrap();
    assert_eq!(client.azure_credentials(&account).await, Ok(Some(azure.public)));

    let account = client.create_account("gcp").await.unwrap().id.unwrap();
    assert_eq!(client.gcp_credentials(&account).await, Ok(None));
    let file = json!({"type": "service_account", "project_id": "p", "private_key_id": "k", "private_key": "hush",
        "client_email": "e", "client_id": "1", "auth_uri": "a", "token_uri": "t",
        "auth_provider_x509_cert_url": "c", "client_x509_cert_url": "x", "universe_domain": "googleapis.com"});
    let key = GcpKey::parse(&SecretString::from(file.to_string())).unwrap();
    client.set_gcp(&account, &key).await.unwrap();
    assert_eq!(client.gcp_credentials(&account).await, Ok(Some(key.account().clone())));

    assert!(client.aws_credentials("act-00000000").await.is_err(), "no such account");
    assert!(client.list_subscriptions(&account).await.unwrap().is_empty());
}
