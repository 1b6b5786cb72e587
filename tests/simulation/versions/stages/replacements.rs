//! Replacements of what cannot be changed, and edits.

use super::Stages;
use crate::support::house::{House, mins, secs};
use crate::support::look::home;
use crate::support::machines::furnished;
use crate::support::manifests::{account, person, user_key, with};
use crate::support::network::{Failing, Scripted};
use crate::support::subscriptions::{one_account, sub, subscription};
use http::Method;
use orgkeeper::sandbox::spot::Contract;
use orgkeeper::sandbox::{Fault, FaultKind};
use serde_json::json;

/// The vendor's own word that there is no such subscription.
const GONE: &str = r#"{"request": {"id": "r"}, "response": {"status": {"code": 400, "message": "Bad Request"},
    "errors": [{"code": "SUBSCRIPTION_DOESNT_EXIST", "message": "no such subscription"}]}}"#;

fn kept() -> House {
    let mut house = one_account(Contract::Production);
    house.ready_with(&sub("s"), &subscription("prod", "sig-10"));
    house.run(mins(3));
    house
}

fn begun() -> House {
    let house = kept();
    house.apply(&sub("s"), &subscription("prod", "sig-20"));
    house
}

/// The old one cannot be deleted for now, and the new one is stored.
fn stored() -> House {
    let house = kept();
    let route = "/events/subscription/{subscriptionId}";
    let broken = FaultKind::ServerError { status: 500, effect: false };
    house.vendor().add_fault(Fault { times: None, ..Fault::once(&Method::DELETE, route, broken) });
    let mut house = house;
    house.apply(&sub("s"), &subscription("prod", "sig-20"));
    house.until(mins(10), "stored", |house| {
        house.id(&sub("s")).is_some_and(|id| house.status(&sub("s"))["superseded"] != id)
            && !house.status(&sub("s"))["superseded"].is_null()
            && house.calls("DELETE") > 0
    });
    house
}

fn unknown(made: bool) -> House {
    let mut house = kept();
    let kind = if made { FaultKind::ResetAfterEffect } else { FaultKind::ResetBeforeEffect };
    house.vendor().add_fault(Fault::once(&Method::POST, "/events/subscription", kind));
    house.apply(&sub("s"), &subscription("prod", "sig-20"));
    house.until(mins(10), "unknown", |house| {
        house.condition(&sub("s"), "Ready").is_some_and(|(_, reason)| reason == "OutcomeUnknown")
    });
    house
}

fn renamed(contract: Contract) -> House {
    let mut house = furnished(contract);
    house.ready_with(&home("a"), &account("old"));
    house.run(mins(3));
    house
}

/// Those stages.
pub(super) fn add(stages: &mut Stages) {
    stages.one("replacement-asked", "Another resource is declared, and nobody has seen it.", |_| {
        let mut house = kept();
        house.kill();
        house.apply(&sub("s"), &subscription("prod", "sig-20"));
        house
    });
    stages.one("replacement-unsent", "The intent of the new one is stored; nothing was sent.", |_| {
        let mut house = begun();
        house.stop_unsent(&sub("s"));
        assert!(!house.status(&sub("s"))["superseded"].is_null());
        house
    });
    stages.one("replacement-sent", "The new one is made, and nobody heard the answer.", |_| {
        let mut house = begun();
        house.stop_sent("POST");
        assert_eq!(house.subscriptions().len(), 2);
        house
    });
    let about = "OutcomeUnknown is told; the new one is made.";
    stages.add("replacement-unknown-made", about, || unknown(true));
    let about = "OutcomeUnknown is told; the new one is not made.";
    stages.add("replacement-unknown-not-made", about, || unknown(false));
    stages
        .one("replacement-stored", "The new one is stored, and the old one did not go so far.", |_| stored());
    stages.one("replacement-stored-deleting", "Both are there, and the object is to be deleted.", |_| {
        let mut house = stored();
        house.kill();
        house.apply(&sub("s"), &with(subscription("prod", "sig-20"), json!({"deletionPolicy": "Delete"})));
        house.delete(&sub("s"));
        house
    });
    stages.one("replacement-old-deleted", "The old one is deleted, and nobody heard the answer.", |_| {
        let mut house = begun();
        house.stop_sent("DELETE");
        assert!(!house.status(&sub("s"))["superseded"].is_null() && house.subscriptions().len() == 1);
        house
    });
    stages.one("replacement-absence-unconfirmed", "One answer says that the old one is gone.", |_| {
        let mut house = kept();
        let path = format!("/events/subscription/{}", house.id(&sub("s")).unwrap());
        let denied = Scripted { method: Method::DELETE, path, failing: Failing::Answer(400, GONE), times: 1 };
        house.way.vendors.scripted.borrow_mut().push(denied);
        house.apply(&sub("s"), &subscription("prod", "sig-20"));
        house.until(secs(20), "to confirm", |house| house.waits(&sub("s"), "ConfirmingAbsence"));
        house
    });
    stages.one("edit-asked", "Another name is declared, and nobody has seen it.", |contract| {
        let mut house = renamed(contract);
        house.kill();
        house.apply(&home("a"), &account("new"));
        house
    });
    stages.both(
        "edit-sent",
        "The vendor has carried an update out, and nobody heard the answer.",
        |contract| {
            let mut house = renamed(contract);
            house.apply(&home("a"), &account("new"));
            house.stop_sent("PUT");
            house
        },
    );
    stages.one("edit-of-what-only-a-create-writes", "ImmutableField is told.", |contract| {
        let mut house = furnished(contract);
        house.ready_with(&user_key("jo"), &person("jo"));
        house.run(mins(3));
        house.apply(&user_key("jo"), &with(person("jo"), json!({"human": {"lastName": "Roe"}})));
        house.until(mins(10), "told", |house| house.stalled(&user_key("jo"), "ImmutableField"));
        house
    });
}
