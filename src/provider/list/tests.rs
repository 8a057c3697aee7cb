//! Do hosts find their provider, and do a person's own files take their place?

use super::*;
use crate::trouble::Exit;

fn id_for(host: &str) -> Option<&'static str> {
    Providers::embedded()
        .for_host(host)
        .map(|provider| provider.id.as_str())
}

fn load(files: &[(&str, &str)]) -> Loaded {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    Providers::load(Some(folder.path()), None)
}

#[test]
fn hosts_find_their_provider() {
    assert_eq!(id_for("github.com"), Some("github"));
    assert_eq!(id_for("GitHub.COM."), Some("github"));
    assert_eq!(id_for("altssh.gitlab.com"), Some("gitlab"));
    assert_eq!(id_for("ssh.eu-5.platform.sh"), Some("platformsh"));
    assert_eq!(id_for("git.eu-5.upsun.com"), Some("upsun"));
    assert_eq!(
        id_for("push-n2-par-clevercloud-customers.services.clever-cloud.com"),
        Some("clevercloud")
    );
    assert_eq!(id_for("n1-mumbai.frappe.cloud"), Some("frappecloud"));
    assert_eq!(id_for("git.gitea.corp.example"), Some("gitea"));
    assert_eq!(id_for("ssh.dev.azure.com"), Some("azuredevops"));
    let codecommit = "git-codecommit.cn-north-1.amazonaws.com.cn";
    assert_eq!(id_for(codecommit), Some("codecommit"));
    assert_eq!(id_for("ec2-1-2-3-4.eu-west-1.compute.amazonaws.com"), None);
    assert_eq!(id_for("database.internal"), None);
    assert_eq!(id_for("review.example.com"), None);
    assert_eq!(id_for("github.com.evil.example"), None);
    assert_eq!(id_for(""), None);
}

#[test]
fn the_menu_has_its_order() {
    let names: Vec<&str> = Providers::embedded().menu().map(Entry::name).collect();
    assert_eq!(
        names,
        [
            "GitHub",
            "GitLab",
            "Bitbucket",
            "Platform.sh",
            "Clever Cloud",
            "Frappe Cloud",
            "Upsun",
            "Codeberg",
            "Gitea/Forgejo",
            "Azure DevOps",
            "AWS CodeCommit",
            "Hugging Face",
            "Gitee",
            "SourceHut",
            "AUR",
            "Gerrit",
            "Launchpad",
            "GNU Savannah",
            "SourceForge",
            "Scalingo",
            "Render",
            "Railway",
            "Fly.io",
            "Heroku",
            "Pantheon",
            "Acquia Cloud",
            "Gandi"
        ]
    );
}

#[test]
fn upsun_answers_under_the_names_and_keys_of_platformsh() {
    let providers = Providers::embedded();
    let upsun = providers.by_id("upsun").unwrap();
    let eu = "SHA256:F5w8YN0EZtm1i0mQauAWgdpc0vsOtJC49TqtnssQBaw";
    let found = providers.published(upsun, "ssh.eu.platform.sh", HostKeyType::Rsa, eu);
    assert!(matches!(found, Published::Same(_)));
    assert!(providers.serves(upsun, "ssh.eu.platform.sh"));
    assert!(!providers.serves(upsun, "github.com"));
}

#[test]
fn an_own_file_adds_a_provider_and_wins_its_hosts() {
    let loaded = load(&[(
        "work.toml",
        "id = \"work\"\nname = \"Work\"\nhosts = [\"git.corp.example\", \"gitlab.com\"]\nuser = \"git\"\nconnect = \"git.corp.example\"\n",
    )]);
    assert_eq!(loaded.troubles, []);
    let work = loaded.providers.for_host("git.corp.example").unwrap();
    assert_eq!(
        (work.id.as_str(), work.origin, work.port()),
        ("work", Origin::Own, 22)
    );
    assert_eq!(loaded.providers.for_host("gitlab.com").unwrap().id, "work");
    assert_eq!(loaded.providers.menu().last().map(Entry::id), Some("work"));
}

#[test]
fn a_later_file_replaces_the_same_id() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, hosts: &str| {
        let text = format!(
            "id = \"github\"\nname = \"{name}\"\norder = 1\nhosts = [\"{hosts}\"]\nuser = \"git\"\nconnect = \"{hosts}\"\n"
        );
        let path = folder.path().join(format!("{name}.toml"));
        std::fs::write(&path, text).unwrap();
        path
    };
    file("a", "a.example");
    let profile = file("b", "b.example");
    let loaded = Providers::load(Some(folder.path()), Some(&profile));
    assert_eq!(loaded.troubles, []);
    assert_eq!(loaded.providers.by_id("github").unwrap().name, "b");
    assert!(loaded.providers.for_host("a.example").is_none());
    assert!(loaded.providers.for_host("github.com").is_none());
    assert_eq!(loaded.providers.menu().count(), EMBEDDED.len());
}

#[test]
fn one_wrong_file_does_not_stop_the_others() {
    let good = "id = \"good\"\nname = \"Good\"\nhosts = [\"g.example\"]\nuser = \"git\"\nconnect = \"g.example\"\n";
    let loaded = load(&[
        ("1.toml", "id = 3\n"),
        ("2.toml", good),
        ("3.toml", "= ["),
        ("note.txt", "x"),
    ]);
    assert!(loaded.providers.by_id("good").is_some());
    assert_eq!(loaded.troubles.len(), 2);
    assert!(
        loaded
            .troubles
            .iter()
            .all(|trouble| trouble.exit == Exit::Usage)
    );
}

#[test]
fn a_sibling_that_does_not_exist_is_told_and_the_file_still_counts() {
    let file = |id: &str, other: &str| {
        format!(
            "id = \"{id}\"\nname = \"{id}\"\nhosts = [\"{id}.example\"]\nuser = \"git\"\nconnect = \"{id}.example\"\nsame_servers_as = \"{other}\"\n"
        )
    };
    let loaded = load(&[
        ("1.toml", &file("first", "second")),
        ("2.toml", &file("second", "gitlob")),
    ]);
    assert!(loaded.providers.by_id("first").is_some());
    assert!(loaded.providers.by_id("second").is_some());
    let why: Vec<String> = loaded.troubles.iter().map(|t| t.why.reveal()).collect();
    assert_eq!(
        why,
        ["same_servers_as: \"gitlob\" is no id; the rest of the file is used."]
    );
}

#[test]
fn a_missing_folder_is_no_trouble_and_a_missing_profile_is_one() {
    let nowhere = Path::new("/nonexistent/sshstep");
    assert_eq!(Providers::load(Some(nowhere), None).troubles, []);
    let loaded = Providers::load(None, Some(nowhere));
    assert_eq!(loaded.troubles.len(), 1);
    assert_eq!(loaded.troubles[0].why.reveal(), "It does not exist.");
}
