//! `kubectl config`, as processes that know nothing of each other.

use std::process::{Command, Stdio};

#[test]
fn processes_that_set_contexts_at_once_lose_none() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config");
    let start = |name: &str| {
        Command::new(env!("CARGO_BIN_EXE_kubectl"))
            .args(["config", "set-context", name, "--cluster=c"])
            .env_clear()
            .env("KUBECONFIG", &file)
            .env("HOME", folder.path())
            .stdout(Stdio::null())
            .spawn()
            .unwrap()
    };
    let names: Vec<String> = (0..12).map(|number| format!("context-{number}")).collect();
    let processes: Vec<_> = names.iter().map(|name| start(name)).collect();
    for mut process in processes {
        assert!(process.wait().unwrap().success());
    }
    let text = std::fs::read_to_string(&file).unwrap();
    for name in &names {
        assert!(text.contains(&format!("  name: {name}\n")), "{name} is missing in\n{text}");
    }
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        1,
        "neither locks nor halves are left"
    );
}
