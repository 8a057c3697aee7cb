//! How long does what a person waits for take? `cargo bench` prints it; nothing is asserted.
//!
//! The benchmarks start this program once more inside a laboratory (`tests/lab`): there the account, its home and `/etc/ssh`
//! are throw-away ones and there is no network, so that the real ssh and sshstep are measured without touching anything real.
#![cfg_attr(not(target_os = "linux"), allow(unused))]

#[cfg(target_os = "linux")]
#[path = "../lab/mod.rs"]
mod lab;

#[cfg(target_os = "linux")]
mod check;
#[cfg(target_os = "linux")]
mod explain;
#[cfg(target_os = "linux")]
mod frame;
#[cfg(target_os = "linux")]
mod gather;
#[cfg(target_os = "linux")]
mod inside;
#[cfg(target_os = "linux")]
mod start;

#[cfg(target_os = "linux")]
fn main() {
    if inside::is_inside() {
        divan::main();
    } else {
        inside::run_again();
    }
}

#[cfg(not(target_os = "linux"))]
fn main() {
    eprintln!("The benchmarks need the laboratory of the tests, which is for Linux only.");
}
