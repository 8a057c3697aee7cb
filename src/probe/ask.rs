//! Does the server know this key? Asked with the public half only, so nothing can be signed.
//!
//! `Server accepts key` comes before any signature (RFC 4252 section 7), so the question needs no
//! passphrase. ssh gets copies of the public halves as its only identities and no agent: when the
//! server says yes, there is nothing to sign with, and ssh goes on to the next.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::time::Duration;

use crate::facts::Effective;
use crate::machine::{Given, Layers, Machine};
use crate::target::Target;
use crate::transcript::Event;
use crate::transcript::Ladder;
use crate::transcript::keys::Answer;
use crate::trouble::Trouble;

use super::run::{self, Asking, Then, write_private};

/// Servers hang up after six refused keys (MaxAuthTries), and a key that was offered identifies
/// its owner: never more than this.
pub const MOST_KEYS: usize = 5;

/// Settings that decide how the server is reached and recognised; identities, certificates,
/// agents, forwardings and commands stay out.
const REACHING: &[&str] = &[
    "hostname",
    "port",
    "user",
    "addressfamily",
    "bindaddress",
    "bindinterface",
    "casignaturealgorithms",
    "checkhostip",
    "ciphers",
    "connecttimeout",
    "globalknownhostsfile",
    "hostkeyalgorithms",
    "hostkeyalias",
    "kexalgorithms",
    "macs",
    "proxycommand",
    "proxyusefdpass",
    "pubkeyacceptedalgorithms",
    "pubkeyacceptedkeytypes",
    "rekeylimit",
    "tcpkeepalive",
    "userknownhostsfile",
];

/// Asks about at most [`MOST_KEYS`] public keys (fingerprint, public line). The host must be known already: ssh stops
/// otherwise, before any key is shown. A server that hangs up after fewer tries is asked again about the others,
/// until it knows one.
///
/// # Errors
/// When the connection did not get as far as the first answer.
pub async fn ask(
    machine: &Machine,
    target: &Target,
    keys: &[(String, String)],
) -> Result<BTreeMap<String, Answer>, Trouble> {
    let effective = Effective::ask(machine, &[], target).await?;
    let mut rest = keys[..keys.len().min(MOST_KEYS)].to_vec();
    let mut answers = BTreeMap::new();
    while !rest.is_empty() {
        let told = match ask_once(machine, &effective, target, &rest).await {
            Ok(told) => told,
            Err(trouble) if answers.is_empty() => return Err(trouble),
            Err(_) => break,
        };
        let before = rest.len();
        rest.retain(|(fingerprint, _)| !told.contains_key(fingerprint));
        answers.extend(told);
        let is_found = answers.values().any(|answer| *answer == Answer::Accepted);
        if is_found || rest.len() == before {
            break;
        }
    }
    Ok(answers)
}

/// One connection.
async fn ask_once(
    machine: &Machine,
    effective: &Effective,
    target: &Target,
    keys: &[(String, String)],
) -> Result<BTreeMap<String, Answer>, Trouble> {
    let folder = run::private_folder()?;
    let failed = |error: &std::io::Error| {
        Trouble::io(
            "The public keys could not be laid out for ssh.",
            error,
            "Free some space in the temporary folder.",
        )
    };
    let mut config = reaching(machine, effective);
    for (at, (_, line)) in keys.iter().enumerate() {
        let file = folder.path().join(format!("key{at}.pub"));
        write_private(&file, format!("{line}\n").as_bytes()).map_err(|error| failed(&error))?;
        let _ = writeln!(config, "IdentityFile \"{}\"", file.display());
    }
    let file = folder.path().join("config");
    write_private(&file, config.as_bytes()).map_err(|error| failed(&error))?;

    let asking = Machine {
        layers: Layers {
            user: file.clone(),
            system: None,
            given: Given::File(file),
        },
        ..machine.clone()
    };
    let options: Vec<OsString> = run::options(machine.timeout, Asking::Never);
    let bare = Target {
        identity: None,
        ..target.clone()
    };
    let mut ladder = Ladder::default();
    let mut each = |event: &Event, at: Duration| {
        ladder.observe(event, at);
        Then::Continue
    };
    let ran = run::run(&asking, &options, &bare, &[], Asking::Never, &mut each).await?;
    ladder.finish(ran.code);

    let answers: BTreeMap<String, Answer> = ladder
        .keys_offered()
        .iter()
        .filter(|offered| offered.answer != Answer::Unknown)
        .filter_map(|offered| Some((offered.fingerprint.clone()?, offered.answer)))
        .collect();
    if answers.is_empty() {
        return Err(no_answer(&ran));
    }
    Ok(answers)
}

/// A configuration that reaches the same server in the same way, with no identity of its own.
fn reaching(machine: &Machine, effective: &Effective) -> String {
    let mut config = String::from(
        "IdentitiesOnly yes\nIdentityAgent none\nPreferredAuthentications publickey\n\
         PubkeyAuthentication yes\nStrictHostKeyChecking yes\nAddKeysToAgent no\n",
    );
    for (keyword, values) in effective.iter() {
        if !REACHING.contains(&keyword) {
            continue;
        }
        if let Some(value) = values.first().filter(|value| !value.is_empty()) {
            let _ = writeln!(config, "{keyword} {value}");
        }
    }
    if let Some(jump) = effective.first("proxyjump").filter(|jump| *jump != "none") {
        let _ = writeln!(config, "ProxyCommand {}", jump_command(machine, jump));
    }
    config
}

/// What ssh itself makes of a ProxyJump (ssh.c `main`), but with the person's own settings for the
/// jump hosts, which `-F` would otherwise hide from them.
fn jump_command(machine: &Machine, jump: &str) -> String {
    let (before, last) = match jump.rsplit_once(',') {
        Some((before, last)) => (Some(before), last),
        None => (None, jump),
    };
    let mut words = vec![machine.programs.ssh.as_ref().map_or_else(
        || "ssh".to_owned(),
        |ssh| ssh.to_string_lossy().into_owned(),
    )];
    words.extend(
        machine
            .ssh_args()
            .iter()
            .map(|arg| arg.to_string_lossy().into_owned()),
    );
    words.push("-oBatchMode=yes".to_owned());
    if let Some(before) = before {
        words.extend(["-J".to_owned(), before.to_owned()]);
    }
    if let Ok(jump) = Target::parse(last.strip_prefix("ssh://").unwrap_or(last)) {
        if let Some(user) = jump.user {
            words.extend(["-l".to_owned(), user]);
        }
        if let Some(port) = jump.port {
            words.extend(["-p".to_owned(), port.to_string()]);
        }
        words.extend(["-W".to_owned(), "[%h]:%p".to_owned(), jump.host]);
    }
    shell_words::join(words)
}

fn no_answer(ran: &run::Ran) -> Trouble {
    let why = match ran
        .transcript
        .last(|event| !matches!(event, crate::transcript::Event::Other))
    {
        Some(seen) => crate::say!("ssh says: {}", crate::text::Text::quoted(seen.text.clone())),
        None => crate::text::Text::plain("ssh said nothing in time."),
    };
    Trouble::new(
        "The server could not be asked about the keys.",
        why,
        "Check the address and your network, then press r to try again.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identities_of_the_person_never_get_into_the_question() {
        let machine = Machine::here(None, std::time::Duration::from_secs(1));
        let effective = Effective::parse(
            "hostname h\nport 22\nuser git\nidentityfile ~/.ssh/id_rsa\ncertificatefile x\n\
             forwardagent yes\nlocalcommand rm\nremotecommand x\nproxycommand nc %h %p\n",
        );
        let config = reaching(&machine, &effective);
        for wrong in [
            "id_rsa",
            "certificatefile",
            "forwardagent",
            "localcommand",
            "remotecommand",
        ] {
            assert!(!config.contains(wrong), "{config}");
        }
        assert!(config.contains("proxycommand nc %h %p\n"));
        assert!(config.contains("IdentityAgent none\n"));
    }
}
