// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none

/// Issue to QK: one slice of a row's plane a cycle.
///
/// A row of a refinement goes before a row of the next query; both are taken whole. A query's row
/// runs through its first planes, each through all slices; it may go when the K stream has
/// brought it (and, if the job has a bias, when the row's bias is there). A refinement's row runs
/// through one plane; who offers it has seen to its data.
///
/// Beats leave without back-pressure and without a bubble between rows. The item of a row goes to
/// hg_score with the sums: context, row, plane, flags, lanes, bias.
module hg_attention_issue #(
  /// Most keys of a job, 8 to 4096.
  parameter int MaxTokens = 1024,
  /// Keys a row; a power of two, 1 and up.
  parameter int Tokens = 1,
  /// Slices of a vector, 1 and up.
  parameter int Folds = 1,
  /// Queries in flight, 2 to 8.
  parameter int Contexts = 4,
  /// Bits of a bias, 1 and up.
  parameter int BiasW = 32,
  /// Bits of an address of the K buffer, 1 and up.
  parameter int AddrW = 11,
  /// Derived: bits of a count of keys.
  localparam int TokW = hg_pkg::cnt_width(MaxTokens),
  /// Derived: bits of a row's number.
  localparam int RowW = hg_pkg::idx_width(MaxTokens / Tokens),
  /// Derived: bits of a count of rows.
  localparam int RowsW = hg_pkg::cnt_width(MaxTokens / Tokens),
  /// Derived: bits of a context's number.
  localparam int CtxW = hg_pkg::idx_width(Contexts),
  /// Derived: bits of a slice's number.
  localparam int FoldW = hg_pkg::idx_width(Folds)
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  // The query whose rows come next, and its job's fields.
  output logic [CtxW-1:0]      context_o,
  output logic                 done_o,
  input  logic                 ready_i,
  input  logic                 error_i,
  input  logic [2:0]           job_i,
  input  logic [AddrW-1:0]     base_i,
  input  logic [TokW-1:0]      keys_i,
  input  logic [RowsW-1:0]     rows_i,
  input  logic [1:0]           k_start_i,
  input  logic                 bias_i,
  input  logic [8*RowsW-1:0]   rows_arrived_i,
  input  logic                 bias_valid_i,
  output logic                 bias_ready_o,
  input  logic [Tokens*BiasW-1:0] bias_data_i,
  // Rows of a refinement whose data are there; `last` ends the refinement.
  input  logic                 refine_valid_i,
  output logic                 refine_ready_o,
  input  logic [CtxW-1:0]      refine_context_i,
  input  logic [AddrW-1:0]     refine_addr_i,
  input  logic [1:0]           refine_plane_i,
  input  logic [RowW-1:0]      refine_row_i,
  input  logic [Tokens-1:0]    refine_mask_i,
  input  logic                 refine_last_i,
  // One beat of QK.
  output logic                 beat_valid_o,
  output logic [CtxW-1:0]      beat_context_o,
  output logic [AddrW-1:0]     beat_addr_o,
  output logic [RowW-1:0]      beat_row_o,
  output logic [1:0]           beat_plane_o,
  output logic [FoldW-1:0]     beat_fold_o,
  output logic                 beat_refine_o,
  output logic                 beat_first_plane_o,
  output logic                 beat_last_plane_o,
  output logic                 beat_pass_first_o,
  output logic                 beat_pass_last_o,
  output logic [Tokens-1:0]    beat_mask_o,
  output logic [Tokens*BiasW-1:0] beat_bias_o
);

  localparam int ShiftT = $clog2(Tokens);

  logic [CtxW-1:0]      context_q;
  logic [RowsW-1:0]     next_q, arrived;
  logic                 row_there, row_taken, row_last, skip, load;
  logic [Tokens-1:0]    row_mask;

  logic                 valid_q, refine_q, pass_first_q, pass_last_q;
  logic [AddrW-1:0]     addr_q;
  logic [CtxW-1:0]      item_context_q;
  logic [RowW-1:0]      row_q;
  logic [1:0]           plane_q, first_q, last_q;
  logic [FoldW-1:0]     fold_q;
  logic [Tokens-1:0]    mask_q;
  logic [Tokens*BiasW-1:0] item_bias_q;
  logic                 fold_ends, row_ends;

  // The next row of the next query.
  always_comb begin
    arrived = '0;
    for (int p = 0; p < 8; p++) begin
      if (job_i == 3'(p)) arrived = arrived | rows_arrived_i[p*RowsW +: RowsW];
    end
  end

  assign row_there = ready_i && !error_i && next_q < arrived && (!bias_i || bias_valid_i);
  assign row_last  = next_q + RowsW'(1) == rows_i;
  assign skip      = ready_i && error_i;

  for (genvar t = 0; t < Tokens; t++) begin : gen_mask
    logic [TokW-1:0] whole;
    assign whole = keys_i >> ShiftT;
    if (t == Tokens - 1) begin : gen_last  // only whole rows have it
      assign row_mask[t] = TokW'(next_q) < whole;
    end else begin : gen_lane
      assign row_mask[t] = TokW'(next_q) < whole
          || (TokW'(next_q) == whole && ShiftT'(t) < keys_i[ShiftT-1:0]);
    end
  end

  assign fold_ends      = fold_q == FoldW'(Folds - 1);
  assign row_ends       = fold_ends && plane_q == last_q;
  assign load           = !valid_q || row_ends;
  assign refine_ready_o = load;
  assign row_taken      = load && !refine_valid_i && row_there;
  assign bias_ready_o   = load && !refine_valid_i && ready_i && !error_i && bias_i
                          && next_q < arrived;
  assign context_o      = context_q;
  assign done_o         = (row_taken && row_last) || skip;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      context_q <= '0;
      next_q    <= '0;
    end else if (done_o) begin
      context_q <= (context_q == CtxW'(Contexts - 1)) ? '0 : context_q + CtxW'(1);
      next_q    <= '0;
    end else if (row_taken) begin
      next_q <= next_q + RowsW'(1);
    end
  end

  // The row under way.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= 1'b0;
    else if (load) valid_q <= refine_valid_i || row_there;
  end

  always_ff @(posedge clk_i) begin
    if (load) begin
      refine_q       <= refine_valid_i;
      item_context_q <= refine_valid_i ? refine_context_i : context_q;
      addr_q         <= refine_valid_i ? refine_addr_i : base_i + AddrW'(next_q);
      row_q          <= refine_valid_i ? refine_row_i : RowW'(next_q);
      plane_q        <= refine_valid_i ? refine_plane_i : '0;
      first_q        <= refine_valid_i ? refine_plane_i : '0;
      last_q         <= refine_valid_i ? refine_plane_i : k_start_i - 2'd1;
      fold_q         <= '0;
      mask_q         <= refine_valid_i ? refine_mask_i : row_mask;
      pass_first_q   <= !refine_valid_i && next_q == '0;
      pass_last_q    <= refine_valid_i ? refine_last_i : row_last;
      item_bias_q    <= bias_i ? bias_data_i : '0;
    end else begin
      fold_q  <= fold_ends ? '0 : fold_q + FoldW'(1);
      plane_q <= plane_q + 2'(fold_ends);
    end
  end

  assign beat_valid_o       = valid_q;
  assign beat_context_o     = item_context_q;
  assign beat_addr_o        = addr_q;
  assign beat_row_o         = row_q;
  assign beat_plane_o       = plane_q;
  assign beat_fold_o        = fold_q;
  assign beat_refine_o      = refine_q;
  assign beat_first_plane_o = plane_q == first_q;
  assign beat_last_plane_o  = plane_q == last_q;
  assign beat_pass_first_o  = pass_first_q;
  assign beat_pass_last_o   = pass_last_q;
  assign beat_mask_o        = mask_q;
  assign beat_bias_o        = item_bias_q;

endmodule

`default_nettype wire
