// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Judges whether rows of bytes lie in the window, 16 bits per cycle, for hg_attention_dispatch.
///
/// Digits 0 to 3 of a judgement come in four cycles, lowest first, with the bit of the digit in
/// `hot_i`, and those of the next one may follow at once: of the address of the first row, of the
/// signed distance of the last row from it, and of the bytes of a row. `down_i` says that the
/// distance is negative. `done_o` marks, three cycles behind the last digit, that `bad_o` is known:
/// some byte lies below the window, not below its end, or beyond the address space.
module hg_dispatch_range #(
  /// 1 if distances may be negative, otherwise 0.
  parameter int Down = 1
) (
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
  logic        down, reach_carry_q, low_carry_q, down_q, valid_q;
  logic [3:0]  hot_q;
  logic [15:0] reach_q, low_q, addr_q;

  assign reach = {1'b0, down ? 16'd0 : far_i} + {1'b0, bytes_i} +
                 17'(!hot_i[0] && reach_carry_q);
  // Where rows only go up the first one is the lowest.
  assign down  = down_i && Down != 0;
  assign low   = {1'b0, addr_i} + {1'b0, down ? far_i : 16'd0} +
                 17'(!hot_i[0] && low_carry_q && Down != 0);

  always_ff @(posedge clk_i) begin
    if (valid_i) begin
      reach_carry_q <= reach[16];
      low_carry_q   <= low[16];
    end
    reach_q <= reach[15:0];
    low_q   <= low[15:0];
    addr_q  <= addr_i;
    hot_q   <= hot_i;
    down_q  <= down;
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

`ifdef HG_FORMAL
  // Judgements of any numbers, one behind the other or with pauses between them; three cycles
  // behind the last digit the verdict is what plain sums and comparisons say.
  logic        f_seen_q, f_known_q, f_known_q2, f_known_q3, f_want_q, f_want_q2, f_want_q3, f_want;
  logic [3:0]  f_hot_q;
  logic [63:0] f_addr_q, f_far_q, f_bytes_q, f_base_q, f_end_q;
  logic        f_down_q;
  (* anyseq *) logic [63:0] f_any_addr, f_any_far, f_any_bytes;
  (* anyseq *) logic        f_any_down;
  logic [63:0] f_addr, f_far, f_bytes;
  logic        f_down;
  logic [66:0] f_low, f_top;

  initial f_seen_q = 1'b0;
  always @(posedge clk_i) f_seen_q <= 1'b1;

  always_comb begin
    f_addr  = f_hot_q[0] ? f_any_addr : f_addr_q;
    f_far   = f_hot_q[0] ? f_any_far : f_far_q;
    f_bytes = f_hot_q[0] ? f_any_bytes : f_bytes_q;
    f_down  = f_hot_q[0] ? f_any_down : f_down_q;
    assume (rst_ni == f_seen_q);
    assume (hot_i == f_hot_q);
    // Distances have 48 bits, and bytes 24.
    assume (f_any_bytes < 64'h100_0000);
    assume (f_any_far[63:47] == {17{f_any_down}} && (Down != 0 || !f_any_down));
    assume (down_i == f_down);
    for (int i = 0; i < 4; i++) begin
      if (f_hot_q[i]) begin
        assume (addr_i == f_addr[16*i +: 16] && far_i == f_far[16*i +: 16]);
        assume (bytes_i == f_bytes[16*i +: 16]);
      end
    end
    if (f_seen_q) assume (window_base_i == f_base_q && window_end_i == f_end_q);
    // As numbers of more bits, in two's complement.
    f_low  = {3'd0, f_addr} + {{3{f_far[63]}}, f_far};
    f_top  = (f_down ? {3'd0, f_addr} : f_low) + {3'd0, f_bytes};
    if (!f_down) f_low = {3'd0, f_addr};
    f_want = f_low[66] || f_low < {3'd0, window_base_i} || f_top > {3'd0, window_end_i};
  end

  always @(posedge clk_i) begin
    f_addr_q  <= f_addr;
    f_far_q   <= f_far;
    f_bytes_q <= f_bytes;
    f_down_q  <= f_down;
    f_base_q  <= window_base_i;
    f_end_q   <= window_end_i;
    if (!rst_ni) begin
      f_hot_q <= 4'b0001;
      {f_known_q, f_known_q2, f_known_q3} <= '0;
    end else begin
      if (valid_i) f_hot_q <= {f_hot_q[2:0], f_hot_q[3]};
      f_known_q  <= valid_i && f_hot_q[3];
      f_known_q2 <= f_known_q;
      f_known_q3 <= f_known_q2;
      f_want_q   <= f_want;
      f_want_q2  <= f_want_q;
      f_want_q3  <= f_want_q2;
      // A judgement is not interrupted.
      if (!f_hot_q[0]) assume (valid_i);
      assert (done_o == f_known_q3);
      if (done_o) assert (bad_o == f_want_q3);
      cover (done_o && bad_o);
      cover (done_o && !bad_o && f_down_q);
    end
  end
`endif

endmodule

`default_nettype wire
