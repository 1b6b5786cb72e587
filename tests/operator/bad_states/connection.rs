//! An endpoint that may not be used, is not understood, or answers for somebody else.

use serde_json::json;

use super::{BOTH, fault, house, lasts_calmly, ready_house, tells};
use crate::support::{
    house::ACME,
    object::Row::{Ready, Stalled, Waiting},
};

#[tokio::test]
async fn an_endpoint_that_is_not_listed_gets_no_token() {
    let (house, operator) = house("endpoint").await;
    let mut organization = house.organization();
    organization["spec"]["connection"]["endpoint"] = json!("http://127.0.0.1:9");
    house.apply(&[house.token_secret("a secret to keep"), organization]).await;
    let acme = house.the_organization(ACME);

    let message = acme.stands(Stalled, "EndpointNotAllowed").await;
    tells(&message, &["http://127.0.0.1:9", "not encrypted", "--allowed-endpoints"]);
    lasts_calmly(&house, &operator, "SpotOrganization", &[&acme]).await;

    house.apply_organization().await;
    acme.ready().await;
    house.close(operator).await;
}

#[tokio::test]
async fn an_endpoint_of_no_known_contract_waits_for_a_word_or_for_better_answers() {
    let (house, operator) = house("contract").await;
    let users = json!({"route": "/setup/organization/user", "fault": {"kind": "garbage"}});
    house.sandbox.fault(&fault(users.clone())).await;
    house.apply_organization().await;
    house.apply(&[house.account("payments")]).await;
    let (acme, payments) = (house.the_organization(ACME), house.the_account("payments"));

    let message = acme.stands(Stalled, "ContractUnknown").await;
    tells(&message, &["like no known contract", "spec.connection.contract", "Production", "Published"]);
    tells(&payments.stands(Waiting, "DependencyNotReady").await, &[ACME, "ContractUnknown"]);
    lasts_calmly(&house, &operator, "SpotOrganization", &[&acme, &payments]).await;
    assert!(house.sandbox.writes().await.is_empty());

    // A person says it.
    acme.edit(&json!({"connection": {"contract": "Production"}})).await;
    acme.ready().await;
    payments.ready().await;

    // Or it shows by itself.
    let twin = house.sandbox.create_organization("Twin").await;
    let mut manifest = house.organization();
    manifest["metadata"]["name"] = json!("twin");
    manifest["spec"]["organizationId"] = json!(twin);
    manifest["spec"]["connection"]["tokenSecretRef"]["name"] = json!("twin-token");
    let mut secret = house.token_secret(&house.sandbox.issue(&twin).await);
    secret["metadata"]["name"] = json!("twin-token");
    house.apply(&[secret, manifest]).await;
    let twin = house.the_organization("twin");
    twin.stands(Stalled, "ContractUnknown").await;
    house.sandbox.clear_faults().await;
    twin.ready().await;
    house.close(operator).await;
}

#[tokio::test]
async fn what_a_proxy_says_in_the_vendors_place_is_no_truth() {
    for contract in BOTH {
        let (house, operator) = ready_house(contract, "proxy", &[]).await;
        house.apply(&[house.account("payments")]).await;
        let (acme, payments) = (house.the_organization(ACME), house.the_account("payments"));
        payments.ready().await;
        let (id, writes) = (payments.id().await, house.sandbox.writes().await.len());
        let before = payments.resource_version().await;

        house.sandbox.fault(&fault(json!({"fault": {"kind": "notFound", "form": "html"}}))).await;
        house.apply(&[house.account("billing")]).await;
        let billing = house.the_account("billing");
        tells(&acme.says("Unreachable", "VendorUnreadable").await, &["cannot be used", "404"]);
        assert_eq!(acme.row().await, Some(Ready), "it was reached before");
        tells(&billing.stands(Waiting, "VendorUnreadable").await, &["404"]);
        lasts_calmly(&house, &operator, "SpotOrganization", &[&acme, &billing]).await;
        assert_eq!(payments.resource_version().await, before, "what is in order stays as it was");
        assert_eq!(house.sandbox.writes().await.len(), writes);

        house.sandbox.clear_faults().await;
        acme.stops_saying("Unreachable").await;
        billing.ready().await;
        assert_eq!(payments.id().await, id);
        house.sandbox.one("payments").await;
        house.sandbox.one("billing").await;
        house.close(operator).await;
    }
}
