//! How long does looking at a machine take?

use std::fs;
use std::time::Duration;

use divan::Bencher;
use sshstep::facts;
use sshstep::machine::{Given, Layers, Machine};
use sshstep::target::Target;
use tokio::runtime::Runtime;

use crate::inside::{folder, machine_with_keys};

/// What the wizard does before its first frame.
#[divan::bench(args = [0, 10, 1000], sample_count = 20, sample_size = 1)]
fn gather_with_keys(bencher: Bencher<'_, '_>, keys: usize) {
    let machine = machine_with_keys(keys);
    let runtime = runtime();
    bencher.bench_local(|| runtime.block_on(facts::gather(&machine, None)));
}

/// What it does once the target is known: `ssh -G` reads the same file.
#[divan::bench(args = [10, 5000], sample_count = 20, sample_size = 1)]
fn gather_with_config_hosts(bencher: Bencher<'_, '_>, hosts: usize) {
    let machine = machine_with_config(hosts);
    let target = Target::parse("git@host-9.test").expect("a target");
    let runtime = runtime();
    bencher.bench_local(|| runtime.block_on(facts::gather(&machine, Some(&target))));
}

fn machine_with_config(hosts: usize) -> Machine {
    let mut machine = Machine::here(None, Duration::from_secs(10));
    let text: String = (0..hosts)
        .map(|number| {
            format!(
                "Host host-{number}.test h{number}\n  # server {number}\n  HostName 192.0.2.{}\n  User git\n  \
                 IdentityFile ~/.ssh/id_{}\n\n",
                number % 250,
                number % 7
            )
        })
        .collect();
    let file = folder(&format!("hosts-{hosts}")).join("config");
    fs::write(&file, text).expect("the lab's folder is writable");
    machine.layers = Layers {
        user: file.clone(),
        system: None,
        given: Given::File(file),
    };
    machine
}

/// As the program has it.
fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("the system has resources")
}
