//! Who runs us, and where are the account's folders?

use std::path::PathBuf;

/// The account that this process runs as, from the account database.
#[derive(Clone, Debug)]
pub struct Account {
    /// Login name.
    pub name: String,
    /// Full name (the first field of GECOS), where there is one.
    pub full_name: Option<String>,
    /// Home folder: the one that ssh uses.
    pub home: PathBuf,
}

/// The current account. Where the account database has no entry (containers), the environment's
/// values stand in; ssh itself refuses to run there ("No user exists for uid").
pub fn account() -> Account {
    from_database().unwrap_or_else(|| Account {
        name: std::env::var("USER")
            .or_else(|_| std::env::var("USERNAME"))
            .unwrap_or_else(|_| "user".to_owned()),
        full_name: None,
        home: dirs::home_dir().unwrap_or_else(|| PathBuf::from("/")),
    })
}

#[cfg(unix)]
fn from_database() -> Option<Account> {
    let user = nix::unistd::User::from_uid(nix::unistd::getuid()).ok()??;
    let gecos = user.gecos.to_string_lossy().into_owned();
    let full_name = gecos.split(',').next().map(str::trim).unwrap_or_default();
    Some(Account {
        name: user.name,
        full_name: (!full_name.is_empty()).then(|| full_name.to_owned()),
        home: user.dir,
    })
}

/// The home of another account; none where there is no such account, or no database to ask.
#[cfg(unix)]
pub fn home_of(name: &str) -> Option<PathBuf> {
    Some(nix::unistd::User::from_name(name).ok()??.dir)
}

#[cfg(not(unix))]
pub fn home_of(_: &str) -> Option<PathBuf> {
    None
}

/// On Windows ssh's `~` is the profile folder, which `dirs` takes from the system, not from `HOME`.
#[cfg(not(unix))]
fn from_database() -> Option<Account> {
    Some(Account {
        name: std::env::var("USERNAME").ok()?,
        full_name: None,
        home: dirs::home_dir()?,
    })
}

/// This computer's name without its domain; "this-computer" where the system tells none.
pub fn computer_name() -> String {
    let name = host_name().unwrap_or_default();
    let short = name.split('.').next().unwrap_or_default();
    if short.is_empty() {
        "this-computer".to_owned()
    } else {
        short.to_owned()
    }
}

#[cfg(unix)]
fn host_name() -> Option<String> {
    let name = rustix::system::uname();
    name.nodename().to_str().ok().map(str::to_owned)
}

#[cfg(not(unix))]
fn host_name() -> Option<String> {
    std::env::var("COMPUTERNAME").ok()
}

/// Where programs keep what is theirs and not settings: XDG's state folder, the local data folder
/// on macOS and Windows.
pub fn state_dir() -> PathBuf {
    dirs::state_dir()
        .or_else(dirs::data_local_dir)
        .unwrap_or_else(std::env::temp_dir)
}

/// The system-wide client configuration (ssh.c `_PATH_HOST_CONFIG_FILE`), where it exists.
pub fn system_ssh_config() -> Option<PathBuf> {
    let file = if cfg!(windows) {
        PathBuf::from(std::env::var_os("ProgramData")?).join(r"ssh\ssh_config")
    } else {
        PathBuf::from("/etc/ssh/ssh_config")
    };
    file.exists().then_some(file)
}
