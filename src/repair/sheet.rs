//! Which lines of the settings have to change so that a host gets what it should, and no other host notices?
//!
//! A [`Sheet`] is the settings on paper: edits add up, and each is made where the lines before left it. The line
//! itself changes where its block is for this host alone; otherwise a block of ours goes above whatever wins.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use crate::facts::ConfigFiles;
use crate::facts::config::asked;
use crate::machine::Machine;
use crate::settings::{Candidate, Intended, NewText};
use crate::ssh_config::{
    Answer, At, Block, Document, Edit, EditError, HostBlock, Scope, Setting, Standing,
};
use crate::target::Target;
use crate::text::Text;
use crate::trouble::{Exit, Trouble};

use super::Situation;
use super::together::{Reach, Together};

/// The settings as they would be.
pub(super) struct Sheet<'a> {
    machine: &'a Machine,
    target: &'a Target,
    config: ConfigFiles,
    texts: Vec<NewText>,
    /// The hosts where the same account signs in.
    together: Together,
    /// The words of those that the changes are for.
    pub covers: Vec<String>,
}

/// A keyword with the value that it is to have.
pub(super) type Wanted = (&'static str, String);

impl<'a> Sheet<'a> {
    /// Nothing is changed yet.
    pub fn new(situation: &'a Situation) -> Self {
        Self {
            machine: &situation.machine,
            target: &situation.target,
            config: situation.facts.config.clone(),
            texts: Vec::new(),
            together: Together::alone(&situation.target),
            covers: Vec::new(),
        }
    }

    /// For what holds wherever the same account signs in: one block is for all hosts that belong together.
    pub fn for_account(situation: &'a Situation) -> Self {
        Self {
            together: Together::with_target(situation),
            ..Self::new(situation)
        }
    }

    /// The files as they would be.
    pub fn config(&self) -> &ConfigFiles {
        &self.config
    }

    /// What ssh would meet for the target.
    pub fn answer(&self) -> Answer {
        self.config.tree.answer(&asked(self.machine, self.target))
    }

    /// What the changes come to.
    pub fn candidate(&self, intended: Intended) -> Candidate {
        Candidate {
            texts: self.texts.clone(),
            target: self.target.clone(),
            intended,
            covers: self.covers.clone(),
        }
    }

    /// Makes one edit of one file.
    pub fn edit(
        &mut self,
        file: &Path,
        edit: impl FnOnce(&Document) -> Result<Edit, EditError>,
    ) -> Result<(), Trouble> {
        let empty = Document::default();
        let document = self.config.tree.document(file).unwrap_or(&empty);
        let after = edit(document).map_err(|why| unwritable(&why))?;
        let after = after.after().to_bytes();
        self.replace(file, after);
        Ok(())
    }

    /// Gives one file other bytes.
    pub fn replace(&mut self, file: &Path, after: Vec<u8>) {
        match self.texts.iter_mut().find(|text| text.file == file) {
            Some(text) => text.after = after,
            None => self.texts.push(NewText {
                file: file.to_owned(),
                before: std::fs::read(file).ok(),
                after,
            }),
        }
        self.config = ConfigFiles::edited(self.machine, &self.texts);
    }

    /// Gives the target these values. `extra` only goes into a new block.
    pub fn set(&mut self, wanted: &[Wanted], extra: &[Wanted]) -> Result<(), Trouble> {
        let mut rest = Vec::new();
        for (keyword, value) in wanted {
            let answer = self.answer();
            let first = answer.first(keyword);
            match first.filter(|setting| setting.standing == Standing::Counts) {
                Some(setting) if setting.value == value.as_bytes() => {}
                Some(setting) if self.is_alone(setting) => {
                    let line = setting.line;
                    self.cover(&setting.file, line);
                    self.edit(&setting.file, |document| {
                        document.replace_value(line, value.as_bytes())
                    })?;
                }
                Some(_) | None => match self.own_block(&answer, keyword) {
                    Some((file, block)) => {
                        self.cover(&file, block.first);
                        self.edit(&file, |document| {
                            document.add_option(&block, At::Bottom, keyword, value.as_bytes())
                        })?;
                    }
                    None => rest.push((*keyword, value.clone())),
                },
            }
        }
        if rest.is_empty() {
            return Ok(());
        }
        if rest.len() < wanted.len() && self.covers.is_empty() {
            // Without what stands in the target's own lines, the rest would be half of it for the others.
            self.together = Together::alone(self.target);
        }
        self.set_above(&rest, extra)
    }

    /// A block of ours above all that would win over it. The lines of one that we wrote before move along.
    pub fn set_above(&mut self, wanted: &[Wanted], extra: &[Wanted]) -> Result<(), Trouble> {
        let host = &self.target.host;
        let (file, document) = self.config.tree.main();
        let file = file.to_path_buf();
        let mut block = HostBlock::for_host(host);
        for (keyword, value) in wanted {
            block = block.option(keyword, value.as_bytes());
        }
        let marked = document.marked(host).map_err(|why| unwritable(&why))?;
        let names = self.names(marked.as_ref());
        block.patterns.clone_from(&names);
        if let Some(lines) = marked {
            let options = lines.clone().filter_map(|n| {
                let line = document.line(n)?;
                Some((line, line.option()?))
            });
            for (line, option) in options {
                let is_new = wanted
                    .iter()
                    .any(|(keyword, _)| keyword.eq_ignore_ascii_case(&option.keyword));
                if !is_new {
                    let written = line.keyword_as_written();
                    let written = String::from_utf8_lossy(&written);
                    block = block.option(&written, option.value());
                }
            }
            self.edit(&file, |document| document.remove_lines(lines))?;
        }
        self.covers.extend(names);
        let place = self
            .config
            .tree
            .place_for(&asked(self.machine, self.target));
        for (keyword, value) in extra {
            if place.blocked(keyword).is_none() {
                block = block.option(keyword, value.as_bytes());
            }
        }
        let keywords: Vec<&str> = wanted.iter().map(|(keyword, _)| *keyword).collect();
        let line = self.place(&keywords);
        block.options.sort_by_key(|(keyword, _)| rank(keyword));
        self.edit(&file, |document| document.insert_block(line, &block))
    }

    /// The line of the main file before which a block goes so that its lines with these keywords win.
    pub fn place(&self, keywords: &[&str]) -> usize {
        let place = self
            .config
            .tree
            .place_for(&asked(self.machine, self.target));
        if keywords
            .iter()
            .any(|keyword| place.blocked(keyword).is_some())
        {
            self.config.tree.place_at_top().line
        } else {
            place.line
        }
    }

    /// Whether a line may change without a word to any other host, and is the person's own.
    pub fn is_alone(&self, setting: &Setting) -> bool {
        let document = self.config.own().document(&setting.file);
        document.is_some_and(|document| {
            self.is_own(&setting.file, document, &document.block_at(setting.line))
        })
    }

    /// Whether a block is the person's own, and for the target; or for all that belong together, where none of them has
    /// lines elsewhere.
    fn is_own(&self, file: &Path, document: &Document, block: &Block) -> bool {
        let is_for_target = match self.together.reach(document.head(block)) {
            Some(Reach::Target) => true,
            Some(Reach::Together) => {
                let beside = Some((file, block.lines()));
                self.together.is_free(self.config.own(), beside)
            }
            None => false,
        };
        is_for_target && self.is_ours(file)
    }

    /// A change of the block around this line is meant for all that it is for.
    fn cover(&mut self, file: &Path, line: usize) {
        let document = self.config.own().document(file);
        let head = document.map(|document| document.head(&document.block_at(line)));
        if head.and_then(|head| self.together.reach(head)) == Some(Reach::Together) {
            self.covers = self.together.words().to_vec();
        }
    }

    /// A block for the target alone in which a line with this keyword would win.
    fn own_block(&self, answer: &Answer, keyword: &str) -> Option<(PathBuf, Block)> {
        let decides = answer.settings.iter().position(|setting| {
            setting.standing != Standing::Shadowed && in_the_way(&setting.keyword, keyword)
        });
        let end = decides.unwrap_or(answer.settings.len());
        // A line behind the block must not win over its new one; one inside it is handled by its value.
        answer.settings[..end].iter().find_map(|setting| {
            let Scope::Block { .. } = setting.block else {
                return None;
            };
            let document = self.config.own().document(&setting.file)?;
            let block = document.block_at(setting.line);
            let is_whole = answer.settings[end..]
                .iter()
                .all(|later| later.file != setting.file || document.block_at(later.line) != block);
            let is_own = self.is_own(&setting.file, document, &block);
            (is_own && is_whole && !ends_marked(document, &block))
                .then(|| (setting.file.to_path_buf(), block))
        })
    }

    /// The words of a `Host` line that is new for the target: for all that belong together, where none of them has lines
    /// of its own yet.
    pub fn names(&self, replaced: Option<&RangeInclusive<usize>>) -> Vec<String> {
        let (main, _) = self.config.tree.main();
        let replaced = replaced.map(|lines| (&**main, lines.clone()));
        if self.together.is_free(self.config.own(), replaced) {
            self.together.words().to_vec()
        } else {
            vec![self.target.host.clone()]
        }
    }

    /// Whether the file is one that the person writes: their own, below their home, and not another program's.
    pub fn is_ours(&self, file: &Path) -> bool {
        if *file == *self.machine.layers.user {
            return true;
        }
        let is_generated = self.config.own().document(file).is_none_or(|document| {
            document.lines().take(HEAD).any(|line| {
                let words = String::from_utf8_lossy(line.raw()).to_ascii_lowercase();
                words.starts_with('#') && GENERATED.iter().any(|mark| words.contains(mark))
            })
        });
        file.starts_with(&self.machine.tilde) && is_own_file(file) && !is_generated
    }
}

/// Where an option stands in a block of ours: the address first, what belongs to the agent last.
fn rank(keyword: &str) -> usize {
    const FIRST: [&str; 3] = ["hostname", "user", "port"];
    const LAST: [&str; 3] = ["addkeystoagent", "ignoreunknown", "usekeychain"];
    let keyword = keyword.to_ascii_lowercase();
    let place = |list: &[&str]| list.iter().position(|other| *other == keyword);
    place(&FIRST)
        .or_else(|| Some(FIRST.len() + 1 + place(&LAST)?))
        .unwrap_or(FIRST.len())
}

/// Where programs say that a file is theirs.
const HEAD: usize = 5;
const GENERATED: [&str; 4] = ["generated", "managed by", "do not edit", "do not modify"];

#[cfg(unix)]
fn is_own_file(file: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let uid = rustix::process::getuid().as_raw();
    std::fs::metadata(file)
        .is_ok_and(|metadata| metadata.uid() == uid && metadata.mode() & 0o200 != 0)
}

#[cfg(not(unix))]
fn is_own_file(file: &Path) -> bool {
    std::fs::metadata(file).is_ok_and(|metadata| !metadata.permissions().readonly())
}

/// Whether a setting of one keyword decides another's value, when it comes first.
fn in_the_way(earlier: &str, keyword: &str) -> bool {
    let keyword = keyword.to_ascii_lowercase();
    earlier == keyword
        || matches!(
            (earlier, keyword.as_str()),
            ("proxyjump", "proxycommand") | ("proxycommand", "proxyjump")
        )
}

/// Whether the last lines of a block are not its own: our end marker stands in the middle of it.
fn ends_marked(document: &Document, block: &Block) -> bool {
    let is_marker = |n: usize| {
        document
            .line(n)
            .is_some_and(|line| line.raw().trim_ascii().starts_with(b"# <<< sshstep "))
    };
    let Some(end) = block.lines().find(|&n| is_marker(n)) else {
        return false;
    };
    (end..=block.last).any(|n| document.line(n).is_some_and(|line| line.option().is_some()))
}

/// Why an edit cannot be made, for a person.
pub(super) fn unwritable(why: &EditError) -> Trouble {
    Trouble::new(
        "The settings cannot be changed for you.",
        Text::quoted(why.to_string()),
        "Change the file with your editor, then look again.",
    )
    .exit(Exit::Unfinished)
}
