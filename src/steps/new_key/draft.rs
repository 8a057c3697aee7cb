//! What is going to be made, under which name, and where may it go?

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::key::file::with_pub;
use crate::key::kind::KeyKind;
use crate::machine::Machine;
use crate::plan::Change;
use crate::provider::{KeyType, Label, Provider};
use crate::say;
use crate::steps::{Context, Foreground};
use crate::text::Text;
use crate::trouble::Trouble;

/// What is going to be made.
#[derive(Clone)]
pub(super) struct Draft {
    pub(super) kind: KeyKind,
    pub(super) file: PathBuf,
    pub(super) label: String,
}

/// The types that can be made, those first that the service takes.
pub(super) fn kinds(provider: Option<&Provider>) -> Vec<KeyKind> {
    let mut all = vec![
        KeyKind::Ed25519,
        KeyKind::Rsa { bits: 4096 },
        KeyKind::Ecdsa { bits: 256 },
        KeyKind::Ecdsa { bits: 521 },
        KeyKind::Ed25519Sk,
        KeyKind::EcdsaSk,
    ];
    if let Some(kind) = provider.map(recommended) {
        all.sort_by_key(|other| *other != kind);
    }
    all
}

/// The type that the service wants, in the size that we make.
pub(in crate::steps) fn recommended(provider: &Provider) -> KeyKind {
    match provider.keys.recommended {
        KeyType::Ed25519 | KeyType::Dsa => KeyKind::Ed25519,
        KeyType::Ed25519Sk => KeyKind::Ed25519Sk,
        KeyType::Ecdsa256 => KeyKind::Ecdsa { bits: 256 },
        KeyType::Ecdsa384 => KeyKind::Ecdsa { bits: 384 },
        KeyType::Ecdsa521 => KeyKind::Ecdsa { bits: 521 },
        KeyType::EcdsaSk => KeyKind::EcdsaSk,
        KeyType::Rsa => KeyKind::Rsa { bits: 4096 },
    }
}

/// The label that the service wants: the person's e-mail address where git knows it, otherwise who they are here.
pub(super) fn label(context: &Context) -> String {
    let machine = &context.machine;
    let email = context.facts.git.email.as_ref();
    match email.filter(|_| wants_email(context)) {
        Some(email) => email.clone(),
        None => format!("{}@{}", machine.user, machine.computer),
    }
}

/// Whether the service wants an e-mail address as the label.
pub(super) fn wants_email(context: &Context) -> bool {
    let label = context.provider().map(|provider| provider.keys.label);
    label == Some(Label::Email)
}

/// ssh's default name for the type, with a label behind it where there is one (`id_ed25519_work`), or
/// the next free one: `id_ed25519_2`.
pub(in crate::steps) fn free_file(machine: &Machine, kind: &KeyKind, label: &str) -> PathBuf {
    let name = kind.default_file_name().unwrap_or("id_key");
    let name = match label {
        "" => name.to_owned(),
        label => format!("{name}_{label}"),
    };
    let folder = machine.ssh_dir();
    std::iter::once(name.clone())
        .chain((2..1000).map(|number| format!("{name}_{number}")))
        .map(|name| folder.join(name))
        .find(|path| check_free(path).is_ok())
        .unwrap_or_else(|| folder.join(name))
}

/// A name that neither half of a key has yet.
pub(super) fn check_free(path: &Path) -> Result<(), Trouble> {
    let taken = [path.to_owned(), with_pub(path)]
        .into_iter()
        .find(|path| path.symlink_metadata().is_ok());
    if let Some(taken) = taken {
        return Err(Trouble::new(
            say!("{} exists already.", Text::path(&taken)),
            "A key is never overwritten.",
            "Choose another name.",
        ));
    }
    match path.parent() {
        _ if path.extension().is_some_and(|end| end == "pub") => Err(Trouble::new(
            say!("{} would be the name of a public half.", Text::path(path)),
            Text::default(),
            "Give the name without .pub.",
        )),
        Some(folder)
            if folder.is_dir() || folder.file_name().is_some_and(|name| name == ".ssh") =>
        {
            Ok(())
        }
        Some(folder) => Err(Trouble::new(
            say!("The folder {} does not exist.", Text::path(folder)),
            Text::default(),
            "Choose a folder that exists.",
        )),
        None => Err(Trouble::new(
            "That is no file name.",
            Text::default(),
            "Give a path such as ~/.ssh/id_ed25519_work.",
        )),
    }
}

/// `~/.ssh`, when it is not there yet.
pub(in crate::steps) fn missing_folder(machine: &Machine, file: &Path) -> Vec<Change> {
    let folder = machine.ssh_dir();
    if file.starts_with(&folder) && !folder.exists() {
        vec![Change::MakeDir {
            path: folder,
            mode: 0o700,
        }]
    } else {
        Vec::new()
    }
}

/// `ssh-keygen -t ed25519-sk` talks to the person itself: touch, PIN, passphrase.
pub(super) fn ssh_keygen(draft: &Draft, machine: &Machine) -> Foreground {
    let program = machine
        .programs
        .ssh_keygen
        .clone()
        .unwrap_or_else(|| PathBuf::from("ssh-keygen"));
    let kind = draft.kind.id().unwrap_or("ed25519-sk");
    let mut argv: Vec<OsString> = vec![program.into_os_string()];
    argv.extend(["-t", kind, "-C", &draft.label, "-f"].map(OsString::from));
    argv.push(draft.file.clone().into_os_string());
    Foreground::Program {
        argv,
        notice: Text::plain("ssh-keygen asks now. Touch the security key when it blinks."),
    }
}

/// ssh-keygen makes `~/.ssh` itself only for its default name.
pub(super) fn prepare_folder(machine: &Machine) -> Result<(), Trouble> {
    if machine.home_differs() {
        return Err(home_differs(machine));
    }
    Ok(())
}

/// Under sudo or another HOME the files would not be those that ssh reads.
pub fn home_differs(machine: &Machine) -> Trouble {
    let home = machine.env_home.clone().unwrap_or_default();
    Trouble::new(
        "Nothing is written: HOME is not the home of this account.",
        say!(
            "HOME is {}, but ssh uses {} (it asks the account database).",
            Text::path(&home),
            Text::path(&machine.ssh_home)
        ),
        "Run sshstep as yourself, without sudo, or set HOME back.",
    )
}
