//! A strict client's view of every write: the good body passes, and each way to spoil it is
//! refused in the contract's own words. The ways are worked out from the good body.

mod writes;

use std::collections::BTreeSet;

use http::Method;
use orgkeeper::sandbox::spot::{Contract, operations};
use serde_json::{Value, json};

use self::writes::{World, Write};
use crate::harness::Bench;

const CONTRACTS: [Contract; 2] = [Contract::Production, Contract::Published];

/// `/policy/statements/0/effect` as errors name it: `body:policy.statements[0].effect`.
fn field(pointer: &str) -> String {
    let mut field = "body:".to_owned();
    for part in pointer.split('/').skip(1) {
        if part.chars().all(|char| char.is_ascii_digit()) {
            field.extend(["[", part, "]"]);
        } else {
            if !field.ends_with(':') {
                field.push('.');
            }
            field.push_str(part);
        }
    }
    field
}

/// The pointers of all values in a body, without those below what may be anything.
fn pointers(value: &Value, at: &str, free: &[&str], found: &mut Vec<String>) {
    if !at.is_empty() {
        found.push(at.to_owned());
    }
    if free.contains(&at) {
        return;
    }
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                pointers(value, &format!("{at}/{key}"), free, found);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                pointers(value, &format!("{at}/{index}"), free, found);
            }
        }
        _ => {}
    }
}

fn all_pointers(write: &Write) -> Vec<String> {
    let mut found = Vec::new();
    pointers(&write.body, "", write.free, &mut found);
    found
}

fn replaced(body: &Value, pointer: &str, value: Value) -> Value {
    let mut body = body.clone();
    *body.pointer_mut(pointer).expect("the pointer leads somewhere") = value;
    body
}

fn without(body: &Value, pointer: &str) -> Value {
    let mut body = body.clone();
    let (parent, member) = pointer.rsplit_once('/').expect("a pointer has a slash");
    let parent = body.pointer_mut(parent).and_then(Value::as_object_mut).expect("an object's member");
    parent.remove(member).expect("the member is there");
    body
}

/// What a member may not be: a container in the place of a text, a text in that of a container.
fn wrong(value: &Value) -> Value {
    match value {
        Value::Object(_) | Value::Array(_) => json!("text"),
        _ => json!({"an": "object"}),
    }
}

/// Sends a spoilt request and checks the refusal.
fn refused(world: &mut World, write: &Write, target: &str, body: &Value, code: &str, field: &str) {
    let bench = &mut world.bench;
    let revision = bench.sandbox.revision();
    let answer = bench.call(write.method.as_str(), target, body);
    let value = answer.value();
    let told = format!("{} {target} {body}: {value}", write.operation);
    assert_eq!(bench.sandbox.revision(), revision, "a refusal changes nothing: {told}");
    match world.contract {
        Contract::Production => {
            assert_eq!(answer.status, 400, "{told}");
            let error = &value["response"]["errors"][0];
            assert_eq!(error["code"], code, "{told}");
            assert_eq!(error["field"].as_str().unwrap_or_default(), field, "{told}");
        }
        Contract::Published => {
            let status = if code == "ValidationError" { 400 } else { 404 };
            assert_eq!(answer.status, status, "{told}");
            assert!(value["error"].is_string() && value["message"].is_string(), "{told}");
            assert!(value.get("response").is_none(), "{told}");
        }
    }
}

/// Every write of both contracts, each with a world of its own in which it may be made.
fn each(test: impl Fn(&mut World, &Write)) {
    for contract in CONTRACTS {
        for write in World::new(contract).writes() {
            // The seed is the same, so the ids are too.
            test(&mut World::new(contract), &write);
        }
    }
}

#[test]
fn every_write_is_among_them() {
    for contract in CONTRACTS {
        let reads = |route: &orgkeeper::sandbox::ServedRoute| route.method == Method::GET;
        let served: BTreeSet<_> =
            operations(contract).filter(|route| !reads(route)).map(|route| route.operation).collect();
        let written: BTreeSet<_> =
            World::new(contract).writes().iter().map(|write| write.operation.to_owned()).collect();
        assert_eq!(written, served, "{contract:?}");
    }
}

#[test]
fn a_good_body_passes() {
    each(|world, write| {
        world.bench.good(write.method.as_str(), &write.target(), &write.body);
        let entry = world.bench.sandbox.requests().entries().last().unwrap();
        assert_eq!(entry.effect, !write.operation.starts_with("validate"), "{}", write.operation);
    });
}

#[test]
fn an_unknown_member_is_refused_in_production_and_let_pass_in_published() {
    each(|world, write| {
        let objects = all_pointers(write).into_iter().chain([String::new()]).filter(|pointer| {
            !write.free.contains(&pointer.as_str())
                && write.body.pointer(pointer).is_some_and(Value::is_object)
        });
        for pointer in objects {
            let mut body = write.body.clone();
            body.pointer_mut(&pointer).unwrap()["surplus"] = json!(1);
            match world.contract {
                Contract::Production => {
                    let field = field(&format!("{pointer}/surplus"));
                    refused(world, write, &write.target(), &body, "ValidationError", &field);
                }
                Contract::Published => {
                    let mut fresh = World::new(world.contract);
                    fresh.bench.good(write.method.as_str(), &write.target(), &body);
                }
            }
        }
    });
}

#[test]
fn a_wrong_type_is_refused() {
    each(|world, write| {
        for pointer in all_pointers(write) {
            let value = wrong(write.body.pointer(&pointer).unwrap());
            let body = replaced(&write.body, &pointer, value);
            refused(world, write, &write.target(), &body, "ValidationError", &field(&pointer));
        }
    });
}

#[test]
fn a_required_member_cannot_be_left_out_or_null() {
    each(|world, write| {
        for pointer in write.required {
            for body in [without(&write.body, pointer), replaced(&write.body, pointer, Value::Null)] {
                refused(world, write, &write.target(), &body, "ValidationError", &field(pointer));
            }
        }
    });
}

#[test]
fn an_unknown_id_in_the_path_is_a_missing_object() {
    each(|world, write| {
        if let Some(missing) = write.missing {
            let target = write.target_of("unknown-1");
            refused(world, write, &target, &write.body, missing, "");
        } else {
            assert!(!write.path.contains("{}"));
        }
    });
}

#[test]
fn an_account_that_is_required_or_unknown_is_refused() {
    each(|world, write| {
        if !write.scoped {
            return;
        }
        let bare = write.target_of(&write.id);
        let (bare, _) = bare.split_once('?').expect("the account is named");
        let unknown = format!("{bare}?accountId=act-00000000");
        refused(world, write, &unknown, &write.body, "Account_DOESNT_EXIST", "");
        if write.needs_account {
            refused(world, write, bare, &write.body, "ValidationError", "query.accountId");
        } else {
            world.bench.good(write.method.as_str(), bare, &write.body);
        }
    });
}

#[test]
fn an_unknown_query_key_is_refused_in_production_and_let_pass_in_published() {
    each(|world, write| {
        let target = write.target();
        let mark = if target.contains('?') { '&' } else { '?' };
        let target = format!("{target}{mark}surplus=1");
        match world.contract {
            Contract::Production => {
                refused(world, write, &target, &write.body, "ValidationError", "query.surplus");
            }
            Contract::Published => {
                world.bench.good(write.method.as_str(), &target, &write.body);
            }
        }
    });
}

#[test]
fn a_text_that_is_too_long_or_cannot_be_seen_is_refused() {
    each(|world, write| {
        for pointer in all_pointers(write) {
            let Some(text) = write.body.pointer(&pointer).and_then(Value::as_str) else {
                continue;
            };
            for spoilt in [format!("{text}\u{7}"), format!("{text}\u{9b}"), text.repeat(20_000)] {
                let body = replaced(&write.body, &pointer, json!(spoilt));
                refused(world, write, &write.target(), &body, "ValidationError", &field(&pointer));
            }
        }
    });
}

#[test]
fn what_is_no_json_object_is_refused() {
    each(|world, write| {
        if write.body.is_null() {
            return;
        }
        for text in ["[]", "3", "{", "null"] {
            let mut request = world.bench.request(write.method.as_str(), &write.target(), &Value::Null);
            request.body = text.into();
            let reply = world.bench.handle(&request);
            assert_eq!(reply.answer().unwrap().status, 400, "{} {text}", write.operation);
        }
    });
}

#[test]
fn without_a_token_nothing_is_written() {
    each(|world, write| {
        world.bench.token = None;
        let bench: &mut Bench = &mut world.bench;
        let answer = bench.call(write.method.as_str(), &write.target(), &write.body);
        assert_eq!(answer.status, 401, "{}", write.operation);
    });
}
