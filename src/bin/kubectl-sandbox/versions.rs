//! The order of API versions.

use std::cmp::Ordering;

/// The order in which versions are offered: `v2`, `v1`, `v1beta2`, `v1beta1`, `v1alpha1`, then others by name
/// (`k8s.io/apimachinery/pkg/version`, `CompareKubeAwareVersionStrings`).
pub fn order(a: &str, b: &str) -> Ordering {
    match (rank(a), rank(b)) {
        (Some(a), Some(b)) => b.cmp(&a),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => a.cmp(b),
    }
}

/// Stability, major and minor number of a version in Kubernetes' form.
fn rank(version: &str) -> Option<(u8, u64, u64)> {
    let rest = version.strip_prefix('v')?;
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let major = rest[..digits].parse().ok()?;
    let (stability, minor) = match &rest[digits..] {
        "" => (3, "0"),
        rest => match (rest.strip_prefix("beta"), rest.strip_prefix("alpha")) {
            (Some(minor), _) => (2, minor),
            (_, Some(minor)) => (1, minor),
            _ => return None,
        },
    };
    let minor = if minor.is_empty() { 0 } else { minor.parse().ok()? };
    Some((stability, major, minor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_puts_stable_before_beta_before_alpha_before_others() {
        let mut versions = vec!["foo", "v1alpha1", "v1", "v10beta3", "v2", "v1beta1"];
        versions.sort_by(|a, b| order(a, b));
        assert_eq!(versions, ["v2", "v1", "v10beta3", "v1beta1", "v1alpha1", "foo"]);
    }
}
