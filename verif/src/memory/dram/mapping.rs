// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which bits of an address mean what.

use super::preset::Organisation;

/// What an address bit is part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The channel.
    Channel,
    /// The pseudo channel of a channel.
    PseudoChannel,
    /// The bank group.
    Group,
    /// The bank of a bank group.
    Bank,
    /// The access of a row.
    Column,
    /// The row.
    Row,
}

/// Where an access goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) channel: u32,
    pub(super) pseudo_channel: u32,
    /// Bank group within the pseudo channel.
    pub(super) group: u32,
    /// Bank within the bank group.
    pub(super) bank: u32,
    pub(super) row: u64,
    /// Access of the row.
    pub(super) column: u32,
}

/// The bits of an address above those of an access, lowest first, as runs of a field. Runs of one field
/// follow each other from its lowest bit on. All bits above the runs are bits of the row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    runs: Vec<(Field, u32)>,
}

impl Mapping {
    /// Takes runs.
    ///
    /// # Panics
    /// If a field other than the row has not as many bits as the organisation needs.
    pub fn new(organisation: &Organisation, runs: &[(Field, u32)]) -> Self {
        let o = organisation;
        let wanted = [
            (Field::Channel, o.channels),
            (Field::PseudoChannel, o.pseudo_channels),
            (Field::Group, o.groups),
            (Field::Bank, o.banks),
            (Field::Column, o.columns),
        ];
        for (field, count) in wanted {
            let bits = count.ilog2();
            assert!(count.is_power_of_two(), "{field:?}: no power of two");
            let own = runs.iter().filter(|run| run.0 == field);
            let got: u32 = own.map(|run| run.1).sum();
            assert_eq!(got, bits, "bits of the {field:?}");
        }
        let runs = runs.iter().copied().filter(|run| run.1 > 0).collect();
        Self { runs }
    }

    /// Spreads runs of `interleave` bytes over channels and pseudo channels. Within those, and above
    /// them, the bank group comes first and then the column (`group_low`), or the other way round; the
    /// bank and the row are on top.
    pub fn spread(organisation: &Organisation, interleave: u64, group_low: bool) -> Self {
        let o = organisation;
        let (group, column) = (o.groups.ilog2(), o.columns.ilog2());
        let mut order = [(Field::Group, group), (Field::Column, column)];
        if !group_low {
            order.reverse();
        }
        let mut below = (interleave / u64::from(o.access_bytes)).ilog2();
        let (mut runs, mut above) = (Vec::new(), Vec::new());
        for (field, bits) in order {
            let low = bits.min(below);
            below -= low;
            runs.push((field, low));
            above.push((field, bits - low));
        }
        runs.push((Field::Channel, o.channels.ilog2()));
        runs.push((Field::PseudoChannel, o.pseudo_channels.ilog2()));
        runs.extend(above);
        runs.push((Field::Bank, o.banks.ilog2()));
        Self::new(o, &runs)
    }

    /// Gives each pseudo channel `bytes` of the address space in one piece, for ports that each have one
    /// of their own; bank group, column, bank and row follow from the lowest bit.
    ///
    /// # Panics
    /// If `bytes` is no power of two, or less than a row of all banks.
    pub fn private(organisation: &Organisation, bytes: u64) -> Self {
        let o = organisation;
        let (group, column, bank) = (o.groups.ilog2(), o.columns.ilog2(), o.banks.ilog2());
        assert!(bytes.is_power_of_two(), "{bytes} bytes: no power of two");
        let all = bytes.ilog2() - o.access_bytes.ilog2();
        let row = all.checked_sub(group + column + bank);
        let row = row.expect("a pseudo channel holds a row of each bank");
        let runs = [
            (Field::Group, group),
            (Field::Column, column),
            (Field::Bank, bank),
            (Field::Row, row),
            (Field::PseudoChannel, o.pseudo_channels.ilog2()),
            (Field::Channel, o.channels.ilog2()),
        ];
        Self::new(o, &runs)
    }

    /// Returns the address bit that is bit `index` of `field`.
    pub fn bit(&self, organisation: &Organisation, field: Field, index: u32) -> u32 {
        let (mut at, mut seen) = (organisation.access_bytes.ilog2(), 0);
        for &(run, bits) in &self.runs {
            if run == field && index < seen + bits {
                return at + index - seen;
            }
            seen += if run == field { bits } else { 0 };
            at += bits;
        }
        at + index - seen
    }

    /// Returns the place of the access that holds `address`.
    pub(super) fn place(&self, organisation: &Organisation, address: u64) -> Place {
        let mut left = address / u64::from(organisation.access_bytes);
        let mut fields = [(0_u64, 0_u32); 6];
        for &(field, bits) in &self.runs {
            let (value, width) = &mut fields[field as usize];
            *value |= (left & ((1 << bits) - 1)) << *width;
            *width += bits;
            left >>= bits;
        }
        let (row, width) = fields[Field::Row as usize];
        let of = |field: Field| fields[field as usize].0 as u32;
        Place {
            channel: of(Field::Channel),
            pseudo_channel: of(Field::PseudoChannel),
            group: of(Field::Group),
            bank: of(Field::Bank),
            column: of(Field::Column),
            row: row | left << width,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Preset;
    use super::*;

    #[test]
    fn bits_are_where_the_runs_say() {
        let o = Preset::hbm2().organisation;
        let mapping = Mapping::spread(&o, 256, true);
        // 5 bits of the access, bank group in 5 and 6, a column bit in 7, 16 pseudo channels in 8 to 11,
        // four column bits, two of the bank.
        let low = 3 << 5 | 1 << 7 | 5 << 8 | 1 << 11;
        let place = mapping.place(&o, 31 | low | 10 << 12 | 2 << 16 | 0x41 << 18);
        assert_eq!((place.group, place.column), (3, 10 << 1 | 1));
        assert_eq!((place.pseudo_channel, place.channel), (1, 5));
        assert_eq!((place.bank, place.row), (2, 0x41));
        assert_eq!(mapping.bit(&o, Field::Bank, 0), 16);
        assert_eq!(mapping.bit(&o, Field::Column, 1), 12);
        assert_eq!(mapping.bit(&o, Field::Row, 2), 20);
    }

    #[test]
    fn no_two_accesses_share_a_place() {
        for preset in Preset::all() {
            let o = preset.organisation;
            let access = u64::from(o.access_bytes);
            let mappings = [
                Mapping::spread(&o, access, true),
                Mapping::spread(&o, 4 * access, false),
                Mapping::private(&o, 1 << 20),
            ];
            for mapping in mappings {
                let mut seen = std::collections::HashSet::new();
                for at in 0..4096 {
                    let place = mapping.place(&o, at * access);
                    assert!(seen.insert(format!("{place:?}")), "{place:?}");
                }
            }
        }
    }

    #[test]
    fn a_private_piece_is_one_pseudo_channel() {
        let o = Preset::hbm2().organisation;
        let mapping = Mapping::private(&o, 1 << 28);
        for piece in 0..16_u64 {
            for at in [0, 12_345, (1 << 28) - 1] {
                let place = mapping.place(&o, (piece << 28) + at);
                assert_eq!(u64::from(place.channel * 2 + place.pseudo_channel), piece);
            }
        }
    }
}
