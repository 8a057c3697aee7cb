//! How long does `explain` take for a log of 100 MB, beside `grep`, and for a usual one, beside starting at all?

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use divan::Bencher;

use crate::inside::folder;

const SIZE: u64 = 100_000_000;
/// `ssh -v` to a server that does not know the key.
const USUAL: &[u8] = include_bytes!("../transcripts/unknown-key.log");

/// What a long log is made of.
#[derive(Clone, Copy, Debug)]
enum Log {
    /// Every recorded `ssh -v`, again and again.
    Ssh,
    /// What CI jobs print, without ssh.
    Ci,
    /// Words without meaning.
    Words,
}

const LOGS: [Log; 3] = [Log::Ssh, Log::Ci, Log::Words];

#[divan::bench(args = LOGS, sample_count = 5, sample_size = 1)]
fn explain_100_mb(bencher: Bencher<'_, '_>, log: Log) {
    let file = long(log);
    bencher.bench_local(|| run(Command::new("sshstep").arg("explain").arg(&file)));
}

/// The measure.
#[divan::bench(args = LOGS, sample_count = 5, sample_size = 1)]
fn grep_100_mb(bencher: Bencher<'_, '_>, log: Log) {
    let file = long(log);
    bencher.bench_local(|| run(Command::new("grep").args(["-c", "debug1"]).arg(&file)));
}

#[divan::bench(sample_count = 40, sample_size = 1)]
fn explain_a_usual_log(bencher: Bencher<'_, '_>) {
    let file = folder("explain").join("usual.log");
    fs::write(&file, USUAL).expect("the lab's folder is writable");
    bencher.bench_local(|| run(Command::new("sshstep").arg("explain").arg(&file)));
}

/// The measure.
#[divan::bench(sample_count = 40, sample_size = 1)]
fn start_of_the_process(bencher: Bencher<'_, '_>) {
    bencher.bench_local(|| run(Command::new("sshstep").arg("--version")));
}

/// To its end; what it prints goes into a pipe, for grep counts nothing when nobody reads.
fn run(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output();
    output.expect("it is installed");
}

/// The log, made when it is not there yet.
fn long(log: Log) -> PathBuf {
    let file = folder("explain").join(format!("{log:?}.log"));
    if !file.exists() {
        write_long(log, &file).expect("the lab's folder is writable");
    }
    file
}

fn write_long(log: Log, file: &Path) -> std::io::Result<()> {
    let mut out = BufWriter::new(File::create(file)?);
    let mut numbers = Numbers(1);
    let mut written = 0;
    while written < SIZE {
        let line = match log {
            Log::Ssh => String::from_utf8_lossy(recorded(&mut numbers)).into_owned(),
            Log::Ci => ci_line(&mut numbers),
            Log::Words => (0..3 + numbers.below(18))
                .map(|_| word(&mut numbers))
                .collect(),
        };
        writeln!(out, "{line}")?;
        written += line.len() as u64 + 1;
    }
    out.flush()
}

fn recorded(numbers: &mut Numbers) -> &'static [u8] {
    const LOGS: [&[u8]; 6] = [
        USUAL,
        include_bytes!("../transcripts/agent-refuses.log"),
        include_bytes!("../transcripts/jump-denied.log"),
        include_bytes!("../transcripts/host-changed.log"),
        include_bytes!("../transcripts/git-greeting.log"),
        include_bytes!("../transcripts/too-many-failures.log"),
    ];
    LOGS[numbers.below(LOGS.len())]
}

fn ci_line(numbers: &mut Numbers) -> String {
    let (a, b) = (numbers.below(100), numbers.below(10_000));
    match numbers.below(7) {
        0 => format!("remote: Counting objects: {a}% ({b}/10000)"),
        1 => format!(
            "npm WARN deprecated har-validator@5.1.{a}: this library is no longer supported"
        ),
        2 => format!("   Compiling serde v1.{a}.{b}"),
        3 => format!("2026-08-01T12:30:01.{b}Z Downloading package {a} of {b} from the registry"),
        4 => format!("[INFO] Building module {a} of {b}"),
        5 => format!("#17 {a}.{b} fetch https://mirror.example.org/main/x86_64/APKINDEX.tar.gz"),
        _ => format!("test result: ok. {b} passed; {a} failed; 0 ignored; finished in {a}.02s"),
    }
}

fn word(numbers: &mut Numbers) -> String {
    let letters = b"etaoinshrdlucmfwypvbgk";
    let mut word: String = (0..2 + numbers.below(9))
        .map(|_| char::from(letters[numbers.below(letters.len())]))
        .collect();
    word.push(' ');
    word
}

/// The same numbers each time (xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).unwrap_or(0)
    }
}
