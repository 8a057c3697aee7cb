//! Does what the services' real tools print lead to the right screen?
//!
//! The real `gh` and `clever`, with a thread of this test in the place of the service behind them. `tests/run` installs
//! them where it may; where one is missing, its tests say so and end.
#![cfg(target_os = "linux")]

mod lab;
#[path = "real_tools/service.rs"]
mod service;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use lab::{Background, Lab, Terminal, poll};
use serde_json::{Value, json};
use service::{Answer, Request, Service};

/// The version that `tests/run` installs.
const CLEVER_TOOLS: &str = "clever-tools-4.11.0";

/// Seen also when the test passes, which `eprintln!` is not.
fn skipped(reason: &str) {
    let line = format!("\nSKIPPED, not tested: {reason}. tests/run installs what is missing.\n");
    std::io::stderr().write_all(line.as_bytes()).ok();
}

/// What a service does in a test.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mood {
    Fine,
    /// The sign-in may not see keys.
    NoScope,
    /// The key is on another account.
    InUse,
    /// The sign-in does not count any more.
    Expired,
}

/// Shared between a test and its service.
type Moods = Arc<Mutex<Mood>>;
type Keys = Arc<Mutex<Vec<Value>>>;

/// A tool that runs on node takes seconds to start, and is asked up to three times before the next screen.
fn wait_long(screen: &Terminal, words: &str) {
    (0..5).any(|_| poll(|| screen.shows(words).then_some(())).is_some());
    screen.wait_for(words);
}

fn not_found() -> Answer {
    (404, &[], json!({"message": "Not Found"}).to_string())
}

/// GitHub's REST API, as far as `gh` 2.23 and newer ones ask for it.
fn github(request: &Request, mood: Mood, keys: &Keys) -> Answer {
    const SCOPES: &[(&str, &str)] = &[("X-OAuth-Scopes", "admin:public_key, gist, read:org, repo")];
    const FEW: &[(&str, &str)] = &[
        ("X-OAuth-Scopes", "gist, read:org, repo"),
        ("X-Accepted-OAuth-Scopes", "admin:public_key"),
    ];
    let about_keys = request.path.starts_with("/user/keys");
    let mut keys = keys.lock().expect("no answer panics");
    if !request.is_signed {
        let answer = json!({"message": "Requires authentication"});
        return (401, &[], answer.to_string());
    }
    match (mood, request.method.as_str(), request.path.as_str()) {
        (Mood::Expired, _, _) => (401, &[], json!({"message": "Bad credentials"}).to_string()),
        (Mood::NoScope, _, _) if about_keys => {
            (404, FEW, json!({"message": "Not Found"}).to_string())
        }
        (_, "GET", "/user") => (200, SCOPES, json!({"login": "octocat"}).to_string()),
        (_, "GET", "/") => (200, SCOPES, "{}".to_owned()),
        (_, "POST", "/graphql") => {
            let answer = json!({"data": {"viewer": {"login": "octocat"}}});
            (200, SCOPES, answer.to_string())
        }
        (_, "GET", "/user/keys") => (200, SCOPES, Value::from(keys.clone()).to_string()),
        (_, "GET", "/user/ssh_signing_keys") => (200, SCOPES, "[]".to_owned()),
        (Mood::InUse, "POST", "/user/keys") => {
            let answer = json!({
                "message": "Validation Failed",
                "errors": [{"resource": "PublicKey", "code": "custom", "field": "key",
                            "message": "key is already in use"}],
            });
            (422, SCOPES, answer.to_string())
        }
        (_, "POST", "/user/keys") => {
            let asked: Value = serde_json::from_str(&request.body).expect("gh sends JSON");
            let key = asked["key"].as_str().unwrap_or_default();
            let words: Vec<&str> = key.split_whitespace().take(2).collect();
            let added = json!({
                "id": keys.len() + 1, "key": words.join(" "), "title": asked["title"],
                "created_at": "2026-11-21T10:00:00Z", "verified": true, "read_only": false,
            });
            keys.push(added.clone());
            (201, SCOPES, added.to_string())
        }
        _ => not_found(),
    }
}

/// Clever Cloud's API, as far as clever-tools 4 asks for it.
fn clever_cloud(request: &Request, mood: Mood, keys: &Keys) -> Answer {
    let mut keys = keys.lock().expect("no answer panics");
    match (mood, request.method.as_str(), request.path.as_str()) {
        (Mood::Expired, _, _) => {
            let answer = json!({"id": 2001, "message": "Not connected", "type": "error"});
            (401, &[], answer.to_string())
        }
        (_, "GET", "/v2/self") => {
            let answer = json!({"id": "user_1", "email": "ana@lab.example", "name": "Ana"});
            (200, &[], answer.to_string())
        }
        (_, "GET", "/v2/self/tokens/current") => (200, &[], "{}".to_owned()),
        (_, "GET", "/v2/self/keys") => (200, &[], Value::from(keys.clone()).to_string()),
        (Mood::InUse, "PUT", _) => {
            let answer = json!({"id": 506, "message": "refused", "type": "error"});
            (400, &[], answer.to_string())
        }
        (_, "PUT", path) => match path.strip_prefix("/v2/self/keys/") {
            Some(name) => {
                let key: Value = serde_json::from_str(&request.body).expect("clever sends JSON");
                let name = name.replace("%40", "@");
                keys.push(json!({"name": name, "key": key, "fingerprint": "SHA256:x"}));
                let answer = json!({"id": 800, "message": "added", "type": "success"});
                (200, &[], answer.to_string())
            }
            None => not_found(),
        },
        _ => not_found(),
    }
}

/// A lab with a tool and its service. Fields are dropped in order.
struct Scene {
    _bridge: Option<Background>,
    service: Service,
    mood: Moods,
    keys: Keys,
    lab: Lab,
}

impl Scene {
    fn set(&self, mood: Mood) {
        *self.mood.lock().expect("no answer panics") = mood;
    }

    fn key_count(&self) -> usize {
        self.keys.lock().expect("no answer panics").len()
    }

    /// At screen 31, for a key that the service does not know.
    fn at_the_account(&self, target: &str, tool: &str) -> Terminal {
        let mut screen = self.lab.terminal(&[target], 80, 24);
        screen.wait_for("key-not-registered");
        screen.enter();
        screen.wait_for(&format!("Upload it with {tool}"));
        screen.press("4");
        screen
    }
}

fn scene(
    lab: Lab,
    answer: fn(&Request, Mood, &Keys) -> Answer,
    bridge: impl FnOnce(&Lab, &Path) -> Option<Background>,
) -> Scene {
    let mood = Arc::new(Mutex::new(Mood::Fine));
    let keys = Keys::default();
    let socket = lab.dir().join("api.sock");
    let (now, stored) = (Arc::clone(&mood), Arc::clone(&keys));
    let service = Service::start(&socket, move |request| {
        let mood = *now.lock().expect("no answer panics");
        answer(request, mood, &stored)
    });
    Scene {
        _bridge: bridge(&lab, &socket),
        service,
        mood,
        keys,
        lab,
    }
}

/// The real gh, signed in; nothing where it is not installed.
fn gh() -> Option<Scene> {
    let Ok(program) = which::which("gh") else {
        skipped("gh is not installed (apt-get install gh)");
        return None;
    };
    let lab = Lab::new();
    lab.trust("github.com");
    // The lab hides the machine's own.
    fs::copy(program, lab.dir().join("bin/gh")).expect("the lab's folder is writable");
    lab.set_env("GH_NO_UPDATE_NOTIFIER", "1");
    if lab.command("gh").arg("--version").run().code != 0 {
        skipped("the gh of this machine does not run away from its place");
        return None;
    }
    let socket = lab.dir().join("api.sock");
    let config = format!("http_unix_socket: {}\n", socket.display());
    lab.write(".config/gh/config.yml", config);
    sign_in(&lab);
    Some(scene(lab, github, |_, _| None))
}

fn sign_in(lab: &Lab) {
    lab.write(
        ".config/gh/hosts.yml",
        "github.com:\n    oauth_token: gho_not_a_token\n    user: octocat\n    git_protocol: ssh\n",
    );
}

/// The real clever, signed in; nothing where it is not installed.
fn clever() -> Option<Scene> {
    let installed = Path::new(env!("CARGO_TARGET_TMPDIR")).join(CLEVER_TOOLS);
    let main = "node_modules/clever-tools/bin/clever.js";
    if !installed.join(main).exists() {
        skipped(&format!("{CLEVER_TOOLS} is not installed (npm)"));
        return None;
    }
    let Ok(node) = which::which("node") else {
        skipped("node is not installed, which clever runs on");
        return None;
    };
    let lab = Lab::new();
    lab.route("push.clever-cloud.com", lab::Route::Sshd);
    lab.trust("push.clever-cloud.com");
    let place = within_reach(&lab, &installed);
    let words = format!(
        "exec '{}' '{}' \"$@\"",
        node.display(),
        place.join(main).display()
    );
    lab.fake_program("clever", &words);
    for (name, value) in [
        ("API_HOST", "http://127.0.0.1:8080"),
        ("CLEVER_TOKEN", "not-a-token"),
        ("CLEVER_SECRET", "not-a-secret"),
        ("NO_UPDATE_NOTIFIER", "1"),
    ] {
        lab.set_env(name, value);
    }
    static RUNS: OnceLock<bool> = OnceLock::new();
    if !RUNS.get_or_init(|| lab.command("clever").arg("--version").run().code == 0) {
        skipped("clever does not run on the node of this machine");
        return None;
    }
    // clever talks to a port; the lab's network is its own, so the port has to be opened in there.
    Some(scene(lab, clever_cloud, |lab, socket| {
        let script = format!(
            "const net = require('net'); net.createServer(c => {{ \
             const s = net.connect('{}'); c.pipe(s); s.pipe(c); \
             c.on('error', () => s.destroy()); s.on('error', () => c.destroy()); \
             }}).listen(8080, '127.0.0.1', () => console.log('ready'));",
            socket.display()
        );
        let bridge = lab.command(&node).args(["-e", &script]).background();
        let ready = poll(|| bridge.printed().contains("ready").then_some(()));
        assert!(ready.is_some(), "{}", bridge.printed());
        Some(bridge)
    }))
}

/// The lab hides the machine's /tmp and /run: what lies there is copied.
fn within_reach(lab: &Lab, folder: &Path) -> PathBuf {
    let folder = fs::canonicalize(folder).expect("it was just found");
    if !["/tmp", "/run", "/var/log"]
        .iter()
        .any(|hidden| folder.starts_with(hidden))
    {
        return folder;
    }
    let copy = lab.dir().join("clever-tools");
    let done = std::process::Command::new("cp")
        .arg("-r")
        .arg(&folder)
        .arg(&copy)
        .status();
    assert!(
        done.is_ok_and(|status| status.success()),
        "cp -r {folder:?}"
    );
    copy
}

#[test]
fn gh_adds_the_key_and_lists_it() {
    let Some(scene) = gh() else { return };
    let key = scene.lab.key("id_ed25519").comment("ana@lab").make();
    let mut screen = scene.at_the_account("github.com", "gh");
    wait_long(
        &screen,
        "gh is signed in as octocat. That account has no keys.",
    );
    screen.wait_for("gh ssh-key add ~/.ssh/id_ed25519.pub --title ana@lab");
    assert_eq!(scene.key_count(), 0, "{:?}", scene.service.asked());
    screen.press("y");
    wait_long(&screen, "gh lists this key now: it has arrived.");
    screen.wait_for("on this computer: id_ed25519");
    screen.wait_for("Configure SSO");
    assert_eq!(scene.key_count(), 1);
    scene.lab.server.publish(&key);
    screen.press("1");
    screen.wait_for("signed you in as octocat");
}

#[test]
fn gh_says_that_the_key_is_in_use() {
    let Some(scene) = gh() else { return };
    scene.lab.key("id_ed25519").make();
    scene.set(Mood::InUse);
    let mut screen = scene.at_the_account("github.com", "gh");
    wait_long(&screen, "That account has no keys");
    screen.press("y");
    wait_long(&screen, "it has not arrived");
    screen.wait_for("key is already in use");
    screen.wait_for("This key is on another GitHub account, or is a deploy key.");
    screen.press("1");
    screen.wait_for("Screen 74");
}

#[test]
fn gh_may_not_see_keys() {
    let Some(scene) = gh() else { return };
    scene.lab.key("id_ed25519").make();
    scene.set(Mood::NoScope);
    let mut screen = scene.at_the_account("github.com", "gh");
    wait_long(&screen, "gh did not list the keys.");
    screen.wait_for("without the right to see and change keys");
    screen.wait_for("gh auth refresh -h github.com -s admin:public_key");
    // The real one wants to reach GitHub's pages now, and cannot from here.
    screen.press("y");
    screen.wait_for("It did not end well. Press Enter to go back.");
    scene.set(Mood::Fine);
    screen.enter();
    wait_long(&screen, "That account has no keys");
}

#[test]
fn gh_has_a_sign_in_that_does_not_count_any_more() {
    let Some(scene) = gh() else { return };
    scene.lab.key("id_ed25519").make();
    scene.set(Mood::Expired);
    let screen = scene.at_the_account("github.com", "gh");
    wait_long(&screen, "gh did not tell who is signed in.");
    screen.wait_for("does not take the sign-in that gh has kept any more");
    screen.wait_for("Sign in with gh");
}

#[test]
fn gh_signs_a_person_in_here() {
    let Some(scene) = gh() else { return };
    scene.lab.key("id_ed25519").make();
    fs::remove_file(scene.lab.path(".config/gh/hosts.yml")).expect("it was just written");
    let mut screen = scene.at_the_account("github.com", "gh");
    wait_long(&screen, "Nobody is signed in at gh.");
    screen.wait_for("gh auth login --hostname github.com --scopes admin:public_key");
    screen.press("y");
    screen.wait_for("What is your preferred protocol");
    screen.press("\x03");
    screen.wait_for("It did not end well. Press Enter to go back.");
    sign_in(&scene.lab);
    screen.enter();
    wait_long(&screen, "gh is signed in as octocat.");
}

#[test]
fn clever_adds_the_key_and_lists_it() {
    let Some(scene) = clever() else { return };
    scene.lab.key("id_ed25519").comment("ana@lab").make();
    let mut screen = scene.at_the_account("push.clever-cloud.com", "clever");
    wait_long(
        &screen,
        "clever is signed in as ana@lab.example. That account has no keys.",
    );
    screen.wait_for("clever ssh-keys add ana@lab ~/.ssh/id_ed25519.pub");
    screen.press("y");
    wait_long(&screen, "clever lists this key now: it has arrived.");
    screen.wait_for("on this computer: id_ed25519");
    assert_eq!(scene.key_count(), 1);
}

/// It prints a number and success, whatever the service says.
#[test]
fn clever_s_word_of_success_is_not_believed() {
    let Some(scene) = clever() else { return };
    scene.lab.key("id_ed25519").make();
    scene.set(Mood::InUse);
    let mut screen = scene.at_the_account("push.clever-cloud.com", "clever");
    wait_long(&screen, "That account has no keys");
    screen.press("y");
    wait_long(
        &screen,
        "clever does not list this key: it has not arrived.",
    );
    screen.wait_for("added successfully");
    assert!(!screen.shows("u{1b}"), "colours of a tool are no text");
    assert_eq!(scene.key_count(), 0);
}

#[test]
fn clever_has_a_sign_in_that_does_not_count_any_more() {
    let Some(scene) = clever() else { return };
    scene.lab.key("id_ed25519").make();
    scene.set(Mood::Expired);
    let screen = scene.at_the_account("push.clever-cloud.com", "clever");
    wait_long(&screen, "clever did not tell who is signed in.");
    screen.wait_for("does not take the sign-in that clever has kept any more");
    screen.wait_for("clever login");
}

#[test]
fn nobody_is_signed_in_at_clever() {
    let Some(scene) = clever() else { return };
    scene.lab.key("id_ed25519").make();
    scene.lab.unset_env("CLEVER_TOKEN");
    let screen = scene.at_the_account("push.clever-cloud.com", "clever");
    wait_long(&screen, "Nobody is signed in at clever.");
    screen.wait_for("Sign in: clever login.");
}
