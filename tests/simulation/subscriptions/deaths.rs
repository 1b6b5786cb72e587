//! Death at every call and every write: no duplicate, no orphan, exactly one at the end.

use crate::deaths::{Scenario, dies_everywhere};
use crate::support::house::{House, mins, secs};
use crate::support::manifests::with;
use crate::support::subscriptions::{HOOK, sub, subscribing, subscription};
use orgkeeper::sandbox::spot::Contract;
use serde_json::json;

fn furnished(house: &mut House) {
    let plain = std::mem::replace(house, House::new(Contract::Production));
    *house = subscribing(plain, &["prod"]);
}

fn kept(house: &mut House) {
    furnished(house);
    house.apply(&sub("s"), &subscription("prod", "sig-10"));
    house.until(mins(5), "ready", |house| house.ready(&sub("s")));
    house.run(mins(3));
}

fn adopted(house: &mut House) {
    furnished(house);
    let id = house.subscribe_by_hand("prod", "sig-10", HOOK);
    house.run(secs(30));
    let by_id = json!({"adopt": {"policy": "Required", "id": id}});
    house.apply(&sub("s"), &with(subscription("prod", "sig-10"), by_id));
    house.until(mins(5), "ready", |house| house.ready(&sub("s")));
    house.run(mins(3));
}

const CREATE: Scenario<'static> = Scenario {
    begin: &furnished,
    act: &|house| house.apply(&sub("s"), &subscription("prod", "sig-10")),
    ended: &|house| house.ready(&sub("s")),
    check: &|house| house.assert_the_only_one(&sub("s"), "sig-10"),
};

const REPLACE: Scenario<'static> = Scenario {
    begin: &kept,
    act: &|house| house.apply(&sub("s"), &subscription("prod", "sig-20")),
    ended: &|house| house.ready(&sub("s")),
    check: &|house| house.assert_the_only_one(&sub("s"), "sig-20"),
};

const REPLACE_ADOPTED: Scenario<'static> = Scenario {
    begin: &adopted,
    act: &|house| {
        let spec = house.object(&sub("s"))["spec"].clone();
        house.apply(&sub("s"), &with(spec, json!({"resourceId": "sig-20"})));
    },
    ..REPLACE
};

const DELETE: Scenario<'static> = Scenario {
    begin: &kept,
    act: &|house| house.delete(&sub("s")),
    ended: &|house| !house.exists(&sub("s")),
    check: &|house| assert!(house.subscribed().is_empty(), "{}", house.describe()),
};

/// Deleted right after the edit: whatever was made and whatever was there goes.
const DELETE_REPLACING: Scenario<'static> = Scenario {
    act: &|house| {
        house.apply(&sub("s"), &subscription("prod", "sig-20"));
        house.delete(&sub("s"));
    },
    ..DELETE
};

/// Something that a person does, and what it is called.
type Act<'a> = (&'a str, &'a dyn Fn(&House));

#[test]
fn at_every_step_of_a_create() {
    dies_everywhere(&CREATE);
}

#[test]
fn at_every_step_of_a_replacement() {
    dies_everywhere(&REPLACE);
}

#[test]
fn at_every_step_of_the_replacement_of_what_was_adopted_by_its_id() {
    dies_everywhere(&REPLACE_ADOPTED);
}

#[test]
fn at_every_step_of_a_deletion() {
    dies_everywhere(&DELETE);
}

#[test]
fn at_every_step_of_a_deletion_after_an_edit() {
    dies_everywhere(&DELETE_REPLACING);
}

/// Killed somewhere in a replacement, and deleted or edited back while nobody runs.
#[test]
fn what_happens_to_the_manifest_while_nobody_runs_leaves_one_or_none() {
    let deleted = |house: &House| house.delete(&sub("s"));
    let back = |house: &House| house.apply(&sub("s"), &subscription("prod", "sig-10"));
    let onward = |house: &House| {
        let format = json!({"eventType": "GROUP_ROLL_FAILED"});
        house.apply(&sub("s"), &with(subscription("prod", "sig-10"), format));
    };
    let acts: [Act<'_>; 3] = [("deleted", &deleted), ("back", &back), ("onward", &onward)];
    for (name, act) in acts {
        for lag in [0, 10] {
            for step in 0..40 {
                let mut house = House::new(Contract::Production).with_lag(secs(lag));
                kept(&mut house);
                house.dies_after(step);
                house.apply(&sub("s"), &subscription("prod", "sig-20"));
                house.run(secs(20));
                act(&house);
                let died = house.is_dead();
                house.restart();
                let text = format!("{name} lag {lag} step {step}");
                let ended = |house: &House| {
                    if name == "deleted" { !house.exists(&sub("s")) } else { house.ready(&sub("s")) }
                };
                house.until(mins(120), &text, ended);
                house.run(mins(20));
                if name == "deleted" {
                    // What was found after a lost answer is named, and left.
                    let told = house.events(&sub("s"));
                    let named = |id: &str| told.iter().any(|event| event.note.contains(id));
                    let left = house.subscriptions();
                    assert!(left.len() <= 1, "{text}\n{}", house.describe());
                    assert!(left.iter().all(|(id, _)| named(id)), "{text}\n{}", house.describe());
                } else {
                    house.assert_the_only_one_beside(&sub("s"), "sig-10", 1);
                }
                if !died {
                    break;
                }
            }
        }
    }
}
