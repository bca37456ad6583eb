//! File paths as text, handled as Go's `path/filepath` handles them.

/// The shortest path that means the same without looking at the disk; `.` for none.
pub fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => match parts.last() {
                Some(&last) if last != ".." => {
                    parts.pop();
                }
                _ if rooted => {}
                _ => parts.push(part),
            },
            part => parts.push(part),
        }
    }
    match (rooted, parts.join("/")) {
        (true, rest) => format!("/{rest}"),
        (false, rest) if rest.is_empty() => ".".to_owned(),
        (false, rest) => rest,
    }
}

/// The folder of a file: `.` where the path has none.
pub fn folder(path: &str) -> String {
    clean(
        path.rsplit_once('/')
            .map_or("", |(before, _)| if before.is_empty() { "/" } else { before }),
    )
}

/// `path` below `base`, cleaned. Empty parts do not count.
pub fn join(base: &str, path: &str) -> String {
    match (base, path) {
        ("", path) => clean(path),
        (base, path) => clean(&format!("{base}/{path}")),
    }
}

/// `path` as it is where it begins at the root, else below `base`.
pub fn absolute(path: &str, base: &str) -> String {
    if path.starts_with('/') { path.to_owned() } else { join(base, path) }
}

/// How one gets from `base` to `target`, both cleaned first; nothing where that cannot be said without the disk.
pub fn relative(base: &str, target: &str) -> Option<String> {
    let (base, target) = (clean(base), clean(target));
    if base == target {
        return Some(".".to_owned());
    }
    if base.starts_with('/') != target.starts_with('/') {
        return None;
    }
    let split = |path: &str| -> Vec<String> {
        path.split('/')
            .filter(|part| !matches!(*part, "" | "."))
            .map(str::to_owned)
            .collect()
    };
    let (base, target) = (split(&base), split(&target));
    let shared = base.iter().zip(&target).take_while(|(a, b)| a == b).count();
    if base[shared..].iter().any(|part| part == "..") {
        return None;
    }
    let up = std::iter::repeat_n("..", base.len() - shared);
    Some(up.chain(target[shared..].iter().map(String::as_str)).collect::<Vec<_>>().join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clean_drops_what_means_nothing() {
        for (path, want) in [
            ("", "."),
            ("a//b/./c/..", "a/b"),
            ("/../a", "/a"),
            ("../a/..", ".."),
            ("/", "/"),
            ("a/../..", ".."),
        ] {
            assert_eq!(clean(path), want, "{path}");
        }
    }

    #[test]
    fn folder_of_a_bare_name_is_here() {
        assert_eq!(folder("config"), ".");
        assert_eq!(folder("/config"), "/");
        assert_eq!(folder("a/b/config"), "a/b");
    }

    #[test]
    fn relative_steps_back_only_over_known_folders() {
        assert_eq!(relative("/a/b", "/a/b/c").as_deref(), Some("c"));
        assert_eq!(relative("/a/b", "/a/c").as_deref(), Some("../c"));
        assert_eq!(relative("/a", "/a").as_deref(), Some("."));
        assert_eq!(relative("/a", "b"), None);
        assert_eq!(relative("..", "a"), None);
    }
}
