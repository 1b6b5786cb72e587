//! Events about objects whose names leave no room for what makes an event's name of them: without them, somebody
//! could choose a name under which nothing is told of an object.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::ObjectReference;
pub use k8s_openapi::api::events::v1::Event;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta};
use kube::runtime::events::{Event as Told, EventType, Reporter};

/// The longest name of anything in Kubernetes, less a dot and a moment in hexadecimal nanoseconds.
const LONGEST: usize = 253 - 17;

/// Whether an event about the object needs a name that is not wholly made of the object's.
pub fn is_long(about: &ObjectReference) -> bool {
    about.name.as_ref().is_some_and(|name| name.len() > LONGEST)
}

/// The event, named after the beginning of the object's name.
pub fn event(told: Told, about: ObjectReference, reporter: &Reporter, now: Timestamp) -> Event {
    let name = about.name.as_deref().unwrap_or(&reporter.controller);
    // A name has to go on with a letter or a digit before a dot.
    let begins = name[..name.floor_char_boundary(LONGEST)].trim_end_matches(['.', '-']);
    Event {
        metadata: ObjectMeta {
            namespace: about.namespace.clone(),
            name: Some(format!("{begins}.{:x}", now.as_nanosecond())),
            ..ObjectMeta::default()
        },
        action: Some(told.action),
        reason: Some(told.reason),
        note: told.note,
        event_time: Some(MicroTime(now)),
        regarding: Some(about),
        related: told.secondary,
        reporting_controller: Some(reporter.controller.clone()),
        reporting_instance: Some(reporter.instance.clone().unwrap_or_else(|| reporter.controller.clone())),
        type_: Some(match told.type_ {
            EventType::Normal => "Normal".into(),
            EventType::Warning => "Warning".into(),
        }),
        ..Event::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about(name: &str) -> ObjectReference {
        ObjectReference { name: Some(name.into()), ..ObjectReference::default() }
    }

    fn named(name: &str) -> String {
        let told = Told {
            type_: EventType::Normal,
            reason: "Created".into(),
            note: None,
            action: "Create".into(),
            secondary: None,
        };
        let reporter = Reporter { controller: "orgkeeper.dev/orgkeeper".into(), instance: None };
        let event = event(told, about(name), &reporter, Timestamp::MAX);
        assert_eq!(event.regarding.unwrap().name.as_deref(), Some(name));
        event.metadata.name.unwrap()
    }

    #[test]
    fn every_name_leaves_room_for_a_moment() {
        for length in [1, 236, 237, 253] {
            let name = named(&"a".repeat(length));
            assert!(name.len() <= 253, "{length}: {}", name.len());
        }
        assert!(!is_long(&about(&"a".repeat(236))) && is_long(&about(&"a".repeat(237))));
    }

    #[test]
    fn where_a_name_is_cut_it_stays_a_name() {
        let cut_at =
            |end: &str| named(&format!("{}{end}{}", "a".repeat(LONGEST - end.len()), "b".repeat(17)));
        for end in ["-", ".", "a-", "-."] {
            let name = cut_at(end);
            assert!(name.split('.').all(|label| !label.is_empty() && !label.ends_with('-')), "{name}");
        }
    }
}
