//! Screens 10 and 11: which server? Screens 12 and 13, in `message`: or what went wrong?

use crate::facts::Remote;
use crate::field::Field;
use crate::page::{Page, StepId};
use crate::say;
use crate::target::Target;
use crate::text::Text;
use crate::trouble::Trouble;

use super::{Context, Effect, Mode, Msg, Next, Outcome, Place, Step};

mod menu;
mod message;
mod named;

use menu::{choice, found, menu};
pub use message::Message;
pub use named::{named, with_provider};

/// Hosts of the settings that are listed; more are a matter of typing.
const MOST_HOSTS: usize = 40;

/// Where the person wants to connect.
pub struct Service {
    /// A target of the command line is taken once, at the start.
    begun: bool,
    /// How the wizard was started: what is picked here is dealt with that way.
    mode: Mode,
    state: State,
    trouble: Option<Trouble>,
}

enum State {
    /// Screen 10.
    Menu,
    /// Screen 11: hosts of the settings, or typing.
    Others,
    /// Screen 11 with the field; the provider whose address is asked for.
    Typing {
        field: Field,
        provider: Option<String>,
        from: Came,
    },
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Came {
    FromMenu,
    FromOthers,
}

/// What a choice means.
#[derive(Clone)]
enum Pick {
    Resume(Target),
    Remote(Remote),
    Provider(String),
    Others,
    Message,
    Host(String),
    Type,
}

impl Service {
    /// The step at the start.
    pub fn new(context: &Context) -> Self {
        Self {
            begun: false,
            mode: context.answers.mode,
            state: State::Menu,
            trouble: None,
        }
    }

    fn picks(&self, context: &Context) -> Vec<Pick> {
        match &self.state {
            State::Menu => menu(context),
            State::Others => {
                let mut picks = vec![Pick::Type];
                let hosts = context.facts.config.hosts();
                picks.extend(
                    hosts
                        .into_iter()
                        .take(MOST_HOSTS)
                        .map(|host| Pick::Host(host.name)),
                );
                picks
            }
            State::Typing { .. } => Vec::new(),
        }
    }

    fn pick(&mut self, pick: Pick, context: &mut Context) -> Next {
        self.trouble = None;
        match pick {
            Pick::Resume(target) => self.take(target, None, context),
            Pick::Remote(remote) => self.take(remote.target, None, context),
            Pick::Host(host) => match Target::parse(&host) {
                Ok(target) => self.take(target, None, context),
                Err(trouble) => self.refuse(trouble),
            },
            Pick::Others => {
                if context.facts.config.hosts().is_empty() {
                    self.ask(None, Came::FromMenu, context)
                } else {
                    self.state = State::Others;
                    Next::Stay
                }
            }
            Pick::Message => Next::To(Place::Message),
            Pick::Type => self.ask(None, Came::FromOthers, context),
            Pick::Provider(id) => match context.providers.by_id(&id).map(|p| p.connect.clone()) {
                Some(Some(host)) => match Target::parse(&host) {
                    Ok(target) => self.take(target, Some(id), context),
                    Err(trouble) => self.refuse(trouble),
                },
                Some(None) | None => self.ask(Some(id), Came::FromMenu, context),
            },
        }
    }

    fn ask(&mut self, provider: Option<String>, from: Came, context: &Context) -> Next {
        let mut field = Field::line("Address", "");
        let known = provider
            .as_deref()
            .and_then(|id| context.providers.by_id(id));
        field = match known.and_then(|provider| provider.address.as_ref()) {
            Some(address) => {
                for line in address.ask.lines() {
                    field = field.help(line);
                }
                field.help(say!("For example: {}", Text::public(&address.example)))
            }
            None => field
                .help("A host, user@host, or a git address such as git@host:TEAM/PROJECT.git.")
                .help("Enter when done, Esc to go back."),
        };
        self.state = State::Typing {
            field,
            provider,
            from,
        };
        Next::Stay
    }

    fn refuse(&mut self, trouble: Trouble) -> Next {
        self.trouble = Some(trouble);
        Next::Stay
    }

    fn take(&mut self, target: Target, provider: Option<String>, context: &mut Context) -> Next {
        self.state = State::Menu;
        aim(target, provider, self.mode, context)
    }

    fn go_on(&mut self, context: &Context) -> Next {
        match go_on(context) {
            Ok(next) => next,
            Err(trouble) => self.refuse(trouble),
        }
    }
}

/// From now on it is about this target; the machine is looked at with it in mind.
fn aim(target: Target, provider: Option<String>, mode: Mode, context: &mut Context) -> Next {
    let target = with_provider(target, provider.as_deref(), &context.providers);
    let answers = &mut context.answers;
    if answers.target.as_ref() != Some(&target) {
        answers.server.clear();
        answers.tested = None;
        answers.key = None;
        answers.skipped.clear();
    }
    answers.mode = mode;
    answers.provider = provider;
    answers.target = Some(target.clone());
    Next::Run(Effect::Gather(Some(target)))
}

/// With a target looked at: the test first where there is something to test.
fn go_on(context: &Context) -> Result<Next, Trouble> {
    if let Some(trouble) = crate::facts::blocking_trouble(&context.facts)
        && context.facts.ssh.trouble().is_some()
    {
        return Err(trouble.clone());
    }
    let has_keys = context.usable_keys().next().is_some();
    let is_set = context.facts.target.as_ref().is_some_and(|target| {
        target.effective.trouble().is_some()
            || context
                .facts
                .config
                .hosts()
                .iter()
                .any(|host| host.name == target.target.host)
    });
    Ok(match context.answers.mode {
        Mode::Repair => Next::To(Place::Test),
        Mode::Auto if has_keys || is_set => Next::To(Place::Test),
        Mode::Auto | Mode::Setup => Next::Forward(Text::default()),
    })
}

impl Step for Service {
    fn enter(&mut self, context: &mut Context) -> Next {
        self.state = State::Menu;
        let is_first = !std::mem::replace(&mut self.begun, true);
        match context.answers.target.clone() {
            Some(_) if is_first && context.facts.target.is_some() => self.go_on(context),
            Some(target) if is_first => {
                let provider = context.answers.provider.clone();
                self.take(target, provider, context)
            }
            Some(_) | None => Next::Stay,
        }
    }

    fn update(&mut self, message: Msg, context: &mut Context) -> Next {
        match message {
            Msg::Pick(at) => match self.picks(context).get(at).cloned() {
                Some(pick) => self.pick(pick, context),
                None => Next::Stay,
            },
            Msg::Submitted => {
                let State::Typing {
                    field, provider, ..
                } = &self.state
                else {
                    return Next::Stay;
                };
                let (typed, provider) = (field.typed(), provider.clone());
                match named(&typed, &context.providers) {
                    Ok((target, id)) => self.take(target, id.or(provider), context),
                    Err(trouble) => self.refuse(trouble),
                }
            }
            Msg::Outcome(Outcome::Gathered(_)) if context.answers.target.is_some() => {
                self.go_on(context)
            }
            Msg::Retry => Next::Run(Effect::Gather(context.answers.target.clone())),
            Msg::Outcome(_) | Msg::Resumed | Msg::Stopped => Next::Stay,
        }
    }

    fn view(&self, context: &Context) -> Page {
        let screen = match self.state {
            State::Menu => 10,
            State::Others | State::Typing { .. } => 11,
        };
        let mut page = Page::new(screen, Some(StepId::Service), "Pick a service");
        match &self.state {
            State::Menu => {
                page.aside("Let's connect this computer to your Git service over SSH.");
                page.aside(
                    "I change no file of yours before you have seen the change and pressed y.",
                );
                page.aside("Your private key stays here. Your passphrase is never shown.");
            }
            State::Others => {
                page.line("Where do you want to connect? These hosts are in your ssh settings.");
            }
            State::Typing { field, .. } => {
                page.line("Where do you want to connect?");
                page.field = Some(field.view());
            }
        }
        for pick in self.picks(context) {
            page.choices.push(choice(&pick, context));
        }
        page.blank();
        if let Some(trouble) = &self.trouble {
            page.trouble(trouble);
        }
        if let State::Menu = self.state {
            page.aside("Where do you want to connect?");
            page.choices_here();
            page.blank();
            page.aside(found(context));
        }
        page
    }

    fn field(&mut self) -> Option<&mut Field> {
        match &mut self.state {
            State::Typing { field, .. } => Some(field),
            State::Menu | State::Others => None,
        }
    }

    fn leave(&mut self) -> bool {
        self.trouble = None;
        let state = match &self.state {
            State::Menu => return false,
            State::Others => State::Menu,
            State::Typing { from, .. } => match from {
                Came::FromMenu => State::Menu,
                Came::FromOthers => State::Others,
            },
        };
        self.state = state;
        true
    }
}
