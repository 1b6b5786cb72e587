//! The health table as tools see it: objects of a real API server, with the status that the engine
//! writes, before kstatus, Flux and Argo CD.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on panics")]

mod page;

use jiff::Timestamp;
use kube::{
    Api, ResourceExt,
    api::{DeleteParams, Patch, PatchParams, PostParams},
};
use orgkeeper::engine::base::merge_patch;
use orgkeeper::{
    api::{GROUP, conditions::ConditionType, finalizer, spot::SpotAccount, status::CommonStatus},
    engine::{
        base::health::{Findings, Health},
        base::reason::Reason,
        decide::report,
        decide::state::Circumstances,
    },
    vendors::spot::reasons,
};
use serde_json::{Value, json};

use crate::support::{
    cluster::Cluster,
    house::Kind,
    judges::{ASLEEP, ASLEEP_UNDONE, DONE, GOING, HOPELESS, STUCK, UNDER_WAY, Words, judge},
};

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

/// Rows of the health table: what has happened, step by step, and what tools say of it then.
fn table() -> Vec<(&'static str, Vec<Step>, Words)> {
    use ConditionType::{ConfirmationRequired, DeletionBlocked, Drifted, NotSupported, Unverified};
    let drifted = || ready(Reason::Drifted).with(Drifted, Reason::Drifted, "name");
    let waiting = || Findings::waiting(Reason::SecretNotFound, "…");
    let stalled = || Findings::stalled(Reason::RefusedByVendor, "…");
    let blocked = || Findings::of(Health::Kept).with(DeletionBlocked, Reason::TokenNeeded, "…");
    let refused = || {
        Findings::stalled(Reason::DeletionRefused, "…").with(DeletionBlocked, Reason::DeletionRefused, "…")
    };
    let confirm = || in_sync().with(ConfirmationRequired, Reason::TooDestructive, "…");
    let in_part = || in_sync().with(NotSupported, Reason::NotSupportedByContract, "a part");
    let assumed = || in_sync().with(Unverified, Reason::AssumedAtAdoption, "a part");
    vec![
        ("fresh", vec![], UNDER_WAY),
        ("under way, or waiting for what comes by itself", vec![Report(waiting())], UNDER_WAY),
        ("in sync", vec![Report(in_sync())], DONE),
        ("in sync after it waited", vec![Report(waiting()), Report(in_sync())], DONE),
        ("edited", vec![Report(in_sync()), rename()], UNDER_WAY),
        ("edited, and waiting", vec![Report(in_sync()), rename(), Report(waiting())], UNDER_WAY),
        ("edited, and in sync", vec![Report(in_sync()), rename(), Report(in_sync())], DONE),
        ("stuck: a person has to act", vec![Report(stalled())], STUCK),
        ("edited, and stuck", vec![Report(in_sync()), rename(), Report(stalled())], STUCK),
        ("stuck, then edited", vec![Report(stalled()), rename()], UNDER_WAY),
        ("drift that is left", vec![Report(drifted())], DONE),
        ("drift that ended", vec![Report(drifted()), Report(in_sync())], DONE),
        ("assumed in part at adoption", vec![Report(assumed())], DONE),
        ("not supported in part", vec![Report(in_part())], DONE),
        ("not supported at all", vec![Report(unsupported())], HOPELESS),
        ("an organization in which others wait for a confirmation", vec![Report(confirm())], DONE),
        ("an outage, nothing to do", vec![Report(in_sync()), Report(Findings::of(Health::Kept))], DONE),
        ("suspended when ready", vec![Report(in_sync()), suspend(true), Report(suspended())], ASLEEP),
        ("suspended from the start", vec![suspend(true), Report(suspended())], ASLEEP_UNDONE),
        (
            "suspended when waiting",
            vec![Report(waiting()), suspend(true), Report(suspended())],
            ASLEEP_UNDONE,
        ),
        ("suspended when stuck", vec![Report(stalled()), suspend(true), Report(suspended())], ASLEEP_UNDONE),
        (
            "suspended and resumed",
            vec![suspend(true), Report(suspended()), suspend(false), Report(in_sync())],
            DONE,
        ),
        ("being deleted", vec![Report(in_sync()), Delete], GOING),
        ("being deleted, held up", vec![Report(in_sync()), Delete, Report(blocked())], GOING),
        ("being deleted, refused", vec![Report(in_sync()), Delete, Report(refused())], GOING),
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
            report::write(
                &mut new,
                findings,
                Circumstances::default(),
                account.metadata.generation.unwrap(),
                now,
            );
            let value = |status| serde_json::to_value(status).unwrap();
            if let Some(patch) = merge_patch::patch(&value(&old), &value(&new)) {
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

/// A name for the object of a row.
fn name_of(state: &str) -> String {
    let letters = |c: char| if c.is_ascii_lowercase() { c } else { '-' };
    let name: String = state.chars().map(letters).collect();
    name.split('-').filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-")
}

#[tokio::test]
async fn tools_see_the_health_that_the_table_promises() {
    let cluster = Cluster::shared().await;
    cluster.install_crds().await;
    let namespace = cluster.namespace("health").await;
    let accounts: Api<SpotAccount> = Api::namespaced(cluster.client(), &namespace);
    let table = table();
    let mut objects = Vec::new();
    for (state, steps, _) in &table {
        let name = name_of(state);
        create(&accounts, &name).await;
        for (second, step) in (1_800_000_000..).zip(steps) {
            take(&accounts, &name, step, Timestamp::from_second(second).unwrap()).await;
        }
        let account = accounts.get(&name).await.unwrap();
        assert_eq!(account.name_any(), name);
        objects.push(serde_json::to_value(account).unwrap());
    }

    let verdicts = judge(&objects);
    for ((state, _, expected), verdict) in table.iter().zip(&verdicts) {
        assert_eq!(verdict.name, name_of(state));
        assert_eq!(verdict.words, *expected, "{state}: {:?}", verdict.messages);
    }
    let rows = table.iter().zip(&objects).map(|((state, _, words), object)| page::row(state, object, *words));
    page::compare(&rows.collect::<Vec<_>>());

    let release = Patch::Merge(json!({"metadata": {"finalizers": null}}));
    for (state, ..) in &table {
        accounts.patch(&name_of(state), &PatchParams::default(), &release).await.unwrap();
    }
    cluster.delete_namespace(&namespace).await;
}

/// An object of this kind whose status says these findings.
fn constructed(kind: &str, name: &str, findings: &Findings) -> Value {
    let mut status = CommonStatus::default();
    report::write(
        &mut status,
        findings,
        Circumstances::default(),
        1,
        Timestamp::from_second(1_800_000_000).unwrap(),
    );
    json!({
        "apiVersion": format!("{GROUP}/v1alpha1"), "kind": kind,
        "metadata": {"name": name, "namespace": "anywhere", "generation": 1},
        "status": status,
    })
}

/// What tools say depends on the row of the health table and on nothing else: not on the kind, not on
/// the reason, and not on what else there is to say.
#[test]
fn no_reason_and_no_kind_changes_what_tools_see() {
    type Row = fn(Reason, String) -> Health;
    let rows: [(Row, Words); 3] =
        [(Health::Ready, DONE), (Health::Waiting, UNDER_WAY), (Health::Stalled, STUCK)];
    let restricting = [ConditionType::Ready, ConditionType::Reconciling, ConditionType::Stalled];
    let besides = ConditionType::ALL.into_iter().filter(|kind| !restricting.contains(kind));
    let besides: Vec<_> = besides.filter(|kind| *kind != ConditionType::Suspended).collect();
    let kinds = Kind::ALL.map(|kind| kind.resource().kind);
    let mut expected = Vec::new();
    let mut objects = Vec::new();
    for (row, words) in rows {
        let turns = kinds.iter().cycle().zip(besides.iter().cycle());
        for (reason, (kind, beside)) in Reason::ALL.iter().chain(reasons::ALL).zip(turns) {
            let plain = Findings::of(row(*reason, "…".into()));
            objects.push(constructed(kind, "plain", &plain.clone()));
            objects.push(constructed(kind, "with-more-to-say", &plain.with(*beside, *reason, "…")));
            // Not supported at all is a row of its own.
            expected.extend([words, words]);
        }
    }
    for ((object, words), verdict) in objects.iter().zip(expected).zip(judge(&objects)) {
        assert_eq!(verdict.words, words, "{object}: {:?}", verdict.messages);
    }
}
