//! Under a real Flux: a commit reaches the vendor, and what Flux says is what is so.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on panics")]

mod example;

use orgkeeper::{
    api::{GROUP, annotation},
    sandbox::Fault,
    sandbox::spot::{Contract, Spot},
};
use serde_json::{Value, json};

use crate::support::{
    admission::policy,
    flux::{Flux, SPOT, may_run},
    house::{ACME, House, Kind, LONG, condition},
    object::Object,
    operator::{Operator, Run},
    sandbox::{ACCOUNT, ACCOUNTS, Sandbox, TOKEN},
    wait::wait_until,
};

/// Patient enough for what the vendor is told to be slow at.
const PATIENT: [&str; 6] = ["--call-timeout", "20s", "--lease-duration", "30s", "--lease-renew", "5s"];
const SUBSCRIPTION: &str = "/events/subscription/{subscriptionId}";

/// A house that is run from a repository. The token is not in it.
struct Scene {
    house: House,
    operator: Operator,
    flux: Flux,
}

impl Scene {
    /// Nothing is committed yet. `None` where it cannot be.
    async fn set(name: &str) -> Option<Self> {
        if !may_run() {
            return None;
        }
        let sandbox = Sandbox::start_with(Contract::Production, &["--any-resource"]).await;
        let house = House::build(name, sandbox).await;
        let operator = house.start_with(&Run::with(&PATIENT)).await;
        house.apply(&[house.token_secret(TOKEN)]).await;
        let flux = Flux::start(&house).await;
        flux.follow().await;
        Some(Self { house, operator, flux })
    }

    /// An account that goes at the vendor when its manifest does.
    fn account(&self, name: &str) -> Value {
        let mut account = self.house.account(name);
        account["metadata"]["annotations"] = json!({annotation::CONFIRM_DELETE: name});
        account["spec"]["deletionPolicy"] = json!("Delete");
        account
    }

    /// A subscription in that account.
    fn subscription(&self, account: &str) -> Value {
        json!({
            "apiVersion": format!("{GROUP}/v1alpha1"), "kind": "EventSubscription",
            "metadata": {"name": account, "namespace": self.house.namespace()},
            "spec": {
                "accountRef": {"name": account}, "resourceId": "sig-1a2b3c4d", "protocol": "https",
                "endpoint": "https://hooks.example.com/spot", "eventType": "GROUP_UPDATED",
            },
        })
    }

    /// Commits the organization and an account, and waits until both are there.
    async fn begin(&self) {
        self.flux.write("organization.yaml", &[self.house.organization()]);
        self.flux.write("payments.yaml", &[self.account("payments")]);
        self.flux.ready(&self.flux.push("An organization and an account")).await;
    }

    /// The versions of all that Flux has applied.
    async fn versions(&self, objects: &[Object<'_>]) -> Vec<String> {
        let mut versions = Vec::new();
        for object in objects {
            versions.push(object.resource_version().await);
        }
        versions
    }

    /// The vendor's routes that were written to, in their order.
    async fn written(&self) -> Vec<(String, String)> {
        let writes = self.house.sandbox.writes().await;
        writes.into_iter().map(|request| (request.method, request.route)).collect()
    }

    async fn close(self) {
        drop(self.flux);
        self.house.close(self.operator).await;
    }
}

fn fault(method: &str, route: &str, fault: &Value) -> Fault {
    Fault::read::<Spot>("", json!({"method": method, "route": route, "fault": fault})).unwrap()
}

#[tokio::test]
async fn a_commit_reaches_the_vendor_and_so_does_a_removal() {
    let Some(scene) = Scene::set("flux").await else { return };
    let Scene { house, flux, .. } = &scene;
    flux.write("subscription.yaml", &[scene.subscription("payments")]);
    scene.begin().await;
    // Flux was content, so it is there.
    let account = house.sandbox.one("payments").await;
    let subscriptions = house.sandbox.subscriptions().await;
    assert_eq!(subscriptions.len(), 1);

    // A commit that changes no manifest changes nothing at all.
    let objects = [
        house.the_organization(ACME),
        house.the_account("payments"),
        house.object(Kind::Subscription, house.namespace(), "payments"),
    ];
    let versions = scene.versions(&objects).await;
    house.sandbox.forget_requests().await;
    flux.write("README.md", &[]);
    flux.ready(&flux.push("Notes")).await;
    flux.look_again("once more").await;
    assert_eq!(scene.versions(&objects).await, versions);
    assert_eq!(scene.written().await, []);

    // An edit reaches the vendor as one write.
    let mut renamed = scene.account("payments");
    renamed["spec"]["name"] = json!("renamed");
    flux.write("payments.yaml", &[renamed]);
    flux.ready(&flux.push("Another name")).await;
    assert_eq!(house.sandbox.one("renamed").await.id, account.id);
    assert_eq!(scene.written().await, [("PUT".to_owned(), ACCOUNT.to_owned())]);

    // Flux deletes both at once; what is contained goes first all the same.
    house.sandbox.forget_requests().await;
    flux.remove("payments.yaml");
    flux.remove("subscription.yaml");
    flux.ready(&flux.push("No account")).await;
    house.the_account("payments").gone().await;
    let routes = scene.written().await;
    let deleted = |route: &str| ("DELETE".to_owned(), route.to_owned());
    assert_eq!(routes, [deleted(SUBSCRIPTION), deleted(ACCOUNT)]);
    assert!(house.sandbox.named("renamed").await.is_empty());
    house.the_organization(ACME).ready().await;

    // A Kustomization that waits for the end of what is in it waits for the vendor, too.
    flux.write("payments.yaml", &[scene.account("payments")]);
    flux.ready(&flux.push("An account again")).await;
    house.sandbox.fault(&fault("DELETE", ACCOUNT, &json!({"kind": "delay", "duration": "3s"}))).await;
    flux.delete().await;
    assert!(house.sandbox.named("payments").await.is_empty());
    assert_eq!(house.get(Kind::Organization, house.namespace(), ACME).await, None);
    scene.close().await;
}

#[tokio::test]
async fn a_kustomization_is_as_ready_as_what_is_in_it() {
    let Some(scene) = Scene::set("flux-ready").await else { return };
    let Scene { house, flux, .. } = &scene;
    scene.begin().await;

    // While the vendor takes its time, so does Flux.
    house.sandbox.forget_requests().await;
    house.sandbox.fault(&fault("POST", ACCOUNTS, &json!({"kind": "delay", "duration": "6s"}))).await;
    flux.write("slow.yaml", &[scene.account("slow")]);
    let revision = flux.push("An account that takes its time");
    let waits = |object: &Value| {
        object["status"]["lastAttemptedRevision"] == revision
            && condition(object, "Reconciling").is_some_and(|found| found["status"] == "True")
            && condition(object, "Healthy").is_some_and(|found| found["status"] == "Unknown")
    };
    flux.becomes(SPOT, "waiting for health", waits).await;
    wait_until(LONG, "the vendor is asked", async || {
        let written = scene.written().await;
        written.contains(&("POST".to_owned(), ACCOUNTS.to_owned())).then_some(())
    })
    .await;
    assert!(waits(&flux.kustomization().await), "Flux waits as long as the vendor has not answered");
    house.sandbox.clear_faults().await;
    flux.ready(&revision).await;
    house.sandbox.one("slow").await;

    // What is stuck fails it at once, by name, and stays so until somebody acts.
    for _ in 0..2 {
        house.sandbox.create("twin").await;
    }
    flux.write("twin.yaml", &[scene.account("twin")]);
    let message = flux.fails(&flux.push("One of two"), "health check failed").await;
    let name = format!("SpotAccount/{}/twin status: 'Failed'", house.namespace());
    assert!(message.contains(&name), "{message}");
    let mut one = scene.account("twin");
    one["spec"]["adopt"] = json!({"id": house.sandbox.named("twin").await.remove(0).id});
    flux.write("twin.yaml", &[one]);
    flux.ready(&flux.push("This one")).await;
    scene.close().await;
}

#[tokio::test]
async fn what_the_schema_refuses_is_refused_in_its_words() {
    let Some(scene) = Scene::set("flux-refused").await else { return };
    let Scene { house, flux, .. } = &scene;
    scene.begin().await;
    let before = house.the_account("payments").get().await;
    house.sandbox.forget_requests().await;

    let mut moved = scene.account("payments");
    moved["spec"]["organizationRef"] = json!({"name": "another"});
    flux.write("payments.yaml", &[moved]);
    flux.write("new.yaml", &[scene.account("new")]);
    flux.fails(&flux.push("Elsewhere"), "organizationRef cannot be changed").await;
    assert_eq!(house.the_account("payments").get().await, before);
    assert_eq!(house.get(Kind::Account, house.namespace(), "new").await, None, "all of a commit, or nothing");

    let nobody = json!({
        "apiVersion": format!("{GROUP}/v1alpha1"), "kind": "SpotUser",
        "metadata": {"name": "nobody", "namespace": house.namespace()},
        "spec": {"organizationRef": {"name": ACME}},
    });
    flux.write("payments.yaml", &[scene.account("payments")]);
    flux.remove("new.yaml");
    flux.write("nobody.yaml", &[nobody]);
    flux.fails(&flux.push("Nobody"), "exactly one of human and programmatic").await;
    assert_eq!(scene.written().await, []);
    scene.close().await;
}

/// Why nobody should let it.
#[tokio::test]
async fn with_force_flux_answers_a_refusal_by_deleting() {
    let Some(scene) = Scene::set("flux-force").await else { return };
    let Scene { house, flux, .. } = &scene;
    scene.begin().await;
    let before = house.sandbox.one("payments").await.id;
    let mut moved = scene.account("payments");
    moved["spec"]["organizationRef"] = json!({"name": "another"});
    flux.write("payments.yaml", &[moved]);
    flux.fails(&flux.push("Elsewhere"), "organizationRef cannot be changed").await;

    flux.patch(&json!({"force": true, "wait": false})).await;
    house.the_account("payments").says("Reconciling", "ReferenceNotFoundOrNotAllowed").await;
    let left: Vec<String> = house.sandbox.accounts().await.into_iter().map(|account| account.id).collect();
    assert!(!left.contains(&before), "the account has gone at the vendor");
    scene.close().await;
}

#[tokio::test]
async fn what_would_go_at_the_vendor_is_pruned_once_a_commit_has_confirmed_it() {
    let Some(scene) = Scene::set("flux-confirmed").await else { return };
    let Scene { house, flux, .. } = &scene;
    house.cluster.apply("", &policy("confirm_delete.yaml", house.namespace())).await;
    scene.begin().await;
    let mut kept = scene.account("payments");
    kept["metadata"]["annotations"].take();
    flux.write("payments.yaml", &[kept]);
    flux.ready(&flux.push("Nothing is confirmed")).await;
    let payments = house.the_account("payments");
    wait_until(LONG, "the policy holds", async || payments.refusal().await).await;

    flux.remove("payments.yaml");
    flux.fails(&flux.push("No account"), "orgkeeper.dev/confirm-delete: payments").await;
    payments.ready().await;
    flux.write("payments.yaml", &[scene.account("payments")]);
    flux.ready(&flux.push("It is meant")).await;
    flux.remove("payments.yaml");
    flux.ready(&flux.push("No account, really")).await;
    payments.gone().await;
    assert!(house.sandbox.named("payments").await.is_empty());
    scene.close().await;
}

/// Flux takes over what kubectl has written, by the name under which it writes, and removes what is not
/// in Git. So a confirmation needs another name, or a commit.
#[tokio::test]
async fn what_a_person_annotates_stays_if_it_does_not_call_itself_kubectl() {
    let Some(scene) = Scene::set("flux-annotated").await else { return };
    let Scene { house, flux, .. } = &scene;
    scene.begin().await;
    let payments = house.the_account("payments");
    payments.annotate_as("kubectl-annotate", annotation::CONFIRM, "by-kubectl").await;
    flux.look_again("after kubectl").await;
    let confirm = async || payments.get().await["metadata"]["annotations"].get(annotation::CONFIRM).cloned();
    assert_eq!(confirm().await, None);
    payments.annotate_as("confirmation", annotation::CONFIRM, "by-a-person").await;
    flux.look_again("after a person").await;
    assert_eq!(confirm().await, Some(json!("by-a-person")));
    scene.close().await;
}
