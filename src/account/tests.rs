//! Is what the tools print read right?

use super::*;
use crate::provider::Providers;

fn cli(id: &str) -> &'static Cli {
    let provider = Providers::embedded().by_id(id).unwrap();
    provider.cli.as_ref().unwrap()
}

fn said(code: i32, stdout: &str, stderr: &str) -> Output {
    Output {
        code: Some(code),
        stdout: stdout.to_owned(),
        stderr: stderr.to_owned(),
    }
}

#[test]
fn who_is_signed_in_is_read_from_what_the_tools_print() {
    let who = |id: &str, code, stdout: &str, stderr: &str| {
        signed_in(cli(id), &said(code, stdout, stderr))
    };
    assert_eq!(who("github", 0, "octocat\n", ""), Some("octocat".into()));
    let unknown = "To get started with GitHub CLI, please run:  gh auth login";
    assert_eq!(who("github", 4, "", unknown), None);
    // What the service answered is printed where the account would be.
    let answer = r#"{"message": "Bad credentials"}"#;
    assert_eq!(
        who("github", 1, answer, "gh: Bad credentials (HTTP 401)"),
        None
    );
    let old = "gitlab.com\n  ✓ Logged in to gitlab.com as ana (/h/config.yml)\n";
    assert_eq!(who("gitlab", 0, "", old), Some("ana".into()));
    let scalingo = "-----> You are logged in as ana (a@b.example)\n";
    assert_eq!(who("scalingo", 0, scalingo, ""), Some("ana".into()));
    assert_eq!(
        who("pantheon", 0, "a@b.example\n", ""),
        Some("a@b.example".into())
    );
    assert_eq!(
        who("pantheon", 1, "", " [error]  You are not logged in."),
        None
    );
    assert_eq!(
        who("acquia", 0, r#"{"id":1,"mail":"a@b.example"}"#, ""),
        Some("a@b.example".into())
    );
    assert_eq!(
        who("clevercloud", 0, r#"{"email":"a@b.example"}"#, ""),
        Some("a@b.example".into())
    );
    assert_eq!(who("clevercloud", 0, "", "[ERROR] No profile found"), None);
    assert_eq!(
        who("platformsh", 0, "a@b.example\n", ""),
        Some("a@b.example".into())
    );
    // It ends with 0 when nobody is signed in.
    assert_eq!(who("platformsh", 0, "", ""), None);
    assert_eq!(who("platformsh", 0, "Log in first\n", ""), None);
}

fn understood(id: &str, stdout: &str, stderr: &str) -> Option<Option<Then>> {
    let provider = Providers::embedded().by_id(id).unwrap();
    let known = meaning(provider, &said(1, stdout, stderr))?;
    assert!(!known.means.is_empty() && !known.fix.is_empty());
    Some(known.then)
}

#[test]
fn what_the_tools_say_leads_to_what_can_be_done() {
    let scope = "HTTP 404: Not Found (https://api.github.com/user/keys?per_page=100)\n\
        This API operation needs the \"admin:public_key\" scope. To request it, run:  \
        gh auth refresh -h github.com -s admin:public_key\n";
    assert_eq!(understood("github", "", scope), Some(Some(Then::Allow)));
    let used = "HTTP 422: Validation Failed (https://api.github.com/user/keys)\n\
        key is already in use\n";
    assert_eq!(understood("github", "", used), Some(Some(Then::OtherKey)));
    let expired = "HTTP 401: Bad credentials (https://api.github.com/user/keys)";
    assert_eq!(understood("github", "", expired), Some(Some(Then::SignIn)));
    let offline = "error connecting to api.github.com\ncheck your internet connection";
    assert_eq!(understood("github", "", offline), Some(None));
    assert_eq!(understood("github", "", "HTTP 500"), None);
    let taken = " !     422 Unprocessable Content\n* key → is already taken\n";
    assert_eq!(
        understood("scalingo", "", taken),
        Some(Some(Then::OtherKey))
    );
    let offline = "[WARN] You are using node v20\n";
    assert_eq!(
        understood("clevercloud", offline, "[ERROR] fetch failed"),
        Some(None)
    );
}

#[test]
fn a_title_is_a_new_one_that_the_service_takes() {
    let github = Account {
        name: Text::default(),
        keys: Vec::new(),
    };
    let title = |wish: &str| github.free_title(cli("github"), wish);
    assert_eq!(title("ana@lab"), "ana@lab");
    assert_eq!(title(" --title "), "title");
    assert_eq!(title("a\u{1b}b"), "ab");
    assert_eq!(title("\n"), "sshstep");
    assert_eq!(title(&"x".repeat(200)).len(), LONGEST_TITLE);
    assert_eq!(github.free_title(cli("acquia"), "ana@my lab"), "ana_my_lab");
    let rows = "ana@lab\tssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGtGMsyzPeVtWqV8p2cWcZMa6NGVhGsuLSfGtsUdSEKM\n";
    let taken = Account {
        keys: listed::keys(&cli("github").list, &said(0, rows, "")).unwrap(),
        ..github
    };
    assert_eq!(taken.free_title(cli("github"), "ana@lab"), "ana@lab_2");
}

#[test]
fn a_sequence_left_open_in_a_line_swallows_no_other_line() {
    assert_eq!(
        plain("\u{1b}[1mone\u{1b}[0m\ttwo\na\u{1b}]0;title\nthree\n"),
        "one\ttwo\na\nthree\n"
    );
}
