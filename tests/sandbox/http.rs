//! The program, over real HTTP.

use std::path::Path;
use std::time::{Duration, Instant};

use reqwest::{Client, Method};
use rustix::process::Signal;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::time::timeout;

use crate::harness::{TOKEN, account, text};
use crate::program::{LIMIT, Program, command};

#[tokio::test]
async fn a_client_of_the_vendor_is_served() {
    let program = Program::start(&["--organization", "606079812345", "--accounts", "3"]).await;
    let response = program.try_send(Method::GET, "/setup/account", Value::Null).await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(response.headers()["x-ratelimit-limit"], "6000");
    let body: Value = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
    assert_eq!(body["response"]["count"], 4);
    assert_eq!(body["response"]["items"][0]["organizationId"], "606079812345");
    program.create("fourth").await.unwrap();
    assert_eq!(program.names().await, ["Sandbox", "account-1", "account-2", "account-3", "fourth"]);
}

#[tokio::test]
async fn flags_give_resources_and_take_the_account_away() {
    let role = json!({"credentials": {"iamRole": "arn:aws:iam::123456789012:role/spot"}});
    let arguments = ["--contract", "published", "--ignore-account-scope", "--resource", "o-1a2b3c4d"];
    let program = Program::start(&arguments).await;
    let state = program.send(Method::GET, "/_sandbox/state", Value::Null).await;
    assert_eq!(state["resources"][0]["resourceId"], "o-1a2b3c4d");
    program.send(Method::POST, "/setup/credentials/aws?accountId=act-00000000", role).await;
    let state = program.send(Method::GET, "/_sandbox/state", Value::Null).await;
    assert_eq!(state["credentials"][0]["accountId"], state["organizations"][0]["defaultAccountId"]);

    let program = Program::start(&["--any-resource"]).await;
    let subscription = json!({"subscription": {
        "resourceId": "sig-anything1", "protocol": "email", "endpoint": "ops@example.com",
        "eventType": "GROUP_UPDATED",
    }});
    let made = program.send(Method::POST, "/events/subscription", subscription).await;
    assert_eq!(made["response"]["items"][0]["resourceName"], "sig-anything1");
}

#[tokio::test]
async fn users_and_their_history_outlive_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("world.json");
    let arguments = ["--data", file.to_str().unwrap(), "--administrator", "root@example.com"];
    let mut program = Program::start(&arguments).await;
    let machine = json!({"name": "ci", "policies": [{"policyId": "1"}]});
    let made = program.send(Method::POST, "/setup/user/programmatic", machine).await;
    let token = text(&made["response"]["items"][0]["token"]);
    program.signal(Signal::KILL);
    program.ended().await;

    let program = Program::start(&arguments).await;
    let users = program.send(Method::GET, "/setup/organization/user", Value::Null).await;
    assert_eq!(users["response"]["items"][0]["email"], "root@example.com");
    assert_eq!(users["response"]["items"][1]["username"], "ci");
    let audit = "/audit/events?fromDate=0&toDate=9999999999999";
    let events = program.send(Method::GET, audit, Value::Null).await;
    assert_eq!(events["response"]["items"][0]["user"], "root@example.com");
    let url = format!("{}/setup/account", program.url);
    let response = program.client.get(url).bearer_auth(&token).timeout(LIMIT).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(!std::fs::read_to_string(&file).unwrap().contains(&token));
}

#[tokio::test]
async fn the_other_contract_is_a_flag_away() {
    let program = Program::start(&["--contract", "published", "--rate-limit", "1"]).await;
    assert_eq!(program.names().await, ["Sandbox"]);
    let response = program.try_send(Method::GET, "/setup/account", Value::Null).await.unwrap();
    assert_eq!(response.status(), 429);
    assert_eq!(response.headers()["retry-after"], "60");
}

#[tokio::test]
async fn it_ends_when_told_and_when_its_parent_does() {
    for signal in [Signal::TERM, Signal::INT] {
        let mut program = Program::start(&[]).await;
        program.names().await;
        program.signal(signal);
        assert!(program.ended().await.success());
    }
    let mut program = Program::start(&["--exit-with-stdin"]).await;
    program.names().await;
    drop(program.child.stdin.take());
    assert!(program.ended().await.success());
}

#[tokio::test]
async fn an_answer_on_its_way_does_not_hold_up_the_end() {
    let mut program = Program::start(&[]).await;
    program.fault(json!({"kind": "hang", "effect": true})).await;
    let (url, client) = (program.url.clone(), program.client.clone());
    let hanging = tokio::spawn(async move {
        let request = client.post(format!("{url}/setup/account")).bearer_auth(TOKEN);
        request.body(account("hung").to_string()).send().await
    });
    while !program.names().await.contains(&"hung".to_owned()) {
        tokio::task::yield_now().await;
    }
    program.signal(Signal::TERM);
    assert!(program.ended().await.success());
    assert!(hanging.await.unwrap().is_err());
}

fn argument(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[tokio::test]
async fn what_was_answered_outlives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.json");
    let mut wanted = vec!["Sandbox".to_owned()];
    for round in 0..4 {
        let mut program = Program::start(&["--data", argument(&path)]).await;
        assert_eq!(program.names().await, wanted, "round {round}");
        for number in 0..3 {
            let name = format!("account-{round}-{number}");
            program.create(&name).await.unwrap();
            wanted.push(name);
        }
        program.signal(Signal::KILL);
        assert!(!program.ended().await.success());
    }
    let saved = std::fs::read_to_string(&path).unwrap();
    assert!(!saved.contains(TOKEN), "the file has digests only");
}

#[tokio::test]
async fn a_file_that_cannot_be_kept_or_read_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let damaged = folder.path().join("damaged.json");
    std::fs::write(&damaged, "{\"form\": 1, \"wor").unwrap();
    let other = folder.path().join("other.json");
    std::fs::write(&other, "faults: [{fault: {kind: explode}}]").unwrap();
    let nowhere = folder.path().join("no/such/folder/state.json");
    for arguments in [
        ["--data", argument(&damaged)],
        ["--data", argument(&nowhere)],
        ["--faults", argument(&other)],
        ["--faults", argument(&nowhere)],
    ] {
        let mut all = vec!["--listen", "127.0.0.1:0"];
        all.extend(arguments);
        let output = timeout(LIMIT, command(&all).output()).await.unwrap().unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(told.contains("orgkeeper-sandbox: "), "{told}");
    }
}

#[tokio::test]
async fn a_write_that_cannot_be_saved_is_no_success() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.json");
    let program = Program::start(&["--data", argument(&path)]).await;
    assert_eq!(program.names().await, ["Sandbox"]);
    // A folder where the new copy would be written.
    let beside = folder.path().join("state.json.new");
    std::fs::create_dir(&beside).unwrap();
    let unsaved = program.create("unsaved").await.unwrap();
    assert_eq!(unsaved.status(), 500);
    let told: Value = serde_json::from_slice(&unsaved.bytes().await.unwrap()).unwrap();
    assert_eq!(told["response"]["status"]["code"], 500, "in the contract's form: {told}");
    assert!(text(&told["response"]["errors"][0]["message"]).contains("cannot be saved"), "{told}");
    std::fs::remove_dir(&beside).unwrap();
    assert_eq!(program.names().await, ["Sandbox", "unsaved"], "the outcome was unknown");
}

#[tokio::test]
async fn a_broken_connection_is_broken() {
    let program = Program::start(&[]).await;
    for (kind, there) in [("resetBeforeEffect", false), ("resetAfterEffect", true)] {
        program.fault(json!({"kind": kind})).await;
        let error = program.create(kind).await.unwrap_err();
        assert!(error.is_request(), "{error:?}");
        assert_eq!(program.names().await.contains(&kind.to_owned()), there, "{kind}");
    }
    program.fault(json!({"kind": "cutBody"})).await;
    let response = program.create("cut").await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(response.content_length().unwrap() > 0);
    assert!(response.bytes().await.is_err(), "the body ends too early");
    assert!(program.names().await.contains(&"cut".to_owned()));
}

#[tokio::test]
async fn a_hanging_request_never_ends_by_itself() {
    let program = Program::start(&[]).await;
    program.fault(json!({"kind": "hang", "effect": true})).await;
    let waited = timeout(Duration::from_millis(300), program.create("hung")).await;
    assert!(waited.is_err());
    assert!(program.names().await.contains(&"hung".to_owned()));
}

#[tokio::test]
async fn a_delayed_answer_comes_late() {
    let program = Program::start(&[]).await;
    program.fault(json!({"kind": "delay", "duration": "250ms"})).await;
    let begun = Instant::now();
    assert_eq!(program.create("slow").await.unwrap().status(), 200);
    assert!(begun.elapsed() >= Duration::from_millis(250));
}

#[tokio::test]
async fn faults_come_from_a_file_and_lag_from_a_flag() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("faults.yaml");
    std::fs::write(&path, "faults:\n- {method: POST, times: 1, fault: {kind: badGateway}}\n").unwrap();
    let program = Program::start(&["--faults", argument(&path), "--lag", "1h"]).await;
    assert_eq!(program.create("refused").await.unwrap().status(), 502);
    assert_eq!(program.create("late").await.unwrap().status(), 200);
    assert_eq!(program.names().await, ["Sandbox"]);
    program.send(Method::PUT, "/_sandbox/lag", json!({"lists": "0s"})).await;
    assert_eq!(program.names().await, ["Sandbox", "late"]);
}

#[tokio::test]
async fn many_at_once_do_not_disturb_each_other() {
    let program = Program::start(&[]).await;
    let names: Vec<String> = (0..50).map(|number| format!("account-{number}")).collect();
    let created = futures::future::join_all(names.iter().map(|name| program.create(name))).await;
    assert!(created.into_iter().all(|response| response.unwrap().status() == 200));
    assert_eq!(program.names().await.len(), 51);
}

#[tokio::test]
async fn without_a_token_one_is_made_and_told() {
    let mut child = command(&["--listen", "127.0.0.1:0", "--seed", "1"]).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let line = timeout(LIMIT, lines.next_line()).await.unwrap().unwrap().unwrap();
    let (_, token) = line.split_once("token ").unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = timeout(LIMIT, lines.next_line()).await.unwrap().unwrap().unwrap();
    let url = line.strip_prefix("listening on ").unwrap();
    let client = Client::builder().no_proxy().build().unwrap();
    let response = client.get(format!("{url}/setup/account")).bearer_auth(token).send().await.unwrap();
    assert_eq!(response.status(), 200);
}

#[tokio::test]
async fn the_help_names_every_flag() {
    let output = command(&["--help"]).output().await.unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    for flag in [
        "--listen",
        "--contract",
        "--token",
        "--data",
        "--faults",
        "--lag",
        "--lag-reads",
        "--organization",
        "--accounts",
        "--rate-limit",
        "--read-timeout",
        "--seed",
        "--exit-with-stdin",
    ] {
        assert!(help.contains(flag), "{flag}");
    }
}
