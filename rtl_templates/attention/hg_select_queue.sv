// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none

/// Queue of slots, first in, first out. Never holds more than Slots, so it needs no ready.
module hg_select_queue #(
  /// Places, 2 and up.
  parameter int Slots = 2,
  /// Derived: bits of a slot.
  localparam int SlotW = hg_pkg::idx_width(Slots)
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic             push_i,
  input  logic [SlotW-1:0] slot_i,
  input  logic             pop_i,
  output logic             valid_o,
  output logic [SlotW-1:0] slot_o
);

  // The head is place 0; a place above the tail holds nothing that counts.
  logic [Slots-1:0]       full_q, full_d;
  logic [Slots*SlotW-1:0] place_q, place_d;

  always_comb begin
    full_d  = full_q;
    place_d = place_q;
    if (pop_i) begin
      full_d  = full_q >> 1;
      place_d = place_q >> SlotW;
    end
    if (push_i) begin
      for (int p = 0; p < Slots; p++) begin
        if (!full_d[p]) place_d[p*SlotW +: SlotW] = slot_i;
      end
      full_d = (full_d << 1) | Slots'(1);
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) full_q <= '0;
    else full_q <= full_d;
  end

  always_ff @(posedge clk_i) place_q <= place_d;

  assign valid_o = full_q[0];
  assign slot_o  = place_q[SlotW-1:0];

`ifndef SYNTHESIS
  logic checked_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) checked_q <= 1'b0;
    else checked_q <= 1'b1;
  end
  always @(posedge clk_i) begin
    if (checked_q && push_i && !pop_i && full_q[Slots-1]) $error("%m: more slots than there are");
    if (checked_q && pop_i && !full_q[0]) $error("%m: taken from an empty queue");
  end
`endif

endmodule

`default_nettype wire
