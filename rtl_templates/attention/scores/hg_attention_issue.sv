// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Issue to QK: one slice of a row's plane a cycle.
///
/// A row of a refinement goes before a row of the next query; both are taken whole. A query's row
/// runs through its first planes, each through all slices; it may go when the K stream has
/// brought it (and, if the job has a bias, when the row's bias is there). A refinement's row runs
/// through one plane; who offers it has seen to its data.
///
/// Queries are taken one ahead (`done_o`; one of an illegal job has no rows), their job's fields
/// looked up by `job_o` a cycle later. Rows that may go wait in a short queue, so that no decision
/// is longer than a compare or a count.
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
  /// Queries in flight, 2 to 32.
  parameter int Contexts = 4,
  /// Bits of a bias, 1 and up.
  parameter int BiasW = 32,
  /// Bits of an address of the K buffer, 1 and up.
  parameter int AddrW = 11,
  /// Jobs in flight: a power of two, 4 to 64.
  parameter int Jobs = 8,
  /// Derived: bits of a job's place.
  localparam int JobW = hg_pkg::idx_width(Jobs),
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
  // The query that is taken next; then, by its job, that job's fields.
  output logic [CtxW-1:0]      context_o,
  output logic                 done_o,
  input  logic                 ready_i,
  input  logic                 error_i,
  input  logic [JobW-1:0]      job_i,
  input  logic [AddrW-1:0]     base_i,
  input  logic [TokW-1:0]      keys_i,
  input  logic [RowsW-1:0]     rows_i,
  output logic [JobW-1:0]      job_o,
  input  logic [1:0]           k_start_i,
  input  logic                 bias_i,
  input  logic [Jobs*RowsW-1:0] rows_arrived_i,
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
  // A row that may go: context, address, row, planes, lanes, first and last, bias.
  localparam int ItemW  = CtxW + AddrW + RowW + 2 + Tokens + 3;

  logic [CtxW-1:0]   context_q;
  logic              skip, enter;
  // The query behind: what its context says, and a cycle later what its job says.
  logic              ahead_valid_q, ahead_known_q, ahead_single_q, ahead_bias_q, ahead_any;
  logic [CtxW-1:0]   ahead_context_q;
  logic [JobW-1:0]   ahead_job_q;
  logic [AddrW-1:0]  ahead_base_q;
  logic [RowsW-1:0]  ahead_rows_q, ahead_arrived, ahead_arrived_q, ahead_left_q;
  logic [1:0]        ahead_planes_q;
  logic [Tokens-1:0] keys_mask, ahead_mask_q;
  logic              unused_keys;
  // The query whose rows go into the queue.
  logic              cur_valid_q, cur_bias_q, there_q, first_row_q, last_row_q, take, next, room;
  logic [CtxW-1:0]   cur_context_q;
  logic [JobW-1:0]   cur_job_q;
  logic [AddrW-1:0]  cur_addr_q;
  logic [RowsW-1:0]  row_q, row_next_q, left_q, cur_arrived, cur_arrived_q;
  logic [1:0]        cur_planes_q, unused_used;
  logic [Tokens-1:0] cur_mask_q;
  // The row that goes next.
  logic              head_valid, head_ready, head_first, head_last, head_bias;
  logic [CtxW-1:0]   head_context;
  logic [AddrW-1:0]  head_addr;
  logic [RowW-1:0]   head_row;
  logic [1:0]        head_planes;
  logic [Tokens-1:0] head_mask;

  logic                 load, valid_q, free_q, refine_q, pass_first_q, pass_last_q, ends;
  logic [AddrW-1:0]     addr_q;
  logic [CtxW-1:0]      item_context_q;
  logic [RowW-1:0]      item_row_q;
  logic [1:0]           plane_q, first_q, last_q;
  logic [FoldW-1:0]     fold_q;
  logic [Tokens-1:0]    mask_q;
  logic [Tokens*BiasW-1:0] item_bias_q;
  logic                 fold_ends, row_there;

  assign unused_keys = ^keys_i;

  assign skip      = ready_i && error_i;
  assign enter     = ready_i && !error_i && !ahead_valid_q;
  assign done_o    = skip || enter;
  assign context_o = context_q;
  assign job_o     = ahead_job_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) context_q <= '0;
    else if (done_o) context_q <= (context_q == CtxW'(Contexts - 1)) ? '0 : context_q + CtxW'(1);
  end

  assign next = ahead_known_q && (!cur_valid_q || (take && last_row_q));

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      ahead_valid_q <= 1'b0;
      ahead_known_q <= 1'b0;
    end else begin
      ahead_valid_q <= enter || (ahead_valid_q && !next);
      ahead_known_q <= ahead_valid_q && !next;
    end
  end

  // Rows that have arrived only grow while a job has queries here: an older count does no harm.
  always_comb begin
    ahead_arrived = '0;
    cur_arrived   = '0;
    for (int p = 0; p < Jobs; p++) begin
      if (ahead_job_q == JobW'(p)) ahead_arrived = ahead_arrived | rows_arrived_i[p*RowsW +: RowsW];
      if (cur_job_q == JobW'(p)) cur_arrived = cur_arrived | rows_arrived_i[p*RowsW +: RowsW];
    end
  end

  // Lanes of the last row.
  for (genvar t = 0; t < Tokens; t++) begin : gen_mask
    if (t == 0) begin : gen_first
      assign keys_mask[t] = 1'b1;
    end else if (t == Tokens - 1) begin : gen_last  // only whole rows have it
      assign keys_mask[t] = keys_i[ShiftT-1:0] == '0;
    end else begin : gen_lane
      assign keys_mask[t] = keys_i[ShiftT-1:0] == '0 || ShiftT'(t) < keys_i[ShiftT-1:0];
    end
  end

  always_ff @(posedge clk_i) begin
    if (!ahead_valid_q) begin
      ahead_context_q <= context_q;
      ahead_job_q     <= job_i;
      ahead_base_q    <= base_i;
      ahead_mask_q    <= keys_mask;
      ahead_rows_q    <= rows_i;
    end
    ahead_planes_q  <= k_start_i;
    ahead_bias_q    <= bias_i;
    ahead_arrived_q <= ahead_arrived;
    ahead_left_q    <= ahead_rows_q - RowsW'(1);
    ahead_single_q  <= ahead_rows_q == RowsW'(1);
  end

  assign ahead_any = ahead_arrived_q != '0;
  assign take      = there_q && room;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      cur_valid_q <= 1'b0;
      there_q     <= 1'b0;
    end else if (next) begin
      cur_valid_q <= 1'b1;
      there_q     <= ahead_any;
    end else if (take) begin
      cur_valid_q <= !last_row_q;
      there_q     <= !last_row_q && row_next_q < cur_arrived_q;
    end else begin
      there_q     <= cur_valid_q && row_q < cur_arrived_q;
    end
  end

  always_ff @(posedge clk_i) begin
    cur_arrived_q <= next ? ahead_arrived_q : cur_arrived;
    if (next) begin
      cur_context_q <= ahead_context_q;
      cur_job_q     <= ahead_job_q;
      cur_planes_q  <= ahead_planes_q;
      cur_bias_q    <= ahead_bias_q;
      cur_mask_q    <= ahead_mask_q;
      cur_addr_q    <= ahead_base_q;
      row_q         <= '0;
      row_next_q    <= RowsW'(1);
      left_q        <= ahead_left_q;
      first_row_q   <= 1'b1;
      last_row_q    <= ahead_single_q;
    end else if (take) begin
      cur_addr_q    <= cur_addr_q + AddrW'(1);
      row_q         <= row_next_q;
      row_next_q    <= row_next_q + RowsW'(1);
      left_q        <= left_q - RowsW'(1);
      first_row_q   <= 1'b0;
      last_row_q    <= left_q == RowsW'(1);
    end
  end

  hg_fifo #(
    .Width        (ItemW),
    .DepthEntries (2)
  ) u_rows (
    .clk_i,
    .rst_ni,
    .in_valid_i  (there_q),
    .in_ready_o  (room),
    .in_data_i   ({cur_context_q, cur_addr_q, row_q[RowW-1:0], cur_planes_q,
                   last_row_q ? cur_mask_q : {Tokens{1'b1}}, first_row_q, last_row_q, cur_bias_q}),
    .out_valid_o (head_valid),
    .out_ready_i (head_ready),
    .out_data_o  ({head_context, head_addr, head_row, head_planes, head_mask, head_first,
                   head_last, head_bias}),
    .used_o      (unused_used)
  );

  assign row_there      = head_valid && (!head_bias || bias_valid_i);
  assign load           = free_q;
  assign refine_ready_o = load;
  assign head_ready     = load && !refine_valid_i && (!head_bias || bias_valid_i);
  assign bias_ready_o   = load && !refine_valid_i && head_valid && head_bias;
  assign fold_ends      = fold_q == FoldW'(Folds - 1);

  // The row under way; whether its last beat is under way is known a cycle before.
  if (Folds == 1) begin : gen_whole
    assign ends = load ? (refine_valid_i || head_planes == 2'd1) : plane_q + 2'd1 == last_q;
  end else begin : gen_sliced
    assign ends = !load && fold_q == FoldW'(Folds - 2) && plane_q == last_q;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q <= 1'b0;
      free_q  <= 1'b1;
    end else begin
      if (load) valid_q <= refine_valid_i || row_there;
      free_q <= ends || (load && !refine_valid_i && !row_there);
    end
  end

  always_ff @(posedge clk_i) begin
    if (load) begin
      refine_q       <= refine_valid_i;
      item_context_q <= refine_valid_i ? refine_context_i : head_context;
      addr_q         <= refine_valid_i ? refine_addr_i : head_addr;
      item_row_q     <= refine_valid_i ? refine_row_i : head_row;
      plane_q        <= refine_valid_i ? refine_plane_i : '0;
      first_q        <= refine_valid_i ? refine_plane_i : '0;
      last_q         <= refine_valid_i ? refine_plane_i : head_planes - 2'd1;
      fold_q         <= '0;
      mask_q         <= refine_valid_i ? refine_mask_i : head_mask;
      pass_first_q   <= !refine_valid_i && head_first;
      pass_last_q    <= refine_valid_i ? refine_last_i : head_last;
      item_bias_q    <= head_bias ? bias_data_i : '0;
    end else begin
      fold_q  <= fold_ends ? '0 : fold_q + FoldW'(1);
      plane_q <= plane_q + 2'(fold_ends);
    end
  end

  assign beat_valid_o       = valid_q;
  assign beat_context_o     = item_context_q;
  assign beat_addr_o        = addr_q;
  assign beat_row_o         = item_row_q;
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
