//! Production's credentials in AWS (spot-wire §2.6).

use serde_json::{Value, json};

use crate::harness::{Bench, text};

const AWS: &str = "/setup/credentials/aws";
const ROLE: &str = "arn:aws:iam::123456789012:role/spot";

fn role(arn: &str) -> Value {
    json!({"credentials": {"iamRole": arn}})
}

#[test]
fn a_role_links_the_account_and_is_read_back() {
    let mut bench = Bench::production();
    let account = bench.create("payments");
    let target = format!("{AWS}?accountId={account}");
    let refused = bench.refused("GET", &target, &Value::Null);
    assert_eq!(refused.0, "Credentials_DOESNT_EXIST");
    let done = bench.good("POST", &target, &role(ROLE));
    assert_eq!(done["response"], json!({"status": {"code": 200, "message": "OK"}}), "status only");
    assert_eq!(bench.one(&target), json!({"iamRole": ROLE, "accountId": account}));
    let row = bench.items("/setup/account")[1].clone();
    assert_eq!((&row["cloudProvider"], &row["providerExternalId"]), (&json!("AWS"), &json!("123456789012")));
    let linked = bench.one("/setup/account?cloudAccountId=123456789012");
    assert_eq!(linked["accountId"], account);
    let another = "arn:aws-cn:iam::210987654321:role/path/other";
    bench.good("POST", &target, &role(another));
    assert_eq!(bench.one(&target)["iamRole"], another, "set again is replaced");
    assert!(bench.items("/setup/account?cloudAccountId=123456789012").is_empty());
}

#[test]
fn the_account_has_to_be_named() {
    let mut bench = Bench::production();
    let wrong = ("ValidationError".to_owned(), "query.accountId".to_owned());
    for (method, target, body) in [
        ("POST", AWS.to_owned(), role(ROLE)),
        ("POST", format!("{AWS}?accountId="), role(ROLE)),
        ("GET", AWS.to_owned(), Value::Null),
        ("POST", format!("{AWS}/externalId"), Value::Null),
    ] {
        assert_eq!(bench.refused(method, &target, &body), wrong, "{method} {target}");
        let answer = bench.call(method, &target, &body).value();
        assert_eq!(answer["response"]["errors"][0]["message"], "\"accountId\" is required");
    }
    let elsewhere = format!("{AWS}?accountId=act-00000000");
    assert_eq!(bench.refused("POST", &elsewhere, &role(ROLE)).0, "Account_DOESNT_EXIST");
}

#[test]
fn what_is_no_role_is_refused() {
    let mut bench = Bench::production();
    let target = format!("{AWS}?accountId={}", bench.default_account());
    let cases = [
        (Value::Null, "body:credentials"),
        (json!({"credentials": {}}), "body:credentials.iamRole"),
        (json!({"credentials": {"iamRole": null}}), "body:credentials.iamRole"),
        (json!({"credentials": {"iamRole": ROLE, "region": "x"}}), "body:credentials.region"),
        (json!({"iamRole": ROLE}), "body:iamRole"),
        (role("spot"), "body:credentials.iamRole"),
        (role("arn:aws:iam::12345:role/spot"), "body:credentials.iamRole"),
        (role("arn:aws:iam::123456789012:user/spot"), "body:credentials.iamRole"),
        (role("arn:aws:iam::123456789012:role/"), "body:credentials.iamRole"),
        (role("arn:aws:s3::123456789012:role/spot"), "body:credentials.iamRole"),
    ];
    bench.all_refused("POST", &target, "ValidationError", &cases);
}

#[test]
fn an_external_id_lives_for_an_hour() {
    let mut bench = Bench::production();
    let account = bench.default_account();
    let (post, get) =
        (format!("{AWS}/externalId?accountId={account}"), format!("{AWS}/externalId/{account}"));
    assert_eq!(bench.refused("GET", &get, &Value::Null).0, "ExternalId_DOESNT_EXIST");
    let body = bench.good("POST", &post, &Value::Null);
    assert_eq!(body["response"]["kind"], "spotinst:setup:aws:externalId");
    let first = body["response"]["items"][0].clone();
    assert_eq!(first["maxValidUntil"], "2026-11-22T11:00:00.000Z");
    assert_eq!(bench.one(&get), first);
    let second = bench.made(&post, &Value::Null);
    assert_ne!(first["externalId"], second["externalId"]);
    assert_eq!(bench.one(&get), second, "the one before is gone");
    bench.pass(3599);
    bench.one(&get);
    bench.pass(1);
    assert_eq!(bench.refused("GET", &get, &Value::Null).0, "ExternalId_DOESNT_EXIST");
    let target = format!("{AWS}?accountId={account}");
    assert_eq!(bench.refused("POST", &target, &role(ROLE)).0, "CANT_SET_CREDENTIALS");
    let renewed = text(&bench.made(&post, &Value::Null)["externalId"]);
    let with = |id: &str| json!({"credentials": {"iamRole": ROLE, "externalId": id}});
    let refused = bench.refused("POST", &target, &with("another"));
    assert_eq!(refused.1, "body:credentials.externalId");
    bench.good("POST", &target, &with(&renewed));
    bench.pass(7200);
    bench.good("POST", &target, &role("arn:aws:iam::123456789012:role/next"));
}

#[test]
fn one_cloud_for_an_account_and_whom_it_rejects() {
    let mut bench = Bench::production();
    let account = bench.default_account();
    let target = format!("{AWS}?accountId={account}");
    bench.sandbox.world_mut().reject_credentials(ROLE);
    assert_eq!(bench.refused("POST", &target, &role(ROLE)).0, "INVALID_CREDENTIALS");
    bench.sandbox.world_mut().accept_credentials(ROLE);
    bench.good("POST", &target, &role(ROLE));
    let azure =
        json!({"clientId": "c", "clientSecret": "s3cret-value", "tenantId": "t", "subscriptionId": "s"});
    let refused = bench.refused("POST", &format!("/azure/setup/credentials?accountId={account}"), &azure);
    assert_eq!(refused.0, "CANT_SET_CREDENTIALS");
    for route in ["/azure/setup/credentials", "/gcp/setup/credentials"] {
        bench.refused("GET", &format!("{route}?accountId={account}"), &Value::Null);
    }
}

#[test]
fn the_account_takes_its_credentials_along() {
    let mut bench = Bench::production();
    let account = bench.create("payments");
    let target = format!("{AWS}?accountId={account}");
    bench.good("POST", &target, &role(ROLE));
    bench.good("DELETE", &format!("/setup/account/{account}"), &Value::Null);
    assert_eq!(bench.refused("GET", &target, &Value::Null).0, "Account_DOESNT_EXIST");
    assert!(bench.items("/setup/account?cloudAccountId=123456789012").is_empty());
    let state = bench.good("GET", "/_sandbox/state", &Value::Null);
    assert_eq!(state["credentials"], json!([]));
}
