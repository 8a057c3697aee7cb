//! Which values may stand in a provider file, beyond being well-formed TOML?
//!
//! Names reach ssh's command line and pages reach the browser, so a file must not be able to
//! smuggle an option, another scheme or a control character into either.

use crate::provider::{HOST, Origin, Provider, Providers, REPOSITORY};

/// A value that may not stand where it stands.
#[derive(Debug)]
pub(super) struct BadValue {
    pub(super) field: &'static str,
    pub(super) value: String,
    wrong: &'static str,
    pub(super) allowed: &'static str,
}

impl BadValue {
    /// What is wrong, naming field and value.
    pub(super) fn why(&self) -> String {
        match self.value.as_str() {
            "" => format!("{}: {}.", self.field, self.wrong),
            value => format!("{}: \"{value}\" {}.", self.field, self.wrong),
        }
    }
}

type Checked = Result<(), BadValue>;

/// The first value that may not stand in a provider file.
pub(super) fn check(provider: &Provider) -> Checked {
    names(provider)?;
    addresses(provider)?;
    keys(provider)?;
    pages(provider)?;
    deploy_key(provider)?;
    host_keys(provider)?;
    tool(provider)?;
    words(provider)
}

/// Which programs are run with which arguments is not for files that somebody hands around.
fn tool(provider: &Provider) -> Checked {
    require(
        provider.cli.is_none() || provider.origin == Origin::BuiltIn,
        "[cli]",
        "",
        "[cli] may stand in sshstep's own files only, because it names a program to run",
        "Take the table [cli] out; the key page works without it.",
    )
}

fn names(provider: &Provider) -> Checked {
    let id_fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let also = provider.also.iter().map(|name| ("also", name));
    for (field, id) in std::iter::once(("id", &provider.id)).chain(also) {
        require(
            id.starts_with(|c: char| c.is_ascii_lowercase()) && id.chars().all(id_fits),
            field,
            id,
            "is not an id",
            "Allowed: lower-case letters, digits and -, a letter first.",
        )?;
    }
    let name = &provider.name;
    require(
        !name.trim().is_empty()
            && name.chars().count() <= 40
            && !name.chars().any(char::is_control),
        "name",
        name,
        "is not a name",
        "Allowed: 1 to 40 characters in one line.",
    )
}

fn addresses(provider: &Provider) -> Checked {
    for name in &provider.hosts {
        host("hosts", name)?;
    }
    for pattern in &provider.host_patterns {
        let fixed = pattern
            .chars()
            .filter(|c| c.is_ascii_alphanumeric())
            .count();
        require(
            is_host(&pattern.replace('*', "x")) && fixed >= 2,
            "host_patterns",
            pattern,
            "is not a host pattern",
            "Allowed: a host name in which * stands for a part of it.",
        )?;
    }
    together(provider)?;
    let alternative = provider.alternative.iter().map(|door| &door.host);
    let own_user = provider.user_for.iter().map(|rule| &rule.host);
    let connect = provider.connect.iter().map(|name| ("connect", name));
    for (field, name) in connect.chain(alternative.chain(own_user).map(|name| ("host", name))) {
        host(field, name)?;
        require(
            provider.serves(name),
            field,
            name,
            "is not among the hosts",
            "Add it to hosts.",
        )?;
    }
    for user in provider
        .user
        .iter()
        .chain(provider.user_for.iter().map(|rule| &rule.user))
    {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '+');
        require(
            !user.is_empty() && !user.starts_with('-') && user.chars().all(fits),
            "user",
            user,
            "is not a login name",
            "Allowed: letters, digits and . _ + -, not - first.",
        )?;
    }
    let mut ports = provider
        .ports
        .iter()
        .chain(provider.alternative.as_ref().map(|a| &a.port));
    require(
        !provider.ports.is_empty() && ports.all(|port| *port > 0),
        "ports",
        "",
        "there is no port, or port 0",
        "Allowed: 1 to 65535.",
    )?;
    let connect = provider.connect.as_deref();
    let complete = connect.is_some_and(|host| provider.user_at(host).is_some());
    require(
        complete || provider.address.is_some(),
        "connect",
        "",
        "user or connect is missing, and there is no [address]",
        "Give user and connect, or say in [address] where to find them.",
    )
}

/// One `Host` line is for all of them, with one login name.
fn together(provider: &Provider) -> Checked {
    for hosts in &provider.together {
        let first = hosts.samples().next();
        let (first, host) = first.unwrap_or_default();
        let user = provider.user_at(&host);
        for (pattern, host) in hosts.samples() {
            require(
                is_host(&host) && provider.serves(&host),
                "together",
                pattern,
                "is not among the hosts",
                "Allowed: names and patterns of hosts and host_patterns; {part} stands for the same part in each.",
            )?;
        }
        require(
            hosts.is_uniform(),
            "together",
            first,
            "does not fit the others",
            "Allowed: two or more in lower case, with the same {part} in each, or with none.",
        )?;
        let listed = provider.hosts.iter();
        let mut others = listed.chain(provider.user_for.iter().map(|rule| &rule.host));
        let other = others.find(|host| hosts.includes(host) && provider.user_at(host) != user);
        require(
            other.is_none(),
            "together",
            other.map_or("", String::as_str),
            "has another login name than the others",
            "Take it out: one Host block has one login name.",
        )?;
        let taken = |host: &&str| hosts.includes(host);
        let taken = match provider.origin {
            Origin::Own => Providers::embedded().hosts_but_of(&provider.id).find(taken),
            Origin::BuiltIn => None,
        };
        require(
            taken.is_none(),
            "together",
            taken.unwrap_or_default(),
            "belongs to a service that sshstep knows",
            "Name hosts of this service alone.",
        )?;
    }
    Ok(())
}

fn keys(provider: &Provider) -> Checked {
    let rules = &provider.keys;
    require(
        rules.accepted.is_empty() || rules.accepted.contains(&rules.recommended),
        "recommended",
        "",
        "the recommended type is not among the accepted ones",
        "Choose one of the accepted types.",
    )?;
    require(
        rules.tries != Some(0),
        "tries",
        "",
        "a server that lets ssh try no key lets nobody in",
        "Allowed: 1 or more, or leave it out.",
    )?;
    for bits in [rules.min_rsa_bits, rules.advised_rsa_bits]
        .into_iter()
        .flatten()
    {
        require(
            (1024..=16384).contains(&bits),
            "rsa_bits",
            &bits.to_string(),
            "is not a size of an RSA key",
            "Allowed: 1024 to 16384.",
        )?;
    }
    Ok(())
}

fn pages(provider: &Provider) -> Checked {
    let Some(page) = &provider.page else {
        return Ok(());
    };
    require(
        provider.no_page.is_empty(),
        "no_page",
        "",
        "there is a reason why there is no page, and a [page]",
        "Take one of the two out.",
    )?;
    let deploy = page.deploy.iter();
    for url in deploy.clone() {
        // The repository's name must not decide whose page it is.
        let before = url.split_once(REPOSITORY).map_or("", |(before, _)| before);
        require(
            url.matches(REPOSITORY).count() == 1 && before.matches('/').count() > 2,
            "deploy",
            url,
            "is not a page for each repository",
            "Allowed: an address with {repository} once in it, behind the host.",
        )?;
    }
    let deploy = deploy.map(|url| url.replace(REPOSITORY, "repository"));
    let others = std::iter::once(&page.url).chain(&page.list).cloned();
    for url in &others.chain(deploy).collect::<Vec<String>>() {
        let rest = url.strip_prefix("https://").unwrap_or_default();
        let plain = rest
            .replace(HOST, "host")
            .chars()
            .all(|c| c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | '{' | '}'));
        require(
            !rest.is_empty() && !rest.starts_with('/') && plain,
            "url",
            url,
            "is not a page that I open",
            "Allowed: an address that starts with https://; {host} in it is the server's name.",
        )?;
    }
    Ok(())
}

/// A person copies the command into a shell.
fn deploy_key(provider: &Provider) -> Checked {
    let Some(deploy) = &provider.deploy_key else {
        return Ok(());
    };
    let name = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    require(
        deploy
            .variable
            .starts_with(|c| name(c) && !c.is_ascii_digit())
            && deploy.variable.chars().all(name),
        "variable",
        &deploy.variable,
        "is not the name of a variable",
        "Allowed: capital letters, digits and _, no digit first.",
    )?;
    let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.');
    require(
        deploy
            .hand_over
            .starts_with(|c: char| c.is_ascii_alphanumeric())
            && deploy.hand_over.chars().all(word),
        "hand_over",
        &deploy.hand_over,
        "is more than a command and its words",
        "Allowed: letters, digits, blanks and - _ . behind a letter or digit.",
    )
}

fn host_keys(provider: &Provider) -> Checked {
    let published = provider
        .host_keys
        .published
        .iter()
        .map(|key| &key.fingerprint);
    let obsolete = provider
        .host_keys
        .obsolete
        .iter()
        .map(|key| &key.fingerprint);
    for fingerprint in published.chain(obsolete) {
        require(
            is_fingerprint(fingerprint),
            "fingerprint",
            fingerprint,
            "is not a fingerprint",
            "Allowed: SHA256: and 43 characters, as ssh shows it.",
        )?;
    }
    let mut listed = provider
        .host_keys
        .published
        .iter()
        .flat_map(|key| &key.hosts);
    listed.try_for_each(|name| host("hosts", name))
}

fn words(provider: &Provider) -> Checked {
    for greeting in &provider.greetings {
        for hole in greeting.pattern.names() {
            require(
                ["account", "owner", "repository", "key"].contains(&hole),
                "pattern",
                hole,
                "is not a hole that a greeting can have",
                "Allowed: account, owner with repository, key.",
            )?;
        }
    }
    for message in &provider.messages {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        require(
            !message.code.is_empty() && message.code.chars().all(fits),
            "code",
            &message.code,
            "is not a diagnosis code",
            "Allowed: what `sshstep list diagnoses` prints.",
        )?;
    }
    Ok(())
}

fn host(field: &'static str, name: &str) -> Checked {
    require(
        is_host(name),
        field,
        name,
        "is not a host name",
        "Allowed: letters, digits, - and dots, not - first.",
    )
}

fn is_host(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
    !name.is_empty() && !name.starts_with(['-', '.']) && name.len() <= 253 && name.chars().all(fits)
}

fn is_fingerprint(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/');
    text.strip_prefix("SHA256:")
        .is_some_and(|rest| rest.len() == 43 && rest.chars().all(fits))
}

fn require(
    holds: bool,
    field: &'static str,
    value: &str,
    wrong: &'static str,
    allowed: &'static str,
) -> Checked {
    if holds {
        return Ok(());
    }
    Err(BadValue {
        field,
        value: value.to_owned(),
        wrong,
        allowed,
    })
}
