// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Sizes for hg_plane_writer and its parts.
///
/// Planes are numbered in the order in which they are written, those of K and then those of V. A
/// list of widths has four bits a plane, the first lowest, and 0 behind the last.
package hg_plane_pkg;

  /// Planes in a list of up to three widths.
  function automatic int count(input int list);
    count = ((list & 15) != 0 ? 1 : 0) + (((list >> 4) & 15) != 0 ? 1 : 0)
        + ((list >> 8) != 0 ? 1 : 0);
  endfunction

  /// Bits of plane `p`.
  function automatic int width(input int list, input int p);
    width = (list >> (4 * p)) & 15;
  endfunction

  /// Bits of the planes before plane `p`, with `p` the count of planes those of all.
  function automatic int bits_before(input int list, input int p);
    bits_before = 0;
    for (int i = 0; i < 6; i++) if (i < p) bits_before = bits_before + ((list >> (4 * i)) & 15);
  endfunction

  /// The planes of K and of V in one list.
  function automatic int all(input int k, input int v);
    all = k | (v << ((k >> 8) != 0 ? 12 : (k >> 4) != 0 ? 8 : 4));
  endfunction

  /// The power of two that divides all widths and 16, the largest one.
  function automatic int unit(input int list);
    int bits;
    bits = 16 | list | (list >> 4) | (list >> 8) | (list >> 12) | (list >> 16) | (list >> 20);
    unit = bits & -bits;
  endfunction

  /// The larger of two numbers.
  function automatic int larger(input int a, input int b);
    larger = (a > b) ? a : b;
  endfunction

  /// Times that two divides `n`.
  function automatic int twos(input int n);
    twos = $clog2(n & -n);
  endfunction

  /// Bytes from a token to the next one of its channel, for heads of 8 * `d8` elements: those of a
  /// plane of K or of V, of all planes of V where they lie together (layout 1), or of a plane of V
  /// filled up to a power of two (layout 2).
  function automatic int stride(input int d8, input int k, input int v, input int layout,
                                input int p);
    int bytes;
    bytes = d8 * width(all(k, v), p);
    if (layout == 1 && p >= count(k)) stride = d8 * bits_before(v, 3);
    else if (layout == 2 && p >= count(k) && bytes != 0) stride = 2 ** $clog2(bytes);
    else stride = bytes;
  endfunction

  /// A stride in units of the power of two that divides all of them.
  function automatic int factor(input int d8, input int k, input int v, input int layout,
                                input int p);
    factor = stride(d8, k, v, layout, p) >> twos(d8);
  endfunction

  /// The largest stride of all planes.
  function automatic int most(input int d8, input int k, input int v, input int layout);
    most = larger(larger(larger(stride(d8, k, v, layout, 0), stride(d8, k, v, layout, 1)),
                         larger(stride(d8, k, v, layout, 2), stride(d8, k, v, layout, 3))),
                  larger(stride(d8, k, v, layout, 4), stride(d8, k, v, layout, 5)));
  endfunction

endpackage

`default_nettype wire
