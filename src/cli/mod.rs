//! What can be typed behind `sshstep`, and which verb answers?
//!
//! `args` is the definition that help, completions and the manual page come from; one file per verb.

pub mod args;
mod check;
mod demo;
mod explain;
mod finding;
mod fix;
mod json;
mod list;
mod look;
mod manual;
pub mod output;
mod preview;
mod replay;
mod report;
mod run;
mod undo;
mod wizard;

use std::ffi::OsString;
use std::sync::Arc;
use std::time::Duration;

use clap::{CommandFactory as _, FromArgMatches as _};

use crate::facts::{ConfigFiles, config};
use crate::machine::Machine;
use crate::provider::Providers;
use crate::say;
use crate::steps::Mode;
use crate::target::Target;
use crate::text::{Privacy, Text};
use crate::trouble::{Exit, Trouble};
use args::{Args, Common, Verb};
use output::Output;

/// Everything that the verbs share.
pub struct Setup {
    /// Where we are.
    pub machine: Arc<Machine>,
    /// The services that are known.
    pub providers: Arc<Providers>,
    /// Options of every verb.
    pub common: Common,
    /// Where words go.
    pub output: Output,
}

/// Parses the arguments, runs the verb, returns the exit code.
pub fn run(arguments: Vec<OsString>) -> i32 {
    if let Some(exit) = hidden(&arguments) {
        return exit.code().into();
    }
    if arguments
        .get(1)
        .is_some_and(|verb| verb == crate::watch::VERB)
    {
        return match runtime() {
            Ok(runtime) => runtime.block_on(crate::watch::stand_in(&arguments[2..])),
            Err(_) => Exit::CouldNotCheck.code().into(),
        };
    }
    let args = match parse(&arguments) {
        Ok(args) => args,
        Err(exit) => return exit.code().into(),
    };
    let runtime = match runtime() {
        Ok(runtime) => runtime,
        Err(error) => {
            let trouble = Trouble::io(
                "sshstep could not start.",
                &error,
                "The system is out of resources; close something and try again.",
            );
            return Output::new(&args.common, None)
                .trouble(&trouble)
                .code()
                .into();
        }
    };
    let code = runtime.block_on(async {
        match args.verb {
            Some(Verb::Run { command }) => run::run(args.common, &command).await,
            verb => dispatch(Args { verb, ..args }).await.code().into(),
        }
    });
    // A blocked thread (RSA, a frozen clipboard) must not keep the program.
    runtime.shutdown_timeout(Duration::from_millis(10));
    code
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
}

/// Calls that our own processes make.
fn hidden(arguments: &[OsString]) -> Option<Exit> {
    let verb = arguments.get(1)?.to_str()?;
    if verb == crate::platform::clipboard::OWNER_VERB {
        return Some(match crate::platform::clipboard::own() {
            Ok(()) => Exit::Works,
            Err(_) => Exit::CouldNotCheck,
        });
    }
    #[cfg(feature = "demo")]
    if verb == crate::demo::SERVER_VERB {
        return Some(crate::demo::serve(arguments.get(2)?.as_ref()));
    }
    None
}

/// `--help` anywhere wins over whatever else is wrong.
fn parse(arguments: &[OsString]) -> Result<Args, Exit> {
    let wants_help = arguments
        .iter()
        .take_while(|argument| *argument != "--")
        .any(|argument| argument == "--help" || argument == "-h");
    let matches = Args::command().try_get_matches_from(arguments);
    match matches.and_then(|matches| Args::from_arg_matches(&matches)) {
        Ok(args) => Ok(args),
        Err(error) if error.use_stderr() && wants_help => {
            print_help(arguments);
            Err(Exit::Works)
        }
        Err(error) => {
            let _ = error.print();
            Err(if error.use_stderr() {
                Exit::Usage
            } else {
                Exit::Works
            })
        }
    }
}

fn print_help(arguments: &[OsString]) {
    let mut command = Args::command();
    command.build();
    let verb = arguments
        .iter()
        .skip(1)
        .filter_map(|argument| argument.to_str())
        .find(|argument| command.find_subcommand(argument).is_some());
    let _ = match verb.and_then(|verb| command.find_subcommand_mut(verb)) {
        Some(verb) => verb.print_help(),
        None => command.print_help(),
    };
}

async fn dispatch(args: Args) -> Exit {
    let Args {
        common,
        target,
        verb,
    } = args;
    if let Some(Verb::Completions { shell }) = verb {
        return manual::completions(shell);
    }
    if let Some(Verb::Man) = verb {
        return manual::man();
    }
    if let Some(Verb::Replay { file }) = &verb {
        return replay::run(&common, file).await;
    }
    let setup = match setup(common) {
        Ok(setup) => setup,
        Err(exit) => return exit,
    };
    match verb {
        None => wizard::run(&setup, target.as_deref(), Mode::Auto).await,
        Some(Verb::Fix(fix)) => fix::run(&setup, &fix, Mode::Repair).await,
        Some(Verb::Setup(fix)) => fix::run(&setup, &fix, Mode::Setup).await,
        Some(Verb::Check(check)) => check::run(&setup, &check).await,
        Some(Verb::Explain(explain)) => explain::run(&setup, &explain),
        Some(Verb::Report(report)) => report::run(&setup, &report).await,
        Some(Verb::Undo(undo)) => undo::run(&setup, &undo),
        Some(Verb::Demo(demo)) => demo::run(&setup, &demo).await,
        Some(Verb::List { what, json }) => list::run(&setup, what, json),
        // Answered before.
        Some(Verb::Completions { .. } | Verb::Man | Verb::Replay { .. } | Verb::Run { .. }) => {
            Exit::Works
        }
    }
}

fn setup(common: Common) -> Result<Setup, Exit> {
    let timeout = Duration::from_secs(common.timeout);
    let config = common.config.as_deref().map(absolute);
    let machine = Machine::here(config, timeout);
    let loaded = Providers::load(
        Some(&machine.config_dir.join("providers")),
        common.profile.as_deref(),
    );
    let output = Output::new(&common, Some((&machine, &loaded.providers)));
    for trouble in &loaded.troubles {
        output.say_trouble(trouble);
    }
    if !loaded.troubles.is_empty() && common.profile.is_some() {
        return Err(Exit::Usage);
    }
    if let Some(file) = &common.config
        && (file.is_dir() || !file.exists())
    {
        let why = if file.is_dir() {
            "It is a folder."
        } else {
            "There is no such file."
        };
        let trouble = Trouble::new(
            say!("{} cannot be used with -F.", Text::path(file)),
            why,
            "Give an ssh configuration file, or leave -F away.",
        )
        .exit(Exit::Usage);
        return Err(output.trouble(&trouble));
    }
    Ok(Setup {
        machine: Arc::new(machine),
        providers: Arc::new(loaded.providers),
        common,
        output,
    })
}

/// The target that was typed, with `-p` and `-i`.
///
/// # Errors
/// Exit 2 with what is wrong.
fn target_of(setup: &Setup, typed: &str) -> Result<(Target, Option<String>), Trouble> {
    let (mut target, picked) = crate::steps::service::named(typed, &setup.providers)?;
    if let Some(port) = setup.common.port {
        target.port = Some(port);
    }
    target.identity = setup.common.identity.as_deref().map(absolute);
    let asks = picked.is_none() && target.user.is_none();
    let mut target =
        crate::steps::service::with_provider(target, picked.as_deref(), &setup.providers);
    if asks && names_other_user(&setup.machine, &target) {
        // The person's own ssh would sign in as that one: so that is what is tested.
        target.user = None;
    }
    Ok((target, picked))
}

/// Whether the person's settings say that somebody else signs in there.
fn names_other_user(machine: &Machine, target: &Target) -> bool {
    let untold = Target {
        user: None,
        ..target.clone()
    };
    let files = ConfigFiles::load(machine);
    let answer = files.tree.answer(&config::asked(machine, &untold));
    let named = answer.first("user").map(|setting| setting.text());
    named.is_some_and(|named| target.user.as_deref().is_some_and(|user| *named != *user))
}

/// A path that stays right when a program is started in another folder.
fn absolute(path: &std::path::Path) -> std::path::PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// What `--masked` asks for.
fn privacy(common: &Common) -> Privacy {
    if common.masked {
        Privacy::Masked
    } else {
        Privacy::Open
    }
}
