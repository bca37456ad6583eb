//! Every way in which a run can fail: the exact text on standard error and the exit code, in this one place.
//!
//! The forms are those of kubectl's `pkg/cmd/util` (`checkErr`, `StandardErrorMessage`, `MultipleErrors`).

use std::fmt;

use crate::api::{Status, StatusCause, selector::LabelSelectorError};

/// How the sentence about a context that the kubeconfig does not have begins.
pub const NO_CONTEXT: &str = "context was not found for specified context: ";

/// The exit code of a failure that has no code of its own.
pub const EXIT_FAILURE: u8 = 1;

/// What a command may end with instead of success.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failure, printed as kubectl prints it.
#[derive(Debug, Clone)]
pub enum Error {
    /// A sentence, printed behind `error: `.
    Message(String),
    /// A sentence that is printed as it is.
    Bare(String),
    /// A mistake on the command line: the sentence, and the command whose help is recommended (`kubectl get`).
    Usage {
        /// The sentence.
        message: String,
        /// The full command.
        command: String,
    },
    /// The server refused.
    Status(Box<Status>),
    /// The server could not be asked or its answer could not be read; see [`Connection`].
    Connection(Box<Connection>),
    /// The kubeconfig makes no sense: one or more sentences.
    Configuration(Vec<String>),
    /// Several failures of one run.
    Several(Vec<Error>),
    /// Another exit code than 1 for a failure.
    Code(u8, Box<Error>),
    /// Everything has been said; only the exit code remains.
    Exit(u8),
}

/// A request that got no answer from the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// The method in Go's form for URL errors (`Get`, `Post`).
    pub method: String,
    /// The whole URL.
    pub url: String,
    /// `host:port` of the server.
    pub host: String,
    /// What went wrong, in Go's words: `dial tcp 127.0.0.1:1: connect: connection refused`.
    pub cause: String,
}

impl Error {
    /// A failure with a sentence of its own.
    pub fn message(text: impl Into<String>) -> Self {
        Error::Message(text.into())
    }

    /// The exit code.
    pub fn exit_code(&self) -> u8 {
        match self {
            Error::Code(code, _) | Error::Exit(code) => *code,
            _ => EXIT_FAILURE,
        }
    }

    /// The server's status, if that is what failed.
    pub fn status(&self) -> Option<&Status> {
        match self {
            Error::Status(status) => Some(status),
            Error::Code(_, inner) => inner.status(),
            _ => None,
        }
    }

    /// Whether the server said that there is no such object.
    pub fn is_not_found(&self) -> bool {
        self.status().is_some_and(|status| status.is("NotFound"))
    }

    /// One failure for several: none at all, the only one, or [`Error::Several`] without repeated sentences.
    ///
    /// # Errors
    /// The failures, if there are any.
    pub fn collect(mut errors: Vec<Error>) -> Result<()> {
        match errors.len() {
            0 => Ok(()),
            1 => Err(errors.remove(0)),
            _ => Err(Error::Several(errors)),
        }
    }

    /// What goes to standard error, without the last line break; empty where nothing is to be said.
    pub fn text(&self) -> String {
        match self {
            // One line break at the end is the last one (kubectl's `fatal`).
            Error::Message(text) => {
                let text = text.strip_suffix('\n').unwrap_or(text);
                match text.starts_with("error: ") {
                    true => text.to_owned(),
                    false => format!("error: {text}"),
                }
            }
            Error::Usage { message, command } => format!("error: {message}\nSee '{command} -h' for help and examples"),
            Error::Status(status) if status.is("Invalid") => invalid(status),
            Error::Configuration(sentences) => match sentences.as_slice() {
                // kubectl takes a list of one apart before it looks at what it holds; only this one it knows by its words.
                [only] if !only.starts_with(NO_CONTEXT) => format!("error: {only}"),
                several => multiline("Error in configuration: ", several),
            },
            Error::Several(errors) => match errors.as_slice() {
                [Error::Configuration(sentences)] => multiline("Error in configuration: ", sentences),
                errors => errors.iter().map(Error::in_a_list).collect::<Vec<_>>().join("\n"),
            },
            Error::Code(_, inner) => inner.text(),
            Error::Exit(_) => String::new(),
            other => other.in_a_list(),
        }
    }

    /// The text of one failure among several, where kubectl leaves `error: ` out.
    fn in_a_list(&self) -> String {
        match self {
            Error::Status(status) if status.is("Unauthorized") => {
                format!("error: You must be logged in to the server ({})", status.message)
            }
            Error::Status(status) if status.reason.is_empty() => format!("Error from server: {}", status.message),
            Error::Status(status) => format!("Error from server ({}): {}", status.reason, status.message),
            Error::Connection(connection) if connection.cause.contains("connection refused") => {
                format!(
                    "The connection to the server {} was refused - did you specify the right host or port?",
                    connection.host
                )
            }
            Error::Connection(connection) => format!("Unable to connect to the server: {}", connection.cause),
            other => other.to_string(),
        }
    }
}

/// The bare sentence, as Go's `err.Error()`: what goes into other messages.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Message(text) | Error::Bare(text) | Error::Usage { message: text, .. } => f.write_str(text),
            Error::Status(status) => f.write_str(&status.message),
            Error::Connection(connection) => write!(f, "{} \"{}\": {}", connection.method, connection.url, connection.cause),
            Error::Configuration(sentences) => write!(f, "invalid configuration: {}", aggregate(sentences)),
            Error::Several(errors) => f.write_str(&aggregate(&errors.iter().map(ToString::to_string).collect::<Vec<_>>())),
            Error::Code(_, inner) => inner.fmt(f),
            Error::Exit(_) => f.write_str("exit"),
        }
    }
}

impl std::error::Error for Error {}

impl From<Status> for Error {
    fn from(status: Status) -> Self {
        Error::Status(Box::new(status))
    }
}

/// What breaks rules is an aggregate for apimachinery, whose sentences kubectl prints without `error: `.
impl From<LabelSelectorError> for Error {
    fn from(error: LabelSelectorError) -> Self {
        match error {
            LabelSelectorError::Operator(_) => Error::message(error.to_string()),
            LabelSelectorError::Requirement(sentences) => Error::Several(sentences.into_iter().map(Error::Message).collect()),
        }
    }
}

/// A failed write to standard output. The closed pipe never gets here: `streams` ends the process as kubectl ends.
impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Error::Message(reason(&error))
    }
}

/// How Go prints several errors as one: `[a, b]`, each sentence once.
pub fn aggregate(sentences: &[String]) -> String {
    let mut once: Vec<&str> = Vec::new();
    for sentence in sentences {
        if !once.contains(&sentence.as_str()) {
            once.push(sentence);
        }
    }
    match once.as_slice() {
        [only] => (*only).to_owned(),
        several => format!("[{}]", several.join(", ")),
    }
}

/// A failed validation: the object, then the causes, one a line where there are several.
fn invalid(status: &Status) -> String {
    let Some(details) = &status.details else {
        return match status.message.as_str() {
            "" => "The request is invalid".to_owned(),
            message => format!("The request is invalid: {message}"),
        };
    };
    let mut text = "The request is invalid".to_owned();
    if !details.kind.is_empty() || !details.name.is_empty() {
        text = format!("The {} {:?} is invalid", details.kind, details.name);
    } else if !status.message.is_empty() && details.causes.is_empty() {
        text = format!("{text}: {}", status.message);
    }
    if details.causes.is_empty() {
        return text;
    }
    let sentences: Vec<String> = details
        .causes
        .iter()
        .map(|StatusCause { field, message, .. }| format!("{field}: {message}"))
        .collect();
    multiline(&format!("{text}: "), &sentences)
}

/// One sentence behind `prefix`, or several below it, each behind an asterisk.
fn multiline(prefix: &str, sentences: &[String]) -> String {
    match sentences {
        [only] => format!("{prefix}{only}"),
        several => several
            .iter()
            .fold(prefix.to_owned(), |text, sentence| format!("{text}\n* {sentence}")),
    }
}

/// The operating system's reason for a failure in Go's words: `no such file or directory`, without a number.
pub fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    let Some((words, _)) = text.split_once(" (os error ") else {
        return text;
    };
    let mut characters = words.chars();
    characters
        .next()
        .map(|first| first.to_lowercase().chain(characters).collect())
        .unwrap_or_default()
}

/// Why the file that is called `name` could not be read, in Go's words: a directory is opened before it is found to be one.
pub fn unread(name: &str, error: &std::io::Error) -> String {
    let step = match error.kind() {
        std::io::ErrorKind::IsADirectory => "read",
        _ => "open",
    };
    format!("{step} {name}: {}", reason(error))
}

/// An answer that is not JSON, in the words of Go's decoder.
impl From<crate::api::json::SyntaxError> for Error {
    fn from(error: crate::api::json::SyntaxError) -> Self {
        Error::Message(error.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unread_names_the_step_at_which_go_gives_up() {
        let unread = |path: &str| unread(path, &std::fs::read(path).unwrap_err());
        assert_eq!(unread("/nonexistent/file"), "open /nonexistent/file: no such file or directory");
        assert_eq!(unread("/"), "read /: is a directory");
    }

    #[test]
    fn text_of_a_configuration_with_one_mistake_is_the_mistake_unless_it_is_the_context_or_was_gathered() {
        let one = |sentence: &str| Error::Configuration(vec![sentence.to_owned()]);
        assert_eq!(one("no server found").text(), "error: no server found");
        assert_eq!(
            one("context was not found for specified context: a").text(),
            "Error in configuration: context was not found for specified context: a"
        );
        assert_eq!(
            Error::Several(vec![one("no server found")]).text(),
            "Error in configuration: no server found"
        );
        assert_eq!(
            Error::Several(vec![one("no server found"), one("no server found")]).text(),
            "invalid configuration: no server found\ninvalid configuration: no server found"
        );
        assert_eq!(
            Error::Configuration(vec!["a".to_owned(), "b".to_owned()]).text(),
            "Error in configuration: \n* a\n* b"
        );
    }

    #[test]
    fn reason_of_a_missing_file_is_what_go_says() {
        let error = std::fs::File::open("/nonexistent/file").unwrap_err();
        assert_eq!(reason(&error), "no such file or directory");
    }
}
