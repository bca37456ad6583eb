//! What is refused before any server is asked, and in which order.

use super::Place;

/// What a line says on standard error; it fails without asking the server, which is not there.
#[track_caller]
fn refusal(place: &Place, line: &str) -> String {
    let words: Vec<&str> = line.split(' ').map(|word| if word == "''" { "" } else { word }).collect();
    let outcome = place.run(&words);
    assert_eq!((outcome.code, outcome.out.as_str()), (1, ""), "{line}: {}", outcome.err);
    outcome.err
}

fn nowhere() -> Place {
    Place::new("http://127.0.0.1:1")
}

#[test]
fn a_context_that_is_missing_is_reported_as_the_client_or_the_namespace_reports_it() {
    let place = nowhere();
    for line in ["get pods", "delete pods x", "set image deploy/x a=b", "logs x", "label pods x a=b"] {
        assert_eq!(
            refusal(&place, &format!("--context=nope {line}")),
            "Error in configuration: context was not found for specified context: nope\n",
            "{line}"
        );
    }
    for line in [
        "get --raw /x",
        "create ns x",
        "create deployment x --image=a --dry-run=client",
        "create -f x",
        "apply -f x",
        "replace -f x",
        "run x --image=a",
        "set env deploy/x a=b",
        "autoscale deploy/x --max=3",
        "expose deploy/x --port=80",
        "wait pods x --for=delete",
        "cordon x",
        "uncordon x",
        "drain x",
    ] {
        assert_eq!(
            refusal(&place, &format!("--context=nope {line}")),
            "error: context \"nope\" does not exist\n",
            "{line}"
        );
    }
}

#[test]
fn one_fault_of_the_kubeconfig_is_a_plain_error_and_several_are_a_list() {
    let place = nowhere();
    let only = "no server found for cluster \"nope\"";
    assert_eq!(refusal(&place, "--cluster=nope get pods"), format!("error: {only}\n"));
    assert_eq!(
        refusal(&place, "--cluster=nope --token=a --username=b get pods"),
        format!(
            "Error in configuration: \n* more than one authentication method found for u; found [token basicAuth], only one is \
             allowed\n* {only}\n"
        )
    );
}

#[test]
fn create_without_a_name_is_refused_behind_its_other_flags() {
    let place = nowhere();
    for kind in [
        "clusterrole",
        "configmap",
        "namespace",
        "poddisruptionbudget",
        "quota",
        "role",
        "rolebinding",
        "secret docker-registry",
        "secret generic",
        "serviceaccount",
    ] {
        assert_eq!(refusal(&place, &format!("create {kind} ''")), "error: name must be specified\n");
        assert!(refusal(&place, &format!("create {kind} '' --dry-run=bogus")).starts_with("error: Invalid dry-run value (bogus)."));
    }
    assert_eq!(refusal(&place, "create token ''"), "error: service account name is required\n");
}

#[test]
fn an_empty_name_of_a_type_that_is_meant_is_refused() {
    let place = nowhere();
    for line in [
        "cordon ''",
        "uncordon ''",
        "drain a ''",
        "taint nodes '' a=b:NoSchedule",
        "certificate deny ''",
    ] {
        assert_eq!(refusal(&place, line), "error: resource name may not be empty\n", "{line}");
    }
    assert_eq!(refusal(&place, "run '' --image=a"), "error: Parameter: name is required\n");
    assert!(refusal(&place, "logs ''").starts_with("error: You must provide one or more resources by argument or filename.\n"));
}

#[test]
fn a_form_or_a_check_that_there_is_not_comes_before_what_else_is_missing() {
    let place = nowhere();
    for line in [
        "create --output=bogus",
        "create --raw=/x --output=bogus",
        "annotate --output=bogus",
        "annotate --output=bogus --list",
        "annotate pods x --output=bogus",
        "set selector --output=bogus",
        "set serviceaccount --output=bogus",
    ] {
        let sentence = "error: unable to match a printer suitable for the output format \"bogus\"";
        assert!(refusal(&place, line).starts_with(sentence), "{line}");
    }
    for line in [
        "create --output=bogus --validate=bogus",
        "taint --validate=bogus",
        "taint nodes x a=b:c --validate=bogus",
    ] {
        assert_eq!(
            refusal(&place, line),
            "error: invalid - validate option \"bogus\"; must be one of: strict (or true), warn, ignore (or false)\n",
            "{line}"
        );
    }
}

#[test]
fn config_view_with_a_template_alone_prints_by_it() {
    let place = nowhere();
    assert_eq!(place.run(&["config", "view", "--template={{.kind}}"]).out, "Config");
    assert!(
        place
            .run(&["config", "view", "--template={{.kind}}", "-oyaml"])
            .out
            .starts_with("apiVersion")
    );
}

#[test]
fn config_delete_context_warns_of_the_one_in_use_even_where_the_file_cannot_be_written() {
    let place = nowhere();
    place.write("config.lock", "");
    let err = refusal(&place, "config delete-context c");
    let mut lines = err.lines();
    assert_eq!(
        lines.next(),
        Some("warning: this removed your active context, use \"kubectl config use-context\" to select a different one")
    );
    assert!(lines.next().is_some_and(|line| line.ends_with("config.lock: file exists")), "{err}");
}
