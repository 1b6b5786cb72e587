//! Cloud credentials: set, read back, tried, and turned away by the cloud.

use jiff::SignedDuration;
use orgkeeper::api::spot::Contract::{Production, Published};
use orgkeeper::engine::base::error::Failure;
use orgkeeper::sandbox::spot::CloudCredential;
use orgkeeper::vendors::spot::account::calls::AccountCalls;
use orgkeeper::vendors::spot::credential::calls::CredentialCalls;

use super::{Vendor, azure, gcp, not_supported, refused};

const ROLE: &str = "arn:aws:iam::123456789012:role/spot";
const OTHER_ROLE: &str = "arn:aws:iam::210987654321:role/spot";
const ROBOT: &str = "robot@project.iam.gserviceaccount.com";
const NOWHERE: &str = "act-00000000";

fn credential(vendor: &Vendor, account: &str) -> Option<CloudCredential> {
    vendor.sandbox().world().account(account).expect("the account").1.credential.clone()
}

#[tokio::test]
async fn a_role_is_set_and_read_back() {
    let vendor = Vendor::new(Production);
    let client = vendor.client();
    let account = AccountCalls(&client).create("aws").await.unwrap().id.unwrap();
    assert_eq!(CredentialCalls(&client).get_aws(&account).await, Ok(None));
    for role in [ROLE, ROLE, OTHER_ROLE] {
        CredentialCalls(&client).set_aws(&account, role).await.unwrap();
        assert_eq!(CredentialCalls(&client).get_aws(&account).await.unwrap().unwrap().iam_role, role);
    }
    let default = vendor.default_account();
    assert_eq!(
        CredentialCalls(&client).get_aws(&default).await,
        Ok(None),
        "only of the account that was named"
    );
    refused(CredentialCalls(&client).set_aws(&account, "no-role").await);
    assert_eq!(CredentialCalls(&client).get_aws(&account).await.unwrap().unwrap().iam_role, OTHER_ROLE);
}

#[tokio::test]
async fn an_external_id_is_asked_for_read_and_expires() {
    let vendor = Vendor::new(Production);
    let client = vendor.client();
    let account = AccountCalls(&client).create("aws").await.unwrap().id.unwrap();
    assert_eq!(CredentialCalls(&client).external_id(&account).await, Ok(None));
    let first = CredentialCalls(&client).request_external_id(&account).await.unwrap();
    assert_eq!(CredentialCalls(&client).external_id(&account).await, Ok(Some(first.clone())));
    let second = CredentialCalls(&client).request_external_id(&account).await.unwrap();
    assert_ne!(first.value, second.value);
    assert_eq!(
        CredentialCalls(&client).external_id(&account).await,
        Ok(Some(second.clone())),
        "the new one alone"
    );
    assert_eq!(
        CredentialCalls(&client).external_id(&vendor.default_account()).await,
        Ok(None),
        "of that account alone"
    );

    let left = second.expires.expect("an end").duration_since(vendor.now());
    assert!(left.is_positive(), "{left}");
    vendor.pass(left - SignedDuration::from_secs(1));
    assert_eq!(CredentialCalls(&client).external_id(&account).await, Ok(Some(second)));
    vendor.pass(SignedDuration::from_secs(1));
    assert_eq!(CredentialCalls(&client).external_id(&account).await, Ok(None), "it has expired");
    let late = refused(CredentialCalls(&client).set_aws(&account, ROLE).await);
    assert!(late.message.contains("expired"), "{late}");
    assert_eq!(CredentialCalls(&client).get_aws(&account).await, Ok(None));

    CredentialCalls(&client).request_external_id(&account).await.unwrap();
    CredentialCalls(&client).set_aws(&account, ROLE).await.unwrap();
    vendor.pass(left);
    CredentialCalls(&client).set_aws(&account, OTHER_ROLE).await.expect("one that was used in time holds on");
}

#[tokio::test]
async fn an_application_is_tried_set_and_read_back() {
    let vendor = Vendor::new(Production);
    let client = vendor.client();
    let account = AccountCalls(&client).create("azure").await.unwrap().id.unwrap();
    let mut wanted = azure("client", "first-secret");
    CredentialCalls(&client).validate_azure(&account, &wanted).await.unwrap();
    assert_eq!(CredentialCalls(&client).get_azure(&account).await, Ok(None), "to try is not to set");
    let stored = |secret: &str| {
        let Some(CloudCredential::Azure(azure)) = credential(&vendor, &account) else { return false };
        azure.client_secret.is(secret)
    };
    CredentialCalls(&client).set_azure(&account, &wanted).await.unwrap();
    assert_eq!(CredentialCalls(&client).get_azure(&account).await, Ok(Some(wanted.public.clone())));
    assert!(stored("first-secret"));

    wanted.public.expiration = "2030-12-31T23:59:00Z".parse().ok();
    wanted.client_secret = "second-secret".into();
    CredentialCalls(&client).validate_azure(&account, &wanted).await.unwrap();
    assert!(stored("first-secret"), "to try is not to set");
    CredentialCalls(&client).set_azure(&account, &wanted).await.unwrap();
    assert_eq!(CredentialCalls(&client).get_azure(&account).await, Ok(Some(wanted.public)));
    assert!(stored("second-secret"));
}

#[tokio::test]
async fn a_service_account_is_tried_set_and_read_back() {
    let vendor = Vendor::new(Production);
    let client = vendor.client();
    let account = AccountCalls(&client).create("gcp").await.unwrap().id.unwrap();
    let key = gcp(ROBOT, "first-key");
    CredentialCalls(&client).validate_gcp(&account, &key).await.unwrap();
    assert_eq!(CredentialCalls(&client).get_gcp(&account).await, Ok(None), "to try is not to set");
    for secret in ["first-key", "second-key"] {
        let key = gcp(ROBOT, secret);
        CredentialCalls(&client).set_gcp(&account, &key).await.unwrap();
        let read = CredentialCalls(&client).get_gcp(&account).await.unwrap();
        assert_eq!(read.as_ref(), Some(key.account()), "all but the key");
        let Some(CloudCredential::Gcp(stored)) = credential(&vendor, &account) else { panic!("none") };
        assert!(stored.private_key.is(secret));
    }
}

/// Whom the cloud turns away is refused by the try and by the setting alike, and what was set before
/// stays.
#[tokio::test]
async fn whom_the_cloud_turns_away_is_refused() {
    for contract in [Production, Published] {
        let vendor = Vendor::new(contract);
        let client = vendor.client();
        let accounts = [
            AccountCalls(&client).create("aws").await.unwrap().id.unwrap(),
            AccountCalls(&client).create("azure").await.unwrap().id.unwrap(),
            AccountCalls(&client).create("gcp").await.unwrap().id.unwrap(),
        ];
        let [in_aws, in_azure, in_gcp] = &accounts;
        CredentialCalls(&client).set_aws(in_aws, ROLE).await.unwrap();
        CredentialCalls(&client).set_azure(in_azure, &azure("client", "a-secret")).await.unwrap();
        CredentialCalls(&client).set_gcp(in_gcp, &gcp(ROBOT, "a-key")).await.unwrap();
        let before = accounts.each_ref().map(|account| credential(&vendor, account));
        let (application, key) = (azure("intruder", "secret"), gcp("intruder@project.example", "key"));
        for identity in [OTHER_ROLE, "intruder", "intruder@project.example"] {
            assert!(vendor.sandbox().world_mut().reject_credentials(identity));
        }

        let mut errors = vec![
            refused(CredentialCalls(&client).set_aws(in_aws, OTHER_ROLE).await),
            refused(CredentialCalls(&client).set_azure(in_azure, &application).await),
            refused(CredentialCalls(&client).set_gcp(in_gcp, &key).await),
        ];
        if contract == Production {
            errors.push(refused(CredentialCalls(&client).validate_azure(in_azure, &application).await));
            errors.push(refused(CredentialCalls(&client).validate_gcp(in_gcp, &key).await));
        }
        for error in errors {
            assert!(error.message.contains("rejects"), "{error}");
            assert_eq!(error.has_code("INVALID_CREDENTIALS"), contract == Production, "{error:?}");
        }
        assert_eq!(accounts.each_ref().map(|account| credential(&vendor, account)), before, "{contract:?}");

        for identity in [OTHER_ROLE, "intruder", "intruder@project.example"] {
            assert!(vendor.sandbox().world_mut().accept_credentials(identity));
        }
        CredentialCalls(&client).set_aws(in_aws, OTHER_ROLE).await.unwrap();
        CredentialCalls(&client).set_azure(in_azure, &application).await.unwrap();
        CredentialCalls(&client).set_gcp(in_gcp, &key).await.unwrap();
    }
}

#[tokio::test]
async fn an_account_has_one_cloud() {
    let vendor = Vendor::new(Production);
    let client = vendor.client();
    let account = vendor.default_account();
    CredentialCalls(&client).set_aws(&account, ROLE).await.unwrap();
    refused(CredentialCalls(&client).set_azure(&account, &azure("client", "secret")).await);
    refused(CredentialCalls(&client).set_gcp(&account, &gcp(ROBOT, "key")).await);
    assert_eq!(CredentialCalls(&client).get_azure(&account).await, Ok(None));
    assert_eq!(CredentialCalls(&client).get_gcp(&account).await, Ok(None));
    assert_eq!(CredentialCalls(&client).get_aws(&account).await.unwrap().unwrap().iam_role, ROLE);
}

/// That there is no such account is told from that it has no credentials.
#[tokio::test]
async fn an_account_that_is_not_there_is_an_error() {
    let vendor = Vendor::new(Production);
    let client = vendor.client();
    let errors = [
        CredentialCalls(&client).get_aws(NOWHERE).await.unwrap_err(),
        CredentialCalls(&client).get_azure(NOWHERE).await.unwrap_err(),
        CredentialCalls(&client).get_gcp(NOWHERE).await.unwrap_err(),
        CredentialCalls(&client).external_id(NOWHERE).await.unwrap_err(),
        CredentialCalls(&client).request_external_id(NOWHERE).await.unwrap_err(),
        CredentialCalls(&client).set_aws(NOWHERE, ROLE).await.unwrap_err(),
        CredentialCalls(&client).set_azure(NOWHERE, &azure("client", "secret")).await.unwrap_err(),
        CredentialCalls(&client).set_gcp(NOWHERE, &gcp(ROBOT, "key")).await.unwrap_err(),
        CredentialCalls(&client).validate_azure(NOWHERE, &azure("client", "secret")).await.unwrap_err(),
        CredentialCalls(&client).validate_gcp(NOWHERE, &gcp(ROBOT, "key")).await.unwrap_err(),
    ];
    for error in errors {
        assert!(error.has_code("ACCOUNT_DOESNT_EXIST"), "{error:?}");
        assert_eq!(error.failure, Failure::Refused, "it says nothing of credentials: {error}");
    }
}

#[tokio::test]
async fn in_published_they_reach_the_account_that_is_named_if_the_server_minds_it() {
    for ignores in [false, true] {
        let vendor = Vendor::started(Published, |start| start.ignore_account_scope = ignores);
        let client = vendor.client();
        let named = AccountCalls(&client).create("named").await.unwrap().id.unwrap();
        let default = vendor.default_account();
        CredentialCalls(&client).set_aws(&named, ROLE).await.unwrap();
        let (reached, spared) = if ignores { (&default, &named) } else { (&named, &default) };
        assert_eq!(credential(&vendor, reached), Some(CloudCredential::Aws { iam_role: ROLE.into() }));
        assert_eq!(credential(&vendor, spared), None);
    }
}

#[tokio::test]
async fn what_published_lacks_is_not_sent() {
    let vendor = Vendor::new(Published);
    let (client, account) = (vendor.client(), vendor.default_account());
    let mut dated = azure("client", "secret");
    dated.public.expiration = "2030-12-31T23:59:00Z".parse().ok();
    not_supported(CredentialCalls(&client).get_aws(&account).await);
    not_supported(CredentialCalls(&client).get_azure(&account).await);
    not_supported(CredentialCalls(&client).get_gcp(&account).await);
    not_supported(CredentialCalls(&client).external_id(&account).await);
    not_supported(CredentialCalls(&client).request_external_id(&account).await);
    not_supported(CredentialCalls(&client).validate_azure(&account, &azure("client", "secret")).await);
    not_supported(CredentialCalls(&client).validate_gcp(&account, &gcp(ROBOT, "key")).await);
    not_supported(CredentialCalls(&client).set_azure(&account, &dated).await);
    assert_eq!(vendor.calls(), 0);
}
