//! Command lines against files, compared with what a real kubectl prints and leaves behind.

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    path::Path,
    process::{Command, Stdio},
};

use crate::{
    kubeconfig::{AuthProvider, Cluster, Context, ExecConfig, Kubeconfig, User, edit::to_bytes},
    streams::Streams,
    world::World,
};

/// What a run printed, how it ended, and the files after it.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    code: i32,
    out: String,
    err: String,
    files: BTreeMap<String, String>,
}

/// Numbers that look like chance and are the same in every run.
struct Chance(u64);

impl Chance {
    fn number(&mut self, below: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % below
    }

    /// Whether something that happens once in `every` times happens.
    fn once_in(&mut self, every: usize) -> bool {
        self.number(every) == 0
    }

    fn pick<'t>(&mut self, from: &[&'t str]) -> &'t str {
        from[self.number(from.len())]
    }

    fn name(&mut self) -> String {
        self.pick(&["a", "b", "x", "yes", "a.b", "1", "with space", "c@d:e", "", "server"])
            .to_owned()
    }

    fn text(&mut self) -> String {
        self.pick(&[
            "https://h:1",
            "s",
            "",
            "true",
            "1e3",
            "a: b",
            "two\nlines",
            "tab\there",
            " lead",
            "\"q\"",
            "it's",
            "0777",
            "é",
        ])
        .to_owned()
    }

    fn file(&mut self) -> String {
        self.pick(&["ca.crt", "sub/ca.crt", "/etc/hostname", "../x", "./ca.crt", ""])
            .to_owned()
    }

    fn data(&mut self) -> Vec<u8> {
        if self.once_in(3) { b"abc".to_vec() } else { Vec::new() }
    }

    fn cluster(&mut self) -> Cluster {
        Cluster {
            server: self.text(),
            tls_server_name: if self.once_in(4) { self.text() } else { String::new() },
            insecure_skip_tls_verify: self.once_in(4),
            certificate_authority: if self.once_in(3) { self.file() } else { String::new() },
            certificate_authority_data: self.data(),
            ..Cluster::default()
        }
    }

    fn user(&mut self) -> User {
        let mut user = User {
            client_certificate: if self.once_in(4) { self.file() } else { String::new() },
            client_key_data: self.data(),
            token: if self.once_in(2) { self.text() } else { String::new() },
            password: if self.once_in(4) { self.text() } else { String::new() },
            ..User::default()
        };
        if self.once_in(4) {
            user.auth_provider = Some(AuthProvider {
                name: "oidc".to_owned(),
                config: Some([("a".to_owned(), self.text())].into()),
            });
        }
        if self.once_in(4) {
            user.exec = Some(ExecConfig {
                command: self.pick(&["foo", "./foo", "/bin/foo"]).to_owned(),
                args: Some(vec![self.text()]),
                env: Some(vec![("A".to_owned(), self.text()), ("B".to_owned(), "2".to_owned())]),
                api_version: "client.authentication.k8s.io/v1beta1".to_owned(),
                ..ExecConfig::default()
            });
        }
        user
    }

    fn kubeconfig(&mut self) -> Kubeconfig {
        let mut config = Kubeconfig {
            current_context: self.name(),
            ..Kubeconfig::default()
        };
        config.preferences.colors = self.once_in(8);
        for _ in 0..self.number(4) {
            config.clusters.insert(self.name(), self.cluster());
            config.users.insert(self.name(), self.user());
            let context = Context {
                cluster: self.name(),
                user: self.name(),
                namespace: self.pick(&["", "shop", "no"]).to_owned(),
                ..Context::default()
            };
            config.contexts.insert(self.name(), context);
        }
        config
    }

    /// Some of the flags, each with a value from its list.
    fn flags(&mut self, flags: &[(&str, &[&str])]) -> Vec<String> {
        let mut chosen = Vec::new();
        for (flag, values) in flags {
            if self.once_in(3) {
                chosen.push(match values {
                    [] => (*flag).to_owned(),
                    values => format!("{flag}={}", self.pick(values)),
                });
            }
        }
        chosen
    }

    fn command(&mut self) -> Vec<String> {
        let command = self.pick(&[
            "view",
            "get-contexts",
            "current-context",
            "use-context",
            "set-context",
            "set-cluster",
            "set-credentials",
            "set-credentials",
            "delete-context",
            "delete-cluster",
            "delete-user",
            "rename-context",
            "set",
            "set",
            "unset",
        ]);
        let mut line = vec!["config".to_owned(), command.to_owned()];
        match command {
            "view" => line.extend(self.flags(&[("--minify", &[]), ("--raw", &[]), ("--output", &["json"]), ("--context", &["x"])])),
            "get-contexts" => line.extend(self.flags(&[("--no-headers", &[]), ("--output", &["name", "wide"])])),
            "current-context" => {}
            "set-context" => {
                line.push(if self.once_in(3) { "--current".to_owned() } else { self.name() });
                line.extend(self.flags(&[("--cluster", &["c", ""]), ("--user", &["u", ""]), ("--namespace", &["n", ""])]));
            }
            "set-cluster" => {
                line.push(self.name());
                line.extend(self.flags(&[
                    ("--server", &["https://new", ""]),
                    ("--tls-server-name", &["n", ""]),
                    ("--insecure-skip-tls-verify", &["true", "false"]),
                    ("--certificate-authority", &["ca.crt", "sub/ca.crt", "nope", "../y", ""]),
                    ("--embed-certs", &["true", "false"]),
                    ("--proxy-url", &["http://p"]),
                ]));
            }
            "set-credentials" => {
                line.push(self.name());
                line.extend(self.flags(&[
                    ("--token", &["t", ""]),
                    ("--username", &["u", ""]),
                    ("--client-certificate", &["ca.crt", "nope", ""]),
                    ("--client-key", &["sub/ca.crt"]),
                    ("--embed-certs", &[]),
                    ("--auth-provider", &["oidc", "other"]),
                    ("--auth-provider-arg", &["a=1", "a-", "b=2,c=3"]),
                    ("--exec-command", &["./new", "new"]),
                    ("--exec-arg", &["p,q"]),
                    ("--exec-env", &["A=9", "B-", "C=x=y"]),
                    ("--exec-interactive-mode", &["Never", "Perhaps"]),
                    ("--exec-provide-cluster-info", &[]),
                ]));
            }
            "rename-context" => line.extend([self.name(), self.name()]),
            "set" | "unset" => {
                let list = self.pick(&["clusters", "users", "contexts"]);
                let field = self.pick(&[
                    ".server",
                    ".certificate-authority-data",
                    ".insecure-skip-tls-verify",
                    ".token",
                    ".act-as",
                    ".namespace",
                    ".user",
                    "",
                ]);
                line.push(match self.number(8) {
                    0 => "current-context".to_owned(),
                    _ => format!("{list}.{}{field}", self.name()),
                });
                if command == "set" {
                    line.push(self.pick(&["x", "true", "YWJj", "!!"]).to_owned());
                }
            }
            _ => line.push(self.name()),
        }
        line
    }
}

/// The files that every command finds: certificates, and kubeconfigs by name.
fn prepare(folder: &Path, configs: &BTreeMap<&str, Vec<u8>>) {
    fs::create_dir_all(folder.join("sub")).unwrap();
    fs::write(folder.join("ca.crt"), "CA").unwrap();
    fs::write(folder.join("sub/ca.crt"), "SUB").unwrap();
    for (name, bytes) in configs {
        fs::write(folder.join(name), bytes).unwrap();
    }
}

/// The outcome with everything left out in which runs and versions may differ: the folder's name, addresses of memory, help,
/// and settings that say nothing, which are written up to 1.35 and left out from 1.36 on.
fn outcome(folder: &Path, code: i32, out: &str, err: &str) -> Outcome {
    let tidy = |text: &str| text.replace(&*folder.to_string_lossy(), "FOLDER").replace("preferences: {}\n", "");
    let mut files = BTreeMap::new();
    for place in [folder.to_owned(), folder.join("sub")] {
        for entry in fs::read_dir(place).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                let name = path.strip_prefix(folder).unwrap().to_string_lossy().into_owned();
                files.insert(name, tidy(&fs::read_to_string(path).unwrap()));
            }
        }
    }
    let out = tidy(out).replace("    \"preferences\": {},\n", "");
    let err = tidy(err);
    Outcome {
        code,
        out: if out.contains("\nUsage:\n") { "help".to_owned() } else { out },
        err: err.split(" map[").next().unwrap_or_default().to_owned(),
        files,
    }
}

fn ours(folder: &Path, line: &[String], kubeconfig: &str) -> Outcome {
    let (streams, out, err) = Streams::captured("");
    let code = crate::run(World {
        args: [&["kubectl".to_owned()], line].concat(),
        env: HashMap::from([
            ("KUBECONFIG".to_owned(), kubeconfig.to_owned()),
            ("HOME".to_owned(), "/nonexistent".to_owned()),
        ]),
        directory: folder.to_owned(),
        streams,
    });
    outcome(folder, code.into(), &out.text(), &err.text())
}

fn theirs(folder: &Path, line: &[String], kubeconfig: &str) -> Option<Outcome> {
    let output = Command::new("kubectl")
        .args(line)
        .env("KUBECONFIG", kubeconfig)
        .env("HOME", "/nonexistent")
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Some(outcome(
        folder,
        output.status.code().unwrap_or(-1),
        &text(&output.stdout),
        &text(&output.stderr),
    ))
}

#[test]
#[allow(clippy::print_stderr, reason = "a skipped test must not look like a passed one")]
fn config_commands_print_and_leave_what_kubectl_does() {
    for seed in 0..60 {
        let mut chance = Chance(seed);
        let configs: BTreeMap<&str, Vec<u8>> = [("one", chance.kubeconfig()), ("sub/two", chance.kubeconfig())]
            .into_iter()
            .map(|(name, config)| (name, to_bytes(&config)))
            .collect();
        let line = chance.command();
        let kubeconfig = chance.pick(&["one:sub/two", "sub/two:one", "none:one", "none:sub/none", "sub/two"]);
        let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        prepare(here.path(), &configs);
        prepare(there.path(), &configs);
        let Some(theirs) = theirs(there.path(), &line, kubeconfig) else {
            eprintln!("SKIPPED: there is no kubectl on the path to compare with");
            return;
        };
        assert_eq!(ours(here.path(), &line, kubeconfig), theirs, "{seed}: {kubeconfig} {line:?}");
    }
}
