//! What the words behind a verb mean: types, names, or `type/name` pairs. Pure: nothing is looked up.
//!
//! The rules and the texts are those of kubectl's resource builder (`ResourceTypeOrNameArgs`).

use crate::error::{Error, Result};

/// The arguments, taken apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Arguments {
    /// Resource types, as typed.
    pub types: Vec<String>,
    /// Names of objects of the one type.
    pub names: Vec<String>,
    /// `type/name` pairs.
    pub pairs: Vec<(String, String)>,
}

impl Arguments {
    /// Takes `words` apart: `pods`, `pods,svc`, `pod a b`, `pods,svc a`, `pod/a svc/b`. `program` is the name that the
    /// program was called by, for the sentence about mixed forms.
    ///
    /// # Errors
    /// Where `type/name` pairs are malformed or mixed with other words.
    pub fn parse(words: &[String], program: &str) -> Result<Arguments> {
        let crossed;
        let words = match cross(words) {
            Some(pairs) => {
                crossed = pairs;
                crossed.as_slice()
            }
            None => words,
        };
        let slashed = words.iter().filter(|word| word.contains('/')).count();
        if slashed == 0 {
            let types = words.first().map(|types| split_types(types)).unwrap_or_default();
            return Ok(Arguments {
                types,
                names: words.get(1..).unwrap_or_default().to_vec(),
                pairs: Vec::new(),
            });
        }
        if slashed != words.len() {
            return Err(Error::message(format!(
                "there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. '{program} get resource/<resource_name>' instead of '{program} get resource resource/<resource_name>'"
            )));
        }
        let pairs = words.iter().map(|word| pair(word)).collect::<Result<_>>()?;
        Ok(Arguments {
            pairs,
            ..Arguments::default()
        })
    }
}

/// A word where names alone are those of objects of the type `kind`, as `type/name` (kubectl's `ResourceNames`).
///
/// # Errors
/// There is nothing in it.
pub fn of_type(kind: &str, word: &str) -> Result<String> {
    match word {
        "" => Err(Error::message("resource name may not be empty")),
        pair if pair.contains('/') => Ok(pair.to_owned()),
        name => Ok(format!("{kind}/{name}")),
    }
}

/// `pods,svc a b` stands for `pods/a pods/b svc/a svc/b`.
fn cross(words: &[String]) -> Option<Vec<String>> {
    let (types, names) = words.split_first()?;
    let types = split_types(types);
    if types.len() < 2 || names.is_empty() {
        return None;
    }
    Some(
        types
            .iter()
            .flat_map(|kind| names.iter().map(move |name| format!("{kind}/{name}")))
            .collect(),
    )
}

/// The types in `pods,svc`, each once. One that is empty is one too, which no server has.
pub fn split_types(types: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for kind in types.split(',') {
        if !found.iter().any(|have| have == kind) {
            found.push(kind.to_owned());
        }
    }
    found
}

fn pair(word: &str) -> Result<(String, String)> {
    let mut parts = word.split('/');
    let (Some(kind), Some(name), None) = (parts.next(), parts.next(), parts.next()) else {
        return Err(Error::message("arguments in resource/name form may not have more than one slash"));
    };
    if kind.is_empty() || name.is_empty() || split_types(kind).len() != 1 {
        return Err(Error::message(
            "arguments in resource/name form must have a single resource and name",
        ));
    }
    Ok((kind.to_owned(), name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Result<Arguments> {
        Arguments::parse(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>(), "kubectl")
    }

    #[test]
    fn parse_of_types_and_names_keeps_them_apart() {
        assert_eq!(parse(&["pods,svc,pods"]).unwrap().types, ["pods", "svc"]);
        assert_eq!(parse(&["pods,,"]).unwrap().types, ["pods", ""]);
        assert!(parse(&[]).unwrap().types.is_empty());
        let one = parse(&["pod", "a", "b"]).unwrap();
        assert_eq!((one.types.len(), one.names.len()), (1, 2));
    }

    #[test]
    fn parse_of_several_types_with_names_makes_every_pair() {
        let pairs = parse(&["pods,svc", "a", "b"]).unwrap().pairs;
        assert_eq!(
            pairs.iter().map(|(kind, name)| format!("{kind}/{name}")).collect::<Vec<_>>(),
            ["pods/a", "pods/b", "svc/a", "svc/b"]
        );
    }

    #[test]
    fn parse_of_bad_pairs_says_what_kubectl_says() {
        let text = |words: &[&str]| parse(words).unwrap_err().text();
        assert_eq!(
            text(&["pods/"]),
            "error: arguments in resource/name form must have a single resource and name"
        );
        assert_eq!(
            text(&["a/b/c"]),
            "error: arguments in resource/name form may not have more than one slash"
        );
        assert!(text(&["pod/a", "b"]).starts_with("error: there is no need to specify a resource type as a separate argument"));
    }
}
