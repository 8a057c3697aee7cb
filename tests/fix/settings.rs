//! Are ssh's settings mended: names, users, ports, blocks that have no effect?

use super::lab::{Lab, Route};
use super::{Broken, broken, broken_for};

/// github.com is known, and so is the key of this name.
fn lab(name: &str) -> Lab {
    let lab = Lab::builder().ssh_dir().build();
    lab.trust("github.com");
    lab.server.publish(&lab.key(name).make());
    lab
}

/// host.example leads to the lab's server, where the default key is known for `deploy`.
fn own_server(route: Route<'_>) -> Lab {
    let lab = Lab::builder().ssh_dir().build();
    lab.route("host.example", route);
    lab.trust("host.example");
    let key = lab.key("id_ed25519").make();
    lab.server.publish_line("deploy", &key.public_line());
    lab
}

/// `ssh -T TARGET true` fails here.
#[track_caller]
fn own<'a>(lab: &'a Lab, target: &'a str) -> Broken<'a> {
    broken_for(lab, target, 0, move |lab| {
        lab.ssh(&["-T", "-oConnectTimeout=2", target, "true"])
    })
}

#[test]
fn an_own_block_for_the_short_name_covers_the_host_afterwards() {
    for (host, after) in [
        ("github", "github github.com"),
        ("GitHub.com", "GitHub.com github.com"),
        ("gitlab.com,github.com", "gitlab.com,github.com github.com"),
        ("git@github.com", "git@github.com github.com"),
        ("*.github.com", "*.github.com github.com"),
    ] {
        let lab = lab("work");
        lab.key("id_ed25519").make();
        let config = format!("# mine\nHost {host}\n  IdentityFile ~/.ssh/work\n");
        lab.write(".ssh/config", &config);
        let fixed = broken(&lab, "git@github.com")
            .previews(after)
            .gets_mended()
            .changed(&["write-text config"]);
        assert_eq!(lab.read(".ssh/config"), config.replace(host, after));
        fixed.can_be_undone();
    }
}

#[test]
fn an_alias_in_another_case_gets_a_second_name() {
    let lab = own_server(Route::Tcp);
    let config = "Host Prod\n  HostName host.example\n  User deploy\n";
    lab.write(".ssh/config", config);
    own(&lab, "prod").gets_mended().can_be_undone();
    assert_eq!(lab.read(".ssh/config"), config);
}

#[test]
fn an_alias_with_a_slip_is_for_the_person() {
    let lab = own_server(Route::Tcp);
    lab.write(
        ".ssh/config",
        "Host production\n  HostName host.example\n  User deploy\n",
    );
    own(&lab, "prodcution").needs_a_person("hostname-alias-missing");
}

#[test]
fn a_block_that_comes_too_late_moves_up_with_its_comment() {
    let lab = own_server(Route::Tcp);
    let config = "Host *.example\n  Port 2222\n\n# mine\nHost host.example\n  Port 22 # right\n\nHost z\n  Port 7\n";
    lab.write(".ssh/config", config);
    let fixed = own(&lab, "deploy@host.example").gets_mended();
    assert_eq!(
        lab.read(".ssh/config"),
        "# mine\nHost host.example\n  Port 22 # right\n\nHost *.example\n  Port 2222\n\nHost z\n  Port 7\n"
    );
    fixed.can_be_undone();
}

#[test]
fn values_that_come_too_late_in_a_shared_block_get_a_block_of_their_own() {
    let lab = own_server(Route::Tcp);
    let config = "Host *\n  HostName absent.example\nHost web other\n  HostName host.example\n";
    lab.write(".ssh/config", config);
    own(&lab, "deploy@web").gets_mended().can_be_undone();
}

#[test]
fn a_user_in_the_global_part_or_an_included_file_is_overruled() {
    for (main, more) in [
        ("User ana\nHost host.example\n  User deploy\n", ""),
        (
            "Include more\nHost host.example\n  User deploy\n",
            "Host *\n  User ana\n",
        ),
        (
            "Match host host.example\n  User ana\nInclude more\n",
            "Host host.example\n  User deploy\n",
        ),
    ] {
        let lab = own_server(Route::Sshd);
        lab.write(".ssh/config", main);
        lab.write(".ssh/more", more);
        own(&lab, "host.example").gets_mended().can_be_undone();
        assert_eq!(lab.read(".ssh/config"), main);
        assert_eq!(lab.read(".ssh/more"), more);
    }
}

#[test]
fn the_wrong_user_of_a_service_where_it_stands() {
    let lab = lab("id_ed25519");
    lab.route("hub", Route::Sshd);
    let config = "Host hub\n  HostName github.com\n  User deploy # me\n";
    lab.write(".ssh/config", config);
    let fixed = broken(&lab, "hub").gets_mended();
    assert_eq!(lab.read(".ssh/config"), config.replace("deploy", "git"));
    fixed.can_be_undone();
}

#[test]
fn the_wrong_user_of_a_service_in_an_included_file() {
    let lab = lab("id_ed25519");
    lab.route("hub", Route::Sshd);
    lab.write(".ssh/config", "Include conf.d/*\nHost *\n  User ana\n");
    let config = "Host hub\n  HostName github.com\n  User deploy\n";
    lab.write(".ssh/conf.d/hub", config);
    lab.write(".ssh/conf.d/z", "Host z\n  User z\n");
    let fixed = broken(&lab, "hub")
        .gets_mended()
        .changed(&["write-text hub"]);
    assert_eq!(lab.read(".ssh/conf.d/hub"), config.replace("deploy", "git"));
    fixed.can_be_undone();
}

#[test]
fn the_wrong_user_for_everybody_stays_for_others() {
    let lab = lab("id_ed25519");
    lab.write(".ssh/config", "User ana\nHost z\n  Port 7\n");
    let fixed = broken(&lab, "github.com").gets_mended();
    assert!(lab.ssh(&["-G", "z"]).stdout.contains("user ana\n"));
    fixed.can_be_undone();
}

#[test]
fn a_typed_user_is_the_persons_own_business() {
    let lab = lab("id_ed25519");
    broken(&lab, "ana@github.com").needs_a_person("wrong-user");
}

#[test]
fn a_port_that_a_service_does_not_have() {
    let lab = Lab::builder().ssh_dir().build();
    lab.trust("github.com");
    lab.route("github.com", Route::Tcp);
    lab.server.publish(&lab.key("id_ed25519").make());
    let config = "Host github.com\n  Port 2222\n";
    lab.write(".ssh/config", config);
    let fixed = broken(&lab, "git@github.com").gets_mended();
    assert_eq!(lab.read(".ssh/config"), config.replace("2222", "22"));
    fixed.can_be_undone();
}

#[test]
fn a_host_name_that_leads_a_service_astray() {
    let lab = Lab::builder().ssh_dir().build();
    lab.trust("github.com");
    lab.route("github.com", Route::Tcp);
    lab.server.publish(&lab.key("id_ed25519").make());
    let config = "Host github.com\n  HostName gihtub.com\n";
    lab.write(".ssh/config", config);
    let fixed = broken(&lab, "git@github.com").gets_mended();
    assert_eq!(
        lab.read(".ssh/config"),
        config.replace("gihtub.com", "github.com")
    );
    fixed.can_be_undone();
}

#[test]
fn an_alias_whose_host_name_is_a_slip() {
    let lab = lab("id_ed25519");
    lab.route("github.com", Route::Tcp);
    let config = "Host hub\n  HostName gihtub.com\n  User git\n";
    lab.write(".ssh/config", config);
    let fixed = broken(&lab, "hub").gets_mended();
    assert_eq!(
        lab.read(".ssh/config"),
        config.replace("gihtub.com", "github.com")
    );
    fixed.can_be_undone();
}

#[test]
fn one_repair_does_not_undo_another_in_the_same_block() {
    let lab = Lab::builder().ssh_dir().build();
    lab.trust("github.com");
    lab.route("github.com", Route::Tcp);
    lab.server.publish(&lab.key("work").make());
    lab.key("id_ed25519").make();
    let config = "User ana\nPort 2222\nHost z\n  IdentityFile ~/.ssh/work\n";
    lab.write(".ssh/config", config);
    let fixed = broken(&lab, "github.com").gets_mended();
    for line in ["User git", "Port 22", "IdentityFile ~/.ssh/work"] {
        assert!(lab.read(".ssh/config").contains(&format!("  {line}\n")));
    }
    assert_eq!(lab.read(".ssh/config").matches(">>> sshstep").count(), 1);
    fixed.can_be_undone();
}

#[test]
fn the_right_lines_of_a_service_move_up() {
    let lab = Lab::builder().ssh_dir().build();
    lab.trust("github.com");
    lab.route("github.com", Route::Tcp);
    lab.server.publish(&lab.key("id_ed25519").make());
    for line in ["User", "Port"] {
        let (wrong, right) = if line == "User" {
            ("ana", "git")
        } else {
            ("2222", "22")
        };
        let (all, own) = (
            format!("Host *.com\n  {line} {wrong}\n"),
            format!("# mine\nHost github.com\n  {line} {right}\n"),
        );
        lab.write(".ssh/config", format!("{all}\n{own}"));
        let target = if line == "User" {
            "github.com"
        } else {
            "git@github.com"
        };
        let fixed = broken(&lab, target).gets_mended();
        assert_eq!(lab.read(".ssh/config"), format!("{own}\n{all}"));
        fixed.can_be_undone();
    }
}

#[test]
fn a_file_of_another_program_is_overruled_and_not_changed() {
    let lab = lab("id_ed25519");
    lab.route("hub", Route::Sshd);
    lab.write(".ssh/config", "Include tool/config\n");
    let config =
        "# Generated by tool, do not edit.\nHost hub\n  HostName github.com\n  User deploy\n";
    lab.write(".ssh/tool/config", config);
    let fixed = broken(&lab, "hub").gets_mended();
    assert_eq!(lab.read(".ssh/tool/config"), config);
    assert!(
        lab.read(".ssh/config")
            .starts_with("# >>> sshstep hub\nHost hub\n  User git\n")
    );
    fixed.can_be_undone();
}

#[test]
fn a_key_whose_name_holds_signs_that_mean_something_to_ssh() {
    for name in ["a#b%c", "100%d", "my key", "%%"] {
        let lab = lab(name);
        broken(&lab, "git@github.com").gets_mended().can_be_undone();
    }
}

#[test]
fn a_misspelt_host_name_leads_to_somebody_elses_server() {
    let lab = lab("id_ed25519");
    let config = "Host github.com\n  HostName gihtub.com\n";
    lab.write(".ssh/config", config);
    let fixed = broken(&lab, "git@github.com").gets_mended();
    assert_eq!(
        lab.read(".ssh/config"),
        config.replace("gihtub", "github"),
        "{}",
        fixed.output
    );
    fixed.can_be_undone();
}
