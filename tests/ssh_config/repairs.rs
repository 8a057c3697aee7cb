//! Does a repair of the settings do what is meant, and change nothing for any other host?
//!
//! `SSHSTEP_CASES` in the environment makes a long run of it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, TestRunner};
use sshstep::diagnosis::fix::Repair;
use sshstep::diagnosis::{Certainty, Finding, Severity};
use sshstep::facts;
use sshstep::machine::Machine;
use sshstep::page::StepId;
use sshstep::plan::Change;
use sshstep::probe::Answer;
use sshstep::provider::Provider;
use sshstep::repair::{self, Situation};
use sshstep::ssh_config::{Document, matches};
use sshstep::target::Target;
use sshstep::text::Text;

use super::{Files, Home, NAMES, files, values};

/// Names that no file mentions, or only by a pattern.
const MORE: [&str; 5] = ["elsewhere", "LAB", "x.net", "fox", "github"];

fn cases(usual: u32) -> u32 {
    let asked = std::env::var("SSHSTEP_CASES").ok();
    asked.and_then(|n| n.parse().ok()).unwrap_or(usual)
}

fn runner(usual: u32) -> TestRunner {
    TestRunner::new(Config {
        cases: cases(usual),
        failure_persistence: None,
        max_shrink_iters: 200,
        ..Config::default()
    })
}

/// The person's machine: the folder is their home, and there is no agent.
fn machine(home: &Home) -> Machine {
    let root = home.dir.path().canonicalize().unwrap();
    let mut machine = Machine::here(Some(home.files[0].clone()), Duration::from_secs(5));
    machine.ssh_home.clone_from(&root);
    machine.tilde.clone_from(&root);
    machine.cwd.clone_from(&root);
    machine.env_home = None;
    machine.env.clear();
    machine
}

fn service(host: &str) -> Provider {
    let text = format!("id = \"s\"\nname = \"S\"\nhosts = [\"{host}\"]\nuser = \"git\"\n");
    toml::from_str(&text).unwrap()
}

fn finding() -> Finding {
    Finding {
        entry: 0,
        code: String::new(),
        certainty: Certainty::Likely,
        severity: Severity::Error,
        step: StepId::Config,
        summary: Text::default(),
        cause: Text::default(),
        evidence: Vec::new(),
        fixes: Vec::new(),
        values: BTreeMap::new(),
    }
}

/// Makes the repair and writes what it plans; none when it cannot be made.
fn repaired(home: &Home, host: &str, repair: Repair) -> Option<Situation> {
    repaired_at(home, host, repair, service(host))
}

fn repaired_at(home: &Home, host: &str, repair: Repair, provider: Provider) -> Option<Situation> {
    let machine = Arc::new(machine(home));
    let target = Target::parse(host).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let facts = Arc::new(facts::gather(&machine, Some(&target)).await);
        let known = facts.keys.iter().find_map(|key| key.fingerprint());
        let situation = Situation {
            answers: known
                .map(|key| (key.to_owned(), Answer::Accepted))
                .into_iter()
                .collect(),
            provider: Some(provider),
            machine,
            facts,
            target,
            key: None,
        };
        let remedy = repair::prepare(repair, &finding(), &situation).await.ok()?;
        for change in &remedy.plan.changes {
            let Change::WriteText {
                path,
                before,
                after,
                ..
            } = change
            else {
                panic!("{} {}", change.kind(), change.path().display());
            };
            assert_eq!(std::fs::read(path).ok(), *before);
            std::fs::write(path, after).unwrap();
        }
        Some(situation)
    })
}

/// What ssh says about all others.
fn others(home: &Home, host: &str) -> BTreeMap<&'static str, String> {
    let names = NAMES.iter().chain(&MORE).copied();
    names
        // The same name in capitals is the same host, when ssh reads its files again.
        .filter(|name| !name.eq_ignore_ascii_case(host))
        .map(|name| (name, home.ssh(name)))
        .collect()
}

/// `~/.ssh/work` and its public half.
fn add_key(home: &Home) {
    static KEY: LazyLock<(tempfile::TempDir, PathBuf)> = LazyLock::new(|| {
        let folder = tempfile::tempdir().unwrap();
        let key = folder.path().join("work");
        let made = Command::new("ssh-keygen")
            .args(["-q", "-t", "ed25519", "-N", "", "-f"])
            .arg(&key)
            .status();
        assert!(made.unwrap().success());
        (folder, key)
    });
    let folder = home.dir.path().join(".ssh");
    std::fs::create_dir(&folder).unwrap();
    for name in ["work", "work.pub"] {
        std::fs::copy(KEY.1.with_file_name(name), folder.join(name)).unwrap();
    }
}

/// What the repair is for, where it was made.
fn does_what_is_meant(repair: Repair, printed: &str, host: &str) -> Result<(), String> {
    let first = |keyword: &str| {
        let mut values = values(printed, keyword).into_iter();
        // `IdentityFile none` is passed over where other lines name a key (ssh.c:load_public_identity_files).
        let value = values.find(|value| keyword != "identityfile" || *value != "none");
        value.unwrap_or_default().to_owned()
    };
    let is = |keyword: &str, expected: &str| match first(keyword) {
        value if value == expected => Ok(()),
        value => Err(format!("{keyword} is {value}, not {expected}")),
    };
    match repair {
        Repair::UseKey => is("identityfile", "~/.ssh/work"),
        Repair::RightUser => is("user", "git"),
        Repair::RightAddress => is("hostname", host).and_then(|()| is("port", "22")),
        Repair::LiftBlock | Repair::AddName => is("user", "late"),
        Repair::AllowKeys => is("pubkeyauthentication", "true"),
        _ => panic!("no test for {repair:?}"),
    }
}

#[test]
fn a_repair_reaches_its_host_and_no_other() {
    let repairs = [
        Repair::UseKey,
        Repair::RightUser,
        Repair::RightAddress,
        Repair::LiftBlock,
        Repair::AddName,
        Repair::AllowKeys,
    ];
    let mut made: BTreeMap<String, (u32, u32)> = BTreeMap::new();
    let counted = std::cell::RefCell::new(&mut made);
    let input = (
        files(),
        select(NAMES.to_vec()),
        select(repairs.to_vec()),
        any::<Index>(),
    );
    let result = runner(24).run(&input, |(files, host, repair, at)| {
        let home = Home::new(&broken(files, host, repair, &at));
        add_key(&home);
        let before = others(&home, host);
        let is_made = repaired(&home, host, repair).is_some();
        let mut counted = counted.borrow_mut();
        let count = counted.entry(format!("{repair:?}")).or_default();
        count.0 += 1;
        count.1 += u32::from(is_made);
        if is_made {
            let printed = home.ssh(host);
            let meant = does_what_is_meant(repair, &printed, host);
            prop_assert_eq!(meant, Ok(()));
        }
        for (name, was) in before {
            prop_assert_eq!(home.ssh(name), was, "{} changed", name);
        }
        Ok(())
    });
    println!("asked for and made: {made:?}");
    result.unwrap();
    let sum = made
        .values()
        .fold((0, 0), |sum, (asked, done)| (sum.0 + asked, sum.1 + done));
    assert!(sum.1 * 2 > sum.0, "{made:?}");
}

/// Hosts where one account signs in.
const TOGETHER: [&[&str]; 5] = [
    &["lab", "box"],
    &["a.net", "b.net"],
    &["{part}.net", "{part}.example"],
    &["lab", "*.net"],
    &["box", "git.*", "?"],
];

fn service_of(together: &[&str]) -> Provider {
    let words: Vec<String> = together.iter().map(|word| format!("\"{word}\"")).collect();
    let text = format!(
        "id = \"s\"\nname = \"S\"\nuser = \"git\"\ntogether = [[{}]]\n",
        words.join(", ")
    );
    toml::from_str(&text).unwrap()
}

/// Whether some line is about a host and not about the one that is repaired.
fn has_lines_of_its_own(read: &[String], name: &str, repaired: &str) -> bool {
    let fits = |words: &str, name: &str| {
        let fitting = |word: &&str| {
            let glob = word.strip_prefix('!').unwrap_or(word);
            matches(name.as_bytes(), glob.as_bytes())
        };
        let words: Vec<&str> = words.split([' ', ',']).filter(fitting).collect();
        !words.is_empty() && words.iter().all(|word| !word.starts_with('!'))
    };
    let mut lines = read.iter().flat_map(|text| text.lines());
    lines.any(|line| {
        let names = ["Host ", "Match host ", "Match host=", "Match originalhost "]
            .iter()
            .find_map(|head| line.strip_prefix(head));
        match names {
            Some(names) if line.starts_with("Host ") => fits(names, name) && !fits(names, repaired),
            Some(names) => {
                let list = names.split(' ').next().unwrap_or_default();
                fits(list, name) && !fits(list, repaired)
            }
            None => line == "Match !host lab" && name != "lab" && repaired == "lab",
        }
    })
}

/// A host that belongs together with the one that is repaired gets the same key, and only where no line of the person is
/// for that one alone; for all the others nothing changes.
#[test]
fn a_block_for_hosts_that_belong_together_reaches_no_other() {
    let input = (files(), select(NAMES.to_vec()), select(TOGETHER.to_vec()));
    let (mut made, mut shared) = (0, 0);
    let counts = std::cell::RefCell::new((&mut made, &mut shared));
    let result = runner(32).run(&input, |(files, host, together)| {
        let home = Home::new(&files);
        add_key(&home);
        let before = others(&home, host);
        let text = |(_, document): (_, &Document)| {
            String::from_utf8_lossy(&document.to_bytes()).into_owned()
        };
        let read: Vec<String> = home.tree().files().map(text).collect();
        let service = service_of(together);
        let words = service.together_at(host);
        if repaired_at(&home, host, Repair::UseKey, service).is_none() {
            return Ok(());
        }
        let mut counts = counts.borrow_mut();
        *counts.0 += 1;
        // The same name in capitals is the same host, when ssh reads its files again.
        let is_word = |name: &str| {
            let mut words = words.iter();
            words.any(|word| matches(name.to_lowercase().as_bytes(), word.as_bytes()))
        };
        prop_assert_eq!(
            does_what_is_meant(Repair::UseKey, &home.ssh(host), host),
            Ok(())
        );
        // Read again for `Match final`, ssh compares `Host` lines with the host name.
        let is_as_typed = |(name, was): &(&str, String)| {
            let real = values(was, "hostname").first().copied().unwrap_or_default();
            real.eq_ignore_ascii_case(name) || (real != host && !is_word(real))
        };
        for (name, was) in before.into_iter().filter(is_as_typed) {
            let is = home.ssh(name);
            if is_word(name) && !has_lines_of_its_own(&read, name, host) && is != was {
                *counts.1 += 1;
                let meant = does_what_is_meant(Repair::UseKey, &is, name);
                prop_assert_eq!(meant, Ok(()), "{}", name);
            } else {
                prop_assert!(is == was, "{} changed: {}", name, is);
            }
        }
        Ok(())
    });
    println!("made, and other hosts with it: {made} {shared}");
    result.unwrap();
    assert!(made > 0 && shared > 0, "{made} {shared}");
}

/// The files with something for the repair to mend.
fn broken(mut files: Files, host: &str, repair: Repair, at: &Index) -> Files {
    const LATE: &str = "User late\n  Port 4022\n  HostName late.example\n";
    let main = &mut files.0[0];
    match repair {
        Repair::LiftBlock => *main += &format!("\n# late\nHost {host}\n  {LATE}"),
        Repair::AddName => {
            let name = host.to_uppercase();
            *main = format!("Host {name}\n  {LATE}{main}");
        }
        Repair::AllowKeys => {
            let mut lines: Vec<&str> = main.split_inclusive('\n').collect();
            let at = at.index(lines.len() + 1);
            lines.insert(at, "\nPubkeyAuthentication no\n");
            *main = lines.concat();
        }
        _ => {}
    }
    files
}

/// A line made wrong in a way that has one meaning.
fn spoilt(text: &str, at: &Index, how: usize) -> String {
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    if lines.is_empty() {
        lines.push(String::new());
    }
    let at = at.index(lines.len());
    let line = &mut lines[at];
    match how {
        0 => *line = line.replacen("User", "Usr", 1).replacen("PORT", "PROT", 1),
        1 => {
            *line = line
                .replacen("Host ", "Hots ", 1)
                .replacen("ort", "orrt", 1)
        }
        2 => line.insert_str(0, "  UseKeychain yes\n"),
        3 => line.insert_str(0, "WarnWeakCrypto=no\n"),
        _ => lines[0].insert(0, '\u{feff}'),
    }
    lines.concat()
}

#[test]
fn refused_lines_become_what_they_were() {
    let spoil = proptest::collection::vec((0..4usize, any::<Index>(), 0..5usize), 1..4);
    let input = (files(), spoil, select(NAMES.to_vec()));
    let (mut refused, mut made) = (0, 0);
    let counts = std::cell::RefCell::new((&mut refused, &mut made));
    let result = runner(16).run(&input, |(files, spoil, host)| {
        let before = others(&Home::new(&files), "");
        let mut bad = files.clone();
        for (file, at, how) in &spoil {
            bad.0[*file] = spoilt(&bad.0[*file], at, *how);
        }
        let home = Home::new(&bad);
        if home.asked(host).is_ok() {
            return Ok(());
        }
        let mut counts = counts.borrow_mut();
        *counts.0 += 1;
        if repaired(&home, host, Repair::MendLines).is_none() {
            return Ok(());
        }
        *counts.1 += 1;
        let bare = |printed: &str| {
            let lines = printed
                .lines()
                .filter(|line| !line.starts_with("ignoreunknown"));
            lines.map(str::to_owned).collect::<Vec<_>>().join("\n")
        };
        for (name, was) in &before {
            prop_assert_eq!(bare(&home.ssh(name)), bare(was), "{}", name);
        }
        Ok(())
    });
    println!("refused and mended: {refused} {made}");
    result.unwrap();
    assert!(made * 2 >= refused, "{made} of {refused}");
}
