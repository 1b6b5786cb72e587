//! The way back: an earlier program takes over from this one in the middle of something. It goes by the members of
//! status that it knows, so what they say has to be what it would have written itself there.

use super::stages;
use crate::support::fixture;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The version whose fixtures tell what the earlier program writes.
const EARLIER: &str = "0.1.0";

/// Where this program writes otherwise on purpose: the stage, the object, and why the earlier one makes nothing a
/// second time by it all the same.
const OTHERWISE: [(&str, &str, &str); 4] = [
    ("rotation-again-unsent", "SpotUser ci", LEFT),
    ("rotation-again-made", "SpotUser ci", LEFT),
    ("delete-created-token-there", "SpotOrganization acme", ASKED),
    ("published-delete-created-token-there", "SpotOrganization acme", ASKED),
];
const LEFT: &str = "the first new user is left at the vendor, so it is one more that the next one is not";
const ASKED: &str = "that a person is asked for a token is written down, which says nothing of what is made";

/// What every kind's status had, besides what is told of it below and what says nothing of what is to be done.
const STATUS: [&str; 7] =
    ["id", "organizationId", "containerId", "superseded", "replaced", "deletionSentAt", "asked"];

/// What is there of a member; of what differs from run to run, that it is there.
fn told(of: &Value, member: &str) -> Value {
    match &of[member] {
        Value::Null => Value::Null,
        Value::Array(list) => json!(list.len()),
        Value::Bool(_) => of[member].clone(),
        _ => json!("there"),
    }
}

/// The fields that were applied, without the ids in them; the entry of an intent is none, and an earlier program
/// drops it.
fn fields(applied: &Map<String, Value>) -> BTreeSet<&str> {
    let fields = applied.keys().filter(|path| *path != "?" && !path.ends_with("[]"));
    fields.map(|path| path.split('[').next().unwrap_or(path)).collect()
}

fn all_told(of: &Value, members: &[&str]) -> Value {
    if of.is_null() {
        return Value::Null;
    }
    Value::Object(
        members.iter().map(|member| ((*member).to_owned(), told(of, member))).collect::<Map<_, _>>(),
    )
}

/// What an earlier program goes by, when it decides whether something is to be made, taken over or deleted.
fn word(object: &Value) -> Value {
    let (status, token) = (&object["status"], &object["status"]["token"]);
    // Not how often: what is put off in an unkind world may count twice.
    let guard = ["recent", "released"].map(|member| status["guard"][member].is_array());
    json!({
        "finalizers": object["metadata"]["finalizers"].as_array().map_or(0, Vec::len),
        "status": all_told(status, &STATUS),
        "origin": status["origin"],
        "deletionPolicy": status["deletionPolicy"],
        "contract": status["contract"]["decided"],
        "lastApplied": status["lastApplied"].as_object().map(fields),
        "guard": guard,
        "pendingCreate": all_told(&status["pendingCreate"], &["key", "since", "seen"]),
        "token": all_told(token, &["secret", "notReturned", "lost", "madeAgainFor", "lastHandledRotateAt"]),
        "rotation": all_told(&token["rotation"], &["requested", "key", "since", "seen", "again", "oldId", "switchedAt"]),
    })
}

fn words(objects: Vec<Value>) -> BTreeMap<String, Value> {
    let named = objects
        .into_iter()
        .filter(|object| object["apiVersion"].as_str().is_some_and(|it| it.contains("orgkeeper")));
    let key = |object: &Value| {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        format!("{} {}", text(&object["kind"]), text(&object["metadata"]["name"]))
    };
    named.map(|object| (key(&object), word(&object))).collect()
}

#[test]
fn an_earlier_program_reads_what_it_would_have_written() {
    let mut wrong = Vec::new();
    let mut compared = 0;
    let mut meant = Vec::from_iter(OTHERWISE.map(|(stage, object, _)| (stage, object)));
    let fixtures = fixture::all();
    for stage in stages::all() {
        let Some(earlier) = fixtures.get(&format!("{EARLIER}/{}", stage.name)) else { continue };
        let (then, now) = (words(earlier.house().way.cluster.all()), words(stage.reach().way.cluster.all()));
        compared += 1;
        for (object, then) in &then {
            let now = now.get(object).cloned().unwrap_or_default();
            if now == *then {
                continue;
            }
            let known = meant.iter().position(|one| *one == (stage.name.as_str(), object.as_str()));
            match known {
                Some(index) => drop(meant.swap_remove(index)),
                None => wrong.push(format!("{} {object}\n    then {then}\n    now  {now}", stage.name)),
            }
        }
    }
    assert!(compared > 200, "only {compared} stages");
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(meant.is_empty(), "no longer otherwise: {meant:?}");
}
