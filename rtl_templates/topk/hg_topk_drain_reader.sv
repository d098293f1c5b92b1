// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Reads the rows of a query in order, one a cycle, and keeps the query's figures.
///
/// A query of r rows takes r cycles, then one idle cycle in which hg_compact may flush. `rank_o`
/// is the quota of ties from the third cycle of a query on: its rank, less what lies above the
/// threshold. Everything stands still while `en_i` is low.
module hg_topk_drain_reader #(
  /// Bits of a key, 4 to 24.
  parameter int KeyW = 12,
  /// Bits of a row index.
  parameter int RowW = 6,
  /// Bits of a row's key count.
  parameter int TailW = 5,
  /// Bits of a count.
  parameter int CntW = 11
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic             en_i,
  input  logic             req_valid_i,
  output logic             req_ready_o,
  input  logic [RowW-1:0]  req_last_row_i,
  input  logic [TailW-1:0] req_tail_i,
  input  logic [CntW-1:0]  req_count_i,
  input  logic [CntW-1:0]  req_rank_i,
  input  logic [CntW-1:0]  req_above_i,
  input  logic [KeyW-1:0]  req_threshold_i,
  // The row that is read, and whether it is its query's first and last.
  output logic             rd_en_o,
  output logic [RowW-1:0]  rd_row_o,
  output logic             rd_first_o,
  output logic             rd_last_o,
  // Figures of the query, from the cycle behind its first row on.
  output logic [TailW-1:0] tail_o,
  output logic [CntW-1:0]  count_o,
  output logic [CntW-1:0]  rank_o,
  output logic [KeyW-1:0]  threshold_o
);

  logic             busy_q, reading_q, started_q, accept;
  logic [RowW-1:0]  row_q, last_row_q;
  logic [TailW-1:0] tail_q;
  logic [CntW-1:0]  count_q, rank_q, above_q;
  logic [KeyW-1:0]  threshold_q;

  assign req_ready_o = en_i && !busy_q;
  assign accept      = req_valid_i && req_ready_o;
  assign rd_en_o     = accept || (en_i && reading_q);
  assign rd_row_o    = reading_q ? row_q : '0;
  assign rd_first_o  = accept;
  assign rd_last_o   = reading_q ? row_q == last_row_q : req_last_row_i == '0;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy_q    <= 1'b0;
      reading_q <= 1'b0;
      started_q <= 1'b0;
    end else begin
      started_q <= accept;
      if (en_i) busy_q <= rd_en_o;
      if (en_i) reading_q <= rd_en_o && !rd_last_o;
    end
  end

  always_ff @(posedge clk_i) begin
    if (accept) begin
      last_row_q  <= req_last_row_i;
      tail_q      <= req_tail_i;
      count_q     <= req_count_i;
      above_q     <= req_above_i;
      threshold_q <= req_threshold_i;
    end
    if (accept) rank_q <= req_rank_i;
    else if (started_q) rank_q <= rank_q - above_q;
    if (rd_en_o) row_q <= rd_row_o + RowW'(1);
  end

  assign tail_o      = tail_q;
  assign count_o     = count_q;
  assign rank_o      = rank_q;
  assign threshold_o = threshold_q;

endmodule

`default_nettype wire
