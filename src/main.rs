//! Arguments in, exit code out.

fn main() {
    std::process::exit(sshstep::cli::run(std::env::args_os().collect()));
}
