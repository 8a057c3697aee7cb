//! `sshstep run -- CMD …`: runs it unchanged, and explains below its output when ssh made it fail.
//!
//! CMD has our own standard streams: its words are not read, for a pipe of ours would be noticed (no
//! colours, no progress, questions unseen, and the order of the two streams lost in one file). What
//! explains it is the log of the ssh that it started.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io;
use std::process::Command;
use std::time::Duration;

use crate::diagnosis::{Severity, Verdict};
use crate::explain::{Explained, Explaining};
use crate::facts;
use crate::page::Mark;
use crate::platform::foreground::Foreground;
use crate::platform::process;
use crate::probe::{self, Judged};
use crate::say;
use crate::steps::context::{private_words, provider_of};
use crate::text::Text;
use crate::transcript::{Ladder, Transcript};
use crate::trouble::Trouble;
use crate::watch::choice::base_name;
use crate::watch::{Recording, Seen, Watch};

use super::args::Common;
use super::output::Output;
use super::{Setup, finding};

/// What a shell returns for a program that does not exist, and for one that cannot be run.
const NOT_FOUND: i32 = 127;
const NOT_EXECUTABLE: i32 = 126;
/// ssh's own failures; anything else is the answer of the command that it ran.
const SSH_FAILED: i32 = 255;

/// Runs the command; returns its exit code.
pub async fn run(common: Common, words: &[OsString]) -> i32 {
    let Some((program, args)) = words.split_first() else {
        return NOT_FOUND;
    };
    // Without a folder to write to there is nothing to explain from; the command does not need it.
    let watch = Watch::start().ok();
    let is_ssh = matches!(base_name(program).as_str(), "ssh" | "ssh.exe");
    let ended = match &watch {
        Some(watch) if is_ssh => watch.ssh(program, args).await,
        Some(_) | None => started(program, args, watch.as_ref()).await,
    };
    let code = match ended {
        Ok(code) => code,
        Err(error) => return not_started(&common, program, &error),
    };
    let failed = if is_ssh {
        code == SSH_FAILED
    } else {
        code != 0
    };
    if failed && let Some(watch) = &watch {
        explain(common, watch.seen(), code).await;
    }
    code
}

async fn started(program: &OsStr, args: &[OsString], watch: Option<&Watch>) -> io::Result<i32> {
    let mut command = Command::new(program);
    command.args(args);
    if let Some(watch) = watch {
        command.envs(watch.environment(program, args));
    }
    Ok(Foreground::start(command)?.end().await)
}

fn not_started(common: &Common, program: &OsStr, error: &io::Error) -> i32 {
    let name = program.to_string_lossy();
    let trouble = if error.kind() == io::ErrorKind::NotFound {
        process::cannot_start(&name, error)
    } else {
        Trouble {
            hint: Text::plain("Give the name of a program, or make the file executable: chmod +x"),
            ..process::cannot_start(&name, error)
        }
    };
    Output::new(common, None).trouble(&trouble);
    if error.kind() == io::ErrorKind::NotFound {
        NOT_FOUND
    } else {
        NOT_EXECUTABLE
    }
}

async fn explain(common: Common, seen: Seen, code: i32) {
    // A signal ended it: most likely the person's own Ctrl-C.
    let was_ended = code > 128 && code != SSH_FAILED;
    let Ok(mut setup) = super::setup(common) else {
        return;
    };
    setup.output = setup.output.on_standard_error(&setup.common);
    let out = &setup.output;
    match seen {
        Seen::Failed(recording) => {
            let explained = explained(&setup, &recording).await;
            print(&setup, &recording, explained, was_ended);
        }
        Seen::None | Seen::Good if was_ended => {}
        Seen::None => remark(out, "sshstep: no ssh was started that I could watch."),
        Seen::Good => remark(out, "sshstep: ssh worked; something else failed."),
    }
}

fn remark(out: &Output, words: &'static str) {
    out.raw("");
    out.line(&Text::plain(words));
}

/// What the recording means. Where nothing but ssh's settings decided, they are looked at as well.
async fn explained(setup: &Setup, recording: &Recording) -> Option<Explained> {
    let goal = recording.end.goal.as_ref();
    let target = goal
        .filter(|goal| goal.is_plain)
        .and_then(|goal| goal.target());
    let Some(target) = target.filter(|_| setup.common.config.is_none()) else {
        return from_text(setup, recording);
    };
    let facts = facts::gather(&setup.machine, Some(&target)).await;
    let provider = provider_of(&setup.providers, None, &target, &facts);
    let private = private_words(&target, &facts);
    let transcript = Transcript::read(words(recording));
    let ended = Judged {
        ladder: Ladder::of(&transcript, Some(recording.end.code)),
        transcript,
        output: String::from_utf8_lossy(&recording.said).into_owned(),
        silent: false,
        took: Duration::ZERO,
    };
    let tested = probe::judge(ended, &facts, provider, &target, &BTreeMap::new());
    Some(Explained {
        private,
        account: tested.account().cloned(),
        target: Some(target),
        ladder: Some(tested.ladder),
        findings: tested.findings,
        verdict: tested.verdict,
    })
}

/// ssh's own words: in its log, or where there is none, in what it said.
fn words(recording: &Recording) -> &[u8] {
    if recording.log.is_empty() {
        &recording.said
    } else {
        &recording.log
    }
}

fn from_text(setup: &Setup, recording: &Recording) -> Option<Explained> {
    let mut explaining = Explaining::default();
    explaining.push(&recording.log);
    explaining.push(&recording.said);
    explaining.finish(&setup.providers)
}

fn print(setup: &Setup, recording: &Recording, explained: Option<Explained>, was_ended: bool) {
    let out = &setup.output;
    if let Some(explained) = &explained {
        out.vocabulary.learn(explained.private.clone());
    }
    let is_in = |explained: &Explained| {
        let ladder = explained.ladder.as_ref();
        ladder.is_some_and(Ladder::is_signed_in)
    };
    match explained {
        Some(explained) if explained.verdict == Verdict::Problem => {
            out.raw("");
            out.marked(Mark::Bad, &Text::plain("This is why it failed:"));
            let errors = explained.findings.iter();
            let errors = errors.filter(|found| found.severity == Severity::Error);
            for found in errors.take(3) {
                finding::print(setup, found, explained.target.as_ref());
            }
        }
        _ if was_ended => {}
        Some(explained) if is_in(&explained) => {
            out.raw("");
            out.marked(Mark::Good, &signed_in(recording, &explained));
            out.wrapped(
                "  ",
                &Text::plain(
                    "What failed comes after that: the lines above tell it. Often it is the \
                     repository's name, or what this account may do there.",
                ),
            );
        }
        Some(_) | None => {
            out.raw("");
            let why = if recording.log.is_empty() {
                "This ssh writes no log that I can read, so I cannot say why it failed."
            } else {
                "ssh's log does not show why it failed."
            };
            out.marked(Mark::Unsure, &Text::plain(why));
            out.wrapped(
                "  ",
                &Text::plain("Paste the lines above into: sshstep explain"),
            );
        }
    }
}

/// Where the sign-in led, and as whom.
fn signed_in(recording: &Recording, explained: &Explained) -> Text {
    let transcript = Transcript::read(&recording.log);
    match (&explained.account, transcript.target()) {
        (Some(account), Some(login)) => say!(
            "The sign-in to {} worked, as {}.",
            Text::host(login.host),
            account.clone()
        ),
        (None, Some(login)) => say!(
            "The sign-in to {} as {} worked.",
            Text::host(login.host),
            Text::user(login.user)
        ),
        (Some(_) | None, None) => Text::plain("The sign-in worked."),
    }
}
