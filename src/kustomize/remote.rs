//! What words name a repository: `https://github.com/org/repo//path?ref=v1`, `git@host:org/repo`, `file:///repo`.

use url::form_urlencoded;

/// A repository, and a folder in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// As it was written.
    pub raw: String,
    /// What git is told to fetch from.
    pub url: String,
    /// The folder in it; empty for the whole.
    pub path: String,
    /// The branch, tag or commit; empty for the newest.
    pub reference: String,
    /// Whether the repositories in it are fetched too.
    pub submodules: bool,
    /// How many seconds git may take.
    pub timeout: u64,
}

const SCHEMES: [&str; 4] = ["ssh://", "https://", "http://", "file://"];

/// How many steps of a path name the repository where nothing else tells where it ends.
const USUAL_STEPS: usize = 2;

impl Repository {
    /// Reads what is meant for a repository.
    ///
    /// # Errors
    /// Anything else: paths, and URLs of files.
    pub fn parse(raw: &str) -> Result<Repository, String> {
        if raw.starts_with('/') {
            return Err(format!("uri looks like abs path: {raw}"));
        }
        let (address, query) = raw.split_once('?').unwrap_or((raw, ""));
        let (host, rest) = host(address)?;
        let (repository, path) = parts(&rest, host == "file://").ok_or("failed to parse repo path segment")?;
        if repository.is_empty() {
            return Err("failed to parse repo path segment".to_owned());
        }
        let cleaned = super::files::clean(path.trim_start_matches('/'));
        if cleaned == ".." || cleaned.starts_with("../") {
            return Err(format!("url path exits repo: {rest}"));
        }
        let said = |name: &str| {
            form_urlencoded::parse(query.as_bytes())
                .find(|(key, value)| key == name && !value.is_empty())
                .map(|(_, value)| value.into_owned())
        };
        let timeout = said("timeout")
            .and_then(|text| text.trim_end_matches('s').parse().ok())
            .filter(|seconds| *seconds > 0);
        Ok(Repository {
            raw: raw.to_owned(),
            url: host + &repository,
            path: path.strip_prefix('/').unwrap_or(&path).to_owned(),
            reference: said("ref").or_else(|| said("version")).unwrap_or_default(),
            submodules: said("submodules").is_none_or(|text| !matches!(text.as_str(), "0" | "f" | "F" | "false" | "FALSE" | "False")),
            timeout: timeout.unwrap_or(27),
        })
    }
}

/// The text behind a prefix, whatever the prefix's case.
fn without<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    let head = text.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then(|| &text[prefix.len()..])
}

/// Scheme, user and host, as git is told them, and what follows.
fn host(address: &str) -> Result<(String, String), String> {
    let address = without(address, "git::").unwrap_or(address);
    let (scheme, rest) = SCHEMES
        .iter()
        .find_map(|scheme| without(address, scheme).map(|rest| (*scheme, rest)))
        .unwrap_or(("", address));
    let (user, rest) = match rest.split_once('@') {
        Some((user, after))
            if user.starts_with(|first: char| first.is_ascii_alphabetic())
                && user.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') =>
        {
            (format!("{user}@"), after)
        }
        _ => (String::new(), rest),
    };
    let is_github = without(rest, "github.com/").or_else(|| without(rest, "github.com:")).is_some();
    let may_be_scp = scheme.is_empty() && (!user.is_empty() || is_github);
    if scheme.is_empty() && !may_be_scp {
        return Err("failed to parse scheme".to_owned());
    }
    if scheme == "file://" {
        return Ok((scheme.to_owned(), user + rest));
    }
    let slash = rest.find('/');
    let end = match rest.find(':') {
        Some(colon) if may_be_scp && colon > 0 && slash.is_none_or(|slash| colon < slash) => Some(colon),
        _ => slash,
    };
    let (name, path) = match end {
        Some(end) => rest.split_at(end + 1),
        None => (rest, ""),
    };
    if name.is_empty() {
        return Err("failed to parse host segment".to_owned());
    }
    let host = match is_github {
        true if scheme == "ssh://" || !user.is_empty() => format!("{user}github.com:"),
        true => "https://github.com/".to_owned(),
        false => format!("{scheme}{user}{name}"),
    };
    Ok((host, path.to_owned()))
}

/// The repository's path, and the path in it.
fn parts(path: &str, is_file: bool) -> Option<(String, String)> {
    if let Some(at) = path.find("_git/") {
        let (head, rest) = path.split_at(at + "_git/".len());
        let (name, inside) = rest.split_once('/').unwrap_or((rest, ""));
        return Some((format!("{head}{name}"), inside.to_owned()));
    }
    if let Some((repository, inside)) = path.split_once("//") {
        return Some((repository.to_owned(), inside.to_owned()));
    }
    if let Some(at) = path.find(".git") {
        let (repository, inside) = path.split_at(at + ".git".len());
        return Some((repository.to_owned(), inside.to_owned()));
    }
    if is_file {
        return Some((path.to_owned(), String::new()));
    }
    let steps: Vec<&str> = path.split('/').collect();
    let (repository, inside) = steps.split_at_checked(USUAL_STEPS)?;
    Some((repository.join("/"), inside.join("/")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parse_takes_repositories_apart() {
        for (raw, url, path, reference) in [
            ("github.com/foo/bar?ref=1", "https://github.com/foo/bar", "", "1"),
            ("https://github.com/foo/bar//x/y?ref=v1", "https://github.com/foo/bar", "x/y", "v1"),
            ("https://github.com/foo/bar.git/x", "https://github.com/foo/bar.git", "x", ""),
            ("git@github.com:foo/bar/x", "git@github.com:foo/bar", "x", ""),
            ("ssh://git@a.b:22/foo/bar", "ssh://git@a.b:22/foo/bar", "", ""),
            ("git@a.b:foo/bar", "git@a.b:foo/bar", "", ""),
            ("file:///a/b", "file:///a/b", "", ""),
            ("https://dev.azure.com/o/p/_git/r/x", "https://dev.azure.com/o/p/_git/r", "x", ""),
        ] {
            let have = Repository::parse(raw).unwrap();
            assert_eq!(
                (have.url.as_str(), have.path.as_str(), have.reference.as_str()),
                (url, path, reference),
                "{raw}"
            );
        }
        for raw in [
            "../base",
            "/a",
            "a/b.yaml",
            "http://h/f.yaml",
            "https://github.com/foo",
            "https://a/b/c//../..",
        ] {
            assert!(Repository::parse(raw).is_err(), "{raw}");
        }
    }
}
