//! Which keys does a tool's list name, and which of them are on this computer?

use md5::{Digest as _, Md5};

use crate::facts::LocalKey;
use crate::key::wire;
use crate::pattern::Pattern;
use crate::platform::process::Output;
use crate::provider::{Column, Fields, List};
use crate::text::{Kind, Text};

/// Of an excerpt's end, fewer characters of the key than these could be another key's as well.
const TELLING: usize = 6;

/// A key of the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountKey {
    /// The name that it has there; empty where the tool does not tell.
    pub title: Text,
    identity: Identity,
}

/// By what a key of the account can be recognised.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Identity {
    /// The base64 of the public key.
    Blob(String),
    /// MD5 of the public key, lower-case hexadecimal digits.
    Md5(String),
    /// The first and the last characters of the public line, which may end with a comment.
    Excerpt { head: String, tail: String },
}

impl AccountKey {
    /// Whether it is this key of this computer.
    pub fn is(&self, local: &LocalKey) -> bool {
        local.public_line().is_some_and(|line| self.is_line(line))
    }

    fn is_line(&self, line: &str) -> bool {
        let Some(blob) = blob(line) else {
            return false;
        };
        match &self.identity {
            Identity::Blob(own) => own == blob,
            Identity::Md5(own) => {
                wire::base64(blob.as_bytes()).is_some_and(|raw| *own == md5(&raw))
            }
            Identity::Excerpt { head, tail } => {
                line.starts_with(head.as_str())
                    && of_key(tail).is_some_and(|end| blob.ends_with(end))
            }
        }
    }

    /// Whether the list tells enough of it to say that it is none of this computer's.
    pub fn is_telling(&self) -> bool {
        match &self.identity {
            Identity::Blob(_) | Identity::Md5(_) => true,
            Identity::Excerpt { tail, .. } => of_key(tail).is_some(),
        }
    }
}

/// The part of an excerpt's end that belongs to the key; none when the comment left too little of it.
fn of_key(tail: &str) -> Option<&str> {
    let end = tail.split(' ').next()?;
    let is_base64 = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=');
    (end.len() >= TELLING && end.chars().all(is_base64)).then_some(end)
}

/// The keys in a tool's list; none when it cannot be understood.
pub(super) fn keys(list: &List, said: &Output) -> Option<Vec<AccountKey>> {
    let says = |what: &Option<Pattern>| {
        let mut lines = said.stdout.lines().chain(said.stderr.lines());
        let what = what.as_ref();
        what.is_some_and(|what| lines.any(|line| what.matches(line.trim()).is_some()))
    };
    if says(&list.failed) {
        return None;
    }
    if says(&list.none) {
        return Some(Vec::new());
    }
    if said.code != Some(0) {
        return None;
    }
    match &list.json {
        Some(fields) => from_json(fields, &said.stdout),
        None if !list.table.is_empty() => Some(from_table(&list.table, &said.stdout)),
        None => from_tabs(list, &said.stdout),
    }
}

/// Lines of cells. Where it is known what the tool says of no keys, other words without any cell are no list: taken
/// for one they would say that the account has no keys.
fn from_tabs(list: &List, text: &str) -> Option<Vec<AccountKey>> {
    let is_list = list.none.is_none() || text.trim().is_empty() || text.contains('\t');
    let cells = |line: &str| row(&list.tabs, &line.split('\t').collect::<Vec<_>>());
    is_list.then(|| text.lines().filter_map(cells).collect())
}

/// An array of objects, or an object that holds them by their ids.
fn from_json(fields: &Fields, text: &str) -> Option<Vec<AccountKey>> {
    let objects: Vec<serde_json::Value> = match serde_json::from_str(text).ok()? {
        serde_json::Value::Array(objects) => objects,
        serde_json::Value::Object(by_id) => by_id.into_iter().map(|(_, object)| object).collect(),
        serde_json::Value::Null
        | serde_json::Value::Bool(_)
        | serde_json::Value::Number(_)
        | serde_json::Value::String(_) => return None,
    };
    let key = |object: &serde_json::Value| {
        let text = |field: &Option<String>| {
            let value = object.get(field.as_deref()?)?;
            value.as_str().map(str::to_owned)
        };
        let by_key = || Some(Identity::Blob(blob(&text(&fields.key)?)?.to_owned()));
        let identity = by_key().or_else(|| digits(&text(&fields.md5)?))?;
        Some(AccountKey {
            title: title(text(&fields.title)),
            identity,
        })
    };
    objects.iter().map(key).collect()
}

/// The keys of a table drawn with lines. A cell may go on in the next line, broken at a space; a key begins where the
/// last column holds a key's type.
fn from_table(columns: &[Column], text: &str) -> Vec<AccountKey> {
    let is_edge = |c: char| matches!(c, '|' | '│');
    let mut rows: Vec<Vec<String>> = Vec::new();
    for line in text.lines() {
        let Some(inside) = line.trim().strip_prefix(is_edge) else {
            continue;
        };
        let cells = inside.strip_suffix(is_edge).unwrap_or(inside);
        let cells: Vec<&str> = cells.split(is_edge).map(str::trim).collect();
        if cells.len() != columns.len() {
            continue;
        }
        let begins = ["ssh-", "ecdsa-", "sk-"];
        let last = cells.last().copied().unwrap_or_default();
        if begins.iter().any(|kind| last.starts_with(kind)) {
            rows.push(cells.into_iter().map(str::to_owned).collect());
        } else if let Some(row) = rows.last_mut() {
            for (whole, more) in row
                .iter_mut()
                .zip(cells)
                .filter(|(_, more)| !more.is_empty())
            {
                *whole = format!("{whole} {more}");
            }
        }
    }
    let key = |cells: &Vec<String>| {
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        row(columns, &cells)
    };
    rows.iter().filter_map(key).collect()
}

/// A key in the cells of a line; none for a heading, an empty line, or a key that signs nobody in.
fn row(columns: &[Column], cells: &[&str]) -> Option<AccountKey> {
    let cell = |wanted: Column| {
        let at = columns.iter().position(|column| *column == wanted)?;
        cells.get(at).map(|cell| cell.trim())
    };
    if cell(Column::Use) == Some("signing") {
        return None;
    }
    let by_key = || Some(Identity::Blob(blob(cell(Column::Key)?)?.to_owned()));
    let identity = by_key()
        .or_else(|| digits(cell(Column::Md5)?))
        .or_else(|| excerpt(cell(Column::Excerpt)?))?;
    Some(AccountKey {
        title: title(cell(Column::Title).map(str::to_owned)),
        identity,
    })
}

fn digits(text: &str) -> Option<Identity> {
    let digits = text.replace(':', "").to_ascii_lowercase();
    let is_md5 = digits.len() == 32 && digits.bytes().all(|b| b.is_ascii_hexdigit());
    is_md5.then_some(Identity::Md5(digits))
}

fn excerpt(text: &str) -> Option<Identity> {
    let (head, tail) = text.split_once("...")?;
    Some(Identity::Excerpt {
        head: head.to_owned(),
        tail: tail.to_owned(),
    })
}

fn title(title: Option<String>) -> Text {
    title.map_or_else(Text::default, |title| Text::of(Kind::Label, title))
}

/// The base64 of a public key that stands alone or in a whole line.
fn blob(text: &str) -> Option<&str> {
    text.split_whitespace()
        .find(|word| word.starts_with("AAAA") && word.len() > 60)
}

fn md5(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    Md5::digest(bytes)
        .iter()
        .fold(String::new(), |mut digits, byte| {
            let _ = write!(digits, "{byte:02x}");
            digits
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::{Cli, Providers};

    const LINE: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGtGMsyzPeVtWqV8p2cWcZMa6NGVhGsuLSfGtsUdSEKM a@b";
    const OTHER: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEuzE94rOGtXMQwACemExRlADX71YkZh5YXM2n5/0LHn";
    /// Of the first key: `ssh-keygen -l -E md5`, without the colons.
    const MD5: &str = "123c9264fa702e700b3a44b117fba329";

    fn cli(id: &str) -> &'static Cli {
        let provider = Providers::embedded().by_id(id).unwrap();
        provider.cli.as_ref().unwrap()
    }

    fn said(code: i32, stdout: &str, stderr: &str) -> Output {
        Output {
            code: Some(code),
            stdout: stdout.to_owned(),
            stderr: stderr.to_owned(),
        }
    }

    fn listed(id: &str, said: &Output) -> Option<Vec<(String, Identity)>> {
        let keys = keys(&cli(id).list, said)?;
        let shown = keys
            .into_iter()
            .map(|key| (key.title.reveal(), key.identity));
        Some(shown.collect())
    }

    #[test]
    fn the_account_s_keys_are_read_from_what_the_tools_print() {
        let blob = blob(LINE).unwrap().to_owned();
        // gh 2.23 has no column for the use; a key for signing only signs nobody in.
        let rows = format!(
            "old\t{LINE}\t2026-01-01T00:00:00Z\t6\nlaptop\t{LINE}\t2026-01-01T00:00:00Z\t7\tauthentication\n\
         commits\t{LINE}\t2026-01-01T00:00:00Z\t8\tsigning\n"
        );
        assert_eq!(
            listed("github", &said(0, &rows, "")),
            Some(vec![
                ("old".into(), Identity::Blob(blob.clone())),
                ("laptop".into(), Identity::Blob(blob.clone()))
            ])
        );
        assert_eq!(
            listed(
                "github",
                &said(0, "", "no SSH keys present in the GitHub account\n")
            ),
            Some(vec![])
        );
        assert_eq!(listed("github", &said(1, "", "HTTP 404: Not Found")), None);
        assert_eq!(listed("github", &said(0, "", "")), Some(vec![]));
        assert_eq!(listed("github", &said(0, "A new release!\n", "")), None);
        // Newer ones than 2.23 end well when one of two lists could be read; only the first one counts here.
        let warning = "warning:  HTTP 502 (https://api.github.com/user/keys?per_page=100)";
        assert_eq!(listed("github", &said(0, "", warning)), None);
        let warning =
            "warning:  HTTP 404 (https://api.github.com/user/ssh_signing_keys?per_page=100)";
        assert_eq!(listed("github", &said(0, "", warning)), Some(vec![]));
        let json = format!(r#"[{{"name":"mine","key":"{LINE}","fingerprint":"x"}}]"#);
        assert_eq!(
            listed("clevercloud", &said(0, &json, "")),
            Some(vec![("mine".into(), Identity::Blob(blob.clone()))])
        );
        assert_eq!(listed("clevercloud", &said(0, "[]", "")), Some(vec![]));
        let json =
            format!(r#"[{{"uuid":"u","label":"mine","public_key":"{LINE}","fingerprint":"x"}}]"#);
        assert_eq!(
            listed("acquia", &said(0, &json, "")),
            Some(vec![("mine".into(), Identity::Blob(blob))])
        );
        assert_eq!(listed("clevercloud", &said(0, "no json", "")), None);
        let rows = format!("my laptop\t{MD5}\nold\t00112233445566778899aabbccddeeff\n");
        let keys = listed("platformsh", &said(0, &rows, "Your SSH keys are:\n")).unwrap();
        assert_eq!(keys[0], ("my laptop".into(), Identity::Md5(MD5.into())));
        assert_eq!(keys.len(), 2);
        let none =
            "You do not yet have any SSH public keys in your Upsun (formerly Platform.sh) account.";
        assert_eq!(listed("platformsh", &said(1, "", none)), Some(vec![]));
    }

    #[test]
    fn a_key_is_recognised_by_its_md5() {
        let raw = wire::base64(blob(LINE).unwrap().as_bytes()).unwrap();
        assert_eq!(md5(&raw), MD5);
        let key = digits(MD5).unwrap();
        let key = AccountKey {
            title: Text::default(),
            identity: key,
        };
        assert!(key.is_line(LINE) && !key.is_line(OTHER));
    }

    #[test]
    fn keys_stand_under_their_ids_at_pantheon() {
        let hex = "12:3c:92:64:fa:70:2e:70:0b:3a:44:b1:17:fb:a3:29";
        let json = format!(r#"{{"{MD5}":{{"id":"{MD5}","hex":"{hex}","comment":"a@b"}}}}"#);
        assert_eq!(
            listed("pantheon", &said(0, &json, "")),
            Some(vec![("a@b".into(), Identity::Md5(MD5.into()))])
        );
        assert_eq!(listed("pantheon", &said(0, "[]", "")), Some(vec![]));
    }

    /// What `scalingo keys` shows of a key.
    fn cut(content: &str) -> String {
        format!("{}...{}", &content[..20], &content[content.len() - 30..])
    }

    fn in_table(rows: &str) -> Vec<AccountKey> {
        keys(&cli("scalingo").list, &said(0, rows, "")).unwrap()
    }

    /// As tablewriter 1 draws it, and as 0.0.5 did, which broke long cells at a space.
    #[test]
    fn a_key_is_recognised_by_its_two_ends() {
        let bare = LINE.rsplit_once(' ').unwrap().0;
        let (with, without) = (cut(LINE), cut(bare));
        let new = format!(
            "┌────────┬─────────┐\n│  NAME  │ CONTENT │\n├────────┼─────────┤\n\
         │ laptop │ {with} │\n│ my old │ {without} │\n└────────┴─────────┘\n"
        );
        let keys = in_table(&new);
        assert_eq!(keys.len(), 2);
        assert_eq!(keys[1].title.reveal(), "my old");
        for key in &keys {
            assert!(key.is_line(LINE) && key.is_line(bare) && !key.is_line(OTHER));
            assert!(key.is_telling());
        }
        let (first, second) = with.split_once(' ').unwrap();
        let (second, third) = second.split_once(' ').unwrap();
        let old = format!(
            "+--------+-----+\n|  NAME  | CONTENT |\n+--------+-----+\n| my     | {first} |\n\
         | laptop | {second} |\n|        | {third} |\n+--------+-----+\n"
        );
        let keys = in_table(&old);
        assert_eq!(keys.len(), 1);
        assert_eq!(keys[0].title.reveal(), "my laptop");
        assert!(keys[0].is_line(LINE) && !keys[0].is_line(OTHER));
        assert_eq!(
            in_table("+------+---------+\n| NAME | CONTENT |\n+------+---------+\n"),
            []
        );
    }

    #[test]
    fn an_excerpt_that_ends_in_a_comment_tells_nothing() {
        let long = format!("{OTHER} somebody@a-computer-with-a-long-name.example");
        let keys = in_table(&format!("| long | {} |\n", cut(&long)));
        assert!(!keys[0].is_telling() && !keys[0].is_line(&long));
    }
}
