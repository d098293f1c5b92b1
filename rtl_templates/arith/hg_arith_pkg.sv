// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// How the arithmetic of the attention core is cut into cycles.
///
/// Sums of more than 16 bits are *skewed*: cut into segments of up to 14 bits, of which segment s
/// works s cycles behind segment 0 and takes its carry from a register.
package hg_arith_pkg;

  /// Segments of a sum of `width` bits.
  function automatic int segments(input int width);
    segments = (width <= 16) ? 1 : (width + 13) / 14;
  endfunction

  /// Bits of a segment but the last.
  function automatic int seg_width(input int width);
    seg_width = (width <= 16) ? width : (width + (width + 13) / 14 - 1) / ((width + 13) / 14);
  endfunction

  /// Bits of the sum of `inputs` values of `in_w` bits, the first `flat` levels without growth.
  function automatic int tree_width(input int inputs, input int in_w, input int flat);
    tree_width = ($clog2(inputs) > flat) ? in_w + $clog2(inputs) - flat : in_w;
  endfunction

  /// Cycles of hg_sum_tree.
  function automatic int tree_cycles(input int inputs, input int in_w, input int flat);
    tree_cycles = (inputs < 2) ? 0
        : $clog2(inputs) + segments(($clog2(inputs) > flat) ? in_w + $clog2(inputs) - flat : in_w)
        - 1;
  endfunction

  /// Terms of a radix-4 Booth recoding of a signed factor of `width` bits.
  function automatic int booth_terms(input int width);
    booth_terms = (width + 1) / 2;
  endfunction

  /// Radix-16 Booth digits of a signed factor of `width` bits.
  function automatic int nibbles(input int width);
    nibbles = (width + 3) / 4;
  endfunction

  /// Bits of digit `index` of them: 4, but fewer for the highest.
  function automatic int nibble_bits(input int width, input int index);
    nibble_bits = (width - 4 * index < 4) ? width - 4 * index : 4;
  endfunction

  /// Bits of a multiple of an unsigned factor of `factor_w` bits as digit `index` needs it, and as
  /// far up.
  function automatic int multiple_width(input int factor_w, input int width, input int index);
    multiple_width = factor_w + 4 * index + nibble_bits(width, index) - 1;
  endfunction

  /// Bits of all multiples that the digits below `index` need together: 8 for each digit of 4 bits,
  /// and 2**(bits - 1) for the highest.
  function automatic int multiples_width(input int factor_w, input int width, input int index);
    multiples_width = (index < nibbles(width))
        ? 8 * index * (factor_w + 3) + 16 * index * (index - 1)
        : 8 * (index - 1) * (factor_w + 3) + 16 * (index - 1) * (index - 2)
          + multiple_width(factor_w, width, index - 1) * 2 ** (nibble_bits(width, index - 1) - 1);
  endfunction

  /// Cycles of hg_pv from a beat to the announcement of its word: shift, multiples, and the tree
  /// behind the choice.
  function automatic int pv_cycles(input int tokens, input int digit_w);
    pv_cycles = 2 + $clog2(tokens * nibbles(digit_w));
  endfunction

  /// Cycles of hg_multiply.
  function automatic int multiply_cycles(input int a_w, input int b_w);
    multiply_cycles = 1 + tree_cycles((b_w + 1) / 2 + 1, a_w + b_w, $clog2((b_w + 1) / 2 + 1));
  endfunction

endpackage

`default_nettype wire
