// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Reciprocal of a sum: exponent_o = floor(log2 den), x = the 20 leading bits of den (zeros behind
/// a shorter one), recip_o = floor(2**39 / x), exact, from 2**19 + 1 to 2**20. Both are 0 for den =
/// 0.
///
/// Handshake: ready/valid on both sides, one division at a time; the result stands until it is
/// taken, and the next `den_i` is accepted in the cycle after. Latency 29 cycles: 4 to normalise,
/// 21 quotient digits, 4 for the sign of the remainder.
///
/// Radix-2 SRT division: the remainder is a carry and a sum word, a digit of -1, 0 or 1 is chosen
/// from their four leading bits, so that no step holds a long carry.
module hg_recip (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        valid_i,
  output logic        ready_o,
  input  logic [37:0] den_i,
  output logic        valid_o,
  input  logic        ready_i,
  output logic [20:0] recip_o,
  output logic [5:0]  exponent_o
);

  // Cycles after acceptance: 0 to 2 normalise, then digits, then the sign.
  localparam int Digits  = 21;
  localparam int Steps   = 3 + Digits + 4;
  // Three integer and 20 fraction bits, two's complement.
  localparam int RestW   = 23;
  // The remainder starts as 1/4, below any divisor from 1/2 to 1.
  localparam logic [RestW-1:0] Start = 23'h040000;

  logic            busy_q, valid_q, accept, take;
  logic [Steps-1:0] step_q;

  assign ready_o = !busy_q && !valid_q;
  assign accept  = valid_i && ready_o;
  assign take    = valid_q && ready_i;

  // The step is one-hot: nothing here counts.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy_q  <= 1'b0;
      valid_q <= 1'b0;
      step_q  <= '0;
    end else begin
      step_q  <= {step_q[Steps-2:0], accept};
      busy_q  <= accept || (busy_q && !step_q[Steps-1]);
      valid_q <= step_q[Steps-1] || (valid_q && !take);
    end
  end

  // Normalisation: left by 32 or 16, then by 4s, then by 1s.
  logic [37:0] den_q, den_d;
  logic [5:0]  left_q, left_d;

  logic [1:0]  coarse, middle, fine;
  logic [37:0] by_coarse, by_middle, by_fine;

  assign coarse    = {den_q[37:6] == '0, den_q[37:6] != '0 && den_q[37:22] == '0};
  assign middle    = (den_q[37:26] == '0) ? 2'd3 : (den_q[37:30] == '0) ? 2'd2
                   : {1'b0, den_q[37:34] == '0};
  assign fine      = (den_q[37:35] == '0) ? 2'd3 : (den_q[37:36] == '0) ? 2'd2
                   : {1'b0, !den_q[37]};
  assign by_coarse = den_q << {coarse, 4'b0};
  assign by_middle = den_q << {middle, 2'b0};
  assign by_fine   = den_q << fine;
  assign den_d     = step_q[0] ? by_coarse : step_q[1] ? by_middle : step_q[2] ? by_fine : den_q;
  assign left_d    = {step_q[0] ? coarse : left_q[5:4], step_q[1] ? middle : left_q[3:2],
                      step_q[2] ? fine : left_q[1:0]};

  always_ff @(posedge clk_i) begin
    den_q  <= accept ? den_i : den_d;
    left_q <= left_d;
  end

  // A division step.
  logic [RestW-1:0] sum_q, carry_q, sum2, carry2, part, divisor, sum_d, major;
  logic [3:0]       top;
  logic             plus, minus;
  logic [20:0]      quot_q, less_q;

  assign divisor = {3'b0, den_q[37:18]};
  assign sum2    = {sum_q[RestW-2:0], 1'b0};
  assign carry2  = {carry_q[RestW-2:0], 1'b0};
  assign top     = sum2[RestW-1 -: 4] + carry2[RestW-1 -: 4];
  assign plus    = !top[3];
  assign minus   = top[3] && top != 4'b1111;
  assign part    = (~divisor & {RestW{plus}}) | (divisor & {RestW{minus}});
  assign sum_d   = sum2 ^ carry2 ^ part;
  assign major   = (sum2 & carry2) | (sum2 & part) | (carry2 & part);

  // The quotient so far, and that less one, grow at the bottom: no borrow ever runs.
  always_ff @(posedge clk_i) begin
    if (step_q[2]) begin
      sum_q   <= Start;
      carry_q <= '0;
      quot_q  <= '0;
      less_q  <= '1;
    end else if (step_q[Digits+2:3] != '0) begin
      sum_q   <= sum_d;
      carry_q <= {major[RestW-2:0], plus};
      quot_q  <= {minus ? less_q[19:0] : quot_q[19:0], plus || minus};
      less_q  <= {plus ? quot_q[19:0] : less_q[19:0], !plus && !minus};
    end
  end

  // A negative remainder takes one from the quotient.
  logic        half_q, negative_q;
  logic [11:0] low_q, high_q;
  logic [20:0] recip_q;
  logic [5:0]  exponent_q;
  logic        zero;
  logic        unused_bits;

  assign zero        = !den_q[37];
  assign unused_bits = ^{major[RestW-1], low_q[11:0]};

  always_ff @(posedge clk_i) begin
    {half_q, low_q} <= {1'b0, sum_q[11:0]} + {1'b0, carry_q[11:0]};
    high_q          <= {1'b0, sum_q[22:12]} + {1'b0, carry_q[22:12]} + {11'b0, half_q};
    negative_q      <= high_q[10];
    if (step_q[Steps-1]) begin
      recip_q    <= zero ? '0 : negative_q ? less_q : quot_q;
      exponent_q <= zero ? '0 : 6'd37 - left_q;
    end
  end

  logic unused_high;
  assign unused_high = ^{high_q[11], high_q[9:0]};

  assign valid_o    = valid_q;
  assign recip_o    = recip_q;
  assign exponent_o = exponent_q;

`ifdef HG_FORMAL
  // An answer for a question, after as many cycles as there are steps; it stands until taken.
  logic        f_seen_q, f_stalled_q, f_due_q;
  logic [5:0]  f_age_q;
  logic [20:0] f_recip_q;
  logic [5:0]  f_exponent_q;

  initial f_seen_q = 1'b0;
  always @(posedge clk_i) f_seen_q <= 1'b1;
  always_comb assume (rst_ni == f_seen_q);
  always @(posedge clk_i) begin
    if (!rst_ni) begin
      f_stalled_q <= 1'b0;
      f_due_q     <= 1'b0;
      f_age_q     <= '0;
    end else begin
      f_stalled_q <= valid_o && !ready_i;
      f_due_q     <= accept || (f_due_q && !take);
      f_age_q     <= accept ? 6'd1 : (f_age_q > 6'(Steps)) ? f_age_q : f_age_q + 6'd1;
      assert (valid_o == (f_due_q && f_age_q > 6'(Steps)));
      assert (ready_o == !f_due_q && busy_q == (f_due_q && !valid_q));
      for (int s = 0; s < Steps; s++) begin
        assert (step_q[s] == (f_due_q && f_age_q == 6'(s + 1)));
      end
      if (f_stalled_q) assert (valid_o && recip_o == f_recip_q && exponent_o == f_exponent_q);
      cover (f_stalled_q && take);
    end
    f_recip_q    <= recip_o;
    f_exponent_q <= exponent_o;
  end

  // The value. `f_product_q` follows the digits as the quotient does (twice itself, plus digit
  // times divisor), so that it is the quotient times the divisor without a multiplication. With the
  // remainder it makes 2**18 times 2 for each digit, and the remainder is never larger than the
  // divisor: with the last digit, 2**39 = quotient * x + remainder. The quotient, less one for a
  // negative remainder, is then floor(2**39 / x).
  localparam int ProductW = 42;
  logic        [37:0]         f_den_q;
  logic signed [ProductW-1:0] f_product_q, f_x, f_total, f_wide;
  logic signed [RestW-1:0]    f_rest;
  logic        [4:0]          f_digits;
  logic                       f_nonzero, f_divides;

  assign f_nonzero = f_due_q && f_den_q != '0;
  assign f_divides = f_nonzero && f_age_q >= 6'd4;
  assign f_digits  = (f_age_q >= 6'(Digits + 4)) ? 5'(Digits) : 5'(f_age_q - 6'd4);
  assign f_x       = {22'b0, den_q[37:18]};
  assign f_rest    = sum_q + carry_q;
  assign f_wide    = {{(ProductW-RestW){f_rest[RestW-1]}}, f_rest};
  assign f_total   = ProductW'(Start) << f_digits;

  always @(posedge clk_i) begin
    if (accept) f_den_q <= den_i;
    if (step_q[2]) f_product_q <= '0;
    else if (step_q[Digits+2:3] != '0) begin
      f_product_q <= (f_product_q <<< 1) + (plus ? f_x : minus ? -f_x : '0);
    end
    if (rst_ni) begin
      // Normalised in three steps; the leading one of what is shifted is at the top.
      if (f_nonzero && f_age_q == 6'd1) assert (den_q == f_den_q);
      if (f_nonzero && f_age_q == 6'd2) begin
        assert (den_q[37:22] != '0 && den_q == f_den_q << {left_q[5:4], 4'b0});
        assert ((den_q >> {left_q[5:4], 4'b0}) == f_den_q);
      end
      if (f_nonzero && f_age_q == 6'd3) begin
        assert (den_q[37:34] != '0 && den_q == f_den_q << {left_q[5:2], 2'b0});
        assert ((den_q >> {left_q[5:2], 2'b0}) == f_den_q);
      end
      if (f_divides) begin
        assert (den_q[37] && den_q == f_den_q << left_q && (den_q >> left_q) == f_den_q);
        assert (f_product_q + f_wide == f_total && f_wide <= f_x && f_wide >= -f_x);
        assert (less_q == quot_q - 21'd1);
      end
      if (f_due_q && f_den_q == '0) assert (den_q == '0);
      // The sign of the remainder, in three steps.
      if (f_divides && f_age_q > 6'(Digits + 4)) begin
        assert ({half_q, low_q} == {1'b0, sum_q[11:0]} + {1'b0, carry_q[11:0]});
      end
      if (f_divides && f_age_q > 6'(Digits + 5)) assert (high_q[10:0] == f_rest[22:12]);
      if (f_divides && f_age_q > 6'(Digits + 6)) assert (negative_q == f_rest[22]);
      if (valid_o && f_nonzero) begin
        assert (recip_o == quot_q - 21'(f_rest[22]) && exponent_o == 6'd37 - left_q);
        assert ((f_den_q >> exponent_o) == 38'd1);
      end
      if (valid_o && f_den_q == '0) assert (recip_o == '0 && exponent_o == '0);
      cover (valid_o && f_rest[22]);
      cover (valid_o && f_den_q == '0);
    end
  end
`endif

endmodule

`default_nettype wire
