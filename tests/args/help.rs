//! Help as a whole, as people see it.

use kubectl_rs::{
    args::{self, find, help},
    commands::ROOT,
};

use super::chains;

fn surroundings() -> help::Surroundings {
    help::Surroundings {
        cache_directory: "/home/ada/.kube/cache".to_owned(),
        width: None,
        plugins: vec!["dance".to_owned()],
    }
}

fn help_of(words: &[&str]) -> String {
    let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    help::help(&args::find(&ROOT, &words).chain, &surroundings())
}

#[test]
fn help_of_the_root_lists_groups_and_plugins() {
    insta::assert_snapshot!("root", help_of(&[]));
}

#[test]
fn help_of_get_has_every_section() {
    insta::assert_snapshot!("get", help_of(&["get"]));
}

#[test]
fn help_of_a_folder_lists_aliases_and_commands() {
    insta::assert_snapshot!("create-service", help_of(&["create", "service"]));
}

#[test]
fn global_options_have_the_real_cache_directory() {
    let text = help::global_options(&surroundings());
    assert!(
        text.starts_with("The following options can be passed to any command:\n\n    --as='':\n\t"),
        "{text}"
    );
    assert!(text.contains("    --cache-dir='/home/ada/.kube/cache':\n"), "{text}");
    assert!(text.contains("    -v, --v=0:\n\t"), "{text}");
    assert!(text.contains("    --vmodule=:\n\t"), "{text}");
    assert!(text.ends_with(".\n"), "{text}");
}

#[test]
fn help_of_every_command_is_text_in_kubectl_s_layout() {
    for chain in chains() {
        let (path, command) = (find::path(&chain), chain[chain.len() - 1]);
        let text = help::help(&chain, &surroundings());
        match command.name {
            "options" => assert_eq!(text, "", "{path}"),
            "alpha" => assert_eq!(text, "No alpha commands are available in this version of kubectl\n"),
            _ => {
                let last = "Use \"kubectl options\" for a list of global command-line options (applies to all commands).\n";
                assert!(text.starts_with(command.long.lines().next().unwrap()), "{path}");
                assert!(text.contains(&format!("\n\nUsage:\n  {path}")), "{path}: {text}");
                assert!(text.ends_with(last), "{path}");
                assert!(!text.contains("\n\n\n"), "{path}: {text}");
                assert_eq!(
                    text.contains("\nAvailable Commands:\n"),
                    !command.children.is_empty() && chain.len() > 1
                );
            }
        }
    }
}

#[test]
fn help_on_a_narrow_terminal_wraps_at_words() {
    let narrow = help::Surroundings {
        width: Some(60),
        ..surroundings()
    };
    for chain in chains() {
        let text = help::help(&chain, &narrow);
        let prose = text.lines().filter(|line| line.starts_with('\t') && line.contains(' '));
        for line in prose {
            assert!(
                line.chars().count() + 7 <= 60 || line.contains("://") || line.split(' ').count() == 1,
                "{line:?}"
            );
        }
    }
}
