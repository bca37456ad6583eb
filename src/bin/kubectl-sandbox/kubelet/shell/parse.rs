//! The parts of a script, as its words make them.

use std::iter::Peekable;

use super::tokens::{Token, Word};

/// A part of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    Simple(Vec<Word>),
    And(Box<Node>),
    Or(Box<Node>),
    Not(Box<Node>),
    Group(Vec<Node>),
    If {
        test: Vec<Node>,
        then: Vec<Node>,
        otherwise: Vec<Node>,
    },
    While {
        test: Vec<Node>,
        body: Vec<Node>,
        until: bool,
    },
    For {
        name: String,
        words: Vec<Word>,
        body: Vec<Node>,
    },
}

impl Node {
    /// Whether this is a loop that evidently never ends: what it asks is always so, and nothing in it leaves it.
    pub(super) fn is_endless(&self) -> bool {
        let Node::While { test, body, until } = self else { return false };
        let always: &[&str] = if *until { &["false"] } else { &["true", ":"] };
        let asks = match test.as_slice() {
            [Node::Simple(words)] => matches!(words.as_slice(), [word] if always.contains(&word.text.as_str())),
            _ => false,
        };
        asks && !body.iter().any(Node::may_leave)
    }

    /// Whether this may end the script or a loop that it is in, as far as its words tell.
    fn may_leave(&self) -> bool {
        let any = |nodes: &[Node]| nodes.iter().any(Node::may_leave);
        match self {
            Node::Simple(words) => words.iter().any(|word| {
                let leaves = ["exit", "break", "return", "exec", "kill"];
                // What is filled in may be anything, but is mostly in quotes and said.
                leaves.iter().any(|leave| word.text.contains(leave)) || (word.text.starts_with('$') && !word.quoted)
            }),
            Node::And(node) | Node::Or(node) | Node::Not(node) => node.may_leave(),
            Node::Group(nodes) => any(nodes),
            Node::If { test, then, otherwise } => any(test) || any(then) || any(otherwise),
            Node::While { test, body, .. } => any(test) || any(body),
            Node::For { words: _, body, .. } => any(body),
        }
    }
}

/// The words and operators that are still to be read.
type Tokens = Peekable<std::vec::IntoIter<Token>>;

/// Reads commands up to one of the words in `ends`, which stays unread, or to the end.
pub(super) fn parse(tokens: &mut Tokens, ends: &[&str]) -> Vec<Node> {
    let mut list = Vec::new();
    let mut link = ";";
    loop {
        while tokens.next_if_eq(&Token::Operator(";")).is_some() {
            link = ";";
        }
        match tokens.peek() {
            None => return list,
            Some(Token::Operator(")")) => {
                if ends.contains(&")") {
                    return list;
                }
                tokens.next();
                continue;
            }
            Some(Token::Word(word)) if !word.quoted && ends.contains(&word.text.as_str()) => return list,
            _ => {}
        }
        let Some(node) = command(tokens) else {
            // Something that makes no sense is passed over.
            tokens.next();
            continue;
        };
        list.push(match link {
            "&&" => Node::And(Box::new(node)),
            "||" => Node::Or(Box::new(node)),
            // What comes behind a pipe only filters.
            "|" => Node::Group(Vec::new()),
            _ => node,
        });
        link = match tokens.peek() {
            Some(Token::Operator(operator @ ("&&" | "||" | "|" | "&"))) => {
                let operator = *operator;
                tokens.next();
                operator
            }
            _ => ";",
        };
    }
}

fn expect(tokens: &mut Tokens, text: &str) {
    tokens.next_if(|token| matches!(token, Token::Word(word) if word.text == text));
}

fn command(tokens: &mut Tokens) -> Option<Node> {
    if tokens.next_if_eq(&Token::Operator("(")).is_some() {
        let list = parse(tokens, &[")"]);
        tokens.next();
        return Some(Node::Group(list));
    }
    let Some(Token::Word(first)) = tokens.peek().cloned() else {
        return None;
    };
    if first.quoted {
        return Some(Node::Simple(words(tokens)));
    }
    match first.text.as_str() {
        "!" => {
            tokens.next();
            Some(Node::Not(Box::new(command(tokens)?)))
        }
        "{" => {
            tokens.next();
            let list = parse(tokens, &["}"]);
            tokens.next();
            Some(Node::Group(list))
        }
        "while" | "until" => {
            tokens.next();
            let test = parse(tokens, &["do"]);
            expect(tokens, "do");
            let body = parse(tokens, &["done"]);
            expect(tokens, "done");
            Some(Node::While {
                test,
                body,
                until: first.text == "until",
            })
        }
        "for" => {
            tokens.next();
            let mut parts = words(tokens).into_iter();
            let name = parts.next().map(|word| word.text).unwrap_or_default();
            let words: Vec<Word> = parts.filter(|word| word.text != "in").collect();
            while tokens.next_if_eq(&Token::Operator(";")).is_some() {}
            expect(tokens, "do");
            let body = parse(tokens, &["done"]);
            expect(tokens, "done");
            Some(Node::For { name, words, body })
        }
        "if" => {
            tokens.next();
            Some(condition(tokens))
        }
        _ => Some(Node::Simple(words(tokens))),
    }
}

fn condition(tokens: &mut Tokens) -> Node {
    let test = parse(tokens, &["then"]);
    expect(tokens, "then");
    let then = parse(tokens, &["else", "elif", "fi"]);
    let next = match tokens.peek() {
        Some(Token::Word(word)) => word.text.clone(),
        _ => String::new(),
    };
    tokens.next();
    let otherwise = match next.as_str() {
        "elif" => vec![condition(tokens)],
        "else" => {
            let otherwise = parse(tokens, &["fi"]);
            expect(tokens, "fi");
            otherwise
        }
        _ => Vec::new(),
    };
    Node::If { test, then, otherwise }
}

/// The words up to the next operator.
fn words(tokens: &mut Tokens) -> Vec<Word> {
    let mut list = Vec::new();
    while let Some(Token::Word(_)) = tokens.peek() {
        if let Some(Token::Word(word)) = tokens.next() {
            list.push(word);
        }
    }
    list
}
