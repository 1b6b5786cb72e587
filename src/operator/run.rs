//! The operator: everything that `orgkeeper run` starts, in one place.

use crate::engine::base::ports::{Clock, Cluster, Entropy, Network};
use crate::engine::lead::fence::Fence;
use crate::engine::lead::lease::{Keeper, Terms};
use crate::engine::run::{End, Engine, FINGERPRINT_SECRET};
use crate::engine::runtime::context::{Context, Ports, Settings};
use crate::engine::runtime::queue::{Backoff, Shares};
use crate::operator::cluster::KubeCluster;
use crate::operator::health::{BEAT, Health};
use crate::operator::http;
use crate::operator::metrics::Metrics;
use crate::operator::network::{HttpNetwork, Limits, Proxy};
use crate::operator::ports::{self, SystemClock, SystemEntropy};
use crate::operator::switched_off::SwitchedOff;
use crate::operator::vendors;
use crate::operator::watch::{Scope, Watches};
use crate::vendors::endpoints::AllowedEndpoints;
use futures::stream;
use kube::Client;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::mpsc::unbounded_channel;

/// Kept free between the end of a vendor call and the end of the lease.
const FENCE_MARGIN: Duration = Duration::from_secs(1);

/// How to run.
#[derive(Clone, Debug)]
pub struct Options {
    /// The namespace of the installation: of the Lease and of the key of fingerprints.
    pub namespace: String,
    /// The vendors that are on, by name.
    pub vendors: Vec<String>,
    /// Which namespaces are watched.
    pub scope: Scope,
    /// To which endpoints tokens may be sent.
    pub endpoints: AllowedEndpoints,
    /// How long the vendor may take to carry a request out and its lists to show it.
    pub settle: Duration,
    /// The longest vendor call.
    pub call_timeout: Duration,
    /// The Lease's name.
    pub lease: String,
    /// How long a renewal of the Lease holds.
    pub lease_duration: Duration,
    /// How often the Lease is renewed.
    pub lease_renew: Duration,
    /// Whether nothing is written to vendors.
    pub read_only: bool,
    /// How many objects are worked on at once.
    pub workers: usize,
    /// The Secrets that are used, by name; all if empty.
    pub secret_names: Vec<String>,
    /// Whether token Secrets are kept while a deletion needs them.
    pub hold_secrets: bool,
    /// How many calls of an organization's resync read what no list shows.
    pub sweep_calls: u32,
    /// First and longest wait after failures.
    pub backoff: Backoff,
    /// When to look again at what only a person can resolve.
    pub slow_retry: Duration,
    /// How long the former token still works after a rotation.
    pub rotation_overlap: Duration,
}

/// Runs until `stop`, or until another process has the Lease.
///
/// # Errors
/// What cannot work from the start.
pub async fn run(
    client: Client,
    metrics: Metrics,
    listener: TcpListener,
    options: Options,
    stop: impl Future<Output = ()>,
) -> std::io::Result<End> {
    metrics.lead(&options.lease, false);
    let scope = match &options.scope {
        Scope::All => "all".to_owned(),
        Scope::Namespaces(names) => names.join(", "),
    };
    let (vendors, off): (Vec<_>, Vec<_>) =
        vendors::all().into_iter().partition(|vendor| options.vendors.iter().any(|on| on == vendor.name));
    let names: Vec<&str> = vendors.iter().map(|vendor| vendor.name).collect();
    let (vendors_on, read_only) = (names.join(", "), options.read_only);
    tracing::info!(namespaces = scope, vendors = vendors_on, read_only, "orgkeeper starts");
    let health = Arc::new(Health::new(scope));
    tokio::spawn({
        let routes = http::routes(Arc::clone(&health), metrics.clone());
        async move {
            if let Err(error) = axum::serve(listener, routes).await {
                tracing::error!(%error, "the health endpoints do not answer any more");
            }
        }
    });

    let identity = identity();
    let clock: Rc<dyn Clock> = Rc::new(SystemClock);
    let lease = (options.namespace.clone(), options.lease.clone());
    let cluster: Rc<dyn Cluster> =
        Rc::new(KubeCluster::new(client.clone(), vendors::resources(), lease, identity.clone()));
    let fence = if options.read_only { Fence::read_only } else { Fence::new }(FENCE_MARGIN);
    let terms = Terms {
        identity,
        duration: options.lease_duration,
        renew: options.lease_renew,
        settle: options.settle,
        mark: (options.namespace.clone(), FINGERPRINT_SECRET.0.to_owned()),
    };
    let keeper = Keeper::new(terms, Rc::clone(&clock), Rc::clone(&cluster), fence.clone());
    let context = Rc::new(context(&options, clock, cluster, fence, &metrics));

    let off = SwitchedOff::new(client.clone(), options.scope.clone(), &off);

    let (inputs, mut fed) = unbounded_channel();
    let watches = Watches {
        client,
        scope: options.scope.clone(),
        secret_names: options.secret_names,
        inputs,
        health: Arc::clone(&health),
        metrics: metrics.clone(),
    };
    watches.namespaces();
    watches.secrets();
    let mut engine = Engine::new(Rc::clone(&context));
    for vendor in vendors {
        vendor.watch(&watches);
        engine = engine.with(vendor.start(&context));
    }
    let inputs = stream::poll_fn(move |context| fed.poll_recv(context));
    let leading = |leading| {
        health.lead(leading);
        metrics.lead(&options.lease, leading);
        tracing::info!(leading, "leadership");
    };
    let beat = async {
        loop {
            health.beat();
            health.release(keeper.is_released());
            metrics.show(&engine.census(), options.workers);
            tokio::time::sleep(BEAT).await;
        }
    };
    let end = engine.run(inputs, &keeper, leading, stop);
    tokio::select! {
        end = end => Ok(end),
        // The beat never ends.
        () = beat => Ok(End::Stopped),
        // Nor does this.
        () = off.keep_saying(|| context.fence.may_store(context.now())) => Ok(End::Stopped),
    }
}

fn context(
    options: &Options,
    clock: Rc<dyn Clock>,
    cluster: Rc<dyn Cluster>,
    fence: Fence,
    metrics: &Metrics,
) -> Context {
    let limits = Limits { call: options.call_timeout, ..Limits::default() };
    let network: Rc<dyn Network> = Rc::new(HttpNetwork::new(limits, Proxy::FromEnvironment, ports::now));
    let entropy: Rc<dyn Entropy> = Rc::new(SystemEntropy);
    let endpoints = options.endpoints.clone();
    let ports = Ports {
        clock,
        entropy,
        cluster,
        network,
        meter: Rc::new(metrics.clone()),
        tally: Rc::new(metrics.clone()),
    };
    let settings = Settings {
        settle: options.settle,
        workers: options.workers,
        shares: Shares::of(options.workers, options.vendors.len()),
        backoff: options.backoff,
        slow_retry: options.slow_retry,
        rotation_overlap: options.rotation_overlap,
        namespace: options.namespace.clone(),
        hold_secrets: options.hold_secrets,
        watched: options.scope.parts().into_iter().flatten().collect(),
        sweep_calls: options.sweep_calls,
        check_endpoint: Rc::new(move |own, endpoint| {
            endpoints.check(own, endpoint).map_err(|error| error.to_string())
        }),
    };
    Context::new(ports, fence, settings)
}

/// A name that no other process has, not even the next one in the same pod.
fn identity() -> String {
    let mut bytes = [0; 4];
    SystemEntropy.fill(&mut bytes);
    let host = std::env::var("POD_NAME").or_else(|_| std::env::var("HOSTNAME"));
    format!("{}_{:08x}", host.unwrap_or_else(|_| "orgkeeper".into()), u32::from_le_bytes(bytes))
}
