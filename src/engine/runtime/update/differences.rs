//! How differences between a manifest and the vendor are told to people.

use crate::engine::base::sentences::listed;
use crate::engine::decide::plan::Change;
use std::collections::BTreeMap;
use std::rc::Rc;

/// A change, with both values where they may be shown, of what is called `field`; `both` puts the desired one and the
/// actual one together.
pub fn told(field: String, change: &Change, both: impl FnOnce(String, String) -> String) -> String {
    // An empty value means that it is not there.
    let value = |value: &String| if value.is_empty() { "none".to_owned() } else { format!("{value:?}") };
    match (&change.desired, &change.actual) {
        (Some(desired), Some(actual)) => format!("{field}: {}", both(value(desired), value(actual))),
        (None, Some(actual)) => format!("{field}: now {}", value(actual)),
        _ => field,
    }
}

/// Until when those of these differences wait that a gap in their list holds up, as sentences after others.
pub fn held<'a>(held: &BTreeMap<String, Rc<str>>, of: impl Iterator<Item = &'a Change>) -> String {
    let mut waiting: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for change in of {
        if let Some(until) = held.get(&change.path) {
            waiting.entry(&**until).or_default().push(change.path.clone());
        }
    }
    let sentence = |(until, paths): (&str, Vec<String>)| {
        format!(" What becomes of {} is decided once {until}.", listed(&paths))
    };
    waiting.into_iter().map(sentence).collect()
}

/// What is said of what was assumed at adoption: what an update can write, and what nothing writes.
pub fn assumed(unverified: &[String], unwritable: &[String], noun: &str) -> String {
    let (fixed, free): (Vec<&str>, Vec<&str>) =
        unverified.iter().map(String::as_str).partition(|path| unwritable.iter().any(|one| one == path));
    let text = |paths: &[&str], next: &str| {
        format!(
            "What cannot be read back was assumed to be as declared when the {noun} was taken over: {}. {next}",
            paths.join(", ")
        )
    };
    let free = (!free.is_empty()).then(|| {
        text(&free, "Set spec.adopt.applyUnreadable: true, or change the value, to have it written.")
    });
    let fixed = (!fixed.is_empty()).then(|| {
        text(&fixed, "Nothing writes that to what exists: compare it in the vendor's console if it matters.")
    });
    [free, fixed].into_iter().flatten().collect::<Vec<_>>().join(" ")
}
