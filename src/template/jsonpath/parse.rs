//! Reading a template of kubectl's JSONPath dialect.
//!
//! The dialect has no grammar but its first implementation, `k8s.io/client-go/util/jsonpath`: a bracket ends at the
//! first `]`, a filter at the first `)` outside its first pair of quotes, and what stands in either is read as a template
//! of its own. Templates in use depend on all of this, so the reader keeps to it.

use std::{fmt, str::Chars};

use crate::{api::Value, template::format};

/// How deep one template may stand in another. The dialect itself cannot nest this deep.
const MAX_DEPTH: usize = 64;

/// What is wrong with a template, in client-go's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError(pub(super) String);

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ParseError {}

/// One step of a path, or a constant.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    /// A constant that replaces whatever came before it: text between braces, or a quoted string.
    Text(Value<'static>),
    /// A constant for each value that came before it: a number or a truth value.
    Literal(Value<'static>),
    /// `.name`
    Field(String),
    /// `.*`
    Wildcard,
    /// `..`
    Descent,
    /// `[2]`, `[1:]`, `[*]`
    Slice(Slice),
    /// `[0,2]`, `['a','b']`
    Union(Vec<Vec<Node>>),
    /// `[?(@.a)]`, `[?(@.a == 1)]`
    Filter(Filter),
    /// `range`, `end`, or a word that means nothing.
    Word(String),
}

/// Which elements of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slice {
    pub(super) start: Option<i64>,
    pub(super) end: End,
    pub(super) step: Option<i64>,
}

impl Slice {
    /// `[*]`
    pub(super) const ALL: Slice = Slice {
        start: None,
        end: End::Rest,
        step: None,
    };
}

/// Where a slice ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// Behind the last element.
    Rest,
    /// Before this element.
    Before(i64),
    /// Before this element, which follows the only one that was asked for.
    Single(i64),
}

/// Which elements of a list, by what they hold.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Filter {
    pub(super) left: Vec<Node>,
    /// The operator as written and its right side; nothing where only existence is asked for.
    pub(super) comparison: Option<(String, Vec<Node>)>,
}

/// Reads a template into its actions; text outside braces is an action of its own.
pub(super) fn template(text: &str) -> Result<Vec<Vec<Node>>, ParseError> {
    Reader {
        rest: text.chars(),
        depth: 0,
    }
    .template()
}

/// Reads what stands between one pair of braces.
fn action(text: &str, depth: usize) -> Result<Vec<Node>, ParseError> {
    if depth > MAX_DEPTH {
        return Err(ParseError("exceeded max depth".into()));
    }
    let text = format!("{text}}}");
    let reader = Reader { rest: text.chars(), depth };
    // Text behind a brace within is not part of the action, but has to be sound.
    let actions = reader.after_brace()?;
    Ok(actions.into_iter().next().unwrap_or_default())
}

struct Reader<'t> {
    rest: Chars<'t>,
    depth: usize,
}

impl<'t> Reader<'t> {
    fn template(mut self) -> Result<Vec<Vec<Node>>, ParseError> {
        let mut actions = Vec::new();
        self.text(&mut actions)?;
        Ok(actions)
    }

    fn after_brace(mut self) -> Result<Vec<Vec<Node>>, ParseError> {
        let mut actions = vec![self.action()?];
        self.text(&mut actions)?;
        Ok(actions)
    }

    fn text(&mut self, actions: &mut Vec<Vec<Node>>) -> Result<(), ParseError> {
        loop {
            let rest = self.rest.as_str();
            let (text, inside) = match rest.split_once('{') {
                Some((text, inside)) => (text, Some(inside)),
                None => (rest, None),
            };
            if !text.is_empty() {
                actions.push(vec![Node::Text(Value::from(text.to_owned()))]);
            }
            let Some(inside) = inside else {
                return Ok(());
            };
            self.rest = inside.chars();
            actions.push(self.action()?);
        }
    }

    /// Reads up to the closing brace.
    fn action(&mut self) -> Result<Vec<Node>, ParseError> {
        let mut nodes = Vec::new();
        loop {
            let before = self.rest.clone();
            if self.skip("[?(") {
                nodes.push(Node::Filter(self.filter()?));
                continue;
            }
            if self.skip("..") {
                if nodes.last() == Some(&Node::Descent) {
                    return Err(ParseError("invalid multiple recursive descent".into()));
                }
                nodes.push(Node::Descent);
                if self.peek().is_some_and(starts_word) {
                    nodes.push(self.field());
                }
                continue;
            }
            match self.rest.next() {
                Some('}') => return Ok(nodes),
                None | Some('\r' | '\n') => return Err(ParseError("unclosed action".into())),
                // The current object is where a path starts anyway.
                Some(' ' | '@' | '$') => {}
                Some('[') => self.bracket(&mut nodes)?,
                Some(quote @ ('"' | '\'')) => nodes.push(self.quoted(quote, before.as_str())?),
                Some('.') => nodes.push(self.field()),
                Some(letter) if letter == '+' || letter == '-' || letter.is_numeric() => {
                    self.rest = before;
                    nodes.push(self.number()?);
                }
                Some(letter) if starts_word(letter) => {
                    self.rest = before;
                    nodes.push(match self.take_until(ends_word) {
                        "true" => Node::Literal(Value::Bool(true)),
                        "false" => Node::Literal(Value::Bool(false)),
                        word => Node::Word(word.to_owned()),
                    });
                }
                Some(letter) => {
                    return Err(ParseError(format!(
                        "unrecognized character in action: {}",
                        format::code_point(letter)
                    )));
                }
            }
        }
    }

    fn peek(&self) -> Option<char> {
        self.rest.clone().next()
    }

    fn skip(&mut self, prefix: &str) -> bool {
        match self.rest.as_str().strip_prefix(prefix) {
            Some(rest) => {
                self.rest = rest.chars();
                true
            }
            None => false,
        }
    }

    /// What stands before the first character that `ends` says, which stays unread.
    fn take_until(&mut self, ends: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest.as_str();
        let (taken, rest) = rest.split_at(rest.find(ends).unwrap_or(rest.len()));
        self.rest = rest.chars();
        taken
    }

    fn field(&mut self) -> Node {
        let mut name = String::new();
        let mut escaped = false;
        loop {
            name.push_str(self.take_until(|letter| letter == '\\' || ends_word(letter)));
            if !self.skip("\\") {
                break;
            }
            escaped = true;
            // A backslash is dropped wherever it stands, and what it escapes does not end the name.
            match self.rest.next() {
                None | Some('\\') => {}
                Some(letter) => name.push(letter),
            }
        }
        if name == "*" && !escaped {
            Node::Wildcard
        } else {
            Node::Field(name)
        }
    }

    fn number(&mut self) -> Result<Node, ParseError> {
        let text = self.rest.as_str();
        let sign = usize::from(text.starts_with(['+', '-']));
        let length = text[sign..]
            .find(|letter: char| letter != '.' && !letter.is_numeric())
            .unwrap_or(text.len() - sign);
        let (number, rest) = text.split_at(sign + length);
        self.rest = rest.chars();
        if let Ok(number) = number.parse::<i64>() {
            return Ok(Node::Literal(Value::Int(number)));
        }
        match number.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Node::Literal(Value::Float(number))),
            _ => Err(ParseError(format!("cannot parse number {number}"))),
        }
    }

    /// Reads a quoted string; `start` begins with its opening quote, which has been read.
    fn quoted(&mut self, quote: char, start: &str) -> Result<Node, ParseError> {
        let mut last = quote;
        loop {
            match self.rest.next() {
                None | Some('\n') => return Err(ParseError("unterminated quoted string".into())),
                Some(letter) if letter == quote && last != '\\' => break,
                Some(letter) => last = letter,
            }
        }
        let whole = &start[..start.len() - self.rest.as_str().len()];
        match unquote(&whole[1..whole.len() - 1], quote) {
            Some(text) => Ok(Node::Text(Value::from(text))),
            None => Err(ParseError(format!("unquote string {whole} error invalid syntax"))),
        }
    }

    fn bracket(&mut self, nodes: &mut Vec<Node>) -> Result<(), ParseError> {
        let text = self.take_until(|letter| letter == ']' || letter == '\n');
        if !self.skip("]") {
            return Err(ParseError("unterminated array".into()));
        }
        if text.contains(',') {
            let members = text
                .split(',')
                .map(|member| action(&format!("[{}]", member.trim_matches(' ')), self.depth + 1));
            nodes.push(Node::Union(members.collect::<Result<_, _>>()?));
        } else if let Some(key) = key(text) {
            nodes.extend(action(&format!(".{key}"), self.depth + 1)?);
        } else {
            nodes.push(Node::Slice(slice(text)?));
        }
        Ok(())
    }

    fn filter(&mut self) -> Result<Filter, ParseError> {
        let start = self.rest.as_str();
        // Only the first quote and its partner count.
        let (mut open, mut closed) = (None, false);
        let mut last = '(';
        loop {
            let letter = self.rest.next();
            match letter {
                None | Some('\n') => return Err(ParseError("unterminated filter".into())),
                Some(quote @ ('"' | '\'')) => match open {
                    None => open = Some(quote),
                    Some(opening) => closed |= quote == opening && last != '\\',
                },
                Some(')') if open.is_some() == closed => break,
                Some(_) => {}
            }
            last = letter.unwrap_or_default();
        }
        let text = &start[..start.len() - self.rest.as_str().len() - 1];
        if !self.skip("]") {
            return Err(ParseError("unclosed array expect ]".into()));
        }
        let depth = self.depth + 1;
        let Some((left, operator, right)) = comparison(text) else {
            let left = action(text, depth)?;
            return Ok(Filter { left, comparison: None });
        };
        Ok(Filter {
            left: action(left, depth)?,
            comparison: Some((operator.to_owned(), action(right, depth)?)),
        })
    }
}

fn starts_word(letter: char) -> bool {
    letter == '_' || letter.is_alphabetic() || letter.is_numeric()
}

fn ends_word(letter: char) -> bool {
    matches!(letter, ' ' | '\t' | '\r' | '\n' | '.' | ',' | '[' | ']' | '$' | '@' | '{' | '}')
}

/// The key of `'key'`.
fn key(text: &str) -> Option<&str> {
    let key = text.strip_prefix('\'')?.strip_suffix('\'')?;
    (!key.contains('\'')).then_some(key)
}

/// Divides `left operator right`, where the operator is the first run of `!`, `<`, `>` and `=`. There must be something on
/// both sides; the right side takes the run's last character where nothing else is left for it.
fn comparison(text: &str) -> Option<(&str, &str, &str)> {
    let sign = |letter: char| matches!(letter, '!' | '<' | '>' | '=');
    let start = text.find(sign).filter(|&at| at > 0)?;
    let signs = text[start..].find(|letter| !sign(letter)).unwrap_or(text.len() - start);
    let end = if start + signs == text.len() {
        text.len() - 1
    } else {
        start + signs
    };
    (end > start).then(|| (&text[..start], &text[start..end], &text[end..]))
}

fn slice(text: &str) -> Result<Slice, ParseError> {
    if text == "*" {
        return Ok(Slice::ALL);
    }
    let parts: Vec<&str> = text.split(':').collect();
    let sound = |part: &&str| part.strip_prefix('-').unwrap_or(part).bytes().all(|byte| byte.is_ascii_digit());
    if parts.len() > 3 || !parts.iter().all(sound) {
        return Err(ParseError(format!("invalid array index {text}")));
    }
    let number = |part: Option<&&str>| match part {
        None | Some(&"") => Ok(None),
        Some(part) => match part.parse::<i64>() {
            Ok(number) => Ok(Some(number)),
            Err(_) => Err(ParseError(format!("array index {part} is not a number"))),
        },
    };
    let start = number(parts.first())?;
    let end = match (parts.get(1), number(parts.get(1))?) {
        (None, _) => End::Single(start.unwrap_or(0).wrapping_add(1)),
        (_, Some(end)) => End::Before(end),
        (_, None) => End::Rest,
    };
    Ok(Slice {
        start,
        end,
        step: number(parts.get(2))?,
    })
}

/// The text that a string stands for, without its quotes. Go's escapes count, whichever quote it has. Bytes that are no
/// UTF-8 become U+FFFD.
fn unquote(text: &str, quote: char) -> Option<String> {
    if !text.contains(['\\', quote]) {
        return Some(text.to_owned());
    }
    format::literal::unescape(text, quote).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// Makes a template of a path as people write it for `--sort-by`, columns and conditions: `metadata.name`,
/// `.metadata.name`, `{metadata.name}` and `{.metadata.name}` are all the last one.
///
/// # Errors
/// Where braces stand anywhere but around the whole.
pub fn relaxed(path: &str) -> Result<String, ParseError> {
    if path.is_empty() {
        return Ok(String::new());
    }
    let inner = path.strip_prefix('{').and_then(|path| path.strip_suffix('}')).unwrap_or(path);
    if inner.is_empty() || inner.contains(['{', '}']) {
        return Err(ParseError(
            "unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'".into(),
        ));
    }
    let fields = inner.strip_prefix('.').filter(|fields| !fields.is_empty()).unwrap_or(inner);
    Ok(format!("{{.{fields}}}"))
}
