//! Reading and writing a list of conditions.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use orgkeeper::api::conditions::{ConditionStatus, ConditionType, Finding, clear, find, is_true, set};
use std::collections::BTreeSet;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn ready(status: ConditionStatus, reason: &'static str, message: &str) -> Finding {
    Finding { kind: ConditionType::Ready, status, reason, message: message.to_owned() }
}

fn since(conditions: &[Condition]) -> Timestamp {
    find(conditions, ConditionType::Ready).unwrap().last_transition_time.0
}

#[test]
fn the_transition_time_moves_only_when_the_status_flips() {
    let mut conditions = Vec::new();
    assert!(set(&mut conditions, &ready(ConditionStatus::False, "Creating", "on its way"), 1, at(0)));
    assert_eq!(since(&conditions), at(0));

    assert!(set(&mut conditions, &ready(ConditionStatus::False, "Waiting", "for its Secret"), 2, at(10)));
    assert_eq!(since(&conditions), at(0), "another reason is no transition");
    let current = find(&conditions, ConditionType::Ready).unwrap();
    assert_eq!((current.reason.as_str(), current.message.as_str()), ("Waiting", "for its Secret"));
    assert_eq!(current.observed_generation, Some(2));

    assert!(set(&mut conditions, &ready(ConditionStatus::True, "InSync", ""), 2, at(20)));
    assert_eq!(since(&conditions), at(20));
    assert_eq!(conditions.len(), 1);
}

#[test]
fn saying_the_same_again_changes_nothing() {
    let mut conditions = Vec::new();
    let finding = ready(ConditionStatus::True, "InSync", "as declared");
    assert!(set(&mut conditions, &finding, 3, at(0)));
    let before = conditions.clone();
    assert!(!set(&mut conditions, &finding, 3, at(60)));
    assert_eq!(conditions, before);
}

#[test]
fn what_is_stored_is_what_was_set() {
    let mut conditions = Vec::new();
    let fraction = Timestamp::from_millisecond(1_800_000_000_999).unwrap();
    set(&mut conditions, &ready(ConditionStatus::True, "InSync", ""), 1, fraction);
    let stored: Vec<Condition> = serde_json::from_value(serde_json::to_value(&conditions).unwrap()).unwrap();
    assert_eq!(stored, conditions, "Kubernetes keeps whole seconds, and so do we");
}

#[test]
fn another_type_is_left_alone_and_the_order_stays() {
    let mut conditions = Vec::new();
    let stalled = Finding {
        kind: ConditionType::Stalled,
        status: ConditionStatus::True,
        reason: "Forbidden",
        message: String::new(),
    };
    set(&mut conditions, &ready(ConditionStatus::Unknown, "Starting", ""), 1, at(0));
    set(&mut conditions, &stalled, 1, at(0));
    set(&mut conditions, &ready(ConditionStatus::False, "Forbidden", ""), 1, at(1));
    let order: Vec<&str> = conditions.iter().map(|condition| condition.type_.as_str()).collect();
    assert_eq!(order, ["Ready", "Stalled"]);
    assert!(is_true(&conditions, ConditionType::Stalled));
    assert!(!is_true(&conditions, ConditionType::Ready));
    assert!(!is_true(&conditions, ConditionType::Drifted));

    assert!(clear(&mut conditions, ConditionType::Stalled));
    assert!(!clear(&mut conditions, ConditionType::Stalled));
    assert_eq!(conditions.len(), 1);
}

#[test]
fn a_message_that_is_too_long_is_cut_between_characters() {
    let mut conditions = Vec::new();
    set(&mut conditions, &ready(ConditionStatus::False, "Refused", &"é".repeat(20_000)), 1, at(0));
    let message = &find(&conditions, ConditionType::Ready).unwrap().message;
    assert_eq!(message.len(), 32_768);
    assert!(message.chars().all(|c| c == 'é'));

    set(
        &mut conditions,
        &ready(ConditionStatus::False, "Refused", &format!("a{}", "é".repeat(20_000))),
        1,
        at(0),
    );
    assert_eq!(find(&conditions, ConditionType::Ready).unwrap().message.len(), 32_767);
}

#[test]
fn every_type_has_a_name_of_its_own_that_kubernetes_accepts() {
    let names: BTreeSet<&str> = ConditionType::ALL.iter().map(|kind| kind.as_str()).collect();
    assert_eq!(names.len(), ConditionType::ALL.len());
    for name in names {
        assert!(name.starts_with(|c: char| c.is_ascii_uppercase()), "{name}");
        assert!(name.chars().all(|c| c.is_ascii_alphabetic()), "{name}");
    }
}
