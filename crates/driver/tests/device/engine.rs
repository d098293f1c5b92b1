// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the accelerator does with a command.

use hwgen_golden::attention::{Job, JobError, Rule, Select};
use hwgen_golden::command::{
    Append, Attention, Cascade, Code, Completion, Descriptor, HeadRecord, List, Op, RECORD,
    Statistics, Use, query_bytes, query_element, result_bytes, survivor_token,
};
use hwgen_golden::memory::layout::Entry;
use hwgen_golden::memory::pack::pack;

use super::{Mishap, Record, World};

impl World {
    /// Ends the oldest command: does what it asks for, and begins to write its record.
    pub(super) fn end(&mut self) {
        let Some(flying) = self.flying.pop_front() else {
            return;
        };
        let base = self.regs.outputs().ring_base;
        let at = base + 64 * u64::from(flying.index);
        let bytes = flying.bytes;
        let tag = u32::from_le_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]);
        let decoded = Descriptor::decode(&bytes, at, &self.shape);
        let (mut code, mut address, mut count) = (Code::Okay, 0, 0);
        match &decoded {
            Ok(descriptor) => match self.run(&descriptor.op) {
                Ok(rows) => count = rows,
                Err((why, where_)) => (code, address) = (why, where_),
            },
            Err(faults) => (code, address) = (faults[0].code, faults[0].address),
        }
        let mishap = self.mishaps.get(&tag).copied();
        if let Some(Mishap::Fails(why, where_)) = mishap {
            (code, address) = (why, where_);
        }
        if mishap == Some(Mishap::Lost) {
            (code, address) = (Code::Write, 0);
        }
        if code != Code::Okay && self.error.is_none() {
            self.error = Some((code.value().into(), address));
        }
        self.ended.push(tag);
        let place = u64::from_le_bytes([8, 9, 10, 11, 12, 13, 14, 15].map(|i| bytes[i]));
        if code == Code::Completion || place == 0 || mishap == Some(Mishap::Lost) {
            return;
        }
        let record = Completion {
            tag: tag ^ u32::from(mishap == Some(Mishap::Garbled)),
            code,
            op: bytes[0],
            index: flying.index,
            count,
            cycles: flying.age,
        };
        // The halves of a record are beats of a bus of 64 bits, and come in any order.
        let record = record.encode();
        let first = 8 * self.draw(2);
        let half = |at: u64| {
            let mut half = [0; 8];
            half.copy_from_slice(&record[at as usize..at as usize + 8]);
            half
        };
        self.store(place + first, &half(first));
        let at = 8 - first;
        self.record = Some(Record {
            address: place,
            at,
            half: half(at),
            left: self.draw(20) as u32,
            interrupt: bytes[1] & 1 == 1,
        });
    }

    fn run(&mut self, op: &Op) -> Result<u32, (Code, u64)> {
        match op {
            Op::Attention(op) => self.attention(op),
            Op::List(list) => Ok(self.take_list(*list)),
            Op::Cascade(cascade) => Ok(self.prune(cascade)),
            Op::Append(append) => self.append(append),
        }
    }

    fn head(&self, records: u64, i: u64, by: Use<'_>) -> Result<HeadRecord, (Code, u64)> {
        let at = records + RECORD as u64 * i;
        let mut bytes = [0; RECORD];
        self.load(at, &mut bytes);
        HeadRecord::decode(&bytes, at, by, &self.shape).map_err(|f| (f[0].code, f[0].address))
    }

    fn attention(&mut self, op: &Attention) -> Result<u32, (Code, u64)> {
        let d_head = self.shape.vectors.d_head;
        let keys = if op.list_keys {
            self.list.len() as u32
        } else {
            op.keys.into()
        };
        let heads: Vec<u64> = if op.cascade_heads {
            vec![1, 0]
        } else {
            (0..op.heads.into()).collect()
        };
        let records: Vec<HeadRecord> = (heads.iter())
            .map(|&i| self.head(op.records, i, Use::Attention(op, keys)))
            .collect::<Result<_, _>>()?;
        let refused = refused(op, keys, &self.shape);
        for record in &records {
            for query in 0..u64::from(op.queries) {
                let at = |address: u64, stride: i32| {
                    address.wrapping_add_signed(i64::from(stride) * query as i64)
                };
                let mut row = vec![0; query_bytes(d_head) as usize];
                self.load(at(record.query, record.query_stride), &mut row);
                let mut bias = [0; 4];
                if op.bias {
                    self.load(at(record.bias, record.bias_stride), &mut bias);
                }
                let token = if op.list { self.list[0] } else { 0 };
                let vector = self.vector(record, false, 0, token.into());
                let mut out = vec![0; result_bytes(d_head) as usize];
                if refused == JobError::Ok {
                    for i in 0..d_head as usize {
                        let element = i16::from_le_bytes([row[8 + 2 * i], row[9 + 2 * i]]);
                        let bias = i16::from_le_bytes([bias[0], bias[1]]);
                        let key = i16::from(vector[i % vector.len()]);
                        let element = element.wrapping_add(bias).wrapping_add(key);
                        out[2 * i..2 * i + 2].copy_from_slice(&element.to_le_bytes());
                    }
                }
                let statistics = Statistics {
                    error: refused.code() as u8,
                    selected: if refused == JobError::Ok {
                        keys as u16
                    } else {
                        0
                    },
                    cycles: if refused == JobError::Ok { 77 } else { 0 },
                    ..Statistics::default()
                };
                out[2 * d_head as usize..].copy_from_slice(&statistics.encode());
                self.store(at(record.result, record.result_stride), &out);
            }
        }
        match Code::of_job(refused) {
            Code::Okay => Ok(records.len() as u32 * u32::from(op.queries)),
            code => Err((code, 0)),
        }
    }

    fn vector(&self, record: &HeadRecord, value: bool, plane: usize, token: u32) -> Vec<u8> {
        let p = &self.shape.vectors;
        let mut bytes = vec![0; p.vector_bytes(value, plane) as usize];
        self.load(entry(record).address(p, value, plane, token), &mut bytes);
        bytes
    }

    fn take_list(&mut self, list: List) -> u32 {
        let mut bytes = vec![0; 2 * usize::from(list.count)];
        self.load(list.address, &mut bytes);
        let pairs = bytes.chunks_exact(2);
        self.list = pairs.map(|b| u16::from_le_bytes([b[0], b[1]])).collect();
        0
    }

    /// Keeps the first tokens, whatever is important.
    fn prune(&mut self, cascade: &Cascade) -> u32 {
        if cascade.operation == 0 {
            self.list = (0..cascade.tokens).collect();
        }
        let kept = cascade.keep_tokens.max(cascade.window);
        self.list.truncate(kept.into());
        for (position, token) in (0..).zip(self.list.clone()) {
            let bytes = survivor_token(position, token, 3);
            if cascade.token_list != 0 {
                self.store(cascade.token_list + 8 * u64::from(position), &bytes);
            }
        }
        self.list.len() as u32
    }

    fn append(&mut self, append: &Append) -> Result<u32, (Code, u64)> {
        let by = Use::Append(append);
        for i in 0..append.heads.into() {
            let record = self.head(append.records, i, by)?;
            for (value, source) in [(false, record.append_k), (true, record.append_v)] {
                let p = self.shape.vectors.clone();
                let mut bytes = vec![0; 2 * p.d_head as usize];
                self.load(source, &mut bytes);
                let pairs = bytes.chunks_exact(2);
                let elements: Vec<i32> = pairs
                    .map(|b| query_element(i16::from_le_bytes([b[0], b[1]])))
                    .collect();
                for plane in 0..p.planes(value).len() {
                    let token = append.token.into();
                    let at = entry(&record).address(&p, value, plane, token);
                    self.store(at, &pack(&elements, p.planes(value), plane));
                }
            }
        }
        Ok(append.heads.into())
    }
}

/// Returns what the core says of the jobs.
fn refused(op: &Attention, keys: u32, shape: &hwgen_golden::command::Shape) -> JobError {
    let core = hwgen_golden::attention::AttentionParams {
        d_head: shape.vectors.d_head,
        max_tokens: shape.vectors.max_tokens,
        k_planes: shape.vectors.k_planes.clone(),
        v_planes: shape.vectors.v_planes.clone(),
        ..hwgen_golden::attention::AttentionParams::default()
    };
    let scale = hwgen_golden::attention::softmax::Scale {
        pre_shift: 0,
        mant: 0,
    };
    let job = Job {
        k_start: op.k_start.into(),
        k_max: op.k_max.into(),
        v_count: op.v_count.into(),
        rule: Rule::ALL[usize::from(op.rule)],
        select: Select::ALL[usize::from(op.select)],
        k: op.k.into(),
        mass: op.mass,
        ..Job::plain(&core, keys, scale)
    };
    job.error(&core)
}

fn entry(record: &HeadRecord) -> Entry {
    Entry {
        bases: [record.k_base, record.v_base],
        offsets: [record.k_offset.to_vec(), record.v_offset.to_vec()],
    }
}
