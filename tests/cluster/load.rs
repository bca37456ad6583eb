//! `--load`: what one cluster wrote is there in the next.

use std::{fs, path::PathBuf};

use super::{Home, Served};

/// Runs this project's client against a sandbox.
fn kubectl(home: &Home, served: &Served, words: &[&str]) -> String {
    let mut command = home.command(env!("CARGO_BIN_EXE_kubectl"));
    let output = command.env("KUBECONFIG", &served.kubeconfig).args(words).output().unwrap();
    super::Ended::of(output).ok()
}

fn demo(home: &Home) -> Served {
    Served::start_with(home, &["--seed", "1"])
}

fn loaded(home: &Home, paths: &[PathBuf]) -> Served {
    let mut flags = Vec::new();
    for path in paths {
        flags.extend(["--load", path.to_str().unwrap()]);
    }
    Served::start_with(home, &flags)
}

#[test]
fn a_dump_of_a_cluster_is_that_cluster_again() {
    let home = Home::new();
    let folder = home.path("dump");
    let (pods, log, pod) = {
        let demo = demo(&home);
        let pods = kubectl(&home, &demo, &["get", "pods", "-n", "bookshop", "-o", "name"]);
        // One that has ended writes no more.
        let jobs = kubectl(
            &home,
            &demo,
            &[
                "get",
                "pods",
                "-n",
                "warehouse",
                "-o",
                "name",
                "--field-selector=status.phase=Succeeded",
            ],
        );
        let pod = jobs.lines().next().unwrap().to_owned();
        let log = kubectl(&home, &demo, &["logs", "-n", "warehouse", &pod]);
        let output = format!("--output-directory={}", folder.display());
        kubectl(&home, &demo, &["cluster-info", "dump", "--all-namespaces", &output]);
        (pods, log, pod)
    };
    assert!(pods.lines().count() > 5 && !log.is_empty(), "{pods}");
    let again = loaded(&home, &[folder]);
    assert_eq!(kubectl(&home, &again, &["get", "pods", "-n", "bookshop", "-o", "name"]), pods);
    assert_eq!(kubectl(&home, &again, &["logs", "-n", "warehouse", &pod]), log);
    let last = kubectl(&home, &again, &["logs", "-n", "warehouse", &pod, "--tail=1"]);
    assert_eq!(last, log.split_inclusive('\n').next_back().unwrap());
    assert_eq!(kubectl(&home, &again, &["get", "nodes", "-o", "name"]).lines().count(), 3);
    let events = kubectl(&home, &again, &["get", "events", "-n", "bookshop", "-o", "name"]);
    assert!(events.lines().count() > 5, "{events}");
}

#[test]
fn the_output_of_get_is_loaded_as_it_was_and_manifests_live_beside_it() {
    let home = Home::new();
    let kinds = "namespaces,deployments,replicasets,pods,services,configmaps,deliveries,customresourcedefinitions";
    let (yaml, json, table) = (
        home.path("all.yaml"),
        home.path("nodes.json"),
        ["get", "deployments,pods", "-n", "bookshop"],
    );
    let (then, own) = {
        let demo = demo(&home);
        fs::write(&yaml, kubectl(&home, &demo, &["get", kinds, "-A", "-o", "yaml"])).unwrap();
        fs::write(&json, kubectl(&home, &demo, &["get", "nodes", "-o", "json"])).unwrap();
        let own = kubectl(&home, &demo, &["get", "deliveries", "-A", "-o", "name"]);
        (kubectl(&home, &demo, &[&table[..], &["-o", "name"]].concat()), own)
    };
    let manifest = home.path("new.yaml");
    let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: new}\nspec: {containers: [{name: c, image: nginx}]}\n";
    fs::write(&manifest, text).unwrap();
    let again = loaded(&home, &[yaml, json, manifest]);
    assert_eq!(kubectl(&home, &again, &[&table[..], &["-o", "name"]].concat()), then);
    assert!(own.contains("delivery.logistics.example.com/"), "{own}");
    assert_eq!(kubectl(&home, &again, &["get", "deliveries", "-A", "-o", "name"]), own);
    kubectl(&home, &again, &["wait", "pod/new", "--for=condition=Ready", "--timeout=60s"]);
}

#[test]
fn a_file_that_is_wrong_is_named_and_nothing_starts() {
    let home = Home::new();
    fs::write(home.path("good.yaml"), "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: good}\n").unwrap();
    fs::write(
        home.path("bad.yaml"),
        "apiVersion: apps/v1\nkind: Deploymint\nmetadata: {name: x}\n",
    )
    .unwrap();
    let sentence =
        "error: bad.yaml: no kind \"Deploymint\" in version \"apps/v1\"; one of a custom resource must come with its definition\n";
    let ended = home.run(&["run", "--load", "good.yaml", "--load=bad.yaml", "get", "pods"]);
    assert_eq!((ended.code, ended.err.as_str()), (Some(1), sentence));
    let ended = home.run(&["start", "--load", "good.yaml", "bad.yaml"]);
    assert_eq!((ended.code, ended.err.as_str()), (Some(1), sentence));
    assert_eq!(home.left_behind(), Vec::<PathBuf>::new());
    // As a shell's star gives them.
    home.run(&["start", "--load", "good.yaml", "good.yaml"]).ok();
    home.run(&["stop"]).ok();
}
