//! What does sshd's log say about who tried to log in?

/// How the server answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    Accepted,
    /// "I know this key, now sign": a question, not a login.
    Known,
    Refused,
}

/// One try at logging in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    pub answer: Answer,
    pub method: String,
    pub user: String,
    /// `SHA256:…` of the key, where it was one.
    pub fingerprint: Option<String>,
}

/// Reads lines such as `Failed publickey for git from UNKNOWN port 65535 ssh2: ED25519 SHA256:…`.
pub fn logins(log: &str) -> Vec<Login> {
    log.lines().filter_map(login).collect()
}

fn login(line: &str) -> Option<Login> {
    let (verb, rest) = line.trim().split_once(' ')?;
    let answer = match verb {
        "Accepted" => Answer::Accepted,
        "Postponed" => Answer::Known,
        "Failed" => Answer::Refused,
        _ => return None,
    };
    let (method, rest) = rest.split_once(" for ")?;
    let rest = rest.strip_prefix("invalid user ").unwrap_or(rest);
    let fingerprint = rest.split(' ').find(|word| word.starts_with("SHA256:"));
    Some(Login {
        answer,
        method: method.to_owned(),
        user: rest.split(' ').next()?.to_owned(),
        fingerprint: fingerprint.map(str::to_owned),
    })
}
