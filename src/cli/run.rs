//! `orgkeeper run`: the operator.

use crate::api::duration::GoDuration;
use crate::cli::installation::{Installation, no_way};
use crate::engine::run::End;
use crate::engine::runtime::queue::Backoff;
use crate::operator::metrics::Metrics;
use crate::operator::run::{self, Options};
use crate::operator::telemetry::{self, LogFormat};
use crate::operator::vendors;
use crate::vendors::endpoints::AllowedEndpoints;
use clap::Args;
use clap::builder::PossibleValuesParser;
use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::process::ExitCode;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// Runs the operator.
#[derive(Args, Clone, Debug)]
pub struct RunArgs {
    #[command(flatten)]
    installation: Installation,
    /// The vendors to keep, separated by commas: of the others no kind is watched, and none needs to be installed
    #[arg(long, value_delimiter = ',', default_values = vendors(), value_parser = PossibleValuesParser::new(vendors()), value_name = "NAMES")]
    vendors: Vec<String>,
    /// Endpoints besides the vendor's own to which tokens may be sent, separated by commas; plain http
    /// only where an entry says so
    #[arg(long, default_value = "", value_name = "URLS")]
    allowed_endpoints: AllowedEndpoints,
    /// How long the vendor may take to carry a request out and its lists to show it
    #[arg(long, default_value = "60s")]
    settle: GoDuration,
    /// The longest that one vendor call may take
    #[arg(long, default_value = "30s")]
    call_timeout: GoDuration,
    /// How long a renewal of the Lease holds: at least --call-timeout and twice --lease-renew together
    #[arg(long, default_value = "60s")]
    lease_duration: GoDuration,
    /// How often the Lease is renewed
    #[arg(long, default_value = "10s")]
    lease_renew: GoDuration,
    /// Write nothing to vendors: show in status and events what would be done; beside another process it only waits for
    /// the Lease, and shows nothing
    #[arg(long)]
    read_only: bool,
    /// How many objects are worked on at once
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=256))]
    workers: u16,
    /// How many calls of an organization's resync read what no list shows, object by object in turn
    #[arg(long, default_value_t = 20, value_name = "CALLS", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    sweep_calls: u32,
    /// Use only Secrets of these names, separated by commas; without it, all that manifests name
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    secret_names: Vec<String>,
    /// Do not keep token Secrets that a deletion still needs; such a deletion may then need the
    /// annotation orgkeeper.dev/abandon
    #[arg(long)]
    no_hold_secrets: bool,
    /// The first wait after a failure
    #[arg(long, default_value = "1s")]
    backoff: GoDuration,
    /// The longest wait after failures
    #[arg(long, default_value = "5m")]
    backoff_limit: GoDuration,
    /// When to look again at what only a person can resolve
    #[arg(long, default_value = "10m")]
    slow_retry: GoDuration,
    /// How long the former token of a machine user still works after a rotation
    #[arg(long, default_value = "1h")]
    rotation_overlap: GoDuration,
    /// Where /livez, /readyz and /metrics listen; port 0 lets the system choose
    #[arg(long, default_value = "0.0.0.0:8080")]
    listen: SocketAddr,
    /// The form of log lines
    #[arg(long, value_enum, default_value = "text")]
    log_format: LogFormat,
    // The help of these two is no comment of documentation, as that has to have markup around code and addresses.
    #[arg(
        long,
        default_value = "info",
        value_name = "FILTER",
        help = "What to log: a level, or a filter such as info,orgkeeper::engine=debug"
    )]
    log: String,
    #[arg(
        long,
        env = "OTEL_EXPORTER_OTLP_ENDPOINT",
        value_name = "URL",
        help = "Send traces by OTLP over HTTP to the collector at this address, as in http://collector:4318; the \
                variables OTEL_* say how many and with which headers"
    )]
    otlp_endpoint: Option<url::Url>,
    /// End when standard input does: for programs that start this one
    #[arg(long)]
    exit_with_stdin: bool,
}

/// The vendors that there are.
fn vendors() -> Vec<&'static str> {
    vendors::all().iter().map(|vendor| vendor.name).collect()
}

/// Carries out the subcommand.
pub fn run(args: RunArgs) -> ExitCode {
    let started =
        check(&args).and_then(|()| telemetry::start(args.log_format, &args.log, args.otlp_endpoint.as_ref()));
    let telemetry = match started {
        Ok(telemetry) => telemetry,
        Err(error) => return complain(&error),
    };
    // The engine runs on this thread; watches, connections and endpoints on two others.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let end = runtime.map(|runtime| runtime.block_on(serve(args)));
    telemetry.finish();
    match end {
        Ok(Ok(End::Stopped)) => ExitCode::SUCCESS,
        Ok(Ok(End::LeaseLost)) => ExitCode::FAILURE,
        Ok(Err(error)) => complain(&error),
        Err(error) => complain(&error.to_string()),
    }
}

fn complain(error: &str) -> ExitCode {
    eprintln!("orgkeeper run: {error}");
    ExitCode::FAILURE
}

/// What the arguments have to say of each other.
fn check(args: &RunArgs) -> Result<(), String> {
    let (lease, renew, call) = (args.lease_duration.get(), args.lease_renew.get(), args.call_timeout.get());
    if renew.is_zero() || call.is_zero() {
        return Err("--lease-renew and --call-timeout must be longer than 0s".into());
    }
    // A write is sent only if it ends before the lease: with less there would be no moment for it.
    if lease < call + 2 * renew {
        return Err(format!(
            "--lease-duration must be at least --call-timeout and twice --lease-renew together ({} s); \
             without that no vendor call would fit into a lease",
            (call + 2 * renew).as_secs_f64()
        ));
    }
    Ok(())
}

async fn serve(args: RunArgs) -> Result<End, String> {
    let config = args.installation.config().await?;
    let metrics = Metrics::new();
    let calls = metrics.api_calls(config.cluster_url.authority().map_or("", |server| server.as_str()));
    let client = kube::client::ClientBuilder::try_from(config).map_err(|error| no_way(&error))?;
    let client = client.with_layer(&calls).build();
    let listener = TcpListener::bind(args.listen).await;
    let listener = listener.map_err(|error| format!("cannot listen on {}: {error}", args.listen))?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    let mut stdout = std::io::stdout();
    // Who started us may not read it.
    let _ = writeln!(stdout, "listening on http://{address}").and_then(|()| stdout.flush());
    let options = Options {
        vendors: args.vendors,
        scope: args.installation.scope(),
        namespace: args.installation.namespace,
        endpoints: args.allowed_endpoints,
        settle: args.settle.get(),
        call_timeout: args.call_timeout.get(),
        lease: args.installation.lease_name,
        lease_duration: args.lease_duration.get(),
        lease_renew: args.lease_renew.get(),
        read_only: args.read_only,
        workers: args.workers.into(),
        sweep_calls: args.sweep_calls,
        secret_names: args.secret_names,
        hold_secrets: !args.no_hold_secrets,
        backoff: Backoff { first: args.backoff.get(), longest: args.backoff_limit.get() },
        slow_retry: args.slow_retry.get(),
        rotation_overlap: args.rotation_overlap.get(),
    };
    let stop = stop(args.exit_with_stdin)?;
    run::run(client, metrics, listener, options, stop).await.map_err(|error| error.to_string())
}

/// Ends when the process is asked to stop.
fn stop(with_stdin: bool) -> Result<impl Future<Output = ()>, String> {
    let mut terminate = signal(SignalKind::terminate()).map_err(|error| error.to_string())?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(|error| error.to_string())?;
    Ok(async move {
        let closed = async {
            match with_stdin {
                true => stdin_closed().await,
                false => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = terminate.recv() => tracing::info!("asked to stop"),
            _ = interrupt.recv() => tracing::info!("asked to stop"),
            () = closed => tracing::info!("standard input has ended"),
        }
    })
}

/// Ends when standard input does. A thread of its own reads it: the runtime would wait for such a read
/// when it ends.
async fn stdin_closed() {
    let (closed, told) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let mut buffer = [0; 64];
        while std::io::stdin().read(&mut buffer).is_ok_and(|read| read > 0) {}
        // Who waited may have ended for another cause.
        let _ = closed.send(());
    });
    let _ = told.await;
}
