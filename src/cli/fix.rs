//! `sshstep fix`: the wizard in repair mode; with `--yes` the same circle without a screen.
//!
//! Look, test, repair the first cause, test again, until it works or a person is needed. A repair that did not
//! help is taken back and not made again.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::diagnosis::fix::{Does, Repair};
use crate::diagnosis::{Finding, Offer, Severity};
use crate::facts::{self, Facts};
use crate::page::Mark;
use crate::plan::{self, Change, Plan, Receipt, Run};
use crate::probe::Tested;
use crate::provider::Provider;
use crate::repair::{self, InVain, Remedy, Situation};
use crate::say;
use crate::steps::Mode;
use crate::steps::context::{private_words, provider_of};
use crate::target::Target;
use crate::text::Text;
use crate::trouble::{Exit, Trouble};

use super::json::{self, Form};
use super::look::{self, Asked};
use super::{Setup, args, check, finding, preview, wizard};

/// A machine that needs more repairs than this for one connection is not understood.
const MOST_REPAIRS: usize = 12;

/// Opens the wizard in this mode, or repairs without one.
pub async fn run(setup: &Setup, fix: &args::Fix, mode: Mode) -> Exit {
    if !fix.yes && !fix.dry_run {
        if fix.json {
            return setup.output.trouble(
                &Trouble::new(
                    "The wizard prints no JSON.",
                    "--json goes with --yes or --dry-run.",
                    "To see what would change: sshstep fix TARGET --dry-run --json",
                )
                .exit(Exit::Usage),
            );
        }
        return wizard::run(setup, fix.target.as_deref(), mode).await;
    }
    match Circle::new(setup, fix).await {
        Ok(mut circle) => circle.run().await,
        Err(trouble) => json::fail(setup, Form::of(fix.json), &trouble),
    }
}

/// One `fix --yes` or `--dry-run`.
struct Circle<'a> {
    setup: &'a Setup,
    fix: &'a args::Fix,
    target: Target,
    picked: Option<String>,
    journal: Option<Run>,
    /// What was changed and kept, or would be changed.
    changes: Vec<Value>,
    /// How many changes of this machine stay.
    kept: usize,
    in_vain: Vec<InVain>,
    /// Texts that repairs have replaced: one that would bring any of them back goes in a circle.
    replaced: Vec<(PathBuf, Vec<u8>)>,
}

/// What was found at one point of the circle.
struct Now {
    facts: Arc<Facts>,
    provider: Option<Provider>,
    tested: Tested,
}

impl<'a> Circle<'a> {
    async fn new(setup: &'a Setup, fix: &'a args::Fix) -> Result<Self, Trouble> {
        let (target, picked) = look::aim(setup, fix.target.as_deref()).await?;
        Ok(Self {
            setup,
            fix,
            target,
            picked,
            journal: None,
            changes: Vec::new(),
            kept: 0,
            in_vain: Vec::new(),
            replaced: Vec::new(),
        })
    }

    async fn run(&mut self) -> Exit {
        let (exit, now) = match self.go_round().await {
            Ok((exit, now)) => (exit, now),
            Err(trouble) => {
                self.end(plan::Outcome::Left);
                return json::fail(self.setup, Form::of(self.fix.json), &trouble);
            }
        };
        self.end(match exit {
            Exit::Works => plan::Outcome::Finished,
            Exit::Problem
            | Exit::Usage
            | Exit::CouldNotCheck
            | Exit::RolledBack
            | Exit::Unfinished
            | Exit::HangUp
            | Exit::Interrupted => plan::Outcome::Left,
        });
        self.conclude(&now, exit);
        exit
    }

    async fn go_round(&mut self) -> Result<(Exit, Now), Trouble> {
        let mut now = self.look().await?;
        if !self.fix.json {
            let line = say!("Checked: {}", self.target.address());
            self.setup.output.line(&line);
        }
        for _ in 0..MOST_REPAIRS {
            if now.tested.works() {
                return Ok((Exit::Works, now));
            }
            let Some((finding, offer, repair, remedy)) = self.next(&now).await else {
                return Ok((Exit::Unfinished, now));
            };
            self.tell(&finding, &offer, &remedy);
            if self.fix.dry_run {
                self.changes
                    .extend(changes(&remedy.plan, self.setup, Applied::No));
                return Ok((Exit::Problem, now));
            }
            let told = changes(&remedy.plan, self.setup, Applied::Yes);
            let replaced = texts(&remedy.plan, Which::Before);
            let receipt = self.apply(remedy.plan)?;
            let before = self.target.clone();
            if let Some(target) = remedy.target {
                self.target = target;
            }
            let then = self.look().await?;
            if repair::has_helped(&finding, &now.tested, &then.tested) {
                self.kept += receipt.changed.len();
                self.changes.extend(told);
                self.replaced.extend(replaced);
                now = then;
            } else {
                self.take_back(&receipt)?;
                self.target = before;
                self.in_vain.push(InVain { finding, repair });
                // The server is not asked again: what it said before the repair still holds.
                let machine = &self.setup.machine;
                let facts = facts::gather_after_change(machine, Some(&self.target), &now.facts);
                now.facts = Arc::new(facts.await);
            }
        }
        Ok((Exit::Unfinished, now))
    }

    async fn look(&self) -> Result<Now, Trouble> {
        let setup = self.setup;
        let facts = Arc::new(facts::gather(&setup.machine, Some(&self.target)).await);
        let provider = provider_of(
            &setup.providers,
            self.picked.as_deref(),
            &self.target,
            &facts,
        )
        .cloned();
        setup
            .output
            .vocabulary
            .learn(private_words(&self.target, &facts));
        if let Some(trouble) = facts.ssh.trouble() {
            return Err(trouble.clone());
        }
        let tested = look::test(
            setup,
            &facts,
            provider.as_ref(),
            &self.target,
            Asked::Target,
        )
        .await?;
        Ok(Now {
            facts,
            provider,
            tested,
        })
    }

    /// The first repair of the first cause that can be made here.
    async fn next(&self, now: &Now) -> Option<(Finding, Offer, Repair, Remedy)> {
        let finding = now
            .tested
            .findings
            .iter()
            .find(|finding| finding.severity == Severity::Error)?;
        let situation = Situation {
            machine: self.setup.machine.clone(),
            facts: now.facts.clone(),
            provider: now.provider.clone(),
            target: self.target.clone(),
            answers: now.tested.answers.clone(),
            key: None,
        };
        for offer in &finding.fixes {
            let Does::Change(repair) = offer.fix.does() else {
                continue;
            };
            let mut tried = self.in_vain.iter();
            let is_tried = tried.any(|tried| tried.is_about(finding, repair));
            if is_tried || !offer.fix.is_automatic() {
                continue;
            }
            match repair::prepare(repair, finding, &situation).await {
                Ok(remedy) if self.goes_back(&remedy.plan) => self.note(&say!(
                    "Not made: {}. It would take an earlier repair back.",
                    offer.summary.clone()
                )),
                Ok(remedy) if !remedy.plan.is_empty() => {
                    return Some((finding.clone(), offer.clone(), repair, remedy));
                }
                Ok(_) => {}
                Err(trouble) => self.note(&say!(
                    "Not possible here: {}. {}",
                    offer.summary.clone(),
                    trouble.why.clone()
                )),
            }
        }
        None
    }

    /// Whether a repair would bring back a text that an earlier one has replaced.
    fn goes_back(&self, plan: &Plan) -> bool {
        let mut after = texts(plan, Which::After).into_iter();
        after.any(|text| self.replaced.contains(&text))
    }

    fn apply(&mut self, plan: Plan) -> Result<Receipt, Trouble> {
        let journal = match self.journal.take() {
            Some(journal) => journal,
            None => Run::begin(&self.setup.machine.state_dir, &self.target.input)?,
        };
        plan::apply(plan, self.journal.insert(journal)).map_err(Trouble::from)
    }

    fn take_back(&mut self, receipt: &Receipt) -> Result<(), Trouble> {
        let Some(journal) = &mut self.journal else {
            return Ok(());
        };
        let kept = plan::take_back(receipt, journal)?;
        self.note(&Text::plain(
            "That did not help, so it is taken back: all is as before.",
        ));
        for line in kept {
            self.note(&line);
        }
        Ok(())
    }

    fn end(&mut self, outcome: plan::Outcome) {
        if let Some(journal) = &mut self.journal
            && let Err(trouble) = journal.end(outcome)
        {
            self.setup.output.say_trouble(&trouble);
        }
    }

    /// Words for a person; with `--json` there are none on standard output.
    fn note(&self, words: &Text) {
        if !self.fix.json {
            self.setup.output.wrapped("  ", words);
        }
    }

    fn tell(&self, found: &Finding, offer: &Offer, remedy: &Remedy) {
        if self.fix.json {
            return;
        }
        let out = &self.setup.output;
        finding::print_cause(self.setup, found);
        out.wrapped("  ", &say!("Repair: {}", offer.summary.clone()));
        preview::print(self.setup, &remedy.plan);
        if let Some(tested) = &remedy.tested {
            out.wrapped("  ", tested);
        }
        out.raw("");
    }

    fn conclude(&self, now: &Now, exit: Exit) {
        let out = &self.setup.output;
        let tested = &now.tested;
        let answer = Answer {
            target: Some(&self.target),
            provider: now.provider.as_ref(),
            facts: Some(&now.facts),
            verdict: tested.verdict,
            identity: tested.account().cloned(),
            findings: &tested.findings,
            ladder: Some(&tested.ladder),
            steps: check::steps(Some(tested), &tested.findings),
        };
        if self.fix.json {
            let mut object = json::answer(&answer, &out.vocabulary);
            object["changes"] = json!(self.changes);
            out.raw(&format!("{object:#}"));
            return;
        }
        if exit == Exit::Problem {
            out.marked(Mark::Unsure, &Text::plain("Nothing was written."));
            out.line(&say!(
                "    To make this change and test again: {}",
                Text::command(format!("sshstep fix --yes {}", self.target.input))
            ));
            return;
        }
        if matches!(exit, Exit::Unfinished | Exit::Works) {
            // What works may still hold a choice for the person.
            for found in &tested.findings {
                let mut found = found.clone();
                // What needs no person was tried by now, or cannot be done here.
                if found.fixes.iter().any(|offer| !offer.fix.is_automatic()) {
                    found.fixes.retain(|offer| !offer.fix.is_automatic());
                }
                finding::print(self.setup, &found, Some(&self.target));
            }
        }
        out.raw("");
        let (mark, words) = check::verdict(&answer);
        out.marked(mark, &words);
        match self.kept {
            0 => out.line(&Text::plain("    Nothing was changed on this computer.")),
            1 => out.line(&Text::plain(
                "    1 change was made. Take it back: sshstep undo",
            )),
            many => out.line(&say!(
                "    {} changes were made. Take them back: sshstep undo",
                many
            )),
        }
    }
}

/// One side of a change.
#[derive(Clone, Copy)]
enum Which {
    Before,
    After,
}

/// The whole texts of the files that a plan writes.
fn texts(plan: &Plan, which: Which) -> Vec<(PathBuf, Vec<u8>)> {
    let written = plan.changes().iter().filter_map(|change| {
        let Change::WriteText {
            path,
            before,
            after,
            ..
        } = change
        else {
            return None;
        };
        let text = match which {
            Which::Before => before.as_ref(),
            Which::After => Some(after),
        }?;
        Some((path.clone(), text.clone()))
    });
    written.collect()
}

/// Whether a change was made.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Applied {
    Yes,
    No,
}

/// The changes of a plan as the contract has them.
fn changes(plan: &Plan, setup: &Setup, applied: Applied) -> Vec<Value> {
    let words = &setup.output.vocabulary;
    plan::preview(plan)
        .into_iter()
        .map(|previewed| {
            let diff: Vec<String> = preview::lines(&previewed)
                .iter()
                .map(|line| words.show(line))
                .collect();
            json!({
                "kind": previewed.kind,
                "path": words.show(&previewed.path),
                "summary": words.show(&previewed.summary),
                "diff": diff.join("\n"),
                "applied": applied == Applied::Yes,
            })
        })
        .collect()
}
