// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Checks, in simulation, that the source of the keys keeps to the contract of the engines: what a
/// beat keeps stands until it is taken, only the last beat drops lanes and keeps a prefix of them,
/// and no query exceeds MaxN keys. Empty in synthesis.
module hg_topk_key_check #(
  /// Keys a beat; a power of two, 1 to 64.
  parameter int Lanes = 16,
  /// Bits of a key.
  parameter int KeyW = 12,
  /// Most keys of a query.
  parameter int MaxN = 1024,
  /// Derived: bits of k.
  localparam int CntW = hg_pkg::cnt_width(MaxN)
) (
  input logic                  clk_i,
  input logic                  rst_ni,
  input logic                  valid_i,
  input logic                  ready_i,
  input logic                  last_i,
  input logic [Lanes-1:0]      keep_i,
  input logic [Lanes*KeyW-1:0] data_i,
  input logic [CntW-1:0]       k_i
);

  logic unused;
  assign unused = ^{clk_i, rst_ni, valid_i, ready_i, last_i, keep_i, data_i, k_i};

`ifndef SYNTHESIS
`ifndef YOSYS
  localparam int SumW = hg_pkg::cnt_width(MaxN + Lanes);

  logic                  checked_q, stalled_q, open_q, last_q;
  logic [Lanes-1:0]      keep_q;
  logic [Lanes*KeyW-1:0] kept, kept_q;
  logic [CntW-1:0]       k, k_q;
  logic [SumW-1:0]       count_q, count;

  // Lanes that are not kept, and k after the first beat, carry no meaning.
  assign k = open_q ? '0 : k_i;

  // Not $countones: Verilator 5.006 refuses it of what a parent ties to a constant.
  always_comb begin
    count = count_q;
    for (int i = 0; i < Lanes; i++) count = count + SumW'(keep_i[i]);
  end

  for (genvar i = 0; i < Lanes; i++) begin : gen_kept
    assign kept[i*KeyW +: KeyW] = data_i[i*KeyW +: KeyW] & {KeyW{keep_i[i]}};
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      checked_q <= 1'b0;
      stalled_q <= 1'b0;
      open_q    <= 1'b0;
      count_q   <= '0;
    end else begin
      checked_q <= 1'b1;
      stalled_q <= valid_i && !ready_i;
      if (valid_i && ready_i) open_q <= !last_i;
      if (valid_i && ready_i) count_q <= last_i ? '0 : count;
    end
  end

  always_ff @(posedge clk_i) begin
    last_q <= last_i;
    keep_q <= keep_i;
    kept_q <= kept;
    k_q    <= k;
  end

  always @(posedge clk_i) begin
    if (checked_q && stalled_q) begin
      if (!valid_i) $error("%m: valid dropped before the beat was taken");
      if ({last_i, keep_i, kept, k} != {last_q, keep_q, kept_q, k_q}) begin
        $error("%m: a beat changed before it was taken");
      end
    end
    if (checked_q && valid_i && ready_i) begin
      if (!last_i && keep_i != '1) $error("%m: only the last beat may drop lanes");
      if (last_i && (keep_i & (keep_i + Lanes'(1))) != '0) $error("%m: keep is not a prefix");
      if (count > SumW'(MaxN)) $error("%m: a query exceeds MaxN keys");
    end
  end
`endif
`endif

endmodule

`default_nettype wire
