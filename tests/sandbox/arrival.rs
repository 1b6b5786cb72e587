//! Requests that do not arrive, or are too much: what the program says, and how long it waits.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::harness::{TOKEN, text};
use crate::program::{LIMIT, Program, command};

async fn connect(program: &Program) -> TcpStream {
    TcpStream::connect(program.url.strip_prefix("http://").unwrap()).await.unwrap()
}

/// All that comes until the connection ends.
async fn rest(stream: &mut TcpStream) -> String {
    let mut told = Vec::new();
    // A reset is an end as well.
    let _ = timeout(LIMIT, stream.read_to_end(&mut told)).await.expect("it ends the connection");
    String::from_utf8(told).unwrap()
}

fn head(path: &str, length: usize) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\nContent-Length: {length}\r\n\r\n"
    )
}

fn body_of(answer: &str) -> Value {
    serde_json::from_str(answer.split_once("\r\n\r\n").expect("a whole answer").1).unwrap()
}

#[tokio::test]
async fn a_head_that_does_not_arrive_is_not_waited_for() {
    let program = Program::start(&["--read-timeout", "200ms"]).await;
    for start in ["", "GET /setup/acc", "GET /setup/account HTTP/1.1\r\nHost: x\r\n"] {
        let mut stream = connect(&program).await;
        stream.write_all(start.as_bytes()).await.unwrap();
        assert_eq!(rest(&mut stream).await, "", "{start:?}");
    }
    program.names().await;
}

#[tokio::test]
async fn a_head_that_comes_by_the_byte_is_not_waited_for() {
    let program = Program::start(&["--read-timeout", "200ms"]).await;
    let mut stream = connect(&program).await;
    stream.write_all(b"GET /setup/account HTTP/1.1\r\nx-slow: ").await.unwrap();
    let dripped = async {
        while stream.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(LIMIT, dripped).await.expect("it ends the connection");
}

#[tokio::test]
async fn an_answer_may_take_longer_than_a_request() {
    let program = Program::start(&["--read-timeout", "200ms"]).await;
    program.fault(json!({"kind": "delay", "duration": "700ms"})).await;
    assert_eq!(program.create("slow").await.unwrap().status(), 200);
    assert!(program.names().await.contains(&"slow".to_owned()));
}

#[tokio::test]
async fn a_body_that_does_not_arrive_is_refused_in_the_contracts_form() {
    for contract in ["production", "published"] {
        let program = Program::start(&["--read-timeout", "200ms", "--contract", contract]).await;
        let mut stream = connect(&program).await;
        let start = format!("{}{{\"account\":", head("/setup/account", 100));
        stream.write_all(start.as_bytes()).await.unwrap();
        let told = rest(&mut stream).await;
        assert!(told.starts_with("HTTP/1.1 408 "), "{told}");
        let body = body_of(&told);
        match contract {
            "production" => {
                assert_eq!(body["response"]["status"]["code"], 408);
                assert_eq!(body["response"]["errors"][0]["code"], "REQUEST_TIMEOUT");
                assert!(told.contains("x-ratelimit-remaining: "), "{told}");
            }
            _ => assert!(body["error"].is_string() && body["message"].is_string(), "{body}"),
        }
        assert_eq!(program.names().await, ["Sandbox"]);
        let log = program.send(Method::GET, "/_sandbox/requests", Value::Null).await;
        assert_eq!(
            (&log["requests"][0]["status"], &log["requests"][0]["method"]),
            (&json!(408), &json!("POST"))
        );
    }
}

#[tokio::test]
async fn a_body_that_is_too_long_is_refused_in_the_form_of_whom_it_is_for() {
    let program = Program::start(&[]).await;
    let long = json!({"account": {"name": "x".repeat(2 << 20)}});
    let answer = program.try_send(Method::POST, "/setup/account", long.clone()).await.unwrap();
    assert_eq!(answer.status(), 413);
    let told: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
    assert_eq!(told["response"]["errors"][0]["code"], "PAYLOAD_TOO_LARGE");
    assert!(told["request"]["id"].is_string());
    let answer = program.try_send(Method::POST, "/_sandbox/accounts", long).await.unwrap();
    assert_eq!(answer.status(), 413);
    let told: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
    assert!(text(&told["error"]).contains("longer than 1048576 bytes"), "{told}");
    assert_eq!(program.names().await, ["Sandbox"]);
}

#[tokio::test]
async fn flags_that_make_no_sense_are_refused() {
    for arguments in [["--lag=-5s"], ["--read-timeout=-1s"], ["--lag=soon"], ["--accounts=4000000000"]] {
        let output = timeout(LIMIT, command(&arguments).output()).await.unwrap().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let (flag, _) = arguments[0].split_once('=').unwrap();
        assert!(String::from_utf8(output.stderr).unwrap().contains(flag), "{arguments:?}");
    }
}
