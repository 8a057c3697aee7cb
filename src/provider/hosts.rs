//! Is this host name the one that is meant?

/// Whether both name the same host: any case, a final dot ignored.
pub(super) fn same(a: &str, b: &str) -> bool {
    bare(a).eq_ignore_ascii_case(bare(b))
}

/// Whether the host is one of these names.
pub(super) fn is_listed(names: &[String], host: &str) -> bool {
    names.iter().any(|name| same(name, host))
}

/// Whether the host fits one of these patterns, in which `*` is any run of characters.
pub(super) fn is_matched(patterns: &[String], host: &str) -> bool {
    patterns
        .iter()
        .any(|pattern| fits(bare(pattern).as_bytes(), bare(host).as_bytes()))
}

fn bare(name: &str) -> &str {
    name.strip_suffix('.').unwrap_or(name)
}

/// The last `*` is the only one worth giving more to, so no way is tried twice.
fn fits(pattern: &[u8], host: &[u8]) -> bool {
    let (mut p, mut h) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while h < host.len() {
        if pattern.get(p) == Some(&b'*') {
            star = Some((p, h));
            p += 1;
        } else if pattern
            .get(p)
            .is_some_and(|c| c.eq_ignore_ascii_case(&host[h]))
        {
            p += 1;
            h += 1;
        } else if let Some((at, taken)) = star {
            star = Some((at, taken + 1));
            p = at + 1;
            h = taken + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|c| *c == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_without_case_and_final_dot() {
        assert!(same("GitHub.com.", "github.com"));
        assert!(!same("github.com", "github.co"));
    }

    #[test]
    fn stars_stand_for_any_run() {
        let fits = |pattern: &str, host: &str| is_matched(&[pattern.to_owned()], host);
        assert!(fits("ssh.*.platform.sh", "SSH.eu-2.platform.sh."));
        assert!(!fits("ssh.*.platform.sh", "ssh.platform.sh"));
        assert!(!fits(
            "ssh.*.platform.sh",
            "ssh.eu.platform.sh.evil.example"
        ));
        assert!(fits("push-*-x.*", "push-n2-x-x.y"));
        assert!(!fits("a*b", "ac"));
        assert!(fits("**", ""));
    }
}
