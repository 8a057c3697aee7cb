//! What answers at the other end of `ssh` in a demo?
//!
//! An SSH server on standard input and output, started by ssh as its `ProxyCommand`. It behaves like
//! a git host: one user name for everybody, keys only, a greeting instead of a shell.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use russh::keys::{Algorithm, EcdsaCurve, HashAlg, PrivateKey, PublicKey};
use russh::server::{
    Auth, ChannelOpenHandle, Config, Handler, Msg, PublicKeyOffer, Session, VerifiedPublicKey,
};
use russh::{Channel, ChannelId, MethodKind, MethodSet, Preferred, Pty, SshId};

use super::stdin::Stdin;
use crate::say;
use crate::text::Text;
use crate::trouble::Trouble;

/// What the server says to somebody it has let in.
pub const GREETING: &str =
    "Hi demo! You've successfully authenticated, but Demo Git does not provide shell access.";

/// Serves one connection on standard input and output, until the client leaves, its end closes, or
/// nothing was said for a minute. Nothing but the SSH protocol is written to standard output.
pub async fn serve(root: &Path) -> Result<(), Trouble> {
    let config = Arc::new(config(root)?);
    let host = Host {
        authorized_keys: root.join("server").join("authorized_keys"),
    };
    let stream = tokio::io::join(Stdin::open()?, tokio::io::stdout());
    let ended = match russh::server::run_stream(config, stream, host).await {
        Ok(session) => session.await,
        Err(early) => Err(early),
    };
    match ended {
        Ok(()) => Ok(()),
        Err(Ended::Ours(trouble)) => Err(trouble),
        Err(Ended::Protocol(error)) => told(error),
    }
}

/// How long a client may say nothing. No `ssh` is left waiting for longer when its person walks away,
/// and this process never stays behind.
const IDLE: Duration = Duration::from_secs(60);

fn config(root: &Path) -> Result<Config, Trouble> {
    let path = root.join("server").join("host_key");
    let again = "Start the demo again: sshstep demo";
    let text = std::fs::read_to_string(&path).map_err(|error| {
        Trouble::io(
            say!(
                "The demo server cannot read its own key {}.",
                Text::path(&path)
            ),
            &error,
            again,
        )
    })?;
    let key = PrivateKey::from_openssh(&text).map_err(|error| {
        Trouble::new(
            say!("The demo server's own key {} is no key.", Text::path(&path)),
            Text::quoted(error.to_string()),
            again,
        )
    })?;
    Ok(Config {
        server_id: SshId::Standard(concat!("SSH-2.0-DemoGit_", env!("CARGO_PKG_VERSION")).into()),
        methods: MethodSet::from(&[MethodKind::PublicKey][..]),
        // Guessing is no danger here, and a person waits for every answer.
        auth_rejection_time: Duration::ZERO,
        // No limit: russh counts ssh's opening question as a failure too, and its words at the limit
        // are not those of any git host.
        max_auth_attempts: 0,
        keys: vec![key],
        preferred: Preferred {
            key: key_types().into(),
            ..Preferred::DEFAULT
        },
        inactivity_timeout: Some(IDLE),
        ..Config::default()
    })
}

/// The signatures that are accepted, told to the client in `server-sig-algs`: what git hosts take
/// today, so FIDO keys but neither DSA nor RSA with SHA-1.
fn key_types() -> Vec<Algorithm> {
    let ecdsa = |curve| Algorithm::Ecdsa { curve };
    let rsa = |hash| Algorithm::Rsa { hash: Some(hash) };
    vec![
        Algorithm::Ed25519,
        Algorithm::SkEd25519,
        ecdsa(EcdsaCurve::NistP256),
        ecdsa(EcdsaCurve::NistP384),
        ecdsa(EcdsaCurve::NistP521),
        Algorithm::SkEcdsaSha2NistP256,
        rsa(HashAlg::Sha512),
        rsa(HashAlg::Sha256),
    ]
}

/// How a connection ended when it was not by the client's goodbye.
enum Ended {
    /// The protocol, or the stream below it.
    Protocol(russh::Error),
    /// Something in the demo's own folder.
    Ours(Trouble),
}

impl From<russh::Error> for Ended {
    fn from(error: russh::Error) -> Self {
        Self::Protocol(error)
    }
}

/// Leaving without a goodbye is what ssh does after a refused key or an unknown host: no failure
/// of ours, and a word about it would end up in the middle of ssh's own.
fn told(error: russh::Error) -> Result<(), Trouble> {
    match error {
        russh::Error::Disconnect | russh::Error::HUP => Ok(()),
        russh::Error::IO(error)
            if matches!(
                error.kind(),
                ErrorKind::UnexpectedEof | ErrorKind::BrokenPipe | ErrorKind::ConnectionReset
            ) =>
        {
            Ok(())
        }
        russh::Error::InactivityTimeout | russh::Error::Elapsed(_) => Err(Trouble::new(
            "The demo server hung up.",
            say!("Nothing was said for {} seconds.", IDLE.as_secs()),
            "Connect again.",
        )),
        error => Err(Trouble::new(
            "The demo server could not follow what the client said.",
            Text::quoted(format!("{error}.")),
            "It is meant to be started by ssh only: try sshstep demo.",
        )),
    }
}

/// One connection: who may come in, and what they get to hear.
struct Host {
    authorized_keys: PathBuf,
}

impl Host {
    fn knows(&self, user: &str, key: &PublicKey, algorithm: &Algorithm) -> Result<Auth, Ended> {
        // Read anew for every key: "I added it" must count at once.
        let lines = std::fs::read_to_string(&self.authorized_keys).map_err(|error| {
            Ended::Ours(Trouble::io(
                say!(
                    "The demo server cannot read {}.",
                    Text::path(&self.authorized_keys)
                ),
                &error,
                "Start the demo again: sshstep demo",
            ))
        })?;
        let listed = lines
            .lines()
            .filter_map(|line| PublicKey::from_openssh(line).ok())
            .any(|listed| listed.key_data() == key.key_data());
        if user == super::USER && listed && key_types().contains(algorithm) {
            Ok(Auth::Accept)
        } else {
            Ok(Auth::reject())
        }
    }
}

impl Handler for Host {
    type Error = Ended;

    /// The client's question before it signs anything: this is `Server accepts key`.
    async fn auth_publickey_offered(
        &mut self,
        user: &str,
        offer: PublicKeyOffer<'_>,
    ) -> Result<Auth, Ended> {
        self.knows(user, offer.public_key, offer.algorithm)
    }

    async fn auth_publickey(
        &mut self,
        user: &str,
        key: VerifiedPublicKey<'_>,
    ) -> Result<Auth, Ended> {
        self.knows(user, key.public_key, key.algorithm)
    }

    async fn channel_open_session(
        &mut self,
        _channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Ended> {
        reply.accept().await;
        Ok(())
    }

    /// Refused as git hosts do; the client's terminal then also stays in its usual mode.
    async fn pty_request(
        &mut self,
        channel: ChannelId,
        _term: &str,
        _columns: u32,
        _rows: u32,
        _width: u32,
        _height: u32,
        _modes: &[(Pty, u32)],
        session: &mut Session,
    ) -> Result<(), Ended> {
        Ok(session.channel_failure(channel)?)
    }

    async fn env_request(
        &mut self,
        channel: ChannelId,
        _name: &str,
        _value: &str,
        session: &mut Session,
    ) -> Result<(), Ended> {
        Ok(session.channel_failure(channel)?)
    }

    async fn subsystem_request(
        &mut self,
        channel: ChannelId,
        _name: &str,
        session: &mut Session,
    ) -> Result<(), Ended> {
        Ok(session.channel_failure(channel)?)
    }

    async fn shell_request(
        &mut self,
        channel: ChannelId,
        session: &mut Session,
    ) -> Result<(), Ended> {
        answer(session, channel, &format!("{GREETING}\n"))
    }

    async fn exec_request(
        &mut self,
        channel: ChannelId,
        command: &[u8],
        session: &mut Session,
    ) -> Result<(), Ended> {
        let words = match git_service(command) {
            Some(service) => format!(
                "Demo Git keeps no repositories, so it cannot run {service}.\n\
                 Signing in worked: a real git host would go on from here.\n"
            ),
            None => format!("{GREETING}\n"),
        };
        answer(session, channel, &words)
    }
}

/// The words on standard error, exit status 1, and the end of the channel.
fn answer(session: &mut Session, channel: ChannelId, words: &str) -> Result<(), Ended> {
    const STDERR: u32 = 1;
    session.channel_success(channel)?;
    session.extended_data(channel, STDERR, words.as_bytes().to_vec())?;
    session.exit_status_request(channel, 1)?;
    session.eof(channel)?;
    session.close(channel)?;
    Ok(())
}

/// The service that git asks for: `git-upload-pack 'OWNER/REPOSITORY'` and the like.
fn git_service(command: &[u8]) -> Option<&'static str> {
    const SERVICES: [&str; 5] = [
        "git-upload-pack",
        "git-receive-pack",
        "git-upload-archive",
        "git-lfs-authenticate",
        "git-lfs-transfer",
    ];
    let command = String::from_utf8_lossy(command);
    let first = command.split_ascii_whitespace().next()?;
    SERVICES.into_iter().find(|service| *service == first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn git_is_told_apart_from_other_commands() {
        assert_eq!(
            git_service(b"git-upload-pack 'me/mine.git'"),
            Some("git-upload-pack")
        );
        assert_eq!(git_service(b"git-upload-packs x"), None);
        assert_eq!(git_service(b""), None);
        assert_eq!(git_service(b"\xff\xfe"), None);
    }

    #[test]
    fn a_client_that_just_leaves_is_no_failure() {
        let gone = std::io::Error::from(ErrorKind::UnexpectedEof);
        assert!(told(russh::Error::IO(gone)).is_ok());
        assert!(told(russh::Error::Version).is_err());
        let idle = told(russh::Error::InactivityTimeout).unwrap_err();
        assert_eq!(idle.why.reveal(), "Nothing was said for 60 seconds.");
    }
}
