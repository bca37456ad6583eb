//! The order of `--sort-by`: what kubectl's `SortingPrinter` makes of the values that a path finds.

use crate::api::{Value, quantity::Quantity, sort::sort};

/// What an object is sorted by.
#[derive(Debug, Clone, PartialEq)]
pub enum SortKey {
    /// The path finds nothing in it.
    Missing,
    /// `null`
    Null,
    /// A whole number.
    Int(i64),
    /// Another number.
    Float(f64),
    /// Truth; kubectl cannot sort it.
    Other(&'static str),
    /// Text, and the quantity that it reads as, if it does.
    Text(String, Option<Quantity>),
}

impl SortKey {
    /// The key for the first value that a path finds.
    pub fn of(value: Option<&Value<'_>>) -> SortKey {
        match value {
            None => SortKey::Missing,
            Some(Value::Null) => SortKey::Null,
            Some(Value::Int(number)) => SortKey::Int(*number),
            Some(Value::Float(number)) => SortKey::Float(*number),
            Some(Value::String(text)) => SortKey::Text(text.to_string(), Quantity::parse(text).ok()),
            Some(Value::Bool(_)) => SortKey::Other("bool"),
            Some(Value::Array(_)) => SortKey::Other("slice"),
            Some(Value::Object(_)) => SortKey::Other("map"),
        }
    }

    /// Whether this belongs before `other`.
    ///
    /// # Errors
    /// The sentence for two values that have no order: of different types, or of one that kubectl does not sort.
    pub fn less(&self, other: &SortKey) -> Result<bool, String> {
        Ok(match (self, other) {
            (SortKey::Missing, _) => true,
            (_, SortKey::Missing) => false,
            (SortKey::Null, SortKey::Null) => false,
            (SortKey::Null, _) => true,
            (_, SortKey::Null) => false,
            (SortKey::Int(a), SortKey::Int(b)) => a < b,
            (SortKey::Float(a), SortKey::Float(b)) => a < b,
            (SortKey::Text(_, Some(a)), SortKey::Text(_, Some(b))) => a < b,
            // Byte by byte: since 1.30 kubectl no longer counts digits in a text as a number.
            (SortKey::Text(a, _), SortKey::Text(b, _)) => a < b,
            (a, _) => return Err(format!("unsortable type: {}", a.kind())),
        })
    }

    fn kind(&self) -> &'static str {
        match self {
            SortKey::Missing | SortKey::Null => "nil",
            SortKey::Int(_) => "int64",
            SortKey::Float(_) => "float64",
            SortKey::Text(..) => "string",
            SortKey::Other(kind) => kind,
        }
    }
}

/// The order of `keys`, as indices. What is equal comes out where Go's sort leaves it, and a missing key belongs before
/// whatever it is compared with, another missing one too.
///
/// # Errors
/// The sentence for keys that have no order.
pub fn order(keys: &[SortKey]) -> Result<Vec<usize>, String> {
    let mut order: Vec<usize> = (0..keys.len()).collect();
    let mut failure = None;
    sort(&mut order, |&a, &b| {
        keys[a].less(&keys[b]).unwrap_or_else(|error| {
            failure.get_or_insert(error);
            false
        })
    });
    failure.map_or(Ok(order), Err)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> SortKey {
        SortKey::of(Some(&Value::from(text)))
    }

    #[test]
    fn order_of_quantities_is_by_size_and_of_names_by_their_bytes() {
        assert_eq!(order(&[text("1Gi"), text("500Mi"), text("2Gi")]).unwrap(), [1, 0, 2]);
        assert_eq!(
            order(&[text("b9"), text("b10"), text("a"), text("a-1"), text("a1")]).unwrap(),
            [2, 3, 4, 1, 0]
        );
    }

    #[test]
    fn order_with_missing_keys_puts_them_first_and_reversed_in_a_short_list() {
        let keys = [SortKey::Int(2), SortKey::Missing, SortKey::Int(1), SortKey::Missing];
        assert_eq!(order(&keys).unwrap(), [3, 1, 2, 0]);
    }

    #[test]
    fn order_of_mixed_types_is_refused() {
        assert_eq!(order(&[SortKey::Int(1), text("a")]).unwrap_err(), "unsortable type: string");
    }
}
