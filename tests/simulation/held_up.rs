//! A process that is held up between its leave to write and the socket sends in time or not at all (rule 13).

use crate::support::house::{House, mins, secs};
use crate::support::leaders::{holder, two_processes};
use crate::support::look::home;
use crate::support::manifests::{
    access_policy, account, group, group_key, machine, person, policy_key, user_key, with,
};
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::engine::run::End;
use serde_json::{Value, json};

/// What something is done to that makes the operator write to the vendor, and how it is done.
type Deed = fn() -> (ObjectRef, fn(&House, &ObjectRef));

/// A create of each kind, an update, a rotation, and a deletion.
const DEEDS: [(&str, Deed); 8] = [
    ("account", || (home("one"), |house, key| house.apply(key, &account("one")))),
    ("person", || (user_key("one"), |house, key| house.apply(key, &person("one")))),
    ("machine", || (user_key("one"), |house, key| house.apply(key, &machine("one", "base")))),
    ("group", || (group_key("one"), |house, key| house.apply(key, &group("one")))),
    ("policy", || (policy_key("one"), |house, key| house.apply(key, &access_policy("one")))),
    ("update", || (home("base"), |house, key| house.apply(key, &account("renamed")))),
    ("rotation", || {
        (user_key("robot"), |house, key| {
            house.annotate(key, &json!({"orgkeeper.dev/rotate-requested-at": "now"}));
        })
    }),
    ("deletion", || (home("gone"), House::delete)),
];

/// Two processes, of which the first leads, and what they have done.
fn settled() -> House {
    let mut house = two_processes();
    let delete = |spec: Value| with(spec, json!({"deletionPolicy": "Delete"}));
    house.apply(&home("base"), &account("base"));
    house.apply(&home("gone"), &delete(account("gone")));
    house.apply(&user_key("robot"), &machine("robot", "base"));
    let all = [home("base"), home("gone"), user_key("robot")];
    house.until(mins(3), "ready", |house| all.iter().all(|key| house.ready(key)));
    house
}

/// Whether what was asked for is done.
fn done(house: &House, key: &ObjectRef, before: usize) -> bool {
    (!house.exists(key) || house.ready(key)) && house.vendor_writes() > before
}

#[test]
fn whoever_is_held_up_until_another_has_the_lease_writes_nothing_when_it_goes_on() {
    for (what, deed) in DEEDS {
        for stopped in [true, false] {
            let mut house = settled();
            let before = house.vendor_writes();
            let (key, act) = deed();
            house.way.vendors.held_up.set(secs(10));
            act(&house, &key);
            house.run(secs(4));
            assert_eq!(house.vendor_writes(), before, "{what} is held up");
            house.processes[0].paused = stopped;
            house.way.vendors.held_up.set(secs(0));
            house.until(mins(5), "done", |house| done(house, &key, before));
            assert_eq!(holder(&house), if stopped { "process-2" } else { "process-1" }, "{what}");
            house.run(mins(1));
            let written = house.vendor_writes();
            house.processes[0].paused = false;
            house.run(mins(2));
            assert_eq!(house.processes[0].end.get(), stopped.then_some(End::LeaseLost), "{what}");
            assert_eq!(house.vendor_writes(), written, "{what}: {}", house.describe());
            assert_eq!(house.way.journal.broken(), [], "{what}");
        }
    }
}

#[test]
pub fn whoever_is_held_up_for_longer_than_its_leave_asks_anew() {
    for (what, deed) in DEEDS {
        let mut house = settled();
        let (before, timeout) = (house.vendor_writes(), house.way.call_timeout);
        let (key, act) = deed();
        house.way.vendors.held_up.set(timeout + secs(1));
        act(&house, &key);
        house.run(timeout + secs(5));
        assert_eq!(house.vendor_writes(), before, "{what}: it was too late");
        house.way.vendors.held_up.set(secs(0));
        house.until(mins(5), "done", |house| done(house, &key, before));
        house.run(mins(2));
        assert_eq!(house.way.journal.broken(), [], "{what}");
        let twice = ["one", "renamed"].iter().any(|name| house.named(name).len() > 1);
        assert!(!twice, "{what}: {}", house.describe());
    }
}
