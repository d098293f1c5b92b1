// SPDX-License-Identifier: MIT OR Apache-2.0
//! Registers and memory of an accelerator on RTL, as the driver takes them, and layers of attention.

#![allow(unreachable_pub)] // Of one test alone.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use hwgen_driver::{
    Attention, Capabilities, Chosen, Head, Keys, Kind, Memory, Mmio, Rows, Rule, Select, rows,
};
use hwgen_golden::attention::softmax::Scale;
use hwgen_golden::attention::{AttentionParams, Job, JobResult, Query, run_job};
use hwgen_verif::attention_axi::{Bytes, Soc};

/// Where regions of descriptors and rows begin, and those of planes in channel 0.
const ROWS: u64 = 0x8000_0000;
const PLANES: u64 = 0x10_0000_0000;

/// An accelerator, and the regions that have been handed out.
#[derive(Clone)]
pub struct Machine<'a> {
    soc: Rc<RefCell<Soc<'a>>>,
    bytes: Bytes,
    next: Rc<Cell<[u64; 2]>>,
}

impl<'a> Machine<'a> {
    /// Takes an accelerator.
    pub fn new(soc: Soc<'a>) -> Self {
        Self {
            bytes: soc.bytes(),
            soc: Rc::new(RefCell::new(soc)),
            next: Rc::new(Cell::new([ROWS, PLANES])),
        }
    }

    fn at(&self, base: u64, len: u64) -> Region {
        self.bytes.allot("driver", base, len);
        Region {
            bytes: self.bytes.clone(),
            base,
            len,
        }
    }

    /// Hands out a region that begins with a page.
    pub fn region(&self, len: u64) -> Region {
        let [rows, planes] = self.next.get();
        // A page in between is nobody's.
        self.next
            .set([rows + len.next_multiple_of(4096) + 4096, planes]);
        self.at(rows, len)
    }

    /// Hands out regions at one local address of two channels.
    pub fn planes(&self, len: u64) -> (Region, Region) {
        let [rows, planes] = self.next.get();
        self.next.set([rows, planes + len + 4096]);
        (
            self.at(planes, len),
            self.at(planes + Soc::CHANNEL_STRIDE, len),
        )
    }

    /// Lets cycles pass.
    pub fn pass(&self, cycles: u64) {
        let passed = self.soc.borrow_mut().pass(cycles);
        passed.unwrap_or_else(|fault| panic!("{fault}"));
    }

    /// Waits for the interrupt.
    pub fn interrupt(&self, most: u64) -> bool {
        let came = self.soc.borrow_mut().interrupt(most);
        came.unwrap_or_else(|fault| panic!("{fault}"))
    }
}

impl Mmio for Machine<'_> {
    fn read32(&mut self, offset: u32) -> u32 {
        let value = self.soc.borrow_mut().read(offset);
        value.unwrap_or_else(|fault| panic!("read of {offset:#x}: {fault}"))
    }

    fn write32(&mut self, offset: u32, value: u32) {
        let done = self.soc.borrow_mut().write(offset, value);
        done.unwrap_or_else(|fault| panic!("write of {offset:#x}: {fault}"));
    }

    fn relax(&mut self) {
        self.pass(20);
    }
}

/// Memory that the accelerator may touch until this is dropped.
pub struct Region {
    bytes: Bytes,
    base: u64,
    len: u64,
}

impl Memory for Region {
    fn bus_address(&self) -> u64 {
        self.base
    }

    fn len(&self) -> u64 {
        self.len
    }

    fn read(&self, offset: u64, bytes: &mut [u8]) {
        assert!(offset + bytes.len() as u64 <= self.len);
        self.bytes.read(self.base + offset, bytes);
    }

    fn write(&mut self, offset: u64, bytes: &[u8]) {
        assert!(offset + bytes.len() as u64 <= self.len);
        self.bytes.write(self.base + offset, bytes);
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        self.bytes.free(self.base);
    }
}

/// Returns elements that tell their place.
pub fn elements(count: u32, seed: u32) -> Vec<i16> {
    let number = |i: u32| (i + 7919 * seed + 1).wrapping_mul(2_654_435_761) >> 20;
    (0..count).map(|i| number(i) as i16 - 2048).collect()
}

/// Returns what the golden model says of a head of plain attention.
pub fn golden(
    params: &AttentionParams,
    keys: &[Vec<i16>],
    values: &[Vec<i16>],
    queries: &[Vec<i16>],
    planes: u32,
    list: Option<&[u32]>,
) -> JobResult {
    let wide = |row: &Vec<i16>| row.iter().map(|&e| i32::from(e)).collect::<Vec<i32>>();
    let all = |rows: &[Vec<i16>]| rows.iter().map(wide).collect::<Vec<_>>();
    let scale = Scale {
        pre_shift: PRE_SHIFT.into(),
        mant: MANT.into(),
    };
    let seen = list.map_or(keys.len(), <[u32]>::len);
    let job = Job {
        k_start: planes,
        k_max: planes,
        v_count: planes,
        list: list.is_some(),
        ..Job::plain(params, seen as u32, scale)
    };
    let queries = all(queries).into_iter();
    let queries: Vec<Query> = queries.map(|data| Query { data, bound: 0 }).collect();
    run_job(params, &job, &queries, &all(keys), &all(values), None, list)
}

/// The scale of every head here.
const PRE_SHIFT: i8 = 3;
const MANT: u16 = 0x5a5a;

/// A layer: its heads, and all that is in them.
pub struct Layer {
    pub heads: Vec<Head>,
    records: u64,
    keys: u16,
    queries: u16,
    planes: u8,
    /// A page behind the rows, in the same region: its offset.
    pub spare: u64,
    /// Keys, values and queries of each head.
    pub data: Vec<[Vec<Vec<i16>>; 3]>,
}

impl Layer {
    /// Lays out a layer of so many heads, keys and queries.
    pub fn new(
        machine: &Machine<'_>,
        there: &Capabilities,
        (heads, keys, queries): (u32, u32, u32),
        seed: u32,
    ) -> (Self, (Region, [Region; 2])) {
        let shape = there.shape();
        let (row, result) = (
            u64::from(there.query_bytes()),
            u64::from(there.result_bytes()),
        );
        let rows_bytes = u64::from(heads * queries) * (row + result);
        let spare = (128 * u64::from(heads) + rows_bytes).next_multiple_of(4096);
        let mut rows_region = machine.region(spare + 4096);
        let (_, head_bytes) = shape.place(0, keys, 256).expect("fits");
        let (low, high) = machine.planes(head_bytes * u64::from(heads));
        let mut channels = [low, high];
        let local = channels[0].bus_address();
        let base = rows_region.bus_address();
        let mut layer = Self {
            heads: Vec::new(),
            records: base,
            keys: keys as u16,
            queries: queries as u16,
            planes: 1 + (seed % 3) as u8,
            spare,
            data: Vec::new(),
        };
        let mut at = base + 128 * u64::from(heads);
        for head in 0..heads {
            let own = 1000 * seed + 100 * head;
            let table = |count: u32, kind: u32| -> Vec<Vec<i16>> {
                let row = |i: u32| elements(there.d_head, own + 3 * i + kind);
                (0..count).map(row).collect()
            };
            let data = [table(keys, 0), table(keys, 1), table(queries, 2)];
            let begin = local + head_bytes * u64::from(head);
            let (place, _) = shape.place(begin, keys, 256).expect("fits");
            for (kind, rows) in [(Kind::K, &data[0]), (Kind::V, &data[1])] {
                for (token, elements) in (0..).zip(rows) {
                    let channel = &mut channels[shape.channel(token) as usize];
                    shape
                        .write_token(channel, local, &place, (kind, token), elements)
                        .expect("lies in the region");
                }
            }
            let query_rows = Rows {
                address: at,
                stride: row as i32,
            };
            for elements in &data[2] {
                rows::write_query(&mut rows_region, at - base, 0, elements);
                at += row;
            }
            // Every other head has its results upwards from the last one.
            let last = at + result * u64::from(queries - 1);
            let results = if head % 2 == 1 {
                Rows {
                    address: last,
                    stride: -(result as i32),
                }
            } else {
                Rows {
                    address: at,
                    stride: result as i32,
                }
            };
            at += result * u64::from(queries);
            layer.data.push(data);
            layer.heads.push(Head {
                place,
                queries: query_rows,
                results,
                pre_shift: PRE_SHIFT,
                mant: MANT,
                ..Head::default()
            });
        }
        (layer, (rows_region, channels))
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
            k_start: self.planes,
            k_max: self.planes,
            v_count: self.planes,
            rule: Rule::Static,
            select: Select::All,
            renorm: false,
            bias: false,
        }
    }

    /// Compares all rows of results with the golden model.
    pub fn compare(&self, params: &AttentionParams, region: &Region) {
        let all: Vec<usize> = (0..self.heads.len()).collect();
        self.compare_heads(params, region, &all, None);
    }

    /// Compares the rows of some heads, whose positions go through a list.
    pub fn compare_heads(
        &self,
        params: &AttentionParams,
        region: &Region,
        heads: &[usize],
        list: Option<&[u32]>,
    ) {
        let planes = self.planes.into();
        for &number in heads {
            let (head, [keys, values, queries]) = (&self.heads[number], &self.data[number]);
            let wanted = golden(params, keys, values, queries, planes, list);
            for (query, (wanted, stat)) in wanted.outputs.iter().zip(&wanted.stats).enumerate() {
                let away = i64::from(head.results.stride) * query as i64;
                let at = head.results.address.wrapping_add_signed(away) - region.bus_address();
                let mut got = vec![0; wanted.len()];
                rows::read_elements(region, at, &mut got);
                assert_eq!(got, *wanted, "head {number}, query {query}");
                let statistics = rows::Statistics::read(region, at, params.d_head);
                let got = [
                    statistics.selected,
                    statistics.k_fetched,
                    statistics.refined,
                    statistics.v_fetched,
                ];
                let wanted = [stat.selected, stat.k_fetched, stat.refined, stat.v_fetched];
                assert_eq!(got.map(u32::from), wanted, "head {number}, query {query}");
                assert!(statistics.cycles > 0);
            }
        }
    }
}
