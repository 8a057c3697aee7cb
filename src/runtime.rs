//! How are effects carried out, and how do their outcomes come back?
//!
//! Each effect is a task of its own with a ticket; its outcome travels over the one channel that the
//! wizard listens to. Blocking work (bcrypt, files, the agent) runs on a thread. Cancelling drops
//! the task, and with it the process group that it started.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinHandle;

use crate::explain::explain;
use crate::facts::{self, Facts};
use crate::key::{create, unlock};
use crate::machine::Machine;
use crate::plan::{self, Plan, Receipt, Run};
use crate::platform::{browser, clipboard};
use crate::probe;
use crate::provider::Provider;
use crate::repair;
use crate::settings;
use crate::steps::context::provider_of;
use crate::steps::{Context, Effect, Outcome};
use crate::target::Target;
use crate::text::Text;
use crate::trouble::Trouble;
use crate::wizard::Ticket;

mod report;
mod tool;

use tool::{Asked, AskedAbout, no_tool};

/// Outcomes with their tickets.
pub type Outcomes = mpsc::UnboundedReceiver<(Ticket, Outcome)>;

/// How the demo's server learns a key; absent outside the demo.
pub type PublishToDemo = Arc<dyn Fn(&str) -> Result<(), Trouble> + Send + Sync>;

/// How long the end of the program waits for a plan that is being applied.
const LAST_WRITE: Duration = Duration::from_secs(1);

/// Carries out effects.
pub struct Runtime {
    machine: Arc<Machine>,
    run: Arc<Mutex<Option<Run>>>,
    publish: Option<PublishToDemo>,
    tasks: HashMap<Ticket, JoinHandle<()>>,
    sender: mpsc::UnboundedSender<(Ticket, Outcome)>,
}

impl Runtime {
    /// A runtime for this machine, and the channel on which its outcomes arrive.
    pub fn new(machine: Arc<Machine>, publish: Option<PublishToDemo>) -> (Self, Outcomes) {
        let (sender, receiver) = mpsc::unbounded_channel();
        let runtime = Self {
            machine,
            run: Arc::new(Mutex::new(None)),
            publish,
            tasks: HashMap::new(),
            sender,
        };
        (runtime, receiver)
    }

    /// Starts an effect. Handing over the terminal is not one of its: the caller owns the terminal.
    pub fn start(&mut self, ticket: Ticket, effect: Effect, context: &Context) {
        self.tasks.retain(|_, task| !task.is_finished());
        let machine = self.machine.clone();
        match effect {
            Effect::Gather(target) => self.spawn(ticket, async move {
                Outcome::Gathered(Arc::new(facts::gather(&machine, target.as_ref()).await))
            }),
            Effect::MakeKey {
                kind,
                comment,
                passphrase,
            } => self.spawn(ticket, async move {
                Outcome::Made(
                    blocking(move || {
                        create::create(&kind, &comment, passphrase.as_ref()).map(Box::new)
                    })
                    .await,
                )
            }),
            Effect::Unlock { path, passphrase } => self.spawn(ticket, async move {
                let opened =
                    blocking(move || Ok(unlock::unlock(&path, &passphrase).map(Box::new))).await;
                Outcome::Unlocked(opened.unwrap_or_else(|trouble| {
                    let reason = unlock::Reason::Unreadable;
                    Err(unlock::Refusal { reason, trouble })
                }))
            }),
            Effect::Apply(plan) => {
                let run = self.run.clone();
                let target = context.answers.target.clone();
                let before = context.facts.clone();
                self.spawn(ticket, async move {
                    Outcome::Applied(apply(&machine, run, plan, target, before).await)
                });
            }
            Effect::Ask(keys) => {
                let target = context.answers.target.clone();
                self.spawn(ticket, async move {
                    Outcome::Answered(match target {
                        Some(target) => probe::ask(&machine, &target, &keys).await,
                        None => Err(no_target()),
                    })
                });
            }
            Effect::FetchHostKeys => {
                let target = context.answers.target.clone();
                self.spawn(ticket, async move {
                    Outcome::HostKeys(match target {
                        Some(target) => probe::fetch(&machine, &target).await,
                        None => Err(probe::Unfetched {
                            trouble: no_target(),
                            judged: None,
                        }),
                    })
                });
            }
            Effect::Test => self.test(ticket, context),
            Effect::TryConfig(candidate) => self.spawn(ticket, async move {
                Outcome::Tried(
                    settings::try_out(&machine, &candidate)
                        .await
                        .map(|verdict| (candidate, verdict)),
                )
            }),
            Effect::Prepare {
                repair,
                finding,
                situation,
            } => self.spawn(ticket, async move {
                let remedy = repair::prepare(repair, &finding, &situation).await;
                Outcome::Prepared(remedy.map(Box::new))
            }),
            Effect::PrepareCertificate {
                certificate,
                situation,
            } => self.spawn(ticket, async move {
                let remedy = repair::certificate::prepare(&certificate, &situation).await;
                Outcome::Prepared(remedy.map(Box::new))
            }),
            Effect::SecondAccount { wish, situation } => self.spawn(ticket, async move {
                let remedy = repair::accounts::prepare(&wish, &situation).await;
                Outcome::Prepared(remedy.map(Box::new))
            }),
            Effect::TestEach(targets) => {
                let providers = context.providers.clone();
                let picked = context.answers.provider.clone();
                self.spawn(ticket, async move {
                    let mut results = Vec::new();
                    for target in targets {
                        let facts = facts::gather(&machine, Some(&target)).await;
                        let provider = provider_of(&providers, picked.as_deref(), &target, &facts);
                        let asking = probe::Asking::Never;
                        let tested =
                            probe::connect(&machine, &facts, provider, &target, asking, |_| {});
                        results.push(tested.await.map(Arc::new));
                    }
                    Outcome::TestedEach(results)
                });
            }
            Effect::TryKey(target) => {
                let providers = context.providers.clone();
                self.spawn(ticket, async move {
                    let facts = facts::gather(&machine, Some(&target)).await;
                    let provider = provider_of(&providers, None, &target, &facts);
                    let tested = probe::connect_with_key(&machine, &facts, provider, &target);
                    Outcome::TriedKey(tested.await.map(Arc::new))
                });
            }
            Effect::TakeBack(receipt) => {
                let run = self.run.clone();
                let target = context.answers.target.clone();
                let before = context.facts.clone();
                self.spawn(ticket, async move {
                    Outcome::TakenBack(take_back(&machine, run, receipt, target, before).await)
                });
            }
            Effect::Copy(text) => self.spawn(ticket, async move {
                Outcome::Copied(clipboard::copy(&machine, &text.reveal()).await)
            }),
            Effect::Open(url) => self.spawn(ticket, async move {
                Outcome::Opened(browser::open(&machine, &url).await)
            }),
            Effect::PlanUndo(mixed) => self.spawn(ticket, async move {
                let state_dir = machine.state_dir.clone();
                let planned = blocking(move || {
                    let run = plan::last_undoable(&state_dir)?;
                    Ok(run.map(|run| run.plan_for(mixed)))
                });
                Outcome::UndoPlanned(planned.await)
            }),
            Effect::LookAtAccount => {
                let asked = Asked::of(context);
                self.spawn(ticket, async move {
                    Outcome::Account(match asked {
                        Some(asked) => asked.look(&machine).await,
                        None => Err(no_tool().into()),
                    })
                });
            }
            Effect::AddToAccount { title } => {
                let asked = Asked::of(context);
                self.spawn(ticket, async move {
                    Outcome::AddedToAccount(match asked {
                        Some(asked) => asked.add(&machine, &title).await,
                        None => Err(no_tool().into()),
                    })
                });
            }
            Effect::LookAtEnvironment => {
                let asked = AskedAbout::of(context);
                self.spawn(ticket, async move {
                    Outcome::Environment(match asked {
                        Some(asked) => asked.look(&machine).await.map(Box::new),
                        None => Err(no_tool().into()),
                    })
                });
            }
            Effect::PublishToDemo(line) => {
                let publish = self.publish.clone();
                self.spawn(ticket, async move {
                    Outcome::PublishedToDemo(match publish {
                        Some(publish) => blocking(move || publish(&line)).await,
                        None => Err(no_target()),
                    })
                });
            }
            Effect::Explain(text) => {
                let providers = context.providers.clone();
                self.spawn(ticket, async move {
                    let explained = move || Ok(explain(text.as_bytes(), &providers).map(Box::new));
                    Outcome::Explained(blocking(explained).await)
                });
            }
            Effect::MakeReport(hiding) => {
                let asked = report::Asked::of(context, hiding);
                self.spawn(ticket, async move {
                    Outcome::ReportMade(blocking(move || asked.make()).await)
                });
            }
            Effect::SaveReport(stem, report) => self.spawn(ticket, async move {
                let saved = blocking(move || crate::report::save_both(&stem, &report));
                Outcome::ReportSaved(saved.await)
            }),
            Effect::HandOver(_) => self.answer(ticket, Outcome::Returned(Ok(None))),
        }
    }

    fn test(&mut self, ticket: Ticket, context: &Context) {
        let Some(target) = context.answers.target.clone() else {
            return self.answer(ticket, Outcome::Tested(Err(no_target())));
        };
        let machine = self.machine.clone();
        let facts: Arc<Facts> = context.facts.clone();
        let provider: Option<Provider> = context.provider().cloned();
        let progress = self.sender.clone();
        self.spawn(ticket, async move {
            let each = |ladder: &crate::transcript::Ladder| {
                let _ = progress.send((ticket, Outcome::Climbing(Box::new(ladder.clone()))));
            };
            let asking = probe::Asking::Never;
            let tested =
                probe::connect(&machine, &facts, provider.as_ref(), &target, asking, each).await;
            Outcome::Tested(tested.map(Arc::new))
        });
    }

    /// Ends an effect; what it has started ends with it.
    pub fn cancel(&mut self, ticket: Ticket) {
        if let Some(task) = self.tasks.remove(&ticket) {
            task.abort();
        }
    }

    /// Reports an outcome that the caller brought about itself.
    pub fn answer(&self, ticket: Ticket, outcome: Outcome) {
        let _ = self.sender.send((ticket, outcome));
    }

    /// Notes in the journal how far the person is, once something has been written.
    ///
    /// While a plan is being applied, nothing is noted: an agent that does not answer may hold it
    /// up long after the person has gone on, and the screen waits for this call.
    pub async fn note_step(&self, id: &str) {
        if let Ok(mut run) = self.run.try_lock()
            && let Some(run) = run.as_mut()
        {
            // The step is a convenience for the next start; it must not stop this one.
            let _ = run.note_step(id);
        }
    }

    /// Ends the journal's run. A write that is under way is waited for; an agent that does not
    /// answer is not: the next start finds in the journal what was begun.
    pub async fn end(&self, outcome: plan::Outcome) {
        if let Ok(mut run) = tokio::time::timeout(LAST_WRITE, self.run.lock()).await
            && let Some(run) = run.as_mut()
        {
            let _ = run.end(outcome);
        }
    }

    fn spawn(&mut self, ticket: Ticket, work: impl Future<Output = Outcome> + Send + 'static) {
        let sender = self.sender.clone();
        let task = tokio::spawn(async move {
            let outcome = work.await;
            let _ = sender.send((ticket, outcome));
        });
        self.tasks.insert(ticket, task);
    }
}

/// The test with ssh asking on the terminal, which is free for it.
pub async fn test_on_terminal(context: &Context) -> Outcome {
    let Some(target) = &context.answers.target else {
        return Outcome::Tested(Err(no_target()));
    };
    let (machine, facts) = (&context.machine, &context.facts);
    let asking = probe::Asking::OnTerminal;
    let tested = probe::connect(machine, facts, context.provider(), target, asking, |_| {}).await;
    Outcome::Tested(tested.map(Arc::new))
}

/// Applies a plan on a thread, then looks at the machine again.
async fn apply(
    machine: &Arc<Machine>,
    run: Arc<Mutex<Option<Run>>>,
    plan: Plan,
    target: Option<Target>,
    before: Arc<Facts>,
) -> Result<(Receipt, Arc<Facts>), Trouble> {
    let state_dir = machine.state_dir.clone();
    let name = target
        .as_ref()
        .map(|target| target.input.clone())
        .unwrap_or_default();
    let receipt = blocking(move || {
        let mut run = run.blocking_lock();
        let run = match run.as_mut() {
            Some(run) => run,
            None => run.insert(Run::begin(&state_dir, &name)?),
        };
        plan::apply(plan, run).map_err(Trouble::from)
    })
    .await?;
    let facts = facts::gather_after_change(machine, target.as_ref(), &before).await;
    Ok((receipt, Arc::new(facts)))
}

/// Takes back a change of this run on a thread, then looks at the machine again.
async fn take_back(
    machine: &Arc<Machine>,
    run: Arc<Mutex<Option<Run>>>,
    receipt: Receipt,
    target: Option<Target>,
    before: Arc<Facts>,
) -> Result<(Receipt, Vec<Text>, Arc<Facts>), Trouble> {
    let (receipt, kept) = blocking(move || {
        let kept = match run.blocking_lock().as_mut() {
            Some(run) => plan::take_back(&receipt, run)?,
            None => Vec::new(),
        };
        Ok((receipt, kept))
    })
    .await?;
    let facts = facts::gather_after_change(machine, target.as_ref(), &before).await;
    Ok((receipt, kept, Arc::new(facts)))
}

/// Runs blocking work on a thread of its own.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Trouble> + Send + 'static,
) -> Result<T, Trouble> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(_) => Err(Trouble::new(
            "Something went wrong inside sshstep.",
            "A part of the program ended unexpectedly.",
            "Nothing is half-written. Please report what you did.",
        )),
    }
}

fn no_target() -> Trouble {
    Trouble::new(
        "There is nothing to connect to yet.",
        Text::default(),
        "Pick a service first.",
    )
}

/// How often the screen counts the seconds of a wait.
pub const TICK: Duration = Duration::from_secs(1);
