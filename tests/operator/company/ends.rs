//! Everything is deleted at once, as `kubectl delete -k` does it: it stops where somebody has to say
//! that it is meant, and then it goes in order.

use std::collections::BTreeSet;

use futures::FutureExt as _;
use k8s_openapi::api::core::v1::Secret;
use kube::{
    Api, ResourceExt,
    api::{DynamicObject, ListParams},
};
use orgkeeper::api::annotation;
use serde_json::{Value, json};

use super::scene::{Scene, Vendor, place};
use crate::support::{
    house::{ACME, House, Kind, LONG, condition},
    object::digest,
    sandbox::Sandbox,
    side_by_side::side_by_side,
    wait::wait_until,
};

/// The machine user that the operator is, and its token.
const MACHINE: (&str, &str) = ("orgkeeper", "c4n4ry-of-the-operator");
/// How much may be taken away within an hour where a manifest says nothing.
const GUARD: usize = 20;

/// The operator works as a machine user, and who made the organization has left its administration to
/// those whom the samples declare.
async fn hand_over(sandbox: &Sandbox) {
    let first = sandbox.users().await.swap_remove(0);
    let id = sandbox.create_user(&json!({"name": MACHINE.0, "administrator": true})).await;
    sandbox.issue_token(&id, MACHINE.1).await;
    sandbox.change_user(&first.id, &first.username, &json!({"policies": []})).await;
    assert!(!sandbox.user(&first.username).await.administrator);
}

/// What a person does about an object that asks: the annotation, with the digest that the message gives.
fn asked(kind: Kind, object: &Value) -> Option<(&'static str, String)> {
    let (condition_type, reason) = match kind {
        Kind::Organization => ("ConfirmationRequired", "TooDestructive"),
        _ => ("Stalled", "WouldLockOut"),
    };
    let told = condition(object, condition_type).filter(|told| told["reason"] == reason)?;
    Some((reason, digest(told["message"].as_str()?)))
}

/// What an object has to be gone before: its container, and the policies that it gives.
fn before(manifest: &Value, kind: Kind) -> Vec<(Kind, String)> {
    let name = |reference: &Value| reference["name"].as_str().map(str::to_owned);
    let policies = manifest["spec"]["policies"].as_array().into_iter().flatten();
    let policies = policies.filter_map(|grant| Some((Kind::Policy, name(&grant["policyRef"])?)));
    let account = name(&manifest["spec"]["accountRef"]).map(|account| (Kind::Account, account));
    let organization = (kind != Kind::Organization).then(|| (Kind::Organization, ACME.to_owned()));
    policies.chain(account).chain(organization).collect()
}

/// Answers whatever asks, until everything has gone, and asserts that nothing goes before what has to
/// go first. Returns what was confirmed: why, and for whom.
async fn confirm_until_gone(scene: &Scene) -> BTreeSet<(&'static str, String)> {
    let mut confirmed = BTreeSet::new();
    let mut answered = BTreeSet::new();
    wait_until(2 * LONG, "everything has gone", async || {
        let mut gone = BTreeSet::new();
        let mut left = Vec::new();
        // Containers are looked at first: what is missed then was gone before what is found later.
        for wanted in [Kind::Organization, Kind::Account, Kind::Policy] {
            let objects = scene.objects().filter(|(_, kind)| *kind == wanted);
            look(scene, objects, &mut gone, &mut left).await;
        }
        let others = scene
            .objects()
            .filter(|(_, kind)| !matches!(kind, Kind::Organization | Kind::Account | Kind::Policy));
        look(scene, others, &mut gone, &mut left).await;
        for (manifest, kind, object) in &left {
            let (namespace, name) = place(manifest);
            for container in before(manifest, *kind) {
                // The published document has no words for giving a policy.
                let held = container.0 != Kind::Policy || scene.vendor == Vendor::Production;
                assert!(!held || !gone.contains(&container), "{name} is left, and {container:?} gone");
            }
            let Some((reason, digest)) = asked(*kind, object) else { continue };
            if answered.insert((name.to_owned(), digest.clone())) {
                confirmed.insert((reason, name.to_owned()));
                annotate(&scene.house, *kind, namespace, name, &digest).await;
            }
        }
        left.is_empty().then_some(())
    })
    .await;
    confirmed
}

/// Which of them are left, and which are gone.
async fn look<'a>(
    scene: &Scene,
    objects: impl Iterator<Item = (&'a Value, Kind)>,
    gone: &mut BTreeSet<(Kind, String)>,
    left: &mut Vec<(&'a Value, Kind, Value)>,
) {
    for (manifest, kind) in objects {
        let (namespace, name) = place(manifest);
        match scene.house.get(kind, namespace, name).await {
            Some(object) => left.push((manifest, kind, object)),
            None => {
                gone.insert((kind, name.to_owned()));
            }
        }
    }
}

/// It may have gone meanwhile.
async fn annotate(house: &House, kind: Kind, namespace: &str, name: &str, digest: &str) {
    let confirm = json!({"metadata": {"annotations": {annotation::CONFIRM: digest}}});
    let api: Api<DynamicObject> = house.api(kind, namespace);
    let patch = kube::api::Patch::Merge(confirm);
    match api.patch(name, &kube::api::PatchParams::default(), &patch).await {
        Ok(_) => {}
        Err(kube::Error::Api(status)) if status.is_not_found() => {}
        Err(error) => panic!("{name}: {error}"),
    }
}

/// The paths of what was deleted at the vendor, in order.
async fn deletions(sandbox: &Sandbox) -> Vec<String> {
    let writes = sandbox.writes().await.into_iter();
    writes.filter(|one| one.method == "DELETE" && one.effect).map(|one| one.path).collect()
}

async fn ends(vendor: Vendor) {
    let (house, mut manifests) = Scene::samples_house(vendor).await;
    hand_over(&house.sandbox).await;
    let token = manifests.iter_mut().find(|one| one["metadata"]["name"] == "spot-token");
    token.unwrap()["stringData"]["token"] = json!(MACHINE.1);
    let scene = Scene::set(vendor, house, manifests).await;
    let (house, sandbox) = (&scene.house, &scene.house.sandbox);
    let ids = scene.ids().await;
    let accounts = sandbox.accounts().await.len();
    sandbox.forget_requests().await;

    let all: Vec<String> = scene.manifests.iter().map(ToString::to_string).collect();
    house.cluster.delete(house.namespace(), &all.join("\n---\n")).await;
    let organization = house.the_organization(ACME);
    let message = organization.says("ConfirmationRequired", "TooDestructive").await;
    assert!(message.contains("orgkeeper.dev/confirm: "), "{message}");
    organization.says("DeletionBlocked", "HasDependents").await;
    // Who is told of events no longer has lost nothing.
    wait_until(LONG, "as much as is allowed was taken away", async || {
        let deletions = deletions(sandbox).await;
        let taken_away = deletions
            .iter()
            .filter(|path| !path.starts_with("/events") && !path.starts_with("/notificationCenter"));
        let taken_away = taken_away.count();
        assert!(taken_away <= GUARD, "{deletions:?}");
        (taken_away == GUARD).then_some(())
    })
    .await;

    let confirmed = confirm_until_gone(&scene).await;
    let why = |reason: &str| confirmed.iter().filter(|(told, _)| *told == reason).count();
    // Of the two administrators, the live service shows one while the other is still there. Where nobody
    // can see who administers, none counts who is on the way out.
    let last = if vendor == Vendor::Production { 1 } else { 2 };
    assert_eq!((why("TooDestructive"), why("WouldLockOut")), (1, last), "{confirmed:?}");
    let administrators = ["alex", "blair"].map(|one| ("WouldLockOut", one.to_owned()));
    assert_eq!(administrators.iter().filter(|one| confirmed.contains(one)).count(), last);

    // At the vendor too, each in its turn.
    let deletions = deletions(sandbox).await;
    let turn = |thing: &(Kind, String)| {
        let id = ids.get(thing)?;
        deletions.iter().position(|path| path.ends_with(id))
    };
    // (A credential has the id of its account, and stays.)
    for (manifest, kind) in scene.objects().filter(|(_, kind)| *kind != Kind::Credential) {
        let own = turn(&(kind, place(manifest).1.to_owned()));
        for container in before(manifest, kind) {
            let held = container.0 != Kind::Policy || vendor == Vendor::Production;
            if let (Some(own), Some(other), true) = (own, turn(&container), held) {
                assert!(own < other, "{manifest} {container:?}: {deletions:?}");
            }
        }
    }

    // What is left is what was there before, and accounts with their credentials, but for the one that
    // says Delete.
    assert_eq!(sandbox.users().await.len(), 2, "who made the organization, and the operator");
    assert!(sandbox.groups().await.is_empty());
    assert!(sandbox.policies().await.is_empty());
    assert!(sandbox.subscriptions().await.is_empty());
    assert_eq!(sandbox.accounts().await.len(), accounts - 1);
    assert!(sandbox.named("data-science").await.is_empty());
    assert_eq!(sandbox.credentials().await.len(), accounts - 2, "the default account has none");
    for namespace in &house.namespaces {
        let secrets: Api<Secret> = Api::namespaced(house.cluster.client(), namespace);
        let left = secrets.list(&ListParams::default()).await.unwrap();
        let names: Vec<String> = left.iter().map(ResourceExt::name_any).collect();
        assert_eq!(names, [""; 0], "Secrets are left in {namespace}");
    }
    scene.close().await;
}

#[tokio::test]
async fn all_of_it_goes_in_order_once_a_person_has_said_so() {
    let vendors = [Vendor::Production, Vendor::Published];
    side_by_side(vendors.map(|vendor| (format!("{vendor:?}"), ends(vendor).boxed_local())).into()).await;
}
