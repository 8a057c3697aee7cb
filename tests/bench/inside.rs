//! How do the benchmarks get into a laboratory, and what do they find there?

use std::fs;
use std::path::{Path, PathBuf};
use std::process::exit;
use std::time::Duration;

use sshstep::key::create::create;
use sshstep::key::kind::KeyKind;
use sshstep::machine::Machine;

use crate::lab::Lab;

/// Set in the laboratory, to its folder.
const INSIDE: &str = "SSHSTEP_BENCH_LAB";
/// The key that the lab's server takes, in the home and not where ssh looks by itself.
const KEY: &str = "vault/key";
/// All benchmarks together take about half a minute.
const LIMIT: Duration = Duration::from_secs(600);

pub fn is_inside() -> bool {
    std::env::var_os(INSIDE).is_some()
}

/// Runs this very program in a laboratory, and prints what it says once it has ended.
pub fn run_again() -> ! {
    let lab = Lab::builder().ssh_dir().build();
    lab.trust("github.com");
    lab.server.publish(&lab.key(KEY).make());
    // A target folder in /tmp would be out of sight in there; the lab's own folder never is.
    let this = std::env::current_exe().expect("a running program has a file");
    let copy = lab.dir().join("bin/bench");
    fs::copy(this, &copy).expect("the lab's folder is writable");
    let output = lab
        .command(&copy)
        .args(std::env::args_os().skip(1))
        .env(INSIDE, lab.dir())
        .limit(LIMIT)
        .run();
    print!("{}", output.stdout);
    eprint!("{}", output.stderr);
    drop(lab);
    exit(output.code)
}

/// A folder of the laboratory for one benchmark; gone with the laboratory.
pub fn folder(name: &str) -> PathBuf {
    let lab = std::env::var_os(INSIDE).expect("set by `run_again`");
    let folder = Path::new(&lab).join("bench").join(name);
    fs::create_dir_all(&folder).expect("the lab's folder is writable");
    folder
}

/// The key that the lab's server takes.
pub fn key_of_the_server() -> PathBuf {
    let home = std::env::var_os("HOME").expect("the lab sets it");
    Path::new(&home).join(KEY)
}

/// The laboratory's machine as sshstep finds it, the home with this many keys.
pub fn machine_with_keys(keys: usize) -> Machine {
    let mut machine = Machine::here(None, Duration::from_secs(10));
    machine.ssh_home = folder(&format!("keys-{keys}"));
    let ssh_dir = machine.ssh_dir();
    fs::create_dir_all(&ssh_dir).expect("the lab's folder is writable");
    for number in 0..keys {
        let key = create(&KeyKind::Ed25519, &format!("key {number}"), None);
        let key = key.expect("Ed25519 is made everywhere");
        let private = ssh_dir.join(format!("id_{number}"));
        write_private(&private, key.private_pem.reveal().as_bytes());
        fs::write(private.with_extension("pub"), key.public_line).expect("writable");
    }
    machine
}

fn write_private(path: &Path, bytes: &[u8]) {
    use std::os::unix::fs::PermissionsExt;
    fs::write(path, bytes).expect("the lab's folder is writable");
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("it is ours");
}
