//! Does every bad input end in a clear error (what, why, what to do), the right exit code, and
//! nothing lost or changed?
#![cfg(target_os = "linux")]

#[path = "bad_input/disks.rs"]
mod disks;
mod lab;
#[path = "bad_input/programs.rs"]
mod programs;
#[path = "bad_input/texts.rs"]
mod texts;
#[path = "bad_input/words.rs"]
mod words;

use lab::{Lab, Output};

/// Runs sshstep and proves that the home stayed as it was.
#[track_caller]
fn run(lab: &Lab, args: &[&str]) -> Output {
    let before = lab.tree();
    let output = lab.sshstep(args);
    lab.tree().assert_untouched(&before);
    assert!(
        !output.stderr.contains("panicked") && !output.stdout.contains("panicked"),
        "{output}"
    );
    output
}

/// A refusal: the code, nothing on standard output, and a message of at least three sentences.
#[track_caller]
fn refused(lab: &Lab, args: &[&str], code: i32) -> Output {
    let output = run(lab, args).expect(code);
    assert_eq!(output.stdout, "", "{output}");
    for line in output.stderr.lines() {
        assert!(line.chars().count() <= 80, "{output}");
        assert!(!line.contains('\x1b'), "{output}");
    }
    output
}

/// What a person needs: the sentence that says what, one that says why, and one that says what to do.
#[track_caller]
fn is_clear(output: &Output) {
    let text = &output.stderr;
    assert!(text.starts_with("sshstep: "), "{output}");
    let sentences = text.matches(['.', '?']).count();
    assert!(sentences >= 3, "what, why and what to do: {output}");
}

/// github.com is known and a key is published.
fn usual() -> Lab {
    let lab = Lab::builder().ssh_dir().build();
    lab.trust("github.com");
    lab.server.publish(&lab.key("id_ed25519").make());
    lab
}
