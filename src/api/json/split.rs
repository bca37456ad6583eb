//! Taking a long answer apart while it arrives, so that no list is ever held whole.
//!
//! [`ListSplitter`] is for one object with a long list in it (`items`, `rows`), [`DocumentSplitter`] for one object
//! after the other (a watch). Neither reads nor waits: bytes are pushed in, and as many parts come out as are whole.
//! An item is tried as soon as its first byte is there; if it turns out to be cut, it is tried again only once the
//! bytes at hand have doubled, so even an item of many pushes costs time in proportion to its size.

use crate::api::{
    Map, Value,
    json::read::{Parser, SyntaxError},
};

/// Bytes that have been pushed and not yet taken.
#[derive(Debug, Default)]
struct Pending {
    bytes: Vec<u8>,
    /// How many of them have been taken.
    at: usize,
    /// The next try waits until so many bytes are at hand, unless no more will come.
    wanted: usize,
    ended: bool,
}

impl Pending {
    fn push(&mut self, chunk: &[u8]) {
        if self.at > 0 {
            self.bytes.drain(..self.at);
            self.at = 0;
        }
        self.bytes.extend_from_slice(chunk);
    }

    /// Whether a part that was cut may be tried again.
    fn ready(&self) -> bool {
        self.ended || self.bytes.len() - self.at >= self.wanted
    }

    /// Notes a failed try: true if more bytes may mend it.
    fn cut(&mut self, error: &SyntaxError) -> bool {
        if error.incomplete && !self.ended {
            self.wanted = (self.bytes.len() - self.at) * 2;
            return true;
        }
        false
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Before the opening brace.
    Start,
    /// Before a key or the closing brace; whether a field came before.
    Key { first: bool },
    /// In the list; whether an element came before.
    Element { list: &'static str, first: bool },
    /// After the closing brace.
    End,
}

/// Takes one object apart: the elements of its list one by one, all other fields together.
#[derive(Debug)]
pub struct ListSplitter {
    /// The names that the list may have.
    lists: &'static [&'static str],
    pending: Pending,
    place: Place,
    head: Map<'static>,
    /// The list and the length of the element that was come to last; it ends where the pending bytes begin.
    item: Option<(&'static str, usize)>,
}

/// What [`ListSplitter::advance`] came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// One more element is whole: [`ListSplitter::item`].
    Item,
    /// More bytes are needed.
    More,
    /// The object is whole.
    End,
}

/// One whole element of the list.
#[derive(Debug, Clone, Copy)]
pub struct Item<'a> {
    /// The name of the list that it is in.
    pub list: &'static str,
    /// Its bytes. They have been followed, not examined.
    pub bytes: &'a [u8],
    /// The fields of the object that came before the list.
    pub head: &'a Map<'static>,
}

impl ListSplitter {
    /// A splitter for an object whose long list has one of the names `lists`.
    pub fn new(lists: &'static [&'static str]) -> Self {
        ListSplitter {
            lists,
            pending: Pending::default(),
            place: Place::Start,
            head: Map::new(),
            item: None,
        }
    }

    /// Adds bytes that have arrived.
    pub fn push(&mut self, chunk: &[u8]) {
        self.pending.push(chunk);
    }

    /// Says that no more bytes will come.
    pub fn finish(&mut self) {
        self.pending.ended = true;
    }

    /// The fields that have been read so far, the list's aside.
    pub fn head(&self) -> &Map<'static> {
        &self.head
    }

    /// The fields, the list's aside.
    pub fn into_head(self) -> Map<'static> {
        self.head
    }

    /// Goes on to the next element.
    ///
    /// # Errors
    /// Where the bytes are not JSON, or ended too early.
    pub fn advance(&mut self) -> Result<Progress, SyntaxError> {
        self.item = None;
        if !self.pending.ready() {
            return Ok(Progress::More);
        }
        loop {
            let mut parser = Parser::new(&self.pending.bytes[self.pending.at..]);
            match step(&mut parser, self.place, self.lists, &mut self.head) {
                Err(error) => {
                    return if self.pending.cut(&error) { Ok(Progress::More) } else { Err(error) };
                }
                Ok((place, item)) => {
                    self.pending.at += parser.position();
                    self.pending.wanted = 0;
                    self.place = place;
                    if let (Some(length), Place::Element { list, .. }) = (item, place) {
                        self.item = Some((list, length));
                        return Ok(Progress::Item);
                    }
                    if place == Place::End {
                        return Ok(Progress::End);
                    }
                }
            }
        }
    }

    /// The element that [`ListSplitter::advance`] has just come to.
    pub fn item(&self) -> Option<Item<'_>> {
        let (list, length) = self.item?;
        let end = self.pending.at;
        Some(Item {
            list,
            bytes: &self.pending.bytes[end - length..end],
            head: &self.head,
        })
    }
}

/// One step through the object: the place after it, and the length of the element that it ended with, if any.
fn step(
    parser: &mut Parser<'_>,
    place: Place,
    lists: &[&'static str],
    head: &mut Map<'static>,
) -> Result<(Place, Option<usize>), SyntaxError> {
    match place {
        Place::Start => {
            parser.object()?;
            Ok((Place::Key { first: true }, None))
        }
        Place::Key { first } => {
            let mut fields = super::read::Fields::resume(first);
            parser.resume();
            let Some(key) = fields.next_key(parser)? else {
                return Ok((Place::End, None));
            };
            if let Some(list) = lists.iter().find(|list| **list == key)
                && parser.peek() == Some(b'[')
            {
                parser.array()?;
                return Ok((Place::Element { list, first: true }, None));
            }
            let value = parser.value()?.into_owned();
            head.insert(key.into_owned(), value);
            Ok((Place::Key { first: false }, None))
        }
        Place::Element { list, first } => {
            let mut elements = super::read::Elements::resume(first);
            parser.resume();
            if !elements.next_element(parser)? {
                return Ok((Place::Key { first: false }, None));
            }
            let item = parser.skip()?;
            Ok((Place::Element { list, first: false }, Some(item.len())))
        }
        Place::End => Ok((Place::End, None)),
    }
}

/// Takes a stream of JSON documents apart, whatever white space stands between them.
#[derive(Debug, Default)]
pub struct DocumentSplitter {
    pending: Pending,
}

impl DocumentSplitter {
    /// A splitter with nothing in it.
    pub fn new() -> Self {
        DocumentSplitter::default()
    }

    /// Adds bytes that have arrived.
    pub fn push(&mut self, chunk: &[u8]) {
        // A document that was cut is tried again at once where this may be its end: the next bytes of a watch may be
        // hours away.
        if chunk.trim_ascii_end().ends_with(b"}") {
            self.pending.wanted = 0;
        }
        self.pending.push(chunk);
    }

    /// Says that no more bytes will come.
    pub fn finish(&mut self) {
        self.pending.ended = true;
    }

    /// The next document's bytes, followed but not examined, if it is whole.
    ///
    /// # Errors
    /// Where the bytes are not JSON, or ended within a document.
    #[allow(
        clippy::should_implement_trait,
        reason = "a document borrows from the splitter, which an Iterator cannot say"
    )]
    pub fn next(&mut self) -> Result<Option<&[u8]>, SyntaxError> {
        if !self.pending.ready() {
            return Ok(None);
        }
        let mut parser = Parser::new(&self.pending.bytes[self.pending.at..]);
        if parser.peek().is_none() {
            return Ok(None);
        }
        let found = parser.skip().map(|document| (document.len(), parser.position()));
        match found {
            Ok((length, taken)) => {
                self.pending.at += taken;
                self.pending.wanted = 0;
                let end = self.pending.at;
                Ok(Some(&self.pending.bytes[end - length..end]))
            }
            Err(error) if self.pending.cut(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The whole of `value` from a splitter that found no list: its head.
impl From<ListSplitter> for Value<'static> {
    fn from(splitter: ListSplitter) -> Self {
        Value::Object(splitter.into_head())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn split(chunks: &[&[u8]]) -> Result<(Vec<String>, Map<'static>), SyntaxError> {
        let mut splitter = ListSplitter::new(&["items"]);
        let mut items = Vec::new();
        let mut chunks = chunks.iter();
        loop {
            match splitter.advance()? {
                Progress::Item => items.push(String::from_utf8_lossy(splitter.item().unwrap().bytes).into_owned()),
                Progress::More => match chunks.next() {
                    Some(chunk) => splitter.push(chunk),
                    None => splitter.finish(),
                },
                Progress::End => return Ok((items, splitter.into_head())),
            }
        }
    }

    #[test]
    fn list_splitter_of_a_cut_list_reports_the_end() {
        let error = split(&[b"{\"kind\":\"List\",\"items\":[{\"a\":1},{\"b\""]).unwrap_err();
        assert_eq!(error.message, "unexpected end of JSON input");
    }

    #[test]
    fn list_splitter_of_null_items_keeps_the_head() {
        let (items, head) = split(&[b"{\"items\":null,\"kind\":\"PodList\"}"]).unwrap();
        assert!(items.is_empty());
        assert_eq!(head.get("kind"), Some(&Value::from("PodList")));
    }

    #[test]
    fn document_splitter_finds_a_cut_document_with_its_last_byte() {
        let mut splitter = DocumentSplitter::new();
        splitter.push(b"{\"type\":\"ADDED\",\"object\":{\"kind\":\"Pod\"");
        assert_eq!(splitter.next(), Ok(None));
        splitter.push(b"}}\n");
        assert!(splitter.next().unwrap().is_some());
    }

    proptest! {
        #[test]
        fn list_splitter_of_any_cuts_finds_the_same_parts(count in 0usize..6, cuts in prop::collection::vec(1usize..9, 0..80)) {
            let items: Vec<String> = (0..count).map(|i| format!("{{\"name\":\"a\\\"]{i}\",\"x\":[{i},{{}}]}}")).collect();
            let text = format!(" {{\"kind\":\"PodList\",\"items\":[{}] , \"metadata\":{{\"continue\":\"c\"}}}}\n", items.join(" , "));
            let mut rest = text.as_bytes();
            let mut chunks = Vec::new();
            for cut in cuts {
                let (chunk, after) = rest.split_at(cut.min(rest.len()));
                chunks.push(chunk);
                rest = after;
            }
            chunks.push(rest);
            let (found, head) = split(&chunks).unwrap();
            prop_assert_eq!(found, items);
            prop_assert_eq!(head.keys().collect::<Vec<_>>(), ["kind", "metadata"]);
        }

        #[test]
        fn document_splitter_of_any_cuts_finds_every_document(cuts in prop::collection::vec(1usize..7, 0..40)) {
            let text = "{\"type\":\"ADDED\"}\n {\"type\":\"MODIFIED\",\"x\":\"}\"}{}\n";
            let mut splitter = DocumentSplitter::new();
            let mut found = Vec::new();
            let mut rest = text.as_bytes();
            for cut in cuts.into_iter().chain([text.len()]) {
                let (chunk, after) = rest.split_at(cut.min(rest.len()));
                splitter.push(chunk);
                rest = after;
                while let Some(document) = splitter.next().unwrap() {
                    found.push(String::from_utf8_lossy(document).into_owned());
                }
            }
            splitter.finish();
            while let Some(document) = splitter.next().unwrap() {
                found.push(String::from_utf8_lossy(document).into_owned());
            }
            prop_assert_eq!(found, ["{\"type\":\"ADDED\"}", "{\"type\":\"MODIFIED\",\"x\":\"}\"}", "{}"]);
        }
    }
}
