//! Which settings does ssh take for a host, and from which line?

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use super::block::Scope;
use super::criteria::CriterionKind;
use super::keyword::{canonical, is_cumulative};
use super::line::Meaning;
use super::pattern::Cover;
use super::reading::{Asked, Fact, Reading};
use super::tree::{FileLine, Tree};
use super::walk::{Step, What, walk};

/// One option line that stands in a block which applies to the host, or may apply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The file.
    pub file: Arc<Path>,
    /// The line in it.
    pub line: usize,
    /// The canonical keyword.
    pub keyword: String,
    /// The value without quotes, several words joined by one space; nothing is expanded.
    pub value: Vec<u8>,
    /// The block of that file in which it stands.
    pub block: Scope,
    /// Whether the block applies: yes or maybe.
    pub cover: Cover,
    /// Whether the value is used.
    pub standing: Standing,
}

/// Whether a setting in a covering block has an effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// ssh uses it.
    Counts,
    /// ssh uses it if a block that cannot be decided here applies (or, for a later one, does not).
    MayCount,
    /// An earlier line has set the option; or, for a key file or certificate, named the same file.
    Shadowed,
}

/// All settings for a host in the order in which ssh meets them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The settings, shadowed ones included.
    pub settings: Vec<Setting>,
    /// Why ssh reads its files a second time, if it does: `Match final` or `CanonicalizeHostname`. What only the
    /// second reading finds stands at the end of `settings`; after `CanonicalizeHostname` it is all maybe.
    pub again: Option<FileLine>,
}

impl Setting {
    /// The place of the line.
    pub fn at(&self) -> FileLine {
        FileLine {
            file: self.file.clone(),
            line: self.line,
        }
    }

    /// The value as text, bytes that are no UTF-8 replaced.
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.value)
    }
}

impl Answer {
    /// The setting that decides (or may decide) an option: the first that is not shadowed. The keyword may be
    /// written in any way.
    pub fn first(&self, keyword: &str) -> Option<&Setting> {
        let keyword = canonical(keyword.as_bytes());
        self.settings
            .iter()
            .find(|s| s.keyword == keyword && s.standing != Standing::Shadowed)
    }

    /// Every setting of an option that is not shadowed, for cumulative ones such as `IdentityFile`.
    pub fn all(&self, keyword: &str) -> Vec<&Setting> {
        let keyword = canonical(keyword.as_bytes());
        self.settings
            .iter()
            .filter(|s| s.keyword == keyword && s.standing != Standing::Shadowed)
            .collect()
    }
}

impl Tree {
    /// The settings for a host. Per option the first value wins; `IdentityFile` and its like all count. `ProxyJump`
    /// and `ProxyCommand` shadow each other. The `-NAME` form of `SendEnv` is listed, not carried out.
    pub fn answer(&self, asked: &Asked) -> Answer {
        let mut settings = Settings::new(asked);
        let mut reading = Reading::first(asked);
        self.collect(&mut reading, &mut settings);
        let canonicalizes = settings.list.iter().find(|s| {
            s.keyword == "canonicalizehostname"
                && s.standing != Standing::Shadowed
                && !matches!(&s.value[..], b"no" | b"false")
        });
        let again = canonicalizes.map(Setting::at);
        let mut reading = reading.again();
        if again.is_some() {
            // What DNS makes of the name cannot be known here.
            reading.host_name = Fact::Unsure;
        }
        let again = again.or_else(|| self.asks_for_final());
        if again.is_some() {
            // ssh has filled in the host name by now (ssh.c:main).
            settings.slots.insert("hostname".to_owned(), Slot::Set);
            self.collect(&mut reading, &mut settings);
        }
        Answer {
            settings: settings.list,
            again,
        }
    }

    fn collect(&self, reading: &mut Reading<'_>, settings: &mut Settings) {
        for &root in &self.roots {
            // Nothing breaks off this walk.
            let _ = walk(self, root, reading, &mut |step| {
                settings.take(self, step);
                ControlFlow::Continue(())
            });
        }
    }

    /// The first line that asks for a second reading. ssh heeds it even in a block that does not apply.
    fn asks_for_final(&self) -> Option<FileLine> {
        self.files.iter().find_map(|file| {
            let at = file
                .document
                .lines()
                .position(|line| match line.meaning() {
                    Meaning::Match(criteria) => {
                        criteria.iter().any(|c| c.kind == CriterionKind::Final)
                    }
                    Meaning::Blank
                    | Meaning::Comment
                    | Meaning::Option(_)
                    | Meaning::Host(_)
                    | Meaning::Malformed { .. } => false,
                })?;
            Some(file.at(at + 1))
        })
    }
}

/// The settings met so far, with who came first.
pub(super) struct Settings {
    pub list: Vec<Setting>,
    slots: HashMap<String, Slot>,
    files: HashSet<(String, Vec<u8>)>,
    met: HashSet<(usize, usize)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Slot {
    Unset,
    Unsure,
    Set,
}

impl Settings {
    pub fn new(asked: &Asked) -> Settings {
        let user = asked.user.as_ref().map(|_| ("user".to_owned(), Slot::Set));
        Settings {
            list: Vec::new(),
            slots: user.into_iter().collect(),
            files: HashSet::new(),
            met: HashSet::new(),
        }
    }

    pub fn take(&mut self, tree: &Tree, step: &Step<'_>) {
        let What::Sets(option) = &step.what else {
            return;
        };
        // The second reading meets the same lines again.
        if !self.met.insert((step.file, step.line)) {
            return;
        }
        let keyword = option.keyword.as_ref();
        let value = option.value();
        let standing = if is_cumulative(keyword) {
            self.one_of_many(keyword, &value, step.cover)
        } else {
            self.first_wins(keyword, &value, step.cover)
        };
        self.list.push(Setting {
            file: tree.files[step.file].path.clone(),
            line: step.line,
            keyword: keyword.to_owned(),
            value,
            block: step.scope,
            cover: step.cover,
            standing,
        });
    }

    /// A key file or certificate counts once (readconf.c:add_identity_file).
    fn one_of_many(&mut self, keyword: &str, value: &[u8], cover: Cover) -> Standing {
        let once = matches!(keyword, "identityfile" | "certificatefile");
        let file = (keyword.to_owned(), value.to_vec());
        if once && self.files.contains(&file) {
            return Standing::Shadowed;
        }
        match cover {
            Cover::Yes => {
                self.files.insert(file);
                Standing::Counts
            }
            Cover::Maybe | Cover::No => Standing::MayCount,
        }
    }

    fn first_wins(&mut self, keyword: &str, value: &[u8], cover: Cover) -> Standing {
        let slot = |name: &str| self.slots.get(name).copied().unwrap_or(Slot::Unset);
        let before = match keyword {
            "proxyjump" => slot("proxyjump").max(slot("proxycommand")),
            // `ProxyJump none` leaves ProxyCommand alone (readconf.c, `oProxyCommand`).
            "proxycommand" => slot("proxycommand").max(slot(HOP)),
            _ => slot(keyword),
        };
        let (standing, after) = match (before, cover) {
            (Slot::Set, _) => return Standing::Shadowed,
            (Slot::Unset, Cover::Yes) => (Standing::Counts, Slot::Set),
            (Slot::Unsure, Cover::Yes) => (Standing::MayCount, Slot::Set),
            (Slot::Unset | Slot::Unsure, Cover::Maybe | Cover::No) => {
                (Standing::MayCount, Slot::Unsure)
            }
        };
        self.slots.insert(keyword.to_owned(), after);
        if keyword == "proxyjump" && !value.eq_ignore_ascii_case(b"none") {
            self.slots.insert(HOP.to_owned(), after);
        }
        standing
    }
}

/// The slot of a `ProxyJump` that is not `none`; no keyword has a blank.
const HOP: &str = "proxyjump hop";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ssh_config::in_memory::tree;

    fn told(tree: &Tree, asked: &Asked) -> Vec<String> {
        let told = |s: &Setting| {
            let name = s.file.file_name().unwrap().to_string_lossy().into_owned();
            format!(
                "{name}:{} {} {} {:?}",
                s.line,
                s.keyword,
                s.text(),
                s.standing
            )
        };
        tree.answer(asked).settings.iter().map(told).collect()
    }

    #[test]
    fn the_first_value_wins_and_key_files_add_up() {
        let tree = tree(&[
            (
                "/h/.ssh/config",
                "IdentityFile ~/k\nInclude a\nHost *\n  Port 2\n  IdentityFile ~/k\n  IdentityFile j\n",
            ),
            ("/h/.ssh/a", "Host lab\n  port=1\n"),
        ]);
        assert_eq!(
            told(&tree, &Asked::host("lab")),
            [
                "config:1 identityfile ~/k Counts",
                "a:2 port 1 Counts",
                "config:4 port 2 Shadowed",
                "config:5 identityfile ~/k Shadowed",
                "config:6 identityfile j Counts",
            ]
        );
        let answer = tree.answer(&Asked::host("lab"));
        assert_eq!(
            answer.first("PORT").unwrap().at().to_string(),
            "/h/.ssh/a:2"
        );
        assert_eq!(
            answer.first("PORT").unwrap().block,
            Scope::Block { head: 1 }
        );
        assert_eq!(answer.all("identityfile2").len(), 2);
        assert!(answer.first("user").is_none() && answer.again.is_none());
    }

    #[test]
    fn an_include_under_a_host_counts_only_for_it() {
        let tree = tree(&[
            (
                "/h/.ssh/config",
                "Host lab\n  Include a\n  Port 3\nHost box\n Port 4\n",
            ),
            ("/h/.ssh/a", "Host *\n  User x\nHost box\n  User y\n"),
        ]);
        assert_eq!(
            told(&tree, &Asked::host("lab")),
            ["a:2 user x Counts", "config:3 port 3 Counts"]
        );
        assert_eq!(told(&tree, &Asked::host("box")), ["config:5 port 4 Counts"]);
    }

    #[test]
    fn what_cannot_be_known_may_count() {
        let tree = tree(&[(
            "/h/.ssh/config",
            "Match exec x\n  User a\nHost *\n  User b\nMatch user b\n  Port 1\n",
        )]);
        assert_eq!(
            told(&tree, &Asked::host("lab")),
            [
                "config:2 user a MayCount",
                "config:4 user b MayCount",
                "config:6 port 1 MayCount"
            ]
        );
        assert_eq!(
            told(&tree, &Asked::host("lab").with_user("b")),
            [
                "config:2 user a Shadowed",
                "config:4 user b Shadowed",
                "config:6 port 1 Counts"
            ]
        );
    }

    #[test]
    fn jump_and_command_shadow_each_other() {
        let standing =
            |text: &str| told(&tree(&[("/h/.ssh/config", text)]), &Asked::host("lab"))[1].clone();
        assert!(standing("ProxyJump a\nProxyCommand b\n").ends_with("Shadowed"));
        assert!(standing("ProxyCommand b\nProxyJump a\n").ends_with("Shadowed"));
        assert!(standing("ProxyJump none\nProxyCommand b\n").ends_with("Counts"));
    }

    #[test]
    fn match_final_makes_ssh_read_twice() {
        let text = "Host h.net\n  Port 7\nMatch final\n  User f\nHost lab\n  HostName H.net\n";
        let tree = tree(&[("/h/.ssh/config", text)]);
        assert_eq!(
            told(&tree, &Asked::host("lab")),
            [
                "config:6 hostname H.net Counts",
                "config:2 port 7 Counts",
                "config:4 user f Counts"
            ]
        );
        assert_eq!(tree.answer(&Asked::host("lab")).again.unwrap().line, 3);
    }

    #[test]
    fn canonical_names_are_not_guessed() {
        let tree = tree(&[(
            "/h/.ssh/config",
            "CanonicalizeHostname yes\nHost lab.net\n  Port 7\n",
        )]);
        assert_eq!(
            told(&tree, &Asked::host("lab"))[1],
            "config:3 port 7 MayCount"
        );
    }
}
