//! From one version to another, and back.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::{
    Api,
    api::{DynamicObject, ListParams, PostParams},
};
use orgkeeper::api::GROUP;
use serde_json::{Value, json};

use super::{
    helm::PLATFORM,
    shell::Shell,
    walk::{Ledger, Reader},
};
use crate::support::{
    cluster::Cluster,
    house::{ACME, House, Kind, LONG},
    wait::wait_until,
};

/// Names that nobody can have any more; the last is looked for in a group alone.
const BAD: [&str; 12] = [
    " a",
    "a ",
    "a\n",
    "\ta",
    "a\u{a0}",
    "a\u{200b}",
    "\u{feff}a",
    "\u{34f}a",
    "a\u{ad}",
    "a\u{2060}",
    "a\u{2028}b",
    "a\nb",
];
const MARKED: [&str; 3] = ["R+D", "a=b", "dev@example"];
/// Names that anybody can have.
const GOOD: [&str; 3] = ["a b", "é", "a.b-c_d"];

/// Bindings as they were made before organizations had a role of their own, and who has them.
const BINDINGS: [(&str, &str); 3] = [
    ("rolebinding edits --namespace default", "edit"),
    ("rolebinding admins --namespace default", "admin"),
    ("clusterrolebinding everywhere", "orgkeeper-edit"),
];

pub async fn with_helm(ledger: &Ledger, shell: &mut Shell, house: &House) {
    names(ledger, shell, house).await;
    std::os::unix::fs::symlink(env!("CARGO_MANIFEST_DIR"), shell.file("older")).unwrap();
    let mut page = Reader::open("docs/upgrade.md", ledger, shell);
    let uids = uids(house.cluster).await;
    page.read("## With kustomize").await;
    page.turn_to("## Organizations have a role of their own");
    for (binding, role) in BINDINGS {
        page.run(&format!("kubectl create {binding} --clusterrole {role} --group somebody")).await;
    }
    // They are there already, from the page of the installation.
    page.run("kubectl --namespace platform delete rolebinding organizations").await;
    let ran = page.read("An administrator can make the binding before the upgrade").await;
    let lines: Vec<&str> = ran[0].said.lines().collect();
    for (binding, role) in BINDINGS {
        let name = binding.split(' ').nth(1).unwrap();
        let found =
            lines.iter().any(|line| line.contains(name) && line.contains(&format!("ClusterRole/{role} ")));
        assert!(found, "{binding}: {}", ran[0].said);
    }
    page.turn_to("## What entries of lists lead to is remembered");
    page.read("With kustomize, from the older folder").await;
    assert_eq!(self::uids(house.cluster).await, uids, "The first one leaves the definitions where they are");
    house.ready(Kind::Organization, PLATFORM, ACME).await;
}

/// The uids of the definitions.
async fn uids(cluster: &Cluster) -> Vec<(Option<String>, Option<String>)> {
    let crds: Api<CustomResourceDefinition> = Api::all(cluster.client());
    let all = crds.list(&ListParams::default()).await.unwrap();
    all.items.into_iter().map(|crd| (crd.metadata.name, crd.metadata.uid)).collect()
}

/// Takes out of a schema what names are looked at with.
fn as_before(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            // A property may be called the same.
            for rule in ["x-kubernetes-validations", "pattern", "minLength"] {
                if members.get(rule).is_some_and(|one| !one.is_object()) {
                    members.remove(rule);
                }
            }
            members.values_mut().for_each(as_before);
        }
        Value::Array(items) => items.iter_mut().for_each(as_before),
        _ => {}
    }
}

/// Objects whose names were taken once: those of a page's list.
fn named() -> Vec<(Kind, String, Value)> {
    let mut all: Vec<(Kind, Value)> = Vec::new();
    for name in BAD {
        all.push((Kind::Account, json!({"name": name})));
        all.push((Kind::Group, json!({"name": name})));
        all.push((Kind::Policy, json!({"name": name})));
        all.push((Kind::User, json!({"human": {"email": name}})));
        all.push((Kind::User, json!({"human": {"email": "a@example.com", "firstName": name}})));
        all.push((Kind::User, json!({"human": {"email": "b@example.com", "lastName": name}})));
        let token = json!({"name": "a-token", "key": "token"});
        all.push((Kind::User, json!({"programmatic": {"name": name, "writeTokenTo": token}})));
        let policies = json!([{"policyName": name, "allAccounts": true}]);
        all.push((Kind::User, json!({"human": {"email": "c@example.com"}, "policies": policies})));
    }
    all.extend(MARKED.map(|name| (Kind::Group, json!({"name": name}))));
    all.push((Kind::Group, json!({"name": "a", "description": ""})));
    all.extend(GOOD.map(|name| (Kind::Account, json!({"name": name}))));
    all.extend(GOOD.map(|name| (Kind::Group, json!({"name": name}))));
    let numbered = all.into_iter().enumerate();
    numbered.map(|(number, (kind, spec))| (kind, format!("named-{number}"), spec)).collect()
}

/// Definitions from before names were looked at, and objects that they took: the page's commands find them.
async fn names(ledger: &Ledger, shell: &mut Shell, house: &House) {
    let crds: Api<CustomResourceDefinition> = Api::all(house.cluster.client());
    let namespace = "named";
    shell.run(&format!("kubectl create namespace {namespace}"), "").await;
    for kind in [Kind::Account, Kind::Group, Kind::Policy, Kind::User] {
        let name = format!("{}.{GROUP}", kind.resource().plural);
        let mut crd = serde_json::to_value(crds.get(&name).await.unwrap()).unwrap();
        as_before(&mut crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]);
        crds.replace(&name, &PostParams::default(), &serde_json::from_value(crd).unwrap()).await.unwrap();
    }
    let objects = named();
    for (kind, name, spec) in &objects {
        let api: Api<DynamicObject> = house.api(*kind, namespace);
        let mut spec = spec.clone();
        // Nobody has to look at it.
        spec["suspend"] = json!(true);
        spec["organizationRef"] = json!({"name": ACME, "namespace": PLATFORM});
        let object = DynamicObject::new(name, &kind.resource()).data(json!({ "spec": spec }));
        // The API server takes the definition up in its own time.
        wait_until(LONG, &format!("{spec} is taken"), async || {
            api.create(&PostParams::default(), &object).await.ok()
        })
        .await;
    }
    let mut page = Reader::open("docs/upgrade.md", ledger, shell);
    page.turn_to("## Names are looked at");
    let ran = page.section().await;
    let said: String = ran.iter().map(|ran| ran.said.as_str()).collect();
    for (_, name, spec) in &objects {
        let found = said.split(|c: char| c.is_whitespace() || "\"/".contains(c)).any(|word| word == name);
        let good = GOOD.iter().any(|good| spec["name"] == *good);
        assert_eq!(found, !good, "{name} {spec}: {said}");
    }
    for (kind, name, _) in &objects {
        house.delete(*kind, namespace, name).await;
    }
}
