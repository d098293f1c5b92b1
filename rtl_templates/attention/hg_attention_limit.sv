// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none

/// Rule `token`: up to which rank keys need the next plane. One at a time, 25 cycles.
///
/// uncertainty w = (2**below - 1) * bound, shifted like a difference of scores (2**-pre_shift),
/// times mant / 2**16, plus 1; 2**21 if the shift saturates at 20 bits. l = log2 of part / 2**24 by
/// its chord from below, in 2**-14 octaves; a part of 0 counts as 1. limit = uncertainty + eps_log2
/// - l; keys are refined if it is positive, up to rank limit >> 7 (saturated to 12 bits).
///
/// `start_i` takes the operands, which must stay as they are until the pulse `done_o`, with which
/// `need_o` and `rank_o` come and stand until the next start.
module hg_attention_limit (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        start_i,
  input  logic [23:0] bound_i,
  input  logic [3:0]  below_i,
  input  logic [5:0]  pre_shift_i,
  input  logic [15:0] mant_i,
  input  logic [19:0] eps_log2_i,
  input  logic [37:0] part_i,
  output logic        done_o,
  output logic        need_o,
  output logic [11:0] rank_o
);

  // Widest uncertainty: 24 bits times 2**10, then 16 places to the left.
  localparam int WideW = 24 + 10 + 16;
  localparam int OctW  = 24;

  // Steps: 0 the difference, 1 to 6 the shifts, 7 to 22 the product, 23 and 24 the limit.
  localparam logic [4:0] Shifts  = 5'd6;
  localparam logic [4:0] Product = 5'd22;
  localparam logic [4:0] Last    = 5'd24;

  logic             busy_q, done_q, saturated, need_q;
  logic [4:0]       step_q;
  logic [WideW-1:0] wide_d, wide_q;
  logic [5:0]       right_d, right_q, log_d, log_q;
  logic [37:0]      norm_d, norm_q;
  logic [19:0]      factor_q;
  logic             saturated_q;
  logic [15:0]      mant_q;
  logic [36:0]      sum_q;
  logic signed [OctW-1:0] unsure, level_q, limit, limit_q;
  logic [33:0]      scaled, raw;
  logic [11:0]      rank_q;
  logic             unused_sum;

  assign raw    = {10'd0, bound_i};
  assign scaled = (raw << below_i) - raw;

  // One bit of the shift count a step, the highest first; the sum is normalised beside it.
  logic [5:0] distance;
  logic       shifts, empty;

  assign shifts = right_q[5];

  // Whether so many leading bits of the sum are zero.
  logic top_1, top_2, top_4, top_8, top_16, top_32;
  assign top_1   = !norm_q[37];
  assign top_2   = norm_q[37:36] == '0;
  assign top_4   = norm_q[37:34] == '0;
  assign top_8   = norm_q[37:30] == '0;
  assign top_16  = norm_q[37:22] == '0;
  assign top_32  = norm_q[37:6] == '0;

  always_comb begin
    distance = 6'd1;
    empty    = top_1;
    case (step_q)
      5'd1: begin
        distance = 6'd32;
        empty    = top_32;
      end
      5'd2: begin
        distance = 6'd16;
        empty    = top_16;
      end
      5'd3: begin
        distance = 6'd8;
        empty    = top_8;
      end
      5'd4: begin
        distance = 6'd4;
        empty    = top_4;
      end
      5'd5: begin
        distance = 6'd2;
        empty    = top_2;
      end
      default: distance = 6'd1;
    endcase
    wide_d = shifts ? wide_q >> distance : wide_q;
    norm_d = empty ? norm_q << distance : norm_q;
    log_d  = empty ? log_q - distance : log_q;
  end

  assign right_d = {right_q[4:0], 1'b0};

  // The product lies one bit up.
  assign unused_sum = sum_q[0];
  assign saturated = wide_q[WideW-1:20] != '0;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy_q <= 1'b0;
      step_q <= '0;
      done_q <= 1'b0;
    end else begin
      if (start_i) busy_q <= 1'b1;
      else if (step_q == Last) busy_q <= 1'b0;
      if (start_i) step_q <= '0;
      else if (busy_q) step_q <= step_q + 5'd1;
      done_q <= busy_q && step_q == Last;
    end
  end

  assign unsure = saturated_q ? OctW'(2 ** 21) : {4'd0, sum_q[36:17]} + OctW'(1);
  assign limit  = unsure + level_q;

  always_ff @(posedge clk_i) begin
    if (step_q == 5'd0) begin
      wide_q  <= {scaled, 16'd0};
      right_q <= pre_shift_i + 6'd16;
      norm_q  <= (part_i == '0) ? 38'd1 : part_i;
      log_q   <= 6'd37;
    end else if (step_q <= Shifts) begin
      wide_q  <= wide_d;
      right_q <= right_d;
      norm_q  <= norm_d;
      log_q   <= log_d;
    end
    if (step_q == Shifts + 5'd1) begin
      // Here begins the product, one bit of the mantissa a step, the lowest first.
      factor_q    <= wide_q[19:0];
      saturated_q <= saturated;
    end
    if (step_q == 5'd1) begin
      mant_q <= mant_i;
      sum_q  <= '0;
    end else if (step_q > Shifts + 5'd1 && step_q <= Product + 5'd1) begin
      sum_q  <= {1'b0, sum_q[36:1]} + (mant_q[0] ? {1'b0, factor_q, 16'd0} : '0);
      mant_q <= mant_q >> 1;
    end
    // eps_log2 - l with l = (log - 24) * 2**14 + the mantissa's fraction.
    level_q <= OctW'(eps_log2_i)
               - ({{(OctW-20){1'b0}}, log_q, norm_q[36:23]} - OctW'(24 * 2 ** 14));
    limit_q <= limit;
    if (done_q) begin
      need_q <= limit_q > 0;
      rank_q <= (limit_q[OctW-1:19] != '0) ? 12'hfff : limit_q[18:7];
    end
  end

  assign done_o = done_q;
  assign need_o = need_q;
  assign rank_o = rank_q;

endmodule

`default_nettype wire
