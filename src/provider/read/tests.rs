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
        allowed.starts_with("Allowed here: id, name, order, also, hosts,"),
        "{allowed}"
    );
}

#[test]
fn a_wrong_type_or_choice_is_named() {
    let (line, why, allowed) = fault("ports = \"22\"\n");
    assert_eq!(
        (line, why.as_str()),
        (Some(6), "ports: the text \"22\" does not fit.")
    );
    assert_eq!(allowed, "Allowed here: a list, [\"like\", \"this\"].");
    let (line, why, allowed) = fault("\n[keys]\naccepted = [\"ed22519\"]\n");
    assert_eq!(
        (line, why.as_str()),
        (Some(8), "accepted: ed22519 is no choice here.")
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
        "Line 6: expect: hello is no choice here."
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

/// Each field that a person can fill wrongly: the line of it (counted from the end of the good part),
/// what is wrong, and what may stand there.
#[test]
fn no_field_hides_what_it_says() {
    for field in [
        r#"next_command = "git clone \u202ex""#,
        r#"key_limit = ["One.", "\u001b[2JTwo."]"#,
        r#"messages = [{ pattern = "x", code = "a", stage = "git", meaning = ["\u200b"], fix = [] }]"#,
    ] {
        let (_, why, _) = fault(&format!("{field}\n"));
        assert!(why.ends_with("holds characters that nobody sees."), "{why}");
        assert!(why.contains("\\u{"), "{why}");
    }
}

#[test]
fn every_wrong_value_gets_its_own_sentence() {
    let page = "[page]\nurl = \"https://x.example\"\ncertainty = \"usually\"\nsteps = []\n";
    let twice = format!("no_page = [\"None.\"]\n{page}");
    let deploy_page = |url: &str| {
        page.replace(
            "certainty",
            &format!("deploy = \"https://{url}\"\ncertainty"),
        )
    };
    let once = "Allowed: an address with {repository} once in it, behind the host.";
    let fitting = "Allowed: two or more in lower case, with the same {part} in each, or with none.";
    let variable = "Allowed: capital letters, digits and _, no digit first.";
    let words = "Allowed: letters, digits, blanks and - _ . behind a letter or digit.";
    let message = |code: &str| {
        format!(
            "[[messages]]\npattern = \"x\"\ncode = \"{code}\"\nstage = \"git\"\nmeaning = []\nfix = []\n"
        )
    };
    let spaced = message("two words");
    let stage = message("x").replace("\"git\"", "\"push\"");
    #[rustfmt::skip]
    let wrong: &[(&str, usize, &str, &str)] = &[
        ("order = -1\n", 1, "order: the number -1 does not fit.", "Allowed here: a number from 0 to 65535."),
        ("ports = [70000]\n", 1, "ports: the number 70000 does not fit.", "Allowed here: a number from 0 to 65535."),
        ("ports = []\n", 1, "ports: there is no port, or port 0.", "Allowed: 1 to 65535."),
        ("other_ports = \"any\"\n", 1, "other_ports: any is no choice here.", "Allowed here: refused or unknown."),
        ("success_exit_codes = [300]\n", 1, "success_exit_codes: the number 300 does not fit.", "Allowed here: a number from 0 to 255."),
        ("key_limit = \"one\"\n", 1, "key_limit: the text \"one\" does not fit.", "Allowed here: a list, [\"like\", \"this\"]."),
        ("host_patterns = [\"a b\"]\n", 1, "host_patterns: \"a b\" is not a host pattern.", "Allowed: a host name in which * stands for a part of it."),
        ("[alternative]\nhost = \"else.example\"\nport = 443\n", 2, "host: \"else.example\" is not among the hosts.", "Add it to hosts."),
        ("[alternative]\nhost = \"git.corp.example\"\nport = 0\n", 0, "ports: there is no port, or port 0.", "Allowed: 1 to 65535."),
        ("[alternative]\nhost = \"git.corp.example\"\n", 1, "missing field port.", "Add it: FIELD = VALUE."),
        ("[[user_for]]\nhost = \"else.example\"\nuser = \"git\"\n", 2, "host: \"else.example\" is not among the hosts.", "Add it to hosts."),
        ("[[user_for]]\nhost = \"git.corp.example\"\nuser = \"a b\"\n", 3, "user: \"a b\" is not a login name.", "Allowed: letters, digits and . _ + -, not - first."),
        ("[address]\nask = []\n", 1, "missing field example.", "Add it: FIELD = VALUE."),
        ("[keys]\ntries = 0\n", 2, "tries: a server that lets ssh try no key lets nobody in.", "Allowed: 1 or more, or leave it out."),
        ("[keys]\nmin_rsa_bits = 20\n", 2, "rsa_bits: \"20\" is not a size of an RSA key.", "Allowed: 1024 to 16384."),
        ("[keys]\naccepted = [\"rsa\"]\n", 0, "recommended: the recommended type is not among the accepted ones.", "Choose one of the accepted types."),
        ("[keys]\ncertainty = \"sure\"\n", 2, "certainty: sure is no choice here.", "Allowed here: documented or usually."),
        ("[keys]\nbest = \"rsa\"\n", 2, "unknown field best.", "Allowed here: accepted, certainty, others, recommended, min_rsa_bits, advised_rsa_bits, tries, label."),
        ("[keys]\nlabel = \"phone\"\n", 2, "label: phone is no choice here.", "Allowed here: computer or email."),
        ("also = [\"Our Git\"]\n", 1, "also: \"Our Git\" is not an id.", "Allowed: lower-case letters, digits and -, a letter first."),
        ("[[user_for]]\nhost = \"git.corp.example\"\nuser = \"git\"\nterminal = \"yes\"\n", 4, "terminal: yes is no choice here.", "Allowed here: needed or as-usual."),
        (&deploy_page("x.example/keys"), 3, "deploy: \"https://x.example/keys\" is not a page for each repository.", once),
        (&deploy_page("{repository}/keys"), 3, "deploy: \"https://{repository}/keys\" is not a page for each repository.", once),
        (&deploy_page("x.example/{repository}/{repository}"), 3, "deploy: \"https://x.example/{repository}/{repository}\" is not a page for each repository.", once),
        ("[page]\nurl = \"https://x.example/{repository}\"\ncertainty = \"usually\"\nsteps = []\n", 2, "url: \"https://x.example/{repository}\" is not a page that I open.", "Allowed: an address that starts with https://; {host} in it is the server's name."),
        ("host_patterns = [\"*.c.example\"]\ntogether = [[\"a.{x}.c.example\", \"b.{y}.c.example\"]]\n", 2, "together: \"a.{x}.c.example\" does not fit the others.", fitting),
        ("host_patterns = [\"*.c.example\"]\ntogether = [[\"git.corp.example\", \"b.{y}.c.example\"]]\n", 2, "together: \"git.corp.example\" does not fit the others.", fitting),
        ("host_patterns = [\"*.c.example\"]\ntogether = [[\"a.{x}.c.example\", \"*.{x}.c.example\"]]\n", 2, "together: \"a.{x}.c.example\" does not fit the others.", fitting),
        ("host_patterns = [\"*.c.example\"]\ntogether = [[\"A.c.example\", \"b.c.example\"]]\n", 2, "together: \"A.c.example\" does not fit the others.", fitting),
        ("together = [[\"git.corp.example\"]]\n", 1, "together: \"git.corp.example\" does not fit the others.", fitting),
        ("together = [[]]\n", 1, "together: does not fit the others.", fitting),
        ("host_patterns = [\"*.example\"]\ntogether = [[\"git.corp.example\", \"*.example\"]]\n[[user_for]]\nhost = \"ssh.corp.example\"\nuser = \"ana\"\n", 4, "together: \"ssh.corp.example\" has another login name than the others.", "Take it out: one Host block has one login name."),
        ("host_patterns = [\"*.com\"]\ntogether = [[\"git.corp.example\", \"*.com\"]]\n", 0, "together: \"github.com\" belongs to a service that sshstep knows.", "Name hosts of this service alone."),
        ("[deploy_key]\nvariable = \"key\"\nhand_over = \"tool set\"\nplace = \"x\"\n", 2, "variable: \"key\" is not the name of a variable.", variable),
        ("[deploy_key]\nvariable = \"1KEY\"\nhand_over = \"tool set\"\nplace = \"x\"\n", 2, "variable: \"1KEY\" is not the name of a variable.", variable),
        ("[deploy_key]\nvariable = \"KEY\"\nhand_over = \" \"\nplace = \"x\"\n", 3, "hand_over: \" \" is more than a command and its words.", words),
        ("[deploy_key]\nvariable = \"KEY\"\nhand_over = \"tool set; rm x\"\nplace = \"x\"\n", 3, "hand_over: \"tool set; rm x\" is more than a command and its words.", words),
        (&twice, 1, "no_page: there is a reason why there is no page, and a [page].", "Take one of the two out."),
        ("[page]\nurl = \"https://{name}.example\"\ncertainty = \"usually\"\nsteps = []\n", 2, "url: \"https://{name}.example\" is not a page that I open.", "Allowed: an address that starts with https://; {host} in it is the server's name."),
        ("[page]\nurl = \"https://x.example\"\nsteps = []\n", 1, "missing field certainty.", "Add it: FIELD = VALUE."),
        ("[certificate]\nneed = \"sometimes\"\nhours = 1\ncertainty = \"usually\"\nsteps = []\n", 2, "need: sometimes is no choice here.", "Allowed here: always or instead-of-key."),
        ("[file_transfer]\nworks = true\n", 2, "works: wanted string or table.", "A provider file is TOML: FIELD = VALUE, text in quotation marks."),
        ("[[greetings]]\npattern = \"Hi\"\nmeaning = \"good\"\n", 3, "meaning: good is no choice here.", "Allowed here: signed-in, deploy-key, anonymous, no-access."),
        ("[host_keys]\npublished = [{ type = \"rsa2\", fingerprint = \"SHA256:abc\" }]\n", 2, "published: rsa2 is no choice here.", "Allowed here: rsa, ecdsa, ed25519, dsa."),
        ("[host_keys]\nobsolete = [{ type = \"rsa\", fingerprint = \"MD5:ab\", until = \"2023\" }]\n", 2, "fingerprint: \"MD5:ab\" is not a fingerprint.", "Allowed: SHA256: and 43 characters, as ssh shows it."),
        (&spaced, 3, "code: \"two words\" is not a diagnosis code.", "Allowed: what `sshstep list diagnoses` prints."),
        (&stage, 4, "stage: push is no choice here.", "Allowed here: ssh, git, cli, web."),
        ("user = \"other\"\n", 1, "user: duplicate key.", "Each field stands once; take one of them out."),
        ("connect\n", 1, "key with no value.", "Allowed here: =."),
    ];
    let mut differ = Vec::new();
    for (extra, line, why, allowed) in wrong {
        let line = (*line > 0).then_some(GOOD.lines().count() + line);
        let said = fault(extra);
        let right = (line, (*why).to_owned(), (*allowed).to_owned());
        if said != right {
            differ.push(format!("{extra}\n  said  {said:?}\n  right {right:?}"));
        }
    }
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}

#[test]
fn names_and_ids_that_cannot_be_shown_or_typed_are_refused() {
    for id in ["", "GitHub", "my company", "1st", "../x"] {
        let (line, why) = replaced("id = \"work\"", &format!("id = \"{id}\""));
        assert_eq!(line, Some(1), "{id}");
        assert!(why.starts_with("id: "), "{why}");
    }
    let long = "x".repeat(41);
    for name in ["", " ", "a\\u001b[2J", &long] {
        let (line, why) = replaced("name = \"Work\"", &format!("name = \"{name}\""));
        assert!(why.starts_with("name: "), "{why}");
        assert!(line.is_none_or(|line| line == 2), "{why}");
    }
}

#[test]
fn without_a_user_for_the_host_the_file_has_to_say_where_to_find_one() {
    let bare = GOOD.replace("user = \"git\"\n", "");
    let fault = parse(&bare, Origin::Own).unwrap_err();
    assert_eq!(
        fault.why,
        "connect: user or connect is missing, and there is no [address]."
    );
    assert_eq!(
        fault.allowed,
        "Give user and connect, or say in [address] where to find them."
    );
    for enough in [
        "[address]\nask = [\"Ask your admin.\"]\nexample = \"ana@git.corp.example\"\n",
        "[[user_for]]\nhost = \"git.corp.example\"\nuser = \"git\"\n",
    ] {
        parse(&format!("{bare}{enough}"), Origin::Own).unwrap();
    }
}

#[test]
fn a_page_of_the_persons_own_server_has_its_name() {
    let page = "[page]\nurl = \"https://{host}/keys\"\ncertainty = \"usually\"\nsteps = []\n";
    let provider = parse(&format!("{GOOD}{page}"), Origin::Own).unwrap();
    let at = |host| provider.page_at(host);
    assert_eq!(
        at("git.corp.example").as_deref(),
        Some("https://git.corp.example/keys")
    );
    assert_eq!(at("x/../y"), None);
    assert_eq!(at("user@evil.example:1"), None);
    assert_eq!(at(""), None);
}
