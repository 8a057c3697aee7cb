//! How does a service get reached through its other port, where the usual one is blocked?

use crate::facts::Effective;
use crate::probe;
use crate::provider::{HostKeyType, Published};
use crate::say;
use crate::settings::Intended;
use crate::target::Target;
use crate::trouble::Trouble;

use super::sheet::Sheet;
use super::{Draft, Situation, impossible, known_hosts};

/// HostName and Port of the other door, once a server answers there with a key that the service publishes, and
/// that key for known_hosts.
pub(super) async fn draft(situation: &Situation) -> Result<Draft, Trouble> {
    let machine = &situation.machine;
    let provider = situation
        .provider
        .as_ref()
        .ok_or_else(|| impossible("It is no service that sshstep knows."))?;
    let door = provider
        .alternative
        .as_ref()
        .ok_or_else(|| impossible("The service has no other port."))?;
    if situation.target.port.is_some() {
        return Err(impossible("The port stands in the address."));
    }
    let user = provider.user_at(&situation.target.host);
    let there = Target {
        input: door.host.clone(),
        host: door.host.clone(),
        port: Some(door.port),
        user: user.map(str::to_owned),
        identity: None,
        ..situation.target.clone()
    };
    let shown = probe::fetch(machine, &there)
        .await
        .map_err(|unfetched| impossible(unfetched.trouble.why))?;
    let is_published = |key: &&probe::ServerKey| {
        let kind = HostKeyType::from_openssh(&key.key_type);
        kind.is_some_and(|kind| {
            matches!(
                provider.published(&door.host, kind, &key.fingerprint),
                Published::Same(_)
            )
        })
    };
    let key = shown.keys.iter().find(is_published).ok_or_else(|| {
        impossible("The server that answers there shows no key that the service publishes.")
    })?;

    let mut sheet = Sheet::new(situation);
    let wanted = [
        ("HostName", door.host.clone()),
        ("Port", door.port.to_string()),
    ];
    let user = user.map(|user| ("User", user.to_owned()));
    sheet.set(&wanted, &user.into_iter().collect::<Vec<_>>())?;
    let intended = Intended {
        host_name: Some(door.host.clone()),
        port: Some(door.port),
        ..Intended::default()
    };
    let title = say!(
        "Reach {} through port {}",
        provider.shown_name(),
        u64::from(door.port)
    );
    let mut draft = Draft::of_settings(title, sheet.candidate(intended));
    // The name under which ssh will look the key up, once the new block is there.
    let effective = Effective::ask(machine, &[], &there).await?;
    let name = Target::known_hosts_name(&door.host, door.port);
    let files = effective.known_hosts_files(machine);
    let known = crate::facts::known_hosts::look_up(machine, &name, &files).await;
    let is_known = known
        .as_ref()
        .is_some_and(|lines| lines.iter().any(|line| line.fingerprint == key.fingerprint));
    if !is_known && let Some(target) = &situation.facts.target {
        draft.changes = known_hosts::remember(key, &target.known_hosts);
    }
    Ok(draft)
}
