//! What are the commands and options, in the words of `--help`?

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

/// Shown for `sshstep --help`: examples first, and no longer than a screen.
const HELP: &str = "\
Examples:
  sshstep                   look, then walk you to a working connection
  sshstep check github.com  say what works and what is wrong; change nothing
  sshstep demo              try it all with a throw-away home and server

Usage: sshstep [OPTIONS] [TARGET]   TARGET: github, HOST, USER@HOST, git URL
       sshstep [OPTIONS] COMMAND

Commands:
  check [TARGET]  look and connect once     report [TARGET]  for support
  fix [TARGET]    test, repair, test again  replay FILE      a report, read-only
  setup [TARGET]  the wizard, step by step  undo             take changes back
  explain [FILE]  what an error text means  demo             the wizard, to try
  run CMD         run it, say why it fails  list             what sshstep knows
  completions     for your shell            man              the manual page

Options:
  -p, --port N       -i, --identity FILE    -F FILE  other ssh configuration
  --plain            numbered lines, no full screen (also ACCESSIBLE=1)
  --masked           hide names on the screen
  --color WHEN       auto, always or never  --timeout SECONDS  (10)
  --no-input         never ask anything     --profile FILE     a service more
  -h, --help         -V, --version          `sshstep COMMAND --help`: more
";

/// From nothing, or from "Permission denied (publickey)", to a working SSH connection.
#[derive(Debug, Parser)]
#[command(
    name = "sshstep",
    version,
    override_help = HELP,
    args_conflicts_with_subcommands = false,
    disable_help_subcommand = true
)]
pub struct Args {
    /// Options of every command.
    #[command(flatten)]
    pub common: Common,
    /// A service (github), a host, user@host, an alias of your ssh settings, or a git address
    pub target: Option<String>,
    /// The verb; none is the wizard.
    #[command(subcommand)]
    pub verb: Option<Verb>,
}

/// Options of every command.
#[derive(Clone, Debug, ClapArgs)]
pub struct Common {
    /// Port of the server
    #[arg(short = 'p', long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub port: Option<u16>,
    /// Private key file to use
    #[arg(short = 'i', long, global = true, value_name = "FILE")]
    pub identity: Option<PathBuf>,
    /// Use this ssh configuration file instead, as ssh does
    #[arg(short = 'F', global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Numbered lines instead of the full screen
    #[arg(long, global = true)]
    pub plain: bool,
    /// Hide what identifies you
    #[arg(long, global = true)]
    pub masked: bool,
    /// Colours
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: When,
    /// Never ask anything; name what is missing instead
    #[arg(long, global = true)]
    pub no_input: bool,
    /// How long one attempt may take, in seconds
    #[arg(long, global = true, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub timeout: u64,
    /// A file that describes another service (TOML)
    #[arg(long, global = true, value_name = "FILE")]
    pub profile: Option<PathBuf>,
}

/// When colours are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum When {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Even so
    Always,
    /// Not at all
    Never,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Look at everything, connect once, say what works and what is wrong
    Check(Check),
    /// The wizard in repair mode: the test first; --yes repairs without a screen
    Fix(Fix),
    /// The wizard step by step; with --yes or --dry-run the same as fix
    Setup(Fix),
    /// Explain what ssh, git, scp, a CI job or an editor printed
    Explain(Explain),
    /// Run a command unchanged, with its own exit code; when ssh makes it fail, say why below it
    Run {
        /// The command and its arguments: git push, ssh host, ./deploy.sh
        #[arg(
            required = true,
            trailing_var_arg = true,
            allow_hyphen_values = true,
            value_name = "CMD"
        )]
        command: Vec<OsString>,
    },
    /// A report for support without private data: look, connect once, tell all of it
    Report(Report),
    /// Somebody's JSON report in the wizard's screens; changes nothing, connects to nothing
    Replay {
        /// The file that `sshstep report --json` made
        file: PathBuf,
    },
    /// Take back the last run's changes
    Undo(Undo),
    /// The whole wizard against a throw-away home and a built-in SSH server
    Demo(Demo),
    /// What sshstep knows
    List {
        /// Which list
        what: Listed,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Completions for a shell, on standard output
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// The manual page, on standard output
    Man,
}

/// Options of `check`.
#[derive(Debug, ClapArgs)]
pub struct Check {
    /// Where to connect; without it, the current repository's remote
    pub target: Option<String>,
    /// Look at this machine only
    #[arg(long)]
    pub no_connect: bool,
    /// As JSON, on standard output
    #[arg(long)]
    pub json: bool,
}

/// Options of `fix`.
#[derive(Debug, ClapArgs)]
pub struct Fix {
    /// Where to connect; with --yes or --dry-run, by default the current repository's remote
    pub target: Option<String>,
    /// Make every repair that a machine can make, without asking, until it works
    #[arg(long, conflicts_with = "dry_run")]
    pub yes: bool,
    /// Print the first repair's exact changes and make none
    #[arg(long)]
    pub dry_run: bool,
    /// As JSON, on standard output (with --yes or --dry-run)
    #[arg(long)]
    pub json: bool,
}

/// Options of `explain`.
#[derive(Debug, ClapArgs)]
pub struct Explain {
    /// The text; without it, or with -, standard input
    pub file: Option<PathBuf>,
    /// As JSON, on standard output
    #[arg(long)]
    pub json: bool,
}

/// Options of `report`.
#[derive(Debug, ClapArgs)]
pub struct Report {
    /// Where to connect; without it, the current repository's remote
    pub target: Option<String>,
    /// Save it in this new file instead of printing it
    #[arg(short = 'o', long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// As JSON, which `sshstep replay` shows
    #[arg(long)]
    pub json: bool,
}

/// Options of `demo`.
#[derive(Debug, ClapArgs)]
pub struct Demo {
    /// Start broken, to see how that is found and mended
    #[arg(long, value_name = "NAME")]
    pub fault: Option<String>,
    /// What can be broken
    #[arg(long, conflicts_with = "fault")]
    pub list: bool,
}

/// Options of `undo`.
#[derive(Debug, ClapArgs)]
pub struct Undo {
    /// Show what could be taken back
    #[arg(long)]
    pub list: bool,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
}

/// What can be listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Listed {
    /// The services with their hosts, keys and fingerprints
    Providers,
    /// The causes that a failed connection can have
    Diagnoses,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_definition_is_sound() {
        Args::command().debug_assert();
    }

    #[test]
    fn the_help_fits_a_terminal_and_starts_with_three_examples() {
        let lines: Vec<&str> = HELP.lines().collect();
        assert!(lines.len() <= 24, "{}", lines.len());
        assert!(lines.iter().all(|line| line.len() <= 80));
        assert!(
            lines[1..=3]
                .iter()
                .all(|line| line.trim().starts_with("sshstep"))
        );
    }

    #[test]
    fn a_target_and_options_are_read_in_any_order() {
        let args =
            Args::try_parse_from(["sshstep", "github", "-p", "443", "--plain"]).expect("args");
        assert_eq!(args.target.as_deref(), Some("github"));
        assert_eq!(args.common.port, Some(443));
        let args =
            Args::try_parse_from(["sshstep", "check", "--json", "h", "-i", "k"]).expect("args");
        assert!(matches!(args.verb, Some(Verb::Check(check)) if check.json));
    }
}
