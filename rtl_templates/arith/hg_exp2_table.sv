// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// 2**-t for t in units of 2**-14 octave, in units of 2**-24, rounded half up; 0 beyond 31 octaves
/// or if not live. Latency 12 cycles, a value a cycle.
///
/// With t = 16384 * i + 256 * s + lo: y = A[s] - (((A[s] - A[s+1]) * lo) >> 8), then y is shifted
/// right by i and rounded by the last bit that falls out.
module hg_exp2_table (
  input  logic        clk_i,
  input  logic        live_i,
  input  logic [19:0] time_i,
  output logic [24:0] exp_o
);

  // A[s] = round(2**24 * 2**(-s/64)), s = 64 down to 0.
  localparam logic [65*25-1:0] A = {
    25'd8388608, 25'd8479954, 25'd8572295, 25'd8665641, 25'd8760003, 25'd8855394,
    25'd8951823, 25'd9049301, 25'd9147842, 25'd9247455, 25'd9348154, 25'd9449948,
    25'd9552851, 25'd9656875, 25'd9762032, 25'd9868333, 25'd9975792, 25'd10084422,
    25'd10194234, 25'd10305242, 25'd10417458, 25'd10530897, 25'd10645571, 25'd10761494,
    25'd10878679, 25'd10997140, 25'd11116891, 25'd11237946, 25'd11360319, 25'd11484025,
    25'd11609078, 25'd11735492, 25'd11863283, 25'd11992466, 25'd12123055, 25'd12255067,
    25'd12388516, 25'd12523418, 25'd12659789, 25'd12797645, 25'd12937002, 25'd13077877,
    25'd13220286, 25'd13364245, 25'd13509772, 25'd13656884, 25'd13805598, 25'd13955931,
    25'd14107901, 25'd14261526, 25'd14416824, 25'd14573813, 25'd14732511, 25'd14892937,
    25'd15055111, 25'd15219050, 25'd15384775, 25'd15552304, 25'd15721658, 25'd15892855,
    25'd16065917, 25'd16240863, 25'd16417715, 25'd16596492, 25'd16777216
  };
  localparam int MulC = hg_arith_pkg::multiply_cycles(19, 9);

  function automatic logic [64*18-1:0] steps(input logic [65*25-1:0] points);
    // No step exceeds 18 bits, so the lower ones of the points suffice.
    steps = '0;
    for (int s = 0; s < 64; s++) begin
      steps[s*18 +: 18] = points[s*25 +: 18] - points[(s+1)*25 +: 18];
    end
  endfunction

  localparam logic [64*18-1:0] B = steps(A);

  logic [5:0]  s;
  logic [24:0] point_q, point;
  logic [17:0] step_q;
  logic [7:0]  lo_q;
  logic [5:0]  octave;
  logic        live;
  logic [17:0] product;

  assign s = time_i[13:8];

  always_ff @(posedge clk_i) begin
    point_q <= A[s*25 +: 25];
    step_q  <= B[s*18 +: 18];
    lo_q    <= time_i[7:0];
  end

  hg_multiply #(
    .AW   (19),
    .BW   (9),
    .Low  (8),
    .High (2)
  ) u_multiply (
    .clk_i,
    .a_i       ({1'b0, step_q}),
    .b_i       ({1'b0, lo_q}),
    .product_o (product)
  );
  hg_delay #(
    .Width  (25),
    .Cycles (MulC)
  ) u_point (
    .clk_i,
    .data_i (point_q),
    .data_o (point)
  );
  hg_delay #(
    .Width  (7),
    .Cycles (MulC + 3)
  ) u_octave (
    .clk_i,
    .data_i ({live_i, time_i[19:14]}),
    .data_o ({live, octave})
  );

  // y, in two steps: the lower half and its borrow, then the upper half.
  logic [13:0] low_q;
  logic [12:0] low_q2;
  logic [11:0] up_point_q;
  logic [4:0]  up_step_q;
  logic [11:0] up_q2;
  logic [2:0]  coarse;

  always_ff @(posedge clk_i) begin
    low_q      <= {1'b0, point[12:0]} - {1'b0, product[12:0]};
    up_point_q <= point[24:13];
    up_step_q  <= product[17:13];
    low_q2     <= low_q[12:0];
    up_q2      <= up_point_q - {7'b0, up_step_q} - {11'b0, low_q[13]};
  end

  // Shift: by 8s, then by 1s, with the last bit that fell out below; then the rounding, in halves.
  logic [25:0] coarse_q, fine_q;
  logic [2:0]  fine_right_q;
  logic [13:0] round_q;
  logic [11:0] round_up_q;
  logic [24:0] exp_q;

  assign coarse = octave[5:3];

  always_ff @(posedge clk_i) begin
    coarse_q     <= (live && !coarse[2]) ? {up_q2, low_q2, 1'b0} >> {coarse[1:0], 3'b0} : '0;
    fine_right_q <= octave[2:0];
    fine_q       <= coarse_q >> fine_right_q;
    round_q      <= {1'b0, fine_q[13:1]} + {13'b0, fine_q[0]};
    round_up_q   <= fine_q[25:14];
    exp_q        <= {round_up_q + {11'b0, round_q[13]}, round_q[12:0]};
  end

  assign exp_o = exp_q;

endmodule

`default_nettype wire
