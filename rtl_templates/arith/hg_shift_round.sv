// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Shifts a signed word right, rounds half up and saturates: data_o = saturate((data_i +
/// 2**right_i) >> (right_i + 1)) to OutW bits signed. With Saturate = 0 the result must fit, or is
/// modulo 2**OutW.
///
/// The lowest bit of data_i stands below the point before the shift, so that even a shift by 0 has
/// a bit to round by. A word a cycle; latency 5 cycles: three of shift, one to round and to look
/// for overflow, one to saturate.
module hg_shift_round #(
  /// Bits of the word, above OutW.
  parameter int InW = 57,
  /// Bits of the result, 2 to 18.
  parameter int OutW = 16,
  /// Whether a result that does not fit becomes the next that does, 0 or 1.
  parameter int Saturate = 1
) (
  input  logic            clk_i,
  input  logic [InW-1:0]  data_i,
  input  logic [5:0]      right_i,
  output logic [OutW-1:0] data_o
);

  if (OutW < 2 || OutW > 18 || InW <= OutW) begin : gen_illegal
    ERROR_hg_shift_round_OutW_must_be_2_to_18_and_below_InW u_illegal ();
  end

  logic signed [InW-1:0] word, coarse_q, middle_q, fine_q;
  logic [3:0]            coarse_right_q;
  logic [1:0]            middle_right_q;
  logic [OutW-1:0]       sum_q, data_d, data_q;

  assign word = data_i;

  always_ff @(posedge clk_i) begin
    coarse_q       <= word >>> {right_i[5:4], 4'b0};
    coarse_right_q <= right_i[3:0];
    middle_q       <= coarse_q >>> {coarse_right_q[3:2], 2'b0};
    middle_right_q <= coarse_right_q[1:0];
    fine_q         <= middle_q >>> middle_right_q;
    sum_q          <= fine_q[OutW:1] + {{(OutW-1){1'b0}}, fine_q[0]};
    data_q         <= data_d;
  end

  if (Saturate != 0) begin : gen_saturate
    // The most that is representable; the least is its complement.
    localparam logic [OutW-1:0] Most = {1'b0, {(OutW-1){1'b1}}};
    logic                minus_q, over_q;
    // What lies above the result's sign, and the sign itself.
    logic [InW-OutW-1:0] top;

    assign top = fine_q[InW-1:OutW];
    always_ff @(posedge clk_i) begin
      minus_q <= fine_q[InW-1];
      over_q  <= (top != '0 && top != '1) || fine_q[OutW:0] == {Most, 1'b1};
    end
    assign data_d = over_q ? (minus_q ? ~Most : Most) : sum_q;
  end else begin : gen_fits
    logic unused_top;
    assign unused_top = ^fine_q[InW-1:OutW+1];
    assign data_d     = sum_q;
  end

  assign data_o = data_q;

`ifdef HG_FORMAL
  // Twice the result with its half, then the half up, then what fits.
  localparam int FormC = 5;
  localparam logic [OutW-1:0] FormMost = {1'b0, {(OutW-1){1'b1}}};
  logic [FormC*OutW-1:0]   f_data_q;
  logic [FormC-1:0]        f_known_q;
  logic signed [InW:0]     f_twice, f_round;
  logic [OutW-1:0]         f_data;

  always_comb begin
    f_twice = $signed({data_i[InW-1], data_i}) >>> right_i;
    f_round = (f_twice + (InW + 1)'(1)) >>> 1;
    f_data  = f_round[OutW-1:0];
    if (Saturate != 0) begin
      if (f_round > $signed({{(InW+1-OutW){1'b0}}, FormMost})) f_data = FormMost;
      if (f_round < $signed({{(InW+1-OutW){1'b1}}, ~FormMost})) f_data = ~FormMost;
    end
  end

  initial f_known_q = '0;
  always @(posedge clk_i) begin
    f_known_q <= FormC'({f_known_q, 1'b1});
    f_data_q  <= (FormC * OutW)'({f_data_q, f_data});
    if (f_known_q[FormC-1]) assert (data_o == f_data_q[(FormC-1)*OutW +: OutW]);
  end
`endif

endmodule

`default_nettype wire
