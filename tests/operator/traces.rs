//! Traces: what a collector is sent, and that a log line leads to its trace.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use axum::{Router, body::Bytes, routing::post};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest, common::v1::any_value::Value as Any, trace::v1::Span,
};
use orgkeeper::sandbox::spot::Contract;
use prost::Message as _;
use serde_json::Value;
use tokio::net::TcpListener;

use crate::support::{
    house::{ACME, House, LONG},
    operator::Run,
    promcheck::lint,
    sandbox::{Sandbox, TOKEN},
    wait::wait_until,
};

/// A collector: it keeps what it is sent.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<Bytes>>>);

impl Collector {
    /// Starts to listen; returns its address too.
    async fn start() -> (Self, String) {
        let collector = Self::default();
        let kept = collector.clone();
        let take = move |body: Bytes| async move { kept.0.lock().unwrap().push(body) };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let routes = Router::new().route("/v1/traces", post(take));
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        (collector, address)
    }

    /// The services that sent something.
    fn services(&self) -> BTreeSet<String> {
        let resources = self.requests().into_iter().flat_map(|request| request.resource_spans);
        let names = resources.flat_map(|spans| spans.resource.unwrap().attributes);
        names.filter(|one| one.key == "service.name").map(|one| text(one.value.unwrap().value)).collect()
    }

    /// The spans that it was sent, by id.
    fn spans(&self) -> BTreeMap<Vec<u8>, Span> {
        let resources = self.requests().into_iter().flat_map(|request| request.resource_spans);
        let spans = resources.flat_map(|one| one.scope_spans).flat_map(|one| one.spans);
        spans.map(|span| (span.span_id.clone(), span)).collect()
    }

    fn requests(&self) -> Vec<ExportTraceServiceRequest> {
        let bodies = self.0.lock().unwrap();
        bodies.iter().map(|body| ExportTraceServiceRequest::decode(body.clone()).unwrap()).collect()
    }

    /// Whether this stands in anything that it was sent.
    fn was_told(&self, secret: &str) -> bool {
        let bodies = self.0.lock().unwrap();
        bodies.iter().any(|body| body.windows(secret.len()).any(|part| part == secret.as_bytes()))
    }
}

fn text(value: Option<Any>) -> String {
    match value {
        Some(Any::StringValue(text)) => text,
        Some(Any::IntValue(number)) => number.to_string(),
        other => format!("{other:?}"),
    }
}

fn attribute(span: &Span, key: &str) -> Option<String> {
    let found = span.attributes.iter().find(|one| one.key == key)?;
    Some(text(found.value.clone()?.value))
}

/// The span that a span is below of, however far up.
fn root<'a>(spans: &'a BTreeMap<Vec<u8>, Span>, mut span: &'a Span) -> &'a Span {
    while let Some(parent) = spans.get(&span.parent_span_id) {
        assert_eq!(parent.trace_id, span.trace_id);
        span = parent;
    }
    span
}

/// An id as it is written.
fn hex(id: &[u8]) -> String {
    format!("{:032x}", u128::from_be_bytes(id.try_into().unwrap()))
}

#[tokio::test]
async fn each_reconcile_is_a_trace_with_its_steps_and_calls_and_its_log_says_which() {
    let (collector, address) = Collector::start().await;
    let house = House::build("traces", Sandbox::start(Contract::Production).await).await;
    let operator = house.start_with(&Run::with(&["--otlp-endpoint", &address, "--log-format", "json"])).await;
    house.apply(&[house.account("payments")]).await;
    house.apply_organization().await;
    house.the_organization(ACME).ready().await;
    house.the_account("payments").ready().await;
    let log = operator.log_file();
    house.keep_pages(&operator).await;
    let (_, page) = operator.page("/metrics").await;
    // What was not sent yet is sent as it ends.
    operator.stop().await;

    let spans = collector.spans();
    assert_eq!(collector.services(), BTreeSet::from(["orgkeeper".to_owned()]));
    assert!(!collector.was_told(TOKEN), "a token stands in the traces");
    assert!(spans.values().all(|span| span.events.is_empty()), "what is logged stays in the cluster");
    let create = spans.values().find(|span| span.name == "POST /setup/account").expect("the create");
    assert_eq!(attribute(create, "http.request.method").as_deref(), Some("POST"));
    assert_eq!(attribute(create, "url.template").as_deref(), Some("/setup/account"));
    assert_eq!(attribute(create, "http.response.status_code").as_deref(), Some("200"));
    let reconcile = root(&spans, create);
    assert_eq!(reconcile.name, "reconcile");
    assert!(reconcile.parent_span_id.is_empty());
    let object = format!("SpotAccount {}/payments", house.namespace());
    assert_eq!(attribute(reconcile, "object"), Some(object.clone()));
    // The steps of that trace, and what it wrote to the cluster.
    let names: BTreeSet<&str> = spans
        .values()
        .filter(|span| span.trace_id == reconcile.trace_id)
        .map(|span| span.name.as_str())
        .collect();
    for step in ["keep", "create", "store", "patch status", "POST /setup/account"] {
        assert!(names.contains(step), "{step} in {names:?}");
    }
    // Every reconcile is a trace of its own.
    let reconciles: Vec<&Span> = spans.values().filter(|span| span.name == "reconcile").collect();
    let traces: BTreeSet<&Vec<u8>> = reconciles.iter().map(|span| &span.trace_id).collect();
    assert_eq!(traces.len(), reconciles.len());

    let id = hex(&reconcile.trace_id);
    let log = std::fs::read_to_string(log).unwrap();
    let told = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()).any(|line| {
        let span = line["spans"].as_array().into_iter().flatten().find(|span| span["name"] == "reconcile");
        span.is_some_and(|span| span["trace_id"] == *id && span["object"] == *object)
    });
    assert!(told, "no log line names trace {id}:\n{log}");

    // Times lead to traces that were sent.
    assert_eq!(lint(&page), []);
    let sent: BTreeSet<String> = spans.values().map(|span| hex(&span.trace_id)).collect();
    for family in [
        "controller_runtime_reconcile_time_seconds_bucket{",
        "orgkeeper_vendor_request_duration_seconds_bucket{",
        "orgkeeper_convergence_seconds_bucket{",
    ] {
        let lines = page.lines().filter(|line| line.starts_with(family));
        let ids = lines.filter_map(|line| Some(line.split_once("# {trace_id=\"")?.1.split_once('"')?.0));
        let ids: BTreeSet<String> = ids.map(str::to_owned).collect();
        assert!(!ids.is_empty() && ids.is_subset(&sent), "{family} leads to {ids:?}");
    }
    house.take_down().await;
}

#[tokio::test]
async fn a_collector_that_is_not_there_hinders_nothing() {
    let house = House::build("traces", Sandbox::start(Contract::Production).await).await;
    // A port that nobody listens at.
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let operator = house.start_with(&Run::with(&["--otlp-endpoint", &format!("http://{closed}")])).await;
    house.apply_organization().await;
    house.the_organization(ACME).ready().await;
    wait_until(LONG, "it is still there", async || (operator.page("/livez").await.0 == 200).then_some(()))
        .await;
    house.close(operator).await;
}
