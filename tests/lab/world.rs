//! How is a test kept away from the real home, the real machine and the network?
//!
//! ssh takes the home folder from the account database and ignores `$HOME`, so a variable is not enough: every lab has its own
//! mount, network and host-name namespaces, in which /etc/passwd names the lab's home. One `sh` (the holder) keeps them open;
//! each command of the lab enters them with `nsenter` and then execs, so its process id is the one that was started.
//! Nothing can leave: the only network interface is a loopback of the lab's own.

use std::ffi::OsString;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Mutex;

use rustix::process::{Pid, Signal, getuid, kill_process};
use sshstep::provider::cli::Program;

/// Account lines that every lab has beside the person's own. Both have the person's uid, because sshd may be unable to become
/// anybody else; `git` gets GitHub's forced command, `deploy` a shell and the password [`PASSWORD`],
/// `bench-7-000001-f1` is a bench of Frappe Cloud, `ssh` the login of Clever Cloud's gateway; the last two are an app and
/// a project of Platform.sh.
const ACCOUNTS: [&str; 6] = [
    "git",
    "deploy",
    "bench-7-000001-f1",
    "ssh",
    "abcdefghi5k-main-7rqtwti--app",
    "abcdefghi5k",
];

/// The password of every account on the lab's server, where a test switches `PasswordAuthentication` on.
pub const PASSWORD: &str = "laboratory";
const PASSWORD_HASH: &str = "$6$sshsteplab$h.V3yqI1LWZJFUWgNYy251Di5b38cg1yL.e7cVsThz6z9l4SVIp49yGrY9gYMzd84kwfq09nRWPCkdo9H7BN0.";

/// What the holder does before anything else runs. `$1` is the lab's folder, `$2` says whose /etc/ssh is seen, `$3` is sshstep,
/// which gets onto the PATH like an installed program, `$4` is this computer's name.
/// /tmp and /run hide agents, displays, message buses and name caches; /run holds sshd's /run/sshd; /var/log keeps sshd out of
/// the real wtmp. /run comes first, because mount keeps notes there. The lab itself is likely in /tmp: it is kept within reach
/// at /var/log until it has its place again.
/// Packets to 192.0.2.0/24 are sent into the loopback, which drops them: a server that is switched off.
/// The services' own tools ($5 and on) are not there, whatever this machine has installed: a test brings its own.
/// Later each line on standard input is a command to run with the rights of the one who set this up; its end ends the holder.
const HOLDER: &str = r#"
set -eu
PATH=$PATH:/usr/sbin:/sbin
mount -n --bind "$1/run" /run
mount --bind "$3" "$1/bin/sshstep"
mount --rbind "$1" /var/log
mount --bind /var/log/tmp /tmp
mkdir -p "$1"
if [ ! -e "$1/enter" ]; then mount --rbind /var/log "$1"; fi
mount --bind "$1/etc/passwd" /etc/passwd
mount --bind "$1/etc/hosts" /etc/hosts
mount --bind "$1/etc/nsswitch.conf" /etc/nsswitch.conf
mount --bind "$1/var/log" /var/log
if [ "$2" = own ]; then mount --bind "$1/etc/ssh" /etc/ssh; fi
hostname "$4"
ip link set lo up
ip route add 192.0.2.0/24 dev lo
shift 4
for tool; do
    for folder in /usr/local/bin /usr/bin /bin; do
        if [ -x "$folder/$tool" ]; then mount --bind /dev/null "$folder/$tool"; fi
    done
done
if [ "$(id -u)" != 0 ]; then echo 0 >/proc/sys/net/ipv4/ip_unprivileged_port_start; fi
echo ready
while read -r line; do
    if said=$(eval "$line" </dev/null 2>&1); then echo done; else echo $said; fi
done
"#;

/// What each command starts with, inside: `$1` is its folder, the rest its arguments.
const ENTER: &str = "umask 022 && cd \"$1\" && shift && exec \"$@\"\n";

pub struct World {
    holder: Child,
    line: Mutex<(ChildStdin, BufReader<ChildStdout>)>,
    enter: PathBuf,
}

/// The parts of a lab that a namespace is made of.
pub struct Ground<'a> {
    pub dir: &'a Path,
    pub home: &'a Path,
    pub user: &'a str,
    pub full_name: &'a str,
    pub computer: &'a str,
    pub own_etc_ssh: bool,
}

impl World {
    pub fn new(ground: &Ground<'_>) -> Self {
        lay_out(ground);
        let dir = ground.dir;
        let enter = dir.join("enter");
        fs::write(&enter, ENTER).expect("the lab's folder is writable");

        let mut unshare = Command::new("unshare");
        if !getuid().is_root() {
            unshare.args(["--user", "--map-current-user", "--keep-caps"]);
        }
        unshare
            .args(["--mount", "--net", "--uts", "--propagation", "private"])
            .args(["/bin/sh", "-c", HOLDER, "holder"])
            .arg(dir)
            .arg(if ground.own_etc_ssh { "own" } else { "real" })
            .arg(env!("CARGO_BIN_EXE_sshstep"))
            .arg(ground.computer)
            .args(Program::ALL.iter().map(|program| program.name()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut holder = unshare
            .spawn()
            .unwrap_or_else(|error| cannot(&format!("unshare (package util-linux): {error}")));

        let commands = holder.stdin.take().expect("standard input was piped");
        let mut answers = BufReader::new(holder.stdout.take().expect("stdout was piped"));
        let mut answer = String::new();
        answers
            .read_line(&mut answer)
            .expect("the holder's answer is text");
        if answer.trim() != "ready" {
            let mut why = String::new();
            let mut stderr = holder.stderr.take().expect("stderr was piped");
            stderr.read_to_string(&mut why).ok();
            holder.wait().ok();
            cannot(why.trim());
        }
        Self {
            holder,
            line: Mutex::new((commands, answers)),
            enter,
        }
    }

    /// The words that put a command into the lab: without a terminal of its own unless the caller gives it one, because ssh
    /// would otherwise ask on the terminal of the person who runs the tests.
    pub fn prefix(&self, dir: &Path) -> Vec<OsString> {
        let mut words: Vec<OsString> = vec!["nsenter".into()];
        if !getuid().is_root() {
            words.extend(["--user".into(), "--preserve-credentials".into()]);
        }
        words.extend(["--mount", "--net", "--uts", "--target"].map(OsString::from));
        words.push(self.holder.id().to_string().into());
        words.extend(["/bin/sh".into(), self.enter.clone().into(), dir.into()]);
        words
    }

    /// Runs one shell line with the rights that set the lab up: mounts, routes.
    pub fn admin(&self, command: &str) {
        assert!(!command.contains('\n'), "one line, please: {command:?}");
        let mut line = self.line.lock().expect("no other test uses this lab");
        writeln!(line.0, "{command}").expect("the holder listens until the lab is dropped");
        let mut answer = String::new();
        line.1.read_line(&mut answer).expect("the answer is text");
        assert_eq!(answer.trim(), "done", "the lab could not run {command:?}");
    }

    /// How a path of the lab is reached from outside, mounts included.
    pub fn seen(&self, path: &Path) -> PathBuf {
        let root = PathBuf::from(format!("/proc/{}/root", self.holder.id()));
        root.join(path.strip_prefix("/").unwrap_or(path))
    }

    /// Every process in the lab but the holder: they are ours, for nobody else can be in its namespace.
    pub fn processes(&self) -> Vec<Process> {
        let namespace = |pid: u32| fs::read_link(format!("/proc/{pid}/ns/mnt")).ok();
        let ours = namespace(self.holder.id()).expect("the holder lives as long as the lab");
        let listed = fs::read_dir("/proc").expect("/proc is there on Linux");
        let pids = listed.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
        pids.filter(|pid| *pid != self.holder.id() && namespace(*pid).as_ref() == Some(&ours))
            .filter_map(Process::read)
            .collect()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        for process in self.processes() {
            end(process.pid);
        }
        end(self.holder.id());
        self.holder.wait().ok();
    }
}

/// A process of the lab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    pub pid: u32,
    pub command: String,
}

impl Process {
    /// Nothing for a process that is gone, or that has ended and waits for its parent to notice.
    fn read(pid: u32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let (name, state) = stat.rsplit_once(") ")?;
        if state.starts_with(['Z', 'X']) {
            return None;
        }
        let bytes = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
        let command = String::from_utf8_lossy(&bytes).replace('\0', " ");
        let command = match command.trim() {
            // In the middle of exec a living process has no arguments.
            "" => name.to_owned(),
            command => command.to_owned(),
        };
        Some(Self { pid, command })
    }
}

fn end(pid: u32) {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    kill_process(pid.expect("a process id is positive"), Signal::KILL).ok();
}

/// The files that are laid over the machine's own.
fn lay_out(ground: &Ground<'_>) {
    let dir = ground.dir;
    assert!(
        !dir.starts_with("/run") && !dir.starts_with("/var/log"),
        "the lab hides /run and /var/log, so TMPDIR must be elsewhere"
    );
    for folder in [
        "etc/ssh/ssh_config.d",
        "run/sshd",
        "var/log",
        "tmp",
        "bin",
        "out",
    ] {
        fs::create_dir_all(dir.join(folder)).expect("the lab's folder is writable");
    }
    let put = |name: &str, text: &str| {
        fs::write(dir.join("etc").join(name), text).expect("the lab's folder is writable");
    };
    fs::write(dir.join("bin/sshstep"), "").expect("the lab's folder is writable");
    put("passwd", &passwd(ground));
    put("hosts", "127.0.0.1 localhost laptop\n::1 localhost\n");
    put(
        "nsswitch.conf",
        "passwd: files\ngroup: files\nhosts: files\n",
    );
    put("ssh/ssh_config", "");
    if let Ok(moduli) = fs::read("/etc/ssh/moduli") {
        fs::write(dir.join("etc/ssh/moduli"), moduli).expect("the lab's folder is writable");
    }
}

/// The machine's accounts, with the person first among those of this uid and every one of that uid at home in the lab.
fn passwd(ground: &Ground<'_>) -> String {
    let (uid, gid) = (getuid().as_raw(), rustix::process::getgid().as_raw());
    let home = ground.home.display();
    let mut text = format!(
        "{}:x:{uid}:{gid}:{}:{home}:/bin/sh\n",
        ground.user, ground.full_name
    );
    for name in ACCOUNTS {
        let far = ground.dir.join("server/home").join(name);
        let far = far.display();
        text += &format!("{name}:{PASSWORD_HASH}:{uid}:{gid}::{far}:/bin/sh\n");
    }
    let machine = fs::read_to_string("/etc/passwd").expect("/etc/passwd can be read");
    for line in machine.lines() {
        let fields: Vec<&str> = line.split(':').collect();
        let [name, _, id, ..] = fields.as_slice() else {
            continue;
        };
        if *name == ground.user || ACCOUNTS.contains(name) {
            continue;
        }
        if *id == uid.to_string() {
            text += &format!("{name}:x:{uid}:{gid}::{home}:/bin/sh\n");
        } else {
            text += &format!("{line}\n");
        }
    }
    text
}

fn cannot(why: &str) -> ! {
    panic!(
        "The test laboratory cannot make its private world, and without it a test could touch your real ~/.ssh.\n\
         What was said: {why}\n\
         It needs Linux with util-linux (unshare, nsenter), iproute2 (ip) and hostname, and the right to make namespaces: \
         be root, or have unprivileged user namespaces allowed; in a container, start it with CAP_SYS_ADMIN."
    );
}
