//! Lines run with preferences in a home of their own. Sentences are those that a real kubectl prints.

use std::{collections::HashMap, fs};

use crate::{streams::Streams, world::World};

/// Runs `line` with `text` as the usual file, or without one; gives the exit code and what was printed.
fn run_in(text: Option<&str>, env: &[(&str, &str)], line: &[&str]) -> (u8, String, String) {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join(".kube")).unwrap();
    if let Some(text) = text {
        fs::write(home.path().join(".kube/kuberc"), text).unwrap();
        fs::write(home.path().join("rc"), text).unwrap();
    }
    let (streams, out, err) = Streams::captured("");
    let mut variables = HashMap::from([("HOME".to_owned(), home.path().display().to_string())]);
    variables.extend(env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let code = crate::run(World {
        args: ["kubectl"].iter().chain(line).map(|word| (*word).to_owned()).collect(),
        env: variables,
        directory: home.path().to_owned(),
        streams,
    });
    let tidy = |text: String| text.replace(&*home.path().to_string_lossy(), "HOME");
    (code, tidy(out.text()), tidy(err.text()))
}

fn run(body: &str, line: &str) -> (u8, String, String) {
    let text = format!("apiVersion: kubectl.config.k8s.io/v1beta1\nkind: Preference\n{body}");
    run_in(Some(&text), &[], &line.split_whitespace().collect::<Vec<_>>())
}

/// What a line prints that succeeds without a word of complaint.
#[track_caller]
fn printed(body: &str, line: &str) -> String {
    let (code, out, err) = run(body, line);
    assert_eq!((code, err.as_str()), (0, ""), "{line}");
    out
}

/// How a line fails.
#[track_caller]
fn failure(body: &str, line: &str) -> String {
    let (code, out, err) = run(body, line);
    assert_eq!((code, out.as_str()), (1, ""), "{line}: {err}");
    err
}

const CONFIG_MAPS: &str = r#"
defaults:
- command: create configmap
  options:
  - {name: dry-run, default: client}
  - {name: output, default: yaml}
  - {name: namespace, default: zz}
  - {name: from-literal, default: a=b}
- {command: get, options: [{name: output, default: bogus}]}
aliases:
- name: mk
  command: create configmap
  prependArgs: [one]
  appendArgs: [--from-literal=z=y]
  options:
  - {name: dry-run, default: client}
  - {name: output, default: yaml}
  - {name: from-literal, default: q=w}
- {name: folder, command: create, options: [{name: output, default: name}]}
- {name: view, command: config view, options: [{name: output, default: json}]}
- {name: get, command: options}
- {name: wrong, command: nope at all}
- {name: flagless, command: options, options: [{name: zzz, default: '1'}]}
- {name: unfit, command: create deployment, options: [{name: replicas, default: x}]}
- {name: self, command: mk}
"#;

fn config_map(data: &str, name: &str, namespace: &str) -> String {
    let namespace = if namespace.is_empty() {
        String::new()
    } else {
        format!("  namespace: {namespace}\n")
    };
    format!("apiVersion: v1\ndata:\n{data}kind: ConfigMap\nmetadata:\n  name: {name}\n{namespace}")
}

#[test]
fn defaults_count_where_the_line_does_not_give_the_flag() {
    let plain = config_map("  a: b\n", "x", "zz");
    assert_eq!(printed(CONFIG_MAPS, "create configmap x"), plain);
    assert_eq!(printed(CONFIG_MAPS, "create cm x"), plain, "by another name of the command");
    assert_eq!(
        printed(CONFIG_MAPS, "create cm x --from-literal=k=v"),
        config_map("  k: v\n", "x", "zz")
    );
    for line in [
        "create cm -n ns x",
        "create cm -nns x",
        "create cm --namespace ns x",
        "-n=ns create cm x",
    ] {
        assert_eq!(printed(CONFIG_MAPS, line), config_map("  a: b\n", "x", "ns"), "{line}");
    }
    assert_eq!(printed(CONFIG_MAPS, "create cm -o name x"), "configmap/x\n");
    assert_eq!(
        printed(CONFIG_MAPS, "create cm --from_literal=k=v x"),
        config_map("  a: b\n  k: v\n", "x", "zz"),
        "kubectl does not see that underscores are dashes"
    );
}

#[test]
fn defaults_of_the_older_version_have_other_names() {
    let text = "apiVersion: kubectl.config.k8s.io/v1alpha1\nkind: Preference\noverrides:\n- command: create cm\n  flags:\n  \
        - {name: dry-run, default: client}\n  - {name: output, default: name}\n";
    let (code, out, err) = run_in(Some(text), &[], &["create", "configmap", "x"]);
    assert_eq!((code, out.as_str(), err.as_str()), (0, "configmap/x\n", ""));
}

#[test]
fn an_alias_is_its_command_with_more_arguments_and_other_defaults() {
    assert_eq!(printed(CONFIG_MAPS, "mk"), config_map("  q: w\n  z: \"y\"\n", "one", ""));
    assert_eq!(
        printed(CONFIG_MAPS, "mk --from-literal=c=d"),
        config_map("  c: d\n  z: \"y\"\n", "one", "")
    );
    assert_eq!(printed(CONFIG_MAPS, "mk -oname"), "configmap/one\n");
    assert!(printed(CONFIG_MAPS, "view").starts_with("{\n"));
    assert_eq!(
        printed(CONFIG_MAPS, "folder cm x"),
        config_map("  a: b\n", "x", "zz"),
        "what is in a folder keeps its own defaults"
    );
}

#[test]
fn an_alias_calls_itself_by_its_own_name() {
    assert_eq!(
        failure(CONFIG_MAPS, "mk a"),
        "error: exactly one NAME is required, got 2\nSee 'kubectl mk -h' for help and examples\n"
    );
    assert_eq!(
        failure(CONFIG_MAPS, "mk --bogus"),
        "error: unknown flag: --bogus\nSee 'kubectl mk --help' for usage.\n"
    );
    assert_eq!(
        failure(CONFIG_MAPS, "folder cm"),
        "error: exactly one NAME is required, got 0\nSee 'kubectl create configmap -h' for help and examples\n"
    );
    assert!(printed(CONFIG_MAPS, "mk --help").contains("\nUsage:\n  kubectl mk [options]\n"));
}

#[test]
fn an_alias_behind_a_flag_with_a_value_is_not_found() {
    let sentence = "Error: flags cannot be placed before plugin name: -n\n";
    assert_eq!(failure(CONFIG_MAPS, "-n shop mk"), sentence);
    assert!(printed(CONFIG_MAPS, "--namespace=shop mk").contains("namespace: shop"));
    assert_eq!(
        printed(CONFIG_MAPS, "-nshop mk"),
        "configmap/one created (dry run)\n",
        "kubectl takes the letter o in it for -o"
    );
}

#[test]
fn preferences_that_make_no_sense_keep_the_line_from_being_run() {
    let before = "error occurred while applying preferences ";
    for (line, sentence) in [
        ("wrong", "command \"nope at all\" not found to set alias \"wrong\": [nope at all]"),
        ("flagless", "invalid alias flag zzz in alias kubectl"),
        (
            "unfit a",
            "could not apply value x to flag replicas in alias kubectl err: invalid argument \"x\" for \"-r, --replicas\" flag: \
             strconv.ParseInt: parsing \"x\": invalid syntax",
        ),
        ("self", "command \"mk\" not found to set alias \"self\": [mk]"),
        ("options --kuberc", "kuberc file is not found"),
        ("options --kuberc=", "kuberc file is not found"),
        ("options --kuberc=nope", "kuberc error kuberc: open nope: no such file or directory"),
        ("options --kuberc .", "kuberc error kuberc: read .: is a directory"),
    ] {
        assert_eq!(failure(CONFIG_MAPS, line), format!("{before}{sentence}\n"), "{line}");
    }
    for (body, line, sentence) in [
        (
            "aliases: [{name: a1, command: get}]",
            "options",
            "invalid alias name, can only include alphabetical characters",
        ),
        (
            "aliases: [{name: a, command: get}, {name: a, command: get}]",
            "options",
            "duplicate alias name a",
        ),
        (
            "aliases: [{name: a, command: get, options: [{name: --x}]}]",
            "options",
            "flag name --x should be in long form without dashes",
        ),
        (
            "defaults: [{command: get, options: [{name: -x}]}]",
            "options",
            "flag name -x should be in long form without dashes",
        ),
        (
            "defaults: [{command: options, options: [{name: v, default: '1'}]}]",
            "options",
            "invalid flag v for command options",
        ),
        (
            "defaults: [{command: options, options: [{name: help, default: 'true'}]}]",
            "options",
            "invalid flag help for command options",
        ),
        (
            "defaults: [{command: opt, options: []}]\naliases: [{name: opt, command: options}]",
            "opt",
            "alias opt can not be overridden",
        ),
        (
            "defaults: [{command: create deployment, options: [{name: replicas, default: x}]}]",
            "create deployment x",
            "could not apply override value x to flag replicas in command create deployment err: invalid argument \"x\" for \
             \"-r, --replicas\" flag: strconv.ParseInt: parsing \"x\": invalid syntax",
        ),
        (
            "credentialPluginPolicy: DenyAll\ncredentialPluginAllowlist: []",
            "options",
            "misconfigured credential plugin allowlist: plugin policy is \"DenyAll\" but allowlist is non-nil",
        ),
    ] {
        assert_eq!(failure(body, line), format!("{before}{sentence}\n"), "{body}");
    }
}

#[test]
fn what_cannot_be_used_is_reported_and_passed_over() {
    let (code, _, err) = run("defaults: [{command: nope}]", "options");
    assert_eq!(
        (code, err.as_str()),
        (0, "Warning: command \"nope\" not found to set kuberc override\n")
    );
    let (_, _, err) = run(CONFIG_MAPS, "__complete get --no-head");
    assert!(
        err.starts_with("Warning: Setting alias \"get\" to a built-in command is not supported\n"),
        "{err}"
    );
    for (body, sentence) in [
        ("foo: bar", "unknown field \"foo\""),
        (
            "defaults: [{command: get, options: [{nome: x}]}]\naliases: [{name: a, foo: bar}]",
            "unknown field \"aliases[0].foo\", unknown field \"defaults[0].options[0].nome\"",
        ),
        (
            "kind: Preference",
            "yaml: unmarshal errors:\n  line 3: key \"kind\" already set in map",
        ),
    ] {
        let (code, out, err) = run(body, "options");
        let want = format!("kuberc: ignoring strict decoding error in HOME/.kube/kuberc: strict decoding error: {sentence}");
        assert_eq!((code, out.is_empty(), err), (0, false, want), "{body}");
    }
}

#[test]
fn a_file_without_preferences_is_an_error_only_where_it_was_asked_for() {
    let header = "apiVersion: kubectl.config.k8s.io/v1beta1\nkind: Preference\n";
    for text in [
        "# nothing".to_owned(),
        "{}".to_owned(),
        "a: b: c".to_owned(),
        "apiVersion: kubectl.config.k8s.io/v9\nkind: Preference".to_owned(),
        format!("{header}defaults: 3"),
        format!("{header}credentialPluginAllowlist: [{{name: a, command: b}}]"),
    ] {
        let what = |name: &str| format!("no valid preferences found in {name}, use --v=5 to see details");
        let (code, out, err) = run_in(Some(&text), &[], &["options"]);
        let usual = "HOME/.kube/kuberc";
        assert_eq!(
            (code, out.is_empty(), err),
            (0, false, format!("kuberc: no preferences loaded from {usual}: {}", what(usual))),
            "{text}"
        );
        for (env, line) in [(&[][..], &["options", "--kuberc", "rc"][..]), (&[("KUBERC", "rc")], &["options"])] {
            let (code, out, err) = run_in(Some(&text), env, line);
            let want = format!("error occurred while applying preferences kuberc error kuberc: {}\n", what("rc"));
            assert_eq!((code, out.as_str(), err), (1, "", want), "{text}");
        }
    }
    let (code, _, err) = run_in(Some(""), &[], &["options", "--kuberc=rc"]);
    assert_eq!((code, err.as_str()), (0, ""));
    let later = format!("apiVersion: v1\nkind: Pod\n---\n{header}defaults: [{{command: nope}}]\n");
    let (_, _, err) = run_in(Some(&later), &[], &["options"]);
    assert_eq!(err, "Warning: command \"nope\" not found to set kuberc override\n");
}

#[test]
fn preferences_can_be_turned_off() {
    let text = "apiVersion: kubectl.config.k8s.io/v1beta1\nkind: Preference\ndefaults: [{command: nope}]\n";
    let off = ("KUBERC", "off");
    assert_eq!(run_in(Some(text), &[off], &["options"]).2, "");
    assert_eq!(
        run_in(Some(text), &[off], &["options", "--kuberc=rc"]).2,
        "error occurred while applying preferences kuberc error disabling kuberc via KUBERC=off and passing kuberc flag are \
         mutually exclusive\n"
    );
    let gone = ("KUBECTL_KUBERC", "False");
    assert_eq!(run_in(Some(text), &[gone], &["version", "--client"]).2, "");
    assert_eq!(
        run_in(Some(text), &[gone], &["version", "--kuberc=rc"]).2,
        "error: unknown flag: --kuberc\nSee 'kubectl version --help' for usage.\n"
    );
    assert_eq!(
        run_in(Some(text), &[gone], &["kuberc", "view"]).2,
        "error: unknown command \"kuberc\" for \"kubectl\"\n"
    );
    assert!(!run_in(Some(text), &[gone], &["--help"]).1.contains("kuberc"));
}

#[test]
fn the_log_shows_the_line_that_preferences_stand_for() {
    let (_, _, err) = run(CONFIG_MAPS, "mk -v=1");
    let line =
        "] original command: \"kubectl create configmap --dry-run=client --output=yaml --from-literal=q=w  one -v=1 --from-literal=z=y\"\n";
    assert!(err.ends_with(line), "{err}");
    let (_, _, err) = run(CONFIG_MAPS, "create cm -oyaml x -v=1");
    let line = "] original command: \"kubectl create cm -oyaml x -v=1 --dry-run=client --namespace=zz --from-literal=a=b\"\n";
    assert!(err.ends_with(line), "{err}");
}

#[test]
fn completion_knows_aliases() {
    let (code, out, _) = run("aliases: [{name: g, command: get}]", "__complete g --output=k");
    assert_eq!((code, out.as_str()), (0, "kyaml\n:4\n"));
    let words = ["__complete", "folder", "conf"];
    let text = format!("apiVersion: kubectl.config.k8s.io/v1beta1\nkind: Preference\n{CONFIG_MAPS}");
    let (_, out, _) = run_in(Some(&text), &[], &words);
    assert!(out.starts_with("configmap\t"), "{out}");
}

#[test]
fn credential_programs_run_only_as_far_as_the_rules_allow() {
    let home = tempfile::tempdir().unwrap();
    let config = home.path().join("config");
    let text = r#"{"apiVersion":"v1","kind":"Config","current-context":"c","contexts":[{"name":"c","context":{"cluster":"c","user":"u"}}],
        "clusters":[{"name":"c","cluster":{"server":"https://127.0.0.1:1"}}],"users":[{"name":"u","user":{"exec":
        {"apiVersion":"client.authentication.k8s.io/v1","command":"/bin/false","interactiveMode":"Never"}}}]}"#;
    fs::write(&config, text).unwrap();
    let line = format!("--kubeconfig={} get --raw /version", config.display());
    let denied = "plugin \"/bin/false\" not allowed: policy set to \"DenyAll\"";
    let (code, _, err) = run("credentialPluginPolicy: DenyAll", &line);
    assert!(code == 1 && err.contains(denied), "{err}");
    let (_, _, err) = run("credentialPluginPolicy: AllowAll", &line);
    assert!(!err.contains("not allowed"), "{err}");
}
