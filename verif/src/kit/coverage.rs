// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which situations a bench has brought about, and how often.

use std::fmt;
use std::marker::PhantomData;

/// A situation that is counted: a variant of what [`points!`] makes.
pub(crate) trait Point: Copy + fmt::Debug + PartialEq + 'static {
    /// Every situation, in order.
    const ALL: &'static [Self];

    /// Returns the place in [`Self::ALL`].
    fn index(self) -> usize;

    /// Returns the name in reports: `KeepNone` is `keep_none`.
    fn name(self) -> String {
        let mut name = String::new();
        for letter in format!("{self:?}").chars() {
            if letter.is_ascii_uppercase() && !name.is_empty() {
                name.push('_');
            }
            name.push(letter.to_ascii_lowercase());
        }
        name
    }
}

/// Declares the situations of a block, each once: a name with what it means.
macro_rules! points {
    ($($(#[$meaning:meta])* $name:ident),* $(,)?) => {
        /// A situation that is counted.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Point {
            $($(#[$meaning])* $name),*
        }

        impl $crate::kit::Point for Point {
            const ALL: &'static [Self] = &[$(Self::$name),*];

            fn index(self) -> usize {
                self as usize
            }
        }
    };
}
pub(crate) use points;

/// Counts of all situations.
#[derive(Debug, Clone)]
pub(crate) struct Coverage<P> {
    counts: Vec<u64>,
    points: PhantomData<P>,
}

impl<P: Point> Coverage<P> {
    /// Counts `point` if it `happened`.
    #[inline]
    pub(crate) fn count(&mut self, point: P, happened: bool) {
        self.counts[point.index()] += u64::from(happened);
    }

    /// Adds what was counted elsewhere.
    pub(crate) fn add(&mut self, other: &Self) {
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count += more;
        }
    }

    /// Lists situations and counts.
    pub(crate) fn counts(&self) -> impl Iterator<Item = (P, u64)> {
        P::ALL.iter().copied().zip(self.counts.iter().copied())
    }
}

impl<P: Point> Default for Coverage<P> {
    fn default() -> Self {
        Self {
            counts: vec![0; P::ALL.len()],
            points: PhantomData,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Coverage, Point as _};

    points! {
        /// A name of one word.
        Reset,
        /// A name of several.
        ScanToALimit,
        /// A name with a number.
        N16,
    }

    #[test]
    fn names_are_those_of_the_variants() {
        let names: Vec<String> = Point::ALL.iter().map(|p| p.name()).collect();
        assert_eq!(names, ["reset", "scan_to_a_limit", "n16"]);
    }

    #[test]
    fn what_happened_is_counted_and_added_up() {
        let (mut one, mut all) = (Coverage::default(), Coverage::default());
        one.count(Point::N16, true);
        one.count(Point::Reset, false);
        all.add(&one);
        all.add(&one);
        let counts: Vec<u64> = all.counts().map(|(_, count)| count).collect();
        assert_eq!(counts, [0, 0, 2]);
    }
}
