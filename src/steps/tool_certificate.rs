//! Screen 34: how does the service's own tool sign in again and load a certificate, and what is it then?

use std::path::Path;
use std::time::SystemTime;

use crate::diagnosis::Sign;
use crate::key::certificate::{Certificate, Validity};
use crate::page::{Block, Choice, Mark, Page, StepId};
use crate::provider::cli::Certificates;
use crate::say;
use crate::text::Text;
use crate::trouble::Trouble;

use super::certificate::left;
use super::service_tool::ServiceTool;
use super::{Context, Effect, Foreground, Msg, Next, Outcome, Place, Step};

/// Lets the tool make a certificate.
#[derive(Default)]
pub struct LoadCertificate {
    state: State,
    /// What is next.
    act: Act,
    /// What the last command came to.
    news: Option<(Mark, Text)>,
    trouble: Option<Trouble>,
}

#[derive(Clone, Copy, Default)]
enum State {
    #[default]
    Told,
    /// The tool has the terminal, or what it has left behind is looked at.
    Running,
    /// What ssh has now.
    Loaded,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Act {
    SignIn,
    #[default]
    Load,
}

#[derive(Clone, Copy)]
enum Pick {
    Other,
    Test,
    Back,
    Run,
    Leave,
}

/// The tool that makes certificates, and where it is installed.
struct Tool<'a> {
    service: ServiceTool<'a>,
    certificate: &'a Certificates,
}

impl<'a> Tool<'a> {
    fn of(context: &'a Context) -> Option<Self> {
        let service = ServiceTool::of(context)?;
        Some(Self {
            certificate: service.cli.certificate.as_ref()?,
            service,
        })
    }

    fn name(&self) -> Text {
        self.service.name()
    }

    /// The arguments, which the server's own words decide for a sign-in.
    fn args(&self, act: Act, context: &Context) -> Vec<String> {
        match act {
            Act::Load => self.certificate.load.clone(),
            Act::SignIn => wanted(context)
                .and_then(|(_, again)| shell_words::split(&again.reveal()).ok())
                .map(|words| words.into_iter().skip(1).collect())
                .unwrap_or_else(|| self.certificate.again.clone()),
        }
    }

    /// The command line as a person would type it.
    fn line(&self, act: Act, context: &Context) -> Text {
        Text::command(self.service.cli.line(&self.args(act, context)))
    }
}

/// Which proof the server wanted in the last test, and the sign-in that gives it.
fn wanted(context: &Context) -> Option<(Text, Text)> {
    let tested = context.answers.tested.as_ref()?;
    let mut seen = tested.signs.of(Sign::ProofWanted);
    seen.find_map(|seen| {
        let value = |name| seen.values.get(name).cloned();
        Some((value("proof")?, value("again")?))
    })
}

/// The certificates that ssh shows to the target.
fn shown(context: &Context) -> Vec<(&Path, &Certificate)> {
    let target = context.facts.target.as_ref();
    let tried = target.map_or(&[][..], |target| &target.certificates.tried);
    let files = tried.iter().map(|tried| &tried.file);
    files
        .filter_map(|file| Some((file.path.as_path(), file.content.certificate()?)))
        .collect()
}

impl LoadCertificate {
    fn picks(&self, context: &Context) -> Vec<Pick> {
        let is_there = Tool::of(context).is_some_and(|tool| tool.service.program.is_some());
        match (self.state, is_there) {
            (State::Running, _) => Vec::new(),
            (State::Loaded, _) => vec![Pick::Test, Pick::Back],
            (State::Told, true) => vec![Pick::Other, Pick::Test, Pick::Run, Pick::Leave],
            (State::Told, false) => vec![Pick::Test],
        }
    }

    fn pick(&mut self, pick: Pick, context: &mut Context) -> Next {
        self.trouble = None;
        match pick {
            Pick::Other => {
                self.act = match self.act {
                    Act::SignIn => Act::Load,
                    Act::Load => Act::SignIn,
                };
                Next::Stay
            }
            Pick::Test => {
                context.answers.tested = None;
                context.answers.server.clear();
                Next::Run(Effect::Gather(context.answers.target.clone()))
            }
            Pick::Back => {
                self.state = State::Told;
                Next::Stay
            }
            Pick::Leave => Next::Back,
            Pick::Run => match self.command(context) {
                Some(foreground) => {
                    self.state = State::Running;
                    Next::Run(Effect::HandOver(foreground))
                }
                None => Next::Stay,
            },
        }
    }

    fn command(&self, context: &Context) -> Option<Foreground> {
        let tool = Tool::of(context)?;
        tool.service.foreground(&tool.args(self.act, context))
    }

    /// The tool is done; its exit code is no proof.
    fn returned(&mut self, code: Option<i32>, context: &mut Context) -> Next {
        let line = Tool::of(context).map(|tool| tool.line(self.act, context));
        if code == Some(0) {
            context.answers.ran.extend(line.clone());
        }
        self.news = match code {
            Some(0) => None,
            Some(_) | None => line.map(|line| (Mark::Bad, say!("It did not end well: {}", line))),
        };
        match (self.act, code) {
            (Act::SignIn, Some(0)) => {
                self.state = State::Told;
                self.act = Act::Load;
                self.news = Some((
                    Mark::Good,
                    Text::plain("The sign-in has ended. Now the certificate."),
                ));
                Next::Stay
            }
            (Act::Load, Some(0)) => Next::Run(Effect::Gather(context.answers.target.clone())),
            (Act::SignIn | Act::Load, _) => {
                self.state = State::Told;
                Next::Stay
            }
        }
    }

    fn steps(&self, page: &mut Page, tool: &Tool<'_>, context: &Context) {
        let service = context.service();
        match wanted(context) {
            Some((proof, _)) => {
                page.line(say!("{} wants {}.", service, proof));
            }
            None => {
                page.line(say!(
                    "A certificate of {} lets you in without a key on your account.",
                    tool.name()
                ));
            }
        }
        page.aside("A certificate is a pass that the service signs, for a short time.");
        page.blank();
        let next = |act| if act == self.act { "   (next)" } else { "" };
        page.line("1. Switch on a second factor for your account, if one is wanted.");
        page.line(say!(
            "2. Sign in: {}{}",
            tool.line(Act::SignIn, context),
            next(Act::SignIn)
        ));
        page.line(say!(
            "3. Load a certificate: {}{}",
            tool.line(Act::Load, context),
            next(Act::Load)
        ));
        page.blank();
        match self.act {
            Act::SignIn => {
                page.line("It opens your browser; the rest of the proof is asked for there.");
                page.aside(Text::join(tool.certificate.token.lines(), " "));
            }
            Act::Load => {
                page.line(Text::join(tool.certificate.writes.lines(), " "));
            }
        }
        if tool.service.program.is_none() {
            page.blank();
            page.mark(
                Mark::Unsure,
                say!(
                    "{} is not installed here. Install it, then type the lines above.",
                    tool.name()
                ),
            );
        }
    }

    fn loaded(page: &mut Page, context: &Context) {
        let host = context.host();
        let now = SystemTime::now();
        let all = shown(context);
        if all.is_empty() {
            page.mark(
                Mark::Bad,
                say!("ssh finds no certificate for {} yet.", host.clone()),
            );
            page.line("Its lines may be missing from ~/.ssh/config. Load it again, and say yes");
            page.line("when it asks whether it may add them.");
        }
        for (path, certificate) in all {
            let validity = certificate.validity(now);
            let mark = match validity {
                Validity::Valid { .. } => Mark::Good,
                Validity::NotYet { .. } | Validity::Expired { .. } => Mark::Bad,
            };
            page.mark(mark, say!("ssh shows a certificate to {}:", host.clone()));
            page.body.push(Block::Fact("File".into(), Text::path(path)));
            let left = left(page, certificate);
            page.body.push(Block::Fact("Valid".into(), left));
        }
    }
}

impl Step for LoadCertificate {
    fn enter(&mut self, context: &mut Context) -> Next {
        *self = Self {
            act: match wanted(context) {
                Some(_) => Act::SignIn,
                None => Act::Load,
            },
            ..Self::default()
        };
        Next::Stay
    }

    fn update(&mut self, message: Msg, context: &mut Context) -> Next {
        match message {
            Msg::Pick(at) => match self.picks(context).get(at).copied() {
                Some(pick) => self.pick(pick, context),
                None => Next::Stay,
            },
            Msg::Outcome(Outcome::Returned(Ok(code))) => self.returned(code, context),
            Msg::Outcome(Outcome::Returned(Err(trouble))) => {
                self.state = State::Told;
                self.trouble = Some(trouble);
                Next::Stay
            }
            Msg::Outcome(Outcome::Gathered(_)) => match self.state {
                State::Running => {
                    self.state = State::Loaded;
                    Next::Stay
                }
                State::Told | State::Loaded => Next::To(Place::Test),
            },
            Msg::Stopped => {
                self.state = State::Told;
                Next::Stay
            }
            Msg::Retry => self.pick(Pick::Test, context),
            Msg::Resumed | Msg::Submitted | Msg::Outcome(_) => Next::Stay,
        }
    }

    fn view(&self, context: &Context) -> Page {
        let mut page = Page::new(34, Some(StepId::Publish), "Load a certificate");
        let Some(tool) = Tool::of(context) else {
            return page;
        };
        match self.state {
            State::Told | State::Running => self.steps(&mut page, &tool, context),
            State::Loaded => Self::loaded(&mut page, context),
        }
        if let Some((mark, news)) = &self.news {
            page.blank();
            page.mark(*mark, news.clone());
        }
        if let Some(trouble) = &self.trouble {
            page.trouble(trouble);
        }
        let picks = self.picks(context);
        for pick in &picks {
            let line = tool.line(self.act, context);
            page.choices.push(choice(*pick, self.act, line));
        }
        if picks.iter().any(|pick| matches!(pick, Pick::Run)) {
            // Enter runs nothing.
            page.focus = picks.len() - 1;
        }
        page
    }

    fn leave(&mut self) -> bool {
        let inside = matches!(self.state, State::Loaded);
        self.state = State::Told;
        inside
    }
}

fn choice(pick: Pick, act: Act, line: Text) -> Choice {
    match (pick, act) {
        (Pick::Other, Act::SignIn) => Choice::new("I am signed in: go on to the certificate", ""),
        (Pick::Other, Act::Load) => Choice::new("Sign in first", ""),
        (Pick::Test, _) => Choice::new("Test the connection", ""),
        (Pick::Back, _) => Choice::new("Go back to these steps", "sign in, load"),
        (Pick::Run, _) => Choice::letter('y', "Run it now", line),
        (Pick::Leave, _) => Choice::letter('n', "Leave it", ""),
    }
}
