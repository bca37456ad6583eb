//! The order of `--sort-by`: what kubectl's `SortingPrinter` makes of the values that a path finds.

use std::fmt;

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
    /// What kubectl cannot sort, by the name of its type in Go.
    Other(&'static str),
    /// The whole object, which it cannot sort either.
    Whole,
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
            Some(Value::Array(_)) => SortKey::Other("[]interface {}"),
            Some(Value::Object(_)) => SortKey::Other("map[string]interface {}"),
        }
    }

    /// Whether this belongs before `other`.
    ///
    /// # Errors
    /// Two values that have no order: of different types, or of one that kubectl does not sort.
    pub fn less(&self, other: &SortKey) -> Result<bool, Unsortable> {
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
            (SortKey::Whole, _) => return Err(Unsortable::Whole),
            (SortKey::Other(name), _) => return Err(Unsortable::Type(name)),
            _ => return Err(Unsortable::Mixed),
        })
    }
}

/// Why values have no order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsortable {
    /// They are whole objects.
    Whole,
    /// They are of a type that kubectl does not sort: its name in Go.
    Type(&'static str),
    /// They are of different types.
    Mixed,
}

/// As kubectl says it, with the kind that Go's reflection sees.
impl fmt::Display for Unsortable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unsortable::Whole => f.write_str("an unsortable type: map, err: unsortable type: map"),
            Unsortable::Type(name) => write!(f, "an unsortable type: interface, err: unsortable type: {name}"),
            Unsortable::Mixed => f.write_str("an unsortable type: interface, err: unsortable interface: interface"),
        }
    }
}

/// The order of `keys`, as indices. What is equal comes out where Go's sort leaves it, and a missing key belongs before
/// whatever it is compared with, another missing one too.
///
/// # Errors
/// The first two keys that have no order.
pub fn order(keys: &[SortKey]) -> Result<Vec<usize>, Unsortable> {
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
        let fault = |a: SortKey, b: SortKey| order(&[a, b]).unwrap_err();
        assert_eq!(fault(SortKey::Int(1), text("a")), Unsortable::Mixed);
        let truth = SortKey::of(Some(&Value::Bool(true)));
        // What is compared first is the later one.
        assert_eq!(fault(SortKey::Int(1), truth.clone()), Unsortable::Type("bool"));
        assert_eq!(fault(truth, SortKey::Int(1)), Unsortable::Mixed);
    }
}
