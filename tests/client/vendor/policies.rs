//! Access policies in the form of each contract.

use std::collections::BTreeSet;

use orgkeeper::api::spot::Contract::{self, Production, Published};
use orgkeeper::sandbox::spot::{ACCOUNT_EDITOR, ACCOUNT_VIEWER, ADMIN};
use orgkeeper::vendors::spot::client::SpotClient;
use orgkeeper::vendors::spot::policy::calls::PolicyCalls;
use orgkeeper::vendors::spot::policy::model::{
    NewPolicy, Permission, Policy, PolicyContent, PolicyEffect, PolicyKind, PolicyMember, PolicyType,
    PolicyUpdate, Statement,
};
use serde_json::json;

use super::{Vendor, missing, not_supported, refused};

/// Something that says as much as the contract's form can, about `service`.
fn content(contract: Contract, service: &str) -> PolicyContent {
    let texts = |texts: &[&str]| texts.iter().map(|text| format!("{service}{text}")).collect();
    match contract {
        Production => {
            let condition = json!({"And": [
                {"StringEquals": {"spot:ocean:name": ["a", "b"]}},
                {"StringPatternMatch": {"spot:elastigroup:tags/Email": "${spot:userEmail}"}},
            ]});
            let allow = Statement {
                effect: PolicyEffect::Allow,
                actions: texts(&[":describe*", ":*"]),
                resources: texts(&[":o-1a2b*", ":*"]),
                condition: Some(condition),
            };
            let deny = Statement { effect: PolicyEffect::Deny, condition: None, ..allow.clone() };
            PolicyContent::Statements(vec![allow, deny])
        }
        Published => {
            let permission =
                |service_id: &str, actions| Permission { service_id: service_id.into(), actions };
            let nothing = permission("nothing", Vec::new());
            PolicyContent::Permissions(vec![
                permission(service, vec!["describe".into(), "create".into()]),
                nothing,
            ])
        }
    }
}

fn new(contract: Contract, name: &str) -> NewPolicy {
    NewPolicy {
        name: name.into(),
        description: Some("all of it".into()),
        policy_type: None,
        content: content(contract, "ocean"),
    }
}

async fn made(client: &SpotClient, new: &NewPolicy) -> String {
    PolicyCalls(client).create(new).await.unwrap().id.expect("an id")
}

async fn read(client: &SpotClient, id: &str) -> Option<Policy> {
    PolicyCalls(client).list().await.unwrap().into_iter().find(|policy| policy.id == id)
}

#[tokio::test]
async fn a_policy_from_its_making_to_its_end() {
    for contract in [Production, Published] {
        let vendor = Vendor::new(contract);
        let client = vendor.client();
        let new = new(contract, "read \"all\" 💳");
        let id = made(&client, &new).await;
        let found = read(&client, &id).await.expect("the policy");
        assert_eq!((found.name, found.description), (new.name.clone(), new.description.clone()));
        assert_eq!(found.content.as_ref(), Some(&new.content), "{contract:?}");
        let twin = made(&client, &new).await;
        assert_ne!(id, twin, "names are not unique");

        PolicyCalls(&client).delete(&id).await.unwrap();
        assert_eq!(read(&client, &id).await, None);
        assert!(read(&client, &twin).await.is_some());
        missing(PolicyCalls(&client).delete(&id).await);
        let renamed = PolicyUpdate {
            name: "b".into(),
            description: None,
            content: new.content.clone(),
            changed: [PolicyMember::Name].into(),
        };
        missing(PolicyCalls(&client).update(&id, &renamed).await);
    }
}

#[tokio::test]
async fn each_member_is_changed_and_the_others_stay() {
    use PolicyMember as M;
    for contract in [Production, Published] {
        let vendor = Vendor::new(contract);
        let client = vendor.client();
        let before = new(contract, "before");
        let edits = [
            (M::Name, NewPolicy { name: "after".into(), ..before.clone() }),
            (M::Description, NewPolicy { description: Some("other words".into()), ..before.clone() }),
            (M::Description, NewPolicy { description: None, ..before.clone() }),
            (M::Content, NewPolicy { content: content(contract, "elastigroup"), ..before.clone() }),
        ];
        for (member, after) in edits {
            let id = made(&client, &before).await;
            let update = PolicyUpdate {
                name: after.name.clone(),
                description: after.description.clone(),
                content: after.content.clone(),
                changed: [member].into(),
            };
            PolicyCalls(&client).update(&id, &update).await.unwrap();
            let sent = vendor.last_request().body["policy"].clone();
            let sent: BTreeSet<_> = sent.as_object().expect("a body").keys().map(String::as_str).collect();
            let expected = match (contract, member) {
                (Production, M::Name) => vec!["name"],
                (Production, M::Description) => vec!["description"],
                (Production, M::Content) => vec!["policyContent"],
                (Published, _) => vec!["name", "description", "permissions"],
            };
            assert_eq!(sent, expected.into_iter().collect(), "{contract:?} {member:?}");
            let found = read(&client, &id).await.expect("the policy");
            assert_eq!(
                (found.name, found.content),
                (after.name, Some(after.content)),
                "{contract:?} {member:?}"
            );
            let words = found.description.unwrap_or_default();
            assert_eq!(words, after.description.unwrap_or_default(), "{contract:?} {member:?}");
        }
    }
}

#[tokio::test]
async fn a_policy_is_for_accounts_or_for_the_organization() {
    let vendor = Vendor::new(Production);
    let client = vendor.client();
    let table = [
        (None, PolicyKind::Account),
        (Some(PolicyType::Account), PolicyKind::Account),
        (Some(PolicyType::Organization), PolicyKind::Organization),
    ];
    for (policy_type, kind) in table {
        let id = made(&client, &NewPolicy { policy_type, ..new(Production, "a") }).await;
        assert_eq!(read(&client, &id).await.expect("the policy").kind, kind);
    }
    let published = Vendor::new(Published);
    let typed = NewPolicy { policy_type: Some(PolicyType::Account), ..new(Published, "a") };
    not_supported(PolicyCalls(&published.client()).create(&typed).await);
    assert_eq!(published.calls(), 0);
}

#[tokio::test]
async fn the_vendor_s_own_are_listed_and_cannot_be_changed() {
    let vendor = Vendor::new(Production);
    let client = vendor.client();
    let own = PolicyCalls(&client).list().await.unwrap();
    let kind_of = |id: &str| own.iter().find(|policy| policy.id == id).map(|policy| policy.kind);
    assert_eq!(kind_of(ADMIN), Some(PolicyKind::BuiltInOrganization));
    assert_eq!(kind_of(ACCOUNT_EDITOR), Some(PolicyKind::BuiltInAccount));
    assert_eq!(kind_of(ACCOUNT_VIEWER), Some(PolicyKind::BuiltInAccount));
    let rename = PolicyUpdate {
        name: "mine".into(),
        description: None,
        content: content(Production, "ocean"),
        changed: [PolicyMember::Name].into(),
    };
    for policy in &own {
        refused(PolicyCalls(&client).update(&policy.id, &rename).await);
        refused(PolicyCalls(&client).delete(&policy.id).await);
    }
    assert_eq!(PolicyCalls(&client).list().await.unwrap(), own);
    assert_eq!(
        PolicyCalls(&Vendor::new(Published).client()).list().await.unwrap(),
        [],
        "the document has none"
    );
}

#[tokio::test]
async fn what_a_contract_cannot_say_is_refused_or_not_sent() {
    for (contract, other) in [(Production, Published), (Published, Production)] {
        let vendor = Vendor::new(contract);
        let client = vendor.client();
        not_supported(PolicyCalls(&client).create(&new(other, "a")).await);
        let update = |content, changed| {
            let (name, description) = ("a".to_owned(), None);
            PolicyUpdate { name, description, content, changed }
        };
        let foreign = update(content(other, "ocean"), [PolicyMember::Content].into());
        not_supported(PolicyCalls(&client).update("pol-1", &foreign).await);
        let nothing = update(content(contract, "ocean"), BTreeSet::new());
        PolicyCalls(&client).update("pol-1", &nothing).await.unwrap();
        assert_eq!(vendor.calls(), 0, "{contract:?}");
    }
    let vendor = Vendor::new(Production);
    let client = vendor.client();
    let before = PolicyCalls(&client).list().await.unwrap();
    let silent = PolicyContent::Statements(Vec::new());
    for bad in
        [new(Production, "a+b"), new(Production, ""), NewPolicy { content: silent, ..new(Production, "a") }]
    {
        refused(PolicyCalls(&client).create(&bad).await);
    }
    assert_eq!(PolicyCalls(&client).list().await.unwrap(), before);
}

#[tokio::test]
async fn every_action_of_the_catalogue_is_read() {
    let vendor = Vendor::new(Production);
    let shown = vendor.raw(http::Method::GET, "/setup/access/policyAction", &json!(null)).value();
    let actions = PolicyCalls(&vendor.client()).list_actions().await.unwrap();
    let names: Vec<_> = actions.iter().map(|action| json!(action.name)).collect();
    let items = shown["response"]["items"].as_array().expect("a list");
    assert!(!names.is_empty());
    assert_eq!(names, items.iter().map(|item| item["name"].clone()).collect::<Vec<_>>());
}
