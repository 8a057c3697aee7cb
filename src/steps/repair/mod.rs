//! Screen 71: why did it fail, how do we know, and what is the one thing to do?

use std::path::{Path, PathBuf};

use crate::diagnosis::Finding;
use crate::diagnosis::fix::{Does, Repair as Kind};
use crate::page::{Page, StepId};
use crate::plan::{self, Change, Plan};
use crate::probe::Answer;
use crate::say;
use crate::settings::Candidate;
use crate::text::Text;
use crate::transcript::Rung;
use crate::trouble::Trouble;

use super::{Context, Effect, Foreground, Msg, Next, Outcome, Place, Step, config};

mod view;

pub(in crate::steps) use view::finding_blocks;
use view::{choice, evidence, told};

/// Rows of a change that are shown below the fixes.
const MOST_ROWS: usize = 4;

/// Explains and mends.
#[derive(Default)]
pub struct Repair {
    state: State,
    trouble: Option<Trouble>,
}

#[derive(Default)]
enum State {
    #[default]
    Told,
    /// ssh is looking at the change that the first fix would make.
    Preparing,
    /// The first fix is a change that ssh has accepted: `y` makes it.
    Ready(Prepared),
    Evidence,
}

enum Prepared {
    Settings(Box<Candidate>),
    Mode { key: PathBuf, mode: u32 },
}

#[derive(Clone, Copy)]
enum Pick {
    Fix(usize),
    Now,
    Evidence,
    Back,
    Again,
}

impl Repair {
    fn picks(&self, finding: Option<&Finding>) -> Vec<Pick> {
        match self.state {
            State::Evidence => return vec![Pick::Back],
            // A moment: what can be taken depends on what ssh says.
            State::Preparing => return Vec::new(),
            State::Told | State::Ready(_) => {}
        }
        let mut picks: Vec<Pick> = finding
            .iter()
            .flat_map(|finding| (0..finding.fixes.len()).map(Pick::Fix))
            .collect();
        picks.push(Pick::Evidence);
        if let State::Ready(_) = self.state {
            // With a change to look at there is no room to spare; r tests again.
            picks.push(Pick::Now);
        } else if finding.is_none_or(|finding| {
            finding
                .fixes
                .iter()
                .all(|offer| offer.fix.does() != Does::Retry)
        }) {
            picks.push(Pick::Again);
        }
        picks
    }

    fn pick(&mut self, pick: Pick, context: &mut Context) -> Next {
        match pick {
            Pick::Evidence => {
                self.state = State::Evidence;
                Next::Stay
            }
            Pick::Back => {
                self.state = State::Told;
                self.prepare(context)
            }
            Pick::Again => retest(context),
            Pick::Now => match &self.state {
                State::Ready(prepared) => Next::Run(Effect::Apply(match prepared {
                    Prepared::Settings(candidate) => config::plan_of(candidate),
                    Prepared::Mode { key, mode } => close_plan(key, *mode),
                })),
                State::Told | State::Preparing | State::Evidence => Next::Stay,
            },
            Pick::Fix(at) => {
                let Some(offer) = finding(context).and_then(|finding| finding.fixes.get(at)) else {
                    return Next::Stay;
                };
                match offer.fix.does() {
                    Does::Open(StepId::Test) => Next::Detour(Place::Host),
                    Does::Open(step) => {
                        context.answers.skipped.remove(&step);
                        Next::To(Place::of(step))
                    }
                    Does::MakeKey => Next::To(Place::NewKey),
                    Does::Retry => retest(context),
                    Does::RetryAsking => Next::Run(Effect::HandOver(Foreground::Test)),
                    Does::Person => Next::Say(say!("{}. Then press r.", offer.summary.clone())),
                    Does::Change(Kind::UseKey | Kind::OfferOneKey) => {
                        choose_for_change(context);
                        context.answers.skipped.remove(&StepId::Config);
                        Next::To(Place::Config)
                    }
                    Does::Change(Kind::CloseKey) => match &self.state {
                        State::Ready(_) => Next::Say(Text::plain("Press y to do it.")),
                        State::Told | State::Preparing | State::Evidence => Next::Stay,
                    },
                }
            }
        }
    }

    /// When the recommended fix is a change, it is made ready, checked by ssh, and shown here.
    fn prepare(&mut self, context: &mut Context) -> Next {
        self.state = State::Told;
        let first = finding(context)
            .and_then(|finding| finding.fixes.first())
            .map(|offer| offer.fix.does());
        match first {
            Some(Does::Change(Kind::UseKey | Kind::OfferOneKey)) => {
                choose_for_change(context);
                let Some(key) = context.key() else {
                    return Next::Stay;
                };
                match config::propose(key, context) {
                    Ok(candidate) => {
                        self.state = State::Preparing;
                        Next::Run(Effect::TryConfig(Box::new(candidate)))
                    }
                    Err(_) => Next::Stay,
                }
            }
            Some(Does::Change(Kind::CloseKey)) => {
                self.state = close_key(context);
                Next::Stay
            }
            Some(
                Does::Open(_) | Does::MakeKey | Does::Retry | Does::RetryAsking | Does::Person,
            )
            | None => Next::Stay,
        }
    }
}

impl Step for Repair {
    fn enter(&mut self, context: &mut Context) -> Next {
        self.trouble = None;
        self.prepare(context)
    }

    fn update(&mut self, message: Msg, context: &mut Context) -> Next {
        match message {
            Msg::Pick(at) => match self.picks(finding(context)).get(at).copied() {
                Some(pick) => self.pick(pick, context),
                None => Next::Stay,
            },
            Msg::Outcome(Outcome::Tried(Ok((candidate, verdict)))) => {
                self.state = if verdict.is_accepted() && is_short(&candidate) {
                    State::Ready(Prepared::Settings(candidate))
                } else {
                    State::Told
                };
                Next::Stay
            }
            Msg::Outcome(Outcome::Tried(Err(_))) | Msg::Stopped => {
                self.state = State::Told;
                Next::Stay
            }
            Msg::Outcome(Outcome::Applied(Ok(_))) | Msg::Resumed => retest(context),
            Msg::Outcome(Outcome::Applied(Err(trouble))) => {
                self.trouble = Some(trouble);
                self.prepare(context)
            }
            Msg::Outcome(Outcome::Gathered(_)) => Next::To(Place::Test),
            Msg::Outcome(Outcome::Tested(Ok(tested))) => {
                let works = tested.works();
                context.answers.tested = Some(tested);
                if works {
                    Next::To(Place::Done)
                } else {
                    self.prepare(context)
                }
            }
            Msg::Outcome(Outcome::Tested(Err(trouble))) => {
                self.trouble = Some(trouble);
                Next::Stay
            }
            Msg::Retry => Next::Run(Effect::Gather(context.answers.target.clone())),
            Msg::Outcome(_) | Msg::Submitted => Next::Stay,
        }
    }

    fn view(&self, context: &Context) -> Page {
        let failed = context
            .answers
            .tested
            .as_ref()
            .and_then(|tested| tested.ladder.failed());
        let title = match failed {
            Some(rung) => say!(
                "Repair: step {} of the test failed",
                Rung::ALL
                    .iter()
                    .position(|other| *other == rung)
                    .unwrap_or(0)
                    + 1
            ),
            None => Text::plain("Repair"),
        };
        let screen = match self.state {
            State::Told | State::Preparing | State::Ready(_) => 71,
            State::Evidence => 72,
        };
        let mut page = Page::new(screen, Some(StepId::Test), title);
        let finding = finding(context);
        match self.state {
            State::Evidence => evidence(&mut page, context),
            State::Told | State::Preparing | State::Ready(_) => match finding {
                Some(finding) => told(&mut page, finding, context),
                None => {
                    page.line("Nothing is wrong that I know of.");
                }
            },
        }
        if let Some(trouble) = &self.trouble {
            page.trouble(trouble);
        }
        for (at, pick) in self.picks(finding).into_iter().enumerate() {
            let mut choice = choice(pick, at, finding);
            if at == 0 && matches!(self.state, State::Ready(_)) {
                // What it costs stands below, line by line.
                choice.note = "recommended".into();
            }
            page.choices.push(choice);
        }
        if let State::Ready(prepared) = &self.state {
            page.blank();
            page.choices_here();
            page.blank();
            match prepared {
                Prepared::Settings(candidate) => page.body.extend(config::diff_blocks(
                    &config::plan_of(candidate),
                    plan::Context::Lines(0),
                )),
                Prepared::Mode { key, mode } => {
                    page.line(say!(
                        "{}: mode {} becomes 0600",
                        Text::path(key),
                        Text::public(format!("{mode:04o}"))
                    ));
                }
            }
        }
        page
    }

    fn leave(&mut self) -> bool {
        let inside = matches!(self.state, State::Evidence);
        if inside {
            self.state = State::Told;
        }
        inside
    }
}

/// Whether the whole change can be read here: a longer one has screen 50 for itself, because `y`
/// stands only beside what is seen.
fn is_short(candidate: &Candidate) -> bool {
    config::diff_blocks(&config::plan_of(candidate), plan::Context::Lines(0)).len() <= MOST_ROWS
}

fn finding(context: &Context) -> Option<&Finding> {
    context.answers.tested.as_ref()?.findings.first()
}

fn retest(context: &mut Context) -> Next {
    context.answers.tested = None;
    context.answers.server.clear();
    Next::To(Place::Test)
}

/// The key that a settings change is about: the one that the server knows, otherwise the only
/// usable one, otherwise the chosen one.
fn choose_for_change(context: &mut Context) {
    let known = context
        .usable_keys()
        .filter_map(|key| key.fingerprint())
        .find(|fingerprint| context.answers.server.get(*fingerprint) == Some(&Answer::Accepted))
        .map(str::to_owned);
    let mut usable = context
        .usable_keys()
        .filter(|key| key.files.private.is_some())
        .filter_map(|key| key.fingerprint().map(str::to_owned));
    let only = match (usable.next(), usable.next()) {
        (Some(one), None) => Some(one),
        (Some(_), Some(_)) | (None, _) => None,
    };
    drop(usable);
    if let Some(fingerprint) = known.or(only) {
        context.answers.key = Some(fingerprint);
    }
}

/// `chmod 600`, previewed.
fn close_key(context: &Context) -> State {
    use crate::key::pair::KeyProblem;
    let open = context.facts.keys.iter().find_map(|key| {
        let path = key.files.private.clone()?;
        key.files.problems.iter().find_map(|problem| match problem {
            KeyProblem::TooOpen { mode } => Some((path.clone(), *mode)),
            _ => None,
        })
    });
    match open {
        Some((key, mode)) => State::Ready(Prepared::Mode { key, mode }),
        None => State::Told,
    }
}

fn close_plan(key: &Path, mode: u32) -> Plan {
    Plan::new(
        "Make the key yours alone",
        vec![Change::SetMode {
            path: key.to_owned(),
            before: mode,
            after: 0o600,
        }],
    )
}
