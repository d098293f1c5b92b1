// SPDX-License-Identifier: MIT OR Apache-2.0
//! The model: plans of descriptors, one after the other.

use super::DispatchParams;
use super::plan::{Feed, Given, Head, Kind, Lists, Place, Plan, Read, Table};
use crate::attention::{AttentionParams, Job, JobError, Rule, Select};
use crate::command::{
    Append, Attention, Cascade, Code, DESCRIPTOR, Descriptor, Fault, HeadRecord, List, Op, RECORD,
    Shape, Use, query_bytes,
};
use crate::memory::layout::Entry;
use crate::stream::{Command, Window};

/// The dispatch between descriptors.
#[derive(Debug, Clone)]
pub struct Dispatch {
    params: DispatchParams,
    core: AttentionParams,
    shape: Shape,
    slot: u32,
    /// The lists; whoever loads one says so here.
    pub lists: Lists,
}

impl Dispatch {
    /// Begins as after a reset.
    pub fn new(params: &DispatchParams, window: Window) -> Self {
        let vectors = &params.vectors;
        let core = AttentionParams {
            d_head: vectors.d_head,
            max_tokens: vectors.max_tokens,
            k_planes: vectors.k_planes.clone(),
            v_planes: vectors.v_planes.clone(),
            ..AttentionParams::default()
        };
        Self {
            params: params.clone(),
            core,
            shape: params.shape(window),
            slot: 0,
            lists: Lists::default(),
        }
    }

    /// Carries a descriptor out. Where `code` is not 0 the ring has found something wrong with it.
    /// `fetch` returns the bytes of a record, or the address of the first beat that fails.
    pub fn plan(
        &mut self,
        bytes: &[u8; DESCRIPTOR],
        code: Option<Code>,
        fetch: impl FnMut(u64) -> Result<[u8; RECORD], u64>,
    ) -> Plan {
        let refused = |alone, code, address| Plan {
            alone,
            given: None,
            fault: Some(Fault { code, address }),
            count: 0,
        };
        if let Some(code) = code {
            return refused(false, code, 0);
        }
        let alone = bytes[0] != 1 || bytes[1] & 2 != 0;
        match self.decode(bytes) {
            Err(fault) => refused(alone, fault.code, fault.address),
            Ok(Op::Attention(op)) => self.attention(alone, &op, fetch),
            Ok(Op::List(op)) => self.list(op),
            Ok(Op::Cascade(op)) => self.cascade(op),
            Ok(Op::Append(op)) => self.append(op, fetch),
        }
    }

    /// Judges a descriptor: by its bytes, and by the lists that it uses. The completion record is the
    /// ring's matter.
    fn decode(&self, bytes: &[u8; DESCRIPTOR]) -> Result<Op, Fault> {
        let mut bytes = *bytes;
        bytes[8..16].fill(0);
        let mut faults = match Descriptor::decode(&bytes, 0, &self.shape) {
            Ok(descriptor) => {
                let Op::Attention(op) = descriptor.op else {
                    return Ok(descriptor.op);
                };
                let none = op.cascade_heads && self.lists.heads.is_empty();
                let code = match op {
                    _ if none => Code::Heads,
                    _ if self.is_short(&bytes) => Code::Keys,
                    _ => return Ok(descriptor.op),
                };
                return Err(Fault { code, address: 0 });
            }
            Err(faults) => faults,
        };
        if bytes[0] == 1 {
            let flag = |bit: u8| bytes[2] >> bit & 1 != 0;
            let none = flag(4) && self.lists.heads.is_empty();
            for (wrong, code) in [(none, Code::Heads), (self.is_short(&bytes), Code::Keys)] {
                if wrong {
                    faults.push(Fault { code, address: 0 });
                }
            }
        }
        faults.sort_by_key(|fault| fault.code);
        Err(faults[0])
    }

    /// Tells whether a job goes through entries of the token list that are not there.
    fn is_short(&self, bytes: &[u8; DESCRIPTOR]) -> bool {
        let keys = u16::from_le_bytes([bytes[26], bytes[27]]);
        bytes[2] & 0x28 == 8 && u32::from(keys) > self.lists.entries
    }

    fn attention(
        &mut self,
        alone: bool,
        op: &Attention,
        mut fetch: impl FnMut(u64) -> Result<[u8; RECORD], u64>,
    ) -> Plan {
        let numbers: Vec<u32> = if op.cascade_heads {
            self.lists.heads.clone()
        } else {
            (0..u32::from(op.heads)).collect()
        };
        let keys = if op.list_keys {
            self.lists.entries
        } else {
            op.keys.into()
        };
        let records = self.records(op.records, &numbers);
        let (mut heads, mut fault) = (Vec::new(), None);
        for place in &records {
            match self.record(place, Use::Attention(op, keys), &mut fetch) {
                Ok(record) => heads.push(self.head(op, keys, place.number, &record)),
                Err(found) => {
                    fault = Some(found);
                    break;
                }
            }
        }
        Plan {
            alone,
            count: heads.len() as u32 * u32::from(op.queries),
            given: Some(Given {
                kind: Kind::Attention,
                records,
                heads,
                reads: Vec::new(),
            }),
            fault,
        }
    }

    /// Lists the records of `numbers`, to the first that is not inside the window.
    fn records(&self, base: u64, numbers: &[u32]) -> Vec<Place> {
        let mut records = Vec::new();
        for &number in numbers {
            let at = base.wrapping_add(u64::from(number) * RECORD as u64);
            let inside = at >= base && self.shape.holds(at, RECORD as u64);
            records.push(Place { number, at, inside });
            if !inside {
                break;
            }
        }
        records
    }

    fn record(
        &self,
        place: &Place,
        by: Use<'_>,
        fetch: &mut impl FnMut(u64) -> Result<[u8; RECORD], u64>,
    ) -> Result<HeadRecord, Fault> {
        let at = place.at;
        if !place.inside {
            let (code, address) = (Code::Window, at);
            return Err(Fault { code, address });
        }
        let code = Code::Fetch;
        let bytes = fetch(at).map_err(|address| Fault { code, address })?;
        HeadRecord::decode(&bytes, at, by, &self.shape).map_err(|faults| faults[0])
    }

    fn table(&self, record: &HeadRecord) -> Table {
        let [k, v] = [false, true].map(|value| self.shape.vectors.planes(value).len());
        Table {
            slot: self.slot,
            entry: Entry {
                bases: [record.k_base, record.v_base],
                offsets: [record.k_offset[..k].to_vec(), record.v_offset[..v].to_vec()],
            },
        }
    }

    fn head(&mut self, op: &Attention, keys: u32, number: u32, record: &HeadRecord) -> Head {
        let table = self.table(record);
        self.slot = (self.slot + 1) % self.params.vectors.memory.heads;
        let job = Job {
            head: table.slot,
            keys,
            causal: op.causal,
            first: op.first.into(),
            k_start: op.k_start.into(),
            k_max: op.k_max.into(),
            v_count: op.v_count.into(),
            rule: Rule::ALL[usize::from(op.rule & 3)],
            head_limit: record.head_limit,
            eps_log2: op.eps_log2,
            pre_shift: record.pre_shift.into(),
            mant: record.mant.into(),
            select: Select::ALL[usize::from(op.select & 3)],
            k: op.k.into(),
            mass: op.mass,
            renorm: op.renorm,
            bias: op.bias,
            list: op.list,
        };
        let row = query_bytes(self.core.d_head);
        let queries = u32::from(op.queries);
        let biased = op.bias && job.error(&self.core) == JobError::Ok;
        let reads = if biased {
            (0..queries)
                .flat_map(|q| {
                    let at = |base: u64, stride: i32| {
                        base.wrapping_add_signed(i64::from(stride) * i64::from(q))
                    };
                    let query = at(record.query, record.query_stride);
                    let bias = at(record.bias, record.bias_stride);
                    [
                        Read::one(query, row, Feed::Queries, 0, q + 1 == queries),
                        Read::one(bias, 4 * keys, Feed::Biases, keys, false),
                    ]
                })
                .collect()
        } else {
            let command = Command {
                addr: record.query,
                bytes: row,
                rows: queries,
                stride: record.query_stride,
            };
            let feed = Feed::Queries;
            let (keys, last) = (0, true);
            vec![Read {
                command,
                feed,
                keys,
                last,
            }]
        };
        Head {
            number,
            table,
            job: Some(job),
            result: Command {
                addr: record.result,
                bytes: 2 * self.core.d_head + 16,
                rows: queries,
                stride: record.result_stride,
            },
            reads,
        }
    }

    fn list(&mut self, op: List) -> Plan {
        let count = u32::from(op.count);
        self.lists.entries = count;
        let read = Read::one(op.address, 2 * count, Feed::List, count, false);
        Self::other(Kind::List(op), vec![read], None)
    }

    /// Numbers of a new sequence that the ports cannot carry are refused here, as pruning would.
    fn cascade(&mut self, op: Cascade) -> Plan {
        let most = (self.core.max_tokens, self.params.max_heads);
        let refused = match op.operation {
            0 if u32::from(op.tokens) > most.0 => Some(2),
            0 if u32::from(op.heads) > most.1 && op.tokens > 0 => Some(3),
            _ => None,
        };
        let fault = refused.map(|code| Fault {
            code: Code::Cascade(code),
            address: 0,
        });
        let saturated = |value: u16, most: u32| u32::from(value).min(most) as u16;
        let command = fault.is_none().then(|| Cascade {
            keep_tokens: saturated(op.keep_tokens, most.0),
            keep_heads: saturated(op.keep_heads, most.1),
            window: saturated(op.window, most.0),
            ..op
        });
        Self::other(Kind::Cascade(command), Vec::new(), fault)
    }

    fn other(kind: Kind, reads: Vec<Read>, fault: Option<Fault>) -> Plan {
        Plan {
            alone: true,
            given: Some(Given {
                kind,
                records: Vec::new(),
                heads: Vec::new(),
                reads,
            }),
            fault,
            count: 0,
        }
    }

    fn append(
        &mut self,
        op: Append,
        mut fetch: impl FnMut(u64) -> Result<[u8; RECORD], u64>,
    ) -> Plan {
        let numbers: Vec<u32> = (0..op.heads.into()).collect();
        let records = self.records(op.records, &numbers);
        let (mut heads, mut fault) = (Vec::new(), None);
        for place in &records {
            match self.record(place, Use::Append(&op), &mut fetch) {
                Ok(record) => {
                    let bytes = 2 * self.core.d_head;
                    let source = |at| Read::one(at, bytes, Feed::Append, 0, false);
                    heads.push(Head {
                        number: place.number,
                        table: self.table(&record),
                        job: None,
                        result: Command {
                            addr: 0,
                            bytes: 0,
                            rows: 0,
                            stride: 0,
                        },
                        reads: [record.append_k, record.append_v].map(source).to_vec(),
                    });
                }
                Err(found) => {
                    fault = Some(found);
                    break;
                }
            }
        }
        Plan {
            alone: true,
            count: heads.len() as u32,
            given: Some(Given {
                kind: Kind::Append(op),
                records,
                heads,
                reads: Vec::new(),
            }),
            fault,
        }
    }
}
