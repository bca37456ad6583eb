//! Tokens of Go's template language.

use crate::template::format::{code_point, literal::quoted};

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The lexer gave up; the text is the sentence.
    Error,
    Bool,
    /// A printable ASCII character that means nothing else: a comma.
    Char,
    CharConstant,
    Complex,
    /// `=`
    Assign,
    /// `:=`
    Declare,
    Eof,
    Field,
    Identifier,
    LeftDelimiter,
    LeftParenthesis,
    Number,
    Pipe,
    RawString,
    RightDelimiter,
    RightParenthesis,
    Space,
    String,
    Text,
    Variable,
    Block,
    Break,
    Continue,
    Dot,
    Define,
    Else,
    End,
    If,
    Nil,
    Range,
    Template,
    With,
}

impl Kind {
    fn is_keyword(self) -> bool {
        use Kind::{Block, Break, Continue, Define, Dot, Else, End, If, Nil, Range, Template, With};
        matches!(
            self,
            Block | Break | Continue | Dot | Define | Else | End | If | Nil | Range | Template | With
        )
    }
}

fn keyword(word: &str) -> Option<Kind> {
    Some(match word {
        "block" => Kind::Block,
        "break" => Kind::Break,
        "continue" => Kind::Continue,
        "define" => Kind::Define,
        "else" => Kind::Else,
        "end" => Kind::End,
        "if" => Kind::If,
        "nil" => Kind::Nil,
        "range" => Kind::Range,
        "template" => Kind::Template,
        "with" => Kind::With,
        "true" | "false" => Kind::Bool,
        _ => return None,
    })
}

/// A piece of a template.
#[derive(Debug, Clone)]
pub(super) struct Token<'t> {
    pub(super) kind: Kind,
    /// Where it begins, in bytes.
    pub(super) at: usize,
    /// The line in which it begins, from 1.
    pub(super) line: usize,
    pub(super) text: &'t str,
    /// The sentence of an error.
    pub(super) error: String,
}

impl Token<'_> {
    /// The token as Go's parser names it in its reports.
    pub(super) fn name(&self) -> String {
        match self.kind {
            Kind::Eof => "EOF".into(),
            Kind::Error => self.error.clone(),
            kind if kind.is_keyword() => format!("<{}>", self.text),
            _ if self.text.len() > 10 => format!("{}...", quoted(&self.text.chars().take(10).collect::<String>())),
            _ => quoted(self.text),
        }
    }
}

/// Takes a template apart, a token at a time.
#[derive(Debug)]
pub(super) struct Lexer<'t> {
    text: &'t str,
    at: usize,
    /// Up to where lines have been counted, and the line there.
    counted: (usize, usize),
    inside: bool,
    parentheses: usize,
    failed: bool,
}

impl<'t> Lexer<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Lexer {
            text,
            at: 0,
            counted: (0, 1),
            inside: false,
            parentheses: 0,
            failed: false,
        }
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn line_at(&mut self, at: usize) -> usize {
        let (from, line) = self.counted;
        let more = memchr::memchr_iter(b'\n', &self.text.as_bytes()[from..at]).count();
        self.counted = (at, line + more);
        line + more
    }

    /// The token of the given kind from `start` to here.
    fn token(&mut self, kind: Kind, start: usize) -> Token<'t> {
        Token {
            kind,
            at: start,
            line: self.line_at(start),
            text: &self.text[start..self.at],
            error: String::new(),
        }
    }

    fn error(&mut self, start: usize, sentence: impl Into<String>) -> Token<'t> {
        self.failed = true;
        Token {
            kind: Kind::Error,
            at: start,
            line: self.line_at(start),
            text: "",
            error: sentence.into(),
        }
    }

    /// The next token. Behind an error and the end there are only ends.
    pub(super) fn next(&mut self) -> Token<'t> {
        if self.failed {
            self.at = self.text.len();
            return self.token(Kind::Eof, self.at);
        }
        if self.inside { self.inside_action() } else { self.outside() }
    }

    /// Text up to an action, or the action's beginning. Comments are passed over.
    fn outside(&mut self) -> Token<'t> {
        loop {
            let start = self.at;
            let Some(length) = memchr::memmem::find(self.rest().as_bytes(), b"{{") else {
                self.at = self.text.len();
                let kind = if start == self.at { Kind::Eof } else { Kind::Text };
                return self.token(kind, start);
            };
            let delimiter = start + length;
            let trims = trims_before(&self.text[delimiter + 2..]);
            let text = &self.text[start..delimiter];
            let text = if trims { text.trim_end_matches(is_space) } else { text };
            if !text.is_empty() {
                self.at = start + text.len();
                let token = self.token(Kind::Text, start);
                self.at = delimiter;
                return token;
            }
            let content = delimiter + 2 + if trims { 2 } else { 0 };
            if !self.text[content..].starts_with("/*") {
                self.at = delimiter + 2;
                let token = self.token(Kind::LeftDelimiter, delimiter);
                self.at = content;
                self.inside = true;
                self.parentheses = 0;
                return token;
            }
            let Some(length) = self.text[content + 2..].find("*/") else {
                return self.error(content, "unclosed comment");
            };
            self.at = content + 2 + length + 2;
            if !self.close_delimiter() {
                return self.error(content, "comment ends before closing delimiter");
            }
        }
    }

    /// Passes over a closing delimiter, and over the space behind it if it trims.
    fn close_delimiter(&mut self) -> bool {
        let trims = trims_after(self.rest());
        let rest = if trims { &self.rest()[2..] } else { self.rest() };
        let Some(rest) = rest.strip_prefix("}}") else {
            return false;
        };
        let rest = if trims { rest.trim_start_matches(is_space) } else { rest };
        self.at = self.text.len() - rest.len();
        true
    }

    fn inside_action(&mut self) -> Token<'t> {
        let start = self.at;
        let trims = trims_after(self.rest());
        if trims || self.rest().starts_with("}}") {
            if self.parentheses > 0 {
                return self.error(start, "unclosed left paren");
            }
            return self.right_delimiter();
        }
        let Some(letter) = self.peek() else {
            return self.error(start, "unclosed action");
        };
        self.at += letter.len_utf8();
        match letter {
            _ if is_space(letter) => {
                self.take(is_space);
                // The last space may be the one that trims.
                if trims_after(&self.text[self.at - 1..]) {
                    self.at -= 1;
                    if self.at == start {
                        return self.right_delimiter();
                    }
                }
                self.token(Kind::Space, start)
            }
            '=' => self.token(Kind::Assign, start),
            ':' if self.rest().starts_with('=') => {
                self.at += 1;
                self.token(Kind::Declare, start)
            }
            ':' => self.error(start, "expected :="),
            '|' => self.token(Kind::Pipe, start),
            '"' => self.quoted(start, '"', Kind::String, "unterminated quoted string"),
            '\'' => self.quoted(start, '\'', Kind::CharConstant, "unterminated character constant"),
            '`' => match self.rest().find('`') {
                Some(length) => {
                    self.at += length + 1;
                    self.token(Kind::RawString, start)
                }
                None => self.error(start, "unterminated raw quoted string"),
            },
            '$' => self.name(start, Kind::Variable, Kind::Variable),
            '.' if !self.rest().starts_with(|next: char| next.is_ascii_digit()) => self.name(start, Kind::Field, Kind::Dot),
            '.' | '+' | '-' | '0'..='9' => {
                self.at = start;
                self.number()
            }
            _ if is_alphanumeric(letter) => {
                self.take(is_alphanumeric);
                let kind = keyword(&self.text[start..self.at]).unwrap_or(Kind::Identifier);
                self.ended(start, kind)
            }
            '(' => {
                self.parentheses += 1;
                self.token(Kind::LeftParenthesis, start)
            }
            ')' if self.parentheses == 0 => self.error(start, "unexpected right paren"),
            ')' => {
                self.parentheses -= 1;
                self.token(Kind::RightParenthesis, start)
            }
            ' '..='~' => self.token(Kind::Char, start),
            _ => self.error(start, format!("unrecognized character in action: {}", code_point(letter))),
        }
    }

    fn right_delimiter(&mut self) -> Token<'t> {
        let start = self.at + if trims_after(self.rest()) { 2 } else { 0 };
        self.close_delimiter();
        let behind = self.at;
        self.at = start + 2;
        let token = self.token(Kind::RightDelimiter, start);
        self.at = behind;
        self.inside = false;
        token
    }

    fn take(&mut self, wanted: fn(char) -> bool) {
        let rest = self.rest();
        self.at += rest.find(|letter| !wanted(letter)).unwrap_or(rest.len());
    }

    /// A field or variable, whose first character has been read; `bare` if nothing but that character is there.
    fn name(&mut self, start: usize, kind: Kind, bare: Kind) -> Token<'t> {
        if self.at_terminator() {
            return self.token(bare, start);
        }
        self.take(is_alphanumeric);
        self.ended(start, kind)
    }

    /// A word, if it ends where a word may end.
    fn ended(&mut self, start: usize, kind: Kind) -> Token<'t> {
        match self.peek() {
            Some(letter) if !self.at_terminator() => self.error(start, format!("bad character {}", code_point(letter))),
            _ => self.token(kind, start),
        }
    }

    fn at_terminator(&self) -> bool {
        match self.peek() {
            None | Some('.' | ',' | '|' | ':' | ')' | '(') => true,
            Some(letter) => is_space(letter) || self.rest().starts_with("}}"),
        }
    }

    fn quoted(&mut self, start: usize, quote: char, kind: Kind, problem: &str) -> Token<'t> {
        let mut letters = self.rest().char_indices();
        loop {
            let mut next = letters.next();
            if let Some((_, '\\')) = next {
                next = letters.next();
                if !matches!(next, None | Some((_, '\n'))) {
                    continue;
                }
            }
            match next {
                None | Some((_, '\n')) => return self.error(start, problem),
                Some((at, letter)) if letter == quote => {
                    self.at += at + 1;
                    return self.token(kind, start);
                }
                Some(_) => {}
            }
        }
    }

    fn number(&mut self) -> Token<'t> {
        let start = self.at;
        if !self.scan_number() {
            return self.bad_number(start);
        }
        if !self.rest().starts_with(['+', '-']) {
            return self.token(Kind::Number, start);
        }
        // A real and an imaginary part, without spaces.
        if !self.scan_number() || !self.text[..self.at].ends_with('i') {
            return self.bad_number(start);
        }
        self.token(Kind::Complex, start)
    }

    fn bad_number(&mut self, start: usize) -> Token<'t> {
        let text = quoted(&self.text[start..self.at]);
        self.error(start, format!("bad number syntax: {text}"))
    }

    fn accept(&mut self, letters: &[char]) -> bool {
        match self.peek() {
            Some(letter) if letters.contains(&letter) => {
                self.at += letter.len_utf8();
                true
            }
            _ => false,
        }
    }

    fn scan_number(&mut self) -> bool {
        self.accept(&['+', '-']);
        let mut radix = 10;
        if self.accept(&['0']) {
            if self.accept(&['x', 'X']) {
                radix = 16;
            } else if self.accept(&['o', 'O']) {
                radix = 8;
            } else if self.accept(&['b', 'B']) {
                radix = 2;
            }
        }
        let digit: fn(char) -> bool = match radix {
            16 => |letter| letter == '_' || letter.is_ascii_hexdigit(),
            8 => |letter| letter == '_' || letter.is_digit(8),
            2 => |letter| letter == '_' || letter.is_digit(2),
            _ => |letter| letter == '_' || letter.is_ascii_digit(),
        };
        self.take(digit);
        if self.accept(&['.']) {
            self.take(digit);
        }
        if radix == 10 && self.accept(&['e', 'E']) || radix == 16 && self.accept(&['p', 'P']) {
            self.accept(&['+', '-']);
            self.take(|letter| letter == '_' || letter.is_ascii_digit());
        }
        self.accept(&['i']);
        match self.peek() {
            Some(letter) if is_alphanumeric(letter) => {
                self.at += letter.len_utf8();
                false
            }
            _ => true,
        }
    }
}

fn is_space(letter: char) -> bool {
    matches!(letter, ' ' | '\t' | '\r' | '\n')
}

fn is_alphanumeric(letter: char) -> bool {
    letter == '_' || letter.is_alphanumeric()
}

/// Whether what follows an opening delimiter trims the space before it.
fn trims_before(inside: &str) -> bool {
    inside.strip_prefix('-').is_some_and(|rest| rest.starts_with(is_space))
}

/// Whether a closing delimiter begins here that trims the space behind it.
fn trims_after(rest: &str) -> bool {
    rest.starts_with(is_space) && rest[1..].starts_with("-}}")
}
