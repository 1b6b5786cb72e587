//! The admission policy by which confirming and abandoning take more than the right to edit, and the
//! roles that have it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::{cell::Cell, path::Path};

use k8s_openapi::api::{
    admissionregistration::v1::ValidatingAdmissionPolicy,
    authorization::v1::{ResourceAttributes, SubjectAccessReview, SubjectAccessReviewSpec},
};
use kube::{
    Api, Client,
    api::{DeleteParams, Patch, PatchParams, PostParams},
};
use orgkeeper::api::{
    annotation::{ABANDON, CONFIRM, CONFIRM_DELETE, KEEP, RECONCILE_REQUESTED_AT},
    finalizer,
    spot::SpotAccount,
};
use serde_json::{Value, json};

use crate::{
    rights::{ACCOUNT, install, uninstall},
    support::{
        admission::{policy, policy_name},
        cluster::Cluster,
        wait::{PATIENCE, wait_until},
    },
};

const POLICY: &str = "approvers.yaml";
/// Each annotation that the policy guards, and the verb that it takes.
const GUARDED: [(&str, &str); 4] =
    [(CONFIRM, "confirm"), (KEEP, "confirm"), (CONFIRM_DELETE, "confirm"), (ABANDON, "abandon")];

/// The shipped roles for people under names of their own.
fn roles(namespace: &str) -> Vec<Value> {
    let read = |name: &str| {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("config/roles/{name}.yaml"));
        let mut role: Value = serde_saphyr::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        role["metadata"]["name"] = json!(format!("{name}-{namespace}"));
        role
    };
    ["view", "edit", "approver"].map(read).to_vec()
}

/// A service account that has this role in its namespace.
pub fn person(name: &str, role: &str) -> [Value; 2] {
    let subject = json!({"kind": "ServiceAccount", "name": name});
    let reference = json!({"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role});
    [
        json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}}),
        json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": name},
            "roleRef": reference, "subjects": [subject],
        }),
    ]
}

fn account(name: &str, annotations: &Value) -> SpotAccount {
    let account = json!({
        "apiVersion": "spot.orgkeeper.dev/v1alpha1", "kind": "SpotAccount",
        "metadata": {"name": name, "annotations": annotations},
        "spec": {"organizationRef": {"name": "acme"}, "name": name},
    });
    serde_json::from_value(account).unwrap()
}

pub fn joined(manifests: &[Value]) -> String {
    manifests.iter().map(Value::to_string).collect::<Vec<_>>().join("\n---\n")
}

/// The message of a refusal; `None` where it was let through.
pub fn refusal<T>(answer: kube::Result<T>) -> Option<String> {
    match answer {
        Ok(_) => None,
        Err(kube::Error::Api(status)) if status.code == 403 => Some(status.message),
        Err(error) => panic!("{error}"),
    }
}

/// Who works on the account of the test.
struct Person(Api<SpotAccount>);

impl Person {
    fn new(client: Client, namespace: &str) -> Self {
        Self(Api::namespaced(client, namespace))
    }

    async fn patch(&self, patch: &Value) -> Option<String> {
        refusal(self.0.patch("payments", &PatchParams::default(), &Patch::Merge(patch)).await)
    }

    async fn annotate(&self, name: &str, value: Option<&str>) -> Option<String> {
        self.patch(&json!({"metadata": {"annotations": {name: value}}})).await
    }

    /// As a tool does that follows Git: the whole manifest, again and again.
    async fn apply(&self, account: &SpotAccount) -> Option<String> {
        refusal(self.0.patch("payments", &PatchParams::apply("gitops").force(), &Patch::Apply(account)).await)
    }

    async fn create(&self, account: &SpotAccount) -> Option<String> {
        refusal(self.0.create(&PostParams::default(), account).await)
    }
}

/// Everybody who has to do with one account in one namespace.
struct Scene {
    cluster: &'static Cluster,
    namespace: String,
    editor: Person,
    approver: Person,
    operator: Person,
}

impl Scene {
    async fn set() -> Self {
        let cluster = Cluster::shared().await;
        cluster.install_crds().await;
        let namespace = cluster.namespace("approvers").await;
        install(cluster, &namespace).await;
        // An editor is whom Kubernetes calls so: the shipped role becomes a part of that one.
        let people =
            [person("editor", "edit"), person("approver", &format!("approver-{namespace}"))].concat();
        cluster.apply(&namespace, &joined(&[roles(&namespace), people].concat())).await;
        cluster.apply("", &policy(POLICY, &namespace)).await;
        let client = async |name| cluster.service_account_client(&namespace, name).await;
        let [editor, approver, operator] =
            [client("editor").await, client("approver").await, client(ACCOUNT).await]
                .map(|client| Person::new(client, &namespace));
        let scene = Self { cluster, namespace, editor, approver, operator };
        scene.holds().await;
        scene
    }

    /// Waits until the API server has taken up roles, bindings and the policy.
    async fn holds(&self) {
        wait_until(PATIENCE, "the editor may create", async || {
            self.editor.create(&account("payments", &json!({}))).await.is_none().then_some(())
        })
        .await;
        // Another value each time: one that was let through stays.
        let tries = Cell::new(0);
        wait_until(PATIENCE, "the policy holds", async || {
            tries.set(tries.get() + 1);
            self.editor.annotate(CONFIRM, Some(&tries.get().to_string())).await.is_some().then_some(())
        })
        .await;
        for person in [&self.approver, &self.operator] {
            wait_until(PATIENCE, "everybody may patch", async || {
                person.annotate("example.com/seen", Some("yes")).await.is_none().then_some(())
            })
            .await;
        }
        // What was let through before the policy held.
        assert_eq!(self.approver.annotate(CONFIRM, None).await, None);
    }

    async fn clear(self) {
        self.cluster.delete("", &policy(POLICY, &self.namespace)).await;
        self.cluster.delete("", &joined(&roles(&self.namespace))).await;
        uninstall(self.cluster, &self.namespace).await;
        self.cluster.delete_namespace(&self.namespace).await;
    }
}

#[tokio::test]
async fn only_who_may_confirm_or_abandon_sets_what_says_so() {
    let scene = Scene::set().await;
    let Scene { editor, approver, .. } = &scene;
    for (name, verb) in GUARDED {
        let message = editor.annotate(name, Some("one")).await.unwrap_or_else(|| panic!("{name}"));
        let told =
            format!("{name}: only who has the verb {verb} on spotaccounts.spot.orgkeeper.dev in namespace");
        for part in [told.as_str(), &scene.namespace, "ClusterRole orgkeeper-approver", "Leave it out"] {
            assert!(message.contains(part), "{name}: no {part:?} in {message}");
        }
        let with = account("fresh", &json!({name: "one"}));
        assert!(editor.create(&with).await.is_some(), "{name}: not in a new object either");
        assert_eq!(editor.annotate(name, Some("")).await, None, "{name}: nothing is said by that");

        assert_eq!(approver.annotate(name, Some("one")).await, None, "{name}");
        assert!(editor.annotate(name, Some("other")).await.is_some(), "{name}: nor is it changed");
        assert_eq!(editor.annotate(name, Some("one")).await, None, "{name}: it stays as it is");
        assert_eq!(editor.annotate(name, None).await, None, "{name}: less may be said by anybody");
        assert!(editor.annotate(name, Some("one")).await.is_some(), "{name}: and not said again");
    }
    // An administrator may do everything, and so a GitOps tool that is one.
    let admin = Person::new(scene.cluster.client(), &scene.namespace);
    assert_eq!(admin.create(&account("told", &json!({CONFIRM_DELETE: "told"}))).await, None);
    scene.clear().await;
}

#[tokio::test]
async fn what_changes_no_such_annotation_is_not_hindered() {
    let scene = Scene::set().await;
    let Scene { editor, approver, operator, .. } = &scene;
    for (name, _) in GUARDED {
        assert_eq!(approver.annotate(name, Some("one")).await, None, "{name}");
    }

    // People and tools beside them.
    assert_eq!(editor.annotate(RECONCILE_REQUESTED_AT, Some("now")).await, None);
    assert_eq!(editor.annotate("example.com/seen", None).await, None);
    assert_eq!(editor.patch(&json!({"spec": {"name": "renamed"}})).await, None);
    let mut declared = account("payments", &json!({"example.com/owner": "payments"}));
    for name in ["first", "second"] {
        declared.spec.name = name.to_owned();
        assert_eq!(editor.apply(&declared).await, None, "a manifest without it, applied again");
    }
    let confirmed = account("payments", &json!({CONFIRM: "one"}));
    assert_eq!(editor.apply(&confirmed).await, None, "a manifest with what is there already");

    // The operator: its finalizer, and status.
    assert_eq!(operator.patch(&json!({"metadata": {"finalizers": [finalizer::OBJECT]}})).await, None);
    let status = json!({"status": {"observedGeneration": 1}, "metadata": {"annotations": {CONFIRM: "two"}}});
    let patched = operator.0.patch_status("payments", &PatchParams::default(), &Patch::Merge(&status)).await;
    let annotations = patched.unwrap().metadata.annotations.unwrap();
    assert_eq!(annotations[CONFIRM], "one", "no annotation is changed with the status");
    assert_eq!(operator.patch(&json!({"metadata": {"finalizers": null}})).await, None);

    assert_eq!(refusal(editor.0.delete("payments", &DeleteParams::default()).await), None);
    scene.clear().await;
}

/// Whether the editor may do this.
async fn may_edit(scene: &Scene, wanted: ResourceAttributes) -> bool {
    let reviews: Api<SubjectAccessReview> = Api::all(scene.cluster.client());
    let spec = SubjectAccessReviewSpec {
        user: Some(format!("system:serviceaccount:{}:editor", scene.namespace)),
        groups: Some(vec!["system:serviceaccounts".into(), "system:authenticated".into()]),
        resource_attributes: Some(wanted),
        ..SubjectAccessReviewSpec::default()
    };
    let review = SubjectAccessReview { spec, ..SubjectAccessReview::default() };
    reviews.create(&PostParams::default(), &review).await.unwrap().status.unwrap().allowed
}

#[tokio::test]
async fn who_may_edit_writes_no_status() {
    let scene = Scene::set().await;
    let Scene { editor, operator, .. } = &scene;
    let status = json!({"status": {"id": "act-12345678", "observedGeneration": 1}});
    let of_status = editor.0.patch_status("payments", &PatchParams::default(), &Patch::Merge(&status)).await;
    assert!(refusal(of_status).is_some());
    // Nor on the way, with the object.
    let id = async |name: &str| editor.0.get(name).await.unwrap().status.and_then(|status| status.id);
    assert_eq!(editor.patch(&status).await, None);
    assert_eq!(id("payments").await, None);
    let mut fresh = serde_json::to_value(account("fresh", &json!({}))).unwrap();
    fresh["status"] = status["status"].clone();
    assert_eq!(editor.create(&serde_json::from_value(fresh).unwrap()).await, None);
    assert_eq!(id("fresh").await, None);
    let by_operator =
        operator.0.patch_status("payments", &PatchParams::default(), &Patch::Merge(&status)).await;
    assert_eq!(refusal(by_operator), None);
    assert_eq!(id("payments").await.as_deref(), Some("act-12345678"));
    scene.clear().await;
}

/// Labels of namespaces say who is admitted, and a namespace that goes takes everything along.
#[tokio::test]
async fn who_may_edit_one_namespace_changes_no_namespace_and_nothing_elsewhere() {
    let scene = Scene::set().await;
    let wanted = |verb: &str, group: &str, resource: &str, namespace: &str| ResourceAttributes {
        verb: Some(verb.into()),
        group: Some(group.into()),
        resource: Some(resource.into()),
        namespace: Some(namespace.into()),
        ..ResourceAttributes::default()
    };
    let here = scene.namespace.as_str();
    let ours = "spot.orgkeeper.dev";
    for allowed in [("get", "", "secrets", here), ("create", ours, "spotusers", here)] {
        let (verb, group, resource, namespace) = allowed;
        assert!(may_edit(&scene, wanted(verb, group, resource, namespace)).await, "{allowed:?}");
    }
    let kinds = ["spotaccounts", "spotusers", "spotusergroups", "accesspolicies"];
    let own = ["patch", "update", "delete"].map(|verb| (verb, "", "namespaces", here));
    let beyond = [
        ("get", "", "secrets", "default"),
        ("patch", ours, "spotaccounts/status", here),
        ("confirm", ours, "spotaccounts", here),
        ("abandon", ours, "spotaccounts", here),
        ("delete", "coordination.k8s.io", "leases", "default"),
        ("create", "rbac.authorization.k8s.io", "rolebindings", here),
    ];
    let elsewhere = kinds.map(|kind| ("create", ours, kind, "default"));
    for refused in own.into_iter().chain(beyond).chain(elsewhere) {
        let (verb, group, resource, namespace) = refused;
        let (resource, subresource) = resource.split_once('/').unwrap_or((resource, ""));
        let mut wanted = wanted(verb, group, resource, namespace);
        wanted.subresource = Some(subresource.to_owned()).filter(|name| !name.is_empty());
        wanted.name = (resource == "namespaces").then(|| namespace.to_owned());
        assert!(!may_edit(&scene, wanted).await, "{refused:?}");
    }
    scene.clear().await;
}

#[tokio::test]
async fn the_expressions_of_the_policies_fit_the_kinds() {
    let cluster = Cluster::shared().await;
    cluster.install_crds().await;
    let namespace = cluster.namespace("policies").await;
    let policies: Api<ValidatingAdmissionPolicy> = Api::all(cluster.client());
    for file in [POLICY, "annotations.yaml", "confirm_delete.yaml"] {
        cluster.apply("", &policy(file, &namespace)).await;
        let name = policy_name(file, &namespace);
        let checked = wait_until(PATIENCE, "its types are checked", async || {
            let status = policies.get(&name).await.unwrap().status?;
            status.observed_generation.and(status.type_checking)
        })
        .await;
        assert_eq!(checked.expression_warnings, None, "{file}");
        cluster.delete("", &policy(file, &namespace)).await;
    }
    cluster.delete_namespace(&namespace).await;
}
