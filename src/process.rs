//! The process: gathers the world, runs the command, exits. The only room that knows the process's own arguments,
//! environment and streams; a `main` needs nothing but [`main`].

use std::{
    env,
    io::{self, Write},
    os::fd::AsFd,
    panic,
    path::PathBuf,
    process::{self, ExitCode},
};

use crate::{
    run::run,
    streams::{Facts, Streams, Terminal},
    world::World,
};

/// Is kubectl: runs the command that the process's arguments name, and gives what the process is to exit with.
pub fn main() -> ExitCode {
    panic::set_hook(Box::new(apologize));
    let facts = Facts {
        input: terminal(io::stdin()),
        output: terminal(io::stdout()),
        error: terminal(io::stderr()),
        own: true,
    };
    let lossy = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
    let world = World {
        args: env::args_os().map(lossy).collect(),
        env: env::vars_os().map(|(name, value)| (lossy(name), lossy(value))).collect(),
        directory: env::current_dir().unwrap_or_else(|_| PathBuf::from(".")),
        streams: Streams::new(
            Box::new(io::stdin()),
            Box::new(Pipe(io::stdout())),
            Box::new(Pipe(io::stderr())),
            facts,
        ),
    };
    ExitCode::from(run(world))
}

/// The terminal behind a stream, if there is one.
pub fn terminal(stream: impl AsFd) -> Option<Terminal> {
    if !rustix::termios::isatty(&stream) {
        return None;
    }
    let size = rustix::termios::tcgetwinsize(&stream).ok();
    Some(Terminal {
        width: size.map_or(0, |size| size.ws_col.into()),
        height: size.map_or(0, |size| size.ws_row.into()),
    })
}

/// A standard stream whose reader may go away. As every program in a pipe, and as Go for these two streams, the process
/// then ends by the signal SIGPIPE, which Rust's runtime ignores at first.
struct Pipe<W>(W);

impl<W> Pipe<W> {
    fn check<T>(result: io::Result<T>) -> io::Result<T> {
        if let Err(error) = &result
            && error.kind() == io::ErrorKind::BrokenPipe
        {
            // Comes back only if the signal cannot be sent; then the error goes its way.
            _ = signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGPIPE);
        }
        result
    }
}

impl<W: Write> Write for Pipe<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Self::check(self.0.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Self::check(self.0.flush())
    }
}

/// A panic is a mistake in this program: one line about it, and the exit code of a failure.
#[allow(clippy::exit)]
fn apologize(info: &panic::PanicHookInfo<'_>) {
    let payload = info.payload();
    let what = payload.downcast_ref::<String>().map(String::as_str);
    let what = what.or_else(|| payload.downcast_ref().copied()).unwrap_or("unknown");
    let place = info.location().map(|place| format!(" ({}:{})", place.file(), place.line()));
    let place = place.unwrap_or_default();
    // Nothing can be done about a standard error that cannot be written to.
    _ = writeln!(
        io::stderr(),
        "error: kubectl came upon a mistake of its own: {}{place}",
        what.replace('\n', " ")
    );
    process::exit(1);
}
