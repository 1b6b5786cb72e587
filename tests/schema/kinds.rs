//! The kinds as the engine sees them.

use orgkeeper::api::GROUP;
use orgkeeper::api::grant::{Asker, Power};
use orgkeeper::api::kind::KindRef;
use orgkeeper::api::managed::Managed;
use orgkeeper::api::policy::{AdoptPolicy, CommonSpec, DeletionPolicy, DriftPolicy, ManagementPolicy};
use orgkeeper::api::spot::kinds;
use orgkeeper::api::spot::{Contract, ContractChoice, SpotAccount, SpotOrganization};
use orgkeeper::api::status::CommonStatus;
use orgkeeper::operator::vendors;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

const WEBHOOK: &str = "https://hooks.slack.com/services/T0/B0/very-secret";

fn account(spec: &Value) -> SpotAccount {
    serde_json::from_value(json!({
        "apiVersion": "spot.orgkeeper.dev/v1alpha1",
        "kind": "SpotAccount",
        "metadata": {"name": "payments-prod", "namespace": "payments"},
        "spec": spec,
    }))
    .unwrap()
}

fn organization(extra: &Value) -> SpotOrganization {
    let mut spec = json!({
        "organizationId": "606079812345",
        "connection": {"tokenSecretRef": {"name": "spot-token", "key": "token"}},
    });
    spec.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    serde_json::from_value(json!({
        "apiVersion": "spot.orgkeeper.dev/v1alpha1",
        "kind": "SpotOrganization",
        "metadata": {"name": "acme", "namespace": "platform"},
        "spec": spec,
    }))
    .unwrap()
}

fn labels(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn an_account_says_how_it_is_kept() {
    let least = account(&json!({"organizationRef": {"name": "acme"}, "name": "payments-prod"}));
    assert_eq!(*least.common_spec(), CommonSpec::default());
    let reference = least.organization_ref().unwrap();
    assert_eq!((reference.name.as_str(), reference.namespace.as_deref()), ("acme", None));
    assert_eq!(least.secret_refs().len(), 0);

    let most = account(&json!({
        "organizationRef": {"name": "acme", "namespace": "platform"},
        "name": "payments-prod",
        "managementPolicy": "Observe",
        "driftPolicy": "Report",
        "deletionPolicy": "Delete",
        "suspend": true,
        "adopt": {"policy": "Required", "id": "act-1a2b3c4d", "applyUnreadable": true},
        "slackNotificationChannels": [{"url": WEBHOOK}, {"urlSecretRef": {"name": "slack", "key": "url"}}],
    }));
    let common = most.common_spec();
    assert_eq!(common.management_policy, ManagementPolicy::Observe);
    assert_eq!(common.drift_policy, DriftPolicy::Report);
    assert_eq!(common.deletion_policy, Some(DeletionPolicy::Delete));
    assert!(common.suspend);
    assert_eq!(common.adopt.policy, AdoptPolicy::Required);
    assert_eq!(common.adopt.id.as_deref(), Some("act-1a2b3c4d"));
    assert!(common.adopt.apply_unreadable);
    let secrets: Vec<(&str, &str)> =
        most.secret_refs().iter().map(|secret| (secret.name.as_str(), secret.key.as_str())).collect();
    assert_eq!(secrets, [("slack", "url")]);
}

#[test]
fn no_channels_and_unmanaged_channels_are_two_things() {
    let spec = |channels: Option<Value>| {
        let mut spec = json!({"organizationRef": {"name": "acme"}, "name": "a"});
        if let Some(channels) = channels {
            spec["slackNotificationChannels"] = channels;
        }
        account(&spec)
    };
    assert_eq!(spec(None).spec.slack_notification_channels, None);
    assert_eq!(spec(Some(json!([]))).spec.slack_notification_channels, Some(Vec::new()));
    let written = serde_json::to_value(spec(Some(json!([])))).unwrap();
    assert_eq!(written["spec"]["slackNotificationChannels"], json!([]));
}

#[test]
fn a_webhook_is_written_but_never_shown() {
    let account = account(&json!({
        "organizationRef": {"name": "acme"},
        "name": "a",
        "slackNotificationChannels": [{"url": WEBHOOK}],
    }));
    assert!(!format!("{account:?} {account:#?}").contains("hooks.slack.com"), "{account:?}");
    let written = serde_json::to_value(&account).unwrap();
    assert_eq!(written["spec"]["slackNotificationChannels"][0]["url"], WEBHOOK);
    let url = account.spec.slack_notification_channels.unwrap()[0].url.clone().unwrap();
    assert_eq!(url.expose(), WEBHOOK);
}

#[test]
fn what_an_object_does_not_say_is_not_written() {
    let least = account(&json!({"organizationRef": {"name": "acme"}, "name": "a"}));
    let written = serde_json::to_value(least).unwrap();
    assert_eq!(
        written["spec"],
        json!({"organizationRef": {"name": "acme"}, "name": "a", "managementPolicy": "Manage", "driftPolicy": "Correct"})
    );
    assert_eq!(serde_json::to_value(CommonStatus::default()).unwrap(), json!({"observedGeneration": -1}));
}

#[test]
fn an_organization_has_the_defaults_of_its_schema() {
    let organization = organization(&json!({}));
    let connection = &organization.spec.connection;
    assert_eq!(connection.endpoint, "https://api.spotinst.io");
    assert_eq!(connection.contract, ContractChoice::Auto);
    assert_eq!(connection.requests_per_minute, 300);
    assert_eq!(organization.spec.resync_interval.get(), Duration::from_mins(5));
    assert_eq!(*organization.common_spec(), CommonSpec::default());
    assert_eq!(organization.spec.guard.max_destructive_per_hour, 20);
    assert_eq!(connection.token_user, None);
    assert_eq!(organization.guard_status(), None);
    assert_eq!(organization.organization_ref(), None);
    assert_eq!(organization.secret_refs()[0].name, "spot-token");
}

#[test]
fn an_organization_passes_on_its_policies() {
    let kept =
        organization(&json!({"managementPolicy": "Observe", "deletionPolicy": "Delete", "suspend": true}));
    let common = kept.common_spec();
    assert_eq!(common.management_policy, ManagementPolicy::Observe);
    assert_eq!(common.deletion_policy, Some(DeletionPolicy::Delete));
    assert!(common.suspend);
}

#[test]
fn an_object_without_status_was_never_observed() {
    let account = account(&json!({"organizationRef": {"name": "acme"}, "name": "a"}));
    assert_eq!(account.common_status(), &CommonStatus::unobserved());
    assert_eq!(account.common_status().observed_generation, -1);
    assert_eq!(organization(&json!({})).common_status().observed_generation, -1);
}

#[test]
fn a_status_is_flat() {
    let mut organization = organization(&json!({}));
    let status = json!({
        "observedGeneration": 4,
        "id": "606079812345",
        "organizationId": "606079812345",
        "origin": "Adopted",
        "deletionPolicy": "Orphan",
        "lastApplied": {"spec.x": "abc"},
        "drift": [{"path": "spec.name", "desired": "a", "actual": "b", "since": "2026-01-02T03:04:05Z"}],
        "conditions": [],
        "contract": {"decided": "Published", "asked": "Auto", "endpoint": "http://127.0.0.1:8200"},
        "guard": {"recent": ["2026-01-02T03:04:05Z"], "released": ["abc"]},
        "sweep": {"objects": 900, "within": "3h45m"},
        "counts": {"accounts": {"total": 3, "unmanaged": 1}, "policies": {"total": 0, "unmanaged": 0}},
        "budget": {
            "requestsPerMinute": 300,
            "learned": [{"operation": "GET /setup/account", "perMinute": 60}],
        },
    });
    organization.status = Some(serde_json::from_value(status.clone()).unwrap());
    let read = organization.status.as_ref().unwrap();
    assert_eq!(organization.common_status().observed_generation, 4);
    assert_eq!(read.contract.as_ref().map(|contract| contract.decided), Some(Contract::Published));
    assert_eq!(organization.guard_status().unwrap().released, ["abc"]);
    assert_eq!(read.sweep.unwrap().within.get(), Duration::from_mins(225));
    let mut written = serde_json::to_value(read).unwrap();
    written["conditions"] = json!([]);
    assert_eq!(written, status);
}

fn admits<R: Managed>(
    target: &R,
    kind: &'static str,
    namespace: &str,
    labels: &BTreeMap<String, String>,
) -> bool {
    target.admits(&Asker { kind: KindRef::bare(GROUP, kind), namespace, labels, power: Power::None })
}

#[test]
fn without_a_grant_only_its_own_namespace_is_admitted() {
    let closed = organization(&json!({}));
    assert!(admits(&closed, "SpotAccount", "platform", &labels(&[])));
    assert!(!admits(&closed, "SpotAccount", "payments", &labels(&[("team", "payments")])));
}

#[test]
fn a_grant_admits_what_it_lists_and_nothing_else() {
    let payments = labels(&[("team", "payments"), ("stage", "prod")]);
    let table: [(Value, &str, bool); 12] = [
        (json!([]), "platform", false),
        (json!([{"kinds": ["SpotAccount"], "namespaces": {"from": "Same"}}]), "platform", true),
        (json!([{"kinds": ["SpotAccount"], "namespaces": {"from": "Same"}}]), "payments", false),
        (json!([{"kinds": [], "namespaces": {"from": "All"}}]), "payments", false),
        (json!([{"kinds": ["SpotAccount"], "namespaces": {"from": "All"}}]), "payments", true),
        (selecting(&json!({"matchLabels": {"team": "payments"}})), "payments", true),
        (selecting(&json!({"matchLabels": {"team": "search"}})), "payments", false),
        (selecting(&json!({"matchLabels": {"team": "payments"}})), "platform", true),
        (
            selecting(
                &json!({"matchExpressions": [{"key": "team", "operator": "In", "values": ["a", "payments"]}]}),
            ),
            "payments",
            true,
        ),
        (
            selecting(
                &json!({"matchExpressions": [{"key": "stage", "operator": "NotIn", "values": ["prod"]}]}),
            ),
            "payments",
            false,
        ),
        (
            selecting(
                &json!({"matchLabels": {"team": "payments"}, "matchExpressions": [{"key": "gone", "operator": "Exists"}]}),
            ),
            "payments",
            false,
        ),
        (
            selecting(&json!({"matchExpressions": [{"key": "team", "operator": "Like", "values": ["pay"]}]})),
            "payments",
            false,
        ),
    ];
    for (allowed, namespace, wanted) in table {
        let grant = organization(&json!({"allowed": allowed}));
        assert_eq!(admits(&grant, "SpotAccount", namespace, &payments), wanted, "{namespace}: {allowed}");
        assert!(!admits(&grant, "SpotOrganization", namespace, &payments), "{namespace}: {allowed}");
    }
}

fn selecting(selector: &Value) -> Value {
    json!([{"kinds": ["SpotAccount"], "namespaces": {"from": "Selector", "selector": selector}}])
}

/// Whoever is in none of these is admitted by nobody, and holds up no account's end.
#[test]
fn each_kind_is_in_the_lists_of_those_that_it_is_in_and_refers_to() {
    for kind in
        vendors::kinds().into_iter().filter(|kind| kind.kind.group() == GROUP && !kind.is_organization)
    {
        let in_account = kind.within == Some(kinds::ACCOUNT);
        let refers_to = |other: KindRef| kind.references.contains(&other);
        let lists = [
            (kinds::IN_ORGANIZATIONS, !in_account),
            (kinds::IN_ACCOUNTS, in_account),
            (kinds::ACTING_IN_ACCOUNTS, !in_account && refers_to(kinds::ACCOUNT)),
            (kinds::NAMING_USERS, refers_to(kinds::USER)),
        ];
        for (list, belongs) in lists {
            assert_eq!(list.contains(&kind.kind), belongs, "{} in {list:?}", kind.kind);
        }
    }
}
