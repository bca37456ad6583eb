//! Sorting as Go's `sort.Sort` and `slices.SortFunc` do: what is equal comes out in another order than it went in, but
//! always in the same one. Whoever prints what Go has sorted must sort so too.
//!
//! The algorithm is Go's pattern-defeating quicksort (since Go 1.19): insertion for up to twelve elements, a pivot that is
//! the median of three or of nine, heap sort where pivots are bad too often. Elements are only ever swapped.

/// The longest piece that is sorted by insertion.
const SHORT: usize = 12;

/// From this length on a pivot is the median of three medians.
const LONG: usize = 50;

/// Sorts `items`. `less` says whether its first argument belongs before its second.
pub fn sort<T>(items: &mut [T], less: impl FnMut(&T, &T) -> bool) {
    let limit = bit_length(items.len());
    Sorter { items, less }.quick(0, limit);
}

/// How many bits a number takes.
fn bit_length(number: usize) -> u32 {
    usize::BITS - number.leading_zeros()
}

/// What the choice of a pivot showed of the order.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hint {
    Unknown,
    Increasing,
    Decreasing,
}

struct Sorter<'a, T, F> {
    items: &'a mut [T],
    less: F,
}

impl<T, F: FnMut(&T, &T) -> bool> Sorter<'_, T, F> {
    fn less(&mut self, a: usize, b: usize) -> bool {
        (self.less)(&self.items[a], &self.items[b])
    }

    fn quick(&mut self, start: usize, limit: u32) {
        let end = self.items.len();
        self.quick_between(start, end, limit);
    }

    /// Sorts `start..end`. After `limit` bad pivots it goes on with a heap.
    fn quick_between(&mut self, mut start: usize, mut end: usize, mut limit: u32) {
        let (mut balanced, mut partitioned) = (true, true);
        loop {
            let length = end - start;
            if length <= SHORT {
                return self.insert(start, end);
            }
            if limit == 0 {
                return self.heap(start, end);
            }
            if !balanced {
                self.break_patterns(start, end);
                limit -= 1;
            }
            let (mut pivot, mut hint) = self.choose_pivot(start, end);
            if hint == Hint::Decreasing {
                self.items[start..end].reverse();
                pivot = (end - 1) - (pivot - start);
                hint = Hint::Increasing;
            }
            if balanced && partitioned && hint == Hint::Increasing && self.insert_few(start, end) {
                return;
            }
            // What is before is no more than the pivot: if it is no less either, there are many equal elements.
            if start > 0 && !self.less(start - 1, pivot) {
                start = self.part_equal(start, end, pivot);
                continue;
            }
            let (middle, already) = self.part(start, end, pivot);
            partitioned = already;
            let (left, right) = (middle - start, end - middle);
            if left < right {
                balanced = left >= length / 8;
                self.quick_between(start, middle, limit);
                start = middle + 1;
            } else {
                balanced = right >= length / 8;
                self.quick_between(middle + 1, end, limit);
                end = middle;
            }
        }
    }

    fn insert(&mut self, start: usize, end: usize) {
        for from in start + 1..end {
            let mut at = from;
            while at > start && self.less(at, at - 1) {
                self.items.swap(at, at - 1);
                at -= 1;
            }
        }
    }

    /// Mends up to five places where the order is broken; whether all is sorted then.
    fn insert_few(&mut self, start: usize, end: usize) -> bool {
        let mut at = start + 1;
        for _ in 0..5 {
            while at < end && !self.less(at, at - 1) {
                at += 1;
            }
            if at == end {
                return true;
            }
            if end - start < LONG {
                return false;
            }
            self.items.swap(at, at - 1);
            if at - start >= 2 {
                // Go goes on to the beginning of everything here, not only of the piece.
                for here in (1..at).rev() {
                    if !self.less(here, here - 1) {
                        break;
                    }
                    self.items.swap(here, here - 1);
                }
            }
            if end - at >= 2 {
                for here in at + 1..end {
                    if !self.less(here, here - 1) {
                        break;
                    }
                    self.items.swap(here, here - 1);
                }
            }
        }
        false
    }

    fn heap(&mut self, start: usize, end: usize) {
        let length = end - start;
        for root in (0..=(length - 1) / 2).rev() {
            self.sift_down(root, length, start);
        }
        for last in (0..length).rev() {
            self.items.swap(start, start + last);
            self.sift_down(0, last, start);
        }
    }

    fn sift_down(&mut self, mut root: usize, length: usize, start: usize) {
        loop {
            let mut child = 2 * root + 1;
            if child >= length {
                return;
            }
            if child + 1 < length && self.less(start + child, start + child + 1) {
                child += 1;
            }
            if !self.less(start + root, start + child) {
                return;
            }
            self.items.swap(start + root, start + child);
            root = child;
        }
    }

    /// Parts `start..end` into less than the pivot, the pivot, and the rest: the pivot's place, and whether nothing had to
    /// be moved for that.
    fn part(&mut self, start: usize, end: usize, pivot: usize) -> (usize, bool) {
        self.items.swap(start, pivot);
        let (mut left, mut right) = (start + 1, end - 1);
        let mut already = true;
        loop {
            while left <= right && self.less(left, start) {
                left += 1;
            }
            while left <= right && !self.less(right, start) {
                right -= 1;
            }
            if left > right {
                break;
            }
            already = false;
            self.items.swap(left, right);
            left += 1;
            right -= 1;
        }
        self.items.swap(right, start);
        (right, already)
    }

    /// Parts `start..end` into what equals the pivot and what is more: where that begins.
    fn part_equal(&mut self, start: usize, end: usize, pivot: usize) -> usize {
        self.items.swap(start, pivot);
        let (mut left, mut right) = (start + 1, end - 1);
        loop {
            while left <= right && !self.less(start, left) {
                left += 1;
            }
            while left <= right && self.less(start, right) {
                right -= 1;
            }
            if left > right {
                return left;
            }
            self.items.swap(left, right);
            left += 1;
            right -= 1;
        }
    }

    /// Moves three elements about, at random but always at the same random.
    fn break_patterns(&mut self, start: usize, end: usize) {
        let length = end - start;
        let mut random = length as u64;
        let mask = (1_u64 << bit_length(length)) - 1;
        let middle = start + (length / 4) * 2;
        for offset in 0..3 {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let mut other = (random & mask) as usize;
            if other >= length {
                other -= length;
            }
            self.items.swap(middle - 1 + offset, start + other);
        }
    }

    /// A pivot for `start..end`, which has more than twelve elements, and what looking for it showed.
    fn choose_pivot(&mut self, start: usize, end: usize) -> (usize, Hint) {
        let length = end - start;
        let mut swaps = 0;
        let mut places = [1, 2, 3].map(|quarter| start + length / 4 * quarter);
        if length >= LONG {
            places = places.map(|at| self.median([at - 1, at, at + 1], &mut swaps));
        }
        let pivot = self.median(places, &mut swaps);
        let hint = match swaps {
            0 => Hint::Increasing,
            12 => Hint::Decreasing,
            _ => Hint::Unknown,
        };
        (pivot, hint)
    }

    fn median(&mut self, [mut a, mut b, mut c]: [usize; 3], swaps: &mut usize) -> usize {
        self.order(&mut a, &mut b, swaps);
        self.order(&mut b, &mut c, swaps);
        self.order(&mut a, &mut b, swaps);
        b
    }

    fn order(&mut self, a: &mut usize, b: &mut usize, swaps: &mut usize) {
        if self.less(*b, *a) {
            *swaps += 1;
            std::mem::swap(a, b);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Numbers in an order that is known, many of them equal.
    fn numbers(count: usize, most: u64) -> Vec<(u64, usize)> {
        let mut seed = 42_u64;
        (0..count)
            .map(|at| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                ((seed >> 33) % most, at)
            })
            .collect()
    }

    #[test]
    fn sort_of_up_to_twelve_elements_keeps_equal_ones_in_order() {
        let mut few = numbers(12, 3);
        let mut expected = few.clone();
        expected.sort_by_key(|(key, _)| *key);
        sort(&mut few, |a, b| a.0 < b.0);
        assert_eq!(few, expected);
    }

    /// The orders are those in which kubectl describes as many events of two moments.
    #[test]
    fn sort_of_more_elements_leaves_equal_ones_where_go_leaves_them() {
        let places = |moments: &[u8]| {
            let mut items: Vec<(u8, usize)> = moments.iter().copied().zip(0..).collect();
            sort(&mut items, |a, b| a.0 < b.0);
            items.into_iter().map(|(_, place)| place).collect::<Vec<_>>()
        };
        assert_eq!(places(&[1, 0].repeat(7)), [9, 1, 13, 3, 7, 5, 11, 12, 6, 0, 10, 8, 4, 2]);
        assert_eq!(places(&[0, 1].repeat(7)), [8, 12, 2, 0, 4, 10, 6, 3, 7, 9, 5, 11, 1, 13]);
        assert_eq!(
            places(&[0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]),
            [9, 12, 2, 3, 4, 5, 8, 13, 1, 0, 10, 11, 7, 6]
        );
    }

    proptest! {
        #[test]
        fn sort_of_anything_sorts(mut items in prop::collection::vec(0_u8..40, 0..400)) {
            let mut expected = items.clone();
            expected.sort_unstable();
            sort(&mut items, |a, b| a < b);
            prop_assert_eq!(items, expected);
        }

        #[test]
        fn sort_of_runs_and_their_ends_sorts(length in 0_usize..300, tail in prop::collection::vec(any::<u16>(), 0..5), reversed: bool) {
            let mut items: Vec<u16> = (0..length as u16).collect();
            items.extend(tail);
            if reversed {
                items.reverse();
            }
            let mut expected = items.clone();
            expected.sort_unstable();
            sort(&mut items, |a, b| a < b);
            prop_assert_eq!(items, expected);
        }
    }
}
