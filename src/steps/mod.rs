//! Which question does each screen ask, and how do screens, facts and effects meet?
//!
//! A step never touches the machine: it reads the [`Context`], answers with [`Next`], and gets back
//! an [`Outcome`] for each [`Effect`] it asked for. What is done and what is left is derived from
//! facts and answers ([`status`]), so that a restarted wizard opens where the machine is.

pub mod account_keys;
pub mod accounts;
pub mod agent;
pub mod certificate;
pub mod config;
pub mod context;
pub mod deploy_key;
pub mod done;
pub mod environment;
pub mod history;
pub mod host;
pub mod key;
pub mod new_key;
pub mod publish;
pub mod repair;
pub mod report;
pub mod service;
mod service_tool;
pub mod test;
pub mod tool_certificate;
pub mod undo;

pub use context::{Answers, Context, Mode, Resume, ServerAnswer};
pub use history::History;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::account::{Account, Added, Untold};
use crate::diagnosis::Finding;
use crate::diagnosis::fix::Repair as Mends;
use crate::environment::Environment;
use crate::explain::Explained;
use crate::facts::Facts;
use crate::field::Field;
use crate::key::certificate::Certificate;
use crate::key::create::NewKey;
use crate::key::kind::KeyKind;
use crate::key::unlock::{Refusal, Unlocked};
use crate::page::{Page, Status, StepId};
use crate::plan::{IfEdited, Plan, Receipt, UndoPlan};
use crate::platform::clipboard::Copied;
use crate::probe::{Answer, HostKeys, Tested, Unfetched};
use crate::repair::accounts::Wish;
use crate::repair::{Remedy, Situation};
use crate::report::{Hiding, Report};
use crate::secret::Secret;
use crate::settings::{Candidate, Verdict};
use crate::target::Target;
use crate::text::Text;
use crate::transcript::Ladder;
use crate::trouble::Trouble;

/// Where the wizard can be: the six steps, and the screens between and behind them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// Screen 10.
    Service,
    /// Screens 12 and 13.
    Message,
    /// Screen 20.
    Key,
    /// Screen 21.
    NewKey,
    /// Screen 30.
    Publish,
    /// Screen 31.
    AccountKeys,
    /// Screens 32 and 33.
    Certificate,
    /// Screen 34.
    ToolCertificate,
    /// Screens 35 and 36.
    DeployKey,
    /// Screen 40.
    Agent,
    /// Screen 50.
    Config,
    /// Screens 60, 62, 63.
    Host,
    /// Screen 61.
    Test,
    /// Screen 71.
    Repair,
    /// Screen 74.
    Accounts,
    /// Screen 77.
    Environment,
    /// Screen 80.
    Done,
    /// Screen 81.
    Undo,
    /// Screen 90.
    Report,
}

impl Place {
    /// The step on the rail that this place belongs to.
    pub fn step(self) -> StepId {
        match self {
            Place::Service | Place::Message => StepId::Service,
            Place::Key | Place::NewKey => StepId::Key,
            Place::Publish
            | Place::AccountKeys
            | Place::Certificate
            | Place::ToolCertificate
            | Place::DeployKey => StepId::Publish,
            Place::Agent => StepId::Agent,
            Place::Config | Place::Accounts => StepId::Config,
            Place::Host
            | Place::Test
            | Place::Repair
            | Place::Environment
            | Place::Done
            | Place::Undo
            | Place::Report => StepId::Test,
        }
    }

    /// The first place of a step.
    pub fn of(step: StepId) -> Self {
        match step {
            StepId::Service => Place::Service,
            StepId::Key => Place::Key,
            StepId::Publish => Place::Publish,
            StepId::Agent => Place::Agent,
            StepId::Config => Place::Config,
            StepId::Test => Place::Test,
        }
    }
}

/// A screen with its state.
pub trait Step {
    /// Called when the wizard arrives; may ask for an effect or pass on at once.
    fn enter(&mut self, context: &mut Context) -> Next;
    /// Something happened while this step is on the screen.
    fn update(&mut self, message: Msg, context: &mut Context) -> Next;
    /// The screen as it is now.
    fn view(&self, context: &Context) -> Page;
    /// The field that receives typing, where one is open.
    fn field(&mut self) -> Option<&mut Field> {
        None
    }
    /// The person wants out of the field or the sub-screen; false when there is none to leave.
    fn leave(&mut self) -> bool {
        false
    }
}

/// What a step gets told.
pub enum Msg {
    /// The choice with this index on its page was taken.
    Pick(usize),
    /// Enter in the open field.
    Submitted,
    /// An effect that it asked for has ended.
    Outcome(Outcome),
    /// A detour that it asked for has ended well.
    Resumed,
    /// The running effect was stopped by the person.
    Stopped,
    /// r: repeat the last check of this screen.
    Retry,
}

/// Where to go from here.
pub enum Next {
    /// Stay and redraw.
    Stay,
    /// Stay, and say this in the echo row.
    Say(Text),
    /// Have this done.
    Run(Effect),
    /// This step is answered: on to the first one that is not. The reason is said when nothing was
    /// shown of it.
    Forward(Text),
    /// To the previous screen.
    Back,
    /// To a certain place.
    To(Place),
    /// To a place and back here when it is answered ([`Msg::Resumed`]).
    Detour(Place),
    /// Leave the program.
    Quit,
}

/// Work outside the wizard; one at a time.
pub enum Effect {
    /// Look at the machine again, for this target.
    Gather(Option<Target>),
    /// Make a key pair in memory.
    MakeKey {
        /// Type and size.
        kind: KeyKind,
        /// Its comment.
        comment: String,
        /// None: not encrypted.
        passphrase: Option<Secret>,
    },
    /// Open a private key file with its passphrase.
    Unlock {
        /// The private half.
        path: PathBuf,
        /// What the person typed.
        passphrase: Secret,
    },
    /// Apply a plan that the person has seen, then look again.
    Apply(Plan),
    /// Ask the server which of these public keys it knows (fingerprint, public line).
    Ask(Vec<(String, String)>),
    /// Fetch the server's host keys without offering any of ours.
    FetchHostKeys,
    /// Connect, live.
    Test,
    /// Check a candidate configuration with the real ssh.
    TryConfig(Box<Candidate>),
    /// Make up the change that mends a finding.
    Prepare {
        /// Which one.
        repair: Mends,
        /// The finding.
        finding: Box<Finding>,
        /// What is known.
        situation: Box<Situation>,
    },
    /// Make up the change that saves a certificate.
    PrepareCertificate {
        /// What was pasted.
        certificate: Box<Certificate>,
        /// What is known.
        situation: Box<Situation>,
    },
    /// Make up the change that sets up a second account.
    SecondAccount {
        /// How it is wanted.
        wish: Box<Wish>,
        /// What is known.
        situation: Box<Situation>,
    },
    /// Connect to each of these, one after the other.
    TestEach(Vec<Target>),
    /// Connect with the key that the target names, and show the server no other.
    TryKey(Target),
    /// Take back a change of this run, then look again.
    TakeBack(Receipt),
    /// Put public text on the person's clipboard.
    Copy(Text),
    /// Open a page in the person's browser.
    Open(String),
    /// Give the terminal to something else for a while.
    HandOver(Foreground),
    /// Look up what would take back the last changes; this for files in which our lines and somebody's
    /// edits cannot be told apart.
    PlanUndo(IfEdited),
    /// Ask the service's own tool who is signed in and which keys there are.
    LookAtAccount,
    /// Have the service's own tool add the chosen key under this title.
    AddToAccount {
        /// The key's name on the account.
        title: String,
    },
    /// Ask the service's own tool about the environment behind the address.
    LookAtEnvironment,
    /// The demo's own server learns a public key.
    PublishToDemo(String),
    /// Say what a text means.
    Explain(Zeroizing<String>),
    /// Make a report for support.
    MakeReport(Hiding),
    /// Write a report into new files of this name, `.md` and `.json`.
    SaveReport(PathBuf, Box<Report>),
}

/// What gets the terminal.
pub enum Foreground {
    /// A program that talks to the person itself.
    Program {
        /// Program and arguments.
        argv: Vec<std::ffi::OsString>,
        /// What is going to happen, said before it starts.
        notice: Text,
    },
    /// One unwrapped line outside the alternate screen, until Enter.
    Show(Text),
    /// The test itself, with ssh asking for the passphrase.
    Test,
}

/// How an effect ended.
pub enum Outcome {
    /// Facts, looked at again.
    Gathered(Arc<Facts>),
    /// A key pair.
    Made(Result<Box<NewKey>, Trouble>),
    /// An opened key.
    Unlocked(Result<Box<Unlocked>, Refusal>),
    /// The plan was applied, and the machine looked at again.
    Applied(Result<(Receipt, Arc<Facts>), Trouble>),
    /// What the server said per fingerprint.
    Answered(Result<BTreeMap<String, Answer>, Trouble>),
    /// The server's host keys.
    HostKeys(Result<HostKeys, Unfetched>),
    /// The ladder as it is now; the test goes on.
    Climbing(Box<Ladder>),
    /// The test is over.
    Tested(Result<Arc<Tested>, Trouble>),
    /// What came of each test, in the order that was asked for.
    TestedEach(Vec<Result<Arc<Tested>, Trouble>>),
    /// What came of trying one key.
    TriedKey(Result<Arc<Tested>, Trouble>),
    /// ssh's word on a candidate configuration.
    Tried(Result<(Box<Candidate>, Verdict), Trouble>),
    /// A change that mends, or why there is none.
    Prepared(Result<Box<Remedy>, Trouble>),
    /// A change of this run is taken back: what it had changed, what stays, and the machine now.
    TakenBack(Result<(Receipt, Vec<Text>, Arc<Facts>), Trouble>),
    /// The clipboard's answer.
    Copied(Copied),
    /// Whether a browser took the page.
    Opened(Result<(), Trouble>),
    /// The terminal is ours again.
    Returned(Result<Option<i32>, Trouble>),
    /// What would take back the last changes; none when nothing was changed.
    UndoPlanned(Result<Option<UndoPlan>, Trouble>),
    /// The account's keys.
    Account(Result<Account, Untold>),
    /// What came of adding a key to the account.
    AddedToAccount(Result<Added, Untold>),
    /// What the tool tells about the environment.
    Environment(Result<Box<Environment>, Untold>),
    /// The demo's server knows the key now, or why not.
    PublishedToDemo(Result<(), Trouble>),
    /// A report, or why there is none.
    ReportMade(Result<Box<Report>, Trouble>),
    /// The files of a report.
    ReportSaved(Result<Vec<PathBuf>, Trouble>),
    /// What a text means; none when there was nothing in it.
    Explained(Result<Option<Box<Explained>>, Trouble>),
}

/// How far a step is, from facts and answers alone.
pub fn status(step: StepId, context: &Context) -> Status {
    if context.answers.skipped.contains(&step) {
        return Status::Skipped;
    }
    match step {
        StepId::Service => done_if(context.answers.target.is_some()),
        StepId::Key => done_if(context.key().is_some()),
        StepId::Publish if certificate::is_needed(context) => {
            done_if(certificate::in_use(context).is_some())
        }
        StepId::Publish => match context
            .answers
            .key
            .as_deref()
            .map(|key| context.server_answer(key))
        {
            Some(ServerAnswer::Accepted) => Status::Done,
            Some(ServerAnswer::Refused | ServerAnswer::NotAsked) | None => Status::Todo,
        },
        StepId::Agent => done_if(
            context
                .key()
                .is_some_and(|key| !agent::is_needed(key, context)),
        ),
        StepId::Config => done_if(
            context
                .key()
                .is_some_and(|key| config::Choice::of(key, context).is_picked()),
        ),
        StepId::Test => match &context.answers.tested {
            Some(tested) if tested.works() => Status::Done,
            Some(_) => Status::Problem,
            None => Status::Todo,
        },
    }
}

fn done_if(done: bool) -> Status {
    if done { Status::Done } else { Status::Todo }
}

/// The first step that is not answered, which the wizard opens next.
pub fn first_unmet(context: &Context) -> Option<StepId> {
    StepId::ALL
        .into_iter()
        .find(|step| !matches!(status(*step, context), Status::Done | Status::Skipped))
}
