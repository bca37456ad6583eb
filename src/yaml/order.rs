//! The order in which goyaml prints the keys of a map: letters after all else, and runs of digits by their number.

use std::cmp::Ordering;

/// Compares two keys as goyaml's `keyList` does: `a9` before `a10`, `_` and digits before letters.
///
/// At the first character that differs, a letter comes after what is no letter; two others compare by the number that
/// the digits from there on make (zero where there are none), then by the count of these digits, then as they are.
/// Letters are what Rust calls alphabetic, which has some vowel signs that Go calls marks.
pub(super) fn compare(a: &str, b: &str) -> Ordering {
    let same = common_prefix(a, b);
    let (rest_a, rest_b) = (&a[same..], &b[same..]);
    let (Some(first_a), Some(first_b)) = (rest_a.chars().next(), rest_b.chars().next()) else {
        return a.len().cmp(&b.len());
    };
    match (first_a.is_alphabetic(), first_b.is_alphabetic()) {
        (true, true) => return first_a.cmp(&first_b),
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    // A zero within a number, as in `10` against `1x`, must not count as a leading one.
    let start = if first_a == '0' || first_b == '0' {
        let before = a[..same].bytes().rev().take_while(u8::is_ascii_digit);
        i64::from(before.into_iter().any(|digit| digit != b'0'))
    } else {
        0
    };
    let (number_a, digits_a) = number(rest_a, start);
    let (number_b, digits_b) = number(rest_b, start);
    number_a.cmp(&number_b).then(digits_a.cmp(&digits_b)).then(first_a.cmp(&first_b))
}

/// The number that the digits at the start of `text` make behind `start`, overflowing as Go's `int64`, and their count.
fn number(text: &str, start: i64) -> (i64, usize) {
    let digits = text.bytes().take_while(u8::is_ascii_digit);
    digits.fold((start, 0), |(number, count), digit| {
        (number.wrapping_mul(10).wrapping_add(i64::from(digit - b'0')), count + 1)
    })
}

/// How many bytes the two texts have in common at their start, whole characters only.
fn common_prefix(a: &str, b: &str) -> usize {
    let mut same = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    while !a.is_char_boundary(same) || !b.is_char_boundary(same) {
        same -= 1;
    }
    same
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compare_sorts_as_goyaml_does() {
        // The order of goyaml's own test of `keyList`, strings only.
        let sorted = [
            "", "1", "2", "3", "a!10", "a/0001", "a/002", "a/3", "a/10", "a/11", "a/0012", "a/100", "a~10", "ab/1", "b/1", "b/01", "b/2",
            "b/02", "b/3", "b/03", "b1", "b01", "b3", "c2.10", "c10.2", "d1", "d7", "d7abc", "d12", "d12a", "e2b", "e4b", "e21a",
        ];
        for pair in sorted.windows(2) {
            assert_eq!(compare(pair[0], pair[1]), Ordering::Less, "{} before {}", pair[0], pair[1]);
            assert_eq!(compare(pair[1], pair[0]), Ordering::Greater, "{} after {}", pair[1], pair[0]);
        }
    }

    #[test]
    fn compare_of_equal_and_cut_keys_goes_by_length() {
        assert_eq!(compare("a", "a"), Ordering::Equal);
        assert_eq!(compare("a", "ab"), Ordering::Less);
        assert_eq!(compare("é1", "é"), Ordering::Greater);
    }

    #[test]
    fn compare_of_letters_puts_capitals_first_and_signs_before_both() {
        assert_eq!(compare("A", "a"), Ordering::Less);
        assert_eq!(compare("_", "A"), Ordering::Less);
        assert_eq!(compare("~", "a"), Ordering::Less);
        assert_eq!(compare("ä", "ö"), Ordering::Less);
    }
}
