//! Images: which can be pulled, how long that takes, and what is said of those that cannot.

use std::time::Duration;

use crate::random::fnv;

/// What came of a pull.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pull {
    /// The image is there.
    Done {
        /// How long it took.
        took: Duration,
        /// Its size in bytes.
        size: u64,
    },
    /// The image cannot be had.
    Failed {
        /// How long it took to find out.
        took: Duration,
        /// Why.
        message: String,
    },
    /// The name is no image's.
    Invalid {
        /// Why.
        message: String,
    },
}

/// Images of the public library and other well-known places: name, newest major and minor version, size in MB.
const KNOWN: &[(&str, u32, u32, u64)] = &[
    ("nginx", 1, 31, 72),
    ("httpd", 2, 4, 58),
    ("redis", 8, 4, 45),
    ("memcached", 1, 6, 31),
    ("postgres", 18, 9, 152),
    ("mysql", 9, 5, 228),
    ("mariadb", 12, 2, 121),
    ("mongo", 8, 2, 275),
    ("rabbitmq", 4, 2, 104),
    ("busybox", 1, 37, 2),
    ("alpine", 3, 23, 4),
    ("debian", 13, 9, 49),
    ("ubuntu", 26, 10, 30),
    ("fedora", 43, 9, 61),
    ("python", 3, 15, 385),
    ("node", 26, 20, 391),
    ("golang", 1, 27, 312),
    ("ruby", 4, 1, 361),
    ("php", 8, 5, 178),
    ("perl", 5, 42, 340),
    ("openjdk", 25, 9, 240),
    ("eclipse-temurin", 25, 9, 190),
    ("tomcat", 11, 1, 201),
    ("wordpress", 6, 9, 251),
    ("haproxy", 3, 3, 41),
    ("traefik", 3, 6, 58),
    ("caddy", 2, 10, 20),
    ("registry", 3, 1, 24),
    ("bash", 5, 3, 7),
    ("hello-world", 1, 0, 1),
    ("consul", 1, 22, 55),
    ("vault", 1, 21, 190),
    ("influxdb", 3, 9, 140),
    ("elasticsearch", 9, 3, 640),
    ("kibana", 9, 3, 480),
    ("zookeeper", 3, 9, 120),
    ("cassandra", 5, 1, 170),
    ("ghost", 6, 9, 180),
    ("nats", 2, 13, 9),
    ("kong", 3, 9, 110),
];

/// Words in a tag that say that there is no such image.
const TELLING: [&str; 14] = [
    "nope",
    "missing",
    "bogus",
    "broken",
    "doesnotexist",
    "does-not-exist",
    "nonexistent",
    "non-existent",
    "not-found",
    "notfound",
    "invalid",
    "typo",
    "wrong",
    "nosuch",
];

/// A registry, a repository and a tag, filled up as container runtimes do.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Name {
    registry: String,
    repository: String,
    tag: String,
    digest: String,
}

impl Name {
    fn parse(image: &str) -> Option<Name> {
        let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/' | ':' | '@');
        if image.is_empty() || !image.chars().all(good) || image.contains("::") || image.ends_with([':', '/', '@']) {
            return None;
        }
        let (image, digest) = image.split_once('@').unwrap_or((image, ""));
        let (path, tag) = match image.rsplit_once(':') {
            Some((path, tag)) if !tag.contains('/') => (path, tag),
            _ => (image, if digest.is_empty() { "latest" } else { "" }),
        };
        let (registry, repository) = match path.split_once('/') {
            Some((first, rest)) if first.contains(['.', ':']) || first == "localhost" => (first.to_owned(), rest.to_owned()),
            Some(_) => ("docker.io".to_owned(), path.to_owned()),
            None => ("docker.io".to_owned(), format!("library/{path}")),
        };
        if repository.chars().any(|c| c.is_ascii_uppercase()) || repository.contains(':') || repository.is_empty() {
            return None;
        }
        Some(Name {
            registry,
            repository,
            tag: tag.to_owned(),
            digest: digest.to_owned(),
        })
    }

    fn full(&self) -> String {
        let base = format!("{}/{}", self.registry, self.repository);
        match (self.tag.as_str(), self.digest.as_str()) {
            ("", digest) => format!("{base}@{digest}"),
            (tag, _) => format!("{base}:{tag}"),
        }
    }

    fn known(&self) -> Option<&'static (&'static str, u32, u32, u64)> {
        let name = self.repository.strip_prefix("library/")?;
        KNOWN.iter().find(|(known, ..)| *known == name)
    }
}

/// The image's name in full, as a container's status has it.
pub fn full_name(image: &str) -> String {
    Name::parse(image).map_or_else(|| image.to_owned(), |name| name.full())
}

/// The last word of an image's repository: what kind of program it is.
pub fn short_name(image: &str) -> String {
    Name::parse(image)
        .and_then(|name| name.repository.rsplit('/').next().map(str::to_owned))
        .unwrap_or_default()
}

/// The image's version, as its tag says it.
pub fn tag(image: &str) -> String {
    Name::parse(image).map(|name| name.tag).unwrap_or_default()
}

/// Whether an image is one of the public library's, of which it is known what is in it.
pub fn is_stock(image: &str) -> bool {
    Name::parse(image).is_some_and(|name| name.known().is_some())
}

/// The identifier of an image's content.
pub fn content_id(image: &str) -> String {
    let name = full_name(image);
    let mut digest = String::new();
    for round in 0u8..8 {
        let mut bytes = name.clone().into_bytes();
        bytes.push(round);
        digest.push_str(&format!("{:08x}", fnv(&bytes)));
    }
    let base = Name::parse(image).map_or_else(|| name.clone(), |name| format!("{}/{}", name.registry, name.repository));
    format!("{base}@sha256:{digest}")
}

/// What comes of pulling an image.
pub fn pull(image: &str) -> Pull {
    let Some(name) = Name::parse(image) else {
        return Pull::Invalid {
            message: format!(
                "Failed to apply default image tag {}: couldn't parse image name {}: invalid reference format",
                kubectl_rs::api::quote(image),
                kubectl_rs::api::quote(image)
            ),
        };
    };
    let full = name.full();
    let unpack = format!(
        "failed to pull and unpack image {}: failed to resolve reference {}",
        kubectl_rs::api::quote(&full),
        kubectl_rs::api::quote(&full)
    );
    let host = name.registry.split(':').next().unwrap_or_default();
    // Hosts that the standards keep for what does not exist.
    if host.ends_with(".invalid") || host.ends_with(".example") || host.ends_with(".test") {
        let message = format!(
            "{unpack}: failed to do request: Head \"https://{}/v2/{}/manifests/{}\": dial tcp: lookup {host} on 10.96.0.10:53: no such host",
            name.registry, name.repository, name.tag
        );
        return Pull::Failed {
            took: Duration::from_millis(300),
            message,
        };
    }
    let not_found = Pull::Failed {
        took: Duration::from_millis(900),
        message: format!("rpc error: code = NotFound desc = {unpack}: {full}: not found"),
    };
    let seed = fnv(full.as_bytes());
    let tag = name.tag.to_lowercase();
    if TELLING.iter().any(|word| tag.contains(word)) {
        return not_found;
    }
    let megabytes = match name.known() {
        Some((_, major, minor, megabytes)) => {
            if !is_version(&tag, *major, *minor) {
                return not_found;
            }
            *megabytes
        }
        // Everything in the library is known; what is not is a slip of the pen.
        None if name.repository.starts_with("library/") => {
            let base = full.rsplit_once(':').map_or(full.as_str(), |(base, _)| base);
            return Pull::Failed {
                took: Duration::from_millis(900),
                message: format!(
                    "{unpack}: pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed ({base})"
                ),
            };
        }
        None => 20 + u64::from(seed % 150),
    };
    Pull::Done {
        took: Duration::from_millis(600 + megabytes * 14 + u64::from(seed % 400)),
        size: megabytes * 1_000_000 + u64::from(seed % 1_000_000),
    }
}

/// Whether a tag is one that an image of these versions may have: a word such as `alpine`, or a version that is not
/// beyond the newest.
fn is_version(tag: &str, major: u32, minor: u32) -> bool {
    const WORDS: [&str; 22] = [
        "latest", "stable", "alpine", "slim", "mainline", "lts", "edge", "bookworm", "bullseye", "trixie", "jammy", "noble", "focal",
        "perl", "otel", "glibc", "musl", "uclibc", "unstable", "current", "rolling", "",
    ];
    let first = tag.split('-').next().unwrap_or_default();
    if WORDS.contains(&first) {
        return true;
    }
    let mut numbers = first.trim_start_matches('v').split('.');
    let number = |part: Option<&str>| part.map(|part| part.trim_end_matches(|c: char| c.is_ascii_alphabetic()).parse::<u32>());
    match (number(numbers.next()), number(numbers.next())) {
        (Some(Ok(have)), None) => have <= major,
        (Some(Ok(have)), Some(Ok(part))) => have < major || (have == major && part <= minor),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(image: &str) -> bool {
        matches!(pull(image), Pull::Done { .. })
    }

    #[test]
    fn pull_of_known_images_works_and_of_unknown_tags_does_not() {
        for image in [
            "nginx",
            "nginx:1.27",
            "nginx:1.14.2",
            "nginx:1.27-alpine",
            "docker.io/library/busybox:1.36",
            "redis:7",
            "registry.k8s.io/pause:3.10",
            "ghcr.io/acme/shop:v3",
            "nginx@sha256:0123",
            "python:3.12-slim",
            "ubuntu:24.04",
        ] {
            assert!(runs(image), "{image}: {:?}", pull(image));
        }
        for image in [
            "nginx:1.161",
            "nginx:nope",
            "ngnix",
            "nginx:9.9.9",
            "registry.example.invalid/none:v9",
            "acme/app:missing",
        ] {
            assert!(matches!(pull(image), Pull::Failed { .. }), "{image}");
        }
        for image in ["nginx:", "a b", "Nginx", "x::y", ""] {
            assert!(matches!(pull(image), Pull::Invalid { .. }), "{image}");
        }
    }

    #[test]
    fn full_name_fills_up_as_runtimes_do() {
        assert_eq!(full_name("nginx"), "docker.io/library/nginx:latest");
        assert_eq!(full_name("acme/app:1"), "docker.io/acme/app:1");
        assert_eq!(full_name("localhost:5000/app"), "localhost:5000/app:latest");
        assert_eq!(short_name("registry.k8s.io/nginx-slim:0.21"), "nginx-slim");
        assert!(content_id("nginx").starts_with("docker.io/library/nginx@sha256:"));
    }
}
