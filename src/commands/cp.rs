//! `kubectl cp`: copies files into and out of containers.

use crate::{
    actions::pods,
    api::{OwnedValue, json},
    args::{Command, Flag, Kind, Parsed},
    client::Request,
    context::Context,
    discovery::builtin,
    error::{Error, Result},
    resource::{ACCEPT_TYPED, path},
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "cp",
    usage: "cp <file-spec-src> <file-spec-dest>",
    short: "Copy files and directories into and out of containers",
    long: "\
Copy files and directories into and out of containers.

A path in a container is written POD:PATH or NAMESPACE/POD:PATH. The container must have the program tar. \
Links are not followed, and wildcards do nothing; for both, use tar by way of \"kubectl exec\".",
    examples: "\
# A directory into a pod of the default namespace
kubectl cp /tmp/foo_dir web:/tmp/bar_dir

# A file into one container of a pod
kubectl cp /tmp/foo web:/tmp/bar -c nginx

# A file into a pod of another namespace
kubectl cp /tmp/foo shop/web:/tmp/bar

# A file out of a pod
kubectl cp shop/web:/tmp/foo /tmp/bar

# With tar, for links, wildcards and file modes
tar cf - /tmp/foo | kubectl exec -i -n shop web -- tar xf - -C /tmp/bar
kubectl exec -n shop web -- tar cf - /tmp/foo | tar xf - -C /tmp/bar",
    flags: &[&[
        Flag::text(
            "container",
            "The container. By default the one that the annotation kubectl.kubernetes.io/default-container names, else \
            the first.",
        )
        .short('c'),
        Flag::switch("no-preserve", false, "Do not take over the owner and the permissions of files."),
        Flag::new(
            "retries",
            Kind::Int,
            "0",
            "How often to begin again where a copy out of a container breaks off. 0 gives up at once, a negative number \
            never.",
        ),
    ]],
    ..Command::NEW
};

/// What was typed.
#[derive(Debug)]
pub struct Args<'a>(pub &'a Parsed);

/// A file or directory here or in a pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Here.
    Local(String),
    /// In a pod.
    Remote {
        /// The pod's namespace; the one to work in if it is empty.
        namespace: String,
        /// The pod.
        pod: String,
        /// The path in it.
        path: String,
    },
}

impl Place {
    /// Reads `PATH`, `POD:PATH` or `NAMESPACE/POD:PATH`.
    ///
    /// # Errors
    /// Another form.
    pub fn parse(text: &str) -> Result<Place> {
        let fault = || Error::message("filespec must match the canonical format: [[namespace/]pod:]file/path");
        let Some((pod, path)) = text.split_once(':') else {
            return Ok(Place::Local(text.to_owned()));
        };
        let (namespace, pod) = match pod.split('/').collect::<Vec<_>>().as_slice() {
            [""] => return Err(fault()),
            [pod] => ("", *pod),
            [namespace, pod] => (*namespace, *pod),
            _ => return Err(fault()),
        };
        Ok(match pod {
            // Without a pod, the path is one of this machine.
            "" => Place::Local(path.to_owned()),
            pod => Place::Remote {
                namespace: namespace.to_owned(),
                pod: pod.to_owned(),
                path: path.to_owned(),
            },
        })
    }

    fn path(&self) -> &str {
        match self {
            Place::Local(path) | Place::Remote { path, .. } => path,
        }
    }

    fn is_remote(&self) -> bool {
        matches!(self, Place::Remote { .. })
    }
}

/// What it means.
#[derive(Debug, Clone)]
pub struct Options {
    /// What is copied.
    pub source: Place,
    /// Where it is copied to.
    pub destination: Place,
    /// The container; the pod's default if it is empty.
    pub container: String,
    /// The namespace of pods that name none.
    pub namespace: String,
}

impl Options {
    /// Completes and checks what was typed.
    ///
    /// # Errors
    /// Not two places, or not exactly one of them in a pod.
    pub fn resolve(Args(parsed): &Args<'_>, context: &Context) -> Result<Options> {
        let namespace = context.namespace()?.name;
        let [source, destination] = parsed.args() else {
            return Err(Error::message("source and destination are required"));
        };
        let (source, destination) = (Place::parse(source)?, Place::parse(destination)?);
        let sentence = if source.is_remote() && destination.is_remote() {
            "one of src or dest must be a local file specification"
        } else if source.path().is_empty() || destination.path().is_empty() {
            "filepath can not be empty"
        } else if !source.is_remote() && !destination.is_remote() {
            "one of src or dest must be a remote file specification"
        } else {
            return Ok(Options {
                source,
                destination,
                container: parsed.string("container").to_owned(),
                namespace,
            });
        };
        Err(Error::message(sentence))
    }
}

/// Finds the container to copy from or to.
///
/// # Errors
/// What kubectl reports before it copies; then, that copying is not implemented yet.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let options = Options::resolve(&Args(parsed), context)?;
    if let Place::Local(path) = &options.source
        && !context.directory().join(path).exists()
    {
        return Err(Error::message(format!("{path} doesn't exist in local filesystem")));
    }
    for place in [&options.source, &options.destination] {
        if let Place::Remote { namespace, pod, .. } = place {
            let namespace = if namespace.is_empty() { &options.namespace } else { namespace };
            let pod = fetch(namespace, pod, context).await?;
            pods::check_runs(&pod, "exec into")?;
            if options.container.is_empty() {
                pods::container(&pod, "", false, context.streams())?;
            }
        }
    }
    Err(parsed.not_implemented())
}

/// A pod by its name.
async fn fetch(namespace: &str, name: &str, context: &Context) -> Result<OwnedValue> {
    let mapping = builtin::by_kind("", "v1", "Pod").ok_or_else(|| Error::message("no matches for kind \"Pod\" in version \"v1\""))?;
    let request = Request::get(path::of(&mapping, namespace, name, ""))
        .accept(ACCEPT_TYPED)
        .about("", "pods", name);
    let bytes = context.client()?.send(request).await?.bytes().await?;
    Ok(json::parse(&bytes)?.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parse_parts_namespaces_pods_and_paths() {
        let remote = |namespace: &str, pod: &str, path: &str| Place::Remote {
            namespace: namespace.to_owned(),
            pod: pod.to_owned(),
            path: path.to_owned(),
        };
        assert_eq!(Place::parse("a/b").unwrap(), Place::Local("a/b".to_owned()));
        assert_eq!(Place::parse("web:/a:b").unwrap(), remote("", "web", "/a:b"));
        assert_eq!(Place::parse("shop/web:x").unwrap(), remote("shop", "web", "x"));
        for bad in [":x", "a/b/c:x"] {
            assert!(
                Place::parse(bad).unwrap_err().to_string().starts_with("filespec must match"),
                "{bad}"
            );
        }
    }
}
