//! Printing a list's items while they arrive.

use super::{
    Template, TemplateError,
    evaluate::{Flow, Walk},
    node::{Branch, Command, Node, Pipe, Term, TermKind},
    parse::NAME,
    value::{Val, reread},
};
use crate::api::Value;

impl Template {
    /// A printer of single items, if all that the template does with its object is one `{{range .items}}` that does not
    /// refer to anything outside itself.
    pub fn streams_over(&self) -> Option<ItemPrinter> {
        let root = self.templates.get(NAME)?;
        let at = root.iter().position(|node| matches!(node, Node::Range(_)))?;
        let Node::Range(branch) = &root[at] else {
            return None;
        };
        let (before, after) = (&root[..at], &root[at + 1..]);
        let otherwise = branch.otherwise.as_deref().unwrap_or_default();
        let alone = |nodes: &[Node]| nodes.iter().all(Node::is_constant);
        if !ranges_over_items(&branch.pipe) || !alone(before) || !alone(after) || !alone(otherwise) {
            return None;
        }
        let mut known: Vec<&str> = branch.pipe.variables.iter().map(String::as_str).collect();
        if !branch.body.iter().all(|node| node.knows_its_variables(&mut known)) {
            return None;
        }
        Some(ItemPrinter {
            template: self.clone(),
            at,
            items: 0,
            stopped: false,
        })
    }
}

/// Whether a pipeline is `.items` and nothing else, with new variables at most.
fn ranges_over_items(pipe: &Pipe) -> bool {
    let [Command { words, .. }] = pipe.commands.as_slice() else {
        return false;
    };
    let [
        Term {
            kind: TermKind::Field(fields),
            ..
        },
    ] = words.as_slice()
    else {
        return false;
    };
    fields.as_slice() == ["items"] && !pipe.assigns
}

/// Prints the same bytes from a list's items, one at a time, as [`Template::print`] from the whole list.
///
/// Call [`begin`](ItemPrinter::begin), [`item`](ItemPrinter::item) for each, [`end`](ItemPrinter::end). After an error,
/// what was appended so far is what [`Template::print`] begins with for the whole list: its report follows.
#[derive(Debug, Clone)]
pub struct ItemPrinter {
    template: Template,
    /// The number of the `range` in the template.
    at: usize,
    items: i64,
    /// `{{break}}` was met.
    stopped: bool,
}

impl ItemPrinter {
    fn root(&self) -> &[Node] {
        self.template.templates.get(NAME).map_or(&[], Vec::as_slice)
    }

    pub(super) fn branch(&self) -> Option<&Branch> {
        match self.root().get(self.at) {
            Some(Node::Range(branch)) => Some(branch),
            _ => None,
        }
    }

    /// Appends what stands before the first item.
    ///
    /// # Errors
    /// Go's sentence.
    pub fn begin(&mut self, out: &mut Vec<u8>) -> Result<(), TemplateError> {
        self.constants(out, &self.root()[..self.at])
    }

    /// Appends what is printed of one item.
    ///
    /// # Errors
    /// Go's sentence.
    pub fn item(&mut self, out: &mut Vec<u8>, item: &Value<'_>) -> Result<(), TemplateError> {
        let index = Val::Int(self.items);
        self.items += 1;
        let Some(branch) = self.branch().filter(|_| !self.stopped) else {
            return Ok(());
        };
        let item = reread(item);
        let mut walk = Walk::new(self.template.settings(), out, Val::Nothing);
        let inside = walk.declare(branch);
        let flow = walk.turn(branch, index, Val::Member(&item), inside).map_err(TemplateError)?;
        self.stopped = flow == Flow::Break;
        Ok(())
    }

    /// Whether no further item changes anything.
    pub fn is_done(&self) -> bool {
        self.stopped
    }

    /// Appends what stands behind the last item.
    ///
    /// # Errors
    /// Go's sentence.
    pub fn end(&mut self, out: &mut Vec<u8>) -> Result<(), TemplateError> {
        let otherwise = self.branch().and_then(|branch| branch.otherwise.as_deref());
        if let (0, Some(otherwise)) = (self.items, otherwise) {
            self.constants(out, otherwise)?;
        }
        self.constants(out, &self.root()[self.at + 1..])
    }

    fn constants(&self, out: &mut Vec<u8>, nodes: &[Node]) -> Result<(), TemplateError> {
        let mut walk = Walk::new(self.template.settings(), out, Val::Nothing);
        walk.nodes(nodes, &Val::Nothing).map_err(TemplateError)?;
        Ok(())
    }
}

impl Node {
    /// Whether the node prints the same whatever the object is, and declares nothing.
    fn is_constant(&self) -> bool {
        match self {
            Node::Text(_) => true,
            Node::Action(pipe) => pipe.variables.is_empty() && pipe.is_constant(),
            _ => false,
        }
    }

    /// Whether every variable in it is one of `known` or declared before its use; adds those that it declares.
    fn knows_its_variables<'n>(&'n self, known: &mut Vec<&'n str>) -> bool {
        let branch = match self {
            Node::Text(_) | Node::Break | Node::Continue => return true,
            Node::Action(pipe) => return pipe.knows_its_variables(known),
            Node::Template(invocation) => {
                let mut pipe = invocation.pipe.iter();
                return pipe.all(|pipe| pipe.knows_its_variables(known));
            }
            Node::If(branch) | Node::With(branch) | Node::Range(branch) => branch,
        };
        let mark = known.len();
        let body = branch.body.iter().chain(branch.otherwise.iter().flatten());
        let knows = branch.pipe.knows_its_variables(known) && {
            let mut body = body;
            body.all(|node| node.knows_its_variables(known))
        };
        known.truncate(mark);
        knows
    }
}

impl Pipe {
    fn terms(&self) -> impl Iterator<Item = &Term> {
        self.commands.iter().flat_map(|command| &command.words)
    }

    fn is_constant(&self) -> bool {
        self.terms().all(Term::is_constant)
    }

    fn knows_its_variables<'n>(&'n self, known: &mut Vec<&'n str>) -> bool {
        if !self.terms().all(|term| term.knows_its_variables(known)) {
            return false;
        }
        let names = self.variables.iter().map(String::as_str);
        if self.assigns {
            return names.clone().all(|name| known.contains(&name));
        }
        known.extend(names);
        true
    }
}

impl Term {
    fn is_constant(&self) -> bool {
        match &self.kind {
            TermKind::Nil | TermKind::Bool(_) | TermKind::Number(_) | TermKind::Text(..) | TermKind::Function(_) => true,
            TermKind::Pipe(pipe) => pipe.variables.is_empty() && pipe.is_constant(),
            TermKind::Dot | TermKind::Field(_) | TermKind::Variable(..) | TermKind::Chain(..) => false,
        }
    }

    fn knows_its_variables<'n>(&'n self, known: &mut Vec<&'n str>) -> bool {
        match &self.kind {
            TermKind::Variable(name, _) => known.contains(&name.as_str()),
            TermKind::Pipe(pipe) => pipe.knows_its_variables(known),
            TermKind::Chain(term, _) => term.knows_its_variables(known),
            _ => true,
        }
    }
}
