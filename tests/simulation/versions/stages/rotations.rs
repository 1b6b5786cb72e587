//! Rotations, in every stage.

use super::Stages;
use crate::support::house::{House, mins};
use crate::support::machines::{ci, ci_spec, furnish};
use crate::support::manifests::with;
use http::Method;
use orgkeeper::sandbox::spot::{Contract, UserDetails};
use orgkeeper::sandbox::{Fault, FaultKind};
use serde_json::{Value, json};
use std::time::Duration;

const CREATE: &str = "/setup/user/programmatic";

/// How long both users are there, at least.
const OVERLAP: Duration = mins(15);

/// How many minutes a rotation takes, with all that may befall it.
const TO_THE_END: u64 = 35;

fn furnished(contract: Contract) -> House {
    let mut house = House::new(contract);
    house.way.rotation_overlap = OVERLAP;
    furnish(house)
}

fn with_ci(contract: Contract) -> House {
    let mut house = furnished(contract);
    house.apply(&ci(), &ci_spec());
    house.until(mins(10), "ready", |house| house.ready(&ci()));
    house.run(mins(3));
    house
}

fn ask(house: &House) {
    house.annotate(&ci(), &json!({"orgkeeper.dev/rotate-requested-at": "one"}));
}

fn rotation(house: &House) -> Value {
    house.status(&ci())["token"]["rotation"].clone()
}

fn switched(house: &House) -> bool {
    !rotation(house)["oldId"].is_null()
}

/// A rotation is asked for, and a program runs.
fn begun(contract: Contract) -> House {
    let house = with_ci(contract);
    ask(&house);
    house
}

fn made(contract: Contract) -> House {
    let mut house = begun(contract);
    house.stop_sent("POST");
    assert!(house.users("ci").len() == 2 && !switched(&house), "{}", house.describe());
    house
}

fn overlap(contract: Contract) -> House {
    let mut house = begun(contract);
    house.until(mins(10), "switched", switched);
    house.run(mins(5));
    house.kill();
    house
}

/// The new user is made without a token that anybody has, and another program runs.
fn lost(contract: Contract) -> House {
    let mut house = made(contract);
    house.run(mins(3));
    house.start();
    house
}

fn unknown(made: bool) -> House {
    let mut house = with_ci(Contract::Production);
    let kind = if made { FaultKind::ResetAfterEffect } else { FaultKind::ResetBeforeEffect };
    house.vendor().add_fault(Fault::once(&Method::POST, CREATE, kind));
    ask(&house);
    house.until(mins(10), "struck", |house| house.vendor().faults().is_empty());
    house.run(Duration::from_millis(200));
    assert!(!rotation(&house).is_null() && !switched(&house), "{}", house.describe());
    assert_eq!(house.users("ci").len(), 1 + usize::from(made));
    house
}

/// Those stages.
pub(super) fn add(stages: &mut Stages) {
    let others = stages.0.len();
    gather(stages);
    stages.0[others..].iter_mut().for_each(|stage| stage.minutes = TO_THE_END);
}

fn gather(stages: &mut Stages) {
    stages.both("rotation-asked", "A rotation is asked for, and nobody has seen it.", |contract| {
        let mut house = with_ci(contract);
        house.kill();
        ask(&house);
        house
    });
    stages.both("rotation-unsent", "The intent of a rotation is stored; nothing was sent.", |contract| {
        let mut house = begun(contract);
        house.until(mins(10), "intended", |house| !rotation(house).is_null());
        house.kill();
        assert_eq!(house.users("ci").len(), 1);
        house
    });
    stages.both("rotation-made", "The new user is made, and its token is nowhere.", made);
    let about = "The Secret holds the new token; status does not know.";
    stages.both("rotation-secret-switched", about, |contract| {
        let mut house = begun(contract);
        let token = house.token();
        house.until(mins(10), "switched", |house| house.token() != token);
        house.kill();
        assert!(!switched(&house) && house.users("ci").len() == 2, "{}", house.describe());
        house
    });
    stages.both("rotation-overlap", "Both users are there, and both tokens work.", overlap);
    let about = "The overlap is over, and the old user is still there.";
    stages.one("rotation-overlap-over", about, |contract| {
        let mut house = overlap(contract);
        house.run(OVERLAP);
        house
    });
    let about = "The old user is deleted, and nobody heard the answer.";
    stages.both("rotation-old-deleted", about, |contract| {
        let mut house = begun(contract);
        house.until(mins(10), "switched", switched);
        house.stop_sent("DELETE");
        assert!(switched(&house) && house.users("ci").len() == 1, "{}", house.describe());
        house
    });
    let about = "The new user is written down, and its token is nowhere.";
    stages.one("rotation-answered", about, |contract| {
        let mut house = begun(contract);
        house.until(mins(10), "written down", |house| !rotation(house)["newId"].is_null());
        house.kill();
        assert!(house.users("ci").len() == 2 && !switched(&house), "{}", house.describe());
        house
    });
    let about = "The new user is to be made another time; nothing was sent.";
    stages.one("rotation-again-unsent", about, |contract| {
        let mut house = lost(contract);
        house.until(mins(30), "again", |house| rotation(house)["again"] == true);
        house.kill();
        assert_eq!(house.users("ci").len(), 2);
        house
    });
    let about = "The new user is made another time, and its token is nowhere.";
    stages.one("rotation-again-made", about, |contract| {
        let mut house = lost(contract);
        house.stop_sent("POST");
        assert!(rotation(&house)["again"] == true && house.users("ci").len() == 3, "{}", house.describe());
        house
    });
    let about = "No answer came to a program that lived on; the new user is made.";
    stages.add("rotation-unknown-made", about, || unknown(true));
    let about = "No answer came to a program that lived on; no user is made.";
    stages.add("rotation-unknown-not-made", about, || unknown(false));
    let about = "The vendor refused the new user, and RotationFailed is told.";
    stages.one("rotation-failed", about, |contract| {
        let mut house = with_ci(contract);
        house.vendor().add_fault(Fault::once(&Method::POST, CREATE, FaultKind::Forbidden));
        ask(&house);
        house.until(mins(10), "failed", |house| house.stalled(&ci(), "RotationFailed"));
        house
    });
    let about = "The new user is made, and the object is to be deleted.";
    stages.one("rotation-made-deleting", about, |contract| {
        let house = made(contract);
        house.delete(&ci());
        house
    });
    let about = "Both users are there, and the object is to be deleted.";
    stages.one("rotation-overlap-deleting", about, |contract| {
        let house = overlap(contract);
        house.delete(&ci());
        house
    });
    let about = "A user that was adopted by its id, and another one that took its place.";
    stages.one("rotation-of-an-adopted-user", about, |contract| {
        let mut house = furnished(contract);
        let organization = house.vendor().world().oldest_organization().unwrap().id;
        let now = house.wall();
        let adopted = house.vendor().console(now).create_user(organization, UserDetails::machine("ci"));
        house.run(mins(2));
        house.apply(&ci(), &with(ci_spec(), json!({"adopt": {"id": adopted}})));
        house.until(mins(10), "stalled", |house| house.stalled(&ci(), "TokenUnavailable"));
        ask(&house);
        house.until(mins(10), "switched", switched);
        house
    });
}
