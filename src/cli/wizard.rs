//! `sshstep [TARGET]`, `fix` and `setup`: the wizard, on the full screen or as lines.

use std::io::{self, IsTerminal as _};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::facts;
use crate::plain;
use crate::report::Form;
use crate::runtime::PublishToDemo;
use crate::steps::{Answers, Context, History, Mode, Resume};
use crate::text::Text;
use crate::trouble::{Exit, Trouble};
use crate::tui::session;

use super::args::Common;
use super::{Setup, look};

/// A gather that takes longer than this is told on the screen.
const AT_ONCE: Duration = Duration::from_millis(80);

/// Opens the wizard.
pub async fn run(setup: &Setup, typed: Option<&str>, mode: Mode) -> Exit {
    let target = match (typed, mode) {
        (Some(typed), _) => match look::meant(setup, typed) {
            Ok(target) => Some(target),
            Err(trouble) => return setup.output.trouble(&trouble),
        },
        // What is to be repaired is this folder's remote; where there is none, the wizard asks.
        (None, Mode::Repair) => look::aim(setup, None).await.ok(),
        (None, Mode::Auto | Mode::Setup) => None,
    };
    if let Err(trouble) = terminal(setup) {
        return setup.output.trouble(&trouble);
    }
    let mut answers = Answers {
        mode,
        ..Answers::default()
    };
    if let Some((target, picked)) = target {
        answers.target = Some(target);
        answers.provider = picked;
    }
    open(setup, answers, None).await
}

/// Opens the wizard with what is answered already.
pub async fn open(setup: &Setup, answers: Answers, demo: Option<PublishToDemo>) -> Exit {
    let machine = setup.machine.clone();
    let resume = match Resume::find(&machine.state_dir) {
        Ok(resume) => resume,
        Err(trouble) => {
            setup.output.say_trouble(&trouble);
            None
        }
    };
    let here = machine.clone();
    let target = answers.target.clone();
    let look = facts::gather(&here, target.as_ref());
    tokio::pin!(look);
    let facts = match tokio::time::timeout(AT_ONCE, &mut look).await {
        Ok(facts) => facts,
        Err(_) => {
            setup
                .output
                .note(&Text::plain("Looking at this computer ..."));
            look.await
        }
    };
    let form = if is_plain(setup) {
        Form::Lines
    } else {
        Form::Screen
    };
    let context = Context {
        machine,
        providers: setup.providers.clone(),
        facts: Arc::new(facts),
        answers,
        demo: demo.is_some(),
        history: History::begin(form, Instant::now()),
        resume,
    };
    let vocabulary = setup.output.vocabulary.clone();
    match form {
        Form::Lines => plain::run(context, vocabulary, demo).await,
        Form::Screen => session::run(context, vocabulary, setup.output.colour(), demo).await,
    }
}

/// Lines instead of a full screen: asked for, or the terminal cannot do more.
pub fn is_plain(setup: &Setup) -> bool {
    wants_lines(&setup.common, |name| {
        setup.machine.var(name).map(str::to_owned)
    })
}

/// The same by these options and variables.
pub fn wants_lines(common: &Common, var: impl Fn(&str) -> Option<String>) -> bool {
    let set = |name| var(name).filter(|value| !value.is_empty());
    let accessible =
        set("ACCESSIBLE").is_some_and(|value| !matches!(&*value, "0" | "false" | "off"));
    let dumb = !cfg!(windows) && set("TERM").is_none_or(|term| term == "dumb");
    common.plain || accessible || dumb
}

/// The wizard asks; without a terminal it cannot.
pub fn terminal(setup: &Setup) -> Result<(), Trouble> {
    if !setup.common.no_input && io::stdin().is_terminal() && io::stdout().is_terminal() {
        return Ok(());
    }
    let why = if setup.common.no_input {
        "--no-input was given, and the wizard asks."
    } else {
        "Standard input or output is not a terminal, and the wizard asks."
    };
    Err(Trouble::new(
        "The wizard cannot be opened here.",
        why,
        "To look without questions: sshstep check TARGET (add --json for programs).",
    )
    .exit(Exit::Usage))
}
