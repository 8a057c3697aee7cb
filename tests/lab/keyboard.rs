//! How does a test press keys?

use std::io::Write;

use super::Terminal;

impl Terminal {
    /// Types each character as one key press, all in one go.
    pub fn press(&mut self, keys: &str) {
        self.presses += keys.chars().count();
        self.send(keys.as_bytes());
    }

    pub fn enter(&mut self) {
        self.press("\r");
    }

    pub fn esc(&mut self) {
        self.press("\x1b");
    }

    pub fn up(&mut self) {
        self.press_sequence("\x1b[A");
    }

    pub fn down(&mut self) {
        self.press_sequence("\x1b[B");
    }

    pub fn right(&mut self) {
        self.press_sequence("\x1b[C");
    }

    pub fn left(&mut self) {
        self.press_sequence("\x1b[D");
    }

    pub fn tab(&mut self) {
        self.press("\t");
    }

    pub fn backspace(&mut self) {
        self.press("\x7f");
    }

    /// Ctrl and a letter: `ctrl('c')`.
    pub fn ctrl(&mut self, letter: char) {
        let code = letter.to_ascii_lowercase() as u8 & 0x1f;
        self.press(char::from(code).encode_utf8(&mut [0; 4]));
    }

    /// One key press that a terminal sends as several bytes: `press_sequence("\x1b[3~")` is Delete.
    pub fn press_sequence(&mut self, bytes: &str) {
        self.presses += 1;
        self.send(bytes.as_bytes());
    }

    /// Types into a field: a name, a passphrase. Not counted as key presses.
    pub fn type_text(&mut self, text: &str) {
        self.send(text.as_bytes());
    }

    /// Pastes as a terminal does: bracketed if the program asked for that, newlines as Enter.
    pub fn paste(&mut self, text: &str) {
        let text = text.replace('\n', "\r");
        if self.bracketed_paste() {
            self.send(format!("\x1b[200~{text}\x1b[201~").as_bytes());
        } else {
            self.send(text.as_bytes());
        }
    }

    /// Bytes as they are. Nobody reads them if the program is gone, which a later wait tells better than an error here.
    pub fn send(&mut self, bytes: &[u8]) {
        let mut keyboard = self.keyboard.lock().expect("nobody panics while typing");
        keyboard
            .write_all(bytes)
            .and_then(|()| keyboard.flush())
            .ok();
    }

    /// How many keys were pressed, by `press` and the keys' own names.
    pub fn presses(&self) -> usize {
        self.presses
    }
}
