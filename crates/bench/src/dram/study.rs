// SPDX-License-Identifier: MIT OR Apache-2.0
//! Layouts, interleaves and channels on the DRAM model alone, behind an ideal reader.

use hwgen_console::error::Error;
use hwgen_console::stop;
use hwgen_golden::memory::Layout;
use hwgen_golden::memory::choice::{Device, choose};
use hwgen_verif::dram::{Dram, Field, Mapping, Preset};
use serde::Serialize;

use super::places::{Heads, Way, accesses};
use super::works::{Sources, Work, fed_by};

/// Bytes of the address space that a bus has where each has a piece of its own.
pub(super) const PIECE: u64 = 1 << 28;
/// Bytes from the first K to the first V where they have regions of their own: the same banks.
const REGION: u64 = 1 << 24;
/// Accesses in flight that are compared.
pub(super) const WINDOWS: [usize; 6] = [16, 32, 64, 128, 256, 512];

/// What a layout gives of each device.
#[derive(Debug, Clone, Serialize)]
pub struct Line {
    /// What is done.
    pub what: &'static str,
    /// Wanted bytes as a share of what the data buses carry at most: for each device and each work.
    /// None where the device has a single bus.
    pub useful: Vec<Option<[f64; 3]>>,
}

/// What so many accesses in flight give of each device.
#[derive(Debug, Clone, Serialize)]
pub struct Window {
    /// Accesses in flight, over all channels.
    pub accesses: usize,
    /// Share of the cycles of an ideal reader with room for any number, for each device.
    pub share: Vec<f64>,
}

/// Returns the preset of a device.
pub(super) fn preset(device: Device) -> Preset {
    let found = Preset::all().into_iter().find(|p| p.name == device.name());
    found.expect("each device has a preset")
}

/// Returns the mapping that gives each bus a port and a piece of the address space, or the column the
/// low bits instead of the bank group.
pub(super) fn private(preset: &Preset, column_low: bool) -> Mapping {
    let o = &preset.organisation;
    if !column_low {
        return Mapping::private(o, PIECE);
    }
    let (group, column, bank) = (o.groups.ilog2(), o.columns.ilog2(), o.banks.ilog2());
    let below = o.access_bytes.ilog2() + group + column + bank;
    let runs = [
        (Field::Column, column),
        (Field::Group, group),
        (Field::Bank, bank),
        (Field::Row, PIECE.ilog2() - below),
        (Field::PseudoChannel, o.pseudo_channels.ilog2()),
        (Field::Channel, o.channels.ilog2()),
    ];
    Mapping::new(o, &runs)
}

/// The memory behind a device's ports as it is chosen, and the way to lay out a work.
pub(super) fn chosen(device: Device, work: &Work) -> (Preset, Mapping, Way) {
    let preset = preset(device);
    let mapping = private(&preset, false);
    let way = Way {
        channels: device.buses(),
        stride: PIECE,
        layouts: [
            Layout::Plane,
            choose(device, &work.core, work.values).v_layout,
        ],
        fill: 1,
        heads: Heads::Tight,
        turned: false,
    };
    (preset, mapping, way)
}

/// A layout to measure: how it departs from what is chosen; none where the device has a single bus.
struct Variant {
    what: &'static str,
    change: fn(&Preset, &mut Mapping, &mut Way, u64) -> Option<()>,
}

/// Spreads all ports over all buses.
fn spread(
    preset: &Preset,
    mapping: &mut Mapping,
    way: &mut Way,
    ports: u32,
    interleave: u64,
) -> Option<()> {
    let o = &preset.organisation;
    let buses = o.channels * o.pseudo_channels;
    if buses == 1 {
        return None;
    }
    *mapping = Mapping::spread(o, interleave, true);
    way.channels = ports.min(buses);
    Some(())
}

const VARIANTS: [Variant; 13] = [
    Variant {
        what: "as chosen, V by plane",
        change: |_, _, way, _| {
            way.layouts[1] = Layout::Plane;
            Some(())
        },
    },
    Variant {
        what: "as chosen, V by token",
        change: |_, _, way, _| {
            way.layouts[1] = Layout::Token;
            Some(())
        },
    },
    Variant {
        what: "K and V by token",
        change: |_, _, way, _| {
            way.layouts = [Layout::Token; 2];
            Some(())
        },
    },
    Variant {
        what: "K and V by token, filled up to a power of two",
        change: |_, _, way, whole| {
            way.layouts = [Layout::Token; 2];
            way.fill = whole.next_power_of_two();
            Some(())
        },
    },
    Variant {
        what: "each K and V in pages of its own",
        change: |_, _, way, _| {
            way.heads = Heads::Paged;
            Some(())
        },
    },
    Variant {
        what: "all K, and all V in the same banks",
        change: |_, _, way, _| {
            way.heads = Heads::Apart(REGION);
            Some(())
        },
    },
    Variant {
        what: "all K, and all V in other banks",
        change: |preset, mapping, way, _| {
            let bank = mapping.bit(&preset.organisation, Field::Bank, 1);
            way.heads = Heads::Apart(REGION + (1 << bank));
            Some(())
        },
    },
    Variant {
        what: "token 0 in another channel from head to head",
        change: |_, _, way, _| {
            way.turned = true;
            (way.channels > 1).then_some(())
        },
    },
    Variant {
        what: "column in the low bits",
        change: |preset, mapping, _, _| {
            *mapping = private(preset, true);
            Some(())
        },
    },
    Variant {
        what: "one port over all buses, 32 bytes each in turn",
        change: |preset, mapping, way, _| spread(preset, mapping, way, 1, 32),
    },
    Variant {
        what: "one port over all buses, 256 bytes",
        change: |preset, mapping, way, _| spread(preset, mapping, way, 1, 256),
    },
    Variant {
        what: "two ports over all buses, 32 bytes",
        change: |preset, mapping, way, _| spread(preset, mapping, way, 2, 32),
    },
    Variant {
        what: "as many ports as buses over all of them, 32 bytes",
        change: |preset, mapping, way, _| spread(preset, mapping, way, 32, 32),
    },
];

/// Measures all layouts, on one device only on a small scale.
pub(super) fn layouts(sources: &Sources, devices: &[Device]) -> Result<Vec<Line>, Error> {
    let mut lines: Vec<Line> = VARIANTS
        .iter()
        .map(|v| Line {
            what: v.what,
            useful: Vec::new(),
        })
        .collect();
    for &device in devices {
        let works = sources.works(fed_by(device).0)?;
        for (variant, line) in VARIANTS.iter().zip(&mut lines) {
            stop::stopped()?;
            let shares: Option<Vec<f64>> =
                works.iter().map(|w| useful(device, w, variant)).collect();
            line.useful.push(shares.and_then(|s| s.try_into().ok()));
        }
    }
    Ok(lines)
}

/// Returns the share of peak that is wanted bytes.
fn useful(device: Device, work: &Work, variant: &Variant) -> Option<f64> {
    let (preset, mut mapping, mut way) = chosen(device, work);
    let sizes = work.sizes();
    let whole = sizes[1].iter().sum();
    (variant.change)(&preset, &mut mapping, &mut way, whole)?;
    let access = u64::from(preset.organisation.access_bytes);
    let found = accesses(&work.asked, &sizes, way, access);
    let clocks = Dram::new(&preset, &mapping).read_all(found.addresses);
    Some(found.wanted as f64 / (clocks as f64 * preset.bytes_per_clock()))
}

/// Measures what accesses in flight give of the chosen layout, on decoders by token.
pub(super) fn windows(sources: &Sources, devices: &[Device]) -> Result<Vec<Window>, Error> {
    let mut lines: Vec<Window> = WINDOWS
        .iter()
        .map(|&accesses| Window {
            accesses,
            share: Vec::new(),
        })
        .collect();
    for &device in devices {
        stop::stopped()?;
        let work = sources.decode(fed_by(device).0)?;
        let (preset, mapping, way) = chosen(device, &work);
        let access = u64::from(preset.organisation.access_bytes);
        let addresses = accesses(&work.asked, &work.sizes(), way, access).addresses;
        let all = Dram::new(&preset, &mapping).read_all(addresses.iter().copied());
        for line in &mut lines {
            let mut dram = Dram::new(&preset, &mapping);
            let clocks = windowed(&mut dram, &addresses, line.accesses);
            line.share.push(all as f64 / clocks as f64);
        }
    }
    Ok(lines)
}

/// Reads accesses in order with at most `window` in flight; returns the clocks to the last data.
fn windowed(dram: &mut Dram, addresses: &[u64], window: usize) -> u64 {
    let start = dram.now();
    let (mut next, mut flying) = (0, 0);
    while next < addresses.len() || flying > 0 {
        while flying < window
            && let Some(&address) = addresses.get(next)
            && dram.submit(address, false).is_some()
        {
            (next, flying) = (next + 1, flying + 1);
        }
        dram.clock();
        flying -= dram.take_done().count();
    }
    dram.now() - start
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_the_presets_of_the_model() {
        for device in Device::ALL {
            let o = preset(device).organisation;
            assert_eq!(device.buses(), o.channels * o.pseudo_channels);
            assert_eq!(device.access_bytes(), o.access_bytes);
        }
    }

    #[test]
    fn windows_by_hand() {
        // One DDR4 read at a time takes 37 clocks on a closed bank, and 21 in its open row.
        let preset = preset(Device::Ddr4);
        let mut dram = Dram::new(&preset, &private(&preset, false));
        let column = 4 * 64;
        assert_eq!(
            windowed(&mut dram, &[0, column, 2 * column], 1),
            37 + 2 * 21
        );
    }
}
