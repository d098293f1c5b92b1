// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// What a top-k engine promises at its ports, for proofs; every engine instantiates it under
/// `ifdef HG_FORMAL. Empty otherwise.
///
/// Knows nothing of any algorithm. One query is watched, and in it two indices `f_i` and `f_j`,
/// all three chosen by the solver: where `f_i` survives and `f_j` does not, key i must beat key j,
/// by value or, if they tie, by the lower index. With the exact number of survivors and ascending
/// indices that is the definition of top-k. Assumes that keys come as the engines' header says.
module hg_topk_spec #(
  /// Keys a beat; a power of two, 1 to 64.
  parameter int Lanes = 16,
  /// Bits of a key.
  parameter int KeyW = 12,
  /// 1: keys are two's complement; 0: unsigned.
  parameter int Signed = 1,
  /// Most keys of a query.
  parameter int MaxN = 1024,
  /// Most survivors of a query.
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

`ifdef HG_FORMAL
  // Room for every sum of this module.
  localparam int NumW = 16;
  localparam logic [KeyW-1:0] Flip = (Signed != 0) ? {1'b1, {(KeyW-1){1'b0}}} : '0;

  (* anyconst *) logic [IdxW-1:0] f_i, f_j;
  (* anyconst *) logic [1:0]      f_query;

  logic f_seen_q;
  initial f_seen_q = 1'b0;
  always @(posedge clk_i) f_seen_q <= 1'b1;
  always_comb assume (rst_ni == f_seen_q);

  // Keys in: the contract, and what the watched query holds.
  logic                  f_open_q, f_waits_q, f_wait_last_q;
  logic [Lanes-1:0]      f_wait_keep_q;
  logic [Lanes*KeyW-1:0] f_wait_data_q;
  logic [CntW-1:0]       f_wait_k_q;
  logic [NumW-1:0]       f_in_base_q, f_kept, f_n_q, f_k_q, f_want;
  logic [1:0]            f_in_query_q;
  logic                  f_in_done_q, f_i_live_q, f_j_live_q;
  logic [KeyW-1:0]       f_i_key_q, f_j_key_q;
  wire                   f_in      = key_valid_i && key_ready_i;
  wire                   f_in_mine = f_in && f_in_query_q == f_query && !f_in_done_q;

  always_comb begin
    f_kept = '0;
    for (int i = 0; i < Lanes; i++) f_kept = f_kept + NumW'(key_keep_i[i]);
  end

  always_comb begin
    if (key_valid_i) begin
      assume ((key_keep_i & (key_keep_i + Lanes'(1))) == '0);
      assume (key_last_i || key_keep_i == '1);
      assume (f_in_base_q + f_kept <= MaxN);
      // Only the last beat of a query may hold nothing, and only if it is the first as well.
      assume (key_keep_i != '0 || !f_open_q);
      // A full query ends.
      assume (key_last_i || f_in_base_q + f_kept < MaxN);
    end
`ifdef HG_ONE_QUERY
    // Deeper for the same effort: no second query, the solver still chooses every stall.
    assume (f_query == 2'd0 && (f_in_query_q == 2'd0 || !key_valid_i));
`endif
    if (rst_ni && f_waits_q) begin
      assume (key_valid_i && key_last_i == f_wait_last_q && key_keep_i == f_wait_keep_q);
      assume (key_data_i == f_wait_data_q && key_k_i == f_wait_k_q);
    end
  end

  always @(posedge clk_i) begin
    f_wait_last_q <= key_last_i;
    f_wait_keep_q <= key_keep_i;
    f_wait_data_q <= key_data_i;
    f_wait_k_q    <= key_k_i;
    if (!rst_ni) begin
      f_open_q     <= 1'b0;
      f_waits_q    <= 1'b0;
      f_in_base_q  <= '0;
      f_in_query_q <= 2'd0;
      f_in_done_q  <= 1'b0;
      f_i_live_q   <= 1'b0;
      f_j_live_q   <= 1'b0;
      f_n_q        <= '0;
    end else begin
      f_waits_q <= key_valid_i && !key_ready_i;
      if (f_in) begin
        f_open_q    <= !key_last_i;
        f_in_base_q <= key_last_i ? '0 : f_in_base_q + f_kept;
        if (key_last_i && f_in_query_q != 2'd3) f_in_query_q <= f_in_query_q + 2'd1;
      end
      if (f_in_mine) begin
        if (!f_open_q) f_k_q <= NumW'(key_k_i);
        f_n_q       <= f_n_q + f_kept;
        f_in_done_q <= key_last_i;
        for (int i = 0; i < Lanes; i++) begin
          if (key_keep_i[i] && f_in_base_q + NumW'(i) == NumW'(f_i)) begin
            f_i_live_q <= 1'b1;
            f_i_key_q  <= key_data_i[i*KeyW +: KeyW];
          end
          if (key_keep_i[i] && f_in_base_q + NumW'(i) == NumW'(f_j)) begin
            f_j_live_q <= 1'b1;
            f_j_key_q  <= key_data_i[i*KeyW +: KeyW];
          end
        end
      end
    end
  end

  always_comb begin
    f_want = (f_k_q < f_n_q) ? f_k_q : f_n_q;
    if (f_want > Capacity) f_want = NumW'(Capacity);
  end

  // Results out.
  logic             f_res_waits_q, f_some_q, f_hit_q, f_i_out_q, f_j_out_q;
  logic             f_ascends, f_hit, f_i_out, f_j_out, f_above, f_faithful, f_stands;
  logic [NumW-1:0]  f_out_q, f_out, f_last_index_q, f_last_index;
  logic [1:0]       f_out_query_q;
  logic             f_out_done_q;
  logic [Lanes*(KeyW+IdxW)-1:0] f_res_lanes, f_res_lanes_q;
  logic [1+Lanes+KeyW+CntW-1:0] f_res_rest_q;
  wire              f_res      = res_valid_i && res_ready_i;
  wire              f_res_mine = f_res && f_out_query_q == f_query && !f_out_done_q;
  wire [KeyW-1:0]   f_i_rank   = f_i_key_q ^ Flip;
  wire [KeyW-1:0]   f_j_rank   = f_j_key_q ^ Flip;
  wire [1+Lanes+KeyW+CntW-1:0] f_res_rest = {res_last_i, res_keep_i, res_threshold_i, res_count_i};

  always_comb begin
    f_res_lanes  = '0;
    f_out        = f_out_q;
    f_ascends    = 1'b1;
    f_above      = 1'b1;
    f_faithful   = 1'b1;
    f_hit        = f_hit_q;
    f_i_out      = f_i_out_q;
    f_j_out      = f_j_out_q;
    f_last_index = f_last_index_q;
    for (int i = 0; i < Lanes; i++) begin
      if (res_keep_i[i]) begin
        f_res_lanes[i*(KeyW+IdxW) +: KeyW+IdxW] =
            {res_data_i[i*KeyW +: KeyW], res_index_i[i*IdxW +: IdxW]};
        if (f_out != '0 && NumW'(res_index_i[i*IdxW +: IdxW]) <= f_last_index) f_ascends = 1'b0;
        f_last_index = NumW'(res_index_i[i*IdxW +: IdxW]);
        f_out        = f_out + NumW'(1);
        if ((res_data_i[i*KeyW +: KeyW] ^ Flip) < (res_threshold_i ^ Flip)) f_above = 1'b0;
        if (res_data_i[i*KeyW +: KeyW] == res_threshold_i) f_hit = 1'b1;
        if (res_index_i[i*IdxW +: IdxW] == f_i) begin
          f_i_out = 1'b1;
          if (!f_i_live_q || res_data_i[i*KeyW +: KeyW] != f_i_key_q) f_faithful = 1'b0;
        end
        if (res_index_i[i*IdxW +: IdxW] == f_j) f_j_out = 1'b1;
      end
    end
    f_stands = f_res_rest == f_res_rest_q && f_res_lanes == f_res_lanes_q;
  end

  always @(posedge clk_i) begin
    f_res_lanes_q <= f_res_lanes;
    f_res_rest_q  <= f_res_rest;
    if (!rst_ni) begin
      f_res_waits_q <= 1'b0;
      f_out_query_q <= 2'd0;
      f_out_done_q  <= 1'b0;
      f_out_q       <= '0;
      f_hit_q       <= 1'b0;
      f_i_out_q     <= 1'b0;
      f_j_out_q     <= 1'b0;
    end else begin
      f_res_waits_q <= res_valid_i && !res_ready_i;
      if (f_res && res_last_i && f_out_query_q != 2'd3) f_out_query_q <= f_out_query_q + 2'd1;
      if (f_res_mine) begin
        f_out_q        <= f_out;
        f_last_index_q <= f_last_index;
        f_hit_q        <= f_hit;
        f_i_out_q      <= f_i_out;
        f_j_out_q      <= f_j_out;
        f_out_done_q   <= res_last_i;
      end
    end
    if (rst_ni) begin
      // Handshake: what is offered stands until it is taken.
      if (f_res_waits_q) assert (res_valid_i && f_stands);
      // No result without its query.
      if (res_valid_i && f_out_query_q != 2'd3) assert (f_out_query_q < f_in_query_q);
      if (f_res_mine) begin
        assert (f_in_done_q);
        // Survivors: ascending indices below n, full beats but the last, exactly min(k, n).
        assert (f_ascends);
        if (f_out != '0) assert (f_last_index < f_n_q);
        assert ((res_keep_i & (res_keep_i + Lanes'(1))) == '0);
        assert (res_last_i || res_keep_i == '1);
        assert (res_keep_i != '0 || (f_out == '0 && res_last_i));
        assert (NumW'(res_count_i) == f_want);
        assert (f_out <= f_want);
        assert (res_last_i == (f_out == f_want));
        // Each with the key that was sent, none below the threshold, which one of them has.
        assert (f_faithful);
        assert (f_above);
        if (res_last_i) assert (f_hit || f_want == '0);
        if (f_want == '0) assert (res_threshold_i == '0);
        // Every survivor beats every loser.
        if (res_last_i && f_i_out && f_j_live_q && !f_j_out) begin
          assert (f_i_rank > f_j_rank || (f_i_rank == f_j_rank && f_i < f_j));
        end
        cover (res_last_i && f_n_q == MaxN && f_k_q != '0 && f_k_q < f_n_q && f_query == 2'd1);
        cover (res_last_i && f_i_out && f_j_live_q && !f_j_out && f_i_rank == f_j_rank);
      end
    end
  end
`else
  logic unused;
  assign unused = ^{clk_i, rst_ni, key_valid_i, key_ready_i, key_last_i, key_keep_i, key_data_i,
                    key_k_i, res_valid_i, res_ready_i, res_last_i, res_keep_i, res_data_i,
                    res_index_i, res_threshold_i, res_count_i};
  if (Signed < 0 || Capacity < 0) begin : gen_illegal
    ERROR_hg_topk_spec_Signed_and_Capacity_must_not_be_negative u_illegal ();
  end
`endif

endmodule

`default_nettype wire
