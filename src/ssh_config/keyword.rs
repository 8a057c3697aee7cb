//! Which keywords does ssh know, and how does it treat their values?

use std::borrow::Cow;

/// The keyword as ssh compares it: lower case, and old names turned into the present ones (`identityfile2` is
/// `identityfile`). Unknown words come back in lower case, bytes that are no UTF-8 replaced.
/// Source: the `keywords` table in readconf.c.
pub fn canonical(written: &[u8]) -> Cow<'static, str> {
    let lower = written.to_ascii_lowercase();
    if let Ok(at) = KNOWN.binary_search_by(|k| k.as_bytes().cmp(&lower)) {
        return Cow::Borrowed(KNOWN[at]);
    }
    if let Some((_, now)) = OLD.iter().find(|(old, _)| old.as_bytes() == lower) {
        return Cow::Borrowed(now);
    }
    Cow::Owned(String::from_utf8_lossy(&lower).into_owned())
}

/// True when some OpenSSH up to 10.1 or a vendor's build of it knows this canonical keyword. A single ssh may know
/// fewer.
pub fn is_known(canonical: &str) -> bool {
    KNOWN.binary_search(&canonical).is_ok()
}

/// True when every value of this canonical keyword counts, not only the first (ssh_config.5).
pub fn is_cumulative(canonical: &str) -> bool {
    matches!(
        canonical,
        "identityfile"
            | "certificatefile"
            | "sendenv"
            | "localforward"
            | "remoteforward"
            | "dynamicforward"
    )
}

/// How the value of an option is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// One word; quotes hold blanks together.
    One,
    /// Several words, so that a blank separates.
    Several,
    /// A command: the rest of the line as it stands, `#` and quotes included (readconf.c, `parse_command`).
    Command,
    /// `ProxyJump`: the rest of the line up to the first `#`; quotes are part of it (readconf.c:parse_jump).
    Jump,
}

/// The shape of a canonical keyword's value; unknown ones are taken for one word.
pub(super) fn shape(canonical: &str) -> Shape {
    match canonical {
        "proxycommand" | "localcommand" | "remotecommand" | "knownhostscommand" => Shape::Command,
        "proxyjump" => Shape::Jump,
        "canonicaldomains"
        | "canonicalizepermittedcnames"
        | "channeltimeout"
        | "globalknownhostsfile"
        | "include"
        | "ipqos"
        | "localforward"
        | "logverbose"
        | "permitremoteopen"
        | "rekeylimit"
        | "remoteforward"
        | "sendenv"
        | "setenv"
        | "userknownhostsfile" => Shape::Several,
        _ => Shape::One,
    }
}

/// True when ssh accepts the keyword with nothing but a comment behind it (seen with 9.2).
pub(super) fn may_be_empty(canonical: &str) -> bool {
    matches!(
        canonical,
        "canonicaldomains"
            | "canonicalizepermittedcnames"
            | "globalknownhostsfile"
            | "host"
            | "include"
            | "logverbose"
            | "sendenv"
            | "setenv"
            | "userknownhostsfile"
    )
}

const OLD: &[(&str, &str)] = &[
    (
        "challengeresponseauthentication",
        "kbdinteractiveauthentication",
    ),
    ("dsaauthentication", "pubkeyauthentication"),
    ("hostbasedkeytypes", "hostbasedacceptedalgorithms"),
    ("identityfile2", "identityfile"),
    ("keepalive", "tcpkeepalive"),
    ("pubkeyacceptedkeytypes", "pubkeyacceptedalgorithms"),
    ("skeyauthentication", "kbdinteractiveauthentication"),
    ("smartcarddevice", "pkcs11provider"),
    ("tisauthentication", "kbdinteractiveauthentication"),
];

pub(super) const KNOWN: &[&str] = &[
    "addkeystoagent",
    "addressfamily",
    "batchmode",
    "bindaddress",
    "bindinterface",
    "canonicaldomains",
    "canonicalizefallbacklocal",
    "canonicalizehostname",
    "canonicalizemaxdots",
    "canonicalizepermittedcnames",
    "casignaturealgorithms",
    "certificatefile",
    "channeltimeout",
    "checkhostip",
    "ciphers",
    "clearallforwardings",
    "compression",
    "connectionattempts",
    "connecttimeout",
    "controlmaster",
    "controlpath",
    "controlpersist",
    "dynamicforward",
    "enableescapecommandline",
    "enablesshkeysign",
    "escapechar",
    "exitonforwardfailure",
    "fingerprinthash",
    "forkafterauthentication",
    "forwardagent",
    "forwardx11",
    "forwardx11timeout",
    "forwardx11trusted",
    "gatewayports",
    "globalknownhostsfile",
    "gssapiauthentication",
    "gssapiclientidentity",
    "gssapidelegatecredentials",
    "gssapikexalgorithms",
    "gssapikeyexchange",
    "gssapirenewalforcesrekey",
    "gssapiserveridentity",
    "gssapitrustdns",
    "hashknownhosts",
    "host",
    "hostbasedacceptedalgorithms",
    "hostbasedauthentication",
    "hostkeyalgorithms",
    "hostkeyalias",
    "hostname",
    "identitiesonly",
    "identityagent",
    "identityfile",
    "ignoreunknown",
    "include",
    "ipqos",
    "kbdinteractiveauthentication",
    "kbdinteractivedevices",
    "kexalgorithms",
    "knownhostscommand",
    "localcommand",
    "localforward",
    "loglevel",
    "logverbose",
    "macs",
    "match",
    "nohostauthenticationforlocalhost",
    "numberofpasswordprompts",
    "obscurekeystroketiming",
    "passwordauthentication",
    "permitlocalcommand",
    "permitremoteopen",
    "pkcs11provider",
    "port",
    "preferredauthentications",
    "proxycommand",
    "proxyjump",
    "proxyusefdpass",
    "pubkeyacceptedalgorithms",
    "pubkeyauthentication",
    "refuseconnection",
    "rekeylimit",
    "remotecommand",
    "remoteforward",
    "requesttty",
    "requiredrsasize",
    "revokedhostkeys",
    "securitykeyprovider",
    "sendenv",
    "serveralivecountmax",
    "serveraliveinterval",
    "sessiontype",
    "setenv",
    "stdinnull",
    "streamlocalbindmask",
    "streamlocalbindunlink",
    "stricthostkeychecking",
    "syslogfacility",
    "tag",
    "tcpkeepalive",
    "tunnel",
    "tunneldevice",
    "updatehostkeys",
    "usekeychain",
    "user",
    "userknownhostsfile",
    "verifyhostkeydns",
    "versionaddendum",
    "visualhostkey",
    "warnweakcrypto",
    "xauthlocation",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_old_names_lead_into_it() {
        assert!(KNOWN.is_sorted());
        assert!(OLD.iter().all(|(old, now)| !is_known(old) && is_known(now)));
    }

    #[test]
    fn spelling_does_not_matter() {
        assert_eq!(canonical(b"IDENTITYFILE2"), "identityfile");
        assert_eq!(canonical(b"Usr\xff"), "usr\u{fffd}");
        assert!(!is_known("usr"));
    }
}
