//! Where do tests run the real ssh, sshd, agent and terminal without touching anything real?
//!
//! In a [`Lab`]: a private home, accounts, host name and network, a real sshd behind the names of hosts, all gone when it is
//! dropped. Linux only; a test file begins with `#![cfg(target_os = "linux")]` and `mod lab;`.
//!
//! ```ignore
//! let lab = Lab::new();                                   // an empty home, github.com reachable, its host key unknown
//! let key = lab.key("id_ed25519").make();
//! lab.server.publish(&key);
//! lab.trust("github.com");
//! lab.ssh(&["-T", "git@github.com"]).expect(1).says("Hi octocat!");
//! let before = lab.tree();
//! let mut screen = lab.terminal(&["github"], 80, 24);     // sshstep itself, in a pty
//! screen.wait_for("Step 6 of 6");
//! screen.press("q");
//! assert_eq!(screen.wait_exit(), 0);
//! lab.tree().assert_same(&before);
//! ```
#![allow(dead_code, unused_imports)] // each test binary compiles the whole lab and uses a part of it

mod agent;
mod keyboard;
mod keys;
mod log;
mod run;
mod screen;
mod server;
mod terminal;
mod tmux;
mod tree;
mod wait;
mod world;
mod x11;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rustix::process::getuid;
use tempfile::TempDir;

pub use agent::{Agent, HungAgent};
pub use keys::{Key, KeyMaker};
pub use log::{Answer, Login};
pub use run::{Background, Command, Output};
pub use server::{Route, Server};
pub use terminal::{Exit, Signal, Terminal};
pub use tmux::Tmux;
pub use tree::Tree;
pub use wait::{PATIENCE, poll};
pub use world::{PASSWORD, Process};
pub use x11::X11;

/// One private world. Fields are dropped in order: the processes before the files they use.
pub struct Lab {
    world: world::World,
    pub server: Server,
    home: PathBuf,
    user: String,
    env: RefCell<BTreeMap<String, String>>,
    dir: PathBuf,
    _removed_last: TempDir,
}

/// What differs from [`Lab::new`].
pub struct LabBuilder {
    user: String,
    full_name: String,
    computer: String,
    ssh_dir: bool,
    own_etc_ssh: bool,
    host_keys: Vec<String>,
}

impl LabBuilder {
    /// The login name; the home is named after it.
    pub fn user(mut self, name: &str) -> Self {
        name.clone_into(&mut self.user);
        self
    }

    /// The name in the account database: Ana Example, unless told.
    pub fn full_name(mut self, name: &str) -> Self {
        name.clone_into(&mut self.full_name);
        self
    }

    /// This computer's name: laptop, unless told.
    pub fn computer(mut self, name: &str) -> Self {
        name.clone_into(&mut self.computer);
        self
    }

    /// With an empty ~/.ssh, mode 0700.
    pub fn ssh_dir(mut self) -> Self {
        self.ssh_dir = true;
        self
    }

    /// Leaves the machine's own /etc/ssh in sight. Routes through the machine-wide configuration then do not exist; give
    /// `lab.server.proxy_command()` to ssh in the person's own configuration instead.
    pub fn real_etc_ssh(mut self) -> Self {
        self.own_etc_ssh = false;
        self
    }

    /// The types of host keys that the server has, as `ssh-keygen -t` names them.
    pub fn host_keys(mut self, kinds: &[&str]) -> Self {
        self.host_keys = kinds.iter().map(|&kind| kind.to_owned()).collect();
        self
    }

    pub fn build(self) -> Lab {
        let dir = tempfile::Builder::new()
            .prefix("sshstep-lab-")
            .tempdir()
            .expect("the folder for temporary files is writable");
        let path = fs::canonicalize(dir.path()).expect("it was just made");
        let home = path.join("home").join(&self.user);
        fs::create_dir_all(&home).expect("the lab's folder is writable");
        let world = world::World::new(&world::Ground {
            dir: &path,
            home: &home,
            user: &self.user,
            full_name: &self.full_name,
            computer: &self.computer,
            own_etc_ssh: self.own_etc_ssh,
        });
        let server = Server::new(&path);
        let lab = Lab {
            env: RefCell::new(environment(&path, &home, &self.user)),
            user: self.user,
            server,
            world,
            home,
            dir: path,
            _removed_last: dir,
        };
        lab.assert_private();
        lab.fake_browsers();
        if self.ssh_dir {
            lab.make_ssh_dir();
        }
        lab.set_up_server(&self.host_keys);
        if self.own_etc_ssh {
            lab.route("github.com", Route::Sshd);
        }
        lab
    }
}

impl Lab {
    /// An empty home without ~/.ssh; `github.com` is the lab's sshd, which knows no key and whose host key is unknown.
    pub fn new() -> Self {
        Self::builder().build()
    }

    pub fn builder() -> LabBuilder {
        LabBuilder {
            user: "ana".to_owned(),
            full_name: "Ana Example".to_owned(),
            computer: "laptop".to_owned(),
            ssh_dir: false,
            own_etc_ssh: true,
            host_keys: vec!["ed25519".to_owned()],
        }
    }

    /// The folder that everything is in.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The person's home, as ssh and sshstep see it.
    pub fn home(&self) -> &Path {
        &self.home
    }

    pub fn ssh_dir(&self) -> PathBuf {
        self.home.join(".ssh")
    }

    pub fn user(&self) -> &str {
        &self.user
    }

    /// A file of the home, as real path: `lab.path(".ssh/config")`.
    pub fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.home.join(name)
    }

    /// Writes a file of the home, 0600; missing folders are made, ~/.ssh with 0700.
    pub fn write(&self, name: impl AsRef<Path>, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        if path.starts_with(self.ssh_dir()) {
            self.make_ssh_dir();
        }
        let parent = path.parent().expect("a file of the home has a folder");
        fs::create_dir_all(parent).expect("the lab's folder is writable");
        fs::write(&path, bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        self.mode(&path, 0o600);
        path
    }

    /// Reads a file of the home as text, through whatever the test mounted there.
    pub fn read(&self, name: impl AsRef<Path>) -> String {
        let path = self.world.seen(&self.path(name));
        let bytes = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        String::from_utf8_lossy(&bytes).into_owned()
    }

    pub fn mode(&self, name: impl AsRef<Path>, mode: u32) {
        let path = self.path(name);
        fs::set_permissions(&path, fs::Permissions::from_mode(mode))
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }

    /// Everything in the home as it is now, to be compared later.
    pub fn tree(&self) -> Tree {
        Tree::of(&self.world.seen(&self.home))
    }

    pub fn make_ssh_dir(&self) {
        let dir = self.ssh_dir();
        if !dir.exists() {
            fs::create_dir(&dir).expect("the lab's folder is writable");
            self.mode(&dir, 0o700);
        }
    }

    /// From now on every write below this folder of the home fails with "Read-only file system", for root too.
    pub fn make_read_only(&self, name: impl AsRef<Path>) {
        let path = self.path(name);
        let path = path.display();
        self.world.admin(&format!(
            "mount --bind '{path}' '{path}' && mount -o remount,bind,ro '{path}'"
        ));
    }

    /// From now on this folder of the home is an empty disk of so many KiB, soon full.
    pub fn make_small(&self, name: impl AsRef<Path>, kib: u32) {
        let path = self.path(name);
        let path = path.display();
        self.world.admin(&format!(
            "mount -t tmpfs -o size={kib}k,mode=0700 tmpfs '{path}'"
        ));
    }

    /// A variable of every program started from now on.
    pub fn set_env(&self, name: &str, value: impl AsRef<OsStr>) {
        let value = value.as_ref().to_str().expect("the lab's paths are UTF-8");
        let mut env = self.env.borrow_mut();
        env.insert(name.to_owned(), value.to_owned());
    }

    pub fn unset_env(&self, name: &str) {
        self.env.borrow_mut().remove(name);
    }

    pub fn env(&self) -> BTreeMap<String, String> {
        self.env.borrow().clone()
    }

    pub fn command(&self, program: impl AsRef<OsStr>) -> Command<'_> {
        Command::new(self, program)
    }

    /// sshstep, run to its end without a terminal.
    pub fn sshstep(&self, args: &[&str]) -> Output {
        self.command("sshstep").args(args).run()
    }

    /// sshstep in a terminal.
    pub fn terminal(&self, args: &[&str], cols: u16, rows: u16) -> Terminal {
        let command = self.command("sshstep");
        command.args(args).terminal(cols, rows)
    }

    /// The untouched ssh, which never asks: the proof that something really works, or does not.
    pub fn ssh(&self, args: &[&str]) -> Output {
        let command = self.command("ssh").arg("-oBatchMode=yes");
        command.args(args).run()
    }

    /// Puts a shell script on the PATH in front of the real program of that name.
    pub fn fake_program(&self, name: &str, script: &str) -> PathBuf {
        let path = self.dir().join("bin").join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("the lab's folder is writable");
        self.mode(&path, 0o755);
        path
    }

    /// The addresses that a browser was asked to open: no real one ever is.
    pub fn opened(&self) -> Vec<String> {
        let text = fs::read_to_string(self.dir().join("out/opened")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// A git repository in the home, with this `origin`.
    pub fn repository(&self, name: &str, origin: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(&path).expect("the lab's folder is writable");
        let git = |args: &[&str]| self.command("git").args(args).dir(&path).run().expect(0);
        git(&["init", "--quiet"]);
        git(&["remote", "add", "origin", origin]);
        path
    }

    /// What runs in the lab now, beside the lab's own holder.
    pub fn processes(&self) -> Vec<Process> {
        self.world.processes()
    }

    /// Waits until nothing in the lab runs a command line that holds these words.
    #[track_caller]
    pub fn wait_no_process(&self, words: &str) {
        let running = || {
            let mut all = self.processes();
            all.retain(|process| process.command.contains(words));
            all
        };
        let gone = poll(|| running().is_empty().then_some(()));
        assert!(gone.is_some(), "still running: {:?}", running());
    }

    fn world(&self) -> &world::World {
        &self.world
    }

    /// The lab's reason to exist: inside, this uid lives in the lab.
    fn assert_private(&self) {
        let uid = getuid().as_raw().to_string();
        let answer = self.command("getent").args(["passwd", &uid]).run();
        let home = self.home.to_str().expect("the lab's paths are UTF-8");
        assert_eq!(
            answer.stdout.split(':').nth(5),
            Some(home),
            "uid {uid} does not live in the lab; no test may run: {answer}"
        );
    }

    fn fake_browsers(&self) {
        let note = format!(
            "echo \"$1\" >>'{}'",
            self.dir().join("out/opened").display()
        );
        for name in [
            "xdg-open",
            "gio",
            "gnome-open",
            "kde-open",
            "x-www-browser",
            "wslview",
        ] {
            self.fake_program(name, &note);
        }
    }
}

fn environment(dir: &Path, home: &Path, user: &str) -> BTreeMap<String, String> {
    let path = format!(
        "{}:/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin",
        dir.join("bin").display()
    );
    let values = [
        ("PATH", path),
        ("HOME", home.display().to_string()),
        ("USER", user.to_owned()),
        ("LOGNAME", user.to_owned()),
        ("SHELL", "/bin/sh".to_owned()),
        ("LANG", "C.UTF-8".to_owned()),
        ("TERM", "xterm-256color".to_owned()),
        ("TZ", "UTC".to_owned()),
        ("GIT_CONFIG_NOSYSTEM", "1".to_owned()),
    ];
    values.map(|(name, value)| (name.to_owned(), value)).into()
}
