//! Which ssh configuration keeps ssh inside the demo's folder?
//!
//! The file that stands for the system-wide one. `ssh -F` gets a wrapper that includes the throw-away
//! home's own config before it, so a block there wins, as it would in real life; `-F` also makes ssh
//! skip `/etc/ssh`.

use std::path::Path;

use crate::say;
use crate::text::Text;
use crate::trouble::Trouble;

/// The names ssh looks for when a config names no key, in ssh's order.
const DEFAULT_KEYS: [&str; 5] = [
    "id_rsa",
    "id_ecdsa",
    "id_ecdsa_sk",
    "id_ed25519",
    "id_ed25519_sk",
];

/// The text of the file. `root` must come from `folder`, which has made sure that it needs no
/// escaping beyond quotes; `exe` may be any path without a double quote or a line break.
pub(super) fn text(exe: &Path, root: &Path, agent: Option<&Path>) -> Result<String, Trouble> {
    let ssh = root.join("home").join(".ssh");
    let keys: String = DEFAULT_KEYS
        .iter()
        .map(|name| default_key(&ssh.join(name)))
        .collect();
    Ok(format!(
        "# Made by `sshstep demo`, and gone with it. It stands for the system-wide ssh_config.\n\
         Host *\n    \
             ProxyCommand {proxy}\n    \
             UserKnownHostsFile {known}\n    \
             GlobalKnownHostsFile {global}\n    \
             IdentityAgent {agent}\n    \
             # Without any IdentityFile, ssh would look into the real home folder.\n    \
             IdentityFile none\n\
         {keys}",
        proxy = proxy_command(exe, root)?,
        known = value(&ssh.join("known_hosts")),
        global = value(&root.join("server").join("ssh_known_hosts")),
        agent = agent.map_or_else(|| "none".to_owned(), value),
    ))
}

/// A default key is named only while it is there: unlike its built-in defaults, ssh complains about
/// an IdentityFile of a config that does not exist ("no such identity").
#[cfg(unix)]
fn default_key(path: &Path) -> String {
    format!(
        "Match exec \"test -f {}\"\n    IdentityFile {}\n",
        path.display(),
        value(path)
    )
}

/// On Windows ssh has no shell for `Match exec` that can be relied on; there the complaint stays.
#[cfg(windows)]
fn default_key(path: &Path) -> String {
    format!("    IdentityFile {}\n", value(path))
}

/// A path as one argument of a config line. ssh for Windows takes forward slashes as well, and only
/// those are safe from being read as escapes.
pub(super) fn value(path: &Path) -> String {
    let path = path.display().to_string();
    if cfg!(windows) {
        format!("\"{}\"", path.replace('\\', "/"))
    } else {
        format!("\"{path}\"")
    }
}

fn proxy_command(exe: &Path, root: &Path) -> Result<String, Trouble> {
    match (exe.to_str(), root.to_str()) {
        (Some(exe), Some(root)) if !exe.contains(['\n', '\r', '"']) => Ok(format!(
            "{} {} {}",
            word(exe),
            super::SERVER_VERB,
            word(root)
        )),
        (_, _) => Err(Trouble::new(
            "The demo cannot be started from where sshstep is installed.",
            say!(
                "Its path {} cannot be written into an ssh configuration.",
                Text::path(exe)
            ),
            "Copy sshstep to another folder and start it there.",
        )),
    }
}

/// One word of the ProxyCommand. Three readers come after each other: ssh's check that quotes are
/// balanced (8.7 and newer), its `%` expansion, and then the person's shell. No shell reads
/// anything into single quotes; a backslash must stand outside them, or ssh's check would take it
/// as an escape.
#[cfg(unix)]
fn word(text: &str) -> String {
    let mut quoted = String::from("'");
    for c in text.chars() {
        match c {
            '\'' | '\\' => quoted.extend(["'\\", c.encode_utf8(&mut [0; 4]), "'"]),
            '%' => quoted.push_str("%%"),
            c => quoted.push(c),
        }
    }
    quoted.push('\'');
    quoted
}

/// One word of the ProxyCommand. ssh for Windows uses no shell: a line that begins with a quote goes
/// to the system as it stands, so neither `%NAME%` nor `^` has a meaning after ssh's `%` expansion.
#[cfg(windows)]
fn word(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "/").replace('%', "%%"))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn every_path_is_one_word_for_the_shell() {
        for path in [
            "/plain",
            "/a b",
            "/it's",
            "/a\\b",
            "/a\\'b",
            "/$HOME/`x`/#!*",
        ] {
            assert_eq!(shell_words::split(&word(path)).unwrap(), [path]);
        }
        assert_eq!(word("/100%"), "'/100%%'");
    }

    #[test]
    fn without_an_agent_ssh_asks_none_and_never_the_real_home() {
        let root = Path::new("/tmp/sshstep-demo-x");
        let text = text(Path::new("/bin/sshstep"), root, None).unwrap();
        assert!(
            text.contains(
                "\n    ProxyCommand '/bin/sshstep' __demo-server '/tmp/sshstep-demo-x'\n"
            )
        );
        assert!(text.contains("\n    IdentityAgent none\n"));
        assert!(text.contains("\n    IdentityFile none\nMatch exec"));
    }

    #[test]
    fn a_path_that_breaks_the_line_is_refused() {
        let root = Path::new("/tmp/sshstep-demo-x");
        let trouble = text(Path::new("/bin/a\nb"), root, None).unwrap_err();
        assert!(trouble.why.reveal().contains("cannot be written"));
    }
}
