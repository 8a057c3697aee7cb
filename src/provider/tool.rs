//! What else does a service's own tool do: make certificates, look at environments, deploy them?
//!
//! Argument lists with holes, as in [`cli`](super::cli): `{project}` and `{environment}` are taken from the user part
//! of the address, by patterns of the same file.

use serde::Deserialize;

use super::data::Words;
use crate::pattern::Pattern;

/// How the tool gives the person a certificate.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificates {
    /// The arguments that load one.
    pub load: Vec<String>,
    /// The arguments of a new sign-in, without an old one being enough.
    pub again: Vec<String>,
    /// The arguments of a sign-in of a certain sort; `{methods}` stands for its names, divided by commas.
    pub methods: Vec<String>,
    /// The arguments of a sign-in that is not older than `{seconds}`.
    pub recent: Vec<String>,
    /// What loading one changes on this computer.
    pub writes: Words,
    /// Of an API token in place of a person, when it lacks the second factor.
    pub token: Words,
}

/// What the tool tells about the environment behind an address, and does with it. All lists have columns
/// divided by tabs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Environments {
    /// The shape of a user part that names a `{project}` and an `{environment}`. One of letters and digits alone is
    /// a project.
    pub user: Pattern,
    /// Lists the project's environments: name, name in addresses, status.
    pub states: Vec<String>,
    /// Lists the last deployment of the environment: state, result.
    pub last: Vec<String>,
    /// The result of a deployment that failed.
    pub failed: String,
    /// The words for each status.
    pub status: Status,
    /// Deploys it again.
    pub redeploy: Vec<String>,
    /// Starts one that is not active.
    pub activate: Vec<String>,
    /// Starts one that is paused.
    pub resume: Vec<String>,
    /// Lists what the project is connected with: sort, summary.
    pub integrations: Vec<String>,
    /// The integrations that bring the code, so that pushes go there.
    pub integration: Vec<Integration>,
    /// What the person types where the tool is not there: an empty commit.
    pub commit: Vec<String>,
}

/// How the tool names the statuses.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Status {
    /// It runs.
    pub active: String,
    /// It does not run.
    pub inactive: String,
    /// It rests until somebody wakes it.
    pub paused: String,
    /// Something is being done with it.
    pub busy: String,
}

/// A service that the code comes from.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Integration {
    /// Its sort in the list.
    pub sort: String,
    /// As people call it.
    pub name: String,
    /// Its host, unless the summary names one.
    pub host: Option<String>,
    /// What in the summary names the `{repository}`; without it, its address is for the person to find.
    pub repository: Option<Pattern>,
}

/// What the user part of an address names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The project.
    pub project: String,
    /// The environment, by its name in addresses; none where an address is for all of them.
    pub environment: Option<String>,
}

impl Place {
    /// These arguments for this place. A hole is a whole argument; nothing in a value is looked at again.
    pub fn fill(&self, args: &[String]) -> Vec<String> {
        let fill = |arg: &String| match arg.as_str() {
            "{project}" => self.project.clone(),
            "{environment}" => self.environment.clone().unwrap_or_default(),
            _ => arg.clone(),
        };
        args.iter().map(fill).collect()
    }
}

impl Environments {
    /// What a login name names; none where it has another shape.
    pub fn place(&self, user: &str) -> Option<Place> {
        let plain = |name: &str| {
            let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
            // The tool could take it for an option.
            (!name.starts_with('-') && name.chars().all(is_plain)).then(|| name.to_owned())
        };
        let (project, environment) = match self.user.matches(user) {
            Some(held) => (
                held.get("project")?.to_owned(),
                Some(plain(held.get("environment")?)?),
            ),
            None if user.chars().all(|c| c.is_ascii_alphanumeric()) => (user.to_owned(), None),
            None => return None,
        };
        Some(Place {
            project: plain(&project)?,
            environment,
        })
    }
}

impl Certificates {
    /// The arguments of a sign-in that proves all of this; the server's words are not believed to be harmless.
    pub fn sign_in(&self, methods: &[String], seconds: Option<u64>) -> Vec<String> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':');
        let is_name = |name: &String| {
            name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.chars().all(is_plain)
        };
        let with = |args: &[String], hole: &str, value: &str| -> Vec<String> {
            args.iter().map(|arg| arg.replace(hole, value)).collect()
        };
        let mut args = Vec::new();
        if !methods.is_empty() && methods.iter().all(is_name) {
            args = with(&self.methods, "{methods}", &methods.join(","));
        }
        if let Some(seconds) = seconds {
            let recent = with(&self.recent, "{seconds}", &seconds.to_string());
            // Both begin with the word for signing in.
            let rest = if args.is_empty() { 0 } else { 1 };
            args.extend(recent.into_iter().skip(rest));
        }
        if args.is_empty() {
            self.again.clone()
        } else {
            args
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::provider::Providers;

    fn platform() -> &'static super::super::Cli {
        let provider = Providers::embedded().by_id("platformsh").unwrap();
        provider.cli.as_ref().unwrap()
    }

    #[test]
    fn the_user_part_names_the_project_and_the_environment() {
        let environments = platform().environment.as_ref().unwrap();
        let place = environments.place("abcdefghi5k-main-7rqtwti--app").unwrap();
        assert_eq!(place.project, "abcdefghi5k");
        assert_eq!(place.environment.as_deref(), Some("main-7rqtwti"));
        let filled = place.fill(&environments.redeploy);
        assert!(filled.windows(2).any(|two| two == ["-p", "abcdefghi5k"]));
        assert!(filled.windows(2).any(|two| two == ["-e", "main-7rqtwti"]));
        let worker = environments
            .place("abc-feature-x-bvxea6i--app--queue")
            .unwrap();
        assert_eq!(worker.environment.as_deref(), Some("feature-x-bvxea6i"));
        let git = environments.place("abcdefghi5k").unwrap();
        assert_eq!(
            (git.project.as_str(), git.environment),
            ("abcdefghi5k", None)
        );
        for odd in ["-p--x", "a;b-main-x--app", "a b"] {
            assert_eq!(environments.place(odd), None, "{odd}");
        }
    }

    #[test]
    fn a_sign_in_asks_for_the_proof_that_is_wanted() {
        let certificate = platform().certificate.as_ref().unwrap();
        let sign_in = |methods: &[&str], seconds| {
            let methods: Vec<String> = methods.iter().map(|name| (*name).to_owned()).collect();
            certificate.sign_in(&methods, seconds).join(" ")
        };
        assert_eq!(
            sign_in(&["mfa", "sso:acme"], None),
            "login --method mfa,sso:acme"
        );
        assert_eq!(sign_in(&[], Some(3600)), "login --max-age 3600");
        assert_eq!(
            sign_in(&["mfa"], Some(60)),
            "login --method mfa --max-age 60"
        );
        assert_eq!(sign_in(&[], None), "login -f");
        // A server's words are no options.
        assert_eq!(sign_in(&["--evil"], None), "login -f");
        assert_eq!(sign_in(&["a b"], None), "login -f");
    }
}
