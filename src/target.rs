//! What did the person name: an alias, a host, a URL, a remote?
//!
//! Parsing only; nothing is looked up here.

use std::ffi::OsString;

use crate::say;
use crate::text::{Kind, Text};
use crate::trouble::{Exit, Trouble};

/// Where ssh shall connect to, in the words that ssh gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// What the person typed, or the remote's URL.
    pub input: String,
    /// Host name or alias, as ssh gets it: `Host` patterns match this, not the resolved name.
    pub host: String,
    /// Login name, where the input has one or the provider has just one.
    pub user: Option<String>,
    /// Port, where the input has one.
    pub port: Option<u16>,
    /// `-i`: the key file that the person named.
    pub identity: Option<std::path::PathBuf>,
    /// Path behind the host in a git URL: `TEAM/PROJECT.git`.
    pub repository: Option<String>,
    /// How the input spoke of the host.
    pub scheme: Scheme,
}

/// The kind of address that named the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// A host, `user@host` or alias.
    Host,
    /// `ssh://…` or `git@host:path`.
    Ssh,
    /// `https://…`: the SSH key plays no part until the address is changed.
    Https,
}

impl Target {
    /// Reads any of the forms of contract.md section 1 but the provider id.
    ///
    /// # Errors
    /// Exit 2 with what is wrong: empty, a leading dash, blanks, control or shell characters, a bad
    /// port, an unknown scheme.
    pub fn parse(input: &str) -> Result<Self, Trouble> {
        let trimmed = input.trim();
        let (scheme, rest) = if let Some(rest) = trimmed.strip_prefix("ssh://") {
            (Scheme::Ssh, rest)
        } else if let Some(rest) = trimmed
            .strip_prefix("git+ssh://")
            .or_else(|| trimmed.strip_prefix("ssh+git://"))
        {
            (Scheme::Ssh, rest)
        } else if let Some(rest) = trimmed
            .strip_prefix("https://")
            .or_else(|| trimmed.strip_prefix("http://"))
        {
            (Scheme::Https, rest)
        } else if let Some((scheme, _)) = trimmed.split_once("://") {
            return Err(wrong(
                input,
                say!(
                    "{} is not an address that ssh can use.",
                    Text::quoted(format!("{scheme}://"))
                ),
            ));
        } else {
            return Self::parse_plain(input, trimmed);
        };
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (user, host_port) = match authority.rsplit_once('@') {
            // A password in an https URL is nobody's business here.
            Some((user, host)) => (user.split(':').next(), host),
            None => (None, authority),
        };
        let (host, port) = split_port(input, host_port)?;
        let user = match scheme {
            Scheme::Host | Scheme::Ssh => user.map(str::to_owned),
            Scheme::Https => None,
        };
        let port = match scheme {
            Scheme::Host | Scheme::Ssh => port,
            Scheme::Https => None,
        };
        let mut target = Self::checked(input, scheme, user, host, port, path)?;
        if scheme == Scheme::Https {
            // A password or token in the URL must not travel on inside `input`.
            target.input = format!(
                "https://{authority_host}/{path}",
                authority_host = host_port
            );
        }
        Ok(target)
    }

    fn parse_plain(input: &str, trimmed: &str) -> Result<Self, Trouble> {
        let (user, rest) = match trimmed.rsplit_once('@') {
            Some((user, rest)) => (Some(user.to_owned()), rest),
            None => (None, trimmed),
        };
        if let Some(inside) = rest.strip_prefix('[') {
            let (host, after) = inside
                .split_once(']')
                .ok_or_else(|| wrong(input, "The bracket is not closed."))?;
            // `[host:port]:path` is git's way to put a port into the scp form.
            let (host, port) = if host.matches(':').count() == 1 {
                split_port(input, host)?
            } else {
                (host.to_owned(), None)
            };
            let after = after.strip_prefix(':').unwrap_or(after);
            return match after.parse::<u16>() {
                Ok(number) if port.is_none() => {
                    Self::checked(input, Scheme::Host, user, host, Some(number), "")
                }
                Ok(_) | Err(_) => Self::checked(input, scp(after), user, host, port, after),
            };
        }
        if rest.parse::<std::net::Ipv6Addr>().is_ok() {
            return Self::checked(input, Scheme::Host, user, rest.to_owned(), None, "");
        }
        match rest.split_once(':') {
            Some((host, after)) => match after.parse::<u16>() {
                Ok(port) => {
                    Self::checked(input, Scheme::Host, user, host.to_owned(), Some(port), "")
                }
                Err(_) => Self::checked(input, Scheme::Ssh, user, host.to_owned(), None, after),
            },
            None => Self::checked(input, Scheme::Host, user, rest.to_owned(), None, ""),
        }
    }

    fn checked(
        input: &str,
        scheme: Scheme,
        user: Option<String>,
        host: String,
        port: Option<u16>,
        path: &str,
    ) -> Result<Self, Trouble> {
        if input.trim().is_empty() {
            return Err(wrong(input, "Nothing was given."));
        }
        if host.is_empty() {
            return Err(wrong(input, "It names no host."));
        }
        check_name(input, &host, "The host name")?;
        if let Some(user) = &user {
            if user.is_empty() {
                return Err(wrong(input, "There is no user name before the @."));
            }
            check_name(input, user, "The user name")?;
        }
        if port == Some(0) {
            return Err(wrong(input, "Port 0 does not exist."));
        }
        let repository = path.trim_matches('/');
        Ok(Self {
            input: input.trim().to_owned(),
            host,
            user,
            port,
            identity: None,
            repository: (!repository.is_empty()).then(|| repository.to_owned()),
            scheme,
        })
    }

    /// The arguments that name this target for ssh, behind all options. The host cannot be read
    /// as an option: it never begins with a dash.
    pub fn ssh_args(&self) -> Vec<OsString> {
        let mut args = Vec::new();
        if let Some(port) = self.port {
            args.push(OsString::from("-p"));
            args.push(OsString::from(port.to_string()));
        }
        if let Some(identity) = &self.identity {
            args.push(OsString::from("-i"));
            args.push(identity.clone().into_os_string());
        }
        if let Some(user) = &self.user {
            args.push(OsString::from("-l"));
            args.push(OsString::from(user));
        }
        args.push(OsString::from("--"));
        args.push(OsString::from(&self.host));
        args
    }

    /// `user@host`, as a person types it.
    pub fn address(&self) -> Text {
        match &self.user {
            Some(user) => Text::user(user).then("@").then(Text::host(&self.host)),
            None => Text::host(&self.host),
        }
    }

    /// The name under which known_hosts keeps this host at the given port (`[host]:port` unless 22).
    pub fn known_hosts_name(host: &str, port: u16) -> String {
        if port == 22 {
            host.to_owned()
        } else {
            format!("[{host}]:{port}")
        }
    }
}

fn scp(after: &str) -> Scheme {
    if after.is_empty() {
        Scheme::Host
    } else {
        Scheme::Ssh
    }
}

fn split_port(input: &str, host_port: &str) -> Result<(String, Option<u16>), Trouble> {
    if let Some(inside) = host_port.strip_prefix('[') {
        let (host, after) = inside
            .split_once(']')
            .ok_or_else(|| wrong(input, "The bracket is not closed."))?;
        return match after.strip_prefix(':') {
            Some(port) => Ok((host.to_owned(), Some(number(input, port)?))),
            None => Ok((host.to_owned(), None)),
        };
    }
    match host_port.split_once(':') {
        Some((host, "")) => Ok((host.to_owned(), None)),
        Some((host, port)) => Ok((host.to_owned(), Some(number(input, port)?))),
        None => Ok((host_port.to_owned(), None)),
    }
}

fn number(input: &str, port: &str) -> Result<u16, Trouble> {
    port.parse::<u16>()
        .ok()
        .filter(|port| *port > 0)
        .ok_or_else(|| {
            wrong(
                input,
                say!(
                    "{} is not a port: ports are 1 to 65535.",
                    Text::quoted(port)
                ),
            )
        })
}

/// The characters that OpenSSH itself refuses since 9.6 (ssh.c `valid_hostname`, `valid_ruser`),
/// and a leading dash, which ssh would read as an option.
fn check_name(input: &str, name: &str, what: &'static str) -> Result<(), Trouble> {
    if name.starts_with('-') {
        return Err(wrong(
            input,
            say!(
                "{} begins with a dash, so ssh would read it as an option.",
                what
            ),
        ));
    }
    let bad = name
        .chars()
        .find(|c| c.is_whitespace() || is_unseen(*c) || "'`\"$\\;&<>|(){}!*?#,".contains(*c));
    match bad {
        Some(c) => Err(wrong(
            input,
            say!(
                "{} contains {}, which is not allowed there.",
                what,
                named(c)
            ),
        )),
        None => Ok(()),
    }
}

/// Control, bidirectional and zero-width characters: what is shown would not be what is meant.
fn is_unseen(c: char) -> bool {
    let c = c.to_string();
    crate::text::escape(&c, crate::text::Charset::Utf8) != c
}

fn named(c: char) -> Text {
    if c == ' ' {
        Text::plain("a blank")
    } else {
        Text::of(Kind::Quoted, format!("'{c}'"))
    }
}

fn wrong(input: &str, why: impl Into<Text>) -> Trouble {
    Trouble::new(
        say!(
            "\"{}\" is not something to connect to.",
            Text::quoted(input.trim())
        ),
        why,
        "Give a service (github), a host, user@host, an alias from your ssh settings, \
         or a git address such as git@github.com:TEAM/PROJECT.git.",
    )
    .exit(Exit::Usage)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(input: &str) -> (Option<String>, String, Option<u16>, Option<String>, Scheme) {
        let t = Target::parse(input).unwrap_or_else(|e| panic!("{input}: {e:?}"));
        (t.user, t.host, t.port, t.repository, t.scheme)
    }

    fn some(s: &str) -> Option<String> {
        Some(s.to_owned())
    }

    #[test]
    fn every_form_of_the_contract_is_read() {
        use Scheme::{Host, Https, Ssh};
        let table = [
            ("example.org", None, "example.org", None, None, Host),
            (
                "bob@example.org",
                some("bob"),
                "example.org",
                None,
                None,
                Host,
            ),
            (
                "example.org:2222",
                None,
                "example.org",
                Some(2222),
                None,
                Host,
            ),
            (
                "git@github.com:a/b.git",
                some("git"),
                "github.com",
                None,
                some("a/b.git"),
                Ssh,
            ),
            ("github.com:a/b", None, "github.com", None, some("a/b"), Ssh),
            (
                "ssh://git@h.example:7999/p/r.git",
                some("git"),
                "h.example",
                Some(7999),
                some("p/r.git"),
                Ssh,
            ),
            ("ssh://h.example/", None, "h.example", None, None, Ssh),
            (
                "ssh://git@[::1]:22/x",
                some("git"),
                "::1",
                Some(22),
                some("x"),
                Ssh,
            ),
            (
                "git@[h.example:2222]:o/r",
                some("git"),
                "h.example",
                Some(2222),
                some("o/r"),
                Ssh,
            ),
            (
                "https://github.com/a/b.git",
                None,
                "github.com",
                None,
                some("a/b.git"),
                Https,
            ),
            (
                "https://u:secret@gitlab.com:443/a/b",
                None,
                "gitlab.com",
                None,
                some("a/b"),
                Https,
            ),
            ("::1", None, "::1", None, None, Host),
            ("[::1]:2022", None, "::1", Some(2022), None, Host),
            ("a@b@host", some("a@b"), "host", None, None, Host),
        ];
        for (input, user, host, port, repository, scheme) in table {
            assert_eq!(
                parts(input),
                (user, host.to_owned(), port, repository, scheme),
                "{input}"
            );
        }
    }

    #[test]
    fn what_is_no_target_is_refused_as_wrong_usage() {
        for input in [
            "",
            " ",
            "-oProxyCommand=x",
            "git@-host",
            "-l@host",
            "a b",
            "host;rm",
            "ftp://x/y",
            "ssh://h:99999/x",
            "host:0",
            "@host",
            "user@",
            "\u{1b}[31m",
            "\u{202e}host",
            "$(x)",
            "[::1",
            "https://",
        ] {
            let trouble = Target::parse(input).expect_err(input);
            assert_eq!(trouble.exit, Exit::Usage, "{input}");
            assert!(!trouble.hint.is_empty());
        }
    }

    #[test]
    fn a_password_in_a_url_is_dropped() {
        let target = Target::parse("https://ana:hunter2@github.com/a/b").expect("a target");
        assert!(target.user.is_none());
        assert!(!format!("{target:?}").contains("hunter2"));
    }
}
