//! A word of a person is good for what it was given for, as long as it stands (rules 2, 4 and 12).

use super::{CREATE, confirm, fails, rotate};
use crate::support::house::{House, mins, secs};
use crate::support::look::acme;
use crate::support::machines::{ci, ci_spec, furnished, with_ci};
use crate::support::manifests::{HOME, organization, user_key, with};
use crate::support::people::organization_id;
use http::Method;
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::sandbox::spot::{ADMIN, Contract, Grants, UserDetails};
use orgkeeper::sandbox::{Fault, FaultKind};
use serde_json::{Value, json};

fn jo() -> ObjectRef {
    user_key("jo")
}

/// Jo administers, and nobody else does.
fn jo_alone() -> House {
    const TOKEN: &str = "token-of-a-machine";
    let mut house = House::new(Contract::Production);
    house.apply(&acme(), &organization());
    let first = house.vendor().world().oldest_organization().unwrap().administrator.clone();
    let admin = || Grants::of(ADMIN, &[]);
    let machine = house.by_hand(|console| {
        let details = UserDetails { grants: admin(), ..UserDetails::machine("orgkeeper") };
        let id = console.create_user(organization_id(), details);
        console.set_policies(&first, Grants::default());
        let details = UserDetails { grants: admin(), ..UserDetails::person("jo@example.com") };
        console.create_user(organization_id(), details);
        id
    });
    let now = house.wall();
    house
        .vendor()
        .world_mut()
        .issue_user_token(now, &machine, "of the operator", Some(TOKEN.into()))
        .unwrap();
    house.way.cluster.put_secret(HOME, "spot-token", "token", TOKEN);
    house.apply(&jo(), &of_jo(&json!([{"policyName": "Admin"}])));
    house.start();
    house.until(mins(10), "ready", |house| house.ready(&acme()) && house.ready(&jo()));
    house.run(mins(10));
    house
}

fn of_jo(policies: &Value) -> Value {
    let human = json!({"email": "jo@example.com"});
    json!({"organizationRef": {"name": "acme", "namespace": HOME}, "human": human, "policies": policies})
}

fn administers(house: &House) -> bool {
    let vendor = house.vendor();
    vendor.world().user_named("jo@example.com").is_some_and(|(_, user)| vendor.world().is_administrator(user))
}

/// What was let through could not be written, and it was taken back while the vendor was not reached. Then another word is
/// written there, which answers nothing.
#[test]
fn what_was_taken_back_while_the_vendor_was_away_is_not_let_through_by_another_word() {
    for another in [false, true] {
        let mut house = jo_alone();
        house.apply(&jo(), &of_jo(&json!([])));
        house.until(mins(15), "asks", |house| house.stalled(&jo(), "WouldLockOut"));
        let digest = house.digest(&jo(), "Stalled");
        for method in [Method::PUT, Method::POST, Method::DELETE] {
            fails(&house, &method);
        }
        confirm(&house, &jo(), &digest);
        house.until(mins(5), "taken in", |house| house.status(&jo())["asked"].is_null());
        house.run(secs(20));
        house.way.vendors.down.set(true);
        house.run(mins(10));
        // Taken back.
        house.annotate(&jo(), &json!({}));
        house.run(mins(10));
        if another {
            confirm(&house, &jo(), "000000000000");
        }
        house.run(mins(10));
        assert!(administers(&house));
        house.way.vendors.scripted.borrow_mut().clear();
        house.way.vendors.down.set(false);
        house.run(mins(60));
        assert!(administers(&house), "{another}\n{}", house.describe());
    }
}

/// What was let through could not be written, and somebody writes a plain no in the place of the answer.
#[test]
fn what_was_let_through_is_not_written_against_a_no() {
    for no in [false, true] {
        let mut house = jo_alone();
        house.apply(&jo(), &of_jo(&json!([])));
        house.until(mins(15), "asks", |house| house.stalled(&jo(), "WouldLockOut"));
        let digest = house.digest(&jo(), "Stalled");
        fails(&house, &Method::PUT);
        confirm(&house, &jo(), &digest);
        house.until(mins(5), "taken in", |house| house.status(&jo())["asked"].is_null());
        house.run(secs(20));
        match no {
            true => confirm(&house, &jo(), "no"),
            false => house.annotate(&jo(), &json!({})),
        }
        house.run(mins(10));
        assert!(administers(&house));
        house.way.vendors.scripted.borrow_mut().clear();
        house.run(mins(60));
        assert!(administers(&house), "{no}\n{}", house.describe());
    }
}

/// What waits for the guard is let through, cannot be written, and that is taken back, or a plain no takes its place.
#[test]
fn what_the_guard_let_through_is_not_written_once_that_is_taken_back() {
    for (let_through, no) in [(false, false), (true, false), (true, true)] {
        let mut house = jo_alone();
        house.administrator();
        house.apply(&acme(), &with(organization(), json!({"guard": {"maxDestructivePerHour": 0}})));
        house.run(mins(5));
        house.apply(&jo(), &of_jo(&json!([])));
        house.until(mins(15), "asks", |house| house.waits(&jo(), "TooDestructive"));
        house.until(mins(15), "told", |house| house.condition(&acme(), "ConfirmationRequired").is_some());
        if let_through {
            let digest = house.digest(&acme(), "ConfirmationRequired");
            fails(&house, &Method::PUT);
            confirm(&house, &acme(), &digest);
            house.run(mins(2));
            match no {
                true => confirm(&house, &acme(), "no"),
                false => house.annotate(&acme(), &json!({})),
            }
            house.run(mins(5));
            house.way.vendors.scripted.borrow_mut().clear();
        }
        house.run(mins(45));
        assert!(administers(&house), "{let_through} {no}\n{}", house.describe());
    }
}

/// What may be left is to be deleted, as a person said, cannot be, and that is taken back while the vendor is away.
#[test]
pub fn a_leftover_that_is_to_stay_after_all_is_not_deleted_by_another_word() {
    for another in [false, true] {
        let mut house = furnished(Contract::Production);
        house.vendor().add_fault(Fault::once(&Method::POST, CREATE, FaultKind::BadGateway { effect: false }));
        house.apply(&ci(), &ci_spec());
        house.until(mins(2), "unknown", |house| house.waits(&ci(), "OutcomeUnknown"));
        let theirs =
            house.by_hand(|console| console.create_user(organization_id(), UserDetails::machine("ci")));
        house.until(mins(30), "asked", |house| !house.leftovers().is_empty() && house.ready(&ci()));
        house.run(mins(3));
        let digest = house.digest(&ci(), "ConfirmationRequired");
        fails(&house, &Method::DELETE);
        confirm(&house, &ci(), &digest);
        house.run(mins(2));
        house.way.vendors.down.set(true);
        house.run(mins(10));
        house.annotate(&ci(), &json!({}));
        house.run(mins(10));
        if another {
            confirm(&house, &ci(), "000000000000");
        }
        house.run(mins(10));
        house.way.vendors.scripted.borrow_mut().clear();
        house.way.vendors.down.set(false);
        house.run(mins(60));
        assert!(house.users("ci").contains(&theirs), "{another}\n{}", house.describe());
    }
}

/// Two are asked for: the user that took over in a rotation vanished, a person has another one made, which cannot be begun
/// yet, and takes that back while the vendor is away. Another word makes none.
#[test]
fn nothing_is_made_again_by_another_word_once_that_was_taken_back() {
    for another in [false, true] {
        let mut house = with_ci(Contract::Production);
        let (old, token) = (house.id(&ci()).unwrap(), house.token().unwrap());
        rotate(&house, "one");
        house
            .until(mins(5), "switched", |house| !house.status(&ci())["token"]["rotation"]["oldId"].is_null());
        let new = house.id(&ci()).unwrap();
        house.by_hand(|console| console.delete_user(&new).unwrap());
        house.until(mins(30), "gone", |house| house.stalled(&ci(), "ExternallyDeleted"));
        let digest = house.digest(&ci(), "Stalled");
        fails(&house, &Method::DELETE);
        house.annotate(
            &ci(),
            &json!({"orgkeeper.dev/rotate-requested-at": "one", "orgkeeper.dev/confirm": digest}),
        );
        house.run(mins(1));
        house.way.vendors.down.set(true);
        house.run(mins(10));
        rotate(&house, "one");
        house.run(mins(10));
        if another {
            let words = json!({"orgkeeper.dev/rotate-requested-at": "one", "orgkeeper.dev/confirm": "no"});
            house.annotate(&ci(), &words);
        }
        house.run(mins(10));
        assert_eq!(house.whose(&token), Some(old.clone()));
        house.way.vendors.scripted.borrow_mut().clear();
        house.way.vendors.down.set(false);
        house.run(mins(5));
        assert_eq!(house.whose(&token), Some(old), "{another}\n{}", house.describe());
    }
}

/// A plan is asked about, then another one, and an answer to the first comes too late. Later the manifest says the first
/// one again.
#[test]
fn a_late_answer_that_is_left_behind_lets_nothing_through() {
    for at_once in [false, true] {
        let mut house = jo_alone();
        house.apply(&jo(), &of_jo(&json!([])));
        house.until(mins(15), "asks", |house| house.stalled(&jo(), "WouldLockOut"));
        let digest = house.digest(&jo(), "Stalled");
        if !at_once {
            house.apply(&jo(), &of_jo(&json!([{"policyName": "Admin"}])));
            house.until(mins(15), "ready", |house| house.ready(&jo()));
        }
        house.apply(&jo(), &of_jo(&json!([{"policyName": "Credit Card Editor"}])));
        house.until(mins(15), "asks another", |house| {
            house.stalled(&jo(), "WouldLockOut") && house.digest(&jo(), "Stalled") != digest
        });
        house.run(mins(60));
        confirm(&house, &jo(), &digest);
        house.run(mins(24 * 60));
        let told = house.reasons(&jo()).contains(&"AnswerUnknown");
        assert!(administers(&house));
        house.apply_with(&jo(), &of_jo(&json!([])), &json!({"orgkeeper.dev/confirm": digest}));
        house.run(mins(60));
        assert!(administers(&house), "{at_once}, told {told}\n{}", house.describe());
    }
}

/// The same as above, where the second thing that the manifest says has to wait.
#[test]
fn a_late_answer_to_what_waits_lets_nothing_through_later() {
    for late in [false, true] {
        let mut house = jo_alone();
        house.apply(&jo(), &of_jo(&json!([])));
        house.until(mins(15), "asks", |house| house.stalled(&jo(), "WouldLockOut"));
        let digest = house.digest(&jo(), "Stalled");
        house.apply(&jo(), &of_jo(&json!([{"policyName": "Admin"}, {"policyRef": {"name": "missing"}}])));
        house.until(mins(15), "waits", |house| !house.stalled(&jo(), "WouldLockOut"));
        house.run(mins(24 * 60));
        if late {
            confirm(&house, &jo(), &digest);
        }
        house.run(mins(24 * 60));
        let (told, asked) = (house.reasons(&jo()), house.status(&jo())["asked"].clone());
        house.apply_with(&jo(), &of_jo(&json!([])), &house.object(&jo())["metadata"]["annotations"].clone());
        house.run(mins(60));
        assert!(administers(&house), "{told:?} {asked}\n{}", house.describe());
    }
}

/// One destructive write an hour: what was carried out unheard, and given back by somebody, counts again when it is taken
/// away once more.
#[test]
fn what_is_taken_away_again_counts_again_though_nobody_heard_of_the_first_time() {
    for unheard in [false, true] {
        let mut house = jo_alone();
        house.administrator();
        house.apply(&acme(), &with(organization(), json!({"guard": {"maxDestructivePerHour": 1}})));
        house.run(mins(70));
        let id = house.id(&jo()).unwrap();
        if unheard {
            let fault = FaultKind::BadGateway { effect: true };
            house.vendor().add_fault(Fault::once(&Method::PUT, "/setup/user/{userId}/policyMapping", fault));
        }
        house.forget_requests();
        house.apply(&jo(), &of_jo(&json!([])));
        house.until(mins(10), "taken away", |house| !administers(house));
        house.run(mins(10));
        let sent = house.calls("PUT");
        let told = house.status(&jo())["lastChanges"].to_string().contains("OutcomeUnknown");
        assert_eq!(told, unheard, "{}", house.describe());
        house.by_hand(|console| console.set_policies(&id, Grants::of(ADMIN, &[])));
        house.run(mins(30));
        assert!(administers(&house), "{unheard}, sent {sent}\n{}", house.describe());
    }
}

/// What was let through was carried out unheard, and somebody gives it back: it is asked anew, though the word stands there.
#[test]
fn what_was_let_through_once_is_asked_anew_though_nobody_heard_that_it_was_done() {
    for unheard in [false, true] {
        let mut house = jo_alone();
        let id = house.id(&jo()).unwrap();
        house.apply(&jo(), &of_jo(&json!([])));
        house.until(mins(15), "asks", |house| house.stalled(&jo(), "WouldLockOut"));
        let digest = house.digest(&jo(), "Stalled");
        if unheard {
            let fault = FaultKind::BadGateway { effect: true };
            house.vendor().add_fault(Fault::once(&Method::PUT, "/setup/user/{userId}/policyMapping", fault));
        }
        confirm(&house, &jo(), &digest);
        house.until(mins(10), "done", |house| !administers(house));
        house.run(mins(20));
        house.by_hand(|console| console.set_policies(&id, Grants::of(ADMIN, &[])));
        house.run(mins(60));
        assert!(administers(&house), "{unheard}\n{}", house.describe());
    }
}
