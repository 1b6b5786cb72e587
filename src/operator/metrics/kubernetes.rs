//! Calls to the API server, under client-go's names, and how watches do.

use super::catalogue::Catalogue;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::{Method, Request, Response, StatusCode};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;
use tower::{Layer, Service};

/// The bounds of calls, s: those of client-go, less crowded.
const BOUNDS: [f64; 12] = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 2.0, 4.0, 8.0, 15.0, 30.0];
/// What the operator calls with.
const METHODS: [Method; 5] = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
/// The API server's answers to who may not.
const REFUSALS: [StatusCode; 2] = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN];
/// Client-go's word for a call without an answer.
const NO_ANSWER: &str = "<error>";

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EncodeLabelSet)]
struct Call {
    code: String,
    method: String,
    host: String,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EncodeLabelSet)]
struct Verb {
    verb: String,
    host: String,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EncodeLabelSet)]
struct Watch {
    watch: String,
}

/// Calls to the API server.
#[derive(Clone)]
pub struct Kubernetes {
    calls: Family<Call, Counter>,
    seconds: Family<Verb, Histogram, fn() -> Histogram>,
    watch_failures: Family<Watch, Counter>,
}

impl Kubernetes {
    /// Adds them to the page.
    pub fn new(page: &mut Catalogue) -> Self {
        Self {
            calls: page.keep(
                "rest_client_requests",
                &["code", "method", "host"],
                "Calls to the API server by status code; where there was no answer, client-go's word for an \
                 error",
                Family::default(),
            ),
            seconds: page.keep(
                "rest_client_request_duration_seconds",
                &["verb", "host"],
                "Time of a call to the API server, until its answer begins",
                Family::new_with_constructor(|| Histogram::new(BOUNDS)),
            ),
            watch_failures: page.keep(
                "orgkeeper_watch_failures",
                &["watch"],
                "Watches of the API server that failed and were begun again",
                Family::default(),
            ),
        }
    }

    /// A watch is begun.
    pub fn watch_begun(&self, watch: &str) {
        self.watch_failures.get_or_create(&Watch { watch: watch.to_owned() }).inc_by(0);
    }

    /// A watch failed.
    pub fn watch_failed(&self, watch: &str) {
        self.watch_failures.get_or_create(&Watch { watch: watch.to_owned() }).inc();
    }

    /// What counts the calls of a client to this host. Refusals are there from the start, at zero: one may be all
    /// that there is for long, and only what was lower before is an increase.
    pub fn layer(&self, host: &str) -> Counting {
        for method in METHODS {
            for code in REFUSALS.map(|code| code.as_str().to_owned()) {
                let call = Call { code, method: method.to_string(), host: host.to_owned() };
                drop(self.calls.get_or_create(&call));
            }
        }
        Counting { calls: self.clone(), host: host.into() }
    }
}

/// Counts the calls of a client.
#[derive(Clone)]
pub struct Counting {
    calls: Kubernetes,
    host: Arc<str>,
}

impl<S> Layer<S> for Counting {
    type Service = Counted<S>;

    fn layer(&self, inner: S) -> Counted<S> {
        Counted { inner, counting: self.clone() }
    }
}

/// A client whose calls are counted.
#[derive(Clone)]
pub struct Counted<S> {
    inner: S,
    counting: Counting,
}

impl<S, A, B> Service<Request<A>> for Counted<S>
where
    S: Service<Request<A>, Response = Response<B>>,
    S::Future: Send + 'static,
    S::Error: Send,
    B: Send,
{
    type Response = Response<B>;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<Response<B>, S::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<A>) -> Self::Future {
        let asked = Asked {
            counting: self.counting.clone(),
            method: request.method().clone(),
            began: Instant::now(),
            answer: None,
        };
        let answer = self.inner.call(request);
        async move {
            // As a whole: it counts when it is dropped.
            let mut asked = asked;
            let answer = answer.await;
            asked.answer = answer.as_ref().ok().map(Response::status);
            answer
        }
        .boxed()
    }
}

/// A call under way. It is counted when it ends: also when nobody waits for its answer any more.
struct Asked {
    counting: Counting,
    method: Method,
    began: Instant,
    answer: Option<StatusCode>,
}

impl Drop for Asked {
    fn drop(&mut self) {
        let Counting { calls, host } = &self.counting;
        let (method, host) = (self.method.to_string(), host.to_string());
        let verb = Verb { verb: method.clone(), host: host.clone() };
        calls.seconds.get_or_create(&verb).observe(self.began.elapsed().as_secs_f64());
        let code = self.answer.map_or(NO_ANSWER.to_owned(), |code| code.as_str().to_owned());
        calls.calls.get_or_create(&Call { code, method, host }).inc();
    }
}
