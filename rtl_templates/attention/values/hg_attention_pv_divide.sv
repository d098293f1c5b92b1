// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Has the sums of PV divided where they stand, and says when the next query's may replace them.
///
/// The sums of a query stand in hg_pv until the next query's last row has gone through it. So that
/// row waits (`may_follow_o`) until hg_norm has begun to read them. With enough dividers it need
/// not wait where they are certain to be in time: their reciprocal and offset are there, and
/// hg_norm has room. Then two queries are past their last row.
module hg_attention_pv_divide #(
  /// Keys a row, 1 and up.
  parameter int Tokens = 1,
  /// Elements of a vector, 8 to 128, a multiple of 8.
  parameter int DHead = 64,
  /// Bits of a digit, 2 to 8.
  parameter int DigitW = 4,
  /// Bits of a sum of PV.
  parameter int AccW = 38,
  /// 1 if products are made for multipliers of an FPGA: otherwise 0.
  parameter int Dsp = 0,
  /// Derived: bits of a reciprocal's significand.
  localparam int RecipW = hg_attention_pkg::RECIP_W,
  /// Derived: bits of a reciprocal's exponent.
  localparam int RecipExpW = hg_attention_pkg::RECIP_EXP_W
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  // A query's last row is in its last cycle; whether another may enter from the next cycle on.
  input  logic                  ending_i,
  output logic                  may_follow_o,
  // A pulse: the sums of hg_pv are there.
  input  logic                  sums_valid_i,
  input  logic [DHead*AccW-1:0] sums_i,
  // Offset and reciprocal of the oldest query that is not divided; both go with `begin_o`.
  input  logic                  offset_valid_i,
  input  logic [AccW-1:0]       offset_i,
  input  logic                  recip_valid_i,
  input  logic [RecipW-1:0]     recip_i,
  input  logic [RecipExpW-1:0]  exponent_i,
  output logic                  begin_o,
  output logic                  out_valid_o,
  input  logic                  out_ready_i,
  output logic [DHead*16-1:0]   out_data_o
);

  // Dividers, and the cycles for which they read the sums of a query.
  localparam int NormLanes = hg_attention_pkg::norm_lanes(Tokens, DHead);
  localparam int Chunks    = DHead / NormLanes;
  // From the end of a query's last row until its sums replace those before, from the lowest segment
  // on, and until they can be read themselves.
  localparam int ChangeC   = hg_arith_pkg::pv_cycles(Tokens, DigitW) + 5;
  localparam int ReadC     = ChangeC + hg_arith_pkg::segments(AccW);
  // A last row may enter in the cycle after this chunk is read.
  localparam int FreeChunk = (Chunks > ChangeC + 2) ? Chunks - ChangeC - 2 : 0;
  // Whether it may go ahead of the first chunk, and how long after the last row before.
  localparam int Ahead     = (Chunks <= ChangeC + 1) ? 1 : 0;
  localparam int AheadC    = ReadC + Chunks - ChangeC - 1;

  logic       waiting_q, norm_valid, norm_free, sums_read, certain;
  logic [1:0] past_q;

  // Past their last row, and not read so far that another may follow: at most two, and two only if
  // the first of them is certain to be read in time.
  assign may_follow_o = past_q == '0 || (past_q == 2'd1 && certain);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      past_q    <= '0;
      waiting_q <= 1'b0;
    end else begin
      if (ending_i && !sums_read) past_q <= past_q + 2'd1;
      else if (sums_read && !ending_i) past_q <= past_q - 2'd1;
      waiting_q <= sums_valid_i || (waiting_q && !begin_o);
    end
  end

  assign norm_valid = waiting_q && offset_valid_i && recip_valid_i;

  hg_norm #(
    .DHead (DHead),
    .AccW  (AccW),
    .Lanes (NormLanes),
    .Dsp   (Dsp)
  ) u_norm (
    .clk_i,
    .rst_ni,
    .valid_i    (norm_valid),
    .ready_o    (begin_o),
    .free_o     (norm_free),
    .acc_i      (sums_i),
    .offset_i,
    .recip_i,
    .exponent_i,
    .valid_o    (out_valid_o),
    .ready_i    (out_ready_i),
    .out_o      (out_data_o)
  );

  if (FreeChunk == 0) begin : gen_read_first
    assign sums_read = begin_o;
  end else begin : gen_read_later
    hg_delay_valid #(
      .Cycles (FreeChunk)
    ) u_read (
      .clk_i,
      .rst_ni,
      .valid_i (begin_o),
      .valid_o (sums_read)
    );
  end

  if (Ahead != 0) begin : gen_ahead
    // The sums before have been on their way for so long.
    localparam int AgeW = hg_pkg::cnt_width(AheadC);
    logic [AgeW-1:0] age_q;
    logic            sure;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) age_q <= '0;
      else if (ending_i) age_q <= AgeW'(1);
      else if (age_q != AgeW'(AheadC)) age_q <= age_q + AgeW'(1);
    end
    assign sure    = recip_valid_i && offset_valid_i && norm_free;
    assign certain = sure && age_q == AgeW'(AheadC);
  end else begin : gen_behind
    logic unused_free;
    assign unused_free = norm_free;
    assign certain     = 1'b0;
  end

`ifndef SYNTHESIS
`ifndef YOSYS
  // Sums that were begun so lately were still read when the lowest segment changed.
  localparam int BeganC = Chunks + ReadC - ChangeC - 2;
  logic [BeganC-1:0] began_q;
  logic              checked_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) {checked_q, began_q} <= '0;
    else {checked_q, began_q} <= {1'b1, BeganC'({began_q, begin_o})};
  end
  always @(posedge clk_i) begin
    if (checked_q && sums_valid_i && (waiting_q || began_q != '0)) begin
      $error("%m: sums change before they are divided");
    end
  end
`endif
`endif

endmodule

`default_nettype wire
