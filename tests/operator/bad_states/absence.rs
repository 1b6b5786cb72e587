//! What the vendor's lists no longer show.

use orgkeeper::{api::annotation, sandbox::spot::Contract};
use serde_json::json;

use super::{BOTH, LONG, lasts_calmly, of_lists, ready_house, tells};
use crate::support::{
    house::{ACME, House},
    object::{
        Object,
        Row::{Ready, Stalled, Waiting},
    },
    wait::wait_until,
};

/// The digest that the message asks to be written.
fn digest(message: &str) -> &str {
    let asked = message.split("orgkeeper.dev/confirm: ").nth(1).unwrap();
    asked.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap()
}

async fn applied<'a>(house: &'a House, name: &str, policy: &str) -> Object<'a> {
    let mut account = house.account(name);
    account["spec"]["deletionPolicy"] = json!(policy);
    house.apply(&[account]).await;
    house.the_account(name)
}

#[tokio::test]
async fn an_account_that_somebody_deleted_is_made_again_only_when_asked() {
    for contract in BOTH {
        let (house, operator) = ready_house(contract, "absence", &[]).await;
        let payments = applied(&house, "payments", "Delete").await;
        let billing = applied(&house, "billing", "Delete").await;
        payments.ready().await;
        billing.ready().await;
        let (id, writes) = (payments.id().await, house.sandbox.writes().await.len());
        house.sandbox.delete(&id).await;
        house.sandbox.delete(&billing.id().await).await;

        let message = payments.stands(Stalled, "ExternallyDeleted").await;
        tells(&message, &[&id, "orgkeeper.dev/confirm: ", "delete this object"]);
        billing.stands(Stalled, "ExternallyDeleted").await;
        lasts_calmly(&house, &operator, "SpotAccount", &[&payments]).await;
        assert_eq!(house.sandbox.writes().await.len(), writes);

        payments.annotate(annotation::CONFIRM, "0123456789abcdef").await;
        payments.stands(Stalled, "ExternallyDeleted").await;
        lasts_calmly(&house, &operator, "SpotAccount", &[]).await;
        payments.annotate(annotation::CONFIRM, digest(&message)).await;
        payments.ready().await;
        let made = house.sandbox.one("payments").await;
        assert!(made.id != id && payments.id().await == made.id);

        billing.delete().await;
        billing.gone().await;
        let deletes = house.sandbox.writes().await.iter().filter(|call| call.method == "DELETE").count();
        assert!(deletes <= 1, "what is gone is asked for once at most");
        house.close(operator).await;
    }
}

#[tokio::test]
async fn half_an_inventory_that_vanishes_stops_creation_and_deletion() {
    let (house, operator) = ready_house(Contract::Production, "shrink", &["--accounts", "12"]).await;
    let acme = house.the_organization(ACME);
    let early = applied(&house, "account-1", "Delete").await;
    let late = applied(&house, "account-12", "Delete").await;
    let going = applied(&house, "account-11", "Delete").await;
    for object in [&early, &late, &going] {
        object.ready().await;
    }
    let writes = house.sandbox.writes().await.len();

    house.sandbox.fault(&of_lists(&json!({"kind": "list", "manner": "half"}))).await;
    let message = acme.stands(Stalled, "InventoryShrank").await;
    tells(&message, &["vanished at once", "orgkeeper.dev/confirm: "]);
    assert_eq!(acme.says("InventoryShrank", "InventoryShrank").await, message);
    let fresh = applied(&house, "fresh", "Delete").await;
    tells(&fresh.stands(Waiting, "InventoryShrank").await, &["confirms it on the organization"]);
    going.delete().await;
    tells(&going.says("DeletionBlocked", "InventoryShrank").await, &["on the organization"]);
    // What is to go anyway is not missed any more.
    wait_until(LONG, "one less is missed", async || {
        (acme.stands(Stalled, "InventoryShrank").await != message).then_some(())
    })
    .await;
    lasts_calmly(&house, &operator, "SpotOrganization", &[&acme, &fresh, &going]).await;
    assert_eq!(early.row().await, Some(Ready), "what is listed is kept");
    assert_eq!(late.row().await, Some(Ready), "what is not was in order when it was last seen");
    assert_eq!(house.sandbox.writes().await.len(), writes);

    house.sandbox.clear_faults().await;
    acme.ready().await;
    acme.stops_saying("InventoryShrank").await;
    fresh.ready().await;
    going.gone().await;
    house.sandbox.one("fresh").await;
    assert!(house.sandbox.named("account-11").await.is_empty());
    assert_eq!(house.sandbox.one("account-12").await.id, late.id().await);
    house.close(operator).await;
}

#[tokio::test]
async fn half_an_inventory_that_is_really_gone_is_confirmed_once_for_all() {
    let (house, operator) = ready_house(Contract::Production, "shrink", &["--accounts", "8"]).await;
    let acme = house.the_organization(ACME);
    let stays = applied(&house, "account-1", "Delete").await;
    let lost = applied(&house, "account-8", "Delete").await;
    stays.ready().await;
    lost.ready().await;
    // They go one after the other, and no list that is made in between is to be believed: it would show fewer that
    // went at once.
    house.sandbox.fault(&of_lists(&json!({"kind": "serverError"}))).await;
    for number in 4..=8 {
        let account = house.sandbox.one(&format!("account-{number}")).await;
        house.sandbox.delete(&account.id).await;
    }
    house.sandbox.clear_faults().await;

    let message = acme.stands(Stalled, "InventoryShrank").await;
    tells(&message, &["5 of 9"]);
    acme.annotate(annotation::CONFIRM, digest(&message)).await;
    acme.ready().await;
    tells(&lost.stands(Stalled, "ExternallyDeleted").await, &["orgkeeper.dev/confirm: "]);
    assert_eq!(stays.row().await, Some(Ready));
    assert!(house.sandbox.writes().await.is_empty(), "nothing is made again unasked");
    house.close(operator).await;
}
