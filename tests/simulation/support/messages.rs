//! Every run ends with a look at what it told people: whoever has to do something is told what, and whoever has not, that
//! it goes on.

use super::house::House;
use orgkeeper::api::conditions::ConditionType;
use orgkeeper::engine::base::reason::Reason;
use orgkeeper::engine::base::runbook::{RUNBOOK, linked, unlinked};
use serde_json::Value;
use std::cell::RefCell;
use std::collections::BTreeSet;

thread_local! {
    /// The reasons that the runs of this thread gave.
    static GIVEN: RefCell<BTreeSet<String>> = const { RefCell::new(BTreeSet::new()) };
}

/// The reasons that the runs of this thread gave, in conditions and events.
pub fn given() -> BTreeSet<String> {
    GIVEN.with_borrow(BTreeSet::clone)
}

/// The messages of the conditions of an object.
pub fn of(object: &Value) -> Vec<String> {
    let conditions = object["status"]["conditions"].as_array().into_iter().flatten();
    conditions.filter_map(|one| one["message"].as_str().map(|text| unlinked(text).to_owned())).collect()
}

/// What a message has to say besides what is so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Must {
    /// Nothing: it is in order, or over.
    Nothing,
    /// What a person can do.
    Step,
    /// That, or that it goes on without.
    StepOrItself,
}

/// How sentences begin that tell a person what to do.
const STEPS: &[&str] = &[
    "add", "answer", "apply", "ask", "change", "choose", "compare", "copy", "correct", "create", "declare",
    "delete", "do", "edit", "find", "give", "have", "install", "keep", "look", "make", "mend", "move",
    "name", "plan", "put", "raise", "read", "refer", "remove", "replace", "report", "restore", "run", "save",
    "see", "set", "shorten", "stop", "switch", "take", "use", "write", "leave",
];

/// What says that nobody has to do anything.
const ITSELF: [&str; 4] = ["by itself", "by themselves", "goes on", "go on"];

/// Whether one of the clauses begins with a step.
fn has_step(text: &str) -> bool {
    let mut begins = true;
    text.split_whitespace().any(|word| {
        let verb = word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
        let is_step = begins && STEPS.contains(&verb.as_str());
        begins =
            word.ends_with(['.', ':', ';', ',']) || ["or", "and", "then", "made,"].contains(&verb.as_str());
        is_step
    })
}

fn goes_on(text: &str) -> bool {
    ITSELF.iter().any(|word| text.contains(word))
}

/// What a condition has to say.
fn of_condition(condition: &Value) -> Must {
    let word = |member: &str| condition[member].as_str().unwrap_or_default();
    match (word("type"), word("status")) {
        ("Ready", "True" | "Unknown") => Must::Nothing,
        // The same as that of Reconciling, Stalled or NotSupported.
        ("Ready" | "Reconciling" | "DeletionBlocked" | "Throttled" | "Unreachable" | "Rotating", _) => {
            Must::StepOrItself
        }
        _ => Must::Step,
    }
}

/// What an event has to say: one of something that was done says that.
fn of_event(reason: &str) -> Must {
    let over = [
        Reason::Created,
        Reason::Adopted,
        Reason::Updated,
        Reason::DriftCorrected,
        Reason::Drifted,
        Reason::Deleted,
        Reason::Orphaned,
        Reason::Replaced,
        Reason::Rotated,
        Reason::Leftovers,
        Reason::MadeAgain,
    ];
    if over.iter().any(|known| known.as_str() == reason) { Must::Nothing } else { Must::StepOrItself }
}

/// What is wrong with a message, if anything is.
fn lacks(must: Must, text: &str) -> bool {
    match must {
        Must::Nothing => false,
        Must::Step => !has_step(text),
        Must::StepOrItself => !has_step(text) && !goes_on(text),
    }
}

impl House {
    /// The messages that say neither what to do nor that it goes on; and those with a link of the runbook where none
    /// belongs, or without one.
    pub fn helpless(&self) -> BTreeSet<String> {
        let (mut helpless, mut unlike) = (BTreeSet::new(), BTreeSet::new());
        let mut note = |reason: &str, must: Must, text: &str, of: &str| {
            GIVEN.with_borrow_mut(|given| given.insert(reason.to_owned()));
            if lacks(must, text) && !self.told_before.contains(text) {
                helpless.insert(format!("{of} {reason}: {text}"));
            }
        };
        for (_, patch) in self.way.cluster.writes() {
            // What others keep beside ours is sent along, in their words.
            let ours =
                |condition: &&Value| ConditionType::ALL.iter().any(|ours| condition["type"] == ours.as_str());
            for condition in patch["status"]["conditions"].as_array().into_iter().flatten().filter(ours) {
                let word = |member: &str| condition[member].as_str().unwrap_or_default();
                let text = unlinked(word("message"));
                note(word("reason"), of_condition(condition), text, word("type"));
                if text == word("message") || word("message") != linked(text, word("reason")) {
                    unlike.insert(format!(
                        "{} does not end with its link: {}",
                        word("type"),
                        word("message")
                    ));
                }
            }
            if patch["status"]["message"].as_str().is_some_and(|text| text.contains(RUNBOOK)) {
                unlike.insert(format!("what get shows has a link: {patch}"));
            }
        }
        for event in self.way.cluster.events() {
            if event.note.contains(RUNBOOK) {
                unlike.insert(format!("an event has a link: {}", event.note));
            }
            note(event.reason, of_event(event.reason), &event.note, "event");
        }
        helpless.extend(unlike);
        helpless
    }
}

#[test]
fn a_step_begins_a_clause() {
    for told in
        ["Delete it.", "It is gone. To have it, set the annotation x.", "Correct it or choose another."]
    {
        assert!(has_step(told), "{told}");
    }
    for told in ["The user was deleted.", "Nobody has to set it", "A write that was made"] {
        assert!(!has_step(told), "{told}");
    }
}
