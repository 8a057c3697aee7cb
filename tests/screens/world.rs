//! Which computer and which server do these tests imagine? The same on every machine that runs them.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use sshstep::agent::{AgentAddress, Identity};
use sshstep::facts::{
    Agent, Certificates, ConfigFiles, Effective, Facts, Git, KnownHostsFile, LocalKey, Remote,
    SshClient, Surroundings,
};
use sshstep::facts::{KnownHost, TargetFacts};
use sshstep::key::kind::KeyKind;
use sshstep::key::pair::{Key, Protection};
use sshstep::known::Known;
use sshstep::log::Log;
use sshstep::machine::{Given, Layers, Machine, Programs};
use sshstep::probe::{HostKeys, Judged, ServerKey, Tested, judge};
use sshstep::provider::Providers;
use sshstep::provider::cli::Program;
use sshstep::steps::{Answers, Context, Mode};
use sshstep::target::Target;
use sshstep::text::Vocabulary;
use sshstep::transcript::{Ladder, Transcript};

/// GitHub's own, from its published list.
pub const GITHUB: &str = "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU";
pub const OTHER: &str = "SHA256:N+W9R6oFM/HzyK4U8RmU2RMnVrDMJm5ynXR25DqA2so";
pub const KEY: &str = "SHA256:79+bNMO09XadrUYhPTDx+F3Dn8tL57ADA5rG/T0MesA";
pub const WORK: &str = "SHA256:OUUJudQh8bX+SesqGB/RYB9cr4XkWnLlp8t/AfpkTr8";

/// Ana's laptop: a home of its own for the few files that are read, nothing else.
pub struct World {
    home: tempfile::TempDir,
    pub keys: Vec<LocalKey>,
    pub agent: Option<Vec<Identity>>,
    pub remotes: Vec<Remote>,
    pub is_known: bool,
    pub demo: bool,
    /// The services' own tools that are installed.
    pub tools: Vec<&'static str>,
}

impl World {
    pub fn new() -> Self {
        Self {
            home: tempfile::tempdir().expect("a temporary folder"),
            keys: Vec::new(),
            agent: Some(Vec::new()),
            remotes: Vec::new(),
            is_known: false,
            demo: false,
            tools: Vec::new(),
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("the home is writable");
        fs::write(path, text).expect("the home is writable");
    }

    /// A key of this name, as its files would be read.
    pub fn key(&mut self, name: &str, fingerprint: &str, protection: Protection) -> &mut Key {
        let (kind, word) = if name.contains("rsa") {
            (KeyKind::Rsa { bits: 2048 }, "ssh-rsa")
        } else {
            (KeyKind::Ed25519, "ssh-ed25519")
        };
        let comment = "ana@anas-laptop";
        let day = Duration::from_secs(19_784 * 24 * 3600 + 43_200); // 2024-03-02, noon
        self.keys.push(LocalKey {
            files: Key {
                private: Some(self.path(&format!(".ssh/{name}"))),
                public: Some(self.path(&format!(".ssh/{name}.pub"))),
                certificate: None,
                kind: Some(kind),
                fingerprint: Some(fingerprint.to_owned()),
                comment: comment.to_owned(),
                public_line: Some(format!(
                    "{word} AAAAC3NzaC1lZDI1NTE5AAAAIJ0dPW3pB2h7rM7uW1jyYcQ2Uyus1uj5kTqN {comment}"
                )),
                protection,
                modified: Some(SystemTime::UNIX_EPOCH + day),
                mode: Some(0o600),
                ours: Some(true),
                problems: Vec::new(),
            },
            in_agent: false,
        });
        &mut self.keys.last_mut().expect("just added").files
    }

    pub fn remote(&mut self, name: &str, url: &str) {
        self.remotes.push(Remote {
            name: name.to_owned(),
            url: url.to_owned(),
            target: Target::parse(url).expect("a target"),
        });
    }

    pub fn machine(&self) -> Machine {
        let home = self.home.path().to_owned();
        let config = home.join(".ssh/config");
        Machine {
            tilde: home.clone(),
            env_home: Some(home.clone()),
            state_dir: home.join("state"),
            config_dir: home.join("config"),
            cwd: home.clone(),
            env: Default::default(),
            user: "ana".to_owned(),
            full_name: None,
            computer: "anas-laptop".to_owned(),
            programs: Programs {
                ssh_add: Some(PathBuf::from("/usr/bin/ssh-add")),
                ..Programs::default()
            },
            layers: Layers {
                user: config,
                system: None,
                given: Given::Standard,
            },
            log: Log::default(),
            timeout: Duration::from_secs(10),
            ssh_home: home,
        }
    }

    pub fn vocabulary(&self) -> Vocabulary {
        let mut vocabulary = self.machine().vocabulary();
        vocabulary.charset = sshstep::text::Charset::Utf8;
        vocabulary
    }

    pub fn facts(&self, target: Option<&Target>) -> Facts {
        let machine = self.machine();
        let config = ConfigFiles::load(&machine);
        let address = match &self.agent {
            Some(_) => AgentAddress::Socket(PathBuf::from("/run/user/1000/ssh-agent")),
            None => AgentAddress::None,
        };
        Facts {
            ssh: Known::Yes(SshClient {
                version: "OpenSSH_9.2p1".to_owned(),
                number: (9, 2),
            }),
            keys: self.keys.clone(),
            ssh_dir: Known::Yes(()),
            agent: Agent {
                address,
                identities: match &self.agent {
                    Some(held) => Known::Yes(held.clone()),
                    None => Known::Absent,
                },
                fault: None,
            },
            tools: Program::ALL
                .iter()
                .filter(|program| self.tools.contains(&program.name()))
                .map(|program| (*program, PathBuf::from("/usr/bin").join(program.name())))
                .collect(),
            git: Git {
                remotes: self.remotes.clone(),
                ..Git::default()
            },
            surroundings: Surroundings::default(),
            target: target.map(|target| self.about(target, &machine, &config)),
            config,
        }
    }

    /// What `ssh -G` says: the settings' identities, or the default names.
    fn about(&self, target: &Target, machine: &Machine, config: &ConfigFiles) -> TargetFacts {
        let mut said = format!(
            "host {0}\nhostname {0}\nuser {1}\nport 22\n",
            target.host,
            target.user.as_deref().unwrap_or("ana")
        );
        let mut files = config.identity_files(machine);
        if files.is_empty() {
            files = ["id_rsa", "id_ecdsa", "id_ed25519"]
                .map(|name| self.path(&format!(".ssh/{name}")))
                .into();
        }
        for file in &files {
            // As ssh -G prints its default names.
            let written = file.strip_prefix(self.path("")).map_or_else(
                |_| file.display().to_string(),
                |rest| format!("~/{}", rest.display()),
            );
            said += &format!("identityfile {written}\n");
        }
        let known = KnownHost {
            file: self.path(".ssh/known_hosts"),
            line: 1,
            key_type: "ssh-ed25519".to_owned(),
            fingerprint: GITHUB.to_owned(),
            marker: None,
        };
        TargetFacts {
            target: target.clone(),
            effective: Known::Yes(Effective::parse(&said)),
            identity_files: files,
            known: if self.is_known {
                Known::Yes(vec![known])
            } else {
                Known::Absent
            },
            known_hosts: KnownHostsFile {
                path: self.path(".ssh/known_hosts"),
                bytes: None,
            },
            certificates: Certificates::default(),
            sharing: None,
            own_server: None,
        }
    }

    pub fn context(&self) -> Context {
        Context {
            machine: Arc::new(self.machine()),
            providers: Arc::new(Providers::load(None, None).providers),
            facts: Arc::new(self.facts(None)),
            answers: Answers {
                mode: Mode::Auto,
                ..Answers::default()
            },
            demo: self.demo,
            history: sshstep::steps::History::begin(
                sshstep::report::Form::Screen,
                std::time::Instant::now(),
            ),
            resume: None,
        }
    }

    pub fn host_key(fingerprint: &str) -> HostKeys {
        HostKeys {
            keys: vec![ServerKey {
                key_type: "ssh-ed25519".to_owned(),
                fingerprint: fingerprint.to_owned(),
                known_hosts_line: "github.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl".to_owned(),
            }],
        }
    }

    /// The test as it went, by ssh's words.
    pub fn tested(&self, log: &str, exit: i32, output: &str) -> Tested {
        self.tested_at(&github(), log, exit, output)
    }

    /// The same at another service.
    pub fn tested_at(&self, target: &Target, log: &str, exit: i32, output: &str) -> Tested {
        let providers = Providers::load(None, None).providers;
        let transcript = Transcript::read(log.as_bytes());
        judge(
            Judged {
                ladder: Ladder::of(&transcript, Some(exit)),
                transcript,
                output: output.to_owned(),
                silent: false,
                took: Duration::from_secs(1),
            },
            &self.facts(Some(target)),
            providers.for_host(&target.host),
            target,
            &Default::default(),
        )
    }
}

pub fn github() -> Target {
    Target {
        user: Some("git".to_owned()),
        ..Target::parse("github.com").expect("a target")
    }
}

/// ssh's words up to the moment when the server has shown its key.
pub fn reached(home: &World) -> String {
    format!(
        "OpenSSH_9.2p1 Debian-2, OpenSSL 3.0.9 30 May 2023\n\
         debug1: Connecting to github.com [140.82.121.4] port 22.\n\
         debug1: Connection established.\n\
         debug1: identity file {0} type 0\n\
         debug1: Local version string SSH-2.0-OpenSSH_9.2p1\n\
         debug1: Remote protocol version 2.0, remote software version babeld\n\
         debug1: Authenticating to github.com:22 as 'git'\n\
         debug1: SSH2_MSG_KEXINIT sent\n\
         debug1: SSH2_MSG_KEXINIT received\n\
         debug1: expecting SSH2_MSG_KEX_ECDH_REPLY\n\
         debug1: SSH2_MSG_KEX_ECDH_REPLY received\n\
         debug1: Server host key: ssh-ed25519 {GITHUB}\n\
         debug1: Host 'github.com' is known and matches the ED25519 host key.\n\
         debug1: Found key in {1}:1\n\
         debug1: SSH2_MSG_NEWKEYS sent\n\
         debug1: SSH2_MSG_NEWKEYS received\n",
        home.path(".ssh/work_rsa").display(),
        home.path(".ssh/known_hosts").display(),
    )
}

/// … and refuses the one key that ssh offers.
pub fn refused(home: &World) -> String {
    let key = home.path(".ssh/work_rsa");
    let key = key.display();
    reached(home)
        + &format!(
            "debug1: Will attempt key: {key} RSA {WORK} explicit\n\
             debug1: SSH2_MSG_SERVICE_ACCEPT received\n\
             debug1: Authentications that can continue: publickey\n\
             debug1: Next authentication method: publickey\n\
             debug1: Offering public key: {key} RSA {WORK} explicit\n\
             debug1: Authentications that can continue: publickey\n\
             debug1: No more authentication methods to try.\n\
             git@github.com: Permission denied (publickey).\n"
        )
}

/// … and signs in.
pub fn signed_in(home: &World) -> String {
    let key = home.path(".ssh/id_ed25519");
    let key = key.display();
    reached(home)
        + &format!(
            "debug1: Will attempt key: {key} ED25519 {KEY} agent\n\
             debug1: SSH2_MSG_SERVICE_ACCEPT received\n\
             debug1: Authentications that can continue: publickey\n\
             debug1: Next authentication method: publickey\n\
             debug1: Offering public key: {key} ED25519 {KEY} agent\n\
             debug1: Server accepts key: {key} ED25519 {KEY} agent\n\
             Authenticated to github.com ([140.82.121.4]:22) using \"publickey\".\n\
             debug1: channel 0: new session [client-session] (inactive timeout: 0)\n\
             debug1: Exit status 1\n"
        )
}
