//! Does each sentence of ssh, in the spellings of its versions, become its event?

mod keys;
mod server;

use super::*;

fn read(line: &str) -> Option<Event> {
    Sentences::default().read(line)
}

fn event(line: &str) -> Event {
    read(line).unwrap_or_else(|| panic!("no event: {line}"))
}

fn s(text: &str) -> String {
    text.to_owned()
}

#[test]
fn version() {
    for (line, name) in [
        (
            "OpenSSH_9.2p1 Debian-2+deb12u10, OpenSSL 3.0.22 25 Aug 2026",
            "OpenSSH_9.2p1 Debian-2+deb12u10",
        ),
        ("debug1: OpenSSH_10.0p2, LibreSSL 3.3.6", "OpenSSH_10.0p2"),
        (
            "OpenSSH_for_Windows_9.5p1, LibreSSL 3.8.2",
            "OpenSSH_for_Windows_9.5p1",
        ),
        (
            "OpenSSH_7.4p1, OpenSSL 1.0.2k-fips  26 Jan 2017",
            "OpenSSH_7.4p1",
        ),
    ] {
        assert_eq!(event(line), Event::Version { name: s(name) });
    }
    assert_eq!(event("OpenSSH_is great"), Event::Other);
}

#[test]
fn configuration() {
    assert_eq!(
        event(r"debug1: Reading configuration data C:\\Users\\me/.ssh/config"),
        Event::ConfigRead {
            file: s(r"C:\Users\me/.ssh/config")
        }
    );
    assert_eq!(
        event("debug1: /etc/ssh/ssh_config line 19: Applying options for *"),
        Event::ConfigApplied {
            file: s("/etc/ssh/ssh_config"),
            line: 19,
            pattern: s("*")
        }
    );
    assert_eq!(
        event("debug1: config line 3: Deprecated option \"useroaming\""),
        Event::ConfigIgnored {
            file: s("config"),
            line: 3,
            text: s("Deprecated option \"useroaming\"")
        }
    );
    for (line, file, number, text) in [
        (
            "/h/.ssh/config: line 3: Bad configuration option: identitfile",
            "/h/.ssh/config",
            3,
            "Bad configuration option: identitfile",
        ),
        (
            "/h/cfg line 2: Bad port 'twenty-two'.",
            "/h/cfg",
            2,
            "Bad port 'twenty-two'.",
        ),
        (
            "cfg line 2: garbage at end of line; \"key\".",
            "cfg",
            2,
            "garbage at end of line; \"key\".",
        ),
        (
            "command-line line 0: unsupported option \"x\".",
            "command-line",
            0,
            "unsupported option \"x\".",
        ),
        (
            "command-line: line 0: Bad configuration option: foo",
            "command-line",
            0,
            "Bad configuration option: foo",
        ),
    ] {
        assert_eq!(
            event(line),
            Event::ConfigError {
                file: s(file),
                line: number,
                text: s(text)
            }
        );
    }
    assert!(matches!(
        event("/h/cfg line 1: Unsupported option \"rsaauthentication\""),
        Event::ConfigIgnored { .. }
    ));
    assert_eq!(
        event("/h/cfg: terminating, 2 bad configuration options"),
        Event::ConfigTerminating {
            file: s("/h/cfg"),
            count: 2
        }
    );
    for line in [
        "Bad owner or permissions on /h/.ssh/config",
        "Can't open user config file /h/no.cfg: No such file or directory",
        "Too many recursive configuration includes",
    ] {
        assert!(
            matches!(event(line), Event::ConfigUnusable { .. }),
            "{line}"
        );
    }
    assert_eq!(
        event(
            r"Bad permissions. Try removing permissions for user: PC\\bob (S-1-5-21-1) on file C:/k."
        ),
        Event::AccessByOthers {
            file: s("C:/k"),
            account: s(r"PC\bob")
        }
    );
}

#[test]
fn a_shells_complaint_is_no_configuration_error() {
    let mut sentences = Sentences::default();
    assert_eq!(
        sentences.read("bash: line 1: nc: command not found"),
        Some(Event::Other)
    );
    let _ = sentences.read("debug1: Executing proxy command: exec nc h 22");
    assert_eq!(
        sentences.read("/bin/x line 1: Bad thing"),
        Some(Event::Other)
    );
    let _ = sentences.read("OpenSSH_9.2p1, OpenSSL 3");
    assert!(matches!(
        sentences.read("/h/x line 1: Bad thing"),
        Some(Event::ConfigError { .. })
    ));
}

#[test]
fn connection_sharing() {
    for line in [
        "debug1: auto-mux: Trying existing master",
        "debug1: auto-mux: Trying existing master at '/h/ctl'",
    ] {
        assert_eq!(event(line), Event::MuxTrying);
    }
    assert_eq!(
        event("debug1: mux_client_request_session: master session id: 2"),
        Event::MuxReused
    );
    assert_eq!(
        event("Control socket connect(/h/ctl): Connection refused"),
        Event::MuxFailed {
            path: Some(s("/h/ctl")),
            reason: s("Connection refused")
        }
    );
}

#[test]
fn debug_noise_is_nothing() {
    for line in [
        "debug1: SSH2_MSG_KEXINIT sent",
        "debug1: kex: algorithm: curve25519-sha256",
        "debug1: pledge: network",
        "debug2: key: /h/id ED25519 SHA256:abc",
        "debug3: Failed to open file:C:/Users/me/.ssh/known_hosts2 error:2",
        "debug1: ",
        "debug1: é",
        "debug9: x",
    ] {
        assert_eq!(read(line), None, "{line}");
    }
    assert_eq!(read("debug"), Some(Event::Other));
    assert_eq!(read("debugé: x"), Some(Event::Other));
}
