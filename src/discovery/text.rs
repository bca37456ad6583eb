//! Text that is cheap to hold and to copy: names of the built-in table, or pieces of one shared cache file.

use std::{fmt, hash, ops::Deref, sync::Arc};

/// A piece of text. Copies share the bytes.
#[derive(Clone)]
pub struct Text(Repr);

#[derive(Clone)]
enum Repr {
    Static(&'static str),
    Shared { source: Arc<str>, start: u32, end: u32 },
}

impl Text {
    /// Text that is part of the program.
    pub const fn from_static(text: &'static str) -> Self {
        Text(Repr::Static(text))
    }

    /// The piece `start..end` of `source`, if it is one.
    pub(super) fn piece(source: &Arc<str>, start: usize, end: usize) -> Option<Self> {
        source.get(start..end)?;
        Some(Text(Repr::Shared {
            source: Arc::clone(source),
            start: u32::try_from(start).ok()?,
            end: u32::try_from(end).ok()?,
        }))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Repr::Static(text) => text,
            Repr::Shared { source, start, end } => source.get(*start as usize..*end as usize).unwrap_or_default(),
        }
    }
}

impl From<&str> for Text {
    /// A copy; the empty text where it is longer than 4 GiB.
    fn from(text: &str) -> Self {
        if text.is_empty() {
            return Text::default();
        }
        let source: Arc<str> = text.into();
        Text::piece(&source, 0, source.len()).unwrap_or_default()
    }
}

impl Default for Text {
    fn default() -> Self {
        Text::from_static("")
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Text {}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl hash::Hash for Text {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

/// A few words, such as verbs or short names, in one piece of text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words(Text);

impl Words {
    /// The words of `text`, which a space parts.
    pub const fn spaced(text: Text) -> Self {
        Words(text)
    }

    /// `words` in one piece. Words with a space in them, which no server sends, fall apart.
    pub fn new<S: AsRef<str>>(words: &[S]) -> Self {
        let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
        Words(Text::from(words.join(" ").as_str()))
    }

    /// The words.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.split(' ').filter(|word| !word.is_empty())
    }

    /// Whether `word` is among them.
    pub fn contains(&self, word: &str) -> bool {
        self.iter().any(|have| have == word)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The words with `separator` between them.
    pub fn join(&self, separator: &str) -> String {
        self.iter().collect::<Vec<_>>().join(separator)
    }

    pub(super) fn text(&self) -> &str {
        &self.0
    }
}
