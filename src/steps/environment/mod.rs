//! Screen 77: does the environment behind the address run, does the key count there, and where does the code come from?

use crate::account::Untold;
use crate::environment::{Environment, State as Runs};
use crate::facts::Remote;
use crate::page::{Mark, Page, StepId};
use crate::provider::Then;
use crate::provider::cli::{Environments, Place as Named};
use crate::say;
use crate::target::Target;
use crate::text::Text;
use crate::trouble::Trouble;

use super::service_tool::ServiceTool;
use super::{Context, Effect, Foreground, Msg, Next, Outcome, Place, Step};

mod view;
pub mod waiting;

/// Asks the service's own tool, and lets it deploy.
#[derive(Default)]
pub struct LookAtEnvironment {
    state: State,
    /// The command that has the terminal.
    ran: Option<Text>,
    /// What the last command came to.
    news: Option<Text>,
}

#[derive(Default)]
enum State {
    /// The tool is not installed.
    #[default]
    NoTool,
    Asking,
    Told(Box<Environment>),
    Failed(Untold),
    /// The tool deploys, with the terminal.
    Deploying,
    /// The tool signs the person in, with the terminal.
    SigningIn,
}

#[derive(Clone, Copy)]
enum Pick {
    Source,
    Again,
    Test,
    SignIn,
    Run,
    Leave,
}

/// The tool that knows environments, and where it is installed.
struct Tool<'a> {
    service: ServiceTool<'a>,
    known: &'a Environments,
}

impl<'a> Tool<'a> {
    fn of(context: &'a Context) -> Option<Self> {
        let service = ServiceTool::of(context)?;
        Some(Self {
            known: service.cli.environment.as_ref()?,
            service,
        })
    }

    fn name(&self) -> Text {
        self.service.name()
    }

    /// The command that helps an environment in this state, and what it does.
    fn remedy(&self, told: &Environment) -> Option<(&'a [String], &'static str)> {
        let known = self.known;
        match told.state {
            Runs::Active => Some((&known.redeploy, "Redeploy it")),
            Runs::Inactive => Some((&known.activate, "Activate it")),
            Runs::Paused => Some((&known.resume, "Resume it")),
            Runs::Busy | Runs::Other(_) | Runs::NotListed | Runs::NotNamed => None,
        }
    }

    /// The command line as a person would type it; what names the project is masked.
    fn line(&self, args: &[String], place: &Named) -> Text {
        let mut line = self.name();
        for (arg, filled) in args.iter().zip(place.fill(args)) {
            let filled = if *arg == filled {
                Text::public(filled)
            } else {
                Text::user(filled)
            };
            line = line.then(" ").then(filled);
        }
        line
    }
}

/// The remote of this folder that leads to the service.
fn remote(context: &Context) -> Option<&Remote> {
    let provider = context.provider()?;
    let mut remotes = context.facts.git.remotes.iter();
    remotes.find(|remote| provider.serves(&remote.target.host))
}

/// What the address of the target names.
fn place(context: &Context, known: &Environments) -> Option<Named> {
    let target = context.answers.target.as_ref()?;
    let effective = context.facts.effective();
    let user = effective.map(|effective| effective.user());
    known.place(user.or(target.user.as_deref())?)
}

impl LookAtEnvironment {
    fn ask(&mut self, context: &Context) -> Next {
        let is_there = Tool::of(context).is_some_and(|tool| tool.service.program.is_some());
        self.state = if is_there {
            State::Asking
        } else {
            State::NoTool
        };
        match self.state {
            State::Asking => Next::Run(Effect::LookAtEnvironment),
            State::NoTool
            | State::Told(_)
            | State::Failed(_)
            | State::Deploying
            | State::SigningIn => Next::Stay,
        }
    }

    fn picks(&self, context: &Context) -> Vec<Pick> {
        match &self.state {
            State::Asking | State::Deploying | State::SigningIn => Vec::new(),
            State::NoTool => vec![Pick::Test],
            State::Failed(untold) if untold.then == Some(Then::SignIn) => {
                vec![Pick::Again, Pick::Test, Pick::SignIn, Pick::Leave]
            }
            State::Failed(_) => vec![Pick::Again, Pick::Test],
            State::Told(told) => {
                let source = told.source.as_ref();
                let mut picks = Vec::new();
                picks.extend(
                    source
                        .and_then(|source| source.target.as_ref())
                        .map(|_| Pick::Source),
                );
                picks.extend([Pick::Test, Pick::Again]);
                if Tool::of(context).is_some_and(|tool| tool.remedy(told).is_some()) {
                    picks.extend([Pick::Run, Pick::Leave]);
                }
                picks
            }
        }
    }

    fn pick(&mut self, pick: Pick, context: &mut Context) -> Next {
        self.news = None;
        match pick {
            Pick::Again => self.ask(context),
            Pick::Leave => Next::Back,
            Pick::Test => test(context, None),
            Pick::Source => {
                let State::Told(told) = &self.state else {
                    return Next::Stay;
                };
                let target = told
                    .source
                    .as_ref()
                    .and_then(|source| source.target.clone());
                test(context, target)
            }
            Pick::SignIn => match sign_in(context) {
                Some(foreground) => {
                    self.state = State::SigningIn;
                    Next::Run(Effect::HandOver(foreground))
                }
                None => Next::Stay,
            },
            Pick::Run => match self.command(context) {
                Some((foreground, line)) => {
                    self.state = State::Deploying;
                    self.ran = Some(line);
                    Next::Run(Effect::HandOver(foreground))
                }
                None => Next::Stay,
            },
        }
    }

    fn command(&self, context: &Context) -> Option<(Foreground, Text)> {
        let State::Told(told) = &self.state else {
            return None;
        };
        let tool = Tool::of(context)?;
        let (args, _) = tool.remedy(told)?;
        let foreground = tool.service.foreground(&told.place.fill(args))?;
        Some((foreground, tool.line(args, &told.place)))
    }
}

/// The tool asks who the person is; it gets the terminal for that.
fn sign_in(context: &Context) -> Option<Foreground> {
    let tool = ServiceTool::of(context)?;
    tool.foreground(&tool.cli.sign_in)
}

/// Looks again and tests, there or at the same address.
fn test(context: &mut Context, target: Option<Target>) -> Next {
    context.answers.tested = None;
    context.answers.server.clear();
    if target.is_some() {
        context.answers.target = target;
        context.answers.provider = None;
    }
    Next::Run(Effect::Gather(context.answers.target.clone()))
}

impl Step for LookAtEnvironment {
    fn enter(&mut self, context: &mut Context) -> Next {
        self.news = None;
        self.ask(context)
    }

    fn update(&mut self, message: Msg, context: &mut Context) -> Next {
        match message {
            Msg::Pick(at) => match self.picks(context).get(at).copied() {
                Some(pick) => self.pick(pick, context),
                None => Next::Stay,
            },
            Msg::Outcome(Outcome::Environment(answer)) => {
                self.state = match answer {
                    Ok(told) => State::Told(told),
                    Err(untold) => State::Failed(untold),
                };
                Next::Stay
            }
            // Whether it has signed in is asked, not believed.
            Msg::Outcome(Outcome::Returned(Ok(_))) if matches!(self.state, State::SigningIn) => {
                self.ask(context)
            }
            Msg::Outcome(Outcome::Returned(Ok(Some(0)))) => {
                let line = self.ran.take();
                context.answers.ran.extend(line);
                test(context, None)
            }
            Msg::Outcome(Outcome::Returned(Ok(_))) => {
                self.news = Some(Text::plain("The command did not end well."));
                self.ask(context)
            }
            Msg::Outcome(Outcome::Returned(Err(trouble))) => {
                self.state = State::Failed(trouble.into());
                Next::Stay
            }
            Msg::Outcome(Outcome::Gathered(_)) => Next::To(Place::Test),
            Msg::Stopped => {
                let stopped = Trouble::new(
                    "You stopped it before there was an answer.",
                    Text::default(),
                    "Ask again, or test.",
                );
                self.state = State::Failed(stopped.into());
                Next::Stay
            }
            Msg::Retry => self.ask(context),
            Msg::Resumed | Msg::Submitted | Msg::Outcome(_) => Next::Stay,
        }
    }

    fn view(&self, context: &Context) -> Page {
        let mut page = Page::new(77, Some(StepId::Test), "The project");
        let Some(tool) = Tool::of(context) else {
            return page;
        };
        match &self.state {
            State::NoTool => view::by_hand(&mut page, &tool, context),
            State::Asking => {
                page.line(say!("Asking {} about it.", tool.name()));
            }
            State::Deploying | State::SigningIn => {
                page.line(say!("{} is at work.", tool.name()));
            }
            State::Failed(untold) => view::failed(&mut page, untold, &tool),
            State::Told(told) => view::told(&mut page, told, &tool),
        }
        if let Some(news) = &self.news {
            page.blank();
            page.mark(Mark::Bad, news.clone());
        }
        let picks = self.picks(context);
        for pick in &picks {
            page.choices.push(view::choice(*pick, &self.state, &tool));
        }
        if picks.iter().any(|pick| matches!(pick, Pick::Leave)) {
            // Enter deploys nothing.
            page.focus = picks.len() - 1;
        }
        page
    }
}
