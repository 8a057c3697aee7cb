//! Does each wrong field get its own clear sentence?

use super::*;

const GOOD: &str = "id = \"work\"\nname = \"Work\"\nhosts = [\"git.corp.example\"]\nuser = \"git\"\nconnect = \"git.corp.example\"\n";

fn fault(extra: &str) -> (Option<usize>, String, String) {
    let fault = parse(&format!("{GOOD}{extra}"), Origin::Own).unwrap_err();
    (fault.line, fault.why, fault.allowed)
}

/// Line and reason, for a good file with one line replaced.
fn replaced(old: &str, new: &str) -> (Option<usize>, String) {
    let fault = parse(&GOOD.replace(old, new), Origin::Own).unwrap_err();
    (fault.line, fault.why)
}

#[test]
fn a_small_file_is_enough() {
    let provider = parse(GOOD, Origin::Own).unwrap();
    assert_eq!((provider.order, provider.port()), (1000, 22));
}

#[test]
fn an_unknown_field_is_named_with_what_is_allowed() {
    let (line, why, allowed) = fault("colour = \"red\"\n");
    assert_eq!((line, why.as_str()), (Some(6), "unknown field colour."));
    assert!(
        allowed.starts_with("Allowed here: id, name, order, hosts,"),
        "{allowed}"
    );
}

#[test]
fn a_wrong_type_or_choice_is_named() {
    let (line, why, allowed) = fault("ports = \"22\"\n");
    assert_eq!(
        (line, why.as_str()),
        (Some(6), "ports: invalid type: string \"22\".")
    );
    assert_eq!(allowed, "Allowed here: a sequence.");
    let (line, why, allowed) = fault("\n[keys]\naccepted = [\"ed22519\"]\n");
    assert_eq!(
        (line, why.as_str()),
        (Some(8), "accepted: unknown variant ed22519.")
    );
    assert!(
        allowed.starts_with("Allowed here: ed25519, ed25519-sk, ecdsa-256,"),
        "{allowed}"
    );
    assert_eq!(
        fault("expect = \"hello\"\n").2,
        "Allowed here: greeting, shell, none."
    );
}

#[test]
fn a_wrong_pattern_is_explained() {
    let (line, why, _) =
        fault("[[greetings]]\npattern = \"Hi {account!\"\nmeaning = \"signed-in\"\n");
    assert_eq!(line, Some(7));
    assert_eq!(
        why,
        "pattern: a { is not closed; write {{ for the character itself."
    );
    let (line, why, _) =
        fault("[[greetings]]\npattern = \"Hi {login}!\"\nmeaning = \"signed-in\"\n");
    assert_eq!(line, Some(7));
    assert_eq!(
        why,
        "pattern: \"login\" is not a hole that a greeting can have."
    );
}

#[test]
fn a_missing_field_is_named() {
    let fault = parse("id = \"x\"\n", Origin::Own).unwrap_err();
    assert_eq!(fault.why, "missing field name.");
}

#[test]
fn nothing_can_be_smuggled_to_ssh_or_the_browser() {
    assert_eq!(
        replaced("user = \"git\"", "user = \"-oProxyCommand\""),
        (
            Some(4),
            "user: \"-oProxyCommand\" is not a login name.".into()
        )
    );
    assert_eq!(
        replaced(
            "hosts = [\"git.corp.example\"]",
            "hosts = [\"git.corp.example\", \"-x\"]"
        ),
        (Some(3), "hosts: \"-x\" is not a host name.".into())
    );
    assert_eq!(
        replaced(
            "connect = \"git.corp.example\"",
            "connect = \"other.example\""
        ),
        (
            Some(5),
            "connect: \"other.example\" is not among the hosts.".into()
        )
    );
    for url in [
        "http://x.example",
        "file:///etc/passwd",
        "https://",
        "https://x y",
        "javascript:1",
    ] {
        let page = format!("[page]\nurl = \"{url}\"\ncertainty = \"usually\"\nsteps = []\n");
        assert_eq!(
            fault(&page).1,
            format!("url: \"{url}\" is not a page that I open.")
        );
    }
    assert!(
        fault("host_patterns = [\"*\"]\n")
            .1
            .contains("is not a host pattern")
    );
    assert!(fault("ports = [0]\n").1.contains("port 0"));
}

#[test]
fn a_wrong_fingerprint_is_named() {
    let (line, why, _) =
        fault("[host_keys]\npublished = [{ type = \"rsa\", fingerprint = \"SHA256:abc\" }]\n");
    assert_eq!(
        (line, why.as_str()),
        (Some(7), "fingerprint: \"SHA256:abc\" is not a fingerprint.")
    );
}

#[test]
fn the_trouble_names_the_file_the_line_and_what_is_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("work.toml");
    fs::write(&path, format!("{GOOD}expect = \"hello\"\n")).unwrap();
    let trouble = file(&path).unwrap_err();
    assert_eq!(
        trouble.what.reveal(),
        format!("The provider file {} is not used.", path.display())
    );
    assert_eq!(
        trouble.why.reveal(),
        "Line 6: expect: unknown variant hello."
    );
    assert_eq!(
        trouble.hint.reveal(),
        "Allowed here: greeting, shell, none."
    );
    assert_eq!(trouble.exit, Exit::Usage);
}

#[test]
fn files_that_are_no_text_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.toml");
    fs::write(&path, [0xff, 0xfe, 0x00]).unwrap();
    assert_eq!(file(&path).unwrap_err().exit, Exit::Usage);
    fs::write(&path, "#".repeat(1024 * 1024 + 1)).unwrap();
    let trouble = file(&path).unwrap_err();
    assert_eq!(trouble.why.reveal(), "It is longer than 1 MiB.");
    assert!(file(folder.path()).is_err());
}
