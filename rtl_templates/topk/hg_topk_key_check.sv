// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none

/// Checks, in simulation, that the source of the keys keeps to the contract of the engines: a beat
/// stands until it is taken, only the last beat drops lanes and keeps a prefix of them, and no
/// query exceeds MaxN keys. Empty in synthesis.
module hg_topk_key_check #(
  /// Keys a beat; a power of two, 1 to 64.
  parameter int Lanes = 16,
  /// Bits of the rest of a beat: keys and k.
  parameter int RestW = 203,
  /// Most keys of a query.
  parameter int MaxN = 1024
) (
  input logic             clk_i,
  input logic             rst_ni,
  input logic             valid_i,
  input logic             ready_i,
  input logic             last_i,
  input logic [Lanes-1:0] keep_i,
  input logic [RestW-1:0] rest_i
);

`ifdef SYNTHESIS
  logic unused;
  assign unused = ^{clk_i, rst_ni, valid_i, ready_i, last_i, keep_i, rest_i};
`else
  localparam int CntW = hg_pkg::cnt_width(MaxN + Lanes);

  logic             checked_q, stalled_q, last_q;
  logic [Lanes-1:0] keep_q;
  logic [RestW-1:0] rest_q;
  logic [CntW-1:0]  count_q, count;

  assign count = count_q + CntW'($countones(keep_i));

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      checked_q <= 1'b0;
      stalled_q <= 1'b0;
      count_q   <= '0;
    end else begin
      checked_q <= 1'b1;
      stalled_q <= valid_i && !ready_i;
      if (valid_i && ready_i) count_q <= last_i ? '0 : count;
    end
  end

  always_ff @(posedge clk_i) begin
    last_q <= last_i;
    keep_q <= keep_i;
    rest_q <= rest_i;
  end

  always @(posedge clk_i) begin
    if (checked_q && stalled_q) begin
      if (!valid_i) $error("%m: valid dropped before the beat was taken");
      if ({last_i, keep_i, rest_i} != {last_q, keep_q, rest_q}) $error("%m: a beat changed");
    end
    if (checked_q && valid_i && ready_i) begin
      if (!last_i && keep_i != '1) $error("%m: only the last beat may drop lanes");
      if (last_i && (keep_i & (keep_i + Lanes'(1))) != '0) $error("%m: keep is not a prefix");
      if (count > CntW'(MaxN)) $error("%m: a query exceeds MaxN keys");
    end
  end
`endif

endmodule

`default_nettype wire
