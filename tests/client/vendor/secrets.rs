//! What the vendor refuses, it may repeat: neither an error's text nor anything's `Debug` shows a
//! secret that was sent (rule 9).

use http::Method;
use orgkeeper::api::spot::Contract::{Production, Published};
use orgkeeper::engine::base::error::VendorError;
use orgkeeper::vendors::spot::account::calls::AccountCalls;
use orgkeeper::vendors::spot::account::model::AccountUpdate;
use orgkeeper::vendors::spot::credential::calls::CredentialCalls;
use orgkeeper::vendors::spot::subscription::calls::SubscriptionCalls;
use orgkeeper::vendors::spot::subscription::model::{SubscriptionMember, SubscriptionUpdate};
use secrecy::SecretString;
use serde_json::json;

use super::{RESOURCE, Vendor, azure, gcp, refused, subscription};
use crate::secrets::{CLIENT_SECRET, ENDPOINT, PRIVATE_KEY, SLACK, both, debug};
use orgkeeper::sandbox::spot::SubscriptionDetails;

const NOWHERE: &str = "act-00000000";
const ROBOT: &str = "robot@project.example";
/// A line of [`PRIVATE_KEY`].
const LINE_OF_KEY: &str = "canary0key0line0two+d4e5f6";

/// Refused, and the vendor's words are passed on.
fn told<T>(outcome: Result<T, VendorError>) -> VendorError {
    let Err(error) = outcome else { panic!("it succeeded") };
    assert!(error.without_effect, "{:?}", error.failure);
    let words = error.message.split_once(": HTTP 4").map(|(_, words)| words.len());
    assert!(words.is_some_and(|length| length > 10), "no words of the vendor");
    error
}

/// Who puts a secret into the wrong field has it repeated by the vendor, which tells what it knows
/// or does not know.
#[tokio::test]
async fn a_secret_in_the_wrong_place_comes_back_and_is_not_shown() {
    for contract in [Production, Published] {
        let vendor = Vendor::new(contract);
        let (client, account) = (vendor.client(), vendor.default_account());
        let target = format!("/events/subscription?accountId={account}");
        let body = json!({"subscription": {"resourceId": ENDPOINT, "protocol": "email", "endpoint": ENDPOINT,
            "eventType": "GROUP_UPDATED"}});
        let answer = vendor.raw(Method::POST, &target, &body);
        assert!(String::from_utf8_lossy(&answer.body).contains(ENDPOINT), "the vendor repeats it");

        for identity in [CLIENT_SECRET, LINE_OF_KEY] {
            vendor.sandbox().world_mut().reject_credentials(identity);
        }
        let misplaced = subscription(ENDPOINT, "email", ENDPOINT);
        let mut errors = vec![
            ("resource", refused(SubscriptionCalls(&client).create(&account, &misplaced).await)),
            (
                "application",
                refused(
                    CredentialCalls(&client).set_azure(&account, &azure(CLIENT_SECRET, CLIENT_SECRET)).await,
                ),
            ),
            (
                "robot",
                refused(CredentialCalls(&client).set_gcp(&account, &gcp(LINE_OF_KEY, PRIVATE_KEY)).await),
            ),
        ];
        if contract == Production {
            let application = azure(CLIENT_SECRET, CLIENT_SECRET);
            errors.push((
                "tried",
                refused(CredentialCalls(&client).validate_azure(&account, &application).await),
            ));
            errors.push((
                "tried",
                refused(
                    CredentialCalls(&client).validate_gcp(&account, &gcp(LINE_OF_KEY, PRIVATE_KEY)).await,
                ),
            ));
        }
        for (what, error) in errors {
            both(what, &error);
            assert!(error.message.contains("[redacted]"), "{contract:?} {what}: it was repeated: {error}");
        }
    }
}

#[tokio::test]
async fn no_refusal_shows_a_secret() {
    for contract in [Production, Published] {
        let vendor = Vendor::new(contract);
        let (client, account) = (vendor.client(), vendor.default_account());
        let good = subscription(RESOURCE, "email", ENDPOINT);
        let id = SubscriptionCalls(&client).create(&account, &good).await.unwrap().id.unwrap();
        CredentialCalls(&client).set_gcp(&account, &gcp(ROBOT, PRIVATE_KEY)).await.unwrap();
        // As an address it is none.
        let bad = subscription(RESOURCE, "web", ENDPOINT);
        let update = |whole| SubscriptionUpdate {
            whole,
            changed: [SubscriptionMember::Protocol, SubscriptionMember::Endpoint].into(),
        };
        vendor.sandbox().world_mut().reject_credentials("intruder");
        let application = azure("intruder", CLIENT_SECRET);
        let mut errors = vec![
            ("endpoint", told(SubscriptionCalls(&client).create(&account, &bad).await)),
            ("account", told(SubscriptionCalls(&client).create(NOWHERE, &good).await)),
            (
                "resource",
                told(
                    SubscriptionCalls(&client)
                        .create(&account, &subscription("sig-0", "email", ENDPOINT))
                        .await,
                ),
            ),
            ("change", told(SubscriptionCalls(&client).update(&account, &id, &update(bad.clone())).await)),
            (
                "gone",
                told(
                    SubscriptionCalls(&client).update(&account, "sis-00000000", &update(good.clone())).await,
                ),
            ),
            ("turned away", told(CredentialCalls(&client).set_azure(&account, &application).await)),
            (
                "another cloud",
                told(CredentialCalls(&client).set_azure(&account, &azure("c", CLIENT_SECRET)).await),
            ),
            (
                "azure account",
                told(CredentialCalls(&client).set_azure(NOWHERE, &azure("c", CLIENT_SECRET)).await),
            ),
            ("gcp account", told(CredentialCalls(&client).set_gcp(NOWHERE, &gcp(ROBOT, PRIVATE_KEY)).await)),
        ];
        if contract == Production {
            let slack = AccountUpdate {
                name: None,
                slack_channels: Some([SLACK, "hooks.example/canary"].map(SecretString::from).into()),
            };
            errors.push(("channel", told(AccountCalls(&client).update(&account, &slack).await)));
            errors
                .push(("tried", told(CredentialCalls(&client).validate_azure(&account, &application).await)));
            debug("channels", &slack);
        }
        for (what, error) in &errors {
            both(what, error);
        }
        debug("update", &update(good.clone()));
        debug("read", &SubscriptionCalls(&client).get(&account, &id).await.unwrap());
        debug("list", &SubscriptionCalls(&client).list(&account).await);
        if contract == Production {
            debug("key", &CredentialCalls(&client).get_gcp(&account).await.unwrap());
        }
        // All of it was sent: the vendor has the digests.
        let world = vendor.sandbox().world().clone();
        assert!(
            world
                .in_accounts::<SubscriptionDetails>()
                .living()
                .any(|(_, details)| details.endpoint == ENDPOINT)
        );
        let log: Vec<_> = vendor.sandbox().requests().entries().cloned().collect();
        debug("the sandbox's log", &log);
    }
}
