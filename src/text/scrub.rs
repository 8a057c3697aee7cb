//! What of a path, or of other programs' words, may be read when everything private is hidden?
//!
//! Rules by form, for values that nobody has learned: keys, tokens, addresses, e-mails, homes, file names.

use std::net::IpAddr;

use super::{Kind, Vocabulary};

const KEY_REMOVED: &str = "[removed: private key]";
const TOKEN_REMOVED: &str = "[removed: token]";
const LONG_REMOVED: &str = "[removed: long value]";

/// What ends a word in other programs' lines.
const ENDS: [char; 20] = [
    ' ', '\t', '\n', '"', '\'', '`', '(', ')', '[', ']', '{', '}', '<', '>', ',', ';', '=', '|',
    '&', '\r',
];

/// Names of files and folders that say nothing about anybody.
const USUAL_NAMES: [&str; 44] = [
    "~",
    ".ssh",
    "config",
    "config.d",
    "ssh_config",
    "ssh_config.d",
    "sshd_config",
    "known_hosts",
    "known_hosts2",
    "ssh_known_hosts",
    "authorized_keys",
    "ssh",
    "ssh.exe",
    "ssh-agent",
    "ssh-add",
    "ssh-keygen",
    "git",
    "sshstep",
    "agent",
    "etc",
    "usr",
    "bin",
    "sbin",
    "lib",
    "libexec",
    "local",
    "share",
    "opt",
    "tmp",
    "var",
    "run",
    "user",
    "private",
    "dev",
    "home",
    "Users",
    "root",
    "mnt",
    "Library",
    "System",
    "Windows",
    "System32",
    "OpenSSH",
    "ProgramData",
];

/// Endings by which the files of one key differ.
const KEY_ENDINGS: [&str; 4] = ["-cert.pub", ".pub", ".ppk", ".pem"];

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

/// Domains behind the `@` in names of algorithms (RFC 4251 section 6): no e-mail addresses.
const ALGORITHM_DOMAINS: [&str; 5] = [
    "openssh.com",
    "libssh.org",
    "lysator.liu.se",
    "tinyssh.org",
    "putty.projects.tartarus.org",
];

impl Vocabulary {
    /// A path with `~` for the home folder and a token for each name that may be somebody's. The files of one
    /// key share their token, and `FILE:LINE` keeps its line.
    pub(super) fn masked_path(&self, value: &str) -> String {
        let tilde = self.with_tilde(value);
        let (path, line) = split_line_number(&tilde);
        let mut masked = String::new();
        let mut rest = path;
        while let Some(at) = rest.find(['/', '\\']) {
            masked.push_str(&self.masked_name(&rest[..at], "folder", &masked));
            masked.push_str(&rest[at..=at]);
            rest = &rest[at + 1..];
        }
        let name = self.masked_name(rest, "file", &masked);
        masked + &name + line
    }

    /// One part of a path; what stands before it tells whose home it is.
    fn masked_name(&self, name: &str, class: &'static str, before: &str) -> String {
        let is_home = before.ends_with("/home/")
            || before.ends_with("/Users/")
            || before.ends_with("\\Users\\");
        let is_drive = name.len() == 2 && name.ends_with(':');
        if name.is_empty() || is_drive || USUAL_NAMES.contains(&name) {
            return name.to_owned();
        }
        if is_home {
            return self.token("user", name);
        }
        let ending = KEY_ENDINGS.iter().find(|ending| name.ends_with(**ending));
        let (stem, ending) = name.split_at(name.len() - ending.map_or(0, |ending| ending.len()));
        if stem.starts_with("id_") && class == "file" {
            // The rest of the name is the person's.
            return usual_key_name(stem).map_or_else(|| self.token("key", stem), str::to_owned)
                + ending;
        }
        if stem.is_empty() || name.contains('%') {
            return name.to_owned();
        }
        self.token(class, stem) + ending
    }

    /// Other programs' words: every value that this vocabulary knows is replaced, and every run
    /// that looks like a key, a token, a fingerprint, an address, a path or an e-mail is cut.
    pub(super) fn scrub(&self, value: &str) -> String {
        // Secrets first: a name that is found within one would leave the rest of it to be read.
        let words = without_private_keys(value);
        let words = each_word(&words, |word| self.without_secret(word));
        let mut words = self.with_tilde(&words);
        let known = self.tokens.borrow().keys().cloned().collect::<Vec<_>>();
        let users = self.users.iter().map(|user| ("user", user.clone()));
        let computers = self.computers.iter().map(|name| (COMPUTER, name.clone()));
        let mut known: Vec<(&'static str, String)> = known
            .into_iter()
            .filter(|(_, value)| value.len() > 2)
            .chain(users)
            .chain(computers)
            .collect();
        // The longest first: a shorter one may be a part of it, and would leave the rest to be read.
        known.sort_by_key(|(_, value)| std::cmp::Reverse(value.len()));
        for (class, value) in known {
            if words.len() >= value.len() {
                words = replace_word(&words, &value, || self.token(class, &value));
            }
        }
        each_word(&words, |word| self.scrub_word(word))
    }

    /// A word without what opens something, or is a key; an address without its secrets.
    fn without_secret(&self, word: &str) -> String {
        if is_token(word) {
            return TOKEN_REMOVED.to_owned();
        }
        if word.starts_with("AAAA") && word.len() >= 24 && word.chars().all(is_base64) {
            return self.token("key", word);
        }
        if let Some((scheme, rest)) = word.split_once("://") {
            return self.scrub_url(scheme, rest);
        }
        let is_fingerprint = word.starts_with("SHA256:") || word.starts_with("MD5:");
        if !is_fingerprint && (is_uuid(word) || has_long_run(word)) {
            return LONG_REMOVED.to_owned();
        }
        word.to_owned()
    }

    fn scrub_word(&self, bare: &str) -> String {
        if bare.starts_with("SHA256:") || bare.starts_with("MD5:") {
            return self.masked(Kind::Fingerprint, bare);
        }
        if let Some((address, port)) = ip_address(bare) {
            return self.masked(Kind::Address, address) + port;
        }
        if bare.starts_with('/') || bare.starts_with("~/") || bare.get(1..3) == Some(":\\") {
            return self.masked_path(bare);
        }
        if let Some((user, host)) = bare.split_once('@') {
            let (host, path) = host.split_once(':').unwrap_or((host, ""));
            let is_algorithm = ALGORITHM_DOMAINS.contains(&host) && user != "git";
            if host.contains('.') && !user.is_empty() && !is_algorithm {
                let login = self.masked(Kind::User, user) + "@" + &self.masked(Kind::Host, host);
                return if path.is_empty() || path.chars().all(|c| c.is_ascii_digit()) {
                    login + &bare[user.len() + 1 + host.len()..]
                } else {
                    login + ":" + &self.masked(Kind::Repository, path)
                };
            }
        }
        bare.to_owned()
    }

    /// `SCHEME://[LOGIN@]HOST[/PATH]`: a login with a password is a token.
    fn scrub_url(&self, scheme: &str, rest: &str) -> String {
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let (login, host) = match authority.rsplit_once('@') {
            Some((login, host)) if login.contains(':') => (TOKEN_REMOVED.to_owned() + "@", host),
            Some((login, host)) => (self.masked(Kind::User, login) + "@", host),
            None => (String::new(), authority),
        };
        let (host, port) = host.split_at(host.find(':').unwrap_or(host.len()));
        let is_public = self.public_hosts.iter().any(|public| public == host);
        // What is asked of a public page may be its address alone; what is behind a login is somebody's.
        let path = match path {
            "" | "/" => path.to_owned(),
            path if is_public && login.is_empty() => path.to_owned(),
            path => format!("/{}", self.masked(Kind::Repository, path.trim_matches('/'))),
        };
        format!(
            "{scheme}://{login}{}{port}{path}",
            self.masked(Kind::Host, host)
        )
    }
}

/// The text with each word changed; what ends a word stays.
fn each_word(words: &str, change: impl Fn(&str) -> String) -> String {
    let mut changed = String::with_capacity(words.len());
    for word in words.split_inclusive(ENDS) {
        let end = word.find(ENDS).unwrap_or(word.len());
        let bare = word[..end].trim_end_matches(['.', ':', '!', '?']);
        changed.push_str(&change(bare));
        changed.push_str(&word[bare.len()..]);
    }
    changed
}

/// The class of this computer's names, which are all one.
pub(super) const COMPUTER: &str = "this-computer";

/// `FILE` and `:LINE`, which may be missing.
fn split_line_number(path: &str) -> (&str, &str) {
    let digits = path.trim_end_matches(|c: char| c.is_ascii_digit());
    match digits.strip_suffix(':') {
        Some(file) if digits.len() < path.len() && file.len() > 1 => path.split_at(file.len()),
        Some(_) | None => (path, ""),
    }
}

/// The name of a key that ssh or ssh-keygen gives by itself (pathnames.h, `_PATH_SSH_CLIENT_ID_…`).
fn usual_key_name(stem: &str) -> Option<&str> {
    let kinds = [
        "id_rsa",
        "id_dsa",
        "id_ecdsa",
        "id_ed25519",
        "id_ecdsa_sk",
        "id_ed25519_sk",
        "id_xmss",
    ];
    kinds.contains(&stem).then_some(stem)
}

/// The text without what stands between the marks of a private key; without an end mark, nothing behind it.
fn without_private_keys(value: &str) -> String {
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

/// Whether this is a token of a service.
fn is_token(word: &str) -> bool {
    TOKENS.iter().any(|(begin, least)| {
        word.strip_prefix(begin)
            .is_some_and(|rest| rest.len() >= *least && rest.is_ascii())
    })
}

/// An address and what stands behind it: a port or a zone.
fn ip_address(word: &str) -> Option<(&str, &str)> {
    if word.parse::<IpAddr>().is_ok() {
        return Some((word, ""));
    }
    let at = word.find('%').or_else(|| word.rfind(':'))?;
    let (address, rest) = word.split_at(at);
    address.parse::<IpAddr>().ok().map(|_| (address, rest))
}

fn is_base64(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=')
}

/// Whether a run of 32 base64 or hexadecimal digits is in it: it could be a secret. A slash belongs to base64
/// where the whole word is of it, and to a path elsewhere.
fn has_long_run(word: &str) -> bool {
    let is_digit = |c: char| is_base64(c) && c != '/';
    let is_path = word.starts_with(['/', '~', '.']);
    (word.len() >= 32 && !is_path && word.chars().all(is_base64))
        || word.split(|c| !is_digit(c)).any(|run| run.len() >= 32)
}

/// Whether these are 8-4-4-4-12 hexadecimal digits, which name a person or a thing of theirs.
fn is_uuid(word: &str) -> bool {
    let lengths = word.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12]) && word.chars().all(|c| c == '-' || c.is_ascii_hexdigit())
}

/// `value` replaced where it stands as a word of its own, in any case of ASCII letters.
pub fn replace_word(words: &str, value: &str, by: impl Fn() -> String) -> String {
    let mut shown = String::with_capacity(words.len());
    let mut from = 0;
    for at in places_of_word(words, value) {
        if at >= from {
            shown.push_str(&words[from..at]);
            shown.push_str(&by());
            from = at + value.len();
        }
    }
    shown.push_str(&words[from..]);
    shown
}

/// Where `value` stands as a word of its own, in any case of ASCII letters.
pub fn places_of_word(words: &str, value: &str) -> Vec<usize> {
    if value.len() < 2 {
        return Vec::new();
    }
    let lower = words.to_ascii_lowercase();
    let needle = value.to_ascii_lowercase();
    let inside = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let begins_inside = inside(value.chars().next());
    let ends_inside = inside(value.chars().next_back());
    let places = lower.match_indices(&needle).map(|(at, _)| at);
    places
        .filter(|at| {
            let before = words[..*at].chars().next_back();
            let after = words[at + needle.len()..].chars().next();
            let is_part = (begins_inside && inside(before)) || (ends_inside && inside(after));
            !is_part
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Privacy, Text};

    fn vocabulary() -> Vocabulary {
        Vocabulary {
            home: "/home/ana".into(),
            users: vec!["ana".into()],
            computers: vec!["anas-macbook".into()],
            public_hosts: vec!["github.com".into()],
            privacy: Privacy::Masked,
            ..Vocabulary::default()
        }
    }

    fn scrubbed(line: &str) -> String {
        vocabulary().show(&Text::quoted(line))
    }

    #[test]
    fn private_keys_are_cut_out_also_without_their_end() {
        let key =
            "a -----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\nQ==\n-----END OPENSSH PRIVATE KEY----- z";
        assert_eq!(scrubbed(key), "a [removed: private key] z");
        assert_eq!(
            scrubbed("a -----BEGIN RSA PRIVATE KEY-----\nMIIE"),
            "a [removed: private key]"
        );
        assert_eq!(scrubbed("Private-Lines: 8\nAAAA"), "[removed: private key]");
        let public = "-----BEGIN SSH2 PUBLIC KEY-----";
        assert_eq!(scrubbed(public), public);
    }

    #[test]
    fn tokens_of_services_and_passwords_in_addresses_go() {
        for token in [
            "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
            "github_pat_11AAAAAAA0abcdefgh",
            "glpat-xxxxxxxxxxxxxxxxxxxx",
            "AKIAIOSFODNN7EXAMPLE",
            "xoxb-123456789012-abc",
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc",
        ] {
            assert_eq!(scrubbed(&format!("key={token};")), "key=[removed: token];");
        }
        assert_eq!(
            scrubbed("https://ana:s3cret@git.x.example/a/b.git"),
            "https://[removed: token]@[host1]/[repo1]"
        );
        assert_eq!(
            scrubbed("see https://github.com/settings/keys."),
            "see https://github.com/settings/keys."
        );
    }

    #[test]
    fn public_keys_long_values_and_uuids_go() {
        let line = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEX0bYx0 then";
        assert_eq!(scrubbed(line), "ssh-ed25519 [key1] then");
        assert_eq!(
            scrubbed("x-0123456789abcdef0123456789abcdef-y"),
            "[removed: long value]"
        );
        assert_eq!(
            scrubbed("(UUID: 0f0f0f0f-1111-2222-3333-444444444444), a-b-c-d-e"),
            "(UUID: [removed: long value]), a-b-c-d-e"
        );
    }

    #[test]
    fn addresses_tell_only_where_they_belong() {
        assert_eq!(
            scrubbed("10.1.2.3 port 22, 140.82.121.4:22, fe80::1%eth0, 127.0.0.1 and ::1"),
            "[ip1 private] port 22, [ip2 public]:22, [ip3 private]%eth0, 127.0.0.1 and ::1"
        );
    }

    #[test]
    fn names_of_algorithms_are_no_addresses() {
        let line = "ssh-ed25519-cert-v01@openssh.com,sk-ssh-ed25519@openssh.com";
        assert_eq!(scrubbed(line), line);
        assert_eq!(scrubbed("bob@corp.example"), "[user1]@[host1]");
    }

    #[test]
    fn paths_keep_their_shape_and_lose_their_names() {
        let path = |path: &str| vocabulary().show(&Text::path(std::path::Path::new(path)));
        assert_eq!(
            path("/home/ana/.ssh/id_ed25519.pub"),
            "~/.ssh/id_ed25519.pub"
        );
        assert_eq!(path("/home/ana/.ssh/id_acme"), "~/.ssh/[key1]");
        assert_eq!(path("/home/ana/.ssh/acme.pub"), "~/.ssh/[file1].pub");
        assert_eq!(path("/home/ana/.ssh/config:12"), "~/.ssh/config:12");
        assert_eq!(path("/home/bob/acme/k"), "/home/[user1]/[folder1]/[file1]");
        assert_eq!(
            path("C:\\Users\\bob\\.ssh\\config"),
            "C:\\Users\\[user1]\\.ssh\\config"
        );
        assert_eq!(
            scrubbed("Load key \"/srv/acme/deploy\": bad permissions"),
            "Load key \"/[folder1]/[folder2]/[file1]\": bad permissions"
        );
    }

    #[test]
    fn the_same_key_has_one_token_in_all_its_files() {
        let v = vocabulary();
        let shown = v.show(&Text::quoted(
            "/home/ana/.ssh/work /home/ana/.ssh/work.pub /home/ana/.ssh/work-cert.pub",
        ));
        assert_eq!(
            shown,
            "~/.ssh/[file1] ~/.ssh/[file1].pub ~/.ssh/[file1]-cert.pub"
        );
    }
}
