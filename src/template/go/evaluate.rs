//! Evaluating a Go template, with the reports of Go's `text/template`.

use std::fmt::Display;

use super::{
    functions::{Function, Parameter},
    node::{Branch, Command, Invocation, Node, NumberValue, Pipe, Term, TermKind},
    parse::{NAME, Templates},
    value::{NULL, Val},
};
use crate::{
    api::Value,
    template::format::{by_key, literal::quoted, verbs},
};

/// How deep bodies may be in each other, those of invoked templates included. Go allows 100,000 levels of templates, and
/// says so; a thread's stack does not.
const MAX_DEPTH: usize = 400;

const TOO_DEEP: &str = "exceeded maximum template depth (100000)";

type Outcome<T> = Result<T, String>;

/// How the evaluation of a body ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    On,
    Break,
    Continue,
}

/// What was evaluated last: reports name it.
#[derive(Debug, Clone, Copy)]
enum Place<'e> {
    Start,
    Pipe(&'e Pipe),
    Command(&'e Command),
    Term(&'e Term),
    Invocation(&'e Invocation),
}

/// What does not change during an evaluation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Settings<'e> {
    pub(super) text: &'e str,
    pub(super) templates: &'e Templates,
    /// A missing key is an error.
    pub(super) strict: bool,
}

/// An evaluation under way.
#[derive(Debug)]
pub(super) struct Walk<'e, 'o> {
    settings: Settings<'e>,
    out: &'o mut Vec<u8>,
    /// The variables in sight, the innermost last.
    variables: Vec<(&'e str, Val<'e>)>,
    place: Place<'e>,
    /// The name of the template that is being evaluated.
    name: &'e str,
    /// In how many bodies the evaluation is.
    depth: usize,
}

impl<'e, 'o> Walk<'e, 'o> {
    pub(super) fn new(settings: Settings<'e>, out: &'o mut Vec<u8>, root: Val<'e>) -> Self {
        Walk {
            settings,
            out,
            variables: vec![("$", root)],
            place: Place::Start,
            name: NAME,
            depth: 0,
        }
    }

    /// Go's sentence about what went wrong at the last place.
    fn fail<T>(&self, sentence: impl Display) -> Outcome<T> {
        let (at, source): (usize, &dyn Display) = match &self.place {
            Place::Start => return Err(format!("template: {NAME}: {sentence}")),
            Place::Pipe(pipe) => (pipe.at, pipe),
            Place::Command(command) => (command.at, command),
            Place::Term(term) => (term.at, term),
            Place::Invocation(invocation) => (invocation.at, invocation),
        };
        let before = &self.settings.text[..at];
        let line = 1 + before.matches('\n').count();
        let column = at - before.rfind('\n').map_or(0, |end| end + 1);
        let name = quoted(self.name);
        Err(format!(
            "template: {NAME}:{line}:{column}: executing {name} at <{source}>: {sentence}"
        ))
    }

    pub(super) fn nodes(&mut self, nodes: &'e [Node], dot: &Val<'e>) -> Outcome<Flow> {
        if self.depth >= MAX_DEPTH {
            return self.fail(TOO_DEEP);
        }
        self.depth += 1;
        for node in nodes {
            let flow = self.node(node, dot)?;
            if flow != Flow::On {
                self.depth -= 1;
                return Ok(flow);
            }
        }
        self.depth -= 1;
        Ok(Flow::On)
    }

    fn node(&mut self, node: &'e Node, dot: &Val<'e>) -> Outcome<Flow> {
        match node {
            Node::Text(text) => self.out.extend_from_slice(text.as_bytes()),
            Node::Action(pipe) => {
                // A variable stays in sight until the end of the body.
                let value = self.pipe(pipe, dot)?;
                if pipe.variables.is_empty() {
                    self.print(&value);
                }
            }
            Node::If(branch) | Node::With(branch) => {
                let mark = self.variables.len();
                let value = self.pipe(&branch.pipe, dot)?;
                let flow = match (value.truth(), node, &branch.otherwise) {
                    (true, Node::With(_), _) => self.nodes(&branch.body, &value)?,
                    (true, ..) => self.nodes(&branch.body, dot)?,
                    (false, _, Some(otherwise)) => self.nodes(otherwise, dot)?,
                    (false, _, None) => Flow::On,
                };
                self.variables.truncate(mark);
                return Ok(flow);
            }
            Node::Range(branch) => return self.range(branch, dot),
            Node::Template(invocation) => self.template(invocation, dot)?,
            Node::Break => return Ok(Flow::Break),
            Node::Continue => return Ok(Flow::Continue),
        }
        Ok(Flow::On)
    }

    fn print(&mut self, value: &Val<'e>) {
        match value {
            Val::Nothing => self.out.extend_from_slice(b"<no value>"),
            value => verbs::print_one(self.out, 'v', value.operand()),
        }
    }

    fn range(&mut self, branch: &'e Branch, dot: &Val<'e>) -> Outcome<Flow> {
        let mark = self.variables.len();
        let value = self.pipe(&branch.pipe, dot)?;
        let inside = self.variables.len();
        let mut turned = false;
        let mut turn = |walk: &mut Self, index: Val<'e>, element: Val<'e>| {
            turned = true;
            walk.turn(branch, index, element, inside)
        };
        let items: &[Value<'e>] = match value {
            Val::Data(Value::Array(items)) => items,
            Val::List(items) => items,
            _ => &[],
        };
        for (i, item) in items.iter().enumerate() {
            let index = Val::Int(i64::try_from(i).unwrap_or(i64::MAX));
            if turn(self, index, Val::Member(item))? == Flow::Break {
                break;
            }
        }
        match &value {
            Val::Nothing | Val::List(_) | Val::Data(Value::Array(_)) => {}
            Val::Data(Value::Object(map)) => {
                for (key, member) in by_key(map) {
                    if turn(self, Val::Text(key.as_bytes()), Val::Member(member))? == Flow::Break {
                        break;
                    }
                }
            }
            Val::Int(_) | Val::Byte(_) | Val::Data(Value::Int(_)) => {
                if branch.pipe.variables.len() > 1 {
                    let text = value.text();
                    return self.fail(format!("can't use {text} to iterate over more than one variable"));
                }
                for i in 0..whole(&value) {
                    if turn(self, Val::Nothing, Val::Int(i))? == Flow::Break {
                        break;
                    }
                }
            }
            other => {
                let text = other.text();
                return self.fail(format!("range can't iterate over {text}"));
            }
        }
        let mut flow = Flow::On;
        if !turned && let Some(otherwise) = &branch.otherwise {
            flow = self.nodes(otherwise, dot)?;
        }
        self.variables.truncate(mark);
        Ok(flow)
    }

    /// One turn of a `range` whose variables end at `inside`.
    pub(super) fn turn(&mut self, branch: &'e Branch, index: Val<'e>, element: Val<'e>, inside: usize) -> Outcome<Flow> {
        match branch.pipe.variables.as_slice() {
            [] => {}
            [one] if branch.pipe.assigns => self.assign(one, element.clone())?,
            [first, second, ..] if branch.pipe.assigns => {
                self.assign(first, index)?;
                self.assign(second, element.clone())?;
            }
            [_] => self.variables[inside - 1].1 = element.clone(),
            _ => {
                self.variables[inside - 1].1 = element.clone();
                self.variables[inside - 2].1 = index;
            }
        }
        let flow = self.nodes(&branch.body, &element)?;
        self.variables.truncate(inside);
        Ok(flow)
    }

    /// Declares the variables of a `range` that is turned from outside; see [`Walk::turn`].
    pub(super) fn declare(&mut self, branch: &'e Branch) -> usize {
        let names = branch.pipe.variables.iter();
        self.variables.extend(names.map(|name| (name.as_str(), Val::Nothing)));
        self.variables.len()
    }

    fn template(&mut self, invocation: &'e Invocation, dot: &Val<'e>) -> Outcome<()> {
        self.place = Place::Invocation(invocation);
        let Some((name, body)) = self.settings.templates.get_key_value(&invocation.name) else {
            return self.fail(format!("template {} not defined", quoted(&invocation.name)));
        };
        // A few levels are left for what stands within the template.
        if self.depth + 20 >= MAX_DEPTH {
            return self.fail(TOO_DEEP);
        }
        let dot = match &invocation.pipe {
            Some(pipe) => self.pipe(pipe, dot)?,
            None => Val::Nothing,
        };
        let outer = (std::mem::replace(&mut self.variables, vec![("$", dot.clone())]), self.name);
        self.name = name;
        self.nodes(body, &dot)?;
        (self.variables, self.name) = outer;
        Ok(())
    }

    fn pipe(&mut self, pipe: &'e Pipe, dot: &Val<'e>) -> Outcome<Val<'e>> {
        self.place = Place::Pipe(pipe);
        let mut value = None;
        for command in &pipe.commands {
            value = Some(self.command(command, dot, value)?.inner());
        }
        let value = value.unwrap_or(Val::Nothing);
        for name in &pipe.variables {
            if pipe.assigns {
                self.assign(name, value.clone())?;
            } else {
                self.variables.push((name, value.clone()));
            }
        }
        Ok(value)
    }

    fn assign(&mut self, name: &str, value: Val<'e>) -> Outcome<()> {
        match self.variables.iter_mut().rfind(|(known, _)| *known == name) {
            Some(variable) => {
                variable.1 = value;
                Ok(())
            }
            None => self.fail(format!("undefined variable: {name}")),
        }
    }

    fn variable(&self, name: &str) -> Outcome<Val<'e>> {
        match self.variables.iter().rfind(|(known, _)| *known == name) {
            Some((_, value)) => Ok(value.clone()),
            None => self.fail(format!("undefined variable: {name}")),
        }
    }

    /// Evaluates a command; `last` is what the command before it in the pipeline gave.
    fn command(&mut self, command: &'e Command, dot: &Val<'e>, last: Option<Val<'e>>) -> Outcome<Val<'e>> {
        let Some(first) = command.words.first() else {
            return self.fail("empty command");
        };
        let has_arguments = command.words.len() > 1 || last.is_some();
        match &first.kind {
            TermKind::Function(function) => {
                self.place = Place::Term(first);
                let arguments = &command.words[1..];
                return self.call(*function, Place::Command(command), arguments, dot, last);
            }
            TermKind::Field(_) | TermKind::Chain(..) | TermKind::Variable(..) => return self.fields(first, dot, has_arguments),
            // Parentheses do not count as a place of their own.
            TermKind::Pipe(_) => {}
            _ => self.place = Place::Term(first),
        }
        if has_arguments {
            return self.fail(format!("can't give argument to non-function {first}"));
        }
        match &first.kind {
            TermKind::Pipe(pipe) => self.pipe(pipe, dot),
            TermKind::Nil => self.fail("nil is not a command"),
            _ => self.constant(first, dot),
        }
    }

    /// A value that is written as it is.
    fn constant(&mut self, term: &'e Term, dot: &Val<'e>) -> Outcome<Val<'e>> {
        self.place = Place::Term(term);
        Ok(match &term.kind {
            TermKind::Bool(truth) => Val::Bool(*truth),
            TermKind::Text(_, text) => Val::Text(text),
            TermKind::Number(number) => match number.value {
                NumberValue::Int(number) => Val::Int(number),
                NumberValue::Float(number) => Val::Float(number),
                NumberValue::Complex(real, imaginary) => Val::Complex(real, imaginary),
                NumberValue::Overflow => return self.fail(format!("{} overflows int", number.text)),
            },
            _ => dot.clone(),
        })
    }

    /// `.a.b`, `$x.a.b` or `(pipeline).a.b`.
    fn fields(&mut self, term: &'e Term, dot: &Val<'e>, has_arguments: bool) -> Outcome<Val<'e>> {
        self.place = Place::Term(term);
        let (mut value, fields) = match &term.kind {
            TermKind::Field(fields) => (dot.clone(), fields),
            TermKind::Variable(name, fields) => {
                let value = self.variable(name)?;
                if fields.is_empty() && has_arguments {
                    return self.fail(format!("can't give argument to non-function {term}"));
                }
                (value, fields)
            }
            TermKind::Chain(inner, fields) => {
                if let TermKind::Nil = inner.kind {
                    return self.fail(format!("indirection through explicit nil in {term}"));
                }
                (self.operand(inner, dot)?, fields)
            }
            _ => return self.constant(term, dot),
        };
        for (i, field) in fields.iter().enumerate() {
            value = self.field(value, field, has_arguments && i + 1 == fields.len())?;
        }
        Ok(value)
    }

    fn field(&self, value: Val<'e>, name: &str, has_arguments: bool) -> Outcome<Val<'e>> {
        let map = match &value {
            Val::Nothing if self.settings.strict => return self.fail(format!("nil data; no entry for key {}", quoted(name))),
            Val::Nothing => return Ok(Val::Nothing),
            Val::Member(Value::Null) => return self.fail(format!("nil pointer evaluating interface {{}}.{name}")),
            Val::Member(Value::Object(map)) | Val::Data(Value::Object(map)) => map,
            other => return self.fail(format!("can't evaluate field {name} in type {}", other.type_name())),
        };
        if has_arguments {
            return self.fail(format!("{name} is not a method but has arguments"));
        }
        match map.get(name) {
            Some(member) => Ok(Val::Member(member)),
            None if self.settings.strict => self.fail(format!("map has no entry for key {}", quoted(name))),
            None => Ok(Val::Nothing),
        }
    }

    /// An operand that is no constant.
    fn operand(&mut self, term: &'e Term, dot: &Val<'e>) -> Outcome<Val<'e>> {
        self.place = Place::Term(term);
        match &term.kind {
            TermKind::Pipe(pipe) => self.pipe(pipe, dot),
            TermKind::Function(function) => self.call(*function, Place::Term(term), &[], dot, None),
            _ => self.fields(term, dot, false),
        }
    }

    fn argument(&mut self, parameter: Parameter, term: &'e Term, dot: &Val<'e>) -> Outcome<Val<'e>> {
        self.place = Place::Term(term);
        match (&term.kind, parameter) {
            (TermKind::Nil, Parameter::Text) => self.fail("cannot assign nil to string"),
            (TermKind::Nil, Parameter::Any) => Ok(NULL),
            (TermKind::Nil, Parameter::Raw) => Ok(Val::Nothing),
            (TermKind::Bool(_) | TermKind::Number(_), Parameter::Text) => self.fail(format!("expected string; found {term}")),
            (TermKind::Bool(_) | TermKind::Number(_) | TermKind::Text(..), _) => self.constant(term, dot),
            _ => {
                let value = self.operand(term, dot)?;
                self.fit(value, parameter)
            }
        }
    }

    /// Makes a value fit a parameter.
    fn fit(&self, value: Val<'e>, parameter: Parameter) -> Outcome<Val<'e>> {
        match (parameter, &value) {
            (Parameter::Raw, _) => Ok(value),
            (Parameter::Any, Val::Nothing) => Ok(NULL),
            (Parameter::Any, _) => Ok(value),
            (Parameter::Text, Val::Nothing) => self.fail("invalid value; expected string"),
            (Parameter::Text, Val::Member(Value::Null)) => self.fail("wrong type for value; expected string; got interface {}"),
            (Parameter::Text, _) => match value.operand() {
                verbs::Operand::Text(_) => Ok(value),
                other => self.fail(format!("wrong type for value; expected string; got {}", other.type_name())),
            },
        }
    }

    fn call(&mut self, function: Function, place: Place<'e>, words: &'e [Term], dot: &Val<'e>, last: Option<Val<'e>>) -> Outcome<Val<'e>> {
        let name = function.name();
        let given = words.len() + usize::from(last.is_some());
        match function.arity() {
            (least, true) if given < least => {
                return self.fail(format!(
                    "wrong number of args for {name}: want at least {least} got {}",
                    words.len()
                ));
            }
            (wanted, false) if given != wanted => {
                return self.fail(format!("wrong number of args for {name}: want {wanted} got {given}"));
            }
            _ => {}
        }
        if let Function::And | Function::Or = function {
            let mut value = Val::Nothing;
            for word in words {
                value = self.argument(Parameter::Raw, word, dot)?;
                if value.truth() == (function == Function::Or) {
                    return Ok(value);
                }
            }
            return Ok(last.unwrap_or(value));
        }
        let mut arguments = Vec::with_capacity(given);
        for word in words {
            let parameter = function.parameter(arguments.len());
            arguments.push(self.argument(parameter, word, dot)?);
        }
        if let Some(last) = last {
            let parameter = function.parameter(arguments.len());
            arguments.push(self.fit(last, parameter)?);
        }
        let outcome = match (function, arguments.as_slice()) {
            (Function::Call, [callee, ..]) => Err(not_callable(callee, words)),
            _ => function.call(&arguments),
        };
        outcome.or_else(|sentence| {
            self.place = place;
            self.fail(format!("error calling {name}: {sentence}"))
        })
    }
}

/// Why a value cannot be called: objects hold no functions.
fn not_callable(callee: &Val<'_>, words: &[Term]) -> String {
    let value = callee.clone().inner();
    if let Val::Nothing = value {
        return "call of nil".into();
    }
    let type_name = value.operand().type_name();
    let name = match (words.first(), value.operand()) {
        (Some(word), _) => word.to_string(),
        (None, verbs::Operand::Text(text)) => String::from_utf8_lossy(text).into_owned(),
        (None, _) => format!("<{type_name} Value>"),
    };
    format!("non-function {name} of type {type_name}")
}

/// The number of turns that a whole number asks for.
fn whole(value: &Val<'_>) -> i64 {
    match value.operand() {
        verbs::Operand::Int(number) | verbs::Operand::Int64(number) => number,
        verbs::Operand::Byte(byte) => i64::from(byte),
        _ => 0,
    }
}
