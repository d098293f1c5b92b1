// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Makes keys of sums and packs them into beats of the top-k engine.
///
/// A key is the sum shifted right, one below the largest at most: the largest is for protected
/// tokens. Three registers. Nothing waits: the top-k engine is empty when a ranking begins, and
/// then takes a beat per cycle.
module hg_cascade_key #(
  /// Keys a beat; a power of two, 1 to 64.
  parameter int Lanes = 16,
  /// Bits of a key, 8 to 24.
  parameter int KeyW = 16
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  // At least what makes the largest sum fit a key; stands while keys are under way.
  input  logic [5:0]            shift_i,
  input  logic                  sum_valid_i,
  input  logic [39:0]           sum_data_i,
  input  logic                  sum_guard_i,
  input  logic                  sum_last_i,
  output logic                  key_valid_o,
  output logic                  key_last_o,
  output logic [Lanes-1:0]      key_keep_o,
  output logic [Lanes*KeyW-1:0] key_data_o
);

  localparam int LaneW = hg_pkg::idx_width(Lanes);

  logic                  full_d, coarse_valid_q, fine_valid_q, key_valid_q, key_last_q;
  logic                  coarse_guard_q, coarse_last_q, fine_guard_q, fine_last_q;
  // What the last seven bits of the shift leave of it is a key.
  logic [KeyW+6:0]       coarse_q, fine_d;
  logic [39:0]           coarse_d;
  logic [KeyW-1:0]       fine_q, key;
  logic [LaneW-1:0]      lane_q;
  logic [Lanes-1:0]      key_keep_q;
  logic [Lanes*KeyW-1:0] key_data_q;

  assign full_d = fine_valid_q && (fine_last_q || lane_q == LaneW'(Lanes - 1));

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      coarse_valid_q <= 1'b0;
      fine_valid_q   <= 1'b0;
      key_valid_q    <= 1'b0;
      lane_q         <= '0;
    end else begin
      coarse_valid_q <= sum_valid_i;
      fine_valid_q   <= coarse_valid_q;
      key_valid_q    <= full_d;
      if (full_d) lane_q <= '0;
      else if (fine_valid_q) lane_q <= lane_q + LaneW'(1);
    end
  end

  logic unused_bits;
  assign coarse_d    = sum_data_i >> {shift_i[5:3], 3'b0};
  assign fine_d      = coarse_q >> shift_i[2:0];
  assign unused_bits = ^{coarse_d[39:KeyW+7], fine_d[KeyW+6:KeyW]};

  always_ff @(posedge clk_i) begin
    coarse_q       <= coarse_d[KeyW+6:0];
    coarse_guard_q <= sum_guard_i;
    coarse_last_q  <= sum_last_i;
    fine_q         <= fine_d[KeyW-1:0];
    fine_guard_q   <= coarse_guard_q;
    fine_last_q    <= coarse_last_q;
  end

  assign key = {fine_q[KeyW-1:1], (fine_q[0] && !(&fine_q[KeyW-1:1]))} | {KeyW{fine_guard_q}};

  always_ff @(posedge clk_i) begin
    if (fine_valid_q) begin
      for (int l = 0; l < Lanes; l++) begin
        if (lane_q == LaneW'(l)) key_data_q[l*KeyW +: KeyW] <= key;
        key_keep_q[l] <= lane_q == LaneW'(l) || (key_keep_q[l] && lane_q != '0);
      end
      key_last_q <= fine_last_q;
    end
  end

  assign key_valid_o = key_valid_q;
  assign key_last_o  = key_last_q;
  assign key_keep_o  = key_keep_q;
  assign key_data_o  = key_data_q;

`ifdef HG_FORMAL
  // Beats are full but the last of a ranking, hold a prefix, and hold as many keys as sums went in.
  localparam int FormW = hg_pkg::cnt_width(2 * Lanes + 2);
  logic             f_seen_q;
  logic [FormW-1:0] f_held_q, f_pending;

  initial f_seen_q = 1'b0;
  always @(posedge clk_i) f_seen_q <= 1'b1;
  always_comb assume (rst_ni == f_seen_q);

  // Keys that are in the beat register, complete or not, and in front of it.
  always_comb begin
    f_pending = FormW'(coarse_valid_q) + FormW'(fine_valid_q)
        + (key_valid_q ? FormW'($countones(key_keep_q)) : FormW'(lane_q));
  end

  always @(posedge clk_i) begin
    if (!rst_ni) begin
      f_held_q <= '0;
    end else begin
      f_held_q <= f_held_q + FormW'(sum_valid_i)
                  - (key_valid_o ? FormW'($countones(key_keep_o)) : '0);
    end
    if (rst_ni) begin
      if (key_valid_q) begin
        assert (key_keep_q[0] && (key_keep_q & (key_keep_q + Lanes'(1))) == '0);
        assert (key_last_q || (&key_keep_q));
        assert (lane_q == '0);
      end else begin
        for (int l = 0; l < Lanes; l++) begin
          if (lane_q > LaneW'(l)) assert (key_keep_q[l]);
          else if (lane_q != '0) assert (!key_keep_q[l]);
        end
      end
      assert (f_held_q == f_pending);
      cover (key_valid_o && key_last_o && !(&key_keep_o));
    end
  end
`endif

endmodule

`default_nettype wire
