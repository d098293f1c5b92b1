// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// The steps of an odd-even merge whose span is shorter than a row, for one span.
///
/// Rows stream in order, largest item first. Lane x meets lane x + Span for every x that has bit
/// log2(Span) set; at the end of a row the partner lies at the head of the next row, so a row waits
/// here for its successor. `in_start_i` marks a row without one ahead of it in its run; the
/// surroundings carry it along. Rows of a run must follow one another without a gap; latency 2
/// cycles.
module hg_topk_batcher_shift #(
  /// Items a row; a power of two, 2 to 64.
  parameter int Lanes = 16,
  /// Bits of an item, 1 and up.
  parameter int ItemW = 23,
  /// Distance of the comparators in lanes; a power of two, 1 to Lanes / 2.
  parameter int Span = 8
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  input  logic                   in_valid_i,
  input  logic                   in_start_i,
  input  logic [Lanes*ItemW-1:0] in_row_i,
  output logic                   out_valid_o,
  output logic [Lanes*ItemW-1:0] out_row_o
);

  logic                   held_valid_q, out_valid_q, meet;
  logic [Lanes*ItemW-1:0] held_d, held_q, out_d, out_q;

  assign meet = in_valid_i && !in_start_i;

  for (genvar i = 0; i < Lanes; i++) begin : gen_lane
    if (i < Span) begin : gen_head
      // The last lanes of the row that waits meet the first lanes of the one that comes.
      localparam int Low = Lanes - Span + i;
      logic [ItemW-1:0] a, b;
      logic             swap;
      assign a    = held_q[Low*ItemW +: ItemW];
      assign b    = in_row_i[i*ItemW +: ItemW];
      assign swap = meet && a < b;
      assign out_d[Low*ItemW +: ItemW] = swap ? b : a;
      assign held_d[i*ItemW +: ItemW]  = swap ? a : b;
    end else if (i >= Lanes - Span) begin : gen_tail
      assign held_d[i*ItemW +: ItemW] = in_row_i[i*ItemW +: ItemW];
    end else if ((i / Span) % 2 == 1) begin : gen_inner
      logic [ItemW-1:0] a, b;
      logic             swap;
      assign a    = in_row_i[i*ItemW +: ItemW];
      assign b    = in_row_i[(i+Span)*ItemW +: ItemW];
      assign swap = a < b;
      assign held_d[i*ItemW +: ItemW]        = swap ? b : a;
      assign held_d[(i+Span)*ItemW +: ItemW] = swap ? a : b;
    end
    if (i < Lanes - Span) begin : gen_settled
      assign out_d[i*ItemW +: ItemW] = held_q[i*ItemW +: ItemW];
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      held_valid_q <= 1'b0;
      out_valid_q  <= 1'b0;
    end else begin
      held_valid_q <= in_valid_i;
      out_valid_q  <= held_valid_q;
    end
  end

  always_ff @(posedge clk_i) begin
    held_q <= held_d;
    out_q  <= out_d;
  end

  assign out_valid_o = out_valid_q;
  assign out_row_o   = out_q;

endmodule

`default_nettype wire
