// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Judges whether the planes of K or of V of a head lie in the window, for hg_attention_dispatch:
/// of the first `used_i` planes, or the base alone if that is 0.
///
/// It works while `go_i` is set, four cycles per plane, and all inputs stay; `done_o` is set from
/// three cycles behind the last one until `go_i` falls, and `bad_o` is then known.
module hg_dispatch_planes #(
  /// Planes that there are: 1 to 3.
  parameter int Planes = 3
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 go_i,
  input  logic [63:0]          base_i,
  input  logic [Planes*32-1:0] offset_i,
  // Bytes from token 0 of a plane to its end.
  input  logic [Planes*24-1:0] size_i,
  input  logic [1:0]           used_i,
  input  logic [63:0]          window_base_i,
  input  logic [63:0]          window_end_i,
  output logic                 done_o,
  output logic                 bad_o
);

  logic        run, last, ended, bad, over_q, done_q, bad_q;
  logic [1:0]  plane_q, most_q, ended_q;
  logic [3:0]  hot_q;
  logic [15:0] base_digit, offset_digit, size_digit;
  logic [63:0] offset, size;

  // Planes beyond those that there are do not count.
  always_ff @(posedge clk_i) most_q <= (32'(used_i) < Planes) ? used_i : 2'(Planes);
  assign run  = go_i && !over_q;
  assign last = plane_q + 2'd1 == most_q || most_q == 2'd0;

  always_comb begin
    offset = '0;
    size   = '0;
    for (int p = 0; p < Planes; p++) begin
      if (plane_q == 2'(p) && most_q != 2'd0) begin
        offset = {32'd0, offset_i[32*p +: 32]};
        size   = {40'd0, size_i[24*p +: 24]};
      end
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      plane_q <= 2'd0;
      hot_q   <= 4'b0001;
      over_q  <= 1'b0;
      ended_q <= 2'd0;
      done_q  <= 1'b0;
      bad_q   <= 1'b0;
    end else if (!go_i) begin
      plane_q <= 2'd0;
      hot_q   <= 4'b0001;
      over_q  <= 1'b0;
      ended_q <= 2'd0;
      done_q  <= 1'b0;
      bad_q   <= 1'b0;
    end else begin
      if (run) hot_q <= {hot_q[2:0], hot_q[3]};
      if (run && hot_q[3]) begin
        plane_q <= plane_q + 2'd1;
        over_q  <= last;
      end
      if (ended) begin
        ended_q <= ended_q + 2'd1;
        bad_q   <= bad_q || bad;
        done_q  <= ended_q + 2'd1 == most_q || most_q == 2'd0;
      end
    end
  end

  hg_dispatch_digit u_base (
    .hot_i   (hot_q),
    .word_i  (base_i),
    .digit_o (base_digit)
  );

  hg_dispatch_digit u_offset (
    .hot_i   (hot_q),
    .word_i  (offset),
    .digit_o (offset_digit)
  );

  hg_dispatch_digit u_size (
    .hot_i   (hot_q),
    .word_i  (size),
    .digit_o (size_digit)
  );

  hg_dispatch_range #(.Down(0)) u_range (
    .clk_i,
    .rst_ni,
    .valid_i (run),
    .hot_i   (hot_q),
    .addr_i  (base_digit),
    .far_i   (offset_digit),
    .bytes_i (size_digit),
    .down_i  (1'b0),
    .window_base_i,
    .window_end_i,
    .done_o  (ended),
    .bad_o   (bad)
  );

  assign done_o = done_q;
  assign bad_o  = bad_q;

endmodule

`default_nettype wire
