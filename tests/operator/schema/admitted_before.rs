//! An object that an older, laxer schema admitted can still be let go of.

use crate::support::cluster::Cluster;
use crate::support::wait::{PATIENCE, wait_until};
use kube::api::{ApiResource, DeleteParams, DynamicObject, Patch, PatchParams, PostParams};
use kube::core::GroupVersionKind;
use kube::{Api, ResourceExt};
use orgkeeper::api::finalizer;
use orgkeeper::operator::vendors;
use serde_json::{Value, json};

/// The object that was there before the strict definition.
const OLD: &str = "old";

/// The definitions in a group of their own: those that other tests use must not change under them.
fn definitions(group: &str) -> Vec<Value> {
    vendors::definitions().iter().map(|crd| moved(serde_json::to_value(crd).unwrap(), group)).collect()
}

fn moved(mut definition: Value, group: &str) -> Value {
    let spec = &mut definition["spec"];
    spec["group"] = json!(group);
    // Two groups with the same categories and short names would make what people type ambiguous.
    spec["names"]["categories"] = json!([]);
    spec["names"]["shortNames"] = json!([]);
    definition["metadata"]["name"] = json!(format!("{}.{group}", text(&definition, "plural")));
    definition
}

fn text<'a>(definition: &'a Value, name: &str) -> &'a str {
    definition["spec"]["names"][name].as_str().unwrap()
}

fn root(definition: &mut Value) -> &mut Value {
    &mut definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
}

/// The same, with a spec that admits anything.
fn lax(mut definition: Value) -> Value {
    let root = root(&mut definition);
    root["properties"]["spec"] = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
    root.as_object_mut().unwrap().remove("x-kubernetes-validations");
    definition
}

/// An object with a finalizer.
fn object(name: &str, resource: &ApiResource, spec: &Value) -> DynamicObject {
    let mut object = DynamicObject::new(name, resource).data(json!({"spec": spec}));
    object.finalizers_mut().push(finalizer::OBJECT.to_owned());
    object
}

/// A spec in which nothing is as it should be.
fn wrong() -> Value {
    json!({
        "name": "12345",
        "organizationId": "not a number",
        "organizationRef": {"name": "Not A Name", "id": 7},
        "adopt": {"policy": "Never", "id": "pu-1"},
        "slackNotificationChannels": [{}],
        "connection": {"endpoint": "nowhere", "contract": "Beta"},
        "resyncInterval": "soon",
        "allowed": "everybody",
        "human": {"email": "Jo", "role": "Owner"},
        "programmatic": {"name": "a@b"},
        "members": [{}],
        "userGroups": [{}],
        "accounts": [{"accountRef": {}}],
        "policies": [{"allAccounts": false, "accounts": [{}]}],
        "statements": [{"actions": ["*:*:*"]}],
        "permissions": [],
        "accountRef": {},
        "aws": {"iamRole": "spot"},
        "azure": {"clientId": "spot"},
        "protocol": "sms",
        "endpoint": "nowhere",
        "deletionPolicy": "Delete",
    })
}

/// Has the API server admit [`OLD`] under a lax definition, then serve the strict one.
async fn admitted_before(
    cluster: &Cluster,
    namespace: &str,
    definition: &Value,
    spec: &Value,
) -> Api<DynamicObject> {
    let group = definition["spec"]["group"].as_str().unwrap();
    let kind = GroupVersionKind::gvk(group, "v1alpha1", text(definition, "kind"));
    let resource = ApiResource::from_gvk_with_plural(&kind, text(definition, "plural"));
    let api: Api<DynamicObject> = Api::namespaced_with(cluster.client(), namespace, &resource);

    cluster.apply("", &lax(definition.clone()).to_string()).await;
    let create = PostParams::default();
    wait_until(PATIENCE, "the lax definition is served", async || {
        api.create(&create, &object(OLD, &resource, spec)).await.ok()
    })
    .await;
    cluster.apply("", &definition.to_string()).await;
    let ask = PostParams { dry_run: true, ..PostParams::default() };
    wait_until(PATIENCE, "the strict definition is served", async || {
        api.create(&ask, &object("new", &resource, spec)).await.is_err().then_some(())
    })
    .await;
    api
}

async fn remove_finalizer(api: &Api<DynamicObject>) -> kube::Result<DynamicObject> {
    let none = Patch::Merge(json!({"metadata": {"finalizers": null}}));
    api.patch(OLD, &PatchParams::default(), &none).await
}

#[tokio::test]
async fn its_finalizer_can_be_removed() {
    let cluster = Cluster::shared().await;
    let namespace = cluster.namespace("schema").await;
    for definition in definitions("before.test.orgkeeper.dev") {
        let api = admitted_before(cluster, &namespace, &definition, &wrong()).await;
        let status = Patch::Merge(json!({"status": {"observedGeneration": 1}}));
        api.patch_status(OLD, &PatchParams::default(), &status).await.unwrap();
        let label = Patch::Merge(json!({"metadata": {"labels": {"seen": "yes"}}}));
        api.patch(OLD, &PatchParams::default(), &label).await.unwrap();

        api.delete(OLD, &DeleteParams::default()).await.unwrap();
        remove_finalizer(&api).await.unwrap();
        wait_until(PATIENCE, "the object has gone", async || {
            api.get_opt(OLD).await.unwrap().is_none().then_some(())
        })
        .await;
        cluster.delete_and_wait("", &definition.to_string()).await;
    }
}

/// Names that an older schema took: the kind, a spec with one, where it stands, and an edit of something else.
fn named_before() -> Vec<(&'static str, Value, &'static str, Value)> {
    let organization = json!({"name": "acme"});
    let kept = json!({"managementPolicy": "Observe"});
    vec![
        (
            "SpotAccount",
            json!({"organizationRef": organization, "name": "payments\n"}),
            "/name",
            kept.clone(),
        ),
        ("SpotUserGroup", json!({"organizationRef": organization, "name": "R+D "}), "/name", kept.clone()),
        (
            "SpotUser",
            json!({"organizationRef": organization, "human": {"email": "jo@example.com", "firstName": " Jo"}}),
            "/human/firstName",
            json!({"human": {"role": "Viewer"}}),
        ),
        (
            "AccessPolicy",
            json!({
                "organizationRef": organization, "name": "\u{feff}read",
                "permissions": [{"serviceId": "ocean", "actions": ["describe"]}],
            }),
            "/name",
            kept,
        ),
    ]
}

/// What a name was is checked where the name is edited: all else goes on, status above all.
#[tokio::test]
async fn what_is_stricter_about_a_name_holds_up_no_status_and_no_other_edit() {
    let cluster = Cluster::shared().await;
    let namespace = cluster.namespace("schema").await;
    let all = definitions("names.test.orgkeeper.dev");
    for (kind, spec, at, edit) in named_before() {
        let definition = all.iter().find(|one| text(one, "kind") == kind).unwrap();
        let api = admitted_before(cluster, &namespace, definition, &spec).await;
        let params = PatchParams::default();
        let status = Patch::Merge(json!({"status": {"observedGeneration": 1}}));
        api.patch_status(OLD, &params, &status).await.unwrap();
        let patch = async |spec: &Value| api.patch(OLD, &params, &Patch::Merge(json!({"spec": spec}))).await;
        patch(&edit).await.unwrap_or_else(|error| panic!("{kind}: {error}"));
        let renamed = |name: &str| {
            let mut spec = spec.clone();
            *spec.pointer_mut(at).unwrap() = json!(name);
            spec
        };
        let refusal = patch(&renamed("other\n")).await.unwrap_err().to_string();
        assert!(refusal.contains("may neither begin nor end with white space"), "{refusal}");
        patch(&renamed("other")).await.unwrap();
        remove_finalizer(&api).await.unwrap();
        cluster.delete_and_wait("", &definition.to_string()).await;
    }
}

/// Why the lint refuses such rules, and proof that the test above could fail.
#[tokio::test]
async fn a_rule_on_the_root_would_hold_it() {
    let cluster = Cluster::shared().await;
    let namespace = cluster.namespace("schema").await;
    let mut definition = definitions("root.test.orgkeeper.dev").remove(0);
    root(&mut definition)["x-kubernetes-validations"] =
        json!([{"rule": "self.spec.name.matches('[a-z]')", "message": "held by the root"}]);
    let api = admitted_before(cluster, &namespace, &definition, &wrong()).await;

    api.delete(OLD, &DeleteParams::default()).await.unwrap();
    let refusal = remove_finalizer(&api).await.unwrap_err();
    assert!(refusal.to_string().contains("held by the root"), "{refusal}");

    cluster.apply("", &lax(definition).to_string()).await;
    wait_until(PATIENCE, "the lax definition is served again", async || remove_finalizer(&api).await.ok())
        .await;
}
