//! The command line: each command does what its help says, passes on what it is to pass on, and leaves nothing behind.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Child, Command, Stdio},
};

use super::{Ended, Home, Served, signal, token};
use crate::program_file::write_program;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn run_passes_words_output_and_exit_code_on() {
    let home = Home::new();
    assert!(
        home.run(&["run", "--empty", "get", "namespaces", "-o", "name"])
            .ok()
            .contains("namespace/kube-system\n")
    );
    let missing = home.run(&["run", "--empty", "get", "pod", "nobody"]);
    assert_eq!(missing.code, Some(1));
    assert_eq!(missing.err, "Error from server (NotFound): pods \"nobody\" not found\n");
    for (script, code) in [("exit 7", 7), ("kill -TERM $$", 143), ("kill -KILL $$", 137)] {
        assert_eq!(home.run(&["run", "--empty", "--", "sh", "-c", script]).code, Some(code), "{script}");
    }
    let words = home.run(&["run", "--empty", "--", "kubectl", "get", "ns", "default", "-o", "name"]);
    assert_eq!(words.ok(), "namespace/default\n");
    assert_eq!(home.left_behind(), Vec::<std::path::PathBuf>::new());
}

#[test]
fn run_gives_the_command_a_kubeconfig_and_a_kubectl_that_only_its_owner_can_use() {
    let home = Home::new();
    let script = r#"stat -c %a "$KUBECONFIG" "$(dirname "$KUBECONFIG")" && command -v kubectl && kubectl config current-context"#;
    let out = home.run(&["run", "--empty", "--", "sh", "-c", script]).ok();
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!((lines[0], lines[1], lines[3]), ("600", "700", "sandbox"));
    assert!(lines[2].starts_with(home.path("tmp").to_str().unwrap()), "{out}");
}

#[test]
fn run_of_nothing_and_of_nonsense_says_what_is_wrong() {
    let home = Home::new();
    for (words, sentence) in [
        (
            &["run"][..],
            "error: what should run? For instance: kubectl sandbox run get pods -A\n",
        ),
        (
            &["run", "--bogus"],
            "error: unknown flag: --bogus\nSee 'kubectl sandbox run --help'\n",
        ),
        (&["dance"], "error: unknown command \"dance\"\nSee 'kubectl sandbox help'\n"),
        (
            &["start", "--name", "../x"],
            "error: \"../x\" is no name for a cluster: letters, digits, '-', '_' and '.' make one\n",
        ),
        (
            &["run", "--load", "nowhere", "get", "pods"],
            "error: cannot read nowhere: no such file or directory\n",
        ),
    ] {
        let ended = home.run(words);
        assert_eq!(
            (ended.code, ended.out.as_str(), ended.err.as_str()),
            (Some(1), "", sentence),
            "{words:?}"
        );
    }
    assert_eq!(home.left_behind(), Vec::<std::path::PathBuf>::new());
}

#[test]
fn the_first_command_of_the_readme_shows_pods_in_many_states() {
    let readme = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let line = readme.split("```sh\n").nth(1).unwrap().lines().next().unwrap();
    let words: Vec<&str> = line
        .strip_prefix("cargo run --release --bin kubectl-sandbox -- ")
        .unwrap()
        .split(' ')
        .collect();
    let home = Home::new();
    // The program alone, as cargo builds it for that command: no kubectl beside it, none on the search path.
    let alone = home.path("kubectl-sandbox");
    // Copied by a process of its own, for the reason that `write_program` gives.
    let copied = Command::new("cp").arg(env!("CARGO_BIN_EXE_kubectl-sandbox")).arg(&alone).status();
    assert!(copied.unwrap().success());
    let output = home
        .command(alone.to_str().unwrap())
        .env("PATH", "/nowhere")
        .args(&words)
        .output()
        .unwrap();
    let out = Ended::of(output).ok();
    for word in [
        "NAMESPACE ",
        "Running",
        "CrashLoopBackOff",
        "ImagePullBackOff",
        "Pending",
        "Completed",
    ] {
        assert!(out.contains(word), "{word}: {out}");
    }
}

#[test]
fn help_of_every_command_begins_with_what_it_does() {
    let home = Home::new();
    let whole = home.run(&["--help"]).ok();
    assert_eq!(home.run(&[]).ok(), whole);
    assert_eq!(home.run(&["help"]).ok(), whole);
    for command in ["run", "start", "stop", "status", "shell", "serve"] {
        assert!(whole.contains(&format!("\n  {command} ")), "{whole}");
        let own = home.run(&[command, "--help"]).ok();
        assert!(own.contains(&format!("Usage:\n  kubectl sandbox {command} ")), "{own}");
        assert_eq!(home.run(&["help", command]).ok(), own);
    }
    for word in ["simulated", "real", "token", "ImagePullBackOff"] {
        assert!(whole.contains(word), "{word}");
    }
}

#[test]
fn start_status_and_stop_are_a_life() {
    let home = Home::new();
    let kubeconfig = home.path(".local/state/kubectl-sandbox/default/kubeconfig");
    let said = home.run(&["start", "--empty"]).ok();
    assert!(said.contains(&format!("export KUBECONFIG={}\n", kubeconfig.display())), "{said}");
    assert_eq!((mode(&kubeconfig), mode(kubeconfig.parent().unwrap())), (0o600, 0o700));

    let again = home.run(&["start"]);
    let sentence = format!(
        "error: a cluster of the name \"default\" runs already; its kubeconfig is {}\n",
        kubeconfig.display()
    );
    assert_eq!((again.code, again.err), (Some(1), sentence));

    let mut kubectl = home.command(env!("CARGO_BIN_EXE_kubectl"));
    let nodes = kubectl
        .env("KUBECONFIG", &kubeconfig)
        .args(["get", "nodes", "-o", "name"])
        .output()
        .unwrap();
    assert_eq!(Ended::of(nodes).ok().lines().count(), 3);

    let plain = home.run(&["status"]).ok();
    assert!(plain.starts_with("SERVER       https://127.0.0.1:"), "{plain}");
    assert!(plain.contains("\nsandbox-worker          Ready    0/110"), "{plain}");
    let status: serde_json::Value = serde_json::from_str(&home.run(&["status", "-o", "json"]).ok()).unwrap();
    assert_eq!((&status["name"], &status["running"]), (&"default".into(), &true.into()));
    assert_eq!(status["kubeconfig"], kubeconfig.to_str().unwrap());
    assert_eq!(status["nodes"].as_array().unwrap().len(), 3);
    assert_eq!(status["unhealthy"], serde_json::json!([]));

    let other = home.run(&["stop", "--name", "other"]);
    let sentence = "error: no cluster of the name \"other\" runs; running: default\n";
    assert_eq!((other.code, other.err.as_str()), (Some(1), sentence));
    assert_eq!(home.run(&["stop"]).ok(), "The cluster \"default\" is stopped\n");
    assert_eq!(home.left_behind(), Vec::<std::path::PathBuf>::new());

    let sentence = "error: no cluster of the name \"default\" runs\n";
    for words in [&["stop"][..], &["status"], &["status", "-o", "json"]] {
        let ended = home.run(words);
        assert_eq!((ended.code, ended.err.as_str()), (Some(1), sentence), "{words:?}");
    }
    assert!(home.run(&["status", "-o", "json"]).out.contains("\"running\": false"));
}

#[test]
fn clusters_of_several_names_live_beside_each_other() {
    let home = Home::new();
    home.run(&["start", "--empty", "--name", "a"]).ok();
    home.run(&["start", "--empty", "--name", "b"]).ok();
    let port = |name: &str| {
        let status = home.run(&["status", "--name", name, "-o", "json"]).ok();
        let status: serde_json::Value = serde_json::from_str(&status).unwrap();
        status["server"].as_str().unwrap().to_owned()
    };
    assert_ne!(port("a"), port("b"));
    home.run(&["stop", "--name", "a"]).ok();
    assert_eq!(
        home.run(&["status"]).err,
        "error: no cluster of the name \"default\" runs; running: b\n"
    );
    home.run(&["stop", "--name", "b"]).ok();
}

#[test]
fn start_on_a_port_that_is_taken_fails_and_leaves_nothing() {
    let home = Home::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let sentence = format!("error: cannot listen on 127.0.0.1:{port}: address already in use\n");
    for words in [&["start", "--port", &port][..], &["run", "--port", &port, "get", "pods"]] {
        let ended = home.run(words);
        assert_eq!((ended.code, &ended.err), (Some(1), &sentence), "{words:?}");
    }
    assert_eq!(home.left_behind(), Vec::<std::path::PathBuf>::new());
}

#[test]
fn start_after_a_cluster_was_killed_begins_anew() {
    let home = Home::new();
    home.run(&["start", "--empty"]).ok();
    let status: serde_json::Value = serde_json::from_str(&home.run(&["status", "-o", "json"]).ok()).unwrap();
    let id = status["pid"].as_u64().unwrap() as u32;
    signal(id, "KILL");
    // The lock is free when the system has buried it.
    while home.run(&["status"]).code == Some(0) || Path::new(&format!("/proc/{id}/fd/0")).exists() {}
    assert_eq!(home.left_behind().len(), 1);
    home.run(&["start", "--empty"]).ok();
    home.run(&["stop"]).ok();
    assert_eq!(home.left_behind(), Vec::<std::path::PathBuf>::new());
}

#[test]
fn the_token_is_in_no_log_and_in_no_list_of_processes() {
    let home = Home::new();
    home.run(&["start", "--empty"]).ok();
    let folder = home.path(".local/state/kubectl-sandbox/default");
    let status: serde_json::Value = serde_json::from_str(&home.run(&["status", "-o", "json"]).ok()).unwrap();
    let secret = token(&folder.join("kubeconfig"));
    assert_eq!(secret.len(), 64);
    let process = Path::new("/proc").join(status["pid"].to_string());
    for place in [
        folder.join("log"),
        folder.join("lock"),
        process.join("cmdline"),
        process.join("environ"),
    ] {
        let bytes = fs::read(&place).unwrap();
        assert!(!String::from_utf8_lossy(&bytes).contains(&secret), "{}", place.display());
    }
    home.run(&["stop"]).ok();
}

/// A run whose command says its process and waits.
fn waiting(home: &Home) -> (Child, u32) {
    let script = "echo $$; exec sleep 1000";
    let mut run = home
        .sandbox(&["run", "--empty", "--", "sh", "-c", script])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let command = first_line(&mut run).trim().parse().unwrap();
    (run, command)
}

/// The first line that a run prints.
fn first_line(run: &mut Child) -> String {
    let mut line = String::new();
    BufReader::new(run.stdout.take().unwrap()).read_line(&mut line).unwrap();
    line
}

#[test]
fn run_that_is_told_to_end_ends_its_command_and_leaves_nothing() {
    for (name, code) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        let home = Home::new();
        let (mut run, command) = waiting(&home);
        signal(run.id(), name);
        assert_eq!(run.wait().unwrap().code(), Some(code), "{name}");
        assert!(!Path::new(&format!("/proc/{command}")).exists(), "{name}");
        assert_eq!(home.left_behind(), Vec::<std::path::PathBuf>::new(), "{name}");
    }
}

#[test]
fn run_whose_command_ignores_a_signal_kills_it_at_the_second() {
    let home = Home::new();
    let script = "trap '' TERM; echo ready; while :; do sleep 0.01; done";
    let mut run = home
        .sandbox(&["run", "--empty", "--", "sh", "-c", script])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    assert_eq!(first_line(&mut run), "ready\n");
    signal(run.id(), "TERM");
    // Two that come at once may count as one.
    while run.try_wait().unwrap().is_none() {
        signal(run.id(), "TERM");
        std::thread::yield_now();
    }
    assert_eq!(run.wait().unwrap().code(), Some(137));
    assert_eq!(home.left_behind(), Vec::<std::path::PathBuf>::new());
}

#[test]
fn serve_ends_by_signals_and_with_whoever_holds_its_input() {
    let home = Home::new();
    let mut served = Served::start(&home, &[]);
    assert_eq!(mode(&served.kubeconfig), 0o600);
    assert_eq!(served.end(), Some(0));
    for name in ["INT", "TERM", "HUP"] {
        let mut served = Served::start(&home, &[]);
        signal(served.id(), name);
        assert_eq!(served.end(), Some(0), "{name}");
    }
    assert_eq!(home.left_behind(), Vec::<std::path::PathBuf>::new());
    // Of a parent that is killed nothing is left but the end of the input.
    let script = r#"mkfifo pipe; "$0" serve --until-eof --empty <pipe & exec 3>pipe; wait"#;
    let mut parent = home
        .command("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_kubectl-sandbox")])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(parent.stdout.take().unwrap());
    out.read_line(&mut String::new()).unwrap();
    assert_eq!(home.left_behind().len(), 1);
    signal(parent.id(), "KILL");
    parent.wait().unwrap();
    // The sandbox's output ends when it does.
    out.read_to_end(&mut Vec::new()).unwrap();
    assert_eq!(home.left_behind(), Vec::<std::path::PathBuf>::new());
}

#[test]
fn shell_is_the_user_s_with_kubectl_in_it() {
    let home = Home::new();
    let script = home.path("my shell");
    let text = "#!/bin/sh\nkubectl get ns default -o name; echo \"$KUBECTL_SANDBOX\"; stat -c %a \"$KUBECONFIG\"; exit 9\n";
    write_program(&script, text);
    let output = home.sandbox(&["shell", "--empty"]).env("SHELL", &script).output().unwrap();
    let ended = Ended::of(output);
    assert_eq!((ended.code, ended.err.as_str()), (Some(9), ""));
    let lines: Vec<&str> = ended.out.lines().collect();
    assert_eq!((lines[0], lines[2]), ("namespace/default", "600"));
    assert!(lines[1].starts_with("https://127.0.0.1:"), "{}", ended.out);
    assert_eq!(home.left_behind(), Vec::<std::path::PathBuf>::new());
}

#[test]
fn shell_of_bash_keeps_kubectl_whatever_its_start_up_file_does() {
    let home = Home::new();
    fs::write(
        home.path(".bashrc"),
        "PATH=/usr/bin:/bin; KUBECONFIG=/nowhere; PS1='mine> '; HELLO=hello\n",
    )
    .unwrap();
    let mut shell = home.sandbox(&["shell", "--empty"]);
    shell
        .env("SHELL", "/bin/bash")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut shell = shell.spawn().unwrap();
    // Without a terminal bash does not read the file of itself.
    let mut input = shell.stdin.take().unwrap();
    input
        .write_all(
            b". \"$(dirname \"$KUBECTL_SANDBOX_CONFIG\")/bashrc\"; echo $HELLO; echo \"$PS1\"; kubectl get ns default -o name; exit 4\n",
        )
        .unwrap();
    let ended = Ended::of(shell.wait_with_output().unwrap());
    assert_eq!(
        (ended.code, ended.out.as_str()),
        (Some(4), "hello\n(sandbox) mine> \nnamespace/default\n")
    );
}

#[test]
fn kubectl_finds_the_sandbox_beside_it() {
    let home = Home::new();
    let mut kubectl = home.command(env!("CARGO_BIN_EXE_kubectl"));
    let output = kubectl.env("PATH", "/nowhere").args(["sandbox", "version"]).output().unwrap();
    assert!(Ended::of(output).ok().starts_with("kubectl-sandbox "));
}

#[test]
fn who_comes_without_tls_is_told_so() {
    let home = Home::new();
    let served = Served::start(&home, &[]);
    let mut plain = TcpStream::connect(served.address()).unwrap();
    plain.write_all(b"GET /version HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut answer = String::new();
    // The rest of what was said may reset the connection.
    let _ = plain.read_to_string(&mut answer);
    assert_eq!(
        answer,
        "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n"
    );
}

#[test]
fn only_the_loopback_is_listened_on() {
    let home = Home::new();
    let served = Served::start(&home, &[]);
    let port: u16 = served.address().rsplit(':').next().unwrap().parse().unwrap();
    let listening = fs::read_to_string(format!("/proc/{}/net/tcp", served.id())).unwrap();
    let addresses: Vec<&str> = listening
        .lines()
        .filter_map(|line| line.split_whitespace().nth(1))
        .filter(|local| local.ends_with(&format!(":{port:04X}")))
        .collect();
    assert!(
        !addresses.is_empty() && addresses.iter().all(|local| local.starts_with("0100007F:")),
        "{addresses:?}"
    );
    let six = fs::read_to_string(format!("/proc/{}/net/tcp6", served.id())).unwrap_or_default();
    assert!(!six.contains(&format!(":{port:04X} ")), "{six}");
}
