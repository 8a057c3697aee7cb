//! Does the tool tell what is so of the project, and is its environment deployed only after y?

use super::*;

/// The project as the tool tells it: the state of the environment, and how its last deployment ended. Deploying makes
/// the gateway let the person in.
fn project(lab: &Lab, status: &str, result: &str) {
    let run = lab.dir().join("server/say");
    let deploy = format!(
        "printf 'Are you sure you want to deploy the environment main? [Y/n] ' >&2; read -r answer\n    echo \"cat '{}'; exit 0\" >'{}' ;;\n",
        lab.dir().join("server/welcome").display(),
        run.display()
    );
    fs::write(lab.dir().join("server/welcome"), WELCOME).expect("writable");
    let more = format!(
        "environment:list) printf 'staging\\tstaging-5emqmvq\\tActive\\nmain\\tmain-7rqtwti\\t{status}\\n' ;;\n\
         activity:list) [ '{result}' ] || {{ echo 'No activities found' >&2; exit 1; }}; printf 'complete\\t{result}\\n' ;;\n\
         environment:redeploy|environment:activate|environment:resume) {deploy}"
    );
    tool(lab, None, &more);
}

/// Screen 77, from the refusal.
fn environment(lab: &Lab) -> Terminal {
    let mut screen = repair(lab, "environment-inactive");
    screen.press("1");
    screen.wait_for("Screen 77");
    screen
}

#[test]
fn what_is_done_depends_on_the_state_and_is_tested_afterwards() {
    for (status, result, words, command) in [
        (
            "Active",
            "failure",
            "Its last deployment failed",
            "redeploy",
        ),
        ("Active", "success", "It runs, but newer keys", "redeploy"),
        ("Inactive", "", "It does not run", "activate"),
        ("Paused", "", "It is paused", "resume"),
    ] {
        let lab = gateway();
        known_key(&lab);
        says(&lab, NO_ACCESS, 255);
        project(&lab, status, result);
        let mut screen = environment(&lab);
        screen.wait_for(words);
        screen.wait_for("main (main-7rqtwti)");
        let line = format!("environment:{command} -p abcdefghi5k -e main-7rqtwti");
        screen.wait_for(&format!("platform {line}"));
        assert!(!screen.shows("more row"), "{screen}");
        // Asked only, and nothing is done by Enter.
        let asked = calls(&lab);
        assert!(
            asked
                .iter()
                .all(|call| call.contains("list") || call.contains("info")),
            "{asked:?}"
        );
        screen.press("p");
        screen.wait_for("names are hidden now");
        assert!(
            !screen.shows("abcdefghi5k") && !screen.shows("7rqtwti"),
            "{screen}"
        );
        screen.press("p");
        screen.wait_for("names are shown again");
        screen.press("y");
        screen.wait_for("Are you sure");
        screen.enter();
        screen.wait_for("It works");
        assert_eq!(calls(&lab).last(), Some(&line));
    }
}

#[test]
fn a_deployment_under_way_and_a_wrong_name_offer_none() {
    for (status, words) in [
        ("In progress", "Wait until that is over"),
        ("Deleting", "Deleting"),
    ] {
        let lab = gateway();
        known_key(&lab);
        says(&lab, NO_ACCESS, 255);
        project(&lab, status, "");
        let screen = environment(&lab);
        screen.wait_for(words);
        assert!(!screen.shows("With y this runs"), "{screen}");
    }
    let lab = gateway();
    known_key(&lab);
    says(&lab, NO_ACCESS, 255);
    tool(
        &lab,
        None,
        "environment:list) printf 'main\\tmain-bvxea6i\\tActive\\n' ;;\n",
    );
    let screen = environment(&lab);
    screen.wait_for("not in this project");
    screen.wait_for("The name in the address is wrong");
}

#[test]
fn a_deployment_that_is_not_confirmed_and_a_tool_that_is_signed_out() {
    let lab = gateway();
    known_key(&lab);
    says(&lab, NO_ACCESS, 255);
    tool(
        &lab,
        None,
        "environment:list) printf 'main\\tmain-7rqtwti\\tActive\\n' ;;\nactivity:list) exit 1 ;;\nenvironment:redeploy) exit 1 ;;\n",
    );
    let mut screen = environment(&lab);
    screen.wait_for("With y this runs");
    screen.press("y");
    screen.wait_for("It did not end well. Press Enter");
    screen.enter();
    screen.wait_for("The command did not end well.");
    // It was asked again by then.
    screen.wait_for("With y this runs");
    // Its real exit code is 0 then, and it prints nothing.
    lab.fake_program("platform", "exit 0");
    screen.press("r");
    screen.wait_for("Nobody is signed in at platform.");
    // Enter asks again; with y the tool signs in, and is asked again then.
    screen.wait_for("With y this runs, and asks you here in the terminal:");
    tool(
        &lab,
        None,
        "environment:list) printf 'main\\tmain-7rqtwti\\tPaused\\n' ;;\n",
    );
    screen.press("y");
    screen.wait_for("It is paused");
    assert_eq!(
        calls(&lab).iter().filter(|call| *call == "login").count(),
        1
    );
}

/// What is no list says nothing of the environment.
#[test]
fn words_in_the_place_of_a_list_are_not_taken_for_one() {
    let lab = gateway();
    known_key(&lab);
    says(&lab, NO_ACCESS, 255);
    tool(
        &lab,
        None,
        "environment:list) echo 'A new version is there!' ;;\n",
    );
    let screen = environment(&lab);
    screen.wait_for("platform did not tell about the project.");
    screen.wait_for("A new version is there!");
    assert!(!screen.shows("not in this project"), "{screen}");
}

#[test]
fn without_the_tool_an_empty_commit_is_shown_and_left_to_the_person() {
    let lab = gateway();
    known_key(&lab);
    says(&lab, NO_ACCESS, 255);
    let folder = lab.repository("site", &format!("abcdefghi5k@{GIT}:abcdefghi5k.git"));
    let mut screen = lab
        .command("sshstep")
        .arg(target())
        .dir(&folder)
        .terminal(80, 24);
    screen.wait_for("environment-inactive");
    screen.press("1");
    screen.wait_for("Screen 77");
    screen.wait_for("platform is not installed here");
    screen.wait_for("git commit --allow-empty -m Redeploy");
    screen.wait_for("git push origin");
    assert!(!screen.shows("Do it"), "{screen}");
    let log = lab
        .command("git")
        .args(["log", "--oneline"])
        .dir(&folder)
        .run();
    assert_ne!(log.code, 0, "there is no commit: {log}");
}

#[test]
fn code_that_comes_from_github_leads_to_github() {
    let lab = gateway();
    let key = known_key(&lab);
    lab.trust("github.com");
    tool(
        &lab,
        None,
        "integration:list) printf 'github\\t\"Repository: acme/site\\nHook URL: https://eu.platform.sh/x\"\\n' ;;\n",
    );
    let folder = lab.repository("site", &format!("abcdefghi5k@{GIT}:abcdefghi5k.git"));
    let mut screen = lab.command("sshstep").dir(&folder).terminal(80, 24);
    screen.wait_for("origin");
    screen.enter();
    screen.wait_for("key-not-registered");
    screen.wait_for("3  Ask platform about the project");
    screen.press("3");
    screen.wait_for("Its code comes from GitHub");
    lab.server.publish(&key);
    screen.press("1");
    screen.wait_for("signed you in as octocat");
    assert_eq!(
        calls(&lab).last().map(String::as_str),
        Some(
            "integration:list --project abcdefghi5k --format tsv --columns type,summary --no-header"
        )
    );
}
