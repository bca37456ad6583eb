//! One run of kubectl: from the world to the exit code.

use std::io::Write;

use futures_util::FutureExt;

use crate::{
    actions::help,
    api::quote,
    args::{self, Command, Found, Parsed, find},
    commands::{self, FOR_SHELLS, ROOT},
    context::{Context, World},
    error::{EXIT_FAILURE, Error, Result},
    plugins, preferences,
    streams::Streams,
};

/// Runs the command that the world's arguments name, and gives the exit code. What went wrong is on standard error.
pub fn run(world: World) -> u8 {
    let streams = world.streams.clone();
    let result = execute(world);
    let code = match &result {
        Ok(()) => 0,
        Err(error) => report(&streams, error),
    };
    match streams.flush() {
        Err(error) if code == 0 => report(&streams, &error.into()),
        _ => code,
    }
}

/// Says what went wrong, and gives the exit code for it.
fn report(streams: &Streams, error: &Error) -> u8 {
    let text = error.text();
    if !text.is_empty() && writeln!(streams.err(), "{text}").is_err() {
        return EXIT_FAILURE;
    }
    error.exit_code()
}

fn execute(world: World) -> Result<()> {
    let words = world.args.get(1..).unwrap_or_default();
    let has_preferences = !world
        .var(preferences::SWITCH)
        .is_some_and(|value| value.eq_ignore_ascii_case("false"));
    let root = if has_preferences {
        &ROOT
    } else {
        preferences::without(&ROOT, "kuberc")
    };
    let changed = if has_preferences {
        preferences::apply(&world, root, words)?
    } else {
        None
    };
    let (line, policy) = changed.unzip();
    let (root, words) = line.as_ref().map_or((root, words), |line| (line.root, &line.words));
    let mut found = match half_typed(root, words) {
        Some(found) => found,
        None => {
            let found = args::find(root, words);
            plugin(&world, words, &found)?;
            found
        }
    };
    let original = line.and_then(|line| {
        found.preset = line.preset;
        line.original
    });
    let parsed = args::parse(&found)?;
    parsed.unlock(|name| world.var(name))?;
    for warning in parsed.warnings() {
        writeln!(world.streams.err(), "{warning}")?;
    }
    let asked = parsed.bool("help");
    if !asked {
        no_profile(&parsed)?;
    }
    let Some(entry) = commands::entry(parsed.command()).filter(|_| !asked || !parsed.command().runnable) else {
        return print_help(&world, &parsed);
    };
    parsed.require()?;
    let context = Context::new(world, &parsed).with_plugin_policy(policy.unwrap_or_default());
    if let Some(original) = original {
        context.log_original(&original);
    }
    let mut run = (entry.run)(&parsed, &context);
    // What waits for nothing has done everything at the first look.
    if !(entry.waits)(&parsed)
        && let Some(result) = (&mut run).now_or_never()
    {
        return result;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(run)?;
    match context.warning_count() {
        1 if parsed.bool("warnings-as-errors") => Err(Error::message("1 warning received")),
        count @ 2.. if parsed.bool("warnings-as-errors") => Err(Error::Message(format!("{count} warnings received"))),
        _ => Ok(()),
    }
}

/// kubectl can write Go's profiles of itself. This client has none, and says so rather than leave a file out silently.
fn no_profile(parsed: &Parsed) -> Result<()> {
    match parsed.global("profile") {
        "none" => Ok(()),
        _ if parsed.shadows("profile") => Ok(()),
        kind @ ("cpu" | "heap" | "goroutine" | "threadcreate" | "block" | "mutex" | "trace") => Err(Error::Message(format!(
            "--profile={kind} is for kubectl's own developers: this client writes no profiles"
        ))),
        kind => Err(Error::Message(format!("unknown profile '{kind}'"))),
    }
}

/// The help of a command that was asked for it, or of the root, which does nothing else.
fn print_help(world: &World, parsed: &Parsed) -> Result<()> {
    Ok(write!(world.streams.out(), "{}", help::text(world, parsed.chain()))?)
}

/// A line that asks what another line's last word may become. That line's words are arguments, whatever they look like.
fn half_typed(root: &'static Command, words: &[String]) -> Option<Found> {
    let command = |word: &String| FOR_SHELLS.iter().find(|entry| entry.spec.name == word);
    // Flags may come before it, which belong to the other line: where `k` stands for `kubectl -n shop`, say. kubectl itself
    // takes only those that have their value in the same word.
    let place = find::first_argument(&[root], words)?;
    let entry = words.get(place).and_then(command)?;
    let mut rest = words.to_vec();
    rest[..=place].rotate_right(1);
    "--".clone_into(&mut rest[0]);
    Some(Found {
        chain: vec![root, entry.spec],
        rest,
        preset: Vec::new(),
    })
}

/// Runs a plugin where the line calls none of the commands, or none of those in `create`.
///
/// # Errors
/// A word that is neither a command nor a plugin, or a plugin that could not be run.
fn plugin(world: &World, words: &[String], found: &Found) -> Result<()> {
    let arguments = find::arguments(found);
    // Plugins in `create` have at least the two words of their name.
    let least = match found.chain.len() {
        1 if !arguments.is_empty() => 1,
        2 if found.command().name == "create" && !arguments.is_empty() => 2,
        _ => return Ok(()),
    };
    if let Some((file, length)) = plugins::find(world, words, least) {
        world.streams.flush()?;
        return Err(plugins::execute(world, &file, &words[length..]));
    }
    if least == 2 {
        return Ok(());
    }
    if let Some(first) = words.first().filter(|word| word.starts_with('-')) {
        return Err(Error::Bare(format!("Error: flags cannot be placed before plugin name: {first}")));
    }
    Err(unknown_command(found.command(), arguments[0]))
}

/// A word that is no command, and the commands that might have been meant.
fn unknown_command(root: &Command, word: &str) -> Error {
    let mut sentence = format!("unknown command {} for \"kubectl\"", quote(word));
    for (position, name) in find::suggestions(root, word).into_iter().enumerate() {
        if position == 0 {
            sentence.push_str("\n\nDid you mean this?");
        }
        sentence.push_str(&format!("\n\t{name}"));
    }
    Error::message(sentence)
}

#[cfg(test)]
mod tests {
    use std::{collections::HashMap, path::PathBuf};

    use super::*;
    use crate::api::tests::{ask, difference};

    /// What a run printed, and its exit code.
    fn output_in(line: &[&str], env: &[(&str, &str)]) -> (u8, String, String) {
        let (streams, out, err) = Streams::captured("");
        let world = World {
            args: ["kubectl"].iter().chain(line).map(|word| (*word).to_owned()).collect(),
            env: env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            directory: PathBuf::from("/"),
            streams,
        };
        (run(world), out.text(), err.text())
    }

    fn output(line: &str) -> (u8, String, String) {
        output_in(&line.split_whitespace().collect::<Vec<_>>(), &[])
    }

    #[test]
    fn run_of_an_unknown_word_suggests_commands() {
        let sentence = "error: unknown command \"GET\" for \"kubectl\"\n\nDid you mean this?\n\tset\n\tget\n";
        assert_eq!(output("GET pods"), (1, String::new(), sentence.to_owned()));
        let sentence = "error: unknown command \"xyzxyz\" for \"kubectl\"\n";
        assert_eq!(output("xyzxyz"), (1, String::new(), sentence.to_owned()));
    }

    #[test]
    fn run_of_words_behind_flags_that_are_no_command_calls_no_plugin() {
        let sentence = "Error: flags cannot be placed before plugin name: -n\n";
        assert_eq!(output("-n shop bogus"), (1, String::new(), sentence.to_owned()));
    }

    #[test]
    fn run_of_an_unknown_flag_says_where_to_read_more() {
        for (line, path) in [("--bogus", "kubectl"), ("create ns --bogus", "kubectl create namespace")] {
            let sentence = format!("error: unknown flag: --bogus\nSee '{path} --help' for usage.\n");
            assert_eq!(output(line), (1, String::new(), sentence), "{line}");
        }
        let sentence = "error: unknown flag: --bogus\nRun 'kubectl options' without flags.\n";
        assert_eq!(output("options --bogus"), (1, String::new(), sentence.to_owned()));
    }

    #[test]
    fn run_with_help_prints_it_to_standard_output() {
        for line in ["get --help", "get pods -h", "help get", "-n x get -h"] {
            let (code, out, err) = output(line);
            assert_eq!((code, err.as_str()), (0, ""), "{line}");
            assert!(
                out.starts_with("Show objects") && out.contains("\nOptions:\n    -A, --all-namespaces=false:\n"),
                "{out}"
            );
        }
        for line in ["", "help", "--", "-h", "--help get", "-n x"] {
            let (code, out, err) = output(line);
            assert_eq!((code, err.as_str()), (0, ""), "{line}");
            assert!(out.contains("\nBasic Commands (Beginner):\n  create "), "{line}: {out}");
        }
    }

    #[test]
    fn run_of_a_folder_prints_its_help_where_kubectl_prints_it() {
        for (line, code, to_output) in [
            ("config", 1, false),
            ("create service", 1, false),
            ("rollout", 1, true),
            ("certificate", 0, true),
            ("certificate bogus", 0, true),
            ("alpha", 0, false),
        ] {
            let (got, out, err) = output(line);
            assert_eq!((got, out.is_empty(), err.is_empty()), (code, !to_output, to_output), "{line}");
            assert!(!err.contains("exit"), "{err}");
        }
        for (line, path) in [("config bogus x", "kubectl config"), ("rollout bogus x", "kubectl rollout")] {
            let sentence = format!("error: unknown command \"bogus x\"\nSee '{path} -h' for help and examples\n");
            assert_eq!(output(line), (1, String::new(), sentence));
        }
    }

    #[test]
    fn run_of_help_for_an_unknown_topic_prints_the_commands_to_standard_error() {
        let (code, out, err) = output("help bogus x");
        assert_eq!((code, out.as_str()), (0, ""));
        assert!(
            err.starts_with("Unknown help topic [`bogus` `x`]\n\n\nBasic Commands (Beginner):\n"),
            "{err}"
        );
    }

    #[test]
    fn run_without_a_required_flag_names_it() {
        let sentence = "error: required flag(s) \"image\" not set\n";
        assert_eq!(output("create deployment x"), (1, String::new(), sentence.to_owned()));
    }

    #[test]
    fn run_with_a_profile_fails_before_anything_else_is_looked_at() {
        for line in ["--profile=bogus", "create deployment --profile=bogus", "config --profile=bogus"] {
            let sentence = "error: unknown profile 'bogus'\n";
            assert_eq!(output(line), (1, String::new(), sentence.to_owned()), "{line}");
        }
        assert_eq!(output("get --help --profile=bogus").0, 0);
        let (code, _, err) = output("options --profile=cpu");
        assert!(
            code == 1 && err.starts_with("error: --profile=cpu is for kubectl's own developers"),
            "{err}"
        );
    }

    #[test]
    fn run_of_a_deprecated_flag_warns_first() {
        let (_, _, err) = output("annotate pods x --record --help");
        assert_eq!(err, "Flag --record has been deprecated, --record will be removed in the future\n");
    }

    #[test]
    fn run_lists_plugins_in_the_root_s_help() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["kubectl-foo_bar-baz", "kubectl-get", "kubectl-create-net", "other"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let path = folder.path().to_str().unwrap();
        let (_, out, _) = output_in(&["--help"], &[("PATH", path)]);
        let list = "Subcommands provided by plugins:\n  foo-bar         The command foo-bar is a plugin installed by the user\n\nOther";
        assert!(out.contains(list), "{out}");
    }

    #[test]
    fn run_on_a_broken_standard_output_fails() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
                Err(std::io::Error::other("no space left on device"))
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        let (_, _, err) = Streams::captured("");
        let streams = Streams::new(
            Box::new(std::io::empty()),
            Box::new(Full),
            Box::new(err.clone()),
            Default::default(),
        );
        let world = World {
            args: vec!["kubectl".to_owned(), "options".to_owned()],
            env: HashMap::new(),
            directory: PathBuf::from("/"),
            streams,
        };
        assert_eq!(run(world), 1);
        assert_eq!(err.text(), "error: no space left on device\n");
    }

    /// Lines that fail, or print nothing but usage, before anything is asked for.
    const MISTAKES: &[&str] = &[
        "bogus",
        "GET pods",
        "lits",
        "d",
        "foo-x",
        "foo/bar",
        "bogus -n",
        "--bogus",
        "--bogus_flag",
        "-n",
        "--namespace",
        "-n shop bogus",
        "--namespace=x foo",
        "-h get pods",
        "get -z",
        "get -wz",
        "get -w=",
        "get --=x",
        "get ---x",
        "get pods -o",
        "get pods --output",
        "get -h pods --bogus",
        "get --chunk-size=99999999999999999999",
        "get --chunk-size=0x",
        "get --chunk-size=1__0",
        "get --chunk-size= ",
        "get --watch=maybe",
        "get -L a\"b",
        "get -L \"a\"b",
        "get -L \"a,b",
        "get --v=bogus",
        "-v=x get",
        "get -v 0x1",
        "get -v 3000000000",
        "get --vmodule=x",
        "get --vmodule=x=y",
        "get --vmodule=x=-1",
        "get --log-flush-frequency=x",
        "get --log-flush-frequency=5",
        "create deployment x --image=a --replicas=99999999999",
        "create token x --duration=5",
        "create token x --duration=5y",
        "create token x --duration=-",
        "create token x --duration=é",
        "create clusterrole x --aggregation-rule=q",
        "create service bogus",
        "create secret bogus",
        "debug x --env=q",
        "debug x --env=a=b,c=d\"e",
        "debug x --env=a=b,c=d,e",
        "config set-cluster x --embed-certs=q",
        "config set-cluster x -s y",
        "config bogus",
        "rollout bogus x",
        "set bogus",
        "top bogus",
        "auth bogus",
        "plugin bogus",
        "options --bogus",
        "options -x",
        "help --bogus",
        "autoscale deploy x --max=a",
        "wait --timeout",
        "alpha",
        "alpha -h",
        "options -h",
        "help options",
    ];

    #[test]
    fn run_of_every_mistake_says_what_a_real_kubectl_says() {
        let mut faults = Vec::new();
        for line in MISTAKES {
            let words: Vec<&str> = line.split_whitespace().collect();
            let Some(theirs) = ask(&words, b"") else { return };
            let (code, out, err) = output(line);
            // Some builds of kubectl begin these sentences with a capital letter, and end them with an empty line.
            let plain = |text: &str| text.replacen("Error: ", "error: ", 1).trim_end().to_owned();
            let fault = difference(&plain(&err), &plain(&theirs.err)).or_else(|| difference(&out, &theirs.out));
            if Some(i32::from(code)) != theirs.code || fault.is_some() {
                faults.push(format!(
                    "kubectl {line}: {code} for {:?}; {}",
                    theirs.code,
                    fault.unwrap_or_default()
                ));
            }
        }
        assert!(faults.is_empty(), "{}", faults.join("\n\n"));
    }
}
