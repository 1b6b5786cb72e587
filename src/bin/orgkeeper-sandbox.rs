//! The stand-in vendor as a program.

use std::future::Future;
use std::io::Read as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use jiff::{SignedDuration, Timestamp};
use orgkeeper::sandbox::spot::{Contract, FaultPlan, OrganizationId, Sandbox, Start};
use orgkeeper::sandbox::{Lag, Limits, Store, serve};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// A stand-in for Spot's administration API, with a memory, faults on demand and a control
/// surface under /_sandbox/.
///
/// It starts with one organization, its default account, and one administrator whose token is
/// --token. Point any client of the vendor at the address that it prints.
#[derive(Parser)]
#[command(version)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
struct Arguments {
    /// Where to listen. Port 0 lets the system choose; the address is printed.
    #[arg(long, default_value = "127.0.0.1:8200")]
    listen: SocketAddr,

    /// The contract to keep: the live service's, or the public document's.
    #[arg(long, value_enum, default_value = "production")]
    contract: ContractName,

    /// The administrator's token. Without it a new one is made, and told on standard error.
    #[arg(long, env = "ORGKEEPER_SANDBOX_TOKEN", hide_env_values = true)]
    token: Option<String>,

    /// Keeps the state in this file, from one start to the next.
    #[arg(long)]
    data: Option<PathBuf>,

    /// A file of faults, in YAML or JSON.
    #[arg(long)]
    faults: Option<PathBuf>,

    /// Lists show a change only after this long: 5s, 1m30s.
    #[arg(long, default_value = "0s", value_parser = no_less_than_nothing)]
    lag: SignedDuration,

    /// Reads of one object run behind by --lag as well.
    #[arg(long)]
    lag_reads: bool,

    /// The id of the first organization; a new one when left out.
    #[arg(long)]
    organization: Option<OrganizationId>,

    /// The address of the first organization's administrator.
    #[arg(long, value_name = "EMAIL")]
    administrator: Option<String>,

    /// Accounts to start with, besides the default one.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=100_000))]
    accounts: u32,

    /// A resource in the default account that events can be subscribed of: sig-1a2b3c4d. Repeatable.
    #[arg(long, value_name = "ID")]
    resource: Vec<String>,

    /// Take every resource of a valid id for one that is there.
    #[arg(long)]
    any_resource: bool,

    /// Published only: take ?accountId= for nothing, as a server built from the document alone does.
    #[arg(long)]
    ignore_account_scope: bool,

    /// Requests a minute for each organization, route and method.
    #[arg(long, default_value_t = Limits::default().per_minute)]
    rate_limit: u32,

    /// Seeds ids and tokens, to have the same ones again; by chance when left out.
    #[arg(long)]
    seed: Option<u64>,

    /// How long a request may take to arrive: its head, and then its body.
    #[arg(long, default_value = "1m", value_parser = no_less_than_nothing)]
    read_timeout: SignedDuration,

    /// End when standard input is closed, as it is when the parent ends.
    #[arg(long)]
    exit_with_stdin: bool,
}

fn no_less_than_nothing(text: &str) -> Result<SignedDuration, String> {
    let duration: SignedDuration = text.parse().map_err(|error: jiff::Error| error.to_string())?;
    if duration.is_negative() { Err("it must not be negative".to_owned()) } else { Ok(duration) }
}

#[derive(Clone, Copy, ValueEnum)]
enum ContractName {
    Production,
    Published,
}

impl From<ContractName> for Contract {
    fn from(name: ContractName) -> Self {
        match name {
            ContractName::Production => Self::Production,
            ContractName::Published => Self::Published,
        }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("orgkeeper-sandbox: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), String> {
    let mut start = start(&arguments)?;
    if start.token.is_none() {
        start = start.with_new_token();
        eprintln!("token {}", start.token.as_deref().unwrap_or_default());
    }
    let store = arguments.data.map(Store::new);
    let world = match &store {
        Some(store) => {
            store.load().map_err(|error| format!("cannot read {}: {error}", store.path().display()))?
        }
        None => None,
    };
    let sandbox = match world {
        Some(world) => Sandbox::resume(world, start),
        None => Sandbox::new(Timestamp::now(), start),
    };
    let stop = stop(arguments.exit_with_stdin).map_err(|error| error.to_string())?;
    let listener = TcpListener::bind(arguments.listen)
        .await
        .map_err(|error| format!("cannot listen on {}: {error}", arguments.listen))?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    println!("listening on http://{address}");
    let wait = arguments.read_timeout.unsigned_abs();
    serve(listener, sandbox, store, wait, stop).await.map_err(|error| error.to_string())
}

fn start(arguments: &Arguments) -> Result<Start, String> {
    let faults = match &arguments.faults {
        Some(path) => {
            let text = std::fs::read_to_string(path)
                .map_err(|error| format!("cannot read {}: {error}", path.display()))?;
            serde_saphyr::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?
        }
        None => FaultPlan::default(),
    };
    let seed = match arguments.seed {
        Some(seed) => seed,
        None => getrandom::u64().map_err(|error| error.to_string())?,
    };
    Ok(Start {
        contract: arguments.contract.into(),
        seed,
        organization: arguments.organization,
        administrator: arguments.administrator.clone(),
        token: arguments.token.clone(),
        accounts: arguments.accounts,
        resources: arguments.resource.clone(),
        any_resource: arguments.any_resource,
        ignore_account_scope: arguments.ignore_account_scope,
        lag: Lag { lists: arguments.lag, reads: arguments.lag_reads },
        limits: Limits { per_minute: arguments.rate_limit, ..Limits::default() },
        faults,
    })
}

/// Comes when the program is to end.
fn stop(with_stdin: bool) -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let (closed, mut stdin) = tokio::sync::mpsc::channel::<()>(1);
    // Where standard input does not count, the sender lives as long as the wait.
    let mut kept = Some(closed);
    if with_stdin && let Some(closed) = kept.take() {
        // A thread of its own: a read from standard input cannot be cancelled.
        std::thread::spawn(move || {
            let mut input = std::io::stdin().lock();
            let mut buffer = [0; 256];
            while input.read(&mut buffer).is_ok_and(|read| read > 0) {}
            drop(closed);
        });
    }
    Ok(async move {
        let _kept = kept;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            _ = stdin.recv() => {}
        }
    })
}
