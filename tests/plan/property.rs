//! Any changes, in any order, over several runs: undo brings back the same tree.

use proptest::prelude::*;
use sshstep::plan::{Change, Outcome};

use crate::home::{Home, go};

#[derive(Clone, Debug)]
enum Deed {
    Write(&'static str, Vec<u8>),
    Mode(&'static str, u32),
    Folder(&'static str),
    Remove(&'static str),
}

fn deed() -> impl Strategy<Value = Deed> {
    let file = || {
        prop::sample::select(vec![
            "config",
            "known_hosts",
            "link",
            "dir/a",
            "new/b",
            "new/c",
        ])
    };
    let text = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..20),
        "([ab]\r?\n){0,5}[ab]?".prop_map(String::into_bytes),
    ];
    prop_oneof![
        4 => (file(), text).prop_map(|(file, text)| Deed::Write(file, text)),
        2 => (file(), prop::sample::select(vec![0o600, 0o644, 0o640, 0o700]))
            .prop_map(|(file, mode)| Deed::Mode(file, mode)),
        1 => prop::sample::select(vec!["new", "other"]).prop_map(Deed::Folder),
        1 => file().prop_map(Deed::Remove),
    ]
}

/// The change that does it here and now; `None` when it makes no sense.
fn change(home: &Home, deed: &Deed) -> Option<Change> {
    match deed {
        Deed::Write(name, text) => Some(Change::WriteText {
            path: home.path(name),
            before: std::fs::read(home.path(name)).ok(),
            after: text.clone(),
            mode_if_new: 0o600,
        }),
        Deed::Mode(name, mode) if home.path(name).exists() => Some(Change::SetMode {
            path: home.path(name),
            before: home.mode(name),
            after: *mode,
        }),
        Deed::Folder(name) => Some(Change::MakeDir {
            path: home.path(name),
            mode: 0o700,
        }),
        Deed::Remove(name) if home.path(name).exists() => Some(Change::RemoveOurs {
            path: home.path(name),
            expected: std::fs::read(home.path(name)).ok()?,
        }),
        Deed::Mode(..) | Deed::Remove(..) => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn all_changes_and_then_undo_is_the_same_tree(runs in prop::collection::vec(prop::collection::vec(deed(), 1..6), 1..4)) {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::new(dir.path());
        home.dir("dir", 0o750);
        home.put("config", "a\nb\n", 0o644);
        home.put("dir/real", "x", 0o600);
        home.link("link", "dir/real");
        let before = home.picture();
        for deeds in runs {
            let mut run = home.run();
            for deed in deeds {
                // A folder may be missing, a link is not ours to remove: refused, nothing changes.
                let old = home.picture();
                if let Some(change) = change(&home, &deed) && go(&mut run, vec![change]).is_err() {
                    prop_assert_eq!(home.picture(), old);
                }
            }
            run.end(Outcome::Finished).unwrap();
        }
        while home.undo() {}
        prop_assert_eq!(home.picture(), before);
    }
}
