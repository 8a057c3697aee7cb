//! What do the lines about the way to the server, its key and the end tell?

use super::{event, s};
use crate::transcript::Event;
use crate::transcript::event::{Ending, HostProof};
use crate::transcript::sentence::Sentences;

#[test]
fn reaching_the_server() {
    for (line, host, reason) in [
        (
            "ssh: Could not resolve hostname h.x: Name or service not known",
            "h.x",
            "Name or service not known",
        ),
        (
            "ssh: Could not resolve hostname h.x: No such host is known. ",
            "h.x",
            "No such host is known.",
        ),
        ("ssh: Could not resolve host \"h.x\"", "h.x", ""),
    ] {
        assert_eq!(
            event(line),
            Event::ResolveFailed {
                host: s(host),
                reason: s(reason)
            }
        );
    }
    assert_eq!(
        event("curl: (6) Could not resolve host: github.com"),
        Event::Other
    );
    assert_eq!(
        event("debug2: resolving \"h.x\" port 22"),
        Event::Resolving {
            host: s("h.x"),
            port: 22
        }
    );
    assert_eq!(
        event("debug1: Connecting to h.x [2001:db8::1] port 22."),
        Event::Connecting {
            host: s("h.x"),
            ip: s("2001:db8::1"),
            port: 22
        }
    );
    assert_eq!(event("debug1: Connection established."), Event::Connected);
    assert_eq!(
        event("debug1: connect to address 192.0.2.1 port 22: Connection refused"),
        Event::AddressFailed {
            ip: s("192.0.2.1"),
            port: 22,
            reason: s("Connection refused")
        }
    );
    for program in ["ssh", "ssh.exe", r"C:\\Windows\\System32\\OpenSSH\\ssh.exe"] {
        assert_eq!(
            event(&format!(
                "{program}: connect to host h.x port 2222: Operation timed out"
            )),
            Event::ConnectFailed {
                host: s("h.x"),
                port: 2222,
                reason: s("Operation timed out")
            }
        );
    }
    for line in [
        "debug1: Executing proxy command: exec nc h 22",
        "debug1: Executing proxy dialer command: exec nc h 22",
    ] {
        assert_eq!(
            event(line),
            Event::ProxyCommand {
                command: s("nc h 22")
            }
        );
    }
    for line in [
        "debug1: kex_exchange_identification: banner line 0: Not allowed at this time",
        "debug1: ssh_exchange_identification: Not allowed at this time",
    ] {
        assert_eq!(
            event(line),
            Event::BannerLine {
                text: s("Not allowed at this time")
            }
        );
    }
    for line in [
        "kex_exchange_identification: Connection closed by remote host",
        "ssh_exchange_identification: Connection closed by remote host",
        "banner exchange: Connection to UNKNOWN port 65535: Connection closed by remote host",
    ] {
        let reason = s("Connection closed by remote host");
        assert_eq!(event(line), Event::BannerFailed { reason });
    }
    assert_eq!(
        event("Connection timed out during banner exchange"),
        Event::BannerTimedOut
    );
    assert_eq!(
        event("debug1: Remote protocol version 2.0, remote software version babeld-9"),
        Event::RemoteVersion {
            protocol: s("2.0"),
            software: s("babeld-9")
        }
    );
    assert_eq!(
        event("debug1: Authenticating to ::1:22 as 'git'"),
        Event::AuthenticatingTo {
            host: s("::1"),
            port: 22,
            user: s("git")
        }
    );
}

#[test]
fn key_exchange_and_host_keys() {
    for line in [
        "Unable to negotiate with 192.0.2.1 port 22: no matching host key type found. Their offer: ssh-rsa,ssh-dss",
        "Unable to negotiate with 192.0.2.1: no matching host key type found. Their offer: ssh-rsa,ssh-dss",
    ] {
        let what = s("no matching host key type found");
        assert_eq!(
            event(line),
            Event::NegotiationFailed {
                what,
                offer: s("ssh-rsa,ssh-dss")
            }
        );
    }
    assert_eq!(
        event("ssh_dispatch_run_fatal: Connection to 192.0.2.1 port 22: error in libcrypto"),
        Event::DispatchFailed {
            reason: s("error in libcrypto")
        }
    );
    assert_eq!(
        event("debug1: Server host key: ssh-ed25519 SHA256:abc"),
        Event::ServerKey {
            kind: s("ssh-ed25519"),
            fingerprint: s("SHA256:abc")
        }
    );
    assert_eq!(
        event(
            "debug1: Server host certificate: ssh-ed25519-cert-v01@openssh.com SHA256:abc, serial 0 ID \"x\" CA ssh-ed25519 SHA256:def valid forever"
        ),
        Event::ServerCertificate {
            kind: s("ssh-ed25519-cert-v01@openssh.com"),
            fingerprint: s("SHA256:abc")
        }
    );
    for line in [
        "ED25519 key fingerprint is SHA256:abc.",
        "ED25519 key fingerprint is: SHA256:abc",
    ] {
        let fingerprint = s("SHA256:abc");
        assert_eq!(
            event(line),
            Event::ServerKey {
                kind: s("ED25519"),
                fingerprint
            }
        );
    }
    assert_eq!(
        event("debug1: Host '[h]:22' is known and matches the ED25519-CERT host certificate."),
        Event::HostKnown {
            host: s("[h]:22"),
            kind: s("ED25519-CERT"),
            proof: HostProof::Certificate
        }
    );
    assert_eq!(
        event(r"debug1: Found key in C:\\Users\\me/.ssh/known_hosts:3"),
        Event::HostKnownAt {
            file: s(r"C:\Users\me/.ssh/known_hosts"),
            line: 3
        }
    );
    assert_eq!(
        event("debug1: Found CA key in /h/kh:1"),
        Event::HostKnownAt {
            file: s("/h/kh"),
            line: 1
        }
    );
    assert_eq!(
        event("@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @"),
        Event::HostKeyChanged { host: None }
    );
    for line in [
        "Host key for [h]:22 has changed and you have requested strict checking.",
        "ED25519 host key for [h]:22 has changed and you have requested strict checking.",
    ] {
        assert_eq!(
            event(line),
            Event::HostKeyChanged {
                host: Some(s("[h]:22"))
            }
        );
    }
    assert_eq!(
        event("ED25519 host key for h was revoked and you have requested strict checking."),
        Event::HostKeyRevoked { host: Some(s("h")) }
    );
    for (line, kind) in [
        ("Offending ED25519 key in /h/kh:2", Some("ED25519")),
        ("Offending key for IP in /h/kh:2", None),
    ] {
        let kind = kind.map(s);
        assert_eq!(
            event(line),
            Event::OffendingKey {
                kind,
                file: s("/h/kh"),
                line: 2
            }
        );
    }
    assert_eq!(
        event("No ED25519 host key is known for h and you have requested strict checking."),
        Event::HostUnknown {
            host: s("h"),
            kind: s("ED25519")
        }
    );
    assert_eq!(
        event("The authenticity of host 'h (192.0.2.1)' can't be established."),
        Event::HostAsked {
            host: s("h (192.0.2.1)")
        }
    );
    assert_eq!(
        event("Host key verification failed."),
        Event::HostKeyRefused
    );
    assert_eq!(
        event("Warning: Permanently added 'h' (ED25519) to the list of known hosts."),
        Event::HostAdded {
            host: s("h"),
            kind: s("ED25519")
        }
    );
    assert_eq!(
        event("Failed to add the host to the list of known hosts (/h/kh)."),
        Event::HostNotAdded { file: s("/h/kh") }
    );
    assert_eq!(
        event("Certificate invalid: expired"),
        Event::HostCertificateInvalid {
            reason: s("expired")
        }
    );
}

#[test]
fn the_fingerprint_of_a_changed_key_stands_on_its_own_line() {
    let mut sentences = Sentences::default();
    let first = "The fingerprint for the ED25519 key sent by the remote host is";
    assert_eq!(sentences.read(first), Some(Event::Other));
    assert_eq!(
        sentences.read("SHA256:abc."),
        Some(Event::ServerKey {
            kind: s("ED25519"),
            fingerprint: s("SHA256:abc")
        })
    );
    assert_eq!(sentences.read("SHA256:abc."), Some(Event::Other));
}

#[test]
fn known_hosts_by_address() {
    assert_eq!(
        event(
            "Warning: Permanently added the RSA host key for IP address '::1' to the list of known hosts."
        ),
        Event::HostAdded {
            host: s("::1"),
            kind: s("RSA")
        }
    );
    assert_eq!(
        event(
            "Failed to add the RSA host key for IP address '::1' to the list of known hosts (/h/kh)."
        ),
        Event::HostNotAdded { file: s("/h/kh") }
    );
}

#[test]
fn the_end() {
    for line in [
        "Received disconnect from 192.0.2.1 port 22:2: Too many authentication failures",
        "Received disconnect from 192.0.2.1: 2: Too many authentication failures",
    ] {
        let (address, text) = (s("192.0.2.1"), s("Too many authentication failures"));
        assert_eq!(
            event(line),
            Event::Disconnect {
                address,
                code: 2,
                text
            }
        );
    }
    for (line, how, address, port) in [
        (
            "Connection closed by UNKNOWN port 65535",
            Ending::Closed,
            "UNKNOWN",
            Some(65535),
        ),
        (
            "Connection closed by 192.0.2.1",
            Ending::Closed,
            "192.0.2.1",
            None,
        ),
        (
            "Connection reset by ::1 port 22",
            Ending::Reset,
            "::1",
            Some(22),
        ),
        (
            "Disconnected from 192.0.2.1 port 22",
            Ending::Disconnected,
            "192.0.2.1",
            Some(22),
        ),
        (
            "Connection to UNKNOWN port 65535 timed out",
            Ending::TimedOut,
            "UNKNOWN",
            Some(65535),
        ),
    ] {
        assert_eq!(
            event(line),
            Event::Ended {
                how,
                address: s(address),
                port
            }
        );
    }
    assert_eq!(event("Connection to h closed."), Event::Other);
    for line in [
        "Connection to h closed by remote host.",
        "client_loop: send disconnect: Broken pipe",
        "packet_write_wait: Connection to 192.0.2.1 port 22: Broken pipe",
        "Timeout, server h not responding.",
        "Read from remote host h: Connection reset by peer",
    ] {
        assert!(matches!(event(line), Event::SessionLost { .. }), "{line}");
    }
    for line in [
        "PTY allocation request failed on channel 0",
        "subsystem request failed on channel 0",
    ] {
        assert!(
            matches!(event(line), Event::RequestRefused { .. }),
            "{line}"
        );
    }
    assert_eq!(
        event("channel 0: open failed: administratively prohibited: open failed"),
        Event::ChannelRefused {
            reason: s("administratively prohibited: open failed")
        }
    );
    assert_eq!(
        event("debug1: Exit status -1"),
        Event::ExitStatus { status: -1 }
    );
}
