//! What a Go template says, and how Go writes it again in its reports.

use std::fmt::{self, Display, Formatter, Write};

use super::functions::Function;

/// A piece of a template's body.
#[derive(Debug, Clone)]
pub(super) enum Node {
    Text(String),
    /// `{{pipeline}}`: prints what it gives, unless it sets a variable.
    Action(Pipe),
    If(Branch),
    With(Branch),
    Range(Branch),
    Template(Invocation),
    Break,
    Continue,
}

/// `{{if}}`, `{{with}}` or `{{range}}` with all up to its `{{end}}`.
#[derive(Debug, Clone)]
pub(super) struct Branch {
    pub(super) pipe: Pipe,
    pub(super) body: Vec<Node>,
    pub(super) otherwise: Option<Vec<Node>>,
}

/// `{{template "name" pipeline}}`
#[derive(Debug, Clone)]
pub(super) struct Invocation {
    pub(super) at: usize,
    pub(super) name: String,
    pub(super) pipe: Option<Pipe>,
}

/// Commands, each of which takes what the one before it gives.
#[derive(Debug, Clone)]
pub(super) struct Pipe {
    pub(super) at: usize,
    /// The variables that take the result, with their `$`.
    pub(super) variables: Vec<String>,
    /// `=` instead of `:=`.
    pub(super) assigns: bool,
    pub(super) commands: Vec<Command>,
}

/// A function or value, and its arguments.
#[derive(Debug, Clone)]
pub(super) struct Command {
    pub(super) at: usize,
    /// At least one.
    pub(super) words: Vec<Term>,
}

/// An operand. Its position is that of its last part, as in Go.
#[derive(Debug, Clone)]
pub(super) struct Term {
    pub(super) at: usize,
    pub(super) kind: TermKind,
}

#[derive(Debug, Clone)]
pub(super) enum TermKind {
    Dot,
    Nil,
    Bool(bool),
    Number(Number),
    /// A quoted string: as it is written, and what it stands for.
    Text(String, Vec<u8>),
    /// `.a.b`
    Field(Vec<String>),
    /// `$x.a.b`: the variable with its `$`, then the fields.
    Variable(String, Vec<String>),
    Function(Function),
    /// `(pipeline)`
    Pipe(Box<Pipe>),
    /// `(pipeline).a.b`, `function.a`
    Chain(Box<Term>, Vec<String>),
}

/// A number as it is written, and its value where nothing says a type.
#[derive(Debug, Clone)]
pub(super) struct Number {
    pub(super) text: String,
    pub(super) value: NumberValue,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum NumberValue {
    Int(i64),
    Float(f64),
    Complex(f64, f64),
    /// A number that only an unsigned type holds.
    Overflow,
}

impl Display for Pipe {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if !self.variables.is_empty() {
            let sign = if self.assigns { "=" } else { ":=" };
            write!(f, "{} {sign} ", self.variables.join(", "))?;
        }
        for (i, command) in self.commands.iter().enumerate() {
            if i > 0 {
                f.write_str(" | ")?;
            }
            command.fmt(f)?;
        }
        Ok(())
    }
}

impl Display for Command {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (i, word) in self.words.iter().enumerate() {
            if i > 0 {
                f.write_char(' ')?;
            }
            match &word.kind {
                TermKind::Pipe(pipe) => write!(f, "({pipe})")?,
                _ => word.fmt(f)?,
            }
        }
        Ok(())
    }
}

impl Display for Term {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let fields = match &self.kind {
            TermKind::Dot => return f.write_char('.'),
            TermKind::Nil => return f.write_str("nil"),
            TermKind::Bool(truth) => return truth.fmt(f),
            TermKind::Number(number) => return f.write_str(&number.text),
            TermKind::Text(source, _) => return f.write_str(source),
            TermKind::Function(function) => return f.write_str(function.name()),
            TermKind::Pipe(pipe) => return pipe.fmt(f),
            TermKind::Field(fields) => fields,
            TermKind::Variable(name, fields) => {
                f.write_str(name)?;
                fields
            }
            TermKind::Chain(term, fields) => {
                match &term.kind {
                    TermKind::Pipe(pipe) => write!(f, "({pipe})")?,
                    _ => term.fmt(f)?,
                }
                fields
            }
        };
        fields.iter().try_for_each(|field| write!(f, ".{field}"))
    }
}

impl Display for Invocation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{{{{template {}", crate::template::format::literal::quoted(&self.name))?;
        if let Some(pipe) = &self.pipe {
            write!(f, " {pipe}")?;
        }
        f.write_str("}}")
    }
}
