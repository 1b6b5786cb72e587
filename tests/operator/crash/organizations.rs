//! Killed at every step of the creation of an organization: there is never a second one, and what nobody can know is
//! for a person.

use futures::FutureExt as _;
use orgkeeper::{
    api::{GROUP, annotation},
    engine::base::checkpoint::Step,
    sandbox::spot::Contract,
};
use serde_json::json;

use super::{CONTRACTS, dies};
use crate::support::{
    house::{House, Kind},
    operator::Run,
    sandbox::{Sandbox, TOKEN},
    side_by_side::side_by_side,
};

const NAME: &str = "daughter";

/// Where an operator dies, how many organizations there are then, and what the next one makes of it.
const DEATHS: [(Step, u64, (&str, &str)); 3] = [
    (Step::IntentStored, 0, ("Stalled", "OutcomeUnknown")),
    (Step::CreateAnswered, 1, ("Stalled", "OutcomeUnknown")),
    (Step::ResultStored, 1, ("Reconciling", "SecretNotFound")),
];

async fn is_born(contract: Contract, step: Step, made: u64, (type_, reason): (&str, &str)) {
    let house = House::build("born", Sandbox::start(contract).await).await;
    let (sandbox, namespace) = (&house.sandbox, house.namespace());
    let parent = json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "parent", "namespace": namespace},
        "stringData": {"token": TOKEN},
    });
    let daughter = json!({
        "apiVersion": format!("{GROUP}/v1alpha1"), "kind": "SpotOrganization",
        "metadata": {"name": NAME, "namespace": namespace},
        "spec": {
            "create": {"name": "Daughter", "tokenSecretRef": {"name": "parent", "key": "token"}},
            "connection": {"tokenSecretRef": {"name": NAME, "key": "token"}, "endpoint": sandbox.url()},
        },
    });

    let operator = house.start_with(&Run::until(step)).await;
    house.apply(&[parent, daughter]).await;
    dies(operator, step).await;

    let operator = house.start().await;
    house.reason(Kind::Organization, namespace, NAME, type_, reason).await;
    let again = json!({"metadata": {"annotations": {annotation::RECONCILE_REQUESTED_AT: "again"}}});
    house.patch(Kind::Organization, namespace, NAME, &again).await;
    house
        .becomes(Kind::Organization, namespace, NAME, "looked at again", |object| {
            object["status"]["lastHandledReconcileAt"] == "again"
        })
        .await;
    house.reason(Kind::Organization, namespace, NAME, type_, reason).await;
    assert_eq!(sandbox.counter("POST", "/setup/organization").await.effects, made, "{contract:?} {step:?}");
    house.close(operator).await;
}

#[tokio::test]
async fn killed_at_every_step_of_the_creation_of_an_organization() {
    let deaths = CONTRACTS.into_iter().flat_map(|contract| DEATHS.map(|death| (contract, death)));
    let scenarios = deaths.map(|(contract, (step, made, told))| {
        (format!("{contract:?} {step:?}"), is_born(contract, step, made, told).boxed_local())
    });
    side_by_side(scenarios.collect()).await;
}
