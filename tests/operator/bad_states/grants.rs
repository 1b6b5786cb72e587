//! References that the organization does not admit, or no longer does.

use orgkeeper::sandbox::spot::Contract;
use serde_json::json;

use super::{house_with, lasts_calmly, tells};
use crate::support::{
    house::{ACME, Kind},
    object::Row::{Stalled, Waiting},
};

#[tokio::test]
async fn a_namespace_that_is_not_admitted_gets_nothing_and_learns_nothing() {
    let (house, operator) = house_with(Contract::Production, "grants", 2, &[]).await;
    house.apply_organization().await;
    let acme = house.the_organization(ACME);
    acme.ready().await;
    let away = house.namespaces[1].clone();
    for (name, organization) in [("payments", ACME), ("lost", "no-such-organization")] {
        let mut account = house.account(name);
        account["metadata"]["namespace"] = json!(away);
        account["spec"]["organizationRef"] = json!({"name": organization, "namespace": house.namespace()});
        account["spec"]["deletionPolicy"] = json!("Delete");
        house.apply(&[account]).await;
    }
    let payments = house.object(Kind::Account, &away, "payments");
    let lost = house.object(Kind::Account, &away, "lost");

    let refused = payments.stands(Waiting, "ReferenceNotFoundOrNotAllowed").await;
    tells(&refused, &["spec.organizationRef", "spec.allowed", &away]);
    let missing = lost.stands(Waiting, "ReferenceNotFoundOrNotAllowed").await;
    assert_eq!(missing.replace("no-such-organization", ACME), refused, "nobody can tell the two apart");
    acme.edit(&json!({"connection": {"tokenSecretRef": {"key": "gone"}}})).await;
    acme.stands(Waiting, "SecretKeyNotFound").await;
    // The organization's retries tell the time; what is not admitted waits without any.
    lasts_calmly(&house, &operator, "SpotOrganization", &[&payments, &lost]).await;
    assert!(house.sandbox.writes().await.is_empty());
    acme.edit(&json!({"connection": {"tokenSecretRef": {"key": "token"}}})).await;
    acme.ready().await;

    acme.edit(&json!({"allowed": [{"namespaces": {"from": "All"}, "kinds": ["SpotAccount"]}]})).await;
    payments.ready().await;
    house.sandbox.one("payments").await;
    lost.delete().await;
    lost.gone().await;
    house.close(operator).await;
}

#[tokio::test]
async fn a_grant_that_is_withdrawn_stops_the_object_and_leaves_its_account() {
    let (house, operator) = house_with(Contract::Production, "grants", 2, &[]).await;
    let away = house.namespaces[1].clone();
    let mut organization = house.organization();
    let granted = json!([{"namespaces": {"from": "All"}, "kinds": ["SpotAccount"]}]);
    organization["spec"]["allowed"] = granted.clone();
    house.apply(&[house.token_secret(crate::support::sandbox::TOKEN), organization]).await;
    for name in ["payments", "billing"] {
        let mut account = house.account(name);
        account["metadata"]["namespace"] = json!(away);
        account["spec"]["organizationRef"]["namespace"] = json!(house.namespace());
        account["spec"]["deletionPolicy"] = json!("Delete");
        house.apply(&[account]).await;
    }
    let acme = house.the_organization(ACME);
    let payments = house.object(Kind::Account, &away, "payments");
    let billing = house.object(Kind::Account, &away, "billing");
    payments.ready().await;
    billing.ready().await;
    let writes = house.sandbox.writes().await.len();

    acme.edit(&json!({"allowed": []})).await;
    for object in [&payments, &billing] {
        let message = object.stands(Stalled, "NotAllowed").await;
        tells(&message, &["no longer admits", &away, "spec.allowed", "delete this object"]);
    }
    payments.edit(&json!({"name": "renamed"})).await;
    payments.stands(Stalled, "NotAllowed").await;
    billing.delete().await;
    billing.gone().await;
    house.sandbox.one("billing").await;
    assert_eq!(house.sandbox.writes().await.len(), writes, "no write, though its policy was Delete");

    acme.edit(&json!({"allowed": granted})).await;
    payments.ready().await;
    house.sandbox.one("renamed").await;
    house.close(operator).await;
}
