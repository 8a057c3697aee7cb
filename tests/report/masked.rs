//! Does `--masked`, on the command line and by `p` in the wizard, hide what a report hides?

use super::worlds::{self, World};

fn masked(world: &World) {
    for form in [&["check", "--masked"][..], &["check", "--masked", "--json"]] {
        let output = world.run(form);
        assert!([0, 1].contains(&output.code), "{output}");
        world.assert_clean(&form.join(" "), &output.stdout);
        world.assert_clean("standard error", &output.stderr);
    }
}

macro_rules! worlds {
    ($($name:ident)*) => {$(
        #[test]
        fn $name() {
            masked(&worlds::$name());
        }
    )*};
}
worlds! {
    alias jump repository hostile_server hostile_gate changed_host wrong_line certificates github platformsh
    own_profile own_service_speaks odd_names proxy_words
}

/// Everything that a masked screen has ever held.
fn wizard(world: &World, failed: &str) {
    let lab = &world.lab;
    let mut words = vec!["--masked"];
    words.extend(world.args.iter().map(String::as_str));
    let command = lab.command("sshstep").args(&words).dir(&world.dir);
    let mut screen = command.terminal(100, 40);
    screen.wait_for(failed);
    screen.press("c");
    screen.wait_for("Screen 02");
    screen.press("b");
    screen.wait_for(failed);
    screen.press("q");
    screen.wait_exit();
    let raw = String::from_utf8_lossy(&screen.raw()).into_owned();
    // The screen's own colours begin with it.
    let raw = raw.replace('\u{1b}', "");
    world.assert_clean("the wizard", &raw);
}

/// The same by `p`, which must hide what stood there before.
fn by_p(world: &World, failed: &str, shown: &str) {
    let words = world.args.iter().map(String::as_str);
    let command = world.lab.command("sshstep").args(words);
    let mut screen = command.dir(&world.dir).terminal(100, 40);
    screen.wait_for(failed);
    screen.wait_for(shown);
    screen.press("p");
    screen.wait_gone(shown);
    world.assert_clean("by p", &screen.to_string());
    screen.press("c");
    screen.wait_for("Screen 02");
    world.assert_clean("the commands by p", &screen.to_string());
    screen.press("q");
    screen.wait_exit();
}

#[test]
fn the_wizard_at_a_wrong_line() {
    wizard(&worlds::wrong_line(), "Screen 7");
    by_p(&worlds::wrong_line(), "Screen 7", "hunter2");
}

#[test]
fn the_wizard_at_an_own_service() {
    wizard(&worlds::own_service(), "Screen");
    by_p(&worlds::own_service(), "Screen", "Canary Nest");
}

/// The report that is saved from the failing screen, where names are shown: with what was pressed, and no name.
fn saved_in_the_wizard(world: &World, failed: &str) {
    let command = world.lab.command("sshstep").arg("fix").args(&world.args);
    let mut screen = command.dir(&world.dir).terminal(100, 40);
    screen.wait_for(failed);
    screen.wait_for("Save a report for support");
    let rows = screen.rows();
    let choice = rows.iter().find_map(|row| {
        let (number, _) = row.split_once("  Save a report for support")?;
        Some(number.trim_start_matches([' ', '>', '\u{276f}']).to_owned())
    });
    screen.press(choice.expect("a number").trim());
    screen.wait_for("Screen 90");
    screen.wait_for("Save as ~/sshstep-");
    screen.press("1");
    screen.wait_for("Saved: ~/sshstep-");
    screen.press("q");
    screen.wait_exit();
    let saved = world.lab.tree();
    let names = saved.paths().into_iter().filter(|path| {
        let name = path.to_string_lossy();
        name.starts_with("sshstep-") && !name.contains('/')
    });
    let mut count = 0;
    for name in names {
        let text = world.lab.read(name);
        world.assert_clean(&name.to_string_lossy(), &text);
        assert!(text.contains("You pressed"), "{text}");
        assert!(text.contains(world.code), "{text}");
        count += 1;
    }
    assert_eq!(count, 2);
}

#[test]
fn a_report_from_the_wizard() {
    saved_in_the_wizard(&worlds::wrong_line(), "Screen 71");
    saved_in_the_wizard(&worlds::proxy_words(), "Screen 7");
}
