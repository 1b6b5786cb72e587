//! What is in one account goes wrong, is limited and is audited as everything else.

use jiff::SignedDuration;
use orgkeeper::sandbox::spot::{Contract, Start};
use orgkeeper::sandbox::{Fault, FaultKind, Lag, Limits, ListFault, RouteLimit};
use serde_json::{Value, json};

use crate::harness::{Bench, TOKEN, text};

const RESOURCE: &str = "sig-1a2b3c4d";
const ROLE: &str = "arn:aws:iam::123456789012:role/spot";

fn bench() -> Bench {
    let mut start = Start::new(Contract::Production, TOKEN);
    start.resources = vec![RESOURCE.to_owned()];
    Bench::start(start)
}

fn subscription() -> Value {
    json!({"subscription": {
        "resourceId": RESOURCE, "protocol": "web", "endpoint": "https://hooks.example.com/s3cret",
        "eventType": "GROUP_UPDATED",
    }})
}

#[test]
fn every_write_is_audited_with_its_account() {
    let mut bench = bench();
    let (default, other) = (bench.default_account(), bench.create("other"));
    bench.made(&format!("/setup/credentials/aws/externalId?accountId={other}"), &Value::Null);
    let role = json!({"credentials": {"iamRole": ROLE}});
    bench.good("POST", &format!("/setup/credentials/aws?accountId={other}"), &role);
    let id = text(&bench.made("/events/subscription", &subscription())["id"]);
    bench.good("PUT", &format!("/events/subscription/{id}"), &json!({"subscription": {"eventType": "X"}}));
    bench.good("DELETE", &format!("/events/subscription/{id}"), &Value::Null);
    bench.refused("DELETE", &format!("/events/subscription/{id}"), &Value::Null);
    let check = json!({"healthCheck": {"name": "web", "resourceId": RESOURCE, "check": {}}});
    let check = text(&bench.made("/healthCheck", &check)["id"]);
    bench.sandbox.world_mut().reject_credentials("c");
    let azure =
        json!({"clientId": "c", "clientSecret": "s3cret-value", "tenantId": "t", "subscriptionId": "s"});
    bench.refused("POST", &format!("/azure/setup/credentials?accountId={default}"), &azure);
    let told = |bench: &mut Bench, account: &str| -> Vec<[String; 4]> {
        let query = format!("fromDate=0&toDate=9999999999999&responseStatus=all&accountId={account}");
        let items = bench.items(&format!("/audit/events?{query}"));
        let told = |item: &Value| {
            ["actionType", "resourceType", "resourceId", "responseStatus"].map(|key| text(&item[key]))
        };
        items.iter().map(told).collect()
    };
    let event =
        |action: &str, kind: &str, id: &str, status: &str| [action, kind, id, status].map(str::to_owned);
    assert_eq!(
        told(&mut bench, &other)[1..],
        [
            event("createAwsExternalId", "credentials", &other, "success"),
            event("setAwsCredentials", "credentials", &other, "success"),
        ]
    );
    assert_eq!(
        told(&mut bench, &default),
        [
            event("createSubscription", "subscription", &id, "success"),
            event("updateSubscription", "subscription", &id, "success"),
            event("deleteSubscription", "subscription", &id, "success"),
            event("deleteSubscription", "subscription", &id, "failure"),
            event("createHealthCheck", "healthCheck", &check, "success"),
            event("setAzureCredentials", "credentials", &default, "failure"),
        ]
    );
    let audit = bench.get("/audit/events?fromDate=0&toDate=9999999999999&responseStatus=all").to_string();
    assert!(!audit.contains("s3cret"), "{audit}");
}

#[test]
fn a_list_fault_strikes_the_new_lists_too() {
    let mut bench = bench();
    bench.made("/events/subscription", &subscription());
    let machine = json!({"name": "ci", "policies": [{"policyId": "1"}]});
    bench.made("/setup/user/programmatic", &machine);
    let check = json!({"healthCheck": {"name": "web", "resourceId": RESOURCE, "check": {}}});
    bench.made("/healthCheck", &check);
    bench.sandbox.add_fault(Fault::always(FaultKind::List { manner: ListFault::Empty }));
    for list in
        ["/events/subscription", "/setup/user/programmatic", "/healthCheck", "/setup/access/policyAction"]
    {
        assert_eq!(bench.get(list)["response"]["items"], json!([]), "{list}");
    }
    bench.sandbox.clear_faults();
    for list in
        ["/events/subscription", "/setup/user/programmatic", "/healthCheck", "/setup/access/policyAction"]
    {
        assert!(!bench.items(list).is_empty(), "{list}");
    }
}

#[test]
fn a_route_is_limited_by_its_template() {
    let mut bench = bench();
    let template = "/events/subscription/{subscriptionId}";
    let limit = RouteLimit { method: None, route: template.to_owned(), per_minute: 1 };
    bench.sandbox.set_limits(Limits { routes: vec![limit], ..Limits::default() });
    let statuses = ["one", "two"]
        .map(|id| bench.call("GET", &format!("/events/subscription/{id}"), &Value::Null).status.as_u16());
    assert_eq!(statuses, [400, 429], "ids share a window");
    bench.items("/events/subscription");
}

#[test]
fn a_link_to_a_cloud_reaches_the_list_late_and_the_read_at_once() {
    let mut bench = bench();
    bench.sandbox.set_lag(Lag::of_lists(SignedDuration::from_secs(10)));
    let target = format!("/setup/credentials/aws?accountId={}", bench.default_account());
    bench.good("POST", &target, &json!({"credentials": {"iamRole": ROLE}}));
    assert_eq!(bench.one(&target)["iamRole"], ROLE);
    let linked = "/setup/account?cloudAccountId=123456789012";
    assert!(bench.items(linked).is_empty());
    bench.pass(10);
    assert_eq!(bench.items(linked).len(), 1);
    bench.sandbox.set_lag(Lag { lists: SignedDuration::from_secs(10), reads: true });
    bench.good("POST", &target, &json!({"credentials": {"iamRole": format!("{ROLE}-2")}}));
    assert_eq!(bench.one(&target)["iamRole"], ROLE, "reads run behind when told");
}

#[test]
fn all_of_it_survives_a_restart() {
    let mut bench = bench();
    let account = bench.default_account();
    let target = format!("/setup/credentials/aws?accountId={account}");
    bench.good("POST", &target, &json!({"credentials": {"iamRole": ROLE}}));
    bench.made("/events/subscription", &subscription());
    bench.sandbox.world_mut().reject_credentials("c");
    let state = bench.good("GET", "/_sandbox/state", &Value::Null);
    let saved = serde_json::to_vec(bench.sandbox.world()).unwrap();
    let world = serde_json::from_slice(&saved).unwrap();
    bench.sandbox = orgkeeper::sandbox::spot::Sandbox::resume(world, Start::new(Contract::Production, TOKEN));
    assert_eq!(bench.good("GET", "/_sandbox/state", &Value::Null), state);
    for part in ["credentials", "subscriptions", "resources", "rejectedCredentials"] {
        assert_eq!(state[part].as_array().unwrap().len(), 1, "{part}");
    }
}
