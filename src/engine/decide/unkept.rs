//! What is said of an object of which nothing is carried out: its status would say for ever how it stood before.

use crate::api::conditions::ConditionType;
use crate::api::finalizer;
use crate::api::status::CommonStatus;
use crate::engine::base::health::Findings;
use crate::engine::base::merge_patch;
use crate::engine::base::reason::Reason;
use crate::engine::decide::report;
use crate::engine::decide::state::Circumstances;
use jiff::Timestamp;
use serde::Deserialize as _;
use serde_json::{Value, json};

/// What is to be said in the status besides what is `stored`, if anything is; nothing in one that cannot be read. `ends`:
/// the object is being deleted.
pub fn said(
    stored: &Value,
    (generation, ends): (i64, bool),
    (reason, text): (Reason, String),
    now: Timestamp,
) -> Option<Value> {
    let stored = if stored.is_null() { &json!({}) } else { stored };
    let before = CommonStatus::deserialize(stored).ok()?;
    let mut findings = Findings::stalled(reason, text.clone());
    if ends {
        findings = findings.with(ConditionType::DeletionBlocked, reason, text);
    }
    let mut status = before.clone();
    let circumstances = Circumstances { unwritten: None, ends, answers: &[] };
    report::write(&mut status, &findings, circumstances, generation, now);
    // What it asks for was not looked at.
    status.observed_generation = before.observed_generation;
    let as_value = |status: &CommonStatus| serde_json::to_value(status).unwrap_or_default();
    merge_patch::patch(&as_value(&before), &as_value(&status))
}

/// Why nothing is carried out of what exists of a vendor that is off. `id` is that of what the object stands for.
pub fn vendor_off(vendor: &str, id: Option<&str>, ends: bool) -> (Reason, String) {
    let held = if ends { ", its deletion neither" } else { "" };
    let deleted = if ends { "" } else { "delete it and " };
    let stays = id.map_or("whatever it stands for".to_owned(), |id| format!("{id}, for which it stands,"));
    let text = format!(
        "The vendor {vendor} is switched off in this installation: nothing of the object is carried out{held}. Switch the \
         vendor on again (--vendors; in the chart providers.{vendor}.enabled). Or, to be rid of the object without it, \
         {deleted}take the finalizer {} off by hand: {stays} stays at the vendor then.",
        finalizer::OBJECT,
    );
    (Reason::VendorOff, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::conditions;
    use crate::engine::base::merge_patch::merge;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn it_is_said_once_and_anew_when_the_object_begins_to_end() {
        let mut stored = json!({"id": "act-1", "observedGeneration": 3});
        for (generation, ends) in [(4, false), (5, true)] {
            let off = || vendor_off("spot", Some("act-1"), ends);
            let patch = said(&stored, (generation, ends), off(), at(1)).unwrap();
            merge(&mut stored, &patch);
            assert_eq!(said(&stored, (generation, ends), off(), at(9)), None);
            let status = CommonStatus::deserialize(&stored).unwrap();
            assert_eq!((status.id.as_deref(), status.observed_generation), (Some("act-1"), 3));
            let blocked = conditions::find(&status.conditions, ConditionType::DeletionBlocked);
            assert_eq!(blocked.is_some(), ends, "{stored}");
            let stalled = conditions::find(&status.conditions, ConditionType::Stalled).unwrap();
            assert!(stalled.message.contains("act-1, for which it stands, stays at the vendor"), "{stored}");
            assert_eq!(stalled.reason, "VendorOff");
        }
    }

    #[test]
    fn what_cannot_be_read_is_left_and_what_others_say_stays() {
        assert_eq!(said(&json!({"conditions": 1}), (1, true), vendor_off("spot", None, true), at(1)), None);
        let theirs = json!({"type": "Theirs", "status": "True", "reason": "R", "message": "m",
            "lastTransitionTime": "2020-01-01T00:00:00Z"});
        let stored = json!({"conditions": [theirs]});
        let patch = said(&stored, (1, false), vendor_off("spot", None, false), at(1)).unwrap();
        assert!(patch["conditions"].as_array().unwrap().iter().any(|one| one["type"] == "Theirs"), "{patch}");
    }
}
