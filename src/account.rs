//! Which keys has the person's account at a service, and how does one more get there?
//!
//! Asked of the service's own command-line tool, where it is installed and signed in ([`look`]), and changed
//! through it ([`add`]). What a tool says about its own success is not believed: the keys are listed again.
//! No token is read or kept by us.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use crate::facts::LocalKey;
use crate::key::pair::KeyProblem;
use crate::machine::Machine;
use crate::platform::process::{self, Output};
use crate::provider::cli::Titles;
use crate::provider::{Cli, Provider, Stage, Then};
use crate::say;
use crate::text::{Kind, Text};
use crate::trouble::{Exit, Trouble};

mod listed;

pub use listed::AccountKey;

/// A tool asks its service over the network, and may start slowly.
const LIMIT: Duration = Duration::from_secs(30);
/// What a copy of the public half is called.
const COPY: &str = "key.pub";
/// Lines of a tool that are shown.
const MOST_LINES: usize = 12;
/// Characters of a title; no service is known to take fewer.
const LONGEST_TITLE: usize = 80;

/// Who is signed in, and the keys of that account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// As the tool names it.
    pub name: Text,
    /// Its keys, in the tool's order.
    pub keys: Vec<AccountKey>,
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
    /// What the wizard can do about it.
    pub then: Option<Then>,
}

/// Why a tool did not tell the account's keys.
#[derive(Clone, Debug)]
pub struct Untold {
    /// What a person reads.
    pub trouble: Trouble,
    /// What the wizard can do about it.
    pub then: Option<Then>,
}

impl From<Trouble> for Untold {
    fn from(trouble: Trouble) -> Self {
        Self {
            trouble,
            then: None,
        }
    }
}

impl Account {
    /// Whether the account has this key of this computer.
    pub fn has(&self, local: &LocalKey) -> bool {
        self.keys.iter().any(|key| key.is(local))
    }

    /// The title for a new key: what is wished for, as the service takes it, and unlike every title that is there. A
    /// service may put a key in the place of one with the same name.
    pub fn free_title(&self, cli: &Cli, wish: &str) -> String {
        let fitting = |c: char| match cli.add.titles {
            Titles::Free if c.is_control() => None,
            Titles::Free => Some(c),
            Titles::Word if c.is_ascii_alphanumeric() => Some(c),
            Titles::Word => Some('_'),
        };
        let title: String = wish.chars().filter_map(fitting).collect();
        let title: String = title.trim().chars().take(LONGEST_TITLE).collect();
        // A tool could take it for an option.
        let title = title.trim_start_matches('-').trim_end();
        let title = if title.is_empty() { "sshstep" } else { title };
        let is_taken = |title: &str| self.keys.iter().any(|key| key.title.reveal() == title);
        let numbered = (2..).map(|number| format!("{title}_{number}"));
        std::iter::once(title.to_owned())
            .chain(numbered)
            .find(|title| !is_taken(title))
            .unwrap_or_default()
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
) -> Result<Account, Untold> {
    let name = who(machine, program, provider, cli).await?;
    let said = run(machine, program, cli, &cli.list.args).await?;
    let keys = listed::keys(&cli.list, &said).ok_or_else(|| not_listed(provider, cli, &said))?;
    Ok(Account {
        name: Text::of(Kind::Account, name),
        keys,
    })
}

/// Adds the key under this title, then lists the keys again: only the list proves that it is there.
///
/// # Errors
/// As for [`look`]; that the key did not arrive is an answer, not an error.
pub async fn add(
    machine: &Machine,
    program: &Path,
    provider: &Provider,
    cli: &Cli,
    key: &LocalKey,
    title: &str,
) -> Result<Added, Untold> {
    let folder = crate::probe::private_folder()?;
    let args = match own_file(cli, key) {
        Some(file) => cli.add.fill(file, title),
        None => {
            let file = folder.path().join(COPY);
            let line = key.public_line().unwrap_or_default();
            std::fs::write(&file, as_listed(cli, line)).map_err(|error| {
                Trouble::io(
                    "The public key could not be laid out for the tool.",
                    &error,
                    "Free some space in the temporary folder.",
                )
            })?;
            cli.add.fill(&file.to_string_lossy(), title)
        }
    };
    let said = run(machine, program, cli, &args).await?;
    let account = look(machine, program, provider, cli).await?;
    Ok(Added {
        meaning: meaning(provider, &said),
        said: words(&said),
        account,
    })
}

/// The key's public file, where the tool can take it as it is; a key without one is copied into a file.
pub fn own_file<'a>(cli: &Cli, key: &'a LocalKey) -> Option<&'a str> {
    let is_stale = |problem: &KeyProblem| matches!(problem, KeyProblem::StalePublic { .. });
    let file = key.files.public.as_deref()?.to_str()?;
    let is_right = !key.files.problems.iter().any(is_stale);
    (is_right && !cli.list.shows_excerpts()).then_some(file)
}

/// The line for a copy. Where the list shows no more than its end, that has to be the key's and not the comment's.
fn as_listed(cli: &Cli, line: &str) -> String {
    let words = if cli.list.shows_excerpts() {
        2
    } else {
        usize::MAX
    };
    let words: Vec<&str> = line.splitn(3, ' ').take(words).collect();
    format!("{}\n", words.join(" "))
}

/// The command line that [`add`] runs, as a person would type it.
pub fn add_command(cli: &Cli, key: &LocalKey, title: &str) -> Text {
    let file =
        own_file(cli, key).map_or_else(|| Text::public(COPY), |file| Text::path(file.as_ref()));
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
pub async fn who(
    machine: &Machine,
    program: &Path,
    provider: &Provider,
    cli: &Cli,
) -> Result<String, Untold> {
    let said = run(machine, program, cli, &cli.who.args).await?;
    signed_in(cli, &said).ok_or_else(|| signed_out(provider, cli, &said))
}

/// What a tool says to these arguments.
pub(crate) async fn run(
    machine: &Machine,
    program: &Path,
    cli: &Cli,
    args: &[String],
) -> Result<Output, Trouble> {
    let mut command = machine.command(&Some(program.to_owned()), "");
    // No colours and no questions: the output is read.
    command.args(args.iter().map(OsString::from));
    command.env("NO_COLOR", "1").env("CLICOLOR", "0");
    command.envs(&cli.env);
    let said = process::output(command, LIMIT, &machine.log).await?;
    Ok(Output {
        stdout: plain(&said.stdout),
        stderr: plain(&said.stderr),
        ..said
    })
}

/// Without colours, because not every tool minds NO_COLOR. Each line by itself: a sequence that somebody left open in
/// the name of a key would swallow the lines behind it.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for line in text.lines() {
        plain.push_str(&anstream::adapter::strip_str(line).to_string());
        plain.push('\n');
    }
    plain
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

/// The tool named no account: what it said is a known message, or nobody is signed in.
fn signed_out(provider: &Provider, cli: &Cli, said: &Output) -> Untold {
    let program = || Text::public(cli.program.name());
    let (trouble, then) = match meaning(provider, said) {
        Some(known) => (
            Trouble::new(
                say!("{} did not tell who is signed in.", program()),
                joined(&known.means),
                joined(&known.fix),
            ),
            known.then,
        ),
        None => (
            Trouble::new(
                say!("Nobody is signed in at {}.", program()),
                words(said).into_iter().next().unwrap_or_default(),
                "Sign in, then ask again.",
            ),
            Some(Then::SignIn),
        ),
    };
    Untold {
        trouble: trouble.exit(Exit::Unfinished),
        then,
    }
}

fn not_listed(provider: &Provider, cli: &Cli, said: &Output) -> Untold {
    let what = say!(
        "{} did not list the keys.",
        Text::public(cli.program.name())
    );
    match meaning(provider, said) {
        Some(known) => Untold {
            trouble: Trouble::new(what, joined(&known.means), joined(&known.fix)),
            then: known.then,
        },
        None => Untold::from(Trouble::new(
            what,
            words(said).into_iter().next().unwrap_or_default(),
            say!(
                "Try it by hand: {}",
                Text::command(cli.line(&cli.list.args))
            ),
        )),
    }
}

/// What a tool printed, without empty lines; first the stream for what went wrong.
pub(crate) fn words(said: &Output) -> Vec<Text> {
    said.stderr
        .lines()
        .chain(said.stdout.lines())
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .take(MOST_LINES)
        .map(Text::quoted)
        .collect()
}

/// The service's own message in what its tool printed: the tool's, or what the key page says as well.
fn meaning(provider: &Provider, said: &Output) -> Option<Meaning> {
    let is_of_keys = |stage| match stage {
        Stage::Cli | Stage::Web => true,
        Stage::Ssh | Stage::Git => false,
    };
    let ours = provider.messages.iter();
    let message = ours
        .filter(|message| is_of_keys(message.stage))
        .find(|message| {
            let mut lines = said.stderr.lines().chain(said.stdout.lines());
            lines.any(|line| message.pattern.matches(line.trim()).is_some())
        })?;
    Some(Meaning {
        means: message.meaning.lines(),
        fix: message.fix.lines(),
        then: message.then,
    })
}

fn joined(lines: &[Text]) -> Text {
    Text::join(lines.iter().cloned(), " ")
}

#[cfg(test)]
mod tests;
