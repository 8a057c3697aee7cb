//! Screen 61: does it work? The ladder, live.

use std::sync::Arc;
use std::time::Duration;

use crate::diagnosis::Sign;
use crate::page::{Block, Choice, Mark, Page, RungView, StepId};
use crate::probe::Tested;
use crate::provider::Acceptance;
use crate::say;
use crate::text::{Kind, Text};
use crate::transcript::event::Signer;
use crate::transcript::keys::OfferedKey;
use crate::transcript::rung::{Fact, Standing};
use crate::transcript::{Ladder, Rung, Status};
use crate::trouble::Trouble;

use super::{Context, Effect, Msg, Next, Outcome, Place, Step};

/// Connects.
#[derive(Default)]
pub struct Test {
    ladder: Ladder,
    state: State,
}

#[derive(Default)]
enum State {
    /// Not begun, or left for another screen.
    #[default]
    Idle,
    Running,
    /// It could not be carried out, or was stopped.
    Stopped(Trouble),
}

impl Test {
    /// The server's identity first: before it is known, no key is shown to it.
    fn begin(&mut self, context: &mut Context) -> Next {
        self.state = State::Idle;
        self.ladder = Ladder::default();
        context.answers.tested = None;
        let is_refused = context
            .facts
            .target
            .as_ref()
            .is_some_and(|target| target.effective.trouble().is_some());
        if !is_refused && !context.is_host_known() && !accepts_new(context) {
            return Next::Detour(Place::Host);
        }
        self.connect()
    }

    fn connect(&mut self) -> Next {
        self.state = State::Running;
        Next::Run(Effect::Test)
    }

    fn tested(&mut self, tested: Arc<Tested>, context: &mut Context) -> Next {
        self.ladder = tested.ladder.clone();
        self.state = State::Idle;
        for offered in tested.ladder.keys_offered() {
            if let Some(fingerprint) = &offered.fingerprint {
                context
                    .answers
                    .server
                    .insert(fingerprint.clone(), offered.answer);
            }
        }
        if context.answers.key.is_none() {
            context.answers.key = used_key(&tested, context);
        }
        let works = tested.works();
        let changed = tested.signs.has(Sign::HostKeyChanged);
        let questions = open_questions(&tested, context);
        context.answers.tested = Some(tested);
        if works {
            return Next::To(Place::Done);
        }
        if changed {
            return Next::To(Place::Host);
        }
        if questions.is_empty() {
            Next::To(Place::Repair)
        } else {
            Next::Run(Effect::Ask(questions))
        }
    }

    /// The server has spoken about the keys that ssh did not offer: judge the same test again.
    fn answered(&mut self, context: &mut Context) -> Next {
        if let (Some(tested), Some(target)) = (&context.answers.tested, &context.answers.target) {
            let again = tested.with_answers(
                &context.facts,
                context.provider(),
                target,
                &context.answers.server,
            );
            context.answers.tested = Some(Arc::new(again));
        }
        Next::To(Place::Repair)
    }
}

impl Step for Test {
    fn enter(&mut self, context: &mut Context) -> Next {
        self.begin(context)
    }

    fn update(&mut self, message: Msg, context: &mut Context) -> Next {
        match message {
            Msg::Outcome(Outcome::Climbing(ladder)) => {
                self.ladder = *ladder;
                Next::Stay
            }
            Msg::Outcome(Outcome::Tested(Ok(tested))) => self.tested(tested, context),
            Msg::Outcome(Outcome::Tested(Err(trouble))) => {
                self.state = State::Stopped(trouble);
                Next::Stay
            }
            Msg::Outcome(Outcome::Answered(Ok(answers))) => {
                context.answers.server.extend(answers);
                self.answered(context)
            }
            Msg::Outcome(Outcome::Answered(Err(_))) => self.answered(context),
            // A server that was not reached has been tested thereby.
            Msg::Resumed if context.answers.tested.is_some() && !context.is_host_known() => {
                Next::To(Place::Repair)
            }
            Msg::Resumed => self.connect(),
            Msg::Retry | Msg::Pick(_) => self.begin(context),
            Msg::Stopped => {
                self.state = State::Stopped(Trouble::new(
                    "Stopped. Nothing was changed.",
                    Text::default(),
                    Text::default(),
                ));
                Next::Stay
            }
            Msg::Outcome(_) | Msg::Submitted => Next::Stay,
        }
    }

    fn view(&self, context: &Context) -> Page {
        let mut page = Page::new(61, Some(StepId::Test), "Test");
        let user = context
            .facts
            .effective()
            .map_or_else(Text::default, |effective| Text::user(effective.user()));
        page.line(say!(
            "Connecting to {} as {}. I stop at the first problem.",
            context.host(),
            user
        ));
        page.blank();
        page.body.extend(rungs(&self.ladder, context));
        match &self.state {
            State::Running => {}
            State::Idle => page.choices.push(Choice::new("Test now", "")),
            State::Stopped(trouble) => {
                page.blank();
                for line in trouble.lines() {
                    page.line(line);
                }
                page.choices.push(Choice::new("Test again", ""));
            }
        }
        page
    }
}

/// Whether the person's own settings let ssh accept new hosts without asking.
fn accepts_new(context: &Context) -> bool {
    context
        .facts
        .effective()
        .is_some_and(crate::facts::Effective::accepts_new_hosts)
}

/// The key that got us in, or the first that was offered.
fn used_key(tested: &Tested, context: &Context) -> Option<String> {
    let offered = tested.ladder.keys_offered();
    let best = offered
        .iter()
        .find(|key| key.answer == crate::probe::Answer::Accepted)
        .or_else(|| offered.iter().find(|key| may_be_taken(key, context)))?;
    let fingerprint = best.fingerprint.clone()?;
    context.facts.key(&fingerprint).map(|_| fingerprint)
}

/// Whether it makes sense to give the service this key: Azure DevOps, for one, takes RSA keys only.
fn may_be_taken(offered: &OfferedKey, context: &Context) -> bool {
    let fingerprint = offered.fingerprint.as_deref();
    let key = fingerprint.and_then(|fingerprint| context.facts.key(fingerprint));
    let judged = key.and_then(|key| key.accepted_by(context.provider()?));
    !matches!(judged, Some(Acceptance::No { .. }))
}

/// Keys that ssh did not offer and that the server may know: asked about only when ssh's own offers,
/// or the lack of any, were the problem.
fn open_questions(tested: &Tested, context: &Context) -> Vec<(String, String)> {
    match tested.ladder.failed() {
        Some(Rung::LocalKey | Rung::Offer) => context.askable(),
        Some(Rung::Resolve | Rung::Connect | Rung::HostKey | Rung::Sign | Rung::SignedIn)
        | None => Vec::new(),
    }
}

/// The ladder as blocks.
pub fn rungs(ladder: &Ladder, context: &Context) -> Vec<Block> {
    let busy = ladder.waiting().filter(|_| ladder.failed().is_none());
    let service = context.service();
    ladder
        .rungs()
        .iter()
        .map(|standing| {
            let seen = detail(standing, context);
            let mut view = rung_view(
                standing.rung,
                standing.status,
                &service,
                seen,
                standing.took,
            );
            if busy == Some(standing.rung) && standing.status == Status::NotTried {
                view.mark = Mark::Busy;
                view.detail = Text::plain("waiting");
            }
            Block::Rung(view)
        })
        .collect()
}

/// A rung on which nothing runs, with what was seen there.
pub fn rung_view(
    rung: Rung,
    status: Status,
    service: &Text,
    seen: Text,
    took: Option<Duration>,
) -> RungView {
    let took = took.filter(|took| *took >= Duration::from_millis(50));
    RungView {
        number: rung.number(),
        mark: match status {
            Status::Ok => Mark::Good,
            Status::Failed => Mark::Bad,
            Status::Unknown => Mark::Unsure,
            Status::NotTried => Mark::None,
        },
        name: rung_name(rung, service),
        detail: match status {
            Status::NotTried => Text::plain("not tried yet"),
            Status::Ok | Status::Failed | Status::Unknown => seen,
        },
        time: took.filter(|_| status == Status::Ok),
    }
}

/// What a rung tries.
pub fn rung_name(rung: Rung, service: &Text) -> Text {
    match rung {
        Rung::Resolve => Text::plain("Find the address"),
        Rung::Connect => Text::plain("Reach it"),
        Rung::HostKey => say!("It is really {}", service.clone()),
        Rung::LocalKey => Text::plain("Your key is here"),
        Rung::Offer => say!("{} knows it", service.clone()),
        Rung::Sign => Text::plain("Your key is unlocked"),
        Rung::SignedIn => Text::plain("Signed in"),
    }
}

/// What was seen on a rung; on the last one the account, where the server named it.
fn detail(standing: &Standing, context: &Context) -> Text {
    let account = context
        .answers
        .tested
        .as_ref()
        .and_then(|tested| tested.account().cloned());
    match (standing.rung, account) {
        (Rung::SignedIn, Some(account)) if standing.status == Status::Ok => account,
        (_, _) => fact_words(standing),
    }
}

/// What was seen on a rung, in a few words; empty when the log says nothing.
pub fn fact_words(standing: &Standing) -> Text {
    let find = |wanted: fn(&Fact) -> Option<Text>| standing.facts.iter().find_map(wanted);
    let reason = find(|fact| match fact {
        Fact::Reason(reason) => Some(Text::quoted(reason.clone())),
        _ => None,
    });
    if standing.status != Status::Ok
        && let Some(reason) = reason
    {
        return reason;
    }
    let proxy = find(|fact| match fact {
        Fact::Proxy(_) => Some(Text::plain("through a proxy of your settings")),
        _ => None,
    });
    let words = match standing.rung {
        Rung::Resolve => find(|fact| match fact {
            Fact::Ip(ip) => Some(say!(
                "its address is {}",
                Text::of(Kind::Address, ip.clone())
            )),
            _ => None,
        })
        .or(proxy),
        Rung::Connect => find(|fact| match fact {
            Fact::Port(port) => Some(say!("port {} answers", *port)),
            _ => None,
        })
        .or(proxy),
        Rung::HostKey => find(|fact| match fact {
            Fact::Fingerprint(fingerprint) => Some(Text::fingerprint(fingerprint.clone())),
            _ => None,
        }),
        Rung::LocalKey | Rung::Offer => find(|fact| match fact {
            Fact::KeyName(name) if name.starts_with('/') || name.contains(":\\") => {
                Some(Text::path(std::path::Path::new(name)))
            }
            Fact::KeyName(name) => Some(Text::of(Kind::Label, name.clone())),
            _ => None,
        }),
        Rung::Sign => {
            let mut facts = standing.facts.iter();
            let signer = facts.find_map(|fact| match fact {
                Fact::Signer(signer) => Some(*signer),
                _ => None,
            });
            signer.and_then(|signer| signed(standing.status, signer))
        }
        Rung::SignedIn => find(|fact| match fact {
            Fact::Method(method) => Some(say!("by {}", Text::public(method.clone()))),
            _ => None,
        }),
    };
    words.unwrap_or_default()
}

/// Whether the signature was made, and by whom.
fn signed(status: Status, signer: Signer) -> Option<Text> {
    match (status, signer) {
        (Status::Ok, Signer::Agent) => Some("the agent signed".into()),
        (Status::Ok, Signer::Ssh) => Some("signed with the key file".into()),
        (Status::Failed, Signer::Agent) => Some("the agent did not sign".into()),
        (Status::Failed, Signer::Ssh) => Some("no signature was made".into()),
        (Status::Unknown | Status::NotTried, Signer::Agent | Signer::Ssh) => None,
    }
}
