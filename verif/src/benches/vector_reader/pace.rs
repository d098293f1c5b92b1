// SPDX-License-Identifier: MIT OR Apache-2.0
//! When rows leave that come one per cycle, from a memory that gives a beat per cycle.

/// Cycles after the first row could have left.
pub(super) struct Pace {
    /// Beats of a word.
    word: u64,
    /// Of each channel, the last beat that came and the last step: one more than the cycle.
    channels: Vec<(u64, u64)>,
    /// Of the row that leaves.
    pub(super) late: u64,
    /// The last step of the row that leaves.
    step: u64,
    /// Rows that have left.
    rows: u64,
    /// A row had several fragments in a channel, or a channel got ahead of one that needed several
    /// beats and may wait for the same destination; from then on nothing is said.
    pub(super) crossed: bool,
    /// Some channel got ahead in the row before.
    ahead: bool,
    /// A channel needs several beats for the row.
    long: bool,
}

impl Pace {
    pub(super) fn new(channels: u32, word: u32) -> Self {
        Self {
            word: word.into(),
            channels: vec![(0, 0); channels as usize],
            late: 0,
            step: 0,
            rows: 0,
            crossed: false,
            ahead: false,
            long: false,
        }
    }

    /// Takes what row `row`, which is asked for in cycle `row`, needs of a channel.
    ///
    /// A beat comes no earlier than its row was asked for, and a cycle after the one before. A step
    /// takes a word, when all its beats have come, or serves a fragment that needs no new one.
    pub(super) fn channel(&mut self, number: usize, row: u64, fragments: u64, words: u64) {
        self.crossed |= fragments > 1 || self.ahead;
        self.long |= words > 1;
        if fragments == 0 {
            return;
        }
        let (came, step) = &mut self.channels[number];
        for _ in 0..words {
            *came = (*came).max(row) + self.word;
            *step = (*step + 1).max(*came);
        }
        if words == 0 {
            *step = (*step).max(row) + 1;
        }
        self.step = self.step.max(*step);
    }

    /// Ends the row.
    pub(super) fn row(&mut self) {
        let earliest = if self.rows == 0 { 0 } else { self.late + 1 };
        self.late = earliest.max(self.step.saturating_sub(1)).max(self.rows);
        self.rows += 1;
        let last = self.channels[0].1;
        self.ahead |= self.long && self.channels.iter().any(|&(_, step)| step != last);
        self.long = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn late(beats: &[u64]) -> Vec<u64> {
        let mut pace = Pace::new(1, 1);
        let row = |(row, &beats): (usize, &u64)| {
            pace.channel(0, row as u64, 1, beats);
            pace.row();
            pace.late
        };
        beats.iter().enumerate().map(row).collect()
    }

    #[test]
    fn rows_by_hand() {
        // One beat each: a row per cycle.
        assert_eq!(late(&[1, 1, 1]), [0, 1, 2]);
        // One and a half beats.
        assert_eq!(late(&[2, 1, 2, 1]), [1, 2, 4, 5]);
        // A beat for two rows: the step decides.
        assert_eq!(late(&[1, 0, 1, 0]), [0, 1, 2, 3]);
    }

    #[test]
    fn words_of_two_beats_by_hand() {
        let mut pace = Pace::new(1, 2);
        let mut late = Vec::new();
        for (row, words) in [(0, 1), (1, 1), (2, 0), (3, 2)] {
            pace.channel(0, row, 1, words);
            pace.row();
            late.push(pace.late);
        }
        // Beats come in cycles 1 to 8: words in 2, 4, 6 and 8.
        assert_eq!(late, [1, 3, 4, 7]);
    }

    #[test]
    fn nothing_is_said_behind_a_channel_that_got_ahead() {
        let mut pace = Pace::new(2, 1);
        // Both channels bring two beats: neither is ahead.
        pace.channel(0, 0, 1, 2);
        pace.channel(1, 0, 1, 2);
        pace.row();
        // One brings two, the other none: the row itself is as late as its beats are.
        pace.channel(0, 1, 1, 2);
        pace.channel(1, 1, 0, 0);
        pace.row();
        assert_eq!((pace.late, pace.crossed), (3, false));
        pace.channel(0, 2, 0, 0);
        assert!(pace.crossed);
    }
}
