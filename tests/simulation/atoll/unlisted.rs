//! What the vendor has no list of is known by its id alone: nothing is made that may be there already, nothing that may
//! have been made is made again, and what two reads lack is gone.

use super::both;
use super::deaths::dies;
use super::manifests::{hook, hook_spec, tenant, tenant_spec};
use super::server::{AtollServer, Hook, Lost};
use crate::deaths::Scenario;
use crate::support::house::{House, mins};
use crate::support::manifests::with;
use crate::support::network::{Failing, Scripted};
use http::Method;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::rc::Rc;

const ONE: &str = "https://one.example";
const TWO: &str = "https://two.example";

fn kept() -> (House, Rc<RefCell<AtollServer>>, String) {
    let (mut house, server) = both();
    house.apply(&hook("h"), &hook_spec("h", ONE));
    house.start();
    house.until(mins(5), "made", |house| house.ready(&hook("h")));
    house.run(mins(10));
    let id = house.id(&hook("h")).unwrap();
    (house, server, id)
}

fn adopted(id: &str) -> Value {
    with(hook_spec("h", ONE), json!({"adopt": {"policy": "Required", "id": id}}))
}

fn says_once_more(house: &House) {
    let answer = house.digest(&hook("h"), "Ready");
    house.annotate(&hook("h"), &json!({"orgkeeper.dev/confirm": answer}));
}

#[test]
fn what_no_list_shows_is_made_read_by_its_id_put_back_and_deleted() {
    let (mut house, server, id) = kept();
    assert_eq!(server.borrow().hooks, [(id.clone(), Hook { name: "h".into(), url: ONE.into() })].into());
    assert_eq!(server.borrow().calls_of("GET /hooks "), 0);
    house.apply(&hook("h"), &hook_spec("h", TWO));
    house.until(mins(2), "edited", |_| server.borrow().hooks[&id].url == TWO);
    house.until(mins(2), "ready", |house| house.ready(&hook("h")));
    house.run(mins(10));
    // Its turn comes in each resync.
    server.borrow_mut().hooks.get_mut(&id).unwrap().url = ONE.into();
    house.until(mins(30), "put back", |_| server.borrow().hooks[&id].url == TWO);
    house.until(mins(5), "ready", |house| house.ready(&hook("h")));
    house.delete(&hook("h"));
    house.until(mins(5), "gone", |house| !house.exists(&hook("h")));
    assert!(server.borrow().hooks.is_empty());
    assert_eq!((server.borrow().calls_of("POST"), server.borrow().calls_of("PATCH")), (1, 2));
}

#[test]
pub fn where_no_list_shows_whether_there_is_one_none_is_made_unless_a_person_says_so() {
    let (mut house, server) = both();
    let theirs = server.borrow_mut().make_hook("h", ONE);
    house.apply(&hook("h"), &with(hook_spec("h", ONE), json!({"adopt": {"policy": "IfExists"}})));
    house.start();
    house.until(mins(5), "asked", |house| house.stalled(&hook("h"), "AdoptionNeedsId"));
    house.run(mins(60));
    assert!(house.message(&hook("h"), "Ready").contains("write its id to spec.adopt.id"));
    assert_eq!(server.borrow().hooks.len(), 1);
    house.apply(&hook("h"), &adopted(&theirs));
    house.until(mins(5), "taken over", |house| house.ready(&hook("h")));
    assert_eq!((house.id(&hook("h")), server.borrow().calls_of("POST")), (Some(theirs), 0));
    let wrong = hook("wrong");
    house.apply(&wrong, &adopted("h-999"));
    house.until(mins(5), "not there", |house| house.stalled(&wrong, "AdoptionTargetNotFound"));
}

#[test]
pub fn what_no_list_would_show_is_not_made_again_unasked() {
    for carried_out in [true, false] {
        let (mut house, server) = both();
        let lost = if carried_out { Lost::After } else { Lost::Before };
        server.borrow_mut().losing.push_back(lost);
        house.apply(&hook("h"), &hook_spec("h", ONE));
        house.start();
        house.until(mins(10), "asked", |house| house.stalled(&hook("h"), "OutcomeUnknown"));
        house.run(mins(60));
        house.restart();
        house.run(mins(60));
        assert!(house.stalled(&hook("h"), "OutcomeUnknown"), "{}", house.describe());
        assert_eq!(server.borrow().calls_of("POST /hooks"), 1);
        let made = server.borrow().hooks.keys().next().cloned();
        match made {
            Some(id) => house.apply(&hook("h"), &adopted(&id)),
            None => says_once_more(&house),
        }
        house.until(mins(10), "ready", |house| house.ready(&hook("h")));
        house.run(mins(10));
        assert_eq!(server.borrow().hooks.len(), 1);
        assert_eq!(server.borrow().calls_of("POST /hooks"), if carried_out { 1 } else { 2 });
    }
}

#[test]
fn an_answer_without_an_id_leads_to_nothing_and_a_person_is_asked() {
    let (mut house, server) = both();
    server.borrow_mut().names = false;
    house.apply(&hook("h"), &hook_spec("h", ONE));
    house.start();
    house.until(mins(10), "asked", |house| house.stalled(&hook("h"), "OutcomeUnknown"));
    assert!(house.message(&hook("h"), "Ready").contains("named no id"));
    house.run(mins(60));
    assert_eq!(server.borrow().hooks.len(), 1);
    // What it made is named by nobody, so it stays.
    house.delete(&hook("h"));
    house.until(mins(5), "gone", |house| !house.exists(&hook("h")));
    assert_eq!(server.borrow().hooks.len(), 1);
    let events = house.way.cluster.events();
    assert!(
        events.iter().any(|event| event.about == hook("h") && event.note.contains("stays at the vendor"))
    );
}

#[test]
pub fn one_read_that_shows_nothing_proves_nothing_and_two_of_them_do() {
    let (mut house, server, id) = kept();
    let failing = Failing::Answer(404, r#"{"error": "no such hook"}"#);
    let denied = Scripted { method: Method::GET, path: format!("/hooks/{id}"), failing, times: 1 };
    house.way.vendors.scripted.borrow_mut().push(denied);
    house.run(mins(60));
    assert!(house.way.vendors.scripted.borrow()[0].times == 0 && house.ready(&hook("h")));
    assert!(house.status(&hook("h"))["asked"].is_null(), "{}", house.describe());
    server.borrow_mut().hooks.clear();
    let gone = house.now();
    house.until(mins(60), "missed", |house| house.stalled(&hook("h"), "ExternallyDeleted"));
    assert!(house.now().since(gone) >= house.way.settle);
    house.run(mins(60));
    assert_eq!(server.borrow().calls_of("POST /hooks"), 1);
    says_once_more(&house);
    house.until(mins(10), "made again", |house| house.ready(&hook("h")));
    assert_eq!(server.borrow().hooks.len(), 1);
}

#[test]
fn many_that_reads_lack_at_once_are_not_believed_gone() {
    let (mut house, server) = both();
    let names: Vec<String> = (0..12).map(|number| format!("h{number}")).collect();
    for name in &names {
        house.apply(&hook(name), &hook_spec(name, ONE));
    }
    house.start();
    house.until(mins(10), "made", |house| names.iter().all(|name| house.ready(&hook(name))));
    house.run(mins(10));
    let all = std::mem::take(&mut server.borrow_mut().hooks);
    house.until(mins(60), "not believed", |house| {
        house.condition(&tenant("acme"), "InventoryShrank").is_some_and(|(status, _)| status == "True")
    });
    house.run(mins(30));
    server.borrow_mut().hooks = all;
    house.until(mins(60), "there", |house| names.iter().all(|name| house.ready(&hook(name))));
    assert_eq!(server.borrow().calls_of("POST /hooks"), 12);
    // That some objects let go of theirs is no loss.
    for name in &names {
        house.apply(&hook(name), &with(hook_spec(name, ONE), json!({"deletionPolicy": "Orphan"})));
    }
    house.run(mins(2));
    names.iter().skip(1).for_each(|name| house.delete(&hook(name)));
    house.run(mins(60));
    assert!(house.ready(&tenant("acme")) && house.ready(&hook("h0")), "{}", house.describe());
    assert_eq!(server.borrow().hooks.len(), 12);
}

#[test]
fn reads_by_id_take_turns_within_what_a_person_allows() {
    let (mut house, server) = both();
    let mut few = tenant_spec("t-1");
    few["connection"]["requestsPerMinute"] = json!(20);
    house.apply(&tenant("acme"), &few);
    let names: Vec<String> = (0..40).map(|number| format!("h{number}")).collect();
    for name in &names {
        house.apply(&hook(name), &hook_spec(name, ONE));
    }
    house.start();
    house.until(mins(60), "made", |house| names.iter().all(|name| house.ready(&hook(name))));
    house.run(mins(30));
    // What is at rest is not read at once by a process that starts.
    house.restart();
    let before = server.borrow().calls_of("GET /hooks/");
    house.run(mins(2));
    let read = server.borrow().calls_of("GET /hooks/") - before;
    assert!(read <= 20, "{read}");
    server.borrow_mut().hooks.values_mut().for_each(|hook| hook.url = TWO.into());
    let put_back = || server.borrow().hooks.values().all(|hook| hook.url == ONE);
    house.until(mins(300), "put back", |_| put_back());
}

/// The process dies at every step, and a person says what came of the create.
fn dies_over(scenario: &Scenario<'_>) {
    dies(0, scenario);
}

fn is_ready(house: &House) -> bool {
    if house.stalled(&hook("h"), "OutcomeUnknown") {
        let made = house.atoll().hooks.iter().find(|(_, made)| made.name == "h").map(|(id, _)| id.clone());
        match made {
            Some(id) if house.object(&hook("h"))["spec"]["adopt"]["id"].is_null() => {
                house.apply(&hook("h"), &adopted(&id));
            }
            Some(_) => {}
            None => house.have_it_sent_again(&hook("h")),
        }
    }
    house.ready(&hook("h"))
}

fn is_kept(house: &mut House) {
    house.apply(&hook("h"), &hook_spec("h", ONE));
    house.until(mins(5), "ready", |house| house.ready(&hook("h")));
}

fn urls(house: &House) -> Vec<String> {
    house.atoll().hooks.values().filter(|hook| hook.name == "h").map(|hook| hook.url.clone()).collect()
}

#[test]
fn at_every_step_of_the_creation_of_what_no_list_shows() {
    dies_over(&Scenario {
        begin: &|_| {},
        act: &|house| house.apply(&hook("h"), &hook_spec("h", ONE)),
        ended: &is_ready,
        check: &|house| assert_eq!(urls(house), [ONE]),
    });
}

#[test]
fn at_every_step_of_its_edit() {
    dies_over(&Scenario {
        begin: &is_kept,
        act: &|house| house.apply(&hook("h"), &hook_spec("h", TWO)),
        ended: &|house| house.ready(&hook("h")),
        check: &|house| assert_eq!(urls(house), [TWO]),
    });
}

#[test]
fn at_every_step_of_its_deletion() {
    dies_over(&Scenario {
        begin: &is_kept,
        act: &|house| house.delete(&hook("h")),
        ended: &|house| !house.exists(&hook("h")),
        check: &|house| assert_eq!(urls(house), [""; 0]),
    });
}
