//! What can be wrong in a demo from the start, so that somebody can see how it is found and mended?
//!
//! Each fault is named after the diagnosis that it leads to. The home then holds what somebody has who has used
//! ssh before: a key, settings, and the server's key in known_hosts.

use std::path::Path;

use super::home::{Demo, make_dir, write_new};
use super::{HOST, config};
use crate::key::create::{self, NewKey};
use crate::key::file::with_pub;
use crate::key::kind::KeyKind;
use crate::say;
use crate::secret::Secret;
use crate::text::Text;
use crate::trouble::{Exit, Trouble};

macro_rules! faults {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $about:literal;)*) => {
        /// A fault.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Fault {
            $($(#[$doc])* $variant,)*
        }

        impl Fault {
            const ALL: &'static [Fault] = &[$(Fault::$variant,)*];

            /// The code of the diagnosis.
            pub fn name(self) -> &'static str {
                match self {
                    $(Fault::$variant => $name,)*
                }
            }

            /// What is wrong, in a line.
            pub fn about(self) -> &'static str {
                match self {
                    $(Fault::$variant => $about,)*
                }
            }
        }
    };
}

faults! {
    /// A keyword that ssh does not know.
    BadOption = "config-bad-option", "a misspelt line in the settings stops ssh";
    /// known_hosts has another key for the server.
    HostKeyChanged = "host-key-changed", "the server shows another key than the one that is stored";
    /// The settings name the `.pub` file.
    PublicNamed = "identityfile-is-pub", "the settings name the public half of the key";
    /// Others may read the private key.
    TooOpen = "key-permissions-too-open", "others may read the private key, so ssh ignores it";
    /// The private key has Windows line ends.
    LineEndings = "key-line-endings", "the private key was saved with other line ends";
    /// The `.pub` file is another key's.
    StalePublic = "pub-file-stale", "the .pub file beside the key belongs to another key";
    /// The server does not know the key.
    NotRegistered = "key-not-registered", "the server does not know the key";
    /// The settings pick another key than the one that the server knows.
    WrongKey = "wrong-key-offered", "the settings pick another key than the one the server knows";
    /// The login name of the settings is the person's.
    WrongUser = "wrong-user", "the settings sign in with the wrong name";
    /// The key has a passphrase, and the agent does not hold it.
    Locked = "key-locked", "the key is locked, and its passphrase has to be typed";
}

impl Fault {
    /// All that can be made here, in the order of a connection.
    pub fn all() -> impl Iterator<Item = Self> {
        // On Windows a file has no mode.
        let is_possible = |fault: &Fault| cfg!(unix) || *fault != Fault::TooOpen;
        Self::ALL.iter().copied().filter(is_possible)
    }

    /// The fault with this name.
    ///
    /// # Errors
    /// All names, exit 2.
    pub fn named(name: &str) -> Result<Self, Trouble> {
        let found = Self::all().find(|fault| fault.name() == name);
        found.ok_or_else(|| {
            let names = Self::all().map(|fault| Text::plain(fault.name()));
            Trouble::new(
                say!("The demo has no fault called {}.", Text::quoted(name)),
                say!("It has: {}.", Text::join(names, ", ")),
                "What each of them is: sshstep demo --list",
            )
            .exit(Exit::Usage)
        })
    }
}

/// What the person of the demo has in the home.
struct Before<'a> {
    /// Whose key known_hosts has for the server.
    host_key: Whose,
    /// What the key is called. Of the two, ssh tries `id_ed25519` by itself.
    key: &'a str,
    passphrase: Option<&'a str>,
    mode: u32,
    line_end: &'a str,
    /// Whose public half lies beside it.
    public: Whose,
    /// Whether the server knows it.
    is_published: bool,
    /// The lines for the server in the settings.
    settings: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Whose {
    Right,
    Another,
}

impl Before<'_> {
    /// Nothing is wrong.
    fn good() -> Self {
        Self {
            host_key: Whose::Right,
            key: "id_ed25519",
            passphrase: None,
            mode: 0o600,
            line_end: "\n",
            public: Whose::Right,
            is_published: true,
            settings: String::new(),
        }
    }
}

impl Fault {
    fn before(self, ssh: &Path) -> Before<'static> {
        let good = Before::good();
        let named = |name: &str| {
            let file = config::value(&ssh.join(name));
            format!("  IdentityFile {file}\n  IdentitiesOnly yes\n")
        };
        match self {
            Fault::BadOption => Before {
                settings: "  IdentitysOnly yes\n".to_owned(),
                ..good
            },
            Fault::HostKeyChanged => Before {
                host_key: Whose::Another,
                ..good
            },
            Fault::PublicNamed => Before {
                key: "demo_key",
                settings: named("demo_key.pub"),
                ..good
            },
            Fault::TooOpen => Before {
                mode: 0o644,
                ..good
            },
            Fault::LineEndings => Before {
                line_end: "\r\n",
                ..good
            },
            Fault::StalePublic => Before {
                public: Whose::Another,
                ..good
            },
            Fault::NotRegistered => Before {
                is_published: false,
                ..good
            },
            Fault::WrongKey => Before {
                key: "demo_key",
                settings: named("id_work"),
                ..good
            },
            Fault::WrongUser => Before {
                settings: "  User ana\n".to_owned(),
                ..good
            },
            Fault::Locked => Before {
                // So that it can be read where it is asked for.
                key: "passphrase_is_demo",
                settings: named("passphrase_is_demo"),
                passphrase: Some("demo"),
                ..good
            },
        }
    }
}

impl Demo {
    /// Fills the home as somebody's who has used ssh before, with this fault in it.
    ///
    /// # Errors
    /// When something cannot be made or written.
    pub fn break_with(&self, fault: Fault) -> Result<(), Trouble> {
        let ssh = self.home().join(".ssh");
        let before = fault.before(&ssh);
        make_dir(&ssh)?;
        set_mode(&ssh, 0o700)?;
        let host_key = match before.host_key {
            Whose::Right => self.host_key()?,
            Whose::Another => new_key(None)?.public_line,
        };
        write_new(&ssh.join("known_hosts"), &format!("{HOST} {host_key}\n"))?;

        let key = new_key(before.passphrase)?;
        if before.is_published {
            self.publish(&key.public_line)?;
        }
        let public = match before.public {
            Whose::Right => key.public_line.clone(),
            Whose::Another => new_key(None)?.public_line,
        };
        let pem = key.private_pem.reveal().replace('\n', before.line_end);
        save(&ssh.join(before.key), &pem, &public, before.mode)?;
        if fault == Fault::WrongKey {
            let work = new_key(None)?;
            let pem = work.private_pem.reveal();
            save(&ssh.join("id_work"), pem, &work.public_line, 0o600)?;
        }
        if !before.settings.is_empty() {
            let config = ssh.join("config");
            write_new(&config, &format!("Host {HOST}\n{}", before.settings))?;
            set_mode(&config, 0o600)?;
        }
        Ok(())
    }
}

fn new_key(passphrase: Option<&str>) -> Result<NewKey, Trouble> {
    let passphrase = passphrase.map(|words| Secret::new(words.to_owned().into()));
    create::create(&KeyKind::Ed25519, "demo", passphrase.as_ref())
}

fn save(file: &Path, private: &str, public: &str, mode: u32) -> Result<(), Trouble> {
    write_new(file, private)?;
    set_mode(file, mode)?;
    write_new(&with_pub(file), &format!("{public}\n"))
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) -> Result<(), Trouble> {
    use std::os::unix::fs::PermissionsExt as _;
    let permissions = std::fs::Permissions::from_mode(mode);
    std::fs::set_permissions(path, permissions)
        .map_err(|error| super::home::not_written(path, &error))
}

/// On Windows the folder's own list of who has access counts.
#[cfg(not(unix))]
fn set_mode(_: &Path, _: u32) -> Result<(), Trouble> {
    Ok(())
}
