use super::catalogue::Kind;
use super::moment::seconds;
use super::*;
use crate::api::kind::KindRef;
use crate::api::spot::SpotAccount;
use crate::engine::runtime::census::{self, OfKind};
use crate::engine::runtime::queue::{Picture, Priority};
use futures::FutureExt as _;
use futures::future::{BoxFuture, pending, ready};
use http::{Request, Response};
use serde_json::json;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;
use tower::{Layer as _, Service};
const ROOT: KindRef = KindRef::bare("example.dev", "Root");
const THING: KindRef = KindRef::bare("example.dev", "Thing");

fn root(name: &str) -> ObjectRef {
    ObjectRef { kind: ROOT, namespace: "n".into(), name: name.into() }
}

fn at(second: i64) -> jiff::Timestamp {
    jiff::Timestamp::from_second(second).unwrap()
}

/// A moment at which these organizations are kept.
fn moment(roots: &[&str]) -> Census {
    let of = |name: &&str| census::Root {
        object: root(name),
        id: Some(format!("id-{name}")),
        resync: Duration::from_mins(5),
        conditions: vec![census::Condition {
            condition: "Ready".into(),
            reason: "InSync".into(),
            holds: true,
        }],
        waiting: 2,
    };
    let things = OfKind {
        states: BTreeMap::from([("ready", 2), ("stalled", 0)]),
        not_ready: BTreeMap::from([("TokenRefused".to_owned(), 1)]),
        drifted: 4,
    };
    let queue = Picture {
        waiting: BTreeMap::from([((THING, Priority::Change), 3)]),
        running: BTreeMap::from([(THING, vec![Duration::from_secs(1), Duration::from_secs(4)])]),
        added: BTreeMap::from([(THING, 7)]),
    };
    Census { kinds: BTreeMap::from([(THING, things)]), roots: roots.iter().map(of).collect(), queue }
}

/// Metrics of a life in which everything happened once.
fn lived() -> Metrics {
    let metrics = Metrics::new();
    metrics.lead("orgkeeper", true);
    metrics.watch_begun("Thing");
    metrics.watch_failed("Thing");
    metrics.taken(THING, 0.01);
    metrics.reconciled(THING, "success", 0.01);
    metrics.reconciled(THING, "error", 0.01);
    metrics.stalled(THING);
    metrics.panicked(THING);
    metrics.status(THING, false);
    metrics.created(THING, "created");
    metrics.drift(THING, true);
    metrics.converged(THING, 1.5);
    metrics.detail(THING, "sweep");
    metrics.guarded(THING, "passed");
    metrics.dropped(THING);
    metrics.unparsed(THING, 2);
    metrics.unparsed(THING, -1);
    metrics.called("/x/{id}", "GET", "200", 0.1);
    metrics.deferred("/x/{id}", "GET");
    for name in ["acme", "gone"] {
        let id = format!("id-{name}");
        let signal = Signal { limit: Some(60), remaining: Some(0), ..Signal::default() };
        metrics.allowed(&id, "/x", "GET", signal);
        metrics.paused(&id, "/x", "GET", at(1_700_000_000));
        metrics.unseen(THING, &root(name), Some(1.5));
        metrics.inventoried(&root(name), at(1_700_000_000));
        metrics.vendor_objects(THING, &root(name), Some(Count { total: 7, unmanaged: 3 }));
        metrics.expires(&root(name), Some(at(1_800_000_000)));
    }
    metrics.show(&moment(&["acme", "gone"]), 16);
    metrics
}

#[test]
fn the_page_has_the_names_that_dashboards_ask_for() {
    let page = lived().page().unwrap();
    for line in [
        r#"controller_runtime_reconcile_total{controller="Thing",result="success"} 1"#,
        r#"controller_runtime_reconcile_total{controller="Thing",result="requeue_after"} 0"#,
        r#"controller_runtime_reconcile_errors_total{controller="Thing"} 1"#,
        r#"controller_runtime_terminal_reconcile_errors_total{controller="Thing"} 1"#,
        r#"controller_runtime_reconcile_panics_total{controller="Thing"} 1"#,
        r#"controller_runtime_reconcile_time_seconds_count{controller="Thing"} 2"#,
        r#"controller_runtime_max_concurrent_reconciles{controller="Thing"} 16.0"#,
        r#"controller_runtime_active_workers{controller="Thing"} 2.0"#,
        r#"workqueue_depth{name="Thing",controller="Thing",priority="change"} 3.0"#,
        r#"workqueue_depth{name="Thing",controller="Thing",priority="resync"} 0.0"#,
        r#"workqueue_adds_total{name="Thing",controller="Thing"} 7"#,
        r#"workqueue_retries_total{name="Thing",controller="Thing"} 1"#,
        r#"workqueue_queue_duration_seconds_count{name="Thing",controller="Thing"} 1"#,
        r#"workqueue_work_duration_seconds_count{name="Thing",controller="Thing"} 2"#,
        r#"workqueue_unfinished_work_seconds{name="Thing",controller="Thing"} 5.0"#,
        r#"workqueue_longest_running_processor_seconds{name="Thing",controller="Thing"} 4.0"#,
        r#"leader_election_master_status{name="orgkeeper"} 1"#,
        r#"orgkeeper_vendor_requests_total{route="/x/{id}",method="GET",code="200"} 1"#,
        r#"orgkeeper_vendor_limit{organization_id="id-acme",route="/x",method="GET"} 60.0"#,
        r#"orgkeeper_vendor_limit_remaining{organization_id="id-acme",route="/x",method="GET"} 0.0"#,
        r#"orgkeeper_vendor_paused_until_timestamp_seconds{organization_id="id-acme",route="/x",method="GET"} 1700000000.0"#,
        r#"orgkeeper_detail_reads_total{kind="Thing",cause="sweep"} 1"#,
        r#"orgkeeper_objects_unparsed{kind="Thing"} 1"#,
        r#"orgkeeper_oldest_unseen_seconds{organization="n/acme",kind="Thing"} 1.5"#,
        r#"orgkeeper_inventory_read_timestamp_seconds{organization="n/acme"} 1700000000.0"#,
        r#"orgkeeper_organization_resync_seconds{organization="n/acme"} 300.0"#,
        r#"orgkeeper_organization_condition{organization="n/acme",condition="Ready",reason="InSync"} 1.0"#,
        r#"orgkeeper_organization_info{organization="n/acme",organization_id="id-acme"} 1"#,
        r#"orgkeeper_destructive_writes_waiting{organization="n/acme"} 2.0"#,
        r#"orgkeeper_credential_expiry_timestamp_seconds{kind="Root",object="n/acme"} 1800000000.0"#,
        r#"orgkeeper_objects{kind="Thing",state="ready"} 2.0"#,
        r#"orgkeeper_objects{kind="Thing",state="stalled"} 0.0"#,
        r#"orgkeeper_objects_not_ready{kind="Thing",reason="TokenRefused"} 1.0"#,
        r#"orgkeeper_drifted_fields{kind="Thing"} 4.0"#,
        r#"orgkeeper_convergence_seconds_count{kind="Thing"} 1"#,
        r#"orgkeeper_vendor_objects{organization="n/acme",kind="Thing",managed="true"} 4.0"#,
        r#"orgkeeper_vendor_objects{organization="n/acme",kind="Thing",managed="false"} 3.0"#,
        &format!(r#"orgkeeper_build_info{{version="{}"}} 1"#, env!("CARGO_PKG_VERSION")),
        "# EOF",
    ] {
        assert!(page.lines().any(|known| known == line), "{line} is not in\n{page}");
    }
}

#[test]
fn an_organization_that_is_gone_is_shown_no_more() {
    let metrics = lived();
    assert!(metrics.page().unwrap().contains("gone"));
    metrics.expires(&root("gone"), None);
    metrics.show(&moment(&["acme"]), 16);
    let page = metrics.page().unwrap();
    assert!(!page.contains("gone"), "limits and pauses included:\n{page}");
    assert!(page.contains("acme"));
    // What was under way when it went tells once more.
    metrics.paused("id-gone", "/x", "GET", at(1));
    metrics.show(&moment(&["acme"]), 16);
    assert!(!metrics.page().unwrap().contains("gone"));
}

#[test]
fn what_was_added_to_the_queue_is_counted_once() {
    let metrics = lived();
    let mut later = moment(&["acme"]);
    metrics.show(&later, 16);
    later.queue.added.insert(THING, 9);
    metrics.show(&later, 16);
    let line = r#"workqueue_adds_total{name="Thing",controller="Thing"} 9"#;
    assert!(metrics.page().unwrap().lines().any(|known| known == line));
}

#[test]
fn the_process_is_shown_as_it_is() {
    let page = Metrics::new().page().unwrap();
    let value = |name: &str| -> f64 {
        let line = page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("{name} is not in\n{page}")).parse().unwrap()
    };
    assert!(value("process_cpu_seconds_total") > 0.0);
    assert!(value("process_resident_memory_bytes") > 1e6);
    assert!(value("process_virtual_memory_bytes") >= value("process_resident_memory_bytes"));
    assert!(value("process_open_fds") >= 3.0 && value("process_open_fds") <= value("process_max_fds"));
    assert!((value("process_start_time_seconds") - seconds(jiff::Timestamp::now())).abs() < 60.0);
}

#[test]
fn families_have_the_labels_that_they_are_listed_with() {
    let metrics = lived();
    let page = metrics.page().unwrap();
    for known in metrics.families() {
        let samples: Vec<&str> = page.lines().filter(|line| is_of(known, line)).collect();
        if known.family.starts_with("rest_client") {
            assert!(samples.is_empty(), "no client was made here");
            continue;
        }
        assert!(!samples.is_empty(), "{} was not told of", known.family);
        for sample in samples {
            let labels = sample.split_once('{').map_or("", |(_, rest)| rest);
            let names: Vec<&str> = labels
                .split("\",")
                .filter_map(|label| Some(label.trim_start_matches(',').split_once("=\"")?.0))
                .filter(|name| *name != "le")
                .collect();
            assert_eq!(names, known.labels, "{sample}");
        }
    }
}

/// Whether the line is a sample of the family.
fn is_of(known: &Described, line: &str) -> bool {
    let name = line.split(['{', ' ']).next().unwrap_or_default();
    let suffixes: &[&str] = match known.kind {
        Kind::Counter => &["_total"],
        Kind::Gauge => &[""],
        Kind::Histogram => &["_bucket", "_sum", "_count"],
        Kind::Info => &["_info"],
    };
    suffixes.iter().any(|suffix| name.strip_prefix(known.family) == Some(suffix))
}

#[test]
fn names_keep_the_rules_of_openmetrics() {
    let metrics = Metrics::new();
    let mut seen = std::collections::BTreeSet::new();
    for known in metrics.families() {
        let word = |text: &str| text.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        assert!(word(known.family) && known.labels.iter().all(|label| word(label)), "{}", known.family);
        assert!(seen.insert(known.family), "{} is there twice", known.family);
        for reserved in ["_total", "_created", "_count", "_sum", "_bucket", "_info"] {
            assert!(!known.family.ends_with(reserved), "{} ends with what samples add", known.family);
        }
        for taken in ["le", "quantile", "namespace", "pod", "job", "instance", "service", "endpoint"] {
            assert!(!known.labels.contains(&taken), "{}: a scrape or a histogram sets {taken}", known.family);
        }
    }
}

#[cfg(feature = "otlp")]
#[test]
fn times_lead_to_a_trace_where_there_is_one() {
    use opentelemetry::trace::TracerProvider as _;
    use tracing_subscriber::layer::SubscriberExt as _;

    let metrics = Metrics::new();
    metrics.called("/a", "GET", "200", 0.1);
    assert!(!metrics.page().unwrap().contains("trace_id"), "outside of any");
    let provider = opentelemetry_sdk::trace::SdkTracerProvider::builder().build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
    let id = tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        let span = tracing::info_span!("reconcile");
        span.in_scope(|| metrics.called("/b", "GET", "200", 0.1));
        crate::trace::id(&span).unwrap()
    });
    let page = metrics.page().unwrap();
    let exemplars: Vec<&str> = page.lines().filter(|line| line.contains(" # {")).collect();
    assert_eq!(exemplars.len(), 1, "{page}");
    assert!(exemplars[0].contains(r#"route="/b""#), "{}", exemplars[0]);
    assert!(exemplars[0].contains(&format!(r#"# {{trace_id="{id}"}} 0.1"#)), "{}", exemplars[0]);
}

/// A server that answers with this code, breaks the connection, or never answers.
enum Server {
    Answers(u16),
    Breaks,
    Hangs,
}

impl Service<Request<()>> for Server {
    type Response = Response<()>;
    type Error = ();
    type Future = BoxFuture<'static, Result<Response<()>, ()>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<()>) -> Self::Future {
        match self {
            Self::Answers(code) => ready(Ok(Response::builder().status(*code).body(()).unwrap())).boxed(),
            Self::Breaks => ready(Err(())).boxed(),
            Self::Hangs => pending().boxed(),
        }
    }
}

#[test]
fn every_call_to_the_api_server_is_counted_when_it_ends() {
    let metrics = Metrics::new();
    let layer = metrics.api_calls("10.0.0.1:443");
    let call = |server, method| {
        let request = Request::builder().method(method).uri("/api").body(()).unwrap();
        // What is not answered at once is dropped, as by a time-out.
        drop(layer.layer(server).call(request).now_or_never());
    };
    call(Server::Answers(200), "GET");
    call(Server::Answers(200), "GET");
    call(Server::Answers(409), "PATCH");
    call(Server::Breaks, "GET");
    call(Server::Hangs, "GET");
    let page = metrics.page().unwrap();
    for line in [
        r#"rest_client_requests_total{code="200",method="GET",host="10.0.0.1:443"} 2"#,
        r#"rest_client_requests_total{code="409",method="PATCH",host="10.0.0.1:443"} 1"#,
        r#"rest_client_requests_total{code="<error>",method="GET",host="10.0.0.1:443"} 2"#,
        r#"rest_client_request_duration_seconds_count{verb="GET",host="10.0.0.1:443"} 4"#,
        // Before there is any: so the first is an increase.
        r#"rest_client_requests_total{code="403",method="PATCH",host="10.0.0.1:443"} 0"#,
        r#"rest_client_requests_total{code="401",method="GET",host="10.0.0.1:443"} 0"#,
    ] {
        assert!(page.lines().any(|known| known == line), "{line} is not in\n{page}");
    }
}

#[test]
fn objects_are_counted_by_state_and_by_why_they_are_not_ready() {
    let condition = |kind: &str, status: &str, reason: &str| {
        json!({
            "type": kind, "status": status, "reason": reason, "message": "",
            "lastTransitionTime": "2026-01-01T00:00:00Z",
        })
    };
    let of = |drift: &[&str], conditions: &[serde_json::Value]| -> Rc<SpotAccount> {
        let entry = |path: &&str| json!({"path": path, "since": "2026-01-01T00:00:00Z"});
        let drift: Vec<_> = drift.iter().map(entry).collect();
        let object = json!({
            "apiVersion": "spot.orgkeeper.dev/v1alpha1", "kind": "SpotAccount",
            "metadata": {"name": "a", "namespace": "n", "generation": 1},
            "spec": {"organizationRef": {"name": "acme"}, "name": "a"},
            "status": {"observedGeneration": 1, "conditions": conditions, "drift": drift},
        });
        Rc::new(serde_json::from_value(object).unwrap())
    };
    let objects = [
        of(&["name", "channels"], &[condition("Ready", "True", "Drifted")]),
        of(&[], &[]),
        of(&[], &[condition("Ready", "False", "TokenNeeded"), condition("Stalled", "True", "TokenNeeded")]),
        of(
            &[],
            &[condition("Ready", "False", "TokenNeeded"), condition("Reconciling", "True", "TokenNeeded")],
        ),
        of(&[], &[condition("Ready", "Unknown", "Suspended"), condition("Suspended", "True", "Suspended")]),
    ];
    let count = OfKind::of(&objects);
    let states = [("deleting", 0), ("ready", 1), ("reconciling", 2), ("stalled", 1), ("suspended", 1)];
    assert_eq!(count.states, BTreeMap::from(states));
    let reasons = [("Progressing".to_owned(), 1), ("TokenNeeded".to_owned(), 2)];
    assert_eq!(count.not_ready, BTreeMap::from(reasons), "who is suspended is left alone");
    assert_eq!(count.drifted, 2);
}
