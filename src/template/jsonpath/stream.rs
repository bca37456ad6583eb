//! Printing a list's items while they arrive.

use super::{
    ExecutionError, Program,
    evaluate::{Found, Results, Walk, push_elements},
    parse::{Node, Slice},
    print_value,
};
use crate::api::Value;

impl Program {
    /// A printer of single items, if the template is constants, then one walk over `.items`, then constants:
    /// `{.items[*].metadata.name}`, `{range .items[?(@.a)]}{.b}{"\n"}{end}`.
    ///
    /// Nothing is offered where the walk would have to happen twice, or where the outcome depends on the whole list
    /// before anything is printed (missing keys as errors, results as one JSON list).
    pub fn streams_over(&self) -> Option<ItemPrinter> {
        if !self.allow_missing_keys {
            return None;
        }
        let at = self.actions.iter().position(|action| !constant(action))?;
        let action = self.actions[at].as_slice();
        let (looped, path) = match action {
            [Node::Word(word), path @ ..] if word == "range" => (true, path),
            path => (false, path),
        };
        let [Node::Field(items), first @ (Node::Slice(Slice::ALL) | Node::Filter(_)), steps @ ..] = path else {
            return None;
        };
        if items != "items" || !steps.iter().chain([first]).all(by_itself) || self.as_json && !looped {
            return None;
        }
        let end = if looped { closing(&self.actions, at)? } else { at };
        if !self.actions[end + 1..].iter().all(|action| constant(action)) {
            return None;
        }
        Some(ItemPrinter {
            program: self.clone(),
            at,
            end,
            looped,
            exhausted: vec![false; steps.len()],
            printed: false,
        })
    }
}

/// Prints the same bytes from a list's items, one at a time, as [`Program::print`] from the whole list, in which each item
/// must have the same form: with its `kind` and `apiVersion`.
///
/// Call [`begin`](ItemPrinter::begin), [`item`](ItemPrinter::item) for each, [`end`](ItemPrinter::end).
///
/// kubectl prints nothing where any item fails, and then reports the whole list. So unless [`ItemPrinter::is_infallible`],
/// keep what was printed until the end; after an error throw it away and evaluate the whole list.
#[derive(Debug, Clone)]
pub struct ItemPrinter {
    pub(super) program: Program,
    /// The number of the action that walks over the items.
    pub(super) at: usize,
    /// The number of the action that ends the loop, or `at`.
    pub(super) end: usize,
    pub(super) looped: bool,
    /// Which of the steps behind `.items[*]` are over: a slice that meets an empty list takes nothing of any later one.
    exhausted: Vec<bool>,
    printed: bool,
}

impl ItemPrinter {
    /// `[*]` or the filter that follows `.items`, and the steps behind it.
    pub(super) fn path(&self) -> (&Node, &[Node]) {
        let path = &self.program.actions[self.at][usize::from(self.looped) + 1..];
        (&path[0], &path[1..])
    }

    /// Whether no item, whatever is in it, can be an error.
    pub fn is_infallible(&self) -> bool {
        let (first, steps) = self.path();
        let body = self.program.actions[self.at + 1..self.end.max(self.at + 1)].iter().flatten();
        let steps_never_fail = steps.iter().chain(body).all(|node| match node {
            Node::Field(_) | Node::Wildcard | Node::Descent | Node::Text(_) | Node::Literal(_) => true,
            Node::Word(word) => word == "end" || word == "range",
            Node::Slice(_) | Node::Union(_) | Node::Filter(_) => false,
        });
        steps_never_fail && matches!(first, Node::Slice(_))
    }

    /// Appends what stands before the first item.
    pub fn begin(&mut self, out: &mut Vec<u8>) {
        self.constants(out, 0, self.at);
    }

    /// Appends what is printed of one item.
    ///
    /// # Errors
    /// As for [`Program::results`]; the error that the whole list gives may be another one.
    pub fn item(&mut self, out: &mut Vec<u8>, item: &Value<'_>) -> Result<(), ExecutionError> {
        // After an error the printer is of no more use, so nothing has to be put back then.
        let mut exhausted = std::mem::take(&mut self.exhausted);
        let mut printed = self.printed;
        let (first, steps) = self.path();
        let mut walk = Walk::new(self.program.allow_missing_keys);
        if let Node::Filter(filter) = first
            && !walk.passes(filter, item, false)?
        {
            self.exhausted = exhausted;
            return Ok(());
        }
        let mut found = vec![Some(item)];
        for (node, exhausted) in steps.iter().zip(&mut exhausted) {
            found = match node {
                Node::Slice(slice) => elements(slice, &found, exhausted)?,
                node => walk.step(node, found)?,
            };
        }
        for value in found {
            if self.looped {
                self.turn(out, value)?;
            } else {
                if printed {
                    out.push(b' ');
                }
                print_value(out, value);
            }
            printed = true;
        }
        self.printed = printed;
        self.exhausted = exhausted;
        Ok(())
    }

    /// Appends what stands behind the last item.
    ///
    /// # Errors
    /// Where a loop found nothing to do and does not even make sense for that.
    pub fn end(&mut self, out: &mut Vec<u8>) -> Result<(), ExecutionError> {
        if self.looped && !self.printed {
            self.turn(&mut Vec::new(), None)?;
        }
        self.constants(out, self.end + 1, self.program.actions.len());
        Ok(())
    }

    /// One turn of the loop.
    fn turn(&self, out: &mut Vec<u8>, value: Found<'_>) -> Result<(), ExecutionError> {
        let mut results = Results::default();
        let value = value.filter(|value| !value.is_null());
        Walk::within_a_loop(self.program.allow_missing_keys).actions(&self.program.actions, self.at + 1, value, &mut results)?;
        results.groups().for_each(|group| self.program.print_group(out, group));
        Ok(())
    }

    fn constants(&self, out: &mut Vec<u8>, from: usize, to: usize) {
        for action in &self.program.actions[from..to] {
            if let Some(Node::Text(value) | Node::Literal(value)) = action.last() {
                self.program.print_group(out, &[Some(value)]);
            }
        }
    }
}

/// As the evaluation of a slice over the values of all items at once.
fn elements<'e>(slice: &Slice, found: &[Found<'e>], exhausted: &mut bool) -> Result<Vec<Found<'e>>, ExecutionError> {
    let mut all = Vec::new();
    for &value in found {
        if *exhausted {
            break;
        }
        *exhausted = !push_elements(&mut all, slice, value)?;
    }
    Ok(all)
}

/// Whether an action finds the same whatever the object is.
fn constant(action: &[Node]) -> bool {
    !action.is_empty() && action.iter().all(|node| matches!(node, Node::Text(_) | Node::Literal(_)))
}

/// Whether a step of a path gives for several values what it gives for each, and opens or closes no loop.
fn by_itself(node: &Node) -> bool {
    match node {
        Node::Text(_) | Node::Word(_) | Node::Union(_) => false,
        Node::Filter(filter) => {
            let right = filter.comparison.iter().flat_map(|(_, right)| right);
            filter
                .left
                .iter()
                .chain(right)
                .all(|node| matches!(node, Node::Text(_)) || by_itself(node))
        }
        _ => true,
    }
}

/// The number of the `end` that closes the loop which action `range` opens.
pub(super) fn closing(actions: &[Vec<Node>], range: usize) -> Option<usize> {
    let mut open = 1usize;
    for (at, action) in actions.iter().enumerate().skip(range + 1) {
        let (word, path) = match action.as_slice() {
            [Node::Word(word), path @ ..] => (word.as_str(), path),
            path => ("", path),
        };
        if !path.iter().all(no_word) {
            return None;
        }
        match word {
            "range" => open += 1,
            "end" if path.is_empty() => open -= 1,
            "" => {}
            _ => return None,
        }
        if open == 0 {
            return Some(at);
        }
    }
    None
}

fn no_word(node: &Node) -> bool {
    match node {
        Node::Word(_) => false,
        Node::Union(paths) => paths.iter().flatten().all(no_word),
        Node::Filter(filter) => {
            let right = filter.comparison.iter().flat_map(|(_, right)| right);
            filter.left.iter().chain(right).all(no_word)
        }
        _ => true,
    }
}
