//! `orgkeeper release`: before an installation is removed.

use crate::api::duration::GoDuration;
use crate::cli::installation::Installation;
use crate::operator::release::{self, Request};
use crate::operator::telemetry::{self, LogFormat};
use clap::Args;
use std::process::ExitCode;

/// Takes the Lease for good, and removes orgkeeper's finalizers: nothing at the vendor is touched.
#[derive(Args, Clone, Debug)]
pub struct ReleaseArgs {
    #[command(flatten)]
    installation: Installation,
    /// The operator's --lease-duration: how long a process that had the Lease may still write
    #[arg(long, default_value = "60s")]
    lease_duration: GoDuration,
    /// Take no Lease: where the operator is gone already, and its Lease with it
    #[arg(long)]
    without_lease: bool,
    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
}

/// Carries out the subcommand.
pub fn run(args: ReleaseArgs) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let outcome = telemetry::start(LogFormat::Text, "warn", None)
        .and_then(|_| runtime.map_err(|error| error.to_string()))
        .and_then(|runtime| runtime.block_on(carry_out(args)));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("orgkeeper release: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn carry_out(args: ReleaseArgs) -> Result<(), String> {
    let client = args.installation.client().await?;
    let request = Request {
        scope: args.installation.scope(),
        namespace: args.installation.namespace,
        lease: args.installation.lease_name,
        lease_duration: args.lease_duration.get(),
        without_lease: args.without_lease,
        dry_run: args.dry_run,
    };
    release::release(client, &request, |line| println!("{line}")).await.map_err(|error| error.to_string())
}
