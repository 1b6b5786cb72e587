//! The health table as tools see it: objects of a real API server, with the status that the engine
//! writes, before kstatus.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use jiff::Timestamp;
use kube::{
    Api, ResourceExt,
    api::{DeleteParams, Patch, PatchParams, PostParams},
};
use orgkeeper::{
    api::{conditions::ConditionType, finalizer, spot::SpotAccount},
    engine::{
        reason::Reason,
        report::{self, Findings, Health},
    },
};
use serde_json::{Value, json};

use crate::support::{cluster::Cluster, kstatus};

/// What happens to an object.
enum Step {
    /// A person changes the spec: another generation.
    Edit(Value),
    /// The operator reports what it found, as of the generation that the object then has.
    Report(Findings),
    /// A person deletes it, and our finalizer holds it.
    Delete,
}

use Step::{Delete, Edit, Report};

fn in_sync() -> Findings {
    ready(Reason::InSync)
}

fn ready(reason: Reason) -> Findings {
    Findings::of(Health::Ready(reason, "…".into()))
}

fn suspended() -> Findings {
    Findings::of(Health::Kept).with(ConditionType::Suspended, Reason::Suspended, "spec.suspend is true.")
}

fn unsupported() -> Findings {
    Findings::of(Health::Unsupported(Reason::NotSupportedByContract, "…".into())).with(
        ConditionType::NotSupported,
        Reason::NotSupportedByContract,
        "all of it",
    )
}

fn rename() -> Step {
    Edit(json!({"name": "another"}))
}

fn suspend(suspend: bool) -> Step {
    Edit(json!({"suspend": suspend}))
}

/// Rows of the health table: a name, what has happened, and what tools say of it then.
fn table() -> Vec<(&'static str, Vec<Step>, &'static str)> {
    use ConditionType::{DeletionBlocked, Drifted, NotSupported, Unverified};
    let drifted = || ready(Reason::Drifted).with(Drifted, Reason::Drifted, "name");
    let waiting = || Findings::waiting(Reason::SecretNotFound, "…");
    let stalled = || Findings::stalled(Reason::RefusedByVendor, "…");
    let blocked = || Findings::of(Health::Kept).with(DeletionBlocked, Reason::TokenNeeded, "…");
    vec![
        ("fresh", vec![], "InProgress"),
        ("waiting", vec![Report(waiting())], "InProgress"),
        ("in-sync", vec![Report(in_sync())], "Current"),
        ("in-sync-after-waiting", vec![Report(waiting()), Report(in_sync())], "Current"),
        ("waiting-after-in-sync", vec![Report(in_sync()), rename(), Report(waiting())], "InProgress"),
        ("edited-after", vec![Report(in_sync()), rename()], "InProgress"),
        ("edited-and-done", vec![Report(in_sync()), rename(), Report(in_sync())], "Current"),
        ("stalled", vec![Report(stalled())], "Failed"),
        ("stalled-after-in-sync", vec![Report(in_sync()), rename(), Report(stalled())], "Failed"),
        ("stalled-then-edited", vec![Report(stalled()), rename()], "InProgress"),
        ("drift-that-is-left", vec![Report(drifted())], "Current"),
        ("drift-that-ended", vec![Report(drifted()), Report(in_sync())], "Current"),
        (
            "partly-unsupported",
            vec![Report(in_sync().with(NotSupported, Reason::NotSupportedByContract, "a part"))],
            "Current",
        ),
        ("unsupported", vec![Report(unsupported())], "InProgress"),
        (
            "unverified",
            vec![Report(in_sync().with(Unverified, Reason::AssumedAtAdoption, "a part"))],
            "Current",
        ),
        ("outage-at-rest", vec![Report(in_sync()), Report(Findings::of(Health::Kept))], "Current"),
        ("suspended-after-ready", vec![Report(in_sync()), suspend(true), Report(suspended())], "Current"),
        ("suspended-before-ready", vec![suspend(true), Report(suspended())], "InProgress"),
        (
            "suspended-while-waiting",
            vec![Report(waiting()), suspend(true), Report(suspended())],
            "InProgress",
        ),
        (
            "suspended-and-resumed",
            vec![suspend(true), Report(suspended()), suspend(false), Report(in_sync())],
            "Current",
        ),
        ("deleting", vec![Report(in_sync()), Delete], "Terminating"),
        ("deletion-blocked", vec![Report(in_sync()), Delete, Report(blocked())], "Terminating"),
        (
            "deletion-refused",
            vec![
                Report(in_sync()),
                Delete,
                Report(Findings::stalled(Reason::DeletionRefused, "…").with(
                    DeletionBlocked,
                    Reason::DeletionRefused,
                    "…",
                )),
            ],
            "Terminating",
        ),
    ]
}

async fn create(accounts: &Api<SpotAccount>, name: &str) {
    let account = serde_json::from_value(json!({
        "apiVersion": "spot.orgkeeper.dev/v1alpha1",
        "kind": "SpotAccount",
        "metadata": {"name": name, "finalizers": [finalizer::OBJECT]},
        "spec": {"organizationRef": {"name": "acme"}, "name": name},
    }));
    accounts.create(&PostParams::default(), &account.unwrap()).await.unwrap();
}

async fn take(accounts: &Api<SpotAccount>, name: &str, step: &Step, now: Timestamp) {
    let params = PatchParams::default();
    match step {
        Edit(spec) => {
            let before = accounts.get(name).await.unwrap().metadata.generation;
            let after = accounts.patch(name, &params, &Patch::Merge(json!({"spec": spec}))).await.unwrap();
            assert!(after.metadata.generation > before, "{name}: another generation");
        }
        Report(findings) => {
            let account = accounts.get(name).await.unwrap();
            let old = account.status.unwrap_or_default();
            let mut new = old.clone();
            report::write(&mut new, findings, account.metadata.generation.unwrap(), now);
            let value = |status| serde_json::to_value(status).unwrap();
            if let Some(patch) = report::patch(&value(&old), &value(&new)) {
                let body = Patch::Merge(json!({"status": patch}));
                accounts.patch_status(name, &params, &body).await.unwrap();
            }
            let stored = accounts.get(name).await.unwrap().status.unwrap();
            assert_eq!(stored, new, "{name}: the API server stores what was written");
        }
        Delete => {
            accounts.delete(name, &DeleteParams::default()).await.unwrap();
        }
    }
}

#[tokio::test]
async fn tools_see_the_health_that_the_table_promises() {
    let cluster = Cluster::shared().await;
    cluster.install_crds().await;
    let namespace = cluster.namespace("health").await;
    let accounts: Api<SpotAccount> = Api::namespaced(cluster.client(), &namespace);
    let table = table();
    let mut objects = Vec::new();
    for (name, steps, _) in &table {
        create(&accounts, name).await;
        for (second, step) in (1_800_000_000..).zip(steps) {
            take(&accounts, name, step, Timestamp::from_second(second).unwrap()).await;
        }
        let account = accounts.get(name).await.unwrap();
        assert_eq!(account.name_any(), *name);
        objects.push(serde_json::to_value(account).unwrap());
    }

    for ((name, _, expected), verdict) in table.iter().zip(kstatus::judge(&objects)) {
        assert_eq!(verdict.name, *name);
        assert_eq!(verdict.status, *expected, "{name}: {}", verdict.message);
    }

    let release = Patch::Merge(json!({"metadata": {"finalizers": null}}));
    for (name, ..) in &table {
        accounts.patch(name, &PatchParams::default(), &release).await.unwrap();
    }
    cluster.delete_namespace(&namespace).await;
}
