//! Which keys has the person's account at a service, and how does one more get there?
//!
//! Asked of the service's own command-line tool, where it is installed and signed in ([`look`]), and changed
//! through it ([`add`]). What a tool says about its own success is not believed: the keys are listed again.
//! No token is read or kept by us.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use md5::{Digest as _, Md5};

use crate::facts::LocalKey;
use crate::key::wire;
use crate::machine::Machine;
use crate::platform::process::{self, Output};
use crate::provider::{Cli, Column, List, Provider};
use crate::say;
use crate::text::{Kind, Text};
use crate::trouble::{Exit, Trouble};

/// A tool asks its service over the network, and may start slowly.
const LIMIT: Duration = Duration::from_secs(30);
/// Lines of a tool that are shown.
const MOST_LINES: usize = 12;

/// Who is signed in, and the keys of that account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// As the tool names it.
    pub name: Text,
    /// Its keys, in the tool's order.
    pub keys: Vec<AccountKey>,
}

/// A key of the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountKey {
    /// The name that it has there; empty where the tool does not tell.
    pub title: Text,
    identity: Identity,
}

/// By what a key of the account can be recognised.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Identity {
    /// The base64 of the public key.
    Blob(String),
    /// MD5 of the public key, lower-case hexadecimal digits.
    Md5(String),
}

/// What came of adding a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Added {
    /// The tool's own words.
    pub said: Vec<Text>,
    /// The account afterwards.
    pub account: Account,
    /// What the service's message means, where it is a known one.
    pub meaning: Option<Meaning>,
}

/// A service's message, explained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meaning {
    /// What it means.
    pub means: Vec<Text>,
    /// What to do.
    pub fix: Vec<Text>,
}

impl AccountKey {
    /// Whether it is this key of this computer.
    pub fn is(&self, local: &LocalKey) -> bool {
        let Some(blob) = local.public_line().and_then(blob) else {
            return false;
        };
        match &self.identity {
            Identity::Blob(own) => own == blob,
            Identity::Md5(own) => {
                wire::base64(blob.as_bytes()).is_some_and(|raw| *own == md5(&raw))
            }
        }
    }
}

impl Account {
    /// Whether the account has this key of this computer.
    pub fn has(&self, local: &LocalKey) -> bool {
        self.keys.iter().any(|key| key.is(local))
    }
}

/// Who is signed in at the tool, and which keys that account has. Reads only.
///
/// # Errors
/// When nobody is signed in, the tool does not work, or its list cannot be understood.
pub async fn look(
    machine: &Machine,
    program: &Path,
    provider: &Provider,
    cli: &Cli,
) -> Result<Account, Trouble> {
    let name = who(machine, program, cli).await?;
    let said = run(machine, program, &cli.list.args).await?;
    let keys = keys(&cli.list, &said).ok_or_else(|| {
        let meaning = meaning(provider, &said);
        let last = words(&said).pop().unwrap_or_default();
        Trouble::new(
            say!(
                "{} did not list the keys.",
                Text::public(cli.program.name())
            ),
            meaning.as_ref().map_or(last, |known| joined(&known.means)),
            meaning.map_or_else(
                || say!("Try it by hand: {}", command(cli, &cli.list.args)),
                |known| joined(&known.fix),
            ),
        )
    })?;
    Ok(Account {
        name: Text::of(Kind::Account, name),
        keys,
    })
}

/// Adds a public key under this title, then lists the keys again: only the list proves that it is there.
///
/// # Errors
/// As for [`look`]; that the key did not arrive is an answer, not an error.
pub async fn add(
    machine: &Machine,
    program: &Path,
    provider: &Provider,
    cli: &Cli,
    public_line: &str,
    title: &str,
) -> Result<Added, Trouble> {
    // A file of our own: an agent's key has none, and a name with odd characters is nobody's concern then.
    let folder = crate::probe::private_folder()?;
    let file = folder.path().join("key.pub");
    std::fs::write(&file, format!("{public_line}\n")).map_err(|error| {
        Trouble::io(
            "The public key could not be laid out for the tool.",
            &error,
            "Free some space in the temporary folder.",
        )
    })?;
    let said = run(
        machine,
        program,
        &cli.add.fill(&file.to_string_lossy(), title),
    )
    .await?;
    let account = look(machine, program, provider, cli).await?;
    Ok(Added {
        meaning: meaning(provider, &said),
        said: words(&said),
        account,
    })
}

/// The command line that [`add`] runs, as a person would type it.
pub fn add_command(cli: &Cli, file: &Path, title: &str) -> Text {
    let file = Text::path(file);
    let mut line = Text::public(cli.program.name());
    for arg in &cli.add.args {
        let (before, hole) = arg.split_once('{').unwrap_or((arg, ""));
        line = line.then(" ").then(Text::public(before));
        line = match hole {
            "file}" => line.then(file.clone()),
            "title}" => line.then(Text::of(Kind::Label, shell_words::quote(title))),
            _ => line,
        };
    }
    line
}

/// Who is signed in at the tool, as it names them.
///
/// # Errors
/// When nobody is, or the tool does not work.
pub async fn who(machine: &Machine, program: &Path, cli: &Cli) -> Result<String, Trouble> {
    let said = run(machine, program, &cli.who.args).await?;
    signed_in(cli, &said).ok_or_else(|| signed_out(cli, &said))
}

/// What a tool says to these arguments.
pub(crate) async fn run(
    machine: &Machine,
    program: &Path,
    args: &[String],
) -> Result<Output, Trouble> {
    let mut command = machine.command(&Some(program.to_owned()), "");
    // No colours and no questions: the output is read.
    command.args(args.iter().map(OsString::from));
    command.env("NO_COLOR", "1").env("CLICOLOR", "0");
    process::output(command, LIMIT, &machine.log).await
}

fn signed_in(cli: &Cli, said: &Output) -> Option<String> {
    if said.code != Some(0) {
        return None;
    }
    let account = match (&cli.who.json, &cli.who.line) {
        (Some(field), _) => {
            let object: serde_json::Value = serde_json::from_str(&said.stdout).ok()?;
            object.get(field)?.as_str()?.to_owned()
        }
        (None, Some(pattern)) => {
            let mut lines = said.stdout.lines().chain(said.stderr.lines());
            lines.find_map(|line| Some(pattern.matches(line.trim())?.get("account")?.to_owned()))?
        }
        (None, None) => said.stdout.trim().to_owned(),
    };
    let is_name = !account.is_empty() && !account.contains(char::is_whitespace);
    is_name.then_some(account)
}

fn signed_out(cli: &Cli, said: &Output) -> Trouble {
    Trouble::new(
        say!(
            "Nobody is signed in at {}.",
            Text::public(cli.program.name())
        ),
        words(said).into_iter().next().unwrap_or_default(),
        say!(
            "Sign in, then come back: {}",
            Text::command(cli.sign_in.clone())
        ),
    )
    .exit(Exit::Unfinished)
}

/// The keys in a tool's list; none when it cannot be understood.
fn keys(list: &List, said: &Output) -> Option<Vec<AccountKey>> {
    let is_none = |line: &str| {
        let none = list.none.as_ref();
        none.is_some_and(|none| none.matches(line.trim()).is_some())
    };
    if said.stdout.lines().chain(said.stderr.lines()).any(is_none) {
        return Some(Vec::new());
    }
    if said.code != Some(0) {
        return None;
    }
    match &list.json {
        Some(fields) => {
            let list: Vec<serde_json::Value> = serde_json::from_str(&said.stdout).ok()?;
            let key = |object: &serde_json::Value| {
                let text = |field: &str| Some(object.get(field)?.as_str()?.to_owned());
                Some(AccountKey {
                    title: title(fields.title.as_ref().and_then(|field| text(field))),
                    identity: Identity::Blob(blob(&text(&fields.key)?)?.to_owned()),
                })
            };
            list.iter().map(key).collect()
        }
        None => Some(
            said.stdout
                .lines()
                .filter_map(|line| row(&list.tabs, line))
                .collect(),
        ),
    }
}

/// A key in a line of columns; none for a heading or an empty line.
fn row(columns: &[Column], line: &str) -> Option<AccountKey> {
    let cells: Vec<&str> = line.split('\t').map(str::trim).collect();
    let cell = |wanted: Column| {
        let at = columns.iter().position(|column| *column == wanted)?;
        cells.get(at).copied()
    };
    let identity = match (cell(Column::Key).and_then(blob), cell(Column::Md5)) {
        (Some(blob), _) => Identity::Blob(blob.to_owned()),
        (None, Some(digits)) => {
            let digits = digits.replace(':', "").to_ascii_lowercase();
            let is_md5 = digits.len() == 32 && digits.bytes().all(|b| b.is_ascii_hexdigit());
            Identity::Md5(is_md5.then_some(digits)?)
        }
        (None, None) => return None,
    };
    Some(AccountKey {
        title: title(cell(Column::Title).map(str::to_owned)),
        identity,
    })
}

fn title(title: Option<String>) -> Text {
    title.map_or_else(Text::default, |title| Text::of(Kind::Label, title))
}

/// The base64 of a public key that stands alone or in a whole line.
fn blob(text: &str) -> Option<&str> {
    text.split_whitespace()
        .find(|word| word.starts_with("AAAA") && word.len() > 60)
}

fn md5(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    Md5::digest(bytes)
        .iter()
        .fold(String::new(), |mut digits, byte| {
            let _ = write!(digits, "{byte:02x}");
            digits
        })
}

/// What a tool printed, without empty lines.
pub(crate) fn words(said: &Output) -> Vec<Text> {
    said.stdout
        .lines()
        .chain(said.stderr.lines())
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .take(MOST_LINES)
        .map(Text::quoted)
        .collect()
}

fn meaning(provider: &Provider, said: &Output) -> Option<Meaning> {
    let mut lines = said.stdout.lines().chain(said.stderr.lines());
    let message = lines.find_map(|line| Some(provider.message(line)?.0))?;
    Some(Meaning {
        means: message.meaning.lines(),
        fix: message.fix.lines(),
    })
}

fn joined(lines: &[Text]) -> Text {
    Text::join(lines.iter().cloned(), " ")
}

fn command(cli: &Cli, args: &[String]) -> Text {
    let words = std::iter::once(cli.program.name()).chain(args.iter().map(String::as_str));
    Text::command(shell_words::join(words))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::Providers;

    const LINE: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGtGMsyzPeVtWqV8p2cWcZMa6NGVhGsuLSfGtsUdSEKM a@b";
    /// Of the same key: `ssh-keygen -l -E md5`, without the colons.
    const MD5: &str = "123c9264fa702e700b3a44b117fba329";

    fn cli(id: &str) -> &'static Cli {
        let provider = Providers::embedded().by_id(id).unwrap();
        provider.cli.as_ref().unwrap()
    }

    fn said(code: i32, stdout: &str, stderr: &str) -> Output {
        Output {
            code: Some(code),
            stdout: stdout.to_owned(),
            stderr: stderr.to_owned(),
        }
    }

    fn listed(id: &str, said: &Output) -> Option<Vec<(String, Identity)>> {
        let keys = keys(&cli(id).list, said)?;
        let shown = keys
            .into_iter()
            .map(|key| (key.title.reveal(), key.identity));
        Some(shown.collect())
    }

    #[test]
    fn who_is_signed_in_is_read_from_what_the_tools_print() {
        let who = |id: &str, code, stdout: &str, stderr: &str| {
            signed_in(cli(id), &said(code, stdout, stderr))
        };
        let github = "github.com\n  ✓ Logged in to github.com account octocat (keyring)\n";
        assert_eq!(who("github", 0, github, ""), Some("octocat".into()));
        let old = "github.com\n  ✓ Logged in to github.com as octocat (/h/hosts.yml)\n";
        assert_eq!(who("github", 0, "", old), Some("octocat".into()));
        assert_eq!(
            who("github", 1, "", "You are not logged into any GitHub hosts."),
            None
        );
        assert_eq!(
            who("clevercloud", 0, r#"{"email":"a@b.example"}"#, ""),
            Some("a@b.example".into())
        );
        assert_eq!(who("clevercloud", 0, "", "[ERROR] No profile found"), None);
        assert_eq!(
            who("platformsh", 0, "a@b.example\n", ""),
            Some("a@b.example".into())
        );
        // It ends with 0 when nobody is signed in.
        assert_eq!(who("platformsh", 0, "", ""), None);
        assert_eq!(who("platformsh", 0, "Log in first\n", ""), None);
    }

    #[test]
    fn the_account_s_keys_are_read_from_what_the_tools_print() {
        let blob = blob(LINE).unwrap().to_owned();
        let rows = format!("laptop\t{LINE}\t2026-01-01T00:00:00Z\t7\tauthentication\n");
        assert_eq!(
            listed("github", &said(0, &rows, "")),
            Some(vec![("laptop".into(), Identity::Blob(blob.clone()))])
        );
        assert_eq!(
            listed(
                "github",
                &said(0, "", "no SSH keys present in the GitHub account\n")
            ),
            Some(vec![])
        );
        assert_eq!(listed("github", &said(1, "", "HTTP 404: Not Found")), None);
        let json = format!(r#"[{{"name":"mine","key":"{LINE}","fingerprint":"x"}}]"#);
        assert_eq!(
            listed("clevercloud", &said(0, &json, "")),
            Some(vec![("mine".into(), Identity::Blob(blob))])
        );
        assert_eq!(listed("clevercloud", &said(0, "no json", "")), None);
        let rows = format!("my laptop\t{MD5}\nold\t00112233445566778899aabbccddeeff\n");
        let keys = listed("platformsh", &said(0, &rows, "Your SSH keys are:\n")).unwrap();
        assert_eq!(keys[0], ("my laptop".into(), Identity::Md5(MD5.into())));
        assert_eq!(keys.len(), 2);
        let none =
            "You do not yet have any SSH public keys in your Upsun (formerly Platform.sh) account.";
        assert_eq!(listed("platformsh", &said(1, "", none)), Some(vec![]));
    }

    #[test]
    fn a_key_is_recognised_by_its_md5() {
        let raw = wire::base64(blob(LINE).unwrap().as_bytes()).unwrap();
        assert_eq!(md5(&raw), MD5);
    }
}
