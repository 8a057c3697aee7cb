//! Screen 40: who keeps the key unlocked?

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use crate::agent::{AgentAddress, program};
use crate::facts::{self, LocalKey};
use crate::field::Field;
use crate::key::unlock::{Reason, Refusal, Unlocked};
use crate::known::Known;
use crate::page::{Choice, Mark, Page, StepId};
use crate::plan::{Change, Plan};
use crate::say;
use crate::text::{Kind, Text};
use crate::trouble::Trouble;

use super::{Context, Effect, Foreground, Msg, Next, Outcome, Place, Step};

/// A working day.
const DAY: Duration = Duration::from_secs(8 * 3600);

/// Gets the key into the agent.
#[derive(Default)]
pub struct Agent {
    state: State,
    trouble: Option<Trouble>,
    lifetime: Option<Duration>,
    /// Only OpenSSH's own tool can open this key: then that is what Enter takes.
    needs_ssh_add: bool,
}

#[derive(Default)]
enum State {
    #[default]
    Offer,
    Passphrase(Field),
}

#[derive(Clone, Copy)]
enum Pick {
    Unlock,
    UnlockForADay,
    SshAdd,
    LookAgain,
    NotNow,
}

/// Whether ssh would have to ask for this key's passphrase.
pub fn is_needed(key: &LocalKey, _: &Context) -> bool {
    key.is_locked()
}

impl Agent {
    fn picks(context: &Context) -> Vec<Pick> {
        if !is_reachable(&context.facts.agent) {
            return vec![Pick::LookAgain, Pick::NotNow];
        }
        let takes_lifetimes = !cfg!(windows);
        let in_process = context
            .key()
            .and_then(|key| key.files.private.as_ref())
            .is_some();
        let mut picks = Vec::new();
        if in_process {
            picks.push(Pick::Unlock);
            if takes_lifetimes {
                picks.push(Pick::UnlockForADay);
            }
        }
        if context.machine.programs.ssh_add.is_some() && in_process {
            picks.push(Pick::SshAdd);
        }
        picks.push(Pick::NotNow);
        picks
    }

    fn pick(&mut self, pick: Pick, context: &mut Context) -> Next {
        self.trouble = None;
        let path = private_file(context);
        match pick {
            Pick::Unlock | Pick::UnlockForADay => {
                self.lifetime = match pick {
                    Pick::UnlockForADay => Some(DAY),
                    Pick::Unlock | Pick::SshAdd | Pick::LookAgain | Pick::NotNow => None,
                };
                self.state = State::Passphrase(self.passphrase_field(context));
                Next::Stay
            }
            Pick::SshAdd => match (path, &context.machine.programs.ssh_add) {
                (Some(path), Some(program)) => {
                    let mut argv: Vec<OsString> = vec![program.clone().into_os_string()];
                    if cfg!(target_os = "macos") {
                        argv.push("--apple-use-keychain".into());
                    }
                    argv.push(path.into_os_string());
                    Next::Run(Effect::HandOver(Foreground::Program {
                        argv,
                        notice: Text::plain("ssh-add asks for the passphrase now."),
                    }))
                }
                (None, _) | (_, None) => Next::Stay,
            },
            Pick::LookAgain => Next::Run(Effect::Gather(context.answers.target.clone())),
            Pick::NotNow => {
                context.answers.skipped.insert(StepId::Agent);
                Next::Forward(Text::plain("Not unlocked; ssh will ask every time."))
            }
        }
    }

    fn passphrase_field(&self, context: &Context) -> Field {
        let name = context.key().map(LocalKey::name).unwrap_or_default();
        Field::hidden(say!("Passphrase for {}", Text::of(Kind::Quoted, name)))
            .help("Nothing shows here on purpose. Enter when done, Esc to leave.")
    }

    fn unlocked(&mut self, key: Box<Unlocked>, context: &Context) -> Next {
        self.state = State::Offer;
        Next::Run(Effect::Apply(Plan::new(
            "Add the key to the agent",
            vec![Change::AgentAdd {
                address: context.facts.agent.address.clone(),
                key,
                file: private_file(context).unwrap_or_default(),
                lifetime: self.lifetime,
            }],
        )))
    }

    fn refused(&mut self, refusal: Refusal, context: &Context) -> Next {
        self.needs_ssh_add = false;
        self.state = match refusal.reason {
            // Asked again at once.
            Reason::WrongPassphrase => State::Passphrase(self.passphrase_field(context)),
            Reason::NeedsSshAdd => {
                self.needs_ssh_add = true;
                State::Offer
            }
            Reason::Damaged | Reason::NotAPrivateKey | Reason::Unreadable => State::Offer,
        };
        let why = refusal.trouble.why.clone();
        self.trouble = Some(refusal.trouble);
        Next::Say(why)
    }

    fn unlocked_words(&self) -> Text {
        match self.lifetime {
            Some(_) => Text::plain("Your key is unlocked for 8 hours."),
            None => Text::plain("Your key is unlocked."),
        }
    }
}

impl Step for Agent {
    fn enter(&mut self, context: &mut Context) -> Next {
        *self = Self::default();
        // An agent that does not answer is the problem itself, whichever key it would hold.
        let unreachable = !is_reachable(&context.facts.agent);
        match context.key() {
            None if unreachable => Next::Stay,
            None => Next::To(Place::Key),
            Some(key) if !is_needed(key, context) => {
                context.answers.skipped.remove(&StepId::Agent);
                Next::Forward(Text::plain("Your key needs no unlocking."))
            }
            Some(_) => Next::Stay,
        }
    }

    fn update(&mut self, message: Msg, context: &mut Context) -> Next {
        match message {
            Msg::Pick(at) => match Self::picks(context).get(at).copied() {
                Some(pick) => self.pick(pick, context),
                None => Next::Stay,
            },
            Msg::Submitted => match &mut self.state {
                State::Passphrase(field) => {
                    let passphrase = field.take_secret();
                    match private_file(context) {
                        Some(path) => Next::Run(Effect::Unlock { path, passphrase }),
                        None => Next::Stay,
                    }
                }
                State::Offer => Next::Stay,
            },
            Msg::Outcome(Outcome::Unlocked(Ok(key))) => self.unlocked(key, context),
            Msg::Outcome(Outcome::Unlocked(Err(refusal))) => self.refused(refusal, context),
            Msg::Outcome(Outcome::Applied(Ok(_))) => Next::Forward(self.unlocked_words()),
            Msg::Outcome(Outcome::Applied(Err(trouble)) | Outcome::Returned(Err(trouble))) => {
                self.state = State::Offer;
                self.trouble = Some(trouble);
                Next::Stay
            }
            Msg::Outcome(Outcome::Returned(Ok(_))) | Msg::Retry => {
                Next::Run(Effect::Gather(context.answers.target.clone()))
            }
            Msg::Outcome(Outcome::Gathered(_)) => match context.key() {
                Some(key) if is_needed(key, context) => {
                    Next::Say(Text::plain("Looked again: the key is not unlocked yet."))
                }
                Some(_) | None => Next::Forward(Text::plain("Your key is unlocked.")),
            },
            Msg::Stopped => {
                self.state = State::Offer;
                Next::Stay
            }
            Msg::Outcome(_) | Msg::Resumed => Next::Stay,
        }
    }

    fn view(&self, context: &Context) -> Page {
        let mut page = Page::new(40, Some(StepId::Agent), "Unlock the key");
        page.line(
            "The agent is a helper that keeps your key unlocked, so you type the passphrase \
             once instead of every time.",
        );
        page.blank();
        let agent = &context.facts.agent;
        match &agent.identities {
            Known::Yes(_) => {
                page.mark(Mark::Good, say!("{} is running", program_name(context)));
                if let Some(key) = context.key() {
                    if key.in_agent {
                        page.mark(Mark::Good, "Your key is in it");
                    } else {
                        page.mark(Mark::None, "Your key is not in it yet");
                    }
                }
            }
            Known::Absent if is_switched_off(context) => {
                page.mark(
                    Mark::None,
                    "Your ssh settings switch the agent off (IdentityAgent none)",
                );
            }
            Known::Absent => {
                page.mark(Mark::None, "No agent is running: SSH_AUTH_SOCK is not set");
                how_to_start(&mut page);
            }
            Known::Failed(trouble) => {
                page.mark(Mark::Bad, trouble.what.clone());
                page.line(trouble.why.clone());
                how_to_start(&mut page);
            }
        }
        if let Some(trouble) = &self.trouble {
            page.trouble(trouble);
        }
        for (at, pick) in Self::picks(context).into_iter().enumerate() {
            if self.needs_ssh_add && matches!(pick, Pick::SshAdd) {
                page.focus = at;
            }
            page.choices.push(choice(pick));
        }
        if let State::Passphrase(field) = &self.state {
            page.field = Some(field.view());
        }
        page
    }

    fn field(&mut self) -> Option<&mut Field> {
        match &mut self.state {
            State::Passphrase(field) => Some(field),
            State::Offer => None,
        }
    }

    fn leave(&mut self) -> bool {
        let inside = matches!(self.state, State::Passphrase(_));
        self.state = State::Offer;
        self.trouble = None;
        inside
    }
}

fn choice(pick: Pick) -> Choice {
    match pick {
        Pick::Unlock => Choice::new("Unlock now", "until you log out"),
        Pick::UnlockForADay => Choice::new("Unlock for 8 hours", ""),
        Pick::SshAdd if cfg!(target_os = "macos") => Choice::new(
            "Unlock and keep after restart",
            "saved in the macOS Keychain",
        ),
        Pick::SshAdd => Choice::new("Let ssh-add ask", "for keys that only OpenSSH can open"),
        Pick::LookAgain => Choice::new("I started it: look again", ""),
        Pick::NotNow => Choice::new("Not now", "ssh will ask every time"),
    }
}

fn private_file(context: &Context) -> Option<PathBuf> {
    context.key()?.files.private.clone()
}

fn is_switched_off(context: &Context) -> bool {
    let effective = context.facts.effective();
    effective.and_then(|effective| effective.first("identityagent")) == Some("none")
}

fn is_reachable(agent: &facts::Agent) -> bool {
    matches!(agent.identities, Known::Yes(_))
}

fn program_name(context: &Context) -> Text {
    let machine = &context.machine;
    let guess = program::guess(&context.facts.agent.address, |name| {
        machine.var(name).map(str::to_owned)
    });
    match guess {
        Some(guess) if guess.sureness >= program::Sureness::Likely => {
            Text::plain(guess.program.name())
        }
        Some(_) | None => Text::plain("The agent"),
    }
}

/// The agent in half a sentence: "agent running and empty".
pub fn in_words(agent: &facts::Agent) -> Text {
    match (&agent.address, &agent.identities) {
        (AgentAddress::None, _) | (_, Known::Absent) => Text::plain("no agent"),
        (_, Known::Failed(_)) => Text::plain("an agent that does not answer"),
        (_, Known::Yes(held)) => match held.len() {
            0 => Text::plain("agent running and empty"),
            1 => Text::plain("agent with 1 key"),
            many => say!("agent with {} keys", many),
        },
    }
}

/// What starts an agent on this system, as lines to type in a shell.
fn how_to_start(page: &mut Page) {
    page.blank();
    if cfg!(windows) {
        page.line("Start the service once, in PowerShell as administrator:");
        page.line("  Set-Service ssh-agent -StartupType Automatic; Start-Service ssh-agent");
    } else if cfg!(target_os = "macos") {
        page.line("macOS starts its agent by itself; open a new Terminal window, or:");
        page.line("  ssh-add --apple-use-keychain ~/.ssh/id_ed25519");
    } else {
        page.line("Start one now, in this shell, then start sshstep again:");
        page.line("  eval \"$(ssh-agent -s)\"");
        page.line(
            "For every login: systemctl --user enable --now ssh-agent.socket, and in \
             ~/.ssh/config: IdentityAgent ${XDG_RUNTIME_DIR}/ssh-agent.socket",
        );
    }
}
