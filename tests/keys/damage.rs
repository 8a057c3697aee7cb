//! Is a damaged file refused by us exactly when ssh refuses it?

use std::fs;

use sshstep::key::file::{Content, inspect};
use sshstep::key::private::Defect;
use sshstep::key::unlock::{Reason, unlock};

use crate::lab::{Lab, RIGHT, private, public, secret};

/// A change to a key file's text, with a name for messages.
type Mutation = (&'static str, fn(&str) -> Vec<u8>);

const MUTATIONS: [Mutation; 27] = [
    ("as it is", |t| t.into()),
    ("crlf", |t| t.replace('\n', "\r\n").into()),
    ("crlf in the body only", |t| {
        let lines: Vec<&str> = t.lines().collect();
        let body = lines[1..lines.len() - 1].join("\r\n");
        format!("{}\n{body}\r\n{}\n", lines[0], lines[lines.len() - 1]).into()
    }),
    ("cr only", |t| t.replace('\n', "\r").into()),
    ("no final newline", |t| t.trim_end().into()),
    ("two final newlines", |t| format!("{t}\n").into()),
    ("blank line before", |t| format!("\n{t}").into()),
    ("blanks before", |t| format!("  {t}").into()),
    ("byte order mark", |t| format!("\u{feff}{t}").into()),
    ("text before", |t| format!("my key:\n{t}").into()),
    ("text on the first line", |t| format!("key: {t}").into()),
    ("text after", |t| format!("{t}the end\n").into()),
    ("text after the end marker", |t| {
        format!("{}x\n", t.trim_end()).into()
    }),
    ("trailing blanks everywhere", |t| {
        t.replace('\n', " \n").into()
    }),
    ("trailing blanks in the first line", |t| {
        t.replacen('\n', " \t\n", 1).into()
    }),
    ("trailing blanks in the last line", |t| {
        format!("{}  \n", t.trim_end()).into()
    }),
    ("trailing blanks in the second line", |t| {
        let mut lines: Vec<String> = t.lines().map(str::to_owned).collect();
        lines[1].push(' ');
        (lines.join("\n") + "\n").into()
    }),
    ("blank line inside", |t| {
        let mut lines: Vec<&str> = t.lines().collect();
        lines.insert(lines.len() - 1, "");
        (lines.join("\n") + "\n").into()
    }),
    ("indented", |t| {
        t.lines()
            .map(|l| format!("  {l}\n"))
            .collect::<String>()
            .into()
    }),
    ("on one line", |t| t.replace('\n', "").into()),
    ("on one line with blanks", |t| t.replace('\n', " ").into()),
    ("utf-16", |t| {
        let units = t.encode_utf16().flat_map(u16::to_le_bytes);
        [0xff, 0xfe].into_iter().chain(units).collect()
    }),
    ("cut in the middle", |t| t[..t.len() / 2].into()),
    ("last body line lost", |t| {
        let mut lines: Vec<&str> = t.lines().collect();
        lines.remove(lines.len() - 2);
        (lines.join("\n") + "\n").into()
    }),
    ("end line lost", |t| t[..t.find("-----END").unwrap()].into()),
    ("a character that is none of Base64", |t| {
        let at = t.find('\n').unwrap() + 5;
        format!("{}*{}", &t[..at], &t[at + 1..]).into()
    }),
    ("begins damaged", |t| {
        let at = t.find('\n').unwrap() + 2;
        format!("{}AAAA{}", &t[..at], &t[at + 4..]).into()
    }),
];

#[test]
fn a_file_has_defects_exactly_when_ssh_refuses_it() {
    let lab = Lab::new();
    let mut disagreements = Vec::new();
    for options in [
        "-t ed25519",
        "-t ecdsa",
        "-t rsa -b 2048",
        "-t rsa -b 2048 -m PEM",
        "-t ecdsa -m PEM",
        "-t rsa -b 2048 -m PKCS8",
        "-t ecdsa -m PKCS8",
    ] {
        for passphrase in ["", RIGHT] {
            let good = lab.ssh("good");
            let _ = fs::remove_file(&good);
            lab.keygen(&good, passphrase, &format!("{options} -a 1"));
            let text = fs::read_to_string(&good).unwrap();
            for (name, change) in MUTATIONS {
                // PEM's lines are whole blocks of the cipher, so nobody sees without the
                // passphrase that one is missing.
                if name == "last body line lost"
                    && !passphrase.is_empty()
                    && options.contains("PEM")
                {
                    continue;
                }
                let path = lab.ssh("changed");
                lab.write(&path, &change(&text));
                let ssh_loads = lab.loads(&path, passphrase).is_some();
                let found = private(&path);
                if ssh_loads != found.defects.is_empty() {
                    disagreements.push((options, passphrase, name, ssh_loads, found.defects));
                }
            }
        }
    }
    assert!(disagreements.is_empty(), "{disagreements:#?}");
}

#[test]
fn defects_are_called_by_their_names() {
    let lab = Lab::new();
    let good = lab.ssh("good");
    lab.keygen(&good, "", "-t ed25519");
    let text = fs::read_to_string(&good).unwrap();
    let outer = public(&good.with_extension("pub"));
    let cases: [(&str, &[Defect]); 14] = [
        ("crlf", &[Defect::CrLf]),
        ("no final newline", &[Defect::NoFinalNewline]),
        ("blank line before", &[Defect::BlankBefore]),
        ("byte order mark", &[Defect::ByteOrderMark]),
        ("text before", &[Defect::TextBefore]),
        ("trailing blanks everywhere", &[Defect::TrailingBlanks]),
        (
            "trailing blanks in the last line",
            &[Defect::TrailingBlanks],
        ),
        ("indented", &[Defect::Indented]),
        ("on one line", &[Defect::OneLine, Defect::NoFinalNewline]),
        ("utf-16", &[Defect::Utf16]),
        ("cut in the middle", &[Defect::Truncated]),
        ("end line lost", &[Defect::Truncated]),
        ("last body line lost", &[Defect::Damaged]),
        ("a character that is none of Base64", &[Defect::Damaged]),
    ];
    for (wanted, defects) in cases {
        let (_, change) = MUTATIONS.iter().find(|(name, _)| *name == wanted).unwrap();
        let path = lab.ssh("changed");
        lab.write(&path, &change(&text));
        let found = private(&path);
        assert_eq!(found.defects, defects, "{wanted}");
        if defects.iter().all(|defect| defect.is_mendable()) {
            let inner = found.public.expect(wanted);
            assert!(inner.is_same_key(&outer), "{wanted}");
        }
        let refusal = unlock(&path, &secret("")).err().expect(wanted);
        assert_eq!(refusal.reason, Reason::Damaged, "{wanted}");
    }
}

#[test]
fn random_damage_is_judged_as_ssh_judges_it() {
    let lab = Lab::new();
    let good = lab.ssh("good");
    lab.keygen(&good, "", "-t ed25519");
    let text = fs::read(&good).unwrap();
    let mut state: u64 = 0x5eed;
    let mut next = |below: usize| {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (state >> 33) as usize % below
    };
    for round in 0..150 {
        let mut bytes = text.clone();
        let at = next(bytes.len());
        match next(3) {
            0 => bytes[at] = b"Aa+/=\n\r -*9"[next(11)],
            1 => drop(bytes.remove(at)),
            _ => bytes.insert(at, b"Aa+/=\n\r -*9"[next(11)]),
        }
        let path = lab.ssh("changed");
        lab.write(&path, &bytes);
        let ssh_loads = lab.loads(&path, "").is_some();
        let ours = match inspect(&path).content {
            Content::Private(private) => private.defects.is_empty(),
            _ => false,
        };
        assert_eq!(
            ours,
            ssh_loads,
            "round {round}: {}",
            String::from_utf8_lossy(&bytes)
        );
    }
}
