//! What a container does: how long it runs, how it ends, what it writes.

use std::time::Duration;

use jiff::Timestamp;
use kubectl_rs::api::{OwnedValue, Value};

use super::{
    image,
    shell::{self, Setting, Step},
};

/// A program in a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Program {
    /// A command that the pretending shell follows.
    Command {
        /// The words.
        words: Vec<String>,
        /// What it runs in.
        setting: Setting,
    },
    /// A server that runs until it is stopped.
    Server {
        /// What it writes when it begins.
        greeting: Vec<String>,
        /// What it writes again and again, and how often; empty for nothing.
        chatter: String,
        /// How often.
        every: Duration,
    },
    /// Something that ends at once.
    Ends {
        /// What it writes.
        lines: Vec<String>,
        /// Its exit code.
        code: i32,
    },
    /// A command that is not in the image.
    Missing {
        /// The command.
        name: String,
    },
}

/// Images that have nothing but a shell and small commands.
const BARE: [&str; 7] = ["busybox", "alpine", "debian", "ubuntu", "fedora", "bash", "centos"];

/// Images of languages: without a command they start an interpreter, which ends for want of input.
const INTERPRETERS: [&str; 9] = [
    "python",
    "node",
    "golang",
    "ruby",
    "php",
    "perl",
    "openjdk",
    "eclipse-temurin",
    "hello-world",
];

impl Program {
    /// The program of a container with these variables set and these files mounted.
    pub fn of(container: &OwnedValue, variables: Vec<(String, String)>, files: Vec<(String, String)>) -> Program {
        let image = container.str_at(&["image"]);
        let name = image::short_name(image);
        let expand = |word: &str| expand(word, &variables);
        let texts = |field: &str| -> Vec<String> { container.items_at(&[field]).iter().filter_map(Value::as_str).map(expand).collect() };
        let (command, arguments) = (texts("command"), texts("args"));
        let bare = BARE.contains(&name.as_str());
        // A shell image's own command is its shell, which arguments take the place of.
        let words = match (command.is_empty(), arguments.is_empty()) {
            (true, true) => Vec::new(),
            (true, false) if bare || INTERPRETERS.contains(&name.as_str()) || is_shell_word(&arguments[0]) => arguments,
            (true, false) => Vec::new(),
            (false, _) => command.into_iter().chain(arguments).collect(),
        };
        if let Some(first) = words.first() {
            let program = first.rsplit('/').next().unwrap_or(first);
            if shell::knows(program) {
                return Program::Command {
                    words,
                    setting: Setting { variables, files, bare },
                };
            }
            if bare || (image::is_stock(image) && !is_servers_own(&name, program)) {
                return Program::Missing { name: first.clone() };
            }
            return server(&name, image, &variables);
        }
        if bare || INTERPRETERS.contains(&name.as_str()) {
            let lines = match name.as_str() {
                "hello-world" => vec!["Hello from the sandbox!".to_owned()],
                _ => Vec::new(),
            };
            return Program::Ends { lines, code: 0 };
        }
        server(&name, image, &variables)
    }

    /// When and how a run that begins at `start` ends of itself; none where it goes on.
    pub fn end(&self, start: Timestamp) -> Option<(Duration, i32)> {
        match self {
            Program::Command { words, setting } => shell::end(words, setting, start),
            Program::Server { .. } => None,
            Program::Ends { code, .. } => Some((Duration::from_millis(200), *code)),
            Program::Missing { .. } => Some((Duration::ZERO, 128)),
        }
    }

    /// Whether it ends soon when it is told to, rather than when its time is up.
    pub fn heeds_signals(&self) -> bool {
        !matches!(self, Program::Command { .. })
    }

    /// How far apart the lines are that it writes for as long as it runs, if it is of those that do.
    pub fn pace(&self) -> Option<Duration> {
        match self {
            Program::Server { chatter, every, .. } if !chatter.is_empty() => Some(*every),
            _ => None,
        }
    }

    /// Calls `each` with every line of a run that begins at `start` and how far into the run it is written, and with
    /// no line where time passes, until `each` says that it is enough. Of what was written before `from`, only what is
    /// written at the program's [`pace`](Self::pace) is left out: nobody knows how much the rest was.
    pub fn lines(&self, start: Timestamp, from: Duration, each: &mut dyn FnMut(Duration, Option<&str>) -> bool) {
        match self {
            Program::Command { words, setting } => {
                shell::follow(words, setting, start, &mut |passed, step| match step {
                    Step::Line(line) => each(passed, Some(&line)),
                    Step::Sleep(length) => each(passed.saturating_add(length), None),
                    Step::End(_) | Step::Forever => false,
                });
            }
            Program::Server { greeting, chatter, every } => {
                let mut passed = Duration::ZERO;
                for line in greeting {
                    if !each(passed, Some(&dated(line, start, passed))) {
                        return;
                    }
                    passed += Duration::from_millis(20);
                }
                if chatter.is_empty() || every.is_zero() {
                    return;
                }
                let left_out = from.saturating_sub(passed).as_nanos() / every.as_nanos();
                passed = passed.saturating_add(every.saturating_mul(u32::try_from(left_out).unwrap_or(u32::MAX)));
                loop {
                    passed += *every;
                    if !each(passed, Some(&dated(chatter, start, passed))) {
                        return;
                    }
                }
            }
            Program::Ends { lines, .. } => {
                for line in lines {
                    if !each(Duration::ZERO, Some(line)) {
                        return;
                    }
                }
            }
            Program::Missing { .. } => {}
        }
    }
}

fn is_shell_word(word: &str) -> bool {
    matches!(word, "sh" | "bash" | "/bin/sh" | "/bin/bash" | "sleep")
}

/// `$(NAME)` in a container's command stands for a variable.
fn expand(word: &str, variables: &[(String, String)]) -> String {
    let mut out = word.to_owned();
    for (key, value) in variables {
        out = out.replace(&format!("$({key})"), value);
    }
    out
}

fn is_servers_own(image: &str, program: &str) -> bool {
    program.contains(image.trim_end_matches("-slim"))
        || program.ends_with("-server")
        || program.ends_with("d")
        || program.contains("entrypoint")
        || program.ends_with(".sh")
}

/// A line with its times filled in.
fn dated(line: &str, start: Timestamp, passed: Duration) -> String {
    if !line.contains('{') {
        return line.to_owned();
    }
    let passed = jiff::SignedDuration::try_from(passed).unwrap_or_default();
    let at = start.saturating_add(passed).unwrap_or(start);
    line.replace("{slashes}", &at.strftime("%Y/%m/%d %H:%M:%S").to_string())
        .replace("{access}", &at.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string())
        .replace("{redis}", &at.strftime("%d %b %Y %H:%M:%S.%3f").to_string())
        .replace("{sql}", &at.strftime("%Y-%m-%d %H:%M:%S.%3f UTC").to_string())
        .replace("{iso}", &at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string())
}

fn server(name: &str, image: &str, variables: &[(String, String)]) -> Program {
    let version = match image::tag(image).as_str() {
        "latest" | "" => "1.29.3".to_owned(),
        tag => tag.split('-').next().unwrap_or(tag).to_owned(),
    };
    let has = |wanted: &[&str]| variables.iter().any(|(key, _)| wanted.contains(&key.as_str()));
    let minute = Duration::from_secs(60);
    let of = |greeting: &[&str], chatter: &str, every: Duration| Program::Server {
        greeting: greeting.iter().map(|line| line.replace("{version}", &version)).collect(),
        chatter: chatter.to_owned(),
        every,
    };
    match name {
        "nginx" | "nginx-slim" | "nginx-unprivileged" => of(
            &[
                "/docker-entrypoint.sh: Configuration complete; ready for start up",
                "{slashes} [notice] 1#1: using the \"epoll\" event method",
                "{slashes} [notice] 1#1: nginx/{version}",
                "{slashes} [notice] 1#1: OS: Linux 6.12.0",
                "{slashes} [notice] 1#1: start worker processes",
                "{slashes} [notice] 1#1: start worker process 29",
                "{slashes} [notice] 1#1: start worker process 30",
            ],
            "",
            minute,
        ),
        "httpd" => of(
            &[
                "[{iso}] [mpm_event:notice] [pid 1:tid 1] AH00489: Apache/{version} (Unix) configured -- resuming normal operations",
                "[{iso}] [core:notice] [pid 1:tid 1] AH00094: Command line: 'httpd -D FOREGROUND'",
            ],
            "",
            minute,
        ),
        "redis" => of(
            &[
                "1:C {redis} * oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo",
                "1:C {redis} * Redis version={version}, bits=64, commit=00000000, modified=0, pid=1, just started",
                "1:M {redis} * Running mode=standalone, port=6379.",
                "1:M {redis} * Server initialized",
                "1:M {redis} * Ready to accept connections tcp",
            ],
            "",
            minute,
        ),
        "postgres" if !has(&["POSTGRES_PASSWORD", "POSTGRES_PASSWORD_FILE", "POSTGRES_HOST_AUTH_METHOD"]) => Program::Ends {
            lines: vec![
                "Error: Database is uninitialized and superuser password is not specified.".to_owned(),
                "       You must specify POSTGRES_PASSWORD to a non-empty value for the superuser.".to_owned(),
            ],
            code: 1,
        },
        "postgres" => of(
            &[
                "PostgreSQL init process complete; ready for start up.",
                "{sql} [1] LOG:  starting PostgreSQL {version} on x86_64-pc-linux-gnu",
                "{sql} [1] LOG:  listening on IPv4 address \"0.0.0.0\", port 5432",
                "{sql} [1] LOG:  database system is ready to accept connections",
            ],
            "{sql} [27] LOG:  checkpoint complete: wrote 3 buffers (0.0%)",
            Duration::from_secs(300),
        ),
        "mysql" | "mariadb"
            if !has(&[
                "MYSQL_ROOT_PASSWORD",
                "MYSQL_ALLOW_EMPTY_PASSWORD",
                "MYSQL_RANDOM_ROOT_PASSWORD",
                "MARIADB_ROOT_PASSWORD",
                "MARIADB_ALLOW_EMPTY_ROOT_PASSWORD",
                "MARIADB_RANDOM_ROOT_PASSWORD",
            ]) =>
        {
            Program::Ends {
                lines: vec![
                    "[ERROR] [Entrypoint]: Database is uninitialized and password option is not specified".to_owned(),
                    "    You need to specify one of MYSQL_ROOT_PASSWORD, MYSQL_ALLOW_EMPTY_PASSWORD and MYSQL_RANDOM_ROOT_PASSWORD"
                        .to_owned(),
                ],
                code: 1,
            }
        }
        "mysql" | "mariadb" => of(
            &[
                "{iso} 0 [System] [MY-010116] [Server] /usr/sbin/mysqld (mysqld {version}) starting as process 1",
                "{iso} 0 [System] [MY-010931] [Server] /usr/sbin/mysqld: ready for connections. Version: '{version}'  port: 3306.",
            ],
            "",
            minute,
        ),
        "pause" => of(&[], "", minute),
        "coredns" => of(&[".:53", "CoreDNS-{version}", "linux/amd64, go1.26"], "", minute),
        _ => of(
            &[
                "{iso} level=info msg=\"starting\" version={version}",
                "{iso} level=info msg=\"listening\" addr=:8080",
            ],
            "{iso} level=info msg=\"alive\" requests=17 errors=0",
            minute,
        ),
    }
}

/// On which port a well-known server listens; none where any may be.
pub fn port_of(image: &str) -> Option<i64> {
    Some(match image::short_name(image).as_str() {
        "nginx" | "nginx-slim" | "httpd" | "caddy" | "wordpress" => 80,
        "nginx-unprivileged" | "tomcat" => 8080,
        "redis" => 6379,
        "postgres" => 5432,
        "mysql" | "mariadb" => 3306,
        "mongo" => 27017,
        "memcached" => 11211,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use kubectl_rs::api::json;

    use super::*;

    fn program(container: &str) -> Program {
        Program::of(&json::parse(container.as_bytes()).unwrap().into_owned(), Vec::new(), Vec::new())
    }

    fn end(container: &str) -> Option<(u64, i32)> {
        let start = "2026-01-02T03:04:05Z".parse().unwrap();
        program(container).end(start).map(|(after, code)| (after.as_secs(), code))
    }

    #[test]
    fn programs_end_as_their_images_and_commands_do() {
        assert_eq!(end(r#"{"image":"nginx:1.27"}"#), None);
        assert_eq!(end(r#"{"image":"busybox"}"#), Some((0, 0)));
        assert_eq!(end(r#"{"image":"busybox","command":["sleep","30"]}"#), Some((30, 0)));
        assert_eq!(
            end(r#"{"image":"busybox","args":["/bin/sh","-c","sleep 2; exit 4"]}"#),
            Some((2, 4))
        );
        assert_eq!(end(r#"{"image":"postgres:16"}"#), Some((0, 1)));
        assert_eq!(end(r#"{"image":"busybox","command":["nosuch"]}"#), Some((0, 128)));
        assert_eq!(end(r#"{"image":"ghcr.io/acme/shop:v1","args":["--port=80"]}"#), None);
        assert_eq!(
            end(r#"{"image":"perl:5.34","command":["perl","-Mbignum=bpi","-wle","print bpi(2000)"]}"#),
            Some((5, 0))
        );
    }

    #[test]
    fn lines_carry_the_times_at_which_they_were_written() {
        let start = "2026-01-02T03:04:05Z".parse().unwrap();
        let mut lines = Vec::new();
        program(r#"{"image":"nginx:1.27"}"#).lines(start, Duration::ZERO, &mut |_, line| {
            lines.extend(line.map(str::to_owned));
            true
        });
        assert!(lines[1].starts_with("2026/01/02 03:04:05 [notice]"), "{lines:?}");
        assert!(lines[2].ends_with("nginx/1.27"));
    }
}
