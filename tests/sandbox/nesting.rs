//! Bodies of objects in objects: there is an end to it, which is told, and what is kept can be read
//! again.

use orgkeeper::sandbox::spot::{Contract, World};
use serde_json::{Value, json};

use crate::harness::{Bench, text};

fn nested(depth: usize) -> Value {
    (1..depth).fold(json!({}), |inner, _| json!({"And": inner}))
}

fn policy(condition: &Value) -> Value {
    json!({"policy": {"name": "p", "policyContent": {"statements": [
        {"effect": "ALLOW", "actions": ["*"], "resources": ["*"], "condition": condition},
    ]}}})
}

/// What a `--data` file would hold can be read from it.
fn is_kept(bench: &Bench) {
    let kept = serde_json::to_string(bench.sandbox.world()).unwrap();
    serde_json::from_str::<World>(&kept).unwrap();
}

#[test]
fn what_is_nested_too_deeply_is_refused_in_clear_words() {
    for (depth, contract) in
        [(61, Contract::Production), (120, Contract::Published), (100_000, Contract::Production)]
    {
        let mut bench = Bench::new(contract);
        let mut request = bench.request("POST", "/setup/access/policy", &Value::Null);
        let (start, end) = ("{\"policy\":{\"name\":\"p\",\"x\":", "}}");
        request.body = format!("{start}{}{}{end}", "[".repeat(depth + 2), "]".repeat(depth + 2)).into();
        let answer = bench.handle(&request).answer().unwrap().clone();
        assert_eq!(answer.status, 400);
        let value = answer.value();
        let told = match contract {
            Contract::Production => {
                assert_eq!(value["response"]["errors"][0]["field"], "body");
                text(&value["response"]["errors"][0]["message"])
            }
            Contract::Published => text(&value["message"]),
        };
        assert!(told.contains("nested deeper than 64"), "{told}");
        // The audit log notes what was refused.
        is_kept(&bench);
    }
}

#[test]
fn what_is_nested_as_deeply_as_it_may_be_is_kept_and_read_back() {
    let mut bench = Bench::production();
    // A body, a policy, its content, the statements, and one of them are around it.
    let condition = nested(64 - 5);
    bench.good("POST", "/setup/access/policy", &policy(&condition));
    let deeper = bench.refused("POST", "/setup/access/policy", &policy(&nested(64 - 4)));
    assert_eq!(deeper, ("ValidationError".to_owned(), "body".to_owned()));
    is_kept(&bench);
    let listed = bench.items("/setup/organization/policy");
    let own = listed.iter().find(|policy| policy["name"] == "p").unwrap();
    assert_eq!(own["policyContent"]["statements"][0]["condition"], condition);
    bench.good("GET", "/_sandbox/state", &Value::Null);
}

#[test]
fn the_control_surface_refuses_it_too() {
    let mut bench = Bench::production();
    let statement = json!({"effect": "ALLOW", "actions": ["*"], "resources": ["*"], "condition": nested(70)});
    let answer = bench.call("POST", "/_sandbox/policies", &json!({"name": "p", "statements": [statement]}));
    assert_eq!(answer.status, 400);
    assert!(text(&answer.value()["error"]).contains("nested deeper than 64"));
}
