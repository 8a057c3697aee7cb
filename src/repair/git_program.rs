//! How does git come to run the ssh of this computer again?

use crate::say;
use crate::text::Text;
use crate::trouble::Trouble;

use super::git::Settings;
use super::git_file::GitEdit;
use super::{Draft, Situation, impossible};

/// This computer's ssh in place of a program that is not there, or of another one.
pub(super) async fn ssh_program(situation: &Situation) -> Result<Draft, Trouble> {
    let machine = &situation.machine;
    let git = &situation.facts.git;
    let Some(program) = git.program.as_ref().filter(|program| program.is_other) else {
        return Err(impossible("git runs the ssh of this computer."));
    };
    if machine.programs.ssh.is_none() {
        return Err(impossible("There is no ssh on this computer."));
    }
    let mut settings = Settings::read(machine).await;
    let mut all = settings.entries.iter();
    let entry = all.rfind(|entry| entry.key == "core.sshcommand").cloned();
    let entry = entry
        .filter(|entry| entry.file == program.file && entry.value == program.command)
        .ok_or_else(|| {
            impossible(say!(
                "{} is a variable of your environment: take it out where it is set.",
                Text::command(&program.place)
            ))
        })?;
    let (key, old) = (entry.key.clone(), entry.value.clone());
    let edit = match with_own_ssh(&old, &program.name) {
        Some(new) => GitEdit::Replace { key, old, new },
        None => GitEdit::Unset { key, old },
    };
    settings.edit(&entry, edit)?;
    Ok(Draft::of_files(
        "Let git run the ssh of this computer",
        settings.changes(machine).await?,
    ))
}

/// The same command with the first ssh of the PATH; none when nothing of it is worth keeping: another
/// program's options mean something else to ssh.
fn with_own_ssh(command: &str, name: &str) -> Option<String> {
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
    if !matches!(file.to_ascii_lowercase().as_str(), "ssh" | "ssh.exe") {
        return None;
    }
    let words = shell_words::split(command).ok()?;
    let own = words
        .iter()
        .map(|word| if word == name { "ssh" } else { word });
    let new = if command.contains(name) {
        command.replacen(name, "ssh", 1)
    } else {
        shell_words::join(own)
    };
    (words.len() > 1).then_some(new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ssh_understands_is_kept() {
        let table = [
            ("/opt/absent/ssh", "/opt/absent/ssh", None),
            (
                "/opt/absent/ssh -i ~/.ssh/work",
                "/opt/absent/ssh",
                Some("ssh -i ~/.ssh/work"),
            ),
            (
                r#""C:/Program Files/x/ssh.exe" -v"#,
                "C:/Program Files/x/ssh.exe",
                Some(r#""ssh" -v"#),
            ),
            ("plink -batch", "plink", None),
        ];
        for (command, name, kept) in table {
            assert_eq!(with_own_ssh(command, name).as_deref(), kept, "{command}");
        }
    }
}
