// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Which slots of hg_select hold a query, and which takes the next.
///
/// A query enters the slot that is offered, and leaves it when it is discarded or with its last
/// read. The offer is a register: it follows what happens by a cycle.
module hg_select_allocate #(
  /// Queries at once, 2 to 32.
  parameter int Slots = 3,
  /// Derived: bits of a slot's number.
  localparam int SlotW = hg_pkg::idx_width(Slots)
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic             enter_i,
  input  logic             discard_i,
  input  logic [SlotW-1:0] discard_slot_i,
  input  logic             leave_i,
  input  logic [SlotW-1:0] leave_slot_i,
  output logic             free_o,
  output logic [SlotW-1:0] free_slot_o
);

  logic [Slots-1:0] busy_q, busy_d;
  logic             free_q, free_d;
  logic [SlotW-1:0] free_slot_q, free_slot_d;

  always_comb begin
    busy_d      = busy_q;
    free_d      = 1'b0;
    free_slot_d = '0;
    for (int s = 0; s < Slots; s++) begin
      if (enter_i && free_slot_q == SlotW'(s)) busy_d[s] = 1'b1;
      if (discard_i && discard_slot_i == SlotW'(s)) busy_d[s] = 1'b0;
      if (leave_i && leave_slot_i == SlotW'(s)) busy_d[s] = 1'b0;
      if (!busy_d[s]) begin
        free_d      = 1'b1;
        free_slot_d = SlotW'(s);
      end
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy_q <= '0;
      free_q <= 1'b0;
    end else begin
      busy_q <= busy_d;
      free_q <= free_d;
    end
  end

  always_ff @(posedge clk_i) free_slot_q <= free_slot_d;

  assign free_o      = free_q;
  assign free_slot_o = free_slot_q;

endmodule

`default_nettype wire
