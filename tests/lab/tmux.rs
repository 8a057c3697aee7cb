//! How does a program fare inside a real tmux, which has its own ideas of clipboard, Esc and size?

use super::run::Background;
use super::wait::poll;
use super::{Command, Lab, Output};

/// One window of a tmux server of the lab's own: no configuration, its socket in the lab. Ended when dropped.
pub struct Tmux<'lab> {
    lab: &'lab Lab,
    _server: Background,
}

impl Lab {
    /// sshstep in tmux.
    pub fn tmux(&self, args: &[&str], cols: u16, rows: u16) -> Tmux<'_> {
        let words: Vec<&str> = [&["sshstep"], args].concat();
        self.tmux_of(&words, cols, rows)
    }

    /// Any program in tmux. The window stays when the program ends.
    pub fn tmux_of(&self, words: &[&str], cols: u16, rows: u16) -> Tmux<'_> {
        let server = self.command("tmux").args(["-f", "/dev/null", "-S"]);
        let server = server.arg(self.dir().join("tmux.sock")).arg("-D");
        let tmux = Tmux {
            lab: self,
            _server: server.background(),
        };
        let (cols, rows) = (cols.to_string(), rows.to_string());
        let up = poll(|| (tmux.run(&["start-server"]).code == 0).then_some(()));
        assert!(up.is_some(), "no tmux server");
        // One call: the option must hold before the program can end.
        let start = tmux.command(&["set-option", "-g", "remain-on-exit", "on", ";"]);
        let start = start.args(["new-session", "-d", "-x", &cols, "-y", &rows, "--"]);
        start.args(words).run().expect(0);
        tmux
    }
}

impl Tmux<'_> {
    /// Any tmux command.
    pub fn run(&self, words: &[&str]) -> Output {
        self.command(words).run()
    }

    /// Keys by tmux's names: `Enter`, `Escape`, `Up`, `C-c`, `1`.
    pub fn keys(&self, names: &[&str]) {
        let keys = self.command(&["send-keys"]).args(names);
        keys.run().expect(0);
    }

    /// Characters as they are.
    pub fn type_text(&self, text: &str) {
        self.run(&["send-keys", "-l", "--", text]).expect(0);
    }

    /// Pastes as tmux does, bracketed if the program asked for it.
    pub fn paste(&self, text: &str) {
        let load = self.command(&["load-buffer", "-b", "lab", "-"]);
        load.input(text).run().expect(0);
        self.run(&["paste-buffer", "-p", "-d", "-b", "lab"])
            .expect(0);
    }

    pub fn resize(&self, cols: u16, rows: u16) {
        let (cols, rows) = (cols.to_string(), rows.to_string());
        self.run(&["resize-window", "-x", &cols, "-y", &rows])
            .expect(0);
    }

    /// The screen as text.
    pub fn screen(&self) -> String {
        self.capture("-p")
    }

    /// `-pJ` joins wrapped rows, `-pe` keeps colours, `-pS-` adds what has scrolled away.
    pub fn capture(&self, how: &str) -> String {
        self.run(&["capture-pane", how]).expect(0).stdout
    }

    #[track_caller]
    pub fn wait_for(&self, text: &str) {
        let shown = poll(|| self.screen().contains(text).then_some(()));
        assert!(
            shown.is_some(),
            "waited in vain for {text:?}\n{}",
            self.screen()
        );
    }

    #[track_caller]
    pub fn wait_gone(&self, text: &str) {
        let gone = poll(|| (!self.screen().contains(text)).then_some(()));
        assert!(gone.is_some(), "{text:?} stays\n{}", self.screen());
    }

    /// A format: `ask("#{cursor_flag} #{alternate_on} #{mouse_any_flag}")`.
    pub fn ask(&self, format: &str) -> String {
        let answer = self.run(&["display-message", "-p", format]).expect(0);
        answer.stdout.trim_end().to_owned()
    }

    /// A server option: `set("set-clipboard", "on")`.
    pub fn set(&self, option: &str, value: &str) {
        self.run(&["set-option", "-s", option, value]).expect(0);
    }

    /// The newest paste buffer, as `load-buffer` or an OSC 52 left it.
    pub fn buffer(&self) -> Option<String> {
        let shown = self.run(&["show-buffer"]);
        (shown.code == 0).then_some(shown.stdout)
    }

    /// The program's exit code, once it has ended.
    #[track_caller]
    pub fn wait_exit(&self) -> i32 {
        let code = poll(|| {
            let answer = self.ask("#{pane_dead} #{pane_dead_status}");
            if answer == "1" {
                // tmux 3.3 now and then misses that a child has ended; the end of another one makes it look.
                self.run(&["run-shell", "true"]);
            }
            answer.strip_prefix("1 ")?.parse().ok()
        });
        code.unwrap_or_else(|| panic!("the program does not end\n{}", self.screen()))
    }

    /// Closes the window on the running program: the hang-up of a real terminal.
    pub fn close(&self) {
        self.run(&["kill-pane"]);
    }

    fn command(&self, words: &[&str]) -> Command<'_> {
        // -N: a client that comes too early must not start a second server, which nobody would end.
        let command = self.lab.command("tmux").args(["-N", "-S"]);
        command.arg(self.lab.dir().join("tmux.sock")).args(words)
    }
}
