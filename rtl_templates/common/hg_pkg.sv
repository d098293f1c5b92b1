// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Widths that every block derives the same way.
package hg_pkg;

  /// Bits of an index into `entries` entries, at least 1.
  function automatic int idx_width(input int entries);
    idx_width = (entries <= 2) ? 1 : $clog2(entries);
  endfunction

  /// Bits of a count from 0 to `most` inclusive, at least 1.
  function automatic int cnt_width(input int most);
    cnt_width = (most <= 1) ? 1 : $clog2(most + 1);
  endfunction

endpackage

`default_nettype wire
