//! Which parts of an object a template looks at.

use super::{ItemPrinter, Program, parse::Node, stream::closing};
use crate::template::projection::{Projection, Step};

/// Paths to the values at which a step of an evaluation stands.
type Places = Vec<Vec<Step>>;

/// How many places are followed; a template with more of them takes everything.
const MOST_PLACES: usize = 64;

impl Program {
    /// The parts of an object that make a difference to the template.
    pub fn projection(&self) -> Projection {
        let mut parts = Parts::default();
        match parts.actions(self, 0, self.actions.len(), vec![Vec::new()]) {
            Some(()) => parts.projection,
            None => Projection::everything(),
        }
    }
}

impl ItemPrinter {
    /// The parts of an item that make a difference: [`ItemPrinter::item`] prints the same of them as of the whole item.
    pub fn projection(&self) -> Projection {
        let mut parts = Parts::default();
        let (first, steps) = self.path();
        let mut places = vec![Vec::new()];
        if let Node::Filter(filter) = first {
            parts.filter(filter, &places);
        }
        places = parts.path(steps, places);
        let done = if self.looped {
            parts.actions(&self.program, self.at + 1, self.end, places)
        } else {
            places.iter().for_each(|place| parts.projection.take(place));
            Some(())
        };
        match done {
            Some(()) => parts.projection,
            None => Projection::everything(),
        }
    }
}

#[derive(Debug, Default)]
struct Parts {
    projection: Projection,
}

impl Parts {
    /// Goes through actions `from..to` at `places`; nothing where their loops are not closed among them.
    fn actions(&mut self, program: &Program, from: usize, to: usize, places: Places) -> Option<()> {
        let mut at = from;
        while at < to {
            let action = &program.actions[at];
            match action.as_slice() {
                [Node::Word(word), path @ ..] if word == "range" => {
                    let end = closing(&program.actions, at).filter(|&end| end < to)?;
                    let inside = self.path(path, places.clone());
                    // A chain of loops is as deep as the template is long.
                    if inside.iter().any(|place| place.len() > 100) {
                        return None;
                    }
                    self.actions(program, at + 1, end, inside)?;
                    at = end;
                }
                path if path.iter().any(|node| matches!(node, Node::Word(_))) => return None,
                path => {
                    let found = self.path(path, places.clone());
                    found.iter().for_each(|place| self.projection.take(place));
                }
            }
            at += 1;
        }
        Some(())
    }

    /// Follows a path from `places`; where it leads is seen to be there.
    fn path(&mut self, path: &[Node], mut places: Places) -> Places {
        for node in path {
            if places.len() > MOST_PLACES {
                places.iter().for_each(|place| self.projection.take(place));
                return Vec::new();
            }
            match node {
                // What was found does not matter for these, and for loops only that there are values at all.
                Node::Text(_) | Node::Literal(_) => places.clear(),
                Node::Word(_) => {}
                Node::Field(name) => places.iter_mut().for_each(|place| place.push(Step::Field(name.clone()))),
                Node::Slice(_) => places.iter_mut().for_each(|place| place.push(Step::Elements)),
                Node::Wildcard | Node::Descent => {
                    places.iter().for_each(|place| self.projection.take(place));
                    places.clear();
                }
                Node::Union(paths) => {
                    places = paths.iter().flat_map(|path| self.path(path, places.clone())).collect();
                }
                Node::Filter(filter) => {
                    places.iter_mut().for_each(|place| place.push(Step::Elements));
                    self.filter(filter, &places);
                }
            }
            places.iter().for_each(|place| self.projection.see(place));
        }
        places
    }

    /// What a filter looks at in the elements at `places`.
    fn filter(&mut self, filter: &super::parse::Filter, places: &Places) {
        let right = filter.comparison.iter().map(|(_, right)| right);
        for path in right.chain([&filter.left]) {
            let found = self.path(path, places.clone());
            found.iter().for_each(|place| self.projection.take(place));
        }
    }
}
