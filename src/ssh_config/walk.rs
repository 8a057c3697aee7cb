//! Which lines does ssh pass, in which order, on its way through the files?

use std::ops::ControlFlow;

use super::block::Scope;
use super::line::OptionLine;
use super::pattern::Cover;
use super::reading::Reading;
use super::tree::Tree;

/// readconf.c, `READCONF_MAX_DEPTH`.
pub(super) const MOST_DEPTH: usize = 16;

/// Enough for any person; a bound for hostile trees, where each file can include the next one twice.
pub(super) const MOST_FILES: usize = 4_096;

/// How many times files are read in one walk.
pub(super) const MOST_READS: usize = 10_000;

/// A line that applies, or may apply.
#[derive(Debug)]
pub(super) struct Step<'t> {
    pub file: usize,
    pub line: usize,
    /// The line of the first file at which ssh is now: this one, or the `Include` that led here.
    pub root_line: usize,
    pub scope: Scope,
    /// Never [`Cover::No`]: such lines are passed over.
    pub cover: Cover,
    pub what: What<'t>,
}

#[derive(Debug)]
pub(super) enum What<'t> {
    /// A `Host` or `Match` line whose block applies.
    Opens,
    /// An option, other than `Include`.
    Sets(&'t OptionLine),
}

/// Walks through one root file and all that it includes. Stops when `visit` breaks.
pub(super) fn walk<'t>(
    tree: &'t Tree,
    root: usize,
    reading: &mut Reading<'_>,
    visit: &mut dyn FnMut(&Step<'t>) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let mut walk = Walk {
        tree,
        reading,
        visit,
        root_line: 0,
        reads: 0,
    };
    walk.file(root, Cover::Yes, 0)
}

struct Walk<'t, 'w, 'a> {
    tree: &'t Tree,
    reading: &'w mut Reading<'a>,
    visit: &'w mut dyn FnMut(&Step<'t>) -> ControlFlow<()>,
    root_line: usize,
    reads: usize,
}

impl<'t> Walk<'t, '_, '_> {
    /// `gate` is the cover of the block that includes the file: nothing in it can apply more than that.
    fn file(&mut self, id: usize, gate: Cover, depth: usize) -> ControlFlow<()> {
        self.reads += 1;
        if depth > MOST_DEPTH || self.reads > MOST_READS {
            return ControlFlow::Continue(());
        }
        let file = &self.tree.files[id];
        let mut active = gate;
        let mut scope = Scope::Global;
        for (at, line) in file.document.lines().enumerate() {
            let number = at + 1;
            if depth == 0 {
                self.root_line = number;
            }
            let opened = self.reading.cover(line.meaning());
            if let Some(cover) = opened {
                active = gate.and(cover);
                scope = Scope::Block { head: number };
            }
            let what = match (opened, line.option()) {
                (Some(_), _) => What::Opens,
                (None, Some(option)) if option.arguments.is_empty() => continue,
                (None, Some(option)) => What::Sets(option),
                (None, None) => continue,
            };
            if active == Cover::No {
                continue;
            }
            if let Some(ids) = file.includes.get(&number) {
                for &included in ids {
                    self.file(included, active, depth + 1)?;
                }
                continue;
            }
            (self.visit)(&Step {
                file: id,
                line: number,
                root_line: self.root_line,
                scope,
                cover: active,
                what,
            })?;
            if let Some(option) = line.option() {
                self.reading.learn(option, active);
            }
        }
        ControlFlow::Continue(())
    }
}
