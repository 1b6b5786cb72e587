//! The admission policy that warns of an annotation of ours that there is not, or that does nothing for the object.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use crate::support::{
    admission::policy,
    cluster::Cluster,
    wait::{PATIENCE, wait_until},
};
use http::Request;
use kube::{Client, client::Body};
use orgkeeper::api::{GROUP, annotation};
use serde_json::{Value, json};

const POLICY: &str = "annotations.yaml";

/// The warnings that come with an answer, as kubectl shows them.
async fn warnings(client: &Client, verb: &str, path: &str, body: &Value) -> Vec<String> {
    let form = if verb == "PATCH" { "application/merge-patch+json" } else { "application/json" };
    let request = Request::builder()
        .method(verb)
        .uri(format!("/apis/{GROUP}/v1alpha1/{path}"))
        .header("Content-Type", form)
        .body(Body::from(body.to_string().into_bytes()))
        .unwrap();
    let answer = client.send(request).await.unwrap();
    assert!(answer.status().is_success(), "{verb} {path}: {}", answer.status());
    answer.headers().get_all("Warning").iter().map(|value| value.to_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn an_annotation_of_ours_that_there_is_not_is_warned_of_and_let_through() {
    let cluster = Cluster::shared().await;
    cluster.install_crds().await;
    let namespace = cluster.namespace("annotations").await;
    let client = cluster.client();
    cluster.apply("", &policy(POLICY, &namespace)).await;
    let all = format!("namespaces/{namespace}/spotaccounts");
    let account = |annotations: &Value| {
        json!({
            "apiVersion": format!("{GROUP}/v1alpha1"), "kind": "SpotAccount",
            "metadata": {"name": "payments", "annotations": annotations},
            "spec": {"organizationRef": {"name": "acme"}, "name": "payments"},
        })
    };
    assert_eq!(warnings(&client, "POST", &all, &account(&Value::Null)).await, [""; 0], "it has none");
    let path = format!("{all}/payments");
    let annotate = async |key: &str| {
        let body = json!({"metadata": {"annotations": {key: "yes"}}});
        let told = warnings(&client, "PATCH", &path, &body).await;
        let gone = json!({"metadata": {"annotations": {key: null}}});
        warnings(&client, "PATCH", &path, &gone).await;
        told
    };
    wait_until(PATIENCE, "the policy holds", async || {
        (!annotate("orgkeeper.dev/unknown").await.is_empty()).then_some(())
    })
    .await;
    for misspelt in ["orgkeeper.dev/confirm_delete", "orgkeeper.dev/Abandon", "spot.orgkeeper.dev/confirm"] {
        let told = annotate(misspelt).await;
        let [told] = &told[..] else { panic!("{misspelt}: {told:?}") };
        assert!(told.contains(&format!("{misspelt}: orgkeeper knows no such annotation")), "{told}");
        for known in annotation::ALL {
            assert!(told.contains(known), "{known} is not in {told}");
        }
    }
    // Whoever applies it again is told again, and so is who makes it anew.
    let dry = format!("{all}?dryRun=All");
    let mut anew = account(&json!({"orgkeeper.dev/confrim": "0123456789ab"}));
    anew["metadata"]["name"] = json!("anew");
    assert_eq!(warnings(&client, "POST", &dry, &anew).await.len(), 1);
    let told = annotate(annotation::ROTATE_REQUESTED_AT).await;
    let [told] = &told[..] else { panic!("{told:?}") };
    assert!(told.contains("does nothing here"), "{told}");
    let rotates = |subject: &Value| {
        let mut user = json!({
            "apiVersion": format!("{GROUP}/v1alpha1"), "kind": "SpotUser",
            "metadata": {"name": "u", "annotations": {annotation::ROTATE_REQUESTED_AT: "now"}},
            "spec": {"organizationRef": {"name": "acme"}},
        });
        user["spec"].as_object_mut().unwrap().extend(subject.as_object().unwrap().clone());
        user
    };
    let users = format!("namespaces/{namespace}/spotusers?dryRun=All");
    let person = rotates(&json!({"human": {"email": "jo@example.com"}}));
    assert_eq!(warnings(&client, "POST", &users, &person).await.len(), 1);
    let machine = json!({"name": "ci", "writeTokenTo": {"name": "ci", "key": "token"}});
    let machine = rotates(&json!({"programmatic": machine}));
    assert_eq!(warnings(&client, "POST", &users, &machine).await, [""; 0]);
    // Without a value it asks for nothing, and only its own name lets an object go.
    let valued = async |key: &str, value: &str| {
        let mut anew = account(&json!({key: value}));
        anew["metadata"]["name"] = json!("anew");
        warnings(&client, "POST", &dry, &anew).await
    };
    for key in annotation::ALL.iter().filter(|key| **key != annotation::ROTATE_REQUESTED_AT) {
        let told = valued(key, "").await;
        let [told] = &told[..] else { panic!("{key}: {told:?}") };
        assert!(told.contains(&format!("{key}: without a value it asks for nothing")), "{told}");
    }
    let told = valued(annotation::CONFIRM_DELETE, "yes").await;
    let [told] = &told[..] else { panic!("{told:?}") };
    assert!(told.contains("set it to anew, or take it out"), "{told}");
    assert_eq!(valued(annotation::CONFIRM_DELETE, "anew").await, [""; 0]);
    let nothing = [annotation::ROTATE_REQUESTED_AT, annotation::CONFIRM_DELETE];
    let others = annotation::ALL.iter().filter(|key| !nothing.contains(key));
    for fine in others.chain(&["example.com/orgkeeper.dev", "notorgkeeper.dev/confirm"]) {
        assert_eq!(annotate(fine).await, [""; 0], "{fine}");
    }
    cluster.delete("", &policy(POLICY, &namespace)).await;
    cluster.delete_namespace(&namespace).await;
}
