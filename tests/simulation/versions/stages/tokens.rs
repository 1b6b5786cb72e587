//! One-time tokens: a Secret reserved, a token stored, a token lost.

use super::Stages;
use crate::support::house::{House, mins};
use crate::support::machines::{CI_TOKEN, ci, ci_spec, furnished, with_ci};
use crate::support::manifests::HOME;
use http::Method;
use orgkeeper::sandbox::spot::Contract;
use orgkeeper::sandbox::{Fault, FaultKind};

fn begun(contract: Contract) -> House {
    let house = furnished(contract);
    house.apply(&ci(), &ci_spec());
    house
}

/// The user is made, its token went with the program, and the next one has found it.
fn found(contract: Contract) -> House {
    let mut house = begun(contract);
    house.stop_sent("POST");
    house.run(mins(3));
    house.start();
    house.until(mins(20), "found", |house| !house.status(&ci())["found"].is_null());
    house
}

/// Another one is made for a token, and its token is lost, too.
fn again(contract: Contract) -> House {
    let mut house = found(contract);
    house.stop_sent("POST");
    assert_eq!(house.users("ci").len(), 2);
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
    let about = "A list has shown the user, whose token is nowhere; nothing was done for one.";
    stages.both("token-found", about, |contract| {
        let mut house = found(contract);
        house.kill();
        assert_eq!(house.users("ci").len(), 1);
        house
    });
    stages.one(
        "token-again-unsent",
        "Another user is to be made for a token; nothing was sent.",
        |contract| {
            let mut house = found(contract);
            house.until(mins(10), "intended", |house| !house.status(&ci())["token"]["again"].is_null());
            house.kill();
            assert_eq!(house.users("ci").len(), 1);
            house
        },
    );
    stages.both("token-again-made", "Another user was made for a token, and nobody heard the answer.", again);
    stages.one(
        "token-lost",
        "The token of the other one was lost, too, and TokenLost is told.",
        |contract| {
            let mut house = again(contract);
            house.run(mins(3));
            house.start();
            house.until(mins(30), "told", |house| house.stalled(&ci(), "TokenLost"));
            house
        },
    );
    stages.one("token-found-deleting", "The user is found, and the object is to be deleted.", |contract| {
        let mut house = found(contract);
        house.kill();
        house.delete(&ci());
        house
    });
    stages.both(
        "token-left",
        "Another user has the token, and what becomes of the first is asked.",
        |contract| {
            let mut house = found(contract);
            house.until(mins(30), "asked", |house| house.ready(&ci()) && !house.leftovers().is_empty());
            house
        },
    );
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
