//! Which private repository is it, and who hosts it?

use crate::provider::Provider;
use crate::steps::Context;
use crate::target::{Scheme, Target};
use crate::text::{Kind, Text};
use crate::trouble::Trouble;

/// Repositories of the folder that are offered.
const MOST: usize = 4;

/// A repository at its host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Repository {
    /// As the address names it.
    pub(super) host: String,
    /// `OWNER/REPOSITORY`, without `.git`.
    pub(super) path: String,
    user: Option<String>,
    port: Option<u16>,
}

/// What this folder needs: its submodules, then where it comes from. The service itself hosts no other's code.
pub(super) fn near(context: &Context) -> Vec<Repository> {
    let git = &context.facts.git;
    let submodules = git.submodules.iter();
    let submodules =
        submodules.filter_map(|one| Repository::new(&one.host, &one.repository, None, None));
    let remotes = git.remotes.iter();
    let remotes = remotes.filter_map(|remote| Repository::of(&remote.target));
    let is_own = |one: &Repository| {
        let service = context.provider();
        service.is_some_and(|service| service.serves(&one.host))
    };
    let mut near: Vec<Repository> = Vec::new();
    for one in submodules.chain(remotes).filter(|one| !is_own(one)) {
        if !near.contains(&one) && near.len() < MOST {
            near.push(one);
        }
    }
    near
}

impl Repository {
    fn new(host: &str, path: &str, user: Option<String>, port: Option<u16>) -> Option<Self> {
        let path = path.trim_matches('/');
        let path = path.strip_suffix(".git").unwrap_or(path);
        (!path.is_empty()).then(|| Self {
            host: host.to_owned(),
            path: path.to_owned(),
            user,
            port,
        })
    }

    fn of(target: &Target) -> Option<Self> {
        // The account's name in an https address is no login of ssh, and its port none of ssh's.
        let (user, port) = match target.scheme {
            Scheme::Https => (None, None),
            Scheme::Ssh | Scheme::Host => (target.user.clone(), target.port),
        };
        Self::new(&target.host, target.repository.as_ref()?, user, port)
    }

    /// What the person typed.
    ///
    /// # Errors
    /// When it is no address of a repository.
    pub(super) fn parse(typed: &str) -> Result<Self, Trouble> {
        let target = Target::parse(typed)?;
        let path = target.repository.as_deref().unwrap_or_default();
        if path.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(no_repository());
        }
        Self::of(&target).ok_or_else(no_repository)
    }

    /// The service that hosts it.
    pub(super) fn provider<'a>(&self, context: &'a Context) -> Option<&'a Provider> {
        context.providers.for_host(&self.host)
    }

    /// Where ssh connects for it.
    pub(super) fn target(&self, context: &Context) -> Target {
        let fixed = self
            .provider(context)
            .and_then(|provider| provider.user_at(&self.host));
        Target {
            input: self.host.clone(),
            host: self.host.clone(),
            user: self
                .user
                .clone()
                .or_else(|| Some(fixed.unwrap_or("git").to_owned())),
            port: self.port,
            identity: None,
            repository: Some(self.path.clone()),
            scheme: Scheme::Ssh,
        }
    }

    /// Its path, for a person.
    pub(super) fn name(&self) -> Text {
        Text::of(Kind::Repository, self.path.clone())
    }
}

fn no_repository() -> Trouble {
    Trouble::new(
        "This is no repository's address.",
        "It names a server, and nothing behind it.",
        "Copy the address from the repository's page, for example with its button for SSH.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_host_and_path_in_whatever_form() {
        for address in [
            "git@github.com:octo/site.git",
            "ssh://git@github.com/octo/site",
            "https://github.com/octo/site.git",
        ] {
            let one = Repository::parse(address).unwrap();
            assert_eq!((&*one.host, &*one.path), ("github.com", "octo/site"));
        }
        for wrong in ["github.com", "git@github.com", "", "https://github.com/"] {
            assert!(Repository::parse(wrong).is_err(), "{wrong}");
        }
    }
}
