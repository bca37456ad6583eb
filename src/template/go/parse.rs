//! Reading a Go template, with the reports of Go's `text/template/parse`.

use std::collections::HashMap;

use super::{
    functions::Function,
    lex::{Kind, Lexer, Token},
    node::{Branch, Command, Invocation, Node, Number, Pipe, Term, TermKind},
    number::number,
};
use crate::template::format::literal::{quoted, unescape};

/// How deep parentheses and control structures may nest. Go allows 10,000 parentheses; a thread's stack does not.
const MAX_DEPTH: usize = 200;

/// Every template of a text by its name, and the name of the whole.
pub(super) type Templates = HashMap<String, Vec<Node>>;

/// The name of the template that the user gave.
pub(super) const NAME: &str = "output";

type Outcome<T> = Result<T, String>;

/// Reads a template and those that it defines.
///
/// # Errors
/// Go's sentence, with the template's name and the line.
pub(super) fn templates(text: &str) -> Outcome<Templates> {
    let mut parser = Parser {
        lexer: Lexer::new(text),
        pushed_back: Vec::new(),
        line: 1,
        action_line: 0,
        depth: 0,
        scope: Scope::default(),
        templates: Templates::new(),
    };
    let root = parser.whole()?;
    parser.add(NAME, root)?;
    Ok(parser.templates)
}

/// What is known while one template's body is read.
#[derive(Debug)]
struct Scope {
    variables: Vec<String>,
    /// How many `range`s are open.
    ranges: usize,
}

impl Default for Scope {
    fn default() -> Self {
        Scope {
            variables: vec!["$".into()],
            ranges: 0,
        }
    }
}

struct Parser<'t> {
    lexer: Lexer<'t>,
    /// Tokens that were looked at, the next one last.
    pushed_back: Vec<Token<'t>>,
    /// The line of the last token that the lexer gave: that of every report.
    line: usize,
    action_line: usize,
    depth: usize,
    scope: Scope,
    templates: Templates,
}

/// What ends a list of nodes.
enum Ending {
    End,
    Else,
}

impl Ending {
    fn name(&self) -> &'static str {
        match self {
            Ending::End => "{{end}}",
            Ending::Else => "{{else}}",
        }
    }
}

enum Item {
    Node(Node),
    Ending(Ending),
}

impl<'t> Parser<'t> {
    fn fail<T>(&self, sentence: impl AsRef<str>) -> Outcome<T> {
        Err(format!("template: {NAME}:{}: {}", self.line, sentence.as_ref()))
    }

    fn unexpected<T>(&self, token: &Token<'_>, context: &str) -> Outcome<T> {
        if token.kind != Kind::Error {
            return self.fail(format!("unexpected {} in {context}", token.name()));
        }
        let mut sentence = token.error.clone();
        if self.action_line != 0 && self.action_line != token.line {
            let place = if sentence.ends_with(" action") { "" } else { " in action" };
            sentence = format!("{sentence}{place} started at {NAME}:{}", self.action_line);
        }
        self.fail(sentence)
    }

    fn next(&mut self) -> Token<'t> {
        match self.pushed_back.pop() {
            Some(token) => token,
            None => {
                let token = self.lexer.next();
                self.line = token.line;
                token
            }
        }
    }

    fn back(&mut self, token: Token<'t>) {
        self.pushed_back.push(token);
    }

    fn peek(&mut self) -> Kind {
        let token = self.next();
        let kind = token.kind;
        self.back(token);
        kind
    }

    fn next_non_space(&mut self) -> Token<'t> {
        loop {
            let token = self.next();
            if token.kind != Kind::Space {
                return token;
            }
        }
    }

    fn peek_non_space(&mut self) -> Kind {
        let token = self.next_non_space();
        let kind = token.kind;
        self.back(token);
        kind
    }

    fn expect(&mut self, kind: Kind, context: &str) -> Outcome<Token<'t>> {
        let token = self.next_non_space();
        if token.kind == kind {
            Ok(token)
        } else {
            self.unexpected(&token, context)
        }
    }

    /// Keeps `nested` from overflowing the stack.
    fn deeper<T>(&mut self, nested: impl FnOnce(&mut Self) -> Outcome<T>) -> Outcome<T> {
        if self.depth >= MAX_DEPTH {
            return self.fail("max expression depth exceeded");
        }
        self.depth += 1;
        let outcome = nested(self);
        self.depth -= 1;
        outcome
    }

    fn whole(&mut self) -> Outcome<Vec<Node>> {
        let mut nodes = Vec::new();
        while self.peek() != Kind::Eof {
            if self.peek() == Kind::LeftDelimiter {
                let delimiter = self.next();
                let token = self.next_non_space();
                if token.kind == Kind::Define {
                    self.definition()?;
                    continue;
                }
                self.back(token);
                self.back(delimiter);
            }
            match self.text_or_action()? {
                Item::Node(node) => nodes.push(node),
                Item::Ending(ending) => return self.fail(format!("unexpected {}", ending.name())),
            }
        }
        Ok(nodes)
    }

    fn definition(&mut self) -> Outcome<()> {
        const CONTEXT: &str = "define clause";
        let token = self.next_non_space();
        let name = self.template_name(&token, CONTEXT)?;
        self.expect(Kind::RightDelimiter, CONTEXT)?;
        self.body(&name, CONTEXT)
    }

    /// Reads the body of another template up to its end.
    fn body(&mut self, name: &str, context: &str) -> Outcome<()> {
        let outer = std::mem::take(&mut self.scope);
        let action_line = std::mem::take(&mut self.action_line);
        let (nodes, ending) = self.items()?;
        if let Ending::Else = ending {
            return self.fail(format!("unexpected {} in {context}", ending.name()));
        }
        self.add(name, nodes)?;
        self.scope = outer;
        self.action_line = action_line;
        Ok(())
    }

    /// A later template takes the place of an empty one, and an empty one that of none.
    fn add(&mut self, name: &str, nodes: Vec<Node>) -> Outcome<()> {
        let blank = |nodes: &[Node]| nodes.iter().all(|node| matches!(node, Node::Text(text) if text.trim().is_empty()));
        match self.templates.get(name) {
            Some(before) if !blank(before) => {
                if !blank(&nodes) {
                    return self.fail(format!("template: multiple definition of template {}", quoted(name)));
                }
            }
            _ => {
                self.templates.insert(name.to_owned(), nodes);
            }
        }
        Ok(())
    }

    fn items(&mut self) -> Outcome<(Vec<Node>, Ending)> {
        let mut nodes = Vec::new();
        while self.peek_non_space() != Kind::Eof {
            match self.text_or_action()? {
                Item::Node(node) => nodes.push(node),
                Item::Ending(ending) => return Ok((nodes, ending)),
            }
        }
        self.fail("unexpected EOF")
    }

    fn text_or_action(&mut self) -> Outcome<Item> {
        let token = self.next_non_space();
        match token.kind {
            Kind::Text => Ok(Item::Node(Node::Text(token.text.to_owned()))),
            Kind::LeftDelimiter => {
                self.action_line = token.line;
                let item = self.deeper(Self::action);
                self.action_line = 0;
                item
            }
            _ => self.unexpected(&token, "input"),
        }
    }

    fn action(&mut self) -> Outcome<Item> {
        let token = self.next_non_space();
        Ok(Item::Node(match token.kind {
            Kind::Block => self.block()?,
            Kind::Break | Kind::Continue => self.jump(&token)?,
            Kind::Else => {
                if !matches!(self.peek_non_space(), Kind::If | Kind::With) {
                    self.expect(Kind::RightDelimiter, "else")?;
                }
                return Ok(Item::Ending(Ending::Else));
            }
            Kind::End => {
                self.expect(Kind::RightDelimiter, "end")?;
                return Ok(Item::Ending(Ending::End));
            }
            Kind::If => Node::If(self.branch("if")?),
            Kind::Range => Node::Range(self.branch("range")?),
            Kind::With => Node::With(self.branch("with")?),
            Kind::Template => self.invocation()?,
            _ => {
                self.back(token);
                Node::Action(self.pipeline("command", Kind::RightDelimiter)?)
            }
        }))
    }

    fn jump(&mut self, word: &Token<'_>) -> Outcome<Node> {
        let name = format!("{{{{{}}}}}", word.text);
        let token = self.next_non_space();
        if token.kind != Kind::RightDelimiter {
            return self.unexpected(&token, &name);
        }
        if self.scope.ranges == 0 {
            return self.fail(format!("{name} outside {{{{range}}}}"));
        }
        Ok(if word.kind == Kind::Break { Node::Break } else { Node::Continue })
    }

    fn branch(&mut self, context: &str) -> Outcome<Branch> {
        let variables = self.scope.variables.len();
        let is_range = usize::from(context == "range");
        let pipe = self.pipeline(context, Kind::RightDelimiter)?;
        self.scope.ranges += is_range;
        let (body, ending) = self.items()?;
        self.scope.ranges -= is_range;
        let otherwise = match ending {
            Ending::End => None,
            Ending::Else => Some(self.otherwise(context)?),
        };
        self.scope.variables.truncate(variables);
        Ok(Branch { pipe, body, otherwise })
    }

    /// What follows an `else`: `{{else if}}` and `{{else with}}` share the outer structure's end.
    fn otherwise(&mut self, context: &str) -> Outcome<Vec<Node>> {
        let next = self.peek();
        if context == "if" && next == Kind::If {
            self.next();
            return Ok(vec![Node::If(self.deeper(|parser| parser.branch("if"))?)]);
        }
        if context == "with" && next == Kind::With {
            self.next();
            return Ok(vec![Node::With(self.deeper(|parser| parser.branch("with"))?)]);
        }
        let (nodes, ending) = self.items()?;
        match ending {
            Ending::End => Ok(nodes),
            Ending::Else => self.fail(format!("expected end; found {}", ending.name())),
        }
    }

    fn block(&mut self) -> Outcome<Node> {
        const CONTEXT: &str = "block clause";
        let token = self.next_non_space();
        let name = self.template_name(&token, CONTEXT)?;
        let pipe = self.pipeline(CONTEXT, Kind::RightDelimiter)?;
        self.body(&name, CONTEXT)?;
        Ok(Node::Template(Invocation {
            at: token.at,
            name,
            pipe: Some(pipe),
        }))
    }

    fn invocation(&mut self) -> Outcome<Node> {
        const CONTEXT: &str = "template clause";
        let token = self.next_non_space();
        let name = self.template_name(&token, CONTEXT)?;
        let next = self.next_non_space();
        let pipe = if next.kind == Kind::RightDelimiter {
            None
        } else {
            self.back(next);
            Some(self.pipeline(CONTEXT, Kind::RightDelimiter)?)
        };
        Ok(Node::Template(Invocation { at: token.at, name, pipe }))
    }

    fn template_name(&mut self, token: &Token<'_>, context: &str) -> Outcome<String> {
        match token.kind {
            Kind::String | Kind::RawString => Ok(String::from_utf8_lossy(&self.unquote(token)?).into_owned()),
            _ => self.unexpected(token, context),
        }
    }

    fn unquote(&self, token: &Token<'_>) -> Outcome<Vec<u8>> {
        let inner = &token.text[1..token.text.len() - 1];
        if token.kind == Kind::RawString {
            return Ok(inner.replace('\r', "").into_bytes());
        }
        match unescape(inner, '"') {
            Some(bytes) => Ok(bytes),
            None => self.fail("invalid syntax"),
        }
    }

    fn pipeline(&mut self, context: &str, end: Kind) -> Outcome<Pipe> {
        let first = self.next_non_space();
        let mut pipe = Pipe {
            at: first.at,
            variables: Vec::new(),
            assigns: false,
            commands: Vec::new(),
        };
        self.back(first);
        while self.peek_non_space() == Kind::Variable {
            if !self.declaration(context, &mut pipe)? {
                break;
            }
        }
        loop {
            let token = self.next_non_space();
            match token.kind {
                kind if kind == end => return self.checked(pipe, context),
                Kind::Bool
                | Kind::CharConstant
                | Kind::Complex
                | Kind::Dot
                | Kind::Field
                | Kind::Identifier
                | Kind::Number
                | Kind::Nil
                | Kind::RawString
                | Kind::String
                | Kind::Variable
                | Kind::LeftParenthesis => {
                    self.back(token);
                    pipe.commands.push(self.command()?);
                }
                _ => return self.unexpected(&token, context),
            }
        }
    }

    /// Reads `$x :=`, `$x =` or `$x,`; says whether another variable may follow.
    fn declaration(&mut self, context: &str, pipe: &mut Pipe) -> Outcome<bool> {
        let variable = self.next();
        let behind = self.next();
        let sign = match behind.kind {
            Kind::Space => self.next_non_space(),
            _ => behind.clone(),
        };
        let comma = sign.kind == Kind::Char && sign.text == ",";
        if !comma && !matches!(sign.kind, Kind::Assign | Kind::Declare) {
            self.back(sign);
            if behind.kind == Kind::Space {
                self.back(behind);
            }
            self.back(variable);
            return Ok(false);
        }
        pipe.assigns |= sign.kind == Kind::Assign;
        pipe.variables.push(variable.text.to_owned());
        self.scope.variables.push(variable.text.to_owned());
        if !comma {
            return Ok(false);
        }
        if context == "range" && pipe.variables.len() < 2 {
            return match self.peek_non_space() {
                Kind::Variable | Kind::RightDelimiter | Kind::RightParenthesis => Ok(true),
                _ => self.fail("range can only initialize variables"),
            };
        }
        self.fail(format!("too many declarations in {context}"))
    }

    fn checked(&self, pipe: Pipe, context: &str) -> Outcome<Pipe> {
        if pipe.commands.is_empty() {
            return self.fail(format!("missing value for {context}"));
        }
        let stage = pipe.commands.iter().skip(1).position(|command| {
            let first = command.words.first().map(|word| &word.kind);
            matches!(
                first,
                Some(TermKind::Bool(_) | TermKind::Dot | TermKind::Nil | TermKind::Number(_) | TermKind::Text(..))
            )
        });
        match stage {
            Some(stage) => self.fail(format!("non executable command in pipeline stage {}", stage + 2)),
            None => Ok(pipe),
        }
    }

    fn command(&mut self) -> Outcome<Command> {
        let first = self.next_non_space();
        let mut command = Command {
            at: first.at,
            words: Vec::new(),
        };
        self.back(first);
        loop {
            self.peek_non_space();
            command.words.extend(self.operand()?);
            let token = self.next();
            match token.kind {
                Kind::Space => continue,
                Kind::RightDelimiter | Kind::RightParenthesis => self.back(token),
                Kind::Pipe => {}
                _ => return self.unexpected(&token, "operand"),
            }
            if command.words.is_empty() {
                return self.fail("empty command");
            }
            return Ok(command);
        }
    }

    fn operand(&mut self) -> Outcome<Option<Term>> {
        let Some(mut term) = self.term()? else {
            return Ok(None);
        };
        if self.peek() != Kind::Field {
            return Ok(Some(term));
        }
        let mut more = Vec::new();
        let mut at = None;
        while self.peek() == Kind::Field {
            let token = self.next();
            at = at.or(Some(token.at));
            more.push(token.text[1..].to_owned());
        }
        term.kind = match term.kind {
            TermKind::Field(mut fields) => {
                fields.extend(more);
                TermKind::Field(fields)
            }
            TermKind::Variable(name, mut fields) => {
                fields.extend(more);
                TermKind::Variable(name, fields)
            }
            kind @ (TermKind::Bool(_) | TermKind::Text(..) | TermKind::Number(_) | TermKind::Nil | TermKind::Dot) => {
                let text = Term { at: term.at, kind }.to_string();
                return self.fail(format!("unexpected . after term {}", quoted(&text)));
            }
            kind => TermKind::Chain(Box::new(Term { at: term.at, kind }), more),
        };
        term.at = at.unwrap_or(term.at);
        Ok(Some(term))
    }

    fn term(&mut self) -> Outcome<Option<Term>> {
        let token = self.next_non_space();
        let kind = match token.kind {
            Kind::Identifier => match Function::named(token.text) {
                Some(function) => TermKind::Function(function),
                None => return self.fail(format!("function {} not defined", quoted(token.text))),
            },
            Kind::Dot => TermKind::Dot,
            Kind::Nil => TermKind::Nil,
            Kind::Variable => {
                if !self.scope.variables.iter().any(|name| name == token.text) {
                    return self.fail(format!("undefined variable {}", quoted(token.text)));
                }
                TermKind::Variable(token.text.to_owned(), Vec::new())
            }
            Kind::Field => TermKind::Field(vec![token.text[1..].to_owned()]),
            Kind::Bool => TermKind::Bool(token.text == "true"),
            Kind::CharConstant | Kind::Complex | Kind::Number => match number(token.kind, token.text) {
                Ok(value) => TermKind::Number(Number {
                    text: token.text.to_owned(),
                    value,
                }),
                Err(sentence) => return self.fail(sentence),
            },
            Kind::LeftParenthesis => {
                let pipe = self.deeper(|parser| parser.pipeline("parenthesized pipeline", Kind::RightParenthesis))?;
                return Ok(Some(Term {
                    at: pipe.at,
                    kind: TermKind::Pipe(Box::new(pipe)),
                }));
            }
            Kind::String | Kind::RawString => TermKind::Text(token.text.to_owned(), self.unquote(&token)?),
            _ => {
                self.back(token);
                return Ok(None);
            }
        };
        Ok(Some(Term { at: token.at, kind }))
    }
}
