// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Judges whether rows of bytes lie in the window, 16 bits per cycle, for hg_attention_dispatch.
///
/// Digits 0 to 3 of a judgement come in four cycles, lowest first, with the bit of the digit in
/// `hot_i`, and those of the next one may follow at once: of the address of the first row, of the signed distance of the last row from
/// it, and of the bytes of a row. `down_i` says that the distance is negative. `done_o` marks, three
/// cycles behind the last digit, that `bad_o` is known: some byte lies below the window, not below
/// its end, or beyond the address space.
module hg_dispatch_range (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        valid_i,
  input  logic [3:0]  hot_i,
  input  logic [15:0] addr_i,
  input  logic [15:0] far_i,
  input  logic [15:0] bytes_i,
  input  logic        down_i,
  input  logic [63:0] window_base_i,
  input  logic [63:0] window_end_i,
  output logic        done_o,
  output logic        bad_o
);

  // The bytes from the first row on that the highest row ends at, and where the lowest one begins.
  logic [16:0] reach, low;
  logic        reach_carry_q, low_carry_q, down_q, valid_q;
  logic [3:0]  hot_q;
  logic [15:0] reach_q, low_q, addr_q;

  assign reach = {1'b0, down_i ? 16'd0 : far_i} + {1'b0, bytes_i} +
                 17'(!hot_i[0] && reach_carry_q);
  assign low   = {1'b0, addr_i} + {1'b0, down_i ? far_i : 16'd0} +
                 17'(!hot_i[0] && low_carry_q);

  always_ff @(posedge clk_i) begin
    if (valid_i) begin
      reach_carry_q <= reach[16];
      low_carry_q   <= low[16];
    end
    reach_q <= reach[15:0];
    low_q   <= low[15:0];
    addr_q  <= addr_i;
    hot_q   <= hot_i;
    down_q  <= down_i;
  end

  // The byte behind the last one, and whether the lowest row begins below the window.
  logic [16:0] over, below;
  logic        over_carry_q, below_q, wraps_q2, valid_q2;
  logic [3:0]  hot_q2;
  logic [15:0] end_q, base_digit, end_digit;

  hg_dispatch_digit u_base (
    .hot_i   (hot_q),
    .word_i  (window_base_i),
    .digit_o (base_digit)
  );

  assign over  = {1'b0, addr_q} + {1'b0, reach_q} + 17'(!hot_q[0] && over_carry_q);
  assign below = {1'b0, low_q} - {1'b0, base_digit} -
                 17'(!hot_q[0] && below_q);

  always_ff @(posedge clk_i) begin
    if (valid_q) begin
      over_carry_q <= over[16];
      below_q      <= below[16];
    end
    // Rows downwards from an address carry out of it unless they go below 0.
    wraps_q2 <= (down_q && !low_carry_q) || over[16] || below[16];
    end_q    <= over[15:0];
    hot_q2   <= hot_q;
  end

  // Whether that lies beyond the end.
  logic [16:0] beyond;
  logic        beyond_q, done_q, bad_q;

  hg_dispatch_digit u_end (
    .hot_i   (hot_q2),
    .word_i  (window_end_i),
    .digit_o (end_digit)
  );

  assign beyond = {1'b0, end_digit} - {1'b0, end_q} -
                  17'(!hot_q2[0] && beyond_q);

  always_ff @(posedge clk_i) begin
    if (valid_q2) beyond_q <= beyond[16];
    bad_q <= wraps_q2 || beyond[16];
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q  <= 1'b0;
      valid_q2 <= 1'b0;
      done_q   <= 1'b0;
    end else begin
      valid_q  <= valid_i;
      valid_q2 <= valid_q;
      done_q   <= valid_q2 && hot_q2[3];
    end
  end

  logic unused_bits;
  assign unused_bits = &{below[15:0], beyond[15:0]};

  assign done_o = done_q;
  assign bad_o  = bad_q;

endmodule

`default_nettype wire
