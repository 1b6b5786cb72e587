//! The orgkeeper program.

use std::process::ExitCode;

fn main() -> ExitCode {
    orgkeeper::cli::main()
}
