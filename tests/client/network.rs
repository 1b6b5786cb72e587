//! The real network against servers that misbehave.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Method;
use orgkeeper::engine::base::ports::{HttpRequest, HttpResponse, Network as _, NetworkError};
use orgkeeper::operator::network::{HttpNetwork, Limits};
use secrecy::SecretString;

use crate::stub::{Answer, Stub, Then};
use crate::world::network;

fn request(method: Method, url: &str) -> HttpRequest {
    HttpRequest {
        method,
        url: url.parse().unwrap(),
        headers: vec![("accept", "application/json".into()), ("content-type", "application/json".into())],
        bearer: Some(SecretString::from("canary-token")),
        body: Bytes::new(),
        ca_bundle: None,
        leaves_by: None,
    }
}

/// Posts to a server that answers so; the server must have seen the request exactly once.
async fn post(limits: Limits, answer: Answer) -> Result<HttpResponse, NetworkError> {
    let stub = Stub::start(move |_| answer.clone()).await;
    let started = Instant::now();
    let result = network(limits).send(request(Method::POST, &stub.url)).await;
    assert!(started.elapsed() < LONG, "some limit must have ended it");
    assert_eq!(stub.lines(), ["POST /"], "sent once, and never again");
    if let Err(error) = &result {
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("canary") && !shown.contains("127.0.0.1"), "{shown}");
    }
    result
}

/// Short enough for a test that waits for it, long enough for a busy machine.
const SHORT: Duration = Duration::from_secs(1);
/// Never reached.
const LONG: Duration = Duration::from_mins(1);

/// No limit is in the way but the one that a test sets.
const PATIENT: Limits =
    Limits { connect: LONG, headers: LONG, body: LONG, call: LONG, body_bytes: 256 * 1024 };

const HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nten bytes.";
const ENDLESS: &str = "HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n";
const UNBOUNDED: &str = "HTTP/1.1 200 OK\r\n\r\n";

#[tokio::test]
async fn nobody_listens() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = network(PATIENT).send(request(Method::GET, &url)).await.unwrap_err();
    assert!(matches!(&error, NetworkError::Connect(why) if why.contains("refused")), "{error:?}");
}

#[tokio::test]
async fn silence_before_the_headers() {
    let limits = Limits { headers: SHORT, ..PATIENT };
    for start in ["", "HTTP/1.1 200 OK\r\nContent-"] {
        let error = post(limits, Answer::raw(start, Then::Hang)).await.unwrap_err();
        assert_eq!(error, NetworkError::TimedOut("no answer within 1s".into()));
    }
}

#[tokio::test]
async fn silence_in_the_handshake() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let limits = Limits { connect: SHORT, ..PATIENT };
    let error = network(limits).send(request(Method::GET, &url)).await.unwrap_err();
    assert!(matches!(error, NetworkError::TimedOut(_)), "{error:?}");
}

#[tokio::test]
async fn silence_in_the_body() {
    let limits = Limits { body: SHORT, ..PATIENT };
    let error = post(limits, Answer::raw(HEAD, Then::Hang)).await.unwrap_err();
    assert_eq!(error, NetworkError::TimedOut("no end of the answer within 1s".into()));
}

#[tokio::test]
async fn a_body_that_trickles_is_cut_off_by_the_limit_of_the_whole_call() {
    let limits = Limits { call: SHORT, ..PATIENT };
    let trickle = Answer::raw(ENDLESS, Then::Endless(Duration::from_millis(5)));
    let error = post(limits, trickle).await.unwrap_err();
    assert_eq!(error, NetworkError::TimedOut("no whole answer within 1s".into()));
    assert_eq!(network(limits).call_timeout(), SHORT, "what the fence reckons with");
}

#[tokio::test]
async fn a_body_without_an_end_is_cut_off_by_its_size() {
    let error = post(PATIENT, Answer::raw(UNBOUNDED, Then::Endless(Duration::ZERO))).await.unwrap_err();
    assert_eq!(error, NetworkError::TooLarge(PATIENT.body_bytes));
}

#[tokio::test]
async fn a_body_that_says_it_is_huge_is_not_read() {
    let huge = "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n";
    let error = post(PATIENT, Answer::raw(huge, Then::Hang)).await.unwrap_err();
    assert_eq!(error, NetworkError::TooLarge(PATIENT.body_bytes));
}

#[tokio::test]
async fn a_body_of_just_the_limit_is_read() {
    let limits = Limits { body_bytes: 1000, ..Limits::default() };
    let whole = post(limits, Answer::http(200, "", &"x".repeat(1000))).await.unwrap();
    assert_eq!(whole.body.len(), 1000);
    let error = post(limits, Answer::http(200, "", &"x".repeat(1001))).await.unwrap_err();
    assert_eq!(error, NetworkError::TooLarge(1000));
}

#[tokio::test]
async fn connections_that_break_are_not_tried_again() {
    let table = [
        ("at once", Answer::raw("", Then::Close)),
        ("at once, reset", Answer::raw("", Then::Reset)),
        ("in the headers", Answer::raw("HTTP/1.1 200 OK\r\nContent-", Then::Close)),
        ("in the body", Answer::raw(HEAD, Then::Close)),
        ("in the body, reset", Answer::raw(HEAD, Then::Reset)),
        ("no HTTP", Answer::raw("SSH-2.0-OpenSSH_9.9\r\n", Then::Close)),
    ];
    for (when, answer) in table {
        let error = post(Limits::default(), answer).await.unwrap_err();
        assert!(matches!(error, NetworkError::Lost(_)), "{when}: {error:?}");
    }
}

#[tokio::test]
async fn a_reused_connection_that_breaks_is_not_tried_again() {
    let stub = Stub::start(|seen| match seen.line() {
        "GET /" => Answer::http(200, "", "{}"),
        _ => Answer::raw("", Then::Close),
    })
    .await;
    let network = network(Limits::default());
    network.send(request(Method::GET, &stub.url)).await.unwrap();
    let error = network.send(request(Method::POST, &stub.url)).await.unwrap_err();
    assert!(matches!(error, NetworkError::Lost(_)), "{error:?}");
    let seen: Vec<_> = stub.seen().iter().map(|seen| (seen.connection, seen.line().to_owned())).collect();
    assert_eq!(seen, [(0, "GET /".into()), (0, "POST /".into())], "on one connection, and once");
}

#[tokio::test]
async fn redirects_are_answers() {
    let elsewhere = Stub::start(|_| Answer::http(200, "", "{}")).await;
    for status in [301, 302, 303, 307, 308] {
        let location = format!("Location: {}/\r\n", elsewhere.url);
        let response = post(Limits::default(), Answer::http(status, &location, "")).await.unwrap();
        assert_eq!(response.status.as_u16(), status);
    }
    assert!(elsewhere.lines().is_empty(), "the token went nowhere else");
}

#[tokio::test]
async fn what_is_sent() {
    let stub = Stub::start(|_| Answer::http(200, "", "{}")).await;
    let network = network(Limits::default());
    let mut put = request(Method::PUT, &format!("{}/a/b?c=d", stub.url));
    put.body = Bytes::from_static(b"{\"a\":1}");
    // A token from a file often ends in a line break.
    put.bearer = Some(SecretString::from("canary-token\n"));
    network.send(put).await.unwrap();
    network.send(request(Method::GET, &stub.url)).await.unwrap();
    let seen = stub.seen();
    assert_eq!((seen[0].line(), seen[0].body.as_str()), ("PUT /a/b?c=d", "{\"a\":1}"));
    for seen in &seen {
        assert_eq!(seen.connection, 0, "connections are used again");
        assert_eq!(seen.header("authorization"), Some("Bearer canary-token"));
        assert_eq!(seen.header("accept"), Some("application/json"));
        assert_eq!(seen.header("content-type"), Some("application/json"));
        let agent = concat!("orgkeeper/", env!("CARGO_PKG_VERSION"));
        assert_eq!(seen.header("user-agent"), Some(agent));
    }
}

async fn unsendable(network: &HttpNetwork, request: HttpRequest, expected: &str) {
    let error = network.send(request).await.unwrap_err();
    let NetworkError::Unsendable(why) = &error else { panic!("{error:?}") };
    assert!(why.contains(expected) && !why.contains("canary"), "{why}");
}

#[tokio::test]
async fn what_cannot_be_sent_is_not_sent() {
    let stub = Stub::start(|_| Answer::http(200, "", "{}")).await;
    let network = network(Limits::default());
    let begin = "-----BEGIN CERTIFICATE-----\n";
    let end = "\n-----END CERTIFICATE-----\n";
    let bundles = ["", "canary", &format!("{begin}canary{end}"), &format!("{begin}Y2FuYXJ5{end}"), begin];
    for bundle in bundles {
        let mut request = request(Method::GET, &stub.url);
        request.ca_bundle = Some(bundle.into());
        unsendable(&network, request, "CA bundle").await;
    }
    for token in ["canary\ntoken", "canary\0", "canary\u{7f}"] {
        let mut request = request(Method::GET, &stub.url);
        request.bearer = Some(SecretString::from(token));
        unsendable(&network, request, "token").await;
    }
    assert!(stub.lines().is_empty());
}
