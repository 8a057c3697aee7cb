//! How much longer than the one `ssh -T` that it makes does `sshstep check` take?

use std::process::{Command, Output, Stdio};

use divan::Bencher;

use crate::inside::key_of_the_server;

/// With everything that it says about a connection that works.
#[divan::bench(sample_count = 40, sample_size = 1)]
fn check_a_server(bencher: Bencher<'_, '_>) {
    bencher.bench_local(|| said(Command::new("sshstep").args(["check", "--json"]), 0));
}

/// The measure.
#[divan::bench(sample_count = 40, sample_size = 1)]
fn ssh_to_the_server(bencher: Bencher<'_, '_>) {
    bencher.bench_local(|| said(Command::new("ssh").args(["-T", "-o", "BatchMode=yes"]), 1));
}

/// Signs in to the lab's server. Its greeting ends with 1.
fn said(command: &mut Command, code: i32) -> Output {
    command
        .arg("-i")
        .arg(key_of_the_server())
        .arg("git@github.com");
    let output = command.stdin(Stdio::null()).output();
    let output = output.expect("it is installed");
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    output
}
