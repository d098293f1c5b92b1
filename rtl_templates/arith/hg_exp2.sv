// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Powers of two of the distances to the largest score, by table and interpolation.
///
/// Per lane: x = diff_i shifted right by `pre_shift_i` (left if negative), saturated to 2**20 - 1;
/// t = (x * mant_i) >> 16, in units of 2**-14 octave; exp_o = 2**-t in units of 2**-24, rounded
/// half up after an interpolation between 64 points an octave, 0 beyond 31 octaves; key_o = min(t
/// >> 7, 4095), smaller is likelier. A lane that is not live has exp_o = 0; its key carries no
/// meaning.
///
/// Handshake: a beat a cycle, no back-pressure. `pre_shift_i` (-16 to 31) and `mant_i` count with
/// their beat: they are carried along where needed, so they may change with every beat. Latency 23
/// cycles: shift 4, product 7, table and interpolation 8, shift and rounding 4.
module hg_exp2 #(
  /// Lanes (T), 1 and up.
  parameter int Rows = 1,
  /// Bits of a distance, 1 to 40.
  parameter int DiffW = 32,
  /// Bits of the tag, 1 and up.
  parameter int TagW = 8
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  logic                  valid_i,
  input  logic [TagW-1:0]       tag_i,
  input  logic [Rows*DiffW-1:0] diff_i,
  input  logic [Rows-1:0]       live_i,
  input  logic [5:0]            pre_shift_i,
  input  logic [15:0]           mant_i,
  output logic                  valid_o,
  output logic [TagW-1:0]       tag_o,
  output logic [Rows-1:0]       live_o,
  output logic [Rows*12-1:0]    key_o,
  output logic [Rows*25-1:0]    exp_o
);

  if (Rows < 1 || TagW < 1) begin : gen_illegal
    ERROR_hg_exp2_Rows_and_TagW_must_be_positive u_illegal ();
  end
  if (DiffW < 1 || DiffW > 40) begin : gen_illegal_diff
    ERROR_hg_exp2_DiffW_must_be_1_to_40 u_illegal ();
  end

  localparam int ShiftC = 4;
  localparam int MulC   = hg_arith_pkg::multiply_cycles(21, 17);
  localparam int TableC = 7 + hg_arith_pkg::multiply_cycles(19, 9);
  localparam int Cycles = ShiftC + MulC + TableC;

  // The shift counts from the leftmost place: 0 to 47 to the right.
  logic [5:0]  right;
  logic [15:0] mant;
  assign right = pre_shift_i + 6'd16;

  hg_delay #(
    .Width  (16),
    .Cycles (ShiftC)
  ) u_mant (
    .clk_i,
    .data_i (mant_i),
    .data_o (mant)
  );

  for (genvar t = 0; t < Rows; t++) begin : gen_lane
    logic [19:0]        x, time_d;
    logic               live;
    logic [24:0]        power;
    logic [11:0]        key;

    hg_exp2_shift #(
      .DiffW (DiffW)
    ) u_shift (
      .clk_i,
      .diff_i  (diff_i[t*DiffW +: DiffW]),
      .right_i (right),
      .x_o     (x)
    );
    hg_multiply #(
      .AW   (21),
      .BW   (17),
      .Low  (16),
      .High (2)
    ) u_multiply (
      .clk_i,
      .a_i       ({1'b0, x}),
      .b_i       ({1'b0, mant}),
      .product_o (time_d)
    );

    hg_delay #(
      .Width  (1),
      .Cycles (ShiftC + MulC)
    ) u_live (
      .clk_i,
      .data_i (live_i[t]),
      .data_o (live)
    );
    hg_exp2_table u_table (
      .clk_i,
      .live_i (live),
      .time_i (time_d),
      .exp_o  (power)
    );
    assign key = time_d[19] ? 12'hfff : time_d[18:7];
    hg_delay #(
      .Width  (13),
      .Cycles (TableC)
    ) u_key (
      .clk_i,
      .data_i ({live, key}),
      .data_o ({live_o[t], key_o[t*12 +: 12]})
    );
    assign exp_o[t*25 +: 25] = power;
  end

  hg_delay_valid #(
    .Cycles (Cycles)
  ) u_valid (
    .clk_i,
    .rst_ni,
    .valid_i,
    .valid_o
  );
  hg_delay #(
    .Width  (TagW),
    .Cycles (Cycles)
  ) u_tag (
    .clk_i,
    .data_i (tag_i),
    .data_o (tag_o)
  );

`ifndef SYNTHESIS
`ifndef YOSYS
  logic checked_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) checked_q <= 1'b0;
    else checked_q <= 1'b1;
  end
  always @(posedge clk_i) begin
    if (checked_q && valid_i && right > 6'd47) $error("%m: pre_shift_i is not within -16 to 31");
  end
`endif
`endif

endmodule

`default_nettype wire
