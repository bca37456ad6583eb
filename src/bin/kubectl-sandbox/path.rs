//! The simple JSONPaths of custom resource definitions: fields, positions, `[*]` and filters by equality.

use kubectl_rs::api::Value;

/// The values at `path` in `value`. A path that makes no sense finds nothing.
pub fn find<'v, 'a>(value: &'v Value<'a>, path: &str) -> Vec<&'v Value<'a>> {
    let mut here = vec![value];
    let Some(steps) = steps(path) else {
        return Vec::new();
    };
    for step in &steps {
        here = here.into_iter().flat_map(|value| follow(value, step)).collect();
    }
    here
}

/// The field names of a path that has nothing else in it, such as `.spec.replicas`.
pub fn field_names(path: &str) -> Option<Vec<String>> {
    steps(path)?
        .into_iter()
        .map(|step| match step {
            Step::Field(name) => Some(name),
            _ => None,
        })
        .collect()
}

enum Step {
    Field(String),
    Index(i64),
    All,
    Equal(Vec<String>, String),
}

fn follow<'v, 'a>(value: &'v Value<'a>, step: &Step) -> Vec<&'v Value<'a>> {
    match step {
        Step::Field(name) => value.get(name).into_iter().collect(),
        Step::Index(at) => {
            let items = value.as_array().unwrap_or_default();
            let at = if *at < 0 { items.len() as i64 + at } else { *at };
            usize::try_from(at).ok().and_then(|at| items.get(at)).into_iter().collect()
        }
        Step::All => match value {
            Value::Array(items) => items.iter().collect(),
            Value::Object(map) => map.iter().map(|(_, value)| value).collect(),
            _ => Vec::new(),
        },
        Step::Equal(names, wanted) => value
            .as_array()
            .unwrap_or_default()
            .iter()
            .filter(|item| {
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                match item.at(&names) {
                    Some(Value::String(text)) => text == wanted,
                    Some(Value::Bool(truth)) => truth.to_string() == *wanted,
                    Some(number) => number.as_int().is_some_and(|number| number.to_string() == *wanted),
                    None => false,
                }
            })
            .collect(),
    }
}

/// The steps of a path, with or without its dollar sign.
fn steps(path: &str) -> Option<Vec<Step>> {
    let mut rest = path.strip_prefix('$').unwrap_or(path);
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix('[') {
            let (step, after) = bracket(inner)?;
            steps.push(step);
            rest = after;
            continue;
        }
        rest = rest.strip_prefix('.')?;
        let (name, after) = name(rest);
        if name.is_empty() {
            // A lone dot is the whole value.
            if after.is_empty() && steps.is_empty() {
                return Some(steps);
            }
            if !after.starts_with('[') {
                return None;
            }
        } else if name == "*" {
            steps.push(Step::All);
        } else {
            steps.push(Step::Field(name));
        }
        rest = after;
    }
    Some(steps)
}

/// A field's name up to the next dot or bracket that no backslash hides.
fn name(text: &str) -> (String, &str) {
    let mut name = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => name.extend(chars.next().map(|(_, hidden)| hidden)),
            '.' | '[' => return (name, &text[at..]),
            c => name.push(c),
        }
    }
    (name, "")
}

fn bracket(inner: &str) -> Option<(Step, &str)> {
    if let Some(filter) = inner.strip_prefix("?(") {
        let end = filter.find(")]")?;
        let (left, right) = filter[..end].split_once("==")?;
        let names = field_names(left.trim().strip_prefix('@')?)?;
        let wanted = right.trim().trim_matches(['"', '\'']).to_owned();
        return Some((Step::Equal(names, wanted), &filter[end + 2..]));
    }
    if let Some(quote @ ('\'' | '"')) = inner.chars().next() {
        let end = inner[1..].find(quote)? + 1;
        let after = inner[end + 1..].strip_prefix(']')?;
        return Some((Step::Field(inner[1..end].to_owned()), after));
    }
    let end = inner.find(']')?;
    let step = match inner[..end].trim() {
        "*" => Step::All,
        number => Step::Index(number.parse().ok()?),
    };
    Some((step, &inner[end + 1..]))
}

#[cfg(test)]
mod tests {
    use kubectl_rs::api::json;

    use super::*;

    fn found(path: &str) -> String {
        let text = br#"{"a":{"b.c":1,"list":[{"type":"Ready","status":"True"},{"type":"Other","status":"False"}]},"n":[1,2,3]}"#;
        let value = json::parse(text).unwrap();
        let mut out = Vec::new();
        for value in find(&value, path) {
            json::to_compact(&mut out, value);
            out.push(b' ');
        }
        String::from_utf8(out).unwrap().trim().to_owned()
    }

    #[test]
    fn find_follows_fields_positions_and_filters() {
        assert_eq!(found(r".a.b\.c"), "1");
        assert_eq!(found(".a['b.c']"), "1");
        assert_eq!(found(".n[0]"), "1");
        assert_eq!(found(".n[-1]"), "3");
        assert_eq!(found(".n[*]"), "1 2 3");
        assert_eq!(found(r#".a.list[?(@.type=="Ready")].status"#), "\"True\"");
        assert_eq!(found(".a.list[*].type"), "\"Ready\" \"Other\"");
        assert_eq!(found(".missing.deeper"), "");
    }

    #[test]
    fn find_with_a_broken_path_finds_nothing() {
        for path in ["a", ".a[", ".a[?(@.x)]", "..", ".a[x]", ".a['b"] {
            assert_eq!(found(path), "", "{path}");
        }
    }
}
