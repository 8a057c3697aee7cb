//! Do patterns mean what the table in `pattern.rs` says, on hostile lines too?

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

fn pattern(source: &str) -> Pattern {
    Pattern::parse(source).unwrap()
}

/// The named holes as `name=value`, or None when the line does not match.
fn held(source: &str, line: &str) -> Option<Vec<String>> {
    let pattern = pattern(source);
    let captures = pattern.matches(line)?;
    Some(captures.iter().map(|(n, v)| format!("{n}={v}")).collect())
}

#[test]
fn holes_take_the_shortest_run_up_to_the_next_literal() {
    assert_eq!(
        held("Hi {account}!", "Hi octocat! Hi!").unwrap(),
        ["account=octocat"]
    );
    assert_eq!(
        held(
            "{user}@{host}: Permission denied ({methods}).",
            "git@h: Permission denied (publickey,password)."
        )
        .unwrap(),
        ["user=git", "host=h", "methods=publickey,password"]
    );
}

#[test]
fn a_literal_that_comes_too_early_does_not_lose_the_match() {
    assert_eq!(
        held("{a}: {n:int} x", "foo: bar: 5 x").unwrap(),
        ["a=foo: bar", "n=5"]
    );
    assert_eq!(
        held("^logged in as {account:word}.$", "logged in as a.b.c.").unwrap(),
        ["account=a.b.c"]
    );
}

#[test]
fn a_hole_at_the_end_takes_all_it_can() {
    assert_eq!(
        held("reason: {why}", "a reason: no such file").unwrap(),
        ["why=no such file"]
    );
    assert_eq!(held("port {n:int}", "port 2222:2").unwrap(), ["n=2222"]);
    assert_eq!(held("for {f:word}", "for /a/b c").unwrap(), ["f=/a/b"]);
    assert_eq!(held("for {f:word}$", "for /a/b c"), None);
}

#[test]
fn a_named_hole_is_never_empty_and_an_unnamed_one_may_be() {
    assert_eq!(held("Hi {account}!", "Hi !"), None);
    assert_eq!(held("a{_}b", "ab").unwrap(), Vec::<String>::new());
    assert_eq!(held("a{_}b", "a-b").unwrap(), Vec::<String>::new());
}

#[test]
fn anchors_hold_the_line_ends() {
    assert!(held("^b", "ab").is_none());
    assert!(held("b", "ab").is_some());
    assert!(held("a$", "ab").is_none());
    assert!(held("^ab$", "ab\r\n").is_some());
    assert!(held("^{_}b$", "aab").is_some());
}

#[test]
fn doubled_braces_are_braces() {
    assert_eq!(held("x = {{{inner}}}", "x = {7}").unwrap(), ["inner=7"]);
}

#[test]
fn wide_characters_are_not_cut() {
    assert_eq!(held("»{x}«", "é»ü«").unwrap(), ["x=ü"]);
}

#[test]
fn wrong_patterns_say_what_is_wrong() {
    let error = |source: &str| Pattern::parse(source).unwrap_err();
    assert_eq!(error(""), PatternError::NoLiteral);
    assert_eq!(error("^{a}$"), PatternError::NoLiteral);
    assert_eq!(error("a {b"), PatternError::Unclosed);
    assert_eq!(error("a }b"), PatternError::Unopened);
    assert_eq!(error("a {b:hex}"), PatternError::BadHole("b:hex".into()));
    assert_eq!(error("a {B}"), PatternError::BadHole("B".into()));
    assert_eq!(error("a {}"), PatternError::BadHole(String::new()));
    assert_eq!(error("{a} {a}"), PatternError::Repeated("a".into()));
    assert_eq!(error("x{a}{_}"), PatternError::SideBySide);
    assert_eq!(error(&"x{_}".repeat(16)), PatternError::TooLong);
    assert_eq!(
        error("a {b:hex}").to_string(),
        "{b:hex} is not a hole; write {name}, {name:word}, {name:int} or {_}"
    );
}

#[test]
fn the_longest_literal_is_offered_for_a_prefilter() {
    assert_eq!(
        pattern("Hi {a}! You have {b} keys").longest_literal(),
        "! You have "
    );
}

#[test]
fn a_line_made_to_explode_a_matcher_takes_no_time() {
    let hard = pattern("^a{b}a{c}a{d}a{e}a{f}a{g}a{h}a{i}a{j}a{k}Z$");
    let line = "a".repeat(LONGEST_LINE - 1) + "Z";
    let begin = Instant::now();
    assert!(hard.matches(&line).is_some());
    assert!(hard.matches(&line.replace('Z', "Zz")).is_none());
    // Exponential or cubic work on 64 KiB would take hours; the bound is wide for slow machines.
    assert!(begin.elapsed() < Duration::from_secs(5));
    assert!(hard.matches(&"a".repeat(LONGEST_LINE + 1)).is_none());
}

proptest! {
    /// Lines put together from a pattern's own parts are always recognised, and each hole holds
    /// what was put there whenever that text cannot be mistaken for the literal that follows.
    #[test]
    fn what_was_put_into_the_holes_comes_out(
        who in "[a-z]{1,8}", number in 0u32..100_000, why in "[a-z ]{1,12}", junk in "[^@:]{0,6}",
    ) {
        let line = format!("{junk}{who}@host port {number}: {why}");
        let shape = pattern("{who:word}@host port {number:int}: {why}");
        let captures = shape.matches(&line).unwrap();
        prop_assert!(captures.get("who").unwrap().ends_with(&who));
        let number = number.to_string();
        prop_assert_eq!(captures.get("number"), Some(number.as_str()));
        prop_assert_eq!(captures.get("why"), Some(why.as_str()));
    }

    /// The answer agrees with trying every way to cut the line, on short lines.
    #[test]
    fn the_answer_agrees_with_trying_everything(
        source in "\\^?(a|b|ab|\\{x\\}a|\\{_\\}b|\\{n:int\\}a|\\{w:word\\}b){1,1}(a|\\{y\\}b|\\{_\\}a)?\\$?",
        line in "[ab1 ]{0,8}",
    ) {
        if let Ok(shape) = Pattern::parse(&source) {
            prop_assert_eq!(shape.matches(&line).is_some(), every_way(&shape, &line), "{}", source);
        }
    }

    /// No text makes parsing or matching panic.
    #[test]
    fn nothing_panics(source in "\\PC{0,24}", line in "\\PC{0,40}") {
        if let Ok(shape) = Pattern::parse(&source) {
            let _ = shape.matches(&line);
        }
    }
}

fn every_way(shape: &Pattern, line: &str) -> bool {
    fn fits(shape: &Pattern, index: usize, rest: &str) -> bool {
        let Some(part) = shape.parts.get(index) else {
            return shape.end == Anchor::None || rest.is_empty();
        };
        match part {
            Part::Literal(text) => rest
                .strip_prefix(text.as_str())
                .is_some_and(|rest| fits(shape, index + 1, rest)),
            Part::Hole(hole) => (usize::from(hole.kind != HoleKind::Anything)..=rest.len())
                .filter(|at| rest[..*at].chars().all(|c| hole.kind.takes(c)))
                .any(|at| fits(shape, index + 1, &rest[at..])),
        }
    }
    match shape.start {
        Anchor::Line => fits(shape, 0, line),
        Anchor::None => (0..=line.len()).any(|at| fits(shape, 0, &line[at..])),
    }
}
