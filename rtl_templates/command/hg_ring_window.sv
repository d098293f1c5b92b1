// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Tells whether a short aligned range of bytes is inside the window, 16 bits at a time.
///
/// The range has 2^k bytes, at most 64, at a multiple of that: its last byte is `addr_i` with the
/// bits of `mask_i` set. It is inside if its first byte is not below `window_base_i` and its last
/// one is below `window_end_i`. All inputs are steady from `start_i` on; `done_o` is set in the
/// sixth cycle behind that and until the next start, and `inside_o` is then the answer.
module hg_ring_window (
  /// Clock, rising edge.
  input  logic        clk_i,
  /// Asynchronous reset, active low.
  input  logic        rst_ni,
  /// A range is to be checked.
  input  logic        start_i,
  /// Its first byte.
  input  logic [63:0] addr_i,
  /// Bits of the address inside of the range.
  input  logic [5:0]  mask_i,
  /// First byte of the window.
  input  logic [63:0] window_base_i,
  /// The byte behind the last of the window.
  input  logic [63:0] window_end_i,
  /// The answer is there.
  output logic        done_o,
  /// The range is inside.
  output logic        inside_o
);

  // The segment that is taken next, 4 if none is left; a segment waits in the registers behind.
  logic [2:0]  step_q;
  logic        valid_q, done_q, last_q, first_q;
  logic [15:0] addr, addr_q, base_q, end_q;
  logic        below_q, short_q, below, short;
  logic [16:0] low, high;
  logic        unused_low, unused_high;

  assign addr = addr_i[16*step_q[1:0]+:16];

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      step_q  <= 3'd4;
      valid_q <= 1'b0;
      last_q  <= 1'b0;
      done_q  <= 1'b0;
    end else begin
      if (start_i) step_q <= 3'd0;
      else if (!step_q[2]) step_q <= step_q + 3'd1;
      valid_q <= !step_q[2] && !start_i;
      last_q  <= step_q == 3'd3 && !start_i;
      if (start_i) done_q <= 1'b0;
      else if (last_q) done_q <= 1'b1;
    end
  end

  // Borrows of the first byte less the base, and of the last byte less the end.
  assign low   = {1'b0, addr_q} - {1'b0, base_q} - {16'd0, !first_q && below_q};
  assign high  = {1'b0, addr_q[15:6], addr_q[5:0] | (first_q ? mask_i : 6'd0)} - {1'b0, end_q}
      - {16'd0, !first_q && short_q};
  assign below = low[16];
  assign short = high[16];

  always_ff @(posedge clk_i) begin
    addr_q  <= addr;
    base_q  <= window_base_i[16*step_q[1:0]+:16];
    end_q   <= window_end_i[16*step_q[1:0]+:16];
    first_q <= step_q == 3'd0;
    if (valid_q) begin
      below_q <= below;
      short_q <= short;
    end
  end

  assign done_o      = done_q;
  assign inside_o    = !below_q && short_q;
  assign unused_low  = ^low[15:0];
  assign unused_high = ^high[15:0];

`ifdef HG_FORMAL
  // The same in one go.
  logic        f_seen_q, f_busy_q, f_start_q;
  logic [63:0] f_addr_q, f_base_q, f_end_q;
  logic [5:0]  f_mask_q;
  logic [2:0]  f_age_q;
  wire         f_inside = addr_i >= window_base_i && (addr_i | {58'd0, mask_i}) < window_end_i;
  wire [63:0]  f_last = addr_i | {58'd0, mask_i};

  // Whether a segmented comparison of the low `n` segments borrows.
  function automatic logic f_less(input logic [63:0] a, input logic [63:0] b, input logic [2:0] n);
    f_less = (n == 3'd1) ? a[15:0] < b[15:0] : (n == 3'd2) ? a[31:0] < b[31:0]
        : (n == 3'd3) ? a[47:0] < b[47:0] : a < b;
  endfunction

  initial f_seen_q = 1'b0;
  always @(posedge clk_i) f_seen_q <= 1'b1;
  always_comb begin
    assume (rst_ni == f_seen_q);
    if (f_busy_q) begin
      assume (addr_i == f_addr_q && mask_i == f_mask_q);
      assume (window_base_i == f_base_q && window_end_i == f_end_q);
    end
  end

  always @(posedge clk_i) begin
    f_addr_q <= addr_i;
    f_mask_q <= mask_i;
    f_base_q <= window_base_i;
    f_end_q  <= window_end_i;
    if (!rst_ni) begin
      f_busy_q <= 1'b0;
      f_age_q  <= '0;
    end else begin
      if (start_i) f_busy_q <= 1'b1;
      if (start_i) f_age_q <= 3'd1;
      else if (f_age_q != '0 && f_age_q != 3'd6) f_age_q <= f_age_q + 3'd1;
    end
    if (rst_ni) begin
      assert (done_o == (f_age_q == 3'd6));
      if (done_o) assert (inside_o == f_inside);
      // What induction needs to know: age is step and two, and borrows are those of what was taken.
      assert (f_busy_q == (f_age_q != '0));
      if (f_age_q != '0 && f_age_q < 3'd5) assert (step_q == f_age_q - 3'd1);
      else assert (step_q == 3'd4);
      assert (valid_q == (f_age_q >= 3'd2 && f_age_q <= 3'd5));
      assert (last_q == (f_age_q == 3'd5));
      if (valid_q) begin
        assert (first_q == (f_age_q == 3'd2));
        assert (addr_q == addr_i[16*(f_age_q-3'd2)+:16]);
        assert (base_q == window_base_i[16*(f_age_q-3'd2)+:16]);
        assert (end_q == window_end_i[16*(f_age_q-3'd2)+:16]);
      end
      if (f_age_q >= 3'd3) begin
        assert (below_q == f_less(addr_i, window_base_i, f_age_q - 3'd2));
        assert (short_q == f_less(f_last, window_end_i, f_age_q - 3'd2));
      end
      cover (done_o && inside_o && start_i);
    end
  end
`endif

endmodule

`default_nettype wire
