use super::*;
use crate::api::spot::kinds;
use crate::engine::base::ports::ObjectRef;
use crate::engine::decide::plan::Cause;
use crate::vendors::spot::reasons;
use serde_json::json;

const CANARY: &str = "https://hooks.example.com/canary";

#[allow(clippy::needless_pass_by_value, reason = "reads better where it is called")]
fn manifest(namespace: &str, spec: Value) -> EventSubscription {
    let object = json!({
        "apiVersion": "spot.orgkeeper.dev/v1alpha1", "kind": "EventSubscription",
        "metadata": {"name": "s", "namespace": namespace}, "spec": spec,
    });
    serde_json::from_value(object).expect("a manifest")
}

fn spec() -> Value {
    json!({
        "accountRef": {"name": "prod"}, "resourceId": "sig-1", "protocol": "web", "endpoint": CANARY,
        "eventType": "GROUP_UPDATED",
    })
}

fn with(member: &str, value: Value) -> Value {
    let mut spec = spec();
    spec[member] = value;
    spec
}

fn in_secret(name: &str, key: &str) -> Value {
    let mut spec = with("endpointSecretRef", json!({"name": name, "key": key}));
    spec.as_object_mut().expect("a map").remove("endpoint");
    spec
}

fn desired(format: Option<Value>) -> Desired {
    Desired {
        account: "act-1".into(),
        resource: "sig-1".into(),
        protocol: Protocol::Web,
        endpoint: Endpoint::from(CANARY.to_owned()),
        event_type: "GROUP_UPDATED".into(),
        event_format: format.map(|format| format.as_object().expect("a map").clone()),
    }
}

#[test]
fn every_part_of_the_natural_key_tells_manifests_apart_and_the_endpoint_does_not_show() {
    let act = |id: &str| Within::Container(id.into());
    let unmade = |name: &str| {
        Within::Unmade(ObjectRef { kind: kinds::ACCOUNT, namespace: "n".into(), name: name.into() })
    };
    let keys = [
        (spec(), "n", act("act-1")),
        (spec(), "n", act("act-2")),
        (spec(), "n", unmade("a")),
        (spec(), "n", unmade("b")),
        (with("resourceId", json!("sig-2")), "n", act("act-1")),
        (with("protocol", json!("https")), "n", act("act-1")),
        (with("eventType", json!("GROUP_ROLL_FAILED")), "n", act("act-1")),
        (with("endpoint", json!("https://hooks.example.com/other")), "n", act("act-1")),
        (in_secret("a", "url"), "n", act("act-1")),
        (in_secret("a", "other"), "n", act("act-1")),
        (in_secret("b", "url"), "n", act("act-1")),
        (in_secret("a", "url"), "m", act("act-1")),
    ];
    let keys: Vec<String> = keys
        .iter()
        .map(|(spec, namespace, within)| Subscriptions::key(&manifest(namespace, spec.clone()), within))
        .collect();
    for (place, key) in keys.iter().enumerate() {
        assert!(!key.contains("canary"), "{key}");
        assert_eq!(keys.iter().position(|other| other == key), Some(place), "{key}");
    }
    let same = Subscriptions::key(&manifest("m", with("eventFormat", json!({"a": 1}))), &act("act-1"));
    assert_eq!(same, keys[0], "the namespace and the format are no part of it");
}

#[test]
fn what_a_manifest_asks_for_is_found_by_the_key_of_what_a_list_shows() {
    let wish = desired(None);
    let row = Subscription {
        id: "sis-1".into(),
        resource_id: "sig-1".into(),
        protocol: "web".into(),
        endpoint: Endpoint::from(CANARY.to_owned()),
        event_type: "GROUP_UPDATED".into(),
        event_format: Some(json!({"a": 1})),
    };
    let live = Observed::of("act-1", row.clone());
    assert_eq!(natural_key(&wish.account, &wish.new_subscription()), Subscriptions::identify(&live).key);
    let elsewhere = Observed::of("act-2", row);
    assert_ne!(Subscriptions::identify(&elsewhere).key, Subscriptions::identify(&live).key);
    let title = Subscriptions::naming(&manifest("n", spec())).title;
    for text in [format!("{live:?}"), format!("{wish:?}"), title] {
        assert!(!text.contains("canary"), "{text}");
    }
}

#[test]
fn a_format_has_one_form() {
    let table = [
        (None, ""),
        (Some(json!(null)), ""),
        (Some(json!({})), ""),
        (Some(json!({"b": {"d": 1, "c": 2}, "a": "%x%"})), r#"{"a":"%x%","b":{"c":2,"d":1}}"#),
    ];
    for (format, expected) in table {
        assert_eq!(canonical(format.as_ref()), expected);
    }
}

#[test]
fn a_change_sends_what_changed_and_leaves_what_others_changed() {
    let mut shown = desired(None).new_subscription();
    shown.event_type = "BY_HAND".into();
    shown.resource_id = "sig-0".into();
    let live = Observed::new("act-1", "sis-1".into(), shown);
    let change = |path: &str, repeated| Change {
        path: path.into(),
        cause: Cause::Edit,
        desired: None,
        actual: None,
        sensitive: false,
        replaces: true,
        repeated,
        moved: false,
    };
    let wish = desired(Some(json!({"a": 1})));
    let one = update(&wish, &live, &[change(EVENT_FORMAT, false), change(RESOURCE, true)]);
    assert_eq!(one.changed, [SubscriptionMember::EventFormat].into());
    assert_eq!(one.whole.event_format, Some(json!({"a": 1})));
    assert_eq!(one.whole.event_type, "BY_HAND", "it was not to be changed");
    assert_eq!(one.whole.resource_id, "sig-1", "it was written a moment ago, and lists lag");
    let none = update(&desired(Some(json!({}))), &live, &[change(EVENT_FORMAT, false)]);
    assert_eq!(none.whole.event_format, None);
    let all = [RESOURCE, PROTOCOL, ENDPOINT, EVENT_TYPE, EVENT_FORMAT].map(|path| change(path, false));
    let all = update(&wish, &live, &all);
    assert_eq!((all.whole, all.changed.len()), (wish.new_subscription(), 5));
}

#[test]
fn what_is_advised() {
    let kinds = |protocol, event_type: &str| {
        let wish = Desired { protocol, event_type: event_type.into(), ..desired(None) };
        let mut advice = advice_of(&wish);
        (advice.remove(0).2.contains("http and https"), advice)
    };
    assert_eq!(kinds(Protocol::Web, "GROUP_UPDATED"), (false, vec![]));
    assert!(kinds(Protocol::Https, "GROUP_UPDATED").0);
    let (_, unknown) = kinds(Protocol::Web, "GROUP_UPDATE");
    let [(ConditionType::Unrecognized, reasons::UNKNOWN_EVENT_TYPE, text)] = &unknown[..] else {
        panic!("{unknown:?}")
    };
    assert!(text.starts_with("GROUP_UPDATE "), "{text}");
}
