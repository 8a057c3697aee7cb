//! Which operating system is this, and how big is its terminal?

/// Its name, version and processor, as far as a file tells: `Debian GNU/Linux 12 (bookworm), x86_64`.
pub fn system_name() -> String {
    let name = named().unwrap_or_else(|| std::env::consts::OS.to_owned());
    format!("{name}, {}", std::env::consts::ARCH)
}

/// os-release(5); WSL tells itself in the version of its kernel.
#[cfg(target_os = "linux")]
fn named() -> Option<String> {
    let release = std::fs::read_to_string("/etc/os-release")
        .or_else(|_| std::fs::read_to_string("/usr/lib/os-release"))
        .ok()?;
    let line = release
        .lines()
        .find_map(|line| line.strip_prefix("PRETTY_NAME="))?;
    let name = line.trim_matches(['"', '\'']).to_owned();
    let kernel = std::fs::read_to_string("/proc/version").unwrap_or_default();
    let is_wsl = kernel.to_ascii_lowercase().contains("microsoft");
    Some(if is_wsl { name + " (WSL)" } else { name })
}

#[cfg(target_os = "macos")]
fn named() -> Option<String> {
    let list = std::fs::read_to_string("/System/Library/CoreServices/SystemVersion.plist").ok()?;
    let (_, behind) = list.split_once("<key>ProductVersion</key>")?;
    let (_, value) = behind.split_once("<string>")?;
    Some(format!("macOS {}", value.split_once("</string>")?.0))
}

#[cfg(windows)]
fn named() -> Option<String> {
    Some("Windows".to_owned())
}

#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
fn named() -> Option<String> {
    None
}

/// Columns and rows of the terminal behind standard output, input or error; none where there is no terminal.
/// Nothing is run for it.
#[cfg(unix)]
pub fn terminal_size() -> Option<(u16, u16)> {
    let size = rustix::termios::tcgetwinsize(std::io::stdout())
        .or_else(|_| rustix::termios::tcgetwinsize(std::io::stderr()))
        .or_else(|_| rustix::termios::tcgetwinsize(std::io::stdin()))
        .ok()?;
    Some((size.ws_col, size.ws_row))
}

#[cfg(not(unix))]
pub fn terminal_size() -> Option<(u16, u16)> {
    crossterm::terminal::size().ok()
}
