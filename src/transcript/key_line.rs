//! Which key does a line of ssh name?
//!
//! From 7.9: `NAME TYPE FINGERPRINT[ explicit][ token| authenticator][ agent]`, where NAME may hold
//! blanks (an agent key's comment), so it is read from the right; `NAME  explicit` without a public
//! half. 7.6 to 7.8: `TYPE FINGERPRINT NAME`. Before: `Offering RSA public key: NAME`.

use super::event::KeyLine;
use super::words::{is_fingerprint, unvis};

/// Reads what follows `Will attempt key: `, `Offering public key: ` or `Server accepts key: `.
pub fn read(text: &str) -> KeyLine {
    if let Some(kind) = text.strip_prefix("pkalg ") {
        let kind = kind.split(' ').next().map(str::to_owned);
        return KeyLine {
            kind,
            ..KeyLine::default()
        };
    }
    if let Some(key) = read_old(text) {
        return key;
    }
    let mut key = KeyLine::default();
    let mut rest = text.trim_end();
    while let Some((before, word)) = rest.rsplit_once(' ') {
        match word {
            "explicit" => key.explicit = true,
            "agent" => key.agent = true,
            "token" => key.token = true,
            "authenticator" => key.authenticator = true,
            "" => {}
            _ => break,
        }
        rest = before;
    }
    let mut words = rest.rsplitn(3, ' ');
    if let (Some(fingerprint), Some(kind)) = (words.next(), words.next())
        && is_fingerprint(fingerprint)
    {
        key.fingerprint = Some(fingerprint.to_owned());
        key.kind = Some(kind.to_owned());
        rest = words.next().unwrap_or_default();
    }
    key.name = unvis(rest);
    key
}

/// `Offering RSA public key: NAME` of 7.5 and before: what follows `Offering `.
pub fn read_offer_before_7_6(text: &str) -> Option<KeyLine> {
    let (kind, name) = text.split_once(" public key: ")?;
    if kind.contains(' ') {
        return None;
    }
    let kind = Some(kind.to_owned());
    Some(KeyLine {
        name: unvis(name),
        kind,
        ..KeyLine::default()
    })
}

fn read_old(text: &str) -> Option<KeyLine> {
    let (kind, rest) = text.split_once(' ')?;
    let (fingerprint, name) = rest.split_once(' ')?;
    let is_kind = kind
        .bytes()
        .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-');
    let new_order = name.is_empty() || is_flags(name);
    (is_kind && is_fingerprint(fingerprint) && !new_order).then(|| KeyLine {
        name: unvis(name),
        kind: Some(kind.to_owned()),
        fingerprint: Some(fingerprint.to_owned()),
        ..KeyLine::default()
    })
}

/// An agent key with an empty comment looks like the old order: only flags follow.
fn is_flags(text: &str) -> bool {
    let flags = ["explicit", "agent", "token", "authenticator"];
    text.split(' ').all(|word| flags.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_7_9_and_later() {
        let key = read("/home/ana/.ssh/id_x ED25519 SHA256:abc explicit agent");
        assert_eq!(key.name, "/home/ana/.ssh/id_x");
        assert_eq!(key.kind.as_deref(), Some("ED25519"));
        assert_eq!(key.fingerprint.as_deref(), Some("SHA256:abc"));
        assert!(key.explicit && key.agent && !key.token && !key.authenticator);
    }

    #[test]
    fn a_comment_may_hold_blanks() {
        let key = read("ana on laptop RSA-CERT MD5:00:11 authenticator agent");
        assert_eq!(key.name, "ana on laptop");
        assert_eq!(key.kind.as_deref(), Some("RSA-CERT"));
        assert!(key.agent && key.authenticator && !key.explicit);
    }

    #[test]
    fn an_empty_comment_leaves_an_empty_name() {
        for text in [" ED25519 SHA256:abc agent", "ED25519 SHA256:abc agent"] {
            let key = read(text);
            assert_eq!((key.name.as_str(), key.agent), ("", true), "{text:?}");
            assert_eq!(key.fingerprint.as_deref(), Some("SHA256:abc"));
        }
    }

    #[test]
    fn a_key_without_public_half() {
        for text in ["/h/my id  explicit", "/h/my id explicit"] {
            let key = read(text);
            assert_eq!((key.name.as_str(), key.explicit), ("/h/my id", true));
            assert_eq!(key.fingerprint, None);
        }
        assert_eq!(read("/h/id_rsa ").name, "/h/id_rsa");
        assert_eq!(read("/h/id_rsa").name, "/h/id_rsa");
    }

    #[test]
    fn older_orders() {
        let key = read("RSA SHA256:abc /h/my key");
        assert_eq!(
            (key.name.as_str(), key.kind.as_deref()),
            ("/h/my key", Some("RSA"))
        );
        let key = read_offer_before_7_6("RSA public key: /h/id_rsa").unwrap();
        assert_eq!(
            (key.name.as_str(), key.kind.as_deref()),
            ("/h/id_rsa", Some("RSA"))
        );
        let key = read("pkalg ssh-ed25519 blen 51");
        assert_eq!(
            (key.name.as_str(), key.kind.as_deref()),
            ("", Some("ssh-ed25519"))
        );
    }
}
