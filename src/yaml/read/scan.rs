//! Text into tokens, as libyaml defines them.
//!
//! Two things need a look ahead. A word may turn out to be a key when the `:` behind it is found: until then its place is
//! kept as a [`Candidate`], one for every open bracket, and nothing from it on is handed out. And block collections have
//! no brackets: they open where a column grows and close where it shrinks.

use std::{borrow::Cow, collections::VecDeque, mem};

use super::{SyntaxError, cursor::Cursor};

/// How many collections may be open, as for JSON. goyaml stops at 10,000.
pub(super) const MAX_DEPTH: usize = crate::api::json::read::MAX_DEPTH;

/// A key must have its colon within so many characters.
const KEY_LENGTH: usize = 1024;

/// A piece of YAML.
#[derive(Debug, PartialEq)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind<'a>,
    /// The line that it begins on, counted from zero.
    pub(super) line: usize,
}

#[derive(Debug, PartialEq)]
pub(super) enum Kind<'a> {
    StreamEnd,
    /// `%YAML major.minor`
    Version(u8, u8),
    /// `%TAG handle prefix`
    TagDirective(&'a str, String),
    DocumentStart,
    DocumentEnd,
    BlockSequenceStart,
    BlockMappingStart,
    BlockEnd,
    FlowSequenceStart,
    FlowSequenceEnd,
    FlowMappingStart,
    FlowMappingEnd,
    BlockEntry,
    FlowEntry,
    Key,
    Value,
    Alias(&'a str),
    Anchor(&'a str),
    Tag {
        /// Empty for a tag that is written in full.
        handle: &'a str,
        suffix: String,
    },
    Scalar {
        text: Cow<'a, str>,
        /// Whether it stands without quotes and is no block.
        plain: bool,
    },
}

/// A token that is a key if a colon follows.
#[derive(Debug)]
struct Candidate {
    possible: bool,
    /// Whether nothing but a key can stand there.
    required: bool,
    /// Its number among all tokens.
    number: usize,
    at: usize,
    line: usize,
    column: usize,
}

/// The scanner.
#[derive(Debug)]
pub(super) struct Scanner<'a> {
    pub(super) cursor: Cursor<'a>,
    queue: VecDeque<Token<'a>>,
    /// How many tokens have been handed out.
    taken: usize,
    /// Whether the first token in the queue may be handed out.
    ready: bool,
    ended: bool,
    /// How many brackets are open.
    pub(super) flow: usize,
    /// The column of the innermost block collection; none at the start.
    pub(super) indent: Option<usize>,
    indents: Vec<Option<usize>>,
    pub(super) key_allowed: bool,
    /// A candidate for every open bracket and one for the blocks around them.
    candidates: Vec<Candidate>,
    /// The tokens that are not handed out before it is known whether they are keys: their numbers, in order, and the
    /// places of their candidates.
    held: VecDeque<(usize, usize)>,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str, final_break: bool) -> Self {
        Scanner {
            cursor: Cursor::new(text, final_break),
            queue: VecDeque::new(),
            taken: 0,
            ready: false,
            ended: false,
            flow: 0,
            indent: None,
            indents: Vec::new(),
            key_allowed: true,
            candidates: vec![Candidate::none(0)],
            held: VecDeque::new(),
        }
    }

    /// The next token, which stays where it is. Behind the end it is the end again.
    pub(super) fn peek(&mut self) -> Result<&Token<'a>, SyntaxError> {
        while !self.ready {
            self.ready = !self.queue.is_empty() && !self.head_may_be_key()?;
            if !self.ready {
                self.fetch()?;
            }
        }
        match self.queue.front() {
            Some(token) => Ok(token),
            None => Err(SyntaxError::new("yaml: attempted to go past the end of stream; corrupted value?")),
        }
    }

    /// Takes the token that [`Scanner::peek`] has shown.
    pub(super) fn next(&mut self) -> Result<Token<'a>, SyntaxError> {
        self.peek()?;
        match self.queue.pop_front() {
            Some(token) => {
                self.taken += 1;
                self.ready = false;
                Ok(token)
            }
            None => Err(self.error("did not find expected token")),
        }
    }

    /// A failure at this place, in goyaml's form: the first line has no number.
    pub(super) fn error(&self, problem: &str) -> SyntaxError {
        SyntaxError::new(match self.cursor.line {
            0 => format!("yaml: {problem}"),
            line => format!("yaml: line {}: {problem}", line + 1),
        })
    }

    /// Whether the first token in the queue may yet become a key.
    fn head_may_be_key(&mut self) -> Result<bool, SyntaxError> {
        while self.held.front().is_some_and(|(number, _)| *number < self.taken) {
            self.held.pop_front();
        }
        match self.held.front() {
            Some(&(number, candidate)) if number == self.taken => self.still_possible(candidate),
            _ => Ok(false),
        }
    }

    fn release(&mut self, number: usize) {
        if let Some(at) = self.held.iter().rposition(|(held, _)| *held == number) {
            self.held.remove(at);
        }
    }

    /// Whether the candidate may still become a key: on this line, and not too far back.
    fn still_possible(&mut self, index: usize) -> Result<bool, SyntaxError> {
        let Some(candidate) = self.candidates.get(index).filter(|candidate| candidate.possible) else {
            return Ok(false);
        };
        let far = self.cursor.at - candidate.at > KEY_LENGTH
            && self.cursor.text[candidate.at..self.cursor.at.min(self.cursor.text.len())]
                .chars()
                .nth(KEY_LENGTH)
                .is_some();
        if candidate.line == self.cursor.line && !far {
            return Ok(true);
        }
        if candidate.required {
            return Err(self.error("could not find expected ':'"));
        }
        self.candidates[index].possible = false;
        Ok(false)
    }

    /// Notes that the token that comes next may be a key.
    fn save_candidate(&mut self) -> Result<(), SyntaxError> {
        if !self.key_allowed {
            return Ok(());
        }
        self.drop_candidate()?;
        let candidate = Candidate {
            possible: true,
            required: self.flow == 0 && self.indent == Some(self.cursor.column),
            number: self.taken + self.queue.len(),
            at: self.cursor.at,
            line: self.cursor.line,
            column: self.cursor.column,
        };
        self.held.push_back((candidate.number, self.candidates.len() - 1));
        if let Some(last) = self.candidates.last_mut() {
            *last = candidate;
        }
        Ok(())
    }

    /// Notes that the last candidate is no key.
    fn drop_candidate(&mut self) -> Result<(), SyntaxError> {
        match self.candidates.last_mut() {
            Some(Candidate {
                possible: true,
                required: true,
                ..
            }) => Err(self.error("could not find expected ':'")),
            Some(candidate) => {
                let number = candidate.number;
                if mem::take(&mut candidate.possible) {
                    self.release(number);
                }
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Puts a token before the one with the number `number`; last, if that has been handed out or there is none.
    fn insert(&mut self, kind: Kind<'a>, line: usize, number: Option<usize>) {
        let at = number.and_then(|number| number.checked_sub(self.taken)).unwrap_or(self.queue.len());
        self.queue.insert(at, Token { kind, line });
    }

    fn push(&mut self, kind: Kind<'a>, line: usize) {
        self.queue.push_back(Token { kind, line });
    }

    /// A token of `length` bytes that needs no more looking at.
    fn push_indicator(&mut self, kind: Kind<'a>, length: usize) {
        self.push(kind, self.cursor.line);
        self.cursor.skip(length);
    }

    /// Opens a block collection at `column` if that is further in; `number` is the token before which it opens.
    fn open_block(&mut self, column: usize, kind: Kind<'a>, number: Option<usize>, line: usize) -> Result<(), SyntaxError> {
        if self.flow > 0 || self.indent.is_some_and(|indent| indent >= column) {
            return Ok(());
        }
        self.indents.push(self.indent);
        self.indent = Some(column);
        if self.indents.len() > MAX_DEPTH {
            return Err(self.too_deep());
        }
        self.insert(kind, line, number);
        Ok(())
    }

    /// Closes the block collections that are further in than `column`; all without one.
    fn close_blocks(&mut self, column: Option<usize>) {
        while self.flow == 0 && self.indent > column {
            self.push(Kind::BlockEnd, self.cursor.line);
            self.indent = self.indents.pop().flatten();
        }
    }

    pub(super) fn too_deep(&self) -> SyntaxError {
        self.error(&format!("exceeded max depth of {MAX_DEPTH}"))
    }

    /// Puts at least one more token into the queue.
    fn fetch(&mut self) -> Result<(), SyntaxError> {
        if self.ended {
            self.push(Kind::StreamEnd, self.cursor.line);
            return Ok(());
        }
        self.skip_to_token();
        self.close_blocks(Some(self.cursor.column));
        if self.cursor.ended() {
            return self.fetch_end();
        }
        if self.cursor.column == 0 && self.cursor.byte(0) == b'%' {
            self.leave_blocks()?;
            let line = self.cursor.line;
            let kind = self.directive()?;
            self.push(kind, line);
            return Ok(());
        }
        if self.cursor.at_document_indicator() {
            self.leave_blocks()?;
            let kind = if self.cursor.byte(0) == b'-' {
                Kind::DocumentStart
            } else {
                Kind::DocumentEnd
            };
            self.push_indicator(kind, 3);
            return Ok(());
        }
        let in_flow = self.flow > 0;
        match self.cursor.byte(0) {
            b'[' => self.open_bracket(Kind::FlowSequenceStart),
            b'{' => self.open_bracket(Kind::FlowMappingStart),
            b']' => self.close_bracket(Kind::FlowSequenceEnd),
            b'}' => self.close_bracket(Kind::FlowMappingEnd),
            b',' => {
                self.drop_candidate()?;
                self.key_allowed = true;
                self.push_indicator(Kind::FlowEntry, 1);
                Ok(())
            }
            b'-' if self.cursor.blank_or_end_at(1) => self.block_entry(),
            b'?' if in_flow || self.cursor.blank_or_end_at(1) => self.key(),
            b':' if in_flow || self.cursor.blank_or_end_at(1) => self.value(),
            b'*' => self.fetch_word(|scanner| scanner.anchor().map(Kind::Alias)),
            b'&' => self.fetch_word(|scanner| scanner.anchor().map(Kind::Anchor)),
            b'!' => self.fetch_word(Self::tag),
            byte @ (b'|' | b'>') if !in_flow => {
                self.drop_candidate()?;
                self.key_allowed = true;
                let line = self.cursor.line;
                let text = self.block(byte == b'|')?;
                self.push(
                    Kind::Scalar {
                        text: Cow::Owned(text),
                        plain: false,
                    },
                    line,
                );
                Ok(())
            }
            quote @ (b'\'' | b'"') => self.fetch_word(|scanner| scanner.quoted(quote).map(|text| Kind::Scalar { text, plain: false })),
            byte => {
                let may_begin = match byte {
                    b'-' => !self.cursor.blank_at(1),
                    b'?' | b':' => !in_flow && !self.cursor.blank_or_end_at(1),
                    b'#' | b'|' | b'>' | b'%' | b'@' | b'`' => false,
                    _ => !self.cursor.blank_or_end_at(0),
                };
                if !may_begin {
                    return Err(self.error("found character that cannot start any token"));
                }
                self.fetch_word(|scanner| scanner.plain().map(|text| Kind::Scalar { text, plain: true }))
            }
        }
    }

    /// A token that may be a key and that no other key may follow on its line.
    fn fetch_word(&mut self, scan: impl FnOnce(&mut Self) -> Result<Kind<'a>, SyntaxError>) -> Result<(), SyntaxError> {
        self.save_candidate()?;
        self.key_allowed = false;
        let line = self.cursor.line;
        let kind = scan(self)?;
        self.push(kind, line);
        Ok(())
    }

    /// Passes white space, comments and line breaks. A tab does not count as white space where it would be indentation.
    fn skip_to_token(&mut self) {
        loop {
            while self.cursor.byte(0) == b' ' || (self.cursor.byte(0) == b'\t' && (self.flow > 0 || !self.key_allowed)) {
                self.cursor.skip(1);
            }
            self.cursor.skip_comment();
            if self.cursor.take_break().is_none() {
                return;
            }
            if self.flow == 0 {
                self.key_allowed = true;
            }
        }
    }

    fn fetch_end(&mut self) -> Result<(), SyntaxError> {
        if self.cursor.column != 0 {
            self.cursor.column = 0;
            self.cursor.line += 1;
        }
        self.leave_blocks()?;
        self.ended = true;
        self.push(Kind::StreamEnd, self.cursor.line);
        Ok(())
    }

    /// Closes all blocks, for what stands outside of any document.
    fn leave_blocks(&mut self) -> Result<(), SyntaxError> {
        self.close_blocks(None);
        self.drop_candidate()?;
        self.key_allowed = false;
        Ok(())
    }

    fn open_bracket(&mut self, kind: Kind<'a>) -> Result<(), SyntaxError> {
        self.save_candidate()?;
        self.candidates.push(Candidate::none(self.taken + self.queue.len()));
        self.flow += 1;
        if self.flow > MAX_DEPTH {
            return Err(self.too_deep());
        }
        self.key_allowed = true;
        self.push_indicator(kind, 1);
        Ok(())
    }

    fn close_bracket(&mut self, kind: Kind<'a>) -> Result<(), SyntaxError> {
        self.drop_candidate()?;
        if self.flow > 0 {
            self.flow -= 1;
            // Where nothing within the brackets could be a key, this number is still that of the opening bracket: goyaml
            // then hands it out without waiting for a colon, so that `{}` cannot be a key.
            if let Some(candidate) = self.candidates.pop() {
                self.release(candidate.number);
            }
        }
        self.key_allowed = false;
        self.push_indicator(kind, 1);
        Ok(())
    }

    fn block_entry(&mut self) -> Result<(), SyntaxError> {
        // Within brackets the reader of tokens reports it.
        if self.flow == 0 {
            if !self.key_allowed {
                return Err(self.error("block sequence entries are not allowed in this context"));
            }
            self.open_block(self.cursor.column, Kind::BlockSequenceStart, None, self.cursor.line)?;
        }
        self.drop_candidate()?;
        self.key_allowed = true;
        self.push_indicator(Kind::BlockEntry, 1);
        Ok(())
    }

    fn key(&mut self) -> Result<(), SyntaxError> {
        if self.flow == 0 {
            if !self.key_allowed {
                return Err(self.error("mapping keys are not allowed in this context"));
            }
            self.open_block(self.cursor.column, Kind::BlockMappingStart, None, self.cursor.line)?;
        }
        self.drop_candidate()?;
        self.key_allowed = self.flow == 0;
        self.push_indicator(Kind::Key, 1);
        Ok(())
    }

    fn value(&mut self) -> Result<(), SyntaxError> {
        let last = self.candidates.len() - 1;
        if self.still_possible(last)? {
            let Candidate { number, line, column, .. } = self.candidates[last];
            self.candidates[last].possible = false;
            self.release(number);
            self.insert(Kind::Key, line, Some(number));
            self.open_block(column, Kind::BlockMappingStart, Some(number), line)?;
            self.key_allowed = false;
        } else {
            if self.flow == 0 {
                if !self.key_allowed {
                    return Err(self.error("mapping values are not allowed in this context"));
                }
                self.open_block(self.cursor.column, Kind::BlockMappingStart, None, self.cursor.line)?;
            }
            self.key_allowed = self.flow == 0;
        }
        self.push_indicator(Kind::Value, 1);
        Ok(())
    }
}

impl Candidate {
    /// No candidate yet.
    fn none(number: usize) -> Self {
        Candidate {
            possible: false,
            required: false,
            number,
            at: 0,
            line: 0,
            column: 0,
        }
    }
}
