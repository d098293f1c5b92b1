// SPDX-License-Identifier: MIT OR Apache-2.0
//! A new token of all heads, written into the cache as planes.

use super::{Accelerator, Answers, Image, Outcome, Write};
use crate::command::{Append, RECORD, Use};

impl Accelerator {
    /// Carries an append out. A record that is wrong ends the command there.
    ///
    /// Elements saturate to the bits that all planes of their kind have together.
    pub(super) fn append(&self, image: &Image, op: &Append, answers: &Answers, out: &mut Outcome) {
        let (d_head, token) = (self.core.d_head, u32::from(op.token));
        for number in 0..u64::from(op.heads) {
            let place = op.records + number * RECORD as u64;
            let record = match self.record(image, place, Use::Append(op), answers) {
                Ok(record) => record,
                Err(faults) => {
                    out.faults.extend(faults);
                    return;
                }
            };
            let entry = self.entry(&record);
            let sources = [
                (false, record.append_k, self.core.k_w()),
                (true, record.append_v, self.core.v_w()),
            ];
            for (value, source, width) in sources {
                let bytes = 2 * u64::from(d_head);
                let failed = answers.failed_reads(source, bytes, self.io_bytes);
                out.faults.extend(failed);
                let half = 1 << (width - 1);
                let element = |i: u32| {
                    let at = source + 2 * u64::from(i);
                    i32::from(i16::from_le_bytes(image.array(at))).clamp(-half, half - 1)
                };
                let elements: Vec<i32> = (0..d_head).map(element).collect();
                let packed = self.vectors().packed(&entry, value, token, &elements);
                out.writes
                    .extend(packed.into_iter().map(|(address, bytes)| Write {
                        address,
                        bytes,
                        cycles: None,
                    }));
            }
            out.count += 1;
        }
    }
}
