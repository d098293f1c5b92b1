// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Judges whether the planes of K or of V of a head lie in the window, for hg_attention_dispatch: of
/// the first `used_i` planes, or the base alone if that is 0.
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
  logic [1:0]  plane_q, most, ended_q;
  logic [1:0]  digit_q;
  logic [63:0] offset, size;

  // Planes beyond those that there are do not count.
  assign most = (32'(used_i) < Planes) ? used_i : 2'(Planes);
  assign run  = go_i && !over_q;
  assign last = plane_q + 2'd1 == most || most == 2'd0;

  always_comb begin
    offset = '0;
    size   = '0;
    for (int p = 0; p < Planes; p++) begin
      if (plane_q == 2'(p) && most != 2'd0) begin
        offset = {32'd0, offset_i[32*p +: 32]};
        size   = {40'd0, size_i[24*p +: 24]};
      end
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      plane_q <= 2'd0;
      digit_q <= 2'd0;
      over_q  <= 1'b0;
      ended_q <= 2'd0;
      done_q  <= 1'b0;
      bad_q   <= 1'b0;
    end else if (!go_i) begin
      plane_q <= 2'd0;
      digit_q <= 2'd0;
      over_q  <= 1'b0;
      ended_q <= 2'd0;
      done_q  <= 1'b0;
      bad_q   <= 1'b0;
    end else begin
      if (run) digit_q <= digit_q + 2'd1;
      if (run && digit_q == 2'd3) begin
        plane_q <= plane_q + 2'd1;
        over_q  <= last;
      end
      if (ended) begin
        ended_q <= ended_q + 2'd1;
        bad_q   <= bad_q || bad;
        done_q  <= ended_q + 2'd1 == most || most == 2'd0;
      end
    end
  end

  hg_dispatch_range u_range (
    .clk_i,
    .rst_ni,
    .valid_i (run),
    .digit_i (digit_q),
    .addr_i  (base_i[16*digit_q +: 16]),
    .far_i   (offset[16*digit_q +: 16]),
    .bytes_i (size[16*digit_q +: 16]),
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
