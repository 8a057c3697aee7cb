//! Arguments in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    let exit = sshstep::cli::run(std::env::args_os().collect());
    ExitCode::from(exit.code())
}
