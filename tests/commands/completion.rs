//! `completion`, `__complete`, and the scripts in the shells that there are.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::{Place, offers, run};
use crate::{
    program_file::write_program,
    server::{Asked, Reply, Server},
};

/// A server with two pods, two nodes and two namespaces; whatever else is asked for has the name of its type.
fn answer(asked: &Asked) -> Reply {
    if let Some(reply) = offers::answer(asked) {
        return reply;
    }
    let path = asked.path.split('?').next().unwrap();
    let last = path.rsplit('/').next().unwrap();
    let list = |names: [&str; 2]| {
        let items = names.map(|name| format!(r#"{{"spec":{{"name":"no"}},"metadata":{{"name":"{name}"}}}}"#));
        Reply::Json(
            200,
            format!(
                r#"{{"kind":"List","apiVersion":"v1","metadata":{{}},"items":[{}]}}"#,
                items.join(",")
            ),
        )
    };
    match last {
        "pods" => list(["web-1", "web-2"]),
        "nodes" => list(["node-1", "node-2"]),
        "namespaces" => list(["shop", "stock"]),
        "web-1" => Reply::Json(
            200,
            r#"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"web-1"},"spec":{"initContainers":[{"name":"init","ports":[{"containerPort":1}]}],
                "containers":[{"name":"app","ports":[{"containerPort":80},{"containerPort":443}]},{"name":"side"}],
                "ephemeralContainers":[{"name":"debug"}]}}"#
                .to_owned(),
        ),
        "till" => Reply::Json(
            200,
            r#"{"kind":"Deployment","apiVersion":"apps/v1","metadata":{"name":"till","namespace":"shop"},
                "spec":{"selector":{"matchLabels":{"app":"till"}}}}"#
                .to_owned(),
        ),
        "deployments" => list(["till", "stockroom"]),
        _ => offers::refusal(404, "NotFound", "the server could not find the requested resource"),
    }
}

/// What `__completeNoDesc` prints, lines joined by spaces.
fn offered(server: &Server, words: &[&str]) -> String {
    let line: Vec<&str> = ["__completeNoDesc"].iter().chain(words).copied().collect();
    let outcome = run(server, &line);
    assert_eq!(outcome.code, 0, "{words:?}: {}", outcome.err);
    outcome.out.lines().collect::<Vec<_>>().join(" ")
}

#[test]
fn completion_prints_the_script_of_each_shell() {
    let place = Place::new("http://127.0.0.1:1");
    for (shell, sign) in [
        ("bash", "complete -o default -F __start_kubectl kubectl"),
        ("zsh", "compdef _kubectl kubectl"),
        ("fish", "complete -c kubectl"),
        ("powershell", "Register-ArgumentCompleter -Native -CommandName 'kubectl'"),
    ] {
        let outcome = place.run(&["completion", shell]);
        assert_eq!((outcome.code, outcome.err.as_str()), (0, ""), "{shell}");
        assert!(outcome.out.contains(sign) && outcome.out.contains("__complete"), "{shell}");
    }
    assert!(place.run(&["completion", "zsh"]).out.starts_with("#compdef kubectl\n"));
}

#[test]
fn completion_of_anything_but_one_shell_says_what_kubectl_says() {
    let place = Place::new("http://127.0.0.1:1");
    for (words, sentence) in [
        (&["completion"][..], "Shell not specified."),
        (&["completion", "bogus"], "Unsupported shell type \"bogus\"."),
        (&["completion", "bash", "zsh"], "Too many arguments. Expected only the shell type."),
    ] {
        let outcome = place.run(words);
        let expected = format!("error: {sentence}\nSee 'kubectl completion -h' for help and examples\n");
        assert_eq!((outcome.code, outcome.out.as_str(), outcome.err), (1, "", expected));
    }
}

#[test]
fn complete_without_words_fails() {
    let outcome = Place::new("http://127.0.0.1:1").run(&["__complete"]);
    assert_eq!((outcome.code, outcome.out.as_str()), (1, ""));
    assert_eq!(outcome.err, "error: requires at least 1 arg(s), only received 0\n");
}

#[test]
fn complete_prints_descriptions_behind_a_tab_unless_they_are_not_wanted() {
    let mut place = Place::new("http://127.0.0.1:1");
    let outcome = place.run(&["__complete", "cordo"]);
    assert_eq!(outcome.out, "cordon\tKeep new pods off nodes\n:4\n");
    assert_eq!(outcome.err, "Completion ended with directive: ShellCompDirectiveNoFileComp\n");
    assert_eq!(place.run(&["__completeNoDesc", "cordo"]).out, "cordon\n:4\n");
    place.env.insert("KUBECTL_COMPLETION_DESCRIPTIONS".to_owned(), "false".to_owned());
    assert_eq!(place.run(&["__complete", "cordo"]).out, "cordon\n:4\n");
}

#[test]
fn complete_offers_names_types_and_what_pods_have() {
    let server = Server::start(answer);
    for (words, expected) in [
        (&["get", "pods", ""][..], "web-1 web-2 :4"),
        (&["get", "po", "web-2"], "web-2 :4"),
        (&["get", "pods", "web-1", ""], "web-2 :4"),
        (&["get", "pods/"], "pods/web-1 pods/web-2 :4"),
        (&["get", "pods/web-1", "pods/"], "pods/web-2 :4"),
        (&["get", "pods,nodes", ""], "web-1 web-2 node-1 node-2 :4"),
        (&["get", "po"], "pods pods.metrics.k8s.io :4"),
        (&["get", "nodes,po"], "nodes,pods nodes,pods.metrics.k8s.io :4"),
        (&["get", "nodes/node-1", "po"], "pods/ pods.metrics.k8s.io/ :6"),
        (&["get", "bogus", ""], ":4"),
        (&["drain", ""], "node-1 node-2 :4"),
        (&["drain", "node-1", ""], ":4"),
        (&["taint", "node", "node-1", ""], "node-2 :4"),
        (&["logs", "web"], "web-1 web-2 :4"),
        (&["logs", "d"], "daemonsets/ deployments/ :6"),
        (&["logs", "web-1", ""], "init app side :4"),
        (&["exec", "web-1", "-c", "s"], "side :4"),
        (&["logs", "deployments/till", "a"], "app :4"),
        (&["logs", "pods/web-1", "a"], "app :4"),
        (&["exec", "web-1", "--", ""], ":4"),
        (&["port-forward", "web-1", ""], "80:80 443:443 :4"),
        (&["port-forward", "web-1", "8"], "8:80 8:443 :4"),
        (&["port-forward", "web-1", ":"], ":80 :443 :4"),
        (&["-n", "s"], "shop stock :4"),
        (&["get", "--namespace=st"], "stock :4"),
        (&["config", "set-context", "x", "--namespace", ""], "shop stock :4"),
        (&["cp", ""], "shop/ stock/ web-1: web-2: ./ / :2"),
        (&["cp", "shop/"], "shop/web-1: shop/web-2: :2"),
        (&["cp", "shop/web-1:/"], ":2"),
        (&["cp", "./"], ":2"),
        (&["rollout", "status", "deploy/t"], "deploy/till :4"),
        (&["rollout", "undo", ""], "deployment daemonset statefulset :4"),
        (&["rollout", "status", "deployment", "till", ""], ":4"),
    ] {
        assert_eq!(offered(&server, words), expected, "{words:?}");
    }
}

#[test]
fn complete_asks_for_a_list_in_pages_and_for_nothing_else() {
    let server = Server::start(|asked| {
        let (more, name) = match asked.path.contains("continue=next+one") {
            true => ("", "b"),
            false => ("next one", "a"),
        };
        Reply::Json(
            200,
            format!(
                r#"{{"metadata":{{"continue":"{more}"}},"items":[{{"kind":"Pod","metadata":{{"labels":{{"name":"no"}},"name":"{name}"}},"status":{{}}}}]}}"#
            ),
        )
    });
    assert_eq!(offered(&server, &["-n", "x", "get", "pods", ""]), "a b :4");
    assert_eq!(
        server.paths(),
        [
            "/api/v1/namespaces/x/pods?limit=500",
            "/api/v1/namespaces/x/pods?continue=next+one&limit=500"
        ]
    );
    assert!(
        server
            .asked()
            .iter()
            .all(|asked| asked.header("kubectl-command") == "kubectl __complete")
    );
}

#[test]
fn complete_of_a_broken_answer_offers_nothing() {
    for body in [
        "",
        "{",
        "[]",
        r#"{"items":[{"metadata":{"name":7}}]}"#,
        r#"{"items":[{"metadata":"#,
        "no JSON",
    ] {
        let server = Server::start(move |_| Reply::Json(200, body.to_owned()));
        assert_eq!(offered(&server, &["get", "pods", ""]), ":4", "{body}");
        assert_eq!(offered(&server, &["logs", "web-1", ""]), ":4", "{body}");
        assert_eq!(offered(&server, &["get", ""]), ":4", "{body}");
    }
}

#[test]
fn complete_without_a_server_offers_what_needs_none() {
    let place = Place::new("http://127.0.0.1:1");
    let lines = |words: &[&str]| place.run(words).out.lines().collect::<Vec<_>>().join(" ");
    assert_eq!(lines(&["__completeNoDesc", "config", "use-context", ""]), "c :4");
    assert_eq!(lines(&["__completeNoDesc", "--user", ""]), "u :4");
    assert_eq!(
        lines(&["__completeNoDesc", "get", "-o", "j"]),
        "json jsonpath jsonpath-as-json jsonpath-file :4"
    );
    assert_eq!(lines(&["__completeNoDesc", "apply", "-f", ""]), "json yaml yml :8");
    assert_eq!(lines(&["__completeNoDesc", "get", "pods", ""]), ":4");
}

/// A folder with a plugin and the program that completes it.
fn plugins() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("kubectl-foo_bar", "exit 1"),
        ("kubectl-foo_bar-deep", "exit 1"),
        ("kubectl-mute", "exit 1"),
        (
            "kubectl_complete-foo_bar",
            r#"printf 'one\tfirst\n\n'; printf '%s;' "$@"; printf '\n:6\n'"#,
        ),
    ] {
        let file = folder.path().join(name);
        write_program(&file, &format!("#!/bin/sh\n{text}\n"));
    }
    folder
}

fn place_with_plugins(folder: &Path) -> Place {
    let mut place = Place::new("http://127.0.0.1:1");
    place.env.insert("PATH".to_owned(), format!("{}:/usr/bin:/bin", folder.display()));
    place
}

#[test]
fn complete_of_a_plugin_asks_its_own_program() {
    let folder = plugins();
    let place = place_with_plugins(folder.path());
    let outcome = place.run(&["__complete", "foo"]);
    let entry = |name: &str| format!("{name}\tThe command {name} is a plugin installed by the user\n");
    assert_eq!(outcome.out, format!("{}:4\n", entry("foo-bar")));
    let outcome = place.run(&["__complete", "foo-bar", "a b", "-x"]);
    assert_eq!(outcome.out, "one\tfirst\na b;-x;\n:6\n");
    let program = folder.path().join("kubectl_complete-foo_bar");
    let expected = [
        "[Debug] Cleared global flags for plugin completion".to_owned(),
        "[Debug] About to look for: kubectl_complete-foo_bar".to_owned(),
        format!("[Debug] About to call: {} a b -x", program.display()),
        "Completion ended with directive: ShellCompDirectiveNoSpace, ShellCompDirectiveNoFileComp\n".to_owned(),
    ];
    assert_eq!(outcome.err, expected.join("\n"));
    let outcome = place.run(&["__complete", "foo-bar", "d"]);
    assert_eq!(outcome.out, format!("{}one\tfirst\nd;\n:6\n", entry("deep")));
    assert_eq!(place.run(&["__complete", "mute", "x"]).out, ":0\n");
}

/// The newest kubectl beside the one on the search path, if there is one.
#[allow(clippy::print_stderr, reason = "a test that is skipped says so")]
fn real_kubectl() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let found = std::env::split_paths(&path)
        .map(|folder| folder.join("kubectl"))
        .find(|path| path.is_file());
    let Some(found) = found else {
        eprintln!("SKIPPED: there is no kubectl on PATH to compare with");
        return None;
    };
    let found = found.canonicalize().unwrap_or(found);
    let releases = (33..=36).rev().map(|minor| found.with_file_name(format!("kubectl.1.{minor}")));
    Some(releases.into_iter().find(|path| path.is_file()).unwrap_or(found))
}

/// Lines whose answers need no server.
const LINES: &[&str] = &[
    "|",
    "g|",
    "c|",
    "bogus |",
    "ge |",
    "bogus x |",
    "-- |",
    "--context |",
    "--cluster=|",
    "--user c|",
    "create |",
    "create s|",
    "create service |",
    "create deployment |",
    "create deployment x --ima|",
    "create deployment x --image=y |",
    "config |",
    "config use-context |",
    "config use-context c |",
    "config delete-cluster |",
    "config delete-user |",
    "config rename-context c |",
    "config set-context |",
    "config view |",
    "config set-c|",
    "rollout |",
    "rollout status |",
    "rollout status dep|",
    "rollout status deployment a |",
    "rollout undo deployment/a |",
    "rollout undo deployment/a dep|",
    "scale |",
    "scale --|",
    "scale --replicas=1 |",
    "set image |",
    "expose |",
    "taint |",
    "help |",
    "help config |",
    "help config view |",
    "help bogus |",
    "help g|",
    "options |",
    "options x |",
    "alpha |",
    "plugin |",
    "top |",
    "completion f|",
    "completion x |",
    "apply |",
    "apply v|",
    "apply --force |",
    "apply -f |",
    "apply -f=x|",
    "apply --subresource |",
    "apply --subresource x|",
    "get --out|",
    "get --output|",
    "get -o|",
    "get -ojson|",
    "get -w|",
    "get -x=|",
    "get --bogus=|",
    "get --bogus |",
    "get --=x|",
    "get -=|",
    "get pods -o --|",
    "get pods -h |",
    "get --help=false |",
    "get --chunk-size=x |",
    "get --chunk-size |",
    "get -o c|",
    "get -o jsonp|",
    "get -wo n|",
    "get -wo=n|",
    "get --subresource=|",
    "get -L |",
    "get --label-c|",
    "get -L a --label-c|",
    "get --watch --wat|",
    "get --all-names|",
    "kustomize --load-restrictor |",
    "annotate --record --recu|",
    "logs --record|",
    "exec x -- |",
    "exec x -- -|",
    "exec x y |",
    "attach x |",
    "cp ./|",
    "cp a:|",
    "cp a |",
    "wait |",
    "auth |",
    "auth can-i get |",
    "explain |",
    "proxy --p|",
    "version --|c",
    "run x --im|",
    "run x --image=y --dry-run |",
    "drain --pod-sel|",
    "top pod x |",
];

#[test]
fn complete_of_every_line_without_a_server_is_what_a_real_kubectl_says() {
    let Some(kubectl) = real_kubectl() else { return };
    let place = Place::new("http://127.0.0.1:1");
    for line in LINES {
        let (line, _) = line.split_once('|').unwrap();
        let words: Vec<&str> = ["__completeNoDesc"].into_iter().chain(line.split(' ')).collect();
        let words: Vec<&str> = match words[..] {
            // Two spaces come of nothing typed but the space.
            [complete, ref between @ .., last] => [complete]
                .into_iter()
                .chain(between.iter().copied().filter(|word| !word.is_empty()))
                .chain([last])
                .collect(),
            _ => words,
        };
        let output = Command::new(&kubectl).args(&words).env_clear().envs(&place.env).output().unwrap();
        let outcome = place.run(&words);
        // What releases between the two have added, and the shells, which a map hands out in any order.
        let lines = |text: &str| {
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            // Complaints of the server that is not there have the time in them.
            lines.retain(|line| !line.starts_with('E'));
            lines.retain(|line| !matches!(line.as_str(), "kuberc" | "kyaml" | "--kuberc" | "--as-user-extra"));
            if line.starts_with("completion") {
                lines.sort();
            }
            lines
        };
        assert_eq!(lines(&outcome.out), lines(&String::from_utf8_lossy(&output.stdout)), "{line}");
        assert_eq!(lines(&outcome.err), lines(&String::from_utf8_lossy(&output.stderr)), "{line}");
        assert_eq!(Some(i32::from(outcome.code)), output.status.code(), "{line}");
    }
}

/// Whether a shell is there. That it is not is said.
#[allow(clippy::print_stderr, reason = "a test that is skipped says so")]
fn has_shell(shell: &str) -> bool {
    let there = Command::new(shell).args(["-c", "exit 0"]).output().is_ok();
    if !there {
        eprintln!("SKIPPED: there is no {shell} to run the script in");
    }
    there
}

/// Runs a script in bash behind the completion script, in a place whose kubeconfig names `server`, with the binary on its
/// search path; gives what it printed.
fn in_bash(server: &str, script: &str) -> String {
    let text = format!("source <(kubectl completion bash)\n{IN_BASH}\n{script}");
    in_shell("bash", &["--norc", "--noprofile", "-c", &text], server)
}

/// Runs a shell with these arguments in a place whose kubeconfig names `server`, with the binary on its search path; gives
/// what it printed.
fn in_shell(shell: &str, words: &[&str], server: &str) -> String {
    let place = Place::new(server);
    let folder = plugins();
    let binary = Path::new(env!("CARGO_BIN_EXE_kubectl"));
    let mut env: HashMap<String, String> = place.env.clone();
    let path = format!("{}:{}:/usr/bin:/bin", binary.parent().unwrap().display(), folder.path().display());
    env.insert("PATH".to_owned(), path);
    let output = Command::new(shell)
        .args(words)
        .env_clear()
        .envs(&env)
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{words:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// `line WORD…`: completes a line of the words as readline parts them; `=` and `:` stand for themselves, and a word behind
/// `+` has no space before it. Prints the candidates, then the options that were set.
const IN_BASH: &str = r#"
compopt() { options+=" $*"; }
line() {
    local word text=''
    options=''
    COMP_WORDS=() COMP_LINE='' COMP_TYPE=${TYPE:-9}
    for word in "$@"; do
        text=${word#+}
        if [[ $word != +* && ${#COMP_WORDS[@]} -gt 0 ]]; then COMP_LINE+=' '; fi
        COMP_LINE+=$text
        COMP_WORDS+=("$text")
    done
    COMP_POINT=${#COMP_LINE} COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    __start_kubectl "${COMP_WORDS[0]}"
    printf '<%s>' "${COMPREPLY[@]}"
    printf '%s\n' "$options"
}
"#;

#[test]
fn bash_script_offers_what_the_program_says() {
    if !has_shell("bash") {
        return;
    }
    let server = Server::start(answer);
    for (line, expected) in [
        ("line kubectl cordo", "<cordon> +o default"),
        ("line kubectl get pods ''", "<web-1><web-2> +o default"),
        ("line kubectl get pods web-2", "<web-2> +o default"),
        ("line kubectl logs dep", "<deployments/> -o nospace +o default"),
        ("line kubectl -n st", "<stock> +o default"),
        ("line kubectl --namespace += +st", "<stock> +o default"),
        ("line kubectl --namespace +=", "<shop><stock> +o default"),
        ("line kubectl --namespace += +''", "<shop><stock> +o default"),
        ("COMP_WORDBREAKS=' '; line kubectl --namespace=st", "<--namespace=stock> +o default"),
        ("line kubectl port-forward web-1 80 +: +4", "<443> +o default"),
        ("line kubectl port-forward web-1 80 +:", "<80><443> +o default"),
        ("line kubectl port-forward web-1 4", "<4:80><4:443> +o default"),
        ("line kubectl cp web", "<web-1:><web-2:> -o nospace"),
        ("N=shop; line kubectl -n '\"$N\"' get \"'pods'\" 'web-\\1'", "<web-1> +o default"),
        ("line kubectl bogus ''", "<>"),
        ("line kubectl wait ''", "<>"),
        ("line kubectl foo-bar ''", "<deep><one><\\;> -o nospace +o default"),
    ] {
        assert_eq!(in_bash(&server.url(), line), format!("{expected}\n"), "{line}");
    }
}

#[test]
fn bash_script_runs_nothing_that_stands_in_the_line() {
    if !has_shell("bash") {
        return;
    }
    let server = Server::start(answer);
    for word in [
        "$(touch made)",
        "`touch made`",
        "${N:=$(touch made)}",
        "$((N=1))",
        "a;touch made",
        "<(touch made)",
    ] {
        let script = format!("line kubectl get '{word}' x >/dev/null; if [[ -e made ]]; then echo made; fi");
        assert_eq!(in_bash(&server.url(), &script), "", "{word}");
    }
}

#[test]
fn bash_script_works_for_links_aliases_and_functions() {
    if !has_shell("bash") {
        return;
    }
    let server = Server::start(answer);
    let complete = "complete -o default -F __start_kubectl k";
    for made in [
        "ln -s \"$(type -P kubectl)\" k; PATH=$PWD:$PATH",
        "alias k=kubectl",
        "alias k='kubectl --namespace=shop'",
        "alias k='kubectl -n shop'",
        "k() { kubectl \"$@\"; }",
        "",
    ] {
        let script = format!("shopt -s expand_aliases\n{made}\n{complete}\nline k get pods ''");
        assert_eq!(in_bash(&server.url(), &script), "<web-1><web-2> +o default\n", "{made}");
    }
}

#[test]
fn bash_script_shows_descriptions_where_a_list_is_shown() {
    if !has_shell("bash") {
        return;
    }
    let list = in_bash("http://127.0.0.1:1", "TYPE=63 line kubectl co");
    assert!(list.contains("<config      (Read and change kubeconfig files)>"), "{list}");
    let plain = in_bash("http://127.0.0.1:1", "line kubectl co");
    assert_eq!(plain, "<completion><config><cordon> +o default\n");
    let only = in_bash("http://127.0.0.1:1", "TYPE=63 line kubectl cord");
    assert_eq!(only, "<cordon> +o default\n");
}

#[test]
fn bash_script_offers_files_with_the_right_endings_and_folders() {
    if !has_shell("bash") {
        return;
    }
    let files = "touch a.yaml a.json a.txt; mkdir a.d\n";
    for line in ["line kubectl apply -f a", "line kubectl apply --filename += +a"] {
        let print = "printf '%s\\n' \"${COMPREPLY[@]}\" | sort | tr '\\n' ' '; echo \"$options\"";
        let out = in_bash("http://127.0.0.1:1", &format!("{files}{line} >/dev/null\n{print}"));
        assert_eq!(out, "a.d a.json a.yaml  -o filenames\n", "{line}");
    }
}

/// `line WORD…`: completes a line in zsh, under the options that zsh's own completion runs functions with, of which
/// rc_expand_param is the one that surprises. Prints what is offered, then how.
const IN_ZSH: &str = r#"
compdef() { : }
compset() { print -n "[$*]" }
_files() { print -n "files $*" }
_describe() { print -rn -- "${(P)2}"; shift 2; print -rn -- " ${(j: :)@}" }
line() {
    local -a words=("$@")
    local -i CURRENT=$#
    local IPREFIX='' PREFIX=$words[-1]
    setopt localoptions extendedglob bareglobqual rcexpandparam rcquotes nullglob
    _kubectl
    print
}
"#;

#[test]
fn zsh_script_offers_what_the_program_says() {
    if !has_shell("zsh") {
        return;
    }
    let server = Server::start(answer);
    for (line, expected) in [
        ("line kubectl cordo", "cordon:Keep new pods off nodes "),
        ("line kubectl get pods web-2", "web-2 "),
        ("line kubectl get pods ''", "web-1 web-2 "),
        ("line kubectl -n \"'shop'\" get pods 'web-\\2'", "web-2 "),
        ("line kubectl --namespace=st", "[-P -*=]stock "),
        ("line kubectl logs dep", "deployments/ -S "),
        ("line kubectl get bogus ''", ""),
        ("line kubectl get pods '$(print made)'", ""),
        ("alias k='kubectl -n shop'; line k get pods web-2", "web-2 "),
        ("line kubectl apply -f ''", "files -g *.(json|yaml|yml)(-.)"),
    ] {
        let text = format!("{IN_ZSH}\nsource <(kubectl completion zsh)\n{line}");
        let printed = in_shell("zsh", &["-f", "-c", &text], &server.url());
        assert_eq!(printed, format!("{expected}\n"), "{line}");
    }
}

#[test]
fn fish_script_offers_what_the_program_says() {
    if !has_shell("fish") {
        return;
    }
    let server = Server::start(answer);
    for (line, expected) in [
        ("kubectl cordo", "cordon\tKeep new pods off nodes"),
        ("kubectl get pods ", "web-1 web-2"),
        ("kubectl -n shop get pods web-2", "web-2"),
        ("kubectl --namespace=st", "--namespace=stock"),
        ("kubectl logs dep", "deployments/"),
        ("kubectl get bogus ", ""),
    ] {
        let text = format!("kubectl completion fish | source; complete -C'{line}'");
        let printed = in_shell("fish", &["--no-config", "-c", &text], &server.url());
        assert_eq!(printed.lines().collect::<Vec<_>>().join(" "), expected, "{line}");
    }
}

/// Checks that a shell can read its script.
fn check_syntax(shell: &str, name: &str) {
    if has_shell(shell) {
        let script = Place::new("http://127.0.0.1:1").run(&["completion", name]).out;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("script");
        fs::write(&file, script).unwrap();
        let output = Command::new(shell).arg("-n").arg(&file).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn scripts_make_sense_to_their_shells() {
    check_syntax("bash", "bash");
    check_syntax("zsh", "zsh");
    check_syntax("fish", "fish");
}
