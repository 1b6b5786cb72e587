//! A cluster that was lost and is made again from the manifests: new objects, without a status, before a
//! vendor that has everything already. Nothing is made a second time, and nothing is taken over unasked
//! from outside the organization's own namespace.

use std::collections::BTreeMap;

use futures::FutureExt as _;
use k8s_openapi::api::core::v1::Secret;
use kube::{
    Api, ResourceExt,
    api::{DeleteParams, ListParams, Patch, PatchParams, PostParams},
};
use serde_json::{Value, json};

use super::scene::{Scene, Stand, Vendor, place, stand};
use crate::support::{
    console::{Write, writes},
    house::{ACME, House, Kind},
    side_by_side::side_by_side,
};

/// Machine users whose Secrets are restored: in which namespace, and the Secret.
const RESTORED: [(usize, &str); 2] = [(0, "ci-token"), (1, "deployer-token")];
/// Machine users whose Secrets are lost: in which namespace, and the name there.
const LOST: [(usize, &str); 2] = [(0, "auditor"), (2, "loader")];
/// Everything that the vendor has.
const ROWS: [&str; 6] = ["accounts", "users", "groups", "policies", "credentials", "subscriptions"];

async fn at_the_vendor(house: &House) -> BTreeMap<&'static str, Vec<Value>> {
    let mut all = BTreeMap::new();
    for rows in ROWS {
        all.insert(rows, house.sandbox.state(rows).await);
    }
    all
}

/// A Secret as a backup has it.
async fn backup(house: &House, (team, name): (usize, &str)) -> Secret {
    let secrets: Api<Secret> = Api::namespaced(house.cluster.client(), &house.namespaces[team]);
    let mut secret = secrets.get(name).await.unwrap();
    secret.metadata.uid = None;
    secret.metadata.resource_version = None;
    secret
}

/// Every object of ours and every Secret goes, while no operator runs.
async fn lose(house: &House) {
    let release = Patch::Merge(json!({"metadata": {"finalizers": null}}));
    let (all, how, params) = (ListParams::default(), DeleteParams::default(), PatchParams::default());
    for namespace in &house.namespaces {
        for kind in Kind::ALL {
            let api = house.api(kind, namespace);
            for object in api.list(&all).await.unwrap() {
                api.patch(&object.name_any(), &params, &release).await.unwrap();
                api.delete(&object.name_any(), &how).await.unwrap();
            }
        }
        let secrets: Api<Secret> = Api::namespaced(house.cluster.client(), namespace);
        for secret in secrets.list(&all).await.unwrap() {
            secrets.patch(&secret.name_any(), &params, &release).await.unwrap();
            secrets.delete(&secret.name_any(), &how).await.unwrap();
        }
    }
}

/// Whether the vendor shows that it is there already. What the published document cannot show is set
/// once more, to what it is.
fn is_shown(vendor: Vendor, manifest: &Value, kind: Kind) -> bool {
    let unshown = kind == Kind::Credential && vendor != Vendor::Production;
    !unshown && !matches!(stand(vendor, manifest), Stand::Nothing(_))
}

/// Whether the organization bounds the roles that this object may ask for.
fn is_bounded(house: &House, manifest: &Value, kind: Kind) -> bool {
    let namespace = place(manifest).0;
    kind == Kind::User && (namespace == house.namespaces[1] || namespace == house.namespaces[3])
}

/// What the teams do: each writes the id, for which it asked whoever keeps the organization, into its manifest.
async fn adopt(scene: &mut Scene, ids: &BTreeMap<(Kind, String), String>, wanted: Kind) {
    let house = &scene.house;
    let home = house.namespace();
    for manifest in &mut scene.manifests {
        if Kind::of(manifest) != Some(wanted) {
            continue;
        }
        let (namespace, name) = place(manifest);
        if namespace == home || !is_shown(scene.vendor, manifest, wanted) {
            continue;
        }
        let told = house.reason(wanted, namespace, name, "Stalled", "AdoptionNeedsId").await;
        let id = &ids[&(wanted, name.to_owned())];
        let message = told["message"].as_str().unwrap();
        assert!(message.contains("Ask whoever keeps the organization") && !message.contains(id), "{message}");
        manifest["spec"]["adopt"] = json!({"policy": "Required", "id": id});
        house.apply(std::slice::from_ref(manifest)).await;
        let (namespace, name) = place(manifest);
        if is_bounded(house, manifest, wanted) {
            let refused = "ReferenceNotFoundOrNotAllowed";
            house.reason(wanted, namespace, name, "Ready", refused).await;
        }
    }
}

async fn rebuilt(vendor: Vendor) {
    let mut scene = Scene::samples(vendor).await;
    let ids = scene.ids().await;
    let mut backups = Vec::new();
    for secret in RESTORED {
        backups.push(backup(&scene.house, secret).await);
    }
    let before = at_the_vendor(&scene.house).await;
    scene.stop().await;
    lose(&scene.house).await;
    for secret in &backups {
        let secrets: Api<Secret> =
            Api::namespaced(scene.house.cluster.client(), secret.metadata.namespace.as_deref().unwrap());
        secrets.create(&PostParams::default(), secret).await.unwrap();
    }
    scene.house.sandbox.forget_requests().await;

    scene.start().await;
    scene.house.apply(&scene.manifests).await;
    for kind in [Kind::Account, Kind::Policy, Kind::User] {
        adopt(&mut scene, &ids, kind).await;
    }
    // Nobody can say what somebody who exists may do already: the platform team lifts its bounds for as
    // long as it takes.
    let organization = scene.manifest("SpotOrganization", ACME).clone();
    let mut lifted = organization.clone();
    for grant in lifted["spec"]["allowed"].as_array_mut().unwrap() {
        grant.as_object_mut().unwrap().remove("maxRole");
    }
    scene.house.apply(&[lifted]).await;
    for kind in [Kind::Group, Kind::Credential, Kind::Subscription, Kind::Notification] {
        adopt(&mut scene, &ids, kind).await;
    }
    let mut lost = Vec::new();
    for (team, name) in LOST {
        let namespace = scene.house.namespaces[team].clone();
        scene.house.reason(Kind::User, &namespace, name, "Stalled", "TokenUnavailable").await;
        lost.push((namespace, scene.remove("SpotUser", name)));
    }
    scene.stands().await;
    scene.house.apply(&[organization]).await;
    scene.look().await;
    scene.stands().await;

    for (manifest, kind) in scene.objects().chain(lost.iter().map(|(_, one)| (one, Kind::User))) {
        let (namespace, name) = place(manifest);
        let status = scene.house.status(kind, namespace, name).await;
        assert_eq!(status["id"].as_str(), ids.get(&(kind, name.to_owned())).map(String::as_str), "{name}");
        let shown = is_shown(vendor, manifest, kind);
        if shown && kind != Kind::Organization {
            assert_eq!(status["origin"], "Adopted", "{name}");
        }
    }
    let requests = writes(scene.house.sandbox.requests().await);
    let set_again: Vec<&Write> =
        requests.iter().filter(|(_, route, _)| route.contains("/credentials")).collect();
    assert_eq!(set_again.len(), requests.len(), "nothing else is written: {requests:?}");
    assert!(requests.iter().all(|(_, _, effect)| !effect), "nor changed: {requests:?}");
    assert_eq!(requests.is_empty(), vendor == Vendor::Production, "{requests:?}");
    assert_eq!(at_the_vendor(&scene.house).await, before);
    for secret in &backups {
        let name = secret.name_any();
        let team = RESTORED.iter().find(|(_, restored)| *restored == name).unwrap().0;
        assert_eq!(backup(&scene.house, (team, &name)).await.data, secret.data, "{name}");
    }
    scene.close().await;
}

#[tokio::test]
async fn a_rebuilt_cluster_takes_over_what_is_there_and_makes_nothing_twice() {
    let vendors = [Vendor::Production, Vendor::Published];
    side_by_side(vendors.map(|vendor| (format!("{vendor:?}"), rebuilt(vendor).boxed_local())).into()).await;
}
