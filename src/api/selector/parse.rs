//! Reading selectors over labels.

use std::fmt;

use super::{Operator, Requirement, Selector, in_one, invalid};
use crate::api::names;

/// A piece of a selector's text.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    Equals,
    DoubleEquals,
    NotEquals,
    Not,
    Less,
    Greater,
    Comma,
    Open,
    Close,
    End,
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Token::Word(word) => word,
            Token::Equals => "=",
            Token::DoubleEquals => "==",
            Token::NotEquals => "!=",
            Token::Not => "!",
            Token::Less => "<",
            Token::Greater => ">",
            Token::Comma => ",",
            Token::Open => "(",
            Token::Close => ")",
            Token::End => "",
        })
    }
}

impl Selector {
    /// Reads a selector. The empty text selects everything.
    ///
    /// # Errors
    /// apimachinery's sentence, behind its own `unable to parse requirement: `.
    pub fn parse(text: &str) -> Result<Selector, String> {
        let mut tokens = Tokens::new(text);
        let mut requirements = Vec::new();
        while *tokens.peek() != Token::End {
            if !matches!(tokens.peek(), Token::Word(_) | Token::Not) {
                return Err(format!("found '{}', expected: !, identifier, or 'end of string'", tokens.peek()));
            }
            requirements.push(requirement(&mut tokens).map_err(|error| format!("unable to parse requirement: {error}"))?);
            match tokens.next() {
                Token::End => break,
                Token::Comma if matches!(tokens.peek(), Token::Word(_) | Token::Not) => {}
                Token::Comma => return Err(format!("found '{}', expected: identifier after ','", tokens.peek())),
                found => return Err(format!("found '{found}', expected: ',' or 'end of string'")),
            }
        }
        Ok(Selector::new(requirements))
    }
}

/// The pieces of a selector's text, with [`Token::End`] behind the last for as long as is asked.
struct Tokens<'t> {
    rest: &'t [u8],
    next: Token,
}

impl<'t> Tokens<'t> {
    fn new(text: &'t str) -> Self {
        // Go's lexer takes a zero byte for the end.
        let end = text.find('\0').unwrap_or(text.len());
        let mut tokens = Tokens {
            rest: &text.as_bytes()[..end],
            next: Token::End,
        };
        tokens.next();
        tokens
    }

    fn peek(&self) -> &Token {
        &self.next
    }

    fn next(&mut self) -> Token {
        let next = self.scan();
        std::mem::replace(&mut self.next, next)
    }

    fn scan(&mut self) -> Token {
        let is_space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
        let is_sign = |byte: &u8| matches!(byte, b'=' | b'!' | b'(' | b')' | b',' | b'>' | b'<');
        let blank = self.rest.iter().take_while(|byte| is_space(byte)).count();
        self.rest = &self.rest[blank..];
        let (token, length) = match self.rest {
            [] => (Token::End, 0),
            [b'=', b'=', ..] => (Token::DoubleEquals, 2),
            [b'=', ..] => (Token::Equals, 1),
            [b'!', b'=', ..] => (Token::NotEquals, 2),
            [b'!', ..] => (Token::Not, 1),
            [b'<', ..] => (Token::Less, 1),
            [b'>', ..] => (Token::Greater, 1),
            [b',', ..] => (Token::Comma, 1),
            [b'(', ..] => (Token::Open, 1),
            [b')', ..] => (Token::Close, 1),
            word => {
                let length = word.iter().take_while(|byte| !is_space(byte) && !is_sign(byte)).count();
                (Token::Word(String::from_utf8_lossy(&word[..length]).into_owned()), length)
            }
        };
        self.rest = &self.rest[length..];
        token
    }
}

fn requirement(tokens: &mut Tokens<'_>) -> Result<Requirement, String> {
    let negated = *tokens.peek() == Token::Not;
    if negated {
        tokens.next();
    }
    let key = match tokens.next() {
        Token::Word(word) => word,
        found => return Err(format!("found '{found}', expected: identifier")),
    };
    let wrong = names::qualified_name(&key);
    if !wrong.is_empty() {
        return Err(invalid("<nil>", &key, &wrong.join("; ")));
    }
    let lonely = match tokens.peek() {
        _ if negated => Some(Operator::DoesNotExist),
        Token::End | Token::Comma => Some(Operator::Exists),
        _ => None,
    };
    let requirement = match lonely {
        Some(operator) => Requirement {
            key,
            operator,
            values: Vec::new(),
        },
        None => {
            let operator = operator(tokens)?;
            let values = match operator {
                Operator::In | Operator::NotIn => set(tokens)?,
                _ => vec![exact(tokens)?],
            };
            Requirement { key, operator, values }
        }
    };
    requirement.validate().map_err(|sentences| in_one(&sentences))?;
    Ok(requirement)
}

fn operator(tokens: &mut Tokens<'_>) -> Result<Operator, String> {
    match tokens.next() {
        Token::Word(word) if word == "in" => Ok(Operator::In),
        Token::Word(word) if word == "notin" => Ok(Operator::NotIn),
        Token::Equals => Ok(Operator::Equals),
        Token::DoubleEquals => Ok(Operator::DoubleEquals),
        Token::NotEquals => Ok(Operator::NotEquals),
        Token::Greater => Ok(Operator::GreaterThan),
        Token::Less => Ok(Operator::LessThan),
        found => Err(format!("found '{found}', expected: in, notin, =, ==, !=, gt, lt")),
    }
}

/// The value behind `=`: a word, or nothing.
fn exact(tokens: &mut Tokens<'_>) -> Result<String, String> {
    if matches!(tokens.peek(), Token::End | Token::Comma) {
        return Ok(String::new());
    }
    match tokens.next() {
        Token::Word(word) => Ok(word),
        found => Err(format!("found '{found}', expected: identifier")),
    }
}

/// The values in `(a, b)`, where nothing between the commas is a value too.
fn set(tokens: &mut Tokens<'_>) -> Result<Vec<String>, String> {
    match tokens.next() {
        Token::Open => {}
        found => return Err(format!("found '{found}' expected: '('")),
    }
    let mut values = match tokens.peek() {
        Token::Word(_) | Token::Comma => listed(tokens)?,
        Token::Close => {
            tokens.next();
            vec![String::new()]
        }
        found => return Err(format!("found '{found}', expected: ',', ')' or identifier")),
    };
    values.sort();
    values.dedup();
    Ok(values)
}

/// The values up to the closing bracket, which is taken.
fn listed(tokens: &mut Tokens<'_>) -> Result<Vec<String>, String> {
    let mut values = Vec::new();
    loop {
        match tokens.next() {
            Token::Word(word) => {
                values.push(word);
                match tokens.peek() {
                    Token::Comma => {}
                    Token::Close => break,
                    found => return Err(format!("found '{found}', expected: ',' or ')'")),
                }
            }
            Token::Comma => {
                if values.is_empty() {
                    values.push(String::new());
                }
                match tokens.peek() {
                    Token::Close => {
                        values.push(String::new());
                        break;
                    }
                    Token::Comma => {
                        tokens.next();
                        values.push(String::new());
                    }
                    _ => {}
                }
            }
            found => return Err(format!("found '{found}', expected: ',', or identifier")),
        }
    }
    tokens.next();
    Ok(values)
}
