//! The main job, end to end: what manifests declare comes to be at the vendor, and stays so.

use orgkeeper::sandbox::Contract;
use serde_json::json;

use crate::support::{
    house::{ACME, House, Kind},
    sandbox::Sandbox,
};

#[tokio::test]
async fn an_account_is_created_and_renamed() {
    let house = House::build("main-job", Sandbox::start(Contract::Production).await).await;
    let operator = house.start().await;
    house.apply_organization().await;
    house.apply(&[house.account("one")]).await;
    house.ready(Kind::Organization, house.namespace(), ACME).await;
    house.ready(Kind::Account, house.namespace(), "one").await;
    house.sandbox.one("one").await;
    house.patch(Kind::Account, house.namespace(), "one", &json!({"spec": {"name": "two"}})).await;
    house.ready(Kind::Account, house.namespace(), "one").await;
    house.sandbox.one("two").await;
    house.close(operator).await;
}
