//! Asking a person for a name and a password, where the kubeconfig has no credentials for a server behind TLS.

use std::{fs::File, io::Write};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

use super::Credentials;
use crate::{
    error::{Error, Result},
    streams::Streams,
};

/// Asks for both. A password is taken from a terminal only.
///
/// # Errors
/// The input ends before a name, or is no terminal; the sentences are kubectl's.
pub fn ask(streams: &Streams) -> Result<Credentials> {
    write!(streams.out(), "Please enter Username: ")?;
    let username = loop {
        let Some(line) = streams.read_line()? else {
            return Err(Error::message("EOF"));
        };
        if let Some(word) = line.split_whitespace().next() {
            break word.to_owned();
        }
    };
    write!(streams.out(), "Please enter Password: ")?;
    streams.flush()?;
    let _silence = match streams.facts().input {
        Some(_) => Silence::begin(),
        None => return Err(Error::message("error reading input for Password")),
    };
    let Some(password) = streams.read_line()? else {
        return Err(Error::message("EOF"));
    };
    Ok(Credentials { username, password })
}

/// The terminal does not show what is typed until this goes.
struct Silence(File, Termios);

impl Silence {
    /// Nothing where the process has no terminal of its own after all.
    fn begin() -> Option<Self> {
        let terminal = File::options().read(true).write(true).open("/dev/tty").ok()?;
        let before = tcgetattr(&terminal).ok()?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        tcsetattr(&terminal, OptionalActions::Now, &silent).ok()?;
        Some(Silence(terminal, before))
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        // A terminal that is gone needs no echo.
        let _ = tcsetattr(&self.0, OptionalActions::Now, &self.1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ask_without_input_or_terminal_says_what_kubectl_says() {
        let (streams, out, _) = Streams::captured("");
        assert_eq!(ask(&streams).unwrap_err().text(), "error: EOF");
        let (streams, more, _) = Streams::captured("\n joe smith\nsecret\n");
        assert_eq!(ask(&streams).unwrap_err().text(), "error: error reading input for Password");
        streams.flush().unwrap();
        assert_eq!(out.text(), "Please enter Username: ");
        assert_eq!(more.text(), "Please enter Username: Please enter Password: ");
    }
}
