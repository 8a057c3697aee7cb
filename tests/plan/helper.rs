//! The test binary as a second process: to be killed, to be somebody else, to run short of space.

use std::fs;
use std::io;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use rustix::process::{Signal, geteuid, getpid, kill_process};
use sshstep::plan::{Moment, Watch};

use crate::home::Home;

const SCENARIO: &str = "SSHSTEP_PLAN_SCENARIO";
const ROOT: &str = "SSHSTEP_PLAN_ROOT";
const STOP_AT: &str = "SSHSTEP_PLAN_STOP_AT";

/// Not a test: what the second process does. Does nothing when it is run with the others.
#[test]
fn second_process() {
    let Ok(scenario) = std::env::var(SCENARIO) else {
        return;
    };
    let home = Home::new(Path::new(&std::env::var(ROOT).unwrap()));
    match scenario.as_str() {
        "forward" => crate::crash::forward(&home),
        "rollback" => crate::crash::rollback(&home),
        "undo" => crate::crash::undo(&home),
        "aside" => crate::aside::forward(&home),
        "aside rollback" => crate::aside::rollback(&home),
        "aside undo" => crate::aside::undo(&home),
        "aside foreign" => crate::aside::with_somebody_elses_config(&home),
        "aside foreign back" => crate::aside::and_back(&home),
        "one error" => crate::crash::with_one_error(&home),
        "read-only folder" => crate::hostile::in_a_read_only_folder(&home),
        "somebody else's file" => crate::hostile::with_somebody_elses_file(&home),
        "closed state folder" => crate::hostile::with_a_closed_state_folder(&home),
        "full disk" => crate::hostile::on_a_full_disk(&home),
        "size limit" => crate::hostile::beyond_the_size_limit(&home),
        other => panic!("no scenario {other}"),
    }
}

/// A process that plays a scenario.
pub fn process(scenario: &str, root: &Path) -> Command {
    with_program(Path::new(&std::env::current_exe().unwrap()), scenario, root)
}

/// The same as a person without rights; root would be allowed everything.
pub fn process_of_nobody(scenario: &str, root: &Path) -> Command {
    const NOBODY: u32 = 65534;
    if !geteuid().is_root() {
        return process(scenario, root);
    }
    // Where the test binary lies, nobody may not look.
    let program = root.join("program");
    if !program.exists() {
        fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    }
    chown(root, Some(NOBODY), Some(NOBODY)).unwrap();
    let mut command = with_program(&program, scenario, root);
    command.uid(NOBODY).gid(NOBODY);
    command
}

/// The same with this many blocks of 512 bytes as the largest file.
pub fn process_with_limit(scenario: &str, root: &Path, blocks: u32) -> Command {
    let mut command = Command::new("/bin/sh");
    command.arg("-c").arg(format!(
        "trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" helper::second_process --exact --nocapture"
    ));
    command.arg(std::env::current_exe().unwrap());
    command.env(SCENARIO, scenario).env(ROOT, root);
    command
}

fn with_program(program: &Path, scenario: &str, root: &Path) -> Command {
    let mut command = Command::new(program);
    command.args(["helper::second_process", "--exact", "--nocapture"]);
    command.env(SCENARIO, scenario).env(ROOT, root);
    command
}

/// Runs it to its end, and fails with what it said.
pub fn passes(mut command: Command) {
    let done = output(&mut command);
    let said = String::from_utf8_lossy(&done.stdout) + String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}");
}

/// Runs it to its end. A copied program may for a moment still be open for writing in a child that
/// another test is just starting.
fn output(command: &mut Command) -> Output {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    loop {
        match command.output() {
            Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy => {}
            done => return done.unwrap(),
        }
    }
}

/// Where a process is killed.
#[derive(Clone, Copy, Debug)]
pub enum KillAt {
    /// At its moment of this number.
    Moment(usize),
    /// At its system call of this name and number.
    SystemCall(&'static str, usize),
}

/// System calls that change files.
pub const CHANGING: [&str; 14] = [
    "write",
    "fsync",
    "fdatasync",
    "rename",
    "renameat2",
    "link",
    "unlink",
    "mkdir",
    "rmdir",
    "chmod",
    "fchmod",
    "fchown",
    "ftruncate",
    "fsetxattr",
];

/// Runs it until it is killed. True when it came to its end first.
pub fn killed(scenario: &str, root: &Path, at: KillAt) -> bool {
    let command = match at {
        KillAt::Moment(at) => {
            let mut command = process(scenario, root);
            command.env(STOP_AT, at.to_string());
            command
        }
        KillAt::SystemCall(call, at) => {
            under_strace(scenario, root, call, &format!("signal=KILL:when={at}"))
        }
    };
    ended(command)
}

/// The same as a person without rights.
pub fn killed_as_nobody(scenario: &str, root: &Path, at: usize) -> bool {
    let mut command = process_of_nobody(scenario, root);
    command.env(STOP_AT, at.to_string());
    ended(command)
}

fn ended(mut command: Command) -> bool {
    let done = output(&mut command);
    let killed = std::os::unix::process::ExitStatusExt::signal(&done.status) == Some(9);
    let said = String::from_utf8_lossy(&done.stdout) + String::from_utf8_lossy(&done.stderr);
    assert!(killed || done.status.success(), "{said}");
    !killed
}

/// The process with something done to one of its system calls.
pub fn under_strace(scenario: &str, root: &Path, call: &str, what: &str) -> Command {
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-o", "/dev/null", "-e"]);
    command.arg(format!("trace={call}")).arg("-e");
    command.arg(format!("inject={call}:{what}"));
    command.arg(std::env::current_exe().unwrap());
    command.args(["helper::second_process", "--exact", "--nocapture"]);
    command.env(SCENARIO, scenario).env(ROOT, root);
    command
}

/// In the second process: a watch that kills it at its moment, and fails where `fails` says so.
pub fn deadly(mut fails: impl FnMut(Moment) -> bool + Send + 'static) -> Watch {
    let stop_at: Option<usize> = std::env::var(STOP_AT).ok().and_then(|at| at.parse().ok());
    let mut count = 0;
    Watch::new(move |moment| {
        count += 1;
        if Some(count) == stop_at {
            kill_process(getpid(), Signal::KILL).unwrap();
        }
        if fails(moment) {
            return Err(io::Error::other("It was told to fail"));
        }
        Ok(())
    })
}
