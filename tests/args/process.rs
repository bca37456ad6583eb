//! What only a process can show: plugins that take its place, and the end by a signal when nobody reads.

use std::{
    fs,
    io::Read,
    os::unix::process::ExitStatusExt,
    path::Path,
    process::{Command, Output, Stdio},
};

use crate::program_file::write_program;

/// A folder with plugins that print their names and arguments.
fn plugins(names: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in names {
        let file = folder.path().join(name);
        write_program(
            &file,
            "#!/bin/sh\nprintf '%s' \"${0##*/}\"; printf ' [%s]' \"$@\"; echo \" $COLOUR\"\n",
        );
    }
    folder
}

fn run(path: &Path, line: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_kubectl"))
        .args(line)
        .env_clear()
        .env("PATH", format!("{}:/usr/bin:/bin", path.display()))
        .env("HOME", path)
        .env("COLOUR", "green")
        .output()
        .unwrap()
}

#[test]
fn plugin_of_the_longest_name_takes_the_rest_of_the_line() {
    let folder = plugins(&["kubectl-foo", "kubectl-foo-bar_baz", "kubectl-create-net", "kubectl-create"]);
    let plain = folder.path().join("kubectl-plain");
    fs::write(plain, "").unwrap();
    for (line, printed) in [
        (&["foo"][..], "kubectl-foo [] green\n"),
        (&["foo", "x", "-n", "y"], "kubectl-foo [x] [-n] [y] green\n"),
        (&["foo", "--help"], "kubectl-foo [--help] green\n"),
        (&["foo", "bar-baz", "-x"], "kubectl-foo-bar_baz [-x] green\n"),
        (&["foo", "bar/baz"], "kubectl-foo [bar/baz] green\n"),
        (&["foo", "--", "bar-baz"], "kubectl-foo [--] [bar-baz] green\n"),
        (&["create", "net", "a", "-n", "x"], "kubectl-create-net [a] [-n] [x] green\n"),
    ] {
        let output = run(folder.path(), line);
        assert_eq!(String::from_utf8(output.stdout).unwrap(), printed, "{line:?}");
        assert_eq!(output.status.code(), Some(0), "{line:?}");
    }
    for (line, sentence) in [
        (&["plain"][..], "error: unknown command \"plain\" for \"kubectl\""),
        (&["foo-x"], "error: unknown command \"foo-x\" for \"kubectl\""),
        (&["foo/bar"], "error: unknown command \"foo/bar\" for \"kubectl\""),
        (&["-n", "x", "foo"], "Error: flags cannot be placed before plugin name: -n"),
    ] {
        let output = run(folder.path(), line);
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!((err.lines().next(), output.status.code()), (Some(sentence), Some(1)), "{line:?}");
    }
}

#[test]
fn plugin_that_cannot_be_run_says_why() {
    let folder = plugins(&["kubectl-foo"]);
    fs::write(folder.path().join("kubectl-foo"), "#!/nonexistent/interpreter\n").unwrap();
    let output = run(folder.path(), &["foo"]);
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "Error: no such file or directory\n");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn process_whose_output_nobody_reads_ends_by_the_signal_for_it() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubectl"));
    let mut child = command.arg("options").stdout(writer).stderr(Stdio::piped()).spawn().unwrap();
    drop(command);
    let mut err = String::new();
    child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    let status = child.wait().unwrap();
    assert_eq!((status.signal(), err.as_str()), (Some(13), ""));
}
