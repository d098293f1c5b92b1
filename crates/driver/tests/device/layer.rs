// SPDX-License-Identifier: MIT OR Apache-2.0
//! A layer of attention in one region, and what the accelerator of the tests makes of it.

use hwgen_driver::{
    Attention, Capabilities, Chosen, Head, Keys, Kind, Memory, Rows, Rule, Select, rows,
};

use super::{Device, Region};

/// Heads whose records, keys, values, queries and results lie one behind the other.
pub struct Layer {
    pub heads: Vec<Head>,
    pub records: u64,
    pub queries: u16,
    pub keys: u16,
    /// Outputs of every row, head by head.
    pub outputs: Vec<Vec<i16>>,
}

/// Returns elements that tell their place.
pub fn elements(count: u32, seed: u32) -> Vec<i16> {
    let number = |i: u32| (i + 7 * seed + 1).wrapping_mul(2_654_435_761) >> 20;
    (0..count).map(|i| number(i) as i16 - 2048).collect()
}

impl Layer {
    /// Makes a layer in a region of its own.
    pub fn new(
        device: &Device,
        there: &Capabilities,
        (heads, keys, queries): (u16, u16, u16),
        seed: u32,
    ) -> (Self, Region) {
        let shape = there.shape();
        let (_, end) = shape.place(0, keys.into(), 64).expect("fits");
        let (row, result) = (
            u64::from(there.query_bytes()),
            u64::from(there.result_bytes()),
        );
        let per_head = end + (row + result) * u64::from(queries);
        let per_head = per_head.next_multiple_of(4096);
        let begin = (128 * u64::from(heads)).next_multiple_of(4096);
        let mut region = device.region(begin + per_head * u64::from(heads));
        let base = region.bus_address();
        let mut layer = Self {
            heads: Vec::new(),
            records: base,
            queries,
            keys,
            outputs: Vec::new(),
        };
        for head in 0..heads {
            let at = base + begin + per_head * u64::from(head);
            let (place, behind) = shape.place(at, keys.into(), 64).expect("fits");
            let number = |token: u16, kind: u32| seed + 100 * u32::from(token) + kind;
            for token in 0..keys {
                for (kind, other) in [(Kind::K, 1), (Kind::V, 2)] {
                    let elements = elements(there.d_head, number(token, other));
                    shape
                        .write_token(&mut region, base, &place, (kind, token.into()), &elements)
                        .expect("lies in the region");
                }
            }
            let results = behind + row * u64::from(queries);
            for query in 0..queries {
                let elements = elements(there.d_head, number(query, 3) + u32::from(head));
                let at = behind - base + row * u64::from(query);
                rows::write_query(&mut region, at, 5, &elements);
                layer
                    .outputs
                    .push(Self::output(there, &region, &place, base, &elements));
            }
            layer.heads.push(Head {
                place,
                queries: Rows {
                    address: behind,
                    stride: row as i32,
                },
                results: Rows {
                    address: results,
                    stride: result as i32,
                },
                pre_shift: -3,
                mant: 0x1234,
                ..Head::default()
            });
        }
        (layer, region)
    }

    /// What the accelerator of the tests makes of a query: it adds the bytes of the first key.
    fn output(
        there: &Capabilities,
        region: &Region,
        place: &hwgen_driver::Place,
        base: u64,
        elements: &[i16],
    ) -> Vec<i16> {
        let shape = there.shape();
        let mut key = vec![0; shape.vector_bytes(Kind::K, 0) as usize];
        region.read(shape.address(place, Kind::K, 0, 0) - base, &mut key);
        let keys = key.iter().cycle();
        (elements.iter().zip(keys))
            .map(|(e, &k)| e.wrapping_add(k.into()))
            .collect()
    }

    /// The command.
    pub fn attention(&self) -> Attention<'_> {
        Attention {
            records: self.records,
            heads: &self.heads,
            chosen: Chosen::All,
            keys: Keys::All(self.keys),
            queries: self.queries,
            causal: None,
            k_start: 1,
            k_max: 2,
            v_count: 1,
            rule: Rule::Static,
            select: Select::All,
            renorm: false,
            bias: false,
        }
    }

    /// Compares all rows of results, and their statistics.
    pub fn compare(&self, region: &Region, d_head: u32) {
        let mut rows = self.outputs.iter();
        for head in &self.heads {
            for query in 0..i64::from(self.queries) {
                let at = head.results.address + (i64::from(head.results.stride) * query) as u64;
                let at = at - region.bus_address();
                let mut got = vec![0; d_head as usize];
                rows::read_elements(region, at, &mut got);
                assert_eq!(Some(&got), rows.next(), "query {query}");
                let statistics = rows::Statistics::read(region, at, d_head);
                assert_eq!((statistics.selected, statistics.cycles), (self.keys, 77));
                assert_eq!(statistics.error, hwgen_driver::Code::Ok);
            }
        }
    }
}
