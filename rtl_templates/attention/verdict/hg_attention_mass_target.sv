// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Part of a sum that a selection by mass must hold: (sum * mass + 65535) >> 16.
///
/// A bit of `mass` a cycle, the lowest first, with saved carries; the last ones are resolved a
/// third a cycle. `start_i` takes the operands; 21 cycles later the pulse `done_o` says that
/// `target_o` stands, until the next start.
module hg_attention_mass_target (
  input  logic                                   clk_i,
  input  logic                                   rst_ni,
  input  logic                                   start_i,
  input  logic [hg_attention_pkg::EXP_SUM_W-1:0] sum_i,
  // At most 2**16.
  input  logic [hg_attention_pkg::PROB_W-1:0]    mass_i,
  output logic                                   done_o,
  output logic [hg_attention_pkg::EXP_SUM_W-1:0] target_o
);

  localparam int ExpSumW = hg_attention_pkg::EXP_SUM_W;
  localparam int ProbW = hg_attention_pkg::PROB_W;

  // Steps, one-hot: 16 low bits of the mass, its top bit, three parts of the last sum.
  localparam int Bits  = 16;
  localparam int PartW = 13;
  localparam int Steps = Bits + 1 + 3;

  logic [Steps-1:0]   step_q;
  logic               done_q, shifts, carry_q, rest_q;
  logic [ProbW-1:0]   mass_q;
  logic [ExpSumW-1:0] sum_q, part_q, save_q, term, half, over;
  // Both words of the product's high part while they are added.
  logic [3*PartW-1:0] a_q, b_q, result_q;
  logic [PartW:0]     added;
  logic               unused_low, unused_high;

  assign shifts = step_q[Bits-1:0] != '0;
  assign term   = sum_q & {ExpSumW{mass_q[0]}};
  assign half   = part_q ^ save_q ^ term;
  assign over   = (part_q & save_q) | (part_q & term) | (save_q & term);
  // The carry enters as the sum of two equal bits below the lowest.
  assign {added, unused_low} = {1'b0, a_q[PartW-1:0], carry_q} + {1'b0, b_q[PartW-1:0], carry_q};

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      step_q <= '0;
      done_q <= 1'b0;
    end else begin
      step_q <= {step_q[Steps-2:0], start_i};
      done_q <= step_q[Steps-1];
    end
  end

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      sum_q  <= sum_i;
      mass_q <= mass_i;
      part_q <= '0;
      save_q <= '0;
      rest_q <= 1'b0;
    end else if (shifts) begin
      // The lowest bit of the product so far leaves; a target is rounded up if any was 1.
      mass_q <= mass_q >> 1;
      part_q <= {1'b0, half[ExpSumW-1:1]};
      save_q <= over;
      rest_q <= rest_q || half[0];
    end
    if (step_q[Bits]) begin
      a_q     <= {1'b0, half};
      b_q     <= {over, 1'b0};
      carry_q <= rest_q;
    end else begin
      a_q     <= a_q >> PartW;
      b_q     <= b_q >> PartW;
      carry_q <= added[PartW];
    end
    if (step_q[Steps-1:Bits+1] != '0) result_q <= {added[PartW-1:0], result_q[3*PartW-1:PartW]};
  end

  assign unused_high = result_q[3*PartW-1];
  assign done_o      = done_q;
  assign target_o    = result_q[ExpSumW-1:0];

`ifdef HG_FORMAL
  // Multiplied as on paper: a bit of the mass a step adds the sum to what is held, whose lowest bit
  // then leaves as the next bit of the product. The two words that are held always make that.
  logic               f_seen_q, f_rest_q;
  logic [4:0]         f_age_q, f_bit;
  logic [ProbW-1:0]   f_mass_q;
  logic [Bits-1:0]    f_left_q;
  logic [ExpSumW-1:0] f_sum_q;
  logic [ExpSumW:0]   f_high_q, f_next;
  // The two words of the high part, as they were before they were added.
  logic [3*PartW-1:0] f_a_q, f_b_q, f_total;
  logic [ExpSumW+Bits:0] f_product;

  initial f_seen_q = 1'b0;
  always @(posedge clk_i) f_seen_q <= 1'b1;
  always_comb begin
    assume (rst_ni == f_seen_q);
    assume (mass_i <= 17'd65536);
    // It is started again only when it has ended.
    if (f_age_q != '0 && f_age_q < 5'd21) assume (!start_i);
    f_bit     = f_age_q - 5'd1;
    f_next    = f_high_q + ((f_mass_q >> f_bit) % 2 == 1 ? {1'b0, f_sum_q} : '0);
    f_product = {f_high_q, f_left_q} + (ExpSumW + Bits + 1)'(65535);
    f_total   = f_a_q + f_b_q + (3 * PartW)'(f_rest_q);
  end

  always @(posedge clk_i) begin
    if (!rst_ni) f_age_q <= '0;
    else if (start_i) f_age_q <= 5'd1;
    else if (f_age_q != '0 && f_age_q != 5'd22) f_age_q <= f_age_q + 5'd1;
    if (start_i) begin
      f_sum_q  <= sum_i;
      f_mass_q <= mass_i;
      f_high_q <= '0;
      f_left_q <= '0;
    end else if (f_age_q != '0 && f_age_q <= 5'd16) begin
      f_high_q <= f_next >> 1;
      f_left_q <= f_left_q | (Bits'(f_next[0]) << f_bit);
    end else if (f_age_q == 5'd17) begin
      f_high_q <= f_next;
    end
    if (f_age_q == 5'd17) begin
      f_a_q    <= {1'b0, half};
      f_b_q    <= {over, 1'b0};
      f_rest_q <= rest_q;
    end
    if (rst_ni && f_seen_q) begin
      assert (f_age_q <= 5'd22);
      for (int s = 0; s < Steps; s++) assert (step_q[s] == (f_age_q == 5'(s + 1)));
      assert (done_o == (f_age_q == 5'd21));
      if (f_age_q != '0 && f_age_q <= 5'd17) begin
        assert (sum_q == f_sum_q && mass_q == f_mass_q >> f_bit && f_mass_q <= 17'd65536);
        assert ({1'b0, part_q} + {1'b0, save_q} == f_high_q && !f_high_q[ExpSumW]);
        assert (rest_q == (f_left_q != '0));
      end
      if (f_age_q >= 5'd18) begin
        assert (f_rest_q == (f_left_q != '0) && f_a_q + f_b_q == f_high_q);
      end
      if (f_age_q == 5'd18) begin
        assert (a_q == f_a_q && b_q == f_b_q && carry_q == f_rest_q);
      end
      if (f_age_q == 5'd19) begin
        assert (a_q == f_a_q >> PartW && b_q == f_b_q >> PartW);
        assert ({carry_q, result_q[2*PartW +: PartW]}
                == {1'b0, f_a_q[PartW-1:0]} + {1'b0, f_b_q[PartW-1:0]} + (PartW+1)'(f_rest_q));
      end
      if (f_age_q == 5'd20) begin
        assert (a_q == f_a_q >> 2 * PartW && b_q == f_b_q >> 2 * PartW);
        assert ({carry_q, result_q[PartW +: 2*PartW]} == {1'b0, f_a_q[2*PartW-1:0]}
                + {1'b0, f_b_q[2*PartW-1:0]} + (2*PartW+1)'(f_rest_q));
      end
      // (sum * mass + 65535) >> 16.
      if (f_age_q >= 5'd21) begin
        assert (result_q == f_total && target_o == f_product[Bits +: ExpSumW]);
      end
      cover (done_o && f_rest_q && f_mass_q == 17'd65535);
    end
  end
`endif

endmodule

`default_nettype wire
