//! What does a terminal do beside drawing? It answers questions and keeps a clipboard.

/// The part of the terminal that is not its screen.
#[derive(Default)]
pub struct Outside {
    /// Bytes to be typed back at the program.
    pub reply: Vec<u8>,
    /// The last text put on the clipboard by OSC 52.
    pub clipboard: Option<String>,
}

pub fn parser(cols: u16, rows: u16) -> vt100::Parser<Outside> {
    let (cols, rows) = at_least(cols, rows);
    vt100::Parser::new_with_callbacks(rows, cols, 1000, Outside::default())
}

/// The smallest screen that vt100 can keep: it panics on a wide character in a single column.
pub fn at_least(cols: u16, rows: u16) -> (u16, u16) {
    (cols.max(2), rows.max(2))
}

impl vt100::Callbacks for Outside {
    fn copy_to_clipboard(&mut self, _: &mut vt100::Screen, _target: &[u8], data: &[u8]) {
        self.clipboard = Some(decoded(data));
    }

    fn unhandled_csi(
        &mut self,
        screen: &mut vt100::Screen,
        first: Option<u8>,
        _second: Option<u8>,
        numbers: &[&[u16]],
        name: char,
    ) {
        match (first, numbers, name) {
            // "Where is the cursor?" and "what are you?": programs wait for these answers.
            (None, [[6]], 'n') => {
                let (row, col) = screen.cursor_position();
                let answer = format!("\x1b[{};{}R", row + 1, col + 1);
                self.reply.extend_from_slice(answer.as_bytes());
            }
            (None, [] | [[0]], 'c') => self.reply.extend_from_slice(b"\x1b[?62;22c"),
            _ => {}
        }
    }
}

/// Base64, lenient as terminals are: what is not of its alphabet is skipped.
fn decoded(data: &[u8]) -> String {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bytes, mut bits, mut held) = (Vec::new(), 0_u32, 0);
    for byte in data {
        let Some(value) = (0_u32..).zip(alphabet).find(|(_, letter)| *letter == byte) else {
            continue;
        };
        bits = (bits << 6 | value.0) & 0xff_ffff;
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held & 0xff) as u8);
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
