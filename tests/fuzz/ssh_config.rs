//! Does a config come back byte for byte, and does every question and every edit end without a panic?
#![no_main]

use std::io;
use std::path::{Path, PathBuf};

use libfuzzer_sys::fuzz_target;
use sshstep::ssh_config::{Asked, At, Document, Edit, EditError, HostBlock, Line, Sources, Tree, hunks};

/// What may follow the person's file: the same bytes cut at this one.
const NEXT_FILE: u8 = 0;

fuzz_target!(|bytes: &[u8]| {
    let document = Document::parse(bytes);
    assert_eq!(document.to_bytes(), bytes);
    is_answered(bytes);
    is_edited(&document);
});

/// A tree of files in memory: `config`, which may include `1`, `2`, …
fn is_answered(bytes: &[u8]) {
    let files: Vec<&[u8]> = bytes.split(|&byte| byte == NEXT_FILE).take(8).collect();
    let at = |path: &Path| -> Option<usize> {
        match path.strip_prefix("/h/.ssh").ok()?.to_str()? {
            "config" => Some(0),
            name => name.parse().ok(),
        }
    };
    let mut read = |path: &Path| -> io::Result<Vec<u8>> {
        let file = at(path).and_then(|at| files.get(at));
        file.map(|bytes| bytes.to_vec())
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    };
    let mut glob = |_: &Path| -> Vec<PathBuf> {
        (1..files.len())
            .map(|number| PathBuf::from(format!("/h/.ssh/{number}")))
            .collect()
    };
    let mut sources = Sources {
        relative_to: Path::new("/h/.ssh"),
        home: Some(Path::new("/h")),
        read: &mut read,
        glob: &mut glob,
    };
    let tree = Tree::load(Path::new("/h/.ssh/config"), &mut sources);
    tree.malformed();
    tree.hosts();
    for host in ["lab", "git.example", "h"] {
        let asked = Asked::host(host).with_user("git").with_local_user("me");
        let answer = tree.answer(&asked);
        answer.first("user");
        answer.all("identityfile");
        let (_, main) = tree.main();
        for place in [tree.place_for(&asked), tree.place_at_top()] {
            place.blocked("User");
            let block = HostBlock::for_host(host).option("User", "git");
            let edit = main.insert_block(place.line, &block);
            if let Some(edit) = keeps_the_rest(main, edit) {
                let marked = edit.after().marked(host);
                assert!(!matches!(marked, Ok(None)), "the new block is found again");
            }
        }
    }
}

fn is_edited(document: &Document) {
    for block in document.blocks() {
        for at in [At::Top, At::Bottom] {
            keeps_the_rest(document, document.add_option(&block, at, "Port", b"22"));
        }
    }
    for line in (0..=document.len() + 1).take(64) {
        keeps_the_rest(document, document.insert_line(line, b"# note"));
        let edits = [
            document.replace_line(line, b"User x"),
            document.replace_value(line, b"a b"),
            document.replace_patterns(line, &["a", "!b"]),
        ];
        for edit in edits.into_iter().flatten() {
            hunks(edit.before(), edit.after(), 3);
            is_readable(&edit);
        }
    }
}

/// What is written is what is read back.
fn is_readable(edit: &Edit) {
    let bytes = edit.after().to_bytes();
    assert_eq!(Document::parse(&bytes).to_bytes(), bytes);
    assert_eq!(Document::parse(&bytes).len(), edit.after().len());
}

/// An edit that only adds: every old line is still there, in order.
fn keeps_the_rest(before: &Document, edit: Result<Edit, EditError>) -> Option<Edit> {
    let edit = edit.ok()?;
    is_readable(&edit);
    let mut after = edit.after().lines().map(Line::raw);
    let lost = before.lines().map(Line::raw).find(|line| !after.any(|other| other == *line));
    assert_eq!(lost, None);
    drop(after);
    Some(edit)
}
