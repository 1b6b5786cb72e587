//! Secrets of every kind are told nowhere (rule 9), whatever goes wrong with them.

use k8s_openapi::api::core::v1::Secret;
use kube::{
    Api,
    api::{Patch, PatchParams},
};
use orgkeeper::api::GROUP;
use serde_json::{Value, json};

use super::scene::{Scene, Vendor};
use crate::support::house::{House, Kind};

/// Of the organization that has another one created.
const PARENT: &str = "c4n4ry-of-a-parent";
/// What the cloud turns away.
const REJECTED: &str = "c4n4ry-of-an-application";
/// No whole key file: the parser meets it in the middle of a string.
const CUT_FILE: &str = r#"{"type": "service_account", "private_key": "c4n4ry-of-a-cut-file"#;
/// A key file that lacks what the vendor asks for.
const POOR_FILE: &str = r#"{"type": "service_account", "private_key": "-----BEGIN PRIVATE KEY-----\nYzRuNHJ5LW9mLWEtcG9vci1maWxl\n-----END PRIVATE KEY-----\n"}"#;
/// No address.
const NO_ADDRESS: &str = "c4n4ry of an address";

/// Where each is found if it is told: in a value of its own, or in a file of many.
const NEEDLES: [&str; 9] = [
    PARENT,
    REJECTED,
    "c4n4ry-of-a-cut-file",
    "YzRuNHJ5LW9mLWEtcG9vci1maWxl",
    NO_ADDRESS,
    // Of the samples.
    "not-a-secret-of-science",
    "bm90LWEta2V5LW5vdC1hLWtleS1ub3QtYS1rZXk=",
    "https://incidents.example.com/spot/not-a-secret-of-incidents",
    "Not-a-Secret-1",
];

/// Replaces a value of a Secret.
async fn replace(house: &House, team: usize, name: &str, key: &str, value: &str) {
    let secrets: Api<Secret> = Api::namespaced(house.cluster.client(), &house.namespaces[team]);
    let patch = Patch::Merge(json!({"stringData": {key: value}}));
    secrets.patch(name, &PatchParams::default(), &patch).await.unwrap();
}

/// An organization that the parent's token creates.
fn daughter(house: &House) -> [Value; 2] {
    let namespace = house.namespace();
    let mut daughter = json!({
        "apiVersion": format!("{GROUP}/v1alpha1"), "kind": "SpotOrganization",
        "metadata": {"name": "daughter", "namespace": namespace},
        "spec": {"create": {"name": "Daughter", "tokenSecretRef": {"name": "parent", "key": "token"}}},
    });
    daughter["spec"]["connection"] = json!({
        "tokenSecretRef": {"name": "daughter", "key": "token"}, "endpoint": house.sandbox.url(),
    });
    let parent = json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "parent", "namespace": namespace},
        "stringData": {"token": PARENT},
    });
    [parent, daughter]
}

#[tokio::test]
async fn secrets_of_every_kind_are_told_nowhere_whatever_goes_wrong() {
    let mut scene = Scene::samples(Vendor::Production).await;
    let (house, sandbox) = (&scene.house, &scene.house.sandbox);
    let [platform, payments, data] = [0, 1, 2].map(|team| house.namespaces[team].as_str());
    let users = sandbox.users().await;
    let first = users.iter().find(|user| user.username.starts_with("admin@")).unwrap();
    sandbox.issue_token(&first.id, PARENT).await;
    house.apply(&daughter(house)).await;
    house.reason(Kind::Organization, platform, "daughter", "Ready", "SecretNotFound").await;

    let application = scene.find("CloudCredential", "experiments")["spec"]["azure"]["clientId"].clone();
    sandbox.reject(application.as_str().unwrap()).await;
    replace(house, 0, "azure-experiments", "client-secret", REJECTED).await;
    house.reason(Kind::Credential, platform, "experiments", "Ready", "RefusedByVendor").await;
    // Of what is no JSON nobody can say where its secrets are.
    house.cluster.recorder.add(data, b"c4n4ry-of-a-cut-file");
    for file in [CUT_FILE, POOR_FILE] {
        replace(house, 2, "google", "key.json", file).await;
        house.reason(Kind::Credential, data, "data-warehouse", "Ready", "SecretInvalid").await;
        house.reconcile(&format!("a file of {}", file.len())).await;
    }
    replace(house, 1, "webhooks", "incidents", NO_ADDRESS).await;
    house.reason(Kind::Subscription, payments, "roll-failed", "Ready", "SecretInvalid").await;

    scene.pages().await;
    scene.stop().await;
    let house = &scene.house;
    assert_eq!(house.search().await, [""; 0]);
    for needle in NEEDLES {
        house.keep("planted.txt", &format!("it is {needle}."));
        let found = house.search().await;
        assert_eq!(found.len(), 1, "{needle} is looked for: {found:?}");
    }
    std::fs::remove_file(house.captured().join("planted.txt")).unwrap();
    scene.close().await;
}
