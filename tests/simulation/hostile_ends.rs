//! What ends at the vendor: not against a word that was given before the call was sent, not what another stands for,
//! not for ever, and by its name (rules 3, 4, 11 and 15).

use crate::support::house::{House, mins, secs};
use crate::support::look::{acme, home};
use crate::support::machines::{ci, ci_spec, forge, furnished, with_ci};
use crate::support::manifests::{
    access_policy, account, group, group_key, machine, organization, policy_key, user_key, with,
};
use crate::support::network::{Failing, Scripted};
use crate::support::people::organization_id;
use crate::support::subscriptions::{one_account, sub, subscription};
use http::Method;
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::sandbox::spot::{Contract, UserDetails};
use orgkeeper::sandbox::{Fault, FaultKind};
use serde_json::{Value, json};

const CREATE: &str = "/setup/user/programmatic";

/// What a person says to have it left.
const WORDS: [&str; 4] = ["abandon", "orphan", "suspend", "observe"];

fn say(house: &House, key: &ObjectRef, word: &str) {
    let spec = house.object(key)["spec"].clone();
    match word {
        "abandon" => house.annotate(key, &json!({"orgkeeper.dev/abandon": "true"})),
        "orphan" => house.apply(key, &with(spec, json!({"deletionPolicy": "Orphan"}))),
        "suspend" => house.apply(key, &with(spec, json!({"suspend": true}))),
        _ => house.apply(key, &with(spec, json!({"managementPolicy": "Observe"}))),
    }
}

fn deletes(spec: Value) -> Value {
    with(spec, json!({"deletionPolicy": "Delete"}))
}

/// When it is said: before the deletion, or so many seconds into it.
const WHEN: [Option<u64>; 4] = [None, Some(2), Some(12), Some(22)];

#[test]
fn an_organization_is_not_deleted_over_a_word_that_came_before_the_call() {
    for word in WORDS {
        for when in WHEN {
            let mut house = House::new(Contract::Production);
            house.apply(&acme(), &deletes(organization()));
            house.start();
            house.until(mins(2), "ready", |house| house.ready(&acme()));
            house.run(mins(2));
            house.way.vendors.latency.set(secs(10));
            house.forget_requests();
            if when.is_none() {
                say(&house, &acme(), word);
                house.run(mins(2));
            }
            house.delete(&acme());
            let mut sent = 0;
            if let Some(seconds) = when {
                house.run(secs(seconds));
                sent = house.calls("DELETE");
                if house.exists(&acme()) {
                    say(&house, &acme(), word);
                }
            }
            house.run(mins(20));
            assert_eq!(house.calls("DELETE"), sent, "{word} {when:?}\n{}", house.describe());
        }
    }
}

#[test]
fn nothing_is_deleted_over_a_word_that_came_before_the_call() {
    let kinds: [(ObjectRef, Value); 4] = [
        (home("a"), account("a")),
        (user_key("ci"), machine("ci", "prod")),
        (group_key("g"), group("g")),
        (policy_key("p"), access_policy("p")),
    ];
    for (key, spec) in kinds {
        for word in WORDS {
            for when in WHEN {
                let mut house = furnished(Contract::Production);
                house.administrator();
                house.ready_with(&key, &deletes(spec.clone()));
                house.run(mins(8));
                house.way.vendors.latency.set(secs(10));
                house.forget_requests();
                if when.is_none() {
                    say(&house, &key, word);
                    house.run(mins(2));
                }
                house.delete(&key);
                let mut sent = 0;
                if let Some(seconds) = when {
                    house.run(secs(seconds));
                    sent = house.calls("DELETE");
                    if house.exists(&key) {
                        say(&house, &key, word);
                    }
                }
                house.run(mins(30));
                assert_eq!(house.calls("DELETE"), sent, "{key} {word} {when:?}\n{}", house.describe());
            }
        }
    }
}

/// Said of the object, or of its organization.
#[test]
fn nothing_is_changed_over_a_word_that_came_before_the_call() {
    for of in [home("a"), acme()] {
        for word in ["suspend", "observe"] {
            for when in [None, Some(2)] {
                let mut house = furnished(Contract::Production);
                house.ready_with(&home("a"), &account("a"));
                house.run(mins(8));
                house.way.vendors.latency.set(secs(10));
                house.forget_requests();
                if when.is_none() {
                    say(&house, &of, word);
                    house.run(mins(2));
                }
                let spec = with(house.object(&home("a"))["spec"].clone(), json!({"name": "b"}));
                house.apply(&home("a"), &spec);
                if let Some(seconds) = when {
                    house.run(secs(seconds));
                    say(&house, &of, word);
                }
                house.run(mins(20));
                assert_eq!(house.written(), [""; 0], "{of} {word} {when:?}\n{}", house.describe());
            }
        }
    }
}

/// One `ci` and a leftover of it, which a person made.
fn with_a_leftover() -> (House, String) {
    let mut house = furnished(Contract::Production);
    house.vendor().add_fault(Fault::once(&Method::POST, CREATE, FaultKind::BadGateway { effect: false }));
    house.apply(&ci(), &ci_spec());
    house.until(mins(2), "unknown", |house| house.waits(&ci(), "OutcomeUnknown"));
    let theirs = house.by_hand(|console| console.create_user(organization_id(), UserDetails::machine("ci")));
    house.until(mins(30), "asked", |house| !house.leftovers().is_empty() && house.ready(&ci()));
    house.run(mins(3));
    (house, theirs)
}

#[test]
pub fn what_another_took_over_meanwhile_is_not_deleted_by_the_answer() {
    for taken in [false, true] {
        let (mut house, theirs) = with_a_leftover();
        let digest = house.digest(&ci(), "ConfirmationRequired");
        house.apply(&ci(), &with(ci_spec(), json!({"suspend": true})));
        house.run(mins(2));
        if taken {
            let adopt = json!({"adopt": {"id": theirs}});
            house.apply(&user_key("other"), &with(machine("ci", "prod"), adopt));
            house.until(mins(30), "taken over", |house| house.id(&user_key("other")) == Some(theirs.clone()));
        }
        let spec = with(house.object(&ci())["spec"].clone(), json!({"suspend": false}));
        house.apply_with(&ci(), &spec, &json!({"orgkeeper.dev/confirm": digest}));
        house.run(mins(30));
        assert_eq!(house.users("ci").contains(&theirs), taken, "{}", house.describe());
        assert!(house.leftovers().is_empty(), "{}", house.describe());
    }
}

/// The vendor's own word that there is no such thing.
const NO_USER: &str = r#"{"response": {"status": {"code": 400}, "errors": [{"code": "USER_DOESNT_EXIST"}]}}"#;
const NO_SUBSCRIPTION: &str =
    r#"{"response": {"status": {"code": 400}, "errors": [{"code": "SUBSCRIPTION_DOESNT_EXIST"}]}}"#;

fn never_deletes(house: &House, path: &str, word: &'static str, times: usize) {
    house.way.vendors.scripted.borrow_mut().push(Scripted {
        method: Method::DELETE,
        path: path.into(),
        failing: Failing::Answer(400, word),
        times,
    });
}

#[test]
pub fn the_end_of_what_was_replaced_is_not_asked_for_without_end() {
    for times in [3, usize::MAX] {
        let mut house = one_account(Contract::Production);
        house.ready_with(&sub("s"), &subscription("prod", "sig-10"));
        house.run(mins(8));
        never_deletes(&house, "/events/subscription/", NO_SUBSCRIPTION, times);
        house.apply(&sub("s"), &subscription("prod", "sig-20"));
        house.run(mins(240));
        let failed = house.way.vendors.failed.get();
        assert!(failed <= 10, "{failed} times\n{}", house.describe());
        assert_eq!(house.subscribed().len() == 1, times == 3, "{}", house.describe());
    }
}

#[test]
fn the_end_of_a_rotations_old_user_is_not_asked_for_without_end() {
    for times in [3, usize::MAX] {
        let mut house = with_ci(Contract::Production);
        never_deletes(&house, "/setup/user/", NO_USER, times);
        house.annotate(&ci(), &json!({"orgkeeper.dev/rotate-requested-at": "one"}));
        house.run(mins(360));
        let failed = house.way.vendors.failed.get();
        assert!(failed <= 10, "{failed} times\n{}", house.describe());
        assert_eq!(house.users("ci").len() == 1, times == 3, "{}", house.describe());
    }
}

/// The manifest says nothing of its end: what was made for it goes, and nobody's else.
#[test]
fn whom_a_secret_names_during_a_rotation_does_not_go_with_the_object() {
    for contract in [Contract::Production, Contract::Published] {
        for forged in [false, true] {
            let mut house = with_ci(contract);
            house.apply(&ci(), &machine("ci", "prod"));
            house.run(mins(2));
            house.vendor().add_fault(Fault::once(
                &Method::POST,
                CREATE,
                FaultKind::BadGateway { effect: false },
            ));
            house.annotate(&ci(), &json!({"orgkeeper.dev/rotate-requested-at": "one"}));
            house.until(mins(2), "a rotation", |house| house.status(&ci())["token"]["rotation"].is_object());
            let theirs =
                house.by_hand(|console| console.create_user(organization_id(), UserDetails::machine("ci")));
            if forged {
                forge(&house, &theirs);
            }
            house.delete(&ci());
            house.until(mins(60), "gone", |house| !house.exists(&ci()));
            assert_eq!(house.users("ci"), [theirs], "{contract:?} {forged}\n{}", house.describe());
        }
    }
}

/// A call that the vendor is slow to answer is waited for at the end, and no longer than that: what becomes of it
/// comes before what a successor writes.
#[test]
fn nobody_writes_while_a_write_of_who_ended_may_still_be_carried_out() {
    for hangs in [false, true] {
        let mut house = furnished(Contract::Production);
        house.ready_with(&home("a"), &account("a"));
        house.run(mins(8));
        house.forget_requests();
        if hangs {
            house.way.vendors.scripted.borrow_mut().push(Scripted {
                method: Method::PUT,
                path: "/setup/account/".into(),
                failing: Failing::Hang,
                times: 1,
            });
        }
        let began = house.now();
        house.apply(&home("a"), &with(account("a"), json!({"name": "b"})));
        house.run(secs(1));
        house.processes[0].stop();
        house.start();
        house.run(secs(2));
        house.apply(&home("a"), &with(account("a"), json!({"name": "c"})));
        house.until(mins(10), "written", |house| house.named("c").len() == 1);
        let waited = house.now().since(began);
        // The call ended with the process, 20 s after it was told to end, and `settle` is a minute.
        assert_eq!(waited >= secs(80), hangs, "{waited:?}\n{}", house.describe());
    }
}

#[test]
fn whatever_may_be_left_is_named_however_much_it_is() {
    for many in [2_usize, 12] {
        let mut house = with_ci(Contract::Production);
        let old = house.id(&ci()).unwrap();
        house.vendor().add_fault(Fault::once(&Method::POST, CREATE, FaultKind::BadGateway { effect: false }));
        house.apply(&ci(), &with(ci_spec(), json!({"deletionPolicy": "Orphan"})));
        house.annotate(&ci(), &json!({"orgkeeper.dev/rotate-requested-at": "one"}));
        house.until(mins(2), "a rotation", |house| house.status(&ci())["token"]["rotation"].is_object());
        for _ in 0..many {
            house.by_hand(|console| console.create_user(organization_id(), UserDetails::machine("ci")));
        }
        house.delete(&ci());
        house.until(mins(30), "gone", |house| !house.exists(&ci()));
        let told: Vec<String> = house.events(&ci()).into_iter().map(|event| event.note).collect();
        for user in house.users("ci").into_iter().filter(|user| *user != old) {
            let named = told.iter().any(|note| note.contains(&user));
            assert!(named, "{user} of {many} is named nowhere\n{}", house.describe());
        }
    }
}
