//! More than one object, or more than one account, where one is meant.

use orgkeeper::sandbox::spot::Contract;
use serde_json::json;

use super::{lasts_calmly, ready_house, tells};
use crate::support::{
    house::{ACME, House},
    object::{
        Object,
        Row::{Stalled, Waiting},
    },
};

/// An object for an account of another name than its own.
async fn applied<'a>(house: &'a House, object: &str, account: &str) -> Object<'a> {
    let mut manifest = house.account(object);
    manifest["spec"]["name"] = json!(account);
    manifest["spec"]["deletionPolicy"] = json!("Delete");
    house.apply(&[manifest]).await;
    house.the_account(object)
}

#[tokio::test]
async fn of_two_objects_for_one_account_the_second_does_nothing() {
    let (house, operator) = ready_house(Contract::Production, "claims", &[]).await;
    let first = applied(&house, "first", "payments").await;
    first.ready().await;
    let second = applied(&house, "second", "payments").await;
    let third = applied(&house, "third", "payments").await;

    for loser in [&second, &third] {
        let message = loser.stands(Stalled, "ManagementConflict").await;
        tells(
            &message,
            &[&format!("{}/first", house.namespace()), "Delete this object, which touches nothing"],
        );
    }
    let writes = house.sandbox.writes().await.len();
    lasts_calmly(&house, &operator, "SpotAccount", &[&first, &second, &third]).await;
    third.delete().await;
    third.gone().await;
    assert_eq!(house.sandbox.writes().await.len(), writes, "its deletion touches nothing");
    first.ready().await;

    // Another name ends the conflict, and so would the end of the first.
    second.edit(&json!({"name": "billing"})).await;
    second.ready().await;
    house.sandbox.one("payments").await;
    house.sandbox.one("billing").await;
    let fourth = applied(&house, "fourth", "payments").await;
    fourth.stands(Stalled, "ManagementConflict").await;
    first.edit(&json!({"deletionPolicy": "Orphan"})).await;
    first.ready().await;
    let id = first.id().await;
    first.delete().await;
    first.gone().await;
    fourth.ready().await;
    assert_eq!(fourth.id().await, id, "it takes over what the first one left");
    house.close(operator).await;
}

#[tokio::test]
async fn of_two_accounts_of_one_name_none_is_guessed() {
    let (house, operator) = ready_house(Contract::Production, "claims", &[]).await;
    let (one, two) = (house.sandbox.create("twin").await, house.sandbox.create("twin").await);
    let pair = (house.sandbox.create("pair").await, house.sandbox.create("pair").await);
    let twin = applied(&house, "twin", "twin").await;
    let other = applied(&house, "pair", "pair").await;

    tells(&twin.stands(Stalled, "Ambiguous").await, &[&one, &two, "spec.adopt.id"]);
    tells(&other.stands(Stalled, "Ambiguous").await, &[&pair.0, &pair.1]);
    lasts_calmly(&house, &operator, "SpotAccount", &[&twin, &other]).await;

    // A person says which, or leaves only one.
    twin.edit(&json!({"adopt": {"id": two}})).await;
    twin.ready().await;
    assert_eq!(twin.id().await, two);
    house.sandbox.delete(&pair.0).await;
    other.ready().await;
    assert_eq!(other.id().await, pair.1);
    assert!(house.sandbox.writes().await.is_empty(), "all of them are as declared");
    house.close(operator).await;
}

#[tokio::test]
async fn of_two_objects_for_one_organization_the_second_does_nothing() {
    let (house, operator) = ready_house(Contract::Production, "claims", &[]).await;
    let mut manifest = house.organization();
    manifest["metadata"]["name"] = json!("twin");
    manifest["spec"]["deletionPolicy"] = json!("Delete");
    let mut account = house.account("payments");
    account["spec"]["organizationRef"]["name"] = json!("twin");
    house.apply(&[manifest, account]).await;
    let (twin, payments) = (house.the_organization("twin"), house.the_account("payments"));

    let message = twin.stands(Stalled, "ManagementConflict").await;
    tells(&message, &[&format!("{}/{ACME}", house.namespace()), "Refer to that one and delete this object"]);
    tells(&payments.stands(Waiting, "DependencyNotReady").await, &["twin", "ManagementConflict"]);
    lasts_calmly(&house, &operator, "SpotOrganization", &[&twin, &payments]).await;
    assert!(house.sandbox.writes().await.is_empty());

    house.the_organization(ACME).delete().await;
    house.the_organization(ACME).gone().await;
    twin.ready().await;
    payments.ready().await;
    house.sandbox.one("payments").await;
    house.close(operator).await;
}
