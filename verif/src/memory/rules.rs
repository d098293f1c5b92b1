// SPDX-License-Identifier: MIT OR Apache-2.0
//! The rules of AXI4 for a manager that has INCR bursts of full width, and what breaks them.

use super::space::Outside;
use crate::report::Fault;
use hwgen_golden::memory::MemoryParams;

/// Bytes that no burst may cross.
const BOUNDARY: u64 = 4096;
/// `AxBURST` of a burst of rising addresses.
const INCR: u32 = 1;

/// What goes with an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Address {
    /// First byte.
    pub(crate) start: u64,
    /// ID.
    pub(crate) id: u64,
    /// Beats, 1 to 256: `AxLEN` is one less.
    pub(crate) beats: u32,
    /// `AxSIZE`: log2 of the bytes of a beat.
    pub(crate) size: u32,
    /// `AxBURST`.
    pub(crate) burst: u32,
    /// `AxPROT`.
    pub(crate) prot: u32,
    /// `AxCACHE`.
    pub(crate) cache: u32,
}

impl Address {
    /// Returns the first byte of beat `index`'s full width, where a beat has `lanes` bytes.
    pub(crate) fn beat(&self, index: u32, lanes: u32) -> u64 {
        let lanes = u64::from(lanes);
        self.start / lanes * lanes + u64::from(index) * lanes
    }
}

/// What a port promises beside the rules of AXI4 themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rules {
    /// Bytes of a beat: 8 to 64.
    pub(crate) lanes: u32,
    /// Most beats in a burst.
    pub(crate) burst: u32,
    /// Whether bursts begin at a multiple of the width.
    pub(crate) aligned: bool,
    /// Most bursts in flight, if bounded.
    pub(crate) bursts_in_flight: Option<u32>,
    /// Most beats asked for and not yet transferred, if bounded.
    pub(crate) beats_in_flight: Option<u32>,
    /// `AxPROT` and `AxCACHE`, if fixed.
    pub(crate) attributes: Option<(u32, u32)>,
}

impl Rules {
    /// Returns the rules of a port of `lanes` bytes with bursts of up to `burst` beats, which begin at a
    /// multiple of the width.
    pub(crate) fn new(lanes: u32, burst: u32) -> Self {
        Self {
            lanes,
            burst,
            aligned: true,
            bursts_in_flight: None,
            beats_in_flight: None,
            attributes: None,
        }
    }

    /// Returns the rules of a port of plane vectors: bursts of words, of which the read buffer holds so
    /// many.
    pub(crate) fn of_vectors(p: &MemoryParams) -> Self {
        let beats = p.word_beats();
        Self {
            beats_in_flight: Some(p.beats * beats),
            ..Self::new(p.port_bytes(), p.chunk() * beats)
        }
    }

    /// Checks what goes with an address, before which `bursts` and `beats` were in flight.
    pub(crate) fn check(&self, a: &Address, bursts: u32, beats: u32) -> Result<(), Broken> {
        if a.burst != INCR {
            return Err(Broken::Burst(a.burst));
        }
        let size = self.lanes.trailing_zeros();
        if a.size != size {
            return Err(Broken::Size(size, a.size));
        }
        if self.aligned && !a.start.is_multiple_of(u64::from(self.lanes)) {
            return Err(Broken::Unaligned(self.lanes, a.start));
        }
        if a.beats > self.burst {
            return Err(Broken::Length(self.burst, a.beats));
        }
        let first = a.beat(0, self.lanes);
        let bytes = u64::from(a.beats) * u64::from(self.lanes);
        if first % BOUNDARY + bytes > BOUNDARY {
            return Err(Broken::Crosses(a.start, bytes));
        }
        // Other than modifiable memory allocates nothing.
        if a.cache & 0b0010 == 0 && a.cache & 0b1100 != 0 {
            return Err(Broken::Cache(a.cache));
        }
        match self.attributes {
            Some((prot, _)) if prot != a.prot => return Err(Broken::Prot(prot, a.prot)),
            Some((_, cache)) if cache != a.cache => return Err(Broken::Cache(a.cache)),
            _ => {}
        }
        if let Some(most) = self.bursts_in_flight.filter(|&most| bursts + 1 > most) {
            return Err(Broken::Bursts(most, bursts + 1));
        }
        let beats = beats + a.beats;
        match self.beats_in_flight {
            Some(most) if beats > most => Err(Broken::Beats(most, beats)),
            _ => Ok(()),
        }
    }

    /// Checks the strobes of beat `index` of a write.
    pub(crate) fn strobes(&self, a: &Address, index: u32, strobes: u64) -> Result<(), Broken> {
        if strobes == 0 {
            return Err(Broken::NoByte(index));
        }
        // Bytes below an address that is no multiple of the width are not part of the burst.
        let below = (a.start % u64::from(self.lanes)) as u32;
        if index == 0 && strobes & ((1 << below) - 1) != 0 {
            return Err(Broken::StrobeBelow(a.start, strobes));
        }
        Ok(())
    }
}

/// A rule that the device broke: what was expected where it matters, then what came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Broken {
    /// Not an INCR burst.
    Burst(u32),
    /// Not the full width.
    Size(u32, u32),
    /// Does not begin at a multiple of the width.
    Unaligned(u32, u64),
    /// More beats than the port has promised.
    Length(u32, u32),
    /// Crosses 4 KiB: address and bytes.
    Crosses(u64, u64),
    /// `AxPROT` differs.
    Prot(u32, u32),
    /// `AxCACHE` differs, or is reserved.
    Cache(u32),
    /// Too many bursts in flight.
    Bursts(u32, u32),
    /// Too many beats in flight.
    Beats(u32, u32),
    /// WLAST in this beat of a burst of so many.
    LastEarly(u32, u32),
    /// No WLAST in the last beat of a burst of so many.
    LastMissing(u32),
    /// A beat of a write without a byte.
    NoByte(u32),
    /// A strobe of a byte below the address.
    StrobeBelow(u64, u64),
    /// An access outside what was allotted.
    Outside(Outside),
}

impl Broken {
    /// Makes a fault of it, at port `name` (`mem_aw` for addresses, `mem_w` for data).
    #[cold]
    pub(crate) fn fault(&self, name: &str) -> Fault {
        let (field, expected, got) = match self {
            Self::Burst(got) => ("burst_o", "1 (INCR)".to_owned(), got.to_string()),
            Self::Size(want, got) => ("size_o", want.to_string(), got.to_string()),
            Self::Unaligned(lanes, got) => {
                let want = format!("a multiple of {lanes}");
                ("addr_o", want, format!("{got:#x}"))
            }
            Self::Length(most, got) => {
                let want = format!("a burst of at most {most} beats");
                ("len_o", want, format!("{got} beats"))
            }
            Self::Crosses(address, bytes) => {
                let want = "a burst within 4 KiB".to_owned();
                ("len_o", want, format!("{bytes} bytes at {address:#x}"))
            }
            Self::Prot(want, got) => ("prot_o", want.to_string(), got.to_string()),
            Self::Cache(got) => {
                let want = "the attributes that were set, none reserved".to_owned();
                ("cache_o", want, format!("{got:#06b}"))
            }
            Self::Bursts(most, got) => {
                let want = format!("at most {most} bursts in flight");
                ("valid_o", want, got.to_string())
            }
            Self::Beats(most, got) => {
                let want = format!("at most {most} beats in flight");
                ("valid_o", want, got.to_string())
            }
            Self::LastEarly(at, beats) => {
                let want = format!("WLAST in the last of {beats} beats");
                ("last_o", want, format!("in beat {at}"))
            }
            Self::LastMissing(beats) => {
                let want = format!("WLAST in the last of {beats} beats");
                ("last_o", want, "none there".to_owned())
            }
            Self::NoByte(at) => {
                let want = "a strobe in each beat".to_owned();
                ("strb_o", want, format!("none in beat {at} (from 0)"))
            }
            Self::StrobeBelow(address, strobes) => {
                let want = format!("no strobe below {address:#x}");
                ("strb_o", want, format!("{strobes:#x}"))
            }
            Self::Outside(outside) => {
                let want = "an access to what was allotted".to_owned();
                ("addr_o", want, outside.to_string())
            }
        };
        Fault::new(format!("{name}{field}"), expected, got)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A legal burst of 32-byte beats.
    pub(in super::super) fn burst(address: u64, beats: u32) -> Address {
        Address {
            start: address,
            id: 0,
            beats,
            size: 5,
            burst: 1,
            prot: 2,
            cache: 0b0011,
        }
    }

    fn rules() -> Rules {
        Rules {
            attributes: Some((2, 0b0011)),
            bursts_in_flight: Some(4),
            beats_in_flight: Some(64),
            ..Rules::new(32, 16)
        }
    }

    #[test]
    fn legal_bursts_pass() {
        for (address, beats) in [(0, 1), (0xe00, 16), (u64::MAX - 511, 16), (0x1fe0, 1)] {
            assert_eq!(rules().check(&burst(address, beats), 0, 0), Ok(()));
        }
        assert_eq!(rules().check(&burst(0, 16), 3, 48), Ok(()));
    }

    #[test]
    fn each_rule_is_noticed() {
        let check = |a: Address| rules().check(&a, 3, 50).expect_err("a rule is broken");
        let legal = burst(0xe00, 8);
        assert_eq!(check(Address { burst: 0, ..legal }), Broken::Burst(0));
        assert_eq!(check(Address { burst: 2, ..legal }), Broken::Burst(2));
        assert_eq!(check(Address { size: 4, ..legal }), Broken::Size(5, 4));
        assert_eq!(check(burst(0xe10, 1)), Broken::Unaligned(32, 0xe10));
        assert_eq!(check(burst(0, 17)), Broken::Length(16, 17));
        assert_eq!(check(burst(0xe20, 16)), Broken::Crosses(0xe20, 512));
        assert_eq!(
            check(burst(u64::MAX - 31, 2)),
            Broken::Crosses(u64::MAX - 31, 64)
        );
        assert_eq!(check(Address { prot: 0, ..legal }), Broken::Prot(2, 0));
        assert_eq!(check(Address { cache: 2, ..legal }), Broken::Cache(2));
        assert_eq!(check(burst(0, 15)), Broken::Beats(64, 65));
        assert_eq!(
            rules().check(&legal, 4, 0).expect_err("a rule is broken"),
            Broken::Bursts(4, 5)
        );
    }

    #[test]
    fn reserved_attributes_are_noticed() {
        let rules = Rules::new(32, 16);
        let reserved = (0..16).filter(|&cache| {
            let a = Address {
                cache,
                ..burst(0, 1)
            };
            rules.check(&a, 0, 0).is_err()
        });
        // The table of AxCACHE in the specification of AXI4, A4.4.
        assert_eq!(
            reserved.collect::<Vec<_>>(),
            [0b0100, 0b0101, 0b1000, 0b1001, 0b1100, 0b1101]
        );
    }

    #[test]
    fn an_unaligned_burst_counts_its_first_beat_whole() {
        let rules = Rules {
            aligned: false,
            ..Rules::new(32, 16)
        };
        assert_eq!(rules.check(&burst(0xfe1, 1), 0, 0), Ok(()));
        assert_eq!(
            rules.check(&burst(0xfe1, 2), 0, 0),
            Err(Broken::Crosses(0xfe1, 64))
        );
        let a = burst(0x104, 2);
        assert_eq!((a.beat(0, 32), a.beat(1, 32)), (0x100, 0x120));
        assert_eq!(rules.strobes(&a, 0, 0xfff0), Ok(()));
        assert_eq!(
            rules.strobes(&a, 0, 0x8),
            Err(Broken::StrobeBelow(0x104, 8))
        );
        assert_eq!(rules.strobes(&a, 1, 0x8), Ok(()));
        assert_eq!(rules.strobes(&a, 1, 0), Err(Broken::NoByte(1)));
    }

    #[test]
    fn faults_name_port_and_value() {
        let fault = Broken::Crosses(0xfe0, 64).fault("mem_ar");
        let words = [fault.field, fault.expected, fault.got];
        assert_eq!(
            words,
            ["mem_arlen_o", "a burst within 4 KiB", "64 bytes at 0xfe0"]
        );
    }
}
