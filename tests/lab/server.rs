//! Which server answers in the lab, what does it know, and how can it be broken?
//!
//! A real sshd, started for each connection by ssh's ProxyCommand (no port), or listening in the lab's private network.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::log::{Login, logins};
use super::run::Background;
use super::wait::poll;
use super::{Key, Lab};

/// How a host name is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route<'a> {
    /// The lab's sshd through a machine-wide ProxyCommand, which is no part of the person's own configuration.
    Sshd,
    /// The lab's sshd on port 22 of the name's address, in the lab's private network: ssh resolves and connects for itself.
    Tcp,
    /// Takes the connection and never says a word.
    Silent,
    /// Takes the connection, hears ssh's first line (else the two would race) and ends it.
    Closes,
    /// Says this and ends the connection: a web server, a tarpit, escape sequences.
    Says(&'a str),
    /// The name resolves, nothing listens: "Connection refused".
    Refused,
    /// The name resolves, packets vanish: the connection times out.
    Dropped,
    /// No such name.
    Unknown,
}

pub struct Server {
    lab_dir: PathBuf,
    settings: RefCell<BTreeMap<String, String>>,
    greeting: RefCell<Option<(String, u8)>>,
    host_keys: RefCell<Vec<PathBuf>>,
    /// For each name: its block in the machine-wide ssh_config, and its line in /etc/hosts.
    routes: RefCell<BTreeMap<String, (String, String)>>,
    machine_config: RefCell<String>,
    scripts: Cell<u32>,
    listening: RefCell<Option<Background>>,
}

impl Server {
    pub(super) fn new(lab_dir: &Path) -> Self {
        for folder in ["keys", "home/git", "home/deploy"] {
            let folder = lab_dir.join("server").join(folder);
            fs::create_dir_all(folder).expect("the lab's folder is writable");
        }
        Self {
            lab_dir: lab_dir.to_owned(),
            settings: RefCell::default(),
            greeting: RefCell::new(Some((GREETING.to_owned(), 1))),
            host_keys: RefCell::default(),
            routes: RefCell::default(),
            machine_config: RefCell::default(),
            scripts: Cell::new(0),
            listening: RefCell::new(None),
        }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.lab_dir.join("server").join(name)
    }

    /// What a person does on the key page of the service: from now on the server knows this key, for `git`.
    pub fn publish(&self, key: &Key) {
        self.publish_line("git", &key.public_line());
    }

    /// The same, and whoever has this key is greeted by this name.
    pub fn publish_as(&self, line: &str, name: &str) {
        self.publish_line("git", line);
        let key = line.split_whitespace().nth(1).expect("a public key line");
        let path = self.file("names");
        let old = fs::read_to_string(&path).unwrap_or_default();
        fs::write(path, format!("{old}{key} {name}\n")).expect("the lab's folder is writable");
    }

    /// The same for any account (`git`, `deploy`, the person's own) and any line, options in front included.
    pub fn publish_line(&self, account: &str, line: &str) {
        let path = self.file("keys").join(account);
        let mut text = fs::read_to_string(&path).unwrap_or_default();
        text += line.trim_end();
        text.push('\n');
        fs::write(path, text).expect("the lab's folder is writable");
    }

    /// The server forgets every key of `git`.
    pub fn unpublish_all(&self) {
        fs::remove_file(self.file("keys/git")).ok();
    }

    /// A setting of sshd for the connections from now on: `set("MaxAuthTries", "2")`.
    pub fn set(&self, name: &str, value: &str) {
        let mut settings = self.settings.borrow_mut();
        settings.insert(name.to_owned(), value.to_owned());
        drop(settings);
        self.configure();
    }

    /// What `git` is told after a login, on standard error, and the exit code. At first: GitHub's words and 1.
    pub fn greet(&self, words: &str, code: u8) {
        *self.greeting.borrow_mut() = Some((words.to_owned(), code));
        self.configure();
    }

    /// `git` gets a plain shell instead of a greeting.
    pub fn shell(&self) {
        *self.greeting.borrow_mut() = None;
        self.configure();
    }

    /// Shown before the login, sent raw: escape sequences too.
    pub fn banner(&self, bytes: impl AsRef<[u8]>) {
        let path = self.file("banner");
        fs::write(&path, bytes).expect("the lab's folder is writable");
        self.set("Banner", path.to_str().expect("the lab's paths are UTF-8"));
    }

    /// `TYPE BASE64` of the server's first host key, as a known_hosts line has it after the name.
    pub fn host_key(&self) -> String {
        let first = self.host_keys.borrow()[0].with_extension("pub");
        let text = fs::read_to_string(first).expect("the server has a host key");
        let words: Vec<&str> = text.split_whitespace().take(2).collect();
        words.join(" ")
    }

    /// The command that reaches this server, for a configuration that a test writes itself.
    pub fn proxy_command(&self) -> String {
        self.file("connect").display().to_string()
    }

    /// What sshd has logged, at level VERBOSE; a connection by [`Route::Silent`] and its like also leaves its line.
    pub fn log(&self) -> String {
        let bytes = fs::read(self.file("log")).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// How often somebody connected.
    pub fn connections(&self) -> usize {
        self.log().matches("Connection from ").count()
    }

    /// Each key (or other proof) that was tried, in order, and what the server answered.
    pub fn logins(&self) -> Vec<Login> {
        logins(&self.log())
    }

    /// Every connection from now on starts a new sshd, which reads this anew.
    fn configure(&self) {
        let mut text = String::new();
        let mut say = |line: String| {
            text += &line;
            text.push('\n');
        };
        for (name, value) in self.settings.borrow().iter() {
            say(format!("{name} {value}"));
        }
        for key in self.host_keys.borrow().iter() {
            say(format!("HostKey {}", key.display()));
        }
        let keys = self.file("keys");
        say(format!(
            "AuthorizedKeysFile {}/%u .ssh/authorized_keys",
            keys.display()
        ));
        say(SETTINGS.to_owned());
        if let Some((words, code)) = self.greeting.borrow().as_ref() {
            let greet = self.file("greet");
            let text = self.file("greeting");
            fs::write(&text, format!("{words}\n")).expect("the lab's folder is writable");
            // sshd says which key it was; each key may have a name of its own.
            let script = format!(
                "key=$(cut -d' ' -f3 \"$SSH_USER_AUTH\" | tail -n1)\n\
                 [ -n \"$key\" ] && name=$(grep -F \"$key \" '{}' 2>/dev/null | cut -d' ' -f2)\n\
                 sed \"s/octocat/${{name:-octocat}}/\" '{}' >&2\nexit {code}\n",
                self.file("names").display(),
                text.display()
            );
            fs::write(&greet, script).expect("the lab's folder is writable");
            say(format!(
                "Match User git\nPermitTTY no\nForceCommand sh '{}'",
                greet.display()
            ));
        }
        fs::write(self.file("sshd_config"), text).expect("the lab's folder is writable");
    }
}

impl Lab {
    /// Says how a name is reached from now on; the last word for a name counts.
    pub fn route(&self, host: &str, route: Route<'_>) {
        let proxy = |command: &str| format!("Host {host}\n    ProxyCommand {command}\n");
        let says = |what: &str| proxy(&self.server_script(what));
        let entry = match route {
            Route::Sshd => (proxy(&self.server.proxy_command()), String::new()),
            Route::Silent => (says("exec cat 3>&1 >/dev/null"), String::new()),
            Route::Closes => (says("read -r _"), String::new()),
            Route::Says(text) => {
                let words = self.server.file(&format!("says-{host}"));
                fs::write(&words, text).expect("the lab's folder is writable");
                (
                    says(&format!("cat '{}'; read -r _", words.display())),
                    String::new(),
                )
            }
            Route::Tcp => {
                self.listen();
                (String::new(), format!("127.0.0.1 {host}\n"))
            }
            Route::Refused => (String::new(), format!("127.0.0.2 {host}\n")),
            Route::Dropped => (String::new(), format!("192.0.2.1 {host}\n")),
            Route::Unknown => (String::new(), String::new()),
        };
        let mut routes = self.server.routes.borrow_mut();
        routes.insert(host.to_owned(), entry);
        drop(routes);
        self.write_routes();
    }

    /// Text for the machine-wide /etc/ssh/ssh_config, above the routes.
    pub fn machine_config(&self, text: &str) {
        text.clone_into(&mut self.server.machine_config.borrow_mut());
        self.write_routes();
    }

    /// The person has met this host before and knows its real key.
    pub fn trust(&self, host: &str) {
        self.know(host, &self.server.host_key());
    }

    /// A line of ~/.ssh/known_hosts: `TYPE BASE64` for this name, right or wrong.
    pub fn know(&self, host: &str, host_key: &str) {
        let old = fs::read_to_string(self.path(".ssh/known_hosts")).unwrap_or_default();
        self.write(".ssh/known_hosts", format!("{old}{host} {host_key}\n"));
    }

    /// GitHub publishes the lab's own host key from now on: everything else is as it is shipped.
    pub fn publish_host_key(&self) {
        self.publish_host_key_in(
            "github",
            include_str!("../../assets/providers/github.toml"),
            "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU",
        );
    }

    /// The same for any service: its id, its file, and the published fingerprint that the lab's own replaces.
    pub fn publish_host_key_in(&self, id: &str, shipped: &str, own: &str) {
        let listed = self.command("ssh-keygen").args(["-lf", "-"]);
        let listed = listed.input(self.server.host_key()).run().expect(0).stdout;
        let fingerprint = listed.split(' ').nth(1).expect("BITS FINGERPRINT");
        assert!(shipped.contains(own), "{id} has another key now");
        // A file of the person's own names no program.
        let mut is_tool = false;
        let others = shipped.lines().filter(|line| {
            if line.starts_with('[') {
                is_tool = *line == "[cli]" || line.starts_with("[cli.");
            }
            !is_tool
        });
        let provider: Vec<String> = others.map(|line| line.replace(own, fingerprint)).collect();
        let provider = provider.join("\n") + "\n";
        self.write(format!(".config/sshstep/providers/{id}.toml"), provider);
    }

    pub(super) fn set_up_server(&self, host_keys: &[String]) {
        for kind in host_keys {
            let path = self.server.file(&format!("host_{kind}"));
            let file = path.to_str().expect("the lab's paths are UTF-8");
            let keygen = self.command("ssh-keygen");
            let keygen = keygen.args(["-q", "-t", kind, "-N", "", "-C", "host", "-f", file]);
            keygen.run().expect(0);
            self.server.host_keys.borrow_mut().push(path);
        }
        self.server.configure();
        let connect = self.server.file("connect");
        let run = format!("#!/bin/sh\nexec {}\n", self.sshd("-i").join(" "));
        fs::write(&connect, run).expect("the lab's folder is writable");
        self.mode(&connect, 0o755);
    }

    /// The words that start sshd; it insists on an absolute path.
    fn sshd(&self, how: &str) -> [String; 6] {
        let file = |name: &str| self.server.file(name).display().to_string();
        let (config, log) = (file("sshd_config"), file("log"));
        ["/usr/sbin/sshd", how, "-f", &config, "-E", &log].map(str::to_owned)
    }

    /// A script that leaves its line in the log and then does `what`.
    fn server_script(&self, what: &str) -> String {
        self.server.scripts.set(self.server.scripts.get() + 1);
        let path = self
            .server
            .file(&format!("script{}", self.server.scripts.get()));
        let log = self.server.file("log");
        let text = format!(
            "#!/bin/sh\necho 'Connection from the lab' >>'{}'\n{what}\n",
            log.display()
        );
        fs::write(&path, text).expect("the lab's folder is writable");
        self.mode(&path, 0o755);
        path.display().to_string()
    }

    fn listen(&self) {
        let mut listening = self.server.listening.borrow_mut();
        if listening.is_some() {
            return;
        }
        let [program, rest @ ..] = self.sshd("-D");
        let sshd = self.command(program).args(rest);
        let sshd = sshd.args(["-o", "ListenAddress=127.0.0.1:22"]).background();
        let up = poll(|| self.server.log().contains("Server listening").then_some(()));
        assert!(
            up.is_some(),
            "sshd does not listen: {}{}",
            self.server.log(),
            sshd.printed()
        );
        *listening = Some(sshd);
    }

    /// In place, for both files are mounted over the machine's own.
    fn write_routes(&self) {
        let mut config = self.server.machine_config.borrow().clone();
        let mut hosts = "127.0.0.1 localhost laptop\n::1 localhost\n".to_owned();
        for (block, line) in self.server.routes.borrow().values() {
            config += block;
            hosts += line;
        }
        let etc = self.dir().join("etc");
        fs::write(etc.join("ssh/ssh_config"), config).expect("the lab's folder is writable");
        fs::write(etc.join("hosts"), hosts).expect("the lab's folder is writable");
    }
}

const GREETING: &str =
    "Hi octocat! You've successfully authenticated, but GitHub does not provide shell access.";

/// PermitRootLogin: all accounts have the uid of the person who runs the tests, often 0.
const SETTINGS: &str = "\
StrictModes no
ExposeAuthInfo yes
UsePAM no
PidFile none
PermitRootLogin yes
PasswordAuthentication no
KbdInteractiveAuthentication no
UseDNS no
PrintMotd no
PrintLastLog no
LogLevel VERBOSE
Subsystem sftp internal-sftp";
