//! Screen 77: does the environment behind the address run, does the key count there, and where does the code come from?

use std::ffi::OsString;
use std::path::PathBuf;

use crate::environment::{Environment, Last, State as Runs};
use crate::facts::Remote;
use crate::page::{Block, Choice, Mark, Page, StepId};
use crate::provider::cli::{Cli, Environments, Place as Named};
use crate::say;
use crate::target::Target;
use crate::text::{Kind, Text};
use crate::trouble::Trouble;

use super::{Context, Effect, Foreground, Msg, Next, Outcome, Place, Step};

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
    Failed(Trouble),
    /// The tool deploys, with the terminal.
    Deploying,
}

#[derive(Clone, Copy)]
enum Pick {
    Source,
    Again,
    Test,
    Run,
    Leave,
}

/// The tool that knows environments, and where it is installed.
struct Tool<'a> {
    cli: &'a Cli,
    known: &'a Environments,
    program: Option<PathBuf>,
}

impl<'a> Tool<'a> {
    fn of(context: &'a Context) -> Option<Self> {
        let cli = context.provider()?.cli.as_ref()?;
        Some(Self {
            cli,
            known: cli.environment.as_ref()?,
            program: context.facts.tools.get(&cli.program).cloned(),
        })
    }

    fn name(&self) -> Text {
        Text::public(self.cli.program.name())
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
        let is_there = Tool::of(context).is_some_and(|tool| tool.program.is_some());
        self.state = if is_there {
            State::Asking
        } else {
            State::NoTool
        };
        match self.state {
            State::Asking => Next::Run(Effect::LookAtEnvironment),
            State::NoTool | State::Told(_) | State::Failed(_) | State::Deploying => Next::Stay,
        }
    }

    fn picks(&self, context: &Context) -> Vec<Pick> {
        match &self.state {
            State::Asking | State::Deploying => Vec::new(),
            State::NoTool => vec![Pick::Test],
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
        let mut argv: Vec<OsString> = vec![tool.program.clone()?.into_os_string()];
        argv.extend(told.place.fill(args).into_iter().map(OsString::from));
        let foreground = Foreground::Program {
            argv,
            notice: say!("{} has the terminal now.", tool.name()),
        };
        Some((foreground, tool.line(args, &told.place)))
    }

    fn told(&self, page: &mut Page, told: &Environment, tool: &Tool<'_>) {
        let mut fact = |name: &'static str, value: Text| {
            page.body.push(Block::Fact(name.into(), value));
        };
        fact("Project", Text::user(&told.place.project));
        if let Some(environment) = &told.place.environment {
            let machine = Text::user(environment);
            fact(
                "Environment",
                match &told.name {
                    Some(name) => say!("{} ({})", name.clone(), machine),
                    None => machine,
                },
            );
        }
        let (mark, state) = in_words(&told.state);
        if let Some(state) = state {
            fact("State", state);
        }
        if told.last == Last::Failed {
            fact("Last deployment", Text::plain("failed"));
        }
        page.blank();
        page.mark(mark, meaning(told, tool));
        if let Some((args, _)) = tool.remedy(told) {
            page.blank();
            page.line(say!(
                "With y this runs; {} asks once more before it begins:",
                tool.name()
            ));
            page.line(say!("  {}", tool.line(args, &told.place)));
        }
    }

    /// What the person can do where the tool is not there.
    fn by_hand(page: &mut Page, tool: &Tool<'_>, context: &Context) {
        page.mark(
            Mark::Unsure,
            say!("{} is not installed here, so I cannot ask it.", tool.name()),
        );
        page.line(say!(
            "Look on the pages of {} whether the environment is active.",
            context.service()
        ));
        page.line("A new key or new access counts after the next deployment.");
        page.blank();
        let Some(place) = place(context, tool.known) else {
            return;
        };
        if place.environment.is_none() {
            page.line("If its code comes from GitHub, GitLab or Bitbucket, git pushes go there,");
            page.line("and so does your key.");
        } else if let Some(remote) = remote(context) {
            page.line("An empty commit deploys it again. Type this in your repository:");
            let words = std::iter::once("git").chain(tool.known.commit.iter().map(String::as_str));
            page.body
                .push(Block::Copyable(Text::command(shell_words::join(words))));
            page.body.push(Block::Copyable(say!(
                "git push {}",
                Text::of(Kind::Label, &remote.name)
            )));
            page.aside("I do not run it: it adds a commit to your branch and deploys.");
        } else {
            page.line("Where it is installed, this deploys it again:");
            page.line(say!("  {}", tool.line(&tool.known.redeploy, &place)));
        }
    }
}

/// The state in a word, and whether that is a good sign.
fn in_words(state: &Runs) -> (Mark, Option<Text>) {
    match state {
        Runs::Active => (Mark::Unsure, Some(Text::plain("active"))),
        Runs::Inactive => (Mark::Bad, Some(Text::plain("inactive"))),
        Runs::Paused => (Mark::Bad, Some(Text::plain("paused"))),
        Runs::Busy => (Mark::Unsure, Some(Text::plain("in progress"))),
        Runs::Other(word) => (Mark::Unsure, Some(word.clone())),
        Runs::NotListed => (Mark::Bad, Some(Text::plain("not in this project"))),
        Runs::NotNamed => (Mark::Unsure, None),
    }
}

/// What it means for the connection.
fn meaning(told: &Environment, tool: &Tool<'_>) -> Text {
    match (&told.state, &told.source) {
        (Runs::Active, _) if told.last == Last::Failed => {
            Text::plain("Its last deployment failed, so newer keys and access do not count yet.")
        }
        (Runs::Active, _) => {
            Text::plain("It runs, but newer keys and access count after the next deployment.")
        }
        (Runs::Inactive, _) => Text::plain("It does not run, so nobody can sign in."),
        (Runs::Paused, _) => Text::plain("It is paused, so nobody can sign in."),
        (Runs::Busy, _) => {
            Text::plain("Something is being done with it. Wait until that is over, then test.")
        }
        (Runs::Other(_), _) => Text::plain("Look on its page what that means for you."),
        (Runs::NotListed, _) => {
            Text::plain("The name in the address is wrong, or not yours. Compare it with the page.")
        }
        (Runs::NotNamed, Some(source)) => say!(
            "Its code comes from {}: git pushes go there, and so does your key.",
            source.name.clone()
        ),
        (Runs::NotNamed, None) => say!(
            "{} names no other service for its code: pushes go to this address.",
            tool.name()
        ),
    }
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
                    Err(trouble) => State::Failed(trouble),
                };
                Next::Stay
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
                self.state = State::Failed(trouble);
                Next::Stay
            }
            Msg::Outcome(Outcome::Gathered(_)) => Next::To(Place::Test),
            Msg::Stopped => {
                self.state = State::Failed(Trouble::new(
                    "You stopped it before there was an answer.",
                    Text::default(),
                    "Ask again, or test.",
                ));
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
            State::NoTool => Self::by_hand(&mut page, &tool, context),
            State::Asking => {
                page.line(say!("Asking {} about it.", tool.name()));
            }
            State::Deploying => {
                page.line(say!("{} is at work.", tool.name()));
            }
            State::Failed(trouble) => {
                page.trouble(trouble);
            }
            State::Told(told) => self.told(&mut page, told, &tool),
        }
        if let Some(news) = &self.news {
            page.blank();
            page.mark(Mark::Bad, news.clone());
        }
        let picks = self.picks(context);
        for pick in &picks {
            page.choices.push(self.choice(*pick, &tool));
        }
        if picks.iter().any(|pick| matches!(pick, Pick::Run)) {
            // Enter deploys nothing.
            page.focus = picks.len() - 1;
        }
        page
    }
}

impl LookAtEnvironment {
    fn choice(&self, pick: Pick, tool: &Tool<'_>) -> Choice {
        let told = match &self.state {
            State::Told(told) => Some(told),
            State::NoTool | State::Asking | State::Failed(_) | State::Deploying => None,
        };
        match pick {
            Pick::Source => {
                let source = told.and_then(|told| told.source.as_ref());
                let name = source.map_or_else(Text::default, |source| source.name.clone());
                Choice::new(say!("Go on with {}", name), "tests your key there")
            }
            Pick::Again => Choice::new("Ask again", ""),
            Pick::Test => Choice::new("Test the connection", ""),
            Pick::Run => {
                let remedy = told.and_then(|told| tool.remedy(told));
                Choice::letter('y', remedy.map_or("Do it", |(_, words)| words), "")
            }
            Pick::Leave => Choice::letter('n', "Leave it", ""),
        }
    }
}
