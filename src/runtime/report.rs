//! How is a report made from the wizard, beside its screens?

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use crate::answer::Answer;
use crate::diagnosis::{Signs, Verdict};
use crate::facts::Facts;
use crate::machine::Machine;
use crate::page::{Status, StepId};
use crate::plan;
use crate::probe::Tested;
use crate::provider::{Provider, Providers};
use crate::report::{self, Hiding, Report, Session, Sources};
use crate::steps::{self, Context};
use crate::target::Target;
use crate::text::Text;
use crate::transcript::keys;
use crate::trouble::Trouble;

/// What a report is made from, taken out of the wizard's context.
pub(super) struct Asked {
    machine: Arc<Machine>,
    providers: Arc<Providers>,
    facts: Arc<Facts>,
    target: Option<Target>,
    provider: Option<Provider>,
    tested: Option<Arc<Tested>>,
    answers: BTreeMap<String, keys::Answer>,
    steps: Vec<(StepId, Status)>,
    session: Session,
    learned: Vec<Text>,
    hiding: Hiding,
}

impl Asked {
    pub(super) fn of(context: &Context, hiding: Hiding) -> Self {
        let status = |step: StepId| (step, steps::status(step, context));
        Self {
            machine: context.machine.clone(),
            providers: context.providers.clone(),
            facts: context.facts.clone(),
            target: context.answers.target.clone(),
            provider: context.provider().cloned(),
            tested: context.answers.tested.clone(),
            answers: context.answers.server.clone(),
            steps: StepId::ALL.map(status).to_vec(),
            session: context
                .history
                .session(context.answers.changes.len(), Instant::now()),
            learned: context.private_words(),
            hiding,
        }
    }

    /// Reads the journal, and puts all together.
    pub(super) fn make(self) -> Result<Box<Report>, Trouble> {
        let none = Signs::default();
        let tested = self.tested.as_deref();
        let sources = Sources {
            machine: &self.machine,
            providers: &self.providers,
            answer: Answer {
                target: self.target.as_ref(),
                provider: self.provider.as_ref(),
                facts: Some(&self.facts),
                verdict: tested.map_or(Verdict::Unknown, |tested| tested.verdict),
                identity: tested.and_then(|tested| tested.account().cloned()),
                findings: tested.map_or(&[], |tested| &tested.findings),
                ladder: tested.map(|tested| &tested.ladder),
                steps: self.steps,
            },
            signs: tested.map_or(&none, |tested| &tested.signs),
            transcript: tested.map(|tested| &tested.transcript),
            answers: Some(&self.answers),
            // Without them the report still tells the rest.
            runs: plan::history(&self.machine.state_dir).unwrap_or_default(),
            session: self.session,
            learned: self.learned,
            hiding: self.hiding,
        };
        report::make(&sources).map(Box::new)
    }
}
