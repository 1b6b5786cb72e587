//! Production's credentials in Google's cloud: the key file, one level deep (spot-wire §2.6).

use serde_json::{Value, json};

use crate::harness::Bench;

const GCP: &str = "/gcp/setup/credentials";

fn file() -> Value {
    json!({
        "type": "service_account", "project_id": "project", "private_key_id": "1",
        "private_key": "-----BEGIN PRIVATE KEY-----s3cret", "client_email": "spot@example.com",
        "client_id": "2", "auth_uri": "https://auth.example.com", "token_uri": "https://token.example.com",
        "auth_provider_x509_cert_url": "https://certs.example.com",
        "client_x509_cert_url": "https://cert.example.com",
    })
}

fn wrapped(file: &Value) -> Value {
    json!({"serviceAccount": file})
}

#[test]
fn the_key_file_is_read_back_without_the_key() {
    let mut bench = Bench::production();
    let account = bench.create("payments");
    let target = format!("{GCP}?accountId={account}");
    assert_eq!(bench.refused("GET", &target, &Value::Null).0, "ServiceAccount_DOESNT_EXIST");
    bench.good("POST", &format!("{GCP}/validation?accountId={account}"), &wrapped(&file()));
    assert_eq!(bench.refused("GET", &target, &Value::Null).0, "ServiceAccount_DOESNT_EXIST");
    let done = bench.good("POST", &target, &wrapped(&file()));
    assert_eq!(done["response"], json!({"status": {"code": 200, "message": "OK"}}));
    let mut expected = file();
    expected["private_key"] = json!("---****");
    assert_eq!(bench.one(&target), wrapped(&expected));
    let linked = bench.one("/setup/account?cloudAccountId=project");
    assert_eq!((&linked["cloudProvider"], &linked["accountId"]), (&json!("GCP"), &json!(account)));
}

#[test]
fn the_members_are_the_documented_ones() {
    let mut bench = Bench::production();
    let with = |member: &str, value: Value| {
        let mut file = file();
        file[member] = value;
        wrapped(&file)
    };
    let cases = [
        (Value::Null, "body:serviceAccount"),
        (file(), "body:auth_provider_x509_cert_url"),
        (json!({"serviceAccount": "text"}), "body:serviceAccount"),
        (with("universe_domain", json!("googleapis.com")), "body:serviceAccount.universe_domain"),
        (with("private_key", Value::Null), "body:serviceAccount.private_key"),
        (with("project_id", json!("")), "body:serviceAccount.project_id"),
        (with("client_email", json!(3)), "body:serviceAccount.client_email"),
        (with("token_uri", json!([])), "body:serviceAccount.token_uri"),
    ];
    let account = bench.default_account();
    for path in [GCP.to_owned(), format!("{GCP}/validation")] {
        let target = format!("{path}?accountId={account}");
        bench.all_refused("POST", &target, "ValidationError", &cases);
    }
}

#[test]
fn whom_the_cloud_rejects_is_refused() {
    let mut bench = Bench::production();
    bench.sandbox.world_mut().reject_credentials("spot@example.com");
    let account = bench.default_account();
    for path in [GCP.to_owned(), format!("{GCP}/validation")] {
        let target = format!("{path}?accountId={account}");
        assert_eq!(bench.refused("POST", &target, &wrapped(&file())).0, "INVALID_CREDENTIALS");
    }
}
