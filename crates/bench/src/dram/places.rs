// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where vectors lie under a layout, and which accesses of a DRAM hold them.

use std::collections::HashSet;

use hwgen_golden::memory::{Layout, PAGE};

use super::traffic::Asked;

/// How heads follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heads {
    /// One behind the other, K and then V, without a gap.
    Tight,
    /// Likewise, each K and each V in pages of its own.
    Paged,
    /// All K one behind the other, and all V likewise, which begins so many bytes behind the first K.
    Apart(u64),
}

/// A way to lay out the planes of heads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Way {
    /// Channels that tokens are interleaved over.
    pub(super) channels: u32,
    /// Bytes from a channel to the next.
    pub(super) stride: u64,
    /// How the planes of K and of V lie.
    pub(super) layouts: [Layout; 2],
    /// Bytes of which those of a token are made a multiple where its planes lie together.
    pub(super) fill: u64,
    /// How heads follow each other.
    pub(super) heads: Heads,
    /// Whether token 0 lies in another channel from head to head, rather than in the first.
    pub(super) turned: bool,
}

/// Bytes of the vectors of each plane, of K and of V.
pub(super) type Sizes = [Vec<u64>; 2];

/// Where a head lies in its channels: the first token of each plane, and the bytes to the next one.
struct Head {
    first: [Vec<u64>; 2],
    strides: [Vec<u64>; 2],
}

/// The accesses that an ideal reader makes: each once, in the order in which they are first needed.
pub(super) struct Accesses {
    pub(super) addresses: Vec<u64>,
    /// Bytes that are wanted of them.
    pub(super) wanted: u64,
}

/// Finds the accesses of `access` bytes for what is asked.
pub(super) fn accesses(asked: &Asked, sizes: &Sizes, way: Way, access: u64) -> Accesses {
    let heads = heads(asked, sizes, way, access);
    let (mut seen, mut addresses, mut wanted) = (HashSet::new(), Vec::new(), 0);
    for (job, request, token) in asked.vectors() {
        let (head, kind, plane) = (
            &heads[job as usize],
            usize::from(request.value),
            request.plane,
        );
        let turn = if way.turned { job % way.channels } else { 0 };
        let channel = (token % way.channels) ^ turn;
        let place = u64::from(token / way.channels);
        let at = u64::from(channel) * way.stride
            + head.first[kind][plane]
            + place * head.strides[kind][plane];
        let size = sizes[kind][plane];
        wanted += size;
        for block in at / access..=(at + size - 1) / access {
            if seen.insert(block) {
                addresses.push(block * access);
            }
        }
    }
    Accesses { addresses, wanted }
}

fn heads(asked: &Asked, sizes: &Sizes, way: Way, access: u64) -> Vec<Head> {
    let unit = match way.heads {
        Heads::Paged => PAGE,
        Heads::Tight | Heads::Apart(_) => access,
    };
    // Where the next K and the next V begin, if they have regions of their own.
    let mut ends = [0, 0];
    let mut of = |&tokens: &u32| {
        let places = u64::from(tokens.div_ceil(way.channels));
        let mut head = Head {
            first: [Vec::new(), Vec::new()],
            strides: [Vec::new(), Vec::new()],
        };
        for kind in [0, 1] {
            let (region, away) = match way.heads {
                Heads::Apart(distance) => (kind, kind as u64 * distance),
                Heads::Tight | Heads::Paged => (0, 0),
            };
            let begin = ends[region] + away;
            let end = plane_by_plane(&mut head, kind, &sizes[kind], (begin, places), way, access);
            ends[region] = (end - away).next_multiple_of(unit);
        }
        head
    };
    asked.tokens.iter().map(&mut of).collect()
}

/// Places the planes of a kind from `begin` on; returns the first byte behind them.
fn plane_by_plane(
    head: &mut Head,
    kind: usize,
    sizes: &[u64],
    (begin, places): (u64, u64),
    way: Way,
    access: u64,
) -> u64 {
    let whole = sizes.iter().sum::<u64>().next_multiple_of(way.fill);
    let together = way.layouts[kind] == Layout::Token;
    let mut at = begin;
    for &size in sizes {
        head.first[kind].push(at);
        head.strides[kind].push(if together { whole } else { size });
        at += if together {
            size
        } else {
            // As `golden::memory::layout` does.
            let bytes = (places * size).next_multiple_of(access);
            bytes
                + if bytes.is_multiple_of(1024) {
                    access
                } else {
                    0
                }
        };
    }
    if together { begin + places * whole } else { at }
}

#[cfg(test)]
mod tests {
    use hwgen_golden::memory::MemoryParams;
    use hwgen_golden::memory::fetch::Request;
    use hwgen_golden::memory::layout::{place, place_tight};
    use hwgen_golden::vector_reader::VectorReaderParams;

    use super::*;

    fn asked() -> Asked {
        let one = |value, plane, token| Request {
            value,
            plane,
            mask: 1,
            tokens: vec![token],
        };
        let job = |job: u32| {
            let kinds = [(false, 0), (false, 1), (true, 0), (true, 1)];
            kinds.map(|(value, plane)| (job, one(value, plane, 5 + job)))
        };
        Asked {
            tokens: vec![40, 23],
            rows: [0, 1].map(job).concat(),
        }
    }

    /// The layouts that the reader takes are those of the golden model.
    #[test]
    fn addresses_are_those_of_the_golden_model() {
        for (layout, tight) in [
            (Layout::Plane, true),
            (Layout::Token, true),
            (Layout::Plane, false),
        ] {
            let p = VectorReaderParams {
                k_planes: vec![6, 4],
                v_planes: vec![4, 2],
                memory: MemoryParams {
                    channels: 4,
                    data_w: 64,
                    v_layout: layout,
                    ..MemoryParams::default()
                },
                ..VectorReaderParams::default()
            };
            let sizes = [vec![48, 32], vec![32, 16]];
            let way = Way {
                channels: 4,
                stride: 1 << 20,
                layouts: [Layout::Plane, layout],
                fill: 1,
                heads: if tight { Heads::Tight } else { Heads::Paged },
                turned: false,
            };
            let found = accesses(&asked(), &sizes, way, 8);
            let mut base = 0;
            let entries = asked().tokens.clone().into_iter().map(|tokens| {
                let placed = if tight {
                    place_tight(&p, base, tokens)
                } else {
                    place(&p, base, tokens, 0)
                };
                base = placed.end;
                placed.entry
            });
            let entries: Vec<_> = entries.collect();
            let mut wanted = Vec::new();
            for (job, request) in &asked().rows {
                let token = request.tokens[0];
                let at = entries[*job as usize].address(&p, request.value, request.plane, token);
                let at = at + u64::from(token % 4) * (1 << 20);
                let bytes = u64::from(p.vector_bytes(request.value, request.plane));
                wanted.extend((at..at + bytes).step_by(8));
            }
            assert_eq!(found.addresses, wanted, "{layout:?} {tight}");
            assert_eq!(found.wanted, 2 * (48 + 32 + 32 + 16));
        }
    }

    #[test]
    fn regions_and_turns_by_hand() {
        let sizes = [vec![32], vec![32]];
        let way = Way {
            channels: 2,
            stride: 1 << 20,
            layouts: [Layout::Plane; 2],
            fill: 1,
            heads: Heads::Apart(1 << 14),
            turned: true,
        };
        let mut asked = asked();
        asked.rows.retain(|(_, r)| r.plane == 0);
        // Head 0: token 5 is place 2 of channel 1; head 1: token 6 is place 3 of channel 0, now 1.
        // K of head 0 has 20 places of 32 bytes, and so has V.
        let channel = 1 << 20;
        let wanted = [64, (1 << 14) + 64, 640 + 96, (1 << 14) + 640 + 96];
        let found = accesses(&asked, &sizes, way, 32).addresses;
        assert_eq!(found, wanted.map(|at| channel + at));
    }
}
