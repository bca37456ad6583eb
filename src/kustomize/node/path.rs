//! Paths into trees, as replacements and variables name them: fields, `[name=web]`, numbers, `-` and `*`.

use regex::Regex;

use super::{Fields, Node, Scalar};

/// The steps of a path. A separator behind a backslash or in brackets is none.
pub(in crate::kustomize) fn split(path: &str, separator: char) -> Vec<String> {
    let mut steps: Vec<String> = Vec::new();
    for part in path.strip_prefix(separator).unwrap_or(path).split(separator) {
        match steps.last_mut() {
            Some(last) if last.ends_with('\\') => {
                last.pop();
                last.push(separator);
                last.push_str(part);
            }
            Some(last) if separator == '.' && last.starts_with('[') && !last.ends_with(']') => {
                last.push(separator);
                last.push_str(part);
            }
            _ => steps.push(part.to_owned()),
        }
    }
    steps
}

/// One step of a path.
enum Step<'p> {
    Field(&'p str),
    Index(usize),
    Last,
    Every,
    /// The elements whose field, or who themselves where the field has no name, are this.
    Element(&'p str, &'p str),
}

fn step(text: &str) -> Result<Step<'_>, String> {
    Ok(match text {
        "-" => Step::Last,
        "*" => Step::Every,
        _ => {
            if let Some(inside) = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
                let Some((field, value)) = inside.split_once('=') else {
                    return Err(format!(
                        "list path element must contain fieldName=fieldValue for element to match: {text}"
                    ));
                };
                Step::Element(field, value)
            } else if let Ok(index) = text.parse::<usize>() {
                Step::Index(index)
            } else {
                Step::Field(text)
            }
        }
    })
}

/// The node at the end of a path; none where there is nothing, or `null`.
///
/// # Errors
/// A step that does not fit what is there.
pub(in crate::kustomize) fn lookup<'n>(node: &'n Node, path: &[String]) -> Result<Option<&'n Node>, String> {
    let mut here = node;
    for text in path {
        let found = match (step(text)?, here) {
            (Step::Every, _) => return Err("wildcard is not supported in PathGetter".to_owned()),
            (Step::Field(name), Node::Map(fields)) => fields.get(name),
            (Step::Field(_), _) => return Err(here.is_no("MappingNode")),
            (Step::Index(index), Node::List(items)) => items.get(index),
            (Step::Last, Node::List(items)) => items.last(),
            (Step::Element(field, value), Node::List(items)) => items.iter().find(|item| is_element(item, field, value)),
            _ => return Err(here.is_no("SequenceNode")),
        };
        match found.filter(|found| !found.is_null()) {
            Some(found) => here = found,
            None => return Ok(None),
        }
    }
    Ok(Some(here))
}

/// As [`lookup`], for a change in place.
///
/// # Errors
/// As for [`lookup`].
pub(in crate::kustomize) fn lookup_mut<'n>(node: &'n mut Node, path: &[String]) -> Result<Option<&'n mut Node>, String> {
    if lookup(node, path)?.is_none() {
        return Ok(None);
    }
    let mut here = node;
    for text in path {
        let found = match (step(text)?, here) {
            (Step::Field(name), Node::Map(fields)) => fields.get_mut(name),
            (Step::Index(index), Node::List(items)) => items.get_mut(index),
            (Step::Last, Node::List(items)) => items.last_mut(),
            (Step::Element(field, value), Node::List(items)) => items.iter_mut().find(|item| is_element(item, field, value)),
            _ => None,
        };
        match found {
            Some(found) => here = found,
            None => return Ok(None),
        }
    }
    Ok(Some(here))
}

fn is_element(item: &Node, field: &str, value: &str) -> bool {
    match (item, field) {
        (Node::Scalar(scalar), "") => scalar.text == value,
        (Node::Map(_), "") => false,
        (Node::Map(fields), field) => matches!(fields.get(field), Some(Node::Scalar(scalar)) if scalar.text == value),
        _ => false,
    }
}

/// Changes every node that a path leads to, and counts them. `[name=web]` takes the value for a regular expression, which
/// need not match from the start. Where `create` gives a node to end with, what is missing on the way is made.
///
/// # Errors
/// A step that does not fit what is there; what `change` says.
pub(in crate::kustomize) fn matching(
    node: &mut Node,
    path: &[String],
    create: Option<&Node>,
    change: &mut dyn FnMut(&mut Node) -> Result<(), String>,
) -> Result<usize, String> {
    let [text, rest @ ..] = path else {
        change(node)?;
        return Ok(1);
    };
    match step(text)? {
        Step::Field(name) => {
            let name = name.to_owned();
            if node.is_null() && create.is_some() {
                *node = Node::map();
            }
            if node.is_null() {
                return Ok(0);
            }
            if node.fields().is_none() {
                return Err(node.is_no("MappingNode"));
            }
            let Some(fields) = node.fields_mut() else { return Ok(0) };
            if fields.get(&name).is_none() {
                match create {
                    Some(end) => fields.set(&name, made(rest, end)),
                    None => return Ok(0),
                };
            }
            fields.get_mut(&name).map_or(Ok(0), |field| matching(field, rest, create, change))
        }
        Step::Index(index) => {
            let items = elements(node, create)?;
            if items.len() == index
                && let Some(end) = create
            {
                items.push(made(rest, end));
            }
            let count = items.len();
            let Some(item) = items.get_mut(index) else {
                return Err(format!("index {index} specified but only {count} elements found"));
            };
            matching(item, rest, create, change)
        }
        Step::Every => {
            let items = elements(node, create)?;
            items
                .iter_mut()
                .try_fold(0, |count, item| Ok(count + matching(item, rest, create, change)?))
        }
        Step::Last => {
            if node.fields().is_none() {
                return Err(node.is_no("MappingNode"));
            }
            Ok(0)
        }
        Step::Element(field, value) => {
            let pattern = Regex::new(value).map_err(|error| error.to_string())?;
            let items = elements(node, create)?;
            let is_meant = |item: &Node| match field {
                "" => pattern.is_match(&item.to_string()),
                field => item.get(field).is_some_and(|node| pattern.is_match(&node.to_string())),
            };
            if !items.iter().any(is_meant) && create.is_some() {
                items.push(match field {
                    "" => Node::Scalar(Scalar::open(value)),
                    field => Node::Map(Fields(vec![(Scalar::text(field), Node::Scalar(Scalar::open(value)))])),
                });
            }
            let mut count = 0;
            for item in items.iter_mut().filter(|item| is_meant(item)) {
                // Where a word itself is meant, the path ends.
                count += matching(item, if field.is_empty() { &[] } else { rest }, create, change)?;
            }
            Ok(count)
        }
    }
}

/// The elements of what must be a list.
fn elements<'n>(node: &'n mut Node, create: Option<&Node>) -> Result<&'n mut Vec<Node>, String> {
    if node.is_null() && create.is_some() {
        *node = Node::List(Vec::new());
    }
    if node.items().is_none() {
        return Err(node.is_no("SequenceNode"));
    }
    match node {
        Node::List(items) => Ok(items),
        _ => Err(String::new()),
    }
}

/// What is made for the rest of a path.
fn made(rest: &[String], end: &Node) -> Node {
    match rest.first().map(|text| step(text)) {
        Some(Ok(Step::Element(..) | Step::Index(_))) => Node::List(Vec::new()),
        Some(_) => Node::map(),
        None => match end {
            Node::Scalar(_) => Node::Scalar(Scalar::open("")),
            Node::List(_) => Node::List(Vec::new()),
            Node::Map(_) => Node::map(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    #[test]
    fn split_leaves_what_is_escaped_or_in_brackets() {
        assert_eq!(split("a.b\\.c.[d=e.f].g", '.'), ["a", "b.c", "[d=e.f]", "g"]);
        assert_eq!(split("a/b\\/c/d[]", '/'), ["a", "b/c", "d[]"]);
    }

    #[test]
    fn matching_finds_makes_and_refuses() {
        let mut node = parse("{l: [{n: web, v: 1}, {n: web2, v: 2}], t: [a, b]}").unwrap().unwrap();
        let mut run = |path: &str, create: Option<&Node>| {
            matching(&mut node, &split(path, '.'), create, &mut |node| {
                *node = Node::text("x");
                Ok(())
            })
        };
        let end = Node::text("");
        assert_eq!(run("l.[n=web].v", None), Ok(2));
        assert_eq!(run("l.*.v", None), Ok(2));
        assert_eq!(run("l.0.v", None), Ok(1));
        assert_eq!(run("t.[=a]", None), Ok(1));
        assert_eq!(run("l.0.w", None), Ok(0));
        assert_eq!(run("l.[n=db].w.u", Some(&end)), Ok(1));
        assert_eq!(run("l.9.v", None), Err("index 9 specified but only 3 elements found".to_owned()));
        assert!(run("t.a", None).unwrap_err().starts_with("wrong node kind"));
        assert_eq!(lookup(&node, &split("l.[n=db].w.u", '.')).unwrap().unwrap(), &Node::text("x"));
    }
}
