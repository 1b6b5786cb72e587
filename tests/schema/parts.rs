//! Policies, and what is in an account, as the engine sees them.

use orgkeeper::api::GROUP;
use orgkeeper::api::grant::{Asker, Power};
use orgkeeper::api::kind::KindRef;
use orgkeeper::api::managed::Managed;
use orgkeeper::api::reference::Container;
use orgkeeper::api::spot::{
    AccessPolicy, AccountReferrer, AzureCredential, Cloud, CloudCredential, Effect, EventSubscription,
    NotificationPolicy, PolicyContent, PolicyType, Protocol, ReferrerKind, SpotAccount, SpotOrganization,
    is_known_event_type,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const WEBHOOK: &str = "https://example.com/very-secret";

/// An object of namespace `payments`: `least`, with what `extra` says besides or instead.
fn object<K: Managed + DeserializeOwned>(mut least: Value, extra: &Value) -> K {
    least.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    serde_json::from_value(json!({
        "apiVersion": "spot.orgkeeper.dev/v1alpha1",
        "kind": K::KIND.name(),
        "metadata": {"name": "object", "namespace": "payments"},
        "spec": least,
    }))
    .unwrap()
}

fn policy(extra: &Value) -> AccessPolicy {
    object(json!({"organizationRef": {"name": "acme", "namespace": "platform"}, "name": "read-only"}), extra)
}

fn credential(extra: &Value) -> CloudCredential {
    object(json!({"accountRef": {"name": "payments-prod"}}), extra)
}

fn subscription(extra: &Value) -> EventSubscription {
    let least = json!({
        "accountRef": {"name": "payments-prod"},
        "resourceId": "sig-1a2b3c4d",
        "protocol": "web",
        "eventType": "GROUP_UPDATED",
    });
    object(least, extra)
}

fn notification(extra: &Value) -> NotificationPolicy {
    let spec = json!({
        "accountRef": {"name": "payments-prod"}, "name": "incidents", "privacyLevel": "public",
        "computePolicyConfig": {"events": [], "includeAllResources": true},
    });
    object(spec, extra)
}

fn azure(extra: &Value) -> AzureCredential {
    let mut azure = json!({
        "clientId": "a", "tenantId": "b", "subscriptionId": "c", "clientSecretRef": {"name": "azure", "key": "secret"},
    });
    azure.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    serde_json::from_value(azure).unwrap()
}

fn admits<R: Managed>(target: &R, kind: &'static str, namespace: &str, power: Power) -> bool {
    target.admits(&Asker { kind: KindRef::bare(GROUP, kind), namespace, labels: &BTreeMap::new(), power })
}

#[test]
fn a_policy_says_what_it_allows_in_one_of_two_forms() {
    let condition = json!({"StringEquals": {"spot:ocean:name": ["a", "b"]}});
    let statements = policy(&json!({
        "type": "Organization",
        "statements": [{"effect": "Deny", "actions": ["ocean:*"], "resources": ["*"], "condition": condition}],
    }));
    assert_eq!(statements.spec.policy_type, Some(PolicyType::Organization));
    let Some(PolicyContent::Statements([statement])) = statements.spec.content() else {
        panic!("{:?}", statements.spec)
    };
    assert_eq!((statement.effect, statement.actions[0].as_str()), (Effect::Deny, "ocean:*"));
    assert_eq!(Value::from(statement.condition.clone().unwrap()), condition);
    assert_eq!(serde_json::to_value(&statements).unwrap()["spec"]["type"], "Organization");

    let permissions = policy(&json!({"permissions": [{"serviceId": "ocean", "actions": ["describe"]}]}));
    let content = permissions.spec.content();
    assert!(
        matches!(content, Some(PolicyContent::Permissions([permission])) if permission.service_id == "ocean"),
        "{content:?}"
    );
    assert_eq!(policy(&json!({})).spec.content(), None);
    assert_eq!(policy(&json!({"statements": [], "permissions": []})).spec.content(), None);
}

#[test]
fn a_policy_asks_for_power_only_where_somebody_may_have_it_already() {
    assert_eq!(policy(&json!({"statements": []})).power(), Power::None);
    assert_eq!(policy(&json!({"adopt": {"policy": "Required"}})).power(), Power::None);
    assert_eq!(policy(&json!({"adopt": {"id": "pol-1a2b3c4d"}})).power(), Power::Unbounded);
    let least = policy(&json!({}));
    assert_eq!(least.organization_ref().unwrap().namespace.as_deref(), Some("platform"));
    assert_eq!((least.container(), least.pointers(), least.secret_refs().len()), (None, Vec::new(), 0));
    assert!(!least.names_by_id());
}

#[test]
fn a_policy_is_given_by_users_and_groups_and_by_nothing_else() {
    let closed = policy(&json!({}));
    let open = policy(&json!({"allowed": [{"namespaces": {"from": "All"}}]}));
    let nobody = policy(&json!({"allowed": []}));
    for kind in ["SpotUser", "SpotUserGroup"] {
        assert!(
            admits(&closed, kind, "payments", Power::None) && !admits(&closed, kind, "search", Power::None)
        );
        assert!(admits(&open, kind, "payments", Power::None) && admits(&open, kind, "search", Power::None));
        assert!(!admits(&nobody, kind, "payments", Power::None));
    }
    for kind in ["SpotAccount", "AccessPolicy", "CloudCredential", "EventSubscription"] {
        assert!(
            !admits(&closed, kind, "payments", Power::None) && !admits(&open, kind, "search", Power::None)
        );
    }
}

/// What the kinds do that are in an account.
fn assert_in_an_account<K: Managed>(with: impl Fn(&Value) -> K) {
    let own = with(&json!({}));
    let other = with(&json!({"accountRef": {"name": "shared", "namespace": "platform"}}));
    for (object, namespace, name) in [(&own, None, "payments-prod"), (&other, Some("platform"), "shared")] {
        let pointers = object.pointers();
        let [pointer] = pointers[..] else { panic!("{pointers:?}") };
        assert_eq!((pointer.kind.name(), pointer.namespace, pointer.name), ("SpotAccount", namespace, name));
        assert_eq!(pointer.power, Power::None);
        assert_eq!(object.container(), Some(Container::Object(pointer)));
        assert_eq!(object.organization_ref(), None);
        assert!(!object.names_by_id());
    }

    let by_id = with(&json!({"accountRef": {"id": "act-1a2b3c4d"}, "organizationRef": {"name": "acme"}}));
    assert_eq!(by_id.container(), Some(Container::Id("act-1a2b3c4d")));
    assert_eq!(by_id.pointers(), []);
    assert_eq!(by_id.organization_ref().unwrap().name, "acme");
    assert!(by_id.names_by_id());

    assert_eq!(with(&json!({"accountRef": {}})).container(), None);
    assert_eq!(by_id.power(), Power::None);
    assert_eq!(own.common_status().observed_generation, -1);
}

#[test]
fn credentials_subscriptions_and_notification_policies_are_in_an_account() {
    assert_in_an_account(credential);
    assert_in_an_account(subscription);
    assert_in_an_account(notification);
}

#[test]
fn an_account_and_an_organization_can_admit_them() {
    let all =
        json!(["SpotUser", "SpotUserGroup", "CloudCredential", "EventSubscription", "NotificationPolicy"]);
    let kinds: Vec<AccountReferrer> = serde_json::from_value(all.clone()).unwrap();
    assert_eq!(json!(kinds.iter().map(|kind| kind.kind().name()).collect::<Vec<_>>()), all);
    let account: SpotAccount = object(
        json!({"organizationRef": {"name": "acme"}, "name": "a"}),
        &json!({"allowed": [{"kinds": ["CloudCredential"], "maxRole": "Viewer", "namespaces": {"from": "All"}}]}),
    );
    assert!(admits(&account, "CloudCredential", "search", Power::None));
    assert!(!admits(&account, "EventSubscription", "search", Power::None));

    let all = json!([
        "SpotAccount",
        "SpotUser",
        "SpotUserGroup",
        "AccessPolicy",
        "CloudCredential",
        "EventSubscription",
        "NotificationPolicy"
    ]);
    let kinds: Vec<ReferrerKind> = serde_json::from_value(all.clone()).unwrap();
    assert_eq!(json!(kinds.iter().map(|kind| kind.kind().name()).collect::<Vec<_>>()), all);
    let organization: SpotOrganization = object(
        json!({"organizationId": "1", "connection": {"tokenSecretRef": {"name": "a", "key": "b"}}}),
        &json!({"allowed": [{"kinds": ["AccessPolicy"], "maxRole": "Editor", "namespaces": {"from": "All"}}]}),
    );
    assert!(admits(&organization, AccessPolicy::KIND.name(), "search", Power::None));
    assert!(!admits(&organization, AccessPolicy::KIND.name(), "search", Power::Unbounded));
}

#[test]
fn a_credential_is_for_one_cloud() {
    let key = json!({"name": "gcp", "key": "key.json"});
    let gcp = credential(&json!({"gcp": {"serviceAccountKeyRef": key}}));
    assert!(matches!(gcp.spec.cloud(), Some(Cloud::Gcp(_))));
    assert_eq!(gcp.secret_refs()[0].name, "gcp");

    let mut azure_one = credential(&json!({}));
    azure_one.spec.azure = Some(azure(&json!({})));
    assert!(matches!(azure_one.spec.cloud(), Some(Cloud::Azure(azure)) if azure.client_id == "a"));
    assert_eq!(azure_one.secret_refs()[0].key, "secret");

    let aws = credential(&json!({"aws": {}}));
    assert!(matches!(aws.spec.cloud(), Some(Cloud::Aws(aws)) if aws.iam_role.is_none()));
    assert_eq!(aws.secret_refs().len(), 0);

    assert_eq!(credential(&json!({})).spec.cloud(), None);
    assert_eq!(credential(&json!({"aws": {}, "gcp": {"serviceAccountKeyRef": key}})).spec.cloud(), None);
}

#[test]
fn a_date_ends_a_secret_as_it_begins() {
    let expires = |date: &str| azure(&json!({"expirationDate": date})).expires_at().map(|at| at.to_string());
    let table = [
        ("2027-01-31", Some("2027-01-31T00:00:00Z")),
        ("2027-01-31T12:00:00Z", Some("2027-01-31T12:00:00Z")),
        ("2027-01-31T01:00:00+05:30", Some("2027-01-30T19:30:00Z")),
        ("2027-01-31T12:00:00.5Z", Some("2027-01-31T12:00:00.5Z")),
        ("2027-02-30", None),
        ("soon", None),
    ];
    for (date, at) in table {
        assert_eq!(expires(date).as_deref(), at, "{date}");
    }
    assert_eq!(azure(&json!({})).expires_at(), None);
}

#[test]
fn the_status_of_a_credential_is_flat() {
    let status = json!({
        "observedGeneration": 2,
        "id": "act-1a2b3c4d",
        "superseded": "act-0",
        "conditions": [],
        "externalId": {"value": "spot:abc", "expiresAt": "2026-01-02T03:04:05Z"},
    });
    let mut aws = credential(&json!({"aws": {}}));
    assert_eq!(aws.external_id(), None);
    aws.status = Some(serde_json::from_value(status.clone()).unwrap());
    assert_eq!(aws.common_status().superseded.as_deref(), Some("act-0"));
    assert_eq!(aws.external_id().unwrap().value, "spot:abc");
    let mut written = serde_json::to_value(aws.status.unwrap()).unwrap();
    written["conditions"] = json!([]);
    assert_eq!(written, status);
}

#[test]
fn every_protocol_is_the_vendors_word() {
    let words = ["http", "https", "email", "email-json", "aws-sns", "web"];
    let read: Vec<Protocol> = serde_json::from_value(json!(words)).unwrap();
    assert_eq!(read.iter().map(|protocol| protocol.as_str()).collect::<Vec<_>>(), words);
    assert_eq!(serde_json::to_value(&read).unwrap(), json!(words));
}

#[test]
fn an_endpoint_is_written_but_never_shown() {
    let open = subscription(&json!({"endpoint": WEBHOOK}));
    assert!(!format!("{open:?} {open:#?}").contains("very-secret"), "{open:?}");
    assert_eq!(serde_json::to_value(&open).unwrap()["spec"]["endpoint"], WEBHOOK);
    assert_eq!(open.spec.endpoint.as_ref().unwrap().expose(), WEBHOOK);
    assert_eq!(open.secret_refs().len(), 0);

    let hidden = subscription(&json!({"endpointSecretRef": {"name": "hook", "key": "url"}}));
    let secrets: Vec<_> =
        hidden.secret_refs().iter().map(|one| (one.name.as_str(), one.key.as_str())).collect();
    assert_eq!(secrets, [("hook", "url")]);
}

#[test]
fn a_notification_policy_names_its_secrets_its_users_and_whom_it_may_name_by_address() {
    let hook = json!({"type": "webhook", "endpoint": WEBHOOK});
    let hidden = json!({"type": "slack", "endpointSecretRef": {"name": "hook", "key": "url"}});
    let by_object = json!({"userRef": {"name": "jo", "namespace": "people"}, "subscriptionTypes": ["email"]});
    let open = notification(&json!({"subscriptions": [hook, hidden], "registeredUsers": [by_object]}));
    assert!(!format!("{open:?} {open:#?}").contains("very-secret"), "{open:?}");
    assert_eq!(serde_json::to_value(&open).unwrap()["spec"]["subscriptions"][0]["endpoint"], WEBHOOK);
    let secrets: Vec<_> =
        open.secret_refs().iter().map(|one| (one.name.as_str(), one.key.as_str())).collect();
    assert_eq!(secrets, [("hook", "url")]);
    let pointers: Vec<_> =
        open.pointers().iter().map(|one| (one.kind.name(), one.namespace, one.name)).collect();
    assert_eq!(pointers, [("SpotAccount", None, "payments-prod"), ("SpotUser", Some("people"), "jo")]);
    assert!(!open.names_by_id());
    let by_address = json!([{"email": "jo@example.com", "subscriptionTypes": ["console"]}]);
    assert!(notification(&json!({ "registeredUsers": by_address })).names_by_id());
}

#[test]
fn a_format_is_kept_as_it_is_written() {
    let format = json!({"event": "%event%", "nested": {"ids": ["%instance-id%", 7, null]}});
    let formatted = subscription(&json!({"eventFormat": format}));
    assert_eq!(serde_json::to_value(&formatted).unwrap()["spec"]["eventFormat"], format);
    assert_eq!(subscription(&json!({})).spec.event_format, None);
}

#[test]
fn a_word_for_an_event_is_known_or_not() {
    for word in ["GROUP_UPDATED", "AWS_EC2_MANAGED_INSTANCE_RESUMING", "OCEAN_K8S_NODE_REMOVED"] {
        assert!(is_known_event_type(word), "{word}");
    }
    for word in ["group_updated", "GROUP_UPDATE", "_RESUMING", ""] {
        assert!(!is_known_event_type(word), "{word}");
    }
}
