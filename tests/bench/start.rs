//! How long is it from Enter to the first complete screen, beside ssh reading its settings?

use std::io::Read;
use std::process::{Command, Stdio};

use divan::Bencher;
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// The whole program in a pty, until the screen and its last row are there.
#[divan::bench(sample_count = 40, sample_size = 1)]
fn sshstep_to_first_frame(bencher: Bencher<'_, '_>) {
    bencher.bench_local(first_frame);
}

/// The measure: ssh started in a pty too, until it has read its settings and ended.
#[divan::bench(sample_count = 40, sample_size = 1)]
fn ssh_g_in_a_pty(bencher: Bencher<'_, '_>) {
    bencher.bench_local(|| {
        let mut started = Started::new(&["ssh", "-G", "github.com"]);
        started.read_until(|_| false);
        started
    });
}

/// The same as a plain child.
#[divan::bench(sample_count = 40, sample_size = 1)]
fn ssh_g(bencher: Bencher<'_, '_>) {
    bencher.bench_local(|| {
        let status = Command::new("ssh")
            .args(["-G", "github.com"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        assert!(status.expect("ssh is installed").success());
    });
}

fn first_frame() -> Started {
    let mut started = Started::new(&["sshstep"]);
    let complete = started.read_until(|screen| {
        let mut rows = screen.rows(0, 80);
        rows.next().is_some_and(|row| row.contains("Screen 10"))
            && rows.last().is_some_and(|row| row.contains("Quit"))
    });
    assert!(complete, "{}", started.parser.screen().contents());
    started
}

/// A program in a pty. Dropping it, which divan does outside the measured time, ends it.
struct Started {
    child: Box<dyn Child + Send + Sync>,
    output: Box<dyn Read + Send>,
    parser: vt100::Parser,
    _master: Box<dyn MasterPty + Send>,
}

impl Started {
    fn new(words: &[&str]) -> Self {
        let size = PtySize {
            rows: 24,
            cols: 80,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pty = native_pty_system().openpty(size).expect("a free pty");
        let command = CommandBuilder::from_argv(words.iter().map(Into::into).collect());
        let child = pty.slave.spawn_command(command).expect("it is installed");
        drop(pty.slave);
        Self {
            child,
            output: pty.master.try_clone_reader().expect("the pty can be read"),
            parser: vt100::Parser::new(24, 80, 0),
            _master: pty.master,
        }
    }

    /// Whether the screen came to be so before the program's end.
    fn read_until(&mut self, complete: impl Fn(&vt100::Screen) -> bool) -> bool {
        let mut chunk = [0; 65536];
        while let Ok(count @ 1..) = self.output.read(&mut chunk) {
            self.parser.process(&chunk[..count]);
            if complete(self.parser.screen()) {
                return true;
            }
        }
        false
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
