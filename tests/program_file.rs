//! Programs that tests write and then run.

use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

/// Writes a program to a file and makes it executable.
///
/// A process of its own writes it. While this one has a file open for writing, another test may start a program, which
/// then has it open too for a moment, and the system refuses to run what somebody may still write to.
pub fn write_program(path: &Path, text: &str) {
    let mut child = Command::new("sh")
        .args(["-c", "cat >\"$0\" && chmod 755 \"$0\""])
        .arg(path)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success(), "cannot write {}", path.display());
}
