//! Where in an object something is wrong: `spec.containers[0].name`.

/// The path of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path(String);

impl Path {
    /// The whole object.
    pub fn root() -> Self {
        Path(String::new())
    }

    /// A path as it is written.
    pub fn of(text: &str) -> Self {
        Path(text.to_owned())
    }

    /// A field of what is here.
    pub fn field(&self, name: &str) -> Self {
        match self.0.as_str() {
            "" => Path(name.to_owned()),
            here => Path(format!("{here}.{name}")),
        }
    }

    /// An element of the list that is here.
    pub fn index(&self, at: usize) -> Self {
        Path(format!("{}[{at}]", self.0))
    }

    /// A value of the map that is here.
    pub fn key(&self, name: &str) -> Self {
        Path(format!("{}[{name}]", self.0))
    }

    /// The path in a fault's field.
    pub fn text(&self) -> String {
        self.0.clone()
    }

    /// The path in a sentence.
    pub fn shown(&self) -> &str {
        &self.0
    }
}
