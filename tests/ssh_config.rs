//! Does the document agree with the real ssh? Generated config trees, `ssh -G -F` before and after an edit.

#[cfg(unix)]
#[path = "ssh_config/repairs.rs"]
mod repairs;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use proptest::prelude::*;
use proptest::sample::select;
use sshstep::ssh_config::{
    Asked, Document, Hold, HostBlock, Mark, Place, Sources, Standing, Tree, hunks, matches,
};

const NAMES: [&str; 5] = ["lab", "box", "git.example", "a.net", "b.net"];

/// The files of one tree; `@` in a line stands for the directory.
#[derive(Debug, Clone)]
struct Files(Vec<String>);

struct Home {
    dir: tempfile::TempDir,
    files: Vec<PathBuf>,
}

impl Home {
    fn new(files: &Files) -> Home {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        let mut paths = vec![root.join("config")];
        paths.extend((1..files.0.len()).map(|n| root.join(format!("{n}.conf"))));
        for (path, text) in paths.iter().zip(&files.0) {
            std::fs::write(path, text.replace('@', root.to_str().unwrap())).unwrap();
        }
        Home { dir, files: paths }
    }

    fn tree(&self) -> Tree {
        let mut read = |path: &Path| -> io::Result<Vec<u8>> { std::fs::read(path) };
        let mut glob = |path: &Path| {
            let pattern = path.as_os_str().as_encoded_bytes();
            let mut found: Vec<PathBuf> = std::fs::read_dir(path.parent().unwrap())
                .into_iter()
                .flatten()
                .map(|entry| entry.unwrap().path())
                .filter(|p| matches(p.as_os_str().as_encoded_bytes(), pattern))
                .collect();
            found.sort();
            found
        };
        let mut sources = Sources {
            relative_to: self.dir.path(),
            home: None,
            read: &mut read,
            glob: &mut glob,
        };
        Tree::load(&self.files[0], &mut sources)
    }

    /// What `ssh -G` prints, or why it refuses the config.
    fn asked(&self, host: &str) -> Result<String, String> {
        let output = Command::new("ssh")
            .args(["-G", "-F"])
            .arg(&self.files[0])
            .args(["--", host])
            .stdin(Stdio::null())
            .output()
            .unwrap();
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into_owned())
        }
    }

    fn ssh(&self, host: &str) -> String {
        self.asked(host).unwrap()
    }
}

fn values<'a>(printed: &'a str, keyword: &str) -> Vec<&'a str> {
    let lines = printed.split('\n').filter_map(|line| line.split_once(' '));
    lines
        .filter(|(k, _)| *k == keyword)
        .map(|(_, value)| value)
        .collect()
}

fn me() -> String {
    let output = Command::new("id").arg("-un").output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn option() -> impl Strategy<Value = String> {
    let option = prop_oneof![
        select(vec!["me", "git", "bob#x", "\"eve\""]).prop_map(|v| ("User", v)),
        select(vec!["22", "1001", "1002"]).prop_map(|v| ("Port", v)),
        select(vec!["real.example", "%h.net", "H1.net", "box"]).prop_map(|v| ("HostName", v)),
        select(vec!["/k/1", "/k/2", "\"/k/with blank\"", "~/k", "none"])
            .prop_map(|v| ("IdentityFile", v)),
        select(vec!["hop", "none"]).prop_map(|v| ("ProxyJump", v)),
        select(vec!["nc %h %p # x", "none"]).prop_map(|v| ("ProxyCommand", v)),
        select(vec!["yes", "no"]).prop_map(|v| ("IdentitiesOnly", v)),
        select(vec!["LANG LC_*", "X"]).prop_map(|v| ("SendEnv", v)),
    ];
    let indent = select(vec!["", "  ", "\t", "    "]);
    let separator = select(vec![" ", "=", " = ", "\t"]);
    let spelling = select(vec![
        str::to_owned as fn(&str) -> String,
        str::to_lowercase,
        str::to_uppercase,
    ]);
    let comment = select(vec!["", "", "", " # why", "  "]);
    (indent, spelling, option, separator, comment).prop_map(
        |(indent, spelling, (k, v), separator, comment)| {
            let comment = if k == "ProxyCommand" { "" } else { comment };
            format!("{indent}{}{separator}{v}{comment}", spelling(k))
        },
    )
}

fn head() -> impl Strategy<Value = String> {
    let patterns = [
        &NAMES[..],
        &["*", "*.net", "!lab", "!box", "?ox", "LAB", "git*", "h1.net"],
    ]
    .concat();
    let criteria = vec![
        "all",
        "host a.net,box",
        "host=*.example",
        "!host lab",
        "originalhost lab,box",
        "user git",
        "user me,!git",
        "localuser root",
        "localuser nobody",
        "exec true",
        "exec \"false # x\"",
        "host lab exec false",
        "final",
        "final all",
        "!final all",
        "canonical",
        "originalhost *,!lab # c",
    ];
    prop_oneof![
        4 => proptest::collection::vec(select(patterns), 1..4).prop_map(|p| format!("Host {}", p.join(" "))),
        1 => select(criteria).prop_map(|c| format!("Match {c}")),
    ]
}

/// The lines of file `n`: it includes only later files, so there are no loops.
fn file(n: usize) -> impl Strategy<Value = String> {
    let includes: Vec<String> = match n {
        0 => [
            "@/1.conf",
            "@/1.conf @/3.conf",
            "@/*.conf",
            "\"@/2.conf\" # c",
        ]
        .map(String::from)
        .to_vec(),
        1 => ["@/2.conf", "@/none.conf", "@/3.conf"]
            .map(String::from)
            .to_vec(),
        _ => vec!["@/none*".to_owned()],
    };
    let line = prop_oneof![
        6 => option(),
        3 => head(),
        1 => select(includes).prop_map(|i| format!("Include {i}")),
        1 => Just("# a comment".to_owned()),
        1 => Just(String::new()),
    ];
    let eol = select(vec!["\n", "\n", "\r\n"]);
    let ended = any::<bool>();
    (proptest::collection::vec(line, 0..14), eol, ended).prop_map(|(lines, eol, ended)| {
        let text = lines.join(eol);
        if ended && !text.is_empty() {
            text + eol
        } else {
            text
        }
    })
}

fn files() -> impl Strategy<Value = Files> {
    (file(0), file(1), file(2), file(3)).prop_map(|(a, b, c, d)| Files(vec![a, b, c, d]))
}

/// `PROPTEST_CASES` in the environment makes a long run of it.
fn config(cases: u32) -> ProptestConfig {
    let asked = std::env::var_os("PROPTEST_CASES").map(|_| ProptestConfig::default().cases);
    ProptestConfig {
        cases: asked.unwrap_or(cases),
        failure_persistence: None,
        max_shrink_iters: 300,
        ..ProptestConfig::default()
    }
}

fn block(host: &str) -> HostBlock {
    HostBlock::for_host(host)
        .option("HostName", "target.example")
        .option("User", "mine")
        .option("Port", "4222")
        .option("IdentityFile", "/k/my own")
        .option("IdentitiesOnly", "yes")
        .option("ProxyCommand", "nc target 1 # mine")
}

/// Inserts the block and checks what ssh says about this host and all others.
fn check_insert(home: &Home, host: &str, choose: fn(&Tree, &Asked) -> Place) -> Place {
    let tree = home.tree();
    assert_eq!(tree.problems(), []);
    assert_eq!(tree.malformed(), []);
    let asked = Asked::host(host).with_local_user(me());
    let place = choose(&tree, &asked);
    let others: Vec<String> = tree
        .hosts()
        .into_iter()
        .map(|h| h.name)
        .filter(|h| h != host)
        .collect();
    // Read again for `Match final`, ssh compares `Host` lines with the host name, in lower case.
    let others: BTreeMap<String, String> = others
        .into_iter()
        .map(|other| (home.ssh(&other), other))
        .filter(|(printed, _)| !values(printed, "hostname").contains(&host))
        .map(|(printed, other)| (other, printed))
        .collect();

    let block = block(host);
    let edit = tree.main().1.insert_block(place.line, &block).unwrap();
    let hunks = hunks(edit.before(), edit.after(), 0);
    let quiet = |mark| matches!(mark, Mark::Added | Mark::EndChanged);
    assert!(
        hunks.iter().flat_map(|h| &h.lines).all(|l| quiet(l.mark)),
        "{hunks:?}"
    );
    std::fs::write(&home.files[0], edit.after().to_bytes()).unwrap();

    let printed = home.ssh(host);
    for (keyword, value) in &block.options {
        let ours = String::from_utf8(value.clone()).unwrap();
        let printed = values(&printed, &keyword.to_lowercase());
        match place
            .blocked(keyword)
            .map(|b| (b.hold, b.setting.text().into_owned()))
        {
            None => assert_eq!(
                printed.first(),
                Some(&ours.as_str()),
                "{keyword} is not ours"
            ),
            Some((Hold::ComesFirst, theirs)) => {
                assert_eq!(printed.first(), Some(&theirs.as_str()), "{keyword}");
                assert!(
                    printed.contains(&ours.as_str()),
                    "{keyword} of ours is missing"
                );
            }
            Some((Hold::Wins, _)) if matches!(keyword.as_str(), "ProxyCommand" | "HostName") => {
                assert_ne!(
                    printed.first(),
                    Some(&ours.as_str()),
                    "{keyword} was not blocked"
                );
            }
            Some((Hold::Wins, theirs)) => assert_eq!(printed, [theirs.as_str()], "{keyword}"),
        }
    }
    for (other, before) in others {
        assert_eq!(before, home.ssh(&other), "{other} changed");
    }
    place
}

/// Compares the tree's answer with what ssh says.
fn check_answer(home: &Home, host: &str) {
    let answer = home.tree().answer(&Asked::host(host).with_local_user(me()));
    let printed = home.ssh(host);
    let read = |keyword: &str, value: &str| match keyword {
        "hostname" => value.replace("%h", host).to_lowercase(),
        _ => value.to_owned(),
    };
    for (keyword, default) in [
        ("user", me()),
        ("port", "22".to_owned()),
        ("hostname", host.to_lowercase()),
    ] {
        let all = answer.all(keyword);
        let mut expected: Vec<String> = all.iter().map(|s| read(keyword, &s.text())).collect();
        if !all
            .iter()
            .any(|s| s.cover == sshstep::ssh_config::Cover::Yes)
        {
            expected.push(default);
        }
        let value = values(&printed, keyword)[0].to_owned();
        assert!(
            expected.contains(&value),
            "{host}: {keyword} {value} is none of {all:#?}"
        );
        if all.iter().all(|s| s.standing == Standing::Counts) {
            assert_eq!(expected, [value], "{host}: {keyword}");
        }
    }
    let all = answer.all("identityfile");
    let printed = values(&printed, "identityfile");
    let sure = all.iter().filter(|s| s.standing == Standing::Counts);
    let sure: Vec<String> = sure.map(|s| s.text().into_owned()).collect();
    if sure.len() == all.len() && !all.is_empty() {
        assert_eq!(printed, sure, "{host}: IdentityFile");
    }
    assert!(
        sure.iter().all(|s| printed.contains(&s.as_str())),
        "{host}: {sure:?} are not all in {printed:?}"
    );
}

proptest! {
    #![proptest_config(config(120))]

    #[test]
    fn a_block_takes_effect_and_changes_nobody_else(files in files(), host in select(NAMES.to_vec())) {
        let home = Home::new(&files);
        check_insert(&home, host, Tree::place_for);
    }

}

proptest! {
    #![proptest_config(config(60))]

    #[test]
    fn at_the_top_nothing_is_in_the_way(files in files(), host in select(NAMES.to_vec())) {
        let home = Home::new(&files);
        let place = check_insert(&home, host, |tree, _| tree.place_at_top());
        prop_assert!(place.blocked.is_empty());
    }

    #[test]
    fn the_answer_is_that_of_ssh(files in files()) {
        let home = Home::new(&files);
        for host in ["lab", "LAB", "a.net", "elsewhere"] {
            check_answer(&home, host);
        }
    }

    #[test]
    fn a_new_value_is_what_ssh_reads(
        files in files(),
        host in select(NAMES.to_vec()),
        user in select(vec!["new", "with blank", "#x", "=x", "a#b", "x\\y", "-"]),
    ) {
        let home = Home::new(&files);
        let answer = home.tree().answer(&Asked::host(host).with_local_user(me()));
        if let Some(setting) = answer.first("User").filter(|s| s.standing == Standing::Counts) {
            let text = std::fs::read(&setting.file).unwrap();
            let edit = Document::parse(&text).replace_value(setting.line, user.as_bytes()).unwrap();
            std::fs::write(&setting.file, edit.after().to_bytes()).unwrap();
            let printed = home.ssh(host);
            prop_assert_eq!(values(&printed, "user"), [user]);
            prop_assert!(edit.hunks(0).len() <= 1);
        }
    }
}

/// Pieces of a line that are hard to read.
fn pieces() -> impl Strategy<Value = String> {
    let pieces = vec![
        "a", "lab", "l*b", "b", " ", " ", "\t", "\"", "\"", "'", "\\", "#", " #", "=", "!", "?",
        "*", ",", "\r", "\x0c", "é", "\"x y\"", "'z'", "\\ ", "\0",
    ];
    proptest::collection::vec(select(pieces), 0..7).prop_map(|p| p.concat())
}

fn separator() -> impl Strategy<Value = &'static str> {
    select(vec![" ", "=", " = ", "\t", " =", "  "])
}

proptest! {
    #![proptest_config(config(200))]

    #[test]
    fn a_value_is_read_as_ssh_reads_it(separator in separator(), rest in pieces(), crlf in any::<bool>()) {
        let text = format!("User{separator}{rest}{}Port 7\n", if crlf { "\r\n" } else { "\n" });
        let home = Home::new(&Files(vec![text.clone()]));
        let arguments = Document::parse(text.as_bytes()).line(1).unwrap().option().map(|o| o.arguments.clone());
        match (home.asked("lab"), arguments.as_deref()) {
            (Ok(printed), Some([one])) if !one.is_empty() => {
                prop_assert_eq!(values(&printed, "user"), [String::from_utf8_lossy(one)], "{:?}", text);
            }
            (Err(_), None | Some([] | [_, _, ..])) => {}
            (Err(_), Some([one])) => prop_assert!(one.is_empty(), "{:?}", text),
            (Ok(printed), _) => prop_assert!(false, "{:?} {:?} {:?}", text, arguments, printed),
        }
    }

    #[test]
    fn a_head_is_read_as_ssh_reads_it(
        head in select(vec!["Host", "Match host", "Match originalhost", "Match all", "Match", "Match !host"]),
        separator in separator(),
        rest in pieces(),
    ) {
        let text = format!("{head}{separator}{rest}\nPort 7\n");
        let home = Home::new(&Files(vec![text.clone()]));
        let tree = home.tree();
        match home.asked("lab") {
            Ok(printed) => {
                prop_assert_eq!(tree.malformed(), [], "{:?}", text);
                let answer = tree.answer(&Asked::host("lab"));
                let port = answer.first("port").map_or("22".into(), |s| s.text());
                prop_assert_eq!(values(&printed, "port"), [port], "{:?}", text);
            }
            Err(_) => prop_assert_eq!(tree.malformed().len(), 1, "{:?}", text),
        }
    }
}
