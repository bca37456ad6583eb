//! What comes next in each form of collection.

use super::{
    SyntaxError,
    nodes::{Next, Parser, Place},
    scan::Kind,
};

impl<'a> Parser<'a> {
    pub(super) fn block_element(&mut self) -> Result<Next, SyntaxError> {
        if let Some(line) = self.take_if(|kind| *kind == Kind::BlockEntry)? {
            let nothing = self.next_is(|kind| matches!(kind, Kind::BlockEntry | Kind::BlockEnd))?;
            return Ok(self.unless(nothing, line, Place::Block));
        }
        self.close_with(|kind| *kind == Kind::BlockEnd, "did not find expected '-' indicator")
    }

    pub(super) fn key_column_element(&mut self) -> Result<Next, SyntaxError> {
        let Some(line) = self.take_if(|kind| *kind == Kind::BlockEntry)? else {
            return Ok(Next::Close);
        };
        let nothing = self.next_is(|kind| matches!(kind, Kind::BlockEntry | Kind::Key | Kind::Value | Kind::BlockEnd))?;
        Ok(self.unless(nothing, line, Place::Block))
    }

    pub(super) fn block_key(&mut self) -> Result<Next, SyntaxError> {
        match self.take_if(|kind| *kind == Kind::Key)? {
            Some(line) => self.block_entry(line),
            None => self.close_with(|kind| *kind == Kind::BlockEnd, "did not find expected key"),
        }
    }

    pub(super) fn block_value(&mut self) -> Result<Next, SyntaxError> {
        match self.take_if(|kind| *kind == Kind::Value)? {
            Some(line) => self.block_entry(line),
            None => self.nothing(),
        }
    }

    /// What stands behind `?` or `:`, on `line`, in a block.
    fn block_entry(&mut self, line: usize) -> Result<Next, SyntaxError> {
        let nothing = self.next_is(|kind| matches!(kind, Kind::Key | Kind::Value | Kind::BlockEnd))?;
        Ok(self.unless(nothing, line, Place::BlockEntry))
    }

    pub(super) fn flow_element(&mut self, first: bool) -> Result<Next, SyntaxError> {
        let end = |kind: &Kind<'a>| *kind == Kind::FlowSequenceEnd;
        if self.flow_ends(first, end, "did not find expected ',' or ']'")? {
            return Ok(Next::Close);
        }
        Ok(match self.take_if(|kind| *kind == Kind::Key)? {
            Some(line) => Next::Pair(line),
            None => Next::Node(Place::Flow),
        })
    }

    pub(super) fn pair_key(&mut self) -> Result<Next, SyntaxError> {
        if self.next_is(|kind| matches!(kind, Kind::Value | Kind::FlowEntry | Kind::FlowSequenceEnd))? {
            // goyaml passes the token that stands in the key's place, whatever it is.
            let line = self.scanner.next()?.line;
            return Ok(Next::Given(self.empty(line)));
        }
        Ok(Next::Node(Place::Flow))
    }

    pub(super) fn pair_value(&mut self) -> Result<Next, SyntaxError> {
        let valued = self.take_if(|kind| *kind == Kind::Value)?.is_some();
        if valued && !self.next_is(|kind| matches!(kind, Kind::FlowEntry | Kind::FlowSequenceEnd))? {
            return Ok(Next::Node(Place::Flow));
        }
        self.nothing()
    }

    pub(super) fn flow_key(&mut self, first: bool) -> Result<Next, SyntaxError> {
        let end = |kind: &Kind<'a>| *kind == Kind::FlowMappingEnd;
        if self.flow_ends(first, end, "did not find expected ',' or '}'")? {
            return Ok(Next::Close);
        }
        let keyed = self.take_if(|kind| *kind == Kind::Key)?.is_some();
        if let Some(frame) = self.open.last_mut() {
            frame.keyed = keyed;
        }
        if keyed && self.next_is(|kind| matches!(kind, Kind::Value | Kind::FlowEntry | Kind::FlowMappingEnd))? {
            return self.nothing();
        }
        Ok(Next::Node(Place::Flow))
    }

    pub(super) fn flow_value(&mut self) -> Result<Next, SyntaxError> {
        let keyed = self.open.last().is_some_and(|frame| frame.keyed);
        let valued = keyed && self.take_if(|kind| *kind == Kind::Value)?.is_some();
        if valued && !self.next_is(|kind| matches!(kind, Kind::FlowEntry | Kind::FlowMappingEnd))? {
            return Ok(Next::Node(Place::Flow));
        }
        self.nothing()
    }

    /// Whether a collection in brackets ends here, which takes its bracket. Otherwise the comma before an element is taken.
    fn flow_ends(&mut self, first: bool, end: impl Fn(&Kind<'a>) -> bool, problem: &str) -> Result<bool, SyntaxError> {
        if self.take_if(&end)?.is_some() {
            return Ok(true);
        }
        if first {
            return Ok(false);
        }
        if self.take_if(|kind| *kind == Kind::FlowEntry)?.is_none() {
            return Err(self.error(problem));
        }
        Ok(self.take_if(&end)?.is_some())
    }

    /// Closes a block if its end comes next.
    fn close_with(&mut self, end: impl FnOnce(&Kind<'a>) -> bool, problem: &str) -> Result<Next, SyntaxError> {
        match self.take_if(end)? {
            Some(_) => Ok(Next::Close),
            None => Err(self.error(problem)),
        }
    }

    /// A node that is written, unless `nothing` is, on `line`.
    fn unless(&mut self, nothing: bool, line: usize, place: Place) -> Next {
        if nothing {
            Next::Given(self.empty(line))
        } else {
            Next::Node(place)
        }
    }

    fn nothing(&mut self) -> Result<Next, SyntaxError> {
        let line = self.line()?;
        Ok(Next::Given(self.empty(line)))
    }
}
