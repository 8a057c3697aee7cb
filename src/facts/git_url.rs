//! Is a git address written so that git and ssh cannot understand it, and how is it meant?

/// What is wrong with an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongUrl {
    /// What is wrong, in words, to stand after the address.
    pub why: &'static str,
    /// How it is meant.
    pub right: String,
}

/// Ports that people use for SSH. In `git@host:2222/team/project` git takes the number for a folder.
const PORTS: [&str; 8] = ["22", "222", "443", "2022", "2222", "7999", "22022", "29418"];

/// Looks at an address as it was written. None: nothing is certainly wrong with it.
pub fn wrong(url: &str) -> Option<WrongUrl> {
    let url = url.trim();
    two_schemes(url)
        .or_else(|| port_without_number(url))
        .or_else(|| slash_for_colon(url))
        .or_else(|| port_in_scp_form(url))
}

/// The address without what may be a password or token: a login of an https address, or the part
/// of a login behind a colon.
pub fn shown(url: &str) -> String {
    let Some((before, rest)) = url.rsplit_once('@') else {
        return url.to_owned();
    };
    let start = before.rfind('/').map_or(0, |at| at + 1);
    let login = &before[start..];
    let kept = match login.split_once(':') {
        _ if url.starts_with("http") => "",
        Some((user, _)) => user,
        None => login,
    };
    let at = if kept.is_empty() { "" } else { "@" };
    format!("{}{kept}{at}{rest}", &before[..start])
}

/// `git@https://host/path`, `git@host:https://host/path`, `ssh//git@host/path`, `https:/host/path`.
fn two_schemes(url: &str) -> Option<WrongUrl> {
    const SCHEMES: [&str; 3] = ["https", "http", "ssh"];
    let why = "mixes two ways of writing an address";
    for scheme in SCHEMES {
        let whole = format!("{scheme}://");
        if let Some((before, rest)) = url.split_once(&whole)
            && before.contains(['@', ':'])
            && !before.contains("://")
        {
            let user = before.split('@').next().filter(|user| !user.is_empty())?;
            let (host, path) = rest.split_once('/')?;
            let right = format!("{user}@{}:{path}", host.rsplit('@').next()?);
            return Some(WrongUrl { why, right });
        }
    }
    for scheme in SCHEMES {
        for broken in [format!("{scheme}//"), format!("{scheme}:/")] {
            let rest = url.strip_prefix(&broken);
            if let Some(rest) = rest.filter(|rest| !rest.starts_with('/') && rest.contains('/')) {
                let why = "has lost a part of its ://";
                let right = format!("{scheme}://{rest}");
                return Some(WrongUrl { why, right });
            }
        }
    }
    None
}

/// `ssh://git@host:team/project.git`: after the colon git expects a port.
fn port_without_number(url: &str) -> Option<WrongUrl> {
    let (scheme, rest) = url.split_once("://")?;
    if !matches!(scheme, "ssh" | "https" | "http" | "git+ssh" | "ssh+git") {
        return None;
    }
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (login, host) = match authority.rsplit_once('@') {
        Some((login, host)) => (Some(login), host),
        None => (None, authority),
    };
    let (host, after) = host.split_once(':').filter(|_| !host.starts_with('['))?;
    let is_name = after.chars().any(|c| c.is_ascii_alphabetic());
    if host.is_empty() || !is_name {
        return None;
    }
    // Only an SSH login is worth repeating: in an https address it may be a token.
    let login = match login {
        Some(login) if !login.contains(':') && scheme.contains("ssh") => login,
        Some(_) | None => "git",
    };
    let path = format!("{after}/{path}");
    let path = path.trim_end_matches('/');
    // `ssh://git@host:22:team/project.git` has both.
    let right = match path.split_once(':') {
        Some((port, path)) if PORTS.contains(&port) => {
            format!("ssh://{login}@{host}:{port}/{path}")
        }
        Some(_) | None => format!("{login}@{host}:{path}"),
    };
    Some(WrongUrl {
        why: "has a folder where the port belongs",
        right,
    })
}

/// `git@host/team/project.git`: git takes it for a folder on this computer.
fn slash_for_colon(url: &str) -> Option<WrongUrl> {
    if url.contains(':') || url.starts_with(['/', '.', '~']) {
        return None;
    }
    let (authority, path) = url.split_once('/')?;
    let (user, host) = authority.split_once('@')?;
    let is_whole = !user.is_empty() && !host.is_empty() && !path.is_empty();
    is_whole.then(|| WrongUrl {
        why: "has a slash where the colon belongs",
        right: format!("{authority}:{path}"),
    })
}

/// `git@host:2222/team/project.git`.
fn port_in_scp_form(url: &str) -> Option<WrongUrl> {
    if url.contains("://") {
        return None;
    }
    let (authority, after) = url.split_once(':')?;
    let (port, path) = after.split_once('/')?;
    let is_whole = authority.contains('@') && path.contains('/') && PORTS.contains(&port);
    is_whole.then(|| WrongUrl {
        why: "has a port in a form of address that takes none",
        right: format!("ssh://{authority}:{port}/{path}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_addresses_are_understood() {
        let table = [
            ("git@github.com/a/b.git", "git@github.com:a/b.git"),
            ("ssh://git@github.com:a/b.git", "git@github.com:a/b.git"),
            ("https://github.com:a/b.git", "git@github.com:a/b.git"),
            ("ssh://git@h:2222:a/b", "ssh://git@h:2222/a/b"),
            ("https://x:ghp_secret@github.com:a/b", "git@github.com:a/b"),
            ("git@https://github.com/a/b.git", "git@github.com:a/b.git"),
            (
                "git@github.com:https://github.com/a/b",
                "git@github.com:a/b",
            ),
            ("ssh//git@github.com/a/b", "ssh://git@github.com/a/b"),
            ("https:/github.com/a/b", "https://github.com/a/b"),
            (
                "git@h.example:2222/a/b.git",
                "ssh://git@h.example:2222/a/b.git",
            ),
        ];
        for (url, right) in table {
            assert_eq!(
                wrong(url).map(|wrong| wrong.right).as_deref(),
                Some(right),
                "{url}"
            );
        }
    }

    #[test]
    fn what_may_be_a_secret_is_not_shown() {
        for url in [
            "https://x:ghp_secret@h:a/b",
            "https:/ghp_secret@h/a",
            "ssh://x:ghp_secret@h:a/b",
        ] {
            assert!(!shown(url).contains("ghp_secret"), "{url}");
        }
        assert_eq!(shown("git@h/a/b"), "git@h/a/b");
    }

    #[test]
    fn good_addresses_are_left_alone() {
        for url in [
            "git@github.com:a/b.git",
            "git@github.com:2222/b.git",
            "git@github.com:/srv/b.git",
            "ssh://git@h.example:7999/a/b.git",
            "ssh://git@[::1]:22/x",
            "ssh://h.example/~a/b",
            "https://u:secret@gitlab.com:443/a/b",
            "https://github.com/a/b:c.git",
            "/srv/a@b/c.git",
            "../a@b/c",
            "github.com",
            "user@host",
            "host:2222",
            "C:/work/x",
            "",
        ] {
            assert_eq!(wrong(url), None, "{url}");
        }
    }
}
