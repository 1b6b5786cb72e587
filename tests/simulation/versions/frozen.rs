//! What an earlier program left at rest, and lists of grants that it left as they were, as an entry of theirs leads nowhere:
//! nobody knows by its status what that led to, so nothing of them is taken away at the upgrade either.

use crate::support::fixture;
use crate::support::house::{House, mins};
use crate::support::look::home;
use crate::support::manifests::{account, group_key, person, user_key};
use orgkeeper::engine::base::ports::ObjectRef;
use serde_json::{Value, json};

/// Where all is at rest.
const AT_REST: [&str; 6] =
    ["company", "published-company", "adopted", "drift-reported", "observed", "suspended"];
const NOWHERE: &str = "ReferenceNotFoundOrNotAllowed";

/// Lists that waited: the fixture, whose it is, its member, and what stands in it by now, with an entry that leads
/// nowhere and without one that the vendor has.
fn frozen() -> Vec<(&'static str, ObjectRef, &'static str, Value)> {
    let missing = json!([{"accountRef": {"name": "missing"}, "role": "Viewer"}]);
    vec![
        ("company", user_key("jo"), "accounts", missing.clone()),
        ("company", user_key("ci"), "accounts", missing.clone()),
        (
            "company",
            group_key("devs"),
            "members",
            json!([{"userRef": {"name": "missing"}}, {"userRef": {"name": "jo"}}]),
        ),
        (
            "company",
            group_key("readers"),
            "policies",
            json!([{"policyName": "Account Viewer", "accounts": [{"name": "missing"}]}]),
        ),
        ("published-company", user_key("jo"), "accounts", missing.clone()),
        ("published-company", user_key("ci"), "accounts", missing),
    ]
}

/// The manifest was edited so, and the earlier program looked at it: it wrote nothing, and said what it waits for.
fn freeze(house: &House, key: &ObjectRef, member: &str, list: &Value) {
    house.way.cluster.edit(key, |object| {
        object["spec"][member] = list.clone();
        object["metadata"]["generation"] = json!(2);
        let waits = |kind: &str, status: &str| {
            json!({
                "type": kind, "status": status, "reason": NOWHERE, "observedGeneration": 2,
                "lastTransitionTime": "2023-11-14T22:31:00Z",
                "message": "SpotAccount platform/missing does not exist, or does not admit this object.",
            })
        };
        object["status"]["observedGeneration"] = json!(2);
        object["status"]["conditions"] = json!([waits("Ready", "False"), waits("Reconciling", "True")]);
    });
}

/// Runs to rest, and once more after a restart; what is written to the vendor.
fn written(house: &mut House) -> Vec<String> {
    house.start();
    house.run(mins(20));
    house.restart();
    house.run(mins(20));
    house.written()
}

#[test]
fn at_the_upgrade_nothing_is_written_to_the_vendor_and_nothing_that_was_frozen_is_revoked() {
    for name in AT_REST {
        let mut house = fixture::one(&format!("0.1.0/{name}")).house();
        assert_eq!(written(&mut house), [""; 0], "{name}");
    }
    for (name, key, member, list) in frozen() {
        let mut house = fixture::one(&format!("0.1.0/{name}")).house();
        freeze(&house, &key, member, &list);
        assert_eq!(written(&mut house), [""; 0], "{name}: {key}");
        assert!(house.waits(&key, NOWHERE), "{}", house.describe());
        // Once what was missing is there, it is as the manifest says.
        match member {
            "members" => house.apply(&user_key("missing"), &person("missing")),
            _ => house.apply(&home("missing"), &account("missing")),
        }
        house.until(mins(20), "as declared", |house| house.ready(&key));
        assert!(house.written().len() > 1, "{name}: {key}: what was taken out goes then");
    }
}
