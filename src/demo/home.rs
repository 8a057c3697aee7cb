//! What is a demo, while it runs?
//!
//! A [`Demo`]: a private folder with an empty home, a server's key and its list of known keys, and
//! an ssh-agent. Dropping it ends the agent and removes the folder.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use ssh_key::public::KeyData;
use ssh_key::{Algorithm, Fingerprint, HashAlg, LineEnding, PrivateKey, PublicKey};

use super::agent::Agent;
use super::folder::Folder;
use crate::say;
use crate::text::Text;
use crate::trouble::Trouble;

/// A running demo.
pub struct Demo {
    // Fields are dropped in this order: the agent must be gone before its folder.
    agent: Option<Agent>,
    folder: Folder,
    fingerprint: Fingerprint,
}

impl Demo {
    /// Makes the folder and starts the agent. `exe` is this program, which ssh will start as the server.
    /// Folders that killed demos left behind are removed.
    pub fn create(exe: &Path) -> Result<Self, Trouble> {
        let folder = Folder::create()?;
        let root = folder.path();
        for name in ["home", "server", "state", "config"] {
            make_dir(&root.join(name))?;
        }
        let fingerprint = make_host_key(&root.join("server").join("host_key"))?;
        write_new(&root.join("server").join("authorized_keys"), "")?;
        let agent = Agent::start(root.join("agent.sock"))?;
        let config = super::config::text(exe, root, agent.as_ref().map(Agent::socket))?;
        write_new(&root.join("system_config"), &config)?;
        let own = root.join("home").join(".ssh").join("config");
        let layered = crate::settings::layered(&own, Some(&root.join("system_config")));
        write_new(&root.join("ssh_config"), &layered)?;
        let provider = provider(&fingerprint.to_string());
        write_new(&root.join("server").join("demo-git.toml"), &provider)?;
        Ok(Self {
            agent,
            folder,
            fingerprint,
        })
    }

    /// Lets the key of this line in from now on: what a git host does when somebody adds a key on its page.
    pub fn publish(&self, public_line: &str) -> Result<(), Trouble> {
        let key = accepted(public_line)?;
        let list = self.root().join("server").join("authorized_keys");
        let failed = |error: &std::io::Error| {
            Trouble::io(
                "Demo Git could not add the key.",
                error,
                "Start the demo again: sshstep demo",
            )
        };
        let known = std::fs::read_to_string(&list).map_err(|error| failed(&error))?;
        let again = known
            .lines()
            .filter_map(|line| PublicKey::from_openssh(line).ok())
            .any(|listed| listed.key_data() == key.key_data());
        if again {
            return Ok(());
        }
        replace(&list, &format!("{known}{}\n", public_line.trim())).map_err(|error| failed(&error))
    }

    /// Who the server is, as its provider would publish it: `SHA256:…`.
    pub fn fingerprint(&self) -> String {
        self.fingerprint.to_string()
    }

    /// The server's public key: type and base64.
    pub(super) fn host_key(&self) -> Result<String, Trouble> {
        let file = self.root().join("server").join("host_key");
        let damaged = |error: ssh_key::Error| {
            Trouble::new(
                "The demo server's own key cannot be read.",
                Text::quoted(format!("{error}.")),
                "Start the demo again: sshstep demo",
            )
        };
        let key = PrivateKey::read_openssh_file(&file).map_err(damaged)?;
        key.public_key().to_openssh().map_err(damaged)
    }

    /// The folder that holds everything of this demo.
    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    /// The throw-away home. There is no `.ssh` in it to begin with.
    pub fn home(&self) -> PathBuf {
        self.root().join("home")
    }

    /// Where sshstep keeps its journal in this demo.
    pub fn state_dir(&self) -> PathBuf {
        self.root().join("state")
    }

    /// Where sshstep looks for the person's own settings in this demo.
    pub fn config_dir(&self) -> PathBuf {
        self.root().join("config")
    }

    /// The file for `ssh -F`, which every ssh of the demo needs.
    pub fn ssh_config(&self) -> PathBuf {
        self.root().join("ssh_config")
    }

    /// The file that stands for the system-wide one.
    pub fn system_config(&self) -> PathBuf {
        self.root().join("system_config")
    }

    /// What Demo Git publishes about itself, as a provider file.
    pub fn provider_file(&self) -> PathBuf {
        self.root().join("server").join("demo-git.toml")
    }

    /// The socket of the demo's own agent; none when this machine cannot start one.
    pub fn agent(&self) -> Option<PathBuf> {
        self.agent.as_ref().map(|agent| agent.socket().to_owned())
    }

    /// The server's name.
    pub fn host(&self) -> &'static str {
        super::HOST
    }

    /// The login name for everybody.
    pub fn user(&self) -> &'static str {
        super::USER
    }
}

/// Demo Git as a service: its fingerprint is published, so the wizard can compare it.
fn provider(fingerprint: &str) -> String {
    format!(
        r#"id = "demo"
name = "Demo Git"
order = 1
hosts = ["{host}"]
user = "{user}"
connect = "{host}"
expect = "greeting"
success_exit_codes = [1]
next_command = "git clone {user}@{host}:TEAM/PROJECT.git"

[[greetings]]
pattern = "Hi {{account:word}}! You've successfully authenticated"
meaning = "signed-in"

[host_keys]
source = "this demo"
checked = "just now"
published = [{{ type = "ed25519", fingerprint = "{fingerprint}" }}]
"#,
        host = super::HOST,
        user = super::USER,
    )
}

/// The key of a public key line that the server takes.
fn accepted(line: &str) -> Result<PublicKey, Trouble> {
    const WHAT: &str = "Demo Git does not take this key.";
    const HINT: &str = "Paste the one line of a file that ends in .pub.";
    if line.contains("PRIVATE KEY") {
        return Err(Trouble::new(
            WHAT,
            "It is a private key. That one never leaves your computer.",
            HINT,
        ));
    }
    if line.trim().contains(char::is_control) {
        return Err(Trouble::new(WHAT, "It is not one line of text.", HINT));
    }
    let key = PublicKey::from_openssh(line.trim()).map_err(|error| {
        Trouble::new(
            WHAT,
            say!("It is no public key: {}.", Text::quoted(error.to_string())),
            HINT,
        )
    })?;
    let weak = match key.key_data() {
        KeyData::Dsa(_) => true,
        KeyData::Rsa(rsa) => rsa.n.as_positive_bytes().is_none_or(|n| n.len() < 2048 / 8),
        KeyData::Ecdsa(_)
        | KeyData::Ed25519(_)
        | KeyData::SkEcdsaSha2NistP256(_)
        | KeyData::SkEd25519(_) => false,
        // A type of a newer library, or one with a name of its own.
        _ => true,
    };
    if weak {
        return Err(Trouble::new(
            WHAT,
            "It takes Ed25519, ECDSA, and RSA with at least 2048 bits.",
            "Create an Ed25519 key.",
        ));
    }
    Ok(key)
}

fn make_host_key(path: &Path) -> Result<Fingerprint, Trouble> {
    let failed = |error: ssh_key::Error| {
        Trouble::new(
            "The demo server's own key could not be made.",
            Text::quoted(format!("{error}.")),
            "Start the demo again: sshstep demo",
        )
    };
    let key = PrivateKey::random(&mut rand_core::OsRng, Algorithm::Ed25519).map_err(failed)?;
    write_new(path, &key.to_openssh(LineEnding::LF).map_err(failed)?)?;
    Ok(key.fingerprint(HashAlg::Sha256))
}

pub(super) fn make_dir(path: &Path) -> Result<(), Trouble> {
    std::fs::create_dir(path).map_err(|error| not_written(path, &error))
}

/// Nothing in here is there before. Only the folder around it keeps others out.
pub(super) fn write_new(path: &Path, text: &str) -> Result<(), Trouble> {
    std::fs::File::create_new(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| not_written(path, &error))
}

pub(super) fn not_written(path: &Path, error: &std::io::Error) -> Trouble {
    Trouble::io(
        say!("The demo could not write {}.", Text::path(path)),
        error,
        "Make room in the temporary folder, or set TMPDIR (on Windows TEMP) to another one.",
    )
}

/// The server reads the list at any moment: it must find the old one or the new one.
fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let dir = path.parent().unwrap_or(path);
    let mut file = tempfile::NamedTempFile::new_in(dir)?;
    file.write_all(text.as_bytes())?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILIG2T/B0l0gaqj3puu510tu9N1OkQ4znY3LYuEm5zCF me@here";

    #[test]
    fn a_public_key_line_is_taken_as_it_was_pasted() {
        assert!(accepted(LINE).is_ok());
        assert!(accepted(&format!("  {LINE}\r\n")).is_ok());
    }

    #[test]
    fn anything_else_is_refused_with_its_reason() {
        let why = |line: &str| accepted(line).unwrap_err().why.reveal();
        assert!(why("-----BEGIN OPENSSH PRIVATE KEY-----").contains("never leaves"));
        assert!(why(&format!("{LINE}\n{LINE}")).contains("not one line"));
        assert!(why("").contains("no public key"));
        assert!(why("hello").contains("no public key"));
        assert!(why("ssh-ed25519 AAAA").contains("no public key"));
        assert!(why(&format!("command=\"sh\" {LINE}")).contains("no public key"));
    }
}
