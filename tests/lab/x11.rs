//! Does a copied text arrive on a real X11 clipboard, and stay?

use std::fs;
use std::sync::atomic::{AtomicU32, Ordering};

use super::Lab;
use super::run::Background;
use super::wait::poll;

/// An X server without a screen to look at; `DISPLAY` names it. Ended when dropped.
pub struct X11<'lab> {
    lab: &'lab Lab,
    _server: Background,
}

impl Lab {
    /// Starts Xvfb on a display that is free and sets `DISPLAY` for the programs started from now on.
    pub fn xvfb(&self) -> X11<'_> {
        let number = self.dir().join("out/display");
        fs::remove_file(&number).ok();
        // -noreset: else it starts over when its last client leaves, and refuses the next one meanwhile.
        let script = format!(
            "exec Xvfb :{} -displayfd 3 -noreset -screen 0 320x200x24 -nolisten tcp 3>'{}'",
            free_display(),
            number.display()
        );
        let server = self.command("sh").args(["-c", &script]).background();
        let display = poll(|| {
            let text = fs::read_to_string(&number).ok()?;
            text.strip_suffix('\n').map(|number| format!(":{number}"))
        });
        let display = display.unwrap_or_else(|| panic!("no X server: {}", server.printed()));
        self.set_env("DISPLAY", display);
        X11 {
            lab: self,
            _server: server,
        }
    }
}

/// A display number that no other lab has now. Each lab would be free to take :0, but all of them compile their
/// keymap into one file of the machine, named by the display.
fn free_display() -> u32 {
    static TAKEN: AtomicU32 = AtomicU32::new(0);
    let here = TAKEN.fetch_add(1, Ordering::Relaxed) % 16;
    100 + (std::process::id() * 16 + here) % 50_000
}

impl X11<'_> {
    /// What a paste would give now; nothing if nobody owns the clipboard.
    pub fn clipboard(&self) -> Option<String> {
        let paste = self.lab.command("xclip");
        let output = paste.args(["-o", "-selection", "clipboard"]).run();
        (output.code == 0).then_some(output.stdout)
    }

    /// What another program would have put there before.
    pub fn copy(&self, text: &str) {
        let copy = self
            .lab
            .command("xclip")
            .args(["-i", "-selection", "clipboard"]);
        copy.input(text).run().expect(0);
    }
}
