//! The Spot client against the sandbox, which shares no code with it, in both contracts.

use std::rc::Rc;
use std::time::Duration;

use http::Method;
use jiff::{SignedDuration, Timestamp};
use orgkeeper::api::spot::Contract::{self, Production, Published};
use orgkeeper::engine::base::error::Failure;
use orgkeeper::operator::network::Limits;
use orgkeeper::sandbox::spot::{Sandbox, Start};
use orgkeeper::sandbox::{Fault, FaultKind, ListFault, TextForm, serve};
use orgkeeper::vendors::spot::account::calls::AccountCalls;
use orgkeeper::vendors::spot::account::model::{Account, AccountUpdate};
use orgkeeper::vendors::spot::client::SpotClient;
use orgkeeper::vendors::spot::contract::Capability;
use orgkeeper::vendors::spot::organization::calls::OrganizationCalls;
use orgkeeper::vendors::spot::organization::detect::{DetectError, detect};
use orgkeeper::vendors::spot::user::calls::UserCalls;
use secrecy::SecretString;
use tokio::net::TcpListener;

use crate::vendor::spoken;
use crate::world::{link, network};

const TOKEN: &str = "sandbox-token";
const ORGANIZATION: &str = "606079812345";

/// A sandbox for as long as the test runs; its address.
async fn sandbox(contract: Contract, faults: Vec<Fault>) -> String {
    let mut start = Start::new(spoken(contract), TOKEN);
    start.organization = Some(ORGANIZATION.parse().unwrap());
    start.faults.faults = faults;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let sandbox = Sandbox::new(Timestamp::now(), start);
    tokio::spawn(async move { serve(listener, sandbox, None, Duration::MAX, std::future::pending()).await });
    url
}

/// A client of a fresh sandbox.
async fn client(contract: Contract, faults: Vec<Fault>) -> SpotClient {
    SpotClient::new(link(&sandbox(contract, faults).await, TOKEN), contract)
}

fn named<'a>(accounts: &'a [Account], name: &str) -> Vec<&'a Account> {
    accounts.iter().filter(|account| account.name == name).collect()
}

#[tokio::test]
async fn an_account_from_its_making_to_its_end() {
    for contract in [Production, Published] {
        let client = client(contract, Vec::new()).await;
        let before = AccountCalls(&client).list().await.unwrap();
        assert_eq!(before.len(), 1, "the default account");
        assert_eq!(before[0].organization_id.as_deref(), Some(ORGANIZATION));
        assert_eq!(before[0].created_at.is_some(), contract == Production);

        let name = "päyments \"prod\" 💳";
        let created = AccountCalls(&client).create(name).await.unwrap();
        let id = created.id.expect("an id");
        let twin = AccountCalls(&client).create(name).await.unwrap();
        assert_ne!(twin.id.as_ref(), Some(&id), "names are not unique");
        assert_eq!(named(&AccountCalls(&client).list().await.unwrap(), name).len(), 2);

        let rename = AccountUpdate { name: Some("payments".into()), slack_channels: None };
        AccountCalls(&client).update(&id, &rename).await.unwrap();
        let accounts = AccountCalls(&client).list().await.unwrap();
        assert_eq!(named(&accounts, "payments")[0].id, id);
        if client.supports(Capability::GetAccount) {
            assert_eq!(AccountCalls(&client).get(&id).await.unwrap(), *named(&accounts, "payments")[0]);
        }

        AccountCalls(&client).delete(&id).await.unwrap();
        assert!(named(&AccountCalls(&client).list().await.unwrap(), "payments").is_empty());
        for error in [
            AccountCalls(&client).delete(&id).await.unwrap_err(),
            AccountCalls(&client).update(&id, &rename).await.unwrap_err(),
        ] {
            assert_eq!((error.failure, error.without_effect), (Failure::NotFound, true), "{contract:?}");
        }
        if client.supports(Capability::GetAccount) {
            assert_eq!(AccountCalls(&client).get(&id).await.unwrap_err().failure, Failure::NotFound);
        }
    }
}

#[tokio::test]
async fn slack_channels_are_production_s() {
    let client = client(Production, Vec::new()).await;
    let id = AccountCalls(&client).list().await.unwrap().remove(0).id;
    for urls in [vec!["https://hooks.example/a", "https://hooks.example/b"], Vec::new()] {
        let channels = urls.into_iter().map(SecretString::from).collect();
        let update = AccountUpdate { name: None, slack_channels: Some(channels) };
        AccountCalls(&client).update(&id, &update).await.unwrap();
    }
}

#[tokio::test]
async fn the_vendor_s_refusals_are_definite() {
    for contract in [Production, Published] {
        let client = client(contract, Vec::new()).await;
        let default = AccountCalls(&client).list().await.unwrap().remove(0).id;
        for error in [
            AccountCalls(&client).delete(&default).await.unwrap_err(),
            AccountCalls(&client).create("").await.unwrap_err(),
        ] {
            assert_eq!((error.failure, error.without_effect), (Failure::Refused, true), "{}", error.message);
        }
        let stranger = SpotClient::new(link(&sandbox(contract, Vec::new()).await, "no-token"), contract);
        let error = AccountCalls(&stranger).create("a").await.unwrap_err();
        assert_eq!((error.failure, error.without_effect), (Failure::Unauthorized, true), "{contract:?}");
    }
}

#[tokio::test]
async fn users_tell_their_organization_where_the_contract_says_so() {
    for contract in [Production, Published] {
        let client = client(contract, Vec::new()).await;
        let users = UserCalls(&client).list(ORGANIZATION).await.unwrap();
        assert!(!users.is_empty());
        let expected = client.supports(Capability::UsersTellOrganization).then_some(ORGANIZATION);
        assert!(users.iter().all(|user| user.organization_id.as_deref() == expected), "{users:?}");
    }
}

#[tokio::test]
async fn organizations_are_made_and_deleted() {
    for contract in [Production, Published] {
        let client = client(contract, Vec::new()).await;
        let created = OrganizationCalls(&client).create("Acme").await.unwrap();
        let id = created.id.expect("an id");
        assert_ne!(id, ORGANIZATION);
        let doomed = if client.supports(Capability::DeleteNamesOrganization) { &id } else { ORGANIZATION };
        OrganizationCalls(&client).delete(doomed).await.unwrap();
        let gone = OrganizationCalls(&client).delete(doomed).await.unwrap_err();
        let expected = match contract {
            Production => Failure::NotFound,
            // With the organization went its token.
            Published => Failure::Unauthorized,
        };
        assert_eq!(gone.failure, expected, "{contract:?}: {}", gone.message);
    }
}

#[tokio::test]
async fn auto_finds_the_contract() {
    for contract in [Production, Published] {
        let url = sandbox(contract, Vec::new()).await;
        let found = detect(&link(&url, TOKEN)).await.unwrap();
        assert_eq!(found.contract, contract);
        let listed = AccountCalls(&SpotClient::new(link(&url, TOKEN), contract)).list().await.unwrap();
        let expected = (contract == Published).then_some(listed);
        assert_eq!(found.accounts, expected, "{contract:?}");

        let refused = detect(&link(&url, "no-token")).await;
        match contract {
            Production => assert_eq!(refused.unwrap().contract, Production, "the refusal shows it"),
            Published => {
                let Err(DetectError::Call(error)) = refused else { panic!("{refused:?}") };
                assert_eq!(error.failure, Failure::Unauthorized);
            }
        }
    }
}

#[tokio::test]
async fn a_lost_way_is_no_contract() {
    let lost = Fault::always(FaultKind::NotFound { form: TextForm::Html });
    let url = sandbox(Published, vec![lost]).await;
    let error = detect(&link(&url, TOKEN)).await.unwrap_err();
    assert!(matches!(error, DetectError::ContractUnknown(_)), "{error:?}");
}

/// What may befall a create, and whether the outcome is then known; with the proof that what is
/// called "without effect" was without effect.
#[tokio::test]
async fn a_create_that_fails_is_never_thought_undone_when_it_was_done() {
    use FaultKind as F;
    let table = [
        (F::ResetBeforeEffect, Failure::Unreachable),
        (F::ResetAfterEffect, Failure::Unreachable),
        (F::LateEffect { after: SignedDuration::from_millis(1) }, Failure::Unreachable),
        (F::CutBody, Failure::Unreachable),
        (F::ServerError { status: 500, effect: false }, Failure::Unreachable),
        (F::ServerError { status: 503, effect: true }, Failure::Unreachable),
        (F::BadGateway { effect: true }, Failure::Unreachable),
        (F::Redirect { status: 307, location: "http://127.0.0.1:9/".into() }, Failure::Unreadable),
        (F::NotFound { form: TextForm::Html }, Failure::Unreadable),
        (F::NotFound { form: TextForm::Text }, Failure::Unreadable),
        (F::Nested { depth: 100_000 }, Failure::Unreadable),
        (F::Unauthorized, Failure::Unauthorized),
        (F::Forbidden, Failure::Forbidden),
    ];
    for contract in [Production, Published] {
        for (kind, failure) in &table {
            let fault = Fault::once(&Method::POST, "/setup/account", kind.clone());
            let client = client(contract, vec![fault]).await;
            let error = AccountCalls(&client).create("a").await.unwrap_err();
            assert_eq!(error.failure, *failure, "{contract:?} {kind:?}: {}", error.message);
            let definite = match kind {
                F::Unauthorized | F::Forbidden => true,
                F::NotFound { .. } => contract == Published,
                _ => false,
            };
            assert_eq!(error.without_effect, definite, "{contract:?} {kind:?}");
            if definite {
                assert!(named(&AccountCalls(&client).list().await.unwrap(), "a").is_empty(), "{kind:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_create_that_hangs_has_an_unknown_outcome() {
    for contract in [Production, Published] {
        for effect in [true, false] {
            let fault = Fault::once(&Method::POST, "/setup/account", FaultKind::Hang { effect });
            let mut link = link(&sandbox(contract, vec![fault]).await, TOKEN);
            let limits = Limits { headers: Duration::from_secs(1), ..Limits::default() };
            link.network = Rc::new(network(limits));
            let client = SpotClient::new(link, contract);
            let error = AccountCalls(&client).create("a").await.unwrap_err();
            assert_eq!((error.failure, error.without_effect), (Failure::Unreachable, false));
            let made = named(&AccountCalls(&client).list().await.unwrap(), "a").len();
            assert_eq!(made, usize::from(effect));
        }
    }
}

#[tokio::test]
async fn a_throttled_create_was_not_made() {
    for contract in [Production, Published] {
        let kind = FaultKind::TooManyRequests { reset_seconds: 7 };
        let client = client(contract, vec![Fault::once(&Method::POST, "/setup/account", kind)]).await;
        let error = AccountCalls(&client).create("a").await.unwrap_err();
        assert!(matches!(error.failure, Failure::Throttled { .. }) && error.without_effect, "{error:?}");
        assert!(named(&AccountCalls(&client).list().await.unwrap(), "a").is_empty());
    }
}

#[tokio::test]
async fn a_list_that_went_wrong_is_never_an_empty_or_a_shorter_one() {
    use FaultKind as F;
    let table = [
        (F::List { manner: ListFault::ItemsMissing }, Failure::Unreadable),
        (F::Garbage { effect: true }, Failure::Unreadable),
        (F::Nested { depth: 1000 }, Failure::Unreadable),
        (F::CutBody, Failure::Unreachable),
        (F::BadGateway { effect: true }, Failure::Unreachable),
        (F::NotFound { form: TextForm::Html }, Failure::Unreadable),
        (F::NotFound { form: TextForm::Text }, Failure::Unreadable),
        (F::Redirect { status: 302, location: "/".into() }, Failure::Unreadable),
        (F::Enormous { bytes: 17 << 20 }, Failure::Unreachable),
        (F::Unauthorized, Failure::Unauthorized),
    ];
    for contract in [Production, Published] {
        for (kind, failure) in &table {
            let fault = Fault::once(&Method::GET, "/setup/account", kind.clone());
            let client = client(contract, vec![fault]).await;
            let error = AccountCalls(&client).list().await.unwrap_err();
            assert_eq!(error.failure, *failure, "{contract:?} {kind:?}: {}", error.message);
            assert_eq!(AccountCalls(&client).list().await.unwrap().len(), 1, "and then it is well again");
        }
    }
    // Published has no count that could tell: two lists must agree before anything counts as gone.
    let fewer = Fault::once(&Method::GET, "/setup/account", F::List { manner: ListFault::Fewer });
    let error = AccountCalls(&client(Production, vec![fewer]).await).list().await.unwrap_err();
    assert_eq!(error.failure, Failure::Unreadable, "{}", error.message);
}
