//! Preferences shown and changed in a folder of their own.

use std::{collections::HashMap, fs, path::Path};

use crate::{streams::Streams, world::World};

/// Runs a command with a home of its own; gives the exit code and what was printed.
fn run(home: &Path, variables: &[(&str, &str)], input: &str, line: &[&str]) -> (u8, String, String) {
    let (streams, out, err) = Streams::captured(input);
    let mut env = HashMap::from([("HOME".to_owned(), home.to_string_lossy().into_owned())]);
    env.extend(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let args = ["kubectl", "kuberc"].iter().chain(line).map(|word| (*word).to_owned()).collect();
    let code = crate::run(World {
        args,
        env,
        directory: home.to_owned(),
        streams,
    });
    let tidy = |text: String| text.replace(&*home.to_string_lossy(), "HOME");
    (code, tidy(out.text()), tidy(err.text()))
}

const ASKS: &str = "kuberc file not found at HOME/.kube/kuberc\n\
    Would you like to generate a default kuberc file with recommended options? (y/N): ";

#[test]
fn view_without_a_file_offers_to_make_one() {
    let home = tempfile::tempdir().unwrap();
    let view = |input: &str| run(home.path(), &[], input, &["view"]);
    assert_eq!(view(""), (0, ASKS.to_owned(), String::new()));
    assert_eq!(view("n\n"), (0, ASKS.to_owned(), String::new()));
    assert_eq!(view("Y\n"), (0, format!("{ASKS}Updated HOME/.kube/kuberc\n"), String::new()));
    let (code, out, _) = view("");
    assert_eq!(code, 0);
    assert_eq!(
        out,
        "aliases: []\napiVersion: kubectl.config.k8s.io/v1beta1\ndefaults:\n- command: apply\n  options:\n  - default: \"true\"\n    \
         name: server-side\n- command: delete\n  options:\n  - default: \"true\"\n    name: interactive\nkind: Preference\n"
    );
}

#[test]
fn view_of_a_file_that_was_asked_for_and_is_missing_fails() {
    let home = tempfile::tempdir().unwrap();
    // As for every command, before this one is even looked for.
    let sentence = "error occurred while applying preferences kuberc error kuberc: open nope: no such file or directory\n";
    let missing = (1, String::new(), sentence.to_owned());
    assert_eq!(run(home.path(), &[], "", &["view", "--kuberc=nope"]), missing);
    assert_eq!(run(home.path(), &[("KUBERC", "nope")], "", &["view"]), missing);
    let (_, _, err) = run(home.path(), &[("KUBERC", "off")], "", &["view"]);
    assert_eq!(err, "error: KUBERC is disabled via KUBERC=off environment variable\n");
}

#[test]
fn view_of_broken_preferences_says_what_is_wrong() {
    let home = tempfile::tempdir().unwrap();
    for (text, want) in [
        (
            "a: b: c",
            "error converting YAML to JSON: yaml: mapping values are not allowed in this context",
        ),
        (
            "defaults: 3",
            "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal number into Go struct field Preference.defaults \
             of type []v1beta1.CommandDefaults",
        ),
        (
            "aliases: [{prependArgs: [1]}]",
            "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal number into Go struct field \
             AliasOverride.aliases.prependArgs of type string",
        ),
    ] {
        fs::create_dir_all(home.path().join(".kube")).unwrap();
        fs::write(home.path().join(".kube/kuberc"), text).unwrap();
        let (_, _, err) = run(home.path(), &[], "", &["view"]);
        let before = "kuberc: no preferences loaded from HOME/.kube/kuberc: no valid preferences found in HOME/.kube/kuberc, \
            use --v=5 to see details";
        assert_eq!(err, format!("{before}error: error parsing kuberc file: {want}\n"));
    }
}

#[test]
fn set_makes_and_changes_entries() {
    let home = tempfile::tempdir().unwrap();
    let set = |line: &[&str]| run(home.path(), &[], "", &[&["set", "--section"], line].concat());
    let read = || fs::read_to_string(home.path().join(".kube/kuberc")).unwrap();
    let updated = (0, "Updated HOME/.kube/kuberc\n".to_owned(), String::new());
    assert_eq!(set(&["defaults", "--command", "get", "--option", "--output=wide"]), updated);
    assert_eq!(
        read(),
        "aliases: null\napiVersion: kubectl.config.k8s.io/v1beta1\ndefaults:\n- command: get\n  options:\n  - default: wide\n    \
         name: output\nkind: Preference\n"
    );
    let (code, _, err) = set(&["defaults", "--command", "get"]);
    assert_eq!(
        (code, err.as_str()),
        (1, "error: defaults for command \"get\" already exist, use --overwrite to replace\n")
    );
    let before = read();
    assert_eq!(
        set(&["defaults", "--command", "get", "--overwrite"]),
        updated,
        "what is not given stays"
    );
    assert_eq!(read(), before);
    let alias = [
        "aliases",
        "--name",
        "getn",
        "--command",
        "get",
        "--prependarg",
        "nodes",
        "--appendarg=--",
        "--appendarg=x",
    ];
    assert_eq!(set(&alias), updated);
    let plugin = ["credentialplugin", "--policy", "Allowlist", "--allowlist-entry", "command=helper"];
    assert_eq!(set(&plugin), updated);
    assert_eq!(
        read(),
        "aliases:\n- appendArgs:\n  - --\n  - x\n  command: get\n  name: getn\n  prependArgs:\n  - nodes\n\
         apiVersion: kubectl.config.k8s.io/v1beta1\ncredentialPluginAllowlist:\n- command: helper\n\
         credentialPluginPolicy: Allowlist\ndefaults:\n- command: get\n  options:\n  - default: wide\n    name: output\nkind: Preference\n"
    );
}

#[test]
fn set_of_flags_that_do_not_go_together_changes_nothing() {
    let home = tempfile::tempdir().unwrap();
    for (line, want) in [
        (
            &["nope"][..],
            "--section must be \"defaults\", \"aliases\", or \"credentialplugin\", got: nope",
        ),
        (&["aliases", "--command", "get"], "--name is required when --section=aliases"),
        (
            &["defaults", "--name", "x"],
            "--name should not be specified when --section=defaults",
        ),
        (
            &["defaults", "--appendarg", "x"],
            "--prependarg and --appendarg are only valid for --section=aliases",
        ),
        (&["defaults"], "--command is required when --section=aliases or --section=defaults"),
        (
            &["defaults", "--command", "get", "--option", "x"],
            "invalid option format \"x\", expected flag=value",
        ),
        (&["credentialplugin"], "--policy is required when --section=credentialplugin"),
        (&["credentialplugin", "--policy", "x"], "invalid value for --policy: \"x\""),
        (
            &["credentialplugin", "--policy", "Allowlist", "--allowlist-entry", "x,y=z"],
            "improperly formatted allowlist entry: \"x\"\nunrecognized allowlist entry field: \"y\"",
        ),
    ] {
        let (code, out, err) = run(home.path(), &[], "", &[&["set", "--section"], line].concat());
        assert_eq!((code, out.as_str(), err), (1, "", format!("error: {want}\n")));
    }
    assert!(!home.path().join(".kube").exists());
}
