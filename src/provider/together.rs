//! Which hosts of a service does one account sign in to, so that one `Host` block is for all of them?

use serde::{Deserialize, Serialize};

use super::hosts;

/// Patterns of hosts that belong together: `*` is any run of characters, and `{part}` the same part in each of them.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(transparent)]
pub struct Together(Vec<String>);

impl Together {
    /// The words of a `Host` line for this host and those that belong to it; none when it is not one of them.
    pub(super) fn at(&self, host: &str) -> Option<Vec<String>> {
        let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
        self.0.iter().find_map(|pattern| {
            let Some((before, hole, after)) = parted(pattern) else {
                let own = std::slice::from_ref(pattern);
                return hosts::is_matched(own, &host).then(|| self.0.clone());
            };
            let part = host.strip_prefix(before)?.strip_suffix(after)?;
            let is_part = !part.is_empty() && !part.contains('.');
            is_part.then(|| {
                let filled = self.0.iter().map(|pattern| pattern.replace(hole, part));
                filled.collect()
            })
        })
    }

    /// Whether all of them have the same part, or none has one; in lower case, as `Host` lines are compared.
    pub(super) fn is_uniform(&self) -> bool {
        let hole = |pattern: &String| parted(pattern).map(|(_, hole, _)| hole.to_owned());
        let is_name = |hole: &str| {
            let name = hole.trim_matches(['{', '}']);
            !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase())
        };
        let first = self.0.first().and_then(hole);
        let is_plain = |pattern: &String| {
            let has_case = pattern.chars().any(|c| c.is_ascii_uppercase());
            !has_case && (first.is_none() || !pattern.contains('*'))
        };
        first.as_deref().is_none_or(is_name)
            && self.0.len() > 1
            && self
                .0
                .iter()
                .all(|pattern| hole(pattern) == first && is_plain(pattern))
    }

    /// Whether a `Host` line of theirs would be for this host.
    pub(super) fn includes(&self, host: &str) -> bool {
        self.at(host).is_some()
    }

    /// One host for each pattern, for a look at whether they are sound.
    pub(super) fn samples(&self) -> impl Iterator<Item = (&str, String)> {
        self.0.iter().map(|pattern| {
            let filled = match parted(pattern) {
                Some((before, _, after)) => format!("{before}x{after}"),
                None => pattern.clone(),
            };
            (pattern.as_str(), filled.replace('*', "x"))
        })
    }
}

/// What stands before a pattern's hole, the hole with its braces, and what stands behind it.
fn parted(pattern: &str) -> Option<(&str, &str, &str)> {
    let from = pattern.find('{')?;
    let to = from + pattern[from..].find('}')? + 1;
    Some((&pattern[..from], &pattern[from..to], &pattern[to..]))
}

#[cfg(test)]
mod tests {
    use super::super::Providers;

    fn together(id: &str, host: &str) -> Vec<String> {
        let provider = Providers::embedded().by_id(id).unwrap();
        provider.together_at(host)
    }

    #[test]
    fn both_hosts_of_a_region_and_no_other() {
        let both = ["ssh.us-2.platform.sh", "git.us-2.platform.sh"];
        assert_eq!(together("platformsh", "git.us-2.platform.sh"), both);
        assert_eq!(together("platformsh", "SSH.us-2.platform.sh."), both);
        assert!(together("platformsh", "ssh.a.b.platform.sh").is_empty());
    }

    #[test]
    fn all_push_hosts_and_not_the_gateway() {
        let all = together(
            "clevercloud",
            "push-n2-par-clevercloud-customers.services.clever-cloud.com",
        );
        assert!(all.contains(&"push.clever-cloud.com".to_owned()));
        assert!(all.contains(&"push-*.services.clever-cloud.com".to_owned()));
        let gateway = "sshgateway-clevercloud-customers.services.clever-cloud.com";
        assert!(together("clevercloud", gateway).is_empty());
    }
}
