//! Which contract a server speaks.

use orgkeeper::api::spot::Contract::{self, Production, Published};
use orgkeeper::engine::base::error::Failure;
use orgkeeper::vendors::spot::organization::detect::{DetectError, detect};

use crate::stub::{Answer, Stub};
use crate::world::link;

/// Status, headers and body of an answer.
type Reply = (u16, &'static str, &'static str);

/// Detects against a server with these answers to the list of users and to the list of accounts;
/// tells also how many calls it took.
async fn ask(users: Reply, accounts: Reply) -> (Result<(Contract, Option<usize>), DetectError>, usize) {
    let stub = Stub::start(move |seen| {
        let (status, headers, body) =
            if seen.line() == "GET /setup/organization/user" { users } else { accounts };
        Answer::http(status, headers, body)
    })
    .await;
    let found = detect(&link(&stub.url, "token")).await;
    let lines = stub.lines();
    let expected = ["GET /setup/organization/user", "GET /setup/account"];
    assert_eq!(lines, expected[..lines.len()], "only reads, in this order");
    let found = found.map(|found| (found.contract, found.accounts.map(|accounts| accounts.len())));
    (found, lines.len())
}

const ENVELOPE: &str = r#"{"response": {"status": {"code": 200}, "items": [], "count": 0}}"#;
const REFUSED: &str = r#"{"response": {"status": {"code": 401}}}"#;
const LIMIT: &str = "X-RateLimit-Limit: 100\r\n";
const ONE: &str = r#"{"request": "", "response": {"items": [{"id": "act-1", "name": "a"}]}}"#;
const STUB: &str = r#"{"request": "", "response": {"items": [{}]}}"#;
const PLAIN: &str = r#"{"message": "no"}"#;
const NONE: Reply = (404, "", PLAIN);

#[tokio::test]
async fn the_contract_shows() {
    let table = [
        ((200, "", ENVELOPE), NONE, Production, None, 1),
        ((200, LIMIT, "{}"), NONE, Production, None, 1),
        ((401, "", REFUSED), NONE, Production, None, 1),
        ((403, LIMIT, ""), NONE, Production, None, 1),
        ((404, LIMIT, ""), NONE, Production, None, 1),
        ((500, "", REFUSED), NONE, Production, None, 1),
        ((404, "", PLAIN), (200, "", ENVELOPE), Production, Some(0), 2),
        ((404, "", PLAIN), (401, "", REFUSED), Production, None, 2),
        ((404, "", PLAIN), (200, "", ONE), Published, Some(1), 2),
        ((404, "", "<html>"), (200, "", ONE), Published, Some(1), 2),
        ((405, "", ""), (200, "", ONE), Published, Some(1), 2),
        ((405, "", ""), (200, "X-RateLimit-Limit-Minute: 5\r\n", ONE), Published, Some(1), 2),
        // It is this contract, and its list does not count: that is for the next call to say.
        ((404, "", PLAIN), (200, "", STUB), Published, None, 2),
    ];
    for (users, accounts, contract, list, calls) in table {
        let found = ask(users, accounts).await;
        assert_eq!(found, (Ok((contract, list)), calls), "{users:?} {accounts:?}");
    }
}

#[tokio::test]
async fn what_shows_no_contract_is_for_a_person() {
    let table = [
        ((200, "", "{}"), NONE, 1),
        ((200, "", "<html>"), NONE, 1),
        ((302, "", ""), NONE, 1),
        ((400, "", PLAIN), NONE, 1),
        (NONE, NONE, 2),
        (NONE, (405, "", ""), 2),
        (NONE, (200, "", ""), 2),
        (NONE, (200, "", "<html>"), 2),
        (NONE, (200, "", "[]"), 2),
        (NONE, (302, "", ""), 2),
    ];
    for (users, accounts, calls) in table {
        let (found, made) = ask(users, accounts).await;
        let error = found.unwrap_err();
        assert!(matches!(error, DetectError::ContractUnknown(_)), "{users:?} {accounts:?}: {error:?}");
        assert!(error.to_string().contains("spec.connection.contract"), "{error}");
        assert_eq!(made, calls, "{users:?} {accounts:?}");
    }
}

#[tokio::test]
async fn what_would_fail_under_either_contract_is_what_it_is() {
    let table = [
        ((401, "", ""), NONE, Failure::Unauthorized, 1),
        ((401, "", PLAIN), NONE, Failure::Unauthorized, 1),
        ((403, "", PLAIN), NONE, Failure::Forbidden, 1),
        ((503, "", "<html>"), NONE, Failure::Unreachable, 1),
        (NONE, (401, "", PLAIN), Failure::Unauthorized, 2),
        (NONE, (403, "", PLAIN), Failure::Forbidden, 2),
        (NONE, (502, "", ""), Failure::Unreachable, 2),
    ];
    for (users, accounts, failure, calls) in table {
        let (found, made) = ask(users, accounts).await;
        let DetectError::Call(error) = found.unwrap_err() else { panic!("{users:?} {accounts:?}") };
        assert_eq!((error.failure, made), (failure, calls), "{users:?} {accounts:?}");
    }
}

#[tokio::test]
async fn a_throttled_search_comes_back_later() {
    let (found, calls) = ask((429, "Retry-After: 5\r\n", ""), NONE).await;
    let DetectError::Call(error) = found.unwrap_err() else { panic!("a call failed") };
    assert!(matches!(error.failure, Failure::Throttled { .. }), "{error:?}");
    assert_eq!(calls, 1);
}
