//! One-time tokens: a Secret reserved, a token stored, a token lost.

use super::Stages;
use crate::support::house::{House, mins};
use crate::support::machines::{CI_TOKEN, ci, ci_spec, furnished, with_ci};
use crate::support::manifests::HOME;
use http::Method;
use orgkeeper::sandbox::{Contract, Fault, FaultKind};

fn begun(contract: Contract) -> House {
    let house = furnished(contract);
    house.apply(&ci(), &ci_spec());
    house
}

/// The user is made, its token went with the program, and the next one has stored so.
fn recorded(contract: Contract) -> House {
    let mut house = begun(contract);
    house.stop_sent("POST");
    house.run(mins(3));
    house.start();
    house.until(mins(20), "recorded", |house| !house.status(&ci())["token"]["lost"].is_null());
    house
}

/// It is made again, and its token is lost again.
fn again(contract: Contract) -> House {
    let mut house = recorded(contract);
    house.stop_sent("POST");
    assert_eq!(house.users("ci").len(), 1);
    house
}

/// Those stages.
pub(super) fn add(stages: &mut Stages) {
    let about = "The Secret for the token is there and empty; no create was decided.";
    stages.both("token-reserved", about, |contract| {
        let mut house = begun(contract);
        house.until(mins(10), "reserved", |house| house.secret(CI_TOKEN).is_some());
        house.kill();
        assert!(house.status(&ci())["pendingCreate"].is_null() && house.token().is_none());
        house
    });
    stages.both("token-stored", "The Secret holds the token; status has no id.", |contract| {
        let mut house = begun(contract);
        house.until(mins(10), "stored", |house| house.token().is_some());
        house.kill();
        assert!(house.id(&ci()).is_none(), "{}", house.describe());
        house
    });
    let about = "The loss of the token is stored; its user is still there.";
    stages.both("token-lost-recorded", about, |contract| {
        let mut house = recorded(contract);
        house.kill();
        assert_eq!(house.users("ci").len(), 1);
        house
    });
    let about = "The user is deleted for its lost token, and nobody heard the answer.";
    stages.both("token-lost-deleted", about, |contract| {
        let mut house = recorded(contract);
        house.stop_sent("DELETE");
        assert!(house.users("ci").is_empty() && !house.status(&ci())["token"]["lost"].is_null());
        house
    });
    stages.one("token-lost-unsent", "The user is to be made again; nothing was sent.", |contract| {
        let mut house = recorded(contract);
        house.until(mins(10), "gone", |house| house.users("ci").is_empty());
        house.stop_unsent(&ci());
        house
    });
    let about = "The user was made again, and nobody heard the answer.";
    stages.both("token-lost-made-again", about, again);
    stages.one("token-lost-twice", "The token was lost again, and TokenLost is told.", |contract| {
        let mut house = again(contract);
        house.start();
        house.until(mins(30), "told", |house| house.stalled(&ci(), "TokenLost"));
        house
    });
    stages.one("token-lost-deleting", "The loss is stored, and the object is to be deleted.", |contract| {
        let mut house = recorded(contract);
        house.kill();
        house.delete(&ci());
        house
    });
    stages.one("token-not-returned", "The vendor answered the create without a token.", |contract| {
        let mut house = furnished(contract);
        let members = ["token", "accessToken", "apiToken"].map(str::to_owned).to_vec();
        let without = FaultKind::Omit { members };
        house.vendor().add_fault(Fault::once(&Method::POST, "/setup/user/programmatic", without));
        house.apply(&ci(), &ci_spec());
        house.until(mins(10), "told", |house| house.stalled(&ci(), "TokenNotReturned"));
        house
    });
    stages.one("token-secret-missing", "Somebody deleted the Secret with the token.", |contract| {
        let mut house = with_ci(contract);
        house.way.cluster.delete_secret(HOME, CI_TOKEN);
        house.until(mins(10), "told", |house| house.stalled(&ci(), "TokenSecretMissing"));
        house
    });
}
