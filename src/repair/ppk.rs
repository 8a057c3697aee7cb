//! How does a PuTTY key become one that ssh reads?
//!
//! PuTTY's own `puttygen` converts it, into a folder of ours. The result is read and held against
//! the public half in the PuTTY file before it is offered under a name that is free; the PuTTY
//! file stays as it is.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use zeroize::Zeroizing;

use crate::diagnosis::Finding;
use crate::key::file::{self, Content, identify, with_pub};
use crate::key::pair::KeyProblem;
use crate::key::private::Lock;
use crate::key::public::Public;
use crate::machine::Machine;
use crate::plan::Change;
use crate::platform::process;
use crate::probe::private_folder;
use crate::say;
use crate::secret::Secret;
use crate::settings::Intended;
use crate::text::Text;
use crate::trouble::Trouble;

use super::sheet::Sheet;
use super::{Draft, Situation, files, impossible};

/// Converting is a matter of milliseconds.
const LIMIT: Duration = Duration::from_secs(20);

/// The key in OpenSSH's format, and settings that name it where ssh would not find it.
pub(super) async fn draft(finding: &Finding, situation: &Situation) -> Result<Draft, Trouble> {
    let machine = &situation.machine;
    let ppk = files::named_keys(finding, &situation.facts).find_map(|key| {
        key.files.problems.iter().find_map(|problem| match problem {
            KeyProblem::NotAPrivateKey(Content::Ppk { encrypted, .. }) => {
                Some((key.files.private.clone()?, *encrypted))
            }
            KeyProblem::NotAPrivateKey(_)
            | KeyProblem::TooOpen { .. }
            | KeyProblem::NotOurs
            | KeyProblem::StalePublic { .. }
            | KeyProblem::StaleCertificate { .. }
            | KeyProblem::Defect(_)
            | KeyProblem::NotAPublicKey(_)
            | KeyProblem::NotACertificate(_)
            | KeyProblem::MissingPrivate => None,
        })
    });
    let (ppk, encrypted) = ppk.ok_or_else(|| impossible("There is no PuTTY key here."))?;
    let new = free_name(&ppk);
    let by_hand = |why: &'static str| {
        impossible(say!(
            "{} By hand: puttygen {} -O private-openssh-new -o {}",
            Text::plain(why),
            Text::path(&ppk),
            Text::path(&new)
        ))
    };
    if encrypted {
        return Err(by_hand("It has a passphrase, which only you know."));
    }
    let puttygen = process::find("puttygen").filter(|_| cfg!(unix));
    let puttygen = puttygen.ok_or_else(|| by_hand("PuTTY's puttygen is not on this computer."))?;
    let converted = convert(&puttygen, &ppk, machine).await?;
    let (private_pem, public) = converted.ok_or_else(|| by_hand("It could not be converted."))?;
    let title = say!("Convert {} to a key that ssh reads", Text::path(&ppk));
    let mut draft = Draft::of_files(
        title,
        vec![Change::MakeKey {
            public: with_pub(&new),
            private: new.clone(),
            private_pem,
            public_line: public.line(),
        }],
    );
    let target = situation.facts.target.as_ref();
    if !target.is_some_and(|target| target.identity_files.contains(&new)) {
        let mut sheet = Sheet::new(situation);
        sheet.set(&[("IdentityFile", machine.config_path(&new))], &[])?;
        draft.settings = Some(sheet.candidate(Intended {
            identity: Some(new),
            ..Intended::default()
        }));
    }
    Ok(draft)
}

/// The converted key with its public half; none when it is not the key of the PuTTY file.
async fn convert(
    puttygen: &Path,
    ppk: &Path,
    machine: &Machine,
) -> Result<Option<(Secret, Public)>, Trouble> {
    let folder = private_folder()?;
    let out = folder.path().join("key");
    let mut command = machine.command(&Some(puttygen.to_owned()), "puttygen");
    command.arg(ppk).args(["-O", "private-openssh-new", "-o"]);
    command.arg(&out);
    process::output(command, LIMIT, &machine.log).await?;
    let Some(bytes) = file::bytes(&out) else {
        return Ok(None);
    };
    let Content::Private(private) = identify(&bytes) else {
        return Ok(None);
    };
    let own = file::bytes(ppk).and_then(|bytes| public_of(&bytes));
    let is_whole = private.defects.is_empty() && private.lock == Lock::None;
    let public = private
        .public
        .filter(|public| is_whole && own.is_some_and(|own| own.is_same_key(public)));
    let text = std::str::from_utf8(&bytes).map(|text| Zeroizing::new(text.to_owned()));
    Ok(public
        .zip(text.ok())
        .map(|(public, text)| (Secret::new(text), public)))
}

/// The public half that stands in a PuTTY file: `Public-Lines: 3`, then so many lines of Base64.
fn public_of(ppk: &[u8]) -> Option<Public> {
    let text = Zeroizing::new(String::from_utf8_lossy(ppk).into_owned());
    let value = |name: &str| text.lines().find_map(|line| line.strip_prefix(name));
    let count: usize = value("Public-Lines:")?.trim().parse().ok()?;
    let algorithm = value("PuTTY-User-Key-File-")?.split_once(':')?.1.trim();
    let lines = text
        .lines()
        .skip_while(|line| !line.starts_with("Public-Lines:"));
    let body: String = lines.skip(1).take(count).map(str::trim).collect();
    Public::from_line(&format!("{algorithm} {body}"))
}

/// `work.ppk` becomes `work`, anything else `NAME-openssh`, where both halves are free.
fn free_name(ppk: &Path) -> PathBuf {
    let is_ppk = ppk
        .extension()
        .is_some_and(|end| end.eq_ignore_ascii_case("ppk"));
    let base = if is_ppk {
        ppk.with_extension("")
    } else {
        ppk.to_owned()
    };
    let named = |more: &str| {
        let mut name = base.clone().into_os_string();
        name.push(more);
        PathBuf::from(name)
    };
    let is_free = |path: &PathBuf| {
        fs::symlink_metadata(path).is_err() && fs::symlink_metadata(with_pub(path)).is_err()
    };
    let numbered = (2..).map(|count| named(&format!("-openssh-{count}")));
    [named(""), named("-openssh")]
        .into_iter()
        .chain(numbered)
        .find(is_free)
        .unwrap_or_else(|| named("-openssh"))
}
