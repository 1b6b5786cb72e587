//! Production's credentials in Azure: a flat body, a masked secret (spot-wire §2.6).

use serde_json::{Value, json};

use crate::harness::Bench;

const AZURE: &str = "/azure/setup/credentials";
const TENANT: &str = "/azure/setup/tenant/credentials";

fn credential() -> Value {
    json!({
        "clientId": "client", "clientSecret": "s3cret-value", "tenantId": "tenant",
        "subscriptionId": "subscription",
    })
}

fn without(member: &str) -> Value {
    let mut body = credential();
    body.as_object_mut().unwrap().remove(member);
    body
}

/// The path, with the default account named.
fn in_default(bench: &Bench, path: &str) -> String {
    format!("{path}?accountId={}", bench.default_account())
}

#[test]
fn the_read_back_masks_the_secret() {
    let mut bench = Bench::production();
    let account = bench.create("payments");
    let target = format!("{AZURE}?accountId={account}");
    assert_eq!(bench.refused("GET", &target, &Value::Null).0, "Credentials_DOESNT_EXIST");
    let done = bench.good("POST", &target, &credential());
    assert_eq!(done["response"], json!({"status": {"code": 200, "message": "OK"}}));
    let body = bench.get(&target);
    assert_eq!(body["response"]["kind"], "spotinst:azure:credentials");
    let mut expected = credential();
    expected["clientSecret"] = json!("s3c****");
    expected["expirationDate"] = Value::Null;
    assert_eq!(body["response"]["items"], json!([expected]));
    let linked = bench.one("/setup/account?cloudAccountId=subscription");
    assert_eq!(linked["cloudProvider"], "AZURE");
    let mut dated = credential();
    dated["expirationDate"] = json!("2027-01-01T00:00:00Z");
    bench.good("POST", &target, &dated);
    assert_eq!(bench.one(&target)["expirationDate"], "2027-01-01T00:00:00Z");
}

#[test]
fn what_is_not_documented_is_refused() {
    let mut bench = Bench::production();
    let mut more = credential();
    more["region"] = json!("x");
    let dated = |date: Value| {
        let mut body = credential();
        body["expirationDate"] = date;
        body
    };
    let cases = [
        (Value::Null, "body:subscriptionId"),
        (without("clientId"), "body:clientId"),
        (without("clientSecret"), "body:clientSecret"),
        (without("tenantId"), "body:tenantId"),
        (without("subscriptionId"), "body:subscriptionId"),
        (json!({"credentials": credential()}), "body:credentials"),
        (more, "body:region"),
        (dated(json!(true)), "body:expirationDate"),
        (dated(json!(1_798_761_600)), "body:expirationDate"),
        (dated(json!("2027-01-01")), "body:expirationDate"),
        (dated(json!("2027-02-30T00:00:00Z")), "body:expirationDate"),
        (dated(json!("tomorrow")), "body:expirationDate"),
    ];
    for path in [AZURE.to_owned(), format!("{AZURE}/validation")] {
        let target = in_default(&bench, &path);
        bench.all_refused("POST", &target, "ValidationError", &cases);
    }
    let of_tenant = [(credential(), "body:subscriptionId"), (Value::Null, "body:clientId")];
    for path in [TENANT.to_owned(), format!("{TENANT}/validation")] {
        let target = in_default(&bench, &path);
        bench.all_refused("POST", &target, "ValidationError", &of_tenant);
    }
}

#[test]
fn validation_keeps_nothing_and_refuses_whom_the_cloud_rejects() {
    let mut bench = Bench::production();
    let revision = bench.sandbox.revision();
    let validate = in_default(&bench, &format!("{AZURE}/validation"));
    bench.good("POST", &validate, &credential());
    let validate = in_default(&bench, &format!("{TENANT}/validation"));
    bench.good("POST", &validate, &without("subscriptionId"));
    assert_eq!(bench.sandbox.revision(), revision);
    bench.good("POST", "/_sandbox/rejected-credentials", &json!({"identity": "client"}));
    for (target, body) in [(AZURE, credential()), (TENANT, without("subscriptionId"))] {
        for path in [target.to_owned(), format!("{target}/validation")] {
            let target = in_default(&bench, &path);
            assert_eq!(bench.refused("POST", &target, &body).0, "INVALID_CREDENTIALS", "{target}");
        }
    }
    bench.good("DELETE", "/_sandbox/rejected-credentials", &json!({"identity": "client"}));
    let target = in_default(&bench, AZURE);
    bench.good("POST", &target, &credential());
}

#[test]
fn a_tenants_credentials_link_nothing() {
    let mut bench = Bench::production();
    let target = in_default(&bench, TENANT);
    bench.good("POST", &target, &without("subscriptionId"));
    assert_eq!(bench.items("/setup/account")[0]["cloudProvider"], Value::Null);
    let target = in_default(&bench, AZURE);
    assert_eq!(bench.refused("GET", &target, &Value::Null).0, "Credentials_DOESNT_EXIST");
    let state = bench.good("GET", "/_sandbox/state", &Value::Null);
    assert_eq!(state["credentials"][0]["azureTenant"]["clientId"], "client");
}
