//! The tour of the house: how does sshstep run, how do I add to it, and how do I test that?
//!
//! # How does it run?
//!
//! One circle, for the wizard and for `check` alike. Nothing is written before its last arrow:
//!
//! ```text
//! Machine ─gather─▶ Facts ─observe─▶ Signs ─diagnose─▶ Findings ─▶ Plan ─preview─▶ y ─apply─▶ Receipt ─▶ Facts again
//!            ssh -v ─▶ Transcript ─┘
//! ```
//!
//! * [`cli`] reads the arguments; one file per verb. [`cli::run`] is all that `main.rs` calls.
//! * [`machine::Machine`] is where we are: homes, programs, which settings ssh reads. It is a value,
//!   so that the [`demo`] and tests have one of their own, and the only maker of ssh commands.
//! * [`facts::gather`] looks: [`key`]s, [`agent`], [`ssh_config`], known hosts, git. Local, read-only;
//!   [`known::Known`] keeps "there is none" and "I could not look" apart.
//! * [`probe`] connects, with the real ssh. [`transcript`] reads what ssh printed into a ladder of
//!   seven rungs. [`watch`] listens to the ssh that a program of the person's starts (`run`).
//! * [`account`] and [`environment`] ask a service's own tool, where that is installed. Nothing else
//!   touches the network.
//! * [`diagnosis`] turns both into signs, and signs into findings with their evidence.
//! * [`repair`] makes a finding's fix into a plan, checked by the real ssh; `fix --yes` and screen 71 take
//!   it, test again, and take back what did not help.
//! * [`plan`] is every change: previewed, applied, journalled, taken back. The only writer of the
//!   person's files. [`settings`] asks the real ssh about a new config before `y` is offered.
//! * [`steps`] are the screens. A step does no I/O: it reads the [`steps::Context`], answers with
//!   [`steps::Next`], and gets an [`steps::Outcome`] for each [`steps::Effect`] it asked for.
//! * [`wizard`] decides what every key does, also without I/O; [`runtime`] carries effects out.
//! * [`page::Page`] is what a screen shows; [`tui`] draws it, [`plain`] prints the same value as lines.
//! * [`report`] is what support gets: one masked value, told as Markdown and JSON, searched for private values.
//!   [`replay`] shows it there, and does nothing else.
//! * [`text::Text`] is the only thing that reaches a screen: each piece names its kind, so that it
//!   can be masked, and control characters are escaped. [`trouble::Trouble`] is every failure that a
//!   person sees, with its exit code. [`secret::Secret`] holds what must never be shown.
//!
//! # How do I add …
//!
//! * **a provider**: its file in `assets/providers/`, a line in `src/provider/list.rs`, and what its
//!   servers really print in `tests/providers/`. The fields are explained in [`provider::Provider`].
//!   `cargo test --test assets` says what is missing. To try a file first: `--profile FILE`.
//! * **a service's own tool**: a name in [`provider::cli::Program`], and the tables `[cli]` of the
//!   service's file: arguments with holes, never words for a shell. [`account`] runs them; what it
//!   prints, failures included, becomes a test there, and `[[messages]]` with `stage = "cli"`.
//! * **a diagnosis**: an entry in `assets/diagnoses.toml` says which [`diagnosis::Sign`]s mean it
//!   and which [`diagnosis::FixId`]s help; more signs win over fewer. Begin with the test that
//!   shows it. A new sign is one line in `src/diagnosis/sign.rs`, and seen in `observe.rs` beside it.
//!   What ssh prints becomes events in [`transcript`], with a recorded log as the proof.
//! * **a message of another program**: a row in `assets/messages.toml` under the sign that it is, and
//!   a text `tests/explain/CODE--what.txt`; [`diagnosis::messages`] finds it, [`explain`] says it.
//! * **a screen**: a module in [`steps`] that implements [`steps::Step`], a variant of
//!   [`steps::Place`], its field in `wizard::Steps`; the compiler asks for the rest. Take one list of
//!   picks for both the labels and what they do. Screen numbers never change their meaning; a new
//!   one belongs in the manual ([`screens`]; `tests/manual.rs` asks for it).
//! * **a kind of change**: a variant of [`plan::Change`]. The compiler asks how it is previewed,
//!   made, found again after a crash, and taken back; `tests/plan/` holds the proofs.
//! * **a repair**: a variant of [`diagnosis::fix::Repair`] with its [`diagnosis::FixId`], the words of
//!   the fix in `assets/diagnoses.toml`, and what it changes in [`repair`]; `tests/fix/` proves that the
//!   person's own command works afterwards, and that `undo` gives all back.
//! * **a fact**: a field of [`facts::Facts`] (or of [`facts::TargetFacts`], when only the target
//!   decides it), looked at in [`facts::gather`] beside the others, with a time limit.
//! * **work outside the wizard**: a variant of [`steps::Effect`] and of [`steps::Outcome`], and what
//!   it does in [`runtime`]. One runs at a time; dropping its task must end what it has started.
//! * **a fault of the demo**: a variant of `demo::Fault`, named after the diagnosis that it leads to, and what the
//!   home holds then; `tests/demo_wizard.rs` asks how it is mended.
//! * **something that a report tells**: a field of [`report::Report`], filled in `src/report/make.rs` through `show`
//!   only, and told in `markdown.rs`; `tests/report/` looks that both forms have it and that no name is in it.
//! * **a verb or an option**: [`cli::args`], a file beside it, and a row in its `--help`.
//! * **something that differs by system**: [`platform`], nowhere else.
//!
//! # How do I test …
//!
//! `tests/run` installs what the tests need and runs them; `tests/run --test NAME` runs one file.
//! `.ci/run` is what must pass: formatting, clippy with and without the demo, all tests. Nothing in
//! a test sleeps, reaches a network or a real home, or is a stand-in for ssh.
//!
//! * **a value** (a parser, a step, a page, a redaction): at the end of its own file.
//! * **a rule about data files**: `tests/assets.rs`. **ssh's words**: a log in `tests/transcripts/`.
//! * **a file that changes**: `tests/plan/`, with kills, full disks and hostile names.
//! * **what a person lives through**: `tests/lab/` makes a private home, account database and
//!   network with a real sshd, agent, terminal, tmux and clipboard; its `mod.rs` begins with an
//!   example. Linux only.
//! * **what is promised in words**: `tests/readme.rs` and `tests/manual.rs` run what they say.
//! * **speed**: `cargo bench` (`tests/bench/`).
//! * **what nobody thought of**: `tests/fuzz/`, whose README says how to run it.
//! * **by hand**: `cargo run -- demo`.
//!
//! # Rules of the house
//!
//! The first line of a file says which question it answers; other comments say why. No wildcard arm
//! on our own enums, no boolean parameter, no `unwrap` outside tests. What goes wrong begins with the
//! test that shows it.

pub mod account;
pub mod agent;
pub mod answer;
pub mod cli;
#[cfg(feature = "demo")]
pub mod demo;
pub mod diagnosis;
pub mod environment;
pub mod explain;
pub mod facts;
pub mod field;
pub mod key;
pub mod known;
pub mod log;
pub mod machine;
pub mod page;
pub mod pattern;
pub mod plain;
pub mod plan;
pub mod platform;
pub mod probe;
pub mod provider;
pub mod repair;
pub mod replay;
pub mod report;
pub mod runtime;
pub mod screens;
pub mod secret;
pub mod settings;
pub mod ssh_config;
pub mod steps;
pub mod summary;
pub mod target;
pub mod text;
pub mod transcript;
pub mod trouble;
pub mod tui;
pub mod watch;
pub mod wizard;
