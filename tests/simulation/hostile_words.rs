//! What is said, as a hostile reader broke it.

mod ends;

use crate::support::house::{House, mins, secs};
use crate::support::lists::{LISTS, List};
use crate::support::look::home;
use crate::support::manifests::{access_policy, account, person, policy_key, user_key, with};
use crate::support::network::{Failing, Scripted};
use crate::support::people::{furnished_kindly, organization_id};
use http::Method;
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::sandbox::spot::{Contract, UserDetails};
use orgkeeper::sandbox::{Fault, FaultKind};
use serde_json::{Value, json};

const JO: &str = "jo@elsewhere.example";
const AL: &str = "al@elsewhere.example";

/// The same with a list of grants.
fn with_list(list: List, names: &[&str]) -> House {
    let mut house = furnished_kindly(list.contract(), list.accounts());
    for name in names {
        house.ready_with(&list.target(name), &list.thing(name));
    }
    house.ready_with(&list.key(), &list.of(names));
    house.run(mins(8));
    house.forget_requests();
    house
}

/// Somebody renames it in the console.
fn rename(house: &House, key: &ObjectRef, to: &str, by: &str) {
    let (now, id) = (house.wall(), house.id(key).unwrap());
    let mut vendor = house.vendor();
    assert!(vendor.console(now).by(by).change_account(&id, |details| to.clone_into(&mut details.name)));
}

/// What there is to be read of the object but its drift of now: events and what was changed last.
fn traces(house: &House, key: &ObjectRef) -> Vec<String> {
    let events = house.events(key).into_iter().map(|event| format!("{}: {}", event.reason, event.note));
    let status = house.status(key);
    let last = status["lastChanges"].as_array().cloned().unwrap_or_default();
    events.chain(last.iter().map(ToString::to_string)).collect()
}

fn traces_of_the_gone(house: &House, key: &ObjectRef) -> Vec<String> {
    house.events(key).into_iter().map(|event| format!("{}: {}", event.reason, event.note)).collect()
}

#[track_caller]
fn leaves_a_trace(house: &House, key: &ObjectRef, text: &str) {
    let traces = traces(house, key);
    assert!(traces.iter().any(|one| one.contains(text)), "{text}\n{traces:#?}\n{}", house.describe());
}

// Several who change the same thing.

fn second_rename(changes: &Value, second: bool) {
    let mut house = furnished_kindly(Contract::Production, &["prod"]);
    let prod = home("prod");
    house.run(mins(6));
    house.apply(&prod, &with(account("prod"), changes.clone()));
    house.run(mins(1));
    rename(&house, &prod, "first", JO);
    house.run(mins(12));
    leaves_a_trace(&house, &prod, "first");
    if second {
        rename(&house, &prod, "second", AL);
        house.run(mins(12));
        assert_eq!(house.drift(&prod, "name").unwrap()["actual"], "second", "{}", house.describe());
        leaves_a_trace(&house, &prod, "second");
    }
}

#[test]
fn twin_what_is_changed_once_and_left_leaves_a_trace() {
    second_rename(&json!({"driftPolicy": "Report"}), false);
    second_rename(&json!({"managementPolicy": "Observe"}), false);
}

#[test]
fn what_is_changed_again_and_left_under_report_leaves_a_trace() {
    second_rename(&json!({"driftPolicy": "Report"}), true);
}

#[test]
fn what_is_changed_again_and_left_under_observe_leaves_a_trace() {
    second_rename(&json!({"managementPolicy": "Observe"}), true);
}

fn who_is_named(second: bool) {
    let mut house = furnished_kindly(Contract::Production, &["prod"]);
    let prod = home("prod");
    house.run(mins(6));
    house.apply(&prod, &with(account("prod"), json!({"driftPolicy": "Report"})));
    house.run(mins(1));
    rename(&house, &prod, "first", JO);
    house.run(mins(12));
    assert_eq!(house.drift(&prod, "name").unwrap()["actor"], JO, "{}", house.describe());
    if second {
        rename(&house, &prod, "second", AL);
        house.run(mins(12));
        let drift = house.drift(&prod, "name").unwrap();
        assert_eq!(drift["actual"], "second");
        assert_ne!(drift["actor"], JO, "{drift}\n{}", house.describe());
    }
}

#[test]
fn twin_who_made_a_difference_is_named() {
    who_is_named(false);
}

#[test]
fn nobody_is_named_for_what_another_made_of_it() {
    who_is_named(true);
}

#[test]
fn nobody_is_named_for_what_another_did_after_it_was_put_back() {
    let mut house = furnished_kindly(Contract::Production, &["prod"]);
    let prod = home("prod");
    house.run(mins(6));
    rename(&house, &prod, "first", JO);
    house.until(mins(6), "put back", |house| house.named("prod").len() == 1);
    house.run(secs(10));
    leaves_a_trace(&house, &prod, "first");
    rename(&house, &prod, "second", AL);
    house.until(mins(12), "put back", |house| house.named("prod").len() == 1);
    house.run(secs(10));
    let notes: Vec<String> = house.events(&prod).into_iter().map(|event| event.note).collect();
    let second: Vec<&String> = notes.iter().filter(|note| note.contains("second")).collect();
    assert!(!second.is_empty() && second.iter().all(|note| !note.contains(JO)), "{notes:#?}");
}

/// A stranger gives many things, and then one more.
fn more_than_room(many: usize) {
    let mut house = furnished_kindly(Contract::Production, &[]);
    let jo = user_key("jo");
    let intruder = house.policy("Intruder");
    house.ready_with(&jo, &with(person("jo"), json!({"driftPolicy": "Report", "policies": []})));
    house.run(mins(8));
    let id = house.id(&jo).unwrap();
    let accounts: Vec<String> = (0..many).map(|number| format!("act-{number:08x}")).collect();
    house.by_hand(|console| {
        console.change_user(&id, |user| user.grants.add("2", accounts.iter().map(String::as_str)))
    });
    house.until(mins(40), "told", |house| !house.status(&jo)["drift"].is_null());
    house.run(mins(10));
    house.by_hand(|console| console.change_user(&id, |user| user.grants.add(&intruder, ["*"])));
    house.run(mins(60));
    let drift = house.status(&jo)["drift"].to_string();
    if !drift.contains("Intruder") && !drift.contains(&intruder) {
        leaves_a_trace(&house, &jo, "Intruder");
    }
}

#[test]
fn twin_beside_few_differences_another_one_leaves_a_trace() {
    more_than_room(5);
}

// Who else has what is deleted.

fn bystander(broken: Option<u16>) {
    let mut house = furnished_kindly(Contract::Production, &[]);
    let reader = policy_key("reader");
    house.ready_with(&reader, &access_policy("reader"));
    let stranger =
        house.by_hand(|console| console.create_user(organization_id(), UserDetails::person("s@example.com")));
    house.run(mins(6));
    if let Some(status) = broken {
        house.way.vendors.scripted.borrow_mut().push(Scripted {
            method: Method::GET,
            path: format!("/setup/user/{stranger}"),
            failing: Failing::Answer(status, "<html>"),
            times: 100_000,
        });
    }
    house.delete(&reader);
    house.run(mins(60));
    assert!(!house.exists(&reader), "{broken:?}\n{}", house.describe());
}

#[test]
fn twin_a_policy_goes_that_a_stranger_does_not_have() {
    bystander(None);
}

#[test]
fn a_stranger_who_cannot_be_read_holds_up_no_deletion_of_a_policy() {
    bystander(Some(500));
}

fn told_of_bystanders(refused: bool) {
    let mut house = furnished_kindly(Contract::Production, &[]);
    let reader = policy_key("reader");
    house.ready_with(&reader, &access_policy("reader"));
    let id = house.id(&reader).unwrap();
    let stranger = |house: &House, name: &str| {
        house.by_hand(|console| {
            let mut details = UserDetails::person(&format!("{name}@example.com"));
            details.grants.add(&id, ["*"]);
            console.create_user(organization_id(), details)
        })
    };
    let told = |house: &House, who: &str| {
        let events = house.events(&reader);
        events.iter().any(|event| event.reason == "MappedElsewhere" && event.note.contains(who))
    };
    let first = stranger(&house, "first");
    house.run(mins(6));
    if refused {
        let fault = Fault { method: Some("DELETE".into()), ..Fault::always(FaultKind::Forbidden) };
        house.vendor().add_fault(fault);
        house.delete(&reader);
        house.run(mins(30));
        assert!(house.exists(&reader));
        let second = stranger(&house, "second");
        house.run(mins(90));
        assert!(house.exists(&reader), "{:#?}\n{}", traces_of_the_gone(&house, &reader), house.describe());
        let early = told(&house, &first);
        house.vendor().clear_faults();
        house.annotate(&reader, &json!({"orgkeeper.dev/reconcile-requested-at": "now"}));
        house.until(mins(60), "gone", |house| !house.exists(&reader));
        house.run(secs(5));
        assert!(told(&house, &second), "the second is told\n{:#?}", traces_of_the_gone(&house, &reader));
        assert!(!early, "nothing was deleted then\n{:#?}", traces_of_the_gone(&house, &reader));
    } else {
        house.delete(&reader);
        house.until(mins(60), "gone", |house| !house.exists(&reader));
        house.run(secs(5));
        assert!(told(&house, &first));
    }
}

#[test]
fn twin_who_loses_a_policy_is_told() {
    told_of_bystanders(false);
}

#[test]
fn who_loses_a_policy_is_told_when_it_goes_and_not_when_that_is_refused() {
    told_of_bystanders(true);
}

// Lists with a gap.

fn production() -> impl Iterator<Item = List> {
    LISTS.into_iter().filter(|list| list.contract() == Contract::Production)
}

/// An edit beside a gap, where strangers gave and took too.
fn edit_beside_strangers(gap: bool) {
    for list in production() {
        let mut house = with_list(list, &["a", "b", "c"]);
        let [a, b, c] = ["a", "b", "c"].map(|name| house.id(&list.target(name)).unwrap());
        house.ready_with(&list.target("x"), &list.thing("x"));
        let strange = house.id(&list.target("x")).unwrap();
        if gap {
            list.lose(&mut house, "a");
            list.take_by_hand(&house, &a);
            list.give_by_hand(&house, &strange);
        }
        house.run(mins(20));
        house.apply(&list.key(), &list.of(&["a", "c"]));
        house.until(mins(10), "taken away", |house| !list.gives(house, &b));
        house.run(mins(30));
        assert!(list.gives(&house, &c), "{list:?}\n{}", house.describe());
        assert_eq!(list.gives(&house, &a), !gap, "{list:?}: a\n{}", house.describe());
        assert_eq!(list.gives(&house, &strange), gap, "{list:?}: x\n{}", house.describe());
    }
}

#[test]
fn twin_an_edit_without_a_gap_takes_out_what_it_says() {
    edit_beside_strangers(false);
}

#[test]
fn an_edit_beside_a_gap_writes_nothing_of_what_strangers_did() {
    edit_beside_strangers(true);
}

#[test]
fn twin_what_somebody_took_without_a_gap_is_put_back() {
    for list in production() {
        let mut house = with_list(list, &["a", "b"]);
        let a = house.id(&list.target("a")).unwrap();
        list.take_by_hand(&house, &a);
        house.until(mins(60), "put back", |house| list.gives(house, &a));
        house.run(mins(1));
        leaves_a_trace(&house, &list.key(), "DriftCorrected");
    }
}

// Statuses that others wrote.

fn status_edit(meanwhile: impl Fn(&mut House), annotated: bool) {
    let mut house = furnished_kindly(Contract::Production, &["prod"]);
    let prod = home("prod");
    house.run(mins(6));
    meanwhile(&mut house);
    let before = house.status(&prod);
    house.way.cluster.edit(&prod, |object| {
        object["status"]["conditions"][0]["message"] = json!("All is well.");
        object["status"]["message"] = json!("All is well.");
        object["status"]["state"] = json!("Blocked");
        if annotated {
            object["metadata"]["annotations"]["example.com/restored"] = json!("yes");
        }
    });
    house.until(secs(60), "put right", |house| {
        house.status(&prod)["message"] == before["message"] && house.status(&prod)["state"] == before["state"]
    });
}

fn edit_just_now(house: &mut House) {
    house.apply(&home("prod"), &account("edited"));
    house.until(mins(2), "written", |house| house.named("edited").len() == 1);
    house.run(secs(20));
}

#[test]
fn twin_a_status_that_somebody_wrote_is_put_right_after_an_edit() {
    status_edit(|_| {}, false);
    status_edit(edit_just_now, false);
}

#[test]
fn twin_a_status_that_somebody_wrote_with_an_annotation_is_put_right_at_rest() {
    status_edit(|_| {}, true);
}

#[test]
fn a_status_that_somebody_wrote_with_an_annotation_is_put_right_after_an_edit() {
    status_edit(edit_just_now, true);
}

/// Somebody else's controller writes its word into the status, again and again.
fn stamped(every: u64) -> (usize, usize) {
    let mut house = furnished_kindly(Contract::Production, &["prod"]);
    let prod = home("prod");
    house.run(mins(6));
    house.forget_requests();
    let before = house.writes(&prod);
    for _ in 0..(3_600 / every) {
        house.way.cluster.edit(&prod, |object| object["status"]["message"] = json!("Mine."));
        house.run(secs(every));
    }
    (house.writes(&prod) - before, house.calls("GET"))
}

#[test]
fn twin_a_status_that_is_written_over_now_and_then_is_put_right_each_time() {
    let (writes, calls) = stamped(1_200);
    assert!((1..=6).contains(&writes), "{writes} {calls}");
}
