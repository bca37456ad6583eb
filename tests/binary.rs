//! The binary itself, for what only a process has: signals, a limit on its memory, a reader that goes away.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, Command, ExitStatus, Stdio},
};

use crate::{
    commands::Place,
    program_file::write_program,
    server::{Reply, Server},
};

/// The binary, in a place whose kubeconfig names `server`, behind a shell's `limit`.
fn kubectl(place: &Place, limit: &str, words: &str) -> Child {
    let script = format!("{limit} exec {} {words}", env!("CARGO_BIN_EXE_kubectl"));
    let mut command = Command::new("sh");
    command.args(["-c", &script]).env_clear().envs(&place.env);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Interrupts a process as a person does, and waits for its end.
fn interrupt(child: &mut Child) -> ExitStatus {
    end(child, "-INT")
}

/// Sends a signal to a process, and waits for its end.
fn end(child: &mut Child, signal: &str) -> ExitStatus {
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    child.wait().unwrap()
}

/// A list of `items` pods of about a kilobyte each, written as it goes.
fn long_list(items: usize) -> Server {
    Server::start(move |_| {
        Reply::Write(Box::new(move |stream| {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n")?;
            stream.write_all(b"{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"metadata\":{},\"items\":[")?;
            let filler = "x".repeat(1000);
            let mut block = String::new();
            for i in 0..items {
                let comma = if i == 0 { "" } else { "," };
                block.push_str(&format!(
                    "{comma}{{\"metadata\":{{\"name\":\"p{i}\",\"annotations\":{{\"a\":\"{filler}\"}}}}}}"
                ));
                if block.len() > 1 << 20 {
                    stream.write_all(block.as_bytes())?;
                    block.clear();
                }
            }
            block.push_str("]}");
            stream.write_all(block.as_bytes())
        }))
    })
}

#[test]
fn get_of_a_list_many_times_its_memory_prints_all_of_it() {
    const ITEMS: usize = 200_000;
    let server = long_list(ITEMS);
    let place = Place::new(&server.url());
    // 200 MB of list, and no more than 100 MB of addresses for everything, the program's own text included.
    let child = kubectl(&place, "ulimit -v 100000;", "get pods -o name --chunk-size=0");
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.stdout.iter().filter(|byte| **byte == b'\n').count(), ITEMS);
}

#[test]
fn get_whose_reader_goes_away_ends_by_the_signal_for_that() {
    use std::os::unix::process::ExitStatusExt;
    let server = long_list(100_000);
    let place = Place::new(&server.url());
    let mut child = kubectl(&place, "", "get pods -o name --chunk-size=0");
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "pod/p0\n");
    let status = child.wait().unwrap();
    assert_eq!(status.signal(), Some(13), "{status}");
}

/// A server with a pod, a deployment that is never there, and watches and logs that stay open until the client goes away.
fn endless() -> Server {
    Server::start(|asked| {
        let is_stream = asked.path.contains("watch=true") || asked.path.contains("/log?");
        let text = match &asked.path {
            path if path.contains("/log?") => "line\n",
            path if path.contains("/events") => r#"{"type":"ADDED","object":{"kind":"Event","apiVersion":"v1","metadata":{"name":"e"}}}"#,
            path if path.contains("/deployments?") => {
                r#"{"type":"ADDED","object":{"kind":"Deployment","apiVersion":"apps/v1","metadata":{"name":"d","generation":1,"resourceVersion":"1"},"spec":{"replicas":2},"status":{"observedGeneration":1,"updatedReplicas":1}}}
{"type":"BOOKMARK","object":{"kind":"Deployment","apiVersion":"apps/v1","metadata":{"resourceVersion":"1","annotations":{"k8s.io/initial-events-end":"true"}}}}"#
            }
            path if path.ends_with("/deployments/d") => {
                r#"{"kind":"Deployment","apiVersion":"apps/v1","metadata":{"name":"d","namespace":"shop"},"spec":{},"status":{}}"#
            }
            path if path.contains("watch=true") => r#"{"type":"ADDED","object":{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a"}}}"#,
            path if path.ends_with("/pods/a") => {
                r#"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a"},"spec":{"containers":[{"name":"c"}]}}"#
            }
            _ => r#"{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"5"},"items":[]}"#,
        };
        if !is_stream {
            return Reply::Json(200, text.to_owned());
        }
        Reply::Write(Box::new(move |stream| {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n")?;
            stream.write_all(text.as_bytes())?;
            let _ = std::io::Read::read(stream, &mut [0]);
            Ok(())
        }))
    })
}

// The codes are kubectl 1.33's.
#[test]
fn streams_that_are_stopped_by_a_signal_end_with_what_they_have_printed() {
    let server = endless();
    let place = Place::new(&server.url());
    for (words, first) in [
        ("get pods -w -o name", "pod/a\n"),
        ("events -w -o name", "event/e\n"),
        ("logs -f a", "line\n"),
        (
            "rollout status deploy/d",
            "Waiting for deployment \"d\" rollout to finish: 1 out of 2 new replicas have been updated...\n",
        ),
    ] {
        for signal in ["-INT", "-TERM", "-HUP", "-QUIT"] {
            let mut child = kubectl(&place, "", words);
            let mut out = BufReader::new(child.stdout.take().unwrap());
            let mut line = String::new();
            out.read_line(&mut line).unwrap();
            assert_eq!(line, first);
            let status = end(&mut child, signal);
            assert_eq!(status.code(), Some(1), "{words} {signal}: {status}");
        }
    }
}

#[test]
fn diff_that_is_interrupted_leaves_no_folders_behind() {
    let server = Server::start(|_| {
        Reply::Json(
            200,
            r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","namespace":"shop"}}"#.to_owned(),
        )
    });
    let mut place = Place::new(&server.url());
    let temporary = tempfile::tempdir().unwrap();
    let program = temporary.path().join("program");
    // Says that it runs, and then waits for ever.
    write_program(&program, "#!/bin/sh\necho running\nexec sleep 1000\n");
    let manifest = temporary.path().join("a.json");
    std::fs::write(&manifest, r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}"#).unwrap();
    let folders = tempfile::tempdir().unwrap();
    for (name, value) in [("KUBECTL_EXTERNAL_DIFF", &*program), ("TMPDIR", folders.path())] {
        place.env.insert(name.to_owned(), value.display().to_string());
    }
    place.env.insert("PATH".to_owned(), "/usr/bin:/bin".to_owned());
    let mut child = kubectl(&place, "", &format!("diff -f {}", manifest.display()));
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "running\n");
    assert_eq!(std::fs::read_dir(folders.path()).unwrap().count(), 2);
    let status = interrupt(&mut child);
    assert_eq!(status.code(), Some(130), "{status}");
    assert_eq!(std::fs::read_dir(folders.path()).unwrap().count(), 0);
}
