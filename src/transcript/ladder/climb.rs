//! Which rung does each event move?

use super::Ladder;
use crate::transcript::event::{Event, HostProof, KeyLine, Route};
use crate::transcript::keys::{Answer, Hurdle};
use crate::transcript::rung::{Fact, Rung, Status, key_facts};

impl Ladder {
    /// Takes an event of the target's own ssh. Every variant is named: a new one must be placed.
    pub(super) fn climb(&mut self, event: &Event) {
        match event {
            Event::ConfigTerminating { .. }
            | Event::ConfigError { .. }
            | Event::ConfigUnusable { .. } => self.signs.bad_config = true,

            Event::Resolving { host, .. } => self.set(Rung::Resolve, [Fact::Host(host.clone())]),
            Event::ResolveFailed { host, reason } => {
                let facts = [Fact::Host(host.clone()), Fact::Reason(reason.clone())];
                self.set(Rung::Resolve, facts);
                self.signs.stopped = true;
            }
            Event::Connecting { host, ip, port } => {
                self.set(
                    Rung::Resolve,
                    [Fact::Host(host.clone()), Fact::Ip(ip.clone())],
                );
                self.set(Rung::Connect, [Fact::Ip(ip.clone()), Fact::Port(*port)]);
                self.pass(Rung::Resolve);
            }
            Event::Connected => self.pass(Rung::Resolve),
            Event::ConnectFailed { host, port, reason } => {
                self.pass(Rung::Resolve);
                let facts = [Fact::Host(host.clone()), Fact::Port(*port)];
                self.add(Rung::Connect, facts);
                self.stop(Rung::Connect, reason);
            }
            Event::ProxyCommand { command } => {
                self.set(Rung::Connect, [Fact::Proxy(command.clone())]);
            }
            Event::BannerLine { text } if text.is_empty() => {}
            Event::BannerLine { text } => self.add(Rung::Connect, [Fact::Said(text.clone())]),
            Event::BannerFailed { reason } => self.stop(Rung::Connect, reason),
            Event::BannerTimedOut => self.stop(Rung::Connect, "timed out during banner exchange"),
            Event::RemoteVersion { software, .. } => {
                self.add(Rung::Connect, [Fact::Software(software.clone())]);
                self.pass(Rung::Connect);
            }
            Event::ProtocolDiffers { text } => self.stop_at_host_key(text),
            Event::AuthenticatingTo { user, .. } => {
                self.set(Rung::SignedIn, [Fact::User(user.clone())]);
                self.pass(Rung::Connect);
            }

            Event::NegotiationFailed { what, offer } => {
                self.add(Rung::HostKey, [Fact::Said(offer.clone())]);
                self.stop_at_host_key(what);
            }
            Event::DispatchFailed { reason } => self.stop_at_host_key(reason),
            Event::ServerKey { kind, fingerprint }
            | Event::ServerCertificate { kind, fingerprint } => {
                let fingerprint = Fact::Fingerprint(fingerprint.clone());
                if !self.rung(Rung::HostKey).facts.contains(&fingerprint) {
                    self.add(Rung::HostKey, [Fact::KeyType(kind.clone()), fingerprint]);
                }
                self.pass(Rung::Connect);
            }
            Event::HostKnown { proof, .. } => match proof {
                HostProof::Key => self.pass(Rung::HostKey),
                // Its validity is checked next.
                HostProof::Certificate => self.pass(Rung::Connect),
            },
            Event::HostKnownAt { file, line } | Event::OffendingKey { file, line, .. } => {
                self.add(Rung::HostKey, [Fact::File(file.clone()), Fact::Line(*line)]);
            }
            Event::HostCertificateInvalid { reason } | Event::ServerKeyRejected { reason } => {
                self.add(Rung::HostKey, [Fact::Reason(reason.clone())]);
            }
            Event::HostAsked { .. } | Event::HostUnknown { .. } => self.pass(Rung::Connect),
            Event::HostKeyChanged { .. } | Event::HostKeyRevoked { .. } => {
                self.pass(Rung::Connect);
                self.signs.host_changed = true;
                self.add(Rung::HostKey, [Fact::Changed]);
            }
            Event::HostKeyRefused => {
                self.pass(Rung::Connect);
                self.retract(Rung::HostKey);
                self.signs.stopped = true;
            }
            Event::HostAdded { .. } => {
                self.add(Rung::HostKey, [Fact::Added]);
                self.pass(Rung::HostKey);
            }
            Event::KeysExchanged | Event::ServiceAccepted => self.pass(Rung::HostKey),

            Event::IdentityFile { path, .. } => self.keys.identity_file(path),
            Event::IdentityNotAccessible { path, reason } => {
                self.add(
                    Rung::LocalKey,
                    [Fact::File(path.clone()), Fact::Reason(reason.clone())],
                );
            }
            Event::NoSuchIdentity { path, reason } => {
                self.keys.drop_current();
                self.add(
                    Rung::LocalKey,
                    [Fact::File(path.clone()), Fact::Reason(reason.clone())],
                );
            }
            Event::KeyUnprotected { path, mode } => {
                let mode = mode.clone().map(Fact::Mode);
                self.add_to_key_rung([Fact::File(path.clone())].into_iter().chain(mode));
            }
            Event::KeyLoadFailed { path, reason } => {
                self.keys.drop_current();
                self.add_to_key_rung([Fact::File(path.clone()), Fact::Reason(reason.clone())]);
            }
            Event::Skipping { name, reason, .. } | Event::CertificateIgnored { name, reason } => {
                let facts = [Fact::KeyName(name.clone()), Fact::Reason(reason.clone())];
                self.add(Rung::LocalKey, facts);
            }
            Event::WillAttempt { key } => self.announce(key),

            Event::CanContinue { methods } => self.hear_refusal(methods),
            Event::NextMethod { method } => {
                self.pass(Rung::HostKey);
                self.keys.next_method(method);
                self.signs.method = Some(method.clone());
            }
            Event::NoMoreMethods => {
                self.pass(Rung::HostKey);
                self.keys.no_more();
                self.signs.stopped = true;
            }
            Event::Offering { key } => {
                self.set(Rung::LocalKey, key_facts(key));
                self.set(Rung::Offer, key_facts(key));
                self.pass(Rung::LocalKey);
                self.keys.offer(key);
            }
            Event::Trying { path } => {
                self.pass(Rung::HostKey);
                self.keys.load(path);
            }
            Event::Accepts { key } => {
                self.keys.accept(key);
                self.set(Rung::Sign, key_facts(key));
                self.pass(Rung::Offer);
            }
            Event::NoMutualSignature => {
                self.keys.drop_current();
                self.add_to_key_rung([Fact::Reason("no mutual signature algorithm".to_owned())]);
            }
            Event::SigningFailed { signer, reason, .. } => {
                self.pass(Rung::Offer);
                self.keys.drop_current();
                self.add(
                    Rung::Sign,
                    [Fact::Signer(*signer), Fact::Reason(reason.clone())],
                );
            }
            Event::HalvesDiffer { path } => {
                self.pass(Rung::Offer);
                self.keys.drop_current();
                self.add(Rung::Sign, [Fact::File(path.clone())]);
            }
            Event::AskpassStarted | Event::NoTerminal { .. } => self.keys.ask_passphrase(),
            Event::PasswordWrong => self.signs.password_wrong = true,
            Event::PartialSuccess { method } => self.pass_factor(method.as_deref()),
            Event::AuthenticationSucceeded { method } => {
                self.signs.method = Some(method.clone());
                if method == "publickey" {
                    self.keys.succeed();
                } else {
                    // No key was needed.
                    self.mark_rest(self.passed, Status::NotTried);
                    self.passed = Rung::SignedIn as usize;
                }
                self.pass(Rung::SignedIn);
            }
            Event::Authenticated {
                host,
                route,
                method,
            } => {
                self.sign_in(host, route, method.as_deref());
            }
            Event::Denied { methods, .. } => {
                self.pass(Rung::HostKey);
                self.add(Rung::SignedIn, [Fact::Methods(methods.clone())]);
                self.signs.stopped = true;
            }

            Event::Disconnect { code, text, .. } => self.hear_farewell(*code, text),
            Event::Ended { address, .. } => self.end(address, ""),
            Event::SessionLost { reason, .. } => self.end("", reason),
            Event::MuxReused => self.sign_in_by_master(),

            // Nothing that a rung depends on.
            Event::Version { .. }
            | Event::ConfigRead { .. }
            | Event::ConfigApplied { .. }
            | Event::ConfigIgnored { .. }
            | Event::AccessByOthers { .. }
            | Event::AddressFailed { .. }
            | Event::KexAwaited
            | Event::PassphraseRefused
            | Event::CommandSent { .. }
            | Event::HostNotAdded { .. }
            | Event::PublicHalfLoaded { .. }
            | Event::PublicHalfMissing { .. }
            | Event::PublicKeyLoadFailed { .. }
            | Event::AgentBound
            | Event::AgentKeys { .. }
            | Event::AgentFailed { .. }
            | Event::CertificateAlone { .. }
            | Event::ChannelRefused { .. }
            | Event::RequestRefused { .. }
            | Event::Remote { .. }
            | Event::ExitStatus { .. }
            | Event::MuxTrying
            | Event::MuxFailed { .. }
            | Event::Other => {}
        }
        self.signs.verbose |= matches!(event, Event::Version { .. }) || self.passed > 0;
    }

    fn announce(&mut self, key: &KeyLine) {
        self.pass(Rung::HostKey);
        self.keys.announce(key);
        if key.fingerprint.is_some() && self.passed == Rung::LocalKey as usize {
            self.set(Rung::LocalKey, key_facts(key));
            self.pass(Rung::LocalKey);
        }
    }

    fn hear_refusal(&mut self, methods: &[String]) {
        self.pass(Rung::HostKey);
        if self.signs.methods.is_none() {
            self.signs.methods = Some(methods.to_vec());
        }
        self.keys.refuse();
        if self.keys.hurdle(None) == Hurdle::NotSufficient {
            self.pass(Rung::Sign);
        }
    }

    fn pass_factor(&mut self, method: Option<&str>) {
        let by_key = method
            .or(self.signs.method.as_deref())
            .is_none_or(|m| m == "publickey");
        if by_key {
            self.keys.succeed();
            self.pass(Rung::Sign);
        }
    }

    fn sign_in(&mut self, host: &str, route: &Route, method: Option<&str>) {
        self.pass(Rung::HostKey);
        match route {
            Route::Direct { ip, port } => {
                self.add(
                    Rung::Resolve,
                    [Fact::Host(host.to_owned()), Fact::Ip(ip.clone())],
                );
                self.add(Rung::Connect, [Fact::Ip(ip.clone()), Fact::Port(*port)]);
            }
            Route::Proxy => self.add(Rung::Resolve, [Fact::Host(host.to_owned())]),
        }
        let method = method
            .map(str::to_owned)
            .or_else(|| self.signs.method.clone());
        match method.as_deref() {
            Some("publickey") => {
                self.keys.succeed();
                self.pass(Rung::Sign);
            }
            // No key was needed.
            Some(_) => self.mark_rest(self.passed, Status::NotTried),
            None => self.mark_rest(self.passed, Status::Unknown),
        }
        self.add(Rung::SignedIn, method.map(Fact::Method));
        self.passed = Rung::SignedIn as usize;
        self.pass(Rung::SignedIn);
    }

    /// An earlier connection carries this session: how it came up is not in this log.
    fn sign_in_by_master(&mut self) {
        self.mark_rest(self.passed, Status::Unknown);
        self.passed = Rung::SignedIn as usize;
        self.pass(Rung::SignedIn);
    }

    fn hear_farewell(&mut self, code: u32, text: &str) {
        self.pass(Rung::Connect);
        if text.contains("Too many authentication failures") {
            self.pass(Rung::HostKey);
            // Sent in place of the answer to the last try.
            if code == 2 {
                self.keys.refuse();
            }
            self.signs.verbose = true;
        }
        self.end("", text);
    }

    /// The connection ended. Without `-v` nothing shows how far it had come.
    fn end(&mut self, address: &str, reason: &str) {
        let answer = self.keys.current().map(|key| key.answer);
        self.signs.hung_up_on_accepted |= answer == Some(Answer::Accepted);
        if address == "UNKNOWN" && self.passed <= Rung::Connect as usize {
            self.stop(Rung::Connect, reason);
        } else if self.signs.verbose {
            self.stop_here(reason);
        }
    }
}
