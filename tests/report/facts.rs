//! Do both forms tell the same, and what is promised?

use serde_json::{Value, json};
use sshstep::report::Report;

use super::worlds::{self, World};

fn report(world: &World) -> Value {
    let output = world.run(&["report", "--json"]).expect(0);
    serde_json::from_str(&output.stdout).expect("JSON")
}

fn read(whole: &Value) -> Option<Report> {
    Report::read(whole.to_string().as_bytes()).ok()
}

/// The Markdown without the reference, which any other character changes.
fn page(report: &Report) -> String {
    let read_aloud = format!("reference {}", report.reference());
    report.markdown().replace(&read_aloud, "")
}

/// What the wizard adds.
fn with_session(mut whole: Value) -> Value {
    whole["screen"] = json!(71);
    whole["timeline"] = json!([{ "t": 12, "screen": 30, "action": "You pressed c: copied" }]);
    whole["metrics"] = json!({
        "seconds": 83, "presses": 14, "backs": 3, "retries": 2, "changes": 1, "first_failed": "offer",
        "seconds_to_success": 77,
    });
    whole["terminal"]["size"] = json!("80x24");
    whole
}

/// Every place of a leaf, as a JSON pointer.
fn leaves(of: &Value, at: &str, found: &mut Vec<String>) {
    match of {
        Value::Object(fields) => {
            for (name, value) in fields {
                leaves(value, &format!("{at}/{name}"), found);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                leaves(value, &format!("{at}/{index}"), found);
            }
        }
        Value::Null => {}
        Value::Bool(_) | Value::Number(_) | Value::String(_) => found.push(at.to_owned()),
    }
}

/// Each fact of the JSON stands in the Markdown; where it is another, so is the Markdown.
fn tell_the_same(whole: &Value) {
    let report = read(whole).expect("a report");
    let (markdown, whole_page) = (page(&report), report.markdown());
    let mut places = Vec::new();
    leaves(whole, "", &mut places);
    assert!(places.len() > 80, "{places:?}");
    for place in places {
        let leaf = whole.pointer(&place).expect("it was found there");
        let words = match leaf {
            Value::String(words) => words.trim_end().to_owned(),
            Value::Number(number) => number.to_string(),
            Value::Bool(_) | Value::Null | Value::Array(_) | Value::Object(_) => String::new(),
        };
        assert!(
            whole_page.contains(&words),
            "{place}: {words:?}\n{whole_page}"
        );
        let mut other = whole.clone();
        let changed = other.pointer_mut(&place).expect("the same");
        *changed = match leaf {
            Value::String(words) => json!(format!("{words}~")),
            Value::Number(number) => json!(number.as_u64().unwrap_or_default() + 1),
            Value::Bool(is_so) => json!(!is_so),
            Value::Null | Value::Array(_) | Value::Object(_) => Value::Null,
        };
        // One of a few words, or a schema, is not read as anything else.
        if let Some(other) = read(&other) {
            assert_ne!(page(&other), markdown, "{place} is not told");
        }
    }
}

macro_rules! worlds {
    ($($name:ident)*) => {$(
        #[test]
        fn $name() {
            let world = worlds::$name();
            let whole = report(&world);
            tell_the_same(&with_session(whole.clone()));
            is_as_promised(&world, &whole);
        }
    )*};
}
worlds! { alias locked changed_host certificates earlier_runs repository works }

/// contract.md, section 3.
fn is_as_promised(world: &World, whole: &Value) {
    let text = format!("{whole:#}\n");
    let back = read(whole).expect("a report");
    let again = Report::read(back.json().as_bytes()).expect("a report");
    assert_eq!(back, again);
    let reread: Value = serde_json::from_str(&back.json()).expect("JSON");
    assert_eq!(&reread, whole, "{text}");

    assert_eq!(whole["schema"], 1);
    assert_eq!(whole["tool"]["name"], "sshstep");
    assert!(whole["tool"]["version"].is_string());
    for field in ["input", "user", "host"] {
        assert!(whole["target"][field].is_string(), "{text}");
    }
    assert!(whole["target"]["port"].is_u64());
    assert!(whole["target"].get("provider").is_some());
    assert!(whole.get("identity").is_some());
    for name in [
        "findings",
        "ladder",
        "steps",
        "keys_offered",
        "changes",
        "settings",
        "keys",
    ] {
        assert!(whole[name].is_array(), "{name}: {text}");
    }
    assert_eq!(whole["ladder"].as_array().map(Vec::len), Some(7));
    assert_eq!(whole["steps"].as_array().map(Vec::len), Some(6));
    for finding in whole["findings"].as_array().into_iter().flatten() {
        assert!(
            ["proven", "likely"]
                .map(Value::from)
                .contains(&finding["certainty"])
        );
        assert!(
            ["error", "warning", "advice"]
                .map(Value::from)
                .contains(&finding["severity"])
        );
        for field in ["code", "step", "summary", "cause"] {
            assert!(finding[field].is_string(), "{finding}");
        }
        assert!(finding["evidence"].is_array());
        for fix in finding["fixes"].as_array().into_iter().flatten() {
            assert!(fix["id"].is_string() && fix["summary"].is_string());
            assert!(fix["automatic"].is_boolean() && fix["recommended"].is_boolean());
        }
    }

    let checked = world.run(&["check", "--json"]);
    let checked: Value = serde_json::from_str(&checked.stdout).expect("JSON");
    assert_eq!(whole["outcome"], checked["outcome"]);
    let codes = |of: &Value| -> Vec<Value> {
        let findings = of["findings"].as_array().into_iter().flatten();
        findings.map(|finding| finding["code"].clone()).collect()
    };
    assert_eq!(codes(whole), codes(&checked));
}

/// Hostile words stay in their fence, as one line of a bearable length each.
#[test]
fn nothing_from_outside_leaves_its_fence() {
    for world in [
        worlds::hostile_server(),
        worlds::hostile_gate(),
        worlds::odd_names(),
    ] {
        let whole = report(&world);
        is_fenced(&read(&whole).expect("a report").markdown());
        // Somebody's own JSON may hold what ours never does.
        let mut hostile = whole;
        hostile["git"] = json!([
            "````",
            "a\n```\n# title ![x](y)\r\n@somebody",
            "`".repeat(9)
        ]);
        hostile["log"] = json!(["x".repeat(5000)]);
        is_fenced(&read(&hostile).expect("a report").markdown());
    }
}

fn is_fenced(page: &str) {
    let fence = page
        .lines()
        .find_map(|line| line.strip_suffix("text"))
        .expect("a block");
    assert!(
        fence.len() > 2 && fence.chars().all(|c| c == '`'),
        "{fence}"
    );
    let mut is_inside = false;
    for line in page.lines() {
        assert!(line.chars().count() <= 410, "{line}");
        if is_inside {
            is_inside = line != fence;
            let begin = line.trim_start().chars().take_while(|c| *c == '`').count();
            assert!(!is_inside || begin < fence.len(), "{line}");
        } else if line == format!("{fence}text") {
            is_inside = true;
        } else {
            let own = line
                .strip_prefix("## ")
                .or(line.strip_prefix("# "))
                .unwrap_or(line);
            let is_own = own
                .chars()
                .all(|c| c.is_ascii_alphabetic() || " '".contains(c));
            assert!(is_own, "{line:?} stands outside:\n{page}");
        }
    }
    assert!(!is_inside);
}
