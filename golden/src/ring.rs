// SPDX-License-Identifier: MIT OR Apache-2.0
//! The ring of commands: where descriptors lie, which are handed on with a code, and what comes of the
//! answer to one.

mod interface;

use crate::command::{COMPLETION, Code, Completion, DESCRIPTOR, Fault};
use crate::stream::Window;
use crate::violation::Violation;

/// Parameters of the ring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RingParams {
    /// Bits of a beat: 64, 128, 256 or 512.
    pub data_w: u32,
    /// Descriptors under way, 1 to 16.
    pub depth: u32,
}

impl Default for RingParams {
    fn default() -> Self {
        Self {
            data_w: 64,
            depth: 4,
        }
    }
}

/// What the registers say of the ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Address of descriptor 0.
    pub base: u64,
    /// Descriptors of the ring.
    pub size: u16,
    /// Where accesses must be.
    pub window: Window,
}

/// A descriptor that is handed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handed {
    /// What the ring found wrong with it, and the address that an error without one of its own has.
    pub fault: Fault,
    /// Whether it was fetched without an error, so that its fields count.
    pub fetched: bool,
}

/// The answer to a descriptor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// The number of its code.
    pub code: u8,
    /// The address of its error, 0 for that of the descriptor.
    pub address: u64,
    /// What is counted of it.
    pub count: u32,
}

/// What an answer brings about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// The error that is raised: the number of its code and its address.
    pub error: Option<(u8, u64)>,
    /// The completion record: its address and its bytes.
    pub record: Option<(u64, [u8; COMPLETION])>,
    /// Whether the interrupt is raised.
    pub interrupt: bool,
}

impl RingParams {
    /// Returns every rule that these parameters break.
    pub fn violations(&self) -> Vec<Violation> {
        let mut out = Vec::new();
        Violation::power_of_two("ring.data_w", self.data_w, 64, 512, &mut out);
        Violation::range("ring.depth", self.depth, 1, 16, &mut out);
        out
    }

    /// Returns the bytes of a beat.
    pub fn beat(&self) -> u32 {
        self.data_w / 8
    }

    /// Returns the beats of a descriptor.
    pub fn beats(&self) -> u32 {
        DESCRIPTOR as u32 / self.beat()
    }

    /// Returns the cycles from the one in which the tail moved to that in which the first descriptor
    /// is offered, where nothing was under way and the memory answers `latency` cycles behind an
    /// address.
    pub fn latency(&self, latency: u32) -> u32 {
        FIXED + latency + self.beats()
    }
}

/// Cycles of the latency that depend on nothing.
const FIXED: u32 = 20;

impl Place {
    /// Returns the address of a descriptor. It may lie anywhere if the base does.
    pub fn address(&self, index: u16) -> u64 {
        self.base.wrapping_add(u64::from(index) * DESCRIPTOR as u64)
    }

    /// Returns the index behind `index`.
    pub fn next(&self, index: u16) -> u16 {
        if index + 1 >= self.size { 0 } else { index + 1 }
    }

    /// Tells whether a short range is inside of the window.
    fn holds(&self, address: u64, bytes: usize) -> bool {
        let end = u128::from(address) + bytes as u128;
        address >= self.window.base && end <= u128::from(self.window.end)
    }

    /// Returns why descriptor `index` is not fetched, if it is not.
    pub fn refused(&self, index: u16) -> Option<Code> {
        let address = self.address(index);
        if !self.base.is_multiple_of(DESCRIPTOR as u64) {
            Some(Code::RingBase)
        } else if !self.holds(address, DESCRIPTOR) {
            Some(Code::Window)
        } else {
            None
        }
    }

    /// Judges descriptor `index`, which has these bytes; `failed` is the address of the first beat of
    /// it that came with an error.
    pub fn judge(&self, index: u16, bytes: &[u8; DESCRIPTOR], failed: Option<u64>) -> Handed {
        let at = self.address(index);
        let completion = field(bytes);
        let (fetched, code, address) = match (self.refused(index), failed) {
            (Some(code), _) => (false, code, at),
            (None, Some(beat)) => (false, Code::Fetch, beat),
            (None, None) if self.writes(completion) => (true, Code::Okay, at),
            (None, None) => (true, Code::Completion, completion),
        };
        Handed {
            fault: Fault { code, address },
            fetched,
        }
    }

    /// Tells whether a completion record can be written there, or is not wanted.
    fn writes(&self, completion: u64) -> bool {
        let fits =
            completion.is_multiple_of(COMPLETION as u64) && self.holds(completion, COMPLETION);
        completion == 0 || fits
    }

    /// Returns what the answer to descriptor `index` brings about, `cycles` cycles behind its fetch.
    pub fn ending(
        &self,
        index: u16,
        bytes: &[u8; DESCRIPTOR],
        handed: &Handed,
        answer: Answer,
        cycles: u32,
    ) -> Ending {
        let address = match answer.address {
            0 => handed.fault.address,
            address => address,
        };
        let wanted = handed.fault.code == Code::Okay && field(bytes) != 0;
        let mut tag = [0; 4];
        tag.copy_from_slice(&bytes[4..8]);
        let record = || {
            let mut out = [0; COMPLETION];
            let known = Completion {
                tag: u32::from_le_bytes(tag),
                code: Code::Okay,
                op: bytes[0],
                index,
                count: answer.count,
                cycles,
            };
            out.copy_from_slice(&known.encode());
            out[4] = answer.code;
            (field(bytes), out)
        };
        Ending {
            error: (answer.code != 0).then_some((answer.code, address)),
            record: wanted.then(record),
            interrupt: handed.fetched && bytes[1] & 1 != 0,
        }
    }
}

/// Returns the address of the completion record in a descriptor.
fn field(bytes: &[u8; DESCRIPTOR]) -> u64 {
    let mut field = [0; 8];
    field.copy_from_slice(&bytes[8..16]);
    u64::from_le_bytes(field)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place = Place {
        base: 0x1040,
        size: 3,
        window: Window {
            base: 0x1040,
            end: 0x1110,
        },
    };

    fn descriptor(completion: u64) -> [u8; DESCRIPTOR] {
        let mut bytes = [0; DESCRIPTOR];
        bytes[..8].copy_from_slice(&[9, 1, 0, 0, 1, 2, 3, 4]);
        bytes[8..16].copy_from_slice(&completion.to_le_bytes());
        bytes
    }

    fn judged(index: u16, completion: u64, failed: Option<u64>) -> (Code, u64, bool) {
        let handed = PLACE.judge(index, &descriptor(completion), failed);
        (handed.fault.code, handed.fault.address, handed.fetched)
    }

    #[test]
    fn the_ring_goes_round() {
        assert_eq!([0, 1, 2].map(|i| PLACE.next(i)), [1, 2, 0]);
        assert_eq!(PLACE.address(2), 0x10c0);
        let one = Place { size: 1, ..PLACE };
        assert_eq!(one.next(0), 0);
    }

    #[test]
    fn verdicts_by_hand() {
        assert_eq!(judged(1, 0, None), (Code::Okay, 0x1080, true));
        assert_eq!(judged(1, 0x1100, None), (Code::Okay, 0x1080, true));
        for bad in [0x1030, 0x1110, 0x1048, u64::MAX - 15] {
            assert_eq!(judged(1, bad, None), (Code::Completion, bad, true));
        }
        // An error of the memory goes first: what the descriptor says does not count.
        let failed = judged(1, 0x1048, Some(0x1098));
        assert_eq!(failed, (Code::Fetch, 0x1098, false));
        // Descriptor 2 ends with byte 0x10ff, and the window might end before.
        let tight = |end| Place {
            window: Window { base: 0x1040, end },
            ..PLACE
        };
        assert_eq!(tight(0x1100).refused(2), None);
        assert_eq!(tight(0x10ff).refused(2), Some(Code::Window));
        let late = Place {
            window: Window {
                base: 0x1041,
                end: u64::MAX,
            },
            ..PLACE
        };
        assert_eq!(late.refused(0), Some(Code::Window));
        assert_eq!(late.refused(1), None);
        let odd = Place {
            base: 0x1060,
            ..PLACE
        };
        assert_eq!(odd.refused(0), Some(Code::RingBase));
    }

    #[test]
    fn endings_by_hand() {
        let bytes = descriptor(0x1100);
        let handed = PLACE.judge(2, &bytes, None);
        let answer = Answer {
            code: 0,
            address: 0,
            count: 7,
        };
        let ending = PLACE.ending(2, &bytes, &handed, answer, 0x0102);
        let record = [1, 2, 3, 4, 0, 9, 2, 0, 7, 0, 0, 0, 2, 1, 0, 0];
        assert_eq!(ending.record, Some((0x1100, record)));
        assert_eq!((ending.error, ending.interrupt), (None, true));
        let bad = Answer { code: 48, ..answer };
        let ending = PLACE.ending(2, &bytes, &handed, bad, 0);
        assert_eq!(ending.error, Some((48, 0x10c0)));
        assert_eq!(ending.record.map(|r| r.1[4]), Some(48));
        let placed = Answer {
            address: 0x77,
            ..bad
        };
        let ending = PLACE.ending(2, &bytes, &handed, placed, 0);
        assert_eq!(ending.error, Some((48, 0x77)));
        // No record where none can be written; no interrupt where the descriptor is not known.
        let bytes = descriptor(0x1048);
        let handed = PLACE.judge(2, &bytes, None);
        let ending = PLACE.ending(2, &bytes, &handed, Answer { code: 24, ..answer }, 0);
        let error = Some((24, 0x1048));
        assert_eq!((ending.error, ending.record), (error, None));
        assert!(ending.interrupt);
        let handed = PLACE.judge(2, &bytes, Some(0x10c0));
        let ending = PLACE.ending(2, &bytes, &handed, Answer { code: 16, ..answer }, 0);
        assert!(!ending.interrupt && ending.record.is_none());
    }

    #[test]
    fn all_rules_are_reported_at_once() {
        let bad = RingParams {
            data_w: 32,
            depth: 17,
        };
        let said: Vec<String> = bad.violations().iter().map(ToString::to_string).collect();
        assert_eq!(
            said,
            [
                "ring.data_w = 32: must be 64 to 512 (try 64)",
                "ring.depth = 17: must be 1 to 16 (try 16)",
            ]
        );
        assert_eq!(RingParams::default().violations(), []);
    }
}
