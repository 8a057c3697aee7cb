//! What stays on the normal screen after the wizard: three to eight lines.

use std::io::{self, Write as _};

use crate::say;
use crate::steps::{self, Context, done};
use crate::text::{Text, Vocabulary};
use crate::trouble::Exit;

/// Prints the end of a session.
pub fn print(context: &Context, vocabulary: &Vocabulary, exit: Exit) {
    for line in lines(context, exit) {
        let _ = writeln!(io::stdout(), "{}", vocabulary.show(&line));
    }
}

/// What was reached, what was changed, how to go on.
fn lines(context: &Context, exit: Exit) -> Vec<Text> {
    let works = context
        .answers
        .tested
        .as_ref()
        .is_some_and(|tested| tested.works());
    let mut lines = vec![if works {
        say!("sshstep: {}", done::headline(context))
    } else {
        match steps::first_unmet(context) {
            Some(step) => say!(
                "sshstep: left at Step {} of 6 ({}). Nothing is half-done.",
                step.number(),
                step.word()
            ),
            None => Text::plain("sshstep: left before the test. Nothing is half-done."),
        }
    }];
    let changes = &context.answers.changes;
    if !context.demo {
        for report in &context.answers.saved {
            lines.push(say!("  saved for support: {}", report.clone()));
        }
    }
    for command in &context.answers.ran {
        lines.push(say!("  was run: {}", command.clone()));
    }
    if changes.is_empty() && !context.answers.ran.is_empty() {
        lines.push(Text::plain("sshstep itself has changed nothing."));
    } else if changes.is_empty() {
        lines.push(Text::plain("Nothing was changed on this computer."));
    } else {
        for change in changes.iter().take(4) {
            lines.push(say!("  + {}", change.clone()));
        }
        if changes.len() > 4 {
            lines.push(say!("  and {} more", changes.len() - 4));
        }
        if !context.demo {
            lines.push(Text::plain(if context.answers.ran.is_empty() {
                "Take it back: sshstep undo"
            } else {
                "Take it back: sshstep undo (not what was run)"
            }));
        }
    }
    if works
        && changes.is_empty()
        && let Some(target) = &context.answers.target
    {
        lines.push(say!(
            "Look again any time: sshstep check {}",
            Text::command(&target.input)
        ));
    }
    if !works && exit != Exit::Works && !context.demo {
        lines.push(match &context.answers.target {
            Some(target) => say!("Go on: sshstep {}", Text::command(&target.input)),
            None => Text::plain("Go on: sshstep"),
        });
    }
    lines
}
