//! Where in a line of another program does a sentence of ssh begin?
//!
//! git, CI systems, editors and deployment tools put ssh's words into their own lines: behind a
//! container's name, in a JSON string, several in a row. No list of prefixes is ever complete, so a
//! line that tells nothing by its beginning is searched for the words that ssh's sentences begin with.

use std::sync::LazyLock;

use crate::pattern::Literals;

/// How a sentence of ssh, or one of its log lines, begins.
const BEGINNINGS: [&str; 50] = [
    "debug1: ",
    "debug2: ",
    "debug3: ",
    "OpenSSH_",
    "Permission denied (",
    "Permission denied, please try again",
    "Host key verification failed",
    "ssh: connect to host ",
    "ssh: Could not resolve host",
    "Load key \"",
    "Permissions 0",
    "Permissions for '",
    "kex_exchange_identification: ",
    "ssh_exchange_identification: ",
    "banner exchange: ",
    "Unable to negotiate with ",
    "Connection closed by ",
    "Connection reset by ",
    "Connection to ",
    "Connection timed out during banner",
    "Received disconnect from ",
    "Disconnected from ",
    "Authenticated to ",
    "no such identity: ",
    "Warning: Identity file ",
    "Warning: Permanently added ",
    "Failed to add the ",
    "sign_and_send_pubkey: ",
    "identity_sign: ",
    "Agent admitted failure",
    "Bad owner or permissions on ",
    "Bad permissions. Try removing ",
    "Can't open user config file ",
    "REMOTE HOST IDENTIFICATION HAS CHANGED",
    "REVOKED HOST KEY DETECTED",
    "The authenticity of host '",
    "Offending ",
    "Host key for ",
    "No ED25519 host key",
    "No RSA host key",
    "No ECDSA host key",
    "Certificate invalid: ",
    "client_loop: send disconnect: ",
    "packet_write_wait: ",
    "ssh_dispatch_run_fatal: ",
    "Corrupted MAC on input",
    "Control socket connect(",
    "Timeout, server ",
    "subsystem request failed on channel ",
    "PTY allocation request failed",
];

/// Whether there is any; nearly every line ends here.
static ANY: LazyLock<Literals> = LazyLock::new(|| Literals::new(BEGINNINGS));

/// The beginnings by their first byte.
static BY_FIRST_BYTE: LazyLock<Vec<Vec<&[u8]>>> = LazyLock::new(|| {
    let mut lists = vec![Vec::new(); 256];
    for beginning in BEGINNINGS.map(str::as_bytes) {
        lists[usize::from(beginning[0])].push(beginning);
    }
    lists
});

/// Where beginnings stand in the line, from the left, of several at one place the longest.
fn beginnings(line: &str) -> impl Iterator<Item = std::ops::Range<usize>> {
    let bytes = line.as_bytes();
    let lists = &*BY_FIRST_BYTE;
    let mut from = 0;
    std::iter::from_fn(move || {
        while let Some(first) = bytes.get(from) {
            let here = lists[usize::from(*first)].iter();
            let fits = here.filter(|beginning| bytes[from..].starts_with(beginning));
            if let Some(length) = fits.map(|beginning| beginning.len()).max() {
                let found = from..from + length;
                from = found.end;
                return Some(found);
            }
            from += 1;
        }
        None
    })
}

/// More sentences than this in one line are a forgery or a dump.
const MOST: usize = 64;

/// Whether there may be a sentence of ssh within `line`.
pub fn any_in(line: &str) -> bool {
    ANY.any_in(line)
}

/// What may be sentences of ssh within `line`, in order; each reaches to where the next begins.
pub fn sentences(line: &str) -> Vec<&str> {
    if !any_in(line) {
        return Vec::new();
    }
    // `kex_exchange_identification: Connection closed by …` is one sentence, not two.
    let mut last_end = usize::MAX;
    let starts: Vec<usize> = beginnings(line)
        .take(MOST)
        .filter(|found| found.start != std::mem::replace(&mut last_end, found.end))
        .map(|found| with_login(line, found.start))
        .collect();
    starts
        .iter()
        .enumerate()
        .map(|(at, &start)| {
            let end = starts
                .get(at + 1)
                .map_or(line.len(), |&next| next.max(start));
            trimmed(&line[start..end])
        })
        .collect()
}

/// Shorter and shorter readings of one piece: sentences end in a full stop, and what follows is
/// another program's.
pub fn readings(piece: &str) -> impl Iterator<Item = &str> {
    let ends = [").", "!", "'.", ". ", ", ", " ["];
    let cut = move |end: &&str| {
        let keep = end.trim_end_matches([' ', '[', ',']).len();
        piece.find(*end).map(|at| &piece[..at + keep])
    };
    std::iter::once(piece).chain(ends.into_iter().filter_map(move |end| cut(&end)))
}

/// `Permission denied (…` may have `USER@HOST: ` before it.
fn with_login(line: &str, start: usize) -> usize {
    let Some(before) = line[..start].strip_suffix(": ") else {
        return start;
    };
    let from = before
        .rfind([' ', '"', '\'', '\t', '`', '>'])
        .map_or(0, |at| at + 1);
    // A line feed that was written out is no part of a name.
    let from = before[from..].rfind("\\n").map_or(from, |at| from + at + 2);
    let login = &before[from..];
    let is_login = login.split_once('@').is_some_and(|(user, host)| {
        !user.is_empty() && !host.is_empty() && !host.contains(['/', ':', '('])
    });
    if is_login { from } else { start }
}

/// Without a line feed that was written out, and without closing marks of the program around it.
fn trimmed(piece: &str) -> &str {
    let end = ["\\r", "\\n"]
        .iter()
        .filter_map(|mark| piece.find(mark))
        .min();
    piece[..end.unwrap_or(piece.len())]
        .trim_end_matches([' ', '\t', '"', '\'', ',', '}', ']', '`', '@', '*'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_in_a_row_are_divided() {
        let line = "stderr: 'Load key \"/k\": invalid format git@h: Permission denied (publickey). fatal: Could not read'";
        let found = sentences(line);
        assert_eq!(found[0], "Load key \"/k\": invalid format");
        assert_eq!(
            readings(found[1]).nth(1),
            Some("git@h: Permission denied (publickey).")
        );
    }

    #[test]
    fn a_sentence_may_hold_the_beginning_of_another() {
        let line = "`ssh_exchange_identification: Connection closed by remote host`";
        assert_eq!(
            sentences(line),
            ["ssh_exchange_identification: Connection closed by remote host"]
        );
    }

    #[test]
    fn a_line_feed_that_was_written_out_ends_a_sentence() {
        let line = r#"{"msg": "ssh: Permission denied (publickey,password).\r\n", "x": 1}"#;
        assert_eq!(sentences(line), ["Permission denied (publickey,password)."]);
        let line = r"fatal\ngit@h: Permission denied (publickey).\nfatal";
        assert_eq!(sentences(line), ["git@h: Permission denied (publickey)."]);
    }

    #[test]
    fn a_line_without_ssh_holds_nothing() {
        assert_eq!(sentences("npm ERR! code 128"), [""; 0]);
    }
}
