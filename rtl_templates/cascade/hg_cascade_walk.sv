// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Walks over survivors, one a cycle, and holds the lists of their numbers by position.
///
/// Phase 0 sets up: writes the lists and zeroes the sums. Phase 1 reads the sums of all survivors.
/// Phase 2 takes the positions that the top-k engine keeps, moves their numbers and sums down and
/// emits them. A position first reads its list, then becomes an access to the sums: tokens' sums
/// lie by position, heads' by number.
module hg_cascade_walk #(
  /// Most tokens, 8 to 4096.
  parameter int MaxTokens = 1024,
  /// Most heads, 1 to 256.
  parameter int MaxHeads = 32,
  /// Lanes of the top-k engine.
  parameter int Lanes = 16,
  /// Bits of its indices.
  parameter int IdxW = 10,
  /// Bits of its counts.
  parameter int CntW = 11,
  /// Derived: bits of a token's number and count.
  localparam int TokW = hg_pkg::cnt_width(MaxTokens),
  /// Derived: bits of a count of tokens or heads.
  localparam int CountW = hg_pkg::cnt_width((MaxTokens > MaxHeads) ? MaxTokens : MaxHeads),
  /// Derived: bits of a token's or a head's number.
  localparam int IdW = (TokW > 8) ? TokW : 8
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  input  logic                   start_i,
  input  logic [1:0]             phase_i,
  input  logic                   kind_i,
  input  logic                   restart_i,
  input  logic [CountW-1:0]      first_i,
  input  logic [CountW-1:0]      last_i,
  input  logic [CountW-1:0]      guard_i,
  input  logic [TokW-1:0]        fresh_i,
  output logic                   done_o,
  output logic [CountW-1:0]      kept_o,
  output logic                   busy_o,
  input  logic                   res_valid_i,
  output logic                   res_ready_o,
  input  logic [Lanes-1:0]       res_keep_i,
  input  logic [Lanes*IdxW-1:0]  res_index_i,
  input  logic [CntW-1:0]        res_count_i,
  output logic                   op_valid_o,
  input  logic                   op_ready_i,
  output logic                   op_head_o,
  output logic [1:0]             op_code_o,
  output logic [CountW-1:0]      op_index_o,
  output logic [CountW-1:0]      op_target_o,
  output logic                   op_restart_o,
  output logic [5+TokW+IdW-1:0]  op_tag_o
);

  localparam int PosW  = hg_pkg::idx_width(MaxTokens);
  localparam int HeadW = hg_pkg::idx_width(MaxHeads);

  // Where positions come from: a counter, or the lanes of a beat of the top-k engine.
  logic                  active_q, guarded_q, have_q, step, move, at_last;
  logic [CountW-1:0]     pos_q, last_q, index, kept_q;
  logic [Lanes-1:0]      lanes_q;
  logic [Lanes*IdxW-1:0] indices_q;
  logic                  setup, rank, emit, free, guarded, source;

  assign setup   = phase_i == 2'd0;
  assign rank    = phase_i == 2'd1;
  assign emit    = phase_i == 2'd2;
  assign source  = active_q && !start_i && (!emit || have_q);
  assign step    = source && free;
  assign index   = emit ? CountW'(indices_q[IdxW-1:0]) : pos_q;
  assign at_last = pos_q == last_q;
  assign guarded = guarded_q || pos_q == guard_i;

  // A beat is shifted out lane by lane; kept lanes are its lowest.
  assign res_ready_o = emit && !have_q;

  logic only;
  if (Lanes == 1) begin : gen_one_lane
    assign only = 1'b1;
  end else begin : gen_lanes
    assign only = !lanes_q[1];
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      active_q <= 1'b0;
      have_q   <= 1'b0;
    end else begin
      if (start_i) active_q <= 1'b1;
      else if (step && at_last) active_q <= 1'b0;
      if (res_valid_i && res_ready_o) have_q <= 1'b1;
      else if (step && emit && only) have_q <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      pos_q     <= first_i;
      guarded_q <= 1'b0;
      if (!emit) last_q <= last_i;
    end else if (step) begin
      pos_q     <= pos_q + CountW'(1);
      guarded_q <= guarded;
    end
    if (res_valid_i && res_ready_o) begin
      lanes_q   <= res_keep_i;
      indices_q <= res_index_i;
      last_q    <= CountW'(res_count_i) - CountW'(1);
      kept_q    <= CountW'(res_count_i);
    end else if (step && emit) begin
      lanes_q   <= lanes_q >> 1;
      indices_q <= indices_q >> IdxW;
    end
  end

  // A top-k engine with a row of more lanes than there are tokens counts further than the walk.
  if (CntW > CountW) begin : gen_wide_count
    logic unused_count;
    assign unused_count = ^res_count_i[CntW-1:CountW];
  end

  assign done_o = step && at_last;
  assign kept_o = kept_q;

  // The access; its number comes from the list, or is new.
  logic              valid_q, setup_q, rank_q, emit_q, kind_q, last2_q, guard_q, restart_q, take;
  logic [CountW-1:0] index_q, to_q;
  logic [IdW-1:0]    fresh_q, id;
  logic [TokW-1:0]   token;
  logic [7:0]        head;

  assign take = valid_q && op_ready_i;
  assign free = !valid_q || op_ready_i;
  assign move = take && (setup_q || emit_q);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= 1'b0;
    else if (free) valid_q <= source;
  end

  always_ff @(posedge clk_i) begin
    if (step) begin
      setup_q   <= setup;
      rank_q    <= rank;
      emit_q    <= emit;
      kind_q    <= kind_i;
      last2_q   <= at_last;
      guard_q   <= guarded;
      restart_q <= restart_i && !rank && pos_q == '0;
      index_q   <= index;
      to_q      <= pos_q;
      fresh_q   <= restart_i ? IdW'(pos_q) : IdW'(fresh_i);
    end
  end

  hg_ram_1r1w #(
    .Width        (TokW),
    .DepthEntries (MaxTokens)
  ) u_tokens (
    .clk_i,
    .wr_en_i   (move && !kind_q),
    .wr_addr_i (PosW'(to_q)),
    .wr_data_i (id[TokW-1:0]),
    .rd_en_i   (step && !kind_i && !setup),
    .rd_addr_i (PosW'(index)),
    .rd_data_o (token)
  );

  hg_ram_1r1w #(
    .Width        (8),
    .DepthEntries (MaxHeads)
  ) u_heads (
    .clk_i,
    .wr_en_i   (move && kind_q),
    .wr_addr_i (HeadW'(to_q)),
    .wr_data_i (id[7:0]),
    .rd_en_i   (step && kind_i && !setup),
    .rd_addr_i (HeadW'(index)),
    .rd_data_o (head)
  );

  assign id = setup_q ? fresh_q : kind_q ? IdW'(head) : IdW'(token);

  assign op_valid_o   = valid_q;
  assign op_head_o    = kind_q;
  assign op_code_o    = setup_q ? 2'd2 : rank_q ? 2'd0 : 2'd1;
  assign op_index_o   = kind_q ? CountW'(id) : index_q;
  assign op_target_o  = kind_q ? CountW'(id) : to_q;
  assign op_restart_o = restart_q;
  assign op_tag_o     = {emit_q, rank_q, kind_q, last2_q, guard_q, TokW'(to_q), id};
  assign busy_o       = active_q || valid_q;

endmodule

`default_nettype wire
