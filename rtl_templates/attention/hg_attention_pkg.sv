// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Widths of the numbers of the attention core, and how many queries its stages hold.
package hg_attention_pkg;

  // No module reads all of them.
  // verilator lint_off UNUSEDPARAM

  /// Bits of an element of a query vector, signed.
  localparam int QUERY_W = 12;
  /// Bits of the rank of a key: how far its score lies below the largest, in 1/128 octaves.
  localparam int RANK_W = 12;
  /// Bits of an exponential, of which 2**24 is 1, the largest.
  localparam int EXP_W = 25;
  /// Bits of a sum of exponentials: those of up to 8191 keys.
  localparam int EXP_SUM_W = EXP_W + 13;
  /// Bits of what hg_select keeps of a key: whether it lives, its exponential and its rank.
  localparam int ENTRY_W = 1 + EXP_W + RANK_W;
  /// Bits of a probability, of a weight of PV and of a share of the mass; 2**16 is 1.
  localparam int PROB_W = 17;
  /// Bits of the significand and of the exponent of a reciprocal (hg_recip).
  localparam int RECIP_W = 21;
  localparam int RECIP_EXP_W = 6;
  /// Bits of a count of requests or arrivals, which wraps. Half of its range must exceed the
  /// requests in flight and the rows that wait, so that the sign of a difference tells which is
  /// ahead.
  localparam int ARRIVAL_W = 12;

  // verilator lint_on UNUSEDPARAM

  /// Queries between commit and retirement: one for each slot of hg_select, and as many behind it,
  /// where value fetch, PV, its division and the output register work. A power of two, because the
  /// numbers of the records wrap.
  function automatic int records(input int slots);
    records = 2 ** $clog2(2 * slots);
  endfunction

  /// Rows that the buffers of K and V hold, before they are rounded up to a power of two: two of
  /// the longest jobs. A row of many keys makes few rows of a job, so that more jobs are under way
  /// while a row stays some hundred cycles.
  function automatic int ring(input int rows, input int tokens);
    if (tokens <= 2) ring = 2 * rows;
    else ring = (rows < 43) ? 8 * rows : 2 * rows + 256;
  endfunction

  /// Divisions of hg_attention_recip at once, and targets of hg_attention_commit: a query of 100
  /// keys brings 100 / T rows, in which one of each must start.
  function automatic int divisions(input int tokens);
    divisions = (tokens <= 2) ? 1 : (tokens <= 4) ? 2 : 3;
  endfunction

  /// Searches of hg_select at once: a query whose rows hold many keys has few rows, and so many
  /// searches would have to overlap that a pipeline (0) is smaller.
  function automatic int searches(input int tokens);
    searches = (tokens < 4) ? 2 : 0;
  endfunction

  /// Dividers of hg_norm, at least two. Rows of one key come so slowly that a query may take 16
  /// cycles; where many keys make a row, one may end every 12 cycles, and two are in the dividers
  /// at a time.
  function automatic int norm_lanes(input int tokens, input int d_head);
    norm_lanes = (tokens >= 4) ? d_head / 4
        : (tokens >= 2 || d_head % 16 != 0) ? d_head / 8 : d_head / 16;
    if (norm_lanes < 2) norm_lanes = 2;
  endfunction

  /// Cycles of hg_attention_reduce.
  function automatic int reduce_cycles(input int lanes);
    reduce_cycles = ($clog2(lanes) < 2) ? 1 : ($clog2(lanes) + 1) / 2;
  endfunction

  /// Bits of what accompanies a row from the issue through QK to hg_score: {context, row, plane,
  /// refine, first plane, last plane, first row, last row, mask, bias}.
  function automatic int score_tag_width(
    input int ctx_w, input int row_w, input int tokens, input int bias_w
  );
    score_tag_width = ctx_w + row_w + 2 + 5 + tokens + tokens * bias_w;
  endfunction

endpackage

`default_nettype wire
