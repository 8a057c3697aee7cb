//! Which settings files does ssh read here, and what stands in them?

use std::io;
use std::path::{Path, PathBuf};

use crate::machine::Machine;
use crate::settings::NewText;
use crate::ssh_config::{Asked, FileLine, HostName, Meaning, Setting, Sources, Tree};
use crate::target::Target;

/// A config larger than this is not a config.
const LARGEST: u64 = 16 << 20;

/// The person's settings with all that they include.
#[derive(Clone, Debug)]
pub struct ConfigFiles {
    /// The files; the person's own one first, the system's last.
    pub tree: Tree,
    /// The person's own alone.
    own: Tree,
    /// What `~` stands for in them.
    home: PathBuf,
    /// The bytes of the person's main file; none: there is no such file.
    pub main: Option<Vec<u8>>,
}

impl ConfigFiles {
    /// Reads them.
    pub fn load(machine: &Machine) -> Self {
        load(machine, &mut read)
    }

    /// Reads them as they would be with these new texts.
    pub fn edited(machine: &Machine, texts: &[NewText]) -> Self {
        load(
            machine,
            &mut |path| match texts.iter().find(|text| text.file == path) {
                Some(text) => Ok(text.after.clone()),
                None => read(path),
            },
        )
    }

    /// No settings at all.
    pub fn empty(machine: &Machine) -> Self {
        load(machine, &mut |_| Err(io::ErrorKind::NotFound.into()))
    }

    /// The person's own files, without the system's.
    pub fn own(&self) -> &Tree {
        &self.own
    }

    /// The home that `~` stands for.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// Hosts that the person's own settings name, in their order.
    pub fn hosts(&self) -> Vec<HostName> {
        self.own.hosts()
    }

    /// Every key file that any line names, expanded.
    pub fn identity_files(&self, machine: &Machine) -> Vec<PathBuf> {
        let mut files: Vec<PathBuf> = Vec::new();
        for (_, document) in self.tree.files() {
            for line in document.lines() {
                let Meaning::Option(option) = line.meaning() else {
                    continue;
                };
                if option.keyword != "identityfile" {
                    continue;
                }
                let Some(value) = option.arguments.first() else {
                    continue;
                };
                let value = String::from_utf8_lossy(value);
                let path = machine.expand(&value);
                // A path that depends on the target's tokens is known only from `ssh -G`.
                if value != "none"
                    && !value.contains('%')
                    && path.is_absolute()
                    && !files.contains(&path)
                {
                    files.push(path);
                }
            }
        }
        files
    }

    /// The settings that apply to the target, in ssh's order, each with its place.
    pub fn settings(&self, machine: &Machine, target: &Target) -> Vec<Setting> {
        self.tree.answer(&asked(machine, target)).settings
    }
}

/// The question about a target, as the document model wants it.
pub fn asked(machine: &Machine, target: &Target) -> Asked {
    let mut asked = Asked::host(&target.host);
    asked.user = target.user.clone();
    asked.local_user = Some(machine.user.clone());
    asked
}

/// `~/.ssh/config:12`, for evidence.
pub fn place(at: &FileLine) -> String {
    format!("{}:{}", at.file.display(), at.line)
}

fn load(machine: &Machine, read: &mut dyn FnMut(&Path) -> io::Result<Vec<u8>>) -> ConfigFiles {
    let ssh_dir = machine.tilde.join(".ssh");
    let mut glob = glob;
    let mut sources = Sources {
        relative_to: &ssh_dir,
        home: Some(&machine.tilde),
        read,
        glob: &mut glob,
    };
    let own = Tree::load(&machine.layers.user, &mut sources);
    let tree = own.clone();
    let tree = match &machine.layers.system {
        Some(system) => {
            sources.relative_to = system.parent().unwrap_or(Path::new("/etc/ssh"));
            sources.home = None;
            tree.and_system(system, &mut sources)
        }
        None => tree,
    };
    let main = read(&machine.layers.user).ok();
    ConfigFiles {
        tree,
        own,
        home: machine.tilde.clone(),
        main,
    }
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let metadata = std::fs::metadata(path)?;
    if !metadata.is_file() || metadata.len() > LARGEST {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    std::fs::read(path)
}

/// The files that a path with `*` and `?` stands for, sorted by bytes, as glob(3) does for ssh.
fn glob(pattern: &Path) -> Vec<PathBuf> {
    let mut found = vec![PathBuf::new()];
    for part in pattern.components() {
        let name = part.as_os_str();
        let is_pattern = name.to_string_lossy().contains(['*', '?', '[']);
        let mut next = Vec::new();
        for folder in found {
            if !is_pattern {
                next.push(folder.join(name));
                continue;
            }
            let Ok(entries) = std::fs::read_dir(&folder) else {
                continue;
            };
            let wanted = name.to_string_lossy();
            next.extend(
                entries
                    .filter_map(Result::ok)
                    .filter(|entry| {
                        let name = entry.file_name();
                        let name = name.to_string_lossy();
                        (!name.starts_with('.') || wanted.starts_with('.'))
                            && crate::ssh_config::matches(name.as_bytes(), wanted.as_bytes())
                    })
                    .map(|entry| entry.path()),
            );
        }
        found = next;
    }
    found.retain(|path| path.exists());
    found.sort();
    found
}
