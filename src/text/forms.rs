//! Which parts of a line are secrets, or addresses, by their form alone?

use std::borrow::Cow;
use std::net::IpAddr;

use crate::ssh_config::meant_keyword;

const KEY_REMOVED: &str = "[removed: private key]";
const VALUE_REMOVED: &str = "[removed: value]";

/// How tokens of services begin, and how many characters follow at least.
const TOKENS: [(&str, usize); 15] = [
    ("ghp_", 8),
    ("gho_", 8),
    ("ghu_", 8),
    ("ghs_", 8),
    ("ghr_", 8),
    ("github_pat_", 8),
    ("glpat-", 8),
    ("AKIA", 12),
    ("ASIA", 12),
    ("xoxa-", 8),
    ("xoxb-", 8),
    ("xoxp-", 8),
    ("xoxr-", 8),
    ("xoxs-", 8),
    ("eyJ", 17),
];

/// The text without what stands between the marks of a private key; without an end mark, nothing behind it.
pub(super) fn without_private_keys(value: &str) -> String {
    let mut kept = value.to_owned();
    while let Some(at) = private_key_begins(&kept) {
        let rest = &kept[at..];
        let end = rest.find("-----END ").and_then(|end| {
            let behind = &rest[end + "-----END ".len()..];
            let closed = behind.find("-----")? + "-----".len();
            Some(at + end + "-----END ".len() + closed)
        });
        kept.replace_range(at..end.unwrap_or(kept.len()), KEY_REMOVED);
    }
    kept
}

fn private_key_begins(words: &str) -> Option<usize> {
    let begins = words.match_indices("-----BEGIN ").find(|(at, mark)| {
        let behind = &words[at + mark.len()..];
        let label = behind.find("-----").map_or(behind, |end| &behind[..end]);
        label.contains("PRIVATE KEY")
    });
    let putty = || words.find("Private-Lines:");
    begins.map(|(at, _)| at).or_else(putty)
}

/// The letters that ssh's log writes as `\303\251` (log.c, `VIS_OCTAL`): names would not be found in such a line.
pub(super) fn with_letters(value: &str) -> Cow<'_, str> {
    let byte = |at: usize| {
        let digits = value.get(at..at + 4)?.strip_prefix('\\')?;
        let is_octal = digits.chars().all(|c| ('0'..='7').contains(&c));
        // A control character stays written out.
        u8::from_str_radix(digits, 8)
            .ok()
            .filter(|byte| is_octal && *byte >= 0x80)
    };
    let mut plain = String::new();
    let mut at = 0;
    let mut from = 0;
    while let Some(next) = value[at..].find('\\') {
        at += next;
        let mut bytes = Vec::new();
        let begin = at;
        while let Some(one) = byte(at) {
            bytes.push(one);
            at += 4;
        }
        match std::str::from_utf8(&bytes) {
            Ok(letters) if !letters.is_empty() => {
                plain.push_str(&value[from..begin]);
                plain.push_str(letters);
                from = at;
            }
            Ok(_) | Err(_) => at = at.max(begin + 1),
        }
    }
    if from == 0 {
        return Cow::Borrowed(value);
    }
    plain.push_str(&value[from..]);
    Cow::Owned(plain)
}

/// ssh's complaint about a keyword, without it: a password on a line of its own is none that ssh knows. A slip in
/// a real one may be read.
pub(super) fn without_refused_word(words: &str) -> Cow<'_, str> {
    const COMPLAINTS: [(&str, &[char]); 2] = [
        ("Bad configuration option: ", &['\n', '\r']),
        ("gnored unknown option \"", &['"']),
    ];
    let mut kept = Cow::Borrowed(words);
    for (complaint, ends) in COMPLAINTS {
        let mut from = 0;
        while let Some(found) = kept[from..].find(complaint) {
            let at = from + found + complaint.len();
            let end = kept[at..].find(ends).map_or(kept.len(), |end| at + end);
            from = at;
            if meant_keyword(kept[at..end].trim()).is_none() {
                kept.to_mut().replace_range(at..end, VALUE_REMOVED);
            }
        }
    }
    kept
}

/// Whether this is a token of a service.
pub(super) fn is_token(word: &str) -> bool {
    TOKENS.iter().any(|(begin, least)| {
        word.strip_prefix(begin)
            .is_some_and(|rest| rest.len() >= *least && rest.is_ascii())
    })
}

/// An address and what stands behind it: a port or a zone.
pub(super) fn ip_address(word: &str) -> Option<(&str, &str)> {
    if word.parse::<IpAddr>().is_ok() {
        return Some((word, ""));
    }
    let at = word.find('%').or_else(|| word.rfind(':'))?;
    let (address, rest) = word.split_at(at);
    address.parse::<IpAddr>().ok().map(|_| (address, rest))
}

pub(super) fn is_base64(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=')
}

/// Whether a run of 32 base64 or hexadecimal digits is in it: it could be a secret. A slash belongs to base64
/// where the whole word is of it, and to a path elsewhere.
pub(super) fn has_long_run(word: &str) -> bool {
    let is_digit = |c: char| is_base64(c) && c != '/';
    let is_path = word.starts_with(['/', '~', '.']);
    (word.len() >= 32 && !is_path && word.chars().all(is_base64))
        || word.split(|c| !is_digit(c)).any(|run| run.len() >= 32)
}

/// Whether these are 8-4-4-4-12 hexadecimal digits, which name a person or a thing of theirs.
pub(super) fn is_uuid(word: &str) -> bool {
    let lengths = word.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12]) && word.chars().all(|c| c == '-' || c.is_ascii_hexdigit())
}
