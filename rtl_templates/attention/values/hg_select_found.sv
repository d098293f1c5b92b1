// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// End of a stage of hg_select_passes: from the sums of a query for each value of a digit to the
/// digit of its threshold, which waits in a queue for the next stage.
///
/// A search starts (`start_i`) only while `free_o`: then its result has a place, and it is `SpaceC`
/// cycles or more behind the search before. Sums and room are taken with `load_i` as
/// hg_select_countdown takes them, and what is to go with the result (`info_i`) with the last
/// segment. `found_o` is 0 if the room exceeds all 8 sums; with 7 it is 1.
module hg_select_found #(
  /// Bins, 7 or 8.
  parameter int Bins = 7,
  /// The least cycles between two searches, Bins + 1 and up.
  parameter int SpaceC = 10,
  /// Bits of what goes with a result, 1 and up.
  parameter int InfoW = 12,
  /// Derived: bits of a sum of exponentials.
  localparam int SumW = hg_attention_pkg::EXP_SUM_W,
  /// Derived: segments of a sum.
  localparam int Segs = hg_arith_pkg::segments(hg_attention_pkg::EXP_SUM_W)
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  output logic                 free_o,
  input  logic                 start_i,
  input  logic [Segs-1:0]      load_i,
  input  logic [Bins*SumW-1:0] sum_i,
  input  logic [SumW-1:0]      room_i,
  input  logic [InfoW-1:0]     info_i,
  output logic                 out_valid_o,
  input  logic                 out_ready_i,
  output logic [InfoW-1:0]     info_o,
  output logic                 found_o,
  output logic [2:0]           digit_o,
  output logic [SumW-1:0]      room_o
);

  if (SpaceC <= Bins) begin : gen_illegal
    ERROR_hg_select_found_SpaceC_must_exceed_Bins u_illegal ();
  end

  // Searches between their start and the next stage.
  localparam int Ends   = 3;
  localparam int EndsW  = hg_pkg::cnt_width(Ends);
  localparam int SpaceW = hg_pkg::cnt_width(SpaceC);

  logic              out_take, done, found, ready;
  logic [EndsW-1:0]  ends_q, unused_used;
  logic [SpaceW-1:0] space_q;
  logic [InfoW-1:0]  info_q;
  logic [2:0]        digit;
  logic [SumW-1:0]   left;

  assign free_o   = ends_q != '0 && space_q == '0;
  assign out_take = out_valid_o && out_ready_i;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      ends_q  <= EndsW'(Ends);
      space_q <= '0;
    end else begin
      if (start_i && !out_take) ends_q <= ends_q - EndsW'(1);
      else if (out_take && !start_i) ends_q <= ends_q + EndsW'(1);
      if (start_i) space_q <= SpaceW'(SpaceC - 1);
      else if (space_q != '0) space_q <= space_q - SpaceW'(1);
    end
  end

  always_ff @(posedge clk_i) begin
    if (load_i[Segs-1]) info_q <= info_i;
  end

  hg_select_countdown #(
    .Bins (Bins),
    .SumW (SumW)
  ) u_countdown (
    .clk_i,
    .rst_ni,
    .load_i,
    .sum_i,
    .room_i,
    .done_o  (done),
    .found_o (found),
    .bin_o   (digit),
    .room_o  (left)
  );
  hg_fifo #(
    .Width        (InfoW + 4 + SumW),
    .DepthEntries (Ends)
  ) u_results (
    .clk_i,
    .rst_ni,
    .in_valid_i  (done),
    .in_ready_o  (ready),
    .in_data_i   ({info_q, found, digit, left}),
    .out_valid_o,
    .out_ready_i,
    .out_data_o  ({info_o, found_o, digit_o, room_o}),
    .used_o      (unused_used)
  );

  // Only the check looks at it.
  logic unused_checked;
  assign unused_checked = ready;

`ifndef SYNTHESIS
`ifndef YOSYS
  logic checked_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) checked_q <= 1'b0;
    else checked_q <= 1'b1;
  end
  always @(posedge clk_i) begin
    if (checked_q && start_i && !free_o) $error("%m: a search that has to wait");
    if (checked_q && done && !ready) $error("%m: no place for a result");
  end
`endif
`endif

endmodule

`default_nettype wire
