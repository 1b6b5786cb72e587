//! Events as Kubernetes keeps them: one object for each fact, which counts how often it happened.

use crate::api::text::cut;
use crate::engine::base::ports::Event;
use crate::engine::decide::fingerprint::digest;
use k8s_openapi::api::core::v1::ObjectReference;
use k8s_openapi::api::events::v1::{Event as Stored, EventSeries};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta};
use kube::api::{Patch, PatchParams, PostParams};
use kube::{Api, Client, Error};
use serde_json::json;

/// Who tells.
const CONTROLLER: &str = "orgkeeper.dev/orgkeeper";
/// The most bytes that Kubernetes takes of a note, and of the name of who tells.
const MAX_NOTE: usize = 1024;
const MAX_INSTANCE: usize = 128;
/// The most bytes of an object's name in that of its event.
const MAX_NAME: usize = 200;

/// Publishes the event, or how often it has happened by now, as written by this manager and told by this process.
///
/// # Errors
/// As the API server answers.
pub(super) async fn publish(
    client: Client,
    (manager, instance): (&str, &str),
    event: &Event,
) -> Result<(), Error> {
    let api: Api<Stored> = Api::namespaced(client, &event.about.namespace);
    let name = name(instance, event);
    let manager = Some(manager.to_owned());
    if let Some(series) = series(event) {
        let params = PatchParams { field_manager: manager.clone(), ..PatchParams::default() };
        let patch = Patch::Merge(json!({ "series": series }));
        match api.patch(&name, &params, &patch).await {
            // Nobody keeps it any more.
            Err(Error::Api(status)) if status.code == 404 => {}
            outcome => return outcome.map(drop),
        }
    }
    let params = PostParams { field_manager: manager, ..PostParams::default() };
    match api.create(&params, &stored(name, instance, event)).await {
        // Who counts it was faster.
        Err(Error::Api(status)) if status.code == 409 => Ok(()),
        outcome => outcome.map(drop),
    }
}

/// The same for the same fact, as long as that is one.
fn name(instance: &str, event: &Event) -> String {
    let object = cut(&event.about.name, MAX_NAME);
    let since = event.since.to_string();
    let words = [instance, &event.uid, event.reason, event.action, &event.note, &since];
    format!("{}.{}", object.trim_end_matches(['.', '-']), digest(words))
}

fn series(event: &Event) -> Option<EventSeries> {
    let count = i32::try_from(event.count).unwrap_or(i32::MAX);
    let now = MicroTime(jiff::Timestamp::now());
    (event.count > 1).then_some(EventSeries { count, last_observed_time: now })
}

fn stored(name: String, instance: &str, event: &Event) -> Stored {
    Stored {
        metadata: ObjectMeta {
            name: Some(name),
            namespace: Some(event.about.namespace.clone()),
            ..ObjectMeta::default()
        },
        event_time: Some(MicroTime(event.since)),
        reporting_controller: Some(CONTROLLER.into()),
        reporting_instance: Some(cut(instance, MAX_INSTANCE).to_owned()),
        action: Some(event.action.to_owned()),
        reason: Some(event.reason.to_owned()),
        regarding: Some(ObjectReference {
            api_version: Some(event.api_version.clone()),
            kind: Some(event.about.kind.name().to_owned()),
            namespace: Some(event.about.namespace.clone()),
            name: Some(event.about.name.clone()),
            uid: Some(event.uid.clone()),
            ..ObjectReference::default()
        }),
        note: Some(cut(&event.note, MAX_NOTE).to_owned()),
        type_: Some(if event.warning { "Warning" } else { "Normal" }.to_owned()),
        series: series(event),
        ..Stored::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::kind::KindRef;
    use crate::engine::base::ports::ObjectRef;
    const THING: KindRef = KindRef::bare("example.dev", "Thing");

    fn event(note: &str, count: u32) -> Event {
        Event {
            about: ObjectRef { kind: THING, namespace: "n".into(), name: "a".repeat(253) },
            uid: "uid".into(),
            api_version: "v1".into(),
            warning: true,
            reason: "Updated",
            action: "Update",
            note: note.into(),
            count,
            since: jiff::Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn the_same_fact_is_one_event_whose_series_counts() {
        let of = |event: &Event| stored(name("one", event), "one", event);
        let (first, third) = (of(&event("x", 1)), of(&event("x", 3)));
        assert_eq!(first.metadata.name, third.metadata.name);
        assert!(first.metadata.name.as_ref().is_some_and(|name| name.len() <= 253));
        assert_eq!(first.series, None);
        assert_eq!(third.series.map(|series| series.count), Some(3));
        let others = [event("y", 1), Event { since: jiff::Timestamp::MAX, ..event("x", 1) }];
        assert!(others.iter().all(|other| of(other).metadata.name != first.metadata.name));
        assert_ne!(name("another", &event("x", 1)), name("one", &event("x", 1)), "each process has its own");
        let long = of(&event(&"é".repeat(1000), 1));
        assert_eq!(long.note.map(|note| note.len()), Some(1024));
    }
}
