//! Tokens into a tree of nodes: YAML's grammar.

use std::{borrow::Cow, collections::HashMap};

use super::{
    SyntaxError,
    scan::{Kind, MAX_DEPTH, Scanner},
};

/// The place of a node in [`Nodes`].
pub(super) type Id = usize;

/// What stands at one place of a document.
#[derive(Debug)]
pub(super) struct Node<'a> {
    pub(super) content: Content<'a>,
    /// The line that it begins on, counted from zero.
    pub(super) line: usize,
}

#[derive(Debug)]
pub(super) enum Content<'a> {
    Scalar {
        text: Cow<'a, str>,
        /// The tag in full; empty where there is none.
        tag: String,
        /// Whether the text itself says what it means: it has neither quotes nor a tag.
        implicit: bool,
    },
    Sequence(Vec<Id>),
    Mapping(Vec<(Id, Id)>),
    Alias {
        name: &'a str,
        target: Id,
    },
}

/// The nodes of a document.
#[derive(Debug)]
pub(super) struct Nodes<'a> {
    pub(super) all: Vec<Node<'a>>,
    pub(super) root: Id,
    /// Whether a node may be read more than once.
    pub(super) shared: bool,
}

pub(super) struct Parser<'a> {
    pub(super) scanner: Scanner<'a>,
    all: Vec<Node<'a>>,
    anchors: HashMap<&'a str, Id>,
    /// Handles and what they stand for.
    tags: Vec<(&'a str, String)>,
    /// The collections that are open, the innermost last. Hostile input must not fill the call stack.
    pub(super) open: Vec<Frame>,
}

/// A collection that is not yet whole.
pub(super) struct Frame {
    id: Id,
    form: Form,
    /// The elements of a list.
    items: Vec<Id>,
    /// The fields of a map.
    entries: Vec<(Id, Id)>,
    /// The key whose value comes next.
    key: Option<Id>,
    /// Whether that key was written as one, not as a lone word in `{word}`.
    pub(super) keyed: bool,
}

/// How a collection is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    BlockSequence,
    /// A list whose dashes stand in the column of the key before it. It has no tokens for its start and its end.
    KeyColumnSequence,
    BlockMapping,
    FlowSequence,
    FlowMapping,
    /// An element `key: value` of a list in brackets, which is a map of one field.
    FlowPair,
}

/// What comes next in a collection.
pub(super) enum Next {
    /// A node that is written.
    Node(Place),
    /// A node that is made up.
    Given(Id),
    /// A [`Form::FlowPair`], on this line.
    Pair(usize),
    /// Nothing: the collection is whole.
    Close,
}

/// In what surroundings a node stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// An element of a block list, or the document itself.
    Block,
    /// A key or a value in a block map: a list may stand in the column of the key.
    BlockEntry,
    /// Within brackets.
    Flow,
}

/// The long form of the tags that begin with `!!`.
pub(super) const LONG_TAG: &str = "tag:yaml.org,2002:";

impl<'a> Nodes<'a> {
    /// Reads the first document; nothing where there is none.
    pub(super) fn read(text: &'a str, final_break: bool) -> Result<Option<Self>, SyntaxError> {
        let mut parser = Parser {
            scanner: Scanner::new(text, final_break),
            all: Vec::new(),
            anchors: HashMap::new(),
            tags: Vec::new(),
            open: Vec::new(),
        };
        let Some(root) = parser.document()? else {
            return Ok(None);
        };
        Ok(Some(Nodes {
            root,
            shared: !parser.anchors.is_empty(),
            all: parser.all,
        }))
    }
}

impl<'a> Parser<'a> {
    /// Whether the next token is one of those that `kinds` knows.
    pub(super) fn next_is(&mut self, kinds: impl FnOnce(&Kind<'a>) -> bool) -> Result<bool, SyntaxError> {
        Ok(kinds(&self.scanner.peek()?.kind))
    }

    /// Takes the next token if `kinds` knows it; the line that it begins on.
    pub(super) fn take_if(&mut self, kinds: impl FnOnce(&Kind<'a>) -> bool) -> Result<Option<usize>, SyntaxError> {
        if self.next_is(kinds)? {
            Ok(Some(self.scanner.next()?.line))
        } else {
            Ok(None)
        }
    }

    /// The line that the next token begins on.
    pub(super) fn line(&mut self) -> Result<usize, SyntaxError> {
        Ok(self.scanner.peek()?.line)
    }

    /// A failure at the next token. Other than the scanner, goyaml counts these lines from zero; on the first it names the
    /// line `context` that the collection began on, which is the first too.
    pub(super) fn error(&mut self, problem: &str) -> SyntaxError {
        match self.line() {
            Ok(line) => error_at(line, problem),
            Err(error) => error,
        }
    }

    fn add(&mut self, content: Content<'a>, line: usize) -> Id {
        self.all.push(Node { content, line });
        self.all.len() - 1
    }

    /// What stands where nothing is written.
    pub(super) fn empty(&mut self, line: usize) -> Id {
        self.add(
            Content::Scalar {
                text: Cow::Borrowed(""),
                tag: String::new(),
                implicit: true,
            },
            line,
        )
    }

    fn document(&mut self) -> Result<Option<Id>, SyntaxError> {
        if self.next_is(|kind| *kind == Kind::StreamEnd)? {
            return Ok(None);
        }
        let explicit = self.next_is(|kind| matches!(kind, Kind::Version(..) | Kind::TagDirective(..) | Kind::DocumentStart))?;
        self.directives()?;
        if explicit && self.take_if(|kind| *kind == Kind::DocumentStart)?.is_none() {
            return Err(self.error("did not find expected <document start>"));
        }
        let nothing = explicit
            && self.next_is(|kind| {
                matches!(
                    kind,
                    Kind::Version(..) | Kind::TagDirective(..) | Kind::DocumentStart | Kind::DocumentEnd | Kind::StreamEnd
                )
            })?;
        let root = if nothing {
            let line = self.line()?;
            self.empty(line)
        } else {
            self.tree()?
        };
        // What comes next is not read, but it must be a token.
        self.scanner.peek()?;
        Ok(Some(root))
    }

    fn directives(&mut self) -> Result<(), SyntaxError> {
        let mut versions = 0;
        while self.next_is(|kind| matches!(kind, Kind::Version(..) | Kind::TagDirective(..)))? {
            let token = self.scanner.next()?;
            match token.kind {
                Kind::Version(..) if versions > 0 => return Err(error_at(token.line, "found duplicate %YAML directive")),
                Kind::Version(1, 1) => versions += 1,
                Kind::Version(..) => return Err(error_at(token.line, "found incompatible YAML document")),
                Kind::TagDirective(handle, _) if self.tags.iter().any(|(known, _)| *known == handle) => {
                    return Err(error_at(token.line, "found duplicate %TAG directive"));
                }
                Kind::TagDirective(handle, prefix) => self.tags.push((handle, prefix)),
                _ => {}
            }
        }
        for (handle, prefix) in [("!", "!"), ("!!", LONG_TAG)] {
            if !self.tags.iter().any(|(known, _)| *known == handle) {
                self.tags.push((handle, prefix.to_owned()));
            }
        }
        Ok(())
    }

    /// A node and all that is in it.
    fn tree(&mut self) -> Result<Id, SyntaxError> {
        let mut next = Next::Node(Place::Block);
        loop {
            let whole = match next {
                Next::Node(place) => self.begin(place)?,
                Next::Given(id) => Some(id),
                Next::Pair(line) => {
                    let id = self.add(Content::Sequence(Vec::new()), line);
                    self.open(id, Form::FlowPair)?;
                    None
                }
                Next::Close => self.close(),
            };
            if let Some(id) = whole {
                match self.open.last_mut() {
                    None => return Ok(id),
                    Some(frame) => frame.accept(id),
                }
            }
            next = self.advance()?;
        }
    }

    /// Opens the collection `id`.
    fn open(&mut self, id: Id, form: Form) -> Result<(), SyntaxError> {
        if self.open.len() >= MAX_DEPTH {
            return Err(self.scanner.too_deep());
        }
        self.open.push(Frame {
            id,
            form,
            items: Vec::new(),
            entries: Vec::new(),
            key: None,
            keyed: false,
        });
        Ok(())
    }

    /// Closes the innermost collection.
    fn close(&mut self) -> Option<Id> {
        let frame = self.open.pop()?;
        self.all[frame.id].content = match frame.form {
            Form::BlockSequence | Form::KeyColumnSequence | Form::FlowSequence => Content::Sequence(frame.items),
            Form::BlockMapping | Form::FlowMapping | Form::FlowPair => Content::Mapping(frame.entries),
        };
        Some(frame.id)
    }

    /// Begins a node with its anchor and its tag: a scalar or an alias is whole then, a collection is open.
    fn begin(&mut self, place: Place) -> Result<Option<Id>, SyntaxError> {
        let line = self.line()?;
        if let Kind::Alias(name) = self.scanner.peek()?.kind {
            let Some(&target) = self.anchors.get(name) else {
                return Err(SyntaxError::new(format!("yaml: unknown anchor '{name}' referenced")));
            };
            self.scanner.next()?;
            return Ok(Some(self.add(Content::Alias { name, target }, line)));
        }
        let (anchor, tag) = self.properties()?;
        // The node has its place before what is in it, so that its anchor is known in there.
        let id = self.add(Content::Sequence(Vec::new()), line);
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor, id);
        }
        let block = place != Place::Flow;
        let form = match &self.scanner.peek()?.kind {
            Kind::BlockEntry if place == Place::BlockEntry => {
                self.open(id, Form::KeyColumnSequence)?;
                return Ok(None);
            }
            Kind::Scalar { .. } => {
                self.all[id].content = self.scalar(tag.unwrap_or_default())?;
                return Ok(Some(id));
            }
            Kind::FlowSequenceStart => Form::FlowSequence,
            Kind::FlowMappingStart => Form::FlowMapping,
            Kind::BlockSequenceStart if block => Form::BlockSequence,
            Kind::BlockMappingStart if block => Form::BlockMapping,
            _ if anchor.is_some() || tag.is_some() => {
                let tag = tag.unwrap_or_default();
                self.all[id].content = Content::Scalar {
                    text: Cow::Borrowed(""),
                    implicit: tag.is_empty(),
                    tag,
                };
                return Ok(Some(id));
            }
            _ => return Err(self.error("did not find expected node content")),
        };
        self.scanner.next()?;
        self.open(id, form)?;
        Ok(None)
    }

    /// What comes next in the innermost collection.
    fn advance(&mut self) -> Result<Next, SyntaxError> {
        let Some(frame) = self.open.last() else {
            return Ok(Next::Close);
        };
        let first = frame.items.is_empty() && frame.entries.is_empty();
        match (frame.form, frame.key.is_some()) {
            (Form::BlockSequence, _) => self.block_element(),
            (Form::KeyColumnSequence, _) => self.key_column_element(),
            (Form::BlockMapping, false) => self.block_key(),
            (Form::BlockMapping, true) => self.block_value(),
            (Form::FlowSequence, _) => self.flow_element(first),
            (Form::FlowMapping, false) => self.flow_key(first),
            (Form::FlowMapping, true) => self.flow_value(),
            (Form::FlowPair, false) if first => self.pair_key(),
            (Form::FlowPair, false) => Ok(Next::Close),
            (Form::FlowPair, true) => self.pair_value(),
        }
    }

    /// An anchor and a tag, in either order, each at most once.
    fn properties(&mut self) -> Result<(Option<&'a str>, Option<String>), SyntaxError> {
        let anchor = self.anchor()?;
        let tag = self.tag()?;
        let anchor = match anchor {
            None if tag.is_some() => self.anchor()?,
            known => known,
        };
        Ok((anchor, tag))
    }

    fn anchor(&mut self) -> Result<Option<&'a str>, SyntaxError> {
        let Kind::Anchor(name) = self.scanner.peek()?.kind else {
            return Ok(None);
        };
        self.scanner.next()?;
        Ok(Some(name))
    }

    /// The tag in full.
    fn tag(&mut self) -> Result<Option<String>, SyntaxError> {
        if !self.next_is(|kind| matches!(kind, Kind::Tag { .. }))? {
            return Ok(None);
        }
        let token = self.scanner.next()?;
        let Kind::Tag { handle, suffix } = token.kind else {
            return Ok(None);
        };
        if handle.is_empty() {
            return Ok(Some(suffix));
        }
        match self.tags.iter().find(|(known, _)| *known == handle) {
            Some((_, prefix)) => Ok(Some(format!("{prefix}{suffix}"))),
            None => Err(error_at(token.line, "found undefined tag handle")),
        }
    }

    fn scalar(&mut self, tag: String) -> Result<Content<'a>, SyntaxError> {
        match self.scanner.next()?.kind {
            Kind::Scalar { text, plain } => Ok(Content::Scalar {
                text,
                implicit: tag == "!" || (tag.is_empty() && plain),
                tag,
            }),
            _ => Err(self.error("did not find expected node content")),
        }
    }
}

impl Frame {
    /// Takes the element, the key or the value that is whole now.
    fn accept(&mut self, id: Id) {
        match (self.form, self.key.take()) {
            (Form::BlockSequence | Form::KeyColumnSequence | Form::FlowSequence, _) => self.items.push(id),
            (_, None) => self.key = Some(id),
            (_, Some(key)) => self.entries.push((key, id)),
        }
    }
}

/// A failure of the grammar. Other than the scanner's, goyaml counts these lines from zero.
fn error_at(line: usize, problem: &str) -> SyntaxError {
    SyntaxError::new(match line {
        0 => format!("yaml: {problem}"),
        line => format!("yaml: line {line}: {problem}"),
    })
}
