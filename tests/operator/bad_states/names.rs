//! Names that are as long as Kubernetes lets them be.

use orgkeeper::sandbox::spot::Contract;
use serde_json::json;

use super::ready_house;
use crate::support::{house::LONG, wait::wait_until};

/// The longest name of an object.
const LONGEST: usize = 253;

#[tokio::test]
async fn of_an_object_of_the_longest_name_as_much_is_told_as_of_any() {
    let (house, operator) = ready_house(Contract::Production, "names", &[]).await;
    let name = "n".repeat(LONGEST);
    let mut account = house.account(&name);
    account["spec"]["name"] = json!("payments");
    account["spec"]["deletionPolicy"] = json!("Delete");
    house.apply(&[account]).await;
    let payments = house.the_account(&name);
    payments.ready().await;
    let told = async |reason: &str| {
        wait_until(LONG, reason, async || {
            let events = house.events(house.namespace(), &name).await;
            events.iter().any(|(of, note)| of == reason && note.contains("act-")).then_some(())
        })
        .await;
    };
    told("Created").await;
    payments.delete().await;
    payments.gone().await;
    told("Deleted").await;
    house.close(operator).await;
}
