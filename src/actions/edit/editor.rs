//! A person's editor: which one it is, and running it with the terminal in its hands.

use std::{
    fs::File,
    io::{ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process::ExitStatus,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
use tokio::{
    process::Command,
    signal::unix::{SignalKind, signal},
};

use crate::{
    api::quote,
    error::{Error, Result, reason},
    world::World,
};

use super::super::random::number;

/// What ends an edit: kubectl puts the terminal in order and exits.
const SIGNALS: [SignalKind; 4] = [
    SignalKind::hangup(),
    SignalKind::interrupt(),
    SignalKind::quit(),
    SignalKind::terminate(),
];

/// The program that a person edits files with.
#[derive(Debug)]
pub(super) struct Editor<'a> {
    world: &'a World,
    /// The program and its first arguments.
    words: Vec<String>,
    /// Whether the program is a shell, whose last argument is a line that the file's name goes behind.
    shell: bool,
    /// Whether no editor has the terminal; then signals do again what they do without us. None until the first edit.
    idle: Option<Arc<AtomicBool>>,
}

/// How an edit went wrong.
pub(super) enum Failure {
    /// It never was, or the editor said so.
    Failed(Error),
    /// A signal ended it; this is the file.
    Interrupted(PathBuf),
}

impl<T: Into<Error>> From<T> for Failure {
    fn from(error: T) -> Self {
        Failure::Failed(error.into())
    }
}

impl<'a> Editor<'a> {
    /// The one that `KUBE_EDITOR` or `EDITOR` names, else vi. Words are parted at spaces; what has quotes in it is a line
    /// for the shell.
    pub(super) fn of(world: &'a World) -> Editor<'a> {
        let line = ["KUBE_EDITOR", "EDITOR"]
            .into_iter()
            .find_map(|name| world.var(name))
            .unwrap_or("vi");
        let shell = line.contains(' ') && line.contains(['"', '\'', '\\']);
        let words = match shell {
            true => vec![
                world.var("SHELL").unwrap_or("/bin/bash").to_owned(),
                "-c".to_owned(),
                line.to_owned(),
            ],
            false => line.split(' ').map(str::to_owned).collect(),
        };
        Editor {
            world,
            words,
            shell,
            idle: None,
        }
    }

    /// Lets the person edit a text in a new file: what it is then, and the file, which stays.
    ///
    /// # Errors
    /// A file that cannot be written or read, an editor that cannot be run or fails.
    pub(super) async fn edit(&mut self, prefix: &str, suffix: &str, text: &[u8]) -> Result<(Vec<u8>, PathBuf), Failure> {
        let (mut file, path) = self.new_file(prefix, suffix)?;
        if let Err(error) = file.write_all(text) {
            // Half a text is of no use to anyone; that it cannot be removed either adds nothing.
            let _ = std::fs::remove_file(&path);
            return Err(error.into());
        }
        drop(file);
        self.run(&path).await?;
        let edited = std::fs::read(&path).map_err(|error| Error::message(format!("open {}: {}", path.display(), reason(&error))))?;
        Ok((edited, path))
    }

    /// A new file, which only its owner can read.
    fn new_file(&self, prefix: &str, suffix: &str) -> Result<(File, PathBuf)> {
        let folder = self.world.directory.join(self.world.var("TMPDIR").unwrap_or("/tmp"));
        loop {
            let path = folder.join(format!("{prefix}{}{suffix}", number()));
            let made = File::options().write(true).create_new(true).mode(0o600).open(&path);
            match made {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(Error::message(format!("open {}: {}", path.display(), reason(&error)))),
                Ok(file) => return Ok((file, path)),
            }
        }
    }

    /// Runs the editor on a file, with the process's own streams.
    async fn run(&mut self, path: &Path) -> Result<(), Failure> {
        let name = path.display().to_string();
        let mut words = self.words.clone();
        match words.last_mut() {
            Some(line) if self.shell => line.push_str(&format!(" {}", quote(&name))),
            _ => words.push(name),
        }
        let Some((program, arguments)) = words.split_first() else {
            return Err(Error::message(format!("no editor defined, can't open {}", path.display())).into());
        };
        // What has been printed comes before what the editor prints.
        self.world.streams.flush()?;
        let terminal = SavedTerminal::of_this_process();
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env_clear()
            .envs(&self.world.env)
            .current_dir(&self.world.directory);
        let called = quote(&self.words.join(" "));
        let problem = || Error::message(format!("there was a problem with the editor {called}"));
        let ended = match &terminal {
            Some(_) => self.watched(&mut command).await,
            None => command.status().await.map(Some),
        };
        drop(terminal);
        match ended {
            Ok(Some(status)) if status.success() => Ok(()),
            Ok(Some(_)) => Err(problem().into()),
            Ok(None) => Err(Failure::Interrupted(path.to_path_buf())),
            // Only a bare name is looked for, and may not be found.
            Err(_) if !program.is_empty() && !program.contains('/') => {
                Err(Error::message(format!("unable to launch the editor {called}")).into())
            }
            Err(_) => Err(problem().into()),
        }
    }

    /// Runs a program to its end, or until a signal comes for this process: then there is no status.
    async fn watched(&mut self, command: &mut Command) -> std::io::Result<Option<ExitStatus>> {
        let idle = match &self.idle {
            Some(idle) => idle.clone(),
            None => {
                // Once signals are listened to, they no longer end the process by themselves; this makes them, afterwards.
                let idle = Arc::new(AtomicBool::new(true));
                for kind in SIGNALS {
                    signal_hook::flag::register_conditional_default(kind.as_raw_value(), idle.clone())?;
                }
                self.idle.insert(idle).clone()
            }
        };
        let [mut hangup, mut interrupt, mut quit, mut terminate] = SIGNALS.map(signal);
        let caught = async {
            tokio::select! {
                () = next(&mut hangup) => {}
                () = next(&mut interrupt) => {}
                () = next(&mut quit) => {}
                () = next(&mut terminate) => {}
            }
        };
        idle.store(false, Ordering::SeqCst);
        let ended = tokio::select! {
            status = command.status() => status.map(Some),
            () = caught => Ok(None),
        };
        idle.store(true, Ordering::SeqCst);
        ended
    }
}

/// Ends with the next signal; never, where it cannot be listened to.
async fn next(signal: &mut std::io::Result<tokio::signal::unix::Signal>) {
    match signal {
        Ok(signal) => {
            signal.recv().await;
        }
        Err(_) => std::future::pending().await,
    }
}

/// The settings of the process's terminal, which come back when this is dropped.
struct SavedTerminal {
    terminal: File,
    settings: Termios,
}

impl SavedTerminal {
    /// The settings as they are now; nothing where there is no terminal.
    fn of_this_process() -> Option<SavedTerminal> {
        let terminal = File::open("/dev/tty").ok()?;
        let settings = tcgetattr(&terminal).ok()?;
        Some(SavedTerminal { terminal, settings })
    }
}

impl Drop for SavedTerminal {
    fn drop(&mut self) {
        // A terminal that is gone needs no settings.
        let _ = tcsetattr(&self.terminal, OptionalActions::Now, &self.settings);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::streams::Streams;

    #[test]
    fn of_parts_words_at_spaces_unless_there_are_quotes() {
        let words = |pairs: &[(&str, &str)]| {
            let world = World {
                args: Vec::new(),
                env: pairs
                    .iter()
                    .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                    .collect::<HashMap<_, _>>(),
                directory: PathBuf::new(),
                streams: Streams::captured("").0,
            };
            Editor::of(&world).words
        };
        assert_eq!(words(&[]), ["vi"]);
        assert_eq!(words(&[("EDITOR", "nano"), ("KUBE_EDITOR", "")]), ["nano"]);
        assert_eq!(words(&[("EDITOR", "nano"), ("KUBE_EDITOR", "code --wait")]), ["code", "--wait"]);
        assert_eq!(words(&[("EDITOR", "a 'b c'")]), ["/bin/bash", "-c", "a 'b c'"]);
        assert_eq!(words(&[("EDITOR", "a \\b"), ("SHELL", "/bin/sh")]), ["/bin/sh", "-c", "a \\b"]);
        assert_eq!(words(&[("EDITOR", "it's")]), ["it's"]);
    }
}
