//! Killed at every step, or left without an answer: exactly one account comes of it, or none.

mod kinds;
mod organizations;
mod tokens;

use std::os::unix::process::ExitStatusExt as _;

use futures::FutureExt as _;
use http::Method;
use jiff::SignedDuration;
use orgkeeper::{
    engine::base::checkpoint::Step,
    sandbox::spot::Contract,
    sandbox::{Fault, FaultKind},
};
use serde_json::{Value, json};

use crate::support::{
    house::{House, Kind, LONG},
    operator::{Operator, Run},
    sandbox::{ACCOUNT, ACCOUNTS, Sandbox},
    side_by_side::side_by_side,
    wait::wait_until,
};

const CONTRACTS: [Contract; 2] = [Contract::Production, Contract::Published];
/// Lists that show all at once, and lists that lag, but less than the operator settles.
const LAGS: [&str; 2] = ["0s", "1s"];

/// The default account, which every organization has.
const DEFAULT: usize = 1;

/// What is done when a step is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    Create,
    Rename,
    Delete,
}

/// `None` for steps that an account's life does not have.
fn deed(step: Step) -> Option<Deed> {
    Some(match step {
        Step::FinalizerSet | Step::IntentStored | Step::CreateAnswered | Step::ResultStored => Deed::Create,
        Step::UpdatePlanned | Step::UpdateAnswered | Step::UpdateStored => Deed::Rename,
        Step::DeletePlanned | Step::DeleteAnswered | Step::FinalizerRemoved => Deed::Delete,
        _ => return None,
    })
}

/// Deaths of one account's operators, one at each deed. Together they are all steps there are.
fn stories() -> Vec<[Step; 3]> {
    let [creates, renames, deletes] = [Deed::Create, Deed::Rename, Deed::Delete]
        .map(|wanted| Step::ALL.into_iter().filter(|step| deed(*step) == Some(wanted)).collect::<Vec<_>>());
    let count = creates.len().max(renames.len()).max(deletes.len());
    let at = |steps: &[Step], index: usize| steps[index % steps.len()];
    (0..count).map(|index| [at(&creates, index), at(&renames, index), at(&deletes, index)]).collect()
}

/// Waits until the operator has killed itself at the step: one that is never reached fails.
async fn dies(operator: Operator, step: Step) {
    let (status, log) = operator.last_words().await;
    assert_eq!(status.signal(), Some(9), "at {step:?}: {status}");
    assert!(log.contains(&format!("crash point {step:?}")), "{step:?}");
}

/// An account's whole life, with three operators that die.
async fn lives(contract: Contract, lag: &str, [at_create, at_rename, at_delete]: [Step; 3]) {
    let sandbox = Sandbox::start_with(contract, &["--lag", lag]).await;
    let house = House::build("crash", sandbox).await;
    let (sandbox, namespace) = (&house.sandbox, house.namespace());
    let mut account = house.account("payments");
    account["spec"]["deletionPolicy"] = json!("Delete");

    let operator = house.start_with(&Run::until(at_create)).await;
    house.apply_organization().await;
    house.apply(&[account]).await;
    dies(operator, at_create).await;

    let operator = house.start_with(&Run::until(at_rename)).await;
    let object = house.ready(Kind::Account, namespace, "payments").await;
    let made = sandbox.one("payments").await;
    assert_eq!(object["status"]["id"], json!(made.id));
    // Of what nobody answered to have made nobody knows whose it is.
    let found = at_create == Step::CreateAnswered;
    assert_eq!(object["status"]["origin"], if found { "Adopted" } else { "Created" });
    assert_eq!(object["status"]["pendingCreate"], Value::Null);
    assert_eq!(sandbox.accounts().await.len(), DEFAULT + 1);
    let rename = json!({"spec": {"name": "payments-prod"}});
    house.patch(Kind::Account, namespace, "payments", &rename).await;
    dies(operator, at_rename).await;

    let operator = house.start_with(&Run::until(at_delete)).await;
    house.ready(Kind::Account, namespace, "payments").await;
    assert_eq!(sandbox.one("payments-prod").await.id, made.id);
    assert_eq!(sandbox.accounts().await.len(), DEFAULT + 1);
    house.delete(Kind::Account, namespace, "payments").await;
    dies(operator, at_delete).await;

    let operator = house.start().await;
    house.gone(Kind::Account, namespace, "payments").await;
    assert_eq!(sandbox.accounts().await.len(), DEFAULT);
    // Not even for a moment was there a second one.
    for (method, route) in [("POST", ACCOUNTS), ("PUT", ACCOUNT), ("DELETE", ACCOUNT)] {
        assert_eq!(sandbox.counter(method, route).await.effects, 1, "{method}");
    }
    house.close(operator).await;
}

#[tokio::test]
async fn killed_at_every_step_of_creating_renaming_and_deleting() {
    let mut scenarios = Vec::new();
    for contract in CONTRACTS {
        for lag in LAGS {
            for deaths in stories() {
                let name = format!("{contract:?}, lag {lag}, killed at {deaths:?}");
                scenarios.push((name, lives(contract, lag, deaths).boxed_local()));
            }
        }
    }
    side_by_side(scenarios).await;
}

#[test]
fn every_step_is_one_at_which_it_is_killed() {
    let stories = stories();
    let of_tokens = tokens::STORIES.iter().flat_map(tokens::Story::steps);
    let deaths: Vec<Step> =
        stories.iter().flatten().copied().chain(of_tokens).chain(kinds::steps()).collect();
    for step in Step::ALL {
        assert!(deaths.contains(&step), "{step:?}");
    }
    for [create, rename, delete] in stories {
        let deeds = [Deed::Create, Deed::Rename, Deed::Delete].map(Some);
        assert_eq!([deed(create), deed(rename), deed(delete)], deeds);
    }
}

/// Answers that tell nothing, with and without an effect; the names are those of accounts.
fn mutes() -> Vec<(&'static str, FaultKind)> {
    vec![
        ("time-out-before", FaultKind::Hang { effect: false }),
        ("time-out-after", FaultKind::Hang { effect: true }),
        ("reset-before", FaultKind::ResetBeforeEffect),
        ("reset-after", FaultKind::ResetAfterEffect),
        // Before the operator settles: that is what the vendor is assumed to keep.
        ("late", FaultKind::LateEffect { after: SignedDuration::from_secs(1) }),
        ("cut-in-the-body", FaultKind::CutBody),
        ("html-before", FaultKind::BadGateway { effect: false }),
        ("html-after", FaultKind::BadGateway { effect: true }),
        ("garbage-before", FaultKind::Garbage { effect: false }),
        ("garbage-after", FaultKind::Garbage { effect: true }),
        ("error-before", FaultKind::ServerError { status: 500, effect: false }),
        ("error-after", FaultKind::ServerError { status: 503, effect: true }),
    ]
}

/// One fault for each account, whichever of them calls first.
async fn strike(sandbox: &Sandbox, method: &Method, route: &str) {
    for (_, kind) in mutes() {
        sandbox.fault(&Fault::once(method, route, kind)).await;
    }
}

async fn struck(sandbox: &Sandbox) {
    wait_until(LONG, "every fault has struck", async || (sandbox.waiting_faults().await == 0).then_some(()))
        .await;
}

async fn mute(contract: Contract, lag: &str) {
    let sandbox = Sandbox::start_with(contract, &["--lag", lag]).await;
    let house = House::build("mute", sandbox).await;
    let (sandbox, namespace) = (&house.sandbox, house.namespace());
    let names: Vec<&str> = mutes().into_iter().map(|(name, _)| name).collect();
    let operator = house.start().await;

    strike(sandbox, &Method::POST, ACCOUNTS).await;
    let mut manifests: Vec<Value> = names.iter().map(|name| house.account(name)).collect();
    for manifest in &mut manifests {
        manifest["spec"]["deletionPolicy"] = json!("Delete");
    }
    house.apply_organization().await;
    house.apply(&manifests).await;
    for name in &names {
        let object = house.ready(Kind::Account, namespace, name).await;
        let account = sandbox.one(name).await;
        assert_eq!(object["status"]["id"], json!(account.id), "{name}");
        // Which fault struck which of them is not known.
        let found = object["status"]["found"] == json!([account.id]);
        assert_eq!(object["status"]["origin"], if found { "Adopted" } else { "Created" }, "{name}");
    }
    struck(sandbox).await;
    assert_eq!(sandbox.accounts().await.len(), DEFAULT + names.len());
    assert_eq!(sandbox.counter("POST", ACCOUNTS).await.effects, names.len() as u64);
    assert_eq!(sandbox.counter("DELETE", ACCOUNT).await.requests, 0);

    strike(sandbox, &Method::PUT, ACCOUNT).await;
    for name in &names {
        let rename = json!({"spec": {"name": format!("{name}-2")}});
        house.patch(Kind::Account, namespace, name, &rename).await;
    }
    for name in &names {
        house.ready(Kind::Account, namespace, name).await;
        sandbox.one(&format!("{name}-2")).await;
    }
    struck(sandbox).await;

    strike(sandbox, &Method::DELETE, ACCOUNT).await;
    for name in &names {
        house.delete(Kind::Account, namespace, name).await;
    }
    for name in &names {
        house.gone(Kind::Account, namespace, name).await;
    }
    struck(sandbox).await;
    assert_eq!(sandbox.accounts().await.len(), DEFAULT);
    assert_eq!(sandbox.counter("POST", ACCOUNTS).await.effects, names.len() as u64);
    house.close(operator).await;
}

#[tokio::test]
async fn an_answer_that_tells_nothing_makes_no_second_account_and_loses_none() {
    let scenarios = CONTRACTS.into_iter().flat_map(|contract| {
        LAGS.map(|lag| (format!("{contract:?}, lag {lag}"), mute(contract, lag).boxed_local()))
    });
    side_by_side(scenarios.collect()).await;
}
