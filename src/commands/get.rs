//! `kubectl get`: shows objects, in a table or in full.

mod generic;
mod options;
mod raw;
mod sorting;
mod tables;
mod watch;

use crate::{
    args::{Command, Flag, Parsed, groups},
    context::Context,
    error::{Error, Result, aggregate},
    resource::{
        fetch::{ACCEPT_JSON, ACCEPT_TABLE, Answers, Fetch},
        infos::is_wrong_namespace,
    },
};

pub use options::{Args, Options};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "get",
    suggest_for: &["list", "ls"],
    usage: "get [(-o|--output=)json|yaml|kyaml|name|go-template|go-template-file|template|templatefile|jsonpath|jsonpath\
            -as-json|jsonpath-file|custom-columns|custom-columns-file|wide] (TYPE[.VERSION][.GROUP] [NAME | -l label] | \
            TYPE[.VERSION][.GROUP]/NAME ...) [flags]",
    short: "Show objects, in a table or in full",
    long: "\
Show objects: the most important of each in a table, or all of it in another form.

Types are given by name, short name or name with group and version, several separated by commas.

Names narrow the list, as do labels and fields. Types that live in namespaces are looked for in the namespace you \
work in, unless told otherwise.

\"kubectl api-resources\" lists the types.",
    examples: "\
# Pods
kubectl get pods

# With more columns
kubectl get pods -o wide

# One object
kubectl get replicationcontroller web

# A version and group of a type, as JSON
kubectl get deployments.v1.apps -o json

# One pod, in full
kubectl get -o json pod web-pod-13je7

# What a manifest describes, as it is on the server
kubectl get -f pod.yaml -o json

# What a kustomization builds
kubectl get -k dir/

# One field of an object
kubectl get -o template pod/web-pod-13je7 --template={{.status.phase}}

# Columns of your own
kubectl get pod test-pod -o custom-columns=CONTAINER:.spec.containers[0].name,IMAGE:.spec.containers[0].image

# Several types
kubectl get rc,services

# Objects by type and name
kubectl get rc/web service/frontend pods/web-pod-13je7

# A subresource
kubectl get pod web-pod-13je7 --subresource status

# In another namespace
kubectl get deployments.apps --namespace backend

# In all namespaces, as they change
kubectl get pods --all-namespaces --watch",
    flags: &[
        &[
            Flag::switch("ignore-not-found", false, "Take it for a success if an object is not there."),
            Flag::slice("label-columns", "Labels to show in columns of their own, separated by commas.").short('L'),
            Flag::text(
                "output",
                "How to print: json, yaml, kyaml, name, go-template, go-template-file, template, templatefile, jsonpath, \
            jsonpath-as-json, jsonpath-file, custom-columns, custom-columns-file or wide. Custom columns are described \
            at https://kubernetes.io/docs/reference/kubectl/#custom-columns, JSONPath at \
            https://kubernetes.io/docs/reference/kubectl/jsonpath/, Go templates at https://pkg.go.dev/text/template.",
            )
            .short('o'),
            Flag::switch(
                "output-watch-events",
                false,
                "With --watch or --watch-only, print what kind of change each line is. What is there at first counts as ADDED.",
            ),
            Flag::text("raw", "Print what the server answers at this path, as it is."),
            Flag::switch(
                "server-print",
                true,
                "Let the server make the table. It knows types that kubectl does not.",
            ),
            Flag::switch("show-kind", false, "Print the type before each name."),
            Flag::switch("show-labels", false, "Show all labels in the last column."),
            Flag::text(
                "sort-by",
                "Sort by a field, given as JSONPath: {.metadata.name}. It must be a number or a text.",
            ),
            Flag::text("subresource", "This subresource of the objects."),
            Flag::switch("watch", false, "Go on with what changes from now on.").short('w'),
            Flag::switch("watch-only", false, "Only what changes from now on."),
        ],
        groups::PRINT,
        groups::SELECTOR,
        groups::FIELD_SELECTOR,
        groups::ALL_NAMESPACES,
        groups::CHUNK_SIZE,
        groups::NO_HEADERS,
        &groups::files("A file, directory or URL with the manifests of the objects."),
    ],
    ..Command::NEW
};

/// Gets what the command line asks for.
///
/// # Errors
/// What kubectl reports: mistakes on the command line, the server's refusals, what could not be printed.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let options = Options::resolve(&Args(parsed), context)?;
    if let Some(path) = &options.raw {
        return raw::run(path, context).await;
    }
    if options.watch.is_some() {
        return watch::run(&options, parsed, context).await;
    }
    let site = context.site_of(&options.query)?;
    let plan = options.query.plan(&site).await?;
    if !options.for_people() {
        return generic::print(&options, parsed, plan, &site, context).await;
    }
    let mut answers = Answers::start(plan, &options.query, options.fetch(), &site).await?;
    tables::print(&options, &mut answers, context).await
}

impl Options {
    /// How objects are asked for.
    fn fetch(&self) -> Fetch {
        Fetch {
            accept: self.accept(),
            chunk: self.chunk,
            include_object: self.accept() == ACCEPT_TABLE && self.sort_by.is_some(),
            ignore_not_found: self.ignore_not_found,
        }
    }

    /// What all that went wrong comes to. Objects in files that are in another namespace than the command line demands are
    /// told of first, and beside them all the rest is one failure.
    ///
    /// # Errors
    /// That, if there is anything.
    fn failure(&self, errors: Vec<Error>) -> Result<()> {
        if self.query.files.is_empty() {
            return Error::collect(errors);
        }
        let (mut elsewhere, others): (Vec<Error>, Vec<Error>) = errors.into_iter().partition(is_wrong_namespace);
        if elsewhere.is_empty() || others.is_empty() {
            elsewhere.extend(others);
        } else {
            let sentences: Vec<String> = others.iter().map(ToString::to_string).collect();
            elsewhere.push(Error::Bare(aggregate(&sentences)));
        }
        Error::collect(elsewhere)
    }

    /// The form in which objects are asked for.
    fn accept(&self) -> &'static str {
        if self.for_people() && self.server_print {
            ACCEPT_TABLE
        } else {
            ACCEPT_JSON
        }
    }
}
