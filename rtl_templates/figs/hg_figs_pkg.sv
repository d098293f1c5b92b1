// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// What the modules of the FiGS array derive alike.
package hg_figs_pkg;

  /// Smallest N that runs: every one of N weights of a block reaches its element with `alpha`
  /// links.
  function automatic int n_min(input int group, input int alpha);
    n_min = 2 ** $clog2(group - alpha);
  endfunction

  /// Bits of a select among `window` values, at least 1.
  function automatic int sel_width(input int window);
    sel_width = (window <= 2) ? 1 : $clog2(window);
  endfunction

  /// Terms that are left of `terms` after `levels` rounds of carry-save addition.
  function automatic int terms_left(input int terms, input int levels);
    terms_left = terms;
    for (int l = 0; l < levels; l++) terms_left = terms_left - terms_left / 3;
  endfunction

  /// Rounds of carry-save addition that make two terms of `terms`.
  function automatic int save_levels(input int terms);
    save_levels = 0;
    while (terms_left(terms, save_levels) > 2) save_levels = save_levels + 1;
  endfunction

  /// What hg_figs_product adds to every product so that it is never negative.
  function automatic int bias(input int act_w, input int weight_w);
    bias = 2 ** (act_w + weight_w - 1) - 2 ** (act_w - 1) - 2 ** (weight_w - 1);
  endfunction

  /// Cycles that whole sums wait for what the memory kept: one of those that skew takes, where
  /// there is no level of a tree to read it beside.
  function automatic int late(input int group, input int segs, input int dsp);
    late = (dsp != 0 && group == 1 && segs > 1) ? 1 : 0;
  endfunction

  /// Cycles between tokens with the same address: a read, a sum and a write, and with whole sums a
  /// cycle between memory and sum, if there is one for it.
  function automatic int apart(input int group, input int segs, input int dsp);
    apart = (dsp != 0 && (group > 1 || segs > 1)) ? 4 : 3;
  endfunction

  /// Cycles from an accepted activation to its output, without stalls.
  function automatic int latency(
    input int groups, input int columns, input int group, input int segs
  );
    latency = groups + columns + $clog2(group) + segs + 4;
  endfunction

endpackage

`default_nettype wire
