//! What `cp` copies: a file, or `pod:file`, or `namespace/pod:file`.

use super::objects;
use crate::{args::Unfinished, context::Context};

/// What the first argument may become. Files themselves are the shell's business, but where there are other candidates, it
/// would leave them out.
pub(super) async fn complete(line: &Unfinished, context: &Context) -> Vec<String> {
    let word = line.word.as_str();
    if !line.args.is_empty() || word.starts_with(['/', '.', '~']) || word.contains(':') {
        return Vec::new();
    }
    if let Some((namespace, name)) = word.split_once('/') {
        let pods = objects::names(context, Some(namespace), "pod", name).await;
        return pods.into_iter().map(|pod| format!("{namespace}/{pod}:")).collect();
    }
    let namespaces = objects::names(context, None, "namespace", word).await;
    let mut candidates: Vec<String> = namespaces.into_iter().map(|namespace| format!("{namespace}/")).collect();
    let pods = objects::names(context, None, "pod", word).await;
    candidates.extend(pods.into_iter().map(|pod| format!("{pod}:")));
    if word.is_empty() {
        // That a path will do as well.
        candidates.extend(["./".to_owned(), "/".to_owned()]);
    } else if !candidates.is_empty() {
        candidates.extend(files(word, context));
    }
    candidates
}

/// The files here whose names begin with `prefix`, folders with a slash.
fn files(prefix: &str, context: &Context) -> Vec<String> {
    let entries = std::fs::read_dir(context.directory()).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok().filter(|name| name.starts_with(prefix))?;
            let folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            Some(if folder { format!("{name}/") } else { name })
        })
        .collect();
    names.sort();
    names
}
