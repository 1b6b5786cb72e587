//! A token that is not there, is refused, or belongs elsewhere.

use k8s_openapi::{ByteString, api::core::v1::Secret};
use kube::api::ObjectMeta;
use orgkeeper::sandbox::spot::Contract;
use serde_json::json;

use super::{BOTH, SLOWLY, fault, house, lasts_calmly, of_lists, ready_house, start, tells};
use crate::support::{
    house::{ACME, House, TOKEN_SECRET},
    object::Row::{Stalled, Waiting},
    sandbox::{Sandbox, TOKEN},
};

/// Writes the token Secret with this key alone.
async fn write(house: &House, key: &str, value: &str) {
    let secret = Secret {
        metadata: ObjectMeta { name: Some(TOKEN_SECRET.into()), ..ObjectMeta::default() },
        data: Some([(key.to_owned(), ByteString(value.into()))].into()),
        ..Secret::default()
    };
    let mut secret = serde_json::to_value(secret).unwrap();
    secret["apiVersion"] = json!("v1");
    secret["kind"] = json!("Secret");
    house.apply(&[secret]).await;
}

#[tokio::test]
async fn one_that_cannot_be_had_is_waited_for_without_a_call() {
    let (house, operator) = house("token").await;
    house.apply(&[house.organization(), house.account("payments")]).await;
    let (acme, payments) = (house.the_organization(ACME), house.the_account("payments"));
    let steps = [
        (None, "SecretNotFound", [TOKEN_SECRET, "Create it with the key token"]),
        (Some(("other", "t")), "SecretKeyNotFound", ["no key token", "tokenSecretRef.key"]),
        (Some(("token", "\n")), "SecretInvalid", [TOKEN_SECRET, "empty"]),
        (Some(("token", "two words")), "SecretInvalid", [TOKEN_SECRET, "white space"]),
    ];
    for (secret, reason, parts) in steps {
        if let Some((key, value)) = secret {
            write(&house, key, value).await;
        }
        acme.stands_telling(Waiting, reason, &parts).await;
        payments.stands_telling(Waiting, "DependencyNotReady", &[ACME, reason]).await;
        lasts_calmly(&house, &operator, "SpotOrganization", &[&acme, &payments]).await;
    }
    assert!(house.sandbox.requests().await.is_empty(), "without a token nothing is asked");

    write(&house, "token", &format!("{TOKEN}\n")).await;
    acme.ready().await;
    payments.ready().await;
    house.sandbox.one("payments").await;
    house.close(operator).await;
}

#[tokio::test]
async fn one_that_is_refused_or_belongs_elsewhere_stops_everything_until_it_is_replaced() {
    for contract in BOTH {
        let (house, operator) = ready_house(contract, "token", &[]).await;
        house.apply(&[house.account("payments")]).await;
        let (acme, payments) = (house.the_organization(ACME), house.the_account("payments"));
        payments.ready().await;
        let other = house.sandbox.create_organization("Other").await;
        let others = house.sandbox.issue(&other).await;
        let writes = house.sandbox.writes().await.len();

        let swaps: [(&str, &str, &[&str]); 2] = [
            ("nobody's", "TokenRefused", &["refuses the token", TOKEN_SECRET]),
            (&others, "WrongOrganization", &[&other, "into the Secret", "organizationId"]),
        ];
        for (token, reason, parts) in swaps {
            house.apply(&[house.token_secret(token)]).await;
            tells(&acme.stands(Stalled, reason).await, parts);
            payments.stands_telling(Waiting, "DependencyNotReady", &[ACME, reason]).await;
            // What people declare meanwhile waits.
            payments.edit(&json!({"name": format!("payments {reason}")})).await;
            payments.stands(Waiting, "DependencyNotReady").await;
            lasts_calmly(&house, &operator, "SpotOrganization", &[&acme, &payments]).await;
        }
        assert_eq!(house.sandbox.writes().await.len(), writes, "nothing was written meanwhile");

        let fresh = house.sandbox.issue(crate::support::sandbox::ORGANIZATION).await;
        house.apply(&[house.token_secret(&fresh)]).await;
        acme.ready().await;
        payments.ready().await;
        house.sandbox.one("payments WrongOrganization").await;
        house.close(operator).await;
    }
}

#[tokio::test]
async fn one_that_the_vendor_turns_away_is_tried_slowly() {
    let house = House::build("token", Sandbox::start(Contract::Production).await).await;
    // Each look is paid from the calls that all share whose organization is not known: more looks have to wait.
    let operator = start(&house, 10 * SLOWLY).await;
    house.apply_organization().await;
    house.the_organization(ACME).ready().await;
    house.apply(&[house.account("payments")]).await;
    let (acme, payments) = (house.the_organization(ACME), house.the_account("payments"));
    payments.ready().await;
    for (kind, reason, parts) in [
        ("unauthorized", "TokenRefused", ["refuses the token", TOKEN_SECRET]),
        ("forbidden", "Forbidden", ["may not list", "administrator"]),
    ] {
        house.sandbox.fault(&fault(json!({"fault": {"kind": kind}}))).await;
        tells(&acme.stands(Stalled, reason).await, &parts);
        lasts_calmly(&house, &operator, "SpotOrganization", &[&acme]).await;
        house.sandbox.clear_faults().await;
        acme.ready().await;
        payments.ready().await;
    }
    house.close(operator).await;
}

#[tokio::test]
async fn one_that_is_shown_no_account_proves_nothing() {
    let (house, operator) = house("token").await;
    house.sandbox.fault(&of_lists(&json!({"kind": "list", "manner": "empty"}))).await;
    house.apply_organization().await;
    house.apply(&[house.account("payments")]).await;
    let (acme, payments) = (house.the_organization(ACME), house.the_account("payments"));

    let message = acme.stands(Stalled, "IdentityUnproven").await;
    tells(&message, &["no account at all", "Give the token's user access to an account"]);
    tells(&payments.stands(Waiting, "DependencyNotReady").await, &[ACME, "IdentityUnproven"]);
    lasts_calmly(&house, &operator, "SpotOrganization", &[&acme, &payments]).await;
    assert!(house.sandbox.writes().await.is_empty());

    house.sandbox.clear_faults().await;
    acme.ready().await;
    payments.ready().await;
    house.close(operator).await;
}
