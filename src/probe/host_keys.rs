//! Which key does the server show, before it gets to see any of ours?

use std::ffi::OsString;
use std::time::Duration;

use crate::key::public::Public;
use crate::machine::Machine;
use crate::say;
use crate::target::Target;
use crate::text::Text;
use crate::transcript::{Event, Ladder};
use crate::trouble::Trouble;

use super::connect::Judged;
use super::run::{self, Asking, Then};

/// What the server showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostKeys {
    /// Its key; ssh keeps one per connection.
    pub keys: Vec<ServerKey>,
}

/// One key of a server, as a known_hosts line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerKey {
    /// `ssh-ed25519`, …
    pub key_type: String,
    /// `SHA256:…`.
    pub fingerprint: String,
    /// The line that ssh itself would add to known_hosts, hashed where the settings say so.
    pub known_hosts_line: String,
}

/// Fetches the server's key through the person's own settings and proxies: ssh stores it in a file
/// of ours (`accept-new`), and offers no key because no authentication method is left.
///
/// # Errors
/// When the server cannot be reached: how far the connection got, to be judged like a test.
pub async fn fetch(machine: &Machine, target: &Target) -> Result<HostKeys, Unfetched> {
    let folder = run::private_folder().map_err(Unfetched::untried)?;
    let file = folder.path().join("known_hosts");
    let mut options = run::options(machine.timeout, Asking::Never);
    options.extend([
        known_hosts_option("UserKnownHostsFile", &file),
        OsString::from("-oGlobalKnownHostsFile=none"),
        OsString::from("-oStrictHostKeyChecking=accept-new"),
        OsString::from("-oPreferredAuthentications=none"),
        OsString::from("-oPubkeyAuthentication=no"),
        OsString::from("-oIdentityAgent=none"),
    ]);
    let mut ladder = Ladder::default();
    let mut each = |event: &Event, at: Duration| {
        ladder.observe(event, at);
        match event {
            // The key is stored by now, and nothing else is wanted.
            Event::ServiceAccepted | Event::CanContinue { .. } => Then::Stop,
            _ => Then::Continue,
        }
    };
    let ran = run::run(machine, &options, target, &[], Asking::Never, &mut each)
        .await
        .map_err(Unfetched::untried)?;
    let stored = std::fs::read_to_string(&file).unwrap_or_default();
    let keys: Vec<ServerKey> = stored.lines().filter_map(server_key).collect();
    if keys.is_empty() {
        return Err(Unfetched {
            trouble: unreachable(&ran),
            judged: Some(Box::new(Judged::of(ladder, ran))),
        });
    }
    Ok(HostKeys { keys })
}

/// A server that did not get as far as showing its key.
#[derive(Debug)]
pub struct Unfetched {
    /// In words.
    pub trouble: Trouble,
    /// The connection that failed; none when none was made.
    pub judged: Option<Box<Judged>>,
}

impl Unfetched {
    fn untried(trouble: Trouble) -> Self {
        Self {
            trouble,
            judged: None,
        }
    }
}

/// `-oKEYWORD="FILE"`: ssh splits these values at blanks.
pub fn known_hosts_option(keyword: &str, file: &std::path::Path) -> OsString {
    OsString::from(format!("-o{keyword}=\"{}\"", file.display()))
}

fn server_key(line: &str) -> Option<ServerKey> {
    let mut words = line.split_whitespace();
    let (_names, key_type, blob) = (words.next()?, words.next()?, words.next()?);
    Some(ServerKey {
        fingerprint: Public::from_line(&format!("{key_type} {blob}"))?.fingerprint,
        key_type: key_type.to_owned(),
        known_hosts_line: line.to_owned(),
    })
}

/// Nothing was stored: the connection did not get as far as the server's key.
fn unreachable(ran: &run::Ran) -> Trouble {
    let last = ran
        .transcript
        .last(|event| !matches!(event, Event::Other | Event::ExitStatus { .. }))
        .map(|seen| Text::quoted(seen.text.clone()));
    let why = match last {
        Some(_) if ran.silent => Text::plain("The server did not answer in time."),
        Some(line) => say!("ssh says: {}", line),
        None if ran.silent => Text::plain("ssh did not say anything in time."),
        None => Text::quoted(ran.output.lines().last().unwrap_or_default()),
    };
    Trouble::new(
        "The server did not show its key.",
        why,
        "Check the address and your network, then press r to try again.",
    )
}
