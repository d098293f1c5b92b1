// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Sizes of plane vectors in memory, for hg_vector_reader and its parts.
///
/// A vector is the packed digits of one plane of one token: DHead * w / 8 bytes. The granule is the
/// greatest common divisor of all vectors and a beat of the bus, so that vectors and beats are
/// whole granules.
package hg_vector_pkg;

  /// Bits of plane `p` in a list of widths, four bits each; 0 behind the last.
  function automatic int plane_w(input int planes, input int p);
    plane_w = (planes >> (4 * p)) & 15;
  endfunction

  /// Planes in a list of widths.
  function automatic int count(input int planes);
    count = ((planes & 15) != 0 ? 1 : 0) + (((planes >> 4) & 15) != 0 ? 1 : 0)
        + ((planes >> 8) != 0 ? 1 : 0);
  endfunction

  /// Bits of all planes of an element.
  function automatic int element_w(input int planes);
    element_w = (planes & 15) + ((planes >> 4) & 15) + (planes >> 8);
  endfunction

  /// The larger of two numbers.
  function automatic int larger(input int a, input int b);
    larger = (a > b) ? a : b;
  endfunction

  /// Bits of the widest plane of two lists.
  function automatic int widest(input int k, input int v);
    widest = larger(larger(larger(k & 15, (k >> 4) & 15), k >> 8),
                    larger(larger(v & 15, (v >> 4) & 15), v >> 8));
  endfunction

  /// Whether a list of widths has a plane of `w` bits.
  function automatic int has(input int planes, input int w);
    has = (plane_w(planes, 0) == w || plane_w(planes, 1) == w || plane_w(planes, 2) == w) ? 1 : 0;
  endfunction

  /// Whether a plane of width w is missing or as wide as `all`.
  function automatic int fits(input int w, input int all);
    fits = (w == 0 || w == all) ? 1 : 0;
  endfunction

  /// Whether all planes of two lists have the same width.
  function automatic int same(input int k, input int v);
    same = fits(plane_w(k, 0), plane_w(v, 0)) & fits(plane_w(k, 1), plane_w(v, 0))
        & fits(plane_w(k, 2), plane_w(v, 0)) & fits(plane_w(v, 1), plane_w(v, 0))
        & fits(plane_w(v, 2), plane_w(v, 0));
  endfunction

  /// Bytes of a granule. A beat is a power of two, so that the divisor is the lowest bit that a
  /// size has.
  function automatic int granule(input int d_head, input int k, input int v, input int data_w);
    int all;
    all = (data_w / 8) | (d_head / 8 * (k & 15)) | (d_head / 8 * ((k >> 4) & 15))
        | (d_head / 8 * (k >> 8)) | (d_head / 8 * (v & 15)) | (d_head / 8 * ((v >> 4) & 15))
        | (d_head / 8 * (v >> 8));
    granule = all & -all;
  endfunction

  /// Granules of a vector of plane p of K in field p, of V in field 4 + p; fields of 16 bits.
  function automatic logic [127:0] sizes(input int d_head, input int k, input int v,
                                         input int gran);
    sizes = {16'd0, 16'(d_head / 8 * (v >> 8) / gran), 16'(d_head / 8 * ((v >> 4) & 15) / gran),
             16'(d_head / 8 * (v & 15) / gran),
             16'd0, 16'(d_head / 8 * (k >> 8) / gran), 16'(d_head / 8 * ((k >> 4) & 15) / gran),
             16'(d_head / 8 * (k & 15) / gran)};
  endfunction

  /// The smallest power of two that is not below `n`; 0 of 0.
  function automatic int filled(input int n);
    filled = (n == 0) ? 0 : 2 ** $clog2(n);
  endfunction

  /// Granules from a token's vector to that of the next token of the channel, likewise: those of
  /// the vector itself, of all planes of V where they lie together (layout 1), or of the vector of
  /// V filled up to a power of two of bytes (layout 2).
  function automatic logic [127:0] strides(input int d_head, input int k, input int v,
                                           input int v_layout, input int gran);
    strides = sizes(d_head, k, v, gran);
    if (v_layout == 1) strides[64 +: 48] = {3{16'(d_head / 8 * element_w(v) / gran)}};
    if (v_layout == 2) begin
      strides[64 +: 48] = {16'(filled(d_head / 8 * (v >> 8)) / gran),
                           16'(filled(d_head / 8 * ((v >> 4) & 15)) / gran),
                           16'(filled(d_head / 8 * (v & 15)) / gran)};
    end
  endfunction

  /// Whether the last beat of K is kept while V passes: where V is filled, and a vector of its top
  /// plane has a beat of its own or more.
  function automatic int keeps(input int d_head, input int v, input int v_layout, input int data_w);
    keeps = (v_layout == 2 && filled(d_head / 8 * (v & 15)) >= data_w / 8) ? 1 : 0;
  endfunction

  /// Bit per kind and plane: whether vectors of neighbours lie one behind the other.
  function automatic logic [7:0] packed_kinds(input int d_head, input int k, input int v,
                                              input int v_layout);
    logic [127:0] size, stride;
    size   = sizes(d_head, k, v, 1);
    stride = strides(d_head, k, v, v_layout, 1);
    packed_kinds = {size[127:112] == stride[127:112], size[111:96] == stride[111:96],
                    size[95:80] == stride[95:80], size[79:64] == stride[79:64],
                    size[63:48] == stride[63:48], size[47:32] == stride[47:32],
                    size[31:16] == stride[31:16], size[15:0] == stride[15:0]};
  endfunction

  /// The largest stride in granules.
  function automatic int most_stride(input int d_head, input int k, input int v,
                                     input int v_layout, input int gran);
    int of_v;
    of_v        = (v_layout == 1) ? d_head / 8 * element_w(v) : d_head / 8 * widest(v, v);
    most_stride = larger((v_layout == 2) ? filled(of_v) : of_v, d_head / 8 * widest(k, k)) / gran;
  endfunction

  /// Most words of a burst: a power of two that divides a page of 4 KiB, of no more than 256 beats.
  function automatic int chunk(input int burst, input int data_w, input int port_w);
    chunk = (burst < 32768 / data_w) ? burst : 32768 / data_w;
    chunk = (chunk < 256 * port_w / data_w) ? chunk : 256 * port_w / data_w;
  endfunction

endpackage

`default_nettype wire
