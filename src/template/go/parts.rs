//! Which parts of a list's items a template looks at.

use super::{
    ItemPrinter,
    node::{Branch, Node, Pipe, Term, TermKind},
};
use crate::template::projection::{Projection, Step};

impl ItemPrinter {
    /// The parts of an item that make a difference: [`ItemPrinter::item`] prints the same of them as of the whole item.
    pub fn projection(&self) -> Projection {
        let mut parts = Parts {
            projection: Projection::default(),
            element: None,
        };
        if let Some(branch) = self.branch() {
            parts.element = branch.pipe.variables.last().map(String::as_str);
            parts.nodes(&branch.body, true);
        }
        parts.projection
    }
}

/// The search through a body. Whatever a pipeline touches is taken whole, so what is made of it needs no following.
struct Parts<'t> {
    projection: Projection,
    /// The variable that is the item; where another one hides it, taking too much does no harm.
    element: Option<&'t str>,
}

impl<'t> Parts<'t> {
    /// Looks into nodes whose dot is the item, or something else that was taken whole.
    fn nodes(&mut self, nodes: &'t [Node], dot_is_item: bool) {
        for node in nodes {
            match node {
                Node::Text(_) | Node::Break | Node::Continue => {}
                Node::Action(pipe) => self.pipe(pipe, dot_is_item),
                Node::If(branch) => self.branch(branch, dot_is_item, dot_is_item),
                Node::With(branch) | Node::Range(branch) => self.branch(branch, dot_is_item, false),
                Node::Template(invocation) => invocation.pipe.iter().for_each(|pipe| self.pipe(pipe, dot_is_item)),
            }
        }
    }

    fn branch(&mut self, branch: &'t Branch, dot_is_item: bool, body_dot_is_item: bool) {
        self.pipe(&branch.pipe, dot_is_item);
        self.nodes(&branch.body, body_dot_is_item);
        self.nodes(branch.otherwise.as_deref().unwrap_or_default(), dot_is_item);
    }

    fn pipe(&mut self, pipe: &'t Pipe, dot_is_item: bool) {
        let words = pipe.commands.iter().flat_map(|command| &command.words);
        words.for_each(|term| self.term(term, dot_is_item));
    }

    fn term(&mut self, term: &'t Term, dot_is_item: bool) {
        match &term.kind {
            TermKind::Dot if dot_is_item => self.projection.take(&[]),
            TermKind::Field(fields) if dot_is_item => self.take(fields),
            TermKind::Variable(name, fields) if Some(name.as_str()) == self.element => self.take(fields),
            TermKind::Pipe(pipe) => self.pipe(pipe, dot_is_item),
            TermKind::Chain(term, _) => self.term(term, dot_is_item),
            _ => {}
        }
    }

    fn take(&mut self, fields: &[String]) {
        let path: Vec<Step> = fields.iter().cloned().map(Step::Field).collect();
        self.projection.take(&path);
    }
}
