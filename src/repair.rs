//! Which change of this machine mends a finding?
//!
//! [`prepare`] makes a [`Remedy`] of a finding and what is known. Where ssh's settings change, the real ssh
//! has looked at the change before it is offered. Nothing is written here: a remedy is a [`Plan`] that can be
//! shown and applied as it is.

pub mod accounts;
mod address;
mod blocks;
pub mod certificate;
mod files;
mod git;
mod git_file;
mod git_program;
pub mod known_hosts;
mod lines;
mod offer;
mod other_door;
mod ppk;
pub(crate) mod recoded;
mod sheet;
mod show_certificate;
mod sockets;
mod together;
pub mod use_key;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diagnosis::Finding;
use crate::diagnosis::fix::Repair;
use crate::facts::{Effective, Facts, LocalKey};
use crate::machine::Machine;
use crate::plan::{Change, Plan};
use crate::probe::{Answer, Tested};
use crate::provider::Provider;
use crate::settings::{self, Candidate, Verdict};
use crate::target::Target;
use crate::text::Text;
use crate::transcript::Status;
use crate::trouble::{Exit, Trouble};

/// What is known when a repair is made up.
#[derive(Clone)]
pub struct Situation {
    /// Where we are.
    pub machine: Arc<Machine>,
    /// What was found out.
    pub facts: Arc<Facts>,
    /// The service behind the target.
    pub provider: Option<Provider>,
    /// Where to connect.
    pub target: Target,
    /// What the server said about keys, by fingerprint.
    pub answers: BTreeMap<String, Answer>,
    /// Fingerprint of the key that the person chose.
    pub key: Option<String>,
}

/// A change that mends a finding, ready to be shown and made.
pub struct Remedy {
    /// What would change.
    pub plan: Plan,
    /// What ssh said about new settings; none where none change.
    pub tested: Option<Text>,
    /// Where the connection leads afterwards, when the address itself changes.
    pub target: Option<Target>,
}

/// A change as it was made up, before ssh has seen it.
struct Draft {
    /// What it is for, one line.
    title: Text,
    /// Changes that go before those of the settings.
    changes: Vec<Change>,
    /// The change of the settings.
    settings: Option<Candidate>,
    /// Where the connection leads afterwards, when the address itself changes.
    target: Option<Target>,
}

impl Draft {
    /// A change of a settings file alone.
    fn of_settings(title: impl Into<Text>, candidate: Candidate) -> Self {
        Self {
            title: title.into(),
            changes: Vec::new(),
            settings: Some(candidate),
            target: None,
        }
    }

    /// Changes of anything but settings.
    fn of_files(title: impl Into<Text>, changes: Vec<Change>) -> Self {
        Self {
            title: title.into(),
            changes,
            settings: None,
            target: None,
        }
    }
}

impl Situation {
    /// The host as people write it in addresses: a service's own name, not the other one that the settings
    /// may lead to (`ssh.github.com`), and not the settings' name for it.
    pub fn public_host(&self) -> &str {
        let typed = self.target.host.as_str();
        let real = self.facts.effective().map(Effective::host_name);
        match (&self.provider, real) {
            (Some(provider), _) if provider.serves(typed) => typed,
            (Some(provider), Some(real)) => match &provider.alternative {
                Some(other) if other.host == real => {
                    provider.hosts.first().map_or(real, |host| host)
                }
                Some(_) | None => real,
            },
            (None, Some(real)) if !real.is_empty() => real,
            (Some(_) | None, _) => typed,
        }
    }

    /// The key that a change of the settings is about: the one that the server knows, otherwise the only
    /// usable one, otherwise the chosen one.
    pub fn key_for_change(&self) -> Option<&LocalKey> {
        let mut usable = self
            .facts
            .usable_keys()
            .filter(|key| key.files.private.is_some());
        // Also one that ssh does not come to yet: what keeps it from it is the next cause.
        let accepted = self.facts.keys.iter().find(|key| {
            let is_here = key.is_usable() || key.is_mendable();
            let own = key.fingerprint();
            is_here && own.is_some_and(|own| self.answers.get(own) == Some(&Answer::Accepted))
        });
        let only = || match (usable.next(), usable.next()) {
            (Some(only), None) => Some(only),
            (Some(_), Some(_)) | (None, _) => None,
        };
        // Where a certificate is the only way in, its key is meant.
        let needs_one = self
            .provider
            .as_ref()
            .is_some_and(Provider::needs_certificate);
        let certified = || {
            let mut keys = self.facts.usable_keys();
            keys.find(|key| needs_one && key.files.certificate.is_some())
        };
        accepted
            .or_else(certified)
            .or_else(only)
            .or_else(|| self.facts.key(self.key.as_deref()?))
    }
}

/// The change that this repair of a finding would make.
///
/// # Errors
/// When this machine offers no such change, when ssh would not do what is meant with it, or when what ssh
/// would do for another host changed.
pub async fn prepare(
    repair: Repair,
    finding: &Finding,
    situation: &Situation,
) -> Result<Remedy, Trouble> {
    let machine = &situation.machine;
    if machine.home_differs() {
        return Err(crate::steps::new_key::home_differs(machine));
    }
    let draft = match repair {
        Repair::UseKey | Repair::OfferOneKey => use_key::draft(situation)?,
        // Files: keys, modes, certificates, known_hosts, sockets.
        Repair::CloseKey => files::close_key(finding, situation)?,
        Repair::MendKey => files::mend_key(finding, situation)?,
        Repair::MendPublic => files::mend_public(finding, situation)?,
        Repair::MendCertificate => files::mend_certificate(situation)?,
        Repair::ShowCertificate => show_certificate::draft(situation)?,
        Repair::ConvertPpk => ppk::draft(finding, situation).await?,
        Repair::OwnSettings => files::own_settings(situation)?,
        Repair::CloseList => files::close_list(situation)?,
        Repair::TrustPublished => known_hosts::trust_published(situation).await?,
        Repair::ReplaceHostKey => known_hosts::replace_old(situation).await?,
        // git's settings.
        Repair::SshRemote => git::ssh_remote(situation).await?,
        Repair::HttpsRemote => git::https_remote(situation).await?,
        Repair::HttpsSubmodule => git::https_submodule(situation).await?,
        Repair::CorrectRemote => git::correct_remote(situation).await?,
        Repair::AliasRemote => git::alias_remote(finding, situation).await?,
        Repair::GitSsh => git_program::ssh_program(situation).await?,
        // ssh's settings.
        Repair::MendLines => lines::draft(situation).await?,
        Repair::RightUser => address::right_user(situation).await?,
        Repair::RightAddress => address::right_address(situation)?,
        Repair::LiftBlock => blocks::lift(situation)?,
        Repair::AddName => blocks::add_name(situation)?,
        Repair::AllowKeys => offer::allow_keys(situation)?,
        Repair::NamePublic => offer::name_public(situation)?,
        Repair::Share => sockets::share(situation)?,
        Repair::LiveAgent => sockets::live_agent(situation).await?,
        Repair::UseOtherDoor => other_door::draft(situation).await?,
    };
    tried(draft, situation).await
}

/// The draft with ssh's word on its settings.
async fn tried(draft: Draft, situation: &Situation) -> Result<Remedy, Trouble> {
    let Draft {
        title,
        mut changes,
        settings,
        target,
    } = draft;
    let mut tested = None;
    if let Some(candidate) = settings {
        let verdict = settings::try_out(&situation.machine, &candidate).await?;
        match &verdict {
            Verdict::Accepted { .. } => {
                tested = Some(verdict.words(Text::host(&candidate.target.host)));
            }
            Verdict::Refused(_) | Verdict::Otherwise(_) | Verdict::ChangesOther(_) => {
                return Err(verdict.trouble().exit(Exit::Unfinished));
            }
        }
        for change in candidate.changes() {
            // One folder may be missing for both.
            let is_made = matches!(&change, Change::MakeDir { path, .. }
                if changes.iter().any(|made| made.path() == path));
            if !is_made {
                changes.push(change);
            }
        }
    }
    Ok(Remedy {
        plan: Plan::new(title, changes),
        tested,
        target,
    })
}

/// Whether a repair has brought the connection further: what it was made for is not found any more, and the
/// test did not stop earlier than before.
pub fn has_helped(finding: &Finding, before: &Tested, after: &Tested) -> bool {
    if after.works() {
        return true;
    }
    // ssh that refuses its settings does not fail at any rung: it came to none.
    let reached = |tested: &Tested| match tested.ladder.failed() {
        Some(rung) => rung as usize,
        None => {
            let rungs = tested.ladder.rungs().iter();
            rungs.take_while(|rung| rung.status == Status::Ok).count()
        }
    };
    let is_earlier = reached(after) < reached(before);
    let is_still_there = after.findings.iter().any(|other| other.is_same(finding));
    !is_earlier && !is_still_there
}

/// A repair that did not help with a finding, and was taken back.
pub struct InVain {
    /// What it was for.
    pub finding: Finding,
    /// What was done.
    pub repair: Repair,
}

impl InVain {
    /// Whether it was this repair of this very finding.
    pub fn is_about(&self, finding: &Finding, repair: Repair) -> bool {
        self.repair == repair && self.finding.is_same(finding)
    }
}

/// There is nothing on this machine that this repair could change.
fn impossible(why: impl Into<Text>) -> Trouble {
    Trouble::new(
        "This cannot be mended for you.",
        why,
        "See what else is offered.",
    )
    .exit(Exit::Unfinished)
}
