//! Which credential plugins may run. The user's preferences (kuberc) say so, not the kubeconfig that names the plugin
//! (client-go's `util/pluginpolicy`).

use std::path::{Component, Path, PathBuf};

use crate::client::klog::quoted;

/// What the user's preferences say of credential plugins. The default allows all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PluginPolicy {
    /// `AllowAll`, `DenyAll` or `Allowlist`; empty for the first.
    pub policy: String,
    /// The programs that an `Allowlist` allows, names or paths; none where the preferences have no list.
    pub allowed: Option<Vec<String>>,
}

impl PluginPolicy {
    /// Refuses a policy that contradicts itself, lest a misspelt list allow everything.
    ///
    /// # Errors
    /// client-go's sentence.
    pub fn validate(&self) -> Result<(), String> {
        match (self.policy.as_str(), &self.allowed) {
            ("" | "AllowAll" | "DenyAll", None) => Ok(()),
            (policy @ ("" | "AllowAll" | "DenyAll"), Some(_)) => Err(format!(
                "misconfigured credential plugin allowlist: plugin policy is {} but allowlist is non-nil",
                quoted(policy)
            )),
            ("Allowlist", None) => Err("credential plugin policy set to \"Allowlist\", but allowlist is unspecified".to_owned()),
            ("Allowlist", Some(allowed)) if allowed.is_empty() => {
                Err("credential plugin policy set to \"Allowlist\", but allowlist is empty; use \"DenyAll\" policy instead".to_owned())
            }
            ("Allowlist", Some(allowed)) => allowed.iter().enumerate().try_for_each(|(at, entry)| {
                let clean = cleaned(entry);
                match entry.as_str() {
                    "" => Err(format!(
                        "misconfigured credential plugin allowlist: empty allowlist entry #{}",
                        at + 1
                    )),
                    entry if entry != clean => Err(format!("non-normalized file path: {} vs {}", quoted(entry), quoted(&clean))),
                    _ => Ok(()),
                }
            }),
            (other, _) => Err(format!("unknown plugin policy: {}", quoted(other))),
        }
    }

    /// Refuses to run `command`, which `find` looks up on the search path, unless it is allowed.
    ///
    /// # Errors
    /// client-go's sentence.
    pub(super) fn check(&self, command: &str, find: impl Fn(&str) -> Option<PathBuf>) -> Result<(), String> {
        let command = cleaned(command);
        match self.policy.as_str() {
            "" | "AllowAll" => return Ok(()),
            "DenyAll" => return Err(format!("plugin {} not allowed: policy set to \"DenyAll\"", quoted(&command))),
            _ => {}
        }
        let allowed = self.allowed.as_deref().unwrap_or_default();
        if allowed.contains(&command) {
            return Ok(());
        }
        let Some(path) = find(&command) else {
            let command = quoted(&command);
            return Err(format!(
                "plugin path {command} cannot be resolved for credential plugin allowlist check: exec: {command}: executable file not found in $PATH"
            ));
        };
        // A name on the list and a path in the kubeconfig can be the same program.
        if allowed
            .iter()
            .any(|entry| Path::new(entry) == path || find(entry).as_ref() == Some(&path))
        {
            return Ok(());
        }
        Err(format!(
            "plugin path {} is not permitted by the credential plugin allowlist",
            quoted(&path.to_string_lossy())
        ))
    }
}

/// A path without `.`, `..` and doubled slashes, as far as that can be told without looking (Go's `filepath.Clean`).
fn cleaned(path: &str) -> String {
    let mut parts = PathBuf::new();
    for component in Path::new(path).components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if matches!(parts.components().next_back(), Some(Component::Normal(_))) => {
                parts.pop();
            }
            Component::ParentDir if parts.has_root() => {}
            other => parts.push(other),
        }
    }
    match parts.as_os_str().is_empty() {
        true => ".".to_owned(),
        false => parts.to_string_lossy().into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(policy: &str, allowed: Option<&[&str]>) -> PluginPolicy {
        PluginPolicy {
            policy: policy.to_owned(),
            allowed: allowed.map(|allowed| allowed.iter().map(|entry| (*entry).to_owned()).collect()),
        }
    }

    fn find(name: &str) -> Option<PathBuf> {
        match name {
            "helper" | "/bin/helper" => Some("/bin/helper".into()),
            name if name.starts_with('/') => Some(name.into()),
            _ => None,
        }
    }

    #[test]
    fn check_follows_the_policy() {
        for (policy, command) in [
            (policy("", None), "x"),
            (policy("AllowAll", None), "x"),
            (policy("Allowlist", Some(&["x", "helper"])), "helper"),
            (policy("Allowlist", Some(&["x"])), "./x"),
            (policy("Allowlist", Some(&["/bin/helper"])), "helper"),
            (policy("Allowlist", Some(&["helper"])), "/bin/../bin/helper"),
        ] {
            assert_eq!(policy.validate(), Ok(()));
            assert_eq!(policy.check(command, find), Ok(()), "{policy:?} {command}");
        }
        let refusal = |policy: PluginPolicy, command: &str| policy.check(command, find).unwrap_err();
        assert_eq!(
            refusal(policy("DenyAll", None), "helper"),
            "plugin \"helper\" not allowed: policy set to \"DenyAll\""
        );
        let listed = policy("Allowlist", Some(&["other", "/usr/bin/helper"]));
        assert_eq!(
            refusal(listed.clone(), "helper"),
            "plugin path \"/bin/helper\" is not permitted by the credential plugin allowlist"
        );
        assert_eq!(
            refusal(listed, "nowhere"),
            "plugin path \"nowhere\" cannot be resolved for credential plugin allowlist check: exec: \"nowhere\": executable file not found in $PATH"
        );
    }

    #[test]
    fn validate_refuses_what_contradicts_itself() {
        for (policy, want) in [
            (
                policy("DenyAll", Some(&[])),
                "misconfigured credential plugin allowlist: plugin policy is \"DenyAll\" but allowlist is non-nil",
            ),
            (
                policy("Allowlist", None),
                "credential plugin policy set to \"Allowlist\", but allowlist is unspecified",
            ),
            (
                policy("Allowlist", Some(&[])),
                "credential plugin policy set to \"Allowlist\", but allowlist is empty; use \"DenyAll\" policy instead",
            ),
            (
                policy("Allowlist", Some(&["a", ""])),
                "misconfigured credential plugin allowlist: empty allowlist entry #2",
            ),
            (
                policy("Allowlist", Some(&["/a/./b"])),
                "non-normalized file path: \"/a/./b\" vs \"/a/b\"",
            ),
            (policy("allowlist", None), "unknown plugin policy: \"allowlist\""),
        ] {
            assert_eq!(policy.validate(), Err(want.to_owned()));
        }
    }

    #[test]
    fn cleaned_is_what_go_makes_of_a_path() {
        for (path, want) in [
            ("a//b/", "a/b"),
            ("./a", "a"),
            ("a/..", "."),
            ("../a", "../a"),
            ("/../a", "/a"),
            ("a/b/../c", "a/c"),
            ("", "."),
        ] {
            assert_eq!(cleaned(path), want, "{path}");
        }
    }
}
