//! Is every text that `explain` can be given taken to its end: no panic, no raw control byte, JSON always one object?

use serde_json::Value;

use super::lab::{Lab, Output};
use super::refused;

const DENIED: &[u8] = b"ana@lab.example: Permission denied (publickey).\n";
/// Far below what the text is long; a build for tests is larger than what people get.
const MOST_KIB: u64 = 64 * 1024;

/// Every way to print, each checked; the output of the first one comes back.
#[track_caller]
fn explained(lab: &Lab, text: &[u8], code: i32) -> Output {
    let ways: [&[&str]; 4] = [
        &["explain"],
        &["explain", "--json"],
        &["explain", "--masked", "--color", "never"],
        &["explain", "--masked", "--json", "-"],
    ];
    let outputs = ways.map(|args| {
        let output = lab
            .command("sshstep")
            .args(args)
            .input(text)
            .run()
            .expect(code);
        is_printable(&output);
        if args.contains(&"--json") {
            is_one_object(&output);
        }
        output
    });
    let [first, ..] = outputs;
    first
}

#[track_caller]
fn is_printable(output: &Output) {
    let printed = output.stdout.chars().chain(output.stderr.chars());
    let raw: Vec<char> = printed.filter(|c| c.is_control() && *c != '\n').collect();
    assert!(raw.is_empty(), "{raw:?} {output}");
    assert!(!output.stderr.contains("panicked"), "{output}");
}

#[track_caller]
fn is_one_object(output: &Output) -> Value {
    let value: Value =
        serde_json::from_str(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output}"));
    assert_eq!(value["schema"], 1, "{output}");
    assert!(value["findings"].is_array(), "{output}");
    value
}

/// Three sentences, each from a line of its own on.
#[track_caller]
fn says_what_why_and_what_to_do(output: &Output) {
    assert!(output.stderr.starts_with("sshstep: "), "{output}");
    assert!(output.stderr.lines().count() >= 3, "{output}");
}

/// The text with the one line that tells something at its end.
fn then_denied(before: impl AsRef<[u8]>) -> Vec<u8> {
    [before.as_ref(), b"\n", DENIED].concat()
}

#[test]
fn a_text_that_holds_nothing() {
    let lab = Lab::new();
    for text in [
        &b""[..],
        b"\n\n\n",
        b"\r\n\r\n",
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"\0\0\0",
    ] {
        says_what_why_and_what_to_do(&explained(&lab, text, 3));
    }
    for text in [
        &b"  \t \n   \n"[..],
        b"\x1b[0m\n \x1b[31m",
        "\u{a0}\u{2003}\n".as_bytes(),
    ] {
        says_what_why_and_what_to_do(&explained(&lab, text, 3));
    }
}

#[test]
fn bytes_that_are_no_text() {
    let lab = Lab::new();
    let every_byte: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    let mut number: u32 = 1;
    let noise = std::iter::repeat_with(|| {
        number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        number.to_be_bytes()[0]
    });
    let noise: Vec<u8> = noise.take(300_000).collect();
    for bytes in [&every_byte, &noise] {
        explained(&lab, bytes, 3);
        let output = explained(&lab, &then_denied(bytes), 1);
        assert!(output.stdout.contains("Permission denied"), "{output}");
    }
}

#[test]
fn nul_bytes_and_invalid_utf8_within_a_sentence() {
    let lab = Lab::new();
    for text in [
        &b"\0\0ana@lab.example: Permission denied (publickey).\0\0\n"[..],
        b"remote: \xff\xfe\xc3\nana@lab.example: Permission denied (publickey).\n\xf0\x9f",
        b"Load key \"/home/a\xffna/\x01id\": invalid format\nana@lab.example: Permission denied (publickey).",
        b"ana\x07@lab.exa\x08mple: Permission denied (publickey).\xe2\x82",
        "\u{202e}ana@lab.example: Permission denied (publickey).\u{9b}31m\n".as_bytes(),
    ] {
        explained(&lab, text, 1);
    }
}

#[test]
fn lines_of_ten_megabytes() {
    let lab = Lab::new();
    let long = "x".repeat(10_000_000);
    let words = "Permission denied (publickey) ".repeat(350_000);
    for text in [
        then_denied(&long),
        then_denied(format!("\x1b[31m{long}")),
        then_denied(format!(
            "debug1: {long}\nLoad key \"{long}\": invalid format"
        )),
        then_denied(&words),
    ] {
        explained(&lab, &text, 1);
    }
}

#[test]
fn escape_sequences_are_gone_or_written_out() {
    let lab = Lab::new();
    for text in [
        &b"\x1b[1;31mana@lab.example: Permission denied (publickey).\x1b[0m\n"[..],
        b"\x1b]0;owned\x07ana@lab.example: Permission denied (publickey).\n",
        b"\x1b]8;;http://x\x1b\\ana@lab.example: Permission denied (publickey).\x1b]8;;\x1b\\\n",
        b"ana@lab.example: Permission denied (publickey).\x1b[",
        b"ana@lab.example: Permission denied (publickey).\n\x1b",
        b"ana@lab.example: Permission denied (publickey).\n\x1b]0;never closed",
        b"ana@lab.example: Permission denied (publickey).\n\xe2",
        b"debug1: Remote: \\033[31mred\\007\nana@lab.example: Permission denied (publickey).\n",
        b"ssh: Could not resolve hostname \\033]0;x\\007: Name or service not known\n",
    ] {
        explained(&lab, text, 1);
    }
}

#[test]
fn text_of_windows() {
    let lab = Lab::new();
    let text = "ssh : é\r\nana@lab.example: Permission denied (publickey).\r\n";
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let marked = |mark: &[u8], bytes: &[u8]| [mark, bytes].concat();
    for bytes in [
        marked(b"\xff\xfe", &little),
        marked(b"\xfe\xff", &big),
        marked(b"\xff\xfe", &little[..little.len() - 1]),
        marked(b"\xef\xbb\xbf", text.as_bytes()),
        little,
        big,
    ] {
        let output = explained(&lab, &bytes, 1);
        assert!(output.stdout.contains("Permission denied"), "{output}");
    }
}

#[test]
fn a_file_that_cannot_be_read() {
    let lab = Lab::new();
    let absent = lab.path("absent.log");
    let closed = lab.write("closed\x1b[31m.log", DENIED);
    lab.mode("closed\x1b[31m.log", 0o000);
    let dir = lab.home().to_owned();
    // Root reads whatever its mode is.
    let is_root = lab.command("cat").arg(&closed).run().code == 0;
    let files = [&absent, &dir, &closed];
    for file in &files[..if is_root { 2 } else { 3 }] {
        let file = file.to_str().expect("UTF-8");
        let output = refused(&lab, &["explain", file], 2);
        says_what_why_and_what_to_do(&output);
        is_printable(&output);
        for args in [["explain", "--json", file], ["explain", "--masked", file]] {
            let output = lab.sshstep(&args).expect(2);
            is_printable(&output);
            says_what_why_and_what_to_do(&output);
        }
        let output = lab.sshstep(&["explain", "--json", file]);
        assert!(
            is_one_object(&output)["trouble"]["what"].is_string(),
            "{output}"
        );
    }
}

#[test]
fn nobody_reads_what_is_printed() {
    let lab = Lab::new();
    lab.write("denied.log", DENIED);
    for way in ["", "--json", "--masked"] {
        let script =
            format!("sshstep explain {way} denied.log | true; echo \"${{PIPESTATUS[0]}}\"");
        let output = lab.command("bash").args(["-c", &script]).run().expect(0);
        assert_eq!(output.stdout, "1\n", "{output}");
        assert_eq!(output.stderr, "", "{output}");
        let script = format!("sshstep explain {way} denied.log >&-");
        let output = lab.command("bash").args(["-c", &script]).run().expect(1);
        assert!(!output.stderr.contains("panicked"), "{output}");
    }
}

/// sshstep reads so many bytes of an endless text; what it took of memory, before its input ends.
fn memory_for(bytes: u64, endless: &str) -> u64 {
    let lab = Lab::new();
    lab.write("denied.log", DENIED);
    let script = format!(
        "mkfifo text; sshstep explain <text >said & pid=$!; exec 3>text; {endless} | head -c {bytes} >&3; \
         cat /proc/$pid/status; echo >&3; cat denied.log >&3; exec 3>&-; wait $pid; echo \"code $?\"; cat said"
    );
    let limit = std::time::Duration::from_secs(600);
    let output = lab
        .command("sh")
        .args(["-c", &script])
        .limit(limit)
        .run()
        .expect(0);
    let line = |start: &str| {
        output
            .stdout
            .lines()
            .find_map(|line| line.strip_prefix(start))
    };
    assert_eq!(line("code "), Some("1"), "{output}");
    assert!(
        output.stdout.contains("Permission denied (publickey)"),
        "{output}"
    );
    let peak = line("VmHWM:").unwrap_or_else(|| panic!("no VmHWM: {output}"));
    let peak = peak.trim().trim_end_matches(" kB").parse();
    peak.expect("a number")
}

#[test]
fn memory_stays_flat() {
    for endless in [
        "yes 'debug1: Offering public key: /home/ana/.ssh/id ED25519 SHA256:AAAA agent'",
        "seq 1000000000",
        "tr '\\n' ' ' </dev/zero",
    ] {
        let peak = memory_for(64 << 20, endless);
        assert!(peak < MOST_KIB, "{peak} KiB for {endless}");
    }
}

/// `cargo test --release --test bad_input -- --ignored`
#[test]
#[ignore = "takes a minute"]
fn memory_stays_flat_for_a_gigabyte() {
    for endless in [
        "seq 1000000000",
        "cat /dev/urandom",
        "yes 'ana@lab: Permission denied (publickey).'",
    ] {
        let peak = memory_for(1 << 30, endless);
        assert!(peak < MOST_KIB, "{peak} KiB for {endless}");
    }
}
