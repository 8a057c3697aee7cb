//! How does a report look for a person: one page that can be pasted into a ticket?
//!
//! All that came from elsewhere stands in fenced blocks, so that no ticket system reads it as a link, a picture or
//! a mention.

use std::fmt::Write as _;

use super::make::LONGEST;
use super::{Moment, Report, SettingHere};
use crate::answer::{ShownFinding, ShownRung};
use crate::diagnosis::{Certainty, Severity, Verdict};
use crate::transcript::rung;

impl Report {
    /// All that it tells, under headings, with this reference.
    pub fn sections(&self, reference: &str) -> Vec<(&'static str, Vec<String>)> {
        let mut sections = vec![
            ("What is wrong", self.wrong(reference)),
            ("Diagnosis", self.diagnosis()),
            ("How far the connection got", self.ladder()),
            ("Keys that the server saw", self.offered()),
            ("Keys on this computer", self.keys()),
            ("Settings that apply", self.settings()),
            ("Git in this folder", self.git.clone()),
            ("Everything that was observed", self.observed()),
            ("ssh's own log", self.log.clone()),
            ("Changed by sshstep", self.changed()),
            ("What was run", self.commands.clone()),
            (
                "What was pressed",
                self.timeline.iter().map(Moment::line).collect(),
            ),
            ("How it went", self.numbers()),
            ("Surroundings", self.surroundings()),
            ("Hidden in this report", self.hidden()),
        ];
        sections.retain(|(_, lines)| !lines.is_empty());
        sections
    }

    /// The Markdown. It tells what the JSON tells, and the reference of that.
    pub fn markdown(&self) -> String {
        let sections = self.sections(&self.reference());
        let longest = sections
            .iter()
            .flat_map(|(_, lines)| lines)
            .map(|line| longest_run(line, '`'))
            .max();
        let fence = "`".repeat(longest.unwrap_or(0).max(2) + 1);
        let mut page = String::from("# sshstep report\n");
        for (title, lines) in sections {
            let _ = writeln!(page, "\n## {title}\n\n{fence}text");
            for line in lines {
                put(&mut page, line.trim_end());
            }
            let _ = writeln!(page, "{fence}");
        }
        page
    }

    /// The lines that count, for a preview: what is wrong, where it stopped, the key, the setting.
    pub fn headlines(&self) -> Vec<String> {
        let mut lines = vec![self.verdict(), format!("{}, {}", self.ssh, self.os)];
        let failed = |rung: &ShownRung| rung.status == rung::Status::Failed;
        let failed = self.ladder.iter().position(failed);
        lines.extend(failed.and_then(|at| self.ladder().into_iter().nth(at)));
        lines.extend(self.offered().into_iter().next());
        let picks_key = |line: &&SettingHere| line.keyword == "identityfile";
        lines.extend(self.settings.iter().find(picks_key).map(SettingHere::line));
        lines
    }

    /// What both sides can say to know that they look at the same thing; the reference is that of the JSON, which
    /// a newer sshstep may have filled with more.
    pub fn read_aloud(&self, reference: &str) -> String {
        let mut words = Vec::new();
        words.extend(self.code().map(|code| format!("code {code}")));
        words.extend(self.screen.map(|screen| format!("screen {screen:02}")));
        words.push(format!("reference {reference}"));
        words.join(", ")
    }

    fn verdict(&self) -> String {
        match (self.outcome, self.findings.first()) {
            (Verdict::Works, _) => "It works.".to_owned(),
            (Verdict::Problem, Some(finding)) => format!("It does not work: {}", finding.summary),
            (Verdict::Problem, None) => "It does not work.".to_owned(),
            (Verdict::Unknown, _) => "It could not be checked.".to_owned(),
        }
    }

    fn wrong(&self, reference: &str) -> Vec<String> {
        let mut lines = vec![self.verdict(), self.read_aloud(reference)];
        if let Some(target) = &self.target {
            let provider = target.provider.as_deref().unwrap_or("none that is listed");
            lines.push(format!(
                "target {} (typed), user {}, host {}, port {}, service {provider}",
                target.input, target.user, target.host, target.port
            ));
        }
        lines.push(format!(
            "with {}, {}, {} {}",
            self.ssh, self.os, self.tool.name, self.tool.version
        ));
        lines.extend(
            self.identity
                .iter()
                .map(|who| format!("signed in as {who}")),
        );
        let steps = self.steps.iter();
        let steps: Vec<String> = steps
            .map(|step| format!("{} {}", step.id.id(), step.status.word()))
            .collect();
        lines.push(format!("steps: {}", steps.join(", ")));
        lines
    }

    fn diagnosis(&self) -> Vec<String> {
        self.findings.iter().flat_map(finding).collect()
    }

    fn ladder(&self) -> Vec<String> {
        let rungs = self.ladder.iter().enumerate();
        rungs
            .map(|(at, rung)| {
                let ms = rung.ms.map_or_else(String::new, |ms| format!("{ms} ms"));
                format!(
                    "{}  {:<10} {:<9} {:>8}  {}",
                    at + 1,
                    rung.id.id(),
                    rung.status.id(),
                    ms,
                    rung.detail
                )
            })
            .collect()
    }

    fn offered(&self) -> Vec<String> {
        let keys = self.keys_offered.iter();
        keys.map(|key| {
            let parts = [
                key.answer.id(),
                key.file.as_deref().unwrap_or("no file"),
                &key.kind,
                key.fingerprint.as_deref().unwrap_or("no fingerprint"),
            ];
            format!("{}  (by the {})", parts.join("  "), key.source.id())
        })
        .collect()
    }

    fn keys(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for key in &self.keys {
            let mut parts = vec![
                key.file.as_deref().unwrap_or("agent only").to_owned(),
                key.kind.clone(),
                key.fingerprint.clone().unwrap_or_default(),
                format!("protection {}", key.protection),
                format!("in the agent: {}", yes(key.in_agent)),
                format!("certificate: {}", yes(key.certificate)),
                format!("server: {}", key.answer.id()),
            ];
            parts.retain(|part| !part.is_empty());
            lines.push(parts.join("  "));
            lines.extend(key.problems.iter().map(|problem| format!("   ! {problem}")));
        }
        let agent = &self.agent;
        let program = agent.program.as_deref().unwrap_or("an unknown program");
        lines.push(match (agent.holds, &agent.problem) {
            (Some(1), _) => format!("agent: {program}, holds 1 key"),
            (Some(many), _) => format!("agent: {program}, holds {many} keys"),
            (None, Some(problem)) => format!("agent: {program}. {problem}"),
            (None, None) => "agent: none".to_owned(),
        });
        lines
    }

    fn settings(&self) -> Vec<String> {
        self.settings.iter().map(SettingHere::line).collect()
    }

    fn observed(&self) -> Vec<String> {
        let observations = self.observations.iter();
        observations
            .map(|seen| {
                let mut line = seen.sign.clone();
                if !seen.evidence.is_empty() {
                    let _ = write!(line, ": {}", seen.evidence);
                }
                let values = seen.values.iter().filter(|(_, value)| !value.is_empty());
                let values: Vec<String> = values
                    .map(|(name, value)| format!("{name}={value}"))
                    .collect();
                if !values.is_empty() {
                    let _ = write!(line, "  ({})", values.join("; "));
                }
                line
            })
            .collect()
    }

    fn changed(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for run in &self.changes {
            lines.push(format!("{} ({})", run.when, run.standing));
            lines.extend(run.what.iter().map(|what| format!("  + {what}")));
        }
        lines
    }

    fn numbers(&self) -> Vec<String> {
        let Some(metrics) = &self.metrics else {
            return Vec::new();
        };
        let mut lines = vec![format!(
            "seconds {}, key presses {}, times back {}, retries {}, changes kept {}",
            metrics.seconds, metrics.presses, metrics.backs, metrics.retries, metrics.changes
        )];
        let failed = metrics.first_failed.iter();
        lines.extend(failed.map(|rung| format!("first failed at: {}", rung.id())));
        let success = metrics.seconds_to_success.iter();
        lines.extend(success.map(|seconds| format!("worked first after {seconds} s")));
        lines
    }

    fn surroundings(&self) -> Vec<String> {
        let terminal = &self.terminal;
        let size = terminal.size.as_deref().unwrap_or("no terminal");
        let variables = |set: bool| {
            let chosen = self.environment.iter().filter(|it| it.set == set);
            let told = chosen.map(|it| match &it.value {
                Some(value) => format!("{}={value}", it.name),
                None => it.name.clone(),
            });
            told.collect::<Vec<_>>().join(" ")
        };
        vec![
            format!(
                "terminal {}, {size}, tmux {}, UTF-8 {}, lines only {}",
                terminal.term,
                yes(terminal.tmux),
                yes(terminal.utf8),
                yes(terminal.plain)
            ),
            format!("variables that are set: {}", variables(true)),
            format!("not set: {}", variables(false)),
            format!("made {}, schema {}", self.made, self.schema),
        ]
    }

    fn hidden(&self) -> Vec<String> {
        let hidden = self.redactions.iter();
        hidden
            .map(|redaction| format!("{}: {}", redaction.rule, redaction.count))
            .collect()
    }
}

impl SettingHere {
    /// `FILE:LINE  KEYWORD VALUE  (used)`.
    pub fn line(&self) -> String {
        format!(
            "{}:{}  {} {}  ({})",
            self.file, self.line, self.keyword, self.value, self.standing
        )
    }
}

impl Moment {
    /// `  12 s  screen 71  You pressed 1: …`.
    pub fn line(&self) -> String {
        format!(
            "{:>4} s  screen {:02}  {}",
            self.t, self.screen, self.action
        )
    }
}

/// One line, in pieces where it is longer than a ticket takes; a line end in it, which only a report that was
/// edited has, is a blank.
fn put(page: &mut String, line: &str) {
    let mut length = 0;
    for c in line.chars() {
        if length == LONGEST {
            page.push('\n');
            length = 0;
        }
        page.push(if c.is_control() { ' ' } else { c });
        length += 1;
    }
    page.push('\n');
}

fn finding(finding: &ShownFinding) -> Vec<String> {
    let severity = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Advice => "advice",
    };
    let certainty = match finding.certainty {
        Certainty::Proven => "proven",
        Certainty::Likely => "likely",
    };
    let mut lines = vec![
        format!(
            "{} ({severity}, {certainty}, step {})",
            finding.code,
            finding.step.id()
        ),
        format!("  {}", finding.summary),
        format!("  {}", finding.cause),
    ];
    lines.extend(finding.evidence.iter().map(|line| format!("  - {line}")));
    lines.extend(finding.fixes.iter().map(|fix| {
        let first = if fix.recommended { ", recommended" } else { "" };
        let by = if fix.automatic {
            "by sshstep"
        } else {
            "by a person"
        };
        format!("  fix {}: {} ({by}{first})", fix.id, fix.summary)
    }));
    lines
}

fn yes(is_so: bool) -> &'static str {
    if is_so { "yes" } else { "no" }
}

/// The length of the longest run of this character.
fn longest_run(line: &str, of: char) -> usize {
    let runs = line.split(|c| c != of);
    runs.map(str::len).max().unwrap_or(0)
}
