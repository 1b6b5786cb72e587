//! The main job, end to end: what manifests declare comes to be at the vendor, and stays so.

use futures::FutureExt as _;
use orgkeeper::sandbox::spot::Contract;
use serde_json::{Value, json};

use crate::{
    rights::{ACCOUNT as SERVICE_ACCOUNT, assert_rights},
    support::{
        cluster::Cluster,
        house::{ACME, House, Kind, condition},
        operator::Run,
        rights::{Request, compare, manifests, rights},
        samples,
        sandbox::{Sandbox, TOKEN},
        side_by_side::side_by_side,
        wait::{PATIENCE, wait_until},
    },
};

/// The samples' accounts: in which team's namespace, and the name, there and at the vendor.
const SAMPLES: [(usize, &str); 6] = [
    (0, "shared-services"),
    (0, "experiments"),
    (1, "payments-prod"),
    (1, "payments-staging"),
    (2, "data-warehouse"),
    (2, "data-science"),
];

/// The samples' accounts with this word for the contract, before a vendor that keeps that one.
async fn converge(contract: Contract, word: &str) {
    let house =
        House::with_namespaces("accounts", samples::TEAMS.len(), Sandbox::start(contract).await).await;
    let (sandbox, platform) = (&house.sandbox, house.namespace());
    let operator = house.start().await;
    let mut manifests = samples::manifests(&house);
    manifests
        .retain(|one| Kind::of(one).is_none_or(|kind| matches!(kind, Kind::Organization | Kind::Account)));
    for manifest in manifests.iter_mut().filter(|one| one["kind"] == "SpotOrganization") {
        manifest["spec"]["connection"]["contract"] = json!(word);
    }
    house.apply(&manifests).await;

    let organization = house.ready(Kind::Organization, platform, ACME).await;
    let found = &organization["status"]["contract"];
    assert_eq!(found["decided"], json!(format!("{contract:?}")));
    for (place, name) in SAMPLES {
        let object = house.ready(Kind::Account, &house.namespaces[place], name).await;
        assert_eq!(object["status"]["id"], json!(sandbox.one(name).await.id), "{name}");
        let unsupported = condition(&object, "NotSupported").is_some();
        let has_slack = name == "payments-prod";
        assert_eq!(unsupported, has_slack && contract == Contract::Published, "{name}: {object:#}");
        let slack = !sandbox.one(name).await.slack_notification_channels.is_empty();
        assert_eq!(slack, has_slack && contract == Contract::Production, "{name}");
    }
    assert_eq!(sandbox.accounts().await.len(), SAMPLES.len() + 1, "and the default one");

    // Somebody renames two in the console: one is corrected, one only told of.
    let [corrected, left] = [sandbox.one("shared-services").await.id, sandbox.one("experiments").await.id];
    sandbox.rename(&corrected, "by-hand-1").await;
    sandbox.rename(&left, "by-hand-2").await;
    let drifted = |actual: &'static str| {
        move |object: &Value| {
            let drift = &object["status"]["drift"][0];
            drift["path"] == "name" && drift["actual"] == actual
        }
    };
    let shows = house.was(
        Kind::Account,
        platform,
        "shared-services",
        "told of in status.drift",
        drifted("by-hand-1"),
    );
    let ((), shown) = futures::join!(house.reconcile("now"), shows);
    assert_eq!(shown["status"]["drift"][0]["desired"], "shared-services");
    assert_eq!(sandbox.one("shared-services").await.id, corrected);
    let told = house.becomes(Kind::Account, platform, "experiments", "drifted", drifted("by-hand-2")).await;
    assert_eq!(condition(&told, "Drifted").unwrap_or_default()["status"], "True");
    assert_eq!(condition(&told, "Ready").unwrap_or_default()["status"], "True");

    let note = r#"name: "by-hand-1" → "shared-services""#;
    wait_until(PATIENCE, "the correction is an event", async || {
        let events = house.events(platform, "shared-services").await;
        events.iter().any(|(reason, told)| reason == "DriftCorrected" && told.starts_with(note)).then_some(())
    })
    .await;
    house
        .becomes(Kind::Account, platform, "shared-services", "rid of its drift", |object| {
            object["status"].get("drift").is_none()
        })
        .await;
    assert_eq!(sandbox.one("by-hand-2").await.id, left, "Report only tells");
    let events = house.events(platform, "experiments").await;
    assert!(events.iter().all(|(reason, _)| reason != "DriftCorrected"), "{events:?}");
    house.close(operator).await;
}

#[tokio::test]
async fn accounts_come_to_be_in_both_contracts_told_or_not_and_stay_so() {
    let cases = [
        (Contract::Production, "Production"),
        (Contract::Production, "Auto"),
        (Contract::Published, "Published"),
        (Contract::Published, "Auto"),
    ];
    let scenarios = cases.map(|(contract, word)| {
        (format!("{contract:?}, asked for {word}"), converge(contract, word).boxed_local())
    });
    side_by_side(scenarios.into()).await;
}

/// One of each kind besides organization and account: kind, name, and its manifest.
fn others(house: &House) -> [(Kind, &'static str, Value); 6] {
    let object = |kind: Kind, name: &'static str, mut spec: Value| {
        if spec["accountRef"].is_null() {
            spec["organizationRef"] = json!({"name": ACME});
        }
        let manifest = json!({
            "apiVersion": house.account(name)["apiVersion"], "kind": kind.resource().kind,
            "metadata": {"name": name, "namespace": house.namespace()}, "spec": spec,
        });
        (kind, name, manifest)
    };
    let ci = json!({
        "programmatic": {"name": "ci", "writeTokenTo": {"name": "ci-token", "key": "token"}},
        "accounts": [{"accountRef": {"name": "one"}, "role": "Viewer"}],
    });
    let read_only = json!({
        "name": "read-only",
        "statements": [{"effect": "Allow", "actions": ["ocean:describe*"], "resources": ["*"]}],
    });
    let role = json!({
        "accountRef": {"name": "one"}, "aws": {"iamRole": "arn:aws:iam::123456789012:role/spot"},
    });
    let rolled = json!({
        "accountRef": {"name": "one"}, "resourceId": "sig-1a2b3c4d", "eventType": "GROUP_ROLL_FAILED",
        "protocol": "email", "endpoint": "jo@example.com",
    });
    let incidents = json!({
        "accountRef": {"name": "one"}, "name": "incidents", "privacyLevel": "public",
        "subscriptions": [{"type": "email", "endpoint": "ops@example.com"}],
        "computePolicyConfig": {
            "events": [{"event": "Scale up failed", "type": "ERROR"}], "includeAllResources": true,
        },
    });
    [
        object(Kind::User, "ci", ci),
        object(Kind::Group, "developers", json!({"name": "developers"})),
        object(Kind::Policy, "read-only", read_only),
        object(Kind::Credential, "role", role),
        object(Kind::Subscription, "rolled", rolled),
        object(Kind::Notification, "incidents", incidents),
    ]
}

/// A whole scenario, with all that an operator does: it is refused nothing, and every right that
/// config/rbac grants is needed.
#[tokio::test]
async fn the_rights_granted_are_those_used() {
    let Some(audit) = Cluster::shared().await.audit() else { return };
    let house =
        House::build("rights-used", Sandbox::start_with(Contract::Production, &["--any-resource"]).await)
            .await;
    let (sandbox, namespace) = (&house.sandbox, house.namespace());
    let mark = audit.mark().await;
    let operator = house.start().await;
    house.apply_organization().await;
    let mut account = house.account("one");
    account["spec"]["deletionPolicy"] = json!("Delete");
    house.apply(&[account]).await;
    house.ready(Kind::Account, namespace, "one").await;
    house.patch(Kind::Account, namespace, "one", &json!({"spec": {"name": "two"}})).await;
    house.ready(Kind::Account, namespace, "one").await;
    let id = sandbox.one("two").await.id;
    // The same correction again is counted in the first one's event.
    for round in ["first", "second"] {
        sandbox.rename(&id, "by-hand").await;
        wait_until(PATIENCE, "it is corrected", async || {
            house.reconcile(&format!("{round} {}", jiff::Timestamp::now())).await;
            let list = sandbox.named("two").await;
            (list.len() == 1).then_some(())
        })
        .await;
    }
    let others = others(&house);
    house.apply(&others.clone().map(|(_, _, manifest)| manifest)).await;
    for (kind, name, _) in others {
        house.ready(kind, namespace, name).await;
        house.delete(kind, namespace, name).await;
        house.gone(kind, namespace, name).await;
    }
    house.delete(Kind::Account, namespace, "one").await;
    house.gone(Kind::Account, namespace, "one").await;
    house.delete(Kind::Organization, namespace, ACME).await;
    house.gone(Kind::Organization, namespace, ACME).await;
    operator.stop().await;
    let entries = audit.since(mark).await;
    assert_rights(&house.home, entries.clone());
    // Here nothing is rare: even an event that is told again was one.
    let requests: Vec<Request> =
        entries.service_account(&house.home, SERVICE_ACCOUNT).iter().map(Request::from).collect();
    assert_eq!(compare(&rights(&manifests(&house.home)), &requests, &[]), [""; 0]);
    house.take_down().await;
}

/// An operator that only reads tells what there is, takes the Lease for that, and writes nothing to the vendor.
#[tokio::test]
async fn an_operator_that_only_reads_writes_nothing_to_the_vendor() {
    let house = House::build("read-only", Sandbox::start(Contract::Production).await).await;
    let (sandbox, namespace) = (&house.sandbox, house.namespace());
    let there = sandbox.create("there").await;
    let operator = house.start_with(&Run::with(&["--read-only"])).await;
    let mut other_name = house.account("other-name");
    other_name["spec"]["adopt"] = json!({"policy": "Required", "id": sandbox.create("their-name").await});
    house.apply(&[house.token_secret(TOKEN), house.organization()]).await;
    house.apply(&[house.account("there"), house.account("missing"), other_name]).await;

    let object = house.ready(Kind::Account, namespace, "there").await;
    assert_eq!(object["status"]["id"], json!(there));
    let differs = house.ready(Kind::Account, namespace, "other-name").await;
    assert_eq!(condition(&differs, "Drifted").unwrap_or_default()["status"], "True");
    assert_eq!(differs["status"]["drift"][0]["actual"], "their-name");
    house.reason(Kind::Account, namespace, "missing", "Stalled", "ReadOnly").await;
    house.delete(Kind::Account, namespace, "missing").await;
    house.gone(Kind::Account, namespace, "missing").await;
    assert!(sandbox.writes().await.is_empty(), "{:#?}", sandbox.writes().await);
    let leases: kube::Api<k8s_openapi::api::coordination::v1::Lease> =
        kube::Api::namespaced(house.cluster.client(), &house.home);
    let lease = leases.get("orgkeeper").await.expect("it takes the Lease");
    assert!(lease.spec.and_then(|spec| spec.holder_identity).is_some());
    operator.stop().await;

    let operator = house.start().await;
    sandbox_has(&house, "other-name").await;
    sandbox_has(&house, "there").await;
    house.close(operator).await;
}

async fn sandbox_has(house: &House, name: &str) {
    wait_until(PATIENCE, name, async || (house.sandbox.named(name).await.len() == 1).then_some(())).await;
}
