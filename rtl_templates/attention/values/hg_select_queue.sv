// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

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
`ifndef YOSYS
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
`endif

`ifdef HG_FORMAL
  // Slots leave in the order in which they came: one that was picked at random, with the number of
  // those ahead of it. Nobody takes from an empty queue, and there are as many places as slots.
  logic             f_seen_q, f_tracked_q;
  logic [31:0]      f_used_q, f_ahead_q;
  logic [SlotW-1:0] f_slot_q;
  (* anyseq *) logic f_pick;

  initial f_seen_q = 1'b0;
  always @(posedge clk_i) f_seen_q <= 1'b1;
  always_comb begin
    assume (rst_ni == f_seen_q);
    if (f_used_q == 32'd0) assume (!pop_i);
    if (f_used_q == Slots) assume (!push_i || pop_i);
  end
  always @(posedge clk_i) begin
    if (!rst_ni) begin
      f_used_q    <= 32'd0;
      f_tracked_q <= 1'b0;
    end else begin
      f_used_q <= f_used_q + 32'(push_i) - 32'(pop_i);
      if (!f_tracked_q && push_i && f_pick) begin
        f_tracked_q <= 1'b1;
        f_slot_q    <= slot_i;
        f_ahead_q   <= f_used_q - 32'(pop_i);
      end else if (f_tracked_q && pop_i) begin
        f_tracked_q <= f_ahead_q != 32'd0;
        f_ahead_q   <= f_ahead_q - 32'd1;
      end
      assert (f_used_q <= Slots && valid_o == (f_used_q != 32'd0));
      for (int p = 0; p < Slots; p++) begin
        assert (full_q[p] == (32'(p) < f_used_q));
        if (f_tracked_q && f_ahead_q == 32'(p)) begin
          assert (place_q[p*SlotW +: SlotW] == f_slot_q);
        end
      end
      if (f_tracked_q) assert (f_ahead_q < f_used_q);
      cover (f_used_q == Slots && push_i && f_tracked_q);
    end
  end
`endif

endmodule

`default_nettype wire
