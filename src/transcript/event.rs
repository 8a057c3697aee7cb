//! What can ssh say, and which values does each sentence carry?
//!
//! Values are the plain text after `vis(3)` escapes are undone. They come from the log, so they are
//! hostile until a caller wraps them in a [`Kind`](crate::text::Kind).

/// One sentence of ssh that matters. `FILE:func` is the place in OpenSSH 10.5 that prints it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    // -- starting, configuration --------------------------------------------------------------
    /// `OpenSSH_9.2p1 Debian-2, OpenSSL 3.0.22`: the name up to the comma (ssh.c:main).
    Version { name: String },
    /// A configuration file is read (readconf.c:read_config_file_depth).
    ConfigRead { file: String },
    /// A Host or Match line matched (readconf.c:process_config_line_depth).
    ConfigApplied {
        file: String,
        line: u32,
        pattern: String,
    },
    /// A line of the configuration that ssh does not accept (readconf.c).
    ConfigError {
        file: String,
        line: u32,
        text: String,
    },
    /// A line that ssh passes over: unsupported, deprecated, ignored (readconf.c).
    ConfigIgnored {
        file: String,
        line: u32,
        text: String,
    },
    /// `FILE: terminating, N bad configuration options` (readconf.c).
    ConfigTerminating { file: String, count: u32 },
    /// A configuration file that cannot be opened, is open to others, or includes too deep.
    ConfigUnusable {
        file: Option<String>,
        reason: String,
    },
    /// Windows: who else has access to a file (w32-sshfileperm.c:check_secure_file_permission).
    AccessByOthers { file: String, account: String },

    // -- reaching the server -------------------------------------------------------------------
    /// The name is being looked up; only at debug2 (ssh.c:resolve_host).
    Resolving { host: String, port: u16 },
    /// No address for this name (ssh.c:resolve_host).
    ResolveFailed { host: String, reason: String },
    /// A TCP connection is tried (sshconnect.c:ssh_connect_direct).
    Connecting { host: String, ip: String, port: u16 },
    /// This address did not answer; the next is tried (sshconnect.c:ssh_connect_direct).
    AddressFailed {
        ip: String,
        port: u16,
        reason: String,
    },
    /// TCP is up (sshconnect.c:ssh_connect_direct).
    Connected,
    /// No address answered (sshconnect.c:ssh_connect_direct).
    ConnectFailed {
        host: String,
        port: u16,
        reason: String,
    },
    /// The connection goes through this program (sshconnect.c:ssh_proxy_connect).
    ProxyCommand { command: String },
    /// A line that the server sent before its version (kex.c:kex_exchange_identification).
    BannerLine { text: String },
    /// The exchange of versions failed (kex.c:kex_exchange_identification).
    BannerFailed { reason: String },
    /// The server accepted the connection and stayed silent (sshconnect.c:ssh_login).
    BannerTimedOut,
    /// The server's software (kex.c:kex_exchange_identification).
    RemoteVersion { protocol: String, software: String },
    /// The server speaks another SSH protocol (kex.c:kex_exchange_identification).
    ProtocolDiffers { text: String },
    /// Whom ssh is about to authenticate to (sshconnect.c:ssh_login).
    AuthenticatingTo {
        host: String,
        port: u16,
        user: String,
    },

    // -- key exchange, the server's identity -----------------------------------------------------
    /// ssh waits for the server's half of the exchange (kexgen.c, kexgexc.c).
    KexAwaited,
    /// No common algorithm (packet.c:sshpkt_vfatal).
    NegotiationFailed { what: String, offer: String },
    /// The connection broke in key exchange or later (dispatch.c:ssh_dispatch_run_fatal).
    DispatchFailed { reason: String },
    /// The server's key; `kind` is the wire name at `-v`, the short name in prompts and warnings.
    ServerKey { kind: String, fingerprint: String },
    /// The server's certificate (sshconnect.c:verify_host_key).
    ServerCertificate { kind: String, fingerprint: String },
    /// The key is in known_hosts, or the certificate's CA is (sshconnect.c:check_host_key).
    HostKnown {
        host: String,
        kind: String,
        proof: HostProof,
    },
    /// Where the matching entry is (sshconnect.c:check_host_key).
    HostKnownAt { file: String, line: u32 },
    /// A certificate of the server that does not count (sshconnect.c:check_host_cert).
    HostCertificateInvalid { reason: String },
    /// ssh asks whether to trust this host (sshconnect.c:check_host_key).
    HostAsked { host: String },
    /// No key is known for this host and checking is strict (sshconnect.c:check_host_key).
    HostUnknown { host: String, kind: String },
    /// The key is another than the known one (sshconnect.c:warn_changed_key).
    HostKeyChanged { host: Option<String> },
    /// The key is marked `@revoked` (sshconnect.c:check_host_key).
    HostKeyRevoked { host: Option<String> },
    /// The entry that contradicts (sshconnect.c:check_host_key).
    OffendingKey {
        kind: Option<String>,
        file: String,
        line: u32,
    },
    /// The server's key is one that ssh does not accept (sshconnect2.c, sshconnect.c).
    ServerKeyRejected { reason: String },
    /// ssh stops because of the host key (sshconnect.c:verify_host_key_callback).
    HostKeyRefused,
    /// The host was added to known_hosts (sshconnect.c:check_host_key).
    HostAdded { host: String, kind: String },
    /// The host could not be added to known_hosts (sshconnect.c:check_host_key).
    HostNotAdded { file: String },
    /// Both sides use the new keys: the host key has been accepted (kex.c:kex_input_newkeys).
    KeysExchanged,
    /// The server is ready for authentication (sshconnect2.c:input_userauth_service_accept).
    ServiceAccepted,

    // -- the keys on this side -----------------------------------------------------------------
    /// A file that may hold a key, and whether its public half could be read (ssh.c).
    IdentityFile {
        path: String,
        public_half: PublicHalf,
    },
    /// From 10.1: a public half or certificate that was read (ssh.c:load_public_identity_files).
    PublicHalfLoaded {
        path: String,
        kind: String,
        fingerprint: String,
    },
    /// From 10.1: no public half or certificate there (ssh.c:load_public_identity_files).
    PublicHalfMissing { path: String },
    /// `-i FILE` names a file that is not there; ssh forgets it (ssh.c:main).
    IdentityNotAccessible { path: String, reason: String },
    /// A configured identity file is not there (sshconnect2.c:load_identity_file).
    NoSuchIdentity { path: String, reason: String },
    /// A key file that cannot be used (sshconnect2.c:load_identity_file).
    KeyLoadFailed { path: String, reason: String },
    /// A public key file that cannot be used (ssh.c:check_load).
    PublicKeyLoadFailed { path: String, reason: String },
    /// The private key file is open to others; no mode on Windows (authfile.c:sshkey_perm_ok).
    KeyUnprotected { path: String, mode: Option<String> },
    /// The agent knows for which server it signs (sshconnect2.c:get_agent_identities).
    AgentBound,
    /// How many keys the agent holds (sshconnect2.c:get_agent_identities).
    AgentKeys { count: u32 },
    /// The agent could not be asked (sshconnect2.c:get_agent_identities).
    AgentFailed { call: String, reason: String },
    /// A key in the list of tries (sshconnect2.c:pubkey_prepare).
    WillAttempt { key: KeyLine },
    /// A key that is left out by an algorithm list (sshconnect2.c:key_type_allowed).
    Skipping {
        kind: String,
        name: String,
        reason: String,
    },
    /// A certificate that is left out (sshconnect2.c:pubkey_prepare).
    CertificateIgnored { name: String, reason: String },
    /// No private key belongs to this certificate (sshconnect2.c:sign_and_send_pubkey).
    CertificateAlone { name: String },

    // -- authentication --------------------------------------------------------------------------
    /// What the server would take now; repeated after every failed try
    /// (sshconnect2.c:input_userauth_failure).
    CanContinue { methods: Vec<String> },
    /// The method that is tried next (sshconnect2.c:userauth).
    NextMethod { method: String },
    /// Nothing is left to try (sshconnect2.c:userauth).
    NoMoreMethods,
    /// The server is asked whether it takes this key (sshconnect2.c:send_pubkey_test).
    Offering { key: KeyLine },
    /// A key without public half is loaded to sign at once (sshconnect2.c:userauth_pubkey).
    Trying { path: String },
    /// The server takes this key (sshconnect2.c:input_userauth_pk_ok). Before 7.9 without a name.
    Accepts { key: KeyLine },
    /// No signature algorithm that both sides allow (sshconnect2.c).
    NoMutualSignature,
    /// The signature was not made (sshconnect2.c:sign_and_send_pubkey).
    SigningFailed {
        kind: Option<String>,
        name: Option<String>,
        signer: Signer,
        reason: String,
    },
    /// The private key is not the public one's (sshconnect2.c:identity_sign).
    HalvesDiffer { path: String },
    /// ssh wants a passphrase or password from an askpass program (readpass.c:read_passphrase).
    AskpassStarted,
    /// ssh wants a passphrase or password and has no terminal (readpass.c:read_passphrase).
    NoTerminal { reason: String },
    /// A wrong passphrase; only at debug2 (sshconnect2.c:load_identity_file).
    PassphraseRefused,
    /// A wrong password; ssh asks again (sshconnect2.c:userauth_passwd).
    PasswordWrong,
    /// One factor is done, another is wanted (sshconnect2.c:input_userauth_failure).
    PartialSuccess { method: Option<String> },
    /// Up to 8.6: the method that succeeded (sshconnect2.c:ssh_userauth2).
    AuthenticationSucceeded { method: String },
    /// Signed in (sshconnect2.c:ssh_userauth2).
    Authenticated {
        host: String,
        route: Route,
        method: Option<String>,
    },
    /// No method was left (sshconnect2.c:userauth); before 7.6 without user and host.
    Denied {
        user: Option<String>,
        host: Option<String>,
        methods: Vec<String>,
    },

    // -- the end ----------------------------------------------------------------------------------
    /// The server says why it hangs up (packet.c:ssh_packet_read_poll2).
    Disconnect {
        address: String,
        code: u32,
        text: String,
    },
    /// The connection ended (packet.c:sshpkt_vfatal).
    Ended {
        how: Ending,
        address: String,
        port: Option<u16>,
    },
    /// An established session ended against the person's will (clientloop.c).
    SessionLost {
        host: Option<String>,
        reason: String,
    },
    /// A channel the client asked for was refused (channels.c).
    ChannelRefused { reason: String },
    /// Terminal, shell, command or subsystem was refused (clientloop.c).
    RequestRefused { what: String },
    /// What the server says after login (session.c on the server).
    Remote { text: String },
    /// The command that the server is to run (clientloop.c:client_session2_setup).
    CommandSent { command: String },
    /// Exit status of the remote command, -1 when it died (ssh.c:ssh_session2).
    ExitStatus { status: i32 },

    // -- connection sharing -----------------------------------------------------------------------
    /// A running master is looked for (ssh.c:main).
    MuxTrying,
    /// A running master took the session: no rung of its own (mux.c:mux_client_request_session).
    MuxReused,
    /// The control socket does not work (mux.c:muxclient).
    MuxFailed {
        path: Option<String>,
        reason: String,
    },

    /// Any other line without a `debugN:` prefix: greeting, banner, output, other programs.
    Other,
}

/// What ssh prints about a key on one line (sshconnect2.c:format_identity).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyLine {
    /// A file path, or the comment of a key that only the agent has. Empty before 7.9 in `Accepts`.
    pub name: String,
    /// `ED25519`, `RSA-CERT`, …; the wire name in old `Accepts` lines; absent without public half.
    pub kind: Option<String>,
    /// `SHA256:…` or `MD5:…`.
    pub fingerprint: Option<String>,
    /// Named by the configuration or `-i`.
    pub explicit: bool,
    /// The agent will sign.
    pub agent: bool,
    /// On a PKCS#11 token.
    pub token: bool,
    /// A FIDO key.
    pub authenticator: bool,
}

/// Whether ssh could read the public half of an identity (the sign of `type N`, never its number:
/// the numbers changed between versions).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PublicHalf {
    /// It was read.
    Read,
    /// Missing, unreadable, or an encrypted old format without `.pub`. Normal for default names.
    NotRead,
}

/// What made a host known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostProof {
    /// Its key.
    Key,
    /// The authority that signed its certificate.
    Certificate,
}

/// Who was to sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signer {
    /// The agent.
    Agent,
    /// ssh itself, or the log does not say.
    Ssh,
}

/// How the connection went, as the success line tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// Straight to this address.
    Direct { ip: String, port: u16 },
    /// Through a ProxyCommand or ProxyJump.
    Proxy,
}

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The other side closed it.
    Closed,
    /// The other side, or something between, broke it off.
    Reset,
    /// After the server's own farewell.
    Disconnected,
    /// No answer in time.
    TimedOut,
}
