//! Which event does the next line tell, given the lines before it?
//!
//! Almost every sentence stands alone. Two need to know what came before: a configuration error
//! looks like a shell's complaint (`bash: line 1: …`) once a proxy or remote shell may be talking,
//! and the fingerprint of a changed host key stands alone on the line after its type.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::event::Event;
use super::tail::Speaker;
use super::words::{is_fingerprint, unvis};
use super::{debug_line, embedded, plain_line};

/// Reads cleaned lines in order.
#[derive(Clone)]
pub struct Sentences {
    /// Nothing but ssh itself has been able to speak so far.
    configuring: bool,
    /// The type of the host key whose fingerprint comes next.
    fingerprint_of: Option<String>,
}

impl Default for Sentences {
    fn default() -> Self {
        Self {
            configuring: true,
            fingerprint_of: None,
        }
    }
}

impl Sentences {
    /// The event of one line. `None`: a debug line that means nothing here.
    pub fn read(&mut self, line: &str) -> Option<Event> {
        let event = match debug_level(line) {
            Some((b'1', body)) => debug_line::read(body).or_else(|| {
                let (file, rest) = self.config_place(body)?;
                debug_line::read_config(file, rest)
            }),
            Some((_, body)) => debug_line::read_deeper(body),
            None => Some(self.read_plain(line)),
        };
        if let Some(event) = &event {
            self.remember(event);
        }
        event
    }

    /// Lets one line go by: who may have said it, or `None` for a debug line that tells nothing. What later lines
    /// need to know of it is remembered as if it had been [read](Self::read).
    pub fn skim(&mut self, line: &str) -> Option<Speaker> {
        let tells = match debug_level(line) {
            // A version, a connection or a proxy: the next lines may need it.
            Some((b'1', body)) if body.starts_with(['O', 'C', 'E']) => self.read(line).is_some(),
            Some((b'1', _)) => true,
            Some((_, body)) => debug_line::read_deeper(body).is_some(),
            None => {
                let event = self.read_plain(line);
                self.remember(&event);
                let is_sshs = !matches!(event, Event::Other)
                    || self.fingerprint_of.is_some()
                    || embedded::any_in(line);
                if !is_sshs {
                    return Some(Speaker::Other);
                }
                true
            }
        };
        tells.then_some(Speaker::Ssh)
    }

    fn remember(&mut self, event: &Event) {
        if matches!(event, Event::Version { .. }) {
            self.configuring = true;
        } else if matches!(event, Event::Connecting { .. } | Event::ProxyCommand { .. }) {
            self.configuring = false;
        }
    }

    fn read_plain(&mut self, line: &str) -> Event {
        if let Some(kind) = self.fingerprint_of.take() {
            let fingerprint = line.trim_end_matches('.');
            if is_fingerprint(fingerprint) {
                return Event::ServerKey {
                    kind,
                    fingerprint: fingerprint.to_owned(),
                };
            }
        }
        if let Some(rest) = line.strip_prefix("The fingerprint for the ")
            && let Some((kind, _)) = rest.split_once(" key sent by the remote host is")
        {
            self.fingerprint_of = Some(kind.to_owned());
            return Event::Other;
        }
        plain_line::by_first_byte(line)
            .or_else(|| plain_line::by_phrase(line))
            .or_else(|| self.read_config_error(line))
            .unwrap_or(Event::Other)
    }

    /// `FILE line N: TEXT`, or `FILE: line N: Bad configuration option: KEY`.
    fn read_config_error(&self, line: &str) -> Option<Event> {
        let (file, rest) = self.config_place(line)?;
        let (number, text) = rest.split_once(": ")?;
        let number = number.parse().ok()?;
        let bad_option = text.starts_with("Bad configuration option: ");
        let file = match file.strip_suffix(':') {
            Some(file) if bad_option => file,
            // A shell: `bash: line 1: …`.
            Some(_) => return None,
            None => file,
        };
        // A log level or a program's name before the path: another program's line.
        if file.contains(": ") || file.contains("> ") || text.starts_with("Applying options") {
            return None;
        }
        let is_place = file == "command-line" || file.contains(['/', '\\']);
        if file.is_empty() || !(bad_option || is_place || is_config_complaint(text)) {
            return None;
        }
        let (file, text) = (unvis(file), unvis(text));
        let is_passed_over = ["Unsupported option ", "Deprecated option "]
            .iter()
            .any(|start| text.starts_with(start));
        Some(if is_passed_over {
            Event::ConfigIgnored {
                file,
                line: number,
                text,
            }
        } else {
            Event::ConfigError {
                file,
                line: number,
                text,
            }
        })
    }

    fn config_place<'a>(&self, line: &'a str) -> Option<(&'a str, &'a str)> {
        if !self.configuring {
            return None;
        }
        static LINE: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new(" line "));
        let at = LINE.find(line.as_bytes())?;
        Some((&line[..at], &line[at + LINE.needle().len()..]))
    }
}

/// The digit and the rest of a `debugN: ` line.
fn debug_level(line: &str) -> Option<(u8, &str)> {
    let rest = line.strip_prefix("debug")?;
    let level = *rest.as_bytes().first()?;
    let body = rest.get(1..)?.strip_prefix(": ")?;
    level.is_ascii_digit().then_some((level, body))
}

/// How complaints about a line begin when its file is a bare name (`-F config`).
fn is_config_complaint(text: &str) -> bool {
    const STARTS: [&str; 12] = [
        "Bad ",
        "unsupported option",
        "Unsupported option",
        "missing argument",
        "Missing argument",
        "keyword ",
        "no argument after keyword",
        "invalid ",
        "Invalid ",
        "garbage at end of line",
        "integer value ",
        "RefuseConnection",
    ];
    STARTS.iter().any(|start| text.starts_with(start))
}

#[cfg(test)]
mod tests;
