//! `sshstep undo`: takes back what the last run changed, previewed like any change.

use std::io::{self, IsTerminal as _, Write as _};

use crate::plan::{self, EditedSince, IfEdited, Run, RunSummary, Standing, UndoPlan};
use crate::say;
use crate::text::Text;
use crate::trouble::{Exit, Trouble};

use super::Setup;
use super::{args, preview};

/// Shows, asks, takes back.
pub fn run(setup: &Setup, undo: &args::Undo) -> Exit {
    let done = if undo.list {
        list(setup)
    } else {
        take_back(setup, undo)
    };
    match done {
        Ok(exit) => exit,
        Err(trouble) => setup.output.trouble(&trouble),
    }
}

fn list(setup: &Setup) -> Result<Exit, Trouble> {
    let runs: Vec<RunSummary> = plan::history(&setup.machine.state_dir)?
        .into_iter()
        .filter(|run| !run.changes.is_empty())
        .collect();
    if runs.is_empty() {
        setup.output.note(&Text::plain(
            "sshstep has changed nothing on this computer.",
        ));
    }
    for run in runs {
        let when = run.when.map_or_else(String::new, |when| {
            when.to_zoned(jiff::tz::TimeZone::system())
                .strftime("%Y-%m-%d %H:%M")
                .to_string()
        });
        let standing = match run.standing {
            Standing::Stands => "",
            Standing::TakenBack => "  (taken back)",
            Standing::Nothing => "  (nothing to take back)",
            Standing::Unreadable => "  (its record cannot be read)",
        };
        setup.output.line(&say!(
            "{}  {}{}",
            Text::public(when),
            run.target.clone(),
            standing
        ));
        for change in run.changes {
            setup.output.line(&say!("    {}", change));
        }
    }
    Ok(Exit::Works)
}

fn take_back(setup: &Setup, undo: &args::Undo) -> Result<Exit, Trouble> {
    let out = &setup.output;
    let Some(run) = plan::last_undoable(&setup.machine.state_dir)? else {
        out.note(&Text::plain("There is nothing to take back."));
        return Ok(Exit::Works);
    };
    out.line(&say!(
        "Taking back what was changed for {}:",
        run.summary.target.clone()
    ));
    let mut planned = run.plan();
    for (file, _) in &planned.edited {
        show_edits(setup, file);
    }
    let is_mixed = |(file, _): &(EditedSince, IfEdited)| !file.ours_can_be_taken_out();
    let mut left = planned.edited.iter().any(is_mixed);
    if left && !undo.yes && asks(setup) && says_yes(PUT_BACK) {
        planned = run.plan_for(IfEdited::PutBack);
        left = false;
    }
    if planned.is_stuck() {
        out.note(&Text::plain("Nothing was taken back."));
        return Ok(Exit::Unfinished);
    }
    let UndoPlan { plan, kept, .. } = planned;
    preview::print(setup, &plan);
    for line in kept {
        out.line(&say!("  stays: {}", line));
    }
    if !undo.yes && !confirmed(setup)? {
        out.note(&Text::plain("Nothing was taken back."));
        return Ok(Exit::Unfinished);
    }
    let mut journal = Run::begin(&setup.machine.state_dir, "undo")?;
    let receipt = plan::apply(plan, &mut journal).map_err(Trouble::from)?;
    journal.end(plan::Outcome::Finished)?;
    for changed in &receipt.changed {
        out.line(&say!(
            "  {}  {}",
            Text::path(&changed.path),
            changed.summary.clone()
        ));
    }
    out.line(&Text::plain(match (left, receipt.changed.is_empty()) {
        (true, true) => "Nothing was taken back.",
        (true, false) => "Taken back, except for what was edited since.",
        (false, true) => "No file had to change for that.",
        (false, false) => "Taken back.",
    }));
    Ok(if left { Exit::Unfinished } else { Exit::Works })
}

/// The question about a file in which our lines and somebody's edits cannot be told apart.
const PUT_BACK: &str = "Put the old file back all the same? The edits are kept as a copy. y or n: ";

/// What somebody did with a file after us, and what becomes of it.
fn show_edits(setup: &Setup, file: &EditedSince) {
    let out = &setup.output;
    let path = Text::path(&file.path);
    if file.gone {
        out.line(&say!("  {} was deleted since.", path));
        return;
    }
    out.line(&say!("  {} was edited since. The edits:", path));
    for line in preview::rows(&file.diff.hunks) {
        out.line(&say!("  {}", line));
    }
    out.wrapped(
        "  ",
        &Text::plain(if file.ours_can_be_taken_out() {
            "They stay: only the lines of sshstep go."
        } else {
            "They cannot be told apart from the lines of sshstep, so this file stays as it is."
        }),
    );
}

fn asks(setup: &Setup) -> bool {
    !setup.common.no_input && io::stdin().is_terminal() && io::stdout().is_terminal()
}

fn says_yes(question: &str) -> bool {
    print!("{question}");
    let _ = io::stdout().flush();
    let mut line = String::new();
    let _ = io::stdin().read_line(&mut line);
    matches!(line.trim(), "y" | "Y" | "yes")
}

/// `y` on a terminal; anywhere else the missing flag is named.
fn confirmed(setup: &Setup) -> Result<bool, Trouble> {
    if !asks(setup) {
        return Err(Trouble::new(
            "Nothing was taken back: this needs a yes.",
            "There is no terminal to ask on, or --no-input was given.",
            "Run: sshstep undo --yes",
        )
        .exit(Exit::Usage));
    }
    Ok(says_yes("Take this back? y or n: "))
}
