//! Users, groups, policies and the audit log, against a scripted server.

use orgkeeper::api::spot::Contract::{self, Production, Published};
use orgkeeper::engine::base::error::Failure;
use orgkeeper::vendors::spot::access::model::{AccountRole, AccountScope, PolicyMapping};
use orgkeeper::vendors::spot::account::calls::AccountCalls;
use orgkeeper::vendors::spot::audit::calls::AuditCalls;
use orgkeeper::vendors::spot::client::SpotClient;
use orgkeeper::vendors::spot::group::calls::GroupCalls;
use orgkeeper::vendors::spot::group::model::NewGroup;
use orgkeeper::vendors::spot::organization::calls::OrganizationCalls;
use orgkeeper::vendors::spot::policy::calls::PolicyCalls;
use orgkeeper::vendors::spot::policy::model::PolicyContent;
use orgkeeper::vendors::spot::user::calls::UserCalls;
use orgkeeper::vendors::spot::user::model::{MachineGrants, NewMachine, NewPerson, PersonRole, UserKind};
use secrecy::{ExposeSecret, SecretString};

use crate::stub::{Answer, Stub, Then};
use crate::world::link;

async fn client(contract: Contract, status: u16, body: impl Into<String>) -> (SpotClient, Stub) {
    let body = body.into();
    let stub = Stub::start(move |_| Answer::http(status, "", &body)).await;
    (SpotClient::new(link(&stub.url, "token"), contract), stub)
}

/// The envelope of the live service around these items.
fn envelope(items: &serde_json::Value) -> String {
    let count = items.as_array().unwrap().len();
    serde_json::json!({"response": {"status": {"code": 200}, "items": items, "count": count}}).to_string()
}

fn refusal(code: &str) -> String {
    serde_json::json!({"response": {"status": {"code": 400}, "errors": [{"code": code, "message": "no"}]}})
        .to_string()
}

fn jo(password: Option<&str>) -> NewPerson {
    NewPerson {
        email: "jo@example.com".into(),
        first_name: "Jo".into(),
        last_name: "Doe".into(),
        role: PersonRole::Editor,
        password: password.map(SecretString::from),
    }
}

fn ci() -> NewMachine {
    let accounts = vec![("act-1".to_owned(), AccountRole::Viewer)];
    NewMachine { name: "ci".into(), description: None, grants: MachineGrants::Accounts(accounts) }
}

#[tokio::test]
async fn users_are_listed_whole_or_not_at_all() {
    let items = serde_json::json!([
        {"userId": "u-1", "username": "jo", "type": "personal", "email": "jo@example.com", "organizationId": 606},
        {"userId": "pu-1", "username": "ci", "type": "programmatic", "organizationId": 606},
    ]);
    for contract in [Production, Published] {
        let (client, stub) = client(contract, 200, envelope(&items)).await;
        let users = UserCalls(&client).list("606").await.unwrap();
        let kinds: Vec<_> = users.iter().map(|user| (user.id.as_str(), user.kind)).collect();
        assert_eq!(kinds, [("u-1", Some(UserKind::Person)), ("pu-1", Some(UserKind::Machine))]);
        assert_eq!(stub.lines().len(), 1);
    }
    for items in [
        serde_json::json!([{"userId": "u-1"}, {"userId": "u-1"}]),
        serde_json::json!([{"userId": "u-1"}, {"userId": "pu-1"}]),
        serde_json::json!([{"userId": "u-1"}, null]),
    ] {
        let (client, _stub) = client(Production, 200, envelope(&items)).await;
        assert_eq!(UserCalls(&client).list("606").await.unwrap_err().failure, Failure::Unreadable, "{items}");
    }
}

#[tokio::test]
async fn a_user_is_absent_only_by_the_vendors_word() {
    let table = [
        (Production, 400, refusal("USER_DOESNT_EXIST"), Failure::NotFound),
        (Production, 400, refusal("User_DOESNT_EXIST"), Failure::NotFound),
        (Production, 200, envelope(&serde_json::json!([])), Failure::NotFound),
        (Production, 400, refusal("UserGroup_DOESNT_EXIST"), Failure::Refused),
        (Production, 400, refusal("Account_DOESNT_EXIST"), Failure::Refused),
        (Production, 400, refusal("ValidationError"), Failure::Refused),
        (Production, 400, "Bad Request".into(), Failure::Unreadable),
        (Production, 404, r#"{"message": "no route"}"#.into(), Failure::Unreadable),
        (Production, 200, envelope(&serde_json::json!([{"userId": "u-2"}])), Failure::Unreadable),
        (Published, 404, r#"{"message": "no such user"}"#.into(), Failure::NotFound),
        (Published, 404, "<html>".into(), Failure::Unreadable),
        (Published, 400, r#"{"message": "bad"}"#.into(), Failure::Refused),
        (Published, 200, r#"{"response": {"items": []}}"#.into(), Failure::Unreadable),
    ];
    for (contract, status, body, failure) in table {
        let (client, _stub) = client(contract, status, body.as_str()).await;
        assert_eq!(UserCalls(&client).get("u-1").await.unwrap_err().failure, failure, "{status} {body}");
        if status != 200 {
            assert_eq!(
                UserCalls(&client).delete("u-1").await.unwrap_err().failure,
                failure,
                "{status} {body}"
            );
        }
    }
    let (client, _stub) = client(Production, 400, refusal("USER_GROUP_DOESNT_EXIST")).await;
    assert_eq!(GroupCalls(&client).get("ugr-1").await.unwrap_err().failure, Failure::NotFound);
    assert_eq!(GroupCalls(&client).delete("ugr-1").await.unwrap_err().failure, Failure::NotFound);
    let error = UserCalls(&client).set_groups("u-1", &["ugr-1".into()]).await.unwrap_err();
    assert_eq!(
        (error.failure, error.without_effect),
        (Failure::Refused, true),
        "the group is gone, not the user"
    );
}

#[tokio::test]
async fn a_machines_token_comes_with_its_creation() {
    let item = serde_json::json!([{"id": "pu-1", "name": "ci", "token": "t0"}]);
    for contract in [Production, Published] {
        let (client, stub) = client(contract, 200, envelope(&item)).await;
        let created = UserCalls(&client).create_machine(&ci()).await.unwrap();
        assert_eq!(created.id.as_deref(), Some("pu-1"));
        assert_eq!(created.token.unwrap().expose_secret(), "t0");
        assert_eq!(stub.lines(), ["POST /setup/user/programmatic"]);
    }
    for body in ["", "{}", "created", r#"{"response": {"items": [{}]}}"#] {
        let (client, _stub) = client(Published, 200, body).await;
        for created in [
            UserCalls(&client).create_machine(&ci()).await,
            UserCalls(&client).create_person(&jo(None)).await,
        ] {
            let created = created.unwrap();
            assert!(created.id.is_none() && created.token.is_none(), "{body}");
        }
    }
    let lost = Stub::start(|_| Answer::raw("", Then::Reset)).await;
    let client = SpotClient::new(link(&lost.url, "token"), Production);
    for error in [
        UserCalls(&client).create_machine(&ci()).await.unwrap_err(),
        UserCalls(&client).create_person(&jo(None)).await.unwrap_err(),
    ] {
        assert_eq!((error.failure, error.without_effect), (Failure::Unreachable, false));
    }
    assert_eq!(lost.lines().len(), 2, "one request for each call");
}

#[tokio::test]
async fn a_detail_with_a_hole_is_never_an_empty_one() {
    let hole = serde_json::json!([{"userId": "u-1", "policies": [{"accountIds": ["act-1"]}]}]);
    let (client, _stub) = client(Production, 200, envelope(&hole)).await;
    assert_eq!(UserCalls(&client).get("u-1").await.unwrap_err().failure, Failure::Unreadable);
    let hole = serde_json::json!([{"id": "ugr-1", "name": "a", "usersCount": 3}]);
    let (client, _stub) = self::client(Production, 200, envelope(&hole)).await;
    assert_eq!(GroupCalls(&client).get("ugr-1").await.unwrap_err().failure, Failure::Unreadable);
    assert_eq!(
        GroupCalls(&client).list().await.unwrap()[0].users_count,
        Some(3),
        "a list has no users to show"
    );
}

#[tokio::test]
async fn roles_are_kept_by_account() {
    let items =
        serde_json::json!([{"accountId": "act-2", "role": "editor"}, {"accountId": "act-1", "role": "x"}]);
    let (client, stub) = client(Production, 200, envelope(&items)).await;
    let roles = UserCalls(&client).account_roles("jo@example.com").await.unwrap();
    let expected =
        [("act-1".to_owned(), AccountRole::Other("x".into())), ("act-2".to_owned(), AccountRole::Editor)];
    assert_eq!(roles.into_iter().collect::<Vec<_>>(), expected);
    UserCalls(&client).detach_account_role("act-1", "jo@example.com").await.unwrap();
    let seen = stub.seen();
    assert_eq!(seen[0].line(), "GET /setup/accountUserMapping?userEmail=jo%40example.com");
    let sent = (seen[1].line(), seen[1].body.as_str());
    assert_eq!(sent, ("DELETE /setup/account/act-1/user", r#"{"userEmail":"jo@example.com"}"#));
    let twice = serde_json::json!([{"accountId": "act-1", "role": "editor"}, {"accountId": "act-1", "role": "viewer"}]);
    let (client, _stub) = self::client(Production, 200, envelope(&twice)).await;
    assert_eq!(
        UserCalls(&client).account_roles("jo@example.com").await.unwrap_err().failure,
        Failure::Unreadable
    );
}

#[tokio::test]
async fn what_a_contract_lacks_is_not_sent() {
    let (published, stub) = client(Published, 200, "{}").await;
    let policies = NewMachine { grants: MachineGrants::Policies(Vec::new()), ..ci() };
    let mapping = [PolicyMapping::new("3", AccountScope::All)];
    let viewer = AccountRole::Viewer;
    let refused = [
        UserCalls(&published).create_person(&jo(Some("Secret1!"))).await.err(),
        UserCalls(&published).create_machine(&policies).await.err(),
        UserCalls(&published).set_policies("u-1", &mapping).await.err(),
        UserCalls(&published).set_groups("u-1", &[]).await.err(),
        UserCalls(&published).account_roles("jo@example.com").await.err(),
        UserCalls(&published).attach_account_role("act-1", "jo@example.com", &viewer).await.err(),
        UserCalls(&published).change_account_role("act-1", "jo@example.com", &viewer).await.err(),
        UserCalls(&published).detach_account_role("act-1", "jo@example.com").await.err(),
        GroupCalls(&published).list().await.err(),
        GroupCalls(&published).get("ugr-1").await.err(),
        GroupCalls(&published).create(&NewGroup::default()).await.err(),
        GroupCalls(&published).update("ugr-1", None, None).await.err(),
        GroupCalls(&published).set_members("ugr-1", &[]).await.err(),
        GroupCalls(&published).set_policies("ugr-1", &mapping).await.err(),
        GroupCalls(&published).delete("ugr-1").await.err(),
        UserCalls(&SpotClient::new(link(&stub.url, "token"), Production))
            .set_published_permissions("u-1", None, None)
            .await
            .err(),
    ];
    for (call, error) in refused.into_iter().enumerate() {
        let error = error.unwrap();
        assert_eq!((error.failure, error.without_effect), (Failure::NotSupported, true), "{call}");
    }
    UserCalls(&published).set_published_permissions("u-1", None, None).await.unwrap();
    let production = SpotClient::new(link(&stub.url, "token"), Production);
    GroupCalls(&production).update("ugr-1", None, None).await.unwrap();
    assert!(stub.lines().is_empty(), "nothing to change is nothing to send");
}

#[tokio::test]
async fn policies_are_listed_in_both_contracts() {
    let items = serde_json::json!([{"id": 7, "name": "Admin", "type": "SPOT_MANAGED_ORGANIZATION"}]);
    let (client, _stub) = client(Production, 200, envelope(&items)).await;
    assert!(PolicyCalls(&client).list().await.unwrap()[0].grants_everything_in_the_organization());
    let bare = r#"{"response": {"items": [{"id": "pol-1", "name": "a", "permissions": []}]}}"#;
    let (client, _stub) = self::client(Published, 200, bare).await;
    let policies = PolicyCalls(&client).list().await.unwrap();
    let none = PolicyContent::Permissions(Vec::new());
    assert_eq!((policies[0].id.as_str(), &policies[0].content), ("pol-1", &Some(none)));
    let (client, _stub) = self::client(Production, 200, bare).await;
    assert_eq!(PolicyCalls(&client).list().await.unwrap_err().failure, Failure::Unreadable, "no count");
}

#[tokio::test]
async fn the_audit_log_is_read_as_far_as_it_can_be() {
    let good = serde_json::json!({"createdAt": "2020-09-01T00:00:00Z", "user": "jo@example.com", "resourceId": "act-1"});
    let items = serde_json::json!([good, {}, "event"]);
    // Contract, body, how many events there are.
    let table = [
        (Production, envelope(&serde_json::json!([good])), Some(1)),
        (Production, envelope(&serde_json::json!([])), Some(0)),
        (Production, envelope(&items), None),
        (
            Production,
            serde_json::json!({"response": {"status": {"code": 200}, "items": [good]}}).to_string(),
            None,
        ),
        (Published, serde_json::json!({"response": {"items": items}}).to_string(), Some(1)),
        (Published, serde_json::json!({ "items": items }).to_string(), Some(1)),
        (Published, items.to_string(), Some(1)),
        (Published, "[]".into(), Some(0)),
        (Published, "{}".into(), None),
        (Published, String::new(), None),
        (Published, "<html>".into(), None),
    ];
    let (from, to) = ("2020-09-01T00:00:00Z".parse().unwrap(), "2020-09-01T01:00:00Z".parse().unwrap());
    for (contract, body, expected) in table {
        let (client, _stub) = client(contract, 200, body.as_str()).await;
        match AuditCalls(&client).list(from, to).await {
            Ok(events) => assert_eq!(Some(events.len()), expected, "{contract:?} {body}"),
            Err(error) => {
                assert_eq!((error.failure, None), (Failure::Unreadable, expected), "{contract:?} {body}");
            }
        }
    }
    let (client, _stub) = client(Production, 403, refusal("Forbidden")).await;
    assert_eq!(AuditCalls(&client).list(from, to).await.unwrap_err().failure, Failure::Forbidden);
}

#[tokio::test]
async fn a_token_works_where_the_vendor_itself_says_so() {
    let one = r#"{"response": {"items": [{"id": "act-1", "name": "a"}]}}"#;
    let empty = envelope(&serde_json::json!([]));
    let table = [
        (Production, 200, empty.clone(), Ok(Some(true))),
        (Production, 401, refusal("Unauthorized"), Ok(Some(false))),
        // Of something in between: it decides nothing.
        (Production, 401, String::new(), Err(Failure::Unauthorized)),
        (Production, 403, refusal("Forbidden"), Ok(Some(true))),
        (Production, 403, "<html>".into(), Ok(None)),
        (Production, 403, r#"{"message": "blocked"}"#.into(), Ok(None)),
        (Production, 200, "<html>".into(), Ok(None)),
        (Production, 200, one.into(), Ok(None)),
        (Production, 500, refusal("Oops"), Err(Failure::Unreachable)),
        (Production, 302, String::new(), Err(Failure::Unreadable)),
        (Production, 400, refusal("ValidationError"), Err(Failure::Refused)),
        (Published, 200, one.into(), Ok(Some(true))),
        (Published, 401, r#"{"message": "no"}"#.into(), Ok(Some(false))),
        (Published, 403, r#"{"message": "no"}"#.into(), Ok(Some(true))),
        (Published, 403, "<html>".into(), Ok(None)),
        (Published, 200, "welcome".into(), Ok(None)),
        (Published, 502, String::new(), Err(Failure::Unreachable)),
    ];
    for (contract, status, body, expected) in table {
        let (client, stub) = client(contract, status, body.as_str()).await;
        let found = OrganizationCalls(&client)
            .token_accepted(&SecretString::from("another"))
            .await
            .map_err(|error| error.failure);
        assert_eq!(found, expected, "{contract:?} {status} {body}");
        let seen = stub.seen();
        assert_eq!(seen[0].header("authorization"), Some("Bearer another"));
        assert_eq!((seen.len(), seen[0].line()), (1, "GET /setup/account"));
    }
    let stub = Stub::start(|_| Answer::http(429, "Retry-After: 30\r\n", "")).await;
    let client = SpotClient::new(link(&stub.url, "token"), Production);
    let error = OrganizationCalls(&client).token_accepted(&SecretString::from("another")).await.unwrap_err();
    assert!(matches!(error.failure, Failure::Throttled { .. }), "{error:?}");
    let error = AccountCalls(&client).list().await.unwrap_err();
    assert!(matches!(error.failure, Failure::Deferred { .. }), "they share a budget: {error:?}");
}
