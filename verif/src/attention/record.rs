// SPDX-License-Identifier: MIT OR Apache-2.0
//! Takes down what the core shows, as it stands on the ports.

use hwgen_golden::attention::{OUT_W, PROB_W};

use super::Beats;
use super::play::Player;

impl Player<'_> {
    /// Takes down head and tokens of the request on the port.
    pub(super) fn record_request(&self, beats: &mut Beats) {
        let (dut, ports) = (&self.dut, &self.ports);
        let (tok_w, mask) = (self.params.tok_w(), dut.get(ports.req_mask));
        let head = dut.get(ports.req_head) as u32;
        for lane in (0..self.params.tokens()).filter(|lane| mask >> lane & 1 == 1) {
            let token = dut.get_field(ports.req_token, lane * tok_w, tok_w);
            beats.requested.insert((head, token as u32));
        }
    }

    /// Takes down the row of probabilities on the port.
    pub(super) fn record_prob(&self, beats: &mut Beats) {
        let (dut, ports) = (&self.dut, &self.ports);
        let lane = |lane| dut.get_field(ports.prob_data, lane * PROB_W, PROB_W) as u32;
        let data = (0..self.params.tokens()).map(lane).collect();
        let row = dut.get(ports.prob_row) as u32;
        beats.rows.push((row, data, dut.get(ports.prob_keep)));
    }

    /// Takes down the output on the port.
    pub(super) fn record_output(&self, beats: &mut Beats) {
        let (dut, ports) = (&self.dut, &self.ports);
        let element = |d| dut.get_field(ports.out_data, d * OUT_W, OUT_W) as u16 as i16;
        let data = (0..self.params.d_head).map(element).collect();
        beats.outputs.push((dut.get(ports.out_head) as u32, data));
    }
}
