//! Which lines of the settings are kept, and what of their values?

use crate::facts::Facts;
use crate::machine::Machine;
use crate::ssh_config::{Setting, Standing, meant_keyword};
use crate::target::Target;
use crate::text::{Kind, Text};

use super::SettingHere;
use crate::answer::Show;

/// More lines than apply to one host.
const MOST: usize = 60;

/// The lines that apply to the target, in ssh's order.
pub(super) fn lines(
    machine: &Machine,
    facts: &Facts,
    target: &Target,
    show: Show,
) -> Vec<SettingHere> {
    let settings = facts.config.settings(machine, target);
    let lines = settings.iter().take(MOST);
    lines
        .map(|setting| SettingHere {
            file: show(&Text::path(&setting.file)),
            line: setting.line,
            keyword: keyword(&setting.keyword),
            value: show(&value(machine, setting)),
            standing: match setting.standing {
                Standing::Counts => "used",
                Standing::MayCount => "may be used",
                Standing::Shadowed => "an earlier line wins",
            }
            .to_owned(),
        })
        .collect()
}

/// A keyword that nobody knows may be anything, a password on a line of its own too.
fn keyword(written: &str) -> String {
    // A slip in a real one may be read.
    if kind(written) == Value::Unknown && meant_keyword(written).is_none() {
        "[removed: unknown keyword]".to_owned()
    } else {
        written.to_owned()
    }
}

fn value(machine: &Machine, setting: &Setting) -> Text {
    let words = setting.text().into_owned();
    match kind(&setting.keyword) {
        Value::Public => Text::quoted(words),
        Value::File if words == "none" => Text::plain("none"),
        Value::File => Text::path(&machine.expand(&words)),
        Value::Host => Text::join(words.split(',').map(host), ","),
        Value::User => Text::user(words),
        Value::Carrier => Text::of(Kind::Program, words),
        Value::Program => Text::plain("[removed: command]"),
        Value::Unknown => Text::plain("[removed: value]"),
    }
}

/// `[USER@]HOST[:PORT]`, as ProxyJump has it.
fn host(words: &str) -> Text {
    let (user, host) = match words.rsplit_once('@') {
        Some((user, host)) => (Text::user(user).then("@"), host),
        None => (Text::default(), words),
    };
    let (host, port) = match host.rsplit_once(':') {
        // Colons are a part of an IPv6 address, which has brackets where a port follows.
        Some((host, port))
            if (!host.contains(':') || host.ends_with(']'))
                && port.chars().all(|c| c.is_ascii_digit()) =>
        {
            (host, Text::plain(":").then(Text::public(port)))
        }
        Some(_) | None => (host, Text::default()),
    };
    let host = if host == "none" {
        Text::plain("none")
    } else {
        Text::of(Kind::Host, host)
    };
    user.then(host).then(port)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Value {
    /// Words of ssh's own: yes, no, numbers, algorithms.
    Public,
    File,
    Host,
    User,
    /// What carries the connection.
    Carrier,
    /// What is run, sent or set.
    Program,
    Unknown,
}

/// What a keyword's value is (ssh_config(5)). What is not listed here is hidden.
fn kind(keyword: &str) -> Value {
    match keyword {
        "identityfile"
        | "certificatefile"
        | "identityagent"
        | "userknownhostsfile"
        | "globalknownhostsfile"
        | "controlpath"
        | "revokedhostkeys"
        | "pkcs11provider"
        | "securitykeyprovider"
        | "xauthlocation" => Value::File,
        "hostname" | "hostkeyalias" | "proxyjump" => Value::Host,
        "user" => Value::User,
        "proxycommand" => Value::Carrier,
        "localcommand"
        | "remotecommand"
        | "knownhostscommand"
        | "setenv"
        | "sendenv"
        | "localforward"
        | "remoteforward"
        | "dynamicforward"
        | "bindaddress"
        | "bindinterface"
        | "tunneldevice"
        | "tag"
        | "ignoreunknown"
        | "canonicaldomains"
        | "canonicalizepermittedcnames"
        | "permitremoteopen" => Value::Program,
        "addkeystoagent"
        | "addressfamily"
        | "batchmode"
        | "canonicalizehostname"
        | "casignaturealgorithms"
        | "checkhostip"
        | "ciphers"
        | "clearallforwardings"
        | "compression"
        | "connectionattempts"
        | "connecttimeout"
        | "controlmaster"
        | "controlpersist"
        | "enableescapecommandline"
        | "enablesshkeysign"
        | "escapechar"
        | "exitonforwardfailure"
        | "fingerprinthash"
        | "forkafterauthentication"
        | "forwardagent"
        | "forwardx11"
        | "gatewayports"
        | "gssapiauthentication"
        | "hashknownhosts"
        | "hostbasedauthentication"
        | "hostkeyalgorithms"
        | "identitiesonly"
        | "ipqos"
        | "kbdinteractiveauthentication"
        | "kexalgorithms"
        | "loglevel"
        | "macs"
        | "nohostauthenticationforlocalhost"
        | "numberofpasswordprompts"
        | "obscurekeystroketiming"
        | "passwordauthentication"
        | "permitlocalcommand"
        | "port"
        | "preferredauthentications"
        | "proxyusefdpass"
        | "pubkeyacceptedalgorithms"
        | "pubkeyauthentication"
        | "rekeylimit"
        | "requesttty"
        | "requiredrsasize"
        | "serveralivecountmax"
        | "serveraliveinterval"
        | "sessiontype"
        | "stdinnull"
        | "streamlocalbindmask"
        | "streamlocalbindunlink"
        | "stricthostkeychecking"
        | "tcpkeepalive"
        | "tunnel"
        | "updatehostkeys"
        | "usekeychain"
        | "verifyhostkeydns"
        | "visualhostkey"
        | "warnweakcrypto" => Value::Public,
        _ => Value::Unknown,
    }
}
