//! Secrets of credentials stay where they were written, which is nowhere.

use serde_json::{Value, json};

use crate::harness::Bench;

const SECRET: &str = "s3cret-that-nobody-may-see";

#[test]
fn no_secret_of_a_credential_is_kept_or_told() {
    let mut bench = Bench::production();
    let (azure, gcp) = (bench.create("azure"), bench.create("gcp"));
    let body = json!({"clientId": "c", "clientSecret": SECRET, "tenantId": "t", "subscriptionId": "s"});
    bench.good("POST", &format!("/azure/setup/credentials?accountId={azure}"), &body);
    let tenant = json!({"clientId": "c", "clientSecret": SECRET, "tenantId": "t"});
    bench.good("POST", &format!("/azure/setup/tenant/credentials?accountId={azure}"), &tenant);
    let file = json!({"project_id": "p", "client_email": "a@b", "private_key": SECRET});
    bench.good("POST", &format!("/gcp/setup/credentials?accountId={gcp}"), &json!({"serviceAccount": file}));
    let by_hand = json!({"azure": body});
    bench.good("PUT", &format!("/_sandbox/accounts/{azure}/credentials"), &by_hand);
    let late = bench.request("POST", &format!("/azure/setup/credentials?accountId={azure}"), &tenant);
    let kept = serde_json::to_string(bench.sandbox.world()).unwrap();
    let audit = bench.good("GET", "/_sandbox/audit", &Value::Null).to_string();
    let state = bench.good("GET", "/_sandbox/state", &Value::Null).to_string();
    let requests = bench.good("GET", "/_sandbox/requests", &Value::Null).to_string();
    bench.sandbox.add_fault(orgkeeper::sandbox::Fault::always(orgkeeper::sandbox::FaultKind::LateEffect {
        after: jiff::SignedDuration::from_secs(60),
    }));
    bench.handle(&late);
    let debug = format!("{:?} {late:?}", bench.sandbox);
    for (place, text) in
        [("file", kept), ("audit", audit), ("state", state), ("log", requests), ("debug", debug)]
    {
        assert!(!text.contains(SECRET), "in the {place}");
        assert!(!text.contains("that-nobody"), "in the {place}");
    }
    let shown = bench.sandbox.world().account(&azure).unwrap().1.credential.clone();
    let Some(orgkeeper::sandbox::spot::CloudCredential::Azure(kept)) = shown else {
        panic!("{shown:?}");
    };
    assert!(kept.client_secret.is(SECRET) && !kept.client_secret.is("another"));
}

#[test]
fn a_short_secret_shows_nothing() {
    let hidden = orgkeeper::sandbox::Hidden::of("s3cret");
    assert_eq!(hidden.shown, "****");
    assert_eq!(orgkeeper::sandbox::Hidden::of("s3cret-value").shown, "s3c****");
}
