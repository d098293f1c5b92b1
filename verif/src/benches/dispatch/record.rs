// SPDX-License-Identifier: MIT OR Apache-2.0
//! Head records, legal and not.

use hwgen_golden::command::{HeadRecord, query_bytes, result_bytes};
use hwgen_golden::dispatch::DispatchParams;
use hwgen_sim::rng::Rng;

use super::draw::Spot;

/// What records must fit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fit {
    pub(super) window: (u64, u64),
    pub(super) queries: u32,
    pub(super) keys: u32,
    /// Tokens of the cache that are touched.
    pub(super) tokens: u32,
    pub(super) k_max: usize,
    pub(super) v_count: usize,
}

/// Draws a record; one in which something is wrong if `wrong` says so.
pub(super) fn draw(rng: &mut Rng, p: &DispatchParams, fit: &Fit, wrong: bool) -> Vec<u8> {
    let d_head = p.vectors.d_head;
    // Which of the fields is wrong.
    // Ranges are tried more often, as few of their edges show a wrong sum.
    let field = match rng.below(4) {
        _ if !wrong => 99,
        0 => rng.below(2),
        1 => 2 + rng.below(3),
        2 => 5 + rng.below(6),
        _ => rng.below(11),
    };
    let spot = |rng: &mut Rng, at: u64| Spot::draw(rng, field == at);
    let window = fit.window;
    let mut record = HeadRecord::default();
    for (value, used) in [(false, fit.k_max), (true, fit.v_count)] {
        let there = p.vectors.planes(value).len();
        let granule = u64::from(p.vectors.granule());
        let mut offset = [0_u32; 3];
        for offset in &mut offset[..there] {
            *offset = (rng.below(1 << 16) * granule) as u32;
        }
        let places = u64::from(fit.tokens.div_ceil(p.vectors.memory.channels));
        let reach = |offset: &[u32; 3]| {
            let used = used.min(there);
            let ends = (0..used).map(|plane| {
                u64::from(offset[plane]) + places * u64::from(p.vectors.stride(value, plane))
            });
            ends.max().unwrap_or(0)
        };
        let spot = spot(rng, u64::from(value));
        let base = spot.address(rng, window, reach(&offset), 4096);
        if matches!(spot, Spot::Last | Spot::Beyond) {
            // The farthest plane ends with the window, or a granule behind it.
            let base = window.1.saturating_sub(reach(&offset)) / 4096 * 4096;
            let slack = (window.1 - base).saturating_sub(reach(&offset)) / granule * granule;
            let more = slack + if spot == Spot::Beyond { granule } else { 0 };
            for offset in &mut offset[..there] {
                *offset += more as u32;
            }
            set(&mut record, value, base, offset);
        } else {
            set(&mut record, value, base, offset);
        }
    }
    let rows = (fit.queries, query_bytes(d_head));
    let at = spot(rng, 2);
    (record.query, record.query_stride) = at.rows(rng, window, rows, 8);
    let at = spot(rng, 3);
    (record.bias, record.bias_stride) = at.rows(rng, window, (fit.queries, 4 * fit.keys), 4);
    let at = spot(rng, 4);
    let rows = (fit.queries, result_bytes(d_head));
    (record.result, record.result_stride) = at.rows(rng, window, rows, 8);
    let at = spot(rng, 5);
    record.append_k = at.address(rng, window, u64::from(2 * d_head), 2);
    let at = spot(rng, 6);
    record.append_v = at.address(rng, window, u64::from(2 * d_head), 2);
    record.pre_shift = rng.between(-16, 31) as i8;
    record.mant = rng.draw() as u16;
    record.head_limit = rng.draw() >> 28;
    match field {
        7 => record.pre_shift = [-17, 32, -17, 32, -128, 63][rng.below(6) as usize],
        8 => record.head_limit |= 1 << (36 + rng.below(28)),
        9 => {
            let strides = [
                &mut record.query_stride,
                &mut record.bias_stride,
                &mut record.result_stride,
            ];
            let [query, bias, result] = strides;
            let stride = [query, bias, result].into_iter().nth(rng.below(3) as usize);
            if let Some(stride) = stride {
                *stride |= 1 << rng.below(3);
            }
        }
        _ => {}
    }
    let mut bytes = record.encode().to_vec();
    if field == 10 {
        let bit = rng.below(1024) as usize;
        bytes[bit / 8] ^= 1 << (bit % 8);
    }
    bytes
}

fn set(record: &mut HeadRecord, value: bool, base: u64, offset: [u32; 3]) {
    if value {
        (record.v_base, record.v_offset) = (base, offset);
    } else {
        (record.k_base, record.k_offset) = (base, offset);
    }
}
