//! Quantities in an object. What cannot be read is nothing.

use crate::api::{Value, quantity::Format};

use super::requests::Amounts;

pub use crate::api::quantity::Quantity;

/// No amount at all.
pub const NOTHING: Quantity = Quantity::units(0, Format::Decimal);

/// The quantity in a field.
pub fn read(quantity: Option<&Value<'_>>) -> Option<Quantity> {
    match quantity? {
        Value::String(text) => Quantity::parse(text).ok(),
        Value::Int(number) => Quantity::parse(&number.to_string()).ok(),
        Value::Float(number) => Quantity::parse(&number.to_string()).ok(),
        _ => None,
    }
}

/// A quantity as apimachinery prints what it has read; `0` where there is none.
pub fn shown(quantity: Option<&Value<'_>>) -> String {
    read(quantity).unwrap_or(NOTHING).to_string()
}

/// A quantity behind a pointer, which may be nil.
pub fn shown_or_nil(quantity: Option<&Value<'_>>) -> String {
    read(quantity).map_or("<nil>".to_owned(), |quantity| quantity.to_string())
}

/// A quantity that is more than nothing.
pub fn positive(quantity: Option<&Value<'_>>) -> Option<String> {
    read(quantity).filter(is_positive).map(|quantity| quantity.to_string())
}

/// Whether a quantity is more than nothing.
pub fn is_positive(quantity: &Quantity) -> bool {
    *quantity > NOTHING
}

/// The quantities in a field, by their names.
pub fn amounts(quantities: Option<&Value<'_>>) -> Amounts {
    let map = quantities.and_then(Value::as_object);
    let entries = map.into_iter().flat_map(|map| map.iter());
    entries
        .filter_map(|(name, value)| Some((name.to_owned(), read(Some(value))?)))
        .collect()
}

/// One of several amounts; nothing where it is not among them.
pub fn of(amounts: &Amounts, name: &str) -> Quantity {
    amounts.get(name).cloned().unwrap_or(NOTHING)
}

/// How many units a quantity is, rounded up; a unit of nothing is one. `fine`: counted in thousandths, as processors are.
pub fn in_units(quantity: Option<&Value<'_>>, unit: Option<&Value<'_>>, fine: bool) -> i64 {
    let number = |quantity: Quantity| if fine { quantity.milli_value() } else { quantity.value() } as f64;
    let one = Quantity::units(1, Format::Decimal);
    let unit = read(unit).filter(|unit| !unit.is_zero()).unwrap_or(one);
    let units = number(read(quantity).unwrap_or(NOTHING)) / number(unit);
    units.ceil() as i64
}

/// Whether two texts are the same quantity.
pub fn equal(a: &str, b: &str) -> bool {
    match (Quantity::parse(a), Quantity::parse(b)) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    }
}
