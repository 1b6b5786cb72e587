//! The command line: one file a subcommand.

pub mod crds;
mod installation;
pub mod release;
pub mod run;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Keeps the administration of `SaaS` organizations in the state that Kubernetes manifests declare.
#[derive(Debug, Parser)]
#[command(
    name = "orgkeeper",
    version,
    about = "Keeps the administration of SaaS organizations in the state that Kubernetes manifests declare"
)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the operator
    Run(Box<run::RunArgs>),
    /// Print the custom resource definitions, or write them into a directory
    Crds(crds::CrdsArgs),
    /// Before an uninstall: take the Lease for good, and remove orgkeeper's finalizers; nothing at the
    /// vendor is touched
    Release(release::ReleaseArgs),
}

/// Parses the arguments and carries them out.
pub fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Run(args) => run::run(*args),
        Command::Release(args) => release::run(args),
        Command::Crds(args) => match crds::run(&args) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("orgkeeper crds: {error}");
                ExitCode::FAILURE
            }
        },
    }
}
