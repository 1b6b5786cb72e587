//! What tools that judge health see of real objects while the operator works on them, and what Argo CD
//! offers to do with them.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on panics")]

use orgkeeper::{
    api::GROUP,
    sandbox::Fault,
    sandbox::spot::{Contract, Spot},
};
use serde_json::{Value, json};

use crate::support::{
    house::{ACME, House, Kind, LONG},
    judges::{ASLEEP, ASLEEP_UNDONE, DONE, GOING, STUCK, UNDER_WAY, Words, ask, judge},
    object::{Object, Row::Stalled},
    operator::Run,
    samples::{self, TEAMS},
    sandbox::{ACCOUNT, Sandbox, TOKEN},
    wait::wait_until,
};

/// Where what was applied is kept.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// What kstatus, Flux and Argo CD say of the object as it is now.
async fn verdict(object: &Object<'_>) -> [String; 3] {
    let object = object.get().await;
    judge(std::slice::from_ref(&object)).remove(0).words
}

fn slowly(method: &str, route: &str) -> Fault {
    let fault = json!({"kind": "delay", "duration": "3s"});
    Fault::read::<Spot>("", json!({"method": method, "route": route, "fault": fault})).unwrap()
}

/// Waits until the vendor has got such a request; its answer is late.
async fn asked(house: &House, method: &str) {
    wait_until(LONG, &format!("a {method} is under way"), async || {
        let writes = house.sandbox.writes().await;
        writes.iter().any(|request| request.method == method).then_some(())
    })
    .await;
}

#[tokio::test]
async fn tools_wait_for_what_is_under_way_and_fail_on_what_is_stuck() {
    let house = House::build("live", Sandbox::start(Contract::Production).await).await;
    let run = Run::with(&["--call-timeout", "10s", "--lease-duration", "15s"]);
    let operator = house.start_with(&run).await;
    let (acme, payments) = (house.the_organization(ACME), house.the_account("payments"));

    // Fresh, and then waiting for what is not there.
    house.apply(&[house.account("payments")]).await;
    assert_eq!(verdict(&payments).await, UNDER_WAY);
    house.apply(&[house.organization()]).await;
    acme.says("Reconciling", "SecretNotFound").await;
    payments.says("Reconciling", "DependencyNotReady").await;
    assert_eq!(verdict(&acme).await, UNDER_WAY);
    assert_eq!(verdict(&payments).await, UNDER_WAY);
    house.sandbox.fault(&slowly("POST", "/setup/account")).await;
    house.apply(&[house.token_secret(TOKEN)]).await;
    asked(&house, "POST").await;
    assert_eq!(verdict(&payments).await, UNDER_WAY);
    payments.ready().await;
    assert_eq!(verdict(&acme).await, DONE);
    assert_eq!(verdict(&payments).await, DONE);
    house.sandbox.clear_faults().await;

    // After an edit, until it is done.
    house.sandbox.fault(&slowly("PUT", ACCOUNT)).await;
    payments.edit(&json!({"name": "renamed"})).await;
    assert_eq!(verdict(&payments).await, UNDER_WAY);
    asked(&house, "PUT").await;
    assert_eq!(verdict(&payments).await, UNDER_WAY);
    payments.ready().await;
    assert_eq!(verdict(&payments).await, DONE);
    house.sandbox.one("renamed").await;
    house.sandbox.clear_faults().await;

    // Drift that is left as it is.
    payments.edit(&json!({"driftPolicy": "Report"})).await;
    payments.ready().await;
    house.sandbox.rename(&payments.id().await, "by hand").await;
    payments.says("Drifted", "Drifted").await;
    assert_eq!(verdict(&payments).await, DONE);

    // Stuck, and mended.
    for _ in 0..2 {
        house.sandbox.create("twin").await;
    }
    house.apply(&[house.account("twin")]).await;
    let twin = house.the_account("twin");
    twin.stands(Stalled, "Ambiguous").await;
    assert_eq!(verdict(&twin).await, STUCK);
    let id = house.sandbox.named("twin").await.remove(0).id;
    twin.edit(&json!({"adopt": {"id": id}})).await;
    twin.ready().await;
    assert_eq!(verdict(&twin).await, DONE);

    // Suspended: as it was if it was ready, else not done.
    twin.edit(&json!({"suspend": true})).await;
    suspended(&twin).await;
    assert_eq!(verdict(&twin).await, ASLEEP);
    let mut asleep = house.account("asleep");
    asleep["spec"]["suspend"] = json!(true);
    house.apply(&[asleep]).await;
    let asleep = house.the_account("asleep");
    suspended(&asleep).await;
    assert_eq!(verdict(&asleep).await, ASLEEP_UNDONE);
    asleep.edit(&json!({"suspend": false})).await;
    asleep.ready().await;
    assert_eq!(verdict(&asleep).await, DONE);

    // What waits for a confirmation is stuck, too: the operator's own user is to lose what it may do.
    let own = house.sandbox.users().await.swap_remove(0);
    let spec = json!({
        "organizationRef": {"name": ACME}, "human": {"email": own.username},
        "adopt": {"policy": "Required", "id": own.id}, "policies": [],
    });
    house.apply(&[manifest("SpotUser", house.namespace(), "own", &spec)]).await;
    let own = house.object(Kind::User, house.namespace(), "own");
    own.stands(Stalled, "WouldLockOut").await;
    assert_eq!(verdict(&own).await, STUCK);

    // Being deleted, and held up.
    acme.delete().await;
    acme.says("DeletionBlocked", "HasDependents").await;
    assert_eq!(verdict(&acme).await, GOING);
    house.close(operator).await;
}

async fn suspended(object: &Object<'_>) {
    object
        .becomes("suspended as declared", |object: &Value| {
            object["status"]["observedGeneration"] == object["metadata"]["generation"]
                && object["status"]["conditions"].to_string().contains("Suspended")
        })
        .await;
}

fn manifest(kind: &str, namespace: &str, name: &str, spec: &Value) -> Value {
    json!({
        "apiVersion": format!("{GROUP}/v1alpha1"), "kind": kind,
        "metadata": {"name": name, "namespace": namespace}, "spec": spec,
    })
}

/// Fails unless all of these say so of all objects.
async fn all_say(objects: &[Object<'_>], expected: Words) {
    let mut now = Vec::new();
    for object in objects {
        now.push(object.get().await);
    }
    for (object, verdict) in now.iter().zip(judge(&now)) {
        assert_eq!(verdict.words, expected, "{object:#}");
    }
}

#[tokio::test]
async fn tools_see_every_kind_fresh_and_ready_and_asleep() {
    let sandbox = Sandbox::start_with(Contract::Production, &["--any-resource"]).await;
    let house = House::with_namespaces("kinds", TEAMS.len(), sandbox).await;
    let mut manifests = samples::manifests(&house);
    for manifest in &mut manifests {
        // As kubectl and Argo CD do, who compare with it later.
        manifest["metadata"]["annotations"][LAST_APPLIED] = json!(manifest.to_string());
    }
    house.apply(&manifests).await;
    let place = |manifest: &Value| {
        let member = |name: &str| manifest["metadata"][name].as_str().unwrap().to_owned();
        Kind::of(manifest).map(|kind| house.object(kind, &member("namespace"), &member("name")))
    };
    let objects: Vec<Object<'_>> = manifests.iter().filter_map(place).collect();
    for kind in Kind::ALL {
        assert!(
            manifests.iter().any(|manifest| Kind::of(manifest) == Some(kind)),
            "{kind:?} is in the samples"
        );
    }
    all_say(&objects, UNDER_WAY).await;

    let operator = house.start_with(&Run::with(&["--call-timeout", "20s", "--lease-duration", "30s"])).await;
    for object in &objects {
        object.becomes("ready", |object| is_true(object, "Ready")).await;
    }
    all_say(&objects, DONE).await;
    assert_eq!(out_of_sync(&objects).await, Vec::<String>::new(), "what we write is no difference");

    // An organization that is left alone is a ceiling for all below it.
    house.the_organization(ACME).edit(&json!({"suspend": true})).await;
    for object in &objects {
        object.becomes("suspended", |object| is_true(object, "Suspended")).await;
    }
    all_say(&objects, ASLEEP).await;
    assert_eq!(out_of_sync(&objects).await, Vec::<String>::new(), "nor is what a manifest does not speak of");
    house.the_organization(ACME).edit(&json!({"resyncInterval": "1h"})).await;
    assert_eq!(out_of_sync(&objects).await, [ACME]);
    house.close(operator).await;
}

/// The names of those that Argo CD shows as out of sync.
async fn out_of_sync(objects: &[Object<'_>]) -> Vec<String> {
    let mut now = Vec::new();
    for object in objects {
        now.push(object.get().await);
    }
    let differs: Vec<bool> = ask("argocd", &["differs", "config/argocd"], &now);
    let names = now.iter().map(|object| object["metadata"]["name"].as_str().unwrap().to_owned());
    names.zip(differs).filter_map(|(name, differs)| differs.then_some(name)).collect()
}

fn is_true(object: &Value, kind: &str) -> bool {
    let conditions = object["status"]["conditions"].as_array();
    conditions.is_some_and(|all| {
        all.iter().any(|condition| condition["type"] == kind && condition["status"] == "True")
    })
}

#[tokio::test]
async fn the_actions_of_argo_cd_do_what_they_say() {
    let house = House::build("actions", Sandbox::start(Contract::Production).await).await;
    let operator = house.start().await;
    house.apply_organization().await;
    house.apply(&[house.account("payments")]).await;
    let payments = house.the_account("payments");
    payments.ready().await;

    assert_eq!(offered(&payments).await, ["reconcile", "suspend"]);
    act(&payments, "suspend").await;
    suspended(&payments).await;
    assert_eq!(verdict(&payments).await, ASLEEP);
    assert_eq!(offered(&payments).await, ["resume"]);
    act(&payments, "resume").await;
    payments.ready().await;
    assert_eq!(payments.get().await["spec"].get("suspend"), None);

    let id = payments.id().await;
    house.sandbox.rename(&id, "by hand").await;
    act(&payments, "reconcile").await;
    let asked =
        payments.get().await["metadata"]["annotations"]["orgkeeper.dev/reconcile-requested-at"].clone();
    assert!(asked.as_str().unwrap().parse::<jiff::Timestamp>().is_ok(), "{asked}");
    payments.becomes("handled", |object| object["status"]["lastHandledReconcileAt"] == asked).await;
    house.close(operator).await;
}

/// The actions that Argo CD offers on the object.
async fn offered(object: &Object<'_>) -> Vec<String> {
    let object = object.get().await;
    let mut actions: Vec<Value> = ask("argocd", &["actions", "config/argocd"], &[object]).swap_remove(0);
    actions.retain(|action| action["disabled"] != true);
    actions.iter().map(|action| action["name"].as_str().unwrap().to_owned()).collect()
}

/// Does to the object what Argo CD does when the action is chosen: it sends what the script changed.
async fn act(object: &Object<'_>, action: &str) {
    let before = object.get().await;
    let args = ["act", "config/argocd", action];
    let mut impacted: Vec<Value> = ask("argocd", &args, std::slice::from_ref(&before)).swap_remove(0);
    assert_eq!(impacted.len(), 1);
    assert_eq!(impacted[0]["operation"], "patch");
    let after = impacted[0]["resource"].take();
    let change = orgkeeper::engine::base::merge_patch::patch(&before, &after).expect("it changes something");
    object.patch(&change).await;
}
