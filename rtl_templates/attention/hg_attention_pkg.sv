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

  /// Queries in hg_select. One enters, one is searched and one leaves at the same time; the last
  /// slot is reserved for the oldest query, so that younger queries cannot take them all while
  /// they wait for it.
  localparam int SLOTS = 4;
  /// Passes of the softmax between their start and their verdict. Each of them holds a slot of
  /// hg_select, so that more could never be under way.
  localparam int DECISIONS = SLOTS;
  /// Queries between commit and retirement: one for each slot, and four behind hg_select, where
  /// value fetch, PV, its division and the output register work on one each. A power of two,
  /// because the numbers of the records wrap.
  localparam int RECORDS = SLOTS + 4;

  // verilator lint_on UNUSEDPARAM

  /// Dividers of hg_norm, at least two. Rows of one key come so slowly that a query may take 16
  /// cycles; where many keys make a row, one may end every 12 cycles, and two are in the dividers
  /// at a time.
  function automatic int norm_lanes(input int tokens, input int d_head);
    norm_lanes = (tokens >= 4) ? d_head / 4
        : (tokens >= 2 || d_head % 16 != 0) ? d_head / 8 : d_head / 16;
    if (norm_lanes < 2) norm_lanes = 2;
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
