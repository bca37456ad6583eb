//! The house's rules, read from its `use` lines: imports go downward, pure rooms touch nothing, commands are apart.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The rooms from the top down. A room may use its own and those in later rows.
const STOREYS: &[&[&str]] = &[
    &["main", "build", "process"],
    &["lib", "run"],
    &["commands"],
    &["context"],
    &["actions", "describe"],
    &["resource"],
    &["printers", "kustomize"],
    &["generate"],
    &["discovery", "openapi", "stream", "template", "patch", "preferences"],
    &["client", "plugins"],
    &["kubeconfig"],
    &["yaml"],
    &["world"],
    &["streams", "error"],
    &["args"],
    &["api"],
];

/// Uses against the storeys that are meant, each with its reason.
const ALLOWED: &[(&str, &str)] = &[
    // A usage error is an error; `args` needs nothing else of the house.
    ("args", "error"),
];

/// Rooms whose functions are values in, values or text out.
const PURE: &[&str] = &["generate", "kustomize", "patch", "template", "printers", "yaml", "api"];

/// What a pure room may not name, and only `process` may.
const IMPURE: &[&str] = &[
    "std::fs",
    "std::net",
    "std::process",
    "std::env",
    "tokio::",
    "std::io::stdin",
    "std::io::stdout",
    "SystemTime::now",
    "Timestamp::now",
];

struct Source {
    path: PathBuf,
    room: String,
    text: String,
}

/// Every source file of the library and the client, test modules cut off.
fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let inside = path.strip_prefix(&root).unwrap().to_path_buf();
            let first = inside.iter().next().unwrap().to_string_lossy().into_owned();
            if first == "bin" || path.file_name().is_some_and(|name| name == "tests") {
                continue;
            }
            if path.is_dir() {
                if path.file_name().is_none_or(|name| name != "tests") {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|extension| extension == "rs") && path.file_stem().is_none_or(|stem| stem != "tests") {
                let text = fs::read_to_string(&path).unwrap();
                let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap().to_owned();
                found.push(Source {
                    path: inside,
                    room: first.trim_end_matches(".rs").to_owned(),
                    text,
                });
            }
        }
    }
    found
}

/// The rooms that a file's `use` lines and paths name.
fn used_rooms(text: &str) -> Vec<String> {
    let mut rooms = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        let rest = &text[at + "crate::".len()..];
        if let Some(list) = rest.strip_prefix('{') {
            // The first word of each entry of the outer braces.
            let mut depth = 0;
            let mut entry = String::new();
            for letter in list.chars() {
                match letter {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => rooms.push(std::mem::take(&mut entry)),
                    _ if depth == 0 => entry.push(letter),
                    _ => {}
                }
            }
            rooms.push(entry);
        } else {
            rooms.push(rest.to_owned());
        }
    }
    rooms
        .iter()
        .map(|room| {
            room.trim()
                .chars()
                .take_while(|letter| letter.is_alphanumeric() || *letter == '_')
                .collect::<String>()
        })
        .filter(|room| !room.is_empty())
        .collect()
}

fn storey(room: &str) -> Option<usize> {
    STOREYS.iter().position(|storey| storey.contains(&room))
}

#[test]
fn rooms_import_only_downward() {
    let mut faults = Vec::new();
    for source in sources() {
        let Some(from) = storey(&source.room) else {
            faults.push(format!("{}: the room {} is on no storey", source.path.display(), source.room));
            continue;
        };
        for used in used_rooms(&source.text) {
            let Some(to) = storey(&used) else { continue };
            let allowed = ALLOWED.contains(&(source.room.as_str(), used.as_str()));
            if used != source.room && to <= from && !allowed {
                faults.push(format!("{}: {} may not use {used}", source.path.display(), source.room));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn maps_name_every_room() {
    for map in ["src/lib.rs", "src/bin/kubectl-sandbox/main.rs"] {
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(map)).unwrap();
        let rooms = text
            .lines()
            .filter_map(|line| line.trim_start_matches("pub ").strip_prefix("mod ")?.strip_suffix(';'));
        let missing: Vec<&str> = rooms.filter(|room| !text.contains(&format!("`{room}`"))).collect();
        assert!(missing.is_empty(), "{map} does not name {missing:?}");
    }
}

#[test]
fn commands_do_not_import_commands() {
    let mut faults = Vec::new();
    for source in sources()
        .iter()
        .filter(|source| source.room == "commands" && source.path != Path::new("commands/mod.rs"))
    {
        let own = source.path.iter().nth(1).unwrap().to_string_lossy();
        let own = own.trim_end_matches(".rs");
        for (at, _) in source.text.match_indices("crate::commands::") {
            let other: String = source.text[at + "crate::commands::".len()..]
                .chars()
                .take_while(|letter| letter.is_alphanumeric() || *letter == '_')
                .collect();
            if other != own {
                faults.push(format!("{}: uses {other}", source.path.display()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn pure_rooms_name_no_input_or_output() {
    let mut faults = Vec::new();
    for source in sources().iter().filter(|source| PURE.contains(&source.room.as_str())) {
        for word in IMPURE.iter().filter(|word| source.text.contains(**word)) {
            faults.push(format!("{}: names {word}", source.path.display()));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn only_the_process_exits_or_reads_the_environment() {
    let mut faults = Vec::new();
    for source in sources()
        .iter()
        .filter(|source| !["build", "process"].contains(&source.room.as_str()))
    {
        for word in [
            "process::exit",
            "env::var",
            "env::args",
            "io::stdout()",
            "io::stderr()",
            "io::stdin()",
        ] {
            if source.text.contains(word) {
                faults.push(format!("{}: names {word}", source.path.display()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// What only the sandbox may use: the descriptions of all types, certificates of its own, tables for people.
const THE_SANDBOX_S: &[&str] = &[
    "k8s_openapi",
    "schemars",
    "rcgen",
    "comfy_table",
    "kubectl_sandbox",
    "bin/kubectl-sandbox",
];

#[test]
fn the_library_and_the_client_do_without_the_sandbox() {
    let mut faults = Vec::new();
    for source in sources() {
        for word in THE_SANDBOX_S.iter().filter(|word| source.text.contains(**word)) {
            faults.push(format!("{}: names {word}", source.path.display()));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn nothing_of_the_sandbox_is_in_the_client_s_program() {
    let holds = |program: &str, words: &str| {
        let bytes = fs::read(program).unwrap();
        memchr::memmem::find(&bytes, words.as_bytes()).is_some()
    };
    // A node's name, a sentence of its help, the descriptions of types as they are packed.
    for words in [
        "sandbox-control-plane",
        "A Kubernetes cluster in a box",
        "ValidatingAdmissionPolicyBindingSpec",
    ] {
        assert!(holds(env!("CARGO_BIN_EXE_kubectl-sandbox"), words), "{words}");
        assert!(!holds(env!("CARGO_BIN_EXE_kubectl"), words), "{words}");
    }
}
