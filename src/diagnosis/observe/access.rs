//! Which proof, beside the key, does the service want; and what can its own tool do here?

use crate::provider::Provider;
use crate::say;
use crate::text::{Kind, Text};

use super::super::sign::{Sign, Signs};
use super::Observed;

/// A day, an hour, a minute: the longest that a number of seconds is told in.
const UNITS: [(u64, &str, &str); 4] = [
    (86_400, "day", "days"),
    (3_600, "hour", "hours"),
    (60, "minute", "minutes"),
    (1, "second", "seconds"),
];

/// What the server says that it wants.
#[derive(Default)]
struct Wanted {
    /// `mfa`, `sso:PROVIDER`.
    methods: Vec<String>,
    /// How old a sign-in may be, in seconds.
    age: Option<u64>,
}

/// The signs of a service that took the key and wants more, and of a service whose own tool can help.
pub(super) fn from_access(seen: &Observed, signs: &mut Signs) {
    if let Some(provider) = seen.provider {
        from_tool(provider, signs);
    }
    let lines: Vec<String> = signs
        .of(Sign::ProofWanted)
        .map(|seen| seen.evidence.reveal())
        .collect();
    // The parameters say it exactly.
    let said = lines
        .iter()
        .find_map(|line| wanted(&line[line.find('{')?..]));
    if !lines.is_empty() {
        let wanted = said.unwrap_or_default();
        let again = sign_in(seen.provider, &wanted);
        let values = [("proof", in_words(&wanted)), ("again", again)];
        signs.add_with(Sign::ProofWanted, Text::default(), values);
    }
}

/// What the service's tool can do, whether it is installed or not.
fn from_tool(provider: &Provider, signs: &mut Signs) {
    let Some(cli) = &provider.cli else {
        return;
    };
    let tool = cli.program.name();
    let line = |args: &[String]| {
        let words = std::iter::once(tool).chain(args.iter().map(String::as_str));
        Text::command(shell_words::join(words))
    };
    if let Some(certificate) = &cli.certificate {
        let values = [
            ("tool", Text::public(tool)),
            ("load", line(&certificate.load)),
        ];
        signs.add_with(Sign::ToolMakesCertificates, Text::default(), values);
    }
    if cli.environment.is_some() {
        let values = [("tool", Text::public(tool))];
        signs.add_with(Sign::ToolKnowsEnvironments, Text::default(), values);
    }
}

/// The parameters of "Additional authentication is required"; none when they ask for nothing that is known.
fn wanted(json: &str) -> Option<Wanted> {
    let object: serde_json::Value = serde_json::from_str(json.trim()).ok()?;
    let methods = object.get("amr").and_then(|methods| methods.as_array());
    let methods = methods.into_iter().flatten();
    let wanted = Wanted {
        methods: methods
            .filter_map(|method| Some(method.as_str()?.to_owned()))
            .collect(),
        age: object.get("max_age").and_then(serde_json::Value::as_u64),
    };
    (!wanted.methods.is_empty() || wanted.age.is_some()).then_some(wanted)
}

fn in_words(wanted: &Wanted) -> Text {
    let mut words: Vec<Text> = Vec::new();
    for method in &wanted.methods {
        words.push(match (method.as_str(), method.strip_prefix("sso:")) {
            ("mfa", _) => Text::plain("a second factor (MFA)"),
            (_, Some("*")) => Text::plain("your organization's single sign-on (SSO)"),
            (_, Some(provider)) => say!(
                "the single sign-on (SSO) of {}",
                Text::of(Kind::Label, provider)
            ),
            (other, None) => say!("the proof {}", Text::quoted(other)),
        });
    }
    if let Some(age) = wanted.age {
        words.push(say!("a sign-in not older than {}", duration(age)));
    }
    if words.is_empty() {
        return Text::plain("a second factor (MFA)");
    }
    Text::join(words, " and ")
}

/// In the largest unit that tells it exactly.
fn duration(seconds: u64) -> Text {
    let fits = |(unit, ..): &&(u64, &str, &str)| seconds >= *unit && seconds.is_multiple_of(*unit);
    match UNITS.iter().find(fits) {
        Some((unit, one, _)) if seconds == *unit => say!("1 {}", Text::public(*one)),
        Some((unit, _, many)) => say!("{} {}", seconds / unit, Text::public(*many)),
        None => Text::plain("now"),
    }
}

/// What a person types to prove it.
fn sign_in(provider: Option<&Provider>, wanted: &Wanted) -> Text {
    let cli = provider.and_then(|provider| provider.cli.as_ref());
    let known = cli.and_then(|cli| Some((cli, cli.certificate.as_ref()?)));
    known.map_or_else(
        || Text::plain("with the service's own tool"),
        |(cli, certificate)| {
            let args = certificate.sign_in(&wanted.methods, wanted.age);
            let words = std::iter::once(cli.program.name()).chain(args.iter().map(String::as_str));
            Text::command(shell_words::join(words))
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(json: &str) -> Option<String> {
        Some(in_words(&wanted(json)?).reveal())
    }

    #[test]
    fn the_parameters_say_which_proof_is_wanted() {
        let of = |json| words(json).unwrap();
        assert_eq!(
            of(r#"{"amr":["mfa","sso:acme"]}"#),
            "a second factor (MFA) and the single sign-on (SSO) of acme"
        );
        assert_eq!(of(r#"{"max_age":3600}"#), "a sign-in not older than 1 hour");
        assert_eq!(
            of(r#"{"amr":["mfa"],"max_age":5400}"#),
            "a second factor (MFA) and a sign-in not older than 90 minutes"
        );
        assert_eq!(
            of(r#"{"amr":["sso:*"]}"#),
            "your organization's single sign-on (SSO)"
        );
        assert_eq!(of(r#"{"amr":["webauthn"]}"#), "the proof webauthn");
        for nothing in ["{}", r#"{"amr":[]}"#, "{no json", r#"{"amr":"mfa"}"#] {
            assert_eq!(words(nothing), None, "{nothing}");
        }
    }
}
