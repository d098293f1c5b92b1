// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// What every top-k engine states at its ports: which parameters are legal, what the source of the
/// keys must keep to (hg_topk_key_check, in simulation), and what the results are
/// (hg_topk_spec, in proofs of the engine). Empty in synthesis.
module hg_topk_contract #(
  /// Keys a beat; a power of two, 1 to 64.
  parameter int Lanes = 16,
  /// Bits of a key, 4 to 24.
  parameter int KeyW = 12,
  /// 1: keys are two's complement; 0: unsigned.
  parameter int Signed = 1,
  /// Most keys of a query, 2 to 16384 and at least Lanes.
  parameter int MaxN = 1024,
  /// Most survivors of a query, 1 to MaxN.
  parameter int Capacity = 1024,
  /// Derived: bits of a key's index in its query.
  localparam int IdxW = hg_pkg::idx_width(MaxN),
  /// Derived: bits of k and of a count.
  localparam int CntW = hg_pkg::cnt_width(MaxN)
) (
  input logic                  clk_i,
  input logic                  rst_ni,
  input logic                  key_valid_i,
  input logic                  key_ready_i,
  input logic                  key_last_i,
  input logic [Lanes-1:0]      key_keep_i,
  input logic [Lanes*KeyW-1:0] key_data_i,
  input logic [CntW-1:0]       key_k_i,
  input logic                  res_valid_i,
  input logic                  res_ready_i,
  input logic                  res_last_i,
  input logic [Lanes-1:0]      res_keep_i,
  input logic [Lanes*KeyW-1:0] res_data_i,
  input logic [Lanes*IdxW-1:0] res_index_i,
  input logic [KeyW-1:0]       res_threshold_i,
  input logic [CntW-1:0]       res_count_i
);

  if (Lanes < 1 || Lanes > 64 || 2 ** $clog2(Lanes) != Lanes) begin : gen_illegal_lanes
    ERROR_hg_topk_Lanes_must_be_a_power_of_two_up_to_64 u_illegal ();
  end
  if (KeyW < 4 || KeyW > 24) begin : gen_illegal_key
    ERROR_hg_topk_KeyW_must_be_4_to_24 u_illegal ();
  end
  if (MaxN < 2 || MaxN > 16384 || MaxN < Lanes) begin : gen_illegal_n
    ERROR_hg_topk_MaxN_must_be_2_to_16384_and_at_least_Lanes u_illegal ();
  end
  if (Signed < 0 || Signed > 1 || Capacity < 1 || Capacity > MaxN) begin : gen_illegal_rest
    ERROR_hg_topk_Signed_must_be_0_or_1_and_Capacity_1_to_MaxN u_illegal ();
  end

  hg_topk_key_check #(
    .Lanes (Lanes),
    .KeyW  (KeyW),
    .MaxN  (MaxN)
  ) u_key_check (
    .clk_i,
    .rst_ni,
    .valid_i (key_valid_i),
    .ready_i (key_ready_i),
    .last_i  (key_last_i),
    .keep_i  (key_keep_i),
    .data_i  (key_data_i),
    .k_i     (key_k_i)
  );

  // Only the specification looks at the results.
  logic unused_results;
  assign unused_results = ^{res_valid_i, res_ready_i, res_last_i, res_keep_i, res_data_i,
                            res_index_i, res_threshold_i, res_count_i};

`ifdef HG_FORMAL
  hg_topk_spec #(
    .Lanes    (Lanes),
    .KeyW     (KeyW),
    .Signed   (Signed),
    .MaxN     (MaxN),
    .Capacity (Capacity)
  ) u_spec (
    .clk_i,
    .rst_ni,
    .key_valid_i,
    .key_ready_i,
    .key_last_i,
    .key_keep_i,
    .key_data_i,
    .key_k_i,
    .res_valid_i,
    .res_ready_i,
    .res_last_i,
    .res_keep_i,
    .res_data_i,
    .res_index_i,
    .res_threshold_i,
    .res_count_i
  );
`endif

endmodule

`default_nettype wire
