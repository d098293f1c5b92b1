// SPDX-License-Identifier: MIT OR Apache-2.0
//! The ports of a top-k engine.

use hwgen_golden::topk::TopkParams;

use hwgen_bundle::manifest::Dir;
use hwgen_sim::dut::{Dut, In, Out, mask};

/// Handles of the ports.
pub(super) struct Ports {
    pub(super) rst_n: In,
    pub(super) key_valid: In,
    pub(super) key_last: In,
    pub(super) key_keep: In,
    pub(super) key_data: In,
    pub(super) key_k: In,
    pub(super) res_ready: In,
    pub(super) key_ready: Out,
    pub(super) res_valid: Out,
    pub(super) res_last: Out,
    pub(super) res_keep: Out,
    pub(super) res_data: Out,
    pub(super) res_index: Out,
    pub(super) res_threshold: Out,
    pub(super) res_count: Out,
}

impl Ports {
    /// Finds the ports and checks their widths.
    pub(super) fn find(dut: &Dut, p: &TopkParams) -> Result<Self, String> {
        let sized = |name: &str, width: u32, has: Option<u32>| match has {
            Some(has) if has == width => Ok(()),
            Some(has) => Err(format!("{name} has {has} bits, not {width}")),
            None => Err(format!("{name} is missing")),
        };
        let input = |name: &str, width: u32| {
            let port = dut.input(name);
            sized(name, width, port.map(In::width)).map(|()| port.expect("it was found"))
        };
        let output = |name: &str, width: u32| {
            let port = dut.output(name);
            sized(name, width, port.map(Out::width)).map(|()| port.expect("it was found"))
        };
        let (lanes, key_w, idx_w, cnt_w) = (p.lanes, p.key_w, p.idx_w(), p.cnt_w());
        Ok(Self {
            rst_n: input("rst_ni", 1)?,
            key_valid: input("key_valid_i", 1)?,
            key_last: input("key_last_i", 1)?,
            key_keep: input("key_keep_i", lanes)?,
            key_data: input("key_data_i", lanes * key_w)?,
            key_k: input("key_k_i", cnt_w)?,
            res_ready: input("res_ready_i", 1)?,
            key_ready: output("key_ready_o", 1)?,
            res_valid: output("res_valid_o", 1)?,
            res_last: output("res_last_o", 1)?,
            res_keep: output("res_keep_o", lanes)?,
            res_data: output("res_data_o", lanes * key_w)?,
            res_index: output("res_index_o", lanes * idx_w)?,
            res_threshold: output("res_threshold_o", key_w)?,
            res_count: output("res_count_o", cnt_w)?,
        })
    }
}

/// Lists the ports of an engine with their widths in bits.
pub(super) fn wanted(p: &TopkParams) -> [(&'static str, Dir, u32); 16] {
    use Dir::{Input, Output};
    let (lanes, key_w, idx_w, cnt_w) = (p.lanes, p.key_w, p.idx_w(), p.cnt_w());
    [
        ("clk_i", Input, 1),
        ("rst_ni", Input, 1),
        ("key_valid_i", Input, 1),
        ("key_ready_o", Output, 1),
        ("key_last_i", Input, 1),
        ("key_keep_i", Input, lanes),
        ("key_data_i", Input, lanes * key_w),
        ("key_k_i", Input, cnt_w),
        ("res_valid_o", Output, 1),
        ("res_ready_i", Input, 1),
        ("res_last_o", Output, 1),
        ("res_keep_o", Output, lanes),
        ("res_data_o", Output, lanes * key_w),
        ("res_index_o", Output, lanes * idx_w),
        ("res_threshold_o", Output, key_w),
        ("res_count_o", Output, cnt_w),
    ]
}

/// Lists what must not change while a result waits: kept lanes and all scalars.
pub(super) fn payload(dut: &Dut, ports: &Ports, p: &TopkParams, words: &mut Vec<u64>) {
    let keep = dut.get(ports.res_keep);
    words.extend([
        keep,
        dut.get(ports.res_last),
        dut.get(ports.res_threshold),
        dut.get(ports.res_count),
    ]);
    if keep == mask(p.lanes) {
        words.extend_from_slice(dut.words(ports.res_data));
        words.extend_from_slice(dut.words(ports.res_index));
        return;
    }
    for lane in (0..p.lanes).filter(|lane| keep >> lane & 1 == 1) {
        words.push(dut.get_field(ports.res_data, lane * p.key_w, p.key_w));
        words.push(dut.get_field(ports.res_index, lane * p.idx_w(), p.idx_w()));
    }
}
