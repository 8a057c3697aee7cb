//! What of a path, or of other programs' words, may be read when everything private is hidden?
//!
//! Rules by form, for values that nobody has learned: keys, tokens, addresses, e-mails, homes, file names.

use super::find::replace_word;
use super::forms::{
    has_long_run, ip_address, is_base64, is_token, is_uuid, with_letters, without_private_keys,
    without_refused_word,
};
use super::strangers::is_everybodys;
use super::{Kind, Vocabulary};

const TOKEN_REMOVED: &str = "[removed: token]";
const LONG_REMOVED: &str = "[removed: long value]";

/// What ends a word in other programs' lines.
const ENDS: [char; 20] = [
    ' ', '\t', '\n', '"', '\'', '`', '(', ')', '[', ']', '{', '}', '<', '>', ',', ';', '=', '|',
    '&', '\r',
];

/// Names of files and folders that say nothing about anybody.
pub const USUAL_NAMES: [&str; 44] = [
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

/// The names of keys that ssh or ssh-keygen gives by itself (pathnames.h, `_PATH_SSH_CLIENT_ID_…`).
pub const USUAL_KEYS: [&str; 7] = [
    "id_rsa",
    "id_dsa",
    "id_ecdsa",
    "id_ed25519",
    "id_ecdsa_sk",
    "id_ed25519_sk",
    "id_xmss",
];

/// Endings by which the files of one key differ.
const KEY_ENDINGS: [&str; 5] = ["-cert.pub", "-cert", ".pub", ".ppk", ".pem"];

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
        if is_home && !name.starts_with('.') {
            return self.token("user", name);
        }
        let ending = KEY_ENDINGS.iter().find(|ending| name.ends_with(**ending));
        let (stem, ending) = name.split_at(name.len() - ending.map_or(0, |ending| ending.len()));
        if stem.starts_with("id_") && class == "file" {
            // The rest of the name is the person's.
            return if USUAL_KEYS.contains(&stem) {
                name.to_owned()
            } else {
                self.token("key", stem) + ending
            };
        }
        if stem.is_empty() || is_of_tokens_only(name) {
            return name.to_owned();
        }
        self.token(class, stem) + ending
    }

    /// Other programs' words: every value that this vocabulary knows is replaced, and every run
    /// that looks like a key, a token, a fingerprint, an address, a path or an e-mail is cut.
    pub(super) fn scrub(&self, value: &str) -> String {
        let words = with_letters(value);
        // Secrets first: a name that is found within one would leave the rest of it to be read.
        let words = without_private_keys(&words);
        let words = without_refused_word(&words);
        let mut words = self.with_tilde(&words);
        let tokens = self.tokens.borrow().keys().cloned().collect::<Vec<_>>();
        // A file whose name holds blanks or quotes is none for who looks at words.
        let mut odd: Vec<&(&'static str, String)> = tokens
            .iter()
            .filter(|(_, value)| value.contains(ENDS))
            .collect();
        odd.sort_by_key(|(_, value)| std::cmp::Reverse(value.len()));
        for (class, value) in odd {
            words = replace_word(&words, value, || self.token(class, value));
        }
        let mut words = each_word(&words, |word| self.without_secret(word));
        // The name of a public server stays whole, whatever word of it is somebody's alias or login.
        let public = self.public_hosts.iter().zip('\u{f0000}'..='\u{ffffd}');
        let public: Vec<(&String, char)> =
            public.filter(|(host, _)| words.contains(*host)).collect();
        let is_told = |class: &str, value: &str| match class {
            // A folder may be called as everything else is.
            "file" | "folder" => value.len() > 2 && !is_everybodys(value),
            _ => value.len() > 1,
        };
        let tokens = tokens
            .into_iter()
            .filter(|(class, value)| is_told(class, value));
        let users = self.users.iter().map(|user| ("user", user.clone()));
        let computers = self.computers.iter().map(|name| (COMPUTER, name.clone()));
        let mut known: Vec<(&'static str, String)> = tokens
            .chain(users)
            .chain(computers)
            .chain(public.iter().map(|(host, _)| (PUBLIC, (*host).clone())))
            .collect();
        // The longest first: a shorter one may be a part of it, and would leave the rest to be read.
        known.sort_by_key(|(class, value)| (std::cmp::Reverse(value.len()), rank(class)));
        for (class, value) in known {
            if words.len() >= value.len() {
                words = replace_word(&words, &value, || {
                    let kept = public
                        .iter()
                        .find(|(host, _)| class == PUBLIC && **host == value);
                    kept.map_or_else(|| self.token(class, &value), |(_, mark)| mark.to_string())
                });
            }
        }
        for (host, mark) in public {
            words = words.replace(mark, host);
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
        // As a whole: a name that is found within it would leave the rest of it to be read.
        let is_windows = word.starts_with("~\\") || word.get(1..3) == Some(":\\");
        if word.starts_with('/') || word.starts_with("~/") || is_windows {
            return self.masked_path(word);
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
        // `HOST:/PATH`, of which the host is hidden by now.
        if let Some(path) = bare.strip_prefix(':').filter(|path| path.starts_with('/')) {
            return format!(":{}", self.masked_path(path));
        }
        // Of a whole address, what is private is gone already.
        let login = bare.split_once('@').filter(|_| !bare.contains("://"));
        if let Some((user, host)) = login {
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
        // `ssh://HOST:OWNER/REPOSITORY`, as many write it: no port.
        let is_port = port.is_empty() || port[1..].chars().all(|c| c.is_ascii_digit());
        let (port, joined) = if is_port {
            (port, String::new())
        } else {
            (":", port[1..].to_owned() + path)
        };
        let path = if is_port { path } else { "" };
        let is_public = self.public_hosts.iter().any(|public| public == host);
        // What is asked of a public page may be its address alone; what is behind a login is somebody's.
        let path = match path {
            "" | "/" => path.to_owned(),
            path if is_public && login.is_empty() => path.to_owned(),
            path => format!("/{}", self.masked(Kind::Repository, path.trim_matches('/'))),
        };
        let joined = match joined.as_str() {
            "" => joined,
            joined => self.masked(Kind::Repository, joined.trim_matches('/')),
        };
        format!(
            "{scheme}://{login}{}{port}{joined}{path}",
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

/// The class of names that stay.
const PUBLIC: &str = "public";

/// Which token a name gets that is several things: that of what it most likely is where nothing tells.
fn rank(class: &str) -> usize {
    const ORDER: [&str; 6] = [PUBLIC, COMPUTER, "user", "host", "account", "email"];
    ORDER
        .iter()
        .position(|known| *known == class)
        .unwrap_or(ORDER.len())
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

/// Whether nothing is in this name but what ssh fills in: `%r@%h:%p`.
fn is_of_tokens_only(name: &str) -> bool {
    let mut parts = name.split('%');
    let first = parts.next().unwrap_or_default();
    let rest = parts.map(|part| part.get(1..).unwrap_or_default());
    let is_sign = |part: &str| !part.contains(char::is_alphanumeric);
    name.contains('%') && is_sign(first) && rest.into_iter().all(is_sign)
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
    fn names_that_ssh_writes_in_octal_are_found() {
        let v = vocabulary();
        v.learn([Text::user("émile")]);
        let line = r"identity file /home/\303\251mile/.ssh/cl\303\251 of \303\211MILE \033[1m \351";
        assert_eq!(
            v.show(&Text::quoted(line)),
            r"identity file /home/[user1]/.ssh/[file1] of [user1] \033[1m \351"
        );
    }

    #[test]
    fn a_word_that_ssh_refuses_is_shown_where_it_is_a_slip() {
        let refused = "x: line 4: Bad configuration option: ";
        let slip = refused.to_owned() + "identityfiel";
        assert_eq!(scrubbed(&slip), slip);
        assert_eq!(
            scrubbed(&(refused.to_owned() + "hunter2")),
            refused.to_owned() + "[removed: value]"
        );
        assert_eq!(
            scrubbed("debug1: x line 1: Ignored unknown option \"hunter2\""),
            "debug1: x line 1: Ignored unknown option \"[removed: value]\""
        );
    }

    #[test]
    fn an_address_with_a_colon_before_its_path_hides_the_path() {
        assert_eq!(
            scrubbed("ssh://git@github.com:acme/x.git ssh://git@h.example:22/acme"),
            "ssh://git@github.com:[repo1] ssh://git@[host1]:22/[repo2]"
        );
    }

    #[test]
    fn a_name_gets_the_token_of_what_it_most_likely_is_and_public_names_stay() {
        let v = vocabulary();
        v.learn([
            Text::of(Kind::Label, "bobby"),
            Text::user("bobby"),
            Text::host("github"),
        ]);
        let _ = v.show(&Text::path(std::path::Path::new("/srv/server/key")));
        assert_eq!(
            v.show(&Text::quoted("bobby at github.com, github; Server key")),
            "[user1] at github.com, [host1]; Server key"
        );
    }

    #[test]
    fn a_path_is_one_piece_whatever_is_known_of_it() {
        assert_eq!(
            scrubbed("in /srv/ana-projects/secret/key and ~\\.ssh\\acme_key"),
            "in /[folder1]/[folder2]/[folder3]/[file1] and ~\\.ssh\\[file2]"
        );
        let v = vocabulary();
        let path = |path: &str| v.show(&Text::path(std::path::Path::new(path)));
        assert_eq!(path("/home/ana/.ssh/%r@%h:%p"), "~/.ssh/%r@%h:%p");
        assert_eq!(path("/tmp/acme-%r.sock"), "/tmp/[file1]");
        assert_eq!(
            path("/tmp/x/home/.ssh/config"),
            "/tmp/[folder1]/home/.ssh/config"
        );
    }

    #[test]
    fn a_path_on_a_server_is_a_path() {
        let v = vocabulary();
        v.learn([Text::host("box")]);
        let shown = v.show(&Text::quoted("rsync box:/srv/acme/site x"));
        assert_eq!(shown, "rsync [host1]:/[folder1]/[folder2]/[file1] x");
    }

    #[test]
    fn two_letters_are_a_name_too() {
        let v = vocabulary();
        v.learn([Text::host("db"), Text::user("jo")]);
        let shown = v.show(&Text::quoted("jo@db: Permission denied"));
        assert_eq!(shown, "[user1]@[host1]: Permission denied");
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
