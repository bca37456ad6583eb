//! The program that shows the differences: `diff`, or the one in `KUBECTL_EXTERNAL_DIFF`.

use std::{
    io::Write,
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::Stdio,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt},
    process::Command,
};

use crate::{
    api::quote,
    error::{Error, Result, reason},
    plugins,
    world::World,
};

/// The exit code of a comparison that found differences.
const DIFFERENT: u8 = 1;

/// A program and its arguments.
#[derive(Debug, PartialEq, Eq)]
pub struct Program {
    name: String,
    args: Vec<String>,
}

impl Program {
    /// The program that compares two folders. Words of the variable are parted by single spaces; those behind the first
    /// count only if they are made of letters, digits, `-` and `=`, and stand behind the folders.
    pub fn of(world: &World, live: &Path, merged: &Path) -> Program {
        let folders = [live, merged].map(|path| path.display().to_string());
        match world.var("KUBECTL_EXTERNAL_DIFF") {
            None => Program {
                name: "diff".to_owned(),
                args: ["-u", "-N"].map(str::to_owned).into_iter().chain(folders).collect(),
            },
            Some(words) => {
                let mut words = words.split(' ');
                let is_plain = |word: &&str| {
                    let mut bytes = word.bytes();
                    !word.is_empty() && bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'='))
                };
                Program {
                    name: words.next().unwrap_or_default().to_owned(),
                    args: folders.into_iter().chain(words.filter(is_plain).map(str::to_owned)).collect(),
                }
            }
        }
    }

    /// Runs it to its end. What it prints is printed.
    ///
    /// # Errors
    /// The exit code 1 where there are differences, or a sentence about what went wrong.
    pub async fn run(&self, world: &World) -> Result<()> {
        let failed = |why: &str| Error::message(format!("failed to run {}: {why}", quote(&self.name)));
        if self.name.is_empty() {
            return Err(failed("exec: no command"));
        }
        const MISSING: &str = "executable file not found in $PATH";
        let path = match self.name.contains('/') {
            true => PathBuf::from(&self.name),
            false => plugins::program(world, &self.name).ok_or_else(|| failed(MISSING))?,
        };
        let streams = &world.streams;
        // What has been printed so far comes first.
        streams.flush()?;
        let own = streams.facts().own;
        let channel = || if own { Stdio::inherit() } else { Stdio::piped() };
        let mut child = Command::new(path)
            .args(&self.args)
            .env_clear()
            .envs(&world.env)
            .current_dir(&world.directory)
            .stdin(Stdio::null())
            .stdout(channel())
            .stderr(channel())
            .kill_on_drop(true)
            .spawn()
            .map_err(|_| failed(MISSING))?;
        let (out, err) = (child.stdout.take(), child.stderr.take());
        let (out, err) = tokio::join!(
            pass_on(out, |bytes| streams.out().write_all(bytes)),
            pass_on(err, |bytes| streams.err().write_all(bytes)),
        );
        let status = child.wait().await.map_err(|error| failed(&reason(&error)))?;
        out.and(err)?;
        match (status.code(), status.signal()) {
            (Some(0), _) => Ok(()),
            // For kubectl, a program that a signal ended has found differences.
            (Some(1), _) | (None, Some(_)) => Err(Error::Exit(DIFFERENT)),
            (code, _) => Err(failed(&format!("exit status {}", code.unwrap_or(-1)))),
        }
    }
}

/// Hands what a program prints on as it comes.
async fn pass_on(source: Option<impl AsyncRead + Unpin>, mut write: impl FnMut(&[u8]) -> std::io::Result<()>) -> Result<()> {
    let Some(mut source) = source else { return Ok(()) };
    let mut piece = vec![0; 16 * 1024];
    loop {
        match source.read(&mut piece).await? {
            0 => return Ok(()),
            length => write(&piece[..length])?,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::streams::Streams;

    fn program(variable: Option<&str>) -> Program {
        let world = World {
            args: Vec::new(),
            env: HashMap::from_iter(variable.map(|words| ("KUBECTL_EXTERNAL_DIFF".to_owned(), words.to_owned()))),
            directory: PathBuf::from("/"),
            streams: Streams::captured("").0,
        };
        Program::of(&world, Path::new("/l"), Path::new("/m"))
    }

    #[test]
    fn of_no_variable_is_the_unified_diff_of_all_files() {
        let Program { name, args } = program(None);
        assert_eq!((name.as_str(), args.join(" ").as_str()), ("diff", "-u -N /l /m"));
    }

    #[test]
    fn of_a_variable_takes_plain_words_and_puts_them_behind_the_folders() {
        for (words, name, args) in [
            ("meld", "meld", "/l /m"),
            ("/a b/x -x  a=b a/b a.b -u", "/a", "/l /m -x a=b -u"),
            (" -x", "", "/l /m -x"),
        ] {
            let program = program(Some(words));
            assert_eq!((program.name.as_str(), program.args.join(" ").as_str()), (name, args), "{words:?}");
        }
    }
}
