//! Screens 71 to 73: why did it fail, how do we know, and what is the one thing to do?

use crate::diagnosis::fix::{Does, Repair as Kind};
use crate::diagnosis::{Finding, FixId, Offer};
use crate::page::{Page, StepId};
use crate::plan;
use crate::repair::Remedy;
use crate::say;
use crate::text::Text;
use crate::trouble::Trouble;

use super::{Context, Effect, Foreground, Msg, Next, Outcome, Place, Step, certificate, config};

mod made;
mod order;
mod view;

pub use made::Repaired;
use made::{is_in_vain, is_without_ssh, make};
use order::{Standing, offered};
pub(in crate::steps) use view::preview;
pub use view::{Told, finding_blocks, ssh_says, title};
use view::{choice, evidence, told};

/// Explains and mends.
#[derive(Default)]
pub struct Repair {
    state: State,
    trouble: Option<Trouble>,
    /// What was taken back because it did not help.
    in_vain: Option<Text>,
    /// Fixes of the finding whose change cannot be made here.
    impossible: Vec<usize>,
}

#[derive(Default)]
enum State {
    #[default]
    Told,
    /// The change that this fix would make is being made up, and ssh looks at it.
    Preparing(usize, Then),
    /// The recommended fix is a change that has been looked at, and short: `y` makes it.
    Ready(usize, Box<Remedy>),
    /// The change of this fix, on a screen of its own.
    Preview(usize, Box<Remedy>, Whole),
    Evidence,
}

/// What happens when a change has been made up.
#[derive(Clone, Copy)]
enum Then {
    /// It is shown below the fixes, where it is short.
    Offer,
    /// It gets a screen of its own.
    Show,
}

/// How much of a change is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::steps) enum Whole {
    Changes,
    File,
}

impl Whole {
    /// The other one.
    pub(in crate::steps) fn other(self) -> Self {
        match self {
            Whole::Changes => Whole::File,
            Whole::File => Whole::Changes,
        }
    }
}

#[derive(Clone, Copy)]
enum Pick {
    Fix(usize, Standing),
    Now,
    Evidence,
    Report,
    Back,
    Again,
    Write,
    Leave,
    WholeFile,
}

impl Repair {
    fn picks(&self, context: &Context) -> Vec<Pick> {
        match self.state {
            State::Evidence => return vec![Pick::Back],
            // A moment: what can be taken depends on what ssh says.
            State::Preparing(..) => return Vec::new(),
            State::Preview(..) => return vec![Pick::Write, Pick::Leave, Pick::WholeFile],
            State::Told | State::Ready(..) => {}
        }
        let mut picks: Vec<Pick> = offered(context, &self.impossible)
            .into_iter()
            .map(|(at, standing)| Pick::Fix(at, standing))
            .collect();
        picks.extend([Pick::Evidence, Pick::Report]);
        if let State::Ready(..) = self.state {
            // With a change to look at there is no room to spare; r tests again.
            picks.push(Pick::Now);
        } else if finding(context).is_none_or(|finding| {
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
            Pick::Report => Next::To(Place::Report),
            Pick::Back | Pick::Leave => {
                self.state = State::Told;
                self.offer_first(context)
            }
            Pick::Again => retest(context),
            Pick::Now | Pick::Write => match std::mem::take(&mut self.state) {
                State::Ready(at, remedy) => make(at, *remedy, context),
                State::Preview(at, remedy, _) => make(at, *remedy, context),
                State::Told | State::Preparing(..) | State::Evidence => Next::Stay,
            },
            Pick::WholeFile => {
                if let State::Preview(_, _, whole) = &mut self.state {
                    *whole = whole.other();
                }
                Next::Stay
            }
            Pick::Fix(at, _) => self.fix(at, context),
        }
    }

    fn fix(&mut self, at: usize, context: &mut Context) -> Next {
        let Some(offer) = offer(context, at) else {
            return Next::Stay;
        };
        match offer.fix.does() {
            Does::Open(StepId::Test) => Next::Detour(Place::Host),
            Does::Open(step) => {
                context.answers.skipped.remove(&step);
                Next::To(Place::of(step))
            }
            Does::MakeKey => Next::To(Place::NewKey),
            Does::RenewCertificate if certificate::is_needed(context) => {
                Next::To(Place::Certificate)
            }
            Does::Retry => retest(context),
            Does::RetryAsking => Next::Run(Effect::HandOver(Foreground::Test)),
            Does::SecondAccount => Next::To(Place::Accounts),
            Does::LoadCertificate => Next::To(Place::ToolCertificate),
            Does::LookAtEnvironment => Next::To(Place::Environment),
            Does::Person | Does::RenewCertificate => {
                // Advice of a service is a whole sentence, and stands above.
                Next::Say(if offer.fix == FixId::FollowService {
                    Text::plain("Do what it says, then press r.")
                } else {
                    say!("{}. Then press r.", offer.summary.clone())
                })
            }
            Does::Change(_) if matches!(self.state, State::Ready(ready, _) if ready == at) => {
                Next::Say(Text::plain("Press y to do it."))
            }
            Does::Change(Kind::UseKey | Kind::OfferOneKey) => {
                choose_for_change(context);
                context.answers.skipped.remove(&StepId::Config);
                Next::To(Place::Config)
            }
            Does::Change(kind) => self.prepare(at, kind, Then::Show, context),
        }
    }

    /// The test after a repair has failed as well: did it get further?
    fn judge(&mut self, context: &mut Context) -> Next {
        match made::in_vain(context) {
            Some(receipt) => {
                self.state = State::Told;
                Next::Run(Effect::TakeBack(receipt))
            }
            None => self.begin(context),
        }
    }
}

impl Step for Repair {
    fn enter(&mut self, context: &mut Context) -> Next {
        self.trouble = None;
        self.in_vain = None;
        self.judge(context)
    }

    fn update(&mut self, message: Msg, context: &mut Context) -> Next {
        match message {
            Msg::Pick(at) => match self.picks(context).get(at).copied() {
                Some(pick) => self.pick(pick, context),
                None => Next::Stay,
            },
            Msg::Outcome(Outcome::Prepared(remedy)) => self.prepared(remedy, context),
            Msg::Stopped => {
                self.state = State::Told;
                Next::Stay
            }
            Msg::Outcome(Outcome::Applied(Ok(_))) if is_without_ssh(context) => {
                context.answers.repaired = None;
                self.state = State::Told;
                Next::Say(Text::plain(
                    "Written. git uses https here now; SSH plays no part in it.",
                ))
            }
            Msg::Outcome(Outcome::Applied(Ok((receipt, _)))) => {
                if let Some(repaired) = &mut context.answers.repaired {
                    repaired.receipt = Some(receipt);
                }
                retest(context)
            }
            Msg::Resumed => retest(context),
            Msg::Outcome(Outcome::Applied(Err(trouble))) => {
                if let Some(repaired) = context.answers.repaired.take() {
                    context.answers.target = repaired.target;
                }
                self.trouble = Some(trouble);
                self.begin(context)
            }
            Msg::Outcome(Outcome::TakenBack(Ok((receipt, kept, _)))) => {
                let files = receipt
                    .changed
                    .iter()
                    .map(|changed| Text::path(&changed.path));
                self.in_vain = Some(say!(
                    "That did not help, so it is taken back: {} {} as before.{}",
                    Text::join(files, ", "),
                    if receipt.changed.len() == 1 {
                        "is"
                    } else {
                        "are"
                    },
                    Text::join(kept.iter().map(|line| say!(" {}", line.clone())), "")
                ));
                self.begin(context)
            }
            Msg::Outcome(Outcome::TakenBack(Err(trouble))) => {
                self.trouble = Some(trouble);
                self.begin(context)
            }
            Msg::Outcome(Outcome::Gathered(_)) => Next::To(Place::Test),
            Msg::Outcome(Outcome::Tested(Ok(tested))) => {
                let works = tested.works();
                context.answers.tested = Some(tested);
                if works {
                    Next::To(Place::Done)
                } else {
                    self.begin(context)
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
        let title = match &self.state {
            State::Preview(..) => Text::plain("Check this change"),
            State::Told | State::Preparing(..) | State::Ready(..) | State::Evidence => {
                title(failed)
            }
        };
        let screen = match self.state {
            State::Told | State::Preparing(..) | State::Ready(..) => 71,
            State::Evidence => 72,
            State::Preview(..) => 73,
        };
        let mut page = Page::new(screen, Some(StepId::Test), title);
        let finding = finding(context);
        match &self.state {
            State::Evidence => evidence(&mut page, context),
            State::Preview(_, remedy, whole) => preview(&mut page, remedy, *whole),
            State::Told | State::Preparing(..) | State::Ready(..) => {
                if let Some(in_vain) = &self.in_vain {
                    page.line(in_vain.clone());
                    page.blank();
                }
                match finding {
                    Some(finding) => told(&mut page, finding, context),
                    None => {
                        page.line("Nothing is wrong that I know of.");
                    }
                }
            }
        }
        if let Some(trouble) = &self.trouble {
            page.trouble(trouble);
        }
        for (at, pick) in self.picks(context).into_iter().enumerate() {
            let mut choice = choice(pick, at, context);
            if at == 0 && matches!(self.state, State::Ready(..)) {
                // What it costs stands below, line by line.
                choice.note = "recommended".into();
            }
            page.choices.push(choice);
        }
        if let State::Ready(_, remedy) = &self.state {
            page.blank();
            page.choices_here();
            page.blank();
            page.body
                .extend(config::diff_blocks(&remedy.plan, plan::Context::Lines(0)));
        }
        page
    }

    fn leave(&mut self) -> bool {
        let inside = matches!(self.state, State::Evidence | State::Preview(..));
        if inside {
            self.state = State::Told;
        }
        inside
    }
}

fn finding(context: &Context) -> Option<&Finding> {
    context.answers.tested.as_ref()?.findings.first()
}

fn offer(context: &Context, at: usize) -> Option<&Offer> {
    finding(context)?.fixes.get(at)
}

fn retest(context: &mut Context) -> Next {
    context.answers.tested = None;
    context.answers.server.clear();
    Next::To(Place::Test)
}

/// The chosen key becomes the one that a change of the settings is about.
fn choose_for_change(context: &mut Context) {
    let meant = context
        .situation()
        .and_then(|situation| Some(situation.key_for_change()?.fingerprint()?.to_owned()));
    if meant.is_some() {
        context.answers.key = meant;
    }
}
