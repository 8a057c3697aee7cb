//! What does a service's own tool tell about the environment behind an address: does it run, where does its code come from?
//!
//! Asked only, nothing is changed. The tool's lists have columns divided by tabs.

use std::path::Path;

use crate::account::{self, Untold};
use crate::machine::Machine;
use crate::platform::process::Output;
use crate::provider::Provider;
use crate::provider::cli::{Cli, Environments, Integration, Place};
use crate::say;
use crate::target::Target;
use crate::text::Text;
use crate::trouble::Trouble;

/// What was told.
#[derive(Clone, Debug)]
pub struct Environment {
    /// The project and environment that the address names.
    pub place: Place,
    /// The environment as people call it, mostly its branch.
    pub name: Option<Text>,
    /// Whether it runs.
    pub state: State,
    /// How its last deployment ended.
    pub last: Last,
    /// Where the project's code comes from, when that is another service.
    pub source: Option<Source>,
}

/// Whether an environment runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It does.
    Active,
    /// It does not.
    Inactive,
    /// It rests until somebody wakes it.
    Paused,
    /// Something is being done with it.
    Busy,
    /// In a word of the tool that is not known here.
    Other(Text),
    /// The project has no environment of this name.
    NotListed,
    /// The address names no environment.
    NotNamed,
}

/// How the last deployment ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Last {
    /// It failed.
    Failed,
    /// It did not, or is not known.
    Fine,
}

/// The service that the code comes from.
#[derive(Clone, Debug)]
pub struct Source {
    /// As people call it.
    pub name: Text,
    /// Where git and ssh reach the repository; none when its host is not told.
    pub target: Option<Target>,
}

/// Asks the tool. An address of a whole project is asked about its code's origin, any other about its environment.
///
/// # Errors
/// When nobody is signed in, the address is not understood, or the tool does not list.
pub async fn look(
    machine: &Machine,
    program: &Path,
    provider: &Provider,
    cli: &Cli,
    user: &str,
) -> Result<Environment, Untold> {
    let known = cli.environment.as_ref();
    let place = known.and_then(|known| known.place(user));
    let (Some(known), Some(place)) = (known, place) else {
        return Err(Untold::from(Trouble::new(
            "The address does not say which project it is about.",
            "The part in front of the @ sign has another shape than usual.",
            "Copy the address again from the service's page.",
        )));
    };
    account::who(machine, program, provider, cli).await?;
    let ask = |args: &[String]| {
        let args = place.fill(args);
        async move { account::run(machine, program, cli, &args).await }
    };
    let mut told = Environment {
        name: None,
        state: State::NotNamed,
        last: Last::Fine,
        source: None,
        place: place.clone(),
    };
    let Some(wanted) = &place.environment else {
        let said = ask(&known.integrations).await?;
        told.source = source(&known.integration, &said.stdout);
        return Ok(told);
    };
    let said = ask(&known.states).await?;
    if said.code != Some(0) {
        return Err(not_listed(cli, &said).into());
    }
    (told.name, told.state) =
        state(known, &said.stdout, wanted).ok_or_else(|| not_listed(cli, &said))?;
    if matches!(told.state, State::Active | State::Inactive | State::Busy) {
        let said = ask(&known.last).await?;
        told.last = last(known, &said.stdout);
    }
    Ok(told)
}

/// The name and the state of the environment with this name in addresses; none when this is no list of environments,
/// of which every project has one.
fn state(known: &Environments, list: &str, wanted: &str) -> Option<(Option<Text>, State)> {
    let rows = list.lines().map(|line| line.split('\t').map(str::trim));
    let mut is_list = false;
    for mut row in rows {
        let (Some(name), Some(machine), Some(status)) = (row.next(), row.next(), row.next()) else {
            continue;
        };
        is_list = true;
        if machine != wanted {
            continue;
        }
        let words = &known.status;
        let state = match status {
            _ if status == words.active => State::Active,
            _ if status == words.inactive => State::Inactive,
            _ if status == words.paused => State::Paused,
            _ if status == words.busy => State::Busy,
            _ => State::Other(Text::quoted(status)),
        };
        return Some((Some(Text::user(name)), state));
    }
    is_list.then_some((None, State::NotListed))
}

fn last(known: &Environments, list: &str) -> Last {
    let result = list.lines().find_map(|line| line.split('\t').nth(1));
    match result {
        Some(result) if result.trim() == known.failed => Last::Failed,
        Some(_) | None => Last::Fine,
    }
}

/// The first integration that brings code. A summary of several lines stands in quotation marks.
fn source(known: &[Integration], list: &str) -> Option<Source> {
    let lines: Vec<&str> = list.lines().collect();
    let is_row = |line: &str, sort: &str| {
        line.strip_prefix(sort)
            .is_some_and(|rest| rest.starts_with('\t'))
    };
    for (at, line) in lines.iter().enumerate() {
        let Some(integration) = known.iter().find(|one| is_row(line, &one.sort)) else {
            continue;
        };
        let rest = lines[at + 1..]
            .iter()
            .take_while(|line| !line.contains('\t'));
        let summary: Vec<&str> = std::iter::once(line)
            .chain(rest)
            .map(|line| line.trim().trim_matches('"'))
            .collect();
        let own = summary.iter().find_map(|line| {
            let url = line.strip_prefix("Base URL: https://")?;
            url.split('/').next()
        });
        let shape = integration.repository.as_ref();
        let repository = summary
            .iter()
            .find_map(|line| Some(shape?.matches(line)?.get("repository")?.to_owned()));
        let target = own
            .or(integration.host.as_deref())
            .zip(repository)
            .and_then(|(host, repository)| {
                let repository = repository.trim_matches('"');
                Target::parse(&format!("git@{host}:{repository}.git")).ok()
            });
        return Some(Source {
            name: Text::public(&integration.name),
            target,
        });
    }
    None
}

fn not_listed(cli: &Cli, said: &Output) -> Trouble {
    Trouble::new(
        say!(
            "{} did not tell about the project.",
            Text::public(cli.program.name())
        ),
        account::words(said).pop().unwrap_or_default(),
        "Check that the project in the address is yours, and that you may see it.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::Providers;

    fn known() -> &'static Environments {
        let provider = Providers::embedded().by_id("platformsh").unwrap();
        let cli = provider.cli.as_ref().unwrap();
        cli.environment.as_ref().unwrap()
    }

    #[test]
    fn the_state_is_that_of_the_environment_in_the_address() {
        let list = "main\tmain-bvxea6i\tActive\nfeature/x\tfeature-x-7rqtwti\tInactive\n\
                    nap\tnap-1\tPaused\nnew\tnew-1\tIn progress\nold\told-1\tDeleting\n";
        let of = |name| {
            let (name, state) = state(known(), list, name).unwrap();
            (name.map(|name| name.reveal()), state)
        };
        assert_eq!(of("main-bvxea6i"), (Some("main".into()), State::Active));
        assert_eq!(
            of("feature-x-7rqtwti"),
            (Some("feature/x".into()), State::Inactive)
        );
        assert_eq!(of("nap-1").1, State::Paused);
        assert_eq!(of("new-1").1, State::Busy);
        assert_eq!(of("old-1").1, State::Other(Text::quoted("Deleting")));
        assert_eq!(of("main"), (None, State::NotListed));
        for no_list in ["", "A new version is there!\n"] {
            assert!(state(known(), no_list, "main-bvxea6i").is_none());
        }
    }

    #[test]
    fn a_failed_deployment_is_one() {
        assert_eq!(last(known(), "complete\tfailure\n"), Last::Failed);
        assert_eq!(last(known(), "complete\tsuccess\n"), Last::Fine);
        assert_eq!(last(known(), "in progress\t\n"), Last::Fine);
        assert_eq!(last(known(), ""), Last::Fine);
    }

    #[test]
    fn the_code_s_origin_is_read_from_the_integrations() {
        let of = |list: &str| {
            let source = source(&known().integration, list)?;
            Some((
                source.name.reveal(),
                source.target.map(|target| target.input),
            ))
        };
        let github = "health.email\tTo: a@b.example\n\
            github\t\"Repository: acme/site\nHook URL: https://eu.platform.sh/api/x\"\n";
        assert_eq!(
            of(github),
            Some(("GitHub".into(), Some("git@github.com:acme/site.git".into())))
        );
        let own = "gitlab\t\"Project: acme/site\nBase URL: https://git.acme.example/\"\n";
        assert_eq!(
            of(own),
            Some((
                "GitLab".into(),
                Some("git@git.acme.example:acme/site.git".into())
            ))
        );
        let server = "bitbucket_server\t\"Project: ACME\nBase URL: https://b.acme.example\"\n";
        assert_eq!(of(server), Some(("Bitbucket Server".into(), None)));
        assert_eq!(of("webhook\tURL: https://a.example\n"), None);
        assert_eq!(of(""), None);
    }
}
