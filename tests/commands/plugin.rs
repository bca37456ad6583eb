//! `plugin list` over search paths with plugins that can and cannot be called.

use std::{fs, os::unix::fs::PermissionsExt};

use super::Place;

/// A place whose search path is `path`, with these files, executable where they say so.
fn place(path: &str, files: &[(&str, u32)]) -> Place {
    let mut place = Place::new("http://127.0.0.1:1");
    place.env.insert("PATH".to_owned(), path.to_owned());
    for (name, mode) in files {
        let file = place.home().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, "").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(*mode)).unwrap();
    }
    place
}

const HEAD: &str = "The following compatible plugins are available:\n\n";

// kubectl 1.33 says the same.
#[test]
fn plugin_list_names_files_as_the_search_path_does_and_warns_of_each_on_standard_error() {
    let files = [
        ("a/kubectl-foo", 0o755),
        ("a/kubectl-get-it", 0o755),
        ("a/other", 0o755),
        ("b/kubectl-create-deployment", 0o755),
        ("b/kubectl-foo", 0o644),
    ];
    let place = place("a:./b/: :a:none", &files);
    let outcome = place.run(&["plugin", "list"]);
    let listed = "a/kubectl-foo\na/kubectl-get-it\nb/kubectl-create-deployment\nb/kubectl-foo\n";
    assert_eq!((outcome.code, outcome.out), (1, format!("{HEAD}{listed}")));
    assert_eq!(
        outcome.err,
        "Unable to read directory \"none\" from your PATH: open none: no such file or directory. Skipping...\n\
         \x20 - warning: kubectl-get-it overwrites existing command: \"kubectl get\"\n\
         \x20 - warning: kubectl-create-deployment overwrites existing command: \"kubectl create deployment\"\n\
         \x20 - warning: b/kubectl-foo identified as a kubectl plugin, but it is not executable\n\
         \x20 - warning: b/kubectl-foo is overshadowed by a similarly named plugin: a/kubectl-foo\n\
         error: 4 plugin warnings were found\n"
    );
}

#[test]
fn plugin_list_without_faults_succeeds_and_without_plugins_fails() {
    let good = place("a", &[("a/kubectl-foo", 0o755)]);
    let outcome = good.run(&["plugin", "list", "--name-only"]);
    assert_eq!(
        (outcome.code, outcome.out, outcome.err.as_str()),
        (0, format!("{HEAD}kubectl-foo\n"), "")
    );
    let none = place("a", &[("a/foo", 0o755)]).run(&["plugin", "list"]);
    assert_eq!(
        (none.code, none.out.as_str(), none.err.as_str()),
        (1, "", "error: unable to find any kubectl plugins in your PATH\n")
    );
}
