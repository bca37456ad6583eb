//! Variables as they are typed, and what they make of a container.

use crate::{
    api::{Map, OwnedValue, Value, names::env_var_name, quote},
    error::{Error, Result},
    streams::Streams,
};

/// What is to become of the variables of containers.
#[derive(Debug, Clone, Default)]
pub(super) struct Variables {
    /// Variables as containers have them, in the order in which they were named.
    pub(super) set: Vec<OwnedValue>,
    /// Names of variables that go.
    pub(super) remove: Vec<String>,
}

/// What has keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Secret,
    ConfigMap,
}

impl Key {
    /// The field of a variable that names such a key.
    fn field(self) -> &'static str {
        match self {
            Key::Secret => "secretKeyRef",
            Key::ConfigMap => "configMapKeyRef",
        }
    }
}

/// Parts the words behind the verb into those that name objects and changes; nothing if an object comes behind a change.
pub(super) fn split(words: &[String]) -> Option<(&[String], &[String])> {
    let is_change = |word: &String| word.ends_with('-') || word.find('=').is_some_and(|at| at > 0 || word[1..].contains('='));
    let first = words.iter().position(is_change).unwrap_or(words.len());
    let (resources, changes) = words.split_at(first);
    changes.iter().all(is_change).then_some((resources, changes))
}

/// Reads `KEY=VALUE` and `KEY-`, and lines of `KEY=VALUE` from standard input for `-`; and whether that was read.
///
/// # Errors
/// What is neither, names that no variable can have, names that are both set and removed.
pub(super) fn read(changes: &[String], streams: &Streams) -> Result<(Variables, bool)> {
    let (mut variables, mut from_input) = (Variables::default(), false);
    let mut typed = Vec::new();
    for change in changes {
        if change == "-" {
            from_input = true;
            let text = streams.read_input()?;
            variables.set.extend(lines(&String::from_utf8_lossy(&text)));
        } else if let Some((name, value)) = change.split_once('=') {
            let faults = env_var_name(name);
            if !faults.is_empty() {
                return Err(Error::message(format!(
                    "{} is not a valid key name: {}",
                    quote(name),
                    faults.join(";")
                )));
            }
            typed.push(name);
            variables.set.push(variable(name, value));
        } else if let Some(name) = change.strip_suffix('-') {
            variables.remove.push(name.to_owned());
        } else {
            return Err(Error::message(format!("unknown environment variable: {change}")));
        }
    }
    if variables.remove.iter().any(|name| typed.contains(&name.as_str())) {
        return Err(Error::message(
            "can not both modify and remove the same environment variable in the same command",
        ));
    }
    Ok((variables, from_input))
}

/// The variables in lines of text, in which `#` begins a comment. What is no variable is passed over.
fn lines(text: &str) -> impl Iterator<Item = OwnedValue> + '_ {
    text.lines().filter_map(|line| {
        let line = line.split('#').next().unwrap_or_default();
        line.split_once('=').map(|(name, value)| variable(name, value))
    })
}

/// A variable with a value of its own.
fn variable(name: &str, value: &str) -> OwnedValue {
    let mut fields = Map::new();
    fields.insert("name", name.to_owned());
    // Go leaves an empty value out.
    if !value.is_empty() {
        fields.insert("value", value.to_owned());
    }
    Value::Object(fields)
}

/// The name of a variable for a key: in capitals, with `_` for whatever else than letters and digits there is.
pub(super) fn name_for(key: &str) -> String {
    key.chars()
        .map(|letter| {
            if letter.is_ascii_alphanumeric() {
                letter.to_ascii_uppercase()
            } else {
                '_'
            }
        })
        .collect()
}

fn name_of<'a>(variable: &'a Value<'_>) -> &'a str {
    variable.str_at(&["name"])
}

impl Variables {
    /// Sets a variable to the key of a config map or secret.
    pub(super) fn refer(&mut self, variable: String, key: Key, source: &str, name: &str) {
        let mut value = Value::Object(Map::new());
        value.set(&["name"], variable);
        value.set(&["valueFrom", key.field(), "key"], name.to_owned());
        value.set(&["valueFrom", key.field(), "name"], source.to_owned());
        self.set.push(value);
    }

    /// Puts something before the names of the variables that are set.
    pub(super) fn prefix(&mut self, prefix: &str) {
        if prefix.is_empty() {
            return;
        }
        for variable in &mut self.set {
            let name = format!("{prefix}{}", name_of(variable));
            variable.set(&["name"], name);
        }
    }

    /// Changes the variables of a container.
    ///
    /// # Errors
    /// Without `overwrite`, a variable that has another value.
    pub(super) fn apply(&self, container: &mut OwnedValue, overwrite: bool) -> Result<()> {
        let existing = container.items_at(&["env"]);
        if !overwrite {
            self.check(existing)?;
        }
        let mut env: Vec<OwnedValue> = Vec::new();
        for old in existing {
            let name = name_of(old);
            if self.remove.iter().any(|gone| gone == name) {
                continue;
            }
            match self.find(name) {
                // The first takes the new value, others of the name go.
                Some(new) if !env.contains(new) => env.push(new.clone()),
                Some(_) => {}
                None => env.push(old.clone()),
            }
        }
        for new in &self.set {
            let name = name_of(new);
            if !self.remove.iter().any(|gone| gone == name) && !env.iter().any(|old| name_of(old) == name) {
                env.push(new.clone());
            }
        }
        match container.as_object_mut() {
            Some(fields) if env.is_empty() => {
                fields.remove("env");
            }
            Some(fields) => {
                fields.insert("env", env);
            }
            None => {}
        }
        Ok(())
    }

    /// Refuses to change what is there.
    fn check(&self, existing: &[OwnedValue]) -> Result<()> {
        for new in &self.set {
            let old = existing.iter().find(|old| name_of(old) == name_of(new));
            if let Some(old) = old.filter(|old| old.str_at(&["value"]) != new.str_at(&["value"])) {
                return Err(Error::message(format!(
                    "'{}' already has a value ({}), and --overwrite is false",
                    name_of(old),
                    old.str_at(&["value"])
                )));
            }
        }
        Ok(())
    }

    /// What a variable becomes, if it is set: the first that was named.
    fn find(&self, name: &str) -> Option<&OwnedValue> {
        self.set.iter().find(|variable| name_of(variable) == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    fn variables(changes: &[&str], input: &str) -> Result<Variables> {
        let (streams, _, _) = Streams::captured(input);
        read(&words(changes), &streams).map(|(variables, _)| variables)
    }

    /// The variables of a container after changes.
    fn changed(env: &str, changes: &[&str]) -> String {
        let text = format!(r#"{{"env":{env},"name":"c"}}"#);
        let mut container = json::parse(text.as_bytes()).unwrap().into_owned();
        variables(changes, "").unwrap().apply(&mut container, true).unwrap();
        let mut out = Vec::new();
        json::to_compact(&mut out, container.get("env").unwrap_or(&Value::Null));
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn split_takes_words_with_equals_signs_and_dashes_for_changes() {
        let all = words(&["deploy", "web", "=b", "A=", "B-", "-"]);
        let (resources, changes) = split(&all).unwrap();
        assert_eq!((resources, changes), (&all[..3], &all[3..]));
        assert_eq!(split(&words(&["A=b", "deploy/web"])), None);
        assert!(split(&words(&["==b"])).unwrap().0.is_empty());
    }

    #[test]
    fn read_of_bad_words_says_what_kubectl_says() {
        let text = |changes: &[&str]| variables(changes, "").unwrap_err().text();
        assert_eq!(text(&["A"]), "error: unknown environment variable: A");
        assert_eq!(
            text(&["A=1", "A-"]),
            "error: can not both modify and remove the same environment variable in the same command"
        );
        assert!(text(&["1A=1"]).starts_with("error: \"1A\" is not a valid key name: a valid environment variable name"));
    }

    #[test]
    fn read_from_input_leaves_comments_and_other_lines_out() {
        let found = variables(&["-", "E=5"], "A=1 # one\n#B=2\n C =3\nnothing\nD==x\n").unwrap();
        let pairs: Vec<_> = found.set.iter().map(|one| (name_of(one), one.str_at(&["value"]))).collect();
        assert_eq!(pairs, [("A", "1 "), (" C ", "3"), ("D", "=x"), ("E", "5")]);
    }

    #[test]
    fn apply_changes_in_place_appends_and_removes() {
        let env = r#"[{"name":"A","value":"1"},{"name":"B","valueFrom":{}},{"name":"C"}]"#;
        assert_eq!(
            changed(env, &["D=4", "B=2", "C-", "D=5"]),
            r#"[{"name":"A","value":"1"},{"name":"B","value":"2"},{"name":"D","value":"4"}]"#
        );
        assert_eq!(changed(env, &["A-", "B-", "C-"]), "null");
        assert_eq!(
            changed(r#"[{"name":"A","value":"1"},{"name":"A","value":"2"}]"#, &["A="]),
            r#"[{"name":"A"}]"#
        );
    }

    #[test]
    fn name_for_makes_a_variable_of_a_key() {
        assert_eq!(name_for("my.key-ä1"), "MY_KEY__1");
    }
}
