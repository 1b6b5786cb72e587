//! What tools that judge health see of real objects while the operator works on them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use orgkeeper::sandbox::{Contract, Fault};
use serde_json::{Value, json};

use crate::support::{
    house::{ACME, House, LONG},
    kstatus,
    object::{Object, Row::Stalled},
    operator::Run,
    sandbox::{ACCOUNT, Sandbox, TOKEN},
    wait::wait_until,
};

/// What kstatus says of the object as it is now.
async fn verdict(object: &Object<'_>) -> String {
    let object = object.get().await;
    kstatus::judge(std::slice::from_ref(&object)).remove(0).status
}

fn slowly(method: &str, route: &str) -> Fault {
    let fault = json!({"kind": "delay", "duration": "3s"});
    serde_json::from_value(json!({"method": method, "route": route, "fault": fault})).unwrap()
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
    assert_eq!(verdict(&payments).await, "InProgress");
    house.apply(&[house.organization()]).await;
    acme.says("Reconciling", "SecretNotFound").await;
    payments.says("Reconciling", "DependencyNotReady").await;
    assert_eq!(verdict(&acme).await, "InProgress");
    assert_eq!(verdict(&payments).await, "InProgress");
    house.sandbox.fault(&slowly("POST", "/setup/account")).await;
    house.apply(&[house.token_secret(TOKEN)]).await;
    asked(&house, "POST").await;
    assert_eq!(verdict(&payments).await, "InProgress");
    payments.ready().await;
    assert_eq!(verdict(&acme).await, "Current");
    assert_eq!(verdict(&payments).await, "Current");
    house.sandbox.clear_faults().await;

    // After an edit, until it is done.
    house.sandbox.fault(&slowly("PUT", ACCOUNT)).await;
    payments.edit(&json!({"name": "renamed"})).await;
    assert_eq!(verdict(&payments).await, "InProgress");
    asked(&house, "PUT").await;
    assert_eq!(verdict(&payments).await, "InProgress");
    payments.ready().await;
    assert_eq!(verdict(&payments).await, "Current");
    house.sandbox.one("renamed").await;
    house.sandbox.clear_faults().await;

    // Drift that is left as it is.
    payments.edit(&json!({"driftPolicy": "Report"})).await;
    payments.ready().await;
    house.sandbox.rename(&payments.id().await, "by hand").await;
    payments.says("Drifted", "Drifted").await;
    assert_eq!(verdict(&payments).await, "Current");

    // Stuck, and mended.
    for _ in 0..2 {
        house.sandbox.create("twin").await;
    }
    house.apply(&[house.account("twin")]).await;
    let twin = house.the_account("twin");
    twin.stands(Stalled, "Ambiguous").await;
    assert_eq!(verdict(&twin).await, "Failed");
    let id = house.sandbox.named("twin").await.remove(0).id;
    twin.edit(&json!({"adopt": {"id": id}})).await;
    twin.ready().await;
    assert_eq!(verdict(&twin).await, "Current");

    // Suspended: as it was if it was ready, else not done.
    twin.edit(&json!({"suspend": true})).await;
    suspended(&twin).await;
    assert_eq!(verdict(&twin).await, "Current");
    let mut asleep = house.account("asleep");
    asleep["spec"]["suspend"] = json!(true);
    house.apply(&[asleep]).await;
    let asleep = house.the_account("asleep");
    suspended(&asleep).await;
    assert_eq!(verdict(&asleep).await, "InProgress");
    asleep.edit(&json!({"suspend": false})).await;
    asleep.ready().await;
    assert_eq!(verdict(&asleep).await, "Current");

    // Being deleted, and held up.
    acme.delete().await;
    acme.says("DeletionBlocked", "HasDependents").await;
    assert_eq!(verdict(&acme).await, "Terminating");
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
