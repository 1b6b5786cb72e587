use super::*;
use crate::api::policy::CommonSpec;
use crate::api::reference::SecretKeyRef;
use crate::api::spot::{AccountRef, AwsCredential, AzureCredential, CloudCredentialSpec, GcpCredential};
use crate::engine::base::given::Given;
use crate::engine::provider::inputs::SecretValues;
use crate::vendors::spot::account::model::{Account, CloudProvider};
use crate::vendors::spot::reasons;
use secrecy::SecretString;
use serde_json::json;
use std::collections::BTreeSet;

const UUID: &str = "1A2B3C4D-0000-4000-8000-00000000000C";

fn reference() -> SecretKeyRef {
    SecretKeyRef { name: "secret".into(), key: "key".into() }
}

fn resource() -> CloudCredential {
    let spec = CloudCredentialSpec {
        organization_ref: None,
        account_ref: AccountRef { name: Some("prod".into()), namespace: None, id: None },
        aws: None,
        azure: None,
        gcp: None,
        common: CommonSpec::default(),
    };
    CloudCredential::new("prod", spec)
}

fn aws(role: Option<&str>) -> CloudCredential {
    let mut resource = resource();
    resource.spec.aws = Some(AwsCredential { iam_role: role.map(str::to_owned) });
    resource
}

fn azure() -> CloudCredential {
    let mut resource = resource();
    resource.spec.azure = Some(AzureCredential {
        client_id: UUID.into(),
        tenant_id: UUID.into(),
        subscription_id: UUID.into(),
        client_secret_ref: reference(),
        expiration_date: Some("2027-01-31".into()),
    });
    resource
}

fn gcp() -> CloudCredential {
    let mut resource = resource();
    resource.spec.gcp = Some(GcpCredential { service_account_key_ref: reference() });
    resource
}

fn key_file() -> String {
    json!({
        "type": "service_account", "project_id": "p", "private_key_id": "k", "client_email": "e", "client_id": "1",
        "private_key": "-----BEGIN PRIVATE KEY-----\nMIICANARY\n-----END PRIVATE KEY-----\n",
    })
    .to_string()
}

fn resolve(resource: &CloudCredential, secret: &str) -> Result<Desired, Unresolved> {
    let secrets =
        SecretValues::from([(("secret".into(), "key".into()), Given::from(SecretString::from(secret)))]);
    let (links, owned) = (BTreeMap::new(), BTreeSet::new());
    let inputs = Inputs {
        secrets: &secrets,
        links: &links,
        remembered: &[],
        gone: &owned,
        namespace: "platform",
        at_home: true,
        owned: Some(&owned),
        container: "act-1",
    };
    wish::resolve(resource, &inputs)
}

fn row(provider: Option<CloudProvider>, external_id: Option<&str>, tells_cloud: bool) -> Observed {
    let account = Account {
        id: "act-1".into(),
        name: "prod".into(),
        organization_id: Some("1".into()),
        created_at: None,
        provider,
        provider_external_id: external_id.map(str::to_owned),
    };
    Observed::row(&account, tells_cloud)
}

#[test]
fn only_what_is_linked_has_a_key() {
    let other = || Some(CloudProvider::Other("MOON".into()));
    // (row, key, may be taken over by its id, calls)
    let table = [
        (row(None, None, true), "", false, 3),
        (row(Some(CloudProvider::Aws), None, true), "act-1", true, 1),
        (row(Some(CloudProvider::Gcp), Some("p"), true), "act-1", true, 1),
        (row(None, Some("123456789012"), true), "act-1", true, 3),
        (row(other(), None, true), "act-1", true, 3),
        // Where no list tells, only an id does.
        (row(None, None, false), "", true, 3),
    ];
    for (live, key, adoptable, calls) in table {
        let shown = Credentials::identify(&live);
        assert_eq!((shown.key, shown.adoptable), (key, adoptable), "{live:?}");
        assert_eq!((shown.id, live.calls()), ("act-1", calls), "{live:?}");
    }
}

#[test]
fn another_cloud_is_no_match_and_an_unknown_one_says_nothing() {
    let desired = resolve(&azure(), "s3cret").expect("resolved");
    let unfit = |live: &Observed| Credentials::unfit(&desired, live).map(|(reason, _)| reason);
    let table = [
        (row(Some(CloudProvider::Aws), None, true), Some(reasons::CLOUD_MISMATCH)),
        (row(Some(CloudProvider::Azure), None, true), None),
        (row(Some(CloudProvider::Other("MOON".into())), None, true), None),
        (row(None, None, true), None),
        (Observed::as_declared(&desired), None),
    ];
    for (live, expected) in table {
        assert_eq!(unfit(&live), expected, "{live:?}");
    }
    // A read of the credential is surer than a list.
    let role = resolve(&aws(Some("arn")), "").expect("resolved");
    assert_eq!(unfit(&Observed::as_declared(&role)), Some(reasons::CLOUD_MISMATCH));
}

#[test]
fn what_was_set_differs_in_nothing() {
    let wishes = [
        resolve(&aws(Some("arn")), ""),
        resolve(&aws(None), ""),
        resolve(&azure(), " s3cret\n"),
        resolve(&gcp(), &key_file()),
    ];
    for (desired, count) in wishes.into_iter().zip([1, 0, 5, 2]) {
        let desired = desired.expect("resolved");
        let live = Observed::as_declared(&desired);
        for reads in [true, false] {
            let fields = fields::of(&desired, &live, fields::Contract { reads, expiration: reads });
            assert_eq!(fields.len(), count);
            for field in fields {
                use crate::engine::decide::plan::Seen;
                let path = &field.path;
                match &field.seen {
                    Seen::Value(seen) => assert_eq!(seen.expose(), field.desired.expose(), "{path}"),
                    Seen::Unreadable => {
                        assert!(!reads || path.contains("Secret") || path.contains("private"));
                    }
                    Seen::Unsupported => assert!(!reads && path == "azure.expirationDate"),
                    Seen::Unknown | Seen::Listed => panic!("{path}"),
                }
            }
        }
    }
}

#[test]
fn a_secret_that_is_unfit_is_named_and_not_repeated() {
    for (resource, secret, told) in [
        (azure(), " \n", "is empty"),
        (gcp(), "CANARY", "not a JSON object"),
        (gcp(), r#"{"type": "CANARY"}"#, "type is not service_account"),
        (gcp(), r#"{"type": "service_account", "private_key": "CANARY"}"#, "no project_id"),
    ] {
        let Err(Unresolved::Person(reason, text)) = resolve(&resource, secret) else { panic!("{told}") };
        assert_eq!(reason, Reason::SecretInvalid);
        assert!(text.contains("Key key of Secret secret") && text.contains(told), "{text}");
        assert!(!text.contains("CANARY"), "{text}");
    }
}

#[test]
fn no_secret_is_in_debug() {
    for desired in [resolve(&azure(), "CANARY-of-a-secret"), resolve(&gcp(), &key_file())] {
        let desired = desired.expect("resolved");
        let fields = fields::of(
            &desired,
            &Observed::as_declared(&desired),
            fields::Contract { reads: true, expiration: true },
        );
        let text = format!("{desired:?} {:?} {fields:?}", Observed::as_declared(&desired));
        assert!(!text.contains("CANARY"), "{text}");
    }
}

#[test]
fn of_two_dates_the_one_in_use_counts_until_the_other_is_written() {
    let dated = |date: Option<&str>| {
        let mut resource = azure();
        resource.spec.azure.as_mut().expect("azure").expiration_date = date.map(str::to_owned);
        resolve(&resource, "s3cret").expect("resolved")
    };
    let at = |date: Option<&str>| date.map(|date| format!("{date}T00:00:00Z").parse().expect("a time"));
    let (old, new) = (Some("2027-01-31"), Some("2028-02-29"));
    // (wished, in use, before it is written, after)
    let table =
        [(new, old, old, new), (new, None, new, new), (None, old, old, old), (None, None, None, None)];
    for (wished, in_use, before, after) in table {
        let (desired, live) = (dated(wished), Observed::as_declared(&dated(in_use)));
        assert_eq!(Credentials.expires(&desired, &live, false), at(before), "{wished:?} {in_use:?}");
        assert_eq!(Credentials.expires(&desired, &live, true), at(after), "{wished:?} {in_use:?}");
    }
}

#[test]
fn the_manifest_s_date_comes_first() {
    let desired = resolve(&azure(), "s3cret").expect("resolved");
    let date = "2027-01-31T00:00:00Z".parse().expect("a time");
    let unread = row(Some(CloudProvider::Azure), None, true);
    assert_eq!(Credentials.expires(&desired, &unread, true), Some(date));
    let mut undated = azure();
    undated.spec.azure.as_mut().expect("azure").expiration_date = None;
    let undated = resolve(&undated, "s3cret").expect("resolved");
    assert_eq!(Credentials.expires(&undated, &unread, true), None);
    assert_eq!(Credentials.expires(&undated, &Observed::as_declared(&desired), true), Some(date));
    assert_eq!(Credentials.expires(&undated, &Observed::as_declared(&desired), false), Some(date));
}
