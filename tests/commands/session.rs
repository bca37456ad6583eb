//! `exec`, `attach`, `cp`, `port-forward` and `debug` up to where they would open a connection.

use super::{Place, offers};
use crate::server::{Reply, Server};

const POD: &str = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web","namespace":"shop"},"spec":{"containers":[{"name":"a","ports":[{"name":"http","containerPort":8080,"protocol":"TCP"}]},{"name":"b"}]},"status":{"phase":"PHASE"}}"#;

/// A server with one pod in a phase, and without any other.
fn with_pod(phase: &'static str) -> Server {
    Server::start(move |asked| {
        offers::answer(asked).unwrap_or_else(|| match asked.path.ends_with("/pods/web") {
            true => Reply::Json(200, POD.replace("PHASE", phase)),
            false => offers::refusal(404, "NotFound", "pods \\\"nope\\\" not found"),
        })
    })
}

#[test]
fn sessions_with_bad_command_lines_say_what_kubectl_says_and_ask_for_nothing() {
    let server = with_pod("Running");
    let place = Place::new(&server.url());
    for (words, said) in [
        (&["exec"][..], "pod, type/name or --filename must be specified"),
        (&["exec", "web"], "you must specify at least one command for the container"),
        (&["exec", "web", "--"], "you must specify at least one command for the container"),
        (
            &["exec", "web", "ls"],
            "exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead\nSee 'kubectl exec -h' for help and examples",
        ),
        (
            &["exec", "web", "--pod-running-timeout=0s", "--", "ls"],
            "--pod-running-timeout must be higher than zero\nSee 'kubectl exec -h' for help and examples",
        ),
        (&["attach"], "at least 1 argument is required for attach"),
        (
            &["attach", "a", "b", "c"],
            "expected POD, TYPE/NAME, or TYPE NAME, (at most 2 arguments) saw 3: [a b c]",
        ),
        (
            &["port-forward", "web"],
            "TYPE/NAME and list of ports are required for port-forward\nSee 'kubectl port-forward -h' for help and examples",
        ),
        (&["cp", "web:x"], "source and destination are required"),
        (&["cp", "a:x", "b:y"], "one of src or dest must be a local file specification"),
        (&["cp", "x", "y"], "one of src or dest must be a remote file specification"),
        (&["cp", "a:", "y"], "filepath can not be empty"),
        (&["cp", "no-such-file", "web:y"], "no-such-file doesn't exist in local filesystem"),
        (&["debug", "web"], "you must specify --image when not using --copy-to."),
        (&["debug", "--image=i"], "NAME or filename is required for debug"),
        (&["debug", "web", "--image=I"], "invalid image name \"I\": invalid reference format"),
        (
            &["debug", "web", "--image=i", "-t"],
            "-i/--stdin is required for containers with -t/--tty=true",
        ),
        (&["debug", "web", "--image=i", "--profile=p"], "unknown profile: p"),
    ] {
        let outcome = place.run(words);
        assert_eq!((outcome.code, outcome.err), (1, format!("error: {said}\n")), "{words:?}");
    }
    assert_eq!(server.paths(), [] as [String; 0]);
}

#[test]
fn sessions_with_pods_that_are_missing_or_have_ended_say_so() {
    let server = with_pod("Succeeded");
    let place = Place::new(&server.url());
    let missing = "Error from server (NotFound): pods \"nope\" not found\n";
    for (words, said) in [
        (&["exec", "nope", "--", "ls"][..], missing),
        (&["attach", "nope"], missing),
        (&["cp", "nope:x", "y"], missing),
        (&["port-forward", "nope", "80"], missing),
        (&["debug", "nope", "--image=i"], missing),
        (
            &["exec", "web", "--", "ls"],
            "error: cannot exec into a container in a completed pod; current phase is Succeeded\n",
        ),
        (
            &["cp", "web:x", "y"],
            "error: cannot exec into a container in a completed pod; current phase is Succeeded\n",
        ),
        (
            &["attach", "web"],
            "error: cannot attach a container in a completed pod; current phase is Succeeded\n",
        ),
        (
            &["port-forward", "web", "80"],
            "error: unable to forward port because pod is not running. Current status=Succeeded\n",
        ),
        (
            &["port-forward", "web", "nope"],
            "error: Pod 'web' does not have a named port 'nope'\n",
        ),
    ] {
        let outcome = place.run(words);
        assert_eq!((outcome.code, outcome.err.as_str()), (1, said), "{words:?}");
    }
}

#[test]
fn sessions_without_a_named_container_take_the_first_and_say_so() {
    let server = with_pod("Running");
    let place = Place::new(&server.url());
    let defaulted = "Defaulted container \"a\" out of: a, b\n";
    for (words, is_said) in [
        (&["exec", "web", "--", "ls"][..], true),
        (&["exec", "web", "-q", "--", "ls"], false),
        (&["exec", "web", "-c", "b", "--", "ls"], false),
        (&["attach", "pods", "web"], true),
        (&["attach", "web", "-c", "b"], false),
    ] {
        let outcome = place.run(words);
        assert_eq!(outcome.err.starts_with(defaulted), is_said, "{words:?}: {}", outcome.err);
    }
    let outcome = place.run(&["attach", "web", "-c", "x"]);
    assert_eq!(
        outcome.err,
        "error: cannot attach to the container: container x not found in pod web\n"
    );
}
