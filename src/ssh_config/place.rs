//! Where must a new block go so that it takes effect?

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use super::answer::{Setting, Settings, Standing};
use super::block::Head;
use super::criteria::CriterionKind;
use super::document::Document;
use super::keyword::{canonical, is_cumulative};
use super::reading::{Asked, Reading};
use super::tree::{FileLine, Tree};
use super::walk::{What, walk};

/// Where a new block for a host goes, and what it cannot change from there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The person's own file.
    pub file: Arc<Path>,
    /// The block goes before this line; one more than the number of lines for the end of the file.
    pub line: usize,
    /// The `Host` or `Match` line that the block must be above because it covers the host, or may.
    pub above: Option<FileLine>,
    /// Settings that ssh meets before the block.
    pub blocked: Vec<Blocked>,
}

/// A setting that stands before the place and applies to the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocked {
    /// The setting, with its file and line.
    pub setting: Setting,
    /// What it does to the same option in the new block.
    pub hold: Hold,
}

/// What an earlier setting does to a later one of the same option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// It wins: the new block cannot set this option.
    Wins,
    /// Both count, it comes first: its key is offered before the new block's.
    ComesFirst,
}

impl Place {
    /// The first setting in the way of an option, if there is one. `ProxyJump` and `ProxyCommand` are in each
    /// other's way.
    pub fn blocked(&self, keyword: &str) -> Option<&Blocked> {
        let keyword = canonical(keyword.as_bytes());
        self.blocked.iter().find(|blocked| {
            let setting = &blocked.setting;
            match (setting.keyword.as_str(), keyword.as_ref()) {
                ("proxyjump", "proxycommand") => !setting.value.eq_ignore_ascii_case(b"none"),
                ("proxycommand", "proxyjump") => true,
                (earlier, later) => earlier == later,
            }
        })
    }
}

impl Tree {
    /// The place for a new `Host` block for this host, always in the person's own file, which is read first:
    ///
    /// - above the first `Host` or `Match` line that covers the host or may cover it;
    /// - when that line is in an included file, above the `Include` ([`Document::insert_block`] then adds a `Host *`
    ///   that keeps the `Include` and what follows it global): the included file may belong to another program, and
    ///   other files may come before it;
    /// - when nothing covers the host, at the end, but above a last block for all hosts.
    ///
    /// Options of the global part stay above the block, and so do those of files included there: they are listed as
    /// [`Place::blocked`]. When one of them is in the way, [`Tree::place_at_top`] helps.
    pub fn place_for(&self, asked: &Asked) -> Place {
        let root = self.roots[0];
        let mut settings = Settings::new(asked);
        let mut above = None;
        let mut line_began = (0, 0);
        let stopped = walk(self, root, &mut Reading::first(asked), &mut |step| {
            if line_began.0 != step.root_line {
                line_began = (step.root_line, settings.list.len());
            }
            match step.what {
                What::Opens => {
                    above = Some(self.files[step.file].at(step.line));
                    ControlFlow::Break(())
                }
                What::Sets(_) => {
                    settings.take(self, step);
                    ControlFlow::Continue(())
                }
            }
        });
        let (file, document) = self.main();
        let line = match stopped {
            ControlFlow::Break(()) => {
                // The block goes above an Include, so what that set before is behind it.
                settings.list.truncate(line_began.1);
                document.above(line_began.0)
            }
            ControlFlow::Continue(()) => end(document),
        };
        Place {
            file: file.clone(),
            line,
            above,
            blocked: settings.list.into_iter().filter_map(in_the_way).collect(),
        }
    }

    /// The very top of the person's own file, above even its global options, so that nothing is in the way. Put a
    /// block here with [`Document::insert_block`], which keeps the rest global by a `Host *`.
    pub fn place_at_top(&self) -> Place {
        let (file, document) = self.main();
        let first = (1..=document.len()).find(|&n| {
            document
                .line(n)
                .is_some_and(|l| l.is_head() || l.option().is_some())
        });
        let above = first.map(|line| FileLine {
            file: file.clone(),
            line,
        });
        Place {
            file: file.clone(),
            line: first.map_or(document.len() + 1, |line| document.above(line)),
            above,
            blocked: Vec::new(),
        }
    }
}

fn in_the_way(setting: Setting) -> Option<Blocked> {
    let hold = if is_cumulative(&setting.keyword) {
        Hold::ComesFirst
    } else {
        Hold::Wins
    };
    (setting.standing != Standing::Shadowed).then_some(Blocked { setting, hold })
}

/// The end of the file, or the last block when that one is for all hosts: people keep it last.
fn end(document: &Document) -> usize {
    let last = document.block_at(document.len());
    let for_all = match document.head(&last) {
        Head::Host(patterns) => patterns.iter().any(|p| !p.negated && p.glob == b"*"),
        Head::Match(criteria) => criteria.iter().all(|c| match c.kind {
            CriterionKind::All | CriterionKind::Canonical | CriterionKind::Final => !c.negated,
            CriterionKind::Host(_)
            | CriterionKind::OriginalHost(_)
            | CriterionKind::User(_)
            | CriterionKind::LocalUser(_)
            | CriterionKind::Exec(_)
            | CriterionKind::Other { .. } => false,
        }),
        Head::Global | Head::Malformed(_) => false,
    };
    if for_all {
        document.above(last.first)
    } else {
        document.len() + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ssh_config::HostBlock;
    use crate::ssh_config::in_memory::tree;

    /// The main file after the block went in, and `line above blocked`.
    fn placed(files: &[(&str, &str)]) -> (String, String) {
        let tree = tree(files);
        let place = tree.place_for(&Asked::host("github.com"));
        let block = HostBlock {
            marker: None,
            ..HostBlock::for_host("github.com").option("User", "git")
        };
        let edit = tree.main().1.insert_block(place.line, &block).unwrap();
        let above = place.above.map_or("-".to_owned(), |at| at.to_string());
        let blocked: Vec<String> = place
            .blocked
            .iter()
            .map(|b| b.setting.at().to_string())
            .collect();
        let text = String::from_utf8(edit.after().to_bytes()).unwrap();
        (
            text,
            format!("{} {above} {}", place.line, blocked.join(" ")),
        )
    }

    fn main(text: &str) -> (String, String) {
        placed(&[("/c", text)])
    }

    const BLOCK: &str = "Host github.com\n  User git\n";

    #[test]
    fn a_missing_or_empty_file() {
        assert_eq!(main(""), (BLOCK.to_owned(), "1 - ".to_owned()));
        assert_eq!(tree(&[("/c", "!")]).place_for(&Asked::host("x")).line, 1);
    }

    #[test]
    fn above_the_first_block_that_covers() {
        let (text, place) = main("User me\n\nHost lab\n  Port 2\n\n# all\nHost *\n  User x\n");
        assert_eq!(place, "6 /c:7 /c:1");
        assert_eq!(
            text,
            format!("User me\n\nHost lab\n  Port 2\n\n{BLOCK}\n# all\nHost *\n  User x\n")
        );
        assert_eq!(main("Host lab\nMatch exec x\n").1, "2 /c:2 ");
        assert_eq!(main("Host lab\nHost git*\n").1, "2 /c:2 ");
    }

    #[test]
    fn at_the_end_when_nothing_covers() {
        let (text, place) = main("Host lab\n  Port 2");
        assert_eq!(
            (text, place),
            (format!("Host lab\n  Port 2\n\n{BLOCK}"), "3 - ".to_owned())
        );
        assert_eq!(main("Host lab\n\nHost * !github.com\n  Port 2\n").1, "3 - ");
        assert_eq!(main("Host lab\n\nMatch final all\n  Port 2\n").1, "3 - ");
        assert_eq!(main("Port 3\n").0, format!("Port 3\n\n{BLOCK}"));
    }

    #[test]
    fn above_an_include_that_covers() {
        let include = ("/d/x", "User before\nHost *\n  User x\n");
        let (text, place) = placed(&[
            ("/c", "Port 3\n\n# more\nInclude /d/*\nCompression yes\n"),
            include,
        ]);
        assert_eq!(place, "3 /d/x:2 /c:1");
        let rest = "Host *\n# more\nInclude /d/*\nCompression yes\n";
        assert_eq!(text, format!("Port 3\n\n{BLOCK}\n{rest}"));
        let harmless = ("/d/x", "User before\nHost lab\n  User x\n");
        assert_eq!(
            placed(&[("/c", "Include /d/*\nHost *\n"), harmless]).1,
            "2 /c:2 /d/x:1"
        );
        assert_eq!(
            placed(&[("/c", "Host lab\n Include /d/*\nHost z\n"), include]).1,
            "4 - "
        );
    }

    #[test]
    fn never_between_the_markers_of_another_block() {
        let marked = "# >>> sshstep github.com\nHost github.com\n# <<< sshstep github.com\n";
        assert_eq!(main(marked).1, "1 /c:2 ");
        assert_eq!(main(&format!("Host lab\n  Port 2\n{marked}")).1, "3 /c:4 ");
    }

    #[test]
    fn never_into_what_another_program_keeps() {
        let kept = "# BEGIN: x\nHost *.platform.sh\n  Port 2\nHost *\n# END: x\n";
        assert_eq!(main(kept).0, format!("{BLOCK}\n{kept}"));
        let after = format!("Host lab\n\n{kept}");
        assert_eq!(main(&after).0, format!("Host lab\n\n{BLOCK}\n{kept}"));
        // Options of a block cannot be kept together above another one.
        let inside = "Host lab\n# BEGIN\n  Port 2\nHost *\n# END\n";
        assert_eq!(main(inside).1, "4 /c:4 ");
        // One that is not closed is none.
        assert_eq!(main("# BEGIN\nHost lab\nHost *\n").1, "3 /c:3 ");
    }

    #[test]
    fn what_is_in_the_way_is_named() {
        let tree = tree(&[(
            "/c",
            "ProxyJump hop\nIdentityFile /k\nUser a\nUser b\nHost *\n",
        )]);
        let place = tree.place_for(&Asked::host("lab"));
        assert_eq!(place.blocked.len(), 3);
        assert_eq!(
            place.blocked("IDENTITYFILE").unwrap().hold,
            Hold::ComesFirst
        );
        assert_eq!(place.blocked("User").unwrap().setting.line, 3);
        assert_eq!(place.blocked("ProxyCommand").unwrap().hold, Hold::Wins);
        assert!(place.blocked("Port").is_none());
        assert_eq!(
            (tree.place_at_top().line, tree.place_at_top().blocked.len()),
            (1, 0)
        );
    }
}
